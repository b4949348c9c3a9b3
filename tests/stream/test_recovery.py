"""Stop, die, start again: the same query, the same epochs, the same answer. Every row of the restart table that a user can see."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from actorstream import MemoryStream
from actorstream.checkpoint.commit_log import CommitLog
from actorstream.checkpoint.local import LocalFiles
from actorstream.checkpoint.offset_log import OffsetLog
from actorstream.common.clock import ManualClock
from actorstream.common.fault_points import FaultPoint
from actorstream.engine.query import StreamingQuery
from actorstream.engine.rollback import perform_rollback
from actorstream.errors import StreamingQueryException
from actorstream.sql import DataFrame
from actorstream.sql import functions as F
from actorstream.state.reader import read_state
from actorstream.testing.faults import RaiseAt
from tests.stream.harness import Counts, at, failure_of, rows_of, simulated


def die_in(counts: Counts, point: FaultPoint, epoch: int, *keys: str) -> None:
    """Run one epoch for each key and die at the point."""
    query = counts.start(simulated(RaiseAt(point, epoch=epoch)))
    with pytest.raises(StreamingQueryException, match="simulated crash"):
        feed_all(counts, query, keys)


def feed_all(counts: Counts, query: StreamingQuery, keys: tuple[str, ...]) -> None:
    for key in keys:
        counts.feed(query, key)


@pytest.mark.rule("CKP-10")
def test_the_id_survives_and_the_run_is_new(tmp_path: Path) -> None:
    counts = Counts(tmp_path)
    first = counts.start()
    counts.feed(first, "a")
    first.stop()
    second = counts.start()
    assert second.id == first.id
    assert second.runId != first.runId
    second.stop()


@pytest.mark.rule("CKP-43")
def test_a_clean_restart_goes_on_with_the_next_epoch(tmp_path: Path) -> None:
    counts = Counts(tmp_path)
    query = counts.start()
    feed_all(counts, query, ("a", "b"))
    query.stop()
    counts.add("a")  # arrives while nobody looks
    query = counts.start()
    query.processAllAvailable()
    assert counts.table() == {"a": 2, "b": 1}
    assert counts.logs() == ([0, 1, 2], [0, 1, 2])
    assert query.lastProgress is not None
    assert (query.lastProgress["batchId"], query.lastProgress["numInputRows"]) == (2, 1)
    query.stop()


@pytest.mark.rule("CKP-44", "CKP-55b", "CKP-55e")
@pytest.mark.parametrize(
    "point", ["driver.after_offset_log", "operator.after_state_commit", "driver.before_commit_log"]
)
def test_an_epoch_that_died_is_run_again_at_once_with_its_own_range(tmp_path: Path, point: FaultPoint) -> None:
    counts = Counts(tmp_path)
    die_in(counts, point, 1, "a", "b")
    plan = (counts.checkpoint / "offsets" / "1").read_bytes()
    counts.add("b", "c")  # not part of the epoch that died
    query = counts.start()
    query.processAllAvailable()
    rows = [(progress["batchId"], progress["numInputRows"]) for progress in query.recentProgress]
    assert [row for row in rows if row[1]] == [(1, 1), (2, 2)]
    assert (counts.checkpoint / "offsets" / "1").read_bytes() == plan
    assert counts.table() == {"a": 1, "b": 2, "c": 1}
    query.stop()


@pytest.mark.rule("CKP-55a")
def test_an_epoch_that_was_never_logged_is_planned_anew(tmp_path: Path) -> None:
    counts = Counts(tmp_path)
    die_in(counts, "driver.before_offset_log", 1, "a", "b")
    counts.add("c")
    query = counts.start()
    query.processAllAvailable()
    assert counts.logs() == ([0, 1], [0, 1])
    assert counts.table() == {"a": 1, "b": 1, "c": 1}
    query.stop()


@pytest.mark.rule("CKP-15", "CKP-51")
def test_an_epoch_that_is_run_again_has_the_time_it_had(tmp_path: Path) -> None:
    stream = MemoryStream(schema="k STRING")
    seen: list[tuple[int, datetime.datetime]] = []

    def run(clock: ManualClock, fault: RaiseAt | None) -> None:
        session = simulated(clock=clock) if fault is None else simulated(fault, clock=clock)
        frame = session._streaming_frame(stream.provider).select("k", F.current_timestamp().alias("now"))

        def write(batch: DataFrame, epoch: int) -> None:
            seen.extend((epoch, row["now"]) for row in batch.collect())

        writer = frame.writeStream.foreachBatch(write).option("checkpointLocation", str(tmp_path / "ckpt"))
        query = writer.start()
        stream.add_data(*([("a",)] if fault is not None else []))
        if fault is None:
            query.processAllAvailable()
            query.stop()
            return
        with pytest.raises(StreamingQueryException):
            query.processAllAvailable()

    run(ManualClock(1_700_000_000_000), RaiseAt("sink.after_commit", epoch=0))
    run(ManualClock(1_800_000_000_000), None)
    assert [epoch for epoch, _ in seen] == [0, 0]
    assert seen[0] == seen[1]


@pytest.mark.rule("CKP-54", "EXE-12")
def test_once_finishes_only_the_epoch_that_died_and_available_now_goes_on(tmp_path: Path) -> None:
    counts = Counts(tmp_path)
    die_in(counts, "driver.after_offset_log", 1, "a", "b")
    counts.add("c")
    query = counts.start(once=True)
    query.awaitTermination()
    assert counts.logs() == ([0, 1], [0, 1])
    assert counts.table() == {"a": 1, "b": 1}
    query = counts.start(availableNow=True)
    query.awaitTermination()
    assert counts.table() == {"a": 1, "b": 1, "c": 1}


@pytest.mark.rule("CKP-30", "CKP-31")
def test_settings_of_the_first_run_stay_in_force(tmp_path: Path) -> None:
    counts = Counts(tmp_path)
    query = counts.start(simulated(settings={"spark.sql.shuffle.partitions": "3"}))
    counts.feed(query, *"abcdefgh")
    query.stop()
    query = counts.start(simulated(settings={"spark.sql.shuffle.partitions": "5"}))
    counts.feed(query, *"abcdefgh")
    assert counts.table() == dict.fromkeys("abcdefgh", 2)
    assert counts.session.conf.get("spark.sql.shuffle.partitions") == "5", "the session keeps what it has"
    query.stop()
    log = OffsetLog(LocalFiles(str(counts.checkpoint)))
    assert {log.get(epoch).conf["spark.sql.shuffle.partitions"] for epoch in log.epochs()} == {"3"}
    state = CommitLog(LocalFiles(str(counts.checkpoint))).get(1).state
    assert [len(heads) for heads in state.values()] == [3]


@pytest.mark.rule("CKP-31")
@pytest.mark.parametrize("partitions", [1, 5])
def test_without_that_setting_the_state_follows_the_master(tmp_path: Path, partitions: int) -> None:
    counts = Counts(tmp_path)
    query = counts.start()
    counts.feed(query, *"abcdefgh")
    query.stop()
    session = simulated()
    session._default_parallelism = partitions
    query = counts.start(session)
    assert counts.table() == dict.fromkeys("abcdefgh", 1)
    counts.feed(query, *"aceg")
    query.stop()
    query = counts.start()
    assert counts.table() == {key: 2 if key in "aceg" else 1 for key in "abcdefgh"}
    query.stop()


@pytest.mark.rule("CKP-70")
def test_as_many_entries_stay_as_were_asked_for_and_one_more(tmp_path: Path) -> None:
    counts = Counts(tmp_path)
    query = counts.start(simulated(settings={"spark.sql.streaming.minBatchesToRetain": "2"}))
    feed_all(counts, query, tuple("abababab"))
    assert counts.logs() == ([5, 6, 7], [5, 6, 7])
    query.stop()


@pytest.mark.rule("CKP-70", "CKP-73", "CKP-74")
def test_the_state_after_every_retained_epoch_can_be_read_back(tmp_path: Path) -> None:
    counts = Counts(tmp_path)
    settings = {
        "spark.sql.streaming.minBatchesToRetain": "4",
        "spark.sql.streaming.stateStore.minDeltasForSnapshot": "2",
    }
    for _ in range(3):
        query = counts.start(simulated(settings=settings))
        feed_all(counts, query, tuple("abcd"))
        query.stop()
    files = LocalFiles(str(counts.checkpoint))
    log = CommitLog(files)
    assert log.epochs() == [7, 8, 9, 10, 11]
    for epoch in log.epochs():
        found: dict[str, int] = {}
        for node, heads in log.get(epoch).state.items():
            for number, head in enumerate(heads):
                if head is not None:
                    rows = read_state(files, f"state/{node}", number, head)
                    found |= dict(zip(rows.column(0).to_pylist(), rows.column(1).to_pylist(), strict=True))
        assert found == {key: (epoch - place) // 4 + 1 for place, key in enumerate("abcd")}, f"epoch {epoch}"
    names = [path.name for path in (counts.checkpoint / "state").rglob("*.delta")]
    assert min(int(name.partition("-")[0]) for name in names) >= 3, "older state is gone"


# ---------------------------------------------------------------- event time


def watermark_of(query: StreamingQuery) -> str:
    progress = query.lastProgress
    assert progress is not None
    return str(progress["eventTime"]["watermark"])


def windows(counts: Counts, stream: MemoryStream, settings: Mapping[str, str] | None = None) -> StreamingQuery:
    session = counts.session = simulated(settings=settings)
    frame = session._streaming_frame(stream.provider).withWatermark("t", "10 seconds")
    counted = frame.groupBy(F.window("t", "10 seconds")).count().select(F.col("window.start").alias("start"), "count")
    writer = counted.writeStream.format("memory").queryName("counts").outputMode("append").option("recover", True)
    return writer.option("checkpointLocation", str(counts.checkpoint)).start()


@pytest.mark.rule("CKP-43", "CKP-52", "STF-9")
def test_the_watermark_and_the_epoch_it_owes_survive_a_restart(tmp_path: Path) -> None:
    counts, stream = Counts(tmp_path), MemoryStream(schema="t TIMESTAMP")
    query = windows(counts, stream, settings={"spark.sql.streaming.noDataMicroBatches.enabled": "false"})
    stream.add_data((at(1),), (at(25),))
    query.processAllAvailable()
    assert rows_of(counts.session.table("counts")) == []
    query.stop()
    again = windows(counts, stream)
    again.processAllAvailable()
    assert rows_of(counts.session.table("counts")) == [(0, 1)], "the window that the dead run owed"
    stream.add_data((at(2),), (at(21),))
    again.processAllAvailable()
    assert watermark_of(again) == "1970-01-01T00:00:15.000Z"
    stream.add_data((at(45),))
    again.processAllAvailable()
    assert rows_of(counts.session.table("counts")) == [(0, 1), (20, 2)], (
        "the late row of the window [0, 10) was dropped"
    )
    again.stop()


@pytest.mark.rule("CKP-53", "STF-7")
def test_no_input_has_to_prove_its_watermark_again(tmp_path: Path) -> None:
    """In the reference the watermark stands still after a restart until every input has had rows again."""
    left, right = MemoryStream(schema="t TIMESTAMP"), MemoryStream(schema="t TIMESTAMP")

    def start() -> StreamingQuery:
        session = simulated()
        one, two = (
            session._streaming_frame(stream.provider).withWatermark("t", "0 seconds") for stream in (left, right)
        )
        writer = one.union(two).writeStream.format("noop").option("checkpointLocation", str(tmp_path / "ckpt"))
        return writer.start()

    query = start()
    left.add_data((at(100),))
    right.add_data((at(50),))
    query.processAllAvailable()
    query.stop()
    again = start()
    right.add_data((at(80),))
    again.processAllAvailable()
    right.add_data((at(81),))
    again.processAllAvailable()
    assert watermark_of(again) == "1970-01-01T00:01:20.000Z"
    again.stop()


# ---------------------------------------------------------------- moved, copied, rolled back


def test_a_copied_checkpoint_goes_on_where_the_copy_was_made(tmp_path: Path) -> None:
    counts = Counts(tmp_path)
    query = counts.start()
    feed_all(counts, query, ("a", "b"))
    query.stop()
    shutil.copytree(counts.checkpoint, tmp_path / "elsewhere")
    shutil.rmtree(counts.checkpoint)
    counts.checkpoint = tmp_path / "elsewhere"
    query = counts.start()
    counts.feed(query, "a")
    assert counts.table() == {"a": 2, "b": 1}
    query.stop()


class CountedFiles:
    """Rows of files, one file an epoch, counted by key; the files stay, so any epoch can be run again."""

    def __init__(self, folder: Path) -> None:
        self.incoming = folder / "incoming"
        self.incoming.mkdir()
        self.checkpoint = folder / "checkpoint"
        for number, keys in enumerate(("ab", "a", "bc", "a")):
            (self.incoming / f"{number}.json").write_text("".join(json.dumps({"k": key}) + "\n" for key in keys))

    def run(self) -> Mapping[str, int]:
        session = simulated()
        rows = session.readStream.schema("k STRING").option("maxFilesPerTrigger", 1).json(str(self.incoming))
        writer = rows.groupBy("k").count().writeStream.format("memory").queryName("counts").outputMode("complete")
        query = writer.option("checkpointLocation", str(self.checkpoint)).start()
        query.processAllAvailable()
        query.stop()
        return dict(rows_of(session.table("counts")))


@pytest.mark.parametrize(
    "lost", ["commits/1", "commits/2", "commits/3", "offsets/1", "offsets/2", "offsets/3", "metadata", "state"]
)
@pytest.mark.parametrize("content", [None, b"damaged"])
def test_a_damaged_checkpoint_that_was_rolled_back_gives_the_same_answer(
    tmp_path: Path, lost: str, content: bytes | None
) -> None:
    counted = CountedFiles(tmp_path)
    whole = counted.run()
    assert whole == {"a": 3, "b": 2, "c": 1}
    paths = [counted.checkpoint / lost]
    if lost == "state":
        paths = sorted((counted.checkpoint / "state").rglob("2-*.delta"))
        assert paths
    for path in paths:
        path.unlink() if content is None else path.write_bytes(content)
    perform_rollback(str(counted.checkpoint))
    assert counted.run() == whole


def test_a_query_can_be_sent_back_in_time_and_catches_up(tmp_path: Path) -> None:
    counted = CountedFiles(tmp_path)
    whole = counted.run()
    perform_rollback(str(counted.checkpoint), 0)
    (counted.incoming / "4.json").write_text('{"k": "z"}\n')
    assert counted.run() == {**whole, "z": 1}


def test_input_that_the_source_has_forgotten_is_an_error_and_not_a_loss(tmp_path: Path) -> None:
    """A memory stream keeps no committed rows, so a query over it cannot go back behind them."""
    counts = Counts(tmp_path)
    query = counts.start()
    feed_all(counts, query, ("a", "b", "a"))
    query.stop()
    perform_rollback(str(counts.checkpoint), 0)
    assert "MemoryStream" in str(failure_of(counts.start)) or "offset" in str(failure_of(counts.start))
