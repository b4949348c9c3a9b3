"""`CAST` from variants and to them.

From a variant, the scalars are sorted by what they hold, and each sort goes through the ordinary cast at once; what a cast cannot
take is null (``try``) or an error that shows the value as JSON. Inside of arrays and objects it is the same again.

Source: Spark ``VariantGet.cast``, ``VariantExpressionEvalUtils.castToVariant``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from actorstream.errors import SparkRuntimeException
from actorstream.expr.arrow import Array, pa
from actorstream.expr.coercion import is_string, quoted_type
from actorstream.expr.distinct import combined
from actorstream.expr.grouping import group_rows, needs_normalising
from actorstream.expr.nested import flat_values, lengths_of, make_list, make_map, make_struct, map_parts
from actorstream.expr.types import (
    ArrayType,
    AtomicType,
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
    NumericType,
    StringType,
    StructType,
    TimestampNTZType,
    TimestampType,
    VariantType,
    to_arrow,
)
from actorstream.expr.variant import encoding
from actorstream.expr.variant.columns import distinct_rows, plain_values, variant_array
from actorstream.expr.variant.encoding import Members, Tree, encode
from actorstream.expr.variant.json_output import variant_json
from actorstream.expr.variant.reading import Kind, Variant, open_variant, stripped
from actorstream.expr.variant.schemas import SCALAR_TYPES

Reject = Callable[[Variant, DataType], None]
"""Is told the variants that have no value of a type."""
_US = 1_000_000


def invalid_cast(zone: str) -> Reject:
    """Refuses the variants that have no value of a type. Raises: SparkRuntimeException INVALID_VARIANT_CAST."""

    def reject(variant: Variant, target: DataType) -> None:
        raise SparkRuntimeException(
            errorClass="INVALID_VARIANT_CAST",
            messageParameters={"value": variant_json(variant, zone), "dataType": quoted_type(target)},
        )

    return reject


def accept_null(variant: Variant, target: DataType) -> None:
    """Lets the variants that have no value of a type be null."""


# ---------------------------------------------------------------- from variants


def from_variants(values: Array, target: DataType, zone: str, *, strict: bool) -> Array:
    """A column of variants as `target`. Raises: SparkRuntimeException INVALID_VARIANT_CAST if `strict`, MALFORMED_VARIANT."""
    found = distinct_rows([values])
    variants = [None if pair is None else open_variant(*pair) for (pair,) in found.rows]
    return found.spread(cast_variants(variants, target, zone, invalid_cast(zone) if strict else accept_null))


def cast_variants(variants: Sequence[Variant | None], target: DataType, zone: str, reject: Reject) -> Array:
    """Variants as a column of type `target`; None is null, and so is JSON's null."""
    if isinstance(target, VariantType):
        return variant_array([None if variant is None else encode(variant.tree()) for variant in variants])
    there = [None if variant is None or variant.kind is Kind.NULL else variant for variant in variants]
    if isinstance(target, ArrayType):
        return _arrays(there, target, zone, reject)
    if isinstance(target, MapType):
        return _maps(there, target, zone, reject)
    if isinstance(target, StructType):
        return _structs(there, target, zone, reject)
    return _scalars(there, target, zone, reject)


def _fitting(
    variants: Sequence[Variant | None], kind: Kind, target: DataType, reject: Reject
) -> tuple[list[Variant | None], np.ndarray[Any, Any]]:
    """The variants of one kind, None in place of others, and where that is."""
    kept: list[Variant | None] = []
    for variant in variants:
        if variant is not None and variant.kind is not kind:
            reject(variant, target)
            variant = None
        kept.append(variant)
    return kept, np.array([variant is None for variant in kept], np.bool_)


def _arrays(variants: Sequence[Variant | None], target: ArrayType, zone: str, reject: Reject) -> Array:
    kept, null = _fitting(variants, Kind.ARRAY, target, reject)
    elements = [[] if variant is None else variant.elements() for variant in kept]
    flat = cast_variants([item for part in elements for item in part], target.elementType, zone, reject)
    return make_list(flat, np.array([len(part) for part in elements], np.int64), null, to_arrow(target))


def _maps(variants: Sequence[Variant | None], target: MapType, zone: str, reject: Reject) -> Array:
    kept, null = _fitting(variants, Kind.OBJECT, target, reject)
    members = [[] if variant is None else variant.members() for variant in kept]
    keys = pa.array([name for part in members for name, _ in part], pa.string())
    items = cast_variants([item for part in members for _, item in part], target.valueType, zone, reject)
    return make_map(keys, items, np.array([len(part) for part in members], np.int64), null, to_arrow(target))


def _structs(variants: Sequence[Variant | None], target: StructType, zone: str, reject: Reject) -> Array:
    kept, null = _fitting(variants, Kind.OBJECT, target, reject)
    members: list[Mapping[str, Variant]] = [{} if variant is None else dict(variant.members()) for variant in kept]
    children = [
        cast_variants([part.get(field.name) for part in members], field.dataType, zone, reject)
        for field in target.fields
    ]
    return make_struct(children, null, to_arrow(target), len(kept))


def _scalars(variants: Sequence[Variant | None], target: DataType, zone: str, reject: Reject) -> Array:
    """Scalars of one sort go through a cast together."""
    from actorstream.expr.cast_rules import can_cast
    from actorstream.expr.casts import cast_values

    sorts: defaultdict[DataType, list[tuple[int, Any]]] = defaultdict(list)
    for row, variant in enumerate(variants):
        if variant is None:
            continue
        source, value = _typed(variant, zone, as_text=is_string(target))
        if isinstance(source, DecimalType) and isinstance(target, (IntegralType, BooleanType)):
            # by itself: Arrow has no such cast for decimals with many digits behind the point
            source, value = (
                (LongType(), int(value)) if isinstance(target, IntegralType) else (BooleanType(), value != 0)
            )
        if source is not None and can_cast(source, target, ansi=True) and _in_range(value, source, target):
            sorts[source].append((row, value))
        else:
            reject(variant, target)
    rows: list[int] = []
    parts = [pa.nulls(1, to_arrow(target))]
    for source, found in sorts.items():
        values = pa.array([value for _, value in found], _EXACT.get(type(source)) or to_arrow(source))
        cast = cast_values(values.cast(to_arrow(source)), source, target, "try", zone)
        parts.append(cast)
        rows.extend(row for row, _ in found)
        for place in np.flatnonzero(np.asarray(cast.is_null())):
            variant = variants[found[place][0]]
            assert variant is not None
            reject(variant, target)
    places = np.zeros(len(variants), np.int64)
    places[np.array(rows, np.int64)] = np.arange(1, len(rows) + 1)
    return pa.concat_arrays(parts).take(pa.array(places))


#: what Arrow takes the numbers of such scalars as
_EXACT: Mapping[type[DataType], Any] = {
    DateType: pa.int32(),
    TimestampType: pa.int64(),
    TimestampNTZType: pa.int64(),
}


def _typed(variant: Variant, zone: str, *, as_text: bool) -> tuple[DataType | None, Any]:
    """The type that a variant is cast from and its value; no type for what has none."""
    kind = variant.kind
    if kind in (Kind.OBJECT, Kind.ARRAY):
        return (StringType(), variant_json(variant, zone)) if as_text else (None, None)
    value = variant.scalar()
    if kind is Kind.BINARY and as_text:
        return StringType(), value.decode(errors="replace")
    if kind is Kind.DECIMAL:
        exact = stripped(value)
        return DecimalType(38, -int(exact.as_tuple().exponent)), exact
    return SCALAR_TYPES[kind], value


def _in_range(value: Any, source: DataType, target: DataType) -> bool:
    """Whether a number has 64 bits, and one of seconds is a moment."""
    if isinstance(source, LongType) and not -(2**63) <= value < 2**63:
        return False
    if isinstance(target, TimestampType) and isinstance(source, NumericType) and value - value == 0:
        return bool(-(2**63) <= value * _US < 2**63)
    return True


# ---------------------------------------------------------------- to variants


def to_variants(values: Array, source: DataType) -> Array:
    """A column as variants; nulls inside of arrays, maps and structs become JSON's null.

    Raises: SparkRuntimeException VARIANT_DUPLICATE_KEY for a struct with a name twice.
    """
    values = combined(values)
    if len(values) == 0:
        return variant_array([])
    ids = np.arange(len(values))
    chosen = values
    if not needs_normalising(values.type):  # which would make equals of 0.0 and -0.0
        groups, first = group_rows([values])
        ids, chosen = groups.ids, values.take(pa.array(first))
    missing = chosen.is_null().to_pylist()
    pairs = [
        None if null else encode(tree, "to_variant_object")
        for tree, null in zip(trees_of(chosen, source), missing, strict=True)
    ]
    return variant_array(pairs).take(pa.array(ids))


def trees_of(values: Array, source: DataType) -> list[Tree]:
    """What each value is as a tree; null is None, JSON's null."""
    valid = values.is_valid().to_pylist()
    if isinstance(source, ArrayType):
        flat = iter(trees_of(flat_values(values), source.elementType))
        lengths = lengths_of(values).tolist()
        return [[next(flat) for _ in range(n)] if there else None for n, there in zip(lengths, valid, strict=True)]
    if isinstance(source, MapType):
        keys, items, lengths = map_parts(values)
        pairs = iter(zip(keys.to_pylist(), trees_of(items, source.valueType), strict=True))
        return [
            Members(next(pairs) for _ in range(n)) if there else None
            for n, there in zip(lengths.tolist(), valid, strict=True)
        ]
    if isinstance(source, StructType):
        children = [
            trees_of(child, field.dataType) for child, field in zip(values.flatten(), source.fields, strict=True)
        ]
        return [
            Members((field.name, child[row]) for field, child in zip(source.fields, children, strict=True))
            if there
            else None
            for row, there in enumerate(valid)
        ]
    if isinstance(source, VariantType):
        return [None if pair is None else open_variant(*pair).tree() for pair in plain_values(values)]
    convert = _encoder(source)
    plain = values.cast(_EXACT[type(source)]) if type(source) in _EXACT else values
    return [None if value is None else convert(value) for value in plain.to_pylist()]


def _encoder(source: DataType) -> Callable[[Any], Tree]:
    if isinstance(source, IntegralType):
        return encoding.integer_bytes
    if isinstance(source, DecimalType):
        return encoding.decimal_bytes
    if isinstance(source, TimestampType):
        return lambda micros: encoding.timestamp_bytes(micros, zoned=True)
    if isinstance(source, TimestampNTZType):
        return lambda micros: encoding.timestamp_bytes(micros, zoned=False)
    assert isinstance(source, AtomicType), source
    return _ENCODERS.get(type(source), lambda value: value)


_ENCODERS: Mapping[type[DataType], Callable[[Any], Tree]] = {
    DoubleType: encoding.double_bytes,
    FloatType: encoding.float_bytes,
    BinaryType: encoding.binary_bytes,
    DateType: encoding.date_bytes,
}
