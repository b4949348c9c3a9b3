"""Reads data files as rows of a table: columns of the file, of its folders and, if asked for, about the file itself.

Shared by streams (`file_source`) and tables (`file_table`).
"""

from __future__ import annotations

import os
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from actorstream.common.config import Conf
from actorstream.connectors.files.formats import FileFormat, nullable
from actorstream.connectors.files.layout import DataFile, Layout
from actorstream.dataflow.requests import Options
from actorstream.errors import SparkRuntimeException
from actorstream.expr.casts import cast_values
from actorstream.expr.types import (
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
    to_arrow,
    to_arrow_schema,
)
from actorstream.expr.zones import session_zone

METADATA = "_metadata"
"""The hidden column about the file that a row comes from (IO-48)."""

_FIELDS = (
    StructField("file_path", StringType(), False),
    StructField("file_name", StringType(), False),
    StructField("file_size", LongType(), False),
    StructField("file_block_start", LongType(), False),
    StructField("file_block_length", LongType(), False),
    StructField("file_modification_time", TimestampType(), False),
)
_ROW_INDEX = StructField("row_index", LongType(), False)


@dataclass(frozen=True, slots=True)
class FileScan:
    """What to read: format, place, columns.

    Args:
        data: columns of the files.
        partitions: columns of the folders.
        row_index: whether rows of a file have a number (parquet).
    """

    form: FileFormat
    layout: Layout
    data: StructType
    partitions: StructType
    options: Options
    row_index: bool = False
    metadata: bool = False
    #: set when a run opens it: time zone and what to do about bad files
    _run: dict[str, object] = field(default_factory=dict, compare=False)

    @property
    def schema(self) -> pa.Schema:
        """All columns; those of the rows are nullable."""
        read = nullable(StructType([*self.data.fields, *self.partitions.fields]))
        # what is known of every file is never null
        return pa.schema([*read, *to_arrow_schema(StructType(self._metadata_fields()))], read.metadata)

    def _metadata_fields(self) -> list[StructField]:
        if not self.metadata:
            return []
        return [StructField(METADATA, StructType([*_FIELDS, *([_ROW_INDEX] if self.row_index else [])]), False)]

    def with_metadata(self) -> FileScan:
        """The same with the column ``_metadata`` at the end."""
        return replace(self, metadata=True, _run={})

    def open(self, conf: Conf) -> None:
        """Take the settings of a run."""
        self._run["zone"] = session_zone(conf)
        for name, key in (
            ("ignoreMissingFiles", "spark.sql.files.ignoreMissingFiles"),
            ("ignoreCorruptFiles", "spark.sql.files.ignoreCorruptFiles"),
        ):
            text = self.options.get(name) or conf.get(key, "false") or "false"
            self._run[name] = text.lower() == "true"

    def read(self, file: DataFile) -> Iterator[pa.Table]:
        """The rows of a file, in order.

        Raises: SparkRuntimeException FAILED_READ_FILE.FILE_NOT_EXIST, FAILED_READ_FILE.NO_HINT, which name the file.
        """
        rows = 0
        try:
            for table in self.form.read(file.path, self.data):
                yield self._complete(table, file, rows)
                rows += table.num_rows
        except FileNotFoundError as error:
            if self._run.get("ignoreMissingFiles"):
                return
            raise SparkRuntimeException(
                errorClass="FAILED_READ_FILE.FILE_NOT_EXIST", messageParameters={"path": f"file://{file.path}"}
            ) from error
        except SparkRuntimeException as error:
            if self._run.get("ignoreCorruptFiles") and error.getCondition() == "FAILED_READ_FILE.NO_HINT":
                return
            raise

    def _complete(self, table: pa.Table, file: DataFile, first_row: int) -> pa.Table:
        """Rows of the file with the values of its folders, and about itself, as last columns."""
        values = dict(file.values)
        columns = list(table.columns)
        zone = str(self._run.get("zone", "UTC"))
        for item in self.partitions.fields:
            text = pa.array([values.get(item.name)], pa.string())
            value = cast_values(text, StringType(), item.dataType, "try", zone)[0]
            columns.append(pa.repeat(value, table.num_rows).cast(to_arrow(item.dataType)))
        schema = self.schema
        if self.metadata:
            columns.append(self._about(file, schema.field(METADATA).type, first_row, table.num_rows))
        return pa.Table.from_arrays(columns, schema=schema)

    def _about(self, file: DataFile, kind: pa.StructType, first_row: int, rows: int) -> pa.Array:
        quoted = urllib.parse.quote(file.path, safe="/=:,;@&+$!*()~'")
        values = [
            f"file:{quoted}",
            os.path.basename(quoted),
            file.size,
            0,
            file.size,
            file.modified_ms * 1000,
        ]
        children = [
            pa.repeat(pa.scalar(value), rows).cast(kind.field(index).type) for index, value in enumerate(values)
        ]
        if self.row_index:
            children.append(pa.array(np.arange(first_row, first_row + rows, dtype=np.int64)))
        return pa.StructArray.from_arrays(children, fields=[kind.field(index) for index in range(kind.num_fields)])
