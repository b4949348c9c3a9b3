"""The expiry index: what has expired is found once, by bisection, whatever order it came in."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from actorstream.state.eviction import ExpiryIndex


def add(index: ExpiryIndex, times: list[int], slots: list[int]) -> None:
    index.add(np.array(times, dtype=np.int64), np.array(slots, dtype=np.int64), np.zeros(len(slots), dtype=np.int64))


def expired(index: ExpiryIndex, bound: int) -> list[int]:
    return sorted(index.take_expired(bound)[0].tolist())


@pytest.mark.rule("STF-11")
def test_a_time_equal_to_the_bound_has_expired() -> None:
    index = ExpiryIndex()
    add(index, [10, 11], [0, 1])
    assert expired(index, 9) == []
    assert expired(index, 10) == [0]


def test_what_was_given_once_is_not_given_again() -> None:
    index = ExpiryIndex()
    add(index, [5, 1, 3], [0, 1, 2])
    assert expired(index, 3) == [1, 2]
    assert expired(index, 3) == []
    assert expired(index, 100) == [0]


def test_nothing_expires_from_nothing() -> None:
    index = ExpiryIndex()
    add(index, [], [])
    assert expired(index, 10**18) == []


@pytest.mark.parametrize("seed", range(4))
def test_it_agrees_with_a_scan(seed: int) -> None:
    rng, index, model = random.Random(seed), ExpiryIndex(), dict[int, int]()
    for epoch in range(60):
        times = [rng.randint(epoch, epoch + 30) for _ in range(rng.randint(0, 20))]
        slots = list(range(len(model) + 1000 * epoch, len(model) + 1000 * epoch + len(times)))
        add(index, times, slots)
        model.update(zip(slots, times, strict=True))
        bound = epoch - 3
        gone = sorted(slot for slot, time in model.items() if time <= bound)
        assert expired(index, bound) == gone, f"seed {seed}"
        for slot in gone:
            del model[slot]


def test_the_first_entry_that_counts_is_found_and_those_before_it_are_forgotten() -> None:
    index, gone = ExpiryIndex(), set(range(0, 200, 2)) | set(range(101))
    add(index, list(range(200)), list(range(200)))
    add(index, [500], [500])
    looked: list[int] = []

    def counts(slots: Any, generations: Any) -> Any:
        looked.extend(slots.tolist())
        return np.array([slot not in gone for slot in slots.tolist()])

    assert index.first(counts) == 101
    looked.clear()
    assert index.first(counts) == 101
    assert len(looked) <= 2 * 64
    gone |= set(range(200))
    assert index.first(counts) == 500
    gone.add(500)
    assert index.first(counts) is None
    assert index.nbytes == 0


def test_many_epochs_leave_few_runs_to_look_at() -> None:
    index = ExpiryIndex()
    for epoch in range(1_000):
        add(index, [10_000 + epoch], [epoch])
    assert len(index._runs) <= 11
