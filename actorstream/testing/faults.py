"""Injectors: make a query crash, die or fail to write at a named point.

Hand one to a pipeline (`Pipeline.start(faults=...)`) or to a `QuerySpec`. Several go together through `AllOf`. The points and
what each of them means are listed in `actorstream.common.fault_points`. An injector belongs to one query; it may be hit
from several of its threads.

Example:
    >>> crash = RaiseAt("sink.after_commit", epoch=2)
    >>> crash.hit("sink.after_commit", epoch=1)
    >>> crash.hit("sink.after_commit", epoch=2)
    Traceback (most recent call last):
    actorstream.common.fault_points.SimulatedCrash: simulated crash at sink.after_commit (epoch=2)
"""

from __future__ import annotations

import errno
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from actorstream.common.fault_points import FAULT_POINTS, FaultInjector, FaultPoint, SimulatedCrash

__all__ = [
    "FAULT_POINTS",
    "AllOf",
    "CountHits",
    "FailWriteAt",
    "FaultInjector",
    "FaultPoint",
    "Hit",
    "KillProcessAt",
    "RaiseAt",
    "SimulatedCrash",
]


@dataclass(frozen=True, slots=True)
class Hit:
    """One time a query came past a fault point."""

    point: FaultPoint
    #: what the point said about itself: epoch, node, partition, path
    where: Mapping[str, object]

    @property
    def epoch(self) -> int | None:
        """The epoch, where the point knows it."""
        epoch = self.where.get("epoch")
        return epoch if isinstance(epoch, int) else None


class _AtPoint:
    """Acts once, at the n-th time that its point is hit with matching particulars.

    Args:
        point: name of the fault point.
        occurrence: which matching hit counts, from 1.
        where: what the hit must say about itself; ``epoch=3`` leaves all other epochs alone.
    """

    def __init__(self, point: FaultPoint, *, occurrence: int = 1, **where: object) -> None:
        if point not in FAULT_POINTS:
            raise ValueError(f"there is no fault point {point!r}; there are {', '.join(FAULT_POINTS)}")
        self.point: FaultPoint = point
        self._where = where
        self._left = occurrence
        self._lock = threading.Lock()
        #: whether it has acted
        self.fired = False

    def hit(self, point: FaultPoint, **where: object) -> None:
        """Called by the engine."""
        if point != self.point or any(where.get(key) != value for key, value in self._where.items()):
            return
        with self._lock:
            self._left -= 1
            if self._left != 0:
                return
            self.fired = True
        self._act(where)

    def _act(self, where: dict[str, object]) -> None:
        raise NotImplementedError

    def __repr__(self) -> str:
        particulars = "".join(f", {key}={value!r}" for key, value in self._where.items())
        return f"{type(self).__name__}({self.point!r}{particulars})"


class RaiseAt(_AtPoint):
    """Crash the run there: every actor stops at once, nothing is cleaned up, as if the process had died.

    Args:
        error: raise this instead: an ordinary exception is an actor's failure, not a crash.
    """

    def __init__(
        self,
        point: FaultPoint,
        *,
        occurrence: int = 1,
        error: Callable[[], BaseException] | None = None,
        **where: object,
    ) -> None:
        super().__init__(point, occurrence=occurrence, **where)
        self._error = error

    def _act(self, where: dict[str, object]) -> None:
        raise SimulatedCrash(self.point, where) if self._error is None else self._error()


class KillProcessAt(_AtPoint):
    """Kill this process there with SIGKILL: no handler runs, nothing is flushed. For worker processes of tests."""

    def _act(self, where: dict[str, object]) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class FailWriteAt(_AtPoint):
    """Let the disk refuse a write there.

    Args:
        reason: ``full`` = ENOSPC, ``broken`` = EIO, ``read-only`` = EROFS.
        point: one of the ``files.*`` points; by default half-way through the temporary file.
    """

    def __init__(
        self,
        reason: Literal["full", "broken", "read-only"] = "full",
        point: FaultPoint = "files.torn_write",
        *,
        occurrence: int = 1,
        **where: object,
    ) -> None:
        super().__init__(point, occurrence=occurrence, **where)
        self._number = {"full": errno.ENOSPC, "broken": errno.EIO, "read-only": errno.EROFS}[reason]

    def _act(self, where: dict[str, object]) -> None:
        raise OSError(self._number, os.strerror(self._number), str(where.get("path", "")))


class CountHits:
    """Lets everything pass and writes down what came by: which points a scenario reaches, and in which order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hits: list[Hit] = []

    def hit(self, point: FaultPoint, **where: object) -> None:
        """Called by the engine."""
        with self._lock:
            self._hits.append(Hit(point, where))

    @property
    def hits(self) -> list[Hit]:
        """All hits so far, in order."""
        with self._lock:
            return list(self._hits)

    def counts(self) -> Counter[FaultPoint]:
        """How often each point was hit."""
        return Counter(hit.point for hit in self.hits)


class AllOf:
    """Several injectors as one; they are asked in order."""

    def __init__(self, *injectors: FaultInjector) -> None:
        self._injectors = injectors

    def hit(self, point: FaultPoint, **where: object) -> None:
        """Called by the engine."""
        for injector in self._injectors:
            injector.hit(point, **where)
