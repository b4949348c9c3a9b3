"""Pipelines in code: sources, operators and sinks joined by hand, without DataFrames.

`Pipeline` builds the same `Graph` that the DataFrame front end compiles to, and starts it the same way; building runs nothing.
After it: `dataflow.validate` and `engine.launch`.

Example:
    >>> import pyarrow as pa
    >>> from actorstream import MemorySink, MemoryStream, Pipeline
    >>> from actorstream.dataflow.operators import Filter
    >>> from actorstream.sql.functions import col
    >>> from actorstream.engine.triggers import AvailableNow
    >>> orders = MemoryStream(schema="item STRING, amount INT")
    >>> _ = orders.add_data(("tea", 3), ("ink", 20))
    >>> pipeline, result = Pipeline("large orders"), MemorySink()
    >>> large = pipeline.source("orders", orders).apply("large", Filter(col("amount") > 10))
    >>> large.sink("out", result, mode="append")
    >>> pipeline.start(trigger=AvailableNow()).awaitTermination()
    >>> result.allData
    [Row(item='ink', amount=20)]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import pyarrow as pa

from actorstream.checkpoint.layout import file_name
from actorstream.common.clock import Clock
from actorstream.common.config import Conf
from actorstream.common.fault_points import NO_FAULTS, FaultInjector
from actorstream.common.ids import NodeId
from actorstream.dataflow.graph import Edge, Graph, Node, OperatorNode, SinkNode, SourceNode
from actorstream.dataflow.operators import MapBatches, Union
from actorstream.dataflow.protocols import Operator, OutputMode, Sink, Source, SourceProvider
from actorstream.dataflow.validate import check_ends, validate
from actorstream.engine.explain import explain_graph
from actorstream.engine.launch import QuerySpec, start_query
from actorstream.engine.query import StreamingQuery
from actorstream.engine.spawner import copy_operator
from actorstream.engine.triggers import ProcessingTime, Trigger
from actorstream.errors import IllegalArgumentException, PySparkTypeError, PySparkValueError
from actorstream.hosts.base import ActorHost


@runtime_checkable
class _HasProvider(Protocol):
    @property
    def provider(self) -> SourceProvider: ...


@runtime_checkable
class _Provides(Protocol):
    def create(self) -> Source: ...


#: what a file system takes as a name
_NAME_BYTES_MAX = 255


@dataclass(frozen=True, slots=True)
class Stream:
    """The output of a node of a pipeline: apply operators to it, or send it to sinks. Using it twice fans out."""

    pipeline: Pipeline
    node: NodeId

    def apply(self, node_id: str, operator: Operator) -> Stream:
        """Add an operator. Its state, if it has any, is kept under `node_id`."""
        return self.pipeline.apply(node_id, operator, self)

    def map(self, node_id: str, function: Callable[[pa.Table], pa.Table], schema: pa.Schema | None = None) -> Stream:
        """Add a function over Arrow tables.

        Args:
            schema: columns of what it gives; those of its input by default.
        """
        return self.apply(node_id, MapBatches(function, schema))

    def union(self, node_id: str, *others: Stream) -> Stream:
        """Mix the rows of several streams of equal columns."""
        return self.pipeline.apply(node_id, Union(), self, *others)

    def sink(self, node_id: str, sink: Sink, mode: OutputMode = "append") -> None:
        """End the stream in a sink."""
        self.pipeline.sink(node_id, sink, self, mode=mode)


class Pipeline:
    """A graph of sources, operators and sinks, built node by node.

    Args:
        name: the query's name, in progress and messages.
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = name
        self._makers: dict[NodeId, Callable[[OutputMode], Node]] = {}
        self._modes: set[OutputMode] = set()

    def source(self, node_id: str, source: Source | SourceProvider | _HasProvider) -> Stream:
        """Add an input: a `Source`, or something that makes one for every start, like a `MemoryStream`."""
        node = self._claim(node_id)
        if not isinstance(source, (Source, _HasProvider, _Provides)):
            raise _unusable("source", node_id, source, "a Source or a MemoryStream")
        if isinstance(source, Source):
            self._makers[node] = lambda _mode: SourceNode(node, source)
        else:
            provider = source.provider if isinstance(source, _HasProvider) else source
            self._makers[node] = lambda _mode: SourceNode(node, provider.create(), name=provider.name)
        return Stream(self, node)

    def apply(self, node_id: str, operator: Operator, *inputs: Stream, same_port: bool = False) -> Stream:
        """Add an operator with one or several inputs.

        Args:
            inputs: input i arrives at port i of the operator; with `same_port` all arrive at port 0.
        """
        node = self._claim(node_id)
        if not isinstance(operator, Operator):
            raise _unusable("operator", node_id, operator, "an Operator")
        if not inputs:
            raise PySparkValueError(f"The operator {node_id!r} needs at least one input stream.")
        edges = tuple(Edge(self._own(item), 0 if same_port else port) for port, item in enumerate(inputs))
        self._makers[node] = lambda mode: OperatorNode(node, operator.in_mode(mode), edges)
        return Stream(self, node)

    def sink(self, node_id: str, sink: Sink, *inputs: Stream, mode: OutputMode = "append") -> None:
        """Add an output. All sinks of a pipeline share one output mode."""
        node = self._claim(node_id)
        if not isinstance(sink, Sink):
            raise _unusable("sink", node_id, sink, "a Sink")
        edges = tuple(Edge(self._own(item)) for item in inputs)
        self._modes.add(mode)
        self._makers[node] = lambda _mode: SinkNode(node, sink, edges)

    def graph(self) -> Graph:
        """The graph as plain data, checked.

        Raises: AnalysisException GRAPH_INVALID; what an operator raises for the columns it is given, with a note that names its node.
        """
        if len(self._modes) > 1:
            raise PySparkValueError(
                f"The sinks of a pipeline share one output mode, got {', '.join(sorted(self._modes))}."
            )
        mode: OutputMode = next(iter(self._modes), "append")
        graph = Graph(tuple(make(mode) for make in self._makers.values()), mode)
        check_ends(graph)
        validate(graph)
        return graph

    def explain(self) -> None:
        """Print the actors that `start` would spawn."""
        print(explain_graph(self.graph(), 1))  # noqa: T201 - that is what explain() is for

    def start(
        self,
        checkpoint: str | None = None,
        trigger: Trigger | None = None,
        *,
        partitions: int = 2,
        conf: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        faults: FaultInjector = NO_FAULTS,
        host: Callable[[], ActorHost] | None = None,
    ) -> StreamingQuery:
        """Run the pipeline in the background.

        Args:
            checkpoint: directory of the checkpoint, also to continue from; None makes a temporary one.
            trigger: when epochs begin; by default back to back. `Continuous` takes sources that can run freely, operators
                without state and sinks that say they are `continuous`.
            partitions: parallelism of keyed operators.
        Raises: what `graph` raises; PySparkTypeError, IllegalArgumentException for arguments that cannot be used;
            SparkRuntimeException OPERATOR_NOT_COPYABLE; errors of the checkpoint.
        """
        if trigger is not None and not isinstance(trigger, Trigger):
            raise PySparkTypeError(
                f"The trigger of a pipeline is a ProcessingTime, Once, AvailableNow or Continuous of actorstream.engine.triggers, got {trigger!r}."
            )
        if isinstance(partitions, bool) or not isinstance(partitions, int) or partitions < 1:
            raise IllegalArgumentException(
                f"The partitions of a pipeline must be a positive number, got {partitions!r}."
            )
        settings = Conf()
        for key, value in (conf or {}).items():
            settings.set(key, value)
        graph = self.graph()
        for node in graph.operators:
            copy_operator(node)
        return start_query(
            QuerySpec(
                graph=graph,
                trigger=trigger or ProcessingTime(),
                conf=settings,
                name=self.name,
                checkpoint=checkpoint,
                partitions=partitions,
                clock=clock,
                faults=faults,
                host=host,
            )
        )

    def _claim(self, node_id: str) -> NodeId:
        if not node_id or not isinstance(node_id, str):
            raise PySparkValueError(
                "A node of a pipeline needs an id: a non-empty string that stays the same over restarts."
            )
        if len(file_name(node_id)) > _NAME_BYTES_MAX:
            raise PySparkValueError(
                f"The id {node_id[:20]!r}... of a node of a pipeline is too long: it names a folder in the checkpoint."
            )
        node = NodeId(node_id)
        if node in self._makers:
            raise PySparkValueError(
                f"The pipeline has a node {node_id!r} already; ids must be unique, state is kept under them."
            )
        return node

    def _own(self, stream: Stream) -> NodeId:
        if stream.pipeline is not self:
            raise PySparkValueError(f"The stream {stream.node!r} belongs to another pipeline.")
        return stream.node


def _unusable(what: str, node_id: str, given: object, expected: str) -> PySparkTypeError:
    found = (
        f"the class {given.__name__}; make an object of it" if isinstance(given, type) else f"{type(given).__name__}"
    )
    return PySparkTypeError(f"The {what} of the node {node_id!r} should be {expected}, got {found}.")
