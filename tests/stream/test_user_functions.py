"""Functions of the user on streams: groups of one epoch, and what a stream cannot do."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from actorstream import MemoryStream
from actorstream.errors import StreamingQueryException
from actorstream.sql import SparkSession
from actorstream.sql import functions as F


def test_a_group_function_sees_the_rows_of_one_epoch(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "k STRING, v INT")
    sizes = stream.toDF().groupBy("k").applyInPandas(lambda part: pd.DataFrame({"n": [len(part)]}), "n long")
    query = sizes.writeStream.format("memory").queryName("sizes").start()
    stream.addData(("a", 1), ("a", 2), ("b", 3))
    query.processAllAvailable()
    stream.addData(("a", 4))
    query.processAllAvailable()
    query.stop()
    assert sorted(row[0] for row in spark.table("sizes").collect()) == [1, 1, 2]


def test_an_aggregate_of_the_user_fails_on_a_stream(spark: SparkSession) -> None:
    @F.pandas_udf("double")
    def middle(v: pd.Series) -> float:
        return float(v.mean())

    stream = MemoryStream(spark, "k STRING, v INT")
    averages = stream.toDF().groupBy("k").agg(middle("v"))
    query = averages.writeStream.format("memory").queryName("m").outputMode("complete").start()
    stream.addData(("a", 1))
    with pytest.raises(StreamingQueryException, match="group aggregate pandas UDF"):
        query.processAllAvailable()


def test_groups_that_a_sort_finds_equal_come_by_the_hash_of_their_key(spark: SparkSession) -> None:
    """PySpark's partition of a key is its Murmur3 hash modulo the partitions: 0 for `e`, 1 for `b`."""
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    stream = MemoryStream(spark, "k STRING")
    counts = stream.toDF().groupBy("k").count()
    query = counts.orderBy("count").writeStream.format("memory").queryName("c").outputMode("complete").start()
    keys: list[Any] = ["b", "e"]
    stream.addData(*keys)
    query.processAllAvailable()
    query.stop()
    assert [row.k for row in spark.table("c").collect()] == ["e", "b"]
