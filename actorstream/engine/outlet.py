"""The sending end of an edge: finds the receiving partition of every row, and closes epochs with markers."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from actorstream.common.ids import PartitionId
from actorstream.dataflow.batch import split_by_hash
from actorstream.dataflow.exchange import Broadcast, Exchange, Forward, HashBy
from actorstream.dataflow.protocols import EpochInfo
from actorstream.engine.messages import Data, Marker
from actorstream.hosts.base import ActorRef


class Outlet:
    """One outgoing edge of one sender partition.

    Args:
        receivers: the actors of the receiving node, by partition.
        port: input port of the receiving node.
        sender: partition of the sender.
    """

    def __init__(self, exchange: Exchange, receivers: Sequence[ActorRef], port: int, sender: PartitionId) -> None:
        self._exchange = exchange
        self._receivers = receivers
        self._port = port
        self._sender = sender

    def send(self, info: EpochInfo, table: pa.Table) -> None:
        """Send rows on; waits while a receiver's mailbox is full. An empty table is not sent."""
        if table.num_rows == 0:
            return
        for partition, piece in self._pieces(table):
            self._receivers[partition].tell(Data(info, self._port, self._sender, piece))

    def close_epoch(self, info: EpochInfo) -> None:
        """Send the marker to every receiver that counts this sender among its inputs."""
        for partition in self.marked_partitions():
            self._receivers[partition].tell(Marker(info, self._port))

    def marked_partitions(self) -> Sequence[int]:
        """Receiving partitions that wait for this sender's marker."""
        if isinstance(self._exchange, Forward):
            return (self._sender % len(self._receivers),)
        return range(len(self._receivers))

    def _pieces(self, table: pa.Table) -> list[tuple[int, pa.Table]]:
        count = len(self._receivers)
        if isinstance(self._exchange, Forward):
            return [(self._sender % count, table)]
        if count == 1:
            return [(0, table)]
        if isinstance(self._exchange, HashBy):
            return split_by_hash(table, self._exchange.columns, count)
        if isinstance(self._exchange, Broadcast):
            return [(partition, table) for partition in range(count)]
        return [(0, table)]
