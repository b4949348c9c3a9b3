"""`DataFrame.transpose`; results are PySpark's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from actorstream import MemoryStream
from actorstream.errors import AnalysisException
from actorstream.sql import SparkSession
from actorstream.sql import functions as F


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    session = SparkSession.builder.master("local[1]").create()
    yield session
    session.stop()


@pytest.mark.parametrize(
    ("rows", "schema", "expected", "result"),
    [
        (
            [("A", 1, 2), ("B", 3, None)],
            "k string, x int, y bigint",
            "struct<key:string,A:bigint,B:bigint>",
            [("x", 1, 3), ("y", 2, None)],
        ),
        ([(None, 1), ("a", 2)], "k string, x int", "struct<key:string,a:int>", [("x", 2)]),
        ([(3.5, 1), (1.5, 2)], "k double, x int", "struct<key:string,1.5:int,3.5:int>", [("x", 2, 1)]),
        ([("a",)], "k string", "struct<key:string,a:string>", []),
        ([], "k string, x int, y int", "struct<key:string>", [("x",), ("y",)]),
    ],
)
def test_the_values_of_the_index_are_the_new_columns(
    spark: SparkSession, rows: list[Any], schema: str, expected: str, result: list[Any]
) -> None:
    turned = spark.createDataFrame(rows, schema).transpose()
    assert turned.schema.simpleString() == expected
    assert [tuple(row) for row in turned.collect()] == result


def test_another_column_can_be_the_index(spark: SparkSession) -> None:
    turned = spark.createDataFrame([(1, 2), (3, 4)], "x int, y int").transpose("y")
    assert [tuple(row) for row in turned.collect()] == [("x", 1, 3)]
    assert turned.columns == ["key", "2", "4"]


@pytest.mark.parametrize(
    ("schema", "row", "index", "condition"),
    [
        ("k string, x int, y string", ("a", 1, "z"), None, "TRANSPOSE_NO_LEAST_COMMON_TYPE"),
        ("k array<int>, x int", ([1], 1), None, "TRANSPOSE_INVALID_INDEX_COLUMN"),
        ("k int, x int", (1, 1), F.col("x") + 1, "TRANSPOSE_INVALID_INDEX_COLUMN"),
        ("k int, x int", (1, 1), "nope", "UNRESOLVED_COLUMN.WITH_SUGGESTION"),
    ],
)
def test_what_cannot_be_turned_is_refused(
    spark: SparkSession, schema: str, row: tuple[Any, ...], index: Any, condition: str
) -> None:
    with pytest.raises(AnalysisException) as caught:
        spark.createDataFrame([row], schema).transpose(index)
    assert caught.value.getCondition() == condition


def test_more_rows_than_the_limit_are_refused(spark: SparkSession) -> None:
    spark.conf.set("spark.sql.transposeMaxValues", "2")
    with pytest.raises(AnalysisException) as caught:
        spark.range(3).select("id", F.lit(1).alias("x")).transpose()
    spark.conf.unset("spark.sql.transposeMaxValues")
    assert caught.value.getMessageParameters() == {"maxValues": "2", "config": "spark.sql.transposeMaxValues"}


def test_a_stream_is_refused(spark: SparkSession) -> None:
    with pytest.raises(AnalysisException, match="transpose"):
        MemoryStream(spark, "a int, b int").to_df().transpose()
