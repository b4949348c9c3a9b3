"""The actor around one partition of a chain of operators: after source or operator actors, before the next ones or a sink.

Aligned on a marker it flushes the chain, makes every state durable, sends the marker on and reports to the driver, in this
order (design, section 2, step 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

import pyarrow as pa

from actorstream.common.fault_points import FaultInjector
from actorstream.common.ids import Epoch, NodeId, PartitionId
from actorstream.common.task import in_task
from actorstream.dataflow.graph import state_id
from actorstream.dataflow.protocols import EpochInfo, Operator, OperatorContext
from actorstream.engine.alignment import Alignment
from actorstream.engine.messages import ActorReady, Data, Marker, NodeReport, OperatorDone, PurgeState
from actorstream.engine.outlet import Outlet
from actorstream.engine.state_opener import StateOpener
from actorstream.hosts.base import Actor, ActorRef


class OperatorActor(Actor):
    """One partition of a stage: operators joined by forward edges, run as one."""

    def __init__(
        self,
        stage: NodeId,
        partition: PartitionId,
        chain: Sequence[tuple[NodeId, Operator, OperatorContext]],
        markers: int,
        outlets: Sequence[Outlet],
        driver: ActorRef,
        faults: FaultInjector,
        states: StateOpener,
    ) -> None:
        self._stage = stage
        self._partition = partition
        self._chain = chain
        self._operators = [operator for _, operator, _ in chain]
        #: those whose `open` was called: only they are closed
        self._opened: list[Operator] = []
        self._outlets = outlets
        self._driver = driver
        self._faults = faults
        self._states = states
        self._alignment = Alignment(markers, self._begin_epoch, self._process, self._end_epoch)
        self._info: EpochInfo | None = None
        #: the epoch under way, for failure reports
        self.epoch: Epoch | None = None

    def on_start(self) -> None:
        for _, operator, context in self._chain:
            self._opened.append(operator)
            operator.open(context)
        self._driver.tell(ActorReady(self._stage, self._partition, self._due_ms()))

    def receive(self, message: object) -> None:
        match message:
            case Data() | Marker():
                with in_task(self._partition, message.info.epoch):
                    self._alignment.receive(message)
            case PurgeState():
                self._states.purge(message.keep_from)
            case _:
                raise TypeError(f"an operator actor cannot handle {message!r}")

    def _begin_epoch(self, info: EpochInfo) -> None:
        self._info = info
        self.epoch = info.epoch
        for _, operator, context in self._chain:
            operator.begin_epoch(_held_back(info, context.watermark_lag_us))

    def _process(self, data: Data) -> None:
        self._faults.hit("operator.before_process", epoch=data.info.epoch, node=self._stage, partition=self._partition)
        self._send(data.info, self._through(self._operators[0].process(data.table, data.port), 1))

    def _through(self, tables: Iterable[pa.Table], first: int) -> Iterable[pa.Table]:
        """Run tables through the operators of the chain from number `first` on."""
        for operator in self._operators[first:]:
            tables = _each(operator, tables)
        return tables

    def _send(self, info: EpochInfo, tables: Iterable[pa.Table]) -> None:
        for table in tables:
            for outlet in self._outlets:
                outlet.send(info, table)

    def _end_epoch(self, info: EpochInfo) -> None:
        for number, (_, operator, context) in enumerate(self._chain):
            last = operator.end_epoch(_held_back(info, context.watermark_lag_us))
            self._send(info, self._through(last, number + 1))
        reports = self._commit(info)
        for outlet in self._outlets:
            outlet.close_epoch(info)
        self._driver.tell(OperatorDone(self._stage, self._partition, info.epoch, reports, self._due_ms()))

    def _due_ms(self) -> int | None:
        """The first moment that an operator of the chain waits for."""
        moments = [due for operator in self._operators if (due := operator.due_ms()) is not None]
        return min(moments, default=None)

    def _commit(self, info: EpochInfo) -> tuple[NodeReport, ...]:
        reports = []
        for node, operator, _ in self._chain:
            committed = None
            if operator.stateful and not info.restore:
                where = {"epoch": info.epoch, "node": node, "partition": self._partition}
                self._faults.hit("operator.before_state_commit", **where)
                committed = operator.commit(info.epoch)
                self._faults.hit("operator.after_state_commit", **where)
            if isinstance(committed, Mapping):
                reports.append(NodeReport(node, operator.report(), None))
                reports += [NodeReport(state_id(node, name), None, file) for name, file in committed.items()]
            else:
                reports.append(NodeReport(node, operator.report(), committed))
        return tuple(reports)

    def on_stop(self) -> None:
        with ExitStack() as closing:  # one that fails to close does not keep the others open
            for operator in self._opened:
                closing.callback(operator.close)


def _held_back(info: EpochInfo, lag_us: int) -> EpochInfo:
    """The epoch as an operator sees it whose input is behind the watermark."""
    if not lag_us:
        return info
    return replace(info, watermark_us=info.watermark_us - lag_us, late_watermark_us=info.late_watermark_us - lag_us)


def _each(operator: Operator, tables: Iterable[pa.Table]) -> Iterable[pa.Table]:
    for table in tables:
        yield from operator.process(table, 0)
