"""Session windows as a user sees them: static and streaming, in both languages, chained, and what progress says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from actorstream import MemoryStream
from actorstream.errors import AnalysisException, StreamingQueryException
from actorstream.sql import DataFrame, SparkSession
from actorstream.sql import functions as F
from tests.stream.harness import Rows, at, failure_of, plain, simulated

SCHEMA = "t TIMESTAMP, k STRING, v INT"


class Streamed:
    """A stream of times, keys and values, a query over it, and what each step emits."""

    def __init__(self, mode: str = "append", settings: dict[str, str] | None = None, delay: str = "10 seconds") -> None:
        self.session: SparkSession = simulated(settings=settings)
        self.stream = MemoryStream(self.session, schema=SCHEMA)
        self.rows: DataFrame = self.stream.to_df().withWatermark("t", delay)
        self.mode = mode
        self.emitted: Rows = []

    def start(self, frame: DataFrame, checkpoint: Path | None = None) -> Streamed:
        def write(batch: DataFrame, epoch: int) -> None:
            self.emitted += [plain(row) for row in batch.collect()]

        writer = frame.writeStream.foreachBatch(write).outputMode(self.mode)
        if checkpoint is not None:
            writer = writer.option("checkpointLocation", str(checkpoint))
        self.query = writer.start()
        return self

    def add(self, *rows: tuple[float | None, str | None, int | None]) -> Rows:
        """Add a block; work until nothing is left. Returns: what was emitted meanwhile, sorted."""
        self.emitted = []
        self.stream.add_data(*[(None if t is None else at(t), k, v) for t, k, v in rows])
        self.query.processAllAvailable()
        return sorted(self.emitted, key=repr)

    def states(self, *numbers: str) -> list[tuple[int, ...]]:
        """Numbers of the first stateful operator, one tuple for each epoch."""
        return [
            tuple(progress["stateOperators"][0][number] for number in numbers)
            for progress in self.query.recentProgress
            if progress["durationMs"].get("addBatch") is not None
        ]


def by_session(rows: DataFrame, gap: Any = "5 seconds") -> DataFrame:
    return rows.groupBy(F.session_window("t", gap), "k").agg(F.sum("v").alias("v"), F.count("*").alias("n"))


def static(session: SparkSession, *rows: tuple[float | None, str | None, int | None]) -> DataFrame:
    return session.createDataFrame([(None if t is None else at(t), k, v) for t, k, v in rows], SCHEMA)


def rows_of(frame: DataFrame) -> Rows:
    return sorted((plain(row) for row in frame.collect()), key=repr)


# ---------------------------------------------------------------- static


ROWS = ((0, "a", 1), (4, "a", 2), (9, "a", 3), (30, "b", 4), (None, "a", 5), (31, None, 6), (33, None, 7))


@pytest.mark.rule("STF-27")
def test_rows_of_a_table_that_follow_one_another_share_a_session() -> None:
    frame = by_session(static(simulated(), *ROWS))
    assert frame.schema["session_window"].metadata == {"spark.sessionWindow": True}
    assert rows_of(frame) == [((0, 14), "a", 6, 3), ((30, 35), "b", 4, 1), ((31, 38), None, 13, 2)]


def test_a_session_may_be_the_only_key_of_a_table() -> None:
    counts = static(simulated(), *ROWS).groupBy(F.session_window("t", "5 seconds")).count()
    assert rows_of(counts) == [((0, 14), 3), ((30, 38), 3)]


def test_sql_has_sessions_too() -> None:
    session = simulated()
    static(session, *ROWS).createOrReplaceTempView("rows")
    frame = session.sql(
        "select session_window.start, k, count(*) from rows group by session_window(t, '5 seconds'), k having count(*) > 1"
    )
    assert frame.columns == ["start", "k", "count(1)"]
    assert rows_of(frame) == [(0, "a", 3), (31, None, 2)]
    gap = "case when k = 'a' then '1 second' else '5 seconds' end"
    frame = session.sql(f"select session_window(t, {gap}) as w, k, sum(v) from rows group by 1, 2")
    assert rows_of(frame) == [
        ((0, 1), "a", 1),
        ((30, 35), "b", 4),
        ((31, 38), None, 13),
        ((4, 5), "a", 2),
        ((9, 10), "a", 3),
    ]


@pytest.mark.rule("STF-27")
@pytest.mark.parametrize("gap", ["0 seconds", "-5 seconds", "no interval", ""])
def test_a_gap_that_is_no_positive_interval_drops_the_rows(gap: str) -> None:
    frame = static(simulated(), *ROWS)
    assert rows_of(by_session(frame, gap)) == []
    assert rows_of(by_session(frame, F.when(F.col("k") == "b", "1 minute").otherwise(gap))) == [((30, 90), "b", 4, 1)]


def test_a_month_is_as_long_as_the_calendar_says() -> None:
    day = 86_400
    assert rows_of(by_session(static(simulated(), (0, "a", 1), (31 * day, "a", 2)), "1 month")) == [
        ((0, (31 + 28) * day), "a", 3, 2)
    ]


def test_a_column_of_sessions_meets_when_it_is_grouped_by() -> None:
    frame = static(simulated(), *ROWS).select(F.session_window("t", "5 seconds").alias("s"), "k")
    assert rows_of(frame.where("k = 'a'")) == [((0, 5), "a"), ((4, 9), "a"), ((9, 14), "a")]
    assert rows_of(frame.groupBy("s", "k").count()) == [((0, 14), "a", 3), ((30, 35), "b", 1), ((31, 38), None, 2)]
    twice = frame.groupBy("s", F.col("s").alias("again"), "k").count()
    assert rows_of(twice)[0] == ((0, 14), (0, 14), "a", 3)


def test_an_aggregate_sees_the_session_that_each_row_opens() -> None:
    frame = static(simulated(), *ROWS).groupBy(F.session_window("t", "5 seconds"), "k")
    latest = frame.agg(F.max("session_window.start").alias("latest"), F.expr("session_window.end"))
    assert rows_of(latest)[0] == ((0, 14), "a", 9, 14)


def test_two_windows_are_refused() -> None:
    frame = static(simulated(), *ROWS)
    for other in (F.session_window("t", "6 seconds"), F.window("t", "6 seconds")):
        with pytest.raises(AnalysisException, match="Multiple time/session window expressions"):
            frame.groupBy(F.session_window("t", "5 seconds"), other).count()


@pytest.mark.parametrize(
    ("gap", "name"),
    [
        (F.lit(5), "IntegerType"),
        (F.expr("interval 5 seconds"), "DayTimeIntervalType(3,3)"),
        (F.array(F.lit(1)), "ArrayType(IntegerType,false)"),
        (F.struct("k"), "StructType(StructField(k,StringType,true))"),
    ],
)
def test_a_gap_of_another_type_is_refused(gap: Any, name: str) -> None:
    with pytest.raises(AnalysisException) as refused:
        by_session(static(simulated(), *ROWS), gap)
    assert refused.value.getCondition() == "_LEGACY_ERROR_TEMP_1040"
    assert refused.value.getMessageParameters() == {"dt": name}


# ---------------------------------------------------------------- streams


@pytest.mark.rule("STF-29", "STF-87", "STF-205")
def test_a_session_comes_out_once_the_watermark_has_closed_it() -> None:
    run = Streamed()
    run.start(by_session(run.rows))
    assert run.add((0, "a", 1), (4, "a", 2), (20, "a", 3), (9, "b", 4)) == [((0, 9), "a", 3, 2)]
    assert run.add((10, "a", 5), (9, "a", 6), (15, "a", 7)) == []
    assert run.add((40, "z", 0)) == [((9, 14), "b", 4, 1), ((9, 25), "a", 21, 4)]
    assert run.add((21, "a", 1), (30, "a", 2), (31, "a", 3)) == []
    assert run.add((100, "z", 1)) == [((30, 36), "a", 5, 2), ((40, 45), "z", 0, 1)]
    names = ("numRowsTotal", "numRowsUpdated", "numRowsRemoved", "numRowsDroppedByWatermark")
    assert run.states(*names) == [
        (3, 3, 0, 0),
        (2, 0, 1, 0),
        (2, 1, 1, 0),
        (3, 1, 0, 0),
        (1, 0, 2, 0),
        (2, 1, 0, 1),
        (3, 2, 0, 0),
        (1, 0, 2, 0),
    ]
    (state,) = run.query.recentProgress[0]["stateOperators"]
    assert state["operatorName"] == "sessionWindowStateStoreSaveExec"


@pytest.mark.rule("STF-9", "STF-10")
def test_without_epochs_for_the_watermark_alone_a_row_joins_a_session_that_is_about_to_close() -> None:
    run = Streamed(settings={"spark.sql.streaming.noDataMicroBatches.enabled": "false"})
    run.start(by_session(run.rows))
    assert run.add((0, "a", 1), (4, "a", 2), (20, "a", 3), (9, "b", 4)) == []
    assert run.add((10, "a", 5), (9, "a", 6), (15, "a", 7)) == []
    assert run.add((40, "z", 0)) == []
    assert run.add((21, "a", 1), (30, "a", 2), (31, "a", 3)) == [((0, 26), "a", 25, 7), ((9, 14), "b", 4, 1)]


@pytest.mark.rule("STF-18", "STF-29")
def test_complete_mode_shows_every_session_each_time_and_takes_late_rows() -> None:
    run = Streamed("complete", delay="5 seconds")
    run.start(by_session(run.rows, "10 seconds"))
    assert run.add((50, "a", 1)) == [((50, 60), "a", 1, 1)]
    assert run.add((36, "b", 1), (30, "b", 2)) == [((30, 46), "b", 3, 2), ((50, 60), "a", 1, 1)]
    assert run.states("numRowsTotal", "numRowsDroppedByWatermark") == [(1, 0), (2, 0)]


@pytest.mark.rule("STF-11", "STF-18")
@pytest.mark.parametrize(("early", "dropped"), [("false", 2), ("true", 1)])
def test_a_late_row_is_kept_if_it_was_merged_before_it_was_late(early: str, dropped: int) -> None:
    key = "spark.sql.streaming.sessionWindow.merge.sessions.in.local.partition"
    run = Streamed(settings={key: early}, delay="5 seconds")
    run.start(by_session(run.rows, "10 seconds"))
    run.add((50, "a", 1))
    run.add((36, "b", 1), (30, "b", 2), (30, "d", 2), (30, "d", 2))
    assert sum(number for (number,) in run.states("numRowsDroppedByWatermark")) == dropped
    start = 30 if early == "true" else 36
    assert run.add((80, "z", 0))[0][0] == (start, 46)


@pytest.mark.rule("STF-43")
def test_update_mode_and_append_without_a_watermark_are_refused_at_the_start() -> None:
    run = Streamed("update")
    error = failure_of(lambda: run.start(by_session(run.rows)).query)
    assert error.getMessageParameters() == {
        "outputMode": "update",
        "operation": "session window streaming aggregations",
    }
    run = Streamed()
    error = failure_of(lambda: run.start(by_session(run.stream.to_df())).query)
    parameters = error.getMessageParameters()
    assert parameters is not None
    assert parameters["operation"] == "streaming aggregations without watermark"


@pytest.mark.rule("STF-29")
@pytest.mark.parametrize("mode", ["append", "complete"])
def test_a_stream_grouped_by_sessions_alone_fails_with_its_first_rows(mode: str) -> None:
    run = Streamed(mode)
    run.start(run.rows.groupBy(F.session_window("t", "5 seconds")).count())
    with pytest.raises(
        StreamingQueryException, match="terminated with exception: Global aggregation with session window"
    ):
        run.add((0, "a", 1))


@pytest.mark.rule("STF-26", "STF-150", "STF-151")
def test_sessions_are_windowed_again_in_the_epoch_in_which_they_close() -> None:
    run = Streamed()
    windows = by_session(run.rows).groupBy(F.window(F.window_time("session_window"), "20 seconds")).agg(F.sum("n"))
    run.start(windows)
    assert run.add((0, "a", 1), (4, "a", 2), (15, "b", 1)) == []
    assert run.add((60, "z", 0)) == [((0, 20), 3)]


@pytest.mark.rule("STF-150")
def test_sessions_without_duplicates() -> None:
    run = Streamed()
    run.start(by_session(run.rows).dropDuplicates(["session_window", "n"]).select("session_window", "n"))
    run.add((0, "a", 1), (0, "b", 2), (7, "b", 1))
    assert run.add((60, "z", 0)) == [((0, 5), 1), ((7, 12), 1)]


@pytest.mark.rule("CKP-44")
def test_sessions_go_on_after_a_restart(tmp_path: Path) -> None:
    run = Streamed()
    frame = by_session(run.rows)
    run.start(frame, tmp_path)
    run.add((20, "a", 1), (27, "a", 2))
    run.query.stop()
    # another gap counts for new rows; the sessions that are stored end where they ended
    run.start(by_session(run.rows, "2 seconds"), tmp_path)
    run.add((25, "a", 4), (32, "a", 8), (35, "a", 16))
    assert run.add((100, "z", 0)) == [((20, 34), "a", 15, 4), ((35, 37), "a", 16, 1)]


def test_a_restart_with_another_type_of_key_is_refused(tmp_path: Path) -> None:
    run = Streamed()
    run.start(by_session(run.rows), tmp_path)
    run.add((20, "a", 1))
    run.query.stop()
    other = run.rows.select("t", F.col("v").alias("k"), "v")
    run.start(by_session(other), tmp_path)
    with pytest.raises(StreamingQueryException, match="STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE"):
        run.query.processAllAvailable()
