"""What a user's Python function gives, as Arrow columns of the type that was promised.

Two sets of rules, which are PySpark's: `arrow_values` for Arrow-optimised functions, where a value that does not fit is cast or
is an error, and `plain_values` for pickled ones, where it becomes null. `pandas_column` does the same for a pandas Series.
"""

from __future__ import annotations

import array
import datetime
import decimal
from collections.abc import Callable, Sequence
from typing import Any

from actorstream.errors import PySparkTypeError, PySparkValueError
from actorstream.expr.arrow import Array, ArrowType, pa
from actorstream.expr.local_time import moments
from actorstream.expr.rows import array_of
from actorstream.expr.types import (
    ArrayType,
    BinaryType,
    DataType,
    DecimalType,
    MapType,
    StringType,
    StructType,
    TimestampNTZType,
    TimestampType,
    VariantType,
    to_arrow,
)
from actorstream.expr.variant.user_value import VariantVal

Convert = Callable[[Any], Any]


# ---------------------------------------------------------------- Arrow-optimised functions


def arrow_values(values: Sequence[Any], result: DataType, *, strict: bool = False) -> Array:
    """Python values as a column; numbers, texts and bools are cast where Arrow can.

    Args:
        strict: whether such a cast is refused too.
    Raises: AssertionError, PySparkValueError AXIS_LENGTH_MISMATCH, pyarrow errors for what does not fit.
    Source: `pyspark.sql.conversion.LocalDataToArrowConversion`.
    """
    convert = _converter(result)
    target = to_arrow(result)
    items = [None if value is None else convert(value) for value in values]
    try:
        return pa.array(items, type=target)
    except pa.ArrowInvalid:
        if strict:
            raise
        return pa.array(items).cast(target, safe=True)


def _converter(data_type: DataType) -> Convert:
    """Turns a value that is not None into what Arrow takes for a type."""
    if isinstance(data_type, StringType):
        return _text
    if isinstance(data_type, StructType):
        return _struct_converter(data_type)
    if isinstance(data_type, ArrayType):
        element = _converter(data_type.elementType)
        strict = element is not _same
        return lambda value: _elements(value, element) if strict else value
    if isinstance(data_type, MapType):
        return _map_converter(data_type)
    if isinstance(data_type, DecimalType):
        return _decimal_converter(data_type)
    return _CONVERTERS.get(type(data_type), _same)


def _same(value: Any) -> Any:
    return value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _binary(value: Any) -> bytes:
    assert isinstance(value, (bytes, bytearray))
    return bytes(value)


def _moment(value: Any) -> datetime.datetime:
    assert isinstance(value, datetime.datetime)
    return value.astimezone(datetime.UTC)


def _local_moment(value: Any) -> datetime.datetime:
    assert isinstance(value, datetime.datetime)
    assert value.tzinfo is None
    return value


def _variant(value: Any) -> dict[str, bytes]:
    assert isinstance(value, VariantVal)
    return {"value": bytes(value.value), "metadata": bytes(value.metadata)}


_CONVERTERS: dict[type[DataType], Convert] = {
    BinaryType: _binary,
    VariantType: _variant,
    TimestampType: _moment,
    TimestampNTZType: _local_moment,
}


def _elements(value: Any, element: Convert) -> list[Any]:
    assert isinstance(value, (list, array.array))
    return [None if item is None else element(item) for item in value]


def _map_converter(data_type: MapType) -> Convert:
    key, item = _converter(data_type.keyType), _converter(data_type.valueType)

    def convert(value: Any) -> list[tuple[Any, Any]]:
        assert isinstance(value, dict)
        return [(key(name), None if part is None else item(part)) for name, part in value.items()]

    return convert


def _decimal_converter(data_type: DecimalType) -> Convert:
    unit = decimal.Decimal(f"1E-{data_type.scale}")
    context = decimal.Context(prec=data_type.precision, rounding=decimal.ROUND_HALF_EVEN)

    def convert(value: Any) -> decimal.Decimal | None:
        assert isinstance(value, decimal.Decimal)
        return None if value.is_nan() else value.quantize(unit, context=context)

    return convert


def _struct_converter(data_type: StructType) -> Convert:
    names = data_type.names
    fields = [_converter(field.dataType) for field in data_type.fields]

    def convert(value: Any) -> dict[str, Any]:
        if isinstance(value, tuple):
            if len(value) != len(names):
                raise _wrong_length(len(names), len(value))
            parts: Sequence[Any] = value
        else:
            if not isinstance(value, dict):
                assert hasattr(value, "__dict__"), f"{type(value)} {value}"
                value = value.__dict__
            parts = [value.get(name) for name in names]
        return {
            name: None if part is None else field(part) for name, field, part in zip(names, fields, parts, strict=True)
        }

    return convert


def _wrong_length(expected: int, actual: int) -> PySparkValueError:
    return PySparkValueError(
        errorClass="AXIS_LENGTH_MISMATCH",
        messageParameters={"expected_length": str(expected), "actual_length": str(actual)},
    )


# ---------------------------------------------------------------- pickled functions

_PLAIN_KINDS: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "byte": (int,),
    "short": (int,),
    "integer": (int,),
    "long": (int,),
    "float": (float,),
    "double": (float,),
    "decimal": (decimal.Decimal,),
    "binary": (bytes, bytearray, str),
    "array": (list, tuple, bytes, bytearray, array.array),
    "map": (dict,),
}
_BITS = {"byte": 8, "short": 16, "integer": 32, "long": 64}


def plain_values(values: Sequence[Any], result: DataType) -> Array:
    """Python values as a column; a value that is not of the promised type is null, integers wrap around.

    Source: Spark ``EvaluatePython.makeFromJava``.
    """
    return array_of([_plain(value, result) for value in values], result)


def _plain(given: object, result: DataType) -> Any:
    value: Any = given
    if value is None:
        return None
    if isinstance(result, StringType):
        return _text(value)
    kind = result.typeName()
    kinds = _PLAIN_KINDS.get(kind)
    if kinds is None:
        return value
    if not isinstance(given, kinds) or (isinstance(given, bool) and bool not in kinds):
        return None
    if kind in _BITS:
        bits = _BITS[kind]
        return (value + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)
    if isinstance(value, str):
        return value.encode()
    if isinstance(result, ArrayType):
        return [_plain(item, result.elementType) for item in value]
    if isinstance(result, MapType):
        return {_plain(key, result.keyType): _plain(item, result.valueType) for key, item in value.items()}
    return value


# ---------------------------------------------------------------- pandas


def pandas_column(series: Any, result: DataType, name: str, zone: str = "UTC") -> Array:
    """A Series, or a DataFrame for a struct, as a column; conversions that lose something are errors.

    Args:
        zone: in which a time without a zone is a moment.
    Raises: PySparkValueError with the column's name.
    """
    target = to_arrow(result)
    if isinstance(result, StructType) and hasattr(series, "columns"):
        children = [
            pandas_column(series[field.name], field.dataType, field.name, zone)
            if field.name in series.columns
            else pandas_column(series.iloc[:, place], field.dataType, field.name, zone)
            for place, field in enumerate(result.fields)
        ]
        return pa.StructArray.from_arrays(children, fields=list(target))
    if isinstance(result, (StructType, ArrayType, MapType, VariantType)):
        return arrow_values([_listed(value) for value in series], result)
    if isinstance(result, StringType):
        series = series.map(_text, na_action="ignore")
    try:
        return _converted(series, target, zone)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
        raise PySparkValueError(
            f"Failed to convert the value of the column {name!r} with type {str(series.dtype)!r} to Arrow type {str(target)!r}. "
            f"{error}"
        ) from error


def _converted(series: Any, target: ArrowType, zone: str) -> Array:
    if pa.types.is_timestamp(target) and getattr(series.dtype, "kind", "") == "M":
        own = getattr(series.dtype, "tz", None)
        if target.tz is not None and own is None:
            series = moments(series, zone)
        elif target.tz is None and own is not None:
            series = series.dt.tz_convert("UTC").dt.tz_localize(None)
        return pa.Array.from_pandas(series).cast(target, safe=False)
    found = pa.Array.from_pandas(series)
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    if pa.types.is_floating(found.type) and pa.types.is_integer(target):
        return pa.Array.from_pandas(series, type=target, safe=True)
    return found if found.type == target else found.cast(target, safe=True)


def _listed(value: Any) -> Any:
    """A numpy array, as pandas cells hold them, as a list."""
    return value.tolist() if hasattr(value, "tolist") and hasattr(value, "dtype") else value


def wrong_result(expected: str, value: Any) -> PySparkTypeError:
    """A function gave something else than its kind of function has to."""
    return PySparkTypeError(
        errorClass="UDF_RETURN_TYPE", messageParameters={"expected": expected, "actual": type(value).__name__}
    )
