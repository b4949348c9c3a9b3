"""When to write a snapshot and which files may go: decisions about a chain of state files. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """One delta of a chain, oldest first in a list. `has_snapshot`: a snapshot of the same stem stands beside it."""

    stem: str
    epoch: int
    rows: int
    has_snapshot: bool = False


#: a chain is never longer than this, however large the state is: opening many small files costs more than rewriting
_DELTAS_MAX = 1000


def wants_snapshot(chain: Sequence[Link], live_rows: int, deltas_min: int) -> bool:
    """Whether the newest link should get a snapshot.

    After at least `deltas_min` deltas, and once the deltas hold half as many rows as the state: then rewriting the state costs at
    most twice what was written anyway, however large it is.
    """
    since = 0
    rows = 0
    for link in reversed(chain):
        if link.has_snapshot:
            break
        since += 1
        rows += link.rows
    return since >= deltas_min and (2 * rows >= live_rows or since >= _DELTAS_MAX)


def needed_from(chain: Sequence[Link], keep_epoch: int) -> int:
    """Index of the oldest link that is needed to load the state after any epoch >= `keep_epoch`.

    That is the newest snapshot at or before the newest link that is not after `keep_epoch`; 0 if there is none.
    """
    base = 0
    for index, link in enumerate(chain):
        if link.epoch > keep_epoch:
            break
        if link.has_snapshot:
            base = index
    return base
