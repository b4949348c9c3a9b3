"""When the next epoch may begin, and when a query has done its work. Plain data; the driver's state machine reads it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProcessingTime:
    """Every `interval_ms`, aligned to multiples since 1970; 0 = back to back (EXE-5 to EXE-9)."""

    interval_ms: int = 0


@dataclass(frozen=True, slots=True)
class Once:
    """One trigger, everything available, then the end (EXE-10)."""


@dataclass(frozen=True, slots=True)
class AvailableNow:
    """Everything available at the start, within the read limits, then the end (EXE-10)."""


@dataclass(frozen=True, slots=True)
class Continuous:
    """Sources run freely; the driver cuts an epoch every `interval_ms`."""

    interval_ms: int


Trigger = ProcessingTime | Once | AvailableNow | Continuous


def next_trigger_ms(interval_ms: int, started_ms: int, ended_ms: int) -> int:
    """When the trigger after the one that ran from `started_ms` to `ended_ms` is due.

    The next multiple of the interval after its start; at once if that has passed already, so that a slow epoch is followed
    by one trigger and not by all it missed (EXE-6, EXE-7).

    Example:
        >>> next_trigger_ms(2_000, 44_100, 44_500)
        46000
        >>> next_trigger_ms(2_000, 44_000, 46_970)
        46970
    """
    if interval_ms == 0:
        return ended_ms
    return max((started_ms // interval_ms + 1) * interval_ms, ended_ms)
