"""The streaming file source: new files of a directory, epoch by epoch (IO-35 to IO-48).

An offset is the number of an entry of the source's own log in the checkpoint; an entry lists the files that an epoch took. The
entry is durable before the offset is given away, so that no file is read twice or left out, whenever the process dies.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from actorstream.common.config import FILE_SOURCE_COMPACT_INTERVAL
from actorstream.connectors.files.cleaning import Cleaner, cleaner_of
from actorstream.connectors.files.file_log import FileLog, LoggedFile
from actorstream.connectors.files.layout import DataFile
from actorstream.dataflow.protocols import ALL_AVAILABLE, Offset, ReadLimit, Source, SourceContext, Split
from actorstream.dataflow.requests import Options
from actorstream.errors import IllegalArgumentException
from actorstream.expr.intervals import duration_ms

if TYPE_CHECKING:
    from actorstream.connectors.files.scan import FileScan

_FORBIDDEN = ("modifiedbefore", "modifiedafter")
_log = logging.getLogger("actorstream.connectors.files")


@dataclass(frozen=True, slots=True)
class FileStreamProvider:
    """Makes a file source for every start of a query. All columns are nullable (IO-41)."""

    scan: FileScan
    options: Options

    @property
    def name(self) -> str:
        """Of the node in plans."""
        return "FileSource"

    @property
    def schema(self) -> pa.Schema:
        """Data columns, then those of the folders."""
        return self.scan.schema

    def with_metadata(self) -> FileStreamProvider:
        """The same with the column ``_metadata`` at the end (IO-48)."""
        return replace(self, scan=self.scan.with_metadata())

    def create(self) -> Source:
        """A source for one run."""
        return _FileSource(self)


@dataclass(slots=True)
class _Settings:
    """The options of a file stream, checked (IO-43)."""

    limit: ReadLimit
    latest_first: bool
    name_only: bool
    age_max_ms: int
    cached_max: int
    #: a cache of less than this part of the limit is thrown away, and the directory listed again
    discard_ratio: float

    @staticmethod
    def of(options: Options) -> _Settings:
        for name in options:
            if name.lower() in _FORBIDDEN:
                raise IllegalArgumentException(f"option '{name.lower()}' is not allowed in file stream sources")
        files = _positive(options, "maxFilesPerTrigger")
        size = _positive(options, "maxBytesPerTrigger")
        if files is not None and size is not None:
            raise IllegalArgumentException(
                "Options 'maxFilesPerTrigger' and 'maxBytesPerTrigger' can't be both set at the same time"
            )
        limit = ALL_AVAILABLE
        if files is not None:
            limit = ReadLimit("files", files)
        elif size is not None:
            limit = ReadLimit("bytes", size)
        return _Settings(
            limit,
            _flag(options, "latestFirst"),
            _flag(options, "fileNameOnly"),
            duration_ms(options.get("maxFileAge", "7d")),
            _at_least_zero(options, "maxCachedFiles", 10_000),
            _ratio(options, "discardCachedInputRatio", 0.2),
        )


def _positive(options: Options, name: str) -> int | None:
    text = options.get(name)
    if text is None:
        return None
    if not text.isdecimal() or int(text) <= 0:
        raise IllegalArgumentException(f"Invalid value '{text}' for option '{name}', must be a positive integer")
    return int(text)


def _at_least_zero(options: Options, name: str, default: int) -> int:
    text = options.get(name, str(default))
    if not text.isdecimal():
        raise IllegalArgumentException(
            f"Invalid value '{text}' for option '{name}', must be an integer greater than or equal to 0"
        )
    return int(text)


def _ratio(options: Options, name: str, default: float) -> float:
    text = options.get(name, str(default))
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise IllegalArgumentException(
            f"Invalid value '{text}' for option '{name}', must be a positive double value between 0 and 1"
        )
    return number


def _flag(options: Options, name: str) -> bool:
    text = options.get(name, "false")
    if text.lower() not in ("true", "false"):
        raise IllegalArgumentException(f"Invalid value '{text}' for option '{name}', must be 'true' or 'false'")
    return text.lower() == "true"


class _FileSource(Source):
    available_now = "prepare"

    def __init__(self, provider: FileStreamProvider) -> None:
        self._scan = provider.scan
        self._options = provider.options
        self._seen: set[str] = set()
        self._newest_ms = 0
        #: listed and not yet taken: the rest under a limit, or under AvailableNow what was there at the start
        self._waiting: list[DataFile] = []
        self._fixed = False
        self._cleaner: Cleaner | None = None
        #: the entries of the epoch that was read last: they are cleaned when the next one is committed (IO-46)
        self._to_clean: tuple[int, int] | None = None
        self._range = (-1, -1)

    @property
    def schema(self) -> pa.Schema:
        return self._scan.schema

    @property
    def description(self) -> str:
        return f"FileStreamSource[{self._scan.layout.text}]"

    def open(self, context: SourceContext) -> None:
        """Check the options and read the log: every file in it was taken by some epoch already."""
        self._settings = _Settings.of(self._options)
        self._cleaner = cleaner_of(self._options, self._scan.layout)
        self._scan.open(context.conf)
        self._log = FileLog(context.files, context.log_folder, context.conf.value(FILE_SOURCE_COMPACT_INTERVAL))
        for entry in self._log.entries(0, self._log.last):
            self._remember(entry)

    def _remember(self, entry: Sequence[LoggedFile]) -> None:
        for path, modified_ms in entry:
            self._seen.add(self._key(path))
            self._newest_ms = max(self._newest_ms, modified_ms)

    def _key(self, path: str) -> str:
        return os.path.basename(path) if self._settings.name_only else path

    def default_limit(self) -> ReadLimit:
        return self._settings.limit

    def latest_offset(self, start: Offset | None, limit: ReadLimit) -> Offset | None:
        """Find new files and log those that the next epoch takes. No new files, no new entry."""
        if start is None or _number(start) >= self._log.last:
            # entries beyond the start were logged by a run that died before the epoch was: they are the next epoch (IO-37)
            chosen = self._choose(limit)
            if chosen:
                entry = [(file.path, file.modified_ms) for file in chosen]
                self._log.add(entry)
                self._remember(entry)
        return None if self._log.last < 0 else _offset(self._log.last)

    def _choose(self, limit: ReadLimit) -> list[DataFile]:
        if not self._fixed and not self._may_use_cache(limit):
            self._waiting = self._unseen()
        waiting = self._waiting
        if limit.kind == "files":
            chosen = waiting[: limit.value]
        elif limit.kind == "bytes":
            chosen = []
            size = 0
            for file in waiting:
                size += file.size
                if chosen and size > limit.value:
                    break  # the first file is always taken
                chosen.append(file)
        else:
            chosen = waiting
        rest = waiting[len(chosen) :]
        self._waiting = rest if self._fixed or limit.kind != "all" else []
        if not self._fixed:
            self._waiting = self._waiting[: self._settings.cached_max]
        return chosen

    def _may_use_cache(self, limit: ReadLimit) -> bool:
        """Whether what is left of the last listing is enough for an epoch (IO-44). Newest first wants a new listing each time."""
        if not self._waiting or self._settings.latest_first:
            return False
        if limit.kind == "files":
            return len(self._waiting) >= limit.value * self._settings.discard_ratio
        size = sum(file.size for file in self._waiting)
        return limit.kind == "bytes" and size >= limit.value * self._settings.discard_ratio

    def _unseen(self) -> list[DataFile]:
        """Files not taken yet, oldest first."""
        oldest_ms = self._newest_ms - self._settings.age_max_ms if self._seen else 0
        if self._settings.latest_first and self._settings.limit.kind != "all":
            oldest_ms = 0
        fresh: dict[str, DataFile] = {}
        for file in self._scan.layout.files():
            key = self._key(file.path)
            if key not in self._seen and file.modified_ms >= oldest_ms:
                fresh.setdefault(key, file)
        return sorted(
            fresh.values(), key=lambda file: (file.modified_ms, file.path), reverse=self._settings.latest_first
        )

    def prepare_available_now(self) -> None:
        self._waiting = self._unseen()
        self._fixed = True

    def splits(self, start: Offset | None, end: Offset) -> Sequence[Split]:
        """One per file that is still there; one that is gone has no rows (IO-47)."""
        self._range = (-1 if start is None else _number(start)) + 1, _number(end)
        splits: list[Split] = []
        for entry in self._log.entries(*self._range):
            for path, _ in entry:
                if os.path.exists(path):
                    splits.append(Split(len(splits), path))
                else:
                    _log.warning("%s: %s is gone, its rows are left out", self.description, path)
        return splits

    def read(self, split: Split) -> Iterator[pa.Table]:
        """The rows of a file. Raises: SparkRuntimeException FAILED_READ_FILE.* that names it."""
        yield from self._scan.read(self._scan.layout.describe_file(split.payload))

    def commit(self, end: Offset) -> None:
        """Clean up the files of the epoch before, so that the newest ones can still be looked at (IO-46)."""
        if self._cleaner is None:
            return
        if self._to_clean is not None:
            for entry in self._log.entries(*self._to_clean):
                for path, _ in entry:
                    self._cleaner.clean(path)
        elif self._range[0] > 0:
            # a restart: the last entry of the run before was never cleaned
            for path, _ in self._log.entries(self._range[0] - 1, self._range[0] - 1)[0]:
                self._cleaner.clean(path)
        self._to_clean = self._range


def _offset(number: int) -> Offset:
    return json.dumps({"logOffset": number}, separators=(",", ":"))


def _number(offset: Offset) -> int:
    return int(json.loads(offset)["logOffset"])
