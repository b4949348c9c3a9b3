"""`foreachBatch` and `foreach`: a user's code as sink."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actorstream import MemoryStream
from actorstream.engine.query import StreamingQuery
from actorstream.errors import PySparkAttributeError, StreamingQueryException
from actorstream.sql import DataFrame, Row, SparkSession
from actorstream.sql import functions as F


@pytest.fixture
def stream(spark: SparkSession) -> MemoryStream:
    return MemoryStream(spark, "k STRING, v INT")


def run(
    frame: DataFrame, function: Callable[[DataFrame, int], None], mode: str = "append", checkpoint: str | None = None
) -> None:
    """Start, process everything, stop."""
    writer = frame.writeStream.foreachBatch(function).outputMode(mode)
    finish((writer if checkpoint is None else writer.option("checkpointLocation", checkpoint)).start())


def finish(query: StreamingQuery) -> None:
    try:
        query.processAllAvailable()
    finally:
        query.stop()


def failure(call: Callable[[], None]) -> str:
    with pytest.raises(StreamingQueryException) as caught:
        call()
    return str(caught.value)


# ---------------------------------------------------------------- foreachBatch


@pytest.mark.rule("IO-90")
def test_the_function_gets_a_static_frame_once_per_batch_and_also_an_empty_one(
    spark: SparkSession, stream: MemoryStream
) -> None:
    seen: list[tuple[int, int, bool]] = []
    query = (
        stream.to_df()
        .where("v > 0")
        .writeStream.foreachBatch(lambda frame, number: seen.append((number, frame.count(), frame.isStreaming)))
        .start()
    )
    stream.add_data(("a", 1), ("b", 2))
    query.processAllAvailable()
    stream.add_data(("c", -1))
    query.processAllAvailable()
    query.stop()
    assert seen == [(0, 2, False), (1, 0, False)]
    progress = query.lastProgress
    assert progress is not None
    assert (progress.sink.description, progress.sink.numOutputRows) == ("ForeachBatchSink", -1)


@pytest.mark.rule("IO-90")
def test_a_function_that_raises_gets_the_same_batch_again(
    spark: SparkSession, stream: MemoryStream, tmp_path: Path
) -> None:
    calls: list[tuple[int, list[Any]]] = []

    def sometimes(frame: DataFrame, number: int) -> None:
        calls.append((number, sorted(row.v for row in frame.collect())))
        if len(calls) == 1:
            raise ValueError("not today")

    stream.add_data(("a", 1), ("b", 2))
    message = failure(lambda: run(stream.to_df(), sometimes, checkpoint=str(tmp_path)))
    assert "FOREACH_BATCH_USER_FUNCTION_ERROR" in message
    assert "ValueError: not today" in message
    assert "in sometimes" in message
    stream.add_data(("c", 3))
    run(stream.to_df(), sometimes, checkpoint=str(tmp_path))
    assert calls == [(0, [1, 2]), (0, [1, 2]), (1, [3])]


@pytest.mark.rule("IO-91")
def test_several_actions_on_a_stateful_batch_agree(spark: SparkSession, stream: MemoryStream) -> None:
    seen: list[tuple[int, list[tuple[Any, ...]], int | None]] = []

    def twice(frame: DataFrame, number: int) -> None:
        total = frame.agg(F.sum("n")).collect()[0][0]
        seen.append((frame.count(), sorted(tuple(row) for row in frame.collect()), total))

    query = (
        stream.to_df()
        .groupBy("k")
        .agg(F.count("*").alias("n"))
        .writeStream.foreachBatch(twice)
        .outputMode("update")
        .start()
    )
    stream.add_data(("a", 1), ("a", 2), ("b", 1))
    query.processAllAvailable()
    stream.add_data(("a", 5))
    query.processAllAvailable()
    query.stop()
    assert seen == [(2, [("a", 2), ("b", 1)], 3), (1, [("a", 3)], 3)]


@pytest.mark.rule("IO-93")
@pytest.mark.parametrize(
    ("mode", "second"), [("update", [("a", 2)]), ("complete", [("a", 2), ("b", 1)])], ids=["update", "complete"]
)
def test_the_output_mode_says_which_rows_come(
    spark: SparkSession, stream: MemoryStream, mode: str, second: list[tuple[str, int]]
) -> None:
    seen: list[list[tuple[Any, ...]]] = []
    query = (
        stream.to_df()
        .groupBy("k")
        .count()
        .writeStream.foreachBatch(lambda frame, _: seen.append(sorted(tuple(row) for row in frame.collect())))
        .outputMode(mode)
        .start()
    )
    stream.add_data(("a", 1), ("b", 2))
    query.processAllAvailable()
    stream.add_data(("a", 3))
    query.processAllAvailable()
    query.stop()
    assert seen == [[("a", 1), ("b", 1)], second]


@pytest.mark.rule("IO-90")
def test_the_function_works_in_a_session_of_its_own(spark: SparkSession, stream: MemoryStream) -> None:
    spark.range(3).createOrReplaceTempView("before")
    spark.conf.set("my.key", "outside")
    seen: dict[str, Any] = {}

    def function(frame: DataFrame, number: int) -> None:
        own = frame.sparkSession
        frame.createOrReplaceTempView("rows")
        seen["same"] = own is spark
        seen["sql"] = own.sql("SELECT count(*) AS n FROM rows").collect()
        seen["before"] = own.table("before").count()
        seen["outside sees it"] = spark.catalog.tableExists("rows")
        seen["conf"] = own.conf.get("my.key")
        own.conf.set("my.key", "inside")

    stream.add_data(("a", 1))
    run(stream.to_df(), function)
    assert seen == {"same": False, "sql": [Row(n=1)], "before": 3, "outside sees it": False, "conf": "outside"}
    assert spark.conf.get("my.key") == "outside"
    assert not spark.catalog.tableExists("rows")


@pytest.mark.rule("IO-90", "IO-91")
def test_rows_that_cannot_be_made_fail_in_the_users_function(spark: SparkSession, stream: MemoryStream) -> None:
    stream.add_data(("a", 0))
    message = failure(lambda: run(stream.to_df().selectExpr("1 / v AS x"), lambda frame, _: frame.show()))
    assert "FOREACH_BATCH_USER_FUNCTION_ERROR" in message
    assert "DIVIDE_BY_ZERO" in message


@pytest.mark.rule("IO-93")
def test_something_that_is_no_function_is_told_when_it_is_called(spark: SparkSession, stream: MemoryStream) -> None:
    stream.add_data(("a", 1))
    assert "'NoneType' object is not callable" in failure(lambda: run(stream.to_df(), None))  # type: ignore[arg-type]


# ---------------------------------------------------------------- foreach


class Writer:
    """Notes every call."""

    def __init__(self, *, opens: bool = True, fails: bool = False) -> None:
        self.calls: list[Any] = []
        self._opens = opens
        self._fails = fails

    def open(self, partition_id: int, epoch_id: int) -> bool:
        self.calls.append(("open", epoch_id))
        return self._opens

    def process(self, row: Row) -> None:
        if self._fails:
            raise ValueError(f"cannot take {row.v}")
        self.calls.append(("process", row.v))

    def close(self, error: BaseException | None) -> None:
        self.calls.append(("close", None if error is None else str(error)))


@pytest.mark.rule("IO-95")
def test_a_writer_is_opened_fed_and_closed(spark: SparkSession, stream: MemoryStream) -> None:
    writer = Writer()
    stream.add_data(("a", 1), ("b", 2))
    query = stream.to_df().writeStream.foreach(writer).start()
    finish(query)
    assert writer.calls == [("open", 0), ("process", 1), ("process", 2), ("close", None)]
    progress = query.lastProgress
    assert progress is not None
    assert progress.sink.numOutputRows == 2
    assert progress.sink.description.startswith("ForeachWriterTable(")


@pytest.mark.rule("IO-95", "IO-96")
def test_a_writer_that_says_no_is_closed_all_the_same_and_its_rows_count(
    spark: SparkSession, stream: MemoryStream
) -> None:
    writer = Writer(opens=False)
    stream.add_data(("a", 1))
    query = stream.to_df().writeStream.foreach(writer).start()
    finish(query)
    assert writer.calls == [("open", 0), ("close", None)]
    progress = query.lastProgress
    assert progress is not None
    assert progress.sink.numOutputRows == 1


@pytest.mark.rule("IO-95")
def test_close_hears_of_an_error_which_then_ends_the_query(spark: SparkSession, stream: MemoryStream) -> None:
    writer = Writer(fails=True)
    stream.add_data(("a", 1))
    query = stream.to_df().writeStream.foreach(writer).start()
    message = failure(lambda: finish(query))
    assert writer.calls == [("open", 0), ("close", "cannot take 1")]
    assert "PYTHON_EXCEPTION" in message
    assert "ValueError: cannot take 1" in message


@pytest.mark.rule("IO-95")
def test_a_writer_whose_open_raises_is_not_closed(spark: SparkSession, stream: MemoryStream) -> None:
    class Refuses(Writer):
        def open(self, partition_id: int, epoch_id: int) -> bool:
            raise OSError("no connection")

    writer = Refuses()
    stream.add_data(("a", 1))
    query = stream.to_df().writeStream.foreach(writer).start()
    assert "no connection" in failure(lambda: finish(query))
    assert writer.calls == []


@pytest.mark.rule("IO-94")
def test_a_function_gets_every_row(spark: SparkSession, stream: MemoryStream) -> None:
    rows: list[Row] = []
    stream.add_data(("a", 1), ("b", None))
    finish(stream.to_df().writeStream.foreach(rows.append).start())
    assert rows == [Row(k="a", v=1), Row(k="b", v=None)]


@pytest.mark.rule("IO-94")
@pytest.mark.parametrize("name", ["process", "open", "close"])
def test_a_method_that_cannot_be_called_is_refused_at_once(
    spark: SparkSession, stream: MemoryStream, name: str
) -> None:
    class Broken:
        def process(self, row: Row) -> None: ...

    writer = Broken()
    setattr(writer, name, "not a method")
    with pytest.raises(PySparkAttributeError) as caught:
        stream.to_df().writeStream.foreach(writer)
    assert caught.value.getMessageParameters() == {"attr_name": name, "obj_name": "f"}


@pytest.mark.rule("IO-14")
@pytest.mark.parametrize("sink", ["foreach", "foreachBatch"])
def test_user_code_takes_no_partitioning(spark: SparkSession, stream: MemoryStream, sink: str) -> None:
    writer = getattr(stream.to_df().writeStream, sink)(lambda *_: None).partitionBy("k")
    with pytest.raises(Exception, match=f"'{sink}' does not support partitioning"):
        writer.start()
