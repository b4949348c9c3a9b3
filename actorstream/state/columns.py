"""Columns in memory, addressed by slot.

A fixed-width column is a numpy buffer that grows by doubling: an update touches the rows it names and leaves no garbage, and a
gather costs the same however many rows are held. (Append-only Arrow chunks, as on disk, would need a gather over as many
chunks as epochs have touched the keys.) Values of variable width are appended to a log of Arrow chunks instead, with a
pointer for each slot; neighbouring chunks are merged so that there are few, and the log is rewritten when most of it is dead.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from actorstream.common.hashing import one_array

Slots = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: a merged chunk stays below this, so that 32-bit string offsets never overflow
_CHUNK_BYTES_MAX = 1 << 30


class SlotColumn(ABC):
    """One column of a store."""

    def __init__(self, kind: pa.DataType) -> None:
        self.kind = kind

    @abstractmethod
    def reserve(self, capacity: int) -> None:
        """Make room for slots below `capacity`."""

    @abstractmethod
    def set(self, slots: Slots, values: pa.Array) -> None:
        """Store values; slots are unique within the call."""

    @abstractmethod
    def take(self, slots: Slots) -> pa.Array:
        """Values of slots that were set."""

    @abstractmethod
    def probe(self, values: pa.Array) -> Any:
        """Prepare keys that will be compared with stored ones, maybe several times."""

    @abstractmethod
    def matches(self, probe: Any, rows: Rows, slots: Slots) -> Mask:
        """Whether row `rows[i]` of the probe equals the value at `slots[i]`; null equals null."""

    def wants_compaction(self, live_rows: int) -> bool:
        """Whether more than half of what it holds is dead; columns that update in place hold nothing dead."""
        return False

    def compact(self, live: Slots) -> None:  # noqa: B027 - only columns with garbage need it
        """Drop what no live slot points to."""

    @property
    @abstractmethod
    def nbytes(self) -> int:
        """Memory."""


def make_column(kind: pa.DataType) -> SlotColumn:
    """The column for an Arrow type."""
    if pa.types.is_struct(kind):
        return StructColumn(kind)
    if _numpy_type(kind) is not None:
        return FixedColumn(kind)
    return LogColumn(kind)


def _numpy_type(kind: pa.DataType) -> np.dtype[Any] | None:
    """The buffer element of a fixed-width Arrow type, or None."""
    if pa.types.is_boolean(kind):
        return np.dtype(np.uint8)
    if pa.types.is_decimal(kind) or pa.types.is_fixed_size_binary(kind):
        return np.dtype(f"V{kind.byte_width}")
    if pa.types.is_primitive(kind):
        return np.dtype(f"u{kind.bit_width // 8}")
    return None


class FixedColumn(SlotColumn):
    """Numbers, times, booleans, decimals: updated in place."""

    def __init__(self, kind: pa.DataType) -> None:
        super().__init__(kind)
        dtype = _numpy_type(kind)
        assert dtype is not None
        self._dtype = dtype
        self._values: npt.NDArray[Any] = np.zeros(0, dtype=dtype)
        self._valid: Mask = np.zeros(0, dtype=np.bool_)

    def reserve(self, capacity: int) -> None:
        more = capacity - len(self._values)
        if more > 0:
            self._values = np.concatenate([self._values, np.zeros(more, dtype=self._dtype)])
            self._valid = np.concatenate([self._valid, np.zeros(more, dtype=np.bool_)])

    def set(self, slots: Slots, values: pa.Array) -> None:
        data, valid = self.probe(values)
        self._values[slots] = data
        self._valid[slots] = True if valid is None else valid

    def take(self, slots: Slots) -> pa.Array:
        valid = self._valid[slots]
        return self._array(self._values[slots], None if valid.all() else valid)

    def _array(self, data: npt.NDArray[Any], valid: Mask | None) -> pa.Array:
        nulls = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
        if pa.types.is_boolean(self.kind):
            bits = pa.py_buffer(np.packbits(data.astype(np.bool_), bitorder="little"))
            return pa.Array.from_buffers(self.kind, len(data), [nulls, bits])
        return pa.Array.from_buffers(self.kind, len(data), [nulls, pa.py_buffer(np.ascontiguousarray(data))])

    def probe(self, values: pa.Array) -> tuple[npt.NDArray[Any], Mask | None]:
        valid = _validity(values)
        if pa.types.is_boolean(self.kind):
            return values.fill_null(False).cast(pa.uint8()).to_numpy(zero_copy_only=False), valid
        if not len(values):
            return np.empty(0, dtype=self._dtype), valid
        width = self._dtype.itemsize
        return np.frombuffer(values.buffers()[1], self._dtype, len(values), values.offset * width), valid

    def matches(self, probe: tuple[npt.NDArray[Any], Mask | None], rows: Rows, slots: Slots) -> Mask:
        data, valid = probe
        there = self._valid[slots]
        here = np.ones(len(rows), dtype=np.bool_) if valid is None else valid[rows]
        same: Mask = (data[rows] == self._values[slots]) & there & here
        return same | ~(there | here)

    @property
    def nbytes(self) -> int:
        return self._values.nbytes + self._valid.nbytes


class StructColumn(SlotColumn):
    """A struct, such as a window, as columns of its fields."""

    def __init__(self, kind: pa.DataType) -> None:
        super().__init__(kind)
        self._fields = [make_column(kind.field(index).type) for index in range(kind.num_fields)]
        self._valid: Mask = np.zeros(0, dtype=np.bool_)

    def reserve(self, capacity: int) -> None:
        for column in self._fields:
            column.reserve(capacity)
        more = capacity - len(self._valid)
        if more > 0:
            self._valid = np.concatenate([self._valid, np.zeros(more, dtype=np.bool_)])

    def set(self, slots: Slots, values: pa.Array) -> None:
        for index, column in enumerate(self._fields):
            column.set(slots, values.field(index))
        valid = _validity(values)
        self._valid[slots] = True if valid is None else valid

    def take(self, slots: Slots) -> pa.Array:
        valid = self._valid[slots]
        fields = [self.kind.field(index) for index in range(self.kind.num_fields)]
        mask = None if valid.all() else pa.array(~valid)
        return pa.StructArray.from_arrays([column.take(slots) for column in self._fields], fields=fields, mask=mask)

    def probe(self, values: pa.Array) -> tuple[list[Any], Mask | None]:
        return [column.probe(values.field(index)) for index, column in enumerate(self._fields)], _validity(values)

    def matches(self, probe: tuple[list[Any], Mask | None], rows: Rows, slots: Slots) -> Mask:
        probes, valid = probe
        there = self._valid[slots]
        here = np.ones(len(rows), dtype=np.bool_) if valid is None else valid[rows]
        same = there & here
        for column, part in zip(self._fields, probes, strict=True):
            same &= column.matches(part, rows, slots)
        return same | ~(there | here)

    def wants_compaction(self, live_rows: int) -> bool:
        return any(column.wants_compaction(live_rows) for column in self._fields)

    def compact(self, live: Slots) -> None:
        for column in self._fields:
            column.compact(live)

    @property
    def nbytes(self) -> int:
        return self._valid.nbytes + sum(column.nbytes for column in self._fields)


class LogColumn(SlotColumn):
    """Texts, bytes, lists, maps: every new value goes to the end of a log."""

    def __init__(self, kind: pa.DataType) -> None:
        super().__init__(kind)
        self._chunks: list[pa.Array] = []
        self._starts: Rows = np.zeros(0, dtype=np.int64)
        self._length = 0
        self._at: Slots = np.zeros(0, dtype=np.int64)  # place in the log, by slot

    def reserve(self, capacity: int) -> None:
        more = capacity - len(self._at)
        if more > 0:
            self._at = np.concatenate([self._at, np.full(more, -1, dtype=np.int64)])

    def set(self, slots: Slots, values: pa.Array) -> None:
        if not len(values):
            return
        self._at[slots] = np.arange(self._length, self._length + len(values))
        # a slice would keep the whole batch alive that it was cut from
        self._append(values if values.offset == 0 else pa.concat_arrays([values]))

    def _append(self, chunk: pa.Array) -> None:
        self._chunks.append(chunk)
        self._length += len(chunk)
        while len(self._chunks) > 1 and 2 * len(self._chunks[-1]) >= len(self._chunks[-2]):
            if self._chunks[-1].nbytes + self._chunks[-2].nbytes > _CHUNK_BYTES_MAX:
                break
            self._chunks[-2:] = [pa.concat_arrays(self._chunks[-2:])]
        lengths = [len(part) for part in self._chunks]
        self._starts = np.cumsum([0, *lengths[:-1]], dtype=np.int64)

    def take(self, slots: Slots) -> pa.Array:
        return self._gather(self._at[slots])

    def _gather(self, places: Rows) -> pa.Array:
        if not len(places):
            return pa.nulls(0, self.kind)
        if len(self._chunks) == 1:
            return self._chunks[0].take(pa.array(places))
        owners = np.searchsorted(self._starts, places, side="right") - 1
        first = int(owners[0])
        if (owners == first).all():
            return self._chunks[first].take(pa.array(places - self._starts[first]))
        order = np.argsort(owners, kind="stable")
        sorted_owners = owners[order]
        cuts = np.flatnonzero(np.diff(sorted_owners)) + 1
        parts = []
        for group in np.split(order, cuts):
            owner = int(owners[group[0]])
            parts.append(self._chunks[owner].take(pa.array(places[group] - self._starts[owner])))
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return pa.concat_arrays(parts).take(pa.array(back))

    def probe(self, values: pa.Array) -> pa.Array:
        return values

    def matches(self, probe: pa.Array, rows: Rows, slots: Slots) -> Mask:
        here = probe.take(pa.array(rows))
        there = self.take(slots)
        try:
            same = pc.equal(here, there)
        except pa.ArrowNotImplementedError:
            # Arrow compares no lists; only the few rows of equal hash get here
            return np.array([a == b for a, b in zip(here.to_pylist(), there.to_pylist(), strict=True)], dtype=np.bool_)
        if here.null_count == 0 and there.null_count == 0:
            return np.asarray(same)
        both_null = pc.and_(here.is_null(), there.is_null())
        return np.asarray(pc.or_(same.fill_null(False), both_null))

    def wants_compaction(self, live_rows: int) -> bool:
        return self._length > 2 * live_rows + 1024

    def compact(self, live: Slots) -> None:
        kept = self._gather(self._at[live])
        self._at[live] = np.arange(len(live))
        self._chunks, self._length = [], 0
        if len(kept):
            self._append(kept)

    @property
    def nbytes(self) -> int:
        return self._at.nbytes + sum(chunk.nbytes for chunk in self._chunks)


def _validity(values: pa.Array) -> Mask | None:
    return None if values.null_count == 0 else values.is_valid().to_numpy(zero_copy_only=False)


def column_array(column: pa.Array | pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    """A column of a table as one array of the store's type; floats in the one form in which equal keys are equal bytes."""
    array = one_array(column)
    return array if array.type == kind else array.cast(kind)


def canonical_key(array: pa.Array) -> pa.Array:
    """Keys that are equal get equal bytes: -0.0 becomes 0.0, every NaN the same one; also inside structs."""
    if pa.types.is_floating(array.type):
        values = array.fill_null(0.0).to_numpy(zero_copy_only=False) + 0.0
        if np.isnan(values).any():
            values = np.where(np.isnan(values), np.nan, values).astype(values.dtype)
        return pa.array(values, type=array.type, mask=array.is_null().to_numpy(zero_copy_only=False))
    if pa.types.is_struct(array.type) and _has_floats(array.type):
        fields = [array.type.field(index) for index in range(array.type.num_fields)]
        parts = [canonical_key(array.field(index)) for index in range(array.type.num_fields)]
        return pa.StructArray.from_arrays(parts, fields=fields, mask=array.is_null())
    return array


def _has_floats(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return any(_has_floats(kind.field(index).type) for index in range(kind.num_fields))
    return bool(pa.types.is_floating(kind))
