"""How the rows of an edge find the partition that takes them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Forward:
    """Partition i goes to partition i; neighbours joined so are fused into one actor."""


@dataclass(frozen=True, slots=True)
class HashBy:
    """By a stable hash of the named columns: equal keys meet in one partition, in every run."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gather:
    """Everything to the one partition of the next node."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """Every row to every partition."""


Exchange = Forward | HashBy | Gather | Broadcast
