"""Variants in Arrow columns: a struct of `value` and `metadata`. The rest of this room works on one variant at a time.

`distinct_rows` is how all kernels get at them: each different row of their arguments once, and for each row which one it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from actorstream.expr.arrow import Array, ArrowType, pa
from actorstream.expr.distinct import combined
from actorstream.expr.grouping import Ids, group_rows
from actorstream.expr.types import VARIANT
from actorstream.expr.variant.reading import Variant, open_variant

Pair: TypeAlias = "tuple[bytes, bytes]"
"""`value` and `metadata` of a variant."""


@dataclass(frozen=True, slots=True)
class DistinctRows:
    """The different rows of some columns in order of their first appearance, and the number of each row's. Variants are pairs."""

    rows: Sequence[tuple[Any, ...]]
    ids: Ids

    def spread(self, answers: Array) -> Array:
        """One answer per different row as one per row."""
        return answers.take(pa.array(self.ids))


def distinct_rows(columns: Sequence[Array]) -> DistinctRows:
    """The different rows of columns of equal length."""
    whole = [combined(column) for column in columns]
    groups, first = group_rows(whole)
    chosen = [column.take(pa.array(first)) for column in whole]
    return DistinctRows(list(zip(*map(plain_values, chosen), strict=True)), groups.ids)


def plain_values(values: Array) -> list[Any]:
    """Python objects of an array; variants are pairs."""
    if values.type != VARIANT:
        found: list[Any] = values.to_pylist()
        return found
    parts = zip(*(values.field(place).to_pylist() for place in (0, 1)), values.is_valid().to_pylist(), strict=True)
    return [(value, metadata) if valid else None for value, metadata, valid in parts]


def variant_array(pairs: Sequence[Pair | None]) -> Array:
    """Variants as a column."""
    parts = [pa.array([b"" if pair is None else pair[place] for pair in pairs], pa.binary()) for place in (0, 1)]
    missing = pa.array([pair is None for pair in pairs], pa.bool_())
    return pa.StructArray.from_arrays(parts, fields=[VARIANT.field(0), VARIANT.field(1)], mask=missing)


def array_of_answers(answers: Sequence[Any], result: ArrowType) -> Array:
    """Python values as a column of type `result`; variants are given as pairs."""
    return variant_array(answers) if result == VARIANT else pa.array(answers, result)


def by_variant(function: Callable[[Variant], Any], values: Array, result: ArrowType) -> Array:
    """`function` of every variant of a column; null gives null. Variants that it gives are pairs."""
    found = distinct_rows([values])
    answers = [None if pair is None else function(open_variant(*pair)) for (pair,) in found.rows]
    return found.spread(array_of_answers(answers, result))


def by_rows(function: Callable[..., Any], columns: Sequence[Array], result: ArrowType) -> Array:
    """`function` of every row that has no null; other rows give null. Variants are given and taken as pairs."""
    found = distinct_rows(columns)
    answers = [None if any(item is None for item in row) else function(*row) for row in found.rows]
    return found.spread(array_of_answers(answers, result))
