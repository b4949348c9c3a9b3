"""Queries for crash tests: what they read, what they write, and what must be there at the end whatever happens in between."""

from __future__ import annotations

import datetime
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from actorstream import ContinuousMemoryStream, MemorySink, MemoryStream, Pipeline
from actorstream.common.clock import ManualClock
from actorstream.common.fault_points import NO_FAULTS, FaultInjector, SimulatedCrash
from actorstream.dataflow.operators import Filter
from actorstream.engine.query import StreamingQuery
from actorstream.engine.triggers import Continuous
from actorstream.errors import PySparkException
from actorstream.sql import DataFrame, SparkSession
from actorstream.sql import functions as F
from actorstream.sql.streaming.state import GroupState, GroupStateTimeout
from actorstream.sql.types import VariantVal

START = datetime.datetime(2024, 1, 1)
Rows = list[tuple[Any, ...]]


def at(seconds: float) -> datetime.datetime:
    return START + datetime.timedelta(seconds=seconds)


class Scenario(ABC):
    """One query over memory streams that outlive its runs, and blocks that are added step by step."""

    name: str
    steps: Sequence[Rows]
    #: the answer, worked out by hand
    expected: Rows

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stream: MemoryStream | ContinuousMemoryStream = MemoryStream(schema=self.schema)

    @property
    @abstractmethod
    def schema(self) -> str:
        """Columns of the stream."""

    @abstractmethod
    def start(self, session: SparkSession) -> StreamingQuery:
        """Start the query on its checkpoint."""

    @abstractmethod
    def result(self, session: SparkSession) -> Rows:
        """What the sink shows, sorted."""

    def frame(self, session: SparkSession) -> DataFrame:
        """The stream as a DataFrame of this session."""
        return session._streaming_frame(self.stream.provider)

    @property
    def checkpoint(self) -> str:
        return str(self.folder / "checkpoint")


class CompleteTotals(Scenario):
    """Totals by key to a memory table, which recovers from the checkpoint."""

    name = "complete"
    schema = "k STRING, v INT"
    steps = ([("a", 1), ("b", 2)], [("a", 10)], [("c", 5), ("b", 20)])
    expected = [("a", 11, 2), ("b", 22, 2), ("c", 5, 1)]

    def start(self, session: SparkSession) -> StreamingQuery:
        totals = self.frame(session).groupBy("k").agg(F.sum("v").alias("total"), F.count("*").alias("rows"))
        writer = totals.writeStream.format("memory").queryName("totals").outputMode("complete")
        return writer.option("checkpointLocation", self.checkpoint).start()

    def result(self, session: SparkSession) -> Rows:
        return sorted(tuple(row) for row in session.table("totals").collect())


class WindowsToFiles(Scenario):
    """Closed windows to parquet files in append mode; late rows are dropped, and the last windows stay open."""

    name = "windows"
    schema = "t TIMESTAMP, k STRING"
    steps = ([(at(1), "a"), (at(4), "b")], [(at(25), "a"), (at(2), "a")], [(at(3), "late"), (at(41), "c")])
    expected = [(at(0), "a", 2), (at(0), "b", 1), (at(20), "a", 1)]

    def start(self, session: SparkSession) -> StreamingQuery:
        counts = self.frame(session).withWatermark("t", "10 seconds").groupBy(F.window("t", "10 seconds"), "k").count()
        flat = counts.select(F.col("window.start").alias("start"), "k", "count")
        writer = flat.writeStream.format("parquet").option("checkpointLocation", self.checkpoint)
        return writer.start(str(self.folder / "out"))

    def result(self, session: SparkSession) -> Rows:
        return sorted(tuple(row) for row in session.read.parquet(str(self.folder / "out")).collect())


class SessionsToFiles(Scenario):
    """Closed sessions to parquet files: rows of later epochs join, prolong and merge stored ones, and the last ones stay open."""

    name = "sessions"
    schema = "t TIMESTAMP, k STRING"
    steps = (
        [(at(1), "a"), (at(9), "a"), (at(3), "b")],
        [(at(5), "a"), (at(7), "b"), (at(14), "c")],
        [(at(41), "c"), (at(2), "a"), (at(-1), "late")],
    )
    expected = [(at(1), at(14), "a", 4), (at(3), at(12), "b", 2), (at(14), at(19), "c", 1)]

    def start(self, session: SparkSession) -> StreamingQuery:
        rows = self.frame(session).withWatermark("t", "10 seconds")
        counts = rows.groupBy(F.session_window("t", "5 seconds").alias("s"), "k").count()
        writer = counts.select("s.start", "s.end", "k", "count").writeStream.format("parquet")
        return writer.option("checkpointLocation", self.checkpoint).start(str(self.folder / "out"))

    def result(self, session: SparkSession) -> Rows:
        return sorted(tuple(row) for row in session.read.parquet(str(self.folder / "out")).collect())


def _visits(key: tuple[Any, ...], frames: Iterator[Any], state: GroupState) -> Iterator[Any]:
    """Counts the rows of a key; tells their number when none has come for five seconds, and forgets it."""
    import pandas as pd

    if state.hasTimedOut:
        yield pd.DataFrame({"k": [key[0]], "rows": [state.get[0]]})
        state.remove()
        return
    (rows,) = state.getOption or (0,)
    last = max(frame["t"].max() for frame in frames)
    state.update((rows + 1,) if rows else (1,))
    state.setTimeoutTimestamp(max(int(last.timestamp() * 1000), state.getCurrentWatermarkMs()) + 5000)


class StatesToFiles(Scenario):
    """States that a function keeps for every key, to parquet files when they time out; the last ones wait."""

    name = "states"
    schema = "t TIMESTAMP, k STRING"
    steps = ([(at(1), "a"), (at(3), "b")], [(at(4), "a"), (at(15), "c")], [(at(41), "d"), (at(2), "late")])
    expected = [("a", 2), ("b", 1), ("c", 1)]

    def start(self, session: SparkSession) -> StreamingQuery:
        visits = (
            self.frame(session)
            .withWatermark("t", "10 seconds")
            .groupBy("k")
            .applyInPandasWithState(
                _visits, "k STRING, rows LONG", "n LONG", "append", GroupStateTimeout.EventTimeTimeout
            )
        )
        writer = visits.writeStream.format("parquet").option("checkpointLocation", self.checkpoint)
        return writer.start(str(self.folder / "out"))

    def result(self, session: SparkSession) -> Rows:
        return sorted(tuple(row) for row in session.read.parquet(str(self.folder / "out")).collect())


class UpsertByBatch(Scenario):
    """Changed totals to a table outside, by a function that is called again for an epoch whose commit was lost."""

    name = "foreachBatch"
    schema = "k STRING, v INT"
    steps = ([("a", 1), ("b", 2)], [("a", 10), ("a", 3)], [("c", 5), ("b", 20)])
    expected = [("a", 14), ("b", 22), ("c", 5)]

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.batches: dict[int, Rows] = {}
        self.table: dict[str, int] = {}

    def start(self, session: SparkSession) -> StreamingQuery:
        totals = self.frame(session).groupBy("k").agg(F.sum("v").alias("total"))
        writer = totals.writeStream.foreachBatch(self._write).outputMode("update")
        return writer.option("checkpointLocation", self.checkpoint).start()

    def _write(self, frame: DataFrame, batch_id: int) -> None:
        rows = sorted(tuple(row) for row in frame.collect())
        # the promise of foreachBatch: the same id always carries the same rows
        assert self.batches.setdefault(batch_id, rows) == rows, f"batch {batch_id} has changed"
        self.table.update(dict(rows))

    def result(self, session: SparkSession) -> Rows:
        return sorted(self.table.items())


class DistinctOfUnion(Scenario):
    """Two branches of one stream, joined again, without duplicates; the first rows of each key go to files."""

    name = "dedup"
    schema = "k STRING, v INT"
    steps = ([("a", 1), ("b", -2)], [("a", 7), ("c", 3)], [("d", -4), ("b", 9)])
    expected = [("a", 1), ("b", -2), ("c", 3), ("d", -4)]

    def start(self, session: SparkSession) -> StreamingQuery:
        frame = self.frame(session)
        both = frame.where("v > 0").union(frame.where("v <= 0")).dropDuplicates(["k"])
        writer = both.writeStream.format("json").option("checkpointLocation", self.checkpoint)
        return writer.start(str(self.folder / "out"))

    def result(self, session: SparkSession) -> Rows:
        return sorted(tuple(row) for row in session.read.schema(self.schema).json(str(self.folder / "out")).collect())


class FirstRows(Scenario):
    """The first rows of a stream to a memory table that keeps its rows in the checkpoint."""

    name = "limit"
    schema = "v INT"
    steps = ([(1,), (2,)], [(3,), (4,)], [(5,)])
    expected = [(1,), (2,), (3,)]

    def start(self, session: SparkSession) -> StreamingQuery:
        writer = self.frame(session).limit(3).writeStream.format("memory").queryName("first").option("recover", True)
        return writer.option("checkpointLocation", self.checkpoint).start()

    def result(self, session: SparkSession) -> Rows:
        return sorted(tuple(row) for row in session.table("first").collect())


class Sketches(Scenario):
    """Sketches that have dropped values already, to a memory table: what they estimate, and their bytes."""

    name = "sketches"
    schema = "k STRING, v INT"
    steps = (
        [("a", number) for number in range(30)] + [("b", 1)],
        [("a", number) for number in range(20, 60)],
        [("b", 2), ("b", 1)] + [("a", number) for number in range(10)],
    )
    expected = [("a", 74, 60, 135, 24, 80, None, 80, 60, 2), ("b", 2, 2, 25, 1, 3, "2,1,1", 3, 2, 2)]

    def start(self, session: SparkSession) -> StreamingQuery:
        theta = F.theta_sketch_agg("v", 4)
        sketches = (
            self.frame(session)
            .groupBy("k")
            .agg(
                F.theta_sketch_estimate(theta).alias("theta"),
                F.hll_sketch_estimate(F.hll_sketch_agg("v")).alias("hll"),
                F.length(theta).alias("bytes"),
                F.kll_sketch_get_quantile_bigint(F.kll_sketch_agg_bigint("v", 16), F.lit(0.5)).alias("median"),
                F.tuple_sketch_summary_integer(F.tuple_sketch_agg_integer("v", F.lit(1))).alias("repeats"),
                F.expr("listagg(v, ',') within group (order by v desc) filter (where k = 'b')").alias("list"),
                F.expr("int(conv(substring(hex(count_min_sketch(v, 0.9d, 0.5d, 1)), 9, 16), 16, 10))").alias("rows"),
                F.size(F.histogram_numeric("v", F.lit(100))).alias("bins"),
                F.expr("approx_top_k(v, 1)[0].count").alias("most"),
            )
        )
        writer = sketches.writeStream.format("memory").queryName("sketches").outputMode("complete")
        return writer.option("checkpointLocation", self.checkpoint).start()

    def result(self, session: SparkSession) -> Rows:
        return sorted(tuple(row) for row in session.table("sketches").collect())


class Variants(Scenario):
    """Variants as what aggregates keep, first and last and all of them, to a memory table."""

    name = "variants"
    schema = "k STRING, v VARIANT"
    steps = (
        [("a", VariantVal.parseJson('{"x": 1}')), ("b", None)],
        [("a", VariantVal.parseJson("[1.50]")), ("b", VariantVal.parseJson("null"))],
        [("a", None), ("c", VariantVal.parseJson('"y"'))],
    )
    expected = [
        ("a", '{"x":1}', '["{\\"x\\":1}","[1.50]"]', "VARIANT"),
        ("b", None, '["null"]', "VOID"),
        ("c", '"y"', '["\\"y\\""]', "STRING"),
    ]

    def start(self, session: SparkSession) -> StreamingQuery:
        kept = (
            self.frame(session)
            .groupBy("k")
            .agg(
                F.first("v").alias("first"),
                F.collect_list("v").alias("all"),
                F.schema_of_variant_agg("v").alias("type"),
            )
        )
        writer = kept.writeStream.format("memory").queryName("variants").outputMode("complete")
        return writer.option("checkpointLocation", self.checkpoint).start()

    def result(self, session: SparkSession) -> Rows:
        rows = session.table("variants").collect()
        return sorted(
            (
                row.k,
                row.first and row.first.toJson(),
                json.dumps([v.toJson() for v in row.all], separators=(",", ":")),
                row.type,
            )
            for row in rows
        )


class JoinOfSides(Scenario):
    """Two halves of one stream joined by key within a time, to files; rows of both sides go when the watermark has passed."""

    schema = "side STRING, k STRING, t TIMESTAMP, v INT"
    kind: str
    steps = (
        [("l", "a", at(1), 1), ("l", "b", at(2), 2), ("r", "a", at(3), 10), ("r", "c", at(4), 11)],
        [("r", "a", at(5), 12), ("l", "z", at(70), 3), ("r", "z", at(90), 13)],
    )

    def start(self, session: SparkSession) -> StreamingQuery:
        frame = self.frame(session)
        left = frame.where("side = 'l'").select("k", F.col("t").alias("lt"), F.col("v").alias("lv"))
        right = frame.where("side = 'r'").select(F.col("k").alias("rk"), F.col("t").alias("rt"), F.col("v").alias("rv"))
        joined = left.withWatermark("lt", "10 seconds").join(
            right.withWatermark("rt", "10 seconds"),
            F.expr("k = rk and rt between lt and lt + interval 5 seconds"),
            self.kind,
        )
        writer = joined.select("k", "lv", "rv").writeStream.format("parquet")
        return writer.option("checkpointLocation", self.checkpoint).start(str(self.folder / "out"))

    def result(self, session: SparkSession) -> Rows:
        rows = (tuple(row) for row in session.read.parquet(str(self.folder / "out")).collect())
        return sorted(rows, key=repr)


class InnerJoin(JoinOfSides):
    """Pairs only."""

    name = "inner-join"
    kind = "inner"
    expected = [("a", 1, 10), ("a", 1, 12)]


class LeftJoin(JoinOfSides):
    """Also left rows without a match, once none can come; the last one still waits."""

    name = "left-join"
    kind = "left_outer"
    expected = [("a", 1, 10), ("a", 1, 12), ("b", 2, None)]


class ContinuousScenario(Scenario):
    """A query under a continuous trigger: what an epoch has is not in the logs before the epoch is committed."""

    schema = "v INT"
    steps = ([(1,), (2,), (3,)], [(4,)], [(5,), (6,), (-7,)])
    expected = [(1,), (2,), (3,), (4,), (5,), (6,)]

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.stream = ContinuousMemoryStream(schema=self.schema)

    def positive(self, session: SparkSession) -> DataFrame:
        return self.frame(session).where("v > 0").select(F.col("v"))


class ContinuousToTable(ContinuousScenario):
    """To a memory table that keeps its rows in the checkpoint and drops those of an epoch that was not committed."""

    name = "continuous table"

    def start(self, session: SparkSession) -> StreamingQuery:
        writer = self.positive(session).writeStream.format("memory").queryName("rows").option("recover", True)
        return writer.option("checkpointLocation", self.checkpoint).trigger(continuous="1 second").start()

    def result(self, session: SparkSession) -> Rows:
        return sorted(tuple(row) for row in session.table("rows").collect())


class ContinuousToSink(ContinuousScenario):
    """A pipeline to a sink that outlives the runs, with all that they have shown and not committed."""

    name = "continuous pipeline"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.sink = MemorySink()

    def start(self, session: SparkSession) -> StreamingQuery:
        pipeline = Pipeline()
        rows = pipeline.source("rows", self.stream).apply("positive", Filter(F.col("v") > 0))
        rows.sink("out", self.sink)
        return pipeline.start(
            self.checkpoint,
            Continuous(1000),
            conf=dict(session._conf),
            faults=session._faults,
            host=session._host_factory(),
        )

    def result(self, session: SparkSession) -> Rows:
        return sorted(tuple(row) for row in self.sink.allData)


class ContinuousToForeach(ContinuousScenario):
    """To a function that cannot take anything back: rows of an uncommitted epoch come again, and none is lost."""

    name = "continuous foreach"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.seen: list[int] = []
        self.runs = 0

    def start(self, session: SparkSession) -> StreamingQuery:
        self.runs += 1
        writer = self.positive(session).writeStream.foreach(lambda row: self.seen.append(row.v))
        return writer.option("checkpointLocation", self.checkpoint).trigger(continuous="1 second").start()

    def result(self, session: SparkSession) -> Rows:
        assert all(self.seen.count(value) <= self.runs for value in self.seen), self.seen
        return sorted((value,) for value in set(self.seen))


SCENARIOS: tuple[type[Scenario], ...] = (
    CompleteTotals,
    WindowsToFiles,
    SessionsToFiles,
    StatesToFiles,
    UpsertByBatch,
    DistinctOfUnion,
    FirstRows,
    Sketches,
    Variants,
    InnerJoin,
    LeftJoin,
)
CONTINUOUS_SCENARIOS: tuple[type[Scenario], ...] = (ContinuousToTable, ContinuousToSink, ContinuousToForeach)


def simulated(
    faults: FaultInjector = NO_FAULTS, *, seed: int | None = None, partitions: int = 2, **settings: str
) -> SparkSession:
    """A session in virtual time on one thread.

    Args:
        seed: the order of messages; None is the order in which they were sent.
        partitions: of every keyed step. The setting is not pinned by the log, so a restart may come with another number.
        settings: by their full names, with ``_`` for the dots.
    """
    master = "sim" if seed is None else f"sim[{seed}]"
    session = SparkSession(master=master, clock=ManualClock(1_700_000_000_000), faults=faults)
    session._default_parallelism = partitions
    session.conf.set("spark.sql.session.timeZone", "UTC")
    # compactions and purges come early, so that a short run meets them
    session.conf.set("spark.sql.streaming.stateStore.minDeltasForSnapshot", "2")
    session.conf.set("spark.sql.streaming.minBatchesToRetain", "1")
    for key, value in settings.items():
        session.conf.set(key.replace("_", "."), value)
    return session


Life = Callable[[], SparkSession]

#: a query that still fails after so many restarts than it was made to is not recovering
_RESTARTS_MAX = 3


def run(scenario: Scenario, *lives: Life) -> tuple[Rows, int]:
    """Add all blocks, restarting the query whenever it dies.

    Args:
        lives: the session of the first process, of the second, ...; those after them are undisturbed.
    Returns: the result, and how often the query died.
    """
    coming = iter(lives)
    session = next(coming, simulated)()
    died = 0
    query = None
    for rows in scenario.steps:
        scenario.stream.add_data(*rows)
        while True:
            try:
                if query is None:
                    query = scenario.start(session)
                query.processAllAvailable()
                break
            except (PySparkException, SimulatedCrash):
                died += 1
                assert died <= len(lives) + _RESTARTS_MAX, "the query does not recover"
                session, query = next(coming, simulated)(), None
    result = scenario.result(session)
    assert query is not None
    # a crash after the last epoch was shown went unnoticed; the next start must still find everything
    query.stop()
    session = simulated()
    query = scenario.start(session)
    query.processAllAvailable()
    assert scenario.result(session) == result, "a restart without new data changed the result"
    query.stop()
    return result, died
