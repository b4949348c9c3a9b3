"""Takes lists and maps apart into flat columns and puts them together again; kernels work on the flat part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from actorstream.expr.arrow import Array, ArrowType, pa, pc


def lengths_of(values: Array) -> np.ndarray[Any, Any]:
    """Number of elements per list or map; 0 for null."""
    if pa.types.is_map(values.type):
        values = map_entries(values)
    return np.asarray(pc.fill_null(pc.list_value_length(values), 0)).astype(np.int64)


def flat_values(values: Array) -> Array:
    """All elements of all lists in order, without those hidden behind nulls."""
    return pc.list_flatten(values)


def parents_of(lengths: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """For each flat element the row it came from."""
    return np.repeat(np.arange(len(lengths)), lengths)


def offsets_of(lengths: np.ndarray[Any, Any], null: np.ndarray[Any, Any] | None = None) -> Array:
    """List offsets of rows with so many elements; rows in `null` become null lists."""
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    if null is None or not null.any():
        return pa.array(offsets, pa.int32())
    return pa.array(offsets, pa.int32(), mask=np.append(null, False))


def make_list(
    child: Array, lengths: np.ndarray[Any, Any], null: np.ndarray[Any, Any] | None, arrow_type: ArrowType
) -> Array:
    """Lists of `lengths` cut from `child`."""
    child = with_type(child, arrow_type.value_type)
    return pa.ListArray.from_arrays(offsets_of(lengths, null), child, type=arrow_type)


def with_type(child: Array, arrow_type: ArrowType) -> Array:
    """`child` as exactly `arrow_type`: nested fields differ in nullability and names only."""
    if pa.types.is_null(arrow_type):
        return pa.nulls(len(child))
    return child if child.type == arrow_type else child.cast(arrow_type)


def make_map(
    keys: Array,
    items: Array,
    lengths: np.ndarray[Any, Any],
    null: np.ndarray[Any, Any] | None,
    arrow_type: ArrowType,
) -> Array:
    """Maps of `lengths` pairs."""
    keys, items = with_type(keys, arrow_type.key_type), with_type(items, arrow_type.item_type)
    return pa.MapArray.from_arrays(offsets_of(lengths, null), keys, items, type=arrow_type)


def make_struct(children: list[Array], null: np.ndarray[Any, Any] | None, arrow_type: ArrowType, rows: int) -> Array:
    """Structs of `children`, null where `null`."""
    if arrow_type.num_fields == 0:
        return pa.array([{}] * rows, arrow_type)
    fields = [arrow_type.field(index) for index in range(arrow_type.num_fields)]
    typed = [with_type(child, field.type) for child, field in zip(children, fields, strict=True)]
    if null is None or not null.any():
        return pa.StructArray.from_arrays(typed, fields=fields)
    loose = [field.with_nullable(True) for field in fields]
    return pa.StructArray.from_arrays(typed, fields=loose, mask=pa.array(null)).cast(arrow_type)


def map_entries(values: Array) -> Array:
    """A map array as a list array of its key-value structs; nothing is copied."""
    entry = pa.struct([values.type.key_field, values.type.item_field])
    return values.cast(pa.list_(pa.field("entries", entry, nullable=False)))


def map_parts(values: Array) -> tuple[Array, Array, np.ndarray[Any, Any]]:
    """Flat keys, flat values and the number of pairs per row."""
    entries = map_entries(values)
    flat = pc.list_flatten(entries)
    return flat.field(0), flat.field(1), lengths_of(entries)


def nulls_of(values: Array) -> np.ndarray[Any, Any] | None:
    """True where `values` is null; None when nothing is."""
    return np.asarray(pc.is_null(values)) if values.null_count else None


@dataclass(frozen=True, slots=True)
class Lists:
    """A list column taken apart: element i of `flat` belongs to row `parents[i]`."""

    flat: Array
    lengths: np.ndarray[Any, Any]
    null: np.ndarray[Any, Any] | None

    @staticmethod
    def of(values: Array) -> Lists:
        """The parts of a list array."""
        return Lists(flat_values(values), lengths_of(values), nulls_of(values))

    @property
    def rows(self) -> int:
        """Number of lists."""
        return len(self.lengths)

    @property
    def parents(self) -> np.ndarray[Any, Any]:
        """For each element the row it came from."""
        return parents_of(self.lengths)

    @property
    def starts(self) -> np.ndarray[Any, Any]:
        """Where each list begins in `flat`."""
        found: np.ndarray[Any, Any] = np.cumsum(self.lengths) - self.lengths
        return found

    @property
    def places(self) -> np.ndarray[Any, Any]:
        """For each element its index in its list, from 0."""
        found: np.ndarray[Any, Any] = np.arange(int(self.lengths.sum())) - np.repeat(self.starts, self.lengths)
        return found

    def kept(self, keep: np.ndarray[Any, Any], arrow_type: ArrowType) -> Array:
        """Only the elements that `keep` marks."""
        lengths = np.bincount(self.parents[keep], minlength=self.rows)
        return make_list(self.flat.filter(pa.array(keep)), lengths, self.null, arrow_type)

    def ordered(self, order: np.ndarray[Any, Any], arrow_type: ArrowType) -> Array:
        """The elements in another order; `order` must keep every element in its list."""
        return make_list(self.flat.take(pa.array(order)), self.lengths, self.null, arrow_type)

    def count(self, mask: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """How many elements of each list `mask` marks."""
        return np.bincount(self.parents[mask], minlength=self.rows)

    def any(self, mask: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Which lists have an element that `mask` marks."""
        found: np.ndarray[Any, Any] = np.zeros(self.rows, np.bool_)
        found[self.parents[mask]] = True
        return found

    def first(self, mask: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The place in `flat` of the first marked element of each list, -1 where there is none."""
        found = np.full(self.rows, -1, np.int64)
        marked = np.flatnonzero(mask)[::-1]
        found[self.parents[marked]] = marked
        return found

    def take(self, places: np.ndarray[Any, Any]) -> Array:
        """One element per row from places in `flat`; null where the place is negative."""
        return self.flat.take(pa.array(np.maximum(places, 0), pa.int64(), mask=places < 0))


def interleave(columns: Sequence[Array]) -> Array:
    """The values row by row: first of each column, then second of each, ..."""
    rows, count = len(columns[0]), len(columns)
    order = (np.arange(count)[None, :] * rows + np.arange(rows)[:, None]).ravel()
    return pa.concat_arrays(list(columns)).take(pa.array(order))
