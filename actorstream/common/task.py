"""Which partition and epoch the code on this thread works for: what `TaskContext.get()` tells a user's function.

Set by the engine around operators and by the sinks that call a user's code; absent everywhere else, as on the reference's driver.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

_NUMBERS = itertools.count()


@dataclass(frozen=True, slots=True)
class Task:
    """One partition of one epoch, at one step; `number` is that of no other in this process."""

    partition: int
    epoch: int
    number: int


_current: ContextVar[Task | None] = ContextVar("task", default=None)


def current_task() -> Task | None:
    """The task of this thread; None outside of one."""
    return _current.get()


@contextmanager
def in_task(partition: int, epoch: int) -> Iterator[None]:
    """Inside, this thread works for a partition of an epoch."""
    token = _current.set(Task(partition, epoch, next(_NUMBERS)))
    try:
        yield
    finally:
        _current.reset(token)
