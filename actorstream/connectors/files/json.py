"""JSON files: an object per line.

A file whose every value has the type that the schema says is read by Arrow at once. One that has not is read value by value, as
the reference does: what does not fit is null, a line that is no JSON is a row of nulls (IO-47).
"""

from __future__ import annotations

import base64
import datetime
import decimal
import io
import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.json

from actorstream.common.config import Conf
from actorstream.connectors.files.formats import FileFormat, conform_table, failed_read, no_schema, nullable
from actorstream.connectors.files.text import join_lines, split_lines
from actorstream.dataflow.requests import Options
from actorstream.expr.casts import cast_values, parse_date, parse_timestamp_us
from actorstream.expr.json_text import json_text
from actorstream.expr.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegralType,
    LongType,
    MapType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    from_arrow_schema,
    to_arrow,
)

if TYPE_CHECKING:
    from actorstream.connectors.files.layout import DataFile

_CORRUPT = "_corrupt_record"
#: what Arrow's reader gives exactly as the reference would
_DIRECT = (LongType, DoubleType, BooleanType, StringType)
_BITS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}
_NO = object()


class JsonFormat(FileFormat):
    """Options: `mode`, `columnNameOfCorruptRecord`, `multiLine`, `encoding`."""

    suffix = ".json"

    def __init__(self, options: Options, conf: Conf) -> None:
        super().__init__(options, conf)
        self._mode = options.get("mode", "PERMISSIVE").upper()
        self._corrupt = options.get("columnNameOfCorruptRecord", _CORRUPT)
        self._multi_line = options.get("multiLine", "false").lower() == "true"

    # ------------------------------------------------------------ reading

    def read(self, path: str, schema: StructType) -> Iterator[pa.Table]:
        with open(path, "rb") as stream:
            data = stream.read()
        if not data.strip():
            yield nullable(schema).empty_table()
            return
        table = None if self._multi_line else self._at_once(data, schema)
        yield self._one_by_one(path, data, schema) if table is None else table

    def _at_once(self, data: bytes, schema: StructType) -> pa.Table | None:
        """The table by Arrow's reader; None if a line is malformed or a value is of another type."""
        relaxed = [pa.field(item.name, _relaxed(item.dataType)) for item in schema.fields]
        if any(field.type is None for field in relaxed) or self._corrupt in schema.names:
            return None
        options = pyarrow.json.ParseOptions(
            explicit_schema=pa.schema(relaxed), newlines_in_values=False, unexpected_field_behavior="ignore"
        )
        try:
            table = pyarrow.json.read_json(io.BytesIO(data), parse_options=options)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return None
        columns = []
        for item in schema.fields:
            texts = table.column(item.name).combine_chunks()
            if isinstance(item.dataType, (DateType, TimestampType, TimestampNTZType, IntegralType, FloatType)):
                source: DataType = LongType() if isinstance(item.dataType, IntegralType) else StringType()
                source = DoubleType() if isinstance(item.dataType, FloatType) else source
                values = cast_values(texts, source, item.dataType, "try", self.zone)
                if values.null_count != texts.null_count:
                    return None
                columns.append(values)
            else:
                columns.append(texts)
        return conform_table(pa.Table.from_arrays(columns, names=schema.names), nullable(schema))

    def _one_by_one(self, path: str, data: bytes, schema: StructType) -> pa.Table:
        """Line by line, for a file that Arrow's reader cannot take."""
        text = data.decode("utf-8", "replace")
        lines = [text] if self._multi_line else [line for line in split_lines(data).to_pylist() if line.strip()]
        reader = _Reader(self.zone)
        rows: list[list[Any]] = []
        for line in lines:
            objects, whole = _objects(line)
            for item in objects:
                row, fits = reader.row(item, schema)
                if not (fits and whole) and self._mode == "FAILFAST":
                    raise failed_read(path, f"MALFORMED_RECORD_IN_PARSING: [{line}]")
                if not (fits and whole) and self._mode == "DROPMALFORMED":
                    continue
                if self._corrupt in schema.names:
                    row[schema.names.index(self._corrupt)] = None if fits and whole else line
                rows.append(row)
        columns = [
            pa.array([row[place] for row in rows], to_arrow(item.dataType)) for place, item in enumerate(schema.fields)
        ]
        return pa.Table.from_arrays(columns, schema=nullable(schema))

    def infer(self, files: Sequence[DataFile]) -> StructType:
        """Columns by name, with the types that all values of all files have in common."""
        found: dict[str, Any] = {}
        for file in files:
            try:
                schema = pyarrow.json.read_json(file.path).schema
            except pa.ArrowInvalid as error:
                if "empty" in str(error).lower():
                    continue
                raise failed_read(file.path, error) from error
            for field in schema:
                found[field.name] = _wider(found.get(field.name), field.type)
        if not found:
            raise no_schema("JSON")
        arrow = pa.schema([pa.field(name, _spark_like(found[name])) for name in sorted(found)])
        return from_arrow_schema(arrow)

    # ------------------------------------------------------------ writing

    def write(self, path: str, table: pa.Table) -> None:
        schema = from_arrow_schema(table.schema)
        rows = table.combine_chunks().to_struct_array()
        if isinstance(rows, pa.ChunkedArray):
            rows = pa.concat_arrays(rows.chunks) if rows.num_chunks else pa.array([], rows.type)
        lines = json_text(rows, StructType([StructField(i.name, i.dataType) for i in schema.fields]), self.zone)
        with open(path, "wb") as stream:
            stream.write(join_lines(lines, self.options.get("lineSep", "\n")))


def _relaxed(data_type: DataType) -> pa.DataType | None:
    """The type under which Arrow reads a value as the reference would; None if it cannot."""
    if isinstance(data_type, (DateType, TimestampType, TimestampNTZType)):
        return pa.string()
    if isinstance(data_type, IntegralType):
        return pa.int64()
    if isinstance(data_type, FloatType):
        return pa.float64()
    if isinstance(data_type, _DIRECT):
        return to_arrow(data_type)
    if isinstance(data_type, ArrayType):
        element = _relaxed(data_type.elementType) if isinstance(data_type.elementType, (*_DIRECT, StructType)) else None
        return None if element is None else pa.list_(element)
    if isinstance(data_type, StructType):
        fields = [
            (
                item.name,
                _relaxed(item.dataType) if isinstance(item.dataType, (*_DIRECT, StructType, ArrayType)) else None,
            )
            for item in data_type.fields
        ]
        return None if any(kind is None for _, kind in fields) else pa.struct(fields)
    return None


def _wider(one: Any, other: Any) -> Any:
    if one is None or pa.types.is_null(one):
        return other
    if pa.types.is_null(other) or one == other:
        return one
    if {one, other} == {pa.int64(), pa.float64()}:
        return pa.float64()
    return pa.string()


def _spark_like(kind: Any) -> Any:
    """What the reference infers: times stay text."""
    if pa.types.is_timestamp(kind) or pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_list(kind):
        return pa.list_(_spark_like(kind.value_type))
    if pa.types.is_struct(kind):
        fields = [kind.field(index) for index in range(kind.num_fields)]
        return pa.struct([pa.field(field.name, _spark_like(field.type)) for field in fields])
    return kind


def _objects(line: str) -> tuple[list[Any], bool]:
    """The objects of a line (an array is several), and whether the line is JSON at all."""
    try:
        value = json.loads(line, parse_float=decimal.Decimal)
    except ValueError:
        return [{}], False
    if isinstance(value, list):
        return value, True
    return [value], isinstance(value, dict)


class _Reader:
    """JSON values as Spark's types; `_NO` where a value does not fit."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._steps: dict[type[DataType], Callable[[Any, Any], Any]] = {
            StringType: lambda value, kind: _string(value),
            BooleanType: lambda value, kind: value if isinstance(value, bool) else _NO,
            DoubleType: lambda value, kind: _number(value),
            FloatType: lambda value, kind: _number(value),
            DecimalType: self._decimal,
            DateType: self._date,
            TimestampType: self._timestamp,
            TimestampNTZType: self._timestamp,
            BinaryType: self._binary,
            ArrayType: self._array,
            MapType: self._map,
            StructType: self._struct,
        }

    def row(self, item: Any, schema: StructType) -> tuple[list[Any], bool]:
        """The values of an object; and whether all of them fit."""
        if not isinstance(item, dict):
            return [None] * len(schema.fields), False
        values = [self.value(item.get(field.name), field.dataType) for field in schema.fields]
        return [None if value is _NO else value for value in values], _NO not in values

    def value(self, value: Any, kind: DataType) -> Any:
        """A value of a type."""
        if value is None:
            return None
        if isinstance(kind, IntegralType):
            limit = 1 << (_BITS[kind.simpleString()] - 1)
            whole = isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit
            return value if whole else _NO
        step = self._steps.get(type(kind))
        return _NO if step is None else step(value, kind)

    def _decimal(self, value: Any, kind: DecimalType) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, decimal.Decimal)):
            return _NO
        rounded = decimal.Decimal(value).quantize(decimal.Decimal(1).scaleb(-kind.scale), decimal.ROUND_HALF_UP)
        return rounded if len(rounded.as_tuple().digits) <= kind.precision else _NO

    def _date(self, value: Any, kind: DataType) -> Any:
        found = parse_date(value) if isinstance(value, str) else None
        return _NO if found is None else found

    def _timestamp(self, value: Any, kind: DataType) -> Any:
        if isinstance(value, int) and not isinstance(value, bool) and isinstance(kind, TimestampType):
            return datetime.datetime.fromtimestamp(value, datetime.UTC)
        zone = self._zone if isinstance(kind, TimestampType) else None
        micros = parse_timestamp_us(value, zone) if isinstance(value, str) else None
        if micros is None:
            return _NO
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=micros)
        return moment.replace(tzinfo=datetime.UTC) if isinstance(kind, TimestampType) else moment

    def _binary(self, value: Any, kind: DataType) -> Any:
        try:
            return base64.b64decode(value, validate=True) if isinstance(value, str) else _NO
        except ValueError:
            return _NO

    def _array(self, value: Any, kind: ArrayType) -> Any:
        if not isinstance(value, list):
            return _NO
        items = [self.value(item, kind.elementType) for item in value]
        return _NO if _NO in items else items

    def _map(self, value: Any, kind: MapType) -> Any:
        if not isinstance(value, dict):
            return _NO
        pairs = [(key, self.value(item, kind.valueType)) for key, item in value.items()]
        return _NO if any(item is _NO for _, item in pairs) else pairs

    def _struct(self, value: Any, kind: StructType) -> Any:
        if not isinstance(value, dict):
            return _NO
        row, _ = self.row(value, kind)
        return dict(zip(kind.names, row, strict=True))


def _string(value: Any) -> Any:
    """A text as it is; anything else as its JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=lambda item: float(item))


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        return _NO
    if isinstance(value, (int, decimal.Decimal)):
        return float(value)
    special = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf", "INF": "inf", "-INF": "-inf", "+INF": "inf"}
    return float(special[value]) if isinstance(value, str) and value in special else _NO
