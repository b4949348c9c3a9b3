"""The two-lane mailbox of the threaded host: control never waits, bulk is bounded, stopping frees the senders."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

from actorstream.hosts.base import ActorStopped


class Mailbox:
    """A queue with a fast lane. It has the methods pykka expects of an inbox (`put`, `get`, `empty`).

    Args:
        bulk_max: how many bulk messages fit before `put_bulk` waits. Edges form a DAG, so a wait always ends.
    """

    def __init__(self, bulk_max: int) -> None:
        self._bulk_max = bulk_max
        self._control: deque[Any] = deque()
        self._bulk: deque[Any] = deque()
        self._closed = False
        lock = threading.Lock()
        self._readable = threading.Condition(lock)
        self._writable = threading.Condition(lock)

    def put(self, envelope: Any) -> None:
        """Add to the control lane."""
        with self._readable:
            if self._closed:
                raise ActorStopped
            self._control.append(envelope)
            self._readable.notify()

    def put_bulk(self, envelope: Any) -> None:
        """Add to the bulk lane, waiting for room. Raises: ActorStopped when the mailbox closes."""
        with self._readable:
            while len(self._bulk) >= self._bulk_max and not self._closed:
                self._writable.wait()
            if self._closed:
                raise ActorStopped
            self._bulk.append(envelope)
            self._readable.notify()

    def get(self) -> Any:
        """The next message, control before bulk; waits for one."""
        with self._readable:
            while not self._control and not self._bulk:
                self._readable.wait()
            if self._control:
                return self._control.popleft()
            envelope = self._bulk.popleft()
            self._writable.notify()
            return envelope

    def empty(self) -> bool:
        """Whether nothing waits."""
        with self._readable:
            return not self._control and not self._bulk

    def close(self) -> None:
        """Take no more; senders that wait for room get ActorStopped."""
        with self._readable:
            self._closed = True
            self._writable.notify_all()

    def __len__(self) -> int:
        return len(self._control) + len(self._bulk)
