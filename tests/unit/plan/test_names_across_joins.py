"""Columns by name and by identity across joins, projections and unions; results are PySpark's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from actorstream import MemoryStream
from actorstream.errors import AnalysisException
from actorstream.sql import DataFrame, SparkSession
from actorstream.sql import functions as F

AMBIGUOUS = "_LEGACY_ERROR_TEMP_1182"
REPLACED = "MISSING_ATTRIBUTES.RESOLVED_ATTRIBUTE_APPEAR_IN_OPERATION"
MISSING = "MISSING_ATTRIBUTES.RESOLVED_ATTRIBUTE_MISSING_FROM_INPUT"


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    session = SparkSession.builder.master("local[1]").config("spark.sql.shuffle.partitions", "1").create()
    yield session
    session.stop()


@pytest.fixture(scope="module")
def df(spark: SparkSession) -> DataFrame:
    frame = spark.createDataFrame([(1, "x", 2.0), (2, "y", 3.0)], "a int, b string, c double")
    frame.createOrReplaceTempView("u")
    frame.createOrReplaceTempView("v")
    return frame


def _rows(frame: DataFrame) -> list[tuple[Any, ...]]:
    return sorted(tuple(row) for row in frame.collect())


def _condition(run: Callable[[], Any]) -> str | None:
    with pytest.raises(AnalysisException) as caught:
        run()
    return caught.value.getCondition()


def test_a_column_that_can_be_of_either_side_of_a_self_join_is_refused(df: DataFrame) -> None:
    part = df.where("a > 1")
    joined = df.join(part, df.a == part.a)
    assert _condition(lambda: joined.select(df.a)) == AMBIGUOUS
    assert _condition(lambda: joined.select(part.b)) == AMBIGUOUS
    assert _condition(lambda: joined.where(part.c > 1)) == AMBIGUOUS
    assert _condition(lambda: df.join(df, df.a == df.a).select(df.b)) == AMBIGUOUS
    assert _condition(lambda: df.join(df, "a").select(df.b)) == AMBIGUOUS


def test_a_column_of_the_left_part_alone_is_that_of_the_left(df: DataFrame) -> None:
    low, high = df.where("a < 9"), df.where("a > 1")
    joined = low.join(high, low.a == high.a)
    assert _rows(joined.select(low.b)) == [("y",)]
    assert _condition(lambda: joined.select(high.b)) == AMBIGUOUS
    x, y = df.alias("x"), df.alias("y")
    assert _rows(x.join(y, F.col("x.a") == F.col("y.a")).select("x.b", "y.b")) == [("x", "x"), ("y", "y")]


def test_a_column_that_only_one_side_shows_is_had_by_identity(df: DataFrame) -> None:
    counts = df.groupBy("a").count()
    joined = df.join(counts, df.a == counts.a)
    assert _rows(joined.select(df.b, counts["count"])) == [("x", 1), ("y", 1)]
    assert _condition(lambda: joined.select(counts.a)) == AMBIGUOUS
    part = df.where("a > 1")
    assert _rows(df.join(part, "a").select(part.a)) == [(2,)]
    assert df.join(part, df.a == part.a).drop(part.a).columns == ["b", "c", "a", "b", "c"]


def test_a_column_that_a_projection_has_replaced_is_not_the_new_one(spark: SparkSession, df: DataFrame) -> None:
    replaced = df.withColumn("a", F.col("a") + 1)
    assert _condition(lambda: replaced.select(df.a)) == REPLACED
    assert _rows(replaced.where(df.a > 1)) == [(3, "y", 3.0)]
    other = spark.createDataFrame([(1,)], "a int")
    assert _condition(lambda: df.select(other.a)) == REPLACED
    assert _condition(lambda: df.select("a").select(df.b)) == MISSING
    assert _condition(lambda: df.groupBy("a").agg(F.sum("c")).select(df.b)) == MISSING


def test_a_union_has_the_columns_of_its_first_frame(df: DataFrame) -> None:
    assert _rows(df.union(df).select(df.a)) == [(1,), (1,), (2,), (2,)]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("select u.a from u join v using (a)", [(1,), (2,)]),
        ("select v.a, a, u.b from u left join v using (a)", [(1, 1, "x"), (2, 2, "y")]),
        ("select u.a, v.a from u full join v using (a)", [(1, 1), (2, 2)]),
        ("select v.a from u left join (select * from v where a > 1) v using (a)", [(None,), (2,)]),
        ("select a from u left join (select * from v where a > 1) v using (a) where v.a is null", [(1,)]),
        ("select u.b, count(v.a) from u left join v using (a) group by u.b, v.a", [("x", 1), ("y", 1)]),
    ],
)
def test_the_key_of_a_join_with_using_can_be_had_of_either_side(
    spark: SparkSession, df: DataFrame, text: str, rows: list[Any]
) -> None:
    found = [tuple(row) for row in spark.sql(text).collect()]
    assert sorted(found, key=lambda row: str(row)) == sorted(rows, key=lambda row: str(row))


def test_stars_of_the_sides_of_a_join_with_using_have_their_keys(spark: SparkSession, df: DataFrame) -> None:
    columns = ["a", "b", "c", "a", "b", "c"]
    assert spark.sql("select u.*, v.* from u join v using (a)").columns == columns
    assert spark.sql("select * from u full join v using (a)").columns == ["a", "b", "c", "b", "c"]


def test_maps_group_by_their_entries(spark: SparkSession) -> None:
    frame = spark.createDataFrame(
        [({"a": 1, "b": 2}, 1), ({"b": 2, "a": 1}, 2), ({"a": 2}, 4), (None, 8)], "m map<string,int>, x int"
    )
    grouped = frame.groupBy("m").agg(F.sum("x").alias("s"))
    assert grouped.schema.simpleString() == "struct<m:map<string,int>,s:bigint>"
    assert sorted((str(row.m), row.s) for row in grouped.collect()) == [
        ("None", 8),
        ("{'a': 1, 'b': 2}", 3),
        ("{'a': 2}", 4),
    ]
    assert _condition(lambda: frame.dropDuplicates(["m"])) == "UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE"


def test_a_stream_groups_by_maps_over_its_epochs(spark: SparkSession) -> None:
    source = MemoryStream(spark, "m map<string,int>")
    query = source.to_df().groupBy("m").count().writeStream.format("memory").queryName("maps").outputMode("complete")
    run = query.start()
    try:
        for entries in ({"a": 1, "b": 2}, {"b": 2, "a": 1}):
            source.add_data((entries,))
            run.processAllAvailable()
        assert [(row.m, row["count"]) for row in spark.table("maps").collect()] == [({"a": 1, "b": 2}, 2)]
    finally:
        run.stop()
