"""Clocks: one that goes by itself and one that a test owns."""

from __future__ import annotations

import time

import pytest

from actorstream.common.clock import ManualClock, SystemClock


def test_the_system_clock_gives_milliseconds_since_1970() -> None:
    before = time.time_ns() // 1_000_000
    assert before <= SystemClock().now_ms() <= time.time_ns() // 1_000_000
    assert SystemClock().on_advance(lambda: None) is None


def test_a_manual_clock_moves_when_it_is_told_and_tells_those_who_wait() -> None:
    clock, told = ManualClock(1_000), list[int]()
    cancel = clock.on_advance(lambda: told.append(clock.now_ms()))
    clock.advance(500)
    clock.set(2_000)
    assert cancel is not None
    cancel()
    cancel()
    clock.advance(1)
    assert (clock.now_ms(), told) == (2_001, [1_500, 2_000])


def test_a_manual_clock_does_not_go_back() -> None:
    clock = ManualClock(1_000)
    clock.set(1_000)
    with pytest.raises(ValueError, match="a clock does not go back"):
        clock.set(999)
