"""The dataflow graph: nodes, edges and ids as plain data. Building one runs nothing.

Made by `Pipeline` or by `plan.lowering`; taken by `engine.launch`. Node ids are required and unique: state and logs are
keyed by them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from actorstream.common.ids import NodeId
from actorstream.dataflow.protocols import Operator, OutputMode, Sink, Source


def state_id(node: NodeId, store: str | None) -> NodeId:
    """The id of a state store: that of its node, if it is the only one."""
    return node if store is None else NodeId(f"{node}@{store}")


@dataclass(frozen=True, slots=True)
class Edge:
    """Rows of `node` go to an input port (from 0) of the node that holds this edge."""

    node: NodeId
    port: int = 0


@dataclass(frozen=True, slots=True)
class SourceNode:
    """An input. `scans` is how often the plan reads it: one source, but its rows count that many times (MEM-32)."""

    id: NodeId
    source: Source
    scans: int = 1
    #: what users call its kind (``rate``); empty where only the source's own description is known
    name: str = ""


@dataclass(frozen=True, slots=True)
class OperatorNode:
    """A step; several edges may end at the same port (their batches are mixed, a union)."""

    id: NodeId
    operator: Operator
    inputs: tuple[Edge, ...]

    @property
    def state_ids(self) -> tuple[NodeId, ...]:
        """The ids under which its state stores stand in the checkpoint; none if it is stateless."""
        if not self.operator.stateful:
            return ()
        return tuple(state_id(self.id, name) for name in self.operator.stores or (None,))


@dataclass(frozen=True, slots=True)
class SinkNode:
    """An output."""

    id: NodeId
    sink: Sink
    inputs: tuple[Edge, ...]


Node = SourceNode | OperatorNode | SinkNode


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in topological order: a node's inputs come before it."""

    nodes: tuple[Node, ...]
    output_mode: OutputMode = "append"
    #: text of the logical plan for `explain` and error messages; empty for hand-written pipelines
    plan_text: str = field(default="", compare=False)

    @property
    def sources(self) -> tuple[SourceNode, ...]:
        """The source nodes, in the order in which the logs list them."""
        return tuple(node for node in self.nodes if isinstance(node, SourceNode))

    @property
    def operators(self) -> tuple[OperatorNode, ...]:
        """The operator nodes in topological order."""
        return tuple(node for node in self.nodes if isinstance(node, OperatorNode))

    @property
    def sinks(self) -> tuple[SinkNode, ...]:
        """The sink nodes."""
        return tuple(node for node in self.nodes if isinstance(node, SinkNode))
