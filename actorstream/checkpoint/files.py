"""What the engine asks of the place where a checkpoint lives.

Implementations: `local.LocalFiles` (a directory of this machine) and `memory.MemoryFiles` (a peer for tests and for queries
without a checkpoint). Paths are relative to the checkpoint's root, with ``/`` between parts.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from typing import Protocol

from actorstream.errors import SparkRuntimeException

_REFUSALS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.EIO: "the disk reported an error",
    errno.ENOENT: "the checkpoint directory has vanished",
    errno.ENOTDIR: "a part of the path is not a directory",
    errno.EEXIST: "a part of the path is not a directory",
}


class FileExists(Exception):
    """`write_new` found the name taken: somebody else wrote this file, or this run wrote it before."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} exists already")
        self.path = path


def write_refused(root: str, path: str, error: OSError) -> SparkRuntimeException:
    """The error for a write that the place of the checkpoint has refused, with the reason in words."""
    reason = _REFUSALS.get(error.errno or 0, error.strerror or str(error))
    return SparkRuntimeException(
        errorClass="CHECKPOINT_WRITE_FAILED",
        messageParameters={"path": f"{root}/{path}".rstrip("/"), "reason": reason},
    )


def read_refused(root: str, path: str, error: OSError) -> SparkRuntimeException:
    """The error for a file that is there and cannot be read, with the reason in words."""
    reason = _REFUSALS.get(error.errno or 0, error.strerror or str(error))
    return SparkRuntimeException(
        errorClass="CHECKPOINT_READ_FAILED",
        messageParameters={"path": f"{root}/{path}".rstrip("/"), "reason": reason},
    )


class CheckpointFiles(Protocol):
    """Create-only, atomic and durable files."""

    @property
    def root(self) -> str:
        """The location as the user gave it, for messages."""
        ...

    def write_new(self, path: str, data: bytes | memoryview) -> None:
        """Make a file appear whole, durable, and only if the name is free.

        1. write the bytes under a temporary name, 2. fsync it, 3. link it to its name if that is free,
        4. remove the temporary name, 5. fsync the directory.

        Raises: FileExists if the name is taken; CHECKPOINT_WRITE_FAILED when the disk refuses.
        """
        ...

    def read(self, path: str) -> bytes:
        """The whole content. Raises: FileNotFoundError; CHECKPOINT_READ_FAILED when the disk refuses."""
        ...

    def map(self, path: str) -> memoryview:
        """The whole content without a copy, for files that may be large: a mapping where the place has one.

        Raises: FileNotFoundError; CHECKPOINT_READ_FAILED when the disk refuses.
        """
        ...

    def list(self, directory: str) -> Sequence[str]:
        """Names of the files and folders in a directory, sorted, without temporary files; empty if there is no such directory."""
        ...

    def exists(self, path: str) -> bool:
        """Whether a file or a non-empty directory of that name is there."""
        ...

    def delete(self, path: str) -> None:
        """Remove a file; nothing happens if it is gone already."""
        ...

    def remove_leftovers(self) -> None:
        """Delete what writes have left that a death cut short. Only for the one who has the lease."""
        ...
