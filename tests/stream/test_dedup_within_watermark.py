"""`dropDuplicatesWithinWatermark`: a key is known from its first row until the watermark is past it."""

from __future__ import annotations

from pathlib import Path

import pytest

from actorstream import MemoryStream
from actorstream.engine.query import StreamingQuery
from actorstream.errors import StreamingQueryException
from actorstream.sql import SparkSession
from actorstream.testing.faults import FaultPoint, RaiseAt
from tests.stream.harness import Rows, at, plain, simulated
from tests.stream.test_watermarks import Timed


@pytest.mark.rule("STF-207", "STF-93")
def test_a_key_is_forgotten_once_the_watermark_reaches_its_first_row_plus_the_delay() -> None:
    query = Timed()
    query.start(query.rows.dropDuplicatesWithinWatermark(["k"]))
    assert query.add((5, "a"), (9, "a")) == [(5, "a")]
    assert query.add((25, "z")) == [(25, "z")]  # the watermark is 15 now, and a is forgotten
    assert query.add((16, "a"), (15, "b"), (40, "y")) == [(16, "a"), (40, "y")]
    assert query.dropped() == 1  # (15, b) came at the watermark
    query.stop()


@pytest.mark.rule("STF-93")
def test_a_later_row_of_a_known_key_does_not_prolong_it() -> None:
    query = Timed()
    query.start(query.rows.dropDuplicatesWithinWatermark(["k"]))
    query.add((5, "a"))
    query.add((14, "a"))
    query.add((24.999, "z"))  # 14.999: a is still known
    assert query.add((20, "a")) == []
    query.add((25, "y"))  # 15: no longer
    assert query.add((21, "a")) == [(21, "a")]
    query.stop()


@pytest.mark.rule("EXE-93", "EXE-34")
def test_progress_calls_it_by_its_name_and_counts_what_goes() -> None:
    query = Timed("update")
    query.start(query.rows.dropDuplicatesWithinWatermark(["k"]))
    query.add((5, "a"), (6, "b"))
    query.add((30, "z"))
    (state,) = query.progress["stateOperators"]
    assert (state["operatorName"], state["numRowsRemoved"], state["numRowsTotal"]) == ("dedupeWithinWatermark", 2, 1)
    query.stop()


@pytest.mark.rule("CKP-50")
@pytest.mark.parametrize(
    "point", ["operator.before_state_commit", "operator.after_state_commit", "driver.before_commit_log"]
)
@pytest.mark.parametrize("epoch", range(4))
def test_a_crash_forgets_no_key_and_knows_none_for_too_long(tmp_path: Path, point: FaultPoint, epoch: int) -> None:
    stream = MemoryStream(schema="t TIMESTAMP, k STRING")
    crash = RaiseAt(point, epoch=epoch)
    got: dict[int, Rows] = {}

    def start(session: SparkSession) -> StreamingQuery:
        frame = stream.to_df(session).withWatermark("t", "10 seconds").dropDuplicatesWithinWatermark(["k"])
        writer = frame.writeStream.foreachBatch(
            lambda batch, n: got.update({n: [plain(row) for row in batch.collect()]})
        )
        return writer.option("checkpointLocation", str(tmp_path)).start()

    query = start(simulated(crash))
    for block in ([(5, "a"), (9, "a")], [(25, "z")], [(16, "a"), (17, "a")]):
        stream.add_data(*((at(seconds), key) for seconds, key in block))
        try:
            query.processAllAvailable()
        except StreamingQueryException:
            query = start(simulated())
            query.processAllAvailable()
    query.stop()
    assert crash.fired
    assert sorted(row for rows in got.values() for row in rows) == [(5, "a"), (16, "a"), (25, "z")]
