"""The state store against a plain dict, and against its own files."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from actorstream.checkpoint.memory import MemoryFiles
from actorstream.errors import SparkRuntimeException
from actorstream.state.reader import read_state
from actorstream.state.store import StateStore

KEYS = pa.schema([("k", pa.string()), ("n", pa.int64())])
VALUES = pa.schema([("total", pa.float64()), ("seen", pa.list_(pa.string()))])


def open_store(
    files: MemoryFiles, run: str = "r", heads: tuple[str | None, ...] = (), *, partition: int = 0, partitions: int = 1
) -> StateStore:
    return StateStore.open(
        files,
        "state/n",
        KEYS,
        VALUES,
        node="n",
        partition=partition,
        partitions=partitions,
        run_id=run,
        heads=heads,
        min_deltas=3,
        background=False,
    )


def key_table(keys: list[tuple[str | None, int | None]]) -> pa.Table:
    return pa.table(
        [pa.array([k for k, _ in keys], pa.string()), pa.array([n for _, n in keys], pa.int64())], schema=KEYS
    )


def value_table(values: list[tuple[float | None, list[str] | None]]) -> pa.Table:
    return pa.table(
        [pa.array([t for t, _ in values], pa.float64()), pa.array([s for _, s in values], pa.list_(pa.string()))],
        schema=VALUES,
    )


def content(store: StateStore) -> dict[Any, Any]:
    rows = store.rows(store.all_slots()).to_pylist()
    return {(row["k"], row["n"]): (row["total"], row["seen"]) for row in rows}


def change(store: StateStore, model: dict[Any, Any], rng: random.Random) -> None:
    """The same random puts and removals to a store and to a dict."""
    names = ["", "a", "bb", None, "a long name that has several words of eight bytes", "žluťoučký"]
    keys = list({(rng.choice(names), rng.choice([None, *range(12)])) for _ in range(rng.randint(0, 12))})
    values = [(rng.choice([None, rng.random()]), rng.choice([None, [], ["x", "y"]])) for _ in keys]
    if keys:
        store.put(key_table(keys), value_table(values), store.lookup(key_table(keys)))
        model.update(zip(keys, values, strict=True))
    doomed = [key for key in model if rng.random() < 0.2]
    if doomed:
        store.remove(store.lookup(key_table(doomed)))
        for key in doomed:
            del model[key]


@pytest.mark.parametrize("seed", range(8))
def test_a_store_holds_what_a_dict_would_hold_over_epochs_and_restarts(seed: int) -> None:
    rng = random.Random(seed)
    files, model = MemoryFiles(), dict[Any, Any]()
    store = open_store(files)
    for epoch in range(30):
        for _ in range(rng.randint(1, 3)):
            change(store, model, rng)
        head = store.commit(epoch)
        assert content(store) == model, f"seed {seed}"
        if rng.random() < 0.3:
            store = open_store(files, f"r{epoch}", (head,))
            assert content(store) == model, f"seed {seed}"
        if rng.random() < 0.3:
            store.purge(max(epoch - 4, 0))
    assert store.row_count == len(model)


@pytest.mark.parametrize("seed", range(4))
def test_every_retained_epoch_can_be_read_back(seed: int) -> None:
    rng = random.Random(seed)
    files, model = MemoryFiles(), dict[Any, Any]()
    store = open_store(files)
    heads: list[str | None] = []
    history: list[dict[Any, Any]] = []
    for epoch in range(25):
        change(store, model, rng)
        heads.append(store.commit(epoch))
        history.append(dict(model))
    store.purge(15)
    for epoch in range(15, 25):
        head = heads[epoch]
        assert head is not None
        rows = read_state(files, "state/n", 0, head).to_pylist()
        assert {(row["k"], row["n"]): (row["total"], row["seen"]) for row in rows} == history[epoch], f"seed {seed}"


def test_purging_leaves_a_bounded_number_of_files() -> None:
    files = MemoryFiles()
    store = open_store(files)
    for epoch in range(60):
        keys = key_table([("k", epoch % 5)])
        store.put(keys, value_table([(1.0, None)]), store.lookup(keys))
        store.commit(epoch)
        store.purge(epoch - 10)
    assert len(files.list("state/n/0")) < 30


@pytest.mark.parametrize(("before", "after"), [(2, 3), (3, 1), (1, 4)])
def test_rows_are_split_anew_when_the_number_of_partitions_changes(before: int, after: int) -> None:
    files = MemoryFiles()
    keys = key_table([(f"key {n}", n) for n in range(200)])
    from actorstream.common.hashing import hash_columns, partition_of

    owners = partition_of(hash_columns(keys.columns), before)
    heads: list[str | None] = []
    for partition in range(before):
        store = open_store(files, partition=partition, partitions=before)
        mine = keys.filter(pa.array(owners == partition))
        store.put(mine, value_table([(1.0, None)] * mine.num_rows), store.lookup(mine))
        heads.append(store.commit(0))
    found: list[str] = []
    new_heads: list[str | None] = []
    for partition in range(after):
        store = open_store(files, "second", tuple(heads), partition=partition, partitions=after)
        found += [k for k, _ in content(store)]
        new_heads.append(store.commit(1))
    assert sorted(found) == sorted(f"key {n}" for n in range(200))
    again = [
        open_store(files, "third", tuple(new_heads), partition=p, partitions=after).row_count for p in range(after)
    ]
    assert sum(again) == 200


def test_an_epoch_without_changes_writes_no_file() -> None:
    files = MemoryFiles()
    store = open_store(files)
    assert store.commit(0) is None
    keys = key_table([("a", 1)])
    store.put(keys, value_table([(1.0, [])]), store.lookup(keys))
    head = store.commit(1)
    assert store.commit(2) == head
    assert len(files.files) == 1


def test_equal_keys_meet_whatever_their_bits() -> None:
    schema = pa.schema([("f", pa.float64())])
    store = StateStore(schema, pa.schema([("v", pa.int64())]))

    def put(values: list[float | None], numbers: list[int]) -> None:
        keys = pa.table([pa.array(values, pa.float64())], schema=schema)
        store.put(keys, pa.table([pa.array(numbers)], names=["v"]), store.lookup(keys))

    put([0.0, float("nan"), None], [1, 2, 3])
    put([-0.0, -float("nan"), None], [4, 5, 6])
    assert sorted(store.values(store.all_slots()).column(0).to_pylist()) == [4, 5, 6]


def test_collisions_of_hashes_cost_no_correctness(monkeypatch: pytest.MonkeyPatch) -> None:
    import actorstream.state.store as module

    monkeypatch.setattr(module, "hash_columns", lambda columns, rows=None: np.full(len(columns[0]), 7, dtype=np.uint64))
    store = StateStore(KEYS, VALUES)
    keys = key_table([(f"k{n}", n) for n in range(40)])
    store.put(keys, value_table([(float(n), None) for n in range(40)]), store.lookup(keys))
    slots = store.lookup(keys)
    assert store.values(slots).column(0).to_pylist() == [float(n) for n in range(40)]
    store.remove(slots[:20])
    assert (store.lookup(keys) >= 0).tolist() == [False] * 20 + [True] * 20


def test_expired_rows_are_found_once_and_reused_slots_are_not_mistaken_for_them() -> None:
    schema = pa.schema(
        [("w", pa.struct([("start", pa.timestamp("us", tz="UTC")), ("end", pa.timestamp("us", tz="UTC"))]))]
    )
    store = StateStore(schema, pa.schema([("v", pa.int64())]), event_time="w")

    def put(ends: list[int]) -> None:
        windows = pa.array([{"start": end - 5, "end": end} for end in ends], schema.field(0).type)
        keys = pa.table([windows], schema=schema)
        store.put(keys, pa.table([pa.array(ends)], names=["v"]), store.lookup(keys))

    put([30, 10, 20])
    gone = store.expired(20)
    assert sorted(store.values(gone).column(0).to_pylist()) == [10, 20]
    store.remove(gone)
    put([40, 50])  # into the freed slots
    assert len(store.expired(20)) == 0
    assert sorted(store.values(store.expired(45)).column(0).to_pylist()) == [30, 40]


@pytest.mark.rule("CKP-60n")
@pytest.mark.rule("CKP-60o")
def test_a_row_without_a_time_never_expires_and_is_not_waited_for() -> None:
    values = pa.schema([pa.field("t", pa.timestamp("us", "UTC"))])
    store = StateStore(pa.schema([pa.field("k", pa.int64())]), values, event_time="t")
    table = pa.table([[1, 2, 3]], names=["k"])
    times = pa.array([None, 20, 10], pa.int64()).cast(values.field("t").type)
    slots = store.put(table, pa.table([times], schema=values), store.lookup(table))
    assert store.next_expiry_us() == 10
    store.remove(slots[2:])
    assert store.next_expiry_us() == 20
    assert store.expired(10**18).tolist() == [slots[1]]
    assert store.next_expiry_us() is None
    assert store.row_count == 2


def test_rows_that_come_again_with_another_time_leave_nothing_behind() -> None:
    """Sessions that grow: the moment at which they would have gone before is forgotten with the row."""
    keys = pa.schema([pa.field("k", pa.int64())])
    values = pa.schema([pa.field("t", pa.timestamp("us", "UTC"))])
    store = StateStore(keys, values, event_time="t")
    table = pa.table([np.arange(1000)], schema=keys)
    slots = np.full(1000, -1)
    for epoch in range(20):
        times = pa.array(np.full(1000, epoch + 10)).cast(pa.timestamp("us", "UTC"))
        slots = store.put(table, pa.table([times], schema=values), np.full(1000, -1))
        if epoch < 19:
            store.remove(slots)
    assert store.row_count == 1000
    assert store._expiry.nbytes <= 3 * 1000 * 24
    assert not len(store.expired(28))
    assert sorted(store.expired(29)) == sorted(slots)


def test_a_changed_type_is_refused_and_a_changed_name_is_not() -> None:
    files = MemoryFiles()
    store = open_store(files)
    keys = key_table([("a", 1)])
    store.put(keys, value_table([(1.0, [])]), store.lookup(keys))
    head = store.commit(0)

    def reopen(key_schema: pa.Schema, value_schema: pa.Schema) -> StateStore:
        return StateStore.open(
            files, "state/n", key_schema, value_schema, node="n", partition=0, partitions=1, run_id="x", heads=(head,)
        )

    assert reopen(KEYS.set(0, pa.field("renamed", pa.string())), VALUES).row_count == 1
    with pytest.raises(SparkRuntimeException, match="STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE"):
        reopen(KEYS.set(1, pa.field("n", pa.int32())), VALUES)
    with pytest.raises(SparkRuntimeException, match="STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE"):
        reopen(KEYS, VALUES.remove(1))


@pytest.mark.rule("CKP-50")
@pytest.mark.rule("CKP-60k")
def test_a_missing_or_damaged_file_is_named() -> None:
    files = MemoryFiles()
    store = open_store(files)
    for epoch in range(2):
        keys = key_table([("a", epoch)])
        store.put(keys, value_table([(1.0, [])]), store.lookup(keys))
        head = store.commit(epoch)
    whole = files.files["state/n/0/0-r.delta"]
    del files.files["state/n/0/0-r.delta"]
    with pytest.raises(SparkRuntimeException, match=r"NOT_EXISTS.*state/n/0/0-r\.delta"):
        open_store(files, "x", (head,))
    for damaged in (b"", whole[: len(whole) // 2], b"PK" + whole, whole[:-9] + b"!" + whole[-8:], whole[:6]):
        files.files["state/n/0/0-r.delta"] = damaged
        with pytest.raises(SparkRuntimeException, match=r"CHECKPOINT_FILE_DAMAGED.*state/n/0/0-r\.delta"):
            open_store(files, "x", (head,))
