"""The hash index against a dict, with hashes that collide as badly as they can."""

from __future__ import annotations

import random

import numpy as np
import pytest

from actorstream.state.index import Hashes, HashIndex, Rows, Slots


class Model:
    """Keys are numbers; `spread` says how many different hashes they have."""

    def __init__(self, spread: int) -> None:
        self.spread = spread
        self.index = HashIndex()
        self.slot_of: dict[int, int] = {}
        self.key_at: list[int] = []

    def hashes(self, keys: list[int]) -> Hashes:
        return np.array([(key % self.spread) * 0x9E3779B97F4A7C15 & (2**64 - 1) for key in keys], dtype=np.uint64)

    def lookup(self, keys: list[int]) -> list[int]:
        stored, asked = np.array(self.key_at, dtype=np.int64), np.array(keys, dtype=np.int64)

        def same_key(rows: Rows, slots: Slots) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
            return np.asarray(stored[slots] == asked[rows])

        return self.index.lookup(self.hashes(keys), same_key).tolist()

    def insert(self, keys: list[int]) -> None:
        slots = np.arange(len(self.key_at), len(self.key_at) + len(keys))
        self.key_at += keys
        self.slot_of.update(zip(keys, slots.tolist(), strict=True))
        self.index.insert(self.hashes(keys), slots)

    def remove(self, keys: list[int]) -> None:
        self.index.remove(self.hashes(keys), np.array([self.slot_of.pop(key) for key in keys], dtype=np.int64))


@pytest.mark.parametrize("spread", [1, 3, 1 << 40])
@pytest.mark.parametrize("seed", range(3))
def test_every_key_is_found_and_no_other(seed: int, spread: int) -> None:
    rng, model = random.Random(seed), Model(spread)
    for _ in range(25):
        fresh = [key for key in rng.sample(range(400), 40) if key not in model.slot_of]
        model.insert(fresh)
        if model.slot_of:
            model.remove(rng.sample(sorted(model.slot_of), len(model.slot_of) // 3))
        assert len(model.index) == len(model.slot_of)
        asked = list(range(400))
        assert model.lookup(asked) == [model.slot_of.get(key, -1) for key in asked], f"seed {seed}, spread {spread}"


def test_a_table_full_of_removed_places_is_swept_and_still_ends_its_search() -> None:
    model = Model(1 << 40)
    size = model.index.nbytes
    for turn in range(60):
        keys = list(range(turn * 100, turn * 100 + 100))
        model.insert(keys)
        model.remove(keys)
    assert model.lookup([1, 5_999, 10**6]) == [-1, -1, -1]
    assert model.index.nbytes == size, "removed keys must not make the table grow"


def test_a_key_may_be_asked_for_twice_in_one_question() -> None:
    model = Model(1)
    model.insert([7, 8])
    assert model.lookup([8, 7, 8, 9, 7]) == [1, 0, 1, -1, 0]


def test_an_empty_question_has_an_empty_answer() -> None:
    assert Model(1).lookup([]) == []
