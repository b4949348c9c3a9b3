"""Frequent items, counters and histograms where they drop or merge what they have seen."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from actorstream.expr.functions.aggregate_count_min import CountMinSketch
from actorstream.expr.functions.aggregate_histogram import HistogramNumeric
from actorstream.expr.functions.aggregate_items import ApproxTopK
from actorstream.expr.functions.sketch_items import Items, capacity, from_bytes, lg_size, to_bytes
from actorstream.expr.grouping import Groups, single_group
from actorstream.expr.java_random import JavaRandom

_TOP = pa.list_(pa.struct([pa.field("item", pa.int64()), pa.field("count", pa.int64(), nullable=False)]))
_BINS = pa.list_(pa.struct([pa.field("x", pa.float64()), pa.field("y", pa.float64())]))


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1, -5, 2**40], pa.int64()),
        pa.array([1, -5], pa.int8()),
        pa.array([1.5, -0.25], pa.float32()),
        pa.array([True, False]),
        pa.array(["a", "", "naïve 😀"]),
        pa.array([Decimal("1.10"), Decimal("-99.99")], pa.decimal128(4, 2)),
        pa.array([Decimal("1.10"), Decimal("-99999999.99")], pa.decimal128(12, 2)),
        pa.array([Decimal("1.10"), Decimal("-12345678901234567890.55")], pa.decimal128(30, 2)),
        pa.array([datetime.date(2024, 1, 1), datetime.date(1960, 1, 1)]),
        pa.array([datetime.datetime(2024, 1, 1)], pa.timestamp("us")),
    ],
    ids=lambda values: str(values.type),
)
def test_items_of_every_type_come_back_from_their_bytes(values: Any) -> None:
    items = Items(values, list(range(3, 3 + len(values))), nulls=2, weight=40, offset=1)
    read = from_bytes(to_bytes(items, 100), values.type)
    assert dict(zip(read.values.to_pylist(), read.counts, strict=True)) == dict(
        zip(values.to_pylist(), items.counts, strict=True)
    )
    assert (read.nulls, read.weight, read.offset) == (2, 40, 1)


@pytest.mark.parametrize("data", [b"", bytes(16), bytes([4, 1, 10, 5, 3, 0, 0, 0, 200]) + bytes(30)])
def test_bytes_that_are_no_items_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        from_bytes(data, pa.int64())


@pytest.mark.parametrize(("tracked", "lg"), [(1, 3), (6, 3), (7, 4), (10, 4), (20, 5), (10_000, 14), (1_000_000, 21)])
def test_a_map_has_room_for_what_is_tracked(tracked: int, lg: int) -> None:
    assert lg_size(tracked) == lg
    assert capacity(tracked) >= tracked


def test_frequent_values_survive_among_more_rare_ones_than_are_tracked() -> None:
    generator = np.random.default_rng(17)
    values = np.concatenate([np.repeat([1, 2, 3], [3000, 2000, 1000]), generator.integers(10, 5000, 4000)])
    generator.shuffle(values)
    function = ApproxTopK(pa.int64(), _TOP, 3, 100)
    parts = [function.update([pa.array(part)], single_group(len(part))) for part in np.array_split(values, 9)]
    together = [pa.concat_arrays(column) for column in zip(*parts, strict=True)]
    merged = function.merge(together, single_group(len(parts)))
    assert merged[0].value_lengths()[0].as_py() <= capacity(100)
    found = function.finish(merged).to_pylist()[0]
    assert [pair["item"] for pair in found] == [1, 2, 3]
    for pair, true in zip(found, (3000, 2000, 1000), strict=True):
        assert true <= pair["count"] <= true + merged[4][0].as_py()


def test_counters_are_the_same_however_rows_are_split_over_batches() -> None:
    generator = np.random.default_rng(19)
    values, owners = pa.array(generator.integers(0, 50, 1000)), generator.integers(0, 3, 1000)
    function = CountMinSketch(0.1, 0.9, 5)
    whole = function.finish(function.update([values], Groups(owners, 3)))
    slices = [slice(at, at + 300) for at in range(0, 1000, 300)]
    parts = [function.update([values[rows]], Groups(owners[rows], 3)) for rows in slices]
    together = [pa.concat_arrays(column) for column in zip(*parts, strict=True)]
    assert function.finish(function.merge(together, Groups(np.tile(np.arange(3), len(parts)), 3))) == whole


def test_a_histogram_with_a_bin_for_every_value_is_exact_however_rows_are_split() -> None:
    values = pa.array([5.0, 1.0, 5.0, 3.0, 1.0, 5.0])
    function = HistogramNumeric(pa.float64(), _BINS, 3)
    parts = [function.update([values[at : at + 2]], single_group(2)) for at in range(0, 6, 2)]
    together = [pa.concat_arrays(column) for column in zip(*parts, strict=True)]
    merged = function.finish(function.merge(together, single_group(3)))
    assert merged == function.finish(function.update([values], single_group(6)))
    assert [(bin_["x"], bin_["y"]) for bin_ in merged.to_pylist()[0]] == [(1.0, 2.0), (3.0, 1.0), (5.0, 3.0)]


def test_the_bins_of_a_histogram_stand_for_all_values() -> None:
    values = np.random.default_rng(23).normal(size=500)
    function = HistogramNumeric(pa.float64(), _BINS, 20)
    (bins,) = function.finish(function.update([pa.array(values)], single_group(500))).to_pylist()
    assert len(bins) == 20
    assert sum(bin_["y"] for bin_ in bins) == 500
    assert sum(bin_["x"] * bin_["y"] for bin_ in bins) == pytest.approx(values.sum())


def test_chance_follows_javas_sequence() -> None:
    drawn = JavaRandom(42)
    assert [drawn.bits(32) - (drawn_sign << 32) for drawn_sign in (1, 0)] == [-1170105035, 234785527]
    assert JavaRandom(42).fraction() == 0.7275636800328681
