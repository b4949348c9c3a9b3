"""From a graph of nodes to stages of actors: combiners go in before exchanges, forward neighbours are fused. Pure.

Between `dataflow.graph` (what the user said) and `engine.driver` (which spawns an actor for every partition of every stage).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from actorstream.common.ids import NodeId
from actorstream.dataflow.exchange import Broadcast, Exchange, Forward, Gather, HashBy
from actorstream.dataflow.graph import Edge, Graph, Node, OperatorNode, SinkNode, SourceNode


@dataclass(frozen=True, slots=True)
class Stage:
    """Operator nodes that run as one actor per partition; known by the id of its first node."""

    nodes: tuple[OperatorNode, ...]
    partitions: int

    @property
    def id(self) -> NodeId:
        """Name of the stage's actors."""
        return self.nodes[0].id


@dataclass(frozen=True, slots=True)
class Route:
    """An edge between actors: from a source or the end of a stage to the head of a stage or a sink."""

    sender: NodeId  # id of a source node or of a stage
    receiver: NodeId  # id of a stage or of a sink node
    port: int
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything the driver has to spawn."""

    sources: tuple[SourceNode, ...]
    stages: tuple[Stage, ...]
    sinks: tuple[SinkNode, ...]
    routes: tuple[Route, ...]

    def partitions(self, node: NodeId) -> int:
        """Number of actors of a stage, source or sink."""
        return next((stage.partitions for stage in self.stages if stage.id == node), 1)

    def markers(self, node: NodeId, partition: int) -> int:
        """How many markers close an epoch at a partition of a stage or sink: one per sender and edge."""
        count = 0
        for route in self.routes:
            if route.receiver != node:
                continue
            senders = self.partitions(route.sender)
            if isinstance(route.exchange, Forward):
                receivers = self.partitions(node)
                count += sum(1 for sender in range(senders) if sender % receivers == partition)
            else:
                count += senders
        return count


def lay_out(graph: Graph, partitions: int) -> Layout:
    """Cut a graph into stages.

    Args:
        partitions: parallelism of a keyed step.
    """
    nodes = _insert_combiners(graph.nodes)
    consumers = Counter(edge.node for node in nodes if not isinstance(node, SourceNode) for edge in node.inputs)
    width: dict[NodeId, int] = {}
    stage_of: dict[NodeId, NodeId] = {}
    chains: dict[NodeId, list[OperatorNode]] = {}
    for node in nodes:
        if isinstance(node, OperatorNode):
            upstream = [width[edge.node] for edge in node.inputs]
            width[node.id] = _width(node.operator.exchange, upstream, partitions)
            before = node.inputs[0].node if len(node.inputs) == 1 else None
            fuses = before in stage_of and consumers[before] == 1 and isinstance(node.operator.exchange, Forward)
            head = stage_of[before] if fuses and before is not None else node.id
            stage_of[node.id] = head
            chains.setdefault(head, []).append(node)
        else:
            width[node.id] = 1
    stages = tuple(Stage(tuple(chain), width[head]) for head, chain in chains.items())
    return Layout(graph.sources, stages, graph.sinks, tuple(_routes(nodes, stage_of, width)))


def _routes(nodes: tuple[Node, ...], stage_of: Mapping[NodeId, NodeId], width: Mapping[NodeId, int]) -> list[Route]:
    routes = []
    for node in nodes:
        if isinstance(node, SourceNode):
            continue
        if isinstance(node, OperatorNode) and stage_of[node.id] != node.id:
            continue  # inside a stage
        for edge in node.inputs:
            if isinstance(node, SinkNode):
                exchange: Exchange = Gather()
            else:
                exchange = node.operator.exchange
            routes.append(Route(stage_of.get(edge.node, edge.node), node.id, edge.port, exchange))
    return routes


def _width(exchange: Exchange, upstream: list[int], partitions: int) -> int:
    if isinstance(exchange, (HashBy, Broadcast)):
        return partitions
    if isinstance(exchange, Gather):
        return 1
    # inputs of different widths meet in one partition: the rows of a narrower one could go nowhere else in order
    return upstream[0] if len(set(upstream)) == 1 else 1


def _insert_combiners(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """Put the combiner of an operator, where it has one, in front of its exchange."""
    result: list[Node] = []
    for node in nodes:
        combiner = node.operator.combiner() if isinstance(node, OperatorNode) else None
        if isinstance(node, OperatorNode) and combiner is not None:
            before = NodeId(f"{node.id}.combine")
            result.append(OperatorNode(before, combiner, node.inputs))
            result.append(replace(node, inputs=(Edge(before),)))
        else:
            result.append(node)
    return tuple(result)
