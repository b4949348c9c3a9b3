"""Variants whose parts lie in columns of their own, as Parquet files may keep them, put together again.

A shredded variant has, beside its `value`, a `typed_value` of some type: of a plain one for values of that type, a list for arrays, a
struct for the fields that objects often have. Elements and fields are shredded in the same way. What does not fit is in `value`.

Source: Parquet's VariantShredding.md.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Final

import numpy as np

from actorstream.expr.arrow import Array, ArrowType, pa
from actorstream.expr.nested import flat_values, lengths_of
from actorstream.expr.types import from_arrow
from actorstream.expr.variant.casts import trees_of
from actorstream.expr.variant.columns import variant_array
from actorstream.expr.variant.encoding import Members, Tree, encode
from actorstream.expr.variant.reading import malformed, open_variant


class _Missing(enum.Enum):
    """A field that an object does not have."""

    MISSING = 0


_MISSING: Final = _Missing.MISSING


def is_shredded(arrow_type: ArrowType) -> bool:
    """Whether a column is a variant in parts."""
    return pa.types.is_struct(arrow_type) and arrow_type.get_field_index("typed_value") >= 0


def assembled(values: Array) -> Array:
    """A shredded column as plain variants. Raises: SparkRuntimeException MALFORMED_VARIANT."""
    children = _children(values)
    found = _trees(children, children["metadata"].to_pylist())
    valid = values.is_valid().to_pylist()
    return variant_array(
        [
            encode(None if tree is _MISSING else tree) if there else None
            for tree, there in zip(found, valid, strict=True)
        ]
    )


def _children(values: Array) -> dict[str, Array]:
    """The fields of a struct column by name, null where it is."""
    names = [values.type.field(place).name for place in range(values.type.num_fields)]
    return dict(zip(names, values.flatten(), strict=True))


def _trees(children: dict[str, Array], metadata: Sequence[bytes | None]) -> list[Tree | _Missing]:
    """What each row's `value` and `typed_value` are together; `metadata` has the names of the whole that a row belongs to."""
    rows = len(metadata)
    rest = children["value"].to_pylist() if "value" in children else [None] * rows
    plain: list[Tree | _Missing] = [
        _MISSING if value is None or names is None else open_variant(value, names).tree()
        for value, names in zip(rest, metadata, strict=True)
    ]
    typed = children.get("typed_value")
    if typed is None:
        return plain
    there = typed.is_valid().to_pylist()
    if pa.types.is_struct(typed.type):
        objects = _objects(typed, plain, metadata)
        return [one if valid else other for one, other, valid in zip(objects, plain, there, strict=True)]
    if pa.types.is_list(typed.type):
        typed_trees: Sequence[Tree] = _arrays(typed, metadata)
    else:
        typed_trees = trees_of(typed, from_arrow(typed.type))
    return [one if valid else other for one, other, valid in zip(typed_trees, plain, there, strict=True)]


def _objects(typed: Array, rest: Sequence[Tree | _Missing], metadata: Sequence[bytes | None]) -> list[Tree]:
    """The fields that have columns, and behind them those that are left in `value`."""
    fields = {name: _trees(_children(field), metadata) for name, field in _children(typed).items()}
    found: list[Tree] = []
    for row, other in enumerate(rest):
        members = Members((name, trees[row]) for name, trees in fields.items() if trees[row] is not _MISSING)
        if isinstance(other, Members):
            members.extend(other)
        elif other is not _MISSING and typed[row].is_valid:
            raise malformed()
        found.append(members)
    return found


def _arrays(typed: Array, metadata: Sequence[bytes | None]) -> list[Tree]:
    lengths = lengths_of(typed)
    owners = np.repeat(np.arange(len(lengths)), lengths).tolist()
    flat = iter(_trees(_children(flat_values(typed)), [metadata[row] for row in owners]))
    return [[None if (item := next(flat)) is _MISSING else item for _ in range(count)] for count in lengths.tolist()]
