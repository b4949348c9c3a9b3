"""`MemoryStream`: what may be added, what an offset is, and what several queries on one stream see."""

from __future__ import annotations

import dataclasses
import re
import threading
from collections import namedtuple
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import actorstream.testing.streaming
from actorstream import MemoryStream, Row
from actorstream.checkpoint.memory import MemoryFiles
from actorstream.common.clock import SystemClock
from actorstream.common.config import Conf
from actorstream.common.ids import NodeId, QueryId, RunId
from actorstream.dataflow.protocols import ALL_AVAILABLE, Source, SourceContext
from actorstream.errors import (
    AnalysisException,
    IllegalArgumentException,
    ParseException,
    PySparkTypeError,
    PySparkValueError,
    SparkRuntimeException,
)
from actorstream.sql import SparkSession
from actorstream.sql import functions as F
from actorstream.sql.types import IntegerType, StringType, StructField, StructType
from tests.stream.helpers import executed, failure, refused, sink_of, start, table

Named = namedtuple("Named", "b a")
Other = namedtuple("Other", "x y")


@dataclasses.dataclass
class Point:
    b: str
    a: int


class Anything:
    pass


def opened(stream: MemoryStream, query: str = "q", *, temporary: bool = False) -> Source:
    """The stream as a query sees it."""
    source = stream.provider.create()
    source.open(context(query, temporary=temporary))
    return source


def context(query: str, *, temporary: bool = False) -> SourceContext:
    """What the engine gives the source of a query."""
    return SourceContext(
        query_id=QueryId(query),
        run_id=RunId("run"),
        node_id=NodeId("source-0"),
        files=MemoryFiles(),
        log_folder="sources/0",
        clock=SystemClock(),
        conf=Conf(),
        partitions=2,
        temporary=temporary,
    )


def read(source: Source, begin: str | None, end: str) -> list[list[Any]]:
    """Values of the first column, one list for each split."""
    return [
        [value for part in source.read(split) for value in part.column(0).to_pylist()]
        for split in source.splits(begin, end)
    ]


def added(stream: MemoryStream, *rows: Any) -> list[dict[str, Any]]:
    """Add a block; what a query reads of it."""
    offset = stream.add_data(*rows)
    source = opened(stream)
    found = [
        row
        for split in source.splits(str(offset - 1), str(offset))
        for part in source.read(split)
        for row in part.to_pylist()
    ]
    source.stop()
    return found


# ---------------------------------------------------------------- what may be added


def test_it_is_exported_where_users_look_for_it() -> None:
    from actorstream.connectors.memory import MemoryStream as Original

    assert MemoryStream is Original is actorstream.testing.streaming.MemoryStream


@pytest.mark.parametrize(
    "row",
    [
        (1, "x"),
        [1, "x"],
        {"b": "x", "a": 1},
        Named("x", 1),
        Row(b="x", a=1),
        Row(1, "x"),
        Point("x", 1),
        pa.table({"b": ["x"], "a": [1]}),
        pa.RecordBatch.from_pydict({"a": pa.array([1], pa.int8()), "b": ["x"]}),
    ],
    ids=lambda row: type(row).__name__,
)
def test_rows_of_every_kind_are_told_apart_by_their_field_names(row: Any) -> None:
    assert added(MemoryStream(schema="a INT, b STRING"), row) == [{"a": 1, "b": "x"}]


def test_a_pandas_frame_is_one_block_with_nan_as_null() -> None:
    pandas = pytest.importorskip("pandas")
    stream = MemoryStream(schema="a INT, b STRING")
    assert added(stream, pandas.DataFrame({"b": ["x", None], "a": [1, None]})) == [
        {"a": 1, "b": "x"},
        {"a": None, "b": None},
    ]
    assert stream.current_offset == 0


def test_a_table_becomes_a_block_without_being_copied() -> None:
    column = pa.array(range(1000), pa.int32())
    stream = MemoryStream(schema="a INT")
    stream.add_data(pa.table({"a": column}))
    [split] = opened(stream).splits(None, "0")
    assert split.payload.column(0).chunk(0).buffers()[1].address == column.buffers()[1].address


def test_one_column_takes_bare_values_also_structs_and_maps() -> None:
    numbers = MemoryStream(schema="int")
    assert [row["value"] for row in added(numbers, 1, (2,), [3], {"value": 4}, Row(value=5), Row(6), None)] == [
        1, 2, 3, 4, 5, 6, None,
    ]  # fmt: skip
    structs = MemoryStream(schema="s STRUCT<a: INT, b: INT>")
    rows = [Row(a=1, b=2), (3, 4), {"a": 5, "b": 6}, {"s": {"a": 7, "b": 8}}, Row(s=Row(a=9, b=10))]
    assert [tuple(row["s"].values()) for row in added(structs, *rows)] == [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10)]
    maps = MemoryStream(schema="m MAP<STRING, INT>")
    assert [row["m"] for row in added(maps, {"k": 1}, {"m": {"z": 2}})] == [[("k", 1)], [("z", 2)]]


@pytest.mark.rule("MEM-8")
def test_the_schema_is_a_struct_or_ddl_text_or_the_type_of_the_column_value() -> None:
    struct = StructType([StructField("a", IntegerType(), False)])
    assert MemoryStream(schema=struct).schema == struct
    assert MemoryStream(schema="a INT NOT NULL").schema == struct
    assert MemoryStream(schema=StringType()).schema == StructType([StructField("value", StringType())])
    assert MemoryStream(schema="decimal(10,2)").schema.simpleString() == "struct<value:decimal(10,2)>"
    assert MemoryStream().schema.simpleString() == "struct<value:string>"


@pytest.mark.parametrize(
    ("row", "condition"),
    [
        ((1,), "FIELD_STRUCT_LENGTH_MISMATCH"),
        ((1, "x", 2), "FIELD_STRUCT_LENGTH_MISMATCH"),
        (("x", "y"), "FIELD_DATA_TYPE_UNACCEPTABLE_WITH_NAME"),
        ((True, "y"), "FIELD_DATA_TYPE_UNACCEPTABLE_WITH_NAME"),
        ((1.5, "y"), "FIELD_DATA_TYPE_UNACCEPTABLE_WITH_NAME"),
        ((2**31, "y"), "VALUE_OUT_OF_BOUNDS"),
        ((None, "y"), "FIELD_NOT_NULLABLE_WITH_NAME"),
        ({"b": "y"}, "FIELD_NOT_NULLABLE_WITH_NAME"),
        ({"a": 1, "c": "y"}, "MEMORY_FIELDS_MISMATCH"),
        (Other(1, "y"), "MEMORY_FIELDS_MISMATCH"),
        (Row(a=1, c="y"), "MEMORY_FIELDS_MISMATCH"),
        (Row(a=1), "MEMORY_FIELDS_MISMATCH"),
        (Anything(), "MEMORY_FIELDS_MISMATCH"),
        (5, "FIELD_DATA_TYPE_UNACCEPTABLE"),
        (None, "FIELD_DATA_TYPE_UNACCEPTABLE"),
        (pa.table({"a": [1]}), "MEMORY_TABLE_MISMATCH"),
        (pa.table({"a": [1], "b": ["x"], "c": [1]}), "MEMORY_TABLE_MISMATCH"),
        (pa.table({"a": ["1"], "b": ["x"]}), "MEMORY_TABLE_MISMATCH"),
        (pa.table({"a": [2**40], "b": ["x"]}), "MEMORY_TABLE_MISMATCH"),
        (pa.table({"a": [1.5], "b": ["x"]}), "MEMORY_TABLE_MISMATCH"),
        (pa.table({"a": [None], "b": ["x"]}), "MEMORY_TABLE_MISMATCH"),
    ],
    ids=lambda value: str(value).replace("\n", " ")[:40],
)
def test_a_row_that_does_not_fit_is_refused_at_the_call_and_nothing_of_the_call_is_added(
    row: Any, condition: str
) -> None:
    stream = MemoryStream(schema="a INT NOT NULL, b STRING")
    stream.add_data((0, "before"))
    rows = [row] if isinstance(row, pa.Table) else [(1, "good"), row]
    with pytest.raises((PySparkTypeError, PySparkValueError)) as error:
        stream.add_data(*rows)
    assert refused(error) == condition
    assert stream.current_offset == 0
    assert read(opened(stream), None, "0") == [[0]]


def test_a_misspelt_field_of_a_single_column_is_no_null() -> None:
    with pytest.raises(PySparkValueError) as error:
        MemoryStream(schema="value INT").add_data({"valeu": 1})
    assert refused(error) == "MEMORY_FIELDS_MISMATCH"
    assert "valeu" in str(error.value)


def test_a_table_goes_alone() -> None:
    stream = MemoryStream(schema="a INT")
    with pytest.raises(PySparkTypeError, match="call of its own"):
        stream.add_data(pa.table({"a": [1]}), (2,))
    assert stream.current_offset == -1


def test_a_stream_that_cannot_be_is_refused_when_it_is_made() -> None:
    with pytest.raises(ParseException):
        MemoryStream(schema="a INTT")
    with pytest.raises(PySparkTypeError, match="schema"):
        MemoryStream(None, 5)  # type: ignore[arg-type]
    with pytest.raises(PySparkTypeError, match="spark"):
        MemoryStream("a INT")
    for number in (0, -1, True, "two"):
        with pytest.raises(IllegalArgumentException, match="numPartitions"):
            MemoryStream(schema="a INT", numPartitions=number)  # type: ignore[arg-type]
    with pytest.raises(PySparkTypeError, match="session"):
        MemoryStream(schema="a INT").to_df()


# ---------------------------------------------------------------- offsets


@pytest.mark.rule("MEM-13", "MEM-14")
def test_a_call_is_a_block_is_an_offset_whatever_the_number_of_rows() -> None:
    stream = MemoryStream(schema="int")
    assert stream.current_offset == -1
    assert [
        stream.add_data(1, 2, 3),
        stream.addData(4),
        stream.add_data(pa.table({"value": pa.array([], pa.int32())})),
    ] == [0, 1, 2]
    assert stream.current_offset == 2


def test_no_rows_change_nothing_and_give_the_current_offset() -> None:
    stream = MemoryStream(schema="int")
    assert stream.add_data() == -1
    stream.add_data(1)
    assert stream.add_data() == 0
    assert stream.current_offset == 0


@pytest.mark.rule("MEM-14")
def test_a_row_that_is_changed_after_the_call_does_not_change_the_stream() -> None:
    stream = MemoryStream(schema="a ARRAY<INT>, b INT")
    numbers = [1, 2]
    row: list[Any] = [numbers, 3]
    stream.add_data(row)
    numbers.append(99)
    row[1] = 99
    assert opened(stream).splits(None, "0")[0].payload.to_pylist() == [{"a": [1, 2], "b": 3}]


@pytest.mark.rule("MEM-16", "MEM-17")
def test_the_latest_offset_is_the_newest_block_whatever_the_limit_and_none_before_any() -> None:
    stream = MemoryStream(schema="int")
    source = opened(stream)
    assert source.latest_offset(None, ALL_AVAILABLE) is None
    for number in range(3):
        stream.add_data(number)
    assert source.latest_offset("0", dataclasses.replace(ALL_AVAILABLE, kind="rows", value=1)) == "2"
    assert source.report_latest_offset() is None


@pytest.mark.rule("MEM-18", "MEM-21", "MEM-23")
def test_a_range_excludes_its_start_and_has_a_piece_for_each_block() -> None:
    stream = MemoryStream(schema="int")
    for rows in ([1, 2, 3], [4, 5], [6]):
        stream.add_data(*rows)
    stream.add_data(pa.table({"value": pa.array([], pa.int32())}))
    source = opened(stream)
    assert read(source, None, "3") == [[1, 2, 3], [4, 5], [6], []]
    assert read(source, "0", "2") == [[4, 5], [6]]
    assert read(source, "2", "2") == []


@pytest.mark.rule("MEM-22", "MEM-213", "MEM-214")
def test_a_number_of_partitions_deals_the_rows_of_the_range_in_turn() -> None:
    stream = MemoryStream(schema="int", numPartitions=3)
    stream.add_data(1, 2, 3, 4)
    stream.add_data(5, 6, 7)
    source = opened(stream)
    assert read(source, None, "1") == [[1, 4, 7], [2, 5], [3, 6]]
    assert [len(piece) for piece in read(source, "1", "1")] == [0, 0, 0]
    assert read(source, "0", "1") == [[5], [6], [7]]


@pytest.mark.rule("MEM-19", "MEM-20")
def test_a_range_that_is_not_there_is_an_error_and_never_fewer_rows() -> None:
    stream = MemoryStream(schema="int")
    for number in range(4):
        stream.add_data(number)
    source = opened(stream)
    for end in ("1", "2"):
        source.commit(end)
    for begin, end in (("2", "1"), (None, "9"), ("-1", "4")):
        with pytest.raises(SparkRuntimeException) as error:
            source.splits(begin, end)
        assert refused(error) == "MEMORY_STREAM_RANGE_GONE"
    with pytest.raises(SparkRuntimeException):
        source.splits("0", "3")
    assert read(source, "1", "3") == [[2], [3]]


@pytest.mark.rule("MEM-12")
def test_an_offset_that_is_no_number_says_that_the_checkpoint_is_of_another_source() -> None:
    stream = MemoryStream(schema="int")
    stream.add_data(1)
    with pytest.raises(SparkRuntimeException) as error:
        opened(stream).latest_offset('{"logOffset":2}', ALL_AVAILABLE)
    assert refused(error) == "MEMORY_STREAM_OFFSET_INVALID"


# ---------------------------------------------------------------- the buffer and its queries


@pytest.mark.rule("MEM-24", "MEM-25")
def test_what_is_committed_goes_except_for_the_newest_committed_epoch() -> None:
    stream = MemoryStream(schema="int")
    for number in range(4):
        stream.add_data(number)
    source = opened(stream)
    source.commit("0")
    assert read(source, None, "3") == [[0], [1], [2], [3]]
    source.commit("2")
    assert read(source, "0", "3") == [[1], [2], [3]]
    source.commit("2")  # an epoch without data: still the same newest block
    assert read(source, "0", "3") == [[1], [2], [3]]
    source.commit("3")
    with pytest.raises(SparkRuntimeException):
        source.splits("0", "3")


@pytest.mark.rule("MEM-26")
def test_a_block_stays_until_every_query_on_the_stream_has_committed_it() -> None:
    stream = MemoryStream(schema="int")
    fast, slow = opened(stream, "fast"), opened(stream, "slow")
    for number in range(4):
        stream.add_data(number)
    for end in ("0", "1", "2", "3"):
        fast.commit(end)
    assert read(slow, None, "3") == [[0], [1], [2], [3]]
    slow.commit("0")
    assert read(slow, "0", "3") == [[1], [2], [3]]
    slow.commit("3")
    assert stream._buffer.first == 1


@pytest.mark.rule("MEM-26", "MEM-116")
def test_a_query_that_comes_back_to_its_checkpoint_finds_what_another_has_long_committed(
    spark: SparkSession, tmp_path: Path
) -> None:
    stream = MemoryStream(spark, "v INT")
    totals = stream.toDF().groupBy().agg(F.sum("v"), F.count("*"))
    slow = start(totals, "slow", "complete", tmp_path)
    fast = start(stream.toDF(), "fast")
    stream.add_data(1)
    slow.processAllAvailable()
    slow.stop()
    for number in (2, 3, 4, 5):
        stream.add_data(number)
        fast.processAllAvailable()
    slow = start(totals, "slow", "complete", tmp_path)
    slow.processAllAvailable()
    assert table(spark, "slow") == [(15, 5)]
    assert [v for (v,) in table(spark, "fast")] == [1, 2, 3, 4, 5]
    fast.stop()
    slow.stop()


@pytest.mark.rule("MEM-29", "MEM-115")
def test_the_stream_outlives_its_query_and_gives_the_next_one_what_no_query_has_trimmed(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    query = start(stream.toDF())
    for rows in ([1, 2, 3], [4, 5], [6]):
        stream.add_data(*rows)
        query.processAllAvailable()
    query.stop()
    query = start(stream.toDF())
    query.processAllAvailable()
    assert sink_of(query).toDebugString() == "0: [6]"
    [progress] = [entry for entry in query.recentProgress if entry["numInputRows"]]
    assert (progress["sources"][0]["startOffset"], progress["sources"][0]["endOffset"]) == ("null", "2")
    query.stop()


@pytest.mark.rule("MEM-27")
def test_after_a_reset_offsets_begin_anew_and_a_running_query_fails_at_the_next_block(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    query = start(stream.toDF())
    stream.add_data(1)
    query.processAllAvailable()
    stream.reset()
    assert stream.current_offset == -1
    query.processAllAvailable()  # notices nothing yet
    assert query.isActive
    assert stream.add_data(2) == 0  # the same number as the block before the reset
    cause = failure(query)
    assert isinstance(cause, SparkRuntimeException)
    assert cause.getCondition() == "MEMORY_STREAM_RESET"
    fresh = start(stream.toDF(), "fresh")
    fresh.processAllAvailable()
    assert table(spark, "fresh") == [(2,)]
    fresh.stop()


@pytest.mark.rule("MEM-27", "MEM-118", "MEM-119", "MEM-120")
def test_a_stream_that_lost_its_blocks_fails_the_query_and_leaves_the_checkpoint_good(
    spark: SparkSession, tmp_path: Path
) -> None:
    def run(blocks: list[int], *, fails: bool) -> None:
        stream = MemoryStream(spark, "v INT")
        for value in blocks:
            stream.add_data(value)
        query = start(stream.toDF().groupBy().agg(F.sum("v")), "sums", "complete", tmp_path)
        if fails:
            cause = failure(query)
            assert isinstance(cause, SparkRuntimeException)
            assert cause.getCondition() == "MEMORY_STREAM_RANGE_GONE"
        else:
            query.processAllAvailable()
            query.stop()

    run([1, 2, 3], fails=False)
    assert table(spark, "sums") == [(6,)]
    run([1], fails=True)
    run([1, 2, 3, 4], fails=False)  # MEM-119: the same blocks again, and one more
    assert table(spark, "sums") == [(10,)]


@pytest.mark.rule("MEM-26")
def test_a_query_that_is_being_started_holds_the_blocks_back_and_a_start_given_up_does_not() -> None:
    stream = MemoryStream(schema="int")
    fast, starting = opened(stream, "fast"), stream.provider.create()
    for number in range(3):
        stream.add_data(number)
        fast.commit(str(number))
    starting.open(context("late"))
    assert read(starting, None, "2") == [[0], [1], [2]]
    starting.commit("2")
    starting.stop()
    given_up = stream.provider.create()
    del given_up
    for number in (3, 4, 5):
        stream.add_data(number)
        fast.commit(str(number))
        starting.commit(str(number))
    assert stream._buffer.first == 5


@pytest.mark.rule("MEM-26", "MEM-14")
def test_threads_that_add_while_queries_read_lose_nothing_and_add_nothing_twice(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "producer INT, number INT")
    queries = [start(stream.toDF(), name) for name in ("left", "right")]

    def produce(producer: int) -> None:
        for number in range(50):
            stream.add_data((producer, number))

    threads = [threading.Thread(target=produce, args=(producer,)) for producer in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for query in queries:
        query.processAllAvailable()
        rows = table(spark, query.name or "")
        assert len(rows) == 150
        for producer in range(3):
            assert [number for owner, number in rows if owner == producer] == list(range(50))
        query.stop()


# ---------------------------------------------------------------- in a query


@pytest.mark.rule("MEM-34")
def test_explain_of_the_frame_names_the_streaming_relation(
    spark: SparkSession, capsys: pytest.CaptureFixture[str]
) -> None:
    MemoryStream(spark, "a INT, b STRING").toDF().explain()
    assert re.search(r"StreamingRelation memory, \[a#\d+, b#\d+\]", capsys.readouterr().out)


@pytest.mark.rule("MEM-8", "MEM-28")
def test_the_frame_is_streaming_and_the_stream_prints_its_columns(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "a INT, b STRING")
    assert stream.toDF().isStreaming
    assert stream.toDF().schema == stream.schema
    text = repr(stream)
    assert text.startswith("MemoryStream[a#")
    assert ",b#" in text
    query = start(stream.to_df())
    query.processAllAvailable()
    assert query.lastProgress is not None
    assert query.lastProgress["sources"][0]["description"] == text
    query.stop()


@pytest.mark.rule("MEM-31", "MEM-33")
def test_there_is_no_format_memory_to_read_and_no_batch_action_on_a_stream(spark: SparkSession) -> None:
    with pytest.raises(AnalysisException) as missing:
        spark.readStream.format("memory").load()
    assert refused(missing) == "DATA_SOURCE_NOT_FOUND"
    frame = MemoryStream(spark, "v INT").toDF()
    for action in (frame.collect, frame.count, frame.show, frame.toArrow):
        with pytest.raises(AnalysisException) as error:
            action()
        assert refused(error) == "_LEGACY_ERROR_TEMP_3102"
        assert str(error.value).endswith(";\nmemory")


@pytest.mark.rule("MEM-32", "MEM-134")
def test_one_stream_scanned_twice_is_one_source_whose_rows_count_twice(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    query = start(stream.toDF().union(stream.toDF()))
    stream.add_data(1, 2)
    query.processAllAvailable()
    assert sorted(table(spark)) == [(1,), (1,), (2,), (2,)]
    progress = next(entry for entry in query.recentProgress if entry["numInputRows"])
    assert progress["numInputRows"] == 4
    assert len(progress["sources"]) == 1
    query.stop()


@pytest.mark.rule("MEM-15", "MEM-203", "EXE-27")
def test_an_empty_block_is_new_data_and_makes_an_empty_batch(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    query = start(stream.toDF())
    stream.add_data(pa.table({"v": pa.array([], pa.int32())}))
    query.processAllAvailable()
    assert executed(query) == [0]
    assert sink_of(query).toDebugString() == "0: "
    entry = query.recentProgress[-1]
    assert (entry["numInputRows"], entry["sink"]["numOutputRows"]) == (0, 0)
    query.stop()


@pytest.mark.rule("MEM-30")
def test_available_now_also_takes_what_is_added_while_it_runs(spark: SparkSession) -> None:
    stream = MemoryStream(spark, "v INT")
    stream.add_data(1)
    batches: list[list[int]] = []

    def add_more(frame: Any, batch_id: int) -> None:
        batches.append([row.v for row in frame.collect()])
        if batch_id < 2:
            stream.add_data(100 + batch_id)

    query = stream.toDF().writeStream.foreachBatch(add_more).trigger(availableNow=True).start()
    query.awaitTermination()
    assert batches == [[1], [100], [101]]
    batches.clear()
    stream.add_data(7)
    query = stream.toDF().writeStream.foreachBatch(add_more).trigger(once=True).start()
    query.awaitTermination()
    assert len(batches) == 1
