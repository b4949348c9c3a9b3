"""The type of variants: ``schema_of_variant`` and what merges such types.

Source: Spark ``SchemaOfVariant``, ``JsonInferSchema.compatibleType``.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from actorstream.expr.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    LongType,
    NullType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    VariantType,
    quote_identifier,
    sql_name,
)
from actorstream.expr.variant.encoding import name_order
from actorstream.expr.variant.reading import Kind, Variant, malformed, stripped

SCALAR_TYPES: Mapping[Kind, DataType] = {
    Kind.NULL: NullType(),
    Kind.BOOLEAN: BooleanType(),
    Kind.INTEGER: LongType(),
    Kind.DOUBLE: DoubleType(),
    Kind.FLOAT: FloatType(),
    Kind.DATE: DateType(),
    Kind.TIMESTAMP: TimestampType(),
    Kind.TIMESTAMP_NTZ: TimestampNTZType(),
    Kind.BINARY: BinaryType(),
    Kind.TEXT: StringType(),
}
"""The type of a scalar that is no decimal."""
_MOMENTS = (DateType, TimestampNTZType, TimestampType)


def schema_of(variant: Variant) -> DataType:
    """The type of a variant; parts that have no common type are VARIANT."""
    kind = variant.kind
    if kind is Kind.OBJECT:
        members = variant.members()
        orders = [name_order(name) for name, _ in members]
        if any(one >= after for one, after in itertools.pairwise(orders)):
            raise malformed()
        return StructType([StructField(name, schema_of(item)) for name, item in members])
    if kind is Kind.ARRAY:
        element: DataType = NullType()
        for item in variant.elements():
            element = merged(element, schema_of(item))
        return ArrayType(element)
    if kind is Kind.DECIMAL:
        _, digits, exponent = stripped(variant.scalar()).as_tuple()
        return DecimalType(max(len(digits), -int(exponent)), -int(exponent))
    return SCALAR_TYPES[kind]


def merged(one: DataType, other: DataType) -> DataType:
    """The type that values of both have."""
    if one == other or isinstance(other, NullType):
        return one
    if isinstance(one, NullType):
        return other
    if isinstance(one, StructType) and isinstance(other, StructType):
        fields = {field.name: field.dataType for field in one.fields}
        for field in other.fields:
            fields[field.name] = merged(fields.get(field.name, NullType()), field.dataType)
        return StructType([StructField(name, fields[name]) for name in sorted(fields, key=name_order)])
    if isinstance(one, ArrayType) and isinstance(other, ArrayType):
        return ArrayType(merged(one.elementType, other.elementType))
    if isinstance(one, _MOMENTS) and isinstance(other, _MOMENTS):
        return max(one, other, key=lambda moment: _MOMENTS.index(type(moment)))
    return _number(one, other) or VariantType()


def _number(one: DataType, other: DataType) -> DataType | None:
    numbers = (LongType, FloatType, DoubleType, DecimalType)
    if not (isinstance(one, numbers) and isinstance(other, numbers)):
        return None
    decimals = isinstance(one, DecimalType) or isinstance(other, DecimalType)
    if isinstance(one, DoubleType) or isinstance(other, DoubleType):
        return DoubleType()
    if isinstance(one, FloatType) or isinstance(other, FloatType):
        return DoubleType() if decimals else FloatType()
    a = one if isinstance(one, DecimalType) else DecimalType(20, 0)
    b = other if isinstance(other, DecimalType) else DecimalType(20, 0)
    scale = max(a.scale, b.scale)
    whole = max(a.precision - a.scale, b.precision - b.scale)
    return DoubleType() if whole + scale > 38 else DecimalType(whole + scale, scale)


def schema_text(data_type: DataType) -> str:
    """The type as ``schema_of_variant`` writes it: structs are called OBJECT."""
    if isinstance(data_type, StructType):
        fields = (f"{quote_identifier(field.name)}: {schema_text(field.dataType)}" for field in data_type.fields)
        return f"OBJECT<{', '.join(fields)}>"
    if isinstance(data_type, ArrayType):
        return f"ARRAY<{schema_text(data_type.elementType)}>"
    return sql_name(data_type)
