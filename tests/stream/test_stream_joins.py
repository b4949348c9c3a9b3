"""Joins of two streams end to end. The numbers are those of the reference for the same program."""

from __future__ import annotations

from typing import Any

import pytest

from actorstream import MemorySink, MemoryStream, Pipeline
from actorstream.common.clock import ManualClock
from actorstream.dataflow.operators import StreamJoin
from actorstream.engine.triggers import AvailableNow
from actorstream.errors import AnalysisException, StreamingQueryException
from actorstream.hosts.sim_host import SimHost
from actorstream.sql import DataFrame, SparkSession
from actorstream.sql import functions as F
from tests.stream.harness import at, plain
from tests.stream.helpers import failure, start

WITHIN = "lk = rk and rt between lt and lt + interval 5 seconds"


class Streams:
    """A left and a right stream, and the rows of a memory table that are new."""

    def __init__(self, session: SparkSession) -> None:
        self.session = session
        self.left = MemoryStream(session, "lk STRING, lt TIMESTAMP, lv INT")
        self.right = MemoryStream(session, "rk STRING, rt TIMESTAMP, rv INT")
        self._shown = 0

    def frames(self, left_delay: str = "10 seconds", right_delay: str = "10 seconds") -> tuple[DataFrame, DataFrame]:
        return (
            self.left.toDF().withWatermark("lt", left_delay),
            self.right.toDF().withWatermark("rt", right_delay),
        )

    def start(self, frame: DataFrame, mode: str = "append") -> None:
        self.query = start(frame, mode=mode)

    def add(
        self, left: list[tuple[Any, ...]] | None = None, right: list[tuple[Any, ...]] | None = None
    ) -> list[tuple[Any, ...]]:
        """Rows of key, second and maybe a value, as one epoch for each side. Returns: what has come out, sorted."""
        for stream, rows in ((self.left, left), (self.right, right)):
            if rows:
                stream.addData(*[(key, at(second), *(rest or (0,))) for key, second, *rest in rows])
                self.query.processAllAvailable()
        shown = [plain(row) for row in self.session.table("t").collect()]
        new, self._shown = shown[self._shown :], len(shown)
        return sorted(new, key=repr)

    def state(self, *names: str) -> list[tuple[Any, ...]]:
        """Numbers of the operator nearest the sink, by epoch."""
        return [
            tuple(progress["stateOperators"][0][name] for name in names)
            for progress in self.query.recentProgress
            if "addBatch" in progress["durationMs"]
        ]


@pytest.fixture
def streams(sim: SparkSession) -> Streams:
    return Streams(sim)


@pytest.mark.rule("STF-208", "STF-116", "EXE-35")
def test_an_unmatched_left_row_comes_out_when_the_watermark_has_passed_the_last_match(streams: Streams) -> None:
    left, right = streams.frames("10 seconds", "20 seconds")
    within = F.expr("lk = rk and rt between lt and lt + interval 10 seconds")
    streams.start(left.join(right, within, "left_outer").select("lk", "lt", "rk", "rt"))
    assert streams.add([("a", 10), ("b", 11)]) == []
    assert streams.add(right=[("a", 15), ("c", 16)]) == [("a", 10, "a", 15)]
    assert streams.add([("x", 60)]) == []
    assert streams.add(right=[("y", 60)]) == [("b", 11, None, None)]
    assert streams.state("numRowsTotal")[-1] == (2,)
    assert streams.add([("x", 100)]) == []
    assert streams.add(right=[("y", 100)]) == [("x", 60, None, None)]


@pytest.mark.rule("STF-112")
@pytest.mark.parametrize(("comparison", "kept"), [(">=", [30, 31]), (">", [31])])
def test_a_strict_bound_lets_go_of_a_row_a_moment_earlier(streams: Streams, comparison: str, kept: list[int]) -> None:
    left, right = streams.frames()
    streams.start(left.join(right, F.expr(f"lk = rk and lt {comparison} rt - interval 10 seconds")))
    streams.add([("a", 29), ("a", 30), ("a", 31), ("z", 50)], [("z", 50)])
    # the watermark is 40 now
    assert streams.state("numRowsTotal")[-1] == (len(kept) + 2,)


@pytest.mark.rule("STF-112")
def test_a_window_among_the_keys_closes_both_sides(streams: Streams) -> None:
    left, right = streams.frames()
    windows = left.withColumn("w", F.window("lt", "10 seconds")), right.withColumn("w", F.window("rt", "10 seconds"))
    streams.start(windows[0].join(windows[1], "w", "full_outer").select("lv", "rv"))
    assert streams.add([("a", 1, 1), ("a", 12, 2)], [("a", 2, 7), ("a", 25, 8)]) == [(1, 7)]
    assert streams.add([("a", 40, 3)]) == []
    assert streams.add(right=[("a", 41, 9)]) == [(2, None), (3, 9), (None, 8)]


@pytest.mark.rule("STF-114", "STF-115")
def test_a_row_that_can_have_no_match_does_not_move_the_watermark(streams: Streams) -> None:
    left, right = streams.frames()
    streams.start(left.join(right, F.expr(f"{WITHIN} and lv > 0")).select("lk", "lt", "rt"))
    streams.add([(None, 100, 1), ("a", 50, 0), ("a", 20, 1)])
    assert streams.add(right=[(None, 100, 1), ("a", 21)]) == [("a", 20, 21)]
    assert streams.add([(None, 5, 1), ("a", 5, 0), ("a", 6, 1)]) == []
    totals = streams.state("numRowsTotal", "numRowsUpdated", "numRowsDroppedByWatermark")
    assert totals == [(1, 1, 0), (2, 1, 0), (2, 0, 0), (2, 0, 1)]


@pytest.mark.rule("STF-112")
def test_a_where_above_an_inner_join_bounds_its_state_and_is_tested_on_both_sides(streams: Streams) -> None:
    left, right = streams.frames()
    joined = left.join(right, F.expr("lk = rk"))
    streams.start(joined.where("rt between lt and lt + interval 5 seconds and lk < 'g'").select("lk", "lt", "rt"))
    assert streams.add([("a", 20), ("x", 50)], [("a", 21), ("x", 60)]) == [("a", 20, 21)]
    assert streams.add([("a", 70)], [("a", 71)]) == [("a", 70, 71)]
    totals = streams.state("numRowsTotal", "numRowsUpdated", "numRowsRemoved")
    assert totals == [(1, 1, 0), (2, 1, 0), (2, 0, 0), (3, 1, 0), (3, 0, 0), (4, 1, 0), (2, 0, 2)]


@pytest.mark.rule("STF-6")
def test_a_filter_above_a_watermark_keeps_rows_from_moving_it(streams: Streams) -> None:
    left, _ = streams.frames()
    streams.start(left.where("lv > 0").groupBy(F.window("lt", "10 seconds")).count().select("window.start", "count"))
    assert streams.add([("a", 1, 1), ("a", 100, 0)]) == []
    assert streams.add([("a", 2, 1), ("a", 30, 1)]) == [(0, 2)]


@pytest.mark.rule("STF-115")
def test_a_condition_on_the_outer_side_does_not_keep_its_rows_from_coming_out(streams: Streams) -> None:
    left, right = streams.frames()
    streams.start(left.join(right, F.expr(f"{WITHIN} and lv > 0"), "left_outer").select("lk", "lv", "rv"))
    assert streams.add([("a", 10, 0), ("b", 10, 1)]) == [("a", 0, None)]
    assert streams.add(right=[("z", 90, 7)]) == []
    assert streams.add([("z", 90, 2)]) == [("b", 1, None), ("z", 2, 7)]


@pytest.mark.rule("STF-114")
def test_null_keys_do_not_meet_in_a_full_outer_join_either(streams: Streams) -> None:
    left, right = streams.frames()
    streams.start(left.join(right, F.expr(WITHIN), "full_outer").select("lv", "rv"))
    assert streams.add([(None, 10, 1)], [(None, 11, 7)]) == []
    assert streams.add([("z", 90, 2)], [("z", 90, 8)]) == [(1, None), (2, 8), (None, 7)]


@pytest.mark.rule("STF-112")
def test_a_difference_of_times_bounds_the_state_too(streams: Streams) -> None:
    left, right = streams.frames()
    within = F.expr("lk = rk and rt - lt < interval 5 seconds and not (rt < lt)")
    streams.start(left.join(right, within, "full_outer").select("lv", "rv"))
    assert streams.add([("a", 10, 1), ("a", 11, 2)], [("a", 15, 7), ("b", 11, 8)]) == [(2, 7)]
    assert streams.add([("z", 90, 3)], [("z", 90, 9)]) == [(1, None), (3, 9), (None, 8)]


@pytest.mark.rule("STF-117")
def test_a_semi_join_gives_a_left_row_once(streams: Streams) -> None:
    left, right = streams.frames()
    streams.start(left.join(right, F.expr(WITHIN), "left_semi").select("lk", "lt"))
    assert streams.add([("a", 10), ("b", 11), ("a", 10)]) == []
    assert streams.add(right=[("a", 12), (None, 12)]) == [("a", 10), ("a", 10)]
    assert streams.add(right=[("a", 13)]) == []
    assert streams.state("numRowsTotal", "numRowsUpdated", "numRowsRemoved")[:2] == [(3, 3, 0), (2, 1, 2)]


@pytest.mark.rule("STF-118")
def test_an_inner_join_needs_no_watermark(streams: Streams) -> None:
    streams.start(streams.left.toDF().join(streams.right.toDF(), F.col("lk") == F.col("rk")).select("lv", "rv"))
    assert streams.add([("a", 1, 1)], [("a", 1000, 7)]) == [(1, 7)]
    assert streams.add([("a", 5, 2)]) == [(2, 7)]


@pytest.mark.rule("STF-45")
def test_an_inner_join_runs_in_update_mode(streams: Streams) -> None:
    streams.start(
        streams.left.toDF().join(streams.right.toDF(), F.col("lk") == F.col("rk")).select("lv", "rv"), "update"
    )
    assert streams.add([("a", 1, 1)], [("a", 2, 7)]) == [(1, 7)]


def test_a_join_by_name_has_the_column_once(streams: Streams) -> None:
    left = streams.left.toDF().withColumnRenamed("lk", "k")
    right = streams.right.toDF().withColumnRenamed("rk", "k")
    joined = left.join(right, "k")
    assert joined.columns == ["k", "lt", "lv", "rt", "rv"]
    streams.start(joined.select("k", "lv", "rv"))
    assert streams.add([("a", 1, 1)], [("a", 2, 7)]) == [("a", 1, 7)]


def test_sql_joins_streaming_views(streams: Streams) -> None:
    left, right = streams.frames()
    left.createOrReplaceTempView("l")
    right.createOrReplaceTempView("r")
    text = f"SELECT lk, lv, rv FROM l LEFT JOIN r ON {WITHIN}"
    streams.start(streams.session.sql(text))
    assert streams.add([("a", 1, 1), ("b", 1, 2)], [("a", 2, 7), ("a", 50, 8)]) == [("a", 1, 7)]
    assert streams.add([("a", 50, 3)]) == [("a", 3, 8), ("b", 2, None)]


def test_the_plan_of_a_query_says_by_what_it_joins_and_when_rows_go(
    streams: Streams, capsys: pytest.CaptureFixture[str]
) -> None:
    left, right = streams.frames()
    streams.start(left.join(right, F.expr("lk = rk and lt >= rt - interval 5 seconds")))
    streams.add([("a", 1)])
    streams.query.explain(True)
    shown = capsys.readouterr().out
    assert "StreamJoin inner by key lk, left rows go at watermark -5001 ms, right rows stay" in shown


def test_a_pipeline_joins_two_streams() -> None:
    left, right = MemoryStream(schema="k STRING, lv INT"), MemoryStream(schema="k STRING, rv INT")
    sink = MemorySink()
    pipeline = Pipeline("joined")
    joined = pipeline.apply(
        "joined", StreamJoin("inner", ["k"]), pipeline.source("left", left), pipeline.source("right", right)
    )
    joined.sink("out", sink)
    left.addData(("a", 1), ("b", 2))
    right.addData(("a", 7))
    pipeline.start(trigger=AvailableNow(), host=lambda: SimHost(ManualClock())).awaitTermination()
    assert [tuple(row) for row in sink.allData] == [("a", 1, "a", 7)]


@pytest.mark.rule("STF-14", "STF-151")
def test_a_window_over_a_join_waits_for_the_rows_that_the_join_may_still_give(streams: Streams) -> None:
    left, right = streams.frames()
    counted = left.join(right, F.expr(WITHIN)).groupBy(F.window("lt", "10 seconds")).count()
    streams.start(counted.select("window.start", "count"))
    assert streams.add([("a", 3)], [("a", 4)]) == []
    assert streams.add([("b", 100)]) == []
    assert streams.add(right=[("b", 100)]) == [(0, 1)]
    # at a watermark of 110 the window [100, 110) may still get a row: the join's output is at 104.999 only
    assert streams.add([("b", 120)], [("b", 121)]) == []
    assert streams.add([("b", 126)], [("b", 126)]) == [(100, 1)]


@pytest.mark.rule("STF-74")
@pytest.mark.parametrize(
    ("kind", "name", "condition"),
    [
        ("left_outer", "LeftOuter", "lk = rk"),
        ("left_outer", "LeftOuter", "lk = rk and rt > lt - interval 5 seconds"),
        ("left_semi", "LeftSemi", "lk = rk"),
        ("full_outer", "FullOuter", "lk = rk"),
        ("left_outer", "LeftOuter", "lk = rk and lt > rt - interval 1 month"),
    ],
)
def test_an_outer_join_without_a_bound_is_refused(streams: Streams, kind: str, name: str, condition: str) -> None:
    left, right = streams.frames()
    with pytest.raises(AnalysisException, match=f"Stream-stream {name} join between two streaming .* not supported"):
        streams.start(left.join(right, F.expr(condition), kind))


@pytest.mark.rule("STF-75")
@pytest.mark.parametrize("condition", ["lt > rt", None])
def test_a_join_without_an_equality_fails_at_the_first_batch(streams: Streams, condition: str | None) -> None:
    left, right = streams.frames()
    streams.start(left.crossJoin(right) if condition is None else left.join(right, F.expr(condition)))
    streams.left.addData(("a", at(1), 1))
    with pytest.raises(StreamingQueryException):
        streams.query.processAllAvailable()
    assert "Stream-stream join without equality predicate is not supported." in str(failure(streams.query))


@pytest.mark.rule("STF-16")
def test_columns_that_nobody_reads_do_not_reach_a_deduplication(streams: Streams) -> None:
    left, right = streams.frames()
    streams.start(left.join(right, F.expr(WITHIN)).dropDuplicates(["lk"]).select("lk"))
    assert streams.add([("a", 1), ("a", 2)], [("a", 2), ("a", 25)]) == [("a",)]


@pytest.mark.rule("STF-16", "STF-111")
@pytest.mark.parametrize(("columns", "late"), [(["lv", "rv"], 0), (["lv", "lt", "rv"], 1)])
def test_late_rows_are_dropped_only_where_somebody_reads_their_time(
    streams: Streams, columns: list[str], late: int
) -> None:
    left, right = streams.frames()
    streams.start(left.join(right, F.col("lk") == F.col("rk")).select(*columns))
    streams.add([("a", 50)], [("a", 50)])
    streams.add([("a", 60)])
    streams.add([("a", 5)])
    assert streams.state("numRowsDroppedByWatermark")[-1] == (late,)


@pytest.mark.rule("STF-17")
def test_both_times_of_a_join_are_too_many_for_a_deduplication(streams: Streams) -> None:
    left, right = streams.frames()
    streams.start(left.join(right, F.expr(WITHIN)).dropDuplicates(["lk"]))
    with pytest.raises(StreamingQueryException, match="More than one event time columns"):
        streams.add([("a", 1)])
