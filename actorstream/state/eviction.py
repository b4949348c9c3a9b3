"""Which rows have expired: an index by event time that never scans what has not.

Every epoch adds one sorted run of (time, slot); short runs are merged, so there are few; expired rows are the front of each.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]


class ExpiryIndex:
    """Slots by event time in microseconds. A slot that was removed or reused meanwhile is recognised by its generation."""

    def __init__(self) -> None:
        self._runs: list[tuple[Int64s, Int64s, Int64s]] = []  # times ascending, slots, generations

    def add(self, times_us: Int64s, slots: Int64s, generations: Int64s) -> None:
        """Remember new rows."""
        if not len(times_us):
            return
        order = np.argsort(times_us, kind="stable")
        self._runs.append((times_us[order], slots[order], generations[order]))
        while len(self._runs) > 1 and 2 * len(self._runs[-1][0]) >= len(self._runs[-2][0]):
            self._merge_last_two()

    def take_expired(self, bound_us: int) -> tuple[Int64s, Int64s]:
        """Slots and generations of all rows whose time is <= the bound; they are forgotten here."""
        slots, generations, kept = [], [], []
        for times, run_slots, run_generations in self._runs:
            end = int(np.searchsorted(times, bound_us, side="right"))
            if end:
                slots.append(run_slots[:end])
                generations.append(run_generations[:end])
            if end < len(times):
                kept.append((times[end:], run_slots[end:], run_generations[end:]))
        self._runs = kept
        if not slots:
            nothing = np.empty(0, dtype=np.int64)
            return nothing, nothing
        return np.concatenate(slots), np.concatenate(generations)

    @property
    def nbytes(self) -> int:
        """Memory of all runs."""
        return sum(array.nbytes for run in self._runs for array in run)

    def _merge_last_two(self) -> None:
        (times_a, slots_a, gens_a), (times_b, slots_b, gens_b) = self._runs[-2:]
        times = np.concatenate([times_a, times_b])
        order = np.argsort(times, kind="stable")
        merged = (times[order], np.concatenate([slots_a, slots_b])[order], np.concatenate([gens_a, gens_b])[order])
        self._runs[-2:] = [merged]
