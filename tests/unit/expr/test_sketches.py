"""Sketches against the library that the reference's are made with (`datasketches`), and their behaviour in any order of values."""

from __future__ import annotations

from typing import Any

import datasketches
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from actorstream.expr.functions import sketch_theta as theta
from actorstream.expr.functions.aggregate_sketches import HllSketchAggregate, ThetaSketchAggregate
from actorstream.expr.functions.sketch_hll import HllSketch, coupons_of
from actorstream.expr.functions.sketch_kll import KllSketch
from actorstream.expr.functions.sketch_theta import ThetaSketch
from actorstream.expr.grouping import Groups, single_group
from actorstream.expr.murmur128 import hash_bytes, hash_longs

Numbers = npt.NDArray[np.int64]


def hll_of(values: Numbers, lg_k: int) -> HllSketch:
    sketch = HllSketch(lg_k)
    sketch.add(coupons_of(*hash_longs(values)))
    return sketch


def theirs_of(values: Numbers, lg_k: int) -> datasketches.hll_sketch:
    sketch = datasketches.hll_sketch(lg_k, datasketches.tgt_hll_type.HLL_8)
    for value in values.tolist():
        sketch.update(value)
    return sketch


def theta_of(values: Numbers, lg_k: int) -> ThetaSketch:
    hashes = np.unique((hash_longs(values)[0] >> np.uint64(1)).astype(np.int64))
    return theta.union([ThetaSketch(hashes=hashes)], lg_k)


@pytest.mark.parametrize("lg_k", [4, 7, 8, 12])
@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 24, 25, 100, 384, 385, 1000, 3000])
def test_an_hll_sketch_has_the_bytes_and_the_estimate_of_the_library(lg_k: int, count: int) -> None:
    values = np.arange(count) * 7919
    ours, theirs = hll_of(values, lg_k), theirs_of(values, lg_k)
    assert ours.to_bytes() == theirs.serialize_updatable()
    assert ours.estimate() == pytest.approx(theirs.get_estimate(), rel=1e-12)


@pytest.mark.parametrize("lg_k", [4, 8, 11])
def test_hll_values_in_several_parts_are_as_those_in_one(lg_k: int) -> None:
    values = np.arange(2000) * 31
    whole = hll_of(values, lg_k)
    parts = HllSketch(lg_k)
    for part in np.array_split(values, 17):
        parts.add(coupons_of(*hash_longs(part)))
    assert parts.to_bytes() == whole.to_bytes()


@pytest.mark.parametrize("form", ["serialize_compact", "serialize_updatable"])
@pytest.mark.parametrize("count", [0, 5, 20, 200, 3000])
def test_an_hll_sketch_of_the_library_is_read_in_either_form(form: str, count: int) -> None:
    theirs = theirs_of(np.arange(count), 11)
    read = HllSketch.from_bytes(getattr(theirs, form)())
    assert read.estimate() == pytest.approx(theirs.get_estimate(), rel=1e-12)


@pytest.mark.parametrize(("left", "right"), [(5, 12), (12, 12), (20, 3000), (3000, 20), (3000, 3000)])
@pytest.mark.parametrize("lg_k", [5, 10])
def test_a_union_of_hll_sketches_estimates_as_the_librarys(left: int, right: int, lg_k: int) -> None:
    ours = HllSketch(lg_k)
    theirs = datasketches.hll_union(lg_k)
    for values in (np.arange(left), np.arange(right) + left // 2):
        ours = ours.union(hll_of(values, lg_k), lg_k, wrapped=False)
        theirs.update(theirs_of(values, lg_k))
    assert ours.estimate() == pytest.approx(theirs.get_estimate(), rel=1e-12)


@pytest.mark.parametrize("lg_k", [(10, 8), (8, 10)])
def test_a_union_of_hll_sketches_of_different_sizes_has_the_registers_of_the_smaller(lg_k: tuple[int, int]) -> None:
    one, two = np.arange(3000), np.arange(3000) + 1500
    union = HllSketch(8)
    for values, size in zip((one, two), lg_k, strict=True):
        union = union.union(hll_of(values, size), 8, wrapped=False)
    both = hll_of(np.concatenate([one, two]), 8)
    assert union.to_bytes()[40:] == both.to_bytes()[40:]


def test_texts_are_hashed_as_the_library_hashes_them() -> None:
    texts = ["a", "naïve", "x" * 15, "x" * 16, "x" * 17, "x" * 200, "0123456789abcdefg"]
    sketch = datasketches.update_theta_sketch(12)
    for text in texts:
        sketch.update(text)
    ours = np.sort((hash_bytes(pa.array(texts))[0] >> np.uint64(1)).astype(np.int64))
    assert ours.tolist() == sorted(sketch.compact())


@pytest.mark.parametrize("lg_k", [5, 9])
@pytest.mark.parametrize("count", [0, 1, 2, 33, 5000])
def test_a_theta_sketch_is_read_by_the_library_and_the_librarys_is_read(lg_k: int, count: int) -> None:
    values = np.arange(count) * 17
    ours = theta_of(values, lg_k)
    theirs = datasketches.update_theta_sketch(lg_k)
    for value in values.tolist():
        theirs.update(value)
    theirs.trim()
    assert datasketches.compact_theta_sketch.deserialize(theta.theta_to_bytes(ours)).get_estimate() == ours.estimate()
    for compress in (False, True):
        read = theta.theta_from_bytes(theirs.compact().serialize(compress))
        assert (read.theta, read.hashes.tolist()) == (ours.theta, ours.hashes.tolist())


def test_set_operations_of_theta_sketches_are_the_librarys() -> None:
    one, two = np.arange(3000), np.arange(3000) + 1000
    ours = [theta_of(values, 7) for values in (one, two)]
    theirs = [datasketches.compact_theta_sketch.deserialize(theta.theta_to_bytes(sketch)) for sketch in ours]
    union = datasketches.theta_union(7)
    common = datasketches.theta_intersection()
    for sketch in theirs:
        union.update(sketch)
        common.update(sketch)
    assert theta.union(ours, 7).estimate() == union.get_result().get_estimate()
    assert theta.intersection(ours).estimate() == common.get_result().get_estimate()
    less = datasketches.theta_a_not_b().compute(*theirs)
    assert theta.difference(*ours).estimate() == less.get_estimate()


@pytest.mark.parametrize("mode", theta.MODES)
@pytest.mark.parametrize("kind", [np.float64, np.int32])
def test_tuple_aggregates_are_the_same_however_rows_are_split_over_batches(mode: str, kind: type) -> None:
    generator = np.random.default_rng(11)
    keys, owners = pa.array(generator.integers(0, 300, 3000)), generator.integers(0, 3, 3000)
    summaries = pa.array(generator.integers(-9, 9, 3000).astype(kind))
    function = ThetaSketchAggregate("tuple_sketch_agg", 6, kind, theta.MODES.index(mode))
    whole = function.finish(function.update([keys, summaries], Groups(owners, 3)))
    slices = [slice(at, at + 700) for at in range(0, 3000, 700)]
    parts = [function.update([keys[rows], summaries[rows]], Groups(owners[rows], 3)) for rows in slices]
    together = [pa.concat_arrays(column) for column in zip(*parts, strict=True)]
    merged = function.finish(function.merge(together, Groups(np.tile(np.arange(3), len(parts)), 3)))
    assert merged == whole
    read = theta.tuple_from_bytes(whole[0].as_py(), kind)
    assert (len(read.hashes), theta.tuple_to_bytes(read)) == (64, whole[0].as_py())


def test_a_tuple_sketch_of_the_library_is_read() -> None:
    theirs = datasketches.update_tuple_sketch(datasketches.AccumulatorPolicy(), 8)
    for number in range(1000):
        theirs.update(number, 1)
    written = theirs.compact().serialize(datasketches.PyLongsSerDe())
    with pytest.raises(ValueError, match="other summaries"):
        theta.tuple_from_bytes(written, np.float64)  # its numbers have no mode
    hashes = sorted(hash_ for hash_, _ in theirs.compact())
    ours = theta_of(np.arange(1000), 8).hashes.tolist()
    assert hashes[: len(ours)] == ours


# ---------------------------------------------------------------- KLL


@pytest.mark.parametrize("count", [0, 1, 2, 200, 201, 3000, 100_000])
@pytest.mark.parametrize(("kind", "theirs"), [(np.float64, "kll_doubles_sketch"), (np.float32, "kll_floats_sketch")])
def test_a_kll_sketch_is_read_by_the_library_and_the_librarys_is_read(count: int, kind: type, theirs: str) -> None:
    values: npt.NDArray[Any] = np.random.default_rng(3).normal(size=count).astype(kind)
    ranks = np.linspace(0.0123, 0.9871, 41)  # the ends are the least and greatest number here, as in the reference
    ours = KllSketch(kind)
    ours.add(values)
    read = getattr(datasketches, theirs).deserialize(ours.to_bytes())
    written = getattr(datasketches, theirs)()
    written.update(values)
    back = KllSketch.from_bytes(written.serialize(), kind)
    assert (read.n, back.count) == (count, count)
    assert read.num_retained == ours.retained
    if count:
        assert read.get_quantiles(ranks, True) == pytest.approx(ours.quantiles(ranks).tolist())
        assert written.get_quantiles(ranks, True) == pytest.approx(back.quantiles(ranks).tolist())


@pytest.mark.parametrize("batch", [1, 37, 5000])
def test_quantiles_of_many_numbers_are_within_the_error_of_the_sketch_however_they_come(batch: int) -> None:
    values = np.random.default_rng(5).permutation(5000)
    sketch = KllSketch(np.int64, 100)
    for start in range(0, 5000, batch):
        sketch.add(values[start : start + batch])
    assert sketch.retained <= sketch.capacity < 400
    ranks = np.linspace(0.01, 0.99, 50)
    assert np.abs(sketch.quantiles(ranks) / 5000 - ranks).max() < sketch.rank_error(two_sided=False)
    assert np.abs(sketch.ranks(np.arange(5000)) - np.arange(5000) / 5000).max() < sketch.rank_error(two_sided=False)


def test_kll_sketches_of_parts_are_merged_within_their_error() -> None:
    values = np.random.default_rng(9).permutation(40_000)
    whole = KllSketch(np.int64, 128)
    for part in np.array_split(values, 13):
        sketch = KllSketch(np.int64, 128)
        sketch.add(part)
        whole.merge(KllSketch.from_bytes(sketch.to_bytes(), np.int64))
    ranks = np.linspace(0.01, 0.99, 50)
    assert whole.count == 40_000
    assert np.abs(whole.quantiles(ranks) / 40_000 - ranks).max() < whole.rank_error(two_sided=False)


def test_a_kll_sketch_that_is_made_again_is_the_same() -> None:
    values = np.random.default_rng(13).normal(size=10_000)
    once, again = KllSketch(np.float64, 30), KllSketch(np.float64, 30)
    for sketch in (once, again):
        for part in np.array_split(values, 7):
            sketch.add(part)
    assert once.to_bytes() == again.to_bytes()


@pytest.mark.parametrize(
    "data", [b"", b"\0", bytes(8), bytes(40), bytes([2, 1, 7, 3, 3, 0, 0, 8]), bytes([9, 1, 7, 12, 0, 0, 0, 10])]
)
def test_what_is_no_sketch_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        HllSketch.from_bytes(data)
    with pytest.raises(ValueError):
        theta.theta_from_bytes(data)
    with pytest.raises(ValueError):
        theta.tuple_from_bytes(data, np.float64)
    with pytest.raises(ValueError):
        KllSketch.from_bytes(data, np.int64)


@pytest.mark.parametrize("cut", [9, 20, 39, 50])
def test_half_a_sketch_is_refused(cut: int) -> None:
    with pytest.raises(ValueError):
        HllSketch.from_bytes(hll_of(np.arange(100), 4).to_bytes()[:cut])
    with pytest.raises(ValueError):
        theta.theta_from_bytes(theta.theta_to_bytes(theta_of(np.arange(100), 4))[:cut])
    sketch = KllSketch(np.int64, 8)
    sketch.add(np.arange(100))
    with pytest.raises(ValueError):
        KllSketch.from_bytes(sketch.to_bytes()[:cut], np.int64)


def test_theta_aggregates_are_the_same_however_rows_are_split_over_batches() -> None:
    generator = np.random.default_rng(7)
    keys = pa.array(generator.integers(0, 500, 4000))
    owners = generator.integers(0, 5, 4000)
    function = ThetaSketchAggregate("theta_sketch_agg", 5)
    whole = function.finish(function.update([keys], Groups(owners, 5)))
    parts = [function.update([keys[at : at + 700]], Groups(owners[at : at + 700], 5)) for at in range(0, 4000, 700)]
    together = [pa.concat_arrays(column) for column in zip(*parts, strict=True)]
    merged = function.finish(function.merge(together, Groups(np.tile(np.arange(5), len(parts)), 5)))
    assert merged == whole


def test_an_hll_aggregate_of_no_rows_changes_nothing() -> None:
    function = HllSketchAggregate("hll_sketch_agg", 6)
    some = function.update([pa.array(np.arange(200))], single_group(200))
    none = function.update([pa.array([], pa.int64())], single_group(0))
    both = [pa.concat_arrays([none[0], some[0], none[0]])]
    assert function.merge(both, single_group(3)) == some
