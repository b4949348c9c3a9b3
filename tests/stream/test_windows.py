"""Event-time windows: which windows a row is in, and what is no window."""

from __future__ import annotations

from typing import Any

import pytest

from actorstream import MemoryStream
from actorstream.errors import AnalysisException, PySparkException, PySparkTypeError
from actorstream.sql import Column, DataFrame
from actorstream.sql import functions as F
from tests.stream.harness import Rows, at, plain, rows_of, simulated


def streamed(column: Any, *seconds: float | None) -> Rows:
    """The windows of rows at these times, on a stream; the time of the row first."""
    session = simulated()
    stream = MemoryStream(session, schema="t TIMESTAMP")
    frame = stream.to_df().select("t", column.alias("w"))
    query = frame.writeStream.format("memory").queryName("windows").start()
    stream.add_data(*[(None if second is None else at(second),) for second in seconds])
    query.processAllAvailable()
    query.stop()
    streaming = rows_of(session.table("windows"))
    static = session.createDataFrame([(None if second is None else at(second),) for second in seconds], "t TIMESTAMP")
    assert rows_of(static.select("t", column.alias("w"))) == streaming, "a stream gives what a table gives"
    return streaming


@pytest.mark.rule("STF-20")
def test_a_window_holds_its_start_and_not_its_end() -> None:
    assert streamed(F.window("t", "10 seconds"), 0, 9, 9.999999, 10) == [
        (0, (0, 10)),
        (10, (10, 20)),
        (9, (0, 10)),
        (9.999999, (0, 10)),
    ]


@pytest.mark.rule("STF-21")
@pytest.mark.parametrize(
    ("start", "second", "window"),
    [
        (None, -1, (-10, 0)),
        (None, -10, (-10, 0)),
        (None, -10.000001, (-20, -10)),
        ("3 seconds", 2, (-7, 3)),
        ("3 seconds", 3, (3, 13)),
        ("3 seconds", 12, (3, 13)),
        ("-2 seconds", 8, (8, 18)),
        ("-2 seconds", 7, (-2, 8)),
    ],
)
def test_windows_start_at_multiples_from_1970_on(start: str | None, second: float, window: tuple[float, float]) -> None:
    column = F.window("t", "10 seconds", startTime=start) if start else F.window("t", "10 seconds")
    ((_, found),) = streamed(column, second)
    assert found == window


@pytest.mark.rule("STF-22")
@pytest.mark.parametrize(
    ("duration", "slide", "second", "windows"),
    [
        ("10 seconds", "4 seconds", 9, [(0, 10), (4, 14), (8, 18)]),
        ("10 seconds", "4 seconds", 10, [(4, 14), (8, 18)]),
        ("10 seconds", "5 seconds", 0, [(-5, 5), (0, 10)]),
        ("10 seconds", "10 seconds", 3, [(0, 10)]),
        ("9 seconds", "3 seconds", 8.5, [(0, 9), (3, 12), (6, 15)]),
    ],
)
def test_a_row_is_in_every_sliding_window_that_covers_it(
    duration: str, slide: str, second: float, windows: list[tuple[float, float]]
) -> None:
    assert sorted(window for _, window in streamed(F.window("t", duration, slide), second)) == windows


@pytest.mark.rule("STF-24")
def test_a_row_without_a_time_is_in_no_window() -> None:
    assert streamed(F.window("t", "10 seconds"), None, 5) == [(5, (0, 10))]
    assert streamed(F.window("t", "10 seconds", "5 seconds"), None, 5) == [(5, (0, 10)), (5, (5, 15))]


@pytest.mark.rule("STF-23")
@pytest.mark.parametrize(
    ("arguments", "condition", "words"),
    [
        (("5 seconds", "10 seconds"), "PARAMETER_CONSTRAINT_VIOLATION", "`slide_duration`(10000000L) must be <= the `window_duration`(5000000L)"),
        (("10 seconds", "10 seconds", "10 seconds"), "PARAMETER_CONSTRAINT_VIOLATION", "`abs(start_time)`(10000000L) must be < the `slide_duration`(10000000L)"),
        (("10 seconds", "10 seconds", "-10 seconds"), "PARAMETER_CONSTRAINT_VIOLATION", "must be < the `slide_duration`(10000000L)"),
        (("0 seconds",), "VALUE_OUT_OF_RANGE", "window_duration"),
        (("-5 seconds",), "VALUE_OUT_OF_RANGE", "window_duration"),
        (("10 seconds", "0 seconds"), "VALUE_OUT_OF_RANGE", "slide_duration"),
    ],
)  # fmt: skip
def test_durations_that_make_no_windows_are_refused(arguments: tuple[str, ...], condition: str, words: str) -> None:
    stream = MemoryStream(simulated(), schema="t TIMESTAMP")
    with pytest.raises(AnalysisException) as raised:
        stream.to_df().select(F.window("t", *arguments)).schema
    assert raised.value.getCondition() == f"DATATYPE_MISMATCH.{condition}"
    assert words in str(raised.value)


@pytest.mark.rule("STF-23")
@pytest.mark.parametrize(
    ("duration", "error", "words"),
    [
        ("1 month", PySparkException, "Intervals greater than a month is not supported (1 month)"),
        ("soon", AnalysisException, "CANNOT_PARSE_INTERVAL"),
        (10, PySparkTypeError, "windowDuration"),
    ],
)
def test_a_duration_that_is_no_fixed_time_is_refused(duration: Any, error: type[PySparkException], words: str) -> None:
    stream = MemoryStream(simulated(), schema="t TIMESTAMP")
    with pytest.raises(error) as raised:
        stream.to_df().select(F.window("t", duration)).schema
    assert words in str(raised.value)


@pytest.mark.rule("STF-25")
def test_two_different_windows_in_one_place_are_refused() -> None:
    stream = MemoryStream(simulated(), schema="t TIMESTAMP")
    frame = stream.to_df()
    two = F.window("t", "5 seconds"), F.window("t", "10 seconds")
    with pytest.raises(AnalysisException, match="Multiple time/session window expressions"):
        frame.select(*two).schema
    with pytest.raises(AnalysisException, match="Multiple time/session window expressions"):
        frame.groupBy(*two).count().schema


@pytest.mark.rule("STF-26")
def test_a_window_can_be_windowed_again_by_its_last_microsecond() -> None:
    session = simulated()
    stream = MemoryStream(session, schema="t TIMESTAMP")
    small = stream.to_df().select(F.window("t", "5 seconds").alias("small"))
    frame = small.select(F.window_time("small").alias("last"), F.window("small", "10 seconds").alias("large"))
    query = frame.writeStream.format("memory").queryName("windows").start()
    stream.add_data((at(1),), (at(7),), (at(10),))
    query.processAllAvailable()
    query.stop()
    assert rows_of(session.table("windows")) == [(14.999999, (10, 20)), (4.999999, (0, 10)), (9.999999, (0, 10))]


@pytest.mark.rule("STF-26", "STF-4")
def test_counts_of_small_windows_are_added_up_in_large_ones() -> None:
    session = simulated()
    stream = MemoryStream(session, schema="t TIMESTAMP")
    small = stream.to_df().withWatermark("t", "10 seconds").groupBy(F.window("t", "5 seconds").alias("small")).count()
    large = small.groupBy(F.window("small", "10 seconds").alias("large")).agg(F.sum("count").alias("rows"))
    emitted: Rows = []

    def write(batch: DataFrame, epoch: int) -> None:
        emitted.extend(plain(row) for row in batch.collect())

    query = large.writeStream.foreachBatch(write).start()
    for seconds in ((0, 4, 6), (20,), (45,)):
        stream.add_data(*[(at(second),) for second in seconds])
        query.processAllAvailable()
    query.stop()
    assert emitted == [((0, 10), 3), ((20, 30), 1)]


@pytest.mark.rule("STF-20")
def test_windows_of_other_sizes_and_units() -> None:
    column: Column = F.window("t", "1 day 2 hours")
    ((_, window),) = streamed(column, 100_000)
    assert window == (93_600, 187_200)
    ((_, window),) = streamed(F.window("t", "interval 250 milliseconds"), 1.3)
    assert window == (1.25, 1.5)
