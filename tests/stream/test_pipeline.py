"""What a pipeline in code refuses, when, and in which words; and that a refused or failed start leaves nothing behind."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from actorstream import MemorySink, MemoryStream, Pipeline
from actorstream.checkpoint.lease import acquire_lease
from actorstream.checkpoint.local import LocalFiles
from actorstream.cli.checkpoint_story import read_story
from actorstream.common.clock import ManualClock
from actorstream.common.config import Conf
from actorstream.dataflow.operators import Aggregate, Filter, Observe, Sort
from actorstream.dataflow.protocols import Operator, OperatorContext, Sink
from actorstream.engine import launch
from actorstream.engine.query import StreamingQuery
from actorstream.engine.triggers import AvailableNow, Continuous
from actorstream.errors import (
    AnalysisException,
    IllegalArgumentException,
    PySparkException,
    PySparkTypeError,
    PySparkValueError,
    StreamingQueryException,
)
from actorstream.hosts.sim_host import SimHost
from actorstream.pipeline import Stream
from actorstream.sql import SparkSession
from actorstream.sql.functions import col, sum
from actorstream.sql.streaming.manager import StreamingQueryManager
from tests.stream.helpers import refused


class PassOn(Operator):
    """Gives what it gets; raises where it is told to."""

    def __init__(self, raises: str = "", **more: Any) -> None:
        self.raises = raises
        self.more = more
        self.calls: list[str] = []

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name in self.raises.split():
            raise RuntimeError(f"{name} broke")

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        self._call("schema")
        return inputs[0]

    def open(self, context: OperatorContext) -> None:
        self._call("open")

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        self._call("process")
        return (table,)

    def close(self) -> None:
        self._call("close")


def orders(*rows: tuple[str, int]) -> tuple[Pipeline, Stream]:
    stream = MemoryStream(schema="item STRING, amount INT")
    stream.add_data(*rows or [("tea", 3), ("pen", 1)])
    pipeline = Pipeline("orders")
    return pipeline, pipeline.source("orders", stream)


def run(pipeline: Pipeline, checkpoint: Path | None = None, **more: Any) -> StreamingQuery:
    where = None if checkpoint is None else str(checkpoint)
    return pipeline.start(where, AvailableNow(), host=lambda: SimHost(ManualClock()), **more)


# ---------------------------------------------------------------- ids


def test_an_id_that_no_file_system_takes_as_a_name_is_refused() -> None:
    _, stream = orders()
    with pytest.raises(PySparkValueError, match="too long"):
        stream.sink("x" * 256, MemorySink())


@pytest.mark.parametrize("node_id", ["large orders", "sum(amount)", "größe", "a/b", "..", ".hidden", "a\\b\n"])
def test_an_id_may_be_any_text_and_its_state_is_found_again(node_id: str, tmp_path: Path) -> None:
    pipeline, stream = orders()
    sink = MemorySink()
    stream.apply(node_id, Aggregate(["item"], [sum("amount").alias("total")])).sink("out", sink, mode="complete")
    run(pipeline, tmp_path).awaitTermination()
    assert sorted(sink.allData) == [("pen", 1), ("tea", 3)]
    sink.clear()
    query = run(pipeline, tmp_path)
    query.awaitTermination()
    assert sorted(sink.allData) == [("pen", 1), ("tea", 3)]
    assert len(read_story(tmp_path).states) == 1
    assert {path.name for path in tmp_path.iterdir()} <= {"metadata", "lease", "offsets", "commits", "sources", "state"}


# ---------------------------------------------------------------- what start() refuses


def wrong(build: Callable[[Stream], object]) -> pytest.ExceptionInfo[Exception]:
    pipeline, stream = orders()

    def build_and_run() -> None:
        build(stream)
        run(pipeline)

    with pytest.raises(Exception) as error:
        build_and_run()
    return error


@pytest.mark.parametrize(
    "operator",
    [
        Filter(col("missing") > 2),
        Aggregate(["missing"], [sum("amount")]),
        Sort(["missing"]),
        Observe("seen", [sum("missing")]),
    ],
    ids=["filter", "aggregate", "sort", "observe"],
)
def test_an_operator_on_a_column_that_is_not_there_is_refused_before_anything_runs(operator: Operator) -> None:
    error = wrong(lambda stream: stream.apply("step", operator).sink("out", MemorySink(), mode="complete"))
    assert refused(error) == "UNRESOLVED_COLUMN.WITH_SUGGESTION"
    assert error.value.__notes__ == ["in the node 'step'"]


def test_a_condition_that_is_no_boolean_is_refused_before_anything_runs() -> None:
    error = wrong(lambda stream: stream.apply("step", Filter(col("amount"))).sink("out", MemorySink()))
    assert refused(error) == "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN"


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda stream: None, "it has no sink"),
        (
            lambda stream: (stream.apply("loose", PassOn()), stream.sink("out", MemorySink())),
            "nothing takes the rows of 'loose'",
        ),
        (
            lambda stream: (
                stream.pipeline.source("spare", MemoryStream(schema="int")),
                stream.sink("out", MemorySink()),
            ),
            "nothing takes the rows of 'spare'",
        ),
        (lambda stream: stream.sink("out", MemorySink(), mode="all"), "takes append, complete or update"),
    ],
    ids=["no sink", "loose operator", "spare source", "mode"],
)
def test_a_graph_that_would_lose_rows_is_refused(build: Callable[[Stream], object], text: str) -> None:
    assert text in str(wrong(build).value)


def test_one_sink_object_cannot_be_two_nodes() -> None:
    sink = MemorySink()

    def build(stream: Stream) -> None:
        stream.sink("left", sink)
        stream.sink("right", sink)

    error = wrong(build)
    assert "the nodes 'left' and 'right' share one object" in str(error.value)


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda stream: stream.apply("step", 5), "The operator of the node 'step' should be an Operator, got int"),
        (lambda stream: stream.apply("step", PassOn), "got the class PassOn; make an object of it"),
        (lambda stream: stream.sink("out", "memory"), "The sink of the node 'out' should be a Sink, got str"),
        (lambda stream: stream.pipeline.source("in", []), "should be a Source or a MemoryStream, got list"),
    ],
    ids=["operator", "class", "sink", "source"],
)
def test_what_is_no_node_is_refused_when_it_is_added(build: Callable[[Stream], object], text: str) -> None:
    error = wrong(build)
    assert isinstance(error.value, PySparkTypeError)
    assert text in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"partitions": 0}, IllegalArgumentException),
        ({"partitions": "2"}, IllegalArgumentException),
        ({"trigger": "1 second"}, PySparkTypeError),
        ({"trigger": Continuous(1000)}, AnalysisException),
        ({"conf": {"spark.sql.shuffle.partitions": "many"}}, IllegalArgumentException),
    ],
)
def test_arguments_that_cannot_be_used_are_refused(arguments: dict[str, Any], error: type[PySparkException]) -> None:
    pipeline, stream = orders()
    stream.sink("out", MemorySink())
    with pytest.raises(error):
        pipeline.start(**arguments)


def test_an_operator_that_cannot_be_copied_is_refused_before_anything_runs() -> None:
    error = wrong(lambda stream: stream.apply("locked", PassOn(lock=threading.Lock())).sink("out", MemorySink()))
    assert refused(error) == "OPERATOR_NOT_COPYABLE"


def test_an_operator_that_fails_over_its_columns_is_named() -> None:
    error = wrong(lambda stream: stream.apply("odd", PassOn("schema")).sink("out", MemorySink()))
    assert (str(error.value), error.value.__notes__) == ("schema broke", ["in the node 'odd'"])


# ---------------------------------------------------------------- objects that are in use


def test_a_sink_belongs_to_one_running_query_and_is_free_after_it() -> None:
    sink = MemorySink()
    first, second = orders(("tea", 1)), orders(("ink", 2))
    first[1].sink("out", sink)
    second[1].sink("out", sink)
    query = first[0].start()
    query.processAllAvailable()
    with pytest.raises(AnalysisException, match="'out' is in use by the active query 'orders'"):
        second[0].start()
    query.stop()
    assert sink.allData == [("tea", 1)]
    sink.clear()
    run(second[0]).awaitTermination()
    assert sink.allData == [("ink", 2)]


def test_a_sink_with_rows_of_another_query_does_not_swallow_those_of_this_one() -> None:
    sink = MemorySink()
    pipeline, stream = orders(("tea", 1))
    stream.sink("out", sink)
    run(pipeline).awaitTermination()
    again = run(pipeline)
    with pytest.raises(StreamingQueryException) as error:
        again.awaitTermination()
    assert "MEMORY_SINK_NOT_EMPTY" in str(error.value)
    assert sink.allData == [("tea", 1)]


def test_a_sink_goes_on_with_the_query_that_filled_it(tmp_path: Path) -> None:
    sink, stream = MemorySink(), MemoryStream(schema="v INT")
    pipeline = Pipeline()
    pipeline.source("numbers", stream).sink("out", sink)
    for number in (1, 2):
        stream.add_data(number)
        run(pipeline, tmp_path).awaitTermination()
    assert sink.toDebugString() == "0: [1]\n1: [2]"


# ---------------------------------------------------------------- what a failed start leaves behind


def test_a_start_that_fails_half_way_lets_go_of_the_checkpoint(tmp_path: Path) -> None:
    pipeline, stream = orders()
    sink = MemorySink()
    stream.sink("out", sink)

    def broken() -> SimHost:
        raise RuntimeError("no host")

    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(RuntimeError, match="no host"):
        pipeline.start(str(tmp_path), host=broken)
    assert len(os.listdir("/proc/self/fd")) == before
    acquire_lease(LocalFiles(str(tmp_path))).release()
    run(pipeline, tmp_path).awaitTermination()
    assert len(sink.allData) == 2


def test_a_start_that_fails_after_the_driver_was_spawned_leaves_no_query(spark: SparkSession, tmp_path: Path) -> None:
    class Impatient(StreamingQueryManager):
        def started(self, query: StreamingQuery, timestamp_ms: int) -> None:
            super().started(query, timestamp_ms)
            made.append(query)
            raise KeyboardInterrupt

    made: list[StreamingQuery] = []
    manager = Impatient(spark)
    pipeline, stream = orders()
    stream.sink("out", MemorySink())
    spec = launch.QuerySpec(
        graph=pipeline.graph(), trigger=AvailableNow(), conf=Conf(), checkpoint=str(tmp_path), observer=manager
    )
    with pytest.raises(KeyboardInterrupt):
        launch.start_query(spec)
    assert (made[0].isActive, manager.active) == (False, [])
    made[0].stop()
    manager.close()
    run(pipeline, tmp_path).awaitTermination()


def test_a_start_that_fails_leaves_no_temporary_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    pipeline, stream = orders()
    stream.sink("out", MemorySink())

    def broken() -> SimHost:
        raise RuntimeError("no host")

    with pytest.raises(RuntimeError, match="no host"):
        pipeline.start(host=broken)
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- how actors end


class Recorder(Sink):
    """Fails to abort; writes down that it was closed."""

    def __init__(self) -> None:
        self.closed = False

    @property
    def description(self) -> str:
        return "Recorder"

    def write(self, partition: int, epoch: int, table: pa.Table) -> None:
        raise OSError("the disk is gone")

    def commit(self, epoch: int) -> int:
        return 0

    def abort(self, epoch: int) -> None:
        raise ValueError("abort broke")

    def close(self) -> None:
        self.closed = True


def test_a_sink_that_fails_to_abort_is_closed_all_the_same(tmp_path: Path) -> None:
    sink = Recorder()
    pipeline, stream = orders()
    stream.sink("out", sink)
    with pytest.raises(StreamingQueryException) as error:
        run(pipeline, tmp_path).awaitTermination()
    assert "OSError: the disk is gone" in str(error.value)
    assert "Failed Actor: out[0], epoch 0" in str(error.value)
    assert sink.closed


class Logged(PassOn):
    """One log for all copies."""

    log: list[str] = []

    def _call(self, name: str) -> None:
        Logged.log.append(f"{name} {self.more['label']}")
        super()._call(name)


def test_every_operator_that_was_opened_is_closed_and_no_other() -> None:
    Logged.log.clear()
    pipeline, stream = orders()
    chain = stream.apply("a", Logged("close", label="a")).apply("b", Logged("open", label="b"))
    chain.apply("c", Logged(label="c")).sink("out", MemorySink())
    with pytest.raises(StreamingQueryException, match="RuntimeError: open broke"):
        run(pipeline).awaitTermination()
    assert [entry for entry in Logged.log if entry[:5] == "close"] == ["close b", "close a"]


def test_the_failure_of_a_query_tells_what_it_was_raised_from() -> None:
    def fail(table: pa.Table) -> pa.Table:
        try:
            raise KeyError("tea")
        except KeyError as error:
            raise ValueError("no price") from error

    pipeline, stream = orders()
    stream.map("priced", fail).sink("out", MemorySink())
    with pytest.raises(StreamingQueryException) as error:
        run(pipeline).awaitTermination()
    text = str(error.value)
    assert "ValueError: no price" in text
    assert "Failed Actor: priced[0], epoch 0\nCaused by: KeyError: 'tea'" in text
