"""Actors on one thread, in an order that a seed decides: the host of crash schedules and of reproducible tests.

Nothing runs by itself: the actors work only inside `wait_until` (or `run`), one message at a time. Time is a `ManualClock`
that jumps to the next timer when nobody has anything to do.
"""

from __future__ import annotations

import logging
import random
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from actorstream.common.clock import ManualClock
from actorstream.common.fault_points import SimulatedCrash
from actorstream.hosts.base import Actor, ActorRef, ActorStopped

_log = logging.getLogger("actorstream.hosts")


class SimHost:
    """A scheduler for actors.

    Args:
        clock: the virtual time.
        seed: None takes mailboxes in the order in which their messages came; a number shuffles them, reproducibly. Messages
            from one sender to one receiver keep their order either way, for a mailbox is always emptied from its front.
        autojump: whether the clock moves to the next timer when nobody has work. Switch it off to move it by hand.
    """

    single_threaded = True

    def __init__(self, clock: ManualClock | None = None, *, seed: int | None = None, autojump: bool = True) -> None:
        self._clock = clock or ManualClock()
        self._random = None if seed is None else random.Random(seed)
        self._autojump = autojump
        self._ready: list[_SimRef] = []
        self._timers: list[tuple[int, int, ActorRef, object]] = []
        self._order = count()
        self._refs: list[_SimRef] = []
        self._current: _SimRef | None = None
        self._finishing: Callable[[], None] | None = None
        self._finisher: _SimRef | None = None
        self.crashed = False

    @property
    def clock(self) -> ManualClock:
        return self._clock

    def spawn(self, actor: Actor, name: str, on_failure: Callable[[BaseException], None]) -> ActorRef:
        ref = _SimRef(self, actor, name, on_failure)
        actor.self_ref = ref
        actor.host = self
        self._refs.append(ref)
        ref.mailbox.append(_START)
        self._ready.append(ref)
        return ref

    def schedule(self, at_ms: int, ref: ActorRef, message: object) -> None:
        heappush(self._timers, (at_ms, next(self._order), ref, message))

    def wait_until(self, done: Callable[[], bool], timeout_s: float | None = None) -> bool:
        deadline_ms = None if timeout_s is None else self._clock.now_ms() + int(timeout_s * 1000)
        while not done():
            if self._step():
                continue
            if not self._timers or not self._autojump:
                return done()
            at_ms = self._timers[0][0]
            if deadline_ms is not None and at_ms > deadline_ms:
                self._clock.set(max(deadline_ms, self._clock.now_ms()))
                return done()
            self._clock.set(max(at_ms, self._clock.now_ms()))
        return True

    def run(self) -> None:
        """Work until nobody has a message, without moving the time."""
        while self._step():
            pass

    def notify(self) -> None:
        return

    def inside(self) -> bool:
        return self._current is not None

    def finish(self, then: Callable[[], None]) -> None:
        self._timers.clear()
        for ref in self._refs:
            if ref is not self._current:
                ref.stop()
        self._finishing = then
        self._finisher = self._current

    def shutdown(self) -> None:
        for ref in list(self._refs):
            ref.stop()
        self._timers.clear()
        if self._current is None:
            self.run()

    def join(self, timeout_s: float | None = None) -> bool:
        """Let stopped actors run their `on_stop`."""
        if self._current is None:
            self.run()
        return all(ref.stopped for ref in self._refs)

    def _step(self) -> bool:
        """Handle one message. Returns: whether there was one."""
        while self._timers and self._timers[0][0] <= self._clock.now_ms():
            _, _, ref, message = heappop(self._timers)
            if isinstance(ref, _SimRef) and not ref.stopped:
                ref.tell(message)
        if not self._ready:
            return False
        index = 0 if self._random is None else self._random.randrange(len(self._ready))
        ref = self._ready[index]
        message = ref.mailbox.popleft()
        if self._random is None:
            # first come, first served over all mailboxes
            self._ready.pop(0)
            if ref.mailbox:
                self._ready.append(ref)
        elif not ref.mailbox:
            self._ready.pop(index)
        if not ref.stopped:
            self._deliver(ref, message)
        self._finish_if_all_stopped()
        return True

    def _finish_if_all_stopped(self) -> None:
        if self._finishing is None or any(not ref.stopped for ref in self._refs if ref is not self._finisher):
            return
        then, self._finishing = self._finishing, None
        then()
        if self._finisher is not None:
            self._finisher.stop()

    def _deliver(self, ref: _SimRef, message: object) -> None:
        self._current = ref
        try:
            if message is _START:
                ref.actor.on_start()
            elif message is _STOP:
                ref.stopped = True
                if not self.crashed:
                    _say_goodbye(ref)
            else:
                ref.actor.receive(message)
        except ActorStopped:
            return
        except SimulatedCrash as crash:
            self.crashed = True
            for other in self._refs:
                other.stopped = True
            self._ready.clear()
            self._timers.clear()
            self._report(ref, crash)
        except BaseException as error:  # noqa: BLE001 - a host contains whatever an actor raises
            ref.stopped = True
            self._report(ref, error)
            _say_goodbye(ref)
        finally:
            self._current = None

    @staticmethod
    def _report(ref: _SimRef, error: BaseException) -> None:
        try:
            ref.on_failure(error)
        except ActorStopped:
            return

    def enqueue(self, ref: _SimRef, message: object) -> None:
        if not ref.mailbox:
            self._ready.append(ref)
        ref.mailbox.append(message)


def _say_goodbye(ref: _SimRef) -> None:
    try:
        ref.actor.on_stop()
    except BaseException as error:  # noqa: BLE001 - it has stopped already; nobody can do anything about it
        _log.warning("%s failed while stopping: %s", ref.name, error)


_START = object()
_STOP = object()


class _SimRef:
    """Address of an actor on a `SimHost`."""

    def __init__(self, host: SimHost, actor: Actor, name: str, on_failure: Callable[[BaseException], None]) -> None:
        self._host = host
        self.actor = actor
        self.name = name
        self.on_failure = on_failure
        self.mailbox: deque[object] = deque()
        self.stopped = False

    def tell(self, message: object) -> None:
        if self.stopped:
            raise ActorStopped
        self._host.enqueue(self, message)

    def stop(self) -> None:
        if not self.stopped:
            self._host.enqueue(self, _STOP)
