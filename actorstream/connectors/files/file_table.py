"""Files as a table: ``spark.read`` and ``df.write``."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from actorstream.connectors.files.formats import FileFormat
from actorstream.connectors.files.paths import absolute, to_uri
from actorstream.connectors.files.scan import FileScan
from actorstream.connectors.files.writing import write_failed, write_files
from actorstream.dataflow.protocols import Offset, ReadLimit, Source, SourceContext, Split
from actorstream.errors import AnalysisException


@dataclass(frozen=True, slots=True)
class FileTableProvider:
    """A table over the files of a layout, listed anew for every run."""

    name: str
    scan: FileScan

    @property
    def schema(self) -> pa.Schema:
        """Data columns, then those of the folders."""
        return self.scan.schema

    @property
    def files(self) -> list[str]:
        """The files that a run would read now, as URIs."""
        return [to_uri(file.path) for file in self.scan.layout.files()]

    def with_metadata(self) -> FileTableProvider:
        """The same with the column ``_metadata`` at the end (IO-48)."""
        return replace(self, scan=self.scan.with_metadata())

    def create(self) -> Source:
        """A source for one run."""
        return _FileTable(self)


class _FileTable(Source):
    """Everything at offset 0."""

    def __init__(self, provider: FileTableProvider) -> None:
        self._name = provider.name
        self._scan = provider.scan

    @property
    def schema(self) -> pa.Schema:
        return self._scan.schema

    @property
    def description(self) -> str:
        return f"FileScan {self._name} [{self._scan.layout.text}]"

    def open(self, context: SourceContext) -> None:
        self._scan.open(context.conf)

    def latest_offset(self, start: Offset | None, limit: ReadLimit) -> Offset | None:
        return "0"

    def splits(self, start: Offset | None, end: Offset) -> Sequence[Split]:
        return [Split(index, file) for index, file in enumerate(self._scan.layout.files())]

    def read(self, split: Split) -> Iterator[pa.Table]:
        yield from self._scan.read(split.payload)


def write_table(
    path: str,
    form: FileFormat,
    table: pa.Table,
    partition_by: Sequence[str],
    save_mode: str,
    *,
    replaces: str = "",
    only_written: bool = False,
) -> None:
    """Write a table as a directory. Replacing one, the new files are there before the old ones go.

    Args:
        replaces: the folder below `path` whose files an overwrite replaces.
        only_written: whether it replaces only the partitions that get rows.
    Raises: AnalysisException PATH_ALREADY_EXISTS; SparkRuntimeException TASK_WRITE_FAILED.
    """
    root = absolute(path)
    old: list[str] = []
    if os.path.exists(root):
        if save_mode == "ignore":
            return
        if save_mode not in ("append", "overwrite"):
            raise AnalysisException(errorClass="PATH_ALREADY_EXISTS", messageParameters={"outputPath": f"file:{root}"})
        if save_mode == "overwrite":
            place = os.path.join(root, replaces)
            old = [os.path.join(folder, name) for folder, _, names in os.walk(place) for name in names]
    try:
        os.makedirs(root, exist_ok=True)
        # a directory without rows still tells its columns
        written = write_files(root, form, table, partition_by if table.num_rows else ())
        if only_written:
            folders = {os.path.dirname(file.path) for file in written}
            old = [name for name in old if os.path.dirname(name) in folders]
        for name in old:
            os.unlink(name)
        for folder, _, _ in sorted(os.walk(root), reverse=True):
            if folder != root and not os.listdir(folder):
                os.rmdir(folder)
        with open(os.path.join(root, "_SUCCESS"), "wb"):
            pass  # an empty file that says: complete
    except OSError as error:
        raise write_failed(root, error) from error
