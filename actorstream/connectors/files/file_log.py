"""The log of a file source: which files each epoch took. Kept in the checkpoint, next to the engine's own logs.

``sources/<i>/<k>`` lists the files of entry k; every tenth entry is ``<k>.compact`` and holds all entries so far, so that opening a
log of years reads few files. A compacted entry is durable before the entries that it replaces go (IO-36, IO-37).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from actorstream.checkpoint.codec import decode, encode, not_understood
from actorstream.checkpoint.files import CheckpointFiles, FileExists
from actorstream.errors import SparkRuntimeException

_NAME = re.compile(r"(\d+)(\.compact)?\Z")

LoggedFile = tuple[str, int]
"""Path, and modification time in ms."""


class FileLog:
    """The entries of one source, in memory and on disk; one writer.

    Args:
        files: of the checkpoint.
        folder: the source's.
        compact_interval: every how many entries all of them go into one file.
    Raises: SparkRuntimeException for a damaged or missing entry, naming the file.
    """

    def __init__(self, files: CheckpointFiles, folder: str, compact_interval: int = 10) -> None:
        self._files = files
        self._folder = folder
        self._interval = compact_interval
        self._entries: list[tuple[LoggedFile, ...]] = []
        #: names on disk that the newest compacted entry does not replace
        self._loose: list[str] = []
        self._load()

    @property
    def last(self) -> int:
        """Number of the newest entry; -1 before any."""
        return len(self._entries) - 1

    def entries(self, first: int, last: int) -> Sequence[tuple[LoggedFile, ...]]:
        """The entries with these numbers, both included."""
        return self._entries[max(first, 0) : last + 1]

    def add(self, entry: Sequence[LoggedFile]) -> int:
        """Write an entry, durable when this returns. Returns: its number.

        Raises: SparkRuntimeException CONCURRENT_STREAM_LOG_UPDATE if somebody else has written it.
        """
        number = len(self._entries)
        compacts = (number + 1) % self._interval == 0
        name = f"{number}.compact" if compacts else str(number)
        listed = [*self._entries, tuple(entry)] if compacts else [tuple(entry)]
        path = f"{self._folder}/{name}"
        try:
            self._files.write_new(path, encode("source", _to_plain(listed, compacts=compacts)))
        except FileExists as error:
            raise SparkRuntimeException(
                errorClass="CONCURRENT_STREAM_LOG_UPDATE",
                messageParameters={"batchId": str(number), "path": f"{self._files.root}/{path}"},
            ) from error
        self._entries.append(tuple(entry))
        if compacts:
            self._delete(self._loose)
            self._loose = []
        self._loose.append(name)
        return number

    def _load(self) -> None:
        found = {
            (int(match[1]), match[2] is not None): name
            for name in self._files.list(self._folder)
            if (match := _NAME.match(name))
        }
        newest = max((number for number, compact in found if compact), default=-1)
        if newest >= 0:
            self._entries = self._read(found[newest, True], compacted=True)
            if len(self._entries) != newest + 1:
                raise not_understood(
                    f"{self._files.root}/{self._folder}/{newest}.compact",
                    ValueError(f"it holds {len(self._entries)} entries instead of {newest + 1}"),
                )
            self._loose.append(found[newest, True])
        last = max((number for number, _ in found), default=-1)
        for number in range(newest + 1, last + 1):
            # a hole would lose the files of an epoch, or read them twice: `read` names the missing file
            name = found.get((number, False), str(number))
            self._entries += self._read(name, compacted=False)
            self._loose.append(name)
        # what a crash between the compaction and its deletions has left
        self._delete([name for (number, _), name in found.items() if number <= newest and name not in self._loose])

    def _read(self, name: str, *, compacted: bool) -> list[tuple[LoggedFile, ...]]:
        path = f"{self._folder}/{name}"
        full = f"{self._files.root}/{path}"
        try:
            data = self._files.read(path)
        except FileNotFoundError as error:
            raise not_understood(full, error) from error
        plain = decode("source", data, full)
        try:
            listed = plain["entries"] if compacted else [plain["files"]]
            return [tuple((str(file), int(modified)) for file, modified in files) for files in listed]
        except (KeyError, TypeError, ValueError) as error:
            raise not_understood(full, error) from error

    def _delete(self, names: Sequence[str]) -> None:
        for name in names:
            self._files.delete(f"{self._folder}/{name}")


def _to_plain(entries: Sequence[Sequence[LoggedFile]], *, compacts: bool) -> dict[str, Any]:
    plain = [[list(file) for file in entry] for entry in entries]
    return {"entries": plain} if compacts else {"files": plain[0]}
