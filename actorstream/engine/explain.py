"""The actors that a graph becomes, as text for `explain`: what runs where, and how rows travel between them."""

from __future__ import annotations

from collections.abc import Iterator

from actorstream.common.ids import NodeId
from actorstream.dataflow.exchange import Broadcast, Exchange, Forward, HashBy
from actorstream.dataflow.graph import Graph
from actorstream.engine.stages import Layout, Route, lay_out


def explain_graph(graph: Graph, partitions: int, *, extended: bool = False) -> str:
    """The graph of actors, sinks first, each above the actors that feed it.

    Args:
        partitions: parallelism of a keyed step.
        extended: the logical plan comes first.
    """
    layout = lay_out(graph, partitions)
    receivers = {route.sender for route in layout.routes}
    roots = (
        [node.id for node in layout.sinks]
        or [stage.id for stage in layout.stages if stage.id not in receivers]
        or [node.id for node in layout.sources]
    )
    lines = ["== Actor Graph =="]
    shown: set[NodeId] = set()
    for root in roots:
        lines += _tree(layout, root, "", "", shown)
    text = "\n".join(lines)
    if extended and graph.plan_text:
        text = f"== Logical Plan ==\n{graph.plan_text}\n\n{text}"
    return text


def _tree(layout: Layout, node: NodeId, lead: str, rest: str, shown: set[NodeId]) -> Iterator[str]:
    """A node and what feeds it; a node that feeds several is drawn once and named again."""
    if node in shown:
        yield f"{lead}{_describe(layout, node)[0].partition(':')[0]} (see above)"
        return
    shown.add(node)
    described = _describe(layout, node)
    yield f"{lead}{described[0]}"
    inputs = [route for route in layout.routes if route.receiver == node]
    for line in described[1:]:
        yield f"{rest}{'│  ' if inputs else '   '}{line}"
    for number, route in enumerate(inputs):
        last = number == len(inputs) - 1
        yield from _tree(
            layout,
            route.sender,
            f"{rest}{'└─ ' if last else '├─ '}{_travel(route)}",
            f"{rest}{'   ' if last else '│  '}",
            shown,
        )


def _describe(layout: Layout, node: NodeId) -> list[str]:
    for sink in layout.sinks:
        if sink.id == node:
            return [f"{node}: {sink.sink.description}"]
    for source in layout.sources:
        if source.id == node:
            return [f"{node}: {source.source.description}"]
    stage = next(stage for stage in layout.stages if stage.id == node)
    width = f"[{stage.partitions}] " if stage.partitions > 1 else ""
    # the operator nearest to the sink first, like the rest of the tree
    return [f"{width}{item.id}: {item.operator.describe()}" for item in reversed(stage.nodes)]


def _travel(route: Route) -> str:
    return "" if isinstance(route.exchange, Forward) else f"{exchange_text(route.exchange)} ← "


def exchange_text(exchange: Exchange) -> str:
    """How the rows of an edge find their partition, in words."""
    if isinstance(exchange, HashBy):
        return f"hash({', '.join(exchange.columns)})"
    if isinstance(exchange, Broadcast):
        return "broadcast"
    return "forward" if isinstance(exchange, Forward) else "gather"
