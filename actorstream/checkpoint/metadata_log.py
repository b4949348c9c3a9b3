"""A log of entries numbered by epoch, one file each: the common part of the offset log and the commit log."""

from __future__ import annotations

import bisect
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from actorstream.checkpoint.codec import Kind, decode, encode, not_understood
from actorstream.checkpoint.files import CheckpointFiles, FileExists
from actorstream.errors import SparkRuntimeException

E = TypeVar("E")


class MetadataLog(Generic[E]):
    """Entries that are written once and never changed. One writer; it lists the folder once and remembers.

    Args:
        folder: where the files are; a name that is not a decimal number is none of ours (CKP-1).
        to_plain: an entry as plain data.
        from_plain: the reverse.
    """

    def __init__(
        self,
        files: CheckpointFiles,
        folder: str,
        kind: Kind,
        to_plain: Callable[[E], dict[str, Any]],
        from_plain: Callable[[dict[str, Any]], E],
    ) -> None:
        self._files = files
        self._folder = folder
        self._kind: Kind = kind
        self._to_plain = to_plain
        self._from_plain = from_plain
        self._epochs: list[int] | None = None

    def epochs(self) -> list[int]:
        """Numbers of all entries, ascending."""
        if self._epochs is None:
            self._epochs = sorted(int(name) for name in self._files.list(self._folder) if name.isdecimal())
        return list(self._epochs)

    def add(self, epoch: int, entry: E) -> None:
        """Write an entry, durable when this returns.

        Raises: SparkRuntimeException CONCURRENT_STREAM_LOG_UPDATE if it is there already (CKP-63).
        """
        try:
            self._files.write_new(self._path(epoch), encode(self._kind, self._to_plain(entry)))
        except FileExists as error:
            raise SparkRuntimeException(
                errorClass="CONCURRENT_STREAM_LOG_UPDATE",
                messageParameters={"batchId": str(epoch), "path": f"{self._files.root}/{self._path(epoch)}"},
            ) from error
        if self._epochs is not None:
            bisect.insort(self._epochs, epoch)

    def get(self, epoch: int) -> E:
        """Read an entry. Raises: FileNotFoundError, or what `decode` says of a damaged file."""
        path = self._path(epoch)
        name = f"{self._files.root}/{path}"
        plain = decode(self._kind, self._files.read(path), name)
        try:
            return self._from_plain(plain)
        except (KeyError, TypeError, AttributeError) as error:
            raise not_understood(name, error) from error

    def purge_below(self, epoch: int) -> None:
        """Delete all entries before `epoch`."""
        keep_from = bisect.bisect_left(self.epochs(), epoch)
        if self._epochs is None:
            return
        for old in self._epochs[:keep_from]:
            self._files.delete(self._path(old))
        del self._epochs[:keep_from]

    def delete(self, epoch: int) -> None:
        """Delete one entry."""
        self._files.delete(self._path(epoch))
        if self._epochs is not None:
            self._epochs.remove(epoch)

    def _path(self, epoch: int) -> str:
        return f"{self._folder}/{epoch}"
