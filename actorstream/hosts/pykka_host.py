"""Actors as pykka threads: what `master("local[N]")` runs on.

pykka 4 logs a failing `tell` and goes on, hides a failing `on_start`, and stops every actor of the process on a
`BaseException`. So nothing that an actor raises ever reaches pykka: `_Shell` contains it, reports it, and stops itself.
This is the only module that knows pykka.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Any

import pykka
from pykka._envelope import Envelope

from actorstream.common.clock import Clock, SystemClock
from actorstream.common.fault_points import SimulatedCrash
from actorstream.hosts.base import Actor, ActorRef, ActorStopped, is_bulk
from actorstream.hosts.mailbox import Mailbox

_log = logging.getLogger("actorstream.hosts")


class PykkaHost:
    """Threads of this process, one for each actor, and one that keeps the time."""

    single_threaded = False

    def __init__(self, clock: Clock | None = None, *, mailbox_batches: int = 64) -> None:
        self._clock = clock or SystemClock()
        self._mailbox_batches = mailbox_batches
        self._refs: list[_Ref] = []
        self._threads: set[int] = set()
        self._changed = threading.Condition()
        self._crashed = False
        #: no actor may begin to work any more
        self._stopping = False
        self._finisher = threading.Lock()
        self._timer = _Timer(self._clock)

    @property
    def clock(self) -> Clock:
        return self._clock

    def spawn(self, actor: Actor, name: str, on_failure: Callable[[BaseException], None]) -> ActorRef:
        shell = _Shell(actor, self, name, on_failure, self._mailbox_batches)
        ref = _Ref(shell)
        actor.self_ref = ref
        actor.host = self
        self._refs.append(ref)
        shell.begin()
        if self._stopping:
            ref.stop()  # whoever stops the others has passed this one's place in the list
        return ref

    def schedule(self, at_ms: int, ref: ActorRef, message: object) -> None:
        self._timer.add(at_ms, ref, message)

    def wait_until(self, done: Callable[[], bool], timeout_s: float | None = None) -> bool:
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        with self._changed:
            while not done():
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return False
                self._changed.wait(left)
            return True

    def notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def inside(self) -> bool:
        return threading.get_ident() in self._threads

    def finish(self, then: Callable[[], None]) -> None:
        if not self._finisher.acquire(blocking=False):
            return
        current = threading.get_ident()
        self._stopping = True
        self._timer.stop()
        for ref in self._refs:
            if ref.shell.thread_id != current:
                ref.stop()
        self.join()
        then()
        self.shutdown()

    def crash(self) -> None:
        """Everything stops where it stands: no `on_stop`, no message handled any more."""
        self._crashed = True
        self.shutdown()

    def shutdown(self) -> None:
        self._stopping = True
        self._timer.stop()
        for ref in self._refs:
            ref.stop()
        self.notify()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait until every actor's thread has ended. Returns: whether they all have."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        for ref in self._refs:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if ref.shell.thread_id == threading.get_ident():
                continue
            if not ref.shell.ended.wait(left):
                return False
            ref.shell.join_thread()
        self._timer.join()
        return True

    def started(self, thread_id: int) -> None:
        self._threads.add(thread_id)

    @property
    def crashed(self) -> bool:
        """Whether a simulated crash has stopped this host."""
        return self._crashed


class _Ref:
    """Address of an actor on this host."""

    __slots__ = ("_mailbox", "shell")

    def __init__(self, shell: _Shell) -> None:
        self.shell = shell
        self._mailbox = shell.mailbox

    def tell(self, message: object) -> None:
        if is_bulk(message):
            self._mailbox.put_bulk(Envelope(message))
        else:
            self._mailbox.put(Envelope(message))

    def stop(self) -> None:
        self.shell.request_stop()


class _Stop:
    """Wakes an actor that waits for a message, so that it sees its stop request."""


class _Shell(pykka.ThreadingActor):
    """Holds one of our actors inside a pykka actor, and everything it may raise."""

    use_daemon_thread = True

    def __init__(
        self, actor: Actor, host: PykkaHost, name: str, on_failure: Callable[[BaseException], None], bulk_max: int
    ) -> None:
        super().__init__()
        self.mailbox = Mailbox(bulk_max)
        # pykka makes the inbox in a static method that knows no size; replaced before the loop starts
        self.actor_inbox = self.mailbox
        self._actor_ref = pykka.ActorRef(self)
        self._actor = actor
        self._host = host
        self._name = name
        self._report_failure = on_failure
        self._stop_requested = False
        self._start_failed = False
        self.ended = threading.Event()
        self.thread_id = -1
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Start the thread; pykka's own `start` would construct the object anew."""
        pykka.ActorRegistry.register(self.actor_ref)
        self._start_actor_loop()

    def join_thread(self) -> None:
        """Wait for the thread itself, once `ended` is set: it has nothing left to do but return."""
        if self._thread is not None:
            self._thread.join()

    def request_stop(self) -> None:
        self._stop_requested = True
        try:
            self.mailbox.put(Envelope(_Stop()))
        except ActorStopped:
            return
        self.mailbox.close()

    def on_start(self) -> None:
        self._thread = threading.current_thread()
        self._thread.name = self._name
        self.thread_id = threading.get_ident()
        self._host.started(self.thread_id)
        self._guard(self._actor.on_start)

    def on_receive(self, message: Any) -> None:
        if self._stop_requested or isinstance(message, _Stop):
            self._end()
            return
        self._guard(lambda: self._actor.receive(message))

    def _guard(self, act: Callable[[], None]) -> None:
        try:
            act()
        except ActorStopped:
            # a neighbour is gone: the query is ending and our stop is on its way
            _log.debug("%s sent to a stopped actor", self._name)
        except SimulatedCrash as crash:
            self._host.crash()
            self._fail(crash)
            self._end()
        except BaseException as error:  # noqa: BLE001 - the whole point of the shell
            self._fail(error)
            self._end()

    def _fail(self, error: BaseException) -> None:
        try:
            self._report_failure(error)
        except ActorStopped:
            _log.debug("%s failed while the query was ending", self._name)

    def _end(self) -> None:
        if self.ended.is_set():
            return
        self.mailbox.close()
        try:
            if not self._host.crashed:
                self._actor.on_stop()
        except BaseException as error:  # noqa: BLE001
            _log.warning("%s failed while stopping: %s", self._name, error)
        finally:
            pykka.ActorRegistry.unregister(self.actor_ref)
            self.actor_stopped.set()
            self.ended.set()
            self._host.notify()


class _Timer:
    """One thread that tells messages when their time has come; started with the first message."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due: list[tuple[int, int, ActorRef, object]] = []
        self._order = count()
        self._changed = threading.Condition()
        self._stopped = False
        self._thread: threading.Thread | None = None
        self._cancel = clock.on_advance(self._wake)

    def add(self, at_ms: int, ref: ActorRef, message: object) -> None:
        if at_ms <= self._clock.now_ms():
            _tell(ref, message)
            return
        with self._changed:
            if self._stopped:
                return
            heappush(self._due, (at_ms, next(self._order), ref, message))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="actorstream-timer", daemon=True)
                self._thread.start()
            self._changed.notify()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._due.clear()
            self._changed.notify()
        if self._cancel is not None:
            self._cancel()

    def join(self) -> None:
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while True:
                    if self._stopped:
                        return
                    now_ms = self._clock.now_ms()
                    if self._due and self._due[0][0] <= now_ms:
                        _, _, ref, message = heappop(self._due)
                        break
                    # a manual clock wakes us when it moves, so there is nothing to wait out
                    manual = self._cancel is not None
                    self._changed.wait(None if manual or not self._due else (self._due[0][0] - now_ms) / 1000)
            _tell(ref, message)


def _tell(ref: ActorRef, message: object) -> None:
    try:
        ref.tell(message)
    except ActorStopped:
        _log.debug("a timer rang for a stopped actor")
