"""Checks a graph before anything runs and computes the columns that come out of every node.

After `pipeline` or `plan.lowering`; before `engine.launch`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from actorstream.common.ids import NodeId
from actorstream.dataflow.exchange import HashBy
from actorstream.dataflow.graph import Edge, Graph, Node, OperatorNode, SinkNode, SourceNode
from actorstream.errors import AnalysisException


def validate(graph: Graph) -> Mapping[NodeId, pa.Schema]:
    """The output columns of every node; of a sink, the columns it is given.

    Raises: AnalysisException GRAPH_INVALID for ids, edges or columns that do not fit; what operators raise for their inputs;
        GRAPH_OUTPUT_MODE_UNSUPPORTED for a mode that an operator or a sink cannot take.
    """
    schemas: dict[NodeId, pa.Schema] = {}
    if not graph.nodes:
        raise _invalid("it has no nodes")
    aggregated = _aggregated(graph)
    stores: set[NodeId] = set()
    for node in graph.nodes:
        if node.id in schemas:
            raise _invalid(f"two nodes have the id {node.id!r}")
        try:
            schemas[node.id] = _output_of(node, schemas)
        except Exception as error:
            error.add_note(f"in the node {node.id!r}")
            raise
        for store in node.state_ids if isinstance(node, OperatorNode) else ():
            if store in stores:
                raise _invalid(f"the state of {node.id!r} would be kept as {store!r}, as that of another node")
            stores.add(store)
        takes_mode = not isinstance(node, OperatorNode) or graph.output_mode in node.operator.output_modes
        if isinstance(node, OperatorNode) and not takes_mode and node.id not in aggregated:
            raise _mode(graph, f"the operator {node.id!r} takes {_listed(node.operator.output_modes)}")
        if isinstance(node, SinkNode) and graph.output_mode not in node.sink.output_modes:
            raise _mode(graph, f"the sink {node.id!r} takes {_listed(node.sink.output_modes)}")
    return schemas


def check_ends(graph: Graph) -> None:
    """Check that every row has somewhere to go, and every sink is one of its own: what may go wrong in a graph made by hand.

    Raises: AnalysisException GRAPH_INVALID.
    """
    if not graph.sinks:
        raise _invalid("it has no sink, so its rows would go nowhere; end a stream with .sink(...)")
    read = {edge.node for node in graph.nodes for edge in _inputs(node)}
    for node in graph.nodes:
        if not isinstance(node, SinkNode) and node.id not in read:
            raise _invalid(
                f"nothing takes the rows of {node.id!r}; give them to an operator or a sink, or leave it out"
            )
    owners: dict[int, NodeId] = {}
    ends = [(source.id, id(source.source)) for source in graph.sources] + [
        (sink.id, id(sink.sink)) for sink in graph.sinks
    ]
    for name, identity in ends:
        if identity in owners:
            raise _invalid(
                f"the nodes {owners[identity]!r} and {name!r} share one object; give each an object of its own"
            )
        owners[identity] = name


def _aggregated(graph: Graph) -> set[NodeId]:
    """Nodes whose rows all end in an aggregation that gives its whole result: the output mode is that one's business (STF-44)."""
    found: set[NodeId] = set()
    for node in reversed(graph.nodes):
        readers = [reader for reader in graph.nodes if any(edge.node == node.id for edge in _inputs(reader))]
        if readers and all(reader.id in found or _gives_whole_result(reader) for reader in readers):
            found.add(node.id)
    return found


def _inputs(node: Node) -> Sequence[Edge]:
    return () if isinstance(node, SourceNode) else node.inputs


def _gives_whole_result(node: Node) -> bool:
    return isinstance(node, OperatorNode) and node.operator.output_modes == {"complete"}


def input_schemas(node: OperatorNode, schemas: Mapping[NodeId, pa.Schema]) -> list[pa.Schema]:
    """The columns of every input port, in the order of the ports.

    Raises: AnalysisException GRAPH_INVALID for a port that is missing or fed with different columns.
    """
    by_port: dict[int, pa.Schema] = {}
    for edge in node.inputs:
        schema = schemas[edge.node]
        other = by_port.setdefault(edge.port, schema)
        if [(field.name, field.type) for field in other] != [(field.name, field.type) for field in schema]:
            raise _invalid(
                f"the streams that meet in port {edge.port} of {node.id!r} have different columns: "
                f"({_columns(other)}) and ({_columns(schema)})"
            )
    if sorted(by_port) != list(range(len(by_port))):
        raise _invalid(f"the input ports of {node.id!r} are {sorted(by_port)}, they must count up from 0")
    return [by_port[port] for port in sorted(by_port)]


def _output_of(node: Node, schemas: Mapping[NodeId, pa.Schema]) -> pa.Schema:
    if isinstance(node, SourceNode):
        return node.source.schema
    for edge in node.inputs:
        if edge.node not in schemas:
            raise _invalid(f"{node.id!r} takes its input from {edge.node!r}, which does not come before it")
    if not node.inputs:
        raise _invalid(f"{node.id!r} has no input")
    if isinstance(node, SinkNode):
        first = schemas[node.inputs[0].node]
        for edge in node.inputs[1:]:
            if schemas[edge.node].names != first.names:
                raise _invalid(f"the streams that meet in the sink {node.id!r} have different columns")
        return first
    inputs = input_schemas(node, schemas)
    exchange = node.operator.exchange
    if isinstance(exchange, HashBy) and node.operator.combiner() is None:
        for schema in inputs:
            missing = [name for name in exchange.columns if schema.get_field_index(name) < 0]
            if missing:
                raise _invalid(
                    f"{node.id!r} is keyed by {', '.join(missing)}, but its input has the columns ({_columns(schema)})"
                )
    return node.operator.output_schema(inputs)


def _columns(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}" for field in schema)


def _listed(modes: Sequence[str] | frozenset[str]) -> str:
    *most, last = sorted(modes)
    return f"{', '.join(most)} or {last}" if most else last


def _invalid(reason: str) -> AnalysisException:
    return AnalysisException(errorClass="GRAPH_INVALID", messageParameters={"reason": reason})


def _mode(graph: Graph, reason: str) -> AnalysisException:
    return AnalysisException(
        errorClass="GRAPH_OUTPUT_MODE_UNSUPPORTED",
        messageParameters={"outputMode": graph.output_mode, "reason": reason},
    )
