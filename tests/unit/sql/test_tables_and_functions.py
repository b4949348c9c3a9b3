"""`writeTo`, the catalog's members for tables, views and functions, and what sessions have beside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from actorstream import MemoryStream
from actorstream.errors import (
    AnalysisException,
    IllegalArgumentException,
    PySparkNotImplementedError,
    PySparkRuntimeError,
)
from actorstream.sql import DataFrame, SparkSession
from actorstream.sql import functions as F
from actorstream.sql.catalog import Function, TablePartition
from actorstream.sql.types import ArrayType, MapType, StringType, StructField


@pytest.fixture
def spark(tmp_path: Path) -> Iterator[SparkSession]:
    session = SparkSession.builder.master("local[1]").config("spark.sql.warehouse.dir", str(tmp_path / "w")).create()
    yield session
    session.stop()


@pytest.fixture
def frame(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([(1, "x"), (2, "y")], "a int, b string")


def _rows(spark: SparkSession, table: str) -> list[tuple[object, ...]]:
    return sorted(tuple(row) for row in spark.table(table).collect())


def test_a_frame_makes_a_table_adds_to_it_and_replaces_it(spark: SparkSession, frame: DataFrame) -> None:
    frame.writeTo("t").using("parquet").create()
    assert _rows(spark, "t") == [(1, "x"), (2, "y")]
    frame.select("b", "a").where("a = 1").writeTo("t").append()
    assert _rows(spark, "t") == [(1, "x"), (1, "x"), (2, "y")]
    frame.select("b", "a").where("a = 2").writeTo("t").overwritePartitions()
    assert _rows(spark, "t") == [(2, "y")]
    frame.select("a").writeTo("t").replace()
    assert _rows(spark, "t") == [(1,), (2,)]
    frame.writeTo("other").createOrReplace()
    assert _rows(spark, "other") == [(1, "x"), (2, "y")]


def test_a_table_of_a_writer_has_partitions_last(spark: SparkSession, frame: DataFrame) -> None:
    frame.writeTo("t").partitionedBy("a").create()
    assert spark.table("t").columns == ["b", "a"]
    assert spark.catalog.listPartitions("t") == [TablePartition("a=1"), TablePartition("a=2")]
    spark.catalog.recoverPartitions("t")
    assert "PARTITIONED BY (a)" in spark.catalog.getCreateTableString("t")
    spark.createDataFrame([(2, "new")], "a int, b string").writeTo("t").overwritePartitions()
    assert _rows(spark, "t") == [("new", 2), ("x", 1)]


def test_a_writer_refuses_what_a_table_cannot_be(spark: SparkSession, frame: DataFrame) -> None:
    frame.writeTo("t").create()
    refused = {
        "TABLE_OR_VIEW_ALREADY_EXISTS": frame.writeTo("t").create,
        "COLUMN_NOT_DEFINED_IN_TABLE": frame.writeTo("u").partitionedBy("nope").create,
        "TABLE_OR_VIEW_NOT_FOUND": frame.writeTo("u").append,
    }
    for condition, write in refused.items():
        with pytest.raises(AnalysisException) as caught:
            write()
        assert caught.value.getCondition() == condition
    with pytest.raises(PySparkNotImplementedError, match="with a condition"):
        frame.writeTo("t").overwrite(F.col("a") == 1)
    with pytest.raises(AnalysisException) as stream:
        MemoryStream(spark, "a int").to_df().writeTo("t")
    assert stream.value.getMessageParameters() == {"methodName": "`writeTo`"}


def test_the_catalog_empties_a_table_and_tells_how_it_was_made(spark: SparkSession, frame: DataFrame) -> None:
    frame.write.saveAsTable("t")
    assert spark.catalog.getCreateTableString("t") == (
        "CREATE TABLE spark_catalog.default.t (\n  a INT,\n  b STRING)\nUSING parquet\n"
    )
    assert spark.catalog.getTableProperties("t") == {}
    spark.catalog.analyzeTable("t")
    spark.catalog.truncateTable("t")
    assert (_rows(spark, "t"), spark.table("t").columns) == ([], ["a", "b"])
    for call, condition in (
        (lambda: spark.catalog.truncateTable("nope"), "TABLE_OR_VIEW_NOT_FOUND"),
        (lambda: spark.catalog.listPartitions("t"), "INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY"),
        (lambda: spark.catalog.recoverPartitions("t"), "NOT_A_PARTITIONED_TABLE"),
    ):
        with pytest.raises(AnalysisException) as caught:
            call()
        assert caught.value.getCondition() == condition


def test_the_catalog_knows_views(spark: SparkSession, frame: DataFrame) -> None:
    frame.createOrReplaceTempView("v")
    assert [view.name for view in spark.catalog.listViews()] == ["v"]
    assert spark.catalog.listViews(pattern="x*") == []
    spark.catalog.dropView("v")
    spark.catalog.dropView("v", ifExists=True)
    with pytest.raises(AnalysisException) as caught:
        spark.catalog.dropView("v")
    assert (caught.value.getMessageParameters() or {})["relationName"] == "`spark_catalog`.`default`.`v`"


def test_the_catalog_knows_functions_of_both_kinds(spark: SparkSession) -> None:
    spark.udf.register("mine", lambda x: x)
    catalog = spark.catalog
    assert [catalog.functionExists(name) for name in ("count", "ABS", "mine", "nope", "default.count")] == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert catalog.functionExists("count", "default") is False
    found = catalog.getFunction("mine")
    assert (found.name, found.catalog, found.namespace, found.isTemporary) == ("mine", None, None, True)
    assert [item.name for item in catalog.listFunctions(pattern="min*") if item.name != "minute"] == [
        "min",
        "min_by",
        "mine",
    ]
    assert all(isinstance(item, Function) for item in catalog.listFunctions("default"))
    with pytest.raises(AnalysisException) as caught:
        catalog.getFunction("nope")
    assert caught.value.getCondition() == "UNRESOLVED_ROUTINE"


def test_the_default_database_stays(spark: SparkSession) -> None:
    spark.catalog.createDatabase("default", ifNotExists=True)
    spark.catalog.dropDatabase("nope", ifExists=True)
    calls: list[tuple[Callable[[], None], str]] = [
        (lambda: spark.catalog.createDatabase("default"), "SCHEMA_ALREADY_EXISTS"),
        (lambda: spark.catalog.dropDatabase("default"), "UNSUPPORTED_FEATURE.DROP_DATABASE"),
        (lambda: spark.catalog.dropDatabase("nope"), "SCHEMA_NOT_FOUND"),
    ]
    for call, condition in calls:
        with pytest.raises(AnalysisException) as caught:
            call()
        assert caught.value.getCondition() == condition


def test_a_session_has_tags_and_nothing_to_interrupt(spark: SparkSession) -> None:
    spark.addTag("a")
    spark.addTag("b")
    spark.removeTag("a")
    assert spark.getTags() == {"b"}
    spark.clearTags()
    assert (spark.getTags(), spark.interruptAll(), spark.interruptTag("x")) == (set(), [], [])
    for tag in ("", "a,b"):
        with pytest.raises(IllegalArgumentException, match="Spark job tag cannot"):
            spark.addTag(tag)
    with pytest.raises(IllegalArgumentException, match="must be a number"):
        spark.interruptOperation("x")


def test_members_of_connect_say_so(spark: SparkSession) -> None:
    for call in (lambda: spark.client, lambda: spark.registerProgressHandler(print), spark.clearProgressHandlers):
        with pytest.raises(PySparkRuntimeError, match="only supported with Spark Connect"):
            call()


def test_the_empty_frame_has_no_columns(spark: SparkSession) -> None:
    empty = spark.emptyDataFrame()
    assert (empty.columns, empty.collect()) == ([], [])
    assert isinstance(SparkSession.builder, SparkSession.Builder)


def test_formats_that_are_not_there_say_what_to_do(spark: SparkSession, frame: DataFrame) -> None:
    for call in (
        lambda: spark.read.jdbc("url", "t"),
        lambda: frame.write.jdbc("url", "t"),
        lambda: frame.mapInPandas(lambda batches: batches, "a int", profile=object()),
        lambda: frame.mapInArrow(lambda batches: batches, "a int", profile=object()),
    ):
        with pytest.raises(PySparkNotImplementedError) as caught:
            call()
        assert (caught.value.getMessageParameters() or {})["remedy"]


def test_a_field_tells_the_collations_of_its_texts() -> None:
    kind = MapType(StringType("UTF8_LCASE"), ArrayType(StringType("UNICODE_CI")))
    field = StructField("f", kind)
    metadata = field.getCollationMetadata()
    assert metadata == {"f.key": "spark.UTF8_LCASE", "f.value.element": "icu.UNICODE_CI"}
    assert field.getCollationsMap({"__COLLATIONS": metadata}) == {
        "f.key": "UTF8_LCASE",
        "f.value.element": "UNICODE_CI",
    }
    assert StructField("g", StringType()).getCollationMetadata() == {}
