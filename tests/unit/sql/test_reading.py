"""What a reader can be given beside paths of tables: texts, whole files, paths in SQL; and frames without columns."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from actorstream.errors import AnalysisException, IllegalArgumentException, UnsupportedOperationException
from actorstream.sql import SparkSession
from actorstream.sql import functions as F
from actorstream.sql.types import StructType


def test_the_texts_of_a_frame_are_read_as_lines(spark: SparkSession) -> None:
    texts = spark.createDataFrame([('{"a":1}',), ('{"a":2,\n"b":"x"}',), ("bad",)], "value string")
    read = spark.read.json(texts)
    assert read.dtypes == [("_corrupt_record", "string"), ("a", "bigint"), ("b", "string")]
    assert sorted((tuple(row) for row in read.collect()), key=str) == [
        ("bad", None, None), (None, 1, None), (None, 2, "x"),
    ]  # fmt: skip
    assert [row.a for row in spark.read.schema("a int").json(texts).collect()] == [1, 2, None]
    assert spark.read.option("mode", "DROPMALFORMED").json(texts).count() == 2
    lines = spark.createDataFrame([("a,b",), ("1,x",)], "value string")
    assert [tuple(row) for row in spark.read.csv(lines, header=True).collect()] == [("1", "x")]
    assert spark.read.json(texts.limit(0)).columns == []


def test_the_texts_of_an_rdd_are_read_as_lines(spark: SparkSession) -> None:
    rdd = spark.sparkContext.parallelize(["1,2", "3,4"])
    assert [tuple(row) for row in spark.read.csv(rdd, inferSchema=True).collect()] == [(1, 2), (3, 4)]


def test_a_frame_of_anything_but_texts_is_not_read(spark: SparkSession) -> None:
    for frame, condition in (
        (spark.range(3), "DATAFRAME_INPUT_NOT_STRING_TYPE"),
        (spark.createDataFrame([("{}", 1)], "a string, b int"), "DATAFRAME_INPUT_NOT_SINGLE_COLUMN"),
    ):
        with pytest.raises(AnalysisException) as caught:
            spark.read.json(frame)
        assert caught.value.getCondition() == condition


def test_a_file_is_a_row_with_its_bytes(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "p=1").mkdir()
    (tmp_path / "p=1" / "x.bin").write_bytes(b"\x00abc")
    frame = spark.read.format("binaryFile").load(str(tmp_path))
    assert [item.name for item in frame.schema] == ["path", "modificationTime", "length", "content", "p"]
    (row,) = frame.collect()
    assert (row.path, row.length, row.content, row.p) == (f"file:{tmp_path}/p=1/x.bin", 4, b"\x00abc", 1)
    assert isinstance(row.modificationTime, datetime.datetime)
    with pytest.raises(UnsupportedOperationException) as refused:
        spark.range(1).write.format("binaryFile").save(str(tmp_path / "out"))
    assert refused.value.getCondition() == "UNSUPPORTED_FEATURE.WRITE_FOR_BINARY_SOURCE"
    with pytest.raises(IllegalArgumentException, match="expects these columns"):
        spark.read.format("binaryFile").schema("a int").load(str(tmp_path))


def test_sql_reads_the_files_of_a_path(spark: SparkSession, tmp_path: Path) -> None:
    place = str(tmp_path / "x y")
    spark.range(2).write.json(place)
    assert [row[0] for row in spark.sql(f"SELECT f.id FROM json.`{place}` f ORDER BY 1").collect()] == [0, 1]
    assert spark.table(f"json.`{place}`").count() == 2
    for name, condition in ((f"json.`{place}z`", "PATH_NOT_FOUND"), ("nope.`/x`", "TABLE_OR_VIEW_NOT_FOUND")):
        with pytest.raises(AnalysisException) as caught:
            spark.sql(f"SELECT * FROM {name}")
        assert caught.value.getCondition() == condition


def test_a_format_can_be_named_by_the_class_of_the_reference(spark: SparkSession, tmp_path: Path) -> None:
    place = str(tmp_path / "x")
    spark.range(2).write.format("org.apache.spark.sql.json").save(place)
    assert spark.read.format("org.apache.spark.sql.execution.datasources.json.JsonFileFormat").load(place).count() == 2


def test_rows_without_columns_are_counted(spark: SparkSession) -> None:
    bare = spark.range(5).drop("id")
    assert (bare.count(), bare.limit(2).count(), bare.offset(3).count(), bare.union(bare).count()) == (5, 2, 2, 10)
    assert len(bare.collect()) == 5
    assert bare.withColumn("n", F.lit(2)).agg(F.sum("n")).collect()[0][0] == 10
    assert spark.range(2).select().count() == 2
    assert spark.createDataFrame([(), ()], StructType([])).count() == 2
    nothing = spark.createDataFrame([], StructType([]))
    assert (nothing.isEmpty(), nothing.limit(3).count(), nothing.collect()) == (True, 0, [])


def test_a_frame_without_columns_is_shown(spark: SparkSession, capsys: pytest.CaptureFixture[str]) -> None:
    spark.createDataFrame([], StructType([])).show()
    spark.range(2).drop("id").show()
    assert capsys.readouterr().out == "++\n||\n++\n++\n\n++\n||\n++\n||\n||\n++\n\n"


def test_nothing_can_be_exploded(spark: SparkSession) -> None:
    assert spark.tvf.explode(F.array()).collect() == []
    assert [tuple(row) for row in spark.tvf.posexplode_outer(F.create_map()).collect()] == [(None, None, None)]
