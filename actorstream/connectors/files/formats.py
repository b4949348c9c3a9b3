"""What is in a file: one class per format, found by name. Each reads a file as tables of given columns, and writes a table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from actorstream.common.config import Conf
from actorstream.dataflow.requests import Options
from actorstream.errors import AnalysisException, SparkRuntimeException
from actorstream.expr.nested import flat_values, lengths_of, make_list, make_map, make_struct, map_parts, nulls_of
from actorstream.expr.types import StructType, to_arrow_schema
from actorstream.expr.zones import session_zone

if TYPE_CHECKING:
    from actorstream.connectors.files.layout import DataFile


class FileFormat(ABC):
    """A format with its options."""

    #: of a file of this format
    suffix: str

    def __init__(self, options: Options, conf: Conf) -> None:
        self.options = options
        self.zone = options.get("timeZone") or session_zone(conf)

    @abstractmethod
    def read(self, path: str, schema: StructType) -> Iterator[pa.Table]:
        """The rows of a file in order, as tables with exactly these columns, all nullable.

        Raises: SparkRuntimeException FAILED_READ_FILE.NO_HINT for a file that cannot be read.
        """

    @abstractmethod
    def write(self, path: str, table: pa.Table) -> None:
        """Write a new file."""

    @abstractmethod
    def infer(self, files: Sequence[DataFile]) -> StructType:
        """The columns of files whose columns nobody named. Raises: AnalysisException UNABLE_TO_INFER_SCHEMA."""

    def check_writable(self, schema: pa.Schema) -> None:  # noqa: B027 - most formats take everything
        """Raise if the format has no way to write these columns."""


def file_format(name: str, options: Options, conf: Conf) -> FileFormat:
    """The format of a short name."""
    if name == "parquet":
        from actorstream.connectors.files.columnar import ParquetFormat

        return ParquetFormat(options, conf)
    if name == "orc":
        from actorstream.connectors.files.columnar import OrcFormat

        return OrcFormat(options, conf)
    if name == "csv":
        from actorstream.connectors.files.csv import CsvFormat

        return CsvFormat(options, conf)
    if name == "json":
        from actorstream.connectors.files.json import JsonFormat

        return JsonFormat(options, conf)
    from actorstream.connectors.files.text import TextFormat

    return TextFormat(options, conf)


def failed_read(path: str, cause: object) -> SparkRuntimeException:
    """The error for a file that cannot be read, with the reason after it."""
    error = SparkRuntimeException(errorClass="FAILED_READ_FILE.NO_HINT", messageParameters={"path": f"file://{path}"})
    error.add_note(str(cause))
    if isinstance(cause, BaseException):
        error.__cause__ = cause
    return error


def no_schema(name: str) -> AnalysisException:
    """The error for files that do not tell their columns."""
    return AnalysisException(errorClass="UNABLE_TO_INFER_SCHEMA", messageParameters={"format": name})


def nullable(schema: StructType) -> pa.Schema:
    """The Arrow columns of a schema, all nullable."""
    return pa.schema([field.with_nullable(True) for field in to_arrow_schema(schema)])


def conform(values: Any, target: pa.DataType) -> pa.Array:
    """A column as `target`: struct fields found by name, missing ones null, everything else cast."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if values.type == target:
        return values
    null = nulls_of(values)
    if pa.types.is_struct(target) and pa.types.is_struct(values.type):
        children = []
        for index in range(target.num_fields):
            field = target.field(index)
            place = values.type.get_field_index(field.name)
            if place < 0:
                children.append(pa.nulls(len(values), field.type))
            else:
                children.append(conform(values.flatten()[place], field.type))
        return make_struct(children, null, target, len(values))
    if pa.types.is_list(target) and (pa.types.is_list(values.type) or pa.types.is_large_list(values.type)):
        return make_list(conform(flat_values(values), target.value_type), lengths_of(values), null, target)
    if pa.types.is_map(target) and pa.types.is_map(values.type):
        keys, items, lengths = map_parts(values)
        return make_map(conform(keys, target.key_type), conform(items, target.item_type), lengths, null, target)
    return values.cast(target)


def conform_table(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The columns of `schema`, found by name whatever its case; missing ones are null."""
    by_name = {name.lower(): place for place, name in enumerate(table.column_names)}
    columns = []
    for field in schema:
        place = by_name.get(field.name.lower())
        if place is None:
            columns.append(pa.nulls(table.num_rows, field.type))
        else:
            columns.append(conform(table.column(place), field.type))
    return pa.Table.from_arrays(columns, schema=schema)
