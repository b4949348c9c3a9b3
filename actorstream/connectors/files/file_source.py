"""The streaming file source: new files of a directory, epoch by epoch (IO-35 to IO-48).

An offset is the number of an entry of the source's own log in the checkpoint; an entry lists the files that an epoch took. The
entry is durable before the offset is given away, so that no file is read twice or left out, whenever the process dies.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from actorstream.checkpoint.metadata_log import MetadataLog
from actorstream.connectors.files.formats import FileFormat
from actorstream.connectors.files.layout import DataFile, Layout, with_partitions
from actorstream.dataflow.protocols import ALL_AVAILABLE, Offset, ReadLimit, Source, SourceContext, Split
from actorstream.dataflow.requests import Options
from actorstream.errors import IllegalArgumentException
from actorstream.expr.intervals import US_PER_DAY, read_interval
from actorstream.expr.types import StructType, to_arrow_schema
from actorstream.expr.zones import session_zone

_FORBIDDEN = ("modifiedbefore", "modifiedafter")


@dataclass(frozen=True, slots=True)
class FileStreamProvider:
    """Makes a file source for every start of a query. All columns are nullable (IO-41)."""

    options: Options
    form: FileFormat
    layout: Layout
    data: StructType
    partitions: StructType
    schema_type: StructType
    name: str = "file"

    def __init__(
        self,
        options: Options,
        *,
        form: FileFormat,
        layout: Layout,
        data: StructType,
        partitions: StructType,
        schema: StructType,
    ) -> None:
        for field, value in {
            "options": options,
            "form": form,
            "layout": layout,
            "data": data,
            "partitions": partitions,
            "schema_type": schema,
            "name": "FileSource",
        }.items():
            object.__setattr__(self, field, value)

    @property
    def schema(self) -> pa.Schema:
        """Data columns, then those of the folders."""
        return nullable_schema(self.schema_type)

    def create(self) -> Source:
        """A source for one run."""
        return _FileSource(self)


def nullable_schema(schema: StructType) -> pa.Schema:
    """The Arrow schema with every column nullable."""
    return pa.schema([field.with_nullable(True) for field in to_arrow_schema(schema)])


@dataclass(slots=True)
class _Settings:
    """The options of a file stream, checked (IO-43)."""

    limit: ReadLimit
    latest_first: bool
    name_only: bool
    age_max_ms: int

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
        clean = options.get("cleanSource", "off").upper()
        if clean not in ("OFF", "DELETE", "ARCHIVE"):
            raise IllegalArgumentException(
                f"Invalid mode for clean source option Some({options['cleanSource']}). Must be one of ARCHIVE,DELETE,OFF"
            )
        if clean != "OFF":
            raise IllegalArgumentException(
                f"The option 'cleanSource' = '{options['cleanSource']}' is not supported: remove or move read files yourself, "
                "their names stay in the checkpoint and they are not read again."
            )
        months, days, micros = read_interval(_age_text(options.get("maxFileAge", "7d")))
        age_us = (months * 31 + days) * US_PER_DAY + micros
        return _Settings(limit, _flag(options, "latestFirst"), _flag(options, "fileNameOnly"), age_us // 1000)


def _age_text(text: str) -> str:
    units = {"d": "days", "h": "hours", "m": "minutes", "min": "minutes", "s": "seconds", "ms": "milliseconds"}
    digits = text.strip().rstrip("abcdefghijklmnopqrstuvwxyz ")
    unit = text.strip()[len(digits) :].strip()
    return f"{digits} {units.get(unit, unit or 'milliseconds')}"


def _positive(options: Options, name: str) -> int | None:
    text = options.get(name)
    if text is None:
        return None
    if not text.isdecimal() or int(text) <= 0:
        raise IllegalArgumentException(f"Invalid value '{text}' for option '{name}', must be a positive integer")
    return int(text)


def _flag(options: Options, name: str) -> bool:
    text = options.get(name, "false")
    if text.lower() not in ("true", "false"):
        raise IllegalArgumentException(f"Invalid value '{text}' for option '{name}', must be 'true' or 'false'")
    return text.lower() == "true"


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of the source's log: the files of one epoch."""

    files: tuple[tuple[str, int], ...]  # path, modification time in ms

    def to_plain(self) -> dict[str, Any]:
        return {"files": [list(file) for file in self.files]}

    @staticmethod
    def from_plain(plain: dict[str, Any]) -> _Entry:
        return _Entry(tuple((str(path), int(modified)) for path, modified in plain["files"]))


class _FileSource(Source):
    available_now = "prepare"

    def __init__(self, provider: FileStreamProvider) -> None:
        self._provider = provider
        self._schema = provider.schema
        self._seen: set[str] = set()
        self._newest_ms = 0
        self._last = -1
        #: under AvailableNow: what was there at the start, not yet taken
        self._fixed: list[DataFile] | None = None

    @property
    def schema(self) -> pa.Schema:
        return self._schema

    @property
    def description(self) -> str:
        return f"FileStreamSource[{self._provider.layout.text}]"

    def open(self, context: SourceContext) -> None:
        """Check the options and read the log: every file in it was taken by some epoch already."""
        self._settings = _Settings.of(self._provider.options)
        self._zone = session_zone(context.conf)
        self._log: MetadataLog[_Entry] = MetadataLog(
            context.files, context.log_folder, "source", _Entry.to_plain, _Entry.from_plain
        )
        for number in self._log.epochs():
            self._remember(self._log.get(number))
            self._last = number

    def _remember(self, entry: _Entry) -> None:
        for path, modified_ms in entry.files:
            self._seen.add(self._key(path))
            self._newest_ms = max(self._newest_ms, modified_ms)

    def _key(self, path: str) -> str:
        return os.path.basename(path) if self._settings.name_only else path

    def default_limit(self) -> ReadLimit:
        return self._settings.limit

    def latest_offset(self, start: Offset | None, limit: ReadLimit) -> Offset | None:
        """Find new files and log those that the next epoch takes. No new files, no new entry."""
        chosen = self._choose(limit)
        if chosen:
            entry = _Entry(tuple((file.path, file.modified_ms) for file in chosen))
            self._log.add(self._last + 1, entry)
            self._last += 1
            self._remember(entry)
        return None if self._last < 0 else _offset(self._last)

    def _choose(self, limit: ReadLimit) -> list[DataFile]:
        waiting = self._unseen() if self._fixed is None else self._fixed
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
        if self._fixed is not None:
            self._fixed = self._fixed[len(chosen) :]
        return chosen

    def _unseen(self) -> list[DataFile]:
        """Files not taken yet, oldest first."""
        listed = self._provider.layout.files()
        oldest_ms = self._newest_ms - self._settings.age_max_ms if self._seen else 0
        if self._settings.latest_first and self._settings.limit.kind != "all":
            oldest_ms = 0
        fresh: dict[str, DataFile] = {}
        for file in listed:
            key = self._key(file.path)
            if key not in self._seen and file.modified_ms >= oldest_ms:
                fresh.setdefault(key, file)
        return sorted(
            fresh.values(), key=lambda file: (file.modified_ms, file.path), reverse=self._settings.latest_first
        )

    def prepare_available_now(self) -> None:
        self._fixed = self._unseen()

    def splits(self, start: Offset | None, end: Offset) -> Sequence[Split]:
        first = -1 if start is None else _number(start)
        paths = [path for number in range(first + 1, _number(end) + 1) for path, _ in self._log.get(number).files]
        return [Split(index, path) for index, path in enumerate(paths)]

    def read(self, split: Split) -> Iterator[pa.Table]:
        """The rows of a file; a file that is gone has none (IO-47)."""
        provider = self._provider
        file = provider.layout.describe_file(split.payload)
        try:
            for table in provider.form.read(file.path, provider.data):
                yield with_partitions(table, file, provider.partitions, self._schema, self._zone)
        except FileNotFoundError:
            return


def _offset(number: int) -> Offset:
    return json.dumps({"logOffset": number}, separators=(",", ":"))


def _number(offset: Offset) -> int:
    return int(json.loads(offset)["logOffset"])
