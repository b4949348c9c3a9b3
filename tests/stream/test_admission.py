"""Read limits and what a source is asked for: the engine passes on the source's limit and start, and never cuts a range."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pytest

from actorstream import MemorySink, Pipeline
from actorstream.common.clock import ManualClock
from actorstream.dataflow.protocols import ALL_AVAILABLE, Offset, ReadLimit, Source, Split
from actorstream.engine.query import StreamingQuery
from actorstream.engine.triggers import AvailableNow, Once, ProcessingTime, Trigger
from actorstream.hosts.sim_host import SimHost

TWO = ReadLimit("rows", 2)


class Numbers(Source):
    """The numbers from 0 to before `total`; writes down what it is asked."""

    available_now = "prepare"

    def __init__(self, total: int, limit: ReadLimit) -> None:
        self._total = total
        self._limit = limit
        self.asked: list[tuple[Offset | None, ReadLimit]] = []
        self.ranges: list[tuple[Offset | None, Offset]] = []
        self.committed: list[Offset] = []
        self.prepared = 0

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([pa.field("v", pa.int64())])

    @property
    def description(self) -> str:
        return "Numbers"

    def default_limit(self) -> ReadLimit:
        return self._limit

    def prepare_available_now(self) -> None:
        self.prepared += 1

    def latest_offset(self, start: Offset | None, limit: ReadLimit) -> Offset | None:
        self.asked.append((start, limit))
        rows = self._total if limit.kind == "all" else limit.value
        return str(min(int(start or 0) + rows, self._total))

    def splits(self, start: Offset | None, end: Offset) -> Sequence[Split]:
        self.ranges.append((start, end))
        return [Split(0, (int(start or 0), int(end)))]

    def read(self, split: Split) -> Iterator[pa.Table]:
        yield pa.table({"v": pa.array(range(*split.payload), pa.int64())})

    def commit(self, end: Offset) -> None:
        self.committed.append(end)


def run(source: Source, clock: ManualClock, trigger: Trigger | None = None) -> tuple[StreamingQuery, MemorySink]:
    sink = MemorySink()
    pipeline = Pipeline()
    pipeline.source("numbers", source).sink("out", sink)
    return pipeline.start(trigger=trigger, host=lambda: SimHost(clock)), sink


@pytest.mark.rule("EXE-170", "EXE-171", "EXE-172", "EXE-25")
def test_every_trigger_asks_with_the_sources_limit_from_the_end_of_the_batch_before(clock: ManualClock) -> None:
    source = Numbers(5, TWO)
    query, sink = run(source, clock)
    query.processAllAvailable()
    assert sink.toDebugString() == "0: [0] [1]\n1: [2] [3]\n2: [4]"
    assert source.asked[:4] == [(None, TWO), ("2", TWO), ("4", TWO), ("5", TWO)]
    assert source.ranges == [(None, "2"), ("2", "4"), ("4", "5")]
    query.stop()


@pytest.mark.rule("EXE-11", "EXE-170")
def test_once_asks_for_everything_and_available_now_keeps_the_limit(clock: ManualClock) -> None:
    source = Numbers(5, TWO)
    query, sink = run(source, clock, Once())
    query.awaitTermination()
    assert (source.asked, sink.latestBatchId) == ([(None, ALL_AVAILABLE)], 0)
    assert len(sink.allData) == 5
    source = Numbers(5, TWO)
    query, sink = run(source, clock, AvailableNow())
    query.awaitTermination()
    assert (source.prepared, sink.latestBatchId, len(sink.allData)) == (1, 2, 5)


@pytest.mark.rule("EXE-15")
def test_a_source_that_cannot_fix_its_end_makes_available_now_one_batch(clock: ManualClock) -> None:
    class Endless(Numbers):
        available_now = "single"  # type: ignore[assignment]

    source = Endless(5, TWO)
    query, sink = run(source, clock, AvailableNow())
    query.awaitTermination()
    assert (sink.latestBatchId, len(sink.allData)) == (0, 5)


@pytest.mark.rule("MEM-25", "CKP-35")
def test_a_source_hears_of_its_commit_right_after_the_commit_entry_and_not_with_the_next_batch(
    clock: ManualClock,
) -> None:
    source = Numbers(5, TWO)
    query, _ = run(source, clock, ProcessingTime(1_000))
    query.awaitTermination(0.001)
    assert source.ranges == [(None, "2")]
    assert source.committed == ["2"]
    query.stop()


@pytest.mark.rule("EXE-25")
def test_an_offset_that_moves_back_is_new_data_too(clock: ManualClock) -> None:
    class Back(Numbers):
        def latest_offset(self, start: Offset | None, limit: ReadLimit) -> Offset | None:
            return {None: "3", "3": "1"}.get(start, "1")

    source = Back(5, TWO)
    query, sink = run(source, clock)
    query.processAllAvailable()
    assert source.ranges == [(None, "3"), ("3", "1")]
    assert sink.toDebugString() == "0: [0] [1] [2]\n1: "
    query.stop()
