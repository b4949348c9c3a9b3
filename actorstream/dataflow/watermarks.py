"""How far the watermark of every operator is behind the one of the epoch: operators that emit late rows hold it back (STF-14)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from actorstream.common.ids import NodeId
from actorstream.dataflow.graph import OperatorNode


def watermark_lags(operators: Iterable[OperatorNode]) -> Mapping[NodeId, int]:
    """The lag of the watermarks that each operator is given, in microseconds.

    Args:
        operators: in topological order.
    """
    given: dict[NodeId, int] = {}
    passed_on: dict[NodeId, int] = {}  # of nodes with a watermark
    for node in operators:
        lags = [passed_on[edge.node] for edge in node.inputs if edge.node in passed_on]
        given[node.id] = max(lags, default=0)
        if node.operator.tracks_event_time:
            passed_on[node.id] = 0
        elif lags:
            passed_on[node.id] = given[node.id] + node.operator.watermark_lag_us
    return given
