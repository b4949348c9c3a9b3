"""Slots in the order of a number (an event time, a hash): sorted runs, of which there are always few.

Every epoch adds one run; a run is merged into the one before it when it is at least half as long, so that n rows lie in about
log n runs and a row is moved about log n times in its life.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

#: entries that are looked at together in search of the first that counts
_LOOK = 64

Int64s = npt.NDArray[np.int64]
Numbers = npt.NDArray[Any]


class SortedRuns:
    """Triples of number, slot, and the slot's generation, by which a slot that was reused meanwhile is recognised."""

    def __init__(self) -> None:
        self._runs: list[tuple[Numbers, Int64s, Int64s]] = []  # numbers ascending, slots, generations

    def add(self, numbers: Numbers, slots: Int64s, generations: Int64s) -> None:
        """Remember new rows."""
        if not len(numbers):
            return
        order = np.argsort(numbers, kind="stable")
        self._runs.append((numbers[order], slots[order], generations[order]))
        while len(self._runs) > 1 and 2 * len(self._runs[-1][0]) >= len(self._runs[-2][0]):
            self._merge_last_two()

    def take_until(self, bound: int) -> tuple[Int64s, Int64s]:
        """Slots and generations of all rows whose number is <= the bound; they are forgotten here."""
        slots, generations, kept = [], [], []
        for numbers, run_slots, run_generations in self._runs:
            end = int(np.searchsorted(numbers, bound, side="right"))
            if end:
                slots.append(run_slots[:end])
                generations.append(run_generations[:end])
            if end < len(numbers):
                kept.append((numbers[end:], run_slots[end:], run_generations[end:]))
        self._runs = kept
        return _joined(slots), _joined(generations)

    def equal_to(self, numbers: Numbers) -> tuple[Int64s, Int64s, Int64s]:
        """All entries with one of the numbers.

        Returns: place in the question, slot and generation of each; those of one place in the order in which they were added.
        """
        rows, slots, generations = [], [], []
        # neighbouring questions look at neighbouring entries: in order they are found in the processor's caches
        order = np.argsort(numbers, kind="stable")
        asked = numbers[order]
        for run_numbers, run_slots, run_generations in self._runs:
            low = np.searchsorted(run_numbers, asked, side="left")
            counts = np.searchsorted(run_numbers, asked, side="right") - low
            total = int(counts.sum())
            if total:
                starts = np.cumsum(counts) - counts
                found = np.repeat(low - starts, counts) + np.arange(total)
                rows.append(np.repeat(order, counts))
                slots.append(run_slots[found])
                generations.append(run_generations[found])
        return _joined(rows), _joined(slots), _joined(generations)

    def first(self, wanted: Callable[[Int64s, Int64s], npt.NDArray[np.bool_]]) -> int | None:
        """The least number among the entries that `wanted`, given slots and generations, counts; None without any.

        Entries before it that do not count are forgotten, so that they are looked at once.
        """
        kept, firsts = [], []
        for numbers, slots, generations in self._runs:
            start = 0
            while start < len(numbers):
                counts = np.flatnonzero(wanted(slots[start : start + _LOOK], generations[start : start + _LOOK]))
                if len(counts):
                    start += int(counts[0])
                    firsts.append(int(numbers[start]))
                    kept.append((numbers[start:], slots[start:], generations[start:]))
                    break
                start += _LOOK
        self._runs = kept
        return min(firsts, default=None)

    def keep(self, wanted: Callable[[Int64s, Int64s], npt.NDArray[np.bool_]]) -> None:
        """Forget all entries but those that `wanted`, given slots and generations, asks to keep."""
        kept = []
        for numbers, slots, generations in self._runs:
            mask = wanted(slots, generations)
            if mask.any():
                kept.append((numbers[mask], slots[mask], generations[mask]))
        self._runs = kept

    @property
    def nbytes(self) -> int:
        """Memory of all runs."""
        return sum(array.nbytes for run in self._runs for array in run)

    def _merge_last_two(self) -> None:
        (numbers_a, slots_a, gens_a), (numbers_b, slots_b, gens_b) = self._runs[-2:]
        numbers = np.concatenate([numbers_a, numbers_b])
        order = np.argsort(numbers, kind="stable")
        merged = (numbers[order], np.concatenate([slots_a, slots_b])[order], np.concatenate([gens_a, gens_b])[order])
        self._runs[-2:] = [merged]


def _joined(parts: list[Int64s]) -> Int64s:
    if not parts:
        return np.empty(0, dtype=np.int64)
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
