"""Watermarks as a user sees them: what is late, what is evicted, when a window is shown, and what progress says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from actorstream import MemoryStream
from actorstream.engine.query import StreamingQuery
from actorstream.errors import AnalysisException, IllegalArgumentException, PySparkTypeError, StreamingQueryException
from actorstream.sql import DataFrame, SparkSession
from actorstream.sql import functions as F
from tests.stream.harness import START, Rows, at, plain, simulated


class Timed:
    """A stream of times and keys, a query over it, and what each step emits."""

    def __init__(self, mode: str = "append", settings: Mapping[str, str] | None = None) -> None:
        self.session: SparkSession = simulated(settings=settings)
        self.stream = MemoryStream(self.session, schema="t TIMESTAMP, k STRING")
        self.mode = mode
        self.emitted: list[tuple[Any, ...]] = []
        self.query: StreamingQuery | None = None

    @property
    def rows(self) -> DataFrame:
        """The stream with a watermark ten seconds behind."""
        return self.stream.to_df().withWatermark("t", "10 seconds")

    def windowed(self) -> DataFrame:
        """Rows by window of ten seconds and key."""
        counts = self.rows.groupBy(F.window("t", "10 seconds"), "k").count()
        return counts.select(F.col("window.start").alias("start"), "k", "count")

    def start(self, frame: DataFrame) -> Timed:
        def write(batch: DataFrame, epoch: int) -> None:
            self.emitted += [plain(row) for row in batch.collect()]

        self.query = frame.writeStream.foreachBatch(write).outputMode(self.mode).start()
        return self

    def add(self, *rows: tuple[float | None, str]) -> Rows:
        """Add a block; work until nothing is left. Returns: what was emitted meanwhile, sorted."""
        self.emitted = []
        self.stream.add_data(*[(None if seconds is None else at(seconds), key) for seconds, key in rows])
        assert self.query is not None
        self.query.processAllAvailable()
        return sorted(self.emitted, key=repr)

    @property
    def progress(self) -> Any:
        """The progress of the last epoch that had rows or ran for the watermark."""
        assert self.query is not None
        return self.query.recentProgress[-1]

    def epochs(self) -> list[Any]:
        """Progress by epoch."""
        assert self.query is not None
        return [
            progress for progress in self.query.recentProgress if progress["durationMs"].get("addBatch") is not None
        ]

    def dropped(self) -> int:
        """Rows dropped as late so far."""
        return sum(op["numRowsDroppedByWatermark"] for progress in self.epochs() for op in progress["stateOperators"])

    def state_rows(self) -> int:
        """Rows in the state after the last epoch."""
        return int(self.epochs()[-1]["stateOperators"][0]["numRowsTotal"])

    def stop(self) -> None:
        """End the query."""
        assert self.query is not None
        self.query.stop()


def watermark_of(timed: Timed) -> float:
    """Watermark of the last epoch in seconds."""
    import datetime

    text = timed.epochs()[-1]["eventTime"]["watermark"]
    return (datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ") - START).total_seconds()


# ---------------------------------------------------------------- whole stories


@pytest.mark.rule("STF-200", "STF-41", "STF-81", "STF-9", "STF-10", "STF-11")
def test_append_shows_a_window_once_when_the_watermark_has_passed_it() -> None:
    query = Timed()
    query.start(query.windowed())
    assert query.add((0, "a"), (9, "a"), (10, "b")) == []
    assert query.state_rows() == 2
    assert query.add((20, "x")) == [(0, "a", 2)]
    assert query.add((9, "late"), (10, "ok")) == []
    assert (query.dropped(), query.state_rows()) == (1, 3)
    assert query.add((19, "c")) == []
    query.stop()


@pytest.mark.rule("STF-201", "STF-82")
def test_update_shows_what_was_touched_and_evicts_silently() -> None:
    query = Timed("update")
    query.start(query.windowed())
    assert query.add((0, "a"), (9, "a"), (10, "b")) == [(0, "a", 2), (10, "b", 1)]
    assert query.add((20, "x")) == [(20, "x", 1)]
    assert query.state_rows() == 2, "the window [0, 10) is evicted and not shown again"
    assert query.add((9, "late"), (10, "ok")) == [(10, "ok", 1)]
    assert query.dropped() == 1
    assert query.add((40, "z")) == [(40, "z", 1)]
    assert query.state_rows() == 1
    query.stop()


@pytest.mark.rule("STF-202", "STF-83")
def test_complete_never_evicts_and_knows_no_late_rows() -> None:
    query = Timed("complete")
    query.start(query.windowed())
    query.add((0, "a"), (9, "a"), (10, "b"))
    query.add((20, "x"))
    epochs = len(query.epochs())
    assert epochs == 2, "no epoch runs for the watermark alone"
    assert query.add((9, "a")) == [(0, "a", 3), (10, "b", 1), (20, "x", 1)]
    assert query.dropped() == 0
    query.stop()


@pytest.mark.rule("STF-203", "STF-11")
def test_a_plain_timestamp_is_late_at_the_watermark_and_not_after_it() -> None:
    query = Timed()
    query.start(query.rows.groupBy("t").count())
    assert query.add((10, "a"), (20, "b")) == [(10, 1)]
    assert query.add((10, "c"), (11, "d")) == []
    assert query.dropped() == 1
    assert query.add((40, "e")) == [(11, 1), (20, 1)]
    query.stop()


@pytest.mark.rule("STF-204", "STF-10")
def test_without_extra_epochs_a_row_between_the_two_watermarks_still_counts() -> None:
    query = Timed(settings={"spark.sql.streaming.noDataMicroBatches.enabled": "false"})
    query.start(query.windowed())
    assert query.add((0, "a"), (20, "x")) == []
    assert query.add((5, "a")) == [(0, "a", 2)]
    assert query.dropped() == 0
    assert query.add((5, "a")) == []
    assert query.dropped() == 1
    query.stop()


# ---------------------------------------------------------------- the watermark itself


@pytest.mark.rule("STF-1")
@pytest.mark.parametrize("delay", [10, None, ""])
def test_a_delay_must_be_a_text(delay: Any) -> None:
    with pytest.raises(PySparkTypeError, match="delayThreshold"):
        Timed().stream.to_df().withWatermark("t", delay)


@pytest.mark.rule("STF-2")
@pytest.mark.parametrize(
    ("delay", "behind"),
    [
        ("0 seconds", 0),
        ("1.5 seconds", 1.5),
        ("interval 5 minutes", 300),
        ("1 day 2 hours", 93_600),
        ("1 month", 31 * 86_400),
        ("250 milliseconds", 0.25),
    ],
)
def test_the_watermark_stays_behind_by_the_delay(delay: str, behind: float) -> None:
    query = Timed("update")
    query.start(query.stream.to_df().withWatermark("t", delay).groupBy("t").count())
    query.add((10_000_000, "a"))
    assert watermark_of(query) == 10_000_000 - behind
    query.stop()


@pytest.mark.rule("STF-2")
@pytest.mark.parametrize("delay", ["foo", "10", "ten seconds"])
def test_a_delay_that_is_no_interval_is_refused(delay: str) -> None:
    with pytest.raises(AnalysisException) as raised:
        Timed().stream.to_df().withWatermark("t", delay)
    assert raised.value.getCondition() == "CANNOT_PARSE_INTERVAL"


@pytest.mark.rule("STF-2")
def test_a_negative_delay_is_refused() -> None:
    with pytest.raises(IllegalArgumentException, match=r"delay threshold \(-1 seconds\) should not be negative"):
        Timed().stream.to_df().withWatermark("t", "-1 seconds")


@pytest.mark.rule("STF-3")
@pytest.mark.parametrize(("column", "shown"), [("k", "STRING"), ("d", "DATE"), ("n", "TIMESTAMP_NTZ")])
def test_only_a_timestamp_can_be_event_time(column: str, shown: str) -> None:
    frame = Timed().stream.to_df().select("k", F.to_date("t").alias("d"), F.col("t").cast("timestamp_ntz").alias("n"))
    with pytest.raises(AnalysisException, match=shown) as raised:
        frame.withWatermark(column, "1 second")
    assert raised.value.getCondition() == "EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE"


@pytest.mark.rule("STF-3")
def test_event_time_must_be_a_column_of_its_own_and_exist() -> None:
    frame = Timed().stream.to_df().select(F.struct("t").alias("s"))
    with pytest.raises(AnalysisException) as raised:
        frame.withWatermark("s.t", "1 second")
    assert raised.value.getCondition() == "EVENT_TIME_MUST_BE_TOP_LEVEL_COLUMN"
    with pytest.raises(AnalysisException, match="zz"):
        frame.withWatermark("zz", "1 second")


@pytest.mark.rule("STF-5")
def test_on_a_static_frame_a_watermark_does_nothing() -> None:
    session = simulated()
    frame = session.createDataFrame([(at(5), "a"), (at(-5), "b")], "t TIMESTAMP, k STRING").withWatermark(
        "t", "1 second"
    )
    assert sorted(row["k"] for row in frame.groupBy("t", "k").count().collect()) == ["a", "b"]


@pytest.mark.rule("STF-6")
def test_progress_tells_the_event_times_of_an_epoch_to_the_millisecond() -> None:
    query = Timed("update")
    query.start(query.rows.groupBy("t").count())
    query.add((1.500999, "a"), (100, "b"), (None, "c"))
    times = query.epochs()[0]["eventTime"]
    assert times["max"] == "1970-01-01T00:01:40.000Z"
    assert times["min"] == "1970-01-01T00:00:00.000Z", "a null counts as the beginning of 1970"
    assert times["avg"] == "1970-01-01T00:00:33.833Z"
    assert times["watermark"] == "1970-01-01T00:00:00.000Z"
    query.stop()


@pytest.mark.rule("STF-7")
def test_the_watermark_never_goes_back() -> None:
    query = Timed("update")
    query.start(query.rows.groupBy("t").count())
    query.add((100, "a"))
    query.add((50, "b"))
    assert watermark_of(query) == 90
    query.stop()


@pytest.mark.rule("STF-7", "STF-8")
@pytest.mark.parametrize(("policy", "first", "second"), [("min", 0, 30), ("max", 90, 90)])
def test_of_two_inputs_the_policy_chooses(policy: str, first: float, second: float) -> None:
    query = Timed("append", settings={"spark.sql.streaming.multipleWatermarkPolicy": policy})
    other = MemoryStream(query.session, schema="t TIMESTAMP, k STRING")
    both = query.rows.union(other.to_df().withWatermark("t", "20 seconds"))
    query.start(both.groupBy(F.window("t", "10 seconds")).count().select("count"))
    query.add((100, "a"))
    query.add((101, "a"))
    assert watermark_of(query) == (first if policy == "min" else 91)
    other.add_data((at(50), "b"))
    query.add((101, "a"))
    query.add((101, "a"))
    assert watermark_of(query) == (second if policy == "min" else 91)
    query.stop()


@pytest.mark.rule("STF-9")
def test_within_the_epoch_that_sees_a_new_maximum_nothing_is_late() -> None:
    query = Timed("update")
    query.start(query.windowed())
    assert query.add((1000, "new"), (5, "old")) == [(0, "old", 1), (1000, "new", 1)]
    assert query.dropped() == 0
    query.stop()


@pytest.mark.rule("STF-12")
def test_rows_up_to_1970_are_late_from_the_first_epoch_on() -> None:
    query = Timed("update")
    query.start(query.rows.groupBy("t").count())
    assert query.add((-100, "a"), (0, "b"), (0.001, "c")) == [(0.001, 1)]
    assert query.dropped() == 2
    query.stop()


@pytest.mark.rule("STF-13")
def test_a_query_without_state_drops_nothing() -> None:
    query = Timed()
    query.start(query.rows.select("t"))
    query.add((100, "a"))
    assert query.add((1, "b"), (None, "c")) == [(1,), (None,)]
    query.stop()


@pytest.mark.rule("STF-18")
def test_an_aggregation_whose_keys_do_not_carry_the_time_counts_late_rows() -> None:
    query = Timed("update")
    query.start(query.rows.groupBy("k").count())
    query.add((100, "a"))
    assert query.add((1, "a")) == [("a", 2)]
    assert query.dropped() == 0
    query.stop()


@pytest.mark.rule("STF-4")
@pytest.mark.parametrize("shape", ["renamed", "window", "window_time"])
def test_the_mark_travels_with_the_column(shape: str) -> None:
    query = Timed()
    frames = {
        "renamed": lambda: query.rows.select(F.col("t").alias("moment")).groupBy("moment").count().select("count"),
        "window": lambda: (
            query.rows.select(F.window("t", "10 seconds").alias("w")).groupBy("w").count().select("count")
        ),
        "window_time": lambda: (
            query.rows.select(F.window("t", "10 seconds").alias("w"))
            .select(F.window_time("w").alias("end"))
            .groupBy("end")
            .count()
            .select("count")
        ),
    }
    query.start(frames[shape]())
    assert query.add((1, "a")) == []
    assert query.add((30, "a")) == [(1,)]
    query.stop()


@pytest.mark.rule("STF-4", "STF-42")
def test_a_time_that_was_computed_is_no_event_time() -> None:
    query = Timed()
    shifted = query.rows.select((F.col("t") + F.expr("INTERVAL 1 SECOND")).alias("later"))
    with pytest.raises(AnalysisException, match="streaming aggregations without watermark"):
        query.start(shifted.groupBy("later").count())


@pytest.mark.rule("STF-15")
def test_a_second_watermark_above_the_first_is_refused_once_the_first_has_moved() -> None:
    query = Timed("update")
    query.start(query.rows.withWatermark("t", "20 seconds").groupBy("t").count())
    with pytest.raises(StreamingQueryException, match="Redefining watermark is disallowed"):
        add_until_it_fails(query, [(100, "a"), (200, "b")])


def add_until_it_fails(query: Timed, rows: Sequence[tuple[float, str]]) -> None:
    for row in rows:
        query.add(row)


# ---------------------------------------------------------------- output modes


@pytest.mark.rule("STF-40")
def test_a_query_without_aggregation_has_no_complete_result() -> None:
    query = Timed("complete")
    with pytest.raises(AnalysisException, match="no streaming aggregations") as raised:
        query.start(query.rows.select("k"))
    assert raised.value.getCondition() == "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION"


@pytest.mark.rule("STF-44")
def test_rows_may_be_made_distinct_before_a_complete_aggregation() -> None:
    query = Timed("complete")
    query.start(query.rows.dropDuplicates(["k"]).groupBy("k").count())
    query.add((1, "a"), (2, "b"))
    assert query.add((3, "a"), (4, "c")) == [("a", 1), ("b", 1), ("c", 1)]
    query.stop()


@pytest.mark.rule("STF-40")
@pytest.mark.parametrize("mode", ["append", "update"])
def test_without_state_update_is_append(mode: str) -> None:
    query = Timed(mode)
    query.start(query.rows.select("k"))
    assert query.add((1, "a"), (1, "a")) == [("a",), ("a",)]
    query.stop()


@pytest.mark.rule("STF-42")
@pytest.mark.parametrize("keys", [["k"], []])
def test_append_needs_a_watermark_among_the_keys(keys: list[str]) -> None:
    query = Timed("append")
    with pytest.raises(AnalysisException, match="streaming aggregations without watermark") as raised:
        query.start(query.rows.groupBy(*keys).count())
    assert raised.value.getCondition() == "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION"


@pytest.mark.rule("STF-41")
def test_a_window_over_a_stream_without_watermark_cannot_append() -> None:
    query = Timed("append")
    with pytest.raises(AnalysisException, match="streaming aggregations without watermark"):
        query.start(query.stream.to_df().groupBy(F.window("t", "10 seconds")).count())


@pytest.mark.rule("STF-84")
@pytest.mark.parametrize("mode", ["update", "complete"])
def test_a_global_aggregation_shows_one_row_in_every_epoch(mode: str) -> None:
    query = Timed(mode)
    query.start(query.stream.to_df().groupBy().agg(F.count("*"), F.max("k")))
    assert query.add((1, "a"), (2, "b")) == [(2, "b")]
    assert query.add((3, "a")) == [(3, "b")]
    query.stop()


# ---------------------------------------------------------------- what aggregates give on a stream


@pytest.mark.rule("STF-140", "STF-141", "STF-144", "STF-145")
def test_results_of_aggregates_over_epochs() -> None:
    session = simulated()
    stream = MemoryStream(session, schema="i INT, d DECIMAL(10,2), f FLOAT, s STRING")
    frame = stream.to_df().agg(
        F.sum("i").alias("sum_i"),
        F.avg("i").alias("avg_i"),
        F.sum("d").alias("sum_d"),
        F.avg("d").alias("avg_d"),
        F.sum("f").alias("sum_f"),
        F.max("f").alias("max_f"),
        F.min("f").alias("min_f"),
        F.count("i").alias("count_i"),
        F.count("*").alias("count_all"),
        F.collect_list("s").alias("list_s"),
        F.first("s").alias("first_s"),
    )
    kinds = {field.name: field.dataType.simpleString() for field in frame.schema.fields}
    assert kinds["sum_i"] == kinds["count_i"] == "bigint"
    assert (kinds["avg_i"], kinds["sum_d"], kinds["avg_d"], kinds["sum_f"], kinds["max_f"]) == (
        "double",
        "decimal(20,2)",
        "decimal(14,6)",
        "double",
        "float",
    )
    query = frame.writeStream.format("memory").queryName("aggregates").outputMode("complete").start()
    from decimal import Decimal

    stream.add_data((None, None, None, None))
    query.processAllAvailable()
    (row,) = session.table("aggregates").collect()
    assert (row["sum_i"], row["avg_i"], row["count_i"], row["count_all"], row["list_s"]) == (None, None, 0, 1, [])
    stream.add_data((2_147_483_647, Decimal("1.50"), 0.1, "a"))
    stream.add_data((2_147_483_647, Decimal("0.25"), 0.2, "b"))
    query.processAllAvailable()
    (row,) = session.table("aggregates").collect()
    assert (row["sum_i"], row["sum_d"], row["avg_d"]) == (4_294_967_294, Decimal("1.75"), Decimal("0.875000"))
    assert row["sum_f"] == 0.30000000447034836
    assert sorted(row["list_s"]) == ["a", "b"]
    assert row["first_s"] is None, "first keeps nulls"
    stream.add_data((1, None, float("nan"), None))
    query.processAllAvailable()
    (row,) = session.table("aggregates").collect()
    assert str(row["max_f"]) == str(row["sum_f"]) == "nan"
    assert row["min_f"] == pytest.approx(0.1)
    query.stop()


@pytest.mark.rule("STF-142", "STF-143")
@pytest.mark.parametrize(
    ("aggregate", "value", "condition"),
    [
        (F.sum("n"), 2**62, "ARITHMETIC_OVERFLOW"),
        (F.sum(F.concat(F.col("n").cast("string"), F.lit("x"))), 1, "CAST_INVALID_INPUT"),
    ],
)
def test_an_aggregate_that_cannot_be_computed_ends_the_query(aggregate: Any, value: int, condition: str) -> None:
    session = simulated()
    stream = MemoryStream(session, schema="n BIGINT")
    query = stream.to_df().agg(aggregate).writeStream.format("noop").outputMode("complete").start()
    stream.add_data((value,), (value,))
    with pytest.raises(StreamingQueryException, match=condition):
        query.processAllAvailable()


@pytest.mark.rule("STF-142")
def test_an_overflow_over_epochs_is_found_too_and_wraps_without_ansi() -> None:
    for ansi in ("true", "false"):
        session = simulated(settings={"spark.sql.ansi.enabled": ansi})
        stream = MemoryStream(session, schema="n BIGINT")
        query = (
            stream.to_df().agg(F.sum("n").alias("s")).writeStream.format("memory").queryName("s").outputMode("complete")
        )
        running = query.start()
        stream.add_data((2**62,))
        running.processAllAvailable()
        stream.add_data((2**62,))
        if ansi == "true":
            with pytest.raises(StreamingQueryException, match="ARITHMETIC_OVERFLOW"):
                running.processAllAvailable()
        else:
            running.processAllAvailable()
            assert session.table("s").collect()[0]["s"] == -(2**63)
            running.stop()
