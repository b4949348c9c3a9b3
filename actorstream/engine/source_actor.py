"""The actor around a `Source`: after the driver, before the first operator actors.

It reads exactly the range it is told, sends it down its outlets, and closes the epoch with a marker.
"""

from __future__ import annotations

from collections.abc import Sequence

from actorstream.common.fault_points import FaultInjector
from actorstream.common.ids import Epoch, NodeId, PartitionId
from actorstream.dataflow.graph import SourceNode
from actorstream.dataflow.protocols import SourceContext
from actorstream.engine.messages import (
    ActorReady,
    CommitSource,
    LatestOffset,
    PrepareAvailableNow,
    ReportLatestOffset,
    Run,
    SourceDone,
)
from actorstream.engine.outlet import Outlet
from actorstream.hosts.base import Actor, ActorRef

_ONLY = PartitionId(0)


class SourceActor(Actor):
    """One source of one query run."""

    def __init__(
        self,
        node: SourceNode,
        context: SourceContext,
        outlets: Sequence[Outlet],
        driver: ActorRef,
        faults: FaultInjector,
    ) -> None:
        self._node: NodeId = node.id
        self._source = node.source
        self._scans = node.scans
        self._context = context
        self._outlets = outlets
        self._driver = driver
        self._faults = faults
        #: the epoch under way, for failure reports
        self.epoch: Epoch | None = None

    def on_start(self) -> None:
        self._source.open(self._context)
        self._driver.tell(ActorReady(self._node, _ONLY))

    def receive(self, message: object) -> None:
        match message:
            case ReportLatestOffset():
                limit = message.limit or self._source.default_limit()
                offset = self._source.latest_offset(message.start, limit)
                reported = self._source.report_latest_offset()
                self._driver.tell(LatestOffset(message.trigger, self._node, offset, reported))
            case Run():
                self._run(message)
            case CommitSource():
                self._source.commit(message.end)
            case PrepareAvailableNow():
                self._source.prepare_available_now()
            case _:
                raise TypeError(f"a source actor cannot handle {message!r}")

    def _run(self, run: Run) -> None:
        self.epoch = run.info.epoch
        self._faults.hit("source.before_read", epoch=self.epoch, node=self._node)
        rows = 0
        if run.end is not None and run.end != run.start:
            for split in self._source.splits(run.start, run.end):
                for table in self._source.read(split):
                    rows += table.num_rows
                    for outlet in self._outlets:
                        outlet.send(run.info, table)
        self._faults.hit("source.after_read", epoch=self.epoch, node=self._node)
        for outlet in self._outlets:
            outlet.close_epoch(run.info)
        self.epoch = None
        self._driver.tell(SourceDone(self._node, run.info.epoch, rows * self._scans))

    def on_stop(self) -> None:
        self._source.stop()
