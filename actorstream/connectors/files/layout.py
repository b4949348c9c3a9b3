"""Which files a path means, and what their folders say: hidden names, globs, partition folders, manifests."""

from __future__ import annotations

import datetime
import fnmatch
import glob
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from actorstream.common.config import FILE_SINK_IGNORE_METADATA, Conf
from actorstream.connectors.files.manifest import MANIFEST_FOLDER, Manifest
from actorstream.connectors.files.paths import absolute, local_path
from actorstream.dataflow.requests import Options
from actorstream.errors import AnalysisException, SparkRuntimeException
from actorstream.expr.casts import tzinfo_of
from actorstream.expr.types import (
    DataType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
    timestamp_type,
)
from actorstream.expr.zones import session_zone

NULL_FOLDER = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file to read. `modified_ms` is its modification time; `values` are the texts of its partition folders."""

    path: str
    modified_ms: int
    size: int
    values: tuple[tuple[str, str | None], ...] = ()


class Layout:
    """The files below some paths, which may be globs.

    Options: `pathGlobFilter`, `recursiveFileLookup`, `basePath`, `modifiedBefore`, `modifiedAfter`.
    """

    def __init__(self, paths: Sequence[str], options: Options, conf: Conf) -> None:
        self.paths = tuple(local_path(path) for path in paths)
        self._name_filter = options.get("pathGlobFilter")
        self._recursive = options.get("recursiveFileLookup", "false").lower() == "true"
        #: where the names of partition folders begin, if not at the paths
        self._base = absolute(options["basePath"]) if "basePath" in options else None
        self._after_ms = _moment_ms(options, "modifiedAfter", conf)
        self._before_ms = _moment_ms(options, "modifiedBefore", conf)
        self._use_manifest = not conf.value(FILE_SINK_IGNORE_METADATA)

    @property
    def text(self) -> str:
        """The paths for messages and descriptions."""
        return ",".join(f"file:{os.path.abspath(path)}" for path in self.paths)

    def check_exists(self, *, streaming: bool) -> None:
        """Raise if a path leads nowhere; a stream's message has it as it was given. Raises: AnalysisException PATH_NOT_FOUND (IO-42)."""
        for path in self.paths:
            if not _roots(path):
                shown = path if streaming else f"file:{os.path.abspath(path)}"
                raise AnalysisException(errorClass="PATH_NOT_FOUND", messageParameters={"path": shown})

    def has_manifest(self) -> bool:
        """Whether a path is the output of a file sink."""
        return any(os.path.isdir(os.path.join(root, MANIFEST_FOLDER)) for path in self.paths for root in _roots(path))

    def covers(self, folder: str) -> bool:
        """Whether files of a folder would be read."""
        return any(
            folder == root or folder.startswith(root + os.sep)
            for path in self.paths
            for root in map(os.path.abspath, _roots(path))
        )

    def files(self) -> list[DataFile]:
        """All files now, in the order of their paths. Names that begin with ``_`` or ``.`` are nobody's data (IO-39)."""
        found: dict[str, DataFile] = {}
        for path in self.paths:
            for root in _roots(path):
                for file in self._below(root):
                    found.setdefault(file.path, file)
        files = [found[path] for path in sorted(found)]
        # beside partition folders, files that lie in none are nobody's data
        return [file for file in files if file.values] if any(file.values for file in files) else files

    def _below(self, root: str) -> Iterator[DataFile]:
        root = os.path.abspath(root)
        if os.path.isfile(root):
            yield from self._file(root, os.path.dirname(root))
            return
        if self._use_manifest and os.path.isdir(os.path.join(root, MANIFEST_FOLDER)):
            # a directory that a file sink writes: what its manifest does not list is not there (IO-63)
            for path in Manifest(root).paths():
                yield from self._file(path, root)
            return
        yield from self._walk(root, root)

    def _walk(self, folder: str, root: str) -> Iterator[DataFile]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except FileNotFoundError:
            return
        for entry in entries:
            if entry.name.startswith(("_", ".")):
                continue
            if entry.is_dir():
                if "=" in entry.name or self._recursive:
                    yield from self._walk(entry.path, root)
            else:
                yield from self._file(entry.path, root)

    def _file(self, path: str, root: str) -> Iterator[DataFile]:
        if self._name_filter and not fnmatch.fnmatchcase(os.path.basename(path), self._name_filter):
            return
        try:
            status = os.stat(path)
        except FileNotFoundError:
            return  # gone between listing and now
        modified_ms = int(status.st_mtime * 1000)
        if self._after_ms is not None and modified_ms <= self._after_ms:
            return
        if self._before_ms is not None and modified_ms >= self._before_ms:
            return
        yield DataFile(path, modified_ms, status.st_size, self._values(path, root))

    def _values(self, path: str, root: str) -> tuple[tuple[str, str | None], ...]:
        return () if self._recursive else _folder_values(path, self._base or root)

    def describe_file(self, path: str) -> DataFile:
        """A file of an older listing, as it is now, with its partition values."""
        root = os.path.dirname(path)
        for pattern in self.paths:
            depth = len(os.path.abspath(pattern).split(os.sep))
            candidate = os.sep.join(path.split(os.sep)[:depth])
            if candidate != path and any(
                fnmatch.fnmatchcase(candidate, os.path.abspath(option)) for option in _alternatives(pattern)
            ):
                root = candidate
                break
        try:
            status = os.stat(path)
        except FileNotFoundError:
            return DataFile(path, 0, 0, self._values(path, root))
        return DataFile(path, int(status.st_mtime * 1000), status.st_size, self._values(path, root))

    def partition_columns(self, files: Sequence[DataFile], given: StructType | None) -> StructType:
        """The columns that the folders name, with the user's types or those that all values have (IO-41)."""
        _check_one_layout(files)
        texts: dict[str, list[str | None]] = {}
        for file in files:
            for name, value in file.values:
                texts.setdefault(name, []).append(value)
        types = {} if given is None else {item.name: item.dataType for item in given.fields}
        return StructType(
            [StructField(name, types.get(name) or _type_of(values), True) for name, values in texts.items()]
        )


def _folder_values(path: str, root: str) -> tuple[tuple[str, str | None], ...]:
    values = []
    for part in os.path.relpath(os.path.dirname(path), root).split(os.sep):
        name, equals, text = part.partition("=")
        if equals:
            values.append((_unescaped(name), None if text == NULL_FOLDER else _unescaped(text)))
    return tuple(values)


_CANDIDATES: tuple[tuple[DataType, re.Pattern[str]], ...] = (
    (IntegerType(), re.compile(r"[+-]?\d{1,9}\Z")),
    (LongType(), re.compile(r"[+-]?\d{1,18}\Z")),
    (DoubleType(), re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")),
    (DateType(), re.compile(r"\d{4}-\d{1,2}-\d{1,2}\Z")),
    (TimestampType(), re.compile(r"\d{4}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?\Z")),
)


def _type_of(values: Sequence[str | None]) -> DataType:
    texts = [value for value in values if value is not None]
    for data_type, pattern in _CANDIDATES:
        if texts and all(pattern.match(text) for text in texts):
            return timestamp_type() if isinstance(data_type, TimestampType) else data_type
    return StringType()


def _check_one_layout(files: Sequence[DataFile]) -> None:
    """Raises: SparkRuntimeException CONFLICTING_PARTITION_COLUMN_NAMES if files lie in folders of different names."""
    lists: dict[tuple[str, ...], str] = {}
    for file in files:
        lists.setdefault(tuple(name for name, _ in file.values), os.path.dirname(file.path))
    if len(lists) > 1:
        raise SparkRuntimeException(
            errorClass="CONFLICTING_PARTITION_COLUMN_NAMES",
            messageParameters={
                "distinctPartColLists": "".join(
                    f"\n\tPartition column name list #{number}: {', '.join(names)}"
                    for number, names in enumerate(lists)
                ),
                "suspiciousPaths": "".join(f"\n\tfile:{path}" for path in lists.values()),
            },
        )


def _alternatives(path: str) -> list[str]:
    """A path with ``{a,b}`` as the patterns it stands for."""
    match = re.search(r"\{([^{}]*)\}", path)
    if match is None:
        return [path]
    return [
        found
        for part in match[1].split(",")
        for found in _alternatives(path[: match.start()] + part + path[match.end() :])
    ]


def _roots(path: str) -> list[str]:
    """What a path stands for now: itself, or what a pattern matches."""
    if os.path.exists(path):
        return [path]
    found = {name for option in _alternatives(path) for name in glob.glob(option.replace("[^", "[!"))}
    return sorted(found)


def _moment_ms(options: Options, name: str, conf: Conf) -> int | None:
    """An option that is a time. Raises: AnalysisException `_LEGACY_ERROR_TEMP_1294`."""
    text = options.get(name)
    if text is None:
        return None
    try:
        local = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        raise AnalysisException(
            errorClass="_LEGACY_ERROR_TEMP_1294", messageParameters={"strategy": name.lower(), "timeString": text}
        ) from None
    zone = options.get("timeZone") or session_zone(conf)
    return int(local.replace(tzinfo=tzinfo_of(zone)).timestamp() * 1000)


def escaped(text: str) -> str:
    """A name or value as part of a folder's name: what could be taken for something else becomes ``%`` and its code."""
    return re.sub(r"""[\x01-\x1f"#%'*/:=?\\\x7f{\[\]^]""", lambda match: f"%{ord(match[0]):02X}", text)


def _unescaped(text: str) -> str:
    return re.sub(r"%([0-9A-Fa-f]{2})", lambda match: chr(int(match[1], 16)), text)
