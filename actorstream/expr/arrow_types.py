"""The one table between Spark's types and Arrow's, in both directions.

Text is ``string``, timestamps are ``timestamp[us, UTC]``, those without zone ``timestamp[us]``. What an Arrow type cannot say
(year-month intervals, CHAR lengths, interval units, column metadata) travels as field metadata. A variant is a struct of its two
byte strings that says so itself, by a mark on one of them, as in the reference.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from actorstream.errors import PySparkTypeError
from actorstream.expr.datatypes import (
    ArrayType,
    BinaryType,
    BooleanType,
    ByteType,
    CalendarIntervalType,
    CharType,
    DataType,
    DateType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    NullType,
    ShortType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    TimeType,
    VarcharType,
    VariantType,
    YearMonthIntervalType,
    type_from_json,
)

TYPE_KEY = b"spark.type"
"""Field metadata: the JSON name of a Spark type that the Arrow type does not determine."""
METADATA_KEY = b"spark.metadata"
"""Field metadata: the user's column metadata as JSON."""
WATERMARK_KEY = b"spark.watermarkDelayMs"
"""Field metadata: the event-time mark, delay in ms as text (STF-4)."""

TIMESTAMP = pa.timestamp("us", tz="UTC")
TIMESTAMP_NTZ = pa.timestamp("us")
CALENDAR_INTERVAL = pa.month_day_nano_interval()
# both nullable, for what lies under a variant that is null
VARIANT = pa.struct([pa.field("value", pa.binary()), pa.field("metadata", pa.binary(), metadata={"variant": "true"})])

_TO_ARROW: Mapping[type[DataType], pa.DataType] = {
    NullType: pa.null(),
    BooleanType: pa.bool_(),
    ByteType: pa.int8(),
    ShortType: pa.int16(),
    IntegerType: pa.int32(),
    LongType: pa.int64(),
    FloatType: pa.float32(),
    DoubleType: pa.float64(),
    StringType: pa.string(),
    CharType: pa.string(),
    VarcharType: pa.string(),
    BinaryType: pa.binary(),
    DateType: pa.date32(),
    TimeType: pa.time64("us"),
    TimestampType: TIMESTAMP,
    TimestampNTZType: TIMESTAMP_NTZ,
    DayTimeIntervalType: pa.duration("us"),
    YearMonthIntervalType: pa.int32(),
    CalendarIntervalType: CALENDAR_INTERVAL,
    VariantType: VARIANT,
}
#: types whose parameters the Arrow type loses
_NAMED = (YearMonthIntervalType, CharType, VarcharType)
#: digits of a second that Arrow's microseconds hold, and TIME has unless it says otherwise
_PRECISION_US = 6


def to_arrow(data_type: DataType) -> Any:
    """The Arrow type of a Spark type. Raises: PySparkTypeError UNSUPPORTED_DATA_TYPE_FOR_ARROW_CONVERSION."""
    if isinstance(data_type, DecimalType):
        return pa.decimal128(data_type.precision, data_type.scale)
    if isinstance(data_type, ArrayType):
        return pa.list_(_field("element", data_type.elementType, data_type.containsNull))
    if isinstance(data_type, MapType):
        key = _field("key", data_type.keyType, False)
        if pa.types.is_null(key.type):
            # a map without keys: Arrow has no keys that are null, so they are of a type that no key will have
            key = pa.field("key", pa.bool_(), False, {TYPE_KEY: b"void"})
        return _map_type(
            key,
            _field("value", data_type.valueType, data_type.valueContainsNull),
        )
    if isinstance(data_type, StructType):
        return pa.struct([to_arrow_field(field) for field in data_type.fields])
    found = _TO_ARROW.get(type(data_type))
    if found is None:
        raise PySparkTypeError(
            errorClass="UNSUPPORTED_DATA_TYPE_FOR_ARROW_CONVERSION",
            messageParameters={"data_type": str(data_type)},
        )
    return found


_map_type: Any = pa.map_  # takes fields too, which its stub does not know


def _type_metadata(data_type: DataType) -> dict[bytes, bytes]:
    named = isinstance(data_type, _NAMED) or (
        isinstance(data_type, DayTimeIntervalType) and (data_type.startField, data_type.endField) != (0, 3)
    )
    named = named or (isinstance(data_type, TimeType) and data_type.precision != _PRECISION_US)
    return {TYPE_KEY: data_type.simpleString().encode()} if named else {}


def _field(name: str, data_type: DataType, nullable: bool) -> pa.Field[Any]:
    metadata: Any = _type_metadata(data_type) or None
    arrow_type = to_arrow(data_type)
    return pa.field(name, arrow_type, nullable or pa.types.is_null(arrow_type), metadata)


def field_metadata(data_type: DataType, metadata: Mapping[str, Any]) -> dict[bytes, bytes]:
    """The Arrow field metadata for a column of that type and that user metadata."""
    found = _type_metadata(data_type)
    rest = dict(metadata)
    delay = rest.pop(WATERMARK_KEY.decode(), None)
    if delay is not None:
        found[WATERMARK_KEY] = str(delay).encode()
    if rest:
        found[METADATA_KEY] = json.dumps(rest, sort_keys=True).encode()
    return found


def to_arrow_field(field: StructField) -> pa.Field[Any]:
    """The Arrow field of a struct field, metadata included."""
    metadata: Any = field_metadata(field.dataType, field.metadata) or None
    arrow_type = to_arrow(field.dataType)
    return pa.field(field.name, arrow_type, field.nullable or pa.types.is_null(arrow_type), metadata)


def to_arrow_schema(schema: StructType) -> pa.Schema:
    """The Arrow schema of a struct."""
    return pa.schema([to_arrow_field(field) for field in schema.fields])


def from_arrow(source: pa.DataType | pa.Field[Any]) -> DataType:
    """The Spark type of an Arrow type or field. Raises: PySparkTypeError UNSUPPORTED_DATA_TYPE_FOR_ARROW_CONVERSION."""
    if isinstance(source, pa.Field):
        named = (source.metadata or {}).get(TYPE_KEY)
        return type_from_json(named.decode()) if named is not None else from_arrow(source.type)
    types = pa.types
    if types.is_decimal(source):
        return DecimalType(source.precision, source.scale)
    if types.is_map(source):
        return MapType(from_arrow(source.key_field), from_arrow(source.item_field), bool(source.item_field.nullable))
    if types.is_list(source) or types.is_large_list(source) or types.is_fixed_size_list(source):
        return ArrayType(from_arrow(source.value_field), bool(source.value_field.nullable))
    if types.is_struct(source):
        if is_variant(source):
            return VariantType()
        return StructType([from_arrow_field(source.field(index)) for index in range(source.num_fields)])
    if types.is_dictionary(source):
        return from_arrow(source.value_type)
    if types.is_timestamp(source):
        return TimestampNTZType() if source.tz is None else TimestampType()
    for matches, result in _FROM_ARROW:
        if matches(source):
            return result
    raise PySparkTypeError(
        errorClass="UNSUPPORTED_DATA_TYPE_FOR_ARROW_CONVERSION", messageParameters={"data_type": str(source)}
    )


_FROM_ARROW: tuple[tuple[Any, DataType], ...] = (
    (pa.types.is_int64, LongType()),
    (pa.types.is_int32, IntegerType()),
    (lambda t: pa.types.is_string(t) or pa.types.is_large_string(t) or pa.types.is_string_view(t), StringType()),
    (pa.types.is_float64, DoubleType()),
    (pa.types.is_boolean, BooleanType()),
    (pa.types.is_float32, FloatType()),
    (pa.types.is_float16, FloatType()),
    (pa.types.is_date, DateType()),
    (pa.types.is_int16, ShortType()),
    (pa.types.is_int8, ByteType()),
    (pa.types.is_uint8, ShortType()),
    (pa.types.is_uint16, IntegerType()),
    (pa.types.is_uint32, LongType()),
    (pa.types.is_uint64, DecimalType(20, 0)),
    (
        lambda t: (
            pa.types.is_binary(t)
            or pa.types.is_large_binary(t)
            or pa.types.is_fixed_size_binary(t)
            or pa.types.is_binary_view(t)
        ),
        BinaryType(),
    ),
    (pa.types.is_duration, DayTimeIntervalType()),
    (pa.types.is_time, TimeType()),
    (pa.types.is_interval, CalendarIntervalType()),
    (pa.types.is_null, NullType()),
)


def is_variant(arrow_type: pa.DataType) -> bool:
    """Whether a struct is a variant: it has the mark, and a value. Source: `pyspark.sql.pandas.types.is_variant`."""
    if not pa.types.is_struct(arrow_type) or arrow_type.num_fields != 2:
        return False
    fields = {arrow_type.field(place).name: arrow_type.field(place).metadata or {} for place in range(2)}
    return "value" in fields and fields.get("metadata", {}).get(b"variant") == b"true"


def metadata_of(field: pa.Field[Any]) -> dict[str, Any]:
    """The column metadata of an Arrow field: the user's, and the event-time mark under its Spark key."""
    raw = field.metadata or {}
    found: dict[str, Any] = json.loads(raw[METADATA_KEY]) if METADATA_KEY in raw else {}
    if WATERMARK_KEY in raw:
        found[WATERMARK_KEY.decode()] = int(raw[WATERMARK_KEY])
    return found


def from_arrow_field(field: pa.Field[Any]) -> StructField:
    """The struct field of an Arrow field."""
    return StructField(field.name, from_arrow(field), bool(field.nullable), metadata_of(field))


def from_arrow_schema(schema: pa.Schema) -> StructType:
    """The struct of an Arrow schema."""
    return StructType([from_arrow_field(field) for field in schema])
