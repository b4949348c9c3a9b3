"""Which files a path means, and what their folders say: hidden names, globs, partition folders, manifests."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from actorstream.common.config import FILE_SINK_IGNORE_METADATA, Conf
from actorstream.connectors.files.manifest import MANIFEST_FOLDER, Manifest
from actorstream.connectors.files.paths import local_path
from actorstream.dataflow.requests import Options
from actorstream.errors import AnalysisException
from actorstream.expr.casts import cast_values
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
    to_arrow,
)

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

    Options: `pathGlobFilter`, `recursiveFileLookup`.
    """

    def __init__(self, paths: Sequence[str], options: Options, conf: Conf) -> None:
        self.paths = tuple(local_path(path) for path in paths)
        self._name_filter = options.get("pathGlobFilter")
        self._recursive = options.get("recursiveFileLookup", "false").lower() == "true"
        self._use_manifest = not conf.value(FILE_SINK_IGNORE_METADATA)

    @property
    def text(self) -> str:
        """The paths for messages and descriptions."""
        return ",".join(f"file:{os.path.abspath(path)}" for path in self.paths)

    def check_exists(self) -> None:
        """Raise if a path leads nowhere. Raises: AnalysisException PATH_NOT_FOUND (IO-42)."""
        for path in self.paths:
            found = glob.glob(path) if glob.has_magic(path) else [path] if os.path.exists(path) else []
            if not found:
                raise AnalysisException(
                    errorClass="PATH_NOT_FOUND", messageParameters={"path": f"file:{os.path.abspath(path)}"}
                )

    def files(self) -> list[DataFile]:
        """All files now, in the order of their paths. Names that begin with ``_`` or ``.`` are nobody's data (IO-39)."""
        found: dict[str, DataFile] = {}
        for path in self.paths:
            roots = sorted(glob.glob(path)) if glob.has_magic(path) else [path]
            for root in roots:
                for file in self._below(root):
                    found.setdefault(file.path, file)
        return [found[path] for path in sorted(found)]

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
        yield DataFile(path, int(status.st_mtime * 1000), status.st_size, _folder_values(path, root))

    def describe_file(self, path: str) -> DataFile:
        """A file of an older listing, with its partition values."""
        roots = [os.path.abspath(root) for root in self.paths if not glob.has_magic(root)]
        root = next((root for root in roots if path.startswith(root + os.sep)), os.path.dirname(path))
        return DataFile(path, 0, 0, _folder_values(path, root))

    def partition_columns(self, files: Sequence[DataFile], given: StructType | None) -> StructType:
        """The columns that the folders name, with the user's types or those that all values have (IO-41)."""
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
            value = None if text == NULL_FOLDER else urllib.parse.unquote(text)
            values.append((urllib.parse.unquote(name), value))
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
            return data_type
    return StringType()


def with_partitions(table: pa.Table, file: DataFile, partitions: StructType, schema: pa.Schema, zone: str) -> pa.Table:
    """The rows of a file with the values of its folders as last columns."""
    values = dict(file.values)
    columns = list(table.columns)
    for item in partitions.fields:
        text = pa.array([values.get(item.name)], pa.string())
        value = cast_values(text, StringType(), item.dataType, "try", zone)[0]
        columns.append(pa.repeat(value, table.num_rows).cast(to_arrow(item.dataType)))
    return pa.Table.from_arrays(columns, schema=schema)
