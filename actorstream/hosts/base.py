"""What an actor is and what a host must promise.

An actor takes one message at a time and owns its state. A host gives it a mailbox with two lanes: *bulk* messages (data and
markers) wait in a bounded lane, so that a fast sender is held back; *control* messages go ahead of them and never wait.

Every host promises: a failure in `on_start` or `receive` reaches `on_failure` and stops only that actor; a `tell` to a
stopped actor raises `ActorStopped` and frees a sender that was waiting for room; messages from one sender to one receiver
in one lane keep their order; `SimulatedCrash` stops every actor of the host at once without its `on_stop`, as death would.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

from actorstream.common.clock import Clock


class ActorStopped(Exception):
    """The receiver of a message is gone; normal while a query ends."""


class ActorRef(Protocol):
    """Address of an actor; the only thing others hold of it."""

    def tell(self, message: object) -> None:
        """Put a message into the mailbox; a bulk message waits for room. Raises: ActorStopped."""
        ...

    def stop(self) -> None:
        """Ask the actor to stop after the message in hand; what is still in the mailbox is dropped."""
        ...


class Actor(ABC):
    """Base of the engine's actors. `self_ref` and `host` are set by the host before `on_start`."""

    self_ref: ActorRef
    host: ActorHost

    def on_start(self) -> None:  # noqa: B027 - optional hook
        """First thing in the actor's own context."""

    @abstractmethod
    def receive(self, message: Any) -> None:
        """Handle one message."""

    def on_stop(self) -> None:  # noqa: B027 - optional hook
        """Last thing, also after a failure; not after a crash. What it raises is logged."""


class ActorHost(Protocol):
    """Runs actors. One host serves one query (or one test)."""

    @property
    def clock(self) -> Clock:
        """The time that `schedule` follows."""
        ...

    @property
    def single_threaded(self) -> bool:
        """Whether everything happens on the caller's thread, so that nothing may be done on a thread beside the actors."""
        ...

    def spawn(self, actor: Actor, name: str, on_failure: Callable[[BaseException], None]) -> ActorRef:
        """Start an actor. `on_failure` is called, in the failing actor's context, with what it raised."""
        ...

    def schedule(self, at_ms: int, ref: ActorRef, message: object) -> None:
        """Tell a message once the clock has reached `at_ms`; dropped if the actor is gone by then."""
        ...

    def wait_until(self, done: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """From outside any actor: let the actors work until `done()` holds. Returns: whether it came to hold in time.

        `done` is evaluated again after each `notify`.
        """
        ...

    def notify(self) -> None:
        """Something that a `wait_until` may wait for has changed."""
        ...

    def inside(self) -> bool:
        """Whether the caller is one of this host's actors: waiting there would never end (EXE-46)."""
        ...

    def finish(self, then: Callable[[], None]) -> None:
        """From inside an actor: stop all the others, call `then` once they have ended, and end this one too.

        Only the first call counts: of two actors that fail at the same time neither waits for the other.
        """
        ...

    def shutdown(self) -> None:
        """From outside: stop every actor and free everybody who waits."""
        ...


def is_bulk(message: object) -> bool:
    """Whether a message belongs to the bounded lane."""
    return getattr(message, "bulk", False) is True
