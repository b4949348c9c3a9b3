"""Frames as values in expressions of other frames, and the built-in table functions; results are PySpark's."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from actorstream.errors import (
    AnalysisException,
    PySparkNotImplementedError,
    PySparkValueError,
    SparkRuntimeException,
)
from actorstream.sql import Column, DataFrame, SparkSession
from actorstream.sql import functions as F


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    session = SparkSession.builder.master("local[1]").create()
    yield session
    session.stop()


@pytest.fixture(scope="module")
def people(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([(1, "a"), (2, "b"), (3, "c")], "id int, n string")


@pytest.fixture(scope="module")
def visits(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([(1, 10), (1, 20), (2, 30)], "id int, v int")


def _ids(frame: DataFrame) -> list[int]:
    return [row.id for row in frame.collect()]


def test_the_one_value_of_a_frame_can_be_compared_and_selected(people: DataFrame, visits: DataFrame) -> None:
    assert _ids(people.where(people.id > visits.select(F.avg("id")).scalar())) == [2, 3]
    top = people.withColumn("m", visits.select(F.max("v")).scalar())
    assert [tuple(row) for row in top.collect()] == [(1, "a", 30), (2, "b", 30), (3, "c", 30)]
    assert people.select("*", visits.select(F.max("v")).scalar()).columns == ["id", "n", "scalarsubquery()"]


def test_a_frame_without_rows_has_the_value_null(people: DataFrame, visits: DataFrame) -> None:
    nothing = people.select(visits.where("v > 100").select("v").scalar().alias("x"))
    assert [row.x for row in nothing.collect()] == [None] * 3


def test_a_frame_of_two_rows_or_columns_has_no_value(people: DataFrame, visits: DataFrame) -> None:
    with pytest.raises(SparkRuntimeException) as rows:
        people.select(visits.select("v").scalar()).collect()
    assert rows.value.getCondition() == "SCALAR_SUBQUERY_TOO_MANY_ROWS"
    with pytest.raises(AnalysisException) as columns:
        people.select(visits.scalar())
    assert columns.value.getMessageParameters() == {"number": "2"}


def test_a_frame_can_be_asked_for_rows(people: DataFrame, visits: DataFrame) -> None:
    assert _ids(people.where(visits.exists())) == [1, 2, 3]
    assert _ids(people.where(~visits.where("v > 100").exists())) == [1, 2, 3]
    assert _ids(people.where(visits.where("v > 100").exists())) == []
    shown = people.select("id", visits.exists())
    assert shown.columns == ["id", "exists()"]
    assert [row[1] for row in shown.collect()] == [True] * 3


def test_values_can_be_looked_for_in_a_frame(people: DataFrame, visits: DataFrame) -> None:
    assert _ids(people.where(F.col("id").isin(visits.select("id")))) == [1, 2]
    assert _ids(people.where(~F.col("id").isin(visits.select("id")))) == [3]


def test_a_column_that_is_a_frame_shows_its_columns(visits: DataFrame) -> None:
    assert repr(visits.exists()) == "Column<'EXISTS ([id: int, v: int])'>"


@pytest.mark.parametrize(
    ("name", "arguments", "columns", "rows"),
    [
        ("explode", [F.array(F.lit(1), F.lit(2))], ["col"], [(1,), (2,)]),
        ("explode", [F.create_map(F.lit(1), F.lit(2))], ["key", "value"], [(1, 2)]),
        ("posexplode", [F.array(F.lit("x"))], ["pos", "col"], [(0, "x")]),
        ("explode_outer", [F.expr("array()")], ["col"], [(None,)]),
        ("inline", [F.array(F.struct(F.lit(1).alias("a")))], ["a"], [(1,)]),
        ("stack", [F.lit(2), F.lit(1), F.lit(2), F.lit(3)], ["col0", "col1"], [(1, 2), (3, None)]),
        ("json_tuple", [F.lit('{"a":1}'), F.lit("a")], ["c0"], [("1",)]),
    ],
)
def test_a_table_function_makes_a_frame(
    spark: SparkSession, name: str, arguments: list[Column], columns: list[str], rows: list[tuple[object, ...]]
) -> None:
    made = getattr(spark.tvf, name)(*arguments)
    assert made.columns == columns
    assert [tuple(row) for row in made.collect()] == rows


def test_a_table_function_goes_over_columns_of_the_frame_on_the_left(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(1, [1, 2]), (2, [])], "i int, a array<int>").alias("c")
    joined = frame.lateralJoin(spark.tvf.explode(F.col("a").outer()))
    assert [tuple(row) for row in joined.collect()] == [(1, [1, 2], 1), (1, [1, 2], 2)]
    outer = frame.lateralJoin(spark.tvf.explode_outer(F.col("c.a").outer()), on=F.col("i") == 2)
    assert [tuple(row) for row in outer.collect()] == [(2, [], None)]


def test_the_range_of_numbers_is_a_table_function_too(spark: SparkSession) -> None:
    assert [row.id for row in spark.tvf.range(5, 1, -2).collect()] == [5, 3]


def test_what_a_table_function_cannot_do_is_refused(spark: SparkSession) -> None:
    with pytest.raises(PySparkValueError, match="At least one field must be specified"):
        spark.tvf.json_tuple(F.lit("{}"))
    with pytest.raises(AnalysisException) as unknown:
        spark.tvf.explode(F.col("zz"))
    assert (unknown.value.getCondition() or "").startswith("UNRESOLVED_COLUMN")
    with pytest.raises(PySparkNotImplementedError, match=r"spark\.tvf\.collations"):
        spark.tvf.collations()


# ---------------------------------------------------------------- frames that look at columns of the frame around them


def _tied(visits: DataFrame) -> DataFrame:
    return visits.alias("b").where(F.col("b.id") == F.col("a.id").outer())


def test_rows_are_kept_for_which_a_tied_frame_has_some(people: DataFrame, visits: DataFrame) -> None:
    outer = people.alias("a")
    assert _ids(outer.where(_tied(visits).exists())) == [1, 2]
    assert _ids(outer.where(~_tied(visits).exists())) == [3]
    later = visits.alias("b").where((F.col("b.id") > F.col("a.id").outer()) & (F.col("v") > 20))
    assert _ids(outer.where(later.exists())) == [1]


def test_every_row_gets_the_value_that_a_tied_frame_has_for_it(people: DataFrame, visits: DataFrame) -> None:
    outer = people.alias("a")
    sums = outer.select("id", _tied(visits).select(F.sum("v")).scalar().alias("s"))
    assert sorted(tuple(row) for row in sums.collect()) == [(1, 30), (2, 30), (3, None)]
    counts = outer.select("id", _tied(visits).where("v > 10").select(F.count("v")).scalar().alias("n"))
    assert sorted(tuple(row) for row in counts.collect()) == [(1, 1), (2, 1), (3, 0)]
    assert outer.select(_tied(visits).select(F.sum("v")).scalar()).columns == ["scalarsubquery(id)"]
    assert _ids(outer.orderBy(visits.select(F.max("v")).scalar(), F.col("id").desc())) == [3, 2, 1]


def test_a_tied_frame_is_joined_row_by_row(people: DataFrame, visits: DataFrame) -> None:
    outer = people.alias("a")
    inner = outer.lateralJoin(_tied(visits).select("v"))
    assert sorted(tuple(row) for row in inner.collect()) == [(1, "a", 10), (1, "a", 20), (2, "b", 30)]
    left = outer.lateralJoin(_tied(visits).select("v"), how="left")
    assert (3, "c", None) in [tuple(row) for row in left.collect()]
    some = outer.lateralJoin(_tied(visits).select("v"), on=F.col("v") > 10)
    assert sorted(row.v for row in some.collect()) == [20, 30]


def test_a_tied_frame_means_nothing_alone(visits: DataFrame) -> None:
    with pytest.raises(AnalysisException) as caught:
        _tied(visits).collect()
    assert (caught.value.getMessageParameters() or {})["objectName"] == "`a`.`id`"


def test_what_a_tied_frame_cannot_do_is_refused(people: DataFrame, visits: DataFrame) -> None:
    outer = people.alias("a")
    unequal = visits.alias("b").where(F.col("b.id") > F.col("a.id").outer())
    builds: list[Callable[[], DataFrame]] = [
        lambda: outer.select(unequal.select(F.sum("v")).scalar()),
        lambda: outer.where(_tied(visits).limit(1).exists()),
        lambda: outer.select(_tied(visits).select(F.collect_list("v")).scalar()),
        lambda: people.agg(F.sum("id"), visits.select(F.max("v")).scalar()),
    ]
    for build in builds:
        with pytest.raises(PySparkNotImplementedError):
            build()
