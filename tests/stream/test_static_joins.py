"""A stream joined with a table: which kinds there are, and that the table is read and hashed once for the whole query."""

from __future__ import annotations

from typing import Any

import pytest

from actorstream import MemoryStream
from actorstream.errors import AnalysisException
from actorstream.sql import DataFrame, SparkSession
from actorstream.sql import functions as F


@pytest.fixture
def names(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([(1, "one"), (2, "two")], "id int, name string")


def joined_rows(spark: SparkSession, frame: DataFrame, stream: MemoryStream, *batches: Any) -> list[tuple[Any, ...]]:
    query = frame.writeStream.format("memory").queryName("joined").start()
    for batch in batches:
        stream.addData(*batch)
        query.processAllAvailable()
    query.stop()
    return [tuple(row) for row in spark.table("joined").collect()]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("inner", [(1, "one"), (2, "two")]),
        ("left", [(1, "one"), (3, None), (2, "two")]),
        ("left_semi", [(1,), (2,)]),
        ("left_anti", [(3,)]),
    ],
)
@pytest.mark.rule("STF-100")
def test_a_stream_on_the_left_joins_with_a_table(
    spark: SparkSession, names: DataFrame, kind: str, expected: list[Any]
) -> None:
    stream = MemoryStream(spark, "id INT")
    joined = stream.toDF().join(names, "id", kind)
    rows = joined_rows(spark, joined, stream, (1, 3), (2,))
    assert sorted(rows, key=str) == sorted(expected, key=str)


def test_a_stream_on_the_right_keeps_its_rows_in_a_right_join(spark: SparkSession, names: DataFrame) -> None:
    stream = MemoryStream(spark, "id INT")
    rows = joined_rows(spark, names.join(stream.toDF(), "id", "right"), stream, (1, 3))
    assert sorted(rows, key=str) == [(1, "one"), (3, None)]


@pytest.mark.rule("STF-100")
def test_the_table_is_computed_once_for_all_epochs(spark: SparkSession, names: DataFrame) -> None:
    calls: list[int] = []

    def noted(value: int) -> int:
        calls.append(value)
        return value

    table = names.select(F.udf(noted, "int")("id").alias("id"), "name")
    stream = MemoryStream(spark, "id INT")
    rows = joined_rows(spark, stream.toDF().join(table, "id"), stream, (1,), (2,), (1, 2))
    assert len(rows) == 4
    # every partition of the join takes it for itself, whatever the number of epochs
    assert len(calls) <= 2 * names.count()


@pytest.mark.parametrize(
    ("stream_is_left", "kind", "message"),
    [
        (True, "right", "RightOuter join with a streaming DataFrame/Dataset on the left and a static"),
        (False, "left", "LeftOuter join with a streaming DataFrame/Dataset on the right and a static"),
        (True, "full", "FullOuter joins with streaming DataFrames/Datasets on the left"),
        (False, "full", "FullOuter joins with streaming DataFrames/Datasets on the right"),
        (False, "left_semi", "LeftSemi join with a streaming DataFrame/Dataset on the right"),
        (False, "left_anti", "LeftAnti joins with a streaming DataFrame/Dataset on the right"),
    ],
)
@pytest.mark.rule("STF-70", "STF-71", "STF-72", "STF-73")
def test_joins_whose_result_later_rows_could_change_are_refused(
    spark: SparkSession, names: DataFrame, stream_is_left: bool, kind: str, message: str
) -> None:
    stream = MemoryStream(spark, "id INT").toDF()
    left, right = (stream, names) if stream_is_left else (names, stream)
    with pytest.raises(AnalysisException, match=message):
        left.join(right, "id", kind).writeStream.format("noop").start()
