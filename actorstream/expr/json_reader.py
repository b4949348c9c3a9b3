"""JSON text as columns of Spark's types: ``from_json`` and whatever else reads JSON by a schema.

What does not fit its type is null and makes the record a bad one; the rest of the record is kept. Texts of one plain shape are read
by Arrow at once (`read_at_once`), all others value by value (`JsonReader`).

Source: Spark ``JacksonParser`` with ``spark.sql.json.enablePartialResults`` on.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import io
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
import pyarrow.json

from actorstream.errors import PySparkException, SparkRuntimeException
from actorstream.expr.arrow import Array, ArrowType, pa, pc
from actorstream.expr.casts import cast_values, parse_date, parse_timestamp_us, tzinfo_of
from actorstream.expr.functions.java_datetime_parser import parse_moment
from actorstream.expr.json_parser import (
    BLANK,
    Fields,
    Fraction,
    JsonValue,
    Leniency,
    dump_json,
    parse_json,
    plain_text,
    stands_alone,
)
from actorstream.expr.types import (
    AnsiIntervalType,
    ArrayType,
    BinaryType,
    BooleanType,
    CalendarIntervalType,
    CharType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegralType,
    LongType,
    MapType,
    NullType,
    StringType,
    StructType,
    TimestampNTZType,
    TimestampType,
    VarcharType,
    VariantType,
    to_arrow,
)
from actorstream.expr.variant.encoding import encode
from actorstream.expr.variant.json_input import tree_of_json

_Convert: TypeAlias = Callable[[JsonValue], Any]
_BITS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}
_EPOCH = datetime.datetime(1970, 1, 1)
_DAYS = re.compile(r"[+-]?\d{1,9}\Z")
_NAMED_ZONE = re.compile(r":\d.*[A-Za-z+\-]|Z\Z")


class Unfit(Exception):
    """A value that does not have its type. `partial` is what could be kept of it, if `kept`."""

    def __init__(self, partial: Any = None, *, kept: bool = False) -> None:
        super().__init__()
        self.partial = partial
        self.kept = kept


class JsonReader:
    """Reads JSON texts as values of a type; rows are dicts, maps lists of pairs, times numbers, as Arrow takes them.

    Args:
        data_type: struct, array, map, or any other type.
        zone: of timestamps that name none.
        options: reader options, keys in lower case: `dateformat`, `timestampformat`, `timestampntzformat`, `allow...`;
            `singlevariantcolumn` makes a whole text the one column of a struct.
    """

    def __init__(self, data_type: DataType, zone: str, options: Mapping[str, str]) -> None:
        self.data_type = data_type
        self._zone = options.get("timezone", zone)
        self._options = options
        self._leniency = Leniency.of(options)
        self._convert = self._converter(data_type)
        self._whole = _only_column(data_type) if "singlevariantcolumn" in options else None

    def read(self, text: str) -> tuple[Any, bool]:
        """The value of a text, and whether all of it fits. Nothing but blanks is null, and fits."""
        try:
            value = parse_json(text, self._leniency)
        except ValueError:
            return self._nothing(), False
        if value is BLANK:
            return None, True
        whole = self._whole is not None or isinstance(self.data_type, VariantType)
        if whole and not stands_alone(text, value, self._leniency):
            return self._nothing(), False
        if self._whole is not None:
            return self._whole_text(value)
        one = isinstance(self.data_type, ArrayType) and not isinstance(self.data_type.elementType, VariantType)
        if one and isinstance(value, Fields):
            value = [value]  # an object stands for an array of one
        try:
            found = self._convert(value)
        except Unfit as unfit:
            return (unfit.partial if unfit.kept else self._nothing()), False
        if (value is None and not isinstance(self.data_type, VariantType)) or (
            isinstance(found, list) and isinstance(value, list) and None in found
        ):
            return self._nothing(), False
        return found, True

    def _whole_text(self, value: JsonValue) -> tuple[Any, bool]:
        try:
            row = {self._whole: _variant(value)}
        except Unfit:
            return self._nothing(), False
        return ([row] if isinstance(self.data_type, ArrayType) else row), True

    def _nothing(self) -> Any:
        return dict.fromkeys(self.data_type.names) if isinstance(self.data_type, StructType) else None

    # ------------------------------------------------------------ one converter per type

    def _converter(self, kind: DataType) -> _Convert:
        step = self._step(kind)
        if isinstance(kind, VariantType):
            return step
        return lambda value: None if value is None else step(value)

    def _step(self, kind: DataType) -> _Convert:
        if isinstance(kind, (StringType, CharType, VarcharType)):
            return _text
        if isinstance(kind, IntegralType):
            return _integral(_BITS[kind.simpleString()])
        if isinstance(kind, (DoubleType, FloatType)):
            return _floating
        if isinstance(kind, BooleanType):
            return _boolean
        if isinstance(kind, DecimalType):
            return lambda value: _decimal(value, kind)
        if isinstance(kind, DateType):
            return self._date
        if isinstance(kind, (TimestampType, TimestampNTZType)):
            return self._timestamp(with_zone=isinstance(kind, TimestampType))
        if isinstance(kind, BinaryType):
            return _binary
        if isinstance(kind, StructType):
            return self._struct(kind)
        if isinstance(kind, ArrayType):
            return self._array(kind)
        if isinstance(kind, MapType):
            return self._map(kind)
        if isinstance(kind, VariantType):
            return _variant
        if isinstance(kind, (AnsiIntervalType, CalendarIntervalType)):
            return lambda value: _interval(value, kind)
        assert isinstance(kind, NullType), kind
        return _refuse

    def _struct(self, kind: StructType) -> _Convert:
        converters = [(field.name, self._converter(field.dataType)) for field in kind.fields]

        def convert(value: JsonValue) -> dict[str, Any]:
            if not isinstance(value, Fields):
                raise Unfit
            given = dict(value)
            row: dict[str, Any] = {}
            fits = True
            for name, step in converters:
                try:
                    row[name] = step(given[name]) if name in given else None
                except Unfit as unfit:
                    row[name] = unfit.partial
                    fits = False
            if not fits:
                raise Unfit(row, kept=True)
            return row

        return convert

    def _array(self, kind: ArrayType) -> _Convert:
        step = self._converter(kind.elementType)

        def convert(value: JsonValue) -> list[Any]:
            if not isinstance(value, list) or isinstance(value, Fields):
                raise Unfit
            return _all_kept([(None, item) for item in value], step, lambda key, item: item)

        return convert

    def _map(self, kind: MapType) -> _Convert:
        step = self._converter(kind.valueType)

        def convert(value: JsonValue) -> list[tuple[str, Any]]:
            if not isinstance(value, Fields):
                raise Unfit
            found = _all_kept(value, step, lambda key, item: (plain_text(key), item))
            return list(dict(found).items())

        return convert

    def _date(self, value: JsonValue) -> int:
        if not _is_text(value):
            raise Unfit
        pattern = self._options.get("dateformat")
        try:
            if pattern is None:
                found = parse_date(value)
            else:
                moment = parse_moment(value, pattern)
                found = None if moment is None else moment[0].date()
        except ValueError:
            found = None
        if found is None:
            if pattern is None and _DAYS.match(value):
                return int(value)  # the first releases of the reference wrote days since 1970
            raise Unfit
        return found.toordinal() - 719_163

    def _timestamp(self, *, with_zone: bool) -> _Convert:
        pattern = self._options.get("timestampformat" if with_zone else "timestampntzformat")
        zone = self._zone if with_zone else None

        def convert(value: JsonValue) -> int:
            if isinstance(value, int) and not isinstance(value, bool) and with_zone:
                return value * 1_000_000
            if not _is_text(value):
                raise Unfit
            return moment_us(value, pattern, zone)

        return convert


def moment_us(text: str, pattern: str | None, zone: str | None) -> int:
    """Microseconds since 1970 of a timestamp, or without `zone` of a local time, by a Java pattern or as a cast reads it.

    Raises: Unfit.
    """
    if zone is None and _NAMED_ZONE.search(text):
        raise Unfit
    try:
        found = _micros(text, pattern, zone)
    except ValueError:
        found = None
    if found is None:
        raise Unfit
    return found


def _micros(text: str, pattern: str | None, zone: str | None) -> int | None:
    if pattern is None:
        return parse_timestamp_us(text, zone)
    found = parse_moment(text, pattern)
    if found is None:
        return None
    moment, named = found
    micros = (moment - _EPOCH) // datetime.timedelta(microseconds=1)
    if zone is None:
        return micros
    offset = moment.replace(tzinfo=tzinfo_of(named or zone)).utcoffset() or datetime.timedelta()
    return micros - offset // datetime.timedelta(microseconds=1)


def _only_column(data_type: DataType) -> str:
    """The name of the one column of a struct, or of an array of them."""
    struct = data_type.elementType if isinstance(data_type, ArrayType) else data_type
    assert isinstance(struct, StructType)
    (name,) = struct.names
    return name


def _all_kept(pairs: list[Any], step: _Convert, make: Callable[[Any, Any], Any]) -> list[Any]:
    """Every item converted; one of which nothing can be kept spoils all. Raises: Unfit."""
    found = []
    fits = True
    for key, item in pairs:
        try:
            found.append(make(key, step(item)))
        except Unfit as unfit:
            if not unfit.kept:
                raise
            found.append(make(key, unfit.partial))
            fits = False
    if not fits:
        raise Unfit(found, kept=True)
    return found


def _is_text(value: JsonValue) -> bool:
    return isinstance(value, str) and not isinstance(value, Fraction)


def _refuse(value: JsonValue) -> Any:
    raise Unfit


def _text(value: JsonValue) -> str:
    """A text as it is; anything else as its JSON."""
    return plain_text(value) if _is_text(value) else dump_json(value).strip('"' if isinstance(value, Fraction) else "")


def _boolean(value: JsonValue) -> bool:
    if not isinstance(value, bool):
        raise Unfit
    return value


def _integral(bits: int) -> _Convert:
    low, high = -(1 << (bits - 1)), 1 << (bits - 1)
    if bits == 8:
        high = 256  # Jackson takes unsigned bytes, too

    def convert(value: JsonValue) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value < high:
            raise Unfit
        return value - 256 if bits == 8 and value > 127 else value

    return convert


_WORDS = {"NaN": "nan", "Infinity": "inf", "+Infinity": "inf", "+INF": "inf", "-Infinity": "-inf", "-INF": "-inf"}


def _floating(value: JsonValue) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise Unfit
    if _is_text(value):
        if value not in _WORDS:
            raise Unfit
        return float(_WORDS[value])
    return float(value)


def _decimal(value: JsonValue, kind: DecimalType) -> decimal.Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise Unfit
    try:
        number = decimal.Decimal(value.replace(",", "") if isinstance(value, str) else value)
        with decimal.localcontext(prec=100):
            rounded = number.quantize(decimal.Decimal(1).scaleb(-kind.scale), decimal.ROUND_HALF_UP)
    except decimal.InvalidOperation:
        raise Unfit from None
    if rounded and rounded.adjusted() >= kind.precision - kind.scale:
        raise Unfit
    return rounded


def _binary(value: JsonValue) -> bytes:
    try:
        return base64.b64decode(value, validate=True) if _is_text(value) else _refuse(value)
    except ValueError:
        raise Unfit from None


def _variant(value: JsonValue) -> dict[str, bytes]:
    """Any value; what an object has twice does not fit."""
    try:
        found, metadata = encode(tree_of_json(value), "from_json")
    except UnicodeEncodeError:
        raise Unfit from None  # half a character
    except SparkRuntimeException as error:
        if error.getCondition() != "VARIANT_DUPLICATE_KEY":
            raise
        raise Unfit from None
    return {"value": found, "metadata": metadata}


def _interval(value: JsonValue, kind: DataType) -> Any:
    if not _is_text(value):
        raise Unfit
    try:
        found = cast_values(pa.array([value], pa.string()), StringType(), kind, "try", "UTC")[0].as_py()
    except PySparkException:
        found = None
    if found is None:
        raise Unfit
    return found


# ---------------------------------------------------------------- many texts at once

#: what Arrow's reader gives exactly as Spark would
_DIRECT = (LongType, DoubleType, BooleanType, StringType)


def read_at_once(lines: bytes, schema: StructType, zone: str) -> list[Array] | None:
    """The columns of lines of JSON by Arrow's reader; None if a line is malformed or a value is of another type."""
    relaxed = [(item.name, _relaxed(item.dataType)) for item in schema.fields]
    if not relaxed or any(kind is None for _, kind in relaxed) or len(set(schema.names)) < len(relaxed):
        return None
    parsing = pyarrow.json.ParseOptions(
        explicit_schema=pa.schema(relaxed), newlines_in_values=False, unexpected_field_behavior="ignore"
    )
    reading = pyarrow.json.ReadOptions(use_threads=False, block_size=max(len(lines) + 1, 1024))
    try:
        table = pyarrow.json.read_json(io.BytesIO(lines), read_options=reading, parse_options=parsing)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    columns = []
    for item in schema.fields:
        values = table.column(item.name).combine_chunks()
        if not isinstance(item.dataType, (*_DIRECT, ArrayType, StructType)):
            source = _source(item.dataType)
            cast = cast_values(values, source, item.dataType, "try", zone)
            if cast.null_count != values.null_count:
                return None
            values = cast
        columns.append(values if values.type == to_arrow(item.dataType) else values.cast(to_arrow(item.dataType)))
    return columns


def _source(kind: DataType) -> DataType:
    if isinstance(kind, IntegralType):
        return LongType()
    return DoubleType() if isinstance(kind, FloatType) else StringType()


def _relaxed(kind: DataType) -> ArrowType | None:
    """The type under which Arrow reads a column as Spark would; None if it cannot."""
    if isinstance(kind, (DateType, TimestampType)):
        return pa.string()
    if isinstance(kind, (IntegralType, FloatType)):
        return to_arrow(_source(kind))
    return _direct(kind)


def _direct(kind: DataType) -> ArrowType | None:
    if isinstance(kind, _DIRECT):
        return to_arrow(kind)
    if isinstance(kind, ArrayType):
        element = _direct(kind.elementType)
        return None if element is None else pa.list_(element)
    if isinstance(kind, StructType) and kind.fields:
        inner = [(item.name, _direct(item.dataType)) for item in kind.fields]
        return None if any(part is None for _, part in inner) else pa.struct(inner)
    return None


_ONE_OBJECT = r"^\s*\{[^\n\r]*\}\s*$"


def read_structs(texts: Array, schema: StructType, zone: str) -> Array | None:
    """Texts that are an object each as structs; None if some are not, or Arrow cannot read them. Null stays null."""
    whole = pc.fill_null(pc.match_substring_regex(texts, _ONE_OBJECT), True)
    if not pc.all(whole).as_py():
        return None
    there = texts.drop_null()
    columns = read_at_once("\n".join(there.to_pylist()).encode(), schema, zone) if len(there) else None
    # a line is whole objects and begins with one, so as many rows as lines means one object each
    if columns is None or len(columns[0]) != len(there):
        return None
    arrow_type = to_arrow(schema)
    structs = pa.StructArray.from_arrays(columns, fields=[arrow_type.field(i) for i in range(arrow_type.num_fields)])
    if not texts.null_count:
        return structs
    valid = np.asarray(pc.is_valid(texts))
    return structs.take(pa.array(np.cumsum(valid) - 1, pa.int64(), mask=~valid))
