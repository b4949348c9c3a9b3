"""Which epoch a receiving actor is in, and when it has all of it. Shared by operator and sink actors."""

from __future__ import annotations

from collections.abc import Callable

from actorstream.dataflow.protocols import EpochInfo
from actorstream.engine.messages import Data, Marker


class Alignment:
    """Orders the traffic of several inputs into epochs.

    Inputs may be an epoch apart (continuous mode): what belongs to a later epoch waits here until the current one is closed,
    so an operator sees epochs one after the other whatever its inputs do.

    Args:
        markers: how many markers close an epoch: one for every sender on every edge.
        begin: called once per epoch, before its first batch.
        data: called for every batch.
        end: called when the last marker of the epoch is here.
    """

    def __init__(
        self,
        markers: int,
        begin: Callable[[EpochInfo], None],
        data: Callable[[Data], None],
        end: Callable[[EpochInfo], None],
    ) -> None:
        self._markers = markers
        self._begin = begin
        self._data = data
        self._end = end
        self._current: EpochInfo | None = None
        self._seen = 0
        self._early: list[Data | Marker] = []

    def receive(self, message: Data | Marker) -> None:
        """Take one message off an edge."""
        if self._current is None:
            self._current = message.info
            self._begin(message.info)
        elif message.info.epoch != self._current.epoch:
            self._early.append(message)
            return
        if isinstance(message, Data):
            self._data(message)
            return
        self._seen += 1
        if self._seen == self._markers:
            closed = self._current
            self._current, self._seen = None, 0
            self._end(closed)
            early, self._early = self._early, []
            for waiting in early:
                self.receive(waiting)
