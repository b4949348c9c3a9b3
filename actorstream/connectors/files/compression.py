"""Compressed text files: told by the end of their name when read, by the option `compression` when written."""

from __future__ import annotations

import bz2
import gzip
import zlib
from collections.abc import Callable, Mapping, Sequence

from actorstream.connectors.files.paths import failed_read
from actorstream.errors import IllegalArgumentException, PySparkNotImplementedError

#: option -> end of the file name
_SUFFIXES: Mapping[str, str] = {"none": "", "uncompressed": "", "gzip": ".gz", "bzip2": ".bz2", "deflate": ".deflate"}
#: what the reference knows too; their framing is Hadoop's own
_HADOOP_ONLY = ("lz4", "snappy")

_COMPRESS: Mapping[str, Callable[[bytes], bytes]] = {
    # no time in the header: the same rows give the same file
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bzip2": bz2.compress,
    "deflate": zlib.compress,
}
_DECOMPRESS: Mapping[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".deflate": zlib.decompress,
}
_UNREADABLE = (".snappy", ".lz4", ".zst", ".xz")


def codec_of(name: str | None) -> str:
    """The codec of an option, in lower case. Raises: IllegalArgumentException CODEC_NOT_AVAILABLE.*, PySparkNotImplementedError."""
    codec = (name or "none").lower()
    if codec in _HADOOP_ONLY:
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": f"compression={codec} for text files",
                "remedy": "Use gzip, bzip2 or deflate.",
            },
        )
    if codec not in _SUFFIXES:
        raise no_codec(codec, ("bzip2", "deflate", "uncompressed", "snappy", "none", "lz4", "gzip"))
    return codec


def no_codec(name: str, available: Sequence[str]) -> IllegalArgumentException:
    """The error for a codec that a format does not have."""
    return IllegalArgumentException(
        errorClass="CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION",
        messageParameters={"codecName": name, "availableCodecs": ", ".join(available)},
    )


def suffix_of(codec: str) -> str:
    """What a codec adds to a file's name."""
    return _SUFFIXES[codec]


def read_bytes(path: str) -> bytes:
    """The content of a file, decompressed. Raises: FileNotFoundError; SparkRuntimeException FAILED_READ_FILE.NO_HINT."""
    try:
        with open(path, "rb") as stream:
            data = stream.read()
        for suffix, decompress in _DECOMPRESS.items():
            if path.endswith(suffix):
                return decompress(data)
    except FileNotFoundError:
        raise
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise failed_read(path, error) from error
    if path.endswith(_UNREADABLE):
        raise failed_read(
            path, f"files that end in {path[path.rindex('.') :]} cannot be read; use gzip, bzip2 or deflate"
        )
    return data


def write_bytes(path: str, data: bytes, codec: str) -> None:
    """Write a new file, compressed."""
    compress = _COMPRESS.get(codec)
    with open(path, "wb") as stream:
        stream.write(data if compress is None else compress(data))
