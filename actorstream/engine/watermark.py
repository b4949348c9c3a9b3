"""The watermark of a query: what its event-time nodes have seen, joined by a policy. Pure; part of `DriverState`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from actorstream.common.ids import NodeId
from actorstream.dataflow.protocols import EventTimeStats

WatermarkPolicy = Literal["min", "max"]


class WatermarkTracker:
    """Holds one candidate for each watermark node and the global value.

    Units: milliseconds since 1970. Source: STF-7, STF-9; candidates are kept in the commit log, so that a restart does not
    make every input prove itself again (better than CKP-53).
    """

    def __init__(self, nodes: tuple[NodeId, ...], policy: WatermarkPolicy = "min") -> None:
        self._nodes = nodes
        self._choose = min if policy == "min" else max
        self._candidates_ms: dict[NodeId, int] = {}
        #: the global watermark; it never goes back
        self.value_ms = 0

    def restore(self, value_ms: int, node_values_ms: Mapping[str, int]) -> None:
        """Take over what a former run has committed."""
        self.value_ms = value_ms
        self._candidates_ms = {NodeId(node): value for node, value in node_values_ms.items() if node in self._nodes}

    @property
    def node_values_ms(self) -> dict[NodeId, int]:
        """The candidate of every node that has seen rows."""
        return dict(self._candidates_ms)

    def observe(self, node: NodeId, stats: EventTimeStats) -> None:
        """Take in what a node saw in an epoch."""
        if stats.count == 0:
            return
        candidate = stats.max_ms - stats.delay_ms
        self._candidates_ms[node] = max(candidate, self._candidates_ms.get(node, candidate))

    def advance(self) -> int:
        """Recompute the global value; nodes without rows count as 0. Returns: the new value."""
        if self._nodes:
            self.value_ms = max(self.value_ms, self._choose(self._candidates_ms.get(node, 0) for node in self._nodes))
        return self.value_ms
