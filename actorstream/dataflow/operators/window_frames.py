"""The arithmetic of window functions on sorted rows: partitions, peers, frames, and aggregates over frames.

Used by `WindowFunctions`. Everything is positions in the sorted table, as numpy arrays; values move only by Arrow's `take`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from actorstream.expr.functions.aggregate_function import AggregateFunction
from actorstream.expr.grouping import Groups, Ids, group_rows

Mask = npt.NDArray[np.bool_]

PAIRS_AT_ONCE = 1 << 22
"""Rows of frames that are gathered for one call of an aggregate's kernel: some tens of megabytes."""

PAIRS_MAX = 1 << 25
"""Above so many rows in all frames together, aggregates are put together from blocks instead of from rows."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Where the rows of a sorted table stand. All arrays have n values; ends are exclusive."""

    count: int
    #: start and end of the row's partition
    start: Ids
    end: Ids
    #: start and end of the rows that are equal to it in order
    peer_start: Ids
    peer_end: Ids

    @staticmethod
    def of(count: int, partition: Sequence[pa.Array], order: Sequence[pa.Array]) -> Rows:
        """The rows of a table that is sorted by these columns."""
        new_partition = _changes(count, partition)
        new_peer = new_partition | _changes(count, order) if order else new_partition
        return Rows(count, *_runs(new_partition), *_runs(new_peer))

    @property
    def position(self) -> Ids:
        """The rows' own numbers."""
        return np.arange(self.count)


def _changes(count: int, columns: Sequence[pa.Array]) -> Mask:
    """Whether a row differs from the one before it; the first does."""
    changed = np.zeros(count, np.bool_)
    if count:
        changed[0] = True
    if columns and count:
        ids = group_rows(columns)[0].ids
        changed[1:] = ids[1:] != ids[:-1]
    return changed


def _runs(starts: Mask) -> tuple[Ids, Ids]:
    count = len(starts)
    firsts = np.flatnonzero(starts)
    lengths = np.diff(np.append(firsts, count))
    return np.repeat(firsts, lengths), np.repeat(firsts + lengths, lengths)


@dataclass(frozen=True, slots=True)
class Frames:
    """The frame of each row: rows `low` up to before `high`; none if they are equal."""

    low: Ids
    high: Ids

    @staticmethod
    def clipped(rows: Rows, low: Ids, high: Ids) -> Frames:
        """Frames cut to the partitions."""
        low = np.clip(low, rows.start, rows.end)
        return Frames(low, np.maximum(np.clip(high, rows.start, rows.end), low))


# ---------------------------------------------------------------- ranks


def row_number(rows: Rows) -> Ids:
    """From 1 in each partition."""
    return rows.position - rows.start + 1


def rank(rows: Rows) -> Ids:
    """The number of the first of the row's peers."""
    return rows.peer_start - rows.start + 1


def dense_rank(rows: Rows) -> Ids:
    """The number of the row's group of peers."""
    group = np.cumsum(rows.peer_start == rows.position)
    before: Ids = group[rows.start] if rows.count else group
    return group - before + 1


def percent_rank(rows: Rows) -> npt.NDArray[np.float64]:
    """``(rank - 1) / (rows - 1)``; 0.0 in a partition of one row."""
    size = rows.end - rows.start
    return (rank(rows) - 1) / np.maximum(size - 1, 1)


def cume_dist(rows: Rows) -> npt.NDArray[np.float64]:
    """The share of rows up to the last of the row's peers."""
    result: npt.NDArray[np.float64] = (rows.peer_end - rows.start) / (rows.end - rows.start)
    return result


def ntile(rows: Rows, buckets: int) -> Ids:
    """The bucket, from 1; the first ones are larger by one row if the rows do not divide evenly."""
    size, rest = np.divmod(rows.end - rows.start, buckets)
    place = rows.position - rows.start
    large = rest * (size + 1)
    return np.where(place < large, place // (size + 1), rest + (place - large) // np.maximum(size, 1)) + 1


# ---------------------------------------------------------------- rows of other rows


def offset_rows(rows: Rows, distance: int, present: Mask | None) -> Ids:
    """The row `distance` rows after each (before it if negative), -1 where the partition has none.

    Args:
        present: rows that count, if not all do: then the distance is in such rows.
    """
    if present is None or distance == 0:
        found = rows.position + distance
    else:
        places = np.flatnonzero(present)
        before = np.searchsorted(places, rows.position, "left")
        number = before + distance if distance < 0 else np.searchsorted(places, rows.position, "right") + distance - 1
        found = _pick(places, number)
    return np.where((found >= rows.start) & (found < rows.end), found, -1)


def nth_rows(frames: Frames, number: int, present: Mask | None) -> Ids:
    """Row `number` (from 1; -1 is the last) of each frame, of those that count; -1 where there is none."""
    if present is None:
        found = frames.low + number - 1 if number > 0 else frames.high + number
    else:
        places = np.flatnonzero(present)
        if number > 0:
            place = np.searchsorted(places, frames.low, "left") + number - 1
        else:
            place = np.searchsorted(places, frames.high, "left") + number
        found = _pick(places, place)
    return np.where((found >= frames.low) & (found < frames.high), found, -1)


def _pick(places: Ids, number: Ids) -> Ids:
    if not len(places):
        return np.full(len(number), -1)
    inside = (number >= 0) & (number < len(places))
    return np.where(inside, places[np.clip(number, 0, len(places) - 1)], -1)


# ---------------------------------------------------------------- frames by the value of the sort key


def edge_positions(
    rows: Rows, keys: Ids, key_null: Mask, edges: Ids, side: str, *, ascending: bool, nulls_first: bool
) -> Ids:
    """Where in its partition each row's edge would stand: before (`left`) or after (`right`) the keys equal to it.

    Shape: `keys` and `edges` are numbers that order as the values do; those of null keys mean nothing, such rows get the
    bounds of their peers (null is as far from null as the bound says, for any bound).
    """
    _, dense = np.unique(np.concatenate([keys, edges]), return_inverse=True)
    dense = dense.astype(np.int64)
    most = int(dense.max(initial=0))
    if not ascending:
        dense = most - dense
    codes, wanted = dense[: len(keys)], dense[len(keys) :]
    codes = np.where(key_null, -1 if nulls_first else most + 1, codes)
    partition = np.cumsum(rows.start == rows.position) - 1
    step = most + 3
    found = np.searchsorted(
        partition * step + codes + 1, partition * step + wanted + 1, "left" if side == "left" else "right"
    )
    return np.where(key_null, rows.peer_start if side == "left" else rows.peer_end, found)


# ---------------------------------------------------------------- aggregates


def aggregate_frames(
    function: AggregateFunction, inputs: Sequence[pa.Array], present: Mask | None, frames: Frames, count: int
) -> pa.Array:
    """The aggregate of the rows in each frame.

    Shape: `inputs` are the evaluated arguments of all n = `count` rows in sorted order; out n values.
    Args:
        present: rows that count, from a FILTER clause.
    """
    distinct, which = np.unique(np.stack([frames.low, frames.high], axis=1), axis=0, return_inverse=True)
    which = which.reshape(-1)
    low, high = distinct[:, 0], distinct[:, 1]
    lengths = high - low
    if int(lengths.sum()) > PAIRS_MAX:
        result = _by_blocks(function, inputs, present, low, lengths, count)
    else:
        pieces = []
        ends = np.cumsum(lengths)
        start = 0
        while start < len(low):
            limit = (ends[start - 1] if start else 0) + PAIRS_AT_ONCE
            stop = max(int(np.searchsorted(ends, limit, "right")), start + 1)
            pieces.append(_by_rows(function, inputs, present, low[start:stop], lengths[start:stop]))
            start = stop
        result = pa.concat_arrays(pieces) if pieces else function.finish(function.update(inputs, Groups(which, 0)))
    return result.take(pa.array(which))


def _by_rows(
    function: AggregateFunction, inputs: Sequence[pa.Array], present: Mask | None, low: Ids, lengths: Ids
) -> pa.Array:
    """Every row of every frame, as the rows of one group each."""
    groups = np.repeat(np.arange(len(low)), lengths)
    before = np.cumsum(lengths) - lengths
    rows = np.arange(len(groups)) - before[groups] + low[groups]
    if present is not None:
        kept = present[rows]
        rows, groups = rows[kept], groups[kept]
    taken = pa.array(rows)
    return function.finish(function.update([values.take(taken) for values in inputs], Groups(groups, len(low))))


def _by_blocks(
    function: AggregateFunction, inputs: Sequence[pa.Array], present: Mask | None, low: Ids, lengths: Ids, count: int
) -> pa.Array:
    """Each frame from blocks of 1, 2, 4, ... rows, whose partial results are merged: n log n instead of n * n."""
    groups = Groups(np.arange(count), count)
    if present is not None:
        taken = pa.array(np.flatnonzero(present))
        inputs, groups = [values.take(taken) for values in inputs], groups.of_rows(present)
    blocks = function.update(inputs, groups)
    frames = len(low)
    none = Groups(np.zeros(0, np.int64), frames)
    total = function.update([values.slice(0, 0) for values in inputs], none)
    at = low.copy()
    size = 1
    while True:
        chosen = np.flatnonzero(lengths & size)
        if len(chosen):
            rows = pa.array(at[chosen])
            both = [pa.concat_arrays([mine, block.take(rows)]) for mine, block in zip(total, blocks, strict=True)]
            total = function.merge(both, Groups(np.concatenate([np.arange(frames), chosen]), frames))
            at[chosen] += size
        if size * 2 > int(lengths.max(initial=0)):
            return function.finish(total)
        # block i of the next size is blocks i and i + size; the last ones have nothing to join
        rest = count - size
        pairs = [pa.concat_arrays([block, block.slice(size)]) for block in blocks]
        blocks = function.merge(pairs, Groups(np.concatenate([np.arange(count), np.arange(rest)]), count))
        size *= 2
