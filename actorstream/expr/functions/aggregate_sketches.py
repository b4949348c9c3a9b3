"""Aggregates whose result is a sketch of Apache DataSketches: HLL, theta and tuple.

The buffer of an HLL sketch is its bytes; those of theta and tuple sketches are their hashes as Arrow lists, so that any number
of groups is merged at once. Sketches are made by hand because the library's binding for Python takes values one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from actorstream.expr.functions import aggregate_kernels as kernels
from actorstream.expr.functions import sketch_theta as theta
from actorstream.expr.functions.aggregate_function import AggregateFunction
from actorstream.expr.functions.sketch_hll import (
    LG_K_DEFAULT,
    LIST_ROOM,
    Coupons,
    HllSketch,
    coupons_of,
    list_bytes,
)
from actorstream.expr.functions.sketch_inputs import different_lg_k, hashed, hll_of, theta_of, tuple_of
from actorstream.expr.functions.sketch_theta import THETA_MAX, Hashes, Reader, Summaries, ThetaSketch
from actorstream.expr.grouping import Groups, Ids


def rows_by_group(groups: Groups) -> Iterator[tuple[int, Ids]]:
    """Each group that has rows, and these in their order."""
    order = kernels.stable_order(groups)
    ends = np.cumsum(kernels.row_counts(groups))
    starts = np.concatenate(([0], ends[:-1]))
    for group in np.flatnonzero(ends > starts):
        yield int(group), order[starts[group] : ends[group]]


def merged_bytes(
    values: pa.Array, groups: Groups, merge: Callable[[Sequence[bytes]], bytes], nothing: bytes
) -> pa.Array:
    """The sketches of each group as one: a single one is taken as it is, and `nothing` where there is none."""
    counts = kernels.row_counts(groups)
    taken = kernels.take_or_null(values, kernels.edge_rows(groups, "first")).fill_null(nothing)
    if not (counts > 1).any():
        return taken
    found = taken.to_pylist()
    several = counts[groups.ids] > 1
    own = values.filter(pa.array(several))
    for group, rows in rows_by_group(groups.of_rows(several)):
        found[group] = merge(own.take(pa.array(rows)).to_pylist())
    return pa.array(found, pa.binary())


class HllSketchAggregate(AggregateFunction):
    """``hll_sketch_agg``: an HLL sketch of the distinct values; never null."""

    buffers = (pa.field("buf", pa.binary(), nullable=False),)
    result = pa.binary()
    never_null = True

    def __init__(self, name: str, lg_k: int) -> None:
        self._name = name
        self._lg_k = lg_k

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        has, first, second = hashed(inputs[0])
        groups = groups.of_rows(has)
        return [self._sketches(coupons_of(first, second), groups)]

    def _sketches(self, coupons: Coupons, groups: Groups) -> pa.Array:
        rows = kernels.distinct_rows([pa.array(coupons)], groups)
        coupons, groups = coupons[rows], groups.of_rows(rows)
        counts = kernels.row_counts(groups)
        few = counts < LIST_ROOM
        order = kernels.stable_order(groups)
        kept = order[few[groups.ids[order]]]
        listed = list_bytes(self._lg_k, coupons[kept], np.where(few, counts, 0))
        found = pa.Array.from_buffers(pa.binary(listed.shape[1]), groups.count, [None, pa.py_buffer(listed)])
        if few.all():
            return found.cast(pa.binary())
        sketches = found.to_pylist()
        many = groups.of_rows(~few[groups.ids])
        own = coupons[~few[groups.ids]]
        for group, places in rows_by_group(many):
            sketch = HllSketch(self._lg_k)
            sketch.add(own[places])
            sketches[group] = sketch.to_bytes()
        return pa.array(sketches, pa.binary())

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        def united(sketches: Sequence[bytes]) -> bytes:
            sketch = HllSketch(self._lg_k)
            for data in sketches:
                sketch = sketch.union(hll_of(self._name, data), self._lg_k, wrapped=False)
            return sketch.to_bytes()

        return [merged_bytes(buffers[0], groups, united, HllSketch(self._lg_k).to_bytes())]

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        return buffers[0]


class HllUnionAggregate(AggregateFunction):
    """``hll_union_agg``: the union of HLL sketches. The buffer is empty as long as there was none."""

    buffers = (pa.field("buf", pa.binary(), nullable=False),)
    result = pa.binary()
    never_null = True

    def __init__(self, name: str, *, allow_different: bool) -> None:
        self._name = name
        self._allow_different = allow_different

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        values, groups = kernels.drop_nulls(inputs[0], groups)
        return [self._united(values, groups, wrapped=True)]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        filled = np.asarray(pc.not_equal(buffers[0], b""))
        values, groups = buffers[0].filter(pa.array(filled)), groups.of_rows(filled)
        return [merged_bytes(values, groups, lambda sketches: self._union(sketches, wrapped=False), b"")]

    def _united(self, values: pa.Array, groups: Groups, *, wrapped: bool) -> pa.Array:
        """The union of what users hand in, which may be no sketches at all."""
        found = [b""] * groups.count
        for group, rows in rows_by_group(groups):
            found[group] = self._union(values.take(pa.array(rows)).to_pylist(), wrapped=wrapped)
        return pa.array(found, pa.binary())

    def _union(self, sketches: Sequence[bytes], *, wrapped: bool) -> bytes:
        first = hll_of(self._name, sketches[0])
        lg_max = first.lg_k
        union = HllSketch(lg_max).union(first, lg_max, wrapped=wrapped)
        for data in sketches[1:]:
            sketch = hll_of(self._name, data)
            if union.lg_k != sketch.lg_k and not self._allow_different:
                raise different_lg_k(self._name, union.lg_k, sketch.lg_k)
            union = union.union(sketch, lg_max, wrapped=wrapped)
        return union.to_bytes()

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        nothing = pa.scalar(HllSketch(LG_K_DEFAULT).to_bytes(), pa.binary())
        return pc.if_else(pc.equal(buffers[0], b""), nothing, buffers[0])


# ---------------------------------------------------------------- theta and tuple


class _Entries:
    """The entries of many sketches, flat: for each the group it belongs to, its hash, and its summary if it has one."""

    def __init__(self, hashes: Hashes, owners: Ids, summaries: Summaries | None) -> None:
        self.hashes, self.owners, self.summaries = hashes, owners, summaries

    def of_rows(self, rows: Any) -> _Entries:
        summaries = None if self.summaries is None else self.summaries.of_rows(rows)
        return _Entries(self.hashes[rows], self.owners[rows], summaries)


class ThetaAggregate(AggregateFunction):
    """Base of aggregates whose buffers are a theta sketch: its bound, its hashes, and the summaries of a tuple sketch.

    Args:
        name: of the function, for errors.
        lg_k: log2 of the most hashes kept.
        kind: the type of the summaries; None for a theta sketch.
        mode: how summaries of one hash are put together, a place in `sketch_theta.MODES`.
    """

    result = pa.binary()
    never_null = True

    def __init__(
        self,
        name: str,
        lg_k: int = theta.LG_K_DEFAULT,
        kind: type[np.number[Any]] | None = None,
        mode: int = 0,
    ) -> None:
        self.buffers = (
            pa.field("theta", pa.int64(), nullable=False),
            pa.field("hashes", pa.list_(pa.int64()), nullable=False),
        )
        if kind is not None:
            summary = pa.from_numpy_dtype(np.dtype(kind))
            self.buffers += (
                pa.field("summaries", pa.list_(summary), nullable=False),
                pa.field("modes", pa.list_(pa.uint8()), nullable=False),
            )
        self._name = name
        self._k = 1 << lg_k
        self._kind = kind
        self._mode = mode

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        return self._merged(*_unpacked(buffers), groups)

    def _merged(self, thetas: Hashes, entries: _Entries, groups: Groups) -> list[pa.Array]:
        """Sketches of the same group together.

        Shape: `thetas` have n values, one per row of `groups`; owners of `entries` are rows. Out: the buffers of all groups.
        """
        bounds = np.full(groups.count, THETA_MAX, np.int64)
        np.minimum.at(bounds, groups.ids, thetas)
        entries = _Entries(entries.hashes, groups.ids[entries.owners], entries.summaries)
        return self._reduced(bounds, entries.of_rows(entries.hashes < bounds[entries.owners]), groups.count)

    def _reduced(self, bounds: Hashes, entries: _Entries, count: int) -> list[pa.Array]:
        """Each hash once, and only the smallest of each group; owners of `entries` are groups."""
        hashes, owners, _, summaries = theta.sorted_sets(entries.hashes, entries.owners, entries.summaries, self._mode)
        sizes = np.bincount(owners, minlength=count)
        starts = np.cumsum(sizes) - sizes
        full = np.flatnonzero(sizes > self._k)
        bounds[full] = hashes[starts[full] + self._k]
        kept = np.arange(len(hashes)) - starts[owners] < self._k
        return _packed(bounds, _Entries(hashes, owners, summaries).of_rows(kept), count)

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        write = theta.theta_to_bytes if self._kind is None else theta.tuple_to_bytes
        return pa.array([write(sketch) for sketch in _sketches(buffers)], pa.binary())

    def _read(self, values: pa.Array) -> tuple[Hashes, _Entries]:
        """Bounds and entries of sketches given as bytes, of which none is null."""
        kind = self._kind
        read: Reader = (
            (lambda data: theta_of(self._name, data))
            if kind is None
            else (lambda data: tuple_of(self._name, data, kind))
        )
        sketches = [read(data) for data in values.to_pylist()]
        hashes = [sketch.hashes for sketch in sketches]
        owners = np.repeat(np.arange(len(sketches)), [len(own) for own in hashes])
        summaries = None
        if kind is not None:
            parts = [sketch.summaries for sketch in sketches if sketch.summaries is not None]
            summaries = Summaries(
                np.concatenate([np.zeros(0, kind), *(part.values for part in parts)]),
                np.concatenate([np.zeros(0, np.uint8), *(part.modes for part in parts)]),
            )
        bounds = np.array([sketch.theta for sketch in sketches], np.int64)
        return bounds, _Entries(np.concatenate([np.zeros(0, np.int64), *hashes]), owners, summaries)


class ThetaSketchAggregate(ThetaAggregate):
    """``theta_sketch_agg`` and ``tuple_sketch_agg_*``: a sketch of the distinct keys, with a summary of each."""

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        keys = inputs[0]
        given = inputs[1] if self._kind is not None else None
        if given is not None and given.null_count:
            valid = given.is_valid()
            keys, given, groups = keys.filter(valid), given.filter(valid), groups.of_rows(np.asarray(valid))
        has, first, _ = hashed(keys)
        summaries = None
        if given is not None:
            values = np.asarray(given.filter(pa.array(has)))
            if theta.MODES[self._mode] == "alwaysone":
                values = np.ones_like(values)
            summaries = Summaries(values, np.full(len(values), self._mode, np.uint8))
        hashes = (first >> np.uint64(1)).astype(np.int64)
        entries = _Entries(hashes, groups.of_rows(has).ids, summaries).of_rows(hashes > 0)
        return self._reduced(np.full(groups.count, THETA_MAX, np.int64), entries, groups.count)


class ThetaUnionAggregate(ThetaAggregate):
    """``theta_union_agg`` and ``tuple_union_agg_*``: the union of sketches."""

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        values, groups = kernels.drop_nulls(inputs[0], groups)
        return self._merged(*self._read(values), groups)


class ThetaIntersectionAggregate(ThetaAggregate):
    """``theta_intersection_agg`` and ``tuple_intersection_agg_*``. A bound of 0 stands for no sketch at all yet."""

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        values, groups = kernels.drop_nulls(inputs[0], groups)
        return self._merged(*self._read(values), groups)

    def _merged(self, thetas: Hashes, entries: _Entries, groups: Groups) -> list[pa.Array]:
        sketches = np.bincount(groups.ids[thetas > 0], minlength=groups.count)
        bounds = np.full(groups.count, THETA_MAX, np.int64)
        np.minimum.at(bounds, groups.ids[thetas > 0], thetas[thetas > 0])
        sizes = np.bincount(entries.owners, minlength=len(thetas))
        nothing = np.zeros(groups.count, np.bool_)
        nothing[groups.ids[(thetas == THETA_MAX) & (sizes == 0)]] = True
        bounds[nothing] = THETA_MAX
        entries = _Entries(entries.hashes, groups.ids[entries.owners], entries.summaries)
        hashes, owners, counts, summaries = theta.sorted_sets(
            entries.hashes, entries.owners, entries.summaries, self._mode
        )
        common = (counts == sketches[owners]) & (hashes < bounds[owners]) & ~nothing[owners]
        bounds[sketches == 0] = 0
        return _packed(bounds, _Entries(hashes, owners, summaries).of_rows(common), groups.count)

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        bounds = np.asarray(buffers[0])
        return super().finish([pa.array(np.where(bounds == 0, THETA_MAX, bounds)), *buffers[1:]])


def _packed(bounds: Hashes, entries: _Entries, count: int) -> list[pa.Array]:
    """Buffers of entries that stand in the order of their groups."""
    sizes = np.bincount(entries.owners, minlength=count)
    columns: list[npt.NDArray[Any]] = [entries.hashes]
    if entries.summaries is not None:
        columns += [entries.summaries.values, entries.summaries.modes]
    return [pa.array(bounds), *(kernels.lists(pa.array(column), sizes) for column in columns)]


def _unpacked(buffers: Sequence[pa.Array]) -> tuple[Hashes, _Entries]:
    sizes = np.asarray(buffers[1].value_lengths()).astype(np.int64)
    columns = [np.asarray(column.flatten()) for column in buffers[1:]]
    summaries = Summaries(columns[1], columns[2]) if len(columns) > 1 else None
    return np.asarray(buffers[0]), _Entries(columns[0], np.repeat(np.arange(len(sizes)), sizes), summaries)


def _sketches(buffers: Sequence[pa.Array]) -> Iterator[ThetaSketch]:
    bounds, entries = _unpacked(buffers)
    ends = np.cumsum(np.bincount(entries.owners, minlength=len(bounds)))
    start = 0
    for bound, end in zip(bounds.tolist(), ends.tolist(), strict=True):
        part = entries.of_rows(slice(start, end))
        yield ThetaSketch(bound, part.hashes, part.summaries)
        start = end


Maker = Callable[..., AggregateFunction]
