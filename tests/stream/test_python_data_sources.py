"""Sources and sinks that a user writes in Python, from registration to recovery."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from actorstream.errors import AnalysisException, PySparkException, PythonException, StreamingQueryException
from actorstream.sql import Row, SparkSession
from actorstream.sql.datasource import (
    DataSource,
    DataSourceReader,
    DataSourceStreamArrowWriter,
    DataSourceStreamReader,
    DataSourceStreamWriter,
    DataSourceWriter,
    InputPartition,
    SimpleDataSourceStreamReader,
    WriterCommitMessage,
)
from actorstream.sql.streaming.datasource import ReadLimit, ReadMaxRows, SupportsTriggerAvailableNow
from actorstream.sql.types import StructType
from actorstream.testing.faults import FaultInjector, RaiseAt


class Calls(list[Any]):
    """What a source or sink of a test was asked, in order."""


class Numbers(DataSourceStreamReader, SupportsTriggerAvailableNow):
    """Counts up to `end`, at most two rows an epoch."""

    def __init__(self, calls: Calls, end: int) -> None:
        self.calls = calls
        self.end = end

    def initialOffset(self) -> dict[str, Any]:
        self.calls.append("initialOffset")
        return {"n": 0}

    def getDefaultReadLimit(self) -> ReadLimit:
        self.calls.append("getDefaultReadLimit")
        return ReadMaxRows(2)

    def prepareForTriggerAvailableNow(self) -> None:
        self.calls.append("prepare")
        self.end = 3

    def latestOffset(self, start: dict[str, Any], limit: ReadLimit) -> dict[str, Any]:
        rows = limit.max_rows if isinstance(limit, ReadMaxRows) else self.end
        return {"n": min(start["n"] + rows, self.end)}

    def reportLatestOffset(self) -> dict[str, Any] | None:
        return {"n": self.end}

    def partitions(self, start: dict[str, Any], end: dict[str, Any]) -> list[InputPartition]:
        self.calls.append(("partitions", start["n"], end["n"]))
        return [InputPartition(n) for n in range(start["n"], end["n"])]

    def read(self, partition: InputPartition) -> Iterator[Any]:
        yield (partition.value,)

    def commit(self, end: dict[str, Any]) -> None:
        self.calls.append(("commit", end["n"]))

    def stop(self) -> None:
        self.calls.append("stop")


def source(
    calls: Calls, reader: Any = None, writer: Any = None, *, simple: Any = None, name: str = "numbers"
) -> type[DataSource]:
    """A data source class around what a test gives."""

    class Source(DataSource):
        def schema(self) -> str:
            return "n INT"

    Source.name = classmethod(lambda cls: name)  # type: ignore[method-assign, assignment]
    if reader is not None:
        Source.streamReader = lambda self, schema: reader(self)  # type: ignore[method-assign]
    if simple is not None:
        Source.simpleStreamReader = lambda self, schema: simple(self)  # type: ignore[method-assign]
    if writer is not None:
        Source.streamWriter = lambda self, schema, overwrite: writer(overwrite)  # type: ignore[method-assign]
    return Source


def rows(spark: SparkSession, table: str) -> list[Any]:
    return [row[0] for row in spark.table(table).collect()]


@pytest.mark.rule("IO-103", "IO-104", "IO-106", "IO-108", "IO-110", "IO-111")
def test_a_stream_reader_is_asked_in_the_order_of_an_epoch(spark: SparkSession) -> None:
    calls = Calls()
    spark.dataSource.register(source(calls, lambda _: Numbers(calls, 3)))
    query = spark.readStream.format("NUMBERS").load().writeStream.format("memory").queryName("t").start()
    query.processAllAvailable()
    progress = query.recentProgress
    query.stop()
    assert rows(spark, "t") == [0, 1, 2]
    assert calls == [
        "getDefaultReadLimit",
        "initialOffset",  # to find the end of the first epoch
        "initialOffset",  # to plan it
        ("partitions", 0, 2),
        ("commit", 2),
        ("partitions", 2, 3),
        ("commit", 3),
        "stop",
    ]
    assert [(p["sources"][0]["startOffset"], p["sources"][0]["endOffset"]) for p in progress if p["numInputRows"]] == [
        ("null", '{"n": 2}'),
        ('{"n": 2}', '{"n": 3}'),
    ]
    assert progress[0]["sources"][0]["latestOffset"] == '{"n": 3}'


@pytest.mark.rule("IO-105", "IO-114", "EXE-15")
def test_available_now_goes_to_the_end_that_the_reader_fixed(spark: SparkSession) -> None:
    calls = Calls()
    spark.dataSource.register(source(calls, lambda _: Numbers(calls, 100)))
    writer = spark.readStream.format("numbers").load().writeStream.format("memory").queryName("t")
    query = writer.trigger(availableNow=True).start()
    query.awaitTermination()
    assert calls[0] == "prepare"
    assert rows(spark, "t") == [0, 1, 2]
    assert [p["batchId"] for p in query.recentProgress if p["numInputRows"]] == [0, 1]


@pytest.mark.rule("IO-106")
def test_latest_offset_may_take_no_arguments(spark: SparkSession) -> None:
    class Old(Numbers):
        def latestOffset(self) -> dict[str, Any]:  # type: ignore[override]
            return {"n": 2}

    calls = Calls()
    spark.dataSource.register(source(calls, lambda _: Old(calls, 2)))
    query = spark.readStream.format("numbers").load().writeStream.format("memory").queryName("t").start()
    query.processAllAvailable()
    query.stop()
    assert rows(spark, "t") == [0, 1]
    assert "getDefaultReadLimit" not in calls


class Simple(SimpleDataSourceStreamReader):
    """Counts to five, three rows at a time."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    def initialOffset(self) -> dict[str, Any]:
        return {"at": 0}

    def read(self, start: dict[str, Any]) -> tuple[Iterator[tuple[Any, ...]], dict[str, Any]]:
        end = min(start["at"] + 3, 5)
        self.calls.append(("read", start["at"]))
        return iter([(n,) for n in range(start["at"], end)]), {"at": end}

    def readBetweenOffsets(self, start: dict[str, Any], end: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
        self.calls.append(("again", start["at"], end["at"]))
        return iter([(n,) for n in range(start["at"], end["at"])])


@pytest.mark.rule("IO-113", "CKP-96")
def test_a_simple_reader_reads_a_logged_range_again_only_after_a_crash(tmp_path: Path) -> None:
    calls = Calls()
    taken: dict[int, list[int]] = {}

    def run(*faults: FaultInjector) -> None:
        session = SparkSession.builder.master("sim").faults(*faults).create() if faults else SparkSession(master="sim")
        session.dataSource.register(source(calls, simple=lambda _: Simple(calls)))
        frame = session.readStream.format("numbers").load()
        writer = frame.writeStream.foreachBatch(lambda batch, n: taken.update({n: [r.n for r in batch.collect()]}))
        query = writer.option("checkpointLocation", str(tmp_path)).start()
        try:
            query.processAllAvailable()
        finally:
            query.stop()

    with pytest.raises(StreamingQueryException):
        run(RaiseAt("source.before_read", epoch=1))
    assert taken == {0: [0, 1, 2]}
    assert ("again", 3, 5) not in calls
    run()
    assert taken == {0: [0, 1, 2], 1: [3, 4]}
    assert calls.count(("again", 3, 5)) == 1


@pytest.mark.rule("IO-113")
def test_a_simple_reader_that_gives_rows_without_moving_on_is_refused(spark: SparkSession) -> None:
    class Stuck(Simple):
        def read(self, start: dict[str, Any]) -> tuple[Iterator[tuple[Any, ...]], dict[str, Any]]:
            return iter([(1,)]), start

    spark.dataSource.register(source(Calls(), simple=lambda _: Stuck(Calls())))
    query = spark.readStream.format("numbers").load().writeStream.format("noop").start()
    with pytest.raises(StreamingQueryException, match="SIMPLE_STREAM_READER_OFFSET_DID_NOT_ADVANCE"):
        query.processAllAvailable()


@pytest.mark.rule("IO-101", "IO-118")
@pytest.mark.parametrize(
    ("broken", "condition", "action"),
    [
        ("initialOffset", "PYTHON_STREAMING_DATA_SOURCE_RUNTIME_ERROR", "perform initialOffset"),
        ("getDefaultReadLimit", "PYTHON_STREAMING_DATA_SOURCE_RUNTIME_ERROR", "perform getDefaultReadLimit"),
        ("latestOffset", "PYTHON_STREAMING_DATA_SOURCE_RUNTIME_ERROR", "perform latestOffset"),
        ("reportLatestOffset", "PYTHON_STREAMING_DATA_SOURCE_RUNTIME_ERROR", "perform reportLatestOffset"),
        ("partitions", "PYTHON_STREAMING_DATA_SOURCE_RUNTIME_ERROR", "perform planPartitions"),
        ("read", "PYTHON_EXCEPTION", "thrown from the Python worker"),
        ("commit", "PYTHON_STREAMING_DATA_SOURCE_RUNTIME_ERROR", "perform commitSource"),
    ],
)
def test_what_fails_in_a_reader_is_named_with_the_users_traceback(
    spark: SparkSession, broken: str, condition: str, action: str
) -> None:
    def fail(*args: Any) -> Any:
        raise ValueError("out of ink")

    reader = type("Broken", (Numbers,), {broken: lambda self, *args: fail()})
    spark.dataSource.register(source(Calls(), lambda _: reader(Calls(), 3)))
    query = spark.readStream.format("numbers").load().writeStream.format("noop").start()
    with pytest.raises(StreamingQueryException) as caught:
        query.awaitTermination()
    text = str(caught.value)
    assert condition in text
    assert action in text
    assert "ValueError: out of ink" in text
    assert __file__ in text


@pytest.mark.rule("IO-101")
def test_a_source_without_any_stream_reader_fails_when_the_query_starts(spark: SparkSession) -> None:
    spark.dataSource.register(source(Calls()))
    query = spark.readStream.format("numbers").load().writeStream.format("noop").start()
    with pytest.raises(StreamingQueryException, match="Failed to plan Python data source initialize source"):
        query.processAllAvailable()


class Bag(DataSourceStreamWriter):
    """Keeps what it is given in a file for each epoch, as JSON, under the epoch's number."""

    def __init__(self, folder: Path, calls: Calls) -> None:
        self.folder = folder
        self.calls = calls
        self.wrote = False

    def write(self, iterator: Iterator[Row]) -> WriterCommitMessage:
        self.wrote = True
        message = WriterCommitMessage()
        message.rows = [row.n for row in iterator]  # type: ignore[attr-defined]
        return message

    def commit(self, messages: list[WriterCommitMessage | None], batchId: int) -> None:
        assert not self.wrote, "write and commit run on different instances"
        self.calls.append(("commit", batchId))
        found = sorted(n for message in messages for n in message.rows)  # type: ignore[union-attr]
        (self.folder / str(batchId)).write_text(json.dumps(found))

    def abort(self, messages: list[WriterCommitMessage | None], batchId: int) -> None:
        self.calls.append(("abort", batchId, messages))


@pytest.mark.rule("IO-115", "IO-116", "CKP-103")
@pytest.mark.parametrize("point", ["sink.before_commit", "sink.after_commit", "driver.before_commit_log"])
def test_a_writer_that_goes_by_the_epoch_is_exactly_once_over_a_crash(tmp_path: Path, point: Any) -> None:
    calls, out = Calls(), tmp_path / "out"
    out.mkdir()

    def run(session: SparkSession) -> None:
        kind = source(calls, lambda _: Numbers(calls, 5), lambda overwrite: Bag(out, calls))
        session.dataSource.register(kind)
        writer = session.readStream.format("numbers").load().writeStream.format("numbers")
        query = writer.option("checkpointLocation", str(tmp_path / "checkpoint")).start()
        try:
            query.processAllAvailable()
        finally:
            query.stop()

    with pytest.raises(StreamingQueryException):
        run(SparkSession(master="sim", faults=RaiseAt(point, epoch=1)))
    run(SparkSession(master="sim"))
    found = {int(path.name): json.loads(path.read_text()) for path in out.iterdir()}
    assert found == {0: [0, 1], 1: [2, 3], 2: [4]}
    again = 1 if point == "sink.before_commit" else 2
    assert calls.count(("commit", 1)) == again


@pytest.mark.rule("IO-115")
def test_a_write_that_fails_aborts_the_epoch_and_a_restart_runs_it_again(spark: SparkSession, tmp_path: Path) -> None:
    calls = Calls()

    class Failing(Bag):
        def write(self, iterator: Iterator[Row]) -> WriterCommitMessage:
            raise OSError("no route to the bag")

    def run(writer: type[Bag]) -> None:
        spark.dataSource.register(source(calls, lambda _: Numbers(calls, 2), lambda o: writer(tmp_path, calls)))
        frame = spark.readStream.format("numbers").load()
        query = frame.writeStream.format("numbers").option("checkpointLocation", str(tmp_path / "c")).start()
        try:
            query.processAllAvailable()
        finally:
            query.stop()

    with pytest.raises(StreamingQueryException, match="no route to the bag"):
        run(Failing)
    assert ("abort", 0, [None]) in calls
    run(Bag)
    assert json.loads((tmp_path / "0").read_text()) == [0, 1]


@pytest.mark.rule("IO-115")
def test_a_write_without_a_message_is_refused(spark: SparkSession, tmp_path: Path) -> None:
    class Silent(Bag):
        def write(self, iterator: Iterator[Row]) -> WriterCommitMessage:
            return None  # type: ignore[return-value]

    spark.dataSource.register(source(Calls(), lambda _: Numbers(Calls(), 2), lambda o: Silent(tmp_path, Calls())))
    frame = spark.readStream.format("numbers").load()
    query = frame.writeStream.format("numbers").option("checkpointLocation", str(tmp_path / "c")).start()
    with pytest.raises(StreamingQueryException, match="'WriterCommitMessage' as the return type of the `write` method"):
        query.processAllAvailable()


@pytest.mark.rule("IO-117", "MEM-101")
def test_a_python_sink_needs_a_checkpoint_location(spark: SparkSession) -> None:
    spark.dataSource.register(source(Calls(), lambda _: Numbers(Calls(), 2), lambda o: Bag(Path(), Calls())))
    with pytest.raises(AnalysisException) as caught:
        spark.readStream.format("numbers").load().writeStream.format("numbers").start()
    assert caught.value.getCondition() == "_LEGACY_ERROR_TEMP_1298"


@pytest.mark.rule("IO-117")
def test_an_arrow_writer_gets_record_batches_and_complete_mode_overwrites(spark: SparkSession, tmp_path: Path) -> None:
    got: list[Any] = []

    class Batches(DataSourceStreamArrowWriter):
        def __init__(self, overwrite: bool) -> None:
            self.overwrite = overwrite

        def write(self, iterator: Iterator[pa.RecordBatch]) -> WriterCommitMessage:
            got.append((self.overwrite, [batch.to_pylist() for batch in iterator]))
            return WriterCommitMessage()

    spark.dataSource.register(source(Calls(), lambda _: Numbers(Calls(), 2), Batches))
    counts = spark.readStream.format("numbers").load().groupBy().count()
    writer = counts.writeStream.format("numbers").outputMode("complete")
    query = writer.option("checkpointLocation", str(tmp_path)).start()
    query.processAllAvailable()
    query.stop()
    assert got == [(True, [[{"count": 2}]])]


class Table(DataSource):
    """A static source and sink whose behaviour its options choose."""

    written: list[Any] = []

    def schema(self) -> StructType | str:
        return "n INT, s STRING"

    def reader(self, schema: StructType) -> DataSourceReader:
        answers: dict[str, Callable[[], Any]] = {
            "rows": lambda: iter([(1, "a"), [2, None], Row(s="c", n=3)]),
            "batches": lambda: iter([pa.RecordBatch.from_pydict({"n": pa.array([1], pa.int32()), "s": ["a"]})]),
            "list": lambda: [(1, "a")],
            "length": lambda: iter([(1,)]),
            "type": lambda: iter([7]),
            "names": lambda: iter([Row(a=1, b="x")]),
            "arrow": lambda: iter([pa.RecordBatch.from_pydict({"n": pa.array([1], pa.int64()), "s": ["a"]})]),
        }
        answer = answers[self.options["gives"]]

        class Reader(DataSourceReader):
            def read(self, partition: InputPartition) -> Any:
                return answer()

        return Reader()

    def writer(self, schema: StructType, overwrite: bool) -> DataSourceWriter:
        class Writer(DataSourceWriter):
            def write(self, iterator: Iterator[Row]) -> WriterCommitMessage:
                Table.written.append((overwrite, [tuple(row) for row in iterator]))
                return WriterCommitMessage()

        return Writer()


def test_a_static_source_gives_rows_in_every_form(spark: SparkSession) -> None:
    spark.dataSource.register(Table)
    reader = spark.read.format("table")
    assert reader.option("gives", "rows").load().collect() == [(1, "a"), (2, None), (3, "c")]
    assert spark.read.format("TABLE").option("GIVES", "batches").load().collect() == [(1, "a")]
    assert spark.read.format("table").schema("s STRING, n INT").option("gives", "rows").load().columns == ["s", "n"]


@pytest.mark.parametrize(
    ("gives", "condition"),
    [
        ("list", "DATA_SOURCE_INVALID_RETURN_TYPE"),
        ("type", "DATA_SOURCE_INVALID_RETURN_TYPE"),
        ("length", "DATA_SOURCE_RETURN_SCHEMA_MISMATCH"),
        ("names", "DATA_SOURCE_RETURN_SCHEMA_MISMATCH"),
        ("arrow", "DATA_SOURCE_RETURN_SCHEMA_MISMATCH"),
    ],
)
def test_rows_that_do_not_fit_are_refused(spark: SparkSession, gives: str, condition: str) -> None:
    spark.dataSource.register(Table)
    with pytest.raises(PythonException, match=condition):
        spark.read.format("table").option("gives", gives).load().collect()


def test_a_static_write_appends_or_overwrites_and_nothing_else(spark: SparkSession) -> None:
    spark.dataSource.register(Table)
    Table.written.clear()
    frame = spark.createDataFrame([(1, "a")], "n INT, s STRING")
    frame.write.format("table").mode("append").save()
    frame.write.format("table").mode("overwrite").save()
    assert Table.written == [(False, [(1, "a")]), (True, [(1, "a")])]
    for mode in ("error", "ignore"):
        with pytest.raises(AnalysisException) as caught:
            frame.write.format("table").mode(mode).save()
        assert caught.value.getCondition() == "UNSUPPORTED_DATA_SOURCE_SAVE_MODE"


def test_the_name_of_a_built_in_format_cannot_be_taken(spark: SparkSession) -> None:
    with pytest.raises(AnalysisException) as caught:
        spark.dataSource.register(source(Calls(), name="parquet"))
    assert caught.value.getCondition() == "DATA_SOURCE_ALREADY_EXISTS"
    assert caught.value.getMessageParameters() == {"provider": "parquet"}


def test_a_source_that_cannot_tell_its_schema_says_so(spark: SparkSession) -> None:
    spark.dataSource.register(type("Nameless", (DataSource,), {}))
    with pytest.raises(AnalysisException, match="Failed to create Python data source instance"):
        spark.read.format("nameless").load()


def test_a_registered_source_belongs_to_its_session(spark: SparkSession) -> None:
    spark.dataSource.register(Table)
    with pytest.raises(PySparkException) as caught:
        spark.newSession().read.format("table").load()
    assert caught.value.getCondition() == "DATA_SOURCE_NOT_FOUND"
