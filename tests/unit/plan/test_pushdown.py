"""Where the filters of a streaming plan end up: below watermarks on other columns, and in joins of two streams."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from actorstream import MemoryStream
from actorstream.plan import nodes
from actorstream.plan.nodes import LogicalPlan
from actorstream.plan.pushdown import push_filters_down
from actorstream.sql import DataFrame, SparkSession
from actorstream.sql import functions as F


@pytest.fixture
def frame(spark: SparkSession) -> DataFrame:
    return MemoryStream(spark, "t TIMESTAMP, k STRING, v INT").toDF().withWatermark("t", "10 seconds")


def shape(frame: DataFrame) -> list[str]:
    """Kinds of nodes from the root down, the left input first."""

    def walk(plan: LogicalPlan) -> Iterator[str]:
        yield type(plan).__name__
        for child in plan.children:
            yield from walk(child)

    return list(walk(push_filters_down(frame._plan)))


def test_a_filter_on_another_column_goes_below_the_watermark(frame: DataFrame) -> None:
    assert shape(frame.where("v > 1")) == ["EventTimeWatermark", "Filter", "Relation"]


def test_a_filter_on_the_event_time_stays_above_the_watermark(frame: DataFrame) -> None:
    filtered = frame.where("v > 1 and t > timestamp'2024-01-01'")
    assert shape(filtered) == ["Filter", "EventTimeWatermark", "Filter", "Relation"]


def test_a_filter_on_a_computed_column_goes_below_the_projection_that_computes_it(frame: DataFrame) -> None:
    filtered = frame.select("t", (F.col("v") + 1).alias("w")).where("w > 1")
    assert shape(filtered) == ["Project", "EventTimeWatermark", "Filter", "Relation"]


@pytest.mark.parametrize("condition", [F.rand() < 0.5, F.col("r") < 0.5])
def test_a_filter_by_chance_stays_where_it_is(frame: DataFrame, condition: object) -> None:
    filtered = frame.select("*", F.rand().alias("r")).where(condition)  # type: ignore[arg-type]
    assert shape(filtered) == ["Filter", "Project", "EventTimeWatermark", "Relation"]


def test_a_filter_goes_into_every_branch_of_a_union(frame: DataFrame) -> None:
    branch = ["EventTimeWatermark", "Filter", "Relation"]
    assert shape(frame.union(frame.select("t", "k", (F.col("v") * 2).alias("v"))).where("k = 'a'")) == [
        "Union",
        *branch,
        "Project",
        *branch,
    ]


def test_a_filter_over_an_inner_join_of_streams_becomes_part_of_its_condition(frame: DataFrame) -> None:
    other = frame.toDF("u", "l", "w")
    plan = push_filters_down(frame.join(other, F.col("k") == F.col("l")).where("v > w and v > 1")._plan)
    assert isinstance(plan, nodes.Join)
    assert plan.condition is not None
    assert "(v > w)" in plan.describe()
    assert "(v > 1)" not in plan.describe()


def test_a_filter_on_the_other_side_of_an_outer_join_stays_above_it(frame: DataFrame) -> None:
    other = frame.toDF("u", "l", "w")
    joined = frame.join(other, F.expr("k = l and u >= t and u <= t + interval 1 second"), "left")
    assert shape(joined.where("w is null"))[:2] == ["Filter", "Join"]
    assert shape(joined.where("v > 1"))[:4] == ["Join", "EventTimeWatermark", "Filter", "Relation"]
