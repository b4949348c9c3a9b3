"""Bytes of a log entry: a magic word, a format version, a checksum, and msgpack. Opening one runs no code.

Layout: ``ACTS`` + kind (1 byte) + version (u16) + CRC-32 of the payload (u32) + payload length (u32), little endian, then the
payload. Every kind of damage is told apart and named with the file.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any, Literal

import msgpack

from actorstream.errors import SparkRuntimeException

MAGIC = b"ACTS"
FORMAT_VERSION = 1

_HEADER = struct.Struct("<4scHII")

Kind = Literal["metadata", "offsets", "commit", "source", "sink"]
_KIND_BYTES: dict[str, bytes] = {"metadata": b"M", "offsets": b"O", "commit": b"C", "source": b"S", "sink": b"K"}
_KIND_NAMES = {code: name for name, code in _KIND_BYTES.items()}


def encode(kind: Kind, value: Any) -> bytes:
    """Bytes of an entry. `value` is plain data: dicts, lists, texts, numbers, None."""
    payload: bytes = msgpack.packb(value, use_bin_type=True)
    return _HEADER.pack(MAGIC, _KIND_BYTES[kind], FORMAT_VERSION, zlib.crc32(payload), len(payload)) + payload


def decode(kind: Kind, data: bytes, path: str) -> Any:
    """The value of an entry.

    Raises: SparkRuntimeException CHECKPOINT_FILE_DAMAGED.* that names the file, or INVALID_LOG_VERSION.MAX_SUPPORTED_VERSION
        for a file of a newer release (CKP-60).
    """
    if not data:
        raise _damaged("EMPTY", path)
    if data[:4] != MAGIC:
        raise _damaged("FOREIGN", path)
    if len(data) < _HEADER.size:
        raise _damaged("TRUNCATED", path)
    _, code, version, checksum, length = _HEADER.unpack_from(data)
    if version == 0:
        raise _damaged("CHECKSUM", path)  # no release has written that: a bit is wrong
    if version > FORMAT_VERSION:
        raise SparkRuntimeException(
            errorClass="INVALID_LOG_VERSION.MAX_SUPPORTED_VERSION",
            messageParameters={"path": path, "version": f"v{version}", "maxVersion": f"v{FORMAT_VERSION}"},
        )
    payload = data[_HEADER.size :]
    if len(payload) < length:
        raise _damaged("TRUNCATED", path)
    if len(payload) > length or zlib.crc32(payload) != checksum:
        raise _damaged("CHECKSUM", path)
    if _KIND_NAMES.get(code) != kind:
        raise _damaged("WRONG_KIND", path, expected=kind, found=_KIND_NAMES.get(code, repr(code)))
    try:
        return msgpack.unpackb(payload, raw=False, strict_map_key=False)
    except (ValueError, msgpack.exceptions.UnpackException) as error:
        raise not_understood(path, error) from error


def not_understood(path: str, error: Exception) -> SparkRuntimeException:
    """The error for an entry whose bytes are whole and whose content makes no sense: it lacks a field, or has a strange one."""
    return _damaged("CONTENT", path, cause=f"{type(error).__name__}: {error}")


def kind_of(data: bytes) -> str | None:
    """The kind of an entry by its header, or None if it is not one of ours."""
    if len(data) < _HEADER.size or data[:4] != MAGIC:
        return None
    return _KIND_NAMES.get(data[4:5])


def _damaged(how: str, path: str, **more: str) -> SparkRuntimeException:
    return SparkRuntimeException(errorClass=f"CHECKPOINT_FILE_DAMAGED.{how}", messageParameters={"path": path, **more})
