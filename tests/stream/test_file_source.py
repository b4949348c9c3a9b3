"""New files of a directory as a stream: which files, in which order, how many at once, and never one twice."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from actorstream.common.clock import ManualClock
from actorstream.common.fault_points import SimulatedCrash
from actorstream.engine.query import StreamingQuery
from actorstream.errors import AnalysisException, IllegalArgumentException, PySparkException, StreamingQueryException
from actorstream.sql import DataFrame, SparkSession
from actorstream.sql import functions as F
from actorstream.testing.faults import CountHits, RaiseAt

NOW_S = 1_700_000_000


class Folder:
    """An input directory, a checkpoint, and queries that read the one with the other."""

    def __init__(self, spark: SparkSession, root: Path) -> None:
        self.spark = spark
        self.root = root
        self.input = root / "in"
        self.input.mkdir()
        self.batches: list[list[int]] = []

    def put(self, name: str, *numbers: int, age_s: int = 0) -> Path:
        """A CSV file of numbers, that many seconds old."""
        path = self.input / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # a query may be looking: the file appears whole, with its age
        hidden = path.with_name(f".{path.name}")
        hidden.write_text("".join(f"{number}\n" for number in numbers))
        os.utime(hidden, (NOW_S - age_s, NOW_S - age_s))
        return hidden.replace(path)

    def read(self, spark: SparkSession | None = None, path: str = "", **options: Any) -> DataFrame:
        reader = (spark or self.spark).readStream.schema("v INT").options(**options)
        return reader.csv(path or str(self.input))

    def start(self, frame: DataFrame | None = None, available_now: bool = False, **options: Any) -> StreamingQuery:
        """A query that notes the numbers of every batch."""
        frame = self.read(**options) if frame is None else frame
        writer = frame.writeStream.option("checkpointLocation", str(self.root / "checkpoint"))
        if available_now:
            writer = writer.trigger(availableNow=True)
        return writer.foreachBatch(self._note).start()

    def _note(self, frame: DataFrame, batch: int) -> None:
        self.batches.append(sorted(row.v for row in frame.collect()))

    def run(self, **options: Any) -> list[list[int]]:
        """Read all there is and stop. Returns: the batches."""
        self.batches = []
        query = self.start(**options)
        try:
            query.processAllAvailable()
        finally:
            query.stop()
        return self.batches


@pytest.fixture
def folder(spark: SparkSession, tmp_path: Path) -> Folder:
    return Folder(spark, tmp_path)


def failure_of(call: Callable[[], object]) -> str:
    with pytest.raises(StreamingQueryException) as caught:
        call()
    return str(caught.value)


# ---------------------------------------------------------------- which files


@pytest.mark.rule("IO-35", "IO-37")
def test_each_batch_takes_the_new_files_and_says_so_in_its_offset(folder: Folder) -> None:
    folder.put("a.csv", 1)
    query = folder.start()
    query.processAllAvailable()
    folder.put("b.csv", 2)
    folder.put("c.csv", 3)
    query.processAllAvailable()
    query.processAllAvailable()
    query.stop()
    assert folder.batches == [[1], [2, 3]]
    progress = query.lastProgress
    assert progress is not None
    source = json.loads(progress.json)["sources"][0]
    assert source["description"] == f"FileStreamSource[file:{folder.input}]"
    assert (source["startOffset"], source["endOffset"]) == ({"logOffset": 0}, {"logOffset": 1})
    assert source["latestOffset"] is None


@pytest.mark.rule("IO-38")
def test_a_file_that_is_written_again_is_not_read_again(folder: Folder) -> None:
    folder.put("a.csv", 1, age_s=50)
    assert folder.run() == [[1]]
    folder.put("a.csv", 9)
    folder.put("b.csv", 2)
    assert folder.run() == [[2]]


@pytest.mark.rule("IO-38")
def test_with_file_name_only_a_name_counts_once_wherever_it_is(folder: Folder) -> None:
    folder.put("p=1/a.csv", 1)
    assert folder.run(fileNameOnly=True) == [[1]]
    folder.put("p=2/a.csv", 2)
    folder.put("p=2/b.csv", 3)
    assert folder.run(fileNameOnly=True) == [[3]]


@pytest.mark.rule("IO-39")
def test_hidden_names_are_ignored_and_an_empty_file_is_a_batch_without_rows(folder: Folder) -> None:
    folder.put("_a.csv", 1)
    folder.put(".b.csv", 2)
    folder.put("empty.csv")
    assert folder.run() == [[]]


@pytest.mark.rule("IO-40")
def test_files_much_older_than_the_newest_one_are_left_out_but_not_at_the_beginning(folder: Folder) -> None:
    folder.put("old.csv", 1, age_s=1000)
    folder.put("new.csv", 2)
    assert folder.run(maxFileAge="10s") == [[1, 2]]
    folder.put("late.csv", 3, age_s=500)
    folder.put("fine.csv", 4, age_s=5)
    assert folder.run(maxFileAge="10s") == [[4]]


@pytest.mark.rule("IO-43")
def test_patterns_filters_and_nested_folders_choose_files(folder: Folder) -> None:
    folder.put("a1.csv", 1)
    folder.put("b1.csv", 2)
    folder.put("sub/c1.csv", 3)

    def numbers(path: str = "", **options: Any) -> list[int]:
        reader = folder.spark.read.schema("v INT").options(**options)
        return sorted(row.v for row in reader.csv(path or str(folder.input)).collect())

    assert numbers() == [1, 2]
    assert numbers(pathGlobFilter="a*") == [1]
    assert numbers(recursiveFileLookup=True) == [1, 2, 3]
    assert numbers(f"{folder.input}/{{a,b}}1.csv") == [1, 2]
    assert numbers(f"{folder.input}/*/*.csv") == [3]
    assert numbers(modifiedBefore="2050-01-01T00:00:00") == [1, 2]
    assert numbers(modifiedAfter="2050-01-01T00:00:00") == []
    assert folder.run(path=f"{folder.input}/[ab]*.csv") == [[1, 2]]


@pytest.mark.rule("IO-41")
def test_partition_folders_are_columns_also_below_a_pattern(folder: Folder) -> None:
    folder.put("x/p=1/a.csv", 1)
    folder.put("y/p=2/b.csv", 2)
    frame = folder.read(path=f"{folder.input}/*")
    assert frame.schema.simpleString() == "struct<v:int,p:int>"
    query = frame.writeStream.format("memory").queryName("parts").start()
    query.processAllAvailable()
    assert sorted(tuple(row) for row in folder.spark.table("parts").collect()) == [(1, 1), (2, 2)]
    query.stop()


@pytest.mark.rule("IO-41")
def test_folders_of_different_columns_are_refused(folder: Folder) -> None:
    folder.put("p=1/a.csv", 1)
    folder.put("q=1/b.csv", 2)
    with pytest.raises(PySparkException) as caught:
        folder.read()
    assert caught.value.getCondition() == "CONFLICTING_PARTITION_COLUMN_NAMES"


@pytest.mark.rule("IO-48")
def test_rows_know_their_file(folder: Folder) -> None:
    folder.put("a b.csv", 1, 2)
    frame = folder.read()
    assert frame.columns == ["v"]
    query = (
        frame.select("v", "_metadata.file_name", "_metadata.file_size")
        .writeStream.format("memory")
        .queryName("m")
        .start()
    )
    query.processAllAvailable()
    assert [tuple(row) for row in folder.spark.table("m").collect()] == [(1, "a%20b.csv", 4), (2, "a%20b.csv", 4)]
    query.stop()
    static = folder.spark.read.schema("v INT").csv(str(folder.input))
    assert static.where("_metadata.file_name = 'a%20b.csv' AND v > 1").collect() == [(2,)]
    (row,) = static.select("_metadata").limit(1).collect()
    assert row[0].file_path == f"file:{folder.input}/a%20b.csv"
    assert row[0].file_modification_time.timestamp() == NOW_S


# ---------------------------------------------------------------- how many, in which order


@pytest.mark.rule("IO-35", "IO-43")
def test_the_oldest_files_come_first_a_few_at_a_time(folder: Folder) -> None:
    for number in (3, 1, 2):
        folder.put(f"{9 - number}.csv", number, age_s=100 - number)
    assert folder.run(maxFilesPerTrigger=2) == [[1, 2], [3]]


@pytest.mark.rule("IO-35")
def test_latest_first_turns_the_order_round(folder: Folder) -> None:
    for number in (1, 2, 3):
        folder.put(f"{number}.csv", number, age_s=100 - number)
    assert folder.run(maxFilesPerTrigger=1, latestFirst=True) == [[3], [2], [1]]


@pytest.mark.rule("IO-43")
def test_a_limit_in_bytes_always_takes_one_file(folder: Folder) -> None:
    folder.put("a.csv", 11111, 11112, age_s=3)
    folder.put("b.csv", 2, age_s=2)
    folder.put("c.csv", 3, age_s=1)
    assert folder.run(maxBytesPerTrigger=4) == [[11111, 11112], [2, 3]]


@pytest.mark.rule("IO-44")
def test_what_a_limit_leaves_is_taken_without_listing_again(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    from actorstream.connectors.files.layout import Layout

    for number in range(6):
        folder.put(f"{number}.csv", number, age_s=100 - number)
    listings: list[int] = []
    files = Layout.files

    def counted(self: Layout) -> Any:
        listings.append(1)
        return files(self)

    monkeypatch.setattr(Layout, "files", counted)
    frame = folder.read(maxFilesPerTrigger=2)
    listings.clear()
    query = folder.start(frame)
    query.processAllAvailable()
    query.stop()
    assert folder.batches == [[0, 1], [2, 3], [4, 5]]
    with_cache = len(listings)
    (folder.root / "again").mkdir()
    again = Folder(folder.spark, folder.root / "again")
    for number in range(6):
        again.put(f"{number}.csv", number, age_s=100 - number)
    frame = again.read(maxFilesPerTrigger=2, maxCachedFiles=0)
    listings.clear()
    query = again.start(frame)
    query.processAllAvailable()
    query.stop()
    # one listing is enough for the three batches, where without the cache each has its own
    assert len(listings) >= with_cache + 2
    assert again.batches == [[0, 1], [2, 3], [4, 5]]


@pytest.mark.rule("IO-45")
def test_available_now_reads_what_is_there_at_the_start(folder: Folder) -> None:
    folder.put("a.csv", 1, age_s=2)
    folder.put("b.csv", 2, age_s=1)
    query = folder.start(available_now=True, maxFilesPerTrigger=1)
    query.awaitTermination()
    assert folder.batches == [[1], [2]]


@pytest.mark.rule("IO-43")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"maxFilesPerTrigger": "0"}, "Invalid value '0' for option 'maxFilesPerTrigger', must be a positive integer"),
        ({"maxFilesPerTrigger": "x"}, "Invalid value 'x' for option 'maxFilesPerTrigger', must be a positive integer"),
        ({"maxFilesPerTrigger": 1, "maxBytesPerTrigger": 1}, "can't be both set at the same time"),
        ({"latestFirst": "x"}, "Invalid value 'x' for option 'latestFirst', must be 'true' or 'false'"),
        ({"fileNameOnly": "x"}, "Invalid value 'x' for option 'fileNameOnly', must be 'true' or 'false'"),
        (
            {"cleanSource": "foo"},
            r"Invalid mode for clean source option Some\(foo\). Must be one of ARCHIVE,DELETE,OFF",
        ),
        ({"cleanSource": "archive"}, "Archive mode must be used with 'sourceArchiveDir' option."),
        ({"maxCachedFiles": "-1"}, "Invalid value '-1' for option 'maxCachedFiles'"),
        ({"discardCachedInputRatio": "2"}, "Invalid value '2' for option 'discardCachedInputRatio'"),
    ],
)
def test_an_impossible_option_ends_the_query(folder: Folder, options: dict[str, Any], message: str) -> None:
    with pytest.raises(StreamingQueryException, match=message):
        folder.run(**options)


@pytest.mark.rule("IO-43")
def test_times_of_files_are_no_option_of_a_stream(folder: Folder) -> None:
    with pytest.raises(StreamingQueryException, match="option 'modifiedafter' is not allowed in file stream sources"):
        folder.run(modifiedAfter="2020-01-01T00:00:00")


@pytest.mark.rule("IO-5", "IO-41", "IO-42")
def test_what_cannot_be_a_stream_of_files_is_refused_at_load(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(IllegalArgumentException) as caught:
        spark.readStream.format("csv").load(str(tmp_path))
    assert caught.value.getCondition() == "_LEGACY_ERROR_TEMP_2048"
    with pytest.raises(IllegalArgumentException, match="'path' is not specified"):
        spark.readStream.format("csv").schema("v INT").load()
    with pytest.raises(AnalysisException, match="PATH_NOT_FOUND"):
        spark.readStream.schema("v INT").csv(str(tmp_path / "nothing"))
    spark.conf.set("spark.sql.streaming.schemaInference", "true")
    (tmp_path / "a.csv").write_text("1\n")
    assert spark.readStream.csv(str(tmp_path)).columns == ["_c0"]


# ---------------------------------------------------------------- cleaning up


@pytest.mark.rule("IO-46")
def test_files_are_deleted_when_the_batch_after_theirs_is_committed(folder: Folder) -> None:
    query = folder.start(cleanSource="delete")
    for number in range(3):
        folder.put(f"{number}.csv", number)
        query.processAllAvailable()
    query.stop()
    assert sorted(os.listdir(folder.input)) == ["2.csv"]
    folder.put("3.csv", 3)
    assert folder.run(cleanSource="delete") == [[3]]
    assert sorted(os.listdir(folder.input)) == ["3.csv"]


@pytest.mark.rule("IO-46")
def test_the_archive_keeps_the_whole_path(folder: Folder) -> None:
    archive = folder.root / "archive"
    query = folder.start(cleanSource="archive", sourceArchiveDir=str(archive))
    for number in range(2):
        folder.put(f"{number}.csv", number)
        query.processAllAvailable()
    query.stop()
    assert (archive / str(folder.input / "0.csv").lstrip("/")).read_text() == "0\n"
    assert os.listdir(folder.input) == ["1.csv"]


@pytest.mark.rule("IO-46")
def test_an_archive_inside_the_input_and_the_output_of_a_sink_are_refused(folder: Folder) -> None:
    inside = str(folder.input / "archive")
    assert "inside the path that is read" in failure_of(
        lambda: folder.run(cleanSource="archive", sourceArchiveDir=inside)
    )
    (folder.input / "_spark_metadata").mkdir()
    assert "FileStreamSink" in failure_of(lambda: folder.run(cleanSource="delete"))


# ---------------------------------------------------------------- bad files


@pytest.mark.rule("IO-47")
def test_a_half_written_file_ends_the_query_which_goes_on_once_it_is_whole(spark: SparkSession, folder: Folder) -> None:
    good = folder.root / "good.parquet"
    pq.write_table(pa.table({"v": pa.array([1, 2], pa.int32())}), good)
    target = folder.input / "a.parquet"
    target.write_bytes(good.read_bytes()[:-20])
    frame = spark.readStream.schema("v INT").parquet(str(folder.input))

    def run() -> None:
        query = folder.start(frame)
        try:
            query.processAllAvailable()
        finally:
            query.stop()

    message = failure_of(run)
    assert "FAILED_READ_FILE.NO_HINT" in message
    assert str(target) in message
    assert folder.batches == []
    target.write_bytes(good.read_bytes())
    run()
    assert folder.batches == [[1, 2]]


@pytest.mark.rule("IO-47")
def test_a_file_that_vanished_before_it_was_read_has_no_rows_and_is_told(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    bad = folder.put("bad.csv", 1)
    bad.write_text("x\n")
    os.utime(bad, (NOW_S, NOW_S))
    assert "FAILED_READ_FILE" in failure_of(lambda: folder.run(mode="FAILFAST"))
    bad.unlink()
    folder.put("b.csv", 2)
    assert folder.run(mode="FAILFAST") == [[], [2]]
    assert f"{bad} is gone" in caplog.text


# ---------------------------------------------------------------- the log


@pytest.mark.rule("IO-36")
def test_the_log_is_compacted_and_a_restart_reads_nothing_twice(folder: Folder) -> None:
    query = folder.start()
    for number in range(23):
        folder.put(f"{number}.csv", number)
        query.processAllAvailable()
    query.stop()
    assert sorted(
        os.listdir(folder.root / "checkpoint" / "sources" / "0"), key=lambda name: int(name.split(".")[0])
    ) == [
        "19.compact",
        "20",
        "21",
        "22",
    ]
    folder.put("23.csv", 23)
    assert folder.run() == [[23]]


@pytest.mark.rule("IO-36")
def test_a_missing_or_damaged_entry_of_the_log_is_named(folder: Folder) -> None:
    query = folder.start()
    for number in range(3):
        folder.put(f"{number}.csv", number)
        query.processAllAvailable()
    query.stop()
    log = folder.root / "checkpoint" / "sources" / "0"
    kept = (log / "1").read_bytes()
    (log / "1").unlink()
    assert "sources/0/1" in failure_of(folder.run)
    (log / "1").write_bytes(kept[:-1])
    assert "sources/0/1" in failure_of(folder.run)
    (log / "1").write_bytes(kept)
    folder.put("3.csv", 3)
    assert folder.run() == [[3]]


def _crashing(faults: Any) -> SparkSession:
    session = SparkSession(master="sim", clock=ManualClock(NOW_S * 1000), faults=faults)
    session.conf.set("spark.sql.streaming.fileSource.log.compactInterval", "3")
    session.conf.set("spark.sql.streaming.fileSink.log.compactInterval", "3")
    return session


def _copy_files(root: Path, faults: Any) -> list[int]:
    """Copy five files by a query that may crash; start it again as often as needed. Returns: the rows that readers see."""
    source = root / "in"
    source.mkdir(parents=True)
    session = _crashing(faults)
    query = None
    for number in range(5):
        (source / f"{number}.csv").write_text(f"{number}\n{number + 100}\n")
        while True:
            try:
                if query is None:
                    frame = session.readStream.schema("v INT").option("maxFilesPerTrigger", 1).csv(str(source))
                    writer = frame.writeStream.format("parquet").option("checkpointLocation", str(root / "checkpoint"))
                    query = writer.start(str(root / "out"))
                query.processAllAvailable()
                break
            except (PySparkException, SimulatedCrash):
                session, query = _crashing(CountHits()), None
    assert query is not None
    query.stop()
    return sorted(row.v for row in session.read.schema("v INT").parquet(str(root / "out")).collect())


@pytest.mark.rule("IO-37", "IO-60", "IO-62")
@pytest.mark.slow
def test_files_are_copied_once_whatever_point_a_run_crashes_at(tmp_path: Path) -> None:
    """Also between the entry of the source's log and the offset log, and between the sink's files and their manifest."""
    expected = sorted([*range(5), *range(100, 105)])
    hits = CountHits()
    assert _copy_files(tmp_path / "whole", hits) == expected
    for point, count in hits.counts().items():
        for occurrence in range(1, count + 1):
            crash = RaiseAt(point, occurrence=occurrence)
            assert _copy_files(tmp_path / f"{point}-{occurrence}", crash) == expected, f"{point}, {occurrence}"
            assert crash.fired


@pytest.mark.rule("IO-37", "IO-60")
@pytest.mark.parametrize(
    ("point", "where"),
    [
        ("driver.before_offset_log", {"epoch": 2}),
        ("files.torn_write", {"path": "sources/0/2.compact"}),
        ("files.before_rename", {"path": "sources/0/1"}),
        ("files.before_write", {"path": "_spark_metadata/1"}),
        ("files.torn_write", {"path": "_spark_metadata/2.compact"}),
        ("sink.after_commit", {"epoch": 2}),
    ],
    ids=[
        "logged, not planned",
        "log torn",
        "log not named",
        "files without manifest",
        "manifest torn",
        "not acknowledged",
    ],
)
def test_a_crash_around_the_logs_loses_and_doubles_nothing(tmp_path: Path, point: Any, where: dict[str, Any]) -> None:
    crash = RaiseAt(point, **where)
    assert _copy_files(tmp_path, crash) == sorted([*range(5), *range(100, 105)])
    assert crash.fired


@pytest.mark.rule("IO-42")
def test_a_stream_over_nothing_names_the_path_as_it_was_given(spark: SparkSession) -> None:
    with pytest.raises(AnalysisException) as caught:
        spark.readStream.schema("v INT").csv("nothing/here")
    assert caught.value.getMessageParameters() == {"path": "nothing/here"}


@pytest.mark.rule("IO-48")
def test_the_functions_of_a_rows_file_know_it_on_streams_and_tables(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1\n2\n")
    stream = spark.readStream.schema("v INT").csv(str(tmp_path)).select("v", F.input_file_name())
    query = stream.writeStream.format("memory").queryName("named").trigger(availableNow=True).start()
    query.awaitTermination()
    assert spark.table("named").columns == ["v", "input_file_name()"]
    assert [tuple(row) for row in spark.table("named").collect()] == [
        (1, f"file://{tmp_path}/a.csv"),
        (2, f"file://{tmp_path}/a.csv"),
    ]
    table = spark.read.schema("v INT").csv(str(tmp_path))
    assert table.select(F.input_file_block_start(), F.input_file_block_length()).first() == (0, 4)
    assert table.where(F.input_file_name().endswith("a.csv")).count() == 2
    assert spark.range(1).select(F.input_file_name(), F.input_file_block_start()).first() == ("", -1)
