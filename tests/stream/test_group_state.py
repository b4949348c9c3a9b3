"""``applyInPandasWithState``: states and timeouts of groups as a user's function sees them, over epochs and restarts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from actorstream import MemoryStream
from actorstream.common.clock import ManualClock
from actorstream.errors import (
    AnalysisException,
    IllegalArgumentException,
    PySparkException,
    PySparkTypeError,
    StreamingQueryException,
    UnsupportedOperationException,
)
from actorstream.sql import DataFrame, SparkSession
from actorstream.sql import functions as F
from actorstream.sql.streaming.state import GroupState, GroupStateTimeout
from tests.stream.harness import Rows, at, failure_of, plain, simulated

SCHEMA = "t TIMESTAMP, k STRING, v INT"
Key = tuple[Any, ...]
Frames = Iterator[pd.DataFrame]
Function = Callable[[Key, Frames, GroupState], Frames]


class Grouped:
    """A stream, a query with a state for every key, and what each step emits."""

    def __init__(self, timeout: str = GroupStateTimeout.NoTimeout, mode: str = "append") -> None:
        self.session: SparkSession = simulated()
        clock = self.session._clock
        assert isinstance(clock, ManualClock)
        self.clock = clock
        self.stream = MemoryStream(self.session, schema=SCHEMA)
        self.timeout = timeout
        self.mode = mode
        self.emitted: Rows = []

    @property
    def rows(self) -> DataFrame:
        return self.stream.to_df().withWatermark("t", "10 seconds")

    def frame(self, function: Function, output: str = "k STRING, text STRING", state: str = "n LONG") -> DataFrame:
        return self.rows.groupBy("k").applyInPandasWithState(function, output, state, self.mode, self.timeout)

    def start(self, frame: DataFrame, checkpoint: Path | None = None, trigger: str | None = None) -> Grouped:
        def write(batch: DataFrame, epoch: int) -> None:
            self.emitted += [plain(row) for row in batch.collect()]

        writer = frame.writeStream.foreachBatch(write).outputMode(self.mode)
        if checkpoint is not None:
            writer = writer.option("checkpointLocation", str(checkpoint))
        if trigger is not None:
            writer = writer.trigger(processingTime=trigger)
        self.query = writer.start()
        return self

    def add(self, *rows: tuple[float, str | None, int | None]) -> Rows:
        """Add a block; work until nothing is left. Returns: what was emitted meanwhile, in order."""
        self.emitted = []
        self.stream.add_data(*[(at(t), k, v) for t, k, v in rows])
        self.query.processAllAvailable()
        return self.emitted

    def states(self) -> list[tuple[int, int, int]]:
        """Rows total, updated and removed of the state, for each epoch."""
        names = ("numRowsTotal", "numRowsUpdated", "numRowsRemoved")
        return [
            tuple(progress["stateOperators"][0][name] for name in names)
            for progress in self.query.recentProgress
            if progress["durationMs"].get("addBatch") is not None
        ]


def told(key: Key, text: object) -> pd.DataFrame:
    return pd.DataFrame({"k": [key[0]], "text": [str(text)]})


def count(key: Key, frames: Frames, state: GroupState) -> Frames:
    (n,) = state.get if state.exists else (0,)
    n += sum(len(frame) for frame in frames)
    state.update((n,))
    yield told(key, n)


# ---------------------------------------------------------------- states


@pytest.mark.rule("STF-162", "STF-165")
def test_each_key_finds_the_state_that_it_left() -> None:
    run = Grouped(mode="update")
    run.start(run.frame(count))
    assert run.add((1, "b", 1), (2, "a", 1), (3, "a", 2)) == [("a", "2"), ("b", "1")]
    assert run.add((4, "c", 1), (5, "a", 2)) == [("a", "3"), ("c", "1")]
    assert run.states() == [(2, 2, 0), (3, 2, 0)]
    assert run.query.recentProgress[0]["stateOperators"][0]["operatorName"] == "applyInPandasWithState"


def test_a_state_that_is_removed_is_gone_and_may_come_again() -> None:
    def toggle(key: Key, frames: Frames, state: GroupState) -> Frames:
        yield told(key, (state.exists, state.getOption))
        if state.exists:
            state.remove()
        else:
            state.update((7,))

    run = Grouped()
    run.start(run.frame(toggle))
    seen = [run.add((1, "a", 1))[0][1] for _ in range(3)]
    assert seen == ["(False, None)", "(True, (7,))", "(False, None)"]
    assert run.states() == [(1, 1, 0), (0, 0, 1), (1, 1, 0)]


def test_a_state_that_is_not_touched_is_not_written() -> None:
    def look(key: Key, frames: Frames, state: GroupState) -> Frames:
        if not state.exists:
            state.update((1,))
        yield told(key, state)

    run = Grouped()
    run.start(run.frame(look))
    assert run.add((1, "a", 1)) == [("a", "GroupState((1,))")]
    run.add((1, "a", 1))
    assert run.states() == [(1, 1, 0), (1, 0, 0)]


def test_states_of_many_types_come_back_as_they_were() -> None:
    values = ("text", 1.5, [1, None], {"a": 1}, at(5), None, (1, "x"), True)
    seen: list[Any] = []

    def keep(key: Key, frames: Frames, state: GroupState) -> Frames:
        seen.append(state.getOption)
        state.update(values)
        yield told(key, "")

    run = Grouped()
    types = "a STRING, b DOUBLE, c ARRAY<INT>, d MAP<STRING, INT>, e TIMESTAMP, f LONG, g STRUCT<x: INT, y: STRING>, h BOOLEAN"
    run.start(run.frame(keep, state=types))
    run.add((1, "a", 1))
    run.add((1, "a", 1))
    assert seen == [None, values]


def test_numbers_of_numpy_and_pandas_fit_the_columns_of_the_state() -> None:
    seen: list[Any] = []

    def keep(key: Key, frames: Frames, state: GroupState) -> Frames:
        seen.append(state.getOption)
        frame = next(frames)
        state.update((frame["v"].sum(), frame["v"].mean(), frame["t"].max(), 3.0))
        yield told(key, "")

    run = Grouped()
    run.start(run.frame(keep, state="total LONG, mean DOUBLE, last TIMESTAMP, n INT"))
    run.add((1, "a", 1), (2, "a", 3))
    run.add((1, "a", 1))
    assert seen == [None, (4, 2.0, at(2), 3)]


def test_a_null_key_is_a_group_and_so_is_everything_without_keys() -> None:
    run = Grouped()
    run.start(run.frame(count, output="k STRING, text STRING"))
    assert sorted(text for _, text in run.add((1, None, 1), (2, None, 1), (3, "a", 1))) == ["1", "2"]

    def total(key: Key, frames: Frames, state: GroupState) -> Frames:
        assert key == ()
        yield from count(("all",), frames, state)

    run = Grouped()
    frame = run.rows.groupBy().applyInPandasWithState(total, "k STRING, text STRING", "n LONG", "append", "NoTimeout")
    run.start(frame)
    assert run.add((1, "a", 1), (2, "b", 1)) == [("all", "2")]
    assert run.add((1, "a", 1)) == [("all", "3")]


# ---------------------------------------------------------------- timeouts


def by_event_time(key: Key, frames: Frames, state: GroupState) -> Frames:
    if state.hasTimedOut:
        assert [len(frame) for frame in frames] == [0]
        yield told(key, f"out {state.get[0]}")
        state.remove()
        return
    (n,) = state.getOption or (0,)
    for frame in frames:
        n += len(frame)
        state.setTimeoutTimestamp(int(frame["t"].max().timestamp() * 1000) + 5000)
    state.update((n,))
    yield told(key, n)


@pytest.mark.rule("STF-162", "STF-163", "STF-210")
def test_a_group_times_out_once_the_watermark_is_later_than_its_timeout() -> None:
    run = Grouped(GroupStateTimeout.EventTimeTimeout)
    run.start(run.frame(by_event_time))
    assert run.add((10, "a", 1), (20, "b", 1)) == [("a", "1"), ("b", "1")]
    assert run.add((25, "z", 1)) == [("z", "1")]  # the watermark is at the timeout
    assert run.add((26, "y", 1)) == [("y", "1"), ("a", "out 1")]
    assert run.states()[-1] == (3, 0, 1)


@pytest.mark.rule("STF-167")
def test_late_rows_are_dropped_only_where_groups_time_out_by_event_time() -> None:
    for timeout, emitted in ((GroupStateTimeout.EventTimeTimeout, 0), (GroupStateTimeout.NoTimeout, 1)):
        run = Grouped(timeout)
        run.start(run.frame(count))
        run.add((100, "a", 1))
        assert len(run.add((90, "b", 1))) == emitted


@pytest.mark.rule("STF-164")
def test_a_timed_out_group_that_changes_nothing_is_called_with_every_epoch() -> None:
    """As in the reference, where only a changed state is written, and with it that there is no timeout any more."""

    def idle(key: Key, frames: Frames, state: GroupState) -> Frames:
        if not state.hasTimedOut:
            state.update((1,))
            if key[0] in ("a", "b"):
                state.setTimeoutTimestamp(20_000)
        elif key[0] == "b":
            state.update((2,))
        yield told(key, state.hasTimedOut)

    run = Grouped(GroupStateTimeout.EventTimeTimeout)
    run.start(run.frame(idle))
    run.add((11, "a", 1), (12, "b", 1))
    assert run.add((40, "a", 1))[1:] == [("a", "True"), ("b", "True")]
    assert run.add((41, "c", 1)) == [("c", "False"), ("a", "True"), ("a", "True")]


@pytest.mark.rule("EXE-37", "STF-163")
def test_a_timeout_by_processing_time_needs_no_rows_and_causes_no_epoch_before() -> None:
    def waits(key: Key, frames: Frames, state: GroupState) -> Frames:
        if not state.hasTimedOut:
            state.update((1,))
            state.setTimeoutDuration(5000)
        else:
            state.remove()
        yield told(key, (state.hasTimedOut, state.getCurrentProcessingTimeMs() - start))

    run = Grouped(GroupStateTimeout.ProcessingTimeTimeout)
    start = run.clock.now_ms()
    run.start(run.frame(waits), trigger="1 second")
    assert run.add((1, "a", 1)) == [("a", "(False, 0)")]
    while run.clock.now_ms() < start + 5000:
        run.clock.advance(1000)
        run.query.processAllAvailable()
    assert len(run.states()) == 1
    run.clock.advance(1000)
    run.query.processAllAvailable()
    assert run.emitted[1:] == [("a", "(True, 6000)")]
    assert run.states() == [(1, 1, 0), (0, 0, 1)]


def test_a_timeout_survives_a_restart_and_is_due_without_rows(tmp_path: Path) -> None:
    def waits(key: Key, frames: Frames, state: GroupState) -> Frames:
        if not state.hasTimedOut:
            state.setTimeoutDuration(5000)
        yield told(key, (state.hasTimedOut, state.exists))

    run = Grouped(GroupStateTimeout.ProcessingTimeTimeout)
    run.start(run.frame(waits), tmp_path)
    run.add((1, "a", 1))
    run.query.stop()
    run.clock.advance(60_000)
    run.emitted = []
    run.start(run.frame(waits), tmp_path)
    run.query.processAllAvailable()
    assert run.emitted == [("a", "(True, False)")]


# ---------------------------------------------------------------- what a function may not do


def refused(call: Callable[[GroupState], object], timeout: str = GroupStateTimeout.NoTimeout) -> str:
    state = GroupState(None, parse("n LONG"), timeout, 1000, 20_000, has_timed_out=False)
    with pytest.raises(PySparkException) as error:
        call(state)
    return error.value.getMessage().partition("] ")[2] or error.value.getMessage()


def parse(text: str) -> Any:
    from actorstream.expr.types import parse_schema

    return parse_schema(text)


@pytest.mark.rule("STF-165", "STF-166")
def test_what_cannot_be_done_with_a_state_is_said() -> None:
    without = "Cannot set timeout duration without enabling processing time timeout in applyInPandasWithState."
    event, processing = GroupStateTimeout.EventTimeTimeout, GroupStateTimeout.ProcessingTimeTimeout
    assert refused(lambda state: state.get) == "State is either not defined or has already been removed."
    assert refused(lambda state: state.update(None)) == "Argument `newValue` cannot be None."  # type: ignore[arg-type]
    assert "(n), but update was given 2 values" in refused(lambda state: state.update((1, 2)))
    assert refused(lambda state: state.setTimeoutDuration(5)) == without
    assert refused(lambda state: state.setTimeoutTimestamp(5)) == without
    assert (
        refused(lambda state: state.setTimeoutDuration(0), processing)
        == "Value for `durationMs` must be positive, got 'int'."
    )
    assert "should be int" in refused(lambda state: state.setTimeoutDuration("5"), processing)  # type: ignore[arg-type]
    assert refused(lambda state: state.setTimeoutTimestamp(19_999), event) == (
        "Timeout timestamp (19999) cannot be earlier than the current watermark (20000)."
    )
    unmarked = GroupState(None, parse("n LONG"), event, 1000, None, has_timed_out=False)
    with pytest.raises(PySparkException, match="Cannot get event time watermark timestamp without setting watermark"):
        unmarked.getCurrentWatermarkMs()


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda key, frames, state: told(key, 1), "iterator of pandas.DataFrame"),
        (lambda key, frames, state: iter([3]), "iterator of pandas.DataFrame"),
        (lambda key, frames, state: iter([pd.DataFrame({"z": [1]})]), "Missing: k, text."),
        (lambda key, frames, state: 1 / 0, "division by zero"),
    ],
)
def test_what_a_function_does_wrong_ends_the_query_with_its_reason(function: Any, words: str) -> None:
    run = Grouped()
    run.start(run.frame(function))
    with pytest.raises(StreamingQueryException) as failed:
        run.add((1, "a", 1))
    assert words in str(failed.value)


def test_a_state_of_another_type_than_promised_ends_the_query() -> None:
    def wrong(key: Key, frames: Frames, state: GroupState) -> Frames:
        state.update(("x",))
        yield told(key, 1)

    run = Grouped()
    run.start(run.frame(wrong))
    with pytest.raises(StreamingQueryException, match="FIELD_DATA_TYPE_UNACCEPTABLE"):
        run.add((1, "a", 1))


# ---------------------------------------------------------------- what is refused before the start


@pytest.mark.rule("STF-160")
def test_a_table_and_wrong_arguments_are_refused() -> None:
    run = Grouped()
    static = run.session.createDataFrame([("a",)], "k STRING").groupBy("k")
    with pytest.raises(UnsupportedOperationException, match="applyInPandasWithState is unsupported in batch query"):
        static.applyInPandasWithState(count, "k STRING, text STRING", "n LONG", "append", "NoTimeout").collect()
    with pytest.raises(IllegalArgumentException, match="The output mode of function should be append or update"):
        static.applyInPandasWithState(count, "k STRING", "n LONG", "complete", "NoTimeout")
    with pytest.raises(IllegalArgumentException, match="Invalid streaming output mode: foo"):
        static.applyInPandasWithState(count, "k STRING", "n LONG", "foo", "NoTimeout")
    with pytest.raises(AssertionError, match="timeoutConf"):
        static.applyInPandasWithState(count, "k STRING", "n LONG", "append", "foo")
    with pytest.raises(PySparkTypeError, match="should be callable"):
        static.applyInPandasWithState(3, "k STRING", "n LONG", "append", "NoTimeout")  # type: ignore[arg-type]


@pytest.mark.rule("STF-49", "STF-79e", "STF-160", "STF-161")
def test_queries_that_it_does_not_fit_into_are_refused_at_the_start() -> None:
    run = Grouped()

    def with_state(frame: DataFrame, mode: str = "append", timeout: str = "NoTimeout") -> DataFrame:
        return frame.groupBy("k").applyInPandasWithState(count, "k STRING, t TIMESTAMP", "n LONG", mode, timeout)

    def reason(frame: DataFrame, mode: str) -> str:
        error = failure_of(lambda: frame.writeStream.format("memory").queryName("q").outputMode(mode).start())
        assert isinstance(error, AnalysisException)
        parameters = error.getMessageParameters()
        assert parameters is not None
        return parameters["msg"]

    rows = run.rows
    counts = rows.groupBy(F.window("t", "5 seconds"), "k").count()
    assert reason(with_state(rows), "update") == (
        "applyInPandasWithState in append mode is not supported with Update output mode on a streaming DataFrame/Dataset"
    )
    assert "in update mode is not supported with Append" in reason(with_state(rows, "update"), "append")
    assert reason(with_state(run.stream.to_df(), timeout="EventTimeTimeout"), "append").startswith("Watermark must be")
    assert reason(with_state(with_state(rows)), "append").startswith("Multiple applyInPandasWithStates")
    assert "append mode is not supported after aggregation" in reason(with_state(counts), "append")
    after = with_state(rows, "update").groupBy("k").count()
    assert "update mode is not supported with aggregation" in reason(after, "update")
    late = with_state(rows, timeout="EventTimeTimeout").withWatermark("t", "1 second").dropDuplicates(["k", "t"])
    assert reason(late, "append").startswith("Detected pattern of possible 'correctness' issue")


def test_its_rows_may_be_counted_in_complete_mode() -> None:
    run = Grouped(mode="complete")
    frame = run.rows.groupBy("k").applyInPandasWithState(
        count, "k STRING, text STRING", "n LONG", "append", "NoTimeout"
    )
    run.start(frame.groupBy("k").count())
    run.add((1, "a", 1))
    assert run.add((1, "a", 1)) == [("a", 2)]
