"""Groups by session as an operator: which rows share one, merging with the state, eviction, and a restart at any epoch."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from actorstream.common.config import Conf
from actorstream.dataflow.operators import SessionAggregate
from actorstream.dataflow.operators.session_merge import meet
from actorstream.dataflow.protocols import OutputMode
from actorstream.errors import AnalysisException, SparkRuntimeException
from actorstream.sql import functions as F
from actorstream.state.delta import decode_state
from tests.unit.dataflow.harness import Harness, rows, schema_of, slices

ROWS = schema_of("k STRING, t TIMESTAMP, gap STRING, v INT", "t")
START = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
Row = tuple[Any, float | None, int, int]


def at(seconds: float) -> datetime.datetime:
    return START + datetime.timedelta(seconds=seconds)


def table(*values: Row) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {"k": k, "t": None if t is None else at(t), "gap": f"{gap} seconds", "v": v}
            for k, t, gap, v in values
        ],
        schema=ROWS,
    )  # fmt: skip


def sessions(mode: OutputMode | None = "append", **options: Any) -> SessionAggregate:
    keys = [("session", F.session_window("t", F.col("gap"))), "k"]
    results = {"rows": F.count("*"), "all": F.sum("v"), "first": F.first("v"), "v": F.collect_list("v")}
    return SessionAggregate(keys, results, mode=mode, **options)


class Sessions(Harness):
    """An aggregation by session whose results are told in seconds."""

    def __init__(self, mode: OutputMode | None = "append", *, conf: Conf | None = None, **options: Any) -> None:
        partitions = options.pop("partitions", 1)
        super().__init__(sessions(mode, **options), ROWS, partitions=partitions, conf=conf)

    def step(self, *values: Row, watermark: float = 0, late: float | None = None) -> list[tuple[Any, ...]]:
        """One epoch. Returns: key, start, end, number of rows, and the values in the order in which they were merged."""
        return told(self.run(table(*values), watermark=watermark, late=late))


def told(result: pa.Table) -> list[tuple[Any, ...]]:
    found = []
    for row in result.to_pylist():
        start, end = ((row["session"][name] - START).total_seconds() for name in ("start", "end"))
        assert row["all"] == sum(row["v"])
        assert row["first"] == row["v"][0]
        assert row["rows"] == len(row["v"])
        found.append((row["k"], start, end, row["v"]))
    return sorted(found, key=repr)


# ---------------------------------------------------------------- the arithmetic


@pytest.mark.rule("STF-27")
def test_sessions_that_overlap_or_touch_meet() -> None:
    keys = np.array([0, 0, 0, 0, 1, 0])
    starts = np.array([30, 4, 0, 9, 2, 15])
    meeting = meet(keys, starts, starts + 5)
    assert meeting.starts.tolist() == [0, 15, 30, 2]
    assert meeting.ends.tolist() == [14, 20, 35, 7]
    assert meeting.ids.tolist() == [2, 0, 0, 0, 3, 1]


def test_a_session_inside_of_another_does_not_shorten_it() -> None:
    meeting = meet(np.array([0, 0, 0]), np.array([0, 1, 10]), np.array([20, 3, 12]))
    assert (meeting.starts.tolist(), meeting.ends.tolist()) == ([0], [20])


def test_the_greatest_end_of_one_key_says_nothing_about_the_next() -> None:
    meeting = meet(np.array([0, 1]), np.array([0, 5]), np.array([2**62, 6]))
    assert meeting.starts.tolist() == [0, 5]
    assert meeting.ends.tolist() == [2**62, 6]


def test_no_sessions_meet_to_none() -> None:
    nothing = np.empty(0, np.int64)
    assert meet(nothing, nothing, nothing).starts.tolist() == []


# ---------------------------------------------------------------- epochs


@pytest.mark.rule("STF-27", "STF-28", "STF-205")
def test_a_row_between_two_stored_sessions_makes_them_one() -> None:
    run = Sessions()
    assert run.step(("a", 10, 5, 1), ("a", 18, 5, 2), ("b", 12, 5, 3)) == []
    assert run.metrics.rows_total == 3
    assert run.step(("a", 14, 5, 4)) == []
    assert (run.metrics.rows_total, run.metrics.rows_updated, run.metrics.rows_removed) == (2, 1, 1)
    assert run.step(watermark=23) == [("a", 10, 23, [1, 4, 2]), ("b", 12, 17, [3])]
    assert run.metrics.rows_total == 0


@pytest.mark.rule("STF-27")
def test_values_are_merged_in_the_order_of_their_times() -> None:
    run = Sessions()
    run.step(("a", 14, 5, 3), ("a", 12, 5, 2))
    run.step(("a", 10, 5, 1), ("a", 14, 5, 4))
    assert run.step(watermark=100) == [("a", 10, 19, [1, 2, 3, 4])]


@pytest.mark.rule("STF-27")
def test_rows_without_a_time_or_a_positive_gap_are_dropped() -> None:
    run = Sessions()
    run.step(("a", None, 5, 1), ("a", 10, 0, 2), ("a", 11, -5, 3), ("a", 12, 5, 4))
    assert run.step(watermark=100) == [("a", 12, 17, [4])]


def test_the_gap_is_that_of_each_row() -> None:
    run = Sessions()
    run.step(("a", 0, 20, 1), ("a", 1, 2, 2), ("a", 19, 1, 3), ("a", 21, 1, 4))
    assert run.step(watermark=100) == [("a", 0, 20, [1, 2, 3]), ("a", 21, 22, [4])]


@pytest.mark.rule("STF-10", "STF-11", "STF-18")
def test_a_row_is_late_by_its_own_session_and_not_by_the_one_that_it_would_join() -> None:
    run = Sessions()
    run.step(("a", 16, 5, 1))
    assert run.step(("a", 10, 5, 2), ("a", 11, 5, 3), watermark=20, late=15) == []
    assert run.metrics.rows_dropped_by_watermark == 1
    assert run.step(watermark=21) == [("a", 11, 21, [3, 1])]


def test_sessions_of_a_partition_may_be_merged_before_they_are_late() -> None:
    conf = Conf({"spark.sql.streaming.sessionWindow.merge.sessions.in.local.partition": "true"})
    run = Sessions(conf=conf)
    run.step(("a", 10, 5, 2), ("a", 11, 5, 3), ("a", 2, 5, 4), watermark=15)
    assert run.metrics.rows_dropped_by_watermark == 1
    assert run.step(watermark=16) == [("a", 10, 16, [2, 3])]


def test_sessions_that_an_epoch_does_not_meet_are_left_alone() -> None:
    run = Sessions()
    run.step(("a", 10, 5, 1), ("a", 30, 5, 2), ("b", 10, 5, 3))
    run.step(("a", 32, 5, 4))
    written = run.files.list("state/node/0")
    newest = max(name for name in written if name.startswith("1-"))
    _, delta = decode_state(run.files.read(f"state/node/0/{newest}"), newest)
    assert delta.num_rows == 2  # the session that goes, and the longer one in its place
    # the reference writes all sessions of the key
    assert run.metrics.rows_updated == 2


@pytest.mark.rule("STF-29")
def test_complete_mode_gives_all_sessions_and_evicts_none() -> None:
    run = Sessions("complete")
    assert run.step(("a", 10, 5, 1), watermark=50) == [("a", 10, 15, [1])]
    assert run.step(("a", 15, 5, 2), ("b", 10, 5, 3), watermark=50) == [("a", 10, 20, [1, 2]), ("b", 10, 15, [3])]
    run.restart()
    assert told(run.run(restore=True)) == [("a", 10, 20, [1, 2]), ("b", 10, 15, [3])]


def test_a_bounded_input_gives_its_sessions_at_once() -> None:
    values = [("a", 10, 5, 1), ("a", 15, 5, 2), (None, 12, 5, 3), (None, 13, 5, 4)]
    assert Sessions(bounded=True).step(*values) == [("a", 10, 20, [1, 2]), (None, 12, 18, [3, 4])]


def test_a_bounded_input_may_have_no_other_key() -> None:
    operator = SessionAggregate(
        [("s", F.session_window("t", "5 seconds"))], {"n": F.count("*")}, bounded=True, mode="append"
    )
    result = Harness(operator, ROWS).run(table(("a", 0, 5, 1), ("b", 5, 5, 1), ("c", 11, 5, 1)))
    assert [row["n"] for row in sorted(result.to_pylist(), key=lambda row: row["s"]["start"])] == [2, 1]
    assert not Harness(operator, ROWS).run().num_rows


@pytest.mark.rule("STF-29")
def test_a_stream_without_another_key_is_refused_when_its_first_epoch_begins() -> None:
    operator = SessionAggregate([("s", F.session_window("t", "5 seconds"))], {"n": F.count("*")}, mode="append")
    harness = Harness(operator, ROWS)
    with pytest.raises(AnalysisException, match="Global aggregation with session window"):
        harness.run(table(("a", 0, 5, 1)))


@pytest.mark.rule("STF-43")
def test_update_mode_is_refused() -> None:
    with pytest.raises(AnalysisException) as refused:
        sessions("update")
    assert refused.value.getMessageParameters() == {
        "outputMode": "update",
        "operation": "session window streaming aggregations",
    }


def test_keys_without_a_session_are_refused() -> None:
    with pytest.raises(AnalysisException, match="none of the keys k is a session_window"):
        SessionAggregate(["k"], {"n": F.count("*")})


def test_a_session_that_is_null_is_an_error() -> None:
    schema = schema_of("k STRING, s STRUCT<start: TIMESTAMP, end: TIMESTAMP>")
    operator = SessionAggregate(["k", "s"], {"n": F.count("*")}, 1, mode="append", bounded=True)
    values = [{"k": "a", "s": {"start": at(0), "end": at(1)}}, {"k": "a", "s": None}]
    with pytest.raises(SparkRuntimeException, match="Grouping Session should not be null"):
        Harness(operator, schema).run(pa.Table.from_pylist(values, schema=schema))


@pytest.mark.parametrize("mode", ["append", "complete"])
def test_the_result_does_not_depend_on_how_rows_are_cut_into_batches(mode: OutputMode) -> None:
    values = [("ab"[n % 2], 10 + 3 * (n % 7), 1 + n % 4, n) for n in range(20)]
    whole = table(*values)

    def result(*pieces: pa.Table) -> list[tuple[Any, ...]]:
        run = Sessions(mode)
        seen = rows(run.run(*pieces).drop(["v", "first"]))
        return seen + rows(run.run(watermark=100).drop(["v", "first"]))

    assert result(*slices(whole, [1, 4, 0, 7])) == result(whole)


# ---------------------------------------------------------------- at random


def reference(seen: list[Row]) -> Iterator[tuple[Any, float, float, list[int]]]:
    """Sessions of rows that came in this order, with plain lists."""
    for key in {key for key, *_ in seen}:
        open_: list[tuple[float, float, list[int]]] = []
        for _, start, gap, value in sorted((row for row in seen if row[0] == key), key=lambda row: row[1] or 0):
            assert start is not None
            if open_ and start <= open_[-1][1]:
                first, end, values = open_[-1]
                open_[-1] = (first, max(end, start + gap), [*values, value])
            else:
                open_.append((start, start + gap, [value]))
        yield from ((key, *session) for session in open_)


def comparable(result: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows of the same moment have no order."""
    return sorted(((key, start, end, sorted(values)) for key, start, end, values in result), key=repr)


@pytest.mark.parametrize("seed", range(8))
def test_random_sessions_are_those_of_plain_lists_whatever_the_epochs_and_restarts(seed: int) -> None:
    random_ = random.Random(seed)
    run = Sessions(partitions=2)
    #: by key: rows of sessions that are open, as far as the watermark knows
    waiting: list[Row] = []
    emitted: list[tuple[Any, ...]] = []
    expected: list[tuple[Any, ...]] = []
    watermark, number = 0.0, 0
    for epoch in range(16):
        fresh: list[Row] = []
        for _ in range(random_.randrange(8)):
            number += 1
            key = random_.choice(["a", "b", "c", None])
            fresh.append((key, watermark + random_.randrange(-6, 20), random_.randrange(1, 8), number))
        late = watermark
        watermark += random_.choice([0, 0, 1, 4, 9])
        emitted += run.step(*fresh, watermark=watermark, late=late)
        waiting += [row for row in fresh if row[1] is not None and row[1] + row[2] > late]
        closed = [session for session in reference(waiting) if session[2] <= watermark]
        expected += closed
        gone = {value for *_, values in closed for value in values}
        waiting = [row for row in waiting if row[3] not in gone]
        assert run.metrics.rows_total == len(list(reference(waiting)))
        if epoch % 4 == 3:
            run.restart(partitions=random_.choice([1, 2, 3]))
    emitted += run.step(watermark=watermark + 1000)
    expected += reference(waiting)
    assert comparable(emitted) == comparable(expected), f"seed {seed}"
    assert run.metrics.rows_total == 0


@pytest.mark.parametrize("seed", range(4))
def test_random_sessions_in_complete_mode_are_those_of_all_rows(seed: int) -> None:
    random_ = random.Random(seed)
    run = Sessions("complete", partitions=2)
    seen: list[Row] = []
    for epoch in range(15):
        fresh: list[Row] = [
            (random_.choice("ab"), random_.randrange(200), random_.randrange(1, 8), len(seen) + n)
            for n in range(random_.randrange(1, 8))
        ]
        seen += fresh
        assert comparable(run.step(*fresh)) == comparable(list(reference(seen))), f"seed {seed}, epoch {epoch}"
        if epoch % 4 == 3:
            run.restart(partitions=random_.choice([1, 2, 3]))
