"""Statistics of one and two columns: PySpark's bits where rows or partials are few, the same numbers where they are many."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from actorstream.expr.functions.aggregate_function import AggregateFunction
from actorstream.expr.functions.aggregate_kernels import stable_order
from actorstream.expr.functions.aggregate_statistics import COMOMENTS, MOMENTS, STEPS_MAX, Comoments, Moments
from actorstream.expr.grouping import Groups, single_group

ROWS = [(0.1, 3.0), (0.2, 5.5), (-1.7, 2.25), (4.4, -0.3), (1e3, 7.1), (0.3, 0.1), (2 / 3, 1 / 7), (-12.25, 1e-3)]
#: what PySpark 4.3 gives for the rows in one partition, and for halves of them in two
PYSPARK = {
    "var_pop": ("0x1.ac5664ea1907fp+16", "0x1.ac5664ea19080p+16"),
    "var_samp": ("0x1.e9874ec265bffp+16", "0x1.e9874ec265c00p+16"),
    "stddev_pop": ("0x1.4b241bc619a3bp+8", "0x1.4b241bc619a3cp+8"),
    "stddev_samp": ("0x1.6201322bbd50cp+8", "0x1.6201322bbd50cp+8"),
    "skewness": ("0x1.222b13d1a2501p+1", "0x1.222b13d1a2500p+1"),
    "kurtosis": ("0x1.9203ba64e775cp+1", "0x1.9203ba64e775cp+1"),
    "covar_pop": ("0x1.31a8f55b4345ap+9", "0x1.31a8f55b43459p+9"),
    "covar_samp": ("0x1.5d53618cdf2b0p+9", "0x1.5d53618cdf2afp+9"),
    "corr": ("0x1.679edc485c1c1p-1", "0x1.679edc485c1c0p-1"),
    "regr_avgx": ("0x1.1cb3a38c24476p+1", "0x1.1cb3a38c24476p+1"),
    "regr_avgy": ("0x1.efdbbbbbbbbbbp+6", "0x1.efdbbbbbbbbbbp+6"),
    "regr_sxx": ("0x1.ba1f363bbed43p+5", "0x1.ba1f363bbed45p+5"),
    "regr_syy": ("0x1.ac5664ea1907fp+19", "0x1.ac5664ea19080p+19"),
    "regr_sxy": ("0x1.31a8f55b4345ap+12", "0x1.31a8f55b43459p+12"),
    "regr_slope": ("0x1.61f854f08165ap+6", "0x1.61f854f081658p+6"),
    "regr_intercept": ("-0x1.2374064673cd2p+6", "-0x1.2374064673cccp+6"),
    "regr_r2": ("0x1.f92ef0679934ep-2", "0x1.f92ef0679934bp-2"),
}


def function_of(name: str) -> AggregateFunction:
    return Moments(*MOMENTS[name]) if name in MOMENTS else Comoments(*COMOMENTS[name])


def columns_of(name: str, rows: Any) -> list[pa.Array]:
    columns = [pa.array(column, pa.float64()) for column in zip(*rows, strict=True)]
    return columns[:1] if name in MOMENTS else columns


def in_parts(name: str, parts: list[Any]) -> float | None:
    """The statistic of rows that come in parts, each in a batch of its own."""
    function = function_of(name)
    partials = [function.update(columns_of(name, part), single_group(len(part))) for part in parts]
    merged = function.merge(
        [pa.concat_arrays(column) for column in zip(*partials, strict=True)], single_group(len(parts))
    )
    found: float | None = function.finish(merged)[0].as_py()
    return found


@pytest.mark.parametrize("name", PYSPARK)
def test_a_statistic_of_one_partition_has_the_bits_of_pyspark(name: str) -> None:
    assert in_parts(name, [ROWS]) == float.fromhex(PYSPARK[name][0])


@pytest.mark.parametrize("name", PYSPARK)
def test_a_statistic_of_two_partitions_has_the_bits_of_pyspark(name: str) -> None:
    assert in_parts(name, [ROWS[:4], ROWS[4:]]) == float.fromhex(PYSPARK[name][1])


def test_kurtosis_of_three_even_steps_is_what_it_is() -> None:
    assert in_parts("kurtosis", [[(1.0, 0.0), (2.0, 0.0), (3.0, 0.0)]]) == -1.5


def test_correlation_with_a_column_of_one_value_is_null() -> None:
    assert in_parts("corr", [[(2.0, 1.0), (2.0, 5.0)]]) is None
    assert in_parts("regr_r2", [[(2.0, 1.0), (2.0, 5.0)]]) == 1.0


@pytest.mark.parametrize("name", PYSPARK)
def test_many_rows_and_many_partials_give_what_few_give(name: str) -> None:
    random = np.random.default_rng(3)
    rows = random.normal((5.0, 0.0), size=(STEPS_MAX, 2))
    by_steps = in_parts(name, [rows])
    twice = in_parts(name, [np.concatenate([rows, rows[:1]])])  # one row too many for steps
    apart = in_parts(name, [rows[at : at + 1] for at in range(len(rows))] + [rows[:1]])
    assert by_steps is not None
    assert twice == pytest.approx(apart, rel=1e-9)
    assert twice != by_steps


@pytest.mark.parametrize("name", ["kurtosis", "regr_slope"])
def test_groups_of_few_and_of_many_rows_stand_side_by_side(name: str) -> None:
    random = np.random.default_rng(5)
    ids = np.concatenate([np.full(STEPS_MAX + 9, 2), np.array([0, 0, 3, 0, 3, 0, 3, 3])])
    random.shuffle(ids)
    rows = random.normal(size=(len(ids), 2))
    function = function_of(name)
    found = function.finish(function.update(columns_of(name, rows), Groups(ids, 4))).to_pylist()
    alone = [in_parts(name, [rows[ids == group]]) if group != 1 else None for group in range(4)]
    assert found == alone


def test_rows_are_sorted_by_group_and_stay_in_order_within_also_when_groups_are_many() -> None:
    random = np.random.default_rng(7)
    for count in (3, 1 << 16, 1 << 20):
        ids = random.integers(0, count, 5000)
        np.testing.assert_array_equal(stable_order(Groups(ids, count)), np.argsort(ids, kind="stable"))


@pytest.mark.parametrize("name", ["kurtosis", "regr_slope", "corr"])
def test_a_group_has_the_same_bits_alone_and_among_many(name: str) -> None:
    random = np.random.default_rng(9)
    groups = 40
    ids = np.repeat(np.arange(groups), np.arange(groups) + 1)  # the longest go on when the others have ended
    random.shuffle(ids)
    rows = random.normal(size=(len(ids), 2))
    function = function_of(name)
    found = function.finish(function.update(columns_of(name, rows), Groups(ids, groups))).to_pylist()
    assert found == [in_parts(name, [rows[ids == group]]) for group in range(groups)]
