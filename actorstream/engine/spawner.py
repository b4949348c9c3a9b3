"""Spawns the actors of a run and gives them each other's addresses: sinks first, sources last.

Called once, by the driver. Receivers are spawned before senders, so that a sender is born with the addresses it needs.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from actorstream.checkpoint.files import CheckpointFiles
from actorstream.checkpoint.layout import sink_folder, source_folder
from actorstream.common.config import Conf
from actorstream.common.fault_points import FaultInjector
from actorstream.common.ids import Epoch, NodeId, PartitionId
from actorstream.dataflow.graph import OperatorNode, SinkNode, SourceNode
from actorstream.dataflow.protocols import Operator, OperatorContext, OutputMode, SinkContext, SourceContext
from actorstream.dataflow.watermarks import watermark_lags
from actorstream.engine.continuous_source_actor import ContinuousSourceActor
from actorstream.engine.messages import DataArrived, Failed
from actorstream.engine.operator_actor import OperatorActor
from actorstream.engine.outlet import Outlet
from actorstream.engine.run import QueryRun
from actorstream.engine.sink_actor import SinkActor
from actorstream.engine.source_actor import SourceActor
from actorstream.engine.stages import Layout, Stage
from actorstream.engine.state_opener import StateOpener
from actorstream.errors import SparkRuntimeException
from actorstream.hosts.base import Actor, ActorRef, ActorStopped

#: by id of a state store: names of the newest state file of every partition, from the commit log
StateHeads = Mapping[str, Sequence[str | None]]

_ONLY = PartitionId(0)


@dataclass(slots=True)
class Spawner:
    """What every actor of a run gets."""

    run: QueryRun
    conf: Conf
    layout: Layout
    schemas: Mapping[NodeId, pa.Schema]
    output_mode: OutputMode
    files: CheckpointFiles
    faults: FaultInjector
    partitions: int
    heads: StateHeads
    driver: ActorRef
    #: of a continuous run: the last committed epoch, -1 before any; None in micro-batches
    resume_after: int | None = None

    def spawn_all(self) -> dict[tuple[NodeId, PartitionId], ActorRef]:
        """Start every sink, operator partition and source. Returns: their addresses."""
        refs: dict[tuple[NodeId, PartitionId], ActorRef] = {}
        lags = watermark_lags(node for stage in self.layout.stages for node in stage.nodes)
        for sink in self.layout.sinks:
            refs[sink.id, _ONLY] = self._sink(sink)
        for stage in reversed(self.layout.stages):
            for partition in map(PartitionId, range(stage.partitions)):
                outlets = self._outlets(stage.id, partition, refs)
                refs[stage.id, partition] = self._operators(stage, partition, outlets, lags)
        for index, source in enumerate(self.layout.sources):
            refs[source.id, _ONLY] = self._source(source, index, self._outlets(source.id, _ONLY, refs))
        return refs

    def _sink(self, node: SinkNode) -> ActorRef:
        context = SinkContext(
            query_id=self.run.query_id,
            run_id=self.run.run_id,
            node_id=node.id,
            query_name=self.run.name,
            schema=self._input_schemas(node)[0],
            output_mode=self.output_mode,
            files=self.files,
            folder=sink_folder(node.id),
            conf=self.conf,
            faults=self.faults,
        )
        markers = self.layout.markers(node.id, _ONLY)
        actor = SinkActor(node, context, markers, self.driver, self.faults, rewind_to=self.resume_after)
        return self._start(actor, node.id, _ONLY, lambda: actor.epoch)

    def _operators(
        self, stage: Stage, partition: PartitionId, outlets: Sequence[Outlet], lags: Mapping[NodeId, int]
    ) -> ActorRef:
        background = not self.run.host.single_threaded
        opener = StateOpener(self.files, self.run.run_id, self.conf, self.faults, background=background)
        chain = []
        for node in stage.nodes:
            context = OperatorContext(
                node_id=node.id,
                partition=partition,
                partitions=stage.partitions,
                input_schemas=self._input_schemas(node),
                state=opener.factory(node.id, partition, stage.partitions, self.heads),
                conf=self.conf,
                run_id=self.run.run_id,
                faults=self.faults,
                watermark_lag_us=lags[node.id],
            )
            chain.append((node.id, copy_operator(node), context))
        markers = self.layout.markers(stage.id, partition)
        actor = OperatorActor(stage.id, partition, chain, markers, outlets, self.driver, self.faults, opener)
        return self._start(actor, stage.id, partition, lambda: actor.epoch)

    def _source(self, node: SourceNode, index: int, outlets: Sequence[Outlet]) -> ActorRef:
        context = SourceContext(
            query_id=self.run.query_id,
            run_id=self.run.run_id,
            node_id=node.id,
            files=self.files,
            log_folder=source_folder(index),
            clock=self.run.clock,
            conf=self.conf,
            partitions=self.partitions,
            temporary=self.run.delete_checkpoint is not None,
            wake=self._wake,
        )
        kind = SourceActor if self.resume_after is None else ContinuousSourceActor
        actor = kind(node, context, outlets, self.driver, self.faults)
        return self._start(actor, node.id, _ONLY, lambda: actor.epoch)

    def _wake(self) -> None:
        """Data has arrived. Whoever brings it need not know that the query has just ended."""
        with contextlib.suppress(ActorStopped):
            self.driver.tell(DataArrived())

    def _start(self, actor: Actor, node: NodeId, partition: PartitionId, epoch: Callable[[], Epoch | None]) -> ActorRef:
        makes_rows = not isinstance(actor, SinkActor)

        def report(error: BaseException) -> None:
            if makes_rows and epoch() is not None and isinstance(error, Exception):
                for sink in self.layout.sinks:
                    error = sink.sink.failure_of(error)
            self.run.actor_failed(Failed(node, partition, epoch(), error), self.driver.tell)

        return self.run.host.spawn(actor, f"{node}[{partition}]", report)

    def _outlets(
        self, sender: NodeId, partition: PartitionId, refs: Mapping[tuple[NodeId, PartitionId], ActorRef]
    ) -> list[Outlet]:
        outlets = []
        for route in self.layout.routes:
            if route.sender == sender:
                count = self.layout.partitions(route.receiver)
                receivers = [refs[route.receiver, PartitionId(number)] for number in range(count)]
                outlets.append(Outlet(route.exchange, receivers, route.port, partition))
        return outlets

    def _input_schemas(self, node: OperatorNode | SinkNode) -> list[pa.Schema]:
        by_port = {edge.port: self._schema_of(edge.node) for edge in node.inputs}
        return [by_port[port] for port in sorted(by_port)]

    def _schema_of(self, node: NodeId) -> pa.Schema:
        """Output columns of a node; the layout's combiners are not among those of the graph."""
        if node in self.schemas:
            return self.schemas[node]
        combiner = next(item for stage in self.layout.stages for item in stage.nodes if item.id == node)
        return combiner.operator.output_schema(self._input_schemas(combiner))


def copy_operator(node: OperatorNode) -> Operator:
    """An own operator for every partition: it will hold state, and the graph may be started again."""
    try:
        return copy.deepcopy(node.operator)
    except Exception as error:
        raise SparkRuntimeException(
            errorClass="OPERATOR_NOT_COPYABLE",
            messageParameters={"node": node.id, "cause": f"{type(error).__name__}: {error}"},
        ) from error
