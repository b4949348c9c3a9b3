"""The query object: what it says of itself, how one waits for it, how it ends, and what its failure tells."""

from __future__ import annotations

import re
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest

from actorstream import MemoryStream
from actorstream.common.clock import ManualClock
from actorstream.common.config import Conf
from actorstream.errors import PySparkException, PySparkValueError, StreamingQueryException
from actorstream.sql import SparkSession
from actorstream.sql import functions as F
from tests.stream.helpers import executed, refused, start, table


def boom(frame: Any, batch_id: int) -> None:
    raise ValueError("boom")


class Gate:
    """A function for `mapInArrow` that stands still in the middle of a batch until it is let go."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.go = threading.Event()

    def __call__(self, batches: Any) -> Any:
        for batch in batches:
            if batch.num_rows:
                self.entered.set()
                assert self.go.wait(20)
            yield batch

    def __deepcopy__(self, memo: object) -> Gate:
        return self


# ---------------------------------------------------------------- identity and state


@pytest.mark.rule("EXE-40", "EXE-41", "EXE-42")
def test_ids_are_texts_and_the_name_is_the_given_one_or_none(spark: SparkSession) -> None:
    query = start(MemoryStream(spark, "v INT").toDF(), "named")
    assert (str(uuid.UUID(query.id)), str(uuid.UUID(query.runId))) == (query.id, query.runId)
    assert query.id != query.runId
    assert (query.name, query.isActive) == ("named", True)
    unnamed = MemoryStream(spark, "v INT").toDF().writeStream.format("noop").start()
    assert unnamed.name is None
    query.stop()
    unnamed.stop()
    assert not query.isActive


@pytest.mark.rule("EXE-53", "EXE-60", "EXE-61", "EXE-64", "EXE-66", "EXE-69")
def test_the_status_tells_what_the_query_is_doing(spark: SparkSession) -> None:
    gate = Gate()
    stream = MemoryStream(spark, "v INT")
    query = start(stream.toDF().mapInArrow(gate, "v INT"))
    query.processAllAvailable()
    assert list(query.status) == ["message", "isDataAvailable", "isTriggerActive"]
    assert query.status["message"] in ("Waiting for data to arrive", f"Getting offsets from {stream!r}")
    stream.add_data(1)
    assert gate.entered.wait(20)
    assert query.status == {"message": "Processing new data", "isDataAvailable": True, "isTriggerActive": True}
    gate.go.set()
    query.processAllAvailable()
    query.stop()
    assert query.status == {"message": "Stopped", "isDataAvailable": False, "isTriggerActive": False}


@pytest.mark.rule("EXE-65")
def test_between_triggers_the_status_says_so_and_whether_the_last_one_had_data(clock: ManualClock) -> None:
    session = SparkSession(master="sim", clock=clock)
    clock.set(1_700_000_000_500)
    stream = MemoryStream(session, "v INT")
    stream.add_data(1)
    query = start(stream.toDF(), trigger={"processingTime": "10 seconds"})
    query.awaitTermination(1)
    waiting = {"message": "Waiting for next trigger", "isDataAvailable": True, "isTriggerActive": False}
    assert query.status == waiting
    query.awaitTermination(10)
    assert query.status == {**waiting, "isDataAvailable": False}
    query.stop()
    session.stop()


@pytest.mark.rule("EXE-62", "EXE-63")
def test_a_batch_without_data_says_that_it_cleans_up(clock: ManualClock) -> None:
    import datetime

    messages: list[str] = []
    session = SparkSession(Conf({"spark.sql.session.timeZone": "UTC"}), master="sim", clock=clock)

    class Watch:
        def hit(self, point: str, **where: object) -> None:
            if point in ("driver.before_offset_log", "source.before_read"):
                messages.append(query.status["message"])

    session._faults = Watch()
    stream = MemoryStream(session, "t TIMESTAMP")
    counts = stream.toDF().withWatermark("t", "0 seconds").groupBy(F.window("t", "5 seconds")).count()
    query = start(counts)
    stream.add_data((datetime.datetime(2024, 1, 1),), (datetime.datetime(2024, 1, 2),))
    query.processAllAvailable()
    assert messages == [
        "Writing offsets to log",
        "Processing new data",
        "Writing offsets to log",
        "No new data but cleaning up state",
    ]
    query.stop()
    session.stop()


@pytest.mark.rule("EXE-52")
def test_explain_prints_that_there_is_no_plan_before_a_batch_and_the_actors_after_one(
    spark: SparkSession, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = MemoryStream(spark, "v INT")
    query = start(stream.toDF())
    query.processAllAvailable()
    query.explain()
    assert capsys.readouterr().out == "No physical plan. Waiting for data.\n"
    stream.add_data(1)
    query.processAllAvailable()
    query.explain(extended=True)
    assert "sink" in capsys.readouterr().out
    query.stop()


# ---------------------------------------------------------------- waiting


@pytest.mark.rule("EXE-44")
def test_await_termination_waits_for_seconds_and_says_whether_the_query_has_ended(spark: SparkSession) -> None:
    query = start(MemoryStream(spark, "v INT").toDF())
    assert query.awaitTermination(0.001) is False
    for timeout in (0, -1, -0.5, "x"):
        with pytest.raises(PySparkValueError) as error:
            query.awaitTermination(timeout)  # type: ignore[arg-type]
        assert refused(error) == "VALUE_NOT_POSITIVE"
        assert f"got '{type(timeout).__name__}'" in str(error.value)
    query.stop()
    assert query.awaitTermination(1) is True
    assert query.awaitTermination() is None
    query.processAllAvailable()  # EXE-45: returns, since nothing runs


@pytest.mark.rule("EXE-45")
def test_process_all_available_ends_when_the_query_ends(spark: SparkSession) -> None:
    gate = Gate()
    stream = MemoryStream(spark, "v INT")
    query = start(stream.toDF().mapInArrow(gate, "v INT"))
    stream.add_data(1)
    assert gate.entered.wait(20)
    waiter = threading.Thread(target=query.processAllAvailable)
    waiter.start()
    stopper = threading.Thread(target=query.stop)
    stopper.start()
    gate.go.set()
    waiter.join(20)
    stopper.join(20)
    assert not waiter.is_alive()
    assert not query.isActive


@pytest.mark.rule("EXE-46")
def test_waiting_for_a_query_from_inside_itself_is_refused(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    refusals: list[str] = []

    def wait(frame: Any, batch_id: int) -> None:
        [query] = spark.streams.active
        for act in (query.processAllAvailable, query.awaitTermination):
            try:
                act()
            except PySparkException as error:
                refusals.append(str(error))

    query = stream.toDF().writeStream.foreachBatch(wait).start()
    stream.add_data(1)
    query.processAllAvailable()
    query.stop()
    assert refusals == ["Cannot wait for a query state from the same thread that is running the query"] * 2


def test_a_query_can_stop_itself_from_inside_a_batch_and_the_batch_is_not_committed(
    spark: SparkSession, tmp_path: Path
) -> None:
    stream = MemoryStream(spark, "v INT")
    batches: list[int] = []

    def stop(frame: Any, batch_id: int) -> None:
        batches.append(batch_id)
        if batch_id == 1 and len(batches) == 2:
            spark.streams.active[0].stop()

    def run() -> Any:
        return stream.toDF().writeStream.foreachBatch(stop).option("checkpointLocation", str(tmp_path)).start()

    query = run()
    stream.add_data(1)
    query.processAllAvailable()
    stream.add_data(2)
    query.awaitTermination()
    assert query.exception() is None
    query = run()
    query.processAllAvailable()
    assert batches == [0, 1, 1]
    query.stop()


# ---------------------------------------------------------------- stopping


@pytest.mark.rule("EXE-47", "EXE-48")
def test_stop_gives_up_the_running_epoch_and_the_next_start_runs_it_again(spark: SparkSession, tmp_path: Path) -> None:
    gate = Gate()
    stream = MemoryStream(spark, "v INT")
    totals = stream.toDF().mapInArrow(gate, "v INT").groupBy().agg(F.sum("v"))
    query = start(totals, mode="complete", checkpoint=tmp_path)
    stream.add_data(1, 2)
    assert gate.entered.wait(20)
    stopper = threading.Thread(target=query.stop)
    stopper.start()
    while query.isActive:
        stopper.join(0.001)  # until stop() has marked it
    gate.go.set()
    stopper.join(20)
    query.stop()  # again: nothing happens
    assert (query.exception(), query.status["message"]) == (None, "Stopped")
    assert [path.name for path in (tmp_path / "offsets").iterdir()] == ["0"]
    assert not (tmp_path / "commits" / "0").exists()
    assert table(spark) == []
    query = start(totals, mode="complete", checkpoint=tmp_path)
    query.processAllAvailable()
    assert (executed(query), table(spark)) == ([0], [(3,)])
    query.stop()


@pytest.mark.rule("EXE-47")
def test_a_stop_that_takes_too_long_says_so_and_ends_later(spark: SparkSession) -> None:
    spark.conf.set("spark.sql.streaming.stopTimeout", "10")
    gate = Gate()
    stream = MemoryStream(spark, "v INT")
    query = start(stream.toDF().mapInArrow(gate, "v INT"))
    stream.add_data(1)
    assert gate.entered.wait(20)
    with pytest.raises(PySparkException) as error:
        query.stop()
    assert str(error.value) == (
        f"Stream Execution thread for stream [id = {query.id}, runId = {query.runId}] failed to stop within 10 "
        "milliseconds (specified by spark.sql.streaming.stopTimeout). See the cause on what was being executed in the "
        "streaming query thread."
    )
    assert not query.isActive
    gate.go.set()
    query.awaitTermination()
    spark.conf.unset("spark.sql.streaming.stopTimeout")


# ---------------------------------------------------------------- failing


@pytest.mark.rule("EXE-49", "EXE-50", "EXE-51", "EXE-67")
def test_a_failure_is_raised_by_every_wait_and_kept_with_the_causes_text_first(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    query = stream.toDF().writeStream.foreachBatch(boom).queryName("bad").start()
    stream.add_data(1)
    for wait in (query.processAllAvailable, query.awaitTermination, query.awaitTermination):
        with pytest.raises(StreamingQueryException) as error:
            wait()
        assert refused(error) == "STREAM_FAILED"
        text = str(error.value)
        head = f"[STREAM_FAILED] Query [id = {query.id}, runId = {query.runId}] terminated with exception: "
        assert text.startswith(head + "[FOREACH_BATCH_USER_FUNCTION_ERROR]")
        assert "ValueError: boom" in text
        assert set(error.value.getMessageParameters() or {}) == {"id", "runId", "message"}
    kept = query.exception()
    assert isinstance(kept, StreamingQueryException)
    assert kept.getCondition() is None
    assert str(kept).startswith("[FOREACH_BATCH_USER_FUNCTION_ERROR]")
    block = str(kept)[str(kept).index("=== Streaming Query ===") :]
    assert re.match(
        r"=== Streaming Query ===\n"
        rf"Identifier: bad \[id = {query.id}, runId = {query.runId}\]\n"
        r"Current Committed Offsets: \{\}\n"
        rf"Current Available Offsets: \{{{re.escape(repr(stream))}: 0\}}\n"
        r"\nCurrent State: ACTIVE\nThread State: RUNNABLE\n"
        r"Failed Actor: sink\[0\], epoch 0\n"
        r"\nLogical Plan:\n",
        block,
    ), block
    assert query.status == {
        "message": "Terminated with exception: " + str(kept)[: str(kept).index("\n=== Streaming")],
        "isDataAvailable": False,
        "isTriggerActive": False,
    }
    assert not query.isActive


@pytest.mark.rule("EXE-50")
def test_the_debug_block_has_the_range_of_the_epoch_that_failed(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    query = start(stream.toDF().select((F.lit(1) / F.col("v")).alias("q")))
    stream.add_data(1)
    query.processAllAvailable()
    stream.add_data(0)
    with pytest.raises(StreamingQueryException) as error:
        query.awaitTermination()
    assert f"Current Committed Offsets: {{{stream!r}: 0}}\n" in str(error.value)
    assert f"Current Available Offsets: {{{stream!r}: 1}}\n" in str(error.value)
    assert "DIVIDE_BY_ZERO" in str(error.value)
    assert table(spark) == [(1.0,)]


@pytest.mark.rule("EXE-43")
def test_what_is_wrong_inside_a_checkpoint_comes_as_the_querys_failure(spark: SparkSession, tmp_path: Path) -> None:
    stream = MemoryStream(spark, "v INT")
    counts = stream.toDF().groupBy().count()
    query = start(counts, mode="complete", checkpoint=tmp_path)
    stream.add_data(1)
    query.processAllAvailable()
    query.stop()
    (tmp_path / "offsets" / "0").write_bytes(b"not a log entry")
    query = start(counts, mode="complete", checkpoint=tmp_path)
    with pytest.raises(StreamingQueryException) as error:
        query.awaitTermination()
    assert "offsets/0" in str(error.value)
    assert "Current State: INITIALIZING" in str(error.value)
    assert "Logical Plan" not in str(error.value)


def test_a_failed_query_can_be_started_again_with_nothing_lost(spark: SparkSession, tmp_path: Path) -> None:
    stream = MemoryStream(spark, "v INT")
    healthy: list[bool] = []
    written: dict[int, list[int]] = {}

    def write(frame: Any, batch_id: int) -> None:
        if batch_id == 1 and not healthy:
            raise OSError("the other system is away")
        written[batch_id] = [row.v for row in frame.collect()]

    def run() -> Any:
        return stream.toDF().writeStream.foreachBatch(write).option("checkpointLocation", str(tmp_path)).start()

    query = run()
    stream.add_data(1)
    query.processAllAvailable()
    stream.add_data(2, 3)
    with pytest.raises(StreamingQueryException):
        query.processAllAvailable()
    healthy.append(True)
    stream.add_data(4)
    query = run()
    query.processAllAvailable()
    assert written == {0: [1], 1: [2, 3], 2: [4]}
    query.stop()


def test_a_failure_ends_its_own_query_only(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    bad = stream.toDF().writeStream.foreachBatch(boom).start()
    good = start(stream.toDF())
    stream.add_data(1)
    good.processAllAvailable()
    with pytest.raises(StreamingQueryException):
        bad.awaitTermination()
    stream.add_data(2)
    good.processAllAvailable()
    assert table(spark) == [(1,), (2,)]
    good.stop()
