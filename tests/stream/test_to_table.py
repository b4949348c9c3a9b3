"""Tables of the warehouse: made by streams and by static writes, found again by name, also by a later session."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actorstream import MemoryStream
from actorstream.errors import (
    AnalysisException,
    ParseException,
    PySparkTypeError,
    SparkRuntimeException,
    UnsupportedOperationException,
)
from actorstream.sql import DataFrame, SparkSession
from actorstream.sql.catalog import Database, Table

Rows = list[tuple[Any, ...]]


@pytest.fixture(autouse=True)
def warehouse(spark: SparkSession, tmp_path: Path) -> Path:
    """The session's warehouse."""
    folder = tmp_path / "warehouse"
    spark.conf.set("spark.sql.warehouse.dir", str(folder))
    return folder


class Stream:
    """A stream of two rows, and queries that append it to tables, each with a checkpoint of its own."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.source = MemoryStream(spark, "k STRING, v INT")
        self.source.add_data(("a", 1), ("b", 2))
        self._folder = folder
        self._count = 0

    def to(self, table: str, frame: DataFrame | None = None, options: dict[str, str] | None = None, **kw: Any) -> None:
        """Append all rows to a table and stop."""
        self._count += 1
        writer = (frame or self.source.to_df()).writeStream.options(**options or {})
        query = writer.option("checkpointLocation", str(self._folder / f"checkpoint{self._count}")).toTable(table, **kw)
        query.processAllAvailable()
        query.stop()


@pytest.fixture
def stream(spark: SparkSession, tmp_path: Path) -> Stream:
    return Stream(spark, tmp_path)


def rows_of(frame: DataFrame) -> Rows:
    return sorted((tuple(row) for row in frame.collect()), key=str)


def condition_of(call: Callable[[], object]) -> tuple[str | None, dict[str, str] | None]:
    with pytest.raises(AnalysisException) as caught:
        call()
    return caught.value.getCondition(), caught.value.getMessageParameters()


@pytest.mark.rule("IO-18")
def test_to_table_makes_a_managed_table_that_sql_and_the_session_read(spark: SparkSession, stream: Stream) -> None:
    stream.to("totals")
    assert rows_of(spark.table("totals")) == [("a", 1), ("b", 2)]
    assert rows_of(spark.sql("SELECT k FROM totals")) == [
        ("a",),
        ("b",),
    ]
    assert rows_of(spark.sql("SELECT totals.v FROM spark_catalog.default.Totals")) == [(1,), (2,)]
    assert spark.catalog.getTable("totals") == Table("totals", "spark_catalog", ["default"], None, "MANAGED", False)


@pytest.mark.rule("IO-18")
def test_a_later_session_finds_the_tables_of_an_earlier_one(
    spark: SparkSession, stream: Stream, warehouse: Path
) -> None:
    stream.to("kept", format="json", partitionBy="k")
    other = SparkSession(master="sim")
    other.conf.set("spark.sql.warehouse.dir", f"file:{warehouse}")
    assert rows_of(other.table("kept")) == [(1, "a"), (2, "b")]
    assert [column.name for column in other.catalog.listColumns("kept") if column.isPartition] == ["k"]


@pytest.mark.rule("IO-18")
def test_all_columns_of_a_table_are_nullable_and_partition_columns_come_last(
    spark: SparkSession, stream: Stream
) -> None:
    frame = stream.source.to_df().selectExpr("k", "v", "1 AS one")
    stream.to("parts", frame, partitionBy=["k"])
    assert spark.table("parts").schema.simpleString() == "struct<v:int,one:int,k:string>"
    assert all(field.nullable for field in spark.table("parts").schema)


@pytest.mark.rule("IO-18")
def test_the_option_path_puts_the_files_elsewhere_and_dropping_leaves_them(
    spark: SparkSession, stream: Stream, tmp_path: Path
) -> None:
    stream.to("away", options={"path": str(tmp_path / "away")})
    assert spark.catalog.getTable("away").tableType == "EXTERNAL"
    spark.sql("DROP TABLE away")
    assert not spark.catalog.tableExists("away")
    assert rows_of(spark.read.parquet(str(tmp_path / "away"))) == [("a", 1), ("b", 2)]


@pytest.mark.rule("IO-18")
def test_dropping_a_managed_table_deletes_its_files(spark: SparkSession, stream: Stream, warehouse: Path) -> None:
    stream.to("gone")
    assert (warehouse / "gone").is_dir()
    spark.sql("DROP TABLE gone")
    assert not (warehouse / "gone").exists()
    assert condition_of(lambda: spark.table("gone"))[0] == "TABLE_OR_VIEW_NOT_FOUND"
    spark.sql("DROP TABLE IF EXISTS gone")
    assert condition_of(lambda: spark.sql("DROP TABLE gone"))[0] == "TABLE_OR_VIEW_NOT_FOUND"


@pytest.mark.rule("IO-18")
def test_a_restarted_query_goes_on_appending(spark: SparkSession, stream: Stream, tmp_path: Path) -> None:
    def run() -> None:
        writer = stream.source.to_df().writeStream.option("checkpointLocation", str(tmp_path / "checkpoint"))
        query = writer.toTable("more")
        query.processAllAvailable()
        query.stop()

    run()
    stream.source.add_data(("c", 3))
    run()
    assert rows_of(spark.table("more")) == [("a", 1), ("b", 2), ("c", 3)]


@pytest.mark.rule("IO-18", "IO-65")
def test_a_second_query_on_a_table_is_taken_for_a_run_of_the_first(
    spark: SparkSession, stream: Stream, caplog: pytest.LogCaptureFixture
) -> None:
    stream.to("twice")
    stream.to("twice")
    assert rows_of(spark.table("twice")) == [("a", 1), ("b", 2)]
    assert "twice" in caplog.text
    assert "epoch 0" in caplog.text


@pytest.mark.rule("IO-7")
def test_a_table_is_read_as_a_stream_of_what_arrives(spark: SparkSession, stream: Stream, tmp_path: Path) -> None:
    stream.to("feed")
    query = (
        spark.readStream.option("maxFilesPerTrigger", 1)
        .table("feed")
        .writeStream.format("memory")
        .queryName("copy")
        .start()
    )
    query.processAllAvailable()
    assert rows_of(spark.table("copy")) == [("a", 1), ("b", 2)]
    progress = query.lastProgress
    assert progress is not None
    assert progress.sources[0].description.startswith("FileStreamSource[file:")
    query.stop()


@pytest.mark.rule("IO-18")
@pytest.mark.parametrize(
    ("name", "condition"),
    [
        ("elsewhere.t", "SCHEMA_NOT_FOUND"),
        ("a.b.c", "REQUIRES_SINGLE_PART_NAMESPACE"),
        ("a-b", "INVALID_IDENTIFIER"),
        (" ", "PARSE_EMPTY_STATEMENT"),
    ],
)
def test_an_impossible_name_is_refused(stream: Stream, name: str, condition: str) -> None:
    assert condition_of(lambda: stream.to(name))[0] == condition


@pytest.mark.rule("IO-18")
def test_names_in_backquotes_may_hold_anything(spark: SparkSession, stream: Stream) -> None:
    stream.to("`a b-c`")
    assert rows_of(spark.table("`a b-c`")) == [("a", 1), ("b", 2)]
    with pytest.raises(ParseException):
        spark.table("a b-c")


@pytest.mark.rule("IO-18")
def test_what_cannot_be_streamed_into_is_refused_before_anything_starts(
    spark: SparkSession, stream: Stream, warehouse: Path
) -> None:
    stream.to("old")
    spark.range(1).createOrReplaceTempView("seen")
    assert condition_of(lambda: stream.to("old", format="json")) == (
        "_LEGACY_ERROR_TEMP_1192",
        {"source": "json", "tableName": "old", "provider": "parquet"},
    )
    assert condition_of(lambda: stream.to("seen"))[0] == "_LEGACY_ERROR_TEMP_1190"
    assert condition_of(lambda: stream.to("old", partitionBy="k"))[0] == "_LEGACY_ERROR_TEMP_1163"
    assert condition_of(lambda: stream.to("t", format="memory"))[0] == "DATA_SOURCE_NOT_FOUND"
    assert (
        condition_of(lambda: stream.to("t", outputMode="complete"))[0] == "STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE"
    )
    assert condition_of(lambda: stream.to("t", partitionBy="zz"))[0] == "_LEGACY_ERROR_TEMP_1155"
    assert condition_of(lambda: stream.to("t", partitionBy=["k", "v"]))[0] == "ALL_PARTITION_COLUMNS_NOT_ALLOWED"
    with pytest.raises(UnsupportedOperationException, match="console"):
        stream.to("t", format="console")
    with pytest.raises(PySparkTypeError):
        stream.source.to_df().writeStream.toTable(3)
    assert condition_of(lambda: stream.source.to_df().writeStream.toTable("t"))[0] == "_LEGACY_ERROR_TEMP_1298"
    assert [table.name for table in spark.catalog.listTables() if not table.isTemporary] == ["old"]
    assert not (warehouse / "t").exists()


def test_files_that_no_table_owns_are_not_taken_over(spark: SparkSession, stream: Stream, warehouse: Path) -> None:
    (warehouse / "stray").mkdir(parents=True)
    (warehouse / "stray" / "precious.txt").write_text("x")
    assert condition_of(lambda: stream.to("stray"))[0] == "LOCATION_ALREADY_EXISTS"
    assert (warehouse / "stray" / "precious.txt").exists()


def test_a_damaged_description_is_named(spark: SparkSession, stream: Stream, warehouse: Path) -> None:
    stream.to("hurt")
    path = warehouse / "_tables" / "hurt.json"
    path.write_text(path.read_text()[:40])
    with pytest.raises(SparkRuntimeException, match=r"_tables/hurt\.json"):
        spark.table("hurt")
    path.write_text(json.dumps({"version": 99}))
    with pytest.raises(SparkRuntimeException, match="its version is 99"):
        spark.table("hurt")


# ---------------------------------------------------------------- static writes


@pytest.fixture
def pairs(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([("a", 1), ("b", 2)], "k STRING, v INT")


def test_save_as_table_follows_its_mode(spark: SparkSession, pairs: DataFrame) -> None:
    pairs.write.saveAsTable("s")
    assert condition_of(lambda: pairs.write.saveAsTable("s"))[0] == "TABLE_OR_VIEW_ALREADY_EXISTS"
    pairs.write.mode("ignore").saveAsTable("s")
    pairs.select("v", "k").write.mode("append").saveAsTable("s")
    assert rows_of(spark.table("s")) == [("a", 1), ("a", 1), ("b", 2), ("b", 2)]
    pairs.selectExpr("v AS only").write.format("json").mode("overwrite").saveAsTable("s")
    assert rows_of(spark.table("s")) == [(1,), (2,)]


def test_a_table_can_be_overwritten_with_what_is_read_from_it(spark: SparkSession, pairs: DataFrame) -> None:
    pairs.write.saveAsTable("self")
    spark.table("self").where("v > 1").write.mode("overwrite").saveAsTable("self")
    assert rows_of(spark.table("self")) == [("b", 2)]


def test_append_to_a_table_that_differs_is_refused(spark: SparkSession, pairs: DataFrame) -> None:
    pairs.write.saveAsTable("s")

    def append(frame: DataFrame, **kw: Any) -> str | None:
        return condition_of(lambda: frame.write.mode("append").saveAsTable("s", **kw))[0]

    assert append(pairs, format="json") == "_LEGACY_ERROR_TEMP_1159"
    assert append(pairs.select("k")) == "_LEGACY_ERROR_TEMP_1161"
    assert append(pairs.selectExpr("k", "v AS z")) == "_LEGACY_ERROR_TEMP_1162"
    assert append(pairs, partitionBy="k") == "_LEGACY_ERROR_TEMP_1163"
    pairs.selectExpr("k", "CAST(v AS BIGINT) v").write.mode("append").saveAsTable("s")
    assert spark.table("s").count() == 4


def test_insert_into_goes_by_position(spark: SparkSession, pairs: DataFrame) -> None:
    pairs.write.partitionBy("k").saveAsTable("p")
    pairs.select("v", "k").write.insertInto("p")
    assert spark.table("p").count() == 4
    pairs.select("v", "k").limit(1).write.insertInto("p", overwrite=True)
    assert rows_of(spark.table("p")) == [(1, "a")]
    assert (
        condition_of(lambda: pairs.select("v").write.insertInto("p"))[0]
        == "INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS"
    )
    assert condition_of(lambda: pairs.write.insertInto("nothing"))[0] == "TABLE_OR_VIEW_NOT_FOUND"


def test_options_of_the_format_stay_with_a_table_that_is_saved(spark: SparkSession, pairs: DataFrame) -> None:
    pairs.write.format("csv").saveAsTable("c", header=True, sep=";")
    assert rows_of(spark.table("c")) == [("a", 1), ("b", 2)]
    pairs.write.format("csv").mode("append").saveAsTable("c")
    assert spark.table("c").count() == 4


def test_create_table_makes_an_empty_one_or_one_over_files(
    spark: SparkSession, pairs: DataFrame, tmp_path: Path
) -> None:
    empty = spark.catalog.createTable("e", schema=pairs.schema)
    assert (empty.count(), empty.columns) == (0, ["k", "v"])
    pairs.write.csv(str(tmp_path / "csv"))
    over = spark.catalog.createTable("f", path=str(tmp_path / "csv"), source="csv")
    assert rows_of(over) == [("a", "1"), ("b", "2")]
    assert condition_of(lambda: spark.catalog.createTable("e", schema="k STRING"))[0] == "TABLE_OR_VIEW_ALREADY_EXISTS"
    assert condition_of(lambda: spark.catalog.createTable("g", source="csv"))[0] == "UNABLE_TO_INFER_SCHEMA"


def test_the_catalog_lists_tables_and_views(spark: SparkSession, pairs: DataFrame, warehouse: Path) -> None:
    pairs.write.saveAsTable("one")
    pairs.write.saveAsTable("two")
    pairs.createOrReplaceTempView("seen")
    assert [table.name for table in spark.catalog.listTables()] == ["one", "two", "seen"]
    assert [table.name for table in spark.catalog.listTables(pattern="o*|s*")] == ["one", "seen"]
    names = ["one", "default.one", "spark_catalog.default.ONE", "seen", "nope", "elsewhere.one"]
    assert [spark.catalog.tableExists(name) for name in names] == [True, True, True, True, False, False]
    assert spark.catalog.listDatabases() == [
        Database("default", "spark_catalog", "default database", f"file:{warehouse}")
    ]
    assert condition_of(lambda: spark.catalog.setCurrentDatabase("x"))[0] == "SCHEMA_NOT_FOUND"
    assert rows_of(spark.sql("SHOW TABLES")) == [
        ("", "seen", True),
        ("default", "one", False),
        ("default", "two", False),
    ]
    assert condition_of(lambda: spark.sql("DROP VIEW one"))[0] == "WRONG_COMMAND_FOR_OBJECT_TYPE"
    spark.catalog.dropTable("two")
    assert not spark.catalog.tableExists("two")


def test_a_view_hides_a_table_of_its_name(spark: SparkSession, pairs: DataFrame) -> None:
    pairs.write.saveAsTable("both")
    spark.range(1).createOrReplaceTempView("both")
    assert spark.table("both").columns == ["id"]
    assert spark.table("default.both").columns == ["k", "v"]
    spark.sql("DROP TABLE both")
    assert spark.table("both").columns == ["k", "v"]


def test_describe_tells_the_partition_columns(spark: SparkSession, pairs: DataFrame) -> None:
    pairs.write.partitionBy("k").saveAsTable("d")
    assert [tuple(row) for row in spark.sql("DESCRIBE d").collect()] == [
        ("v", "int", None),
        ("k", "string", None),
        ("# Partition Information", "", ""),
        ("# col_name", "data_type", "comment"),
        ("k", "string", None),
    ]
