"""What a format of files is: it reads a file as tables of given columns, and writes a table. And what the formats share."""

from __future__ import annotations

import codecs
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from actorstream.common.config import Conf
from actorstream.connectors.files.paths import failed_read
from actorstream.dataflow.requests import Options
from actorstream.errors import AnalysisException, IllegalArgumentException, SparkRuntimeException
from actorstream.expr.nested import flat_values, lengths_of, make_list, make_map, make_struct, map_parts, nulls_of
from actorstream.expr.types import VARIANT, StringType, StructType, VariantType, holds, sql_name, to_arrow_schema
from actorstream.expr.variant.shredded import assembled, is_shredded
from actorstream.expr.zones import session_zone

if TYPE_CHECKING:
    from actorstream.connectors.files.layout import DataFile

__all__ = ["FileFormat", "conform", "conform_table", "failed_read", "no_schema", "nullable"]


class FileFormat(ABC):
    """A format with its options."""

    #: of a file of this format
    suffix: str
    #: the format's name in errors
    label: str

    def __init__(self, options: Options, conf: Conf) -> None:
        self.options = options
        self.zone = options.get("timeZone") or session_zone(conf)

    def flag(self, name: str, default: str = "false") -> bool:
        """An option that is true or false. Raises: IllegalArgumentException."""
        text = self.options.get(name, default).lower()
        if text not in ("true", "false"):
            raise IllegalArgumentException(f"{name} flag can be true or false")
        return text == "true"

    def check_readable(self, schema: StructType) -> None:  # noqa: B027 - most formats have everything
        """Raise if the format has no such columns."""

    def own_columns(self) -> StructType | None:
        """The columns that the options alone tell; None if there are none."""
        return None

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


def read_mode(options: Options) -> str:
    """What to do about malformed records: PERMISSIVE, DROPMALFORMED or FAILFAST; a word the reference does not know is PERMISSIVE."""
    mode = options.get("mode", "PERMISSIVE").upper()
    return mode if mode in ("DROPMALFORMED", "FAILFAST") else "PERMISSIVE"


def malformed(record: str) -> SparkRuntimeException:
    """The reason why FAILFAST gives up on a file."""
    return SparkRuntimeException(
        errorClass="MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
        messageParameters={"badRecord": f"[{record}]", "failFastMode": "FAILFAST"},
    )


def character_set(name: str) -> str:
    """Python's name of a character set. Raises: IllegalArgumentException for one that is not known."""
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise IllegalArgumentException(
            f"The option 'encoding' = '{name}' is no character set that is known here."
        ) from None


def one_text_type(schema: StructType, corrupt: str) -> None:
    """Check the column for malformed records.

    Raises: AnalysisException INVALID_CORRUPT_RECORD_TYPE unless it is text, UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN if
        there is nothing else to read.
    """
    found = next((item for item in schema.fields if item.name == corrupt), None)
    if found is None:
        return
    if not isinstance(found.dataType, StringType):
        raise AnalysisException(
            errorClass="INVALID_CORRUPT_RECORD_TYPE",
            messageParameters={"columnName": f"`{corrupt}`", "actualType": f'"{sql_name(found.dataType)}"'},
        )
    if len(schema.fields) == 1:
        raise AnalysisException(errorClass="UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN", messageParameters={})


def no_variants(schema: StructType, label: str) -> None:
    """Raise for a format that has no variants. Raises: AnalysisException UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE."""
    for item in schema.fields:
        if holds(item.dataType, VariantType, in_maps=True):
            raise AnalysisException(
                errorClass="UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
                messageParameters={
                    "columnName": f"`{item.name}`",
                    "columnType": f'"{sql_name(item.dataType)}"',
                    "format": label,
                },
            )


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
    if target == VARIANT and is_shredded(values.type):
        return assembled(values)
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
