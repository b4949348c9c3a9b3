"""Several rows under one key: found by key, kept apart by number, and the same after a restart."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from actorstream.checkpoint.files import CheckpointFiles
from actorstream.checkpoint.memory import MemoryFiles
from actorstream.common.hashing import hash_columns, partition_of
from actorstream.state.multimap import Multimap, multimap_keys
from actorstream.state.store import StateStore

KEYS = pa.schema([pa.field("k", pa.string())])
VALUES = pa.schema([pa.field("t", pa.timestamp("us", tz="UTC")), pa.field("v", pa.int64())])


def opened(
    files: CheckpointFiles,
    heads: Sequence[str | None] = (),
    *,
    partition: int = 0,
    partitions: int = 1,
    event_time: str | None = None,
) -> Multimap:
    store = StateStore.open(
        files,
        "state/side",
        multimap_keys(KEYS),
        VALUES,
        node="side",
        partition=partition,
        partitions=partitions,
        run_id=f"run{partitions}",
        heads=heads,
        event_time=event_time,
        partition_keys=1,
        min_deltas=2,
        background=False,
    )
    return Multimap(store)


def add(rows: Multimap, *values: tuple[str | None, int]) -> None:
    keys = rows.key_arrays([pa.array([key for key, _ in values], pa.string())])
    times = pa.array([value for _, value in values], pa.int64()).cast(VALUES.field("t").type)
    rows.add(keys, pa.table([times, pa.array([value for _, value in values], pa.int64())], schema=VALUES))


def slots_of(rows: Multimap, key: str | None) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return rows.pairs(rows.key_arrays([pa.array([key], pa.string())]), np.array([0]))[1]


def found(rows: Multimap, key: str | None) -> list[int]:
    values: list[int] = rows.store.value_column(1, slots_of(rows, key)).to_pylist()
    return values


def test_all_rows_of_a_key_are_found_in_the_order_in_which_they_came() -> None:
    rows = opened(MemoryFiles())
    add(rows, ("a", 3), ("b", 9), ("a", 1))
    add(rows, ("a", 2))
    assert (found(rows, "a"), found(rows, "b"), found(rows, "c")) == ([3, 1, 2], [9], [])


def test_every_row_of_a_question_gets_its_own_pairs() -> None:
    rows = opened(MemoryFiles())
    add(rows, ("a", 1), ("a", 2), ("b", 3))
    keys = rows.key_arrays([pa.array(["b", "a", "x", "a"])])
    asked, slots = rows.pairs(keys, np.array([0, 2, 3]))
    assert list(zip(asked.tolist(), rows.store.value_column(1, slots).to_pylist(), strict=True)) == [
        (0, 3),
        (3, 1),
        (3, 2),
    ]


def test_removed_rows_are_not_found_and_their_places_are_used_again() -> None:
    rows = opened(MemoryFiles())
    add(rows, ("a", 1), ("a", 2))
    rows.remove(slots_of(rows, "a")[:1])
    add(rows, ("b", 3))
    assert (found(rows, "a"), found(rows, "b")) == ([2], [3])


def test_the_index_forgets_what_is_dead() -> None:
    rows = opened(MemoryFiles())
    for _ in range(40):
        add(rows, *[("a", n) for n in range(100)])
        rows.remove(rows.store.all_slots())
    assert rows._index.nbytes < 3000 * 24
    add(rows, ("a", 7))
    assert found(rows, "a") == [7]


def test_null_is_a_key_as_any_other() -> None:
    rows = opened(MemoryFiles())
    add(rows, (None, 1), ("a", 2), (None, 3))
    assert found(rows, None) == [1, 3]


@pytest.mark.rule("STF-112")
def test_rows_expire_by_a_column_that_is_not_their_key() -> None:
    rows = opened(MemoryFiles(), event_time="t")
    add(rows, ("a", 10), ("a", 20), ("b", 15))
    slots = rows.store.expired(15)
    assert sorted(rows.store.value_column(1, slots).to_pylist()) == [10, 15]
    rows.remove(slots)
    assert found(rows, "a") == [20]
    assert not len(rows.store.expired(15))


def test_rows_expire_after_a_restart_too() -> None:
    files = MemoryFiles()
    rows = opened(files, event_time="t")
    add(rows, ("a", 10), ("a", 20))
    again = opened(files, [rows.store.commit(0)], event_time="t")
    assert again.store.value_column(1, again.store.expired(10)).to_pylist() == [10]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("before", "after"), [(1, 1), (3, 2), (2, 5)])
def test_restarts_and_other_numbers_of_partitions_change_nothing(seed: int, before: int, after: int) -> None:
    random_ = random.Random(seed)
    files, counts, heads = MemoryFiles(), (before, after, before), list[str | None]()
    expected: dict[str, list[int]] = {name: [] for name in "abcdefgh"}

    def owner(key: str, partitions: int) -> int:
        return int(partition_of(hash_columns([pa.array([key])], 1), partitions)[0])

    for life, partitions in enumerate(counts):
        parts = [opened(files, heads, partition=p, partitions=partitions) for p in range(partitions)]
        for key, values in expected.items():
            assert sorted(found(parts[owner(key, partitions)], key)) == sorted(values), f"seed {seed}, life {life}"
        for epoch in range(5):
            for value in range(20):
                key = random_.choice("abcdefgh")
                part = parts[owner(key, partitions)]
                if random_.random() < 0.4 and expected[key]:
                    slot = slots_of(part, key)[:1]
                    expected[key].remove(part.store.value_column(1, slot).to_pylist()[0])
                    part.remove(slot)
                else:
                    add(part, (key, 100 * epoch + value))
                    expected[key].append(100 * epoch + value)
            heads = [part.store.commit(10 * life + epoch) for part in parts]
    assert sum(len(values) for values in expected.values()) > 0
