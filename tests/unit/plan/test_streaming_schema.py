"""What a stateful step of a stream gives may be null, to the last element, whatever goes in: Spark 4.3's rule for such steps."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from actorstream import MemoryStream
from actorstream.sql import DataFrame, SparkSession
from actorstream.sql import functions as F
from actorstream.sql.types import ArrayType, StructType

SCHEMA = "k STRING NOT NULL, t TIMESTAMP NOT NULL"


@pytest.mark.parametrize(
    "step",
    [
        lambda frame: frame.groupBy("k").agg(F.count("*"), F.collect_list("k")),
        lambda frame: frame.groupBy(F.window("t", "5 seconds")).count(),
        lambda frame: frame.dropDuplicates(["k"]),
        lambda frame: frame.limit(1),
    ],
    ids=["aggregate", "window", "dedup", "limit"],
)
def test_what_comes_out_of_state_is_nullable_on_a_stream_only(
    spark: SparkSession, step: Callable[[DataFrame], DataFrame]
) -> None:
    static = spark.createDataFrame([], SCHEMA)
    stream = MemoryStream(spark, SCHEMA).to_df()
    assert all(not field.nullable for field in stream.schema)
    assert all(field.nullable for field in step(stream).schema)
    assert not all(field.nullable for field in step(static).schema)


def test_elements_in_state_are_nullable_too(spark: SparkSession) -> None:
    stream = MemoryStream(spark, SCHEMA).to_df()
    lists = stream.groupBy("k").agg(F.collect_list(F.struct("k")).alias("all")).schema["all"].dataType
    assert isinstance(lists, ArrayType)
    assert lists.containsNull
    assert isinstance(lists.elementType, StructType)
    assert lists.elementType["k"].nullable
