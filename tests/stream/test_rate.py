"""The two rate sources, on a clock that moves when told."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from actorstream.common.clock import ManualClock
from actorstream.errors import IllegalArgumentException, NumberFormatException, StreamingQueryException
from actorstream.sql import DataFrame, SparkSession

START_MS = 1_700_000_000_000


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START_MS)


def session(clock: ManualClock) -> SparkSession:
    made = SparkSession(master="sim", clock=clock)
    made.conf.set("spark.sql.session.timeZone", "UTC")
    return made


class Collector:
    """Rows of every batch: value, and milliseconds since the clock started."""

    def __init__(self) -> None:
        self.batches: list[list[tuple[int, int]]] = []

    def __call__(self, frame: DataFrame, batch: int) -> None:
        rows = [(row.value, _ms(row.timestamp)) for row in frame.collect()]
        self.batches.append(sorted(rows))


def _ms(moment: datetime.datetime) -> int:
    return round(moment.replace(tzinfo=datetime.UTC).timestamp() * 1000)


def start(
    spark: SparkSession, name: str, sink: Any, checkpoint: Path | None = None, trigger: Any = None, **options: Any
) -> Any:
    writer = spark.readStream.format(name).options(**options).load().writeStream.foreachBatch(sink)
    if checkpoint is not None:
        writer = writer.option("checkpointLocation", str(checkpoint))
    return (writer if trigger is None else writer.trigger(**trigger)).start()


# ---------------------------------------------------------------- rate


@pytest.mark.rule("IO-20")
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"rowsPerSecond": 0},
            IllegalArgumentException,
            "Invalid value '0'. The option 'rowsPerSecond' must be positive",
        ),
        ({"rowsPerSecond": "x"}, NumberFormatException, 'For input string: "x"'),
        (
            {"rampUpTime": "-1s"},
            IllegalArgumentException,
            "Invalid value '-1'. The option 'rampUpTime' must not be negative",
        ),
        ({"rampUpTime": "x"}, NumberFormatException, "Failed to parse time string: x"),
        (
            {"numPartitions": 0},
            IllegalArgumentException,
            "Invalid value '0'. The option 'numPartitions' must be positive",
        ),
    ],
)
def test_impossible_options_of_rate_are_refused_at_load(
    spark: SparkSession, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        spark.readStream.format("rate").options(**options).load()


@pytest.mark.rule("IO-21", "IO-23")
def test_so_many_rows_a_second_spread_evenly(clock: ManualClock) -> None:
    spark, seen = session(clock), Collector()
    query = start(spark, "rate", seen, rowsPerSecond=2, numPartitions=3)
    query.processAllAvailable()
    clock.advance(2500)
    query.processAllAvailable()
    clock.advance(500)
    query.processAllAvailable()
    query.stop()
    assert [batch for batch in seen.batches if batch] == [
        [(0, START_MS), (1, START_MS + 500), (2, START_MS + 1000), (3, START_MS + 1500)],
        [(4, START_MS + 2000), (5, START_MS + 2500)],
    ]


@pytest.mark.rule("IO-22")
def test_the_rate_ramps_up(clock: ManualClock) -> None:
    spark, seen = session(clock), Collector()
    query = start(spark, "rate", seen, rowsPerSecond=10, rampUpTime="4s")
    query.processAllAvailable()
    for _ in range(6):
        clock.advance(1000)
        query.processAllAvailable()
    query.stop()
    ends = [batch[-1][0] + 1 for batch in seen.batches if batch]
    assert ends == [2, 6, 12, 20, 30, 40]


@pytest.mark.rule("IO-21")
def test_a_restart_makes_up_for_the_time_away(clock: ManualClock, tmp_path: Path) -> None:
    seen = Collector()
    query = start(session(clock), "rate", seen, tmp_path, rowsPerSecond=1)
    query.processAllAvailable()
    clock.advance(1000)
    query.processAllAvailable()
    query.stop()
    clock.advance(3000)
    query = start(session(clock), "rate", seen, tmp_path, rowsPerSecond=1)
    query.processAllAvailable()
    query.stop()
    assert [value for batch in seen.batches for value, _ in batch] == [0, 1, 2, 3]


@pytest.mark.rule("IO-25")
def test_progress_describes_rate_without_its_closing_bracket(clock: ManualClock) -> None:
    query = start(session(clock), "rate", Collector(), rowsPerSecond=5)
    clock.advance(1000)
    query.processAllAvailable()
    source = json.loads(query.lastProgress.json)["sources"][0]
    query.stop()
    assert source["description"] == "RateStreamV2[rowsPerSecond=5, rampUpTimeSeconds=0, numPartitions=default"
    assert source["latestOffset"] == source["endOffset"]


# ---------------------------------------------------------------- rate-micro-batch


@pytest.mark.rule("IO-30")
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, IllegalArgumentException, "Invalid value '0'. The option 'rowsPerBatch' must be positive"),
        ({"rowsPerBatch": "x"}, NumberFormatException, 'For input string: "x"'),
        ({"rowsPerBatch": 5, "numPartitions": 0}, IllegalArgumentException, "'numPartitions' must be positive"),
        ({"rowsPerBatch": 5, "startTimestamp": -1}, IllegalArgumentException, "'startTimestamp' must be non-negative"),
        (
            {"rowsPerBatch": 5, "advanceMillisPerBatch": -1},
            IllegalArgumentException,
            "'advanceMillisPerBatch' must be non-neg",
        ),
    ],
)
def test_impossible_options_of_rate_micro_batch_are_refused_at_load(
    spark: SparkSession, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        spark.readStream.format("rate-micro-batch").options(**options).load()


@pytest.mark.rule("IO-31", "IO-32", "IO-33")
def test_every_run_to_the_end_is_one_batch_of_one_moment(clock: ManualClock, tmp_path: Path) -> None:
    seen = Collector()
    options = {"rowsPerBatch": 3, "numPartitions": 2, "startTimestamp": 1000, "advanceMillisPerBatch": 50}
    for _ in range(2):
        query = start(session(clock), "rate-micro-batch", seen, tmp_path, {"availableNow": True}, **options)
        query.awaitTermination()
    assert seen.batches == [[(0, 1000), (1, 1000), (2, 1000)], [(3, 1050), (4, 1050), (5, 1050)]]
    source = json.loads(query.lastProgress.json)["sources"][0]
    assert source["description"] == (
        "RatePerMicroBatchStream[rowsPerBatch=3, numPartitions=2, startTimestamp=1000, advanceMsPerBatch=50]"
    )
    assert source["endOffset"] == {"offset": 6, "timestamp": 1100}
    assert source["latestOffset"] is None


@pytest.mark.rule("IO-33")
def test_a_newer_start_before_the_first_batch_is_refused(clock: ManualClock, tmp_path: Path) -> None:
    def fail(frame: DataFrame, batch: int) -> None:
        raise ValueError("no")

    def run(moment: int) -> str:
        query = start(
            session(clock),
            "rate-micro-batch",
            fail,
            tmp_path,
            {"availableNow": True},
            rowsPerBatch=1,
            startTimestamp=moment,
        )
        with pytest.raises(StreamingQueryException) as caught:
            query.awaitTermination()
        return str(caught.value)

    assert "ValueError: no" in run(1000)
    assert "MALFORMED_STATE_IN_RATE_PER_MICRO_BATCH_SOURCE.INVALID_TIMESTAMP" in run(2000)
