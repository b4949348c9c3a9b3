"""Frames and aggregates over them, each way of computing checked against the plain definition."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from actorstream.dataflow.operators import window_frames
from actorstream.dataflow.operators.window_frames import Frames, Rows, aggregate_frames
from actorstream.expr.functions.aggregate import bind_aggregate
from actorstream.expr.nodes import AggregateCall, BoundReference
from actorstream.expr.types import DataType, IntegerType, StringType


def rows_of(partition: list[int], order: list[int]) -> Rows:
    return Rows.of(len(partition), [pa.array(partition)], [pa.array(order)])


def test_ranks_of_peers_and_of_partitions_of_one_row() -> None:
    rows = rows_of([1, 1, 1, 2], [5, 5, 6, 1])
    assert window_frames.row_number(rows).tolist() == [1, 2, 3, 1]
    assert window_frames.rank(rows).tolist() == [1, 1, 3, 1]
    assert window_frames.dense_rank(rows).tolist() == [1, 1, 2, 1]
    assert window_frames.percent_rank(rows).tolist() == [0.0, 0.0, 1.0, 0.0]
    assert window_frames.cume_dist(rows).tolist() == [2 / 3, 2 / 3, 1.0, 1.0]


@pytest.mark.parametrize(
    ("count", "buckets", "expected"),
    [(5, 2, [1, 1, 1, 2, 2]), (2, 4, [1, 2]), (7, 3, [1, 1, 1, 2, 2, 3, 3]), (4, 1, [1, 1, 1, 1])],
)
def test_the_first_buckets_take_the_rows_that_do_not_divide(count: int, buckets: int, expected: list[int]) -> None:
    rows = rows_of([0] * count, list(range(count)))
    assert window_frames.ntile(rows, buckets).tolist() == expected


def test_an_offset_stays_in_its_partition_and_can_pass_over_nulls() -> None:
    rows = rows_of([1, 1, 1, 2, 2], [1, 2, 3, 1, 2])
    assert window_frames.offset_rows(rows, -1, None).tolist() == [-1, 0, 1, -1, 3]
    present = np.array([True, False, True, False, True])
    assert window_frames.offset_rows(rows, -1, present).tolist() == [-1, 0, 0, -1, -1]
    assert window_frames.offset_rows(rows, 1, present).tolist() == [2, 2, -1, 4, -1]


@pytest.mark.parametrize("name", ["sum", "count", "max", "collect_list", "avg"])
@pytest.mark.parametrize("limit", [1 << 25, 0], ids=["row by row", "by blocks"])
def test_an_aggregate_over_frames_is_the_aggregate_of_each_frame(
    name: str, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window_frames, "PAIRS_MAX", limit)
    monkeypatch.setattr(window_frames, "PAIRS_AT_ONCE", 7)
    random = np.random.default_rng(5)
    count = 23
    values = [None if value == 3 else int(value) for value in random.integers(0, 9, count)]
    low = random.integers(0, count + 1, count)
    high = np.minimum(low + random.integers(0, 12, count), count)
    present = random.integers(0, 4, count) > 0
    argument = BoundReference(ordinal=0, name="v", data_type=IntegerType())
    kernel = bind_aggregate(AggregateCall(name=name, args=(argument,)))

    found = aggregate_frames(kernel, [pa.array(values, pa.int32())], present, Frames(low, high), count).to_pylist()

    for result, start, stop in zip(found, low, high, strict=True):
        rows = [values[row] for row in range(start, stop) if present[row] and values[row] is not None]
        assert result == _plain(name, rows)


def _plain(name: str, rows: list[int | None]) -> object:
    given = [value for value in rows if value is not None]
    if name == "collect_list":
        return given
    if name == "count":
        return len(given)
    if not given:
        return None
    return {"sum": sum(given), "max": max(given), "avg": sum(given) / len(given)}[name]


def test_no_frame_has_a_row_when_there_are_no_rows() -> None:
    kernel = bind_aggregate(AggregateCall(name="max", args=(_reference(StringType()),)))
    none = np.zeros(0, np.int64)
    assert aggregate_frames(kernel, [pa.array([], pa.string())], None, Frames(none, none), 0).to_pylist() == []


def _reference(data_type: DataType) -> BoundReference:
    return BoundReference(ordinal=0, name="v", data_type=data_type)
