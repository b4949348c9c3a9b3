"""The actor around a `Sink`: the last on a row's way. Aligned, it commits the epoch and acknowledges it to the driver."""

from __future__ import annotations

from actorstream.common.fault_points import FaultInjector
from actorstream.common.ids import Epoch, NodeId, PartitionId
from actorstream.dataflow.graph import SinkNode
from actorstream.dataflow.protocols import EpochInfo, SinkContext
from actorstream.engine.alignment import Alignment
from actorstream.engine.messages import ActorReady, Data, EpochDone, Marker
from actorstream.hosts.base import Actor, ActorRef

_ONLY = PartitionId(0)


class SinkActor(Actor):
    """One sink of one query run.

    Args:
        rewind_to: of a continuous run: the last committed epoch, after which the sink is to know nothing; None in micro-batches.
    """

    def __init__(
        self,
        node: SinkNode,
        context: SinkContext,
        markers: int,
        driver: ActorRef,
        faults: FaultInjector,
        rewind_to: int | None = None,
    ) -> None:
        self._node: NodeId = node.id
        self._sink = node.sink
        self._context = context
        self._rewind_to = rewind_to
        self._driver = driver
        self._faults = faults
        self._alignment = Alignment(markers, self._begin_epoch, self._write, self._commit)
        self._open_epoch: Epoch | None = None
        #: the epoch under way, for failure reports
        self.epoch: Epoch | None = None

    def on_start(self) -> None:
        self._sink.open(self._context)
        if self._rewind_to is not None:
            self._faults.hit("sink.before_rewind", epoch=self._rewind_to, node=self._node)
            self._sink.rewind(self._rewind_to)
        self._driver.tell(ActorReady(self._node, _ONLY))

    def receive(self, message: object) -> None:
        if not isinstance(message, (Data, Marker)):
            raise TypeError(f"a sink actor cannot handle {message!r}")
        self._alignment.receive(message)

    def _begin_epoch(self, info: EpochInfo) -> None:
        self.epoch = self._open_epoch = info.epoch
        self._sink.begin_epoch(info)

    def _write(self, data: Data) -> None:
        self._sink.write(data.sender, data.info.epoch, data.table)

    def _commit(self, info: EpochInfo) -> None:
        self._faults.hit("sink.before_commit", epoch=info.epoch, node=self._node)
        rows = self._sink.commit(info.epoch)
        self._open_epoch = None
        self._faults.hit("sink.after_commit", epoch=info.epoch, node=self._node)
        self._driver.tell(EpochDone(self._node, info.epoch, rows))

    def on_stop(self) -> None:
        try:
            if self._open_epoch is not None:
                self._sink.abort(self._open_epoch)
        finally:
            self._sink.close()
