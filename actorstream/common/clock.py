"""Time as an object, so that a test can own it.

All times are integer milliseconds since 1970 (UTC), as in the logs of the checkpoint.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    """Where the engine reads the time; it is never read elsewhere."""

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        ...

    def on_advance(self, wake: Callable[[], None]) -> Callable[[], None] | None:
        """Ask to be told when a manual clock moves.

        Returns: a function that cancels the request, or None for a clock that moves by itself (wait for it instead).
        """
        ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def on_advance(self, wake: Callable[[], None]) -> Callable[[], None] | None:
        return None


class ManualClock:
    """A clock that stands still until it is moved: triggers fire exactly when a test says so.

    Example:
        >>> clock = ManualClock(1_000)
        >>> clock.advance(500)
        >>> clock.now_ms()
        1500
    """

    def __init__(self, now_ms: int = 0) -> None:
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._wakers: list[Callable[[], None]] = []

    def now_ms(self) -> int:
        with self._lock:
            return self._now_ms

    def advance(self, by_ms: int) -> None:
        """Move the time forward and wake everybody who waits for it."""
        self.set(self.now_ms() + by_ms)

    def set(self, to_ms: int) -> None:
        """Set the time; it never goes back."""
        with self._lock:
            if to_ms < self._now_ms:
                raise ValueError(f"a clock does not go back: it is {self._now_ms}, asked for {to_ms}")
            self._now_ms = to_ms
            wakers = list(self._wakers)
        for wake in wakers:
            wake()

    def on_advance(self, wake: Callable[[], None]) -> Callable[[], None] | None:
        with self._lock:
            self._wakers.append(wake)

        def cancel() -> None:
            with self._lock:
                if wake in self._wakers:
                    self._wakers.remove(wake)

        return cancel
