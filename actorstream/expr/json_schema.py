"""The type that a JSON text would be read as: ``schema_of_json``.

Source: Spark ``JsonInferSchema``.
"""

from __future__ import annotations

import decimal
from collections.abc import Mapping

from actorstream.errors import IllegalArgumentException
from actorstream.expr.casts import names_zone, parse_timestamp_us
from actorstream.expr.json_parser import BLANK, Fields, Fraction, JsonValue, Leniency, parse_json
from actorstream.expr.types import (
    ArrayType,
    BooleanType,
    DataType,
    DecimalType,
    DoubleType,
    LongType,
    NullType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    timestamp_type,
)


def schema_of(text: str, options: Mapping[str, str]) -> DataType:
    """The type of a text. Raises: IllegalArgumentException for malformed text."""
    try:
        value = parse_json(text, Leniency.of(options))
    except ValueError as error:
        raise IllegalArgumentException(f"The text `{text}` is no JSON: {error}") from None
    found = NullType() if value is BLANK else type_of_value(value, options)
    plain = settled(found)
    if plain is not None:
        return plain
    if isinstance(found, ArrayType):
        return ArrayType(StructType([]), found.containsNull)
    return StructType([])


def type_of_value(value: JsonValue, options: Mapping[str, str]) -> DataType:
    """The type of a parsed value; null where nothing is told. Goes through `settled` when all values have been seen."""
    if value is None:
        return NullType()
    if isinstance(value, Fields):
        merged: dict[str, DataType] = {}
        for name, item in value:
            found = type_of_value(item, options)
            merged[name] = wider(merged[name], found) if name in merged else found
        return StructType([StructField(name, merged[name], True) for name in sorted(merged)])
    if isinstance(value, list):
        element: DataType = NullType()
        for item in value:
            element = wider(element, type_of_value(item, options))
        return ArrayType(element, True)
    if isinstance(value, (bool, int, Fraction)) and _flag(options, "primitivesasstring"):
        return StringType()
    if isinstance(value, bool):
        return BooleanType()
    if isinstance(value, int):
        digits = len(str(abs(value)))
        if -(2**63) <= value < 2**63:
            return LongType()
        return DecimalType(digits, 0) if digits <= 38 else DoubleType()
    if isinstance(value, Fraction):
        return _fraction(value) if _flag(options, "prefersdecimal") else DoubleType()
    if not value:
        return NullType()
    return _type_of_text(value) if _flag(options, "infertimestamp") else StringType()


def _flag(options: Mapping[str, str], name: str) -> bool:
    return options.get(name, "false").lower() == "true"


def _fraction(text: Fraction) -> DataType:
    number = decimal.Decimal(text)
    if not number.is_finite():
        return DoubleType()
    _, digits, exponent = number.as_tuple()
    scale = max(-int(exponent), 0)
    precision = max(len(digits) + max(int(exponent), 0), scale)
    return DecimalType(precision, scale) if precision <= 38 else DoubleType()


def _type_of_text(text: str) -> DataType:
    try:
        if len(text) <= len("2024-01-01") or parse_timestamp_us(text, "UTC") is None:
            return StringType()
    except ValueError:
        return StringType()
    return TimestampType() if names_zone(text) else timestamp_type()


def wider(one: DataType, other: DataType) -> DataType:
    """The type that values of both are read as: text if nothing else fits."""
    if one == other or isinstance(other, NullType):
        return one
    if isinstance(one, NullType):
        return other
    if isinstance(one, StructType) and isinstance(other, StructType):
        merged = {item.name: item.dataType for item in one.fields}
        for item in other.fields:
            merged[item.name] = wider(merged[item.name], item.dataType) if item.name in merged else item.dataType
        return StructType([StructField(name, merged[name], True) for name in sorted(merged)])
    if isinstance(one, ArrayType) and isinstance(other, ArrayType):
        return ArrayType(wider(one.elementType, other.elementType), True)
    times = (TimestampType, TimestampNTZType)
    if isinstance(one, times) and isinstance(other, times):
        return TimestampType()
    return _numeric(one, other) or StringType()


def _numeric(one: DataType, other: DataType) -> DataType | None:
    numbers = (LongType, DoubleType, DecimalType)
    if not (isinstance(one, numbers) and isinstance(other, numbers)):
        return None
    if isinstance(one, DoubleType) or isinstance(other, DoubleType):
        return DoubleType()
    a = one if isinstance(one, DecimalType) else DecimalType(20, 0)
    b = other if isinstance(other, DecimalType) else DecimalType(20, 0)
    scale = max(a.scale, b.scale)
    whole = max(a.precision - a.scale, b.precision - b.scale)
    return DoubleType() if whole + scale > 38 else DecimalType(whole + scale, scale)


def settled(data_type: DataType) -> DataType | None:
    """The type with text for what was always null; None for an object that turns out to have no fields."""
    if isinstance(data_type, NullType):
        return StringType()
    if isinstance(data_type, ArrayType):
        element = settled(data_type.elementType)
        return None if element is None else ArrayType(element, True)
    if isinstance(data_type, StructType):
        kept = [
            StructField(item.name, found, True)
            for item in data_type.fields
            if item.name and (found := settled(item.dataType)) is not None
        ]
        return StructType(kept) if kept else None
    return data_type
