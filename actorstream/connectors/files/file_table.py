"""Files as a table: ``spark.read`` and ``df.write``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence

import pyarrow as pa

from actorstream.common.config import Conf
from actorstream.connectors.files.file_source import nullable_schema
from actorstream.connectors.files.formats import FileFormat
from actorstream.connectors.files.layout import Layout, with_partitions
from actorstream.connectors.files.paths import absolute
from actorstream.connectors.files.writing import write_files
from actorstream.dataflow.protocols import Offset, ReadLimit, Source, SourceContext, Split
from actorstream.errors import AnalysisException
from actorstream.expr.types import StructType
from actorstream.expr.zones import session_zone


class FileTableProvider:
    """A table over the files of a layout, listed anew for every run."""

    def __init__(
        self,
        name: str,
        *,
        form: FileFormat,
        layout: Layout,
        data: StructType,
        partitions: StructType,
        schema: StructType,
    ) -> None:
        self.name = name
        self.form = form
        self.layout = layout
        self.data = data
        self.partitions = partitions
        self._schema = nullable_schema(schema)

    @property
    def schema(self) -> pa.Schema:
        """Data columns, then those of the folders."""
        return self._schema

    def create(self) -> Source:
        """A source for one run."""
        return _FileTable(self)


class _FileTable(Source):
    """Everything at offset 0."""

    def __init__(self, provider: FileTableProvider) -> None:
        self._provider = provider
        self._zone = session_zone(Conf())

    @property
    def schema(self) -> pa.Schema:
        return self._provider.schema

    @property
    def description(self) -> str:
        return f"FileScan {self._provider.name} [{self._provider.layout.text}]"

    def open(self, context: SourceContext) -> None:
        self._zone = session_zone(context.conf)

    def latest_offset(self, start: Offset | None, limit: ReadLimit) -> Offset | None:
        return "0"

    def splits(self, start: Offset | None, end: Offset) -> Sequence[Split]:
        return [Split(index, file) for index, file in enumerate(self._provider.layout.files())]

    def read(self, split: Split) -> Iterator[pa.Table]:
        provider = self._provider
        for table in provider.form.read(split.payload.path, provider.data):
            yield with_partitions(table, split.payload, provider.partitions, provider.schema, self._zone)


def write_table(path: str, form: FileFormat, table: pa.Table, partition_by: Sequence[str], save_mode: str) -> None:
    """Write a table as a directory. Raises: AnalysisException PATH_ALREADY_EXISTS."""
    root = absolute(path)
    if os.path.exists(root):
        if save_mode == "ignore":
            return
        if save_mode in ("error", "errorifexists"):
            raise AnalysisException(errorClass="PATH_ALREADY_EXISTS", messageParameters={"outputPath": f"file:{root}"})
        if save_mode == "overwrite":
            shutil.rmtree(root)
    os.makedirs(root, exist_ok=True)
    write_files(root, form, table, partition_by)
    with open(os.path.join(root, "_SUCCESS"), "wb"):
        pass  # an empty file that says: complete
