"""Files as the output of a stream: exactly once, by a manifest that says which of them count."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from actorstream import MemoryStream
from actorstream.common.fault_points import NO_FAULTS, FaultInjector
from actorstream.errors import AnalysisException, IllegalArgumentException, PySparkException, StreamingQueryException
from actorstream.sql import SparkSession
from actorstream.testing.faults import FailWriteAt


class Output:
    """A stream, and queries that write it to a directory."""

    def __init__(self, spark: SparkSession, root: Path) -> None:
        self.spark = spark
        self.root = root
        self.path = root / "out"
        self.stream = MemoryStream(spark, "k STRING, v INT")

    def run(
        self, *blocks: list[tuple[Any, ...]], checkpoint: str = "checkpoint", form: str = "json", **options: Any
    ) -> Any:
        """An epoch per block; then stop. Returns: the last progress."""
        partition_by = options.pop("partitionBy", [])
        writer = self.stream.to_df().writeStream.format(form).options(**options).partitionBy(partition_by)
        query = writer.option("checkpointLocation", str(self.root / checkpoint)).start(str(self.path))
        try:
            query.processAllAvailable()
            for block in blocks:
                self.stream.add_data(*block)
                query.processAllAvailable()
        finally:
            query.stop()
        return query.lastProgress

    def rows(self, form: str = "json", **options: Any) -> list[tuple[Any, ...]]:
        """What readers of the directory see."""
        frame = self.spark.read.format(form).schema("k STRING, v INT").options(**options).load(str(self.path))
        return sorted((tuple(row) for row in frame.collect()), key=str)

    def manifest(self) -> list[str]:
        return sorted(os.listdir(self.path / "_spark_metadata"), key=lambda name: int(name.split(".")[0]))


@pytest.fixture
def output(spark: SparkSession, tmp_path: Path) -> Output:
    return Output(spark, tmp_path)


@pytest.mark.rule("IO-60", "IO-64")
@pytest.mark.parametrize("form", ["json", "csv", "parquet", "orc"])
def test_every_format_is_written_and_read_back(output: Output, form: str) -> None:
    progress = output.run([("a", 1), (None, 2)], [("b", None)], form=form)
    assert output.rows(form) == [("a", 1), ("b", None), (None, 2)]
    assert (progress.sink.description, progress.sink.numOutputRows) == (f"FileSink[file:{output.path}]", -1)


@pytest.mark.rule("IO-60")
def test_text_is_written_from_one_column(spark: SparkSession, tmp_path: Path) -> None:
    stream = MemoryStream(spark, "line STRING")
    stream.add_data("a", "b c")
    writer = stream.to_df().writeStream.format("text").option("checkpointLocation", str(tmp_path / "checkpoint"))
    query = writer.start(str(tmp_path / "out"))
    query.processAllAvailable()
    query.stop()
    assert [row.value for row in spark.read.text(str(tmp_path / "out")).collect()] == ["a", "b c"]


@pytest.mark.rule("IO-64")
def test_options_of_the_format_pass_through(output: Output) -> None:
    output.run([("a", 1)], form="csv", header=True, sep=";", compression="gzip")
    (name,) = [name for name in os.listdir(output.path) if name.startswith("part-")]
    assert name.endswith("-c000.csv.gz")
    assert output.rows("csv", header=True, sep=";") == [("a", 1)]


@pytest.mark.rule("IO-61")
def test_an_entry_lists_the_files_of_an_epoch_as_the_reference_writes_it(output: Output) -> None:
    output.run([("a", 1)])
    version, line = (output.path / "_spark_metadata" / "0").read_text().split("\n")
    entry = json.loads(line)
    (name,) = [name for name in os.listdir(output.path) if name.startswith("part-")]
    assert version == "v1"
    assert entry.pop("modificationTime") > 0
    assert entry == {
        "path": f"file://{output.path}/{name}",
        "size": (output.path / name).stat().st_size,
        "isDir": False,
        "blockReplication": 1,
        "blockSize": 33554432,
        "action": "add",
    }


@pytest.mark.rule("IO-61")
def test_the_manifest_is_compacted_and_replaced_entries_go_when_they_are_old(output: Output) -> None:
    output.spark.conf.set("spark.sql.streaming.fileSink.log.cleanupDelay", "0ms")
    output.run(*([("k", number)] for number in range(12)))
    assert output.manifest() == ["9.compact", "10", "11"]
    assert output.rows() == sorted((("k", number) for number in range(12)), key=str)


@pytest.mark.rule("IO-61")
def test_replaced_entries_stay_a_while_for_readers(output: Output) -> None:
    output.run(*([("k", number)] for number in range(11)))
    assert output.manifest() == [*map(str, range(9)), "9.compact", "10"]
    assert len(output.rows()) == 11


@pytest.mark.rule("IO-61")
def test_files_beyond_the_retention_leave_the_manifest(output: Output) -> None:
    output.run(*([("k", number)] for number in range(10)), retention="0 seconds")
    # when an entry is compacted, all files before it are older than nothing
    assert output.rows() == [("k", 9)]


@pytest.mark.rule("IO-62", "IO-63")
def test_readers_of_the_directory_see_what_the_manifest_lists_and_readers_of_a_pattern_see_all(output: Output) -> None:
    output.run([("a", 1)])
    (output.path / "part-99999-orphan-c000.json").write_text('{"k":"orphan","v":0}\n')
    assert output.rows() == [("a", 1)]
    spark = output.spark
    assert spark.read.schema("k STRING, v INT").json(f"{output.path}/*.json").count() == 2
    spark.conf.set("spark.sql.streaming.fileStreamSink.ignoreMetadata", "true")
    assert len(output.rows()) == 2


@pytest.mark.rule("IO-42")
def test_a_stream_reads_only_what_the_manifest_lists(output: Output) -> None:
    output.run([("a", 1)])
    (output.path / "part-99999-orphan-c000.json").write_text('{"k":"orphan","v":0}\n')
    frame = output.spark.readStream.schema("k STRING, v INT").json(str(output.path))
    query = frame.writeStream.format("memory").queryName("seen").start()
    query.processAllAvailable()
    assert output.spark.table("seen").collect() == [("a", 1)]
    query.stop()


@pytest.mark.rule("IO-65")
def test_a_new_checkpoint_over_old_output_drops_its_first_batches(output: Output) -> None:
    output.run([("a", 1)])
    output.run([("b", 2)], checkpoint="another")
    # the second query's batch 0 had both rows; its id is in the manifest already
    assert output.rows() == [("a", 1), ("b", 2)]
    files = sorted(os.listdir(output.path))
    output.run([("c", 3)], checkpoint="third")
    assert output.rows() == [("a", 1), ("b", 2)]
    assert sorted(os.listdir(output.path)) == files


@pytest.mark.rule("IO-60")
def test_partition_columns_become_folders(output: Output) -> None:
    output.run([("a/b", 1), (None, 2), ("x y", 3), ("é", 4)], partitionBy="k")
    folders = sorted(name for name in os.listdir(output.path) if "=" in name)
    assert folders == ["k=__HIVE_DEFAULT_PARTITION__", "k=a%2Fb", "k=x y", "k=é"]
    frame = output.spark.read.schema("v INT").json(str(output.path))
    assert sorted((tuple(row) for row in frame.collect()), key=str) == [(1, "a/b"), (2, None), (3, "x y"), (4, "é")]


@pytest.mark.rule("IO-11", "IO-60")
@pytest.mark.parametrize("mode", ["update", "complete"])
def test_only_append_can_be_written_to_files(output: Output, mode: str) -> None:
    counts = output.stream.to_df().groupBy("k").count().writeStream.format("parquet").outputMode(mode)
    with pytest.raises(AnalysisException) as caught:
        counts.option("checkpointLocation", str(output.root / "c")).start(str(output.path))
    assert caught.value.getCondition() == "STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE"


@pytest.mark.rule("IO-14", "IO-17", "IO-19")
def test_what_cannot_be_written_is_refused_at_start(output: Output) -> None:
    frame = output.stream.to_df()

    def condition(writer: Any, path: str | None = None) -> str | None:
        with pytest.raises(PySparkException) as caught:
            writer.start(path)
        return caught.value.getCondition()

    def writer(form: str = "json") -> Any:
        return frame.writeStream.format(form).option("checkpointLocation", str(output.root / "c"))

    assert condition(writer().partitionBy("zz"), str(output.path)) == "_LEGACY_ERROR_TEMP_1196"
    assert condition(frame.writeStream.format("json"), str(output.path)) == "_LEGACY_ERROR_TEMP_1298"
    assert condition(writer().option("path", "x"), str(output.path)) == "_LEGACY_ERROR_TEMP_1188"
    assert condition(writer("text"), str(output.path)) == "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE"
    assert condition(writer("csv").option("compression", "zz"), str(output.path)) == (
        "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION"
    )
    with pytest.raises(IllegalArgumentException, match="'path' is not specified"):
        writer().start()


def test_a_damaged_manifest_is_named(output: Output) -> None:
    output.run([("a", 1)], [("b", 2)])
    entry = output.path / "_spark_metadata" / "1"
    entry.write_text("v1\n{half")
    with pytest.raises(PySparkException, match="_spark_metadata/1"):
        output.rows()
    entry.write_text("v9\n")
    with pytest.raises(PySparkException, match="not 'v1'"):
        output.rows()


def test_a_directory_that_cannot_be_written_ends_the_query_and_nothing_is_lost(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    from actorstream.connectors.files.json import JsonFormat

    write = JsonFormat.write

    def full(self: Any, path: str, table: Any) -> None:
        raise OSError(28, "No space left on device", path)

    monkeypatch.setattr(JsonFormat, "write", full)
    with pytest.raises(StreamingQueryException, match="TASK_WRITE_FAILED"):
        output.run([("a", 1)])
    monkeypatch.setattr(JsonFormat, "write", write)
    output.run([("b", 2)])
    assert output.rows() == [("a", 1), ("b", 2)]


def test_an_epoch_that_another_query_has_just_listed_ends_the_query_instead_of_losing_its_rows(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    from actorstream.connectors.files.json import JsonFormat

    write = JsonFormat.write

    def overtaken(self: Any, path: str, table: Any) -> None:
        write(self, path, table)
        (output.path / "_spark_metadata").mkdir()
        (output.path / "_spark_metadata" / "0").write_text("v1")

    monkeypatch.setattr(JsonFormat, "write", overtaken)
    with pytest.raises(StreamingQueryException, match=r"FILE_SINK_CONCURRENT_WRITE.*output directory of its own"):
        output.run([("a", 1)])


def test_files_and_the_folders_that_lead_to_them_are_durable_before_the_manifest_lists_them(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        synced.append(os.path.relpath(os.readlink(f"/proc/self/fd/{descriptor}"), output.path))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    output.run([("a", 1)], partitionBy=["k"])
    manifest = next(index for index, name in enumerate(synced) if name.startswith("_spark_metadata/"))
    before = synced[:manifest]
    assert {"..", ".", "k=a"} <= set(before)
    assert any(name.startswith("k=a/part-") for name in before)


def test_a_query_keeps_directories_open_only_while_it_runs(output: Output) -> None:
    before = len(os.listdir("/proc/self/fd"))
    output.run(*[[("a", number)] for number in range(5)])
    assert len(os.listdir("/proc/self/fd")) <= before


def test_a_full_disk_under_the_manifest_ends_the_query_and_nothing_is_lost(spark: SparkSession, tmp_path: Path) -> None:
    stream = MemoryStream(schema="v INT")

    def run(faults: FaultInjector) -> None:
        session = SparkSession.builder.master("sim").faults(faults).create()
        writer = stream.to_df(session).writeStream.format("json").option("checkpointLocation", str(tmp_path / "ckpt"))
        query = writer.start(str(tmp_path / "out"))
        try:
            query.processAllAvailable()
        finally:
            query.stop()

    stream.add_data(1, 2)
    with pytest.raises(StreamingQueryException, match=r"Cannot write .*_spark_metadata/0: the disk is full"):
        run(FailWriteAt("full", path="_spark_metadata/0"))
    run(NO_FAULTS)
    rows = spark.read.schema("v INT").json(str(tmp_path / "out")).collect()
    assert sorted(row.v for row in rows) == [1, 2]
