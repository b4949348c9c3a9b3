"""Offset log, commit log and metadata: entries are written once, numbered by epoch, and kept as long as asked."""

from __future__ import annotations

import pytest

from actorstream.checkpoint.codec import encode
from actorstream.checkpoint.commit_log import CommitEntry, CommitLog
from actorstream.checkpoint.memory import MemoryFiles
from actorstream.checkpoint.metadata import Metadata, open_metadata
from actorstream.checkpoint.offset_log import OffsetEntry, OffsetLog
from actorstream.common.hashing import HASH_NAME
from actorstream.errors import AnalysisException, SparkRuntimeException

PLAN = OffsetEntry(
    {"source-0": '{"logOffset":3}', "source-1": None},
    watermark_ms=40_000,
    batch_time_ms=1_795_415_723_815,
    conf={"spark.sql.shuffle.partitions": "2"},
)
DONE = CommitEntry(50_000, {"watermark-0": 50_000}, {"aggregate-0": ("7-run", None)})


@pytest.mark.rule("CKP-15")
def test_a_plan_is_read_back_by_another_run(files: MemoryFiles) -> None:
    OffsetLog(files).add(7, PLAN)
    log = OffsetLog(files)
    assert log.epochs() == [7]
    assert log.get(7) == PLAN


@pytest.mark.rule("CKP-22")
def test_a_commit_is_read_back_by_another_run(files: MemoryFiles) -> None:
    CommitLog(files).add(7, DONE)
    assert CommitLog(files).get(7) == DONE


@pytest.mark.rule("CKP-1")
def test_names_that_are_no_epochs_are_not_entries(files: MemoryFiles) -> None:
    log = OffsetLog(files)
    for epoch in (0, 9, 10):
        log.add(epoch, PLAN)
    for name in ("junk", "3.crc", "-1", "1.5", " 4"):
        files.write_new(f"offsets/{name}", b"")
    assert OffsetLog(files).epochs() == [0, 9, 10]


@pytest.mark.rule("CKP-63")
def test_an_entry_that_is_there_already_is_another_driver(files: MemoryFiles) -> None:
    mine, other = CommitLog(files), CommitLog(files)
    assert mine.epochs() == []
    other.add(0, DONE)
    with pytest.raises(SparkRuntimeException, match=r"Multiple streaming jobs detected for 0") as raised:
        mine.add(0, DONE)
    assert raised.value.getCondition() == "CONCURRENT_STREAM_LOG_UPDATE"
    assert "memory:/commits/0" in str(raised.value)


def test_a_refused_entry_is_not_remembered_as_written(files: MemoryFiles) -> None:
    from actorstream.testing.faults import FailWriteAt

    log = OffsetLog(files)
    log.add(0, PLAN)
    assert log.epochs() == [0]
    files.faults = FailWriteAt("full")
    with pytest.raises(SparkRuntimeException, match="the disk is full"):
        log.add(1, PLAN)
    assert log.epochs() == [0]
    log.add(1, PLAN)
    assert log.epochs() == [0, 1]


@pytest.mark.rule("CKP-70")
def test_purging_keeps_the_entries_from_an_epoch_on(files: MemoryFiles) -> None:
    log = OffsetLog(files)
    for epoch in range(8):
        log.add(epoch, PLAN)
    log.purge_below(5)
    assert log.epochs() == OffsetLog(files).epochs() == [5, 6, 7]
    log.purge_below(5)
    log.purge_below(2)
    assert log.epochs() == [5, 6, 7]


@pytest.mark.rule("CKP-55h")
def test_a_purge_that_was_cut_short_is_completed_by_the_next(files: MemoryFiles) -> None:
    log = OffsetLog(files)
    for epoch in range(6):
        log.add(epoch, PLAN)
    files.delete("offsets/0")  # the dead run got so far
    again = OffsetLog(files)
    again.purge_below(4)
    assert OffsetLog(files).epochs() == [4, 5]


def test_an_entry_without_a_field_is_named(files: MemoryFiles) -> None:
    files.write_new("offsets/2", encode("offsets", {"sources": {}}))
    files.write_new("commits/2", encode("commit", ["not", "a", "map"]))
    with pytest.raises(SparkRuntimeException, match=r"memory:/offsets/2.*KeyError: 'watermark_ms'"):
        OffsetLog(files).get(2)
    with pytest.raises(SparkRuntimeException, match=r"memory:/commits/2.*CONTENT|CONTENT.*memory:/commits/2"):
        CommitLog(files).get(2)


# ---------------------------------------------------------------- metadata


@pytest.mark.rule("CKP-5", "CKP-10")
def test_a_checkpoint_gets_its_id_once(files: MemoryFiles) -> None:
    first = open_metadata(files)
    assert open_metadata(files) == first
    assert first.hash_name == HASH_NAME
    assert open_metadata(MemoryFiles()).query_id != first.query_id


@pytest.mark.rule("CKP-11")
@pytest.mark.parametrize("path", ["offsets/0", "commits/0"])
def test_logs_without_metadata_are_refused_unless_the_check_is_off(files: MemoryFiles, path: str) -> None:
    files.write_new(path, b"")
    with pytest.raises(AnalysisException, match="the metadata file is missing") as raised:
        open_metadata(files)
    assert raised.value.getCondition() == "STREAMING_CHECKPOINT_MISSING_METADATA_FILE"
    assert not files.exists("metadata")
    assert isinstance(open_metadata(files, verify=False), Metadata)


@pytest.mark.rule("CKP-12")
@pytest.mark.parametrize("data", [b"", b'{"id":"of another program"}', encode("metadata", {"id": "x"})])
def test_damaged_metadata_is_named(files: MemoryFiles, data: bytes) -> None:
    files.write_new("metadata", data)
    with pytest.raises(SparkRuntimeException, match="memory:/metadata"):
        open_metadata(files)


@pytest.mark.rule("CKP-13")
def test_the_loser_of_a_race_for_a_new_directory_takes_the_winners_id(
    files: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = files.read
    winner = encode("metadata", {"id": "the winner", "hash": HASH_NAME})

    def nothing_yet(path: str) -> bytes:
        monkeypatch.setattr(files, "read", read)
        files.files["metadata"] = winner  # right after the loser has looked
        raise FileNotFoundError(path)

    monkeypatch.setattr(files, "read", nothing_yet)
    assert open_metadata(files).query_id == "the winner"


def test_a_checkpoint_split_by_another_hash_function_is_refused(files: MemoryFiles) -> None:
    files.write_new("metadata", encode("metadata", {"id": "x", "hash": "murmur-0"}))
    with pytest.raises(SparkRuntimeException, match="murmur-0") as raised:
        open_metadata(files)
    assert raised.value.getCondition() == "CHECKPOINT_HASH_MISMATCH"
