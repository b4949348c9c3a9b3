"""RDDs as lists of this process, and what else old scripts ask of a context: values as PySpark 4.3.0 gives them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actorstream import MemoryStream, SparkFiles, TaskContext
from actorstream.errors import AnalysisException, PySparkNotImplementedError
from actorstream.sql import DataFrame, Row, SparkSession, SQLContext
from actorstream.sql import functions as F


@pytest.fixture
def spark() -> Iterator[SparkSession]:
    session = SparkSession.builder.master("local[2]").create()
    yield session
    session.stop()


@pytest.fixture
def df(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([(1, "a", None), (2, "b", 1.5)], "v int, p string, d double")


def test_the_rows_of_a_frame_pass_through_functions(df: DataFrame) -> None:
    assert not df.rdd.isEmpty()
    assert df.where("v > 9").rdd.isEmpty()
    assert df.rdd.map(lambda row: row.v * 2).collect() == [2, 4]
    assert df.rdd.map(lambda row: (row.p, row.v)).collectAsMap() == {"a": 1, "b": 2}
    assert df.rdd.filter(lambda row: row.v > 1).toDF().collect() == [Row(v=2, p="b", d=1.5)]
    assert df.toJSON().collect() == ['{"v":1,"p":"a"}', '{"v":2,"p":"b","d":1.5}']
    assert df.select("v").toJSON().first() == '{"v":1}'


def test_an_rdd_is_as_many_partitions_as_were_asked_for(df: DataFrame, spark: SparkSession) -> None:
    frames = (df, df.repartition(5), df.repartition(6).coalesce(2), df.coalesce(7), df.repartition(3).where("v > 1"))
    assert [frame.rdd.getNumPartitions() for frame in frames] == [2, 5, 2, 2, 3]
    context = spark.sparkContext
    assert context.parallelize([0, 2, 3, 4, 6], 5).glom().collect() == [[0], [2], [3], [4], [6]]
    assert context.parallelize(list(range(10)), 4).glom().collect() == [[0, 1], [2, 3], [4, 5], [6, 7, 8, 9]]
    assert context.parallelize(range(10), 4).glom().collect() == [[0, 1], [2, 3, 4], [5, 6], [7, 8, 9]]
    assert context.emptyRDD().getNumPartitions() == 0


def test_values_become_frames(spark: SparkSession) -> None:
    context = spark.sparkContext
    assert context.parallelize([(1, 2)]).toDF(["a", "b"]).collect() == [Row(a=1, b=2)]
    assert context.parallelize([Row(a=1, b="x")]).toDF().dtypes == [("a", "bigint"), ("b", "string")]
    assert spark.createDataFrame(context.parallelize([("a", 1)]), "n string, v int").collect() == [Row(n="a", v=1)]


def test_pairs_are_joined_by_their_keys(spark: SparkSession) -> None:
    words = spark.sparkContext.parallelize(["a b", "b"]).flatMap(str.split).map(lambda word: (word, 1))
    assert sorted(words.reduceByKey(lambda one, other: one + other).collect()) == [("a", 1), ("b", 2)]
    assert sorted((key, list(values)) for key, values in words.groupByKey().collect()) == [("a", [1]), ("b", [1, 1])]
    assert words.countByKey() == {"a": 1, "b": 2}
    names = spark.sparkContext.parallelize([("a", "A"), ("c", "C")])
    assert names.join(words).collect() == [("a", ("A", 1))]
    assert sorted(names.leftOuterJoin(words).collect()) == [("a", ("A", 1)), ("c", ("C", None))]
    assert names.mapValues(str.lower).sortByKey(ascending=False).keys().collect() == ["c", "a"]


def test_actions_of_an_rdd(spark: SparkSession) -> None:
    numbers = spark.sparkContext.parallelize([3, 1, 2])
    found: list[Any] = [numbers.sum(), numbers.mean(), numbers.max(), numbers.top(2), numbers.takeOrdered(2)]
    assert found == [6, 2.0, 3, [3, 2], [1, 2]]
    assert numbers.sortBy(lambda value: value).collect() == [1, 2, 3]
    assert numbers.zipWithIndex().collect() == [(3, 0), (1, 1), (2, 2)]
    assert numbers.fold(0, lambda one, other: one + other) == numbers.reduce(lambda one, other: one + other) == 6
    assert (numbers + numbers).distinct().count() == 3
    with pytest.raises(ValueError, match="RDD is empty"):
        spark.sparkContext.parallelize([]).first()
    with pytest.raises(PySparkNotImplementedError, match=r"RDD\.saveAsTextFile"):
        numbers.saveAsTextFile("x")


def test_an_rdd_is_computed_for_every_action_unless_it_is_kept(spark: SparkSession) -> None:
    calls: list[int] = []

    def noted(value: int) -> int:
        calls.append(value)
        return value

    rdd = spark.sparkContext.parallelize([1, 2]).map(noted)
    rdd.count(), rdd.collect()
    assert calls == [1, 2, 1, 2]
    rdd.cache()
    rdd.count(), rdd.collect()
    assert len(calls) == 6


def test_a_stream_has_no_rows_to_hand_out(spark: SparkSession) -> None:
    with pytest.raises(AnalysisException) as caught:
        _ = MemoryStream(spark, "v int").to_df().rdd
    assert caught.value.getCondition() == "_LEGACY_ERROR_TEMP_3102"


# ---------------------------------------------------------------- contexts


def test_a_user_function_knows_its_task_and_the_rest_of_the_script_has_none(spark: SparkSession) -> None:
    spark.sparkContext.setLocalProperty("who", "me")

    @F.udf("string")
    def where(_: int) -> str:
        task = TaskContext.get()
        assert task is not None
        return f"{task.partitionId()} {task.attemptNumber()} {task.getLocalProperty('who')}"

    assert spark.range(1).select(where("id")).collect()[0][0] == "0 0 me"
    assert TaskContext.get() is None


def test_the_writer_of_a_stream_knows_its_task_and_a_batch_function_has_none(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v int")
    seen: list[Any] = []

    def write(row: Row) -> None:
        task = TaskContext.get()
        assert task is not None
        seen.append((row.v, task.partitionId(), task.stageId()))

    query = stream.to_df().writeStream.foreach(write).start()
    batches = stream.to_df().writeStream.foreachBatch(lambda frame, _: seen.append(TaskContext.get())).start()
    stream.add_data((7,))
    query.processAllAvailable()
    batches.processAllAvailable()
    assert sorted(seen, key=str) == [(7, 0, 0), None]


def test_functions_add_to_an_accumulator(df: DataFrame, spark: SparkSession) -> None:
    total = spark.sparkContext.accumulator(5)

    def add(row: Row) -> None:
        nonlocal total
        total += row.v

    df.foreach(add)
    assert (total.value, str(total)) == (8, "8")


def test_added_files_are_found_by_their_names(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "told.txt").write_text("hey\nyou\n")
    (tmp_path / "added_module.py").write_text("VALUE = 7\n")
    spark.sparkContext.addFile(str(tmp_path / "told.txt"))
    spark.sparkContext.addPyFile(str(tmp_path / "added_module.py"))
    assert Path(SparkFiles.get("told.txt")).read_text() == "hey\nyou\n"
    assert f"file:{tmp_path}/told.txt" in spark.sparkContext.listFiles
    assert __import__("added_module").VALUE == 7
    assert spark.sparkContext.textFile(str(tmp_path / "told.txt")).collect() == ["hey", "you"]
    with pytest.raises(FileNotFoundError):
        spark.sparkContext.addFile(str(tmp_path / "nope"))


def test_an_old_context_is_a_session(spark: SparkSession) -> None:
    with pytest.warns(FutureWarning):
        old = SQLContext(spark.sparkContext, spark)
    old.registerDataFrameAsTable(old.createDataFrame([(1, "a")], ["n", "s"]), "t")
    assert old.sql("SELECT * FROM t").collect() == old.table("t").collect() == [Row(n=1, s="a")]
    assert "t" in old.tableNames()
    old.dropTempTable("t")
    assert "t" not in old.tableNames()
    assert (old.getConf("zz", "10"), old.range(1, 4, 2).count()) == ("10", 2)
