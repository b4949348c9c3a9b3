"""Where a key is: an open-addressing hash index over 64-bit hashes, in numpy, many keys at a time.

It knows hashes and slots, not keys: the caller compares keys, so a collision of hashes costs time and never correctness.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Slots = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]

_EMPTY = -1
_REMOVED = -2

#: above this share of used places a probe would walk too far
_LOAD_MAX = 0.5
_SIZE_MIN = 1024


class HashIndex:
    """Maps hashes to slots. Equal hashes may occur several times, for different keys."""

    def __init__(self, expected: int = 0) -> None:
        size = _SIZE_MIN
        while size * _LOAD_MAX < expected:
            size *= 2
        self._reset(size)

    def _reset(self, size: int) -> None:
        self._hashes: Hashes = np.zeros(size, dtype=np.uint64)
        self._slots: Slots = np.full(size, _EMPTY, dtype=np.int64)
        self._mask = np.uint64(size - 1)
        self._live = 0
        self._used = 0  # live and removed

    def __len__(self) -> int:
        return self._live

    @property
    def nbytes(self) -> int:
        """Memory of the table."""
        return self._hashes.nbytes + self._slots.nbytes

    def lookup(self, hashes: Hashes, same_key: Callable[[Rows, Slots], npt.NDArray[np.bool_]]) -> Slots:
        """The slot of each key, -1 if absent.

        Args:
            same_key: given row numbers of the question and as many slots of equal hash, says where the keys are equal.
        """
        found: Slots = np.full(len(hashes), -1, dtype=np.int64)
        rows = np.arange(len(hashes))
        places = hashes & self._mask
        while len(rows):
            slots = self._slots[places]
            candidates = np.flatnonzero((slots >= 0) & (self._hashes[places] == hashes[rows]))
            open_rows = slots != _EMPTY
            if len(candidates):
                equal = same_key(rows[candidates], slots[candidates])
                hits = candidates[equal]
                found[rows[hits]] = slots[hits]
                open_rows[hits] = False
            rows = rows[open_rows]
            places = (places[open_rows] + np.uint64(1)) & self._mask
        return found

    def insert(self, hashes: Hashes, slots: Slots) -> None:
        """Add keys that are not there yet."""
        self._make_room(len(hashes))
        rows = np.arange(len(hashes))
        places = hashes & self._mask
        while len(rows):
            current = self._slots[places]
            free = np.flatnonzero(current < 0)
            # several rows may want one place: the last write wins, the others see a stranger and go on
            self._slots[places[free]] = slots[rows[free]]
            won = free[self._slots[places[free]] == slots[rows[free]]]
            self._hashes[places[won]] = hashes[rows[won]]
            self._used += int(np.count_nonzero(current[won] == _EMPTY))
            waiting = np.ones(len(rows), dtype=np.bool_)
            waiting[won] = False
            rows = rows[waiting]
            places = (places[waiting] + np.uint64(1)) & self._mask
        self._live += len(hashes)

    def remove(self, hashes: Hashes, slots: Slots) -> None:
        """Forget keys that are there."""
        rows = np.arange(len(hashes))
        places = hashes & self._mask
        while len(rows):
            here = self._slots[places] == slots[rows]
            self._slots[places[here]] = _REMOVED
            rows = rows[~here]
            places = (places[~here] + np.uint64(1)) & self._mask
        self._live -= len(hashes)

    def _make_room(self, more: int) -> None:
        size = len(self._slots)
        if self._used + more <= size * _LOAD_MAX:
            return
        while (self._live + more) > size * _LOAD_MAX / 2:
            size *= 2
        kept = np.flatnonzero(self._slots >= 0)
        hashes, slots = self._hashes[kept], self._slots[kept]
        self._reset(size)
        self.insert(hashes, slots)
