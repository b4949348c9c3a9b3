"""What `df.writeStream` and `df.write` accept and refuse, and what static writes leave on disk."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actorstream import MemoryStream
from actorstream.errors import IllegalArgumentException, PySparkException, PySparkValueError
from actorstream.sql import DataFrame, SparkSession


def condition(call: Callable[[], Any]) -> str | None:
    with pytest.raises(PySparkException) as caught:
        call()
    return caught.value.getCondition()


@pytest.fixture
def pairs(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([("a", 1), ("b", 2)], "k STRING, v INT")


@pytest.fixture
def live(spark: SparkSession) -> DataFrame:
    return MemoryStream(spark, "k STRING, v INT").to_df()


@pytest.mark.rule("IO-11", "IO-13")
@pytest.mark.parametrize("method", ["outputMode", "queryName"])
@pytest.mark.parametrize("value", [" ", "", 3])
def test_a_setting_that_says_nothing_is_refused_at_once(live: DataFrame, method: str, value: Any) -> None:
    with pytest.raises(PySparkValueError) as caught:
        getattr(live.writeStream, method)(value)
    assert caught.value.getCondition() == "VALUE_NOT_NON_EMPTY_STR"


@pytest.mark.rule("IO-11")
def test_an_unknown_output_mode_is_refused(live: DataFrame) -> None:
    with pytest.raises(IllegalArgumentException) as caught:
        live.writeStream.outputMode("zz")
    assert caught.value.getCondition() == "STREAMING_OUTPUT_MODE.INVALID"


@pytest.mark.rule("IO-12", "IO-17")
def test_unknown_options_are_taken_and_keywords_override_the_builder(live: DataFrame) -> None:
    writer = live.writeStream.format("nosuch").queryName("first").option("what", "ever")
    query = writer.start(format="noop", queryName="second", outputMode="update", more=1)
    assert query.name == "second"
    query.stop()


@pytest.mark.rule("IO-14")
def test_clusters_and_partitions_exclude_each_other(live: DataFrame) -> None:
    wanted = "SPECIFY_CLUSTER_BY_WITH_PARTITIONED_BY_IS_NOT_ALLOWED"
    assert condition(lambda: live.writeStream.clusterBy("k").partitionBy("v")) == wanted
    assert condition(lambda: live.writeStream.partitionBy("k").clusterBy("v")) == wanted
    query = live.writeStream.clusterBy("k").format("noop").start()
    query.stop()


@pytest.mark.rule("IO-74")
def test_noop_counts_rows_and_shows_nothing(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    query = stream.to_df().writeStream.format("noop").start()
    stream.add_data(1, 2, 3)
    query.processAllAvailable()
    progress = query.lastProgress
    query.stop()
    assert progress is not None
    assert (progress.sink.description, progress.sink.numOutputRows) == ("NoopTable", 3)


# ---------------------------------------------------------------- static


@pytest.mark.parametrize("name", ["parquet", "orc", "csv", "json"])
def test_the_save_mode_decides_about_what_is_there(pairs: DataFrame, tmp_path: Path, name: str) -> None:
    path = str(tmp_path / "t")
    spark = pairs.sparkSession

    def rows() -> list[tuple[Any, ...]]:
        return sorted(tuple(row) for row in spark.read.format(name).schema("k STRING, v INT").load(path).collect())

    pairs.write.format(name).save(path)
    assert condition(lambda: pairs.write.format(name).save(path)) == "PATH_ALREADY_EXISTS"
    pairs.write.format(name).mode("ignore").save(path)
    assert rows() == [("a", 1), ("b", 2)]
    pairs.limit(1).write.format(name).mode("append").save(path)
    assert rows() == [("a", 1), ("a", 1), ("b", 2)]
    pairs.where("v = 2").write.format(name).save(path, mode="overwrite")
    assert rows() == [("b", 2)]
    assert sum(1 for file in os.listdir(path) if file.startswith("part-")) == 1
    assert "_SUCCESS" in os.listdir(path)


def test_overwriting_leaves_no_folder_and_no_manifest_of_before(pairs: DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "t"
    pairs.write.partitionBy("k").json(str(path))
    (path / "_spark_metadata").mkdir()
    (path / "_spark_metadata" / "0").write_text("v1")
    pairs.write.mode("overwrite").json(str(path))
    assert [name for name in os.listdir(path) if not name.startswith("part-")] == ["_SUCCESS"]
    assert pairs.sparkSession.read.json(str(path)).count() == 2


def test_a_frame_without_rows_still_tells_its_columns(pairs: DataFrame, tmp_path: Path) -> None:
    pairs.limit(0).write.parquet(str(tmp_path / "t"))
    assert pairs.sparkSession.read.parquet(str(tmp_path / "t")).columns == ["k", "v"]


def test_what_cannot_be_written_is_refused(pairs: DataFrame, tmp_path: Path) -> None:
    path = str(tmp_path / "t")
    assert condition(lambda: pairs.write.save()) == "_LEGACY_ERROR_TEMP_2047"
    assert condition(lambda: pairs.write.mode("zz")) == "INVALID_SAVE_MODE"
    assert condition(lambda: pairs.write.format("nosuch").save(path)) == "DATA_SOURCE_NOT_FOUND"
    assert condition(lambda: pairs.write.format("memory").save(path)) == "DATA_SOURCE_NOT_FOUND"
    assert condition(lambda: pairs.write.partitionBy("zz").save(path)) == "_LEGACY_ERROR_TEMP_1155"
    assert condition(lambda: pairs.write.partitionBy("k", "v").save(path)) == "ALL_PARTITION_COLUMNS_NOT_ALLOWED"
    assert condition(lambda: pairs.write.bucketBy(2, "k").save(path)) == "_LEGACY_ERROR_TEMP_1312"
    assert condition(lambda: pairs.write.sortBy("k").save(path)) == "SORT_BY_WITHOUT_BUCKETING"
    assert condition(lambda: pairs.write.text(path)) == "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE"
    assert condition(lambda: pairs.toDF("a", "A").write.json(path)) == "COLUMN_ALREADY_EXISTS"
    assert condition(lambda: pairs.write.option("path", path).save(path)) == "_LEGACY_ERROR_TEMP_1188"
    assert condition(lambda: pairs.write.format("noop").save()) == "UNSUPPORTED_DATA_SOURCE_SAVE_MODE"
    pairs.write.format("noop").mode("overwrite").save()
    assert not os.path.exists(path)


def test_options_may_stand_in_pysparks_order(pairs: DataFrame, tmp_path: Path) -> None:
    pairs.write.csv(str(tmp_path / "t"), "error", "gzip", "|")
    (name,) = [name for name in os.listdir(tmp_path / "t") if name.startswith("part-")]
    assert name.endswith(".csv.gz")
    assert pairs.sparkSession.read.csv(str(tmp_path / "t"), sep="|").columns == ["_c0", "_c1"]
