"""The actor around a `ContinuousSource`: reads as fast as its receivers take, and puts a marker where the driver asks for a cut.

It has the place of `source_actor` under a continuous trigger. A full mailbox downstream holds it in `Outlet.send`; then it neither
polls nor cuts until there is room again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace

from actorstream.common.config import CONTINUOUS_QUEUE_ROWS
from actorstream.common.fault_points import FaultInjector
from actorstream.common.ids import Epoch, NodeId, PartitionId
from actorstream.dataflow.graph import SourceNode
from actorstream.dataflow.protocols import ContinuousSource, EpochInfo, SourceContext
from actorstream.engine.messages import ActorReady, CommitSource, Cut, Poll, RunFreely, SourceCut
from actorstream.engine.outlet import Outlet
from actorstream.hosts.base import Actor, ActorRef, ActorStopped

_ONLY = PartitionId(0)


class ContinuousSourceActor(Actor):
    """One source of one continuous query run."""

    def __init__(
        self,
        node: SourceNode,
        context: SourceContext,
        outlets: Sequence[Outlet],
        driver: ActorRef,
        faults: FaultInjector,
    ) -> None:
        assert isinstance(node.source, ContinuousSource)
        self._node: NodeId = node.id
        self._source = node.source
        self._reader: ContinuousSource = node.source
        self._context = context
        self._rows_max = context.conf.value(CONTINUOUS_QUEUE_ROWS)
        self._outlets = outlets
        self._driver = driver
        self._faults = faults
        self._info: EpochInfo | None = None  # of the open epoch; None before the sources run
        #: whether a message "again" of our own is in the mailbox
        self._goes_on = False
        #: when the timer will ring, if it is set
        self._timer_ms: int | None = None
        #: the epoch under way, for failure reports
        self.epoch: Epoch | None = None

    def on_start(self) -> None:
        self._source.open(replace(self._context, wake=self._wake))
        self._driver.tell(ActorReady(self._node, _ONLY))

    def receive(self, message: object) -> None:
        match message:
            case Poll():
                if message.why == "again":
                    self._goes_on = False
                elif message.why == "timer":
                    self._timer_ms = None
                self._poll()
            case Cut():
                self._cut(message)
            case CommitSource():
                self._source.commit(message.end)
            case RunFreely():
                self._reader.seek(message.start)
                self._open_epoch(message.info)
                self._poll()
            case _:
                raise TypeError(f"a continuous source actor cannot handle {message!r}")

    def _wake(self) -> None:
        """Data has arrived. Whoever brings it need not know that the query has just ended."""
        with contextlib.suppress(ActorStopped):
            self.self_ref.tell(Poll("data"))

    def _open_epoch(self, info: EpochInfo) -> None:
        self._info, self.epoch = info, info.epoch

    def _poll(self) -> None:
        """Send on what is there, and see to it that what comes next is not missed.

        One table at a time, so that a cut need not wait until the source is exhausted.
        """
        if self._info is None:
            return
        self._faults.hit("source.before_read", epoch=self._info.epoch, node=self._node)
        table = self._reader.poll(self._rows_max)
        if table is not None and table.num_rows:
            for outlet in self._outlets:
                outlet.send(self._info, table)
            if not self._goes_on:
                self._goes_on = True
                self.self_ref.tell(Poll("again"))
            return
        at_ms = self._reader.next_poll_ms()
        if at_ms is not None and self._timer_ms is None:
            self._timer_ms = at_ms
            self.host.schedule(at_ms, self.self_ref, Poll("timer"))

    def _cut(self, cut: Cut) -> None:
        """Close the open epoch. What has come by now belongs into it, also if its own message is still in the mailbox."""
        assert self._info is not None
        assert self._info.epoch == cut.epoch
        self._poll()
        self._faults.hit("source.after_read", epoch=cut.epoch, node=self._node)
        end = self._reader.position()
        for outlet in self._outlets:
            outlet.close_epoch(self._info)
        self._open_epoch(cut.following)
        self._driver.tell(SourceCut(self._node, cut.epoch, end))

    def on_stop(self) -> None:
        self._source.stop()
