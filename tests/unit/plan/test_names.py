"""Names in select lists: aliases further left, fields, stars; and types that have no order. Values from PySpark 4.3.0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from actorstream.errors import AnalysisException
from actorstream.sql import DataFrame, SparkSession
from actorstream.sql import functions as F


@pytest.fixture
def df(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([(1, 2)], "b int, a int")


@pytest.fixture
def nested(spark: SparkSession) -> DataFrame:
    schema = "s struct<a:int,b:string>, arr array<struct<p:int,q:int>>, m map<string,int>, `a.b` string"
    return spark.createDataFrame([((1, "x"), [(1, 2)], {"k": 5}, "t")], schema)


def rows(frame: DataFrame) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in frame.collect()]


def refused(action: Callable[[], object]) -> AnalysisException:
    with pytest.raises(AnalysisException) as caught:
        action()
    return caught.value


# ---------------------------------------------------------------- aliases further left


def test_an_alias_further_left_is_a_name(df: DataFrame) -> None:
    found = df.selectExpr("a + 1 as x", "x + 1 as y", "y + 1")
    assert found.columns == ["x", "y", "(lateralAliasReference(y) + 1)"]
    assert rows(found) == [(3, 4, 5)]
    assert rows(df.select((F.col("a") + 1).alias("x"), (F.col("X") * 2).alias("y"))) == [(3, 6)]


def test_a_column_of_the_input_wins_over_an_alias(df: DataFrame) -> None:
    assert rows(df.selectExpr("a + 1 as b", "b as c")) == [(3, 1)]


def test_an_alias_that_is_used_twice_is_computed_once(df: DataFrame) -> None:
    calls: list[int] = []

    def noted(value: int) -> int:
        calls.append(value)
        return value

    found = df.select(F.udf(noted, "int")("a").alias("x"), F.expr("x + 1"), F.expr("x + 2"))
    assert rows(found) == [(2, 3, 4)]
    assert calls == [2]


def test_an_alias_of_an_aggregate_is_a_name_too(df: DataFrame) -> None:
    found = df.groupBy("a").agg(F.sum("b").alias("s1"), (F.col("s1") + 1).alias("y"))
    assert rows(found) == [(2, 1, 2)]


def test_two_aliases_of_one_name_are_ambiguous(df: DataFrame) -> None:
    error = refused(lambda: df.selectExpr("a as x", "b as x", "x as y"))
    assert error.getCondition() == "AMBIGUOUS_LATERAL_COLUMN_ALIAS"
    assert error.getMessageParameters() == {"name": "`x`", "n": "2"}


def test_aliases_work_in_sql_text(spark: SparkSession, df: DataFrame) -> None:
    df.createOrReplaceTempView("t")
    assert rows(spark.sql("SELECT a + 1 AS x, x * 2 AS y FROM t")) == [(3, 6)]


# ---------------------------------------------------------------- fields and stars


def test_changed_structs_are_named_by_what_was_done(nested: DataFrame) -> None:
    changed = nested.select(
        nested.s.withField("c", F.lit(3)),
        nested.s.dropFields("a"),
        F.struct(nested.s.alias("i")).withField("i.a", F.lit(9)).getField("i").getField("a").alias("nine"),
    )
    assert changed.columns == ["update_fields(s, WithField(3))", "update_fields(s, dropfield())", "nine"]
    assert rows(changed) == [((1, "x", 3), ("x",), 9)]
    error = refused(lambda: nested.select(nested.s.dropFields("a", "b")))
    assert error.getMessageParameters() == {"sqlExpr": '"update_fields(s, dropfield(), dropfield())"'}


def test_a_star_needs_a_table_or_a_struct(nested: DataFrame) -> None:
    assert nested.select("s.*").columns == ["a", "b"]
    assert refused(lambda: nested.select("m.*")).getCondition() == "_LEGACY_ERROR_TEMP_1050"
    assert refused(lambda: nested.select("zz.*")).getCondition() == "CANNOT_RESOLVE_STAR_EXPAND"


# ---------------------------------------------------------------- types without order


@pytest.mark.parametrize(
    ("action", "condition"),
    [
        (lambda df: df.orderBy("m"), "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE"),
        (lambda df: df.agg(F.max("m")), "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE"),
        (lambda df: df.distinct(), "UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE"),
        (lambda df: df.select("m").intersect(df.select("m")), "UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE"),
        (lambda df: df.agg(F.sum("s")), "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"),
        (lambda df: df.agg(F.avg("arr")), "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"),
    ],
)
def test_values_that_cannot_be_compared_or_added_are_refused(
    nested: DataFrame, action: Callable[[DataFrame], object], condition: str
) -> None:
    assert refused(lambda: action(nested)).getCondition() == condition
