"""State files: a delta (what one epoch changed) or a snapshot (everything after an epoch). Arrow IPC behind a checksum.

Layout: ``ACST`` + version (u16) + CRC-32 of the rest (u32) + length of the rest (u64), then an Arrow IPC stream with one table:
``_removed`` (bool), the key columns ``k0:name`` ..., the value columns ``v0:name`` .... A removed row has only its key. A delta names its
parent, the file that it changes; a snapshot has no parent and the stem of the delta whose chain it stands for.
"""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import asdict, dataclass

import pyarrow as pa

from actorstream.checkpoint.codec import not_understood
from actorstream.errors import SparkRuntimeException

MAGIC = b"ACST"
FORMAT_VERSION = 1
REMOVED = "_removed"

_HEADER = struct.Struct("<4sHIQ")
_INFO = b"actorstream.state"


@dataclass(frozen=True, slots=True)
class StateFileInfo:
    """What a state file says of itself."""

    node: str
    partition: int
    partitions: int
    epoch: int
    run: str
    #: stem of the file below it; None at the bottom of a chain
    parent: str | None
    key_count: int


def stem(epoch: int, run: str) -> str:
    """Name of a state file without its ending: the epoch, and the run that wrote it."""
    return f"{epoch}-{run}"


def epoch_of(path: str) -> int | None:
    """The epoch that a state file belongs to, by its name; None for a name that is no state file's."""
    name = path.rpartition("/")[2]
    number = name.partition("-")[0]
    return int(number) if number.isdecimal() and name.endswith((".delta", ".snapshot")) else None


def encode_state(info: StateFileInfo, table: pa.Table) -> bytes:
    """Bytes of a state file.

    Shape: `table` has ``_removed``, then `info.key_count` key columns, then the value columns.
    """
    metadata = {**(table.schema.metadata or {}), _INFO: json.dumps(asdict(info)).encode()}
    table = table.replace_schema_metadata(metadata)
    buffer = pa.BufferOutputStream()
    with pa.ipc.new_stream(buffer, table.schema) as writer:
        writer.write_table(table)
    body = buffer.getvalue()
    return _HEADER.pack(MAGIC, FORMAT_VERSION, zlib.crc32(body), body.size) + body.to_pybytes()


def decode_state(data: bytes | memoryview, path: str) -> tuple[StateFileInfo, pa.Table]:
    """Content of a state file; its columns are views of `data`.

    Raises: SparkRuntimeException CHECKPOINT_FILE_DAMAGED.* or INVALID_LOG_VERSION.* that names the file.
    """
    if not data:
        raise _damaged("EMPTY", path)
    if data[:4] != MAGIC:
        raise _damaged("FOREIGN", path)
    if len(data) < _HEADER.size:
        raise _damaged("TRUNCATED", path)
    _, version, checksum, length = _HEADER.unpack_from(data)
    if version == 0:
        raise _damaged("CHECKSUM", path)  # no release has written that: a bit is wrong
    if version > FORMAT_VERSION:
        raise SparkRuntimeException(
            errorClass="INVALID_LOG_VERSION.MAX_SUPPORTED_VERSION",
            messageParameters={"path": path, "version": f"v{version}", "maxVersion": f"v{FORMAT_VERSION}"},
        )
    body = memoryview(data)[_HEADER.size :]
    if len(body) < length:
        raise _damaged("TRUNCATED", path)
    if len(body) > length or zlib.crc32(body) != checksum:
        raise _damaged("CHECKSUM", path)
    try:
        with pa.ipc.open_stream(pa.py_buffer(body)) as reader:
            table = reader.read_all()
        return StateFileInfo(**json.loads(table.schema.metadata[_INFO])), table
    except (pa.ArrowInvalid, KeyError, TypeError, ValueError) as error:
        raise not_understood(path, error) from error


def _damaged(how: str, path: str) -> SparkRuntimeException:
    return SparkRuntimeException(errorClass=f"CHECKPOINT_FILE_DAMAGED.{how}", messageParameters={"path": path})
