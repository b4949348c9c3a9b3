"""Every kind of damage to a checkpoint: named at the earliest moment, nothing lost once the file is back."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from actorstream.checkpoint.lease import acquire_lease
from actorstream.checkpoint.local import LocalFiles
from actorstream.engine.query import StreamingQuery
from actorstream.errors import AnalysisException, IllegalArgumentException, PySparkException, StreamingQueryException
from actorstream.sql import DataFrame
from actorstream.sql import functions as F
from actorstream.testing.faults import FailWriteAt, RaiseAt
from tests.stream.harness import Counts, failure_of, simulated


def snapshot_of(root: Path) -> Mapping[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def stopped(tmp_path: Path) -> Counts:
    """A query that was stopped after three epochs, all committed."""
    counts = Counts(tmp_path)
    query = counts.start()
    for key in "aba":
        counts.feed(query, key)
    query.stop()
    assert counts.logs() == ([0, 1, 2], [0, 1, 2])
    return counts


@pytest.fixture
def died(tmp_path: Path) -> Counts:
    """A query that died in its third epoch: planned and not committed."""
    counts = Counts(tmp_path)
    query = counts.start(simulated(RaiseAt("driver.before_commit_log", epoch=2)))
    for key in "ab":
        counts.feed(query, key)
    counts.add("a")
    with pytest.raises(StreamingQueryException):
        query.processAllAvailable()
    assert counts.logs() == ([0, 1, 2], [0, 1])
    return counts


def goes_on(counts: Counts) -> None:
    """Start again: everything is there, and new rows are counted."""
    query = counts.start()
    query.processAllAvailable()
    assert counts.table() == {"a": 2, "b": 1}
    counts.feed(query, "c")
    assert counts.table() == {"a": 2, "b": 1, "c": 1}
    query.stop()


def newer(data: bytes) -> bytes:
    return data[:4] + (
        data[4:5] + struct.pack("<H", 9) + data[7:] if data[:4] == b"ACTS" else struct.pack("<H", 9) + data[6:]
    )


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "cut": lambda data: data[: len(data) // 2],
    "header only": lambda data: data[:15],
    "newer": newer,
    "foreign": lambda data: b"v1\n{}",
    "blank appended": lambda data: data + b" ",
    "bit flipped": lambda data: data[:-3] + bytes([data[-3] ^ 4]) + data[-2:],
}
CONDITIONS = {
    "empty": "CHECKPOINT_FILE_DAMAGED.EMPTY",
    "cut": "CHECKPOINT_FILE_DAMAGED.TRUNCATED",
    "header only": "CHECKPOINT_FILE_DAMAGED.TRUNCATED",
    "newer": "INVALID_LOG_VERSION.MAX_SUPPORTED_VERSION",
    "foreign": "CHECKPOINT_FILE_DAMAGED.FOREIGN",
    "blank appended": "CHECKPOINT_FILE_DAMAGED.CHECKSUM",
    "bit flipped": "CHECKPOINT_FILE_DAMAGED.CHECKSUM",
}
damages = pytest.mark.parametrize("damage", DAMAGES)


def damaged_is_refused(counts: Counts, path: Path, damage: str) -> None:
    whole = path.read_bytes()
    path.write_bytes(DAMAGES[damage](whole))
    before = snapshot_of(counts.checkpoint)
    error = failure_of(counts.start)
    assert error.getCondition() == CONDITIONS[damage]
    assert str(path.relative_to(counts.checkpoint.parent)) in str(error), "the file is named"
    assert {**snapshot_of(counts.checkpoint), "lease": b""} == {**before, "lease": b""}, "nothing is touched"
    path.write_bytes(whole)
    goes_on(counts)


# ---------------------------------------------------------------- damaged files


@pytest.mark.rule("CKP-60a", "CKP-60b", "CKP-60c", "CKP-60d", "CKP-60f")
@damages
def test_a_damaged_plan_is_named(stopped: Counts, damage: str) -> None:
    damaged_is_refused(stopped, stopped.checkpoint / "offsets" / "2", damage)


@pytest.mark.rule("CKP-60g", "CKP-60h", "CKP-60i", "CKP-60j")
@damages
def test_a_damaged_commit_is_named(stopped: Counts, damage: str) -> None:
    damaged_is_refused(stopped, stopped.checkpoint / "commits" / "2", damage)


@pytest.mark.rule("CKP-41", "CKP-60a", "CKP-60g")
@pytest.mark.parametrize("entry", ["offsets/2", "offsets/1", "commits/1"])
def test_an_epoch_to_be_run_again_needs_its_plan_and_the_end_of_the_epoch_before(died: Counts, entry: str) -> None:
    damaged_is_refused(died, died.checkpoint / entry, "cut")


@pytest.mark.rule("CKP-12")
@damages
def test_damaged_metadata_is_named_by_start_itself(stopped: Counts, damage: str) -> None:
    path = stopped.checkpoint / "metadata"
    whole = path.read_bytes()
    path.write_bytes(DAMAGES[damage](whole))
    with pytest.raises(PySparkException, match="checkpoint/metadata") as raised:
        stopped.start()
    assert raised.value.getCondition() == CONDITIONS[damage]
    path.write_bytes(whole)
    goes_on(stopped)


@pytest.mark.rule("CKP-60k")
@damages
def test_a_damaged_state_file_is_named(stopped: Counts, damage: str) -> None:
    # the state of key "a" is in the partition that has two files
    folders = sorted((stopped.checkpoint / "state").glob("*/*"), key=lambda folder: -len(list(folder.iterdir())))
    path = next(iter(sorted(folders[0].iterdir())))
    damaged_is_refused(stopped, path, "cut" if damage == "header only" else damage)


@pytest.mark.rule("CKP-50")
def test_a_missing_state_file_is_named(stopped: Counts) -> None:
    (path, *_) = sorted((stopped.checkpoint / "state").rglob("*.delta"))
    whole = path.read_bytes()
    path.unlink()
    error = failure_of(stopped.start)
    assert error.getCondition() == "CANNOT_LOAD_STATE_STORE.CANNOT_READ_DELTA_FILE_NOT_EXISTS"
    assert path.name in str(error)
    path.write_bytes(whole)
    goes_on(stopped)


@pytest.mark.rule("CKP-60l")
def test_a_missing_state_directory_is_named_with_its_operators(stopped: Counts, tmp_path: Path) -> None:
    (stopped.checkpoint / "state").rename(tmp_path / "aside")
    error = failure_of(stopped.start)
    assert error.getCondition() == "STREAMING_STATEFUL_OPERATOR_MISSING_STATE_DIRECTORY"
    (tmp_path / "aside").rename(stopped.checkpoint / "state")
    goes_on(stopped)


# ---------------------------------------------------------------- missing entries


@pytest.mark.rule("CKP-11")
def test_logs_without_metadata_are_refused_by_start_itself(stopped: Counts) -> None:
    path = stopped.checkpoint / "metadata"
    whole = path.read_bytes()
    path.unlink()
    with pytest.raises(AnalysisException) as raised:
        stopped.start()
    assert raised.value.getCondition() == "STREAMING_CHECKPOINT_MISSING_METADATA_FILE"
    assert not path.exists()
    path.write_bytes(whole)
    goes_on(stopped)


@pytest.mark.rule("CKP-42", "CKP-45", "CKP-46", "CKP-47", "CKP-48")
@pytest.mark.parametrize(
    ("gone", "at_fault"),
    [
        (["commits/1", "commits/2"], "commits/1"),
        (["commits/0", "commits/1", "commits/2"], "commits/1"),
        (["offsets/2"], "offsets/2"),
        (["offsets/0", "offsets/1", "offsets/2"], "offsets/2"),
        (["commits/2", "offsets/1"], "offsets/1"),
    ],
)
def test_a_lost_entry_that_matters_is_named_and_can_be_put_back(
    stopped: Counts, gone: list[str], at_fault: str
) -> None:
    whole = {name: (stopped.checkpoint / name).read_bytes() for name in gone}
    for name in gone:
        (stopped.checkpoint / name).unlink()
    error = failure_of(stopped.start)
    assert error.getCondition() == "CHECKPOINT_INCONSISTENT"
    assert (error.getMessageParameters() or {})["path"] == at_fault
    for name, data in whole.items():
        (stopped.checkpoint / name).write_bytes(data)
    goes_on(stopped)


@pytest.mark.rule("CKP-42", "CKP-49")
@pytest.mark.parametrize("entry", ["offsets/0", "offsets/1", "commits/0", "commits/1"])
@pytest.mark.parametrize("content", [None, b"", b"junk"])
def test_old_entries_that_nobody_needs_do_no_harm(stopped: Counts, entry: str, content: bytes | None) -> None:
    path = stopped.checkpoint / entry
    path.unlink() if content is None else path.write_bytes(content)
    goes_on(stopped)


@pytest.mark.rule("CKP-1")
def test_strange_files_in_the_logs_are_ignored(stopped: Counts) -> None:
    for name in ("offsets/.3.crc", "offsets/junk", "commits/9.tmp", "commits/.9.0.tmp"):
        (stopped.checkpoint / name).write_bytes(b"?")
    goes_on(stopped)


# ---------------------------------------------------------------- another query's checkpoint


@pytest.mark.rule("CKP-38")
def test_a_new_query_refuses_a_directory_with_state_in_it(stopped: Counts, tmp_path: Path) -> None:
    counts = Counts(tmp_path / "other")
    shutil.copytree(stopped.checkpoint / "state", counts.checkpoint / "state")
    counts.add("a")
    error = failure_of(counts.start)
    assert error.getCondition() == "STATE_STORE_CHECKPOINT_LOCATION_NOT_EMPTY"
    shutil.rmtree(counts.checkpoint / "state")
    query = counts.start()
    query.processAllAvailable()
    assert counts.table() == {"a": 1}
    query.stop()


@pytest.mark.rule("CKP-60e")
def test_a_source_too_many_or_too_few_is_refused_and_both_sets_are_named(stopped: Counts) -> None:
    from actorstream import MemoryStream

    second = MemoryStream(schema="k STRING, v INT")

    def two_sources(frame: DataFrame) -> DataFrame:
        return frame.union(stopped.session._streaming_frame(second.provider)).groupBy("k").count()

    error = failure_of(lambda: stopped.start(build=two_sources))
    assert error.getCondition() == "CHECKPOINT_SOURCES_CHANGED"
    goes_on(stopped)


@pytest.mark.rule("CKP-60m")
def test_other_stateful_operators_are_refused_and_both_sets_are_named(stopped: Counts) -> None:
    def distinct() -> StreamingQuery:
        writer = stopped.frame(simulated()).dropDuplicates(["k"]).writeStream.format("noop")
        return writer.option("checkpointLocation", str(stopped.checkpoint)).start()

    error = failure_of(distinct)
    assert error.getCondition() == "STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA"
    parameters = error.getMessageParameters() or {}
    assert "aggregate" in parameters["OpsInMetadataSeq"]
    assert "aggregate" not in parameters["OpsInCurBatchSeq"]
    goes_on(stopped)


@pytest.mark.rule("CKP-60n")
def test_another_type_of_key_is_refused(stopped: Counts) -> None:
    def by_number(frame: DataFrame) -> DataFrame:
        return frame.groupBy(F.length("k").alias("k")).count()

    error = failure_of(lambda: stopped.start(build=by_number))
    assert error.getCondition() == "STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE"
    assert "string" in str(error)
    goes_on(stopped)


@pytest.mark.rule("CKP-60o")
@pytest.mark.parametrize("aggregate", [F.avg("v"), F.max("k")], ids=["more fields", "another type"])
def test_other_fields_of_the_value_are_refused(stopped: Counts, aggregate: object) -> None:
    def other(frame: DataFrame) -> DataFrame:
        return frame.groupBy("k").agg(aggregate)  # type: ignore[arg-type]

    error = failure_of(lambda: stopped.start(build=other))
    assert error.getCondition() == "STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE"
    goes_on(stopped)


@pytest.mark.rule("CKP-60s")
def test_without_the_check_state_of_another_type_is_cast_where_that_loses_nothing(stopped: Counts) -> None:
    def wider(frame: DataFrame) -> DataFrame:
        return frame.groupBy("k").agg(F.sum(F.col("v").cast("double")).alias("rows"))

    assert failure_of(lambda: stopped.start(build=wider)).getCondition() == "STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE"
    unchecked = simulated(settings={"spark.sql.streaming.stateStore.stateSchemaCheck": "false"})
    query = stopped.start(unchecked, build=wider)
    stopped.feed(query, "a")
    assert stopped.table() == {"a": 3.0, "b": 1.0}
    query.stop()
    impossible = simulated(settings={"spark.sql.streaming.stateStore.stateSchemaCheck": "false"})
    error = failure_of(lambda: stopped.start(impossible, build=lambda f: f.groupBy(F.struct("k")).count()))
    assert error.getCondition() == "STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE"


@pytest.mark.rule("CKP-60o")
def test_columns_may_be_renamed(stopped: Counts) -> None:
    query = stopped.start(build=lambda frame: frame.groupBy(F.col("k").alias("key")).agg(F.count("*").alias("rows")))
    stopped.feed(query, "a")
    assert stopped.table() == {"a": 3, "b": 1}
    assert stopped.session.table("counts").columns == ["key", "rows"]
    query.stop()


@pytest.mark.rule("CKP-60q")
def test_a_stateless_part_may_change(stopped: Counts) -> None:
    query = stopped.start(
        build=lambda frame: frame.where("k != 'b'").groupBy("k").count().select("k", F.col("count") * 10)
    )
    stopped.feed(query, "a", "b")
    assert stopped.table() == {"a": 30, "b": 10}
    query.stop()


@pytest.mark.rule("CKP-60p")
def test_the_output_mode_may_change_from_update_to_complete(tmp_path: Path) -> None:
    counts = Counts(tmp_path)
    session = simulated()
    counted = counts.frame(session).groupBy("k").count()
    writer = counted.writeStream.format("noop").outputMode("update")
    query = writer.option("checkpointLocation", str(counts.checkpoint)).start()
    counts.feed(query, "a", "b", "a")
    query.stop()
    query = counts.start()
    assert counts.table() == {"a": 2, "b": 1}
    query.stop()


# ---------------------------------------------------------------- a disk that does not play along


@pytest.mark.rule("CKP-65")
@pytest.mark.parametrize(
    ("path", "condition"),
    [
        ("offsets/1", "STREAMING_CHECKPOINT_LOG_WRITE_FAILURE.OFFSET_LOG"),
        ("commits/1", "STREAMING_CHECKPOINT_LOG_WRITE_FAILURE.COMMIT_LOG"),
    ],
)
@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("full", "the disk is full"),
        ("broken", "the disk reported an error"),
        ("read-only", "the file system is read-only"),
    ],
)
def test_a_log_entry_that_the_disk_refuses_names_log_epoch_and_reason(
    tmp_path: Path, path: str, condition: str, reason: str, words: str
) -> None:
    counts = Counts(tmp_path)
    query = counts.start(simulated(FailWriteAt(reason, path=path)))  # type: ignore[arg-type]
    counts.feed(query, "a")
    counts.add("b", "a")
    with pytest.raises(StreamingQueryException, match=words) as raised:
        query.processAllAvailable()
    cause = raised.value.__cause__
    assert isinstance(cause, PySparkException)
    assert cause.getCondition() == condition
    parameters = cause.getMessageParameters() or {}
    assert (parameters["batchId"], parameters["checkpointLocation"]) == ("1", str(counts.checkpoint))
    goes_on(counts)


@pytest.mark.rule("CKP-65")
@pytest.mark.parametrize("reason", ["full", "broken", "read-only"])
def test_a_state_file_that_the_disk_refuses_is_named_and_nothing_is_lost(tmp_path: Path, reason: str) -> None:
    counts = Counts(tmp_path)
    refuse = FailWriteAt(reason, "files.before_fsync", occurrence=8)  # type: ignore[arg-type]
    query = counts.start(simulated(refuse))
    counts.add("a", "b", "a")
    with pytest.raises(StreamingQueryException) as raised:
        feed_for_ever(counts, query)
    assert isinstance(raised.value.__cause__, PySparkException)
    assert "checkpoint" in str(raised.value.__cause__)
    query = counts.start()
    query.processAllAvailable()
    table = counts.table()
    assert (table["a"], table["b"]) == (2, 1)
    assert sum(table.values()) == 3 + table.get("d", 0)
    query.stop()


def feed_for_ever(counts: Counts, query: StreamingQuery) -> None:
    for _ in range(100):
        counts.feed(query, "d")


@pytest.mark.rule("CKP-60r")
def test_a_checkpoint_that_vanishes_while_the_query_runs_ends_it_and_can_be_put_back(tmp_path: Path) -> None:
    counts = Counts(tmp_path)
    query = counts.start()
    counts.feed(query, "a")
    shutil.move(counts.checkpoint, tmp_path / "aside")
    counts.add("b", "a")
    with pytest.raises(StreamingQueryException, match="the checkpoint directory has vanished"):
        query.processAllAvailable()
    assert not counts.checkpoint.exists()
    shutil.move(tmp_path / "aside", counts.checkpoint)
    goes_on(counts)


def test_a_checkpoint_location_that_is_a_file_is_refused_by_start_itself(tmp_path: Path) -> None:
    counts = Counts(tmp_path)
    counts.checkpoint.write_text("a file")
    with pytest.raises(PySparkException, match="checkpoint"):
        counts.start()
    assert counts.checkpoint.read_text() == "a file"


# ---------------------------------------------------------------- two drivers


@pytest.mark.rule("CKP-63", "CKP-64")
def test_a_second_driver_is_refused_by_start_itself_before_it_changes_anything(stopped: Counts) -> None:
    lease = acquire_lease(LocalFiles(str(stopped.checkpoint)))
    before = snapshot_of(stopped.checkpoint)
    stopped.add("x")
    with pytest.raises(PySparkException, match="is in use by process") as raised:
        stopped.start()
    assert raised.value.getCondition() == "CHECKPOINT_IN_USE"
    assert snapshot_of(stopped.checkpoint) == before
    lease.release()
    query = stopped.start()
    query.processAllAvailable()
    assert stopped.table() == {"a": 2, "b": 1, "x": 1}
    query.stop()


@pytest.mark.rule("CKP-63")
@pytest.mark.parametrize("log", ["offsets", "commits"])
def test_an_entry_that_somebody_else_has_written_ends_the_query(tmp_path: Path, log: str) -> None:
    counts = Counts(tmp_path)
    query = counts.start()
    counts.feed(query, "a")
    (counts.checkpoint / log).mkdir(exist_ok=True)
    stranger = counts.checkpoint / log / "1"
    stranger.write_bytes(b"of another driver")
    counts.add("b", "a")
    with pytest.raises(StreamingQueryException, match="Multiple streaming jobs detected for 1") as raised:
        query.processAllAvailable()
    assert isinstance(raised.value.__cause__, PySparkException)
    assert raised.value.__cause__.getCondition() == "CONCURRENT_STREAM_LOG_UPDATE"
    assert stranger.read_bytes() == b"of another driver"
    stranger.unlink()
    goes_on(counts)


@pytest.mark.rule("CKP-61")
def test_a_second_start_in_this_process_takes_over(tmp_path: Path) -> None:
    counts = Counts(tmp_path)
    first = counts.start()
    counts.feed(first, "a", "b")
    second = counts.start()
    assert (first.isActive, first.exception(), first.id == second.id) == (False, None, True)
    counts.feed(second, "a")
    assert counts.table() == {"a": 2, "b": 1}
    second.stop()


@pytest.mark.rule("CKP-61")
def test_a_second_start_is_refused_where_the_setting_says_so(tmp_path: Path) -> None:
    counts = Counts(tmp_path)
    first = counts.start()
    counts.feed(first, "a", "b")
    session = simulated(settings={"spark.sql.streaming.stopActiveRunOnRestart": "false"})
    running = counts.session
    with pytest.raises(PySparkException, match="another query with same id is already active"):
        counts.start(session)
    counts.session = running
    counts.feed(first, "a")
    assert counts.table() == {"a": 2, "b": 1}
    first.stop()


@pytest.mark.rule("CKP-62")
def test_copies_of_one_checkpoint_are_one_query(stopped: Counts, tmp_path: Path) -> None:
    shutil.copytree(stopped.checkpoint, tmp_path / "copy")
    first = stopped.start()
    stopped.checkpoint = tmp_path / "copy"
    second = stopped.start()
    assert first.id == second.id
    assert not first.isActive
    assert stopped.table() == {"a": 2, "b": 1}
    second.stop()


@pytest.mark.rule("CKP-75")
def test_keeping_no_epoch_at_all_is_refused_where_it_is_set() -> None:
    with pytest.raises(IllegalArgumentException, match="minBatchesToRetain"):
        simulated().conf.set("spark.sql.streaming.minBatchesToRetain", "0")
