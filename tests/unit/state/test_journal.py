"""The files of a store over restarts: what is retained can be read back, what nobody needs goes, and a snapshot harms nobody."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pytest

from actorstream.checkpoint.memory import MemoryFiles
from actorstream.common.fault_points import NO_FAULTS, FaultInjector, SimulatedCrash
from actorstream.common.hashing import hash_columns, partition_of
from actorstream.errors import SparkRuntimeException
from actorstream.state.reader import read_state
from actorstream.state.store import StateStore
from actorstream.testing.faults import FailWriteAt, RaiseAt

KEYS = pa.schema([("k", pa.int64())])
VALUES = pa.schema([("total", pa.int64())])
FOLDER = "state/n"


def open_store(
    files: MemoryFiles,
    run: str,
    heads: Sequence[str | None] = (),
    *,
    partition: int = 0,
    partitions: int = 1,
    min_deltas: int = 3,
    background: bool = False,
    faults: FaultInjector = NO_FAULTS,
) -> StateStore:
    return StateStore.open(
        files,
        FOLDER,
        KEYS,
        VALUES,
        node="n",
        partition=partition,
        partitions=partitions,
        run_id=run,
        heads=heads,
        min_deltas=min_deltas,
        background=background,
        faults=faults,
    )


def put(store: StateStore, rows: dict[int, int]) -> None:
    keys = pa.table({"k": list(rows)}, schema=KEYS)
    store.put(keys, pa.table({"total": list(rows.values())}, schema=VALUES), store.lookup(keys))


def rows_of(table: pa.Table) -> dict[int, int]:
    return dict(zip(table["k"].to_pylist(), table["total"].to_pylist(), strict=True))


def content(store: StateStore) -> dict[int, int]:
    return rows_of(store.rows(store.all_slots()))


def write_epochs(store: StateStore, epochs: range, heads: dict[int, str | None]) -> None:
    """Epoch n sets key n % 3 to n."""
    for epoch in epochs:
        put(store, {epoch % 3: epoch})
        heads[epoch] = store.commit(epoch)


def expected_after(epoch: int) -> dict[int, int]:
    return {number % 3: number for number in range(max(epoch - 2, 0), epoch + 1)}


def test_an_epoch_writes_one_file_with_only_what_it_touched(files: MemoryFiles) -> None:
    store = open_store(files, "r", min_deltas=1_000)
    put(store, dict.fromkeys(range(10_000), 1))
    store.commit(0)
    put(store, {5: 2, 10_001: 3})
    store.commit(1)
    assert sorted(files.files) == [f"{FOLDER}/0/0-r.delta", f"{FOLDER}/0/1-r.delta"]
    assert len(files.files[f"{FOLDER}/0/1-r.delta"]) < 2_000


@pytest.mark.rule("CKP-28", "CKP-73")
def test_loading_begins_at_the_newest_snapshot(files: MemoryFiles) -> None:
    heads: dict[int, str | None] = {}
    write_epochs(open_store(files, "r"), range(8), heads)
    snapshots = [name for name in files.files if name.endswith(".snapshot")]
    assert snapshots
    newest = max(int(name.rpartition("/")[2].partition("-")[0]) for name in snapshots)
    for epoch in range(newest):
        files.delete(f"{FOLDER}/0/{epoch}-r.delta")
    assert content(open_store(files, "s", (heads[7],))) == expected_after(7)


@pytest.mark.rule("CKP-70", "CKP-73")
def test_every_retained_epoch_can_be_read_back_after_a_restart_too(files: MemoryFiles) -> None:
    """A restart loads from the newest snapshot on; what lies below it is still needed."""
    heads: dict[int, str | None] = {}
    write_epochs(open_store(files, "r"), range(20), heads)
    again = open_store(files, "s", (heads[19],))
    write_epochs(again, range(20, 22), heads)
    again.purge(6)
    for epoch in range(6, 22):
        head = heads[epoch]
        assert head is not None
        assert rows_of(read_state(files, FOLDER, 0, head)) == expected_after(epoch), f"epoch {epoch}"
    assert len(files.list(f"{FOLDER}/0")) < 40, "what is older than the base of epoch 6 must be gone"
    assert f"{FOLDER}/0/0-r.delta" not in files.files


@pytest.mark.rule("CKP-55d")
def test_the_file_of_a_dead_run_is_never_read_and_goes_with_its_epoch(files: MemoryFiles) -> None:
    heads: dict[int, str | None] = {}
    store = open_store(files, "r")
    write_epochs(store, range(4), heads)
    put(store, {0: -1, 1: -1, 2: -1})
    store.commit(4)  # the run dies before commits/4
    again = open_store(files, "s", (heads[3],))
    assert content(again) == expected_after(3)
    write_epochs(again, range(4, 6), heads)
    again.purge(2)
    assert f"{FOLDER}/0/4-r.delta" in files.files, "epoch 4 is still retained"
    write_epochs(again, range(6, 14), heads)
    again.purge(12)
    assert not [name for name in files.files if name.endswith("/4-r.delta")]
    assert content(open_store(files, "t", (heads[13],))) == expected_after(13)


def test_the_snapshot_of_a_dead_run_is_no_base_of_the_living(files: MemoryFiles) -> None:
    heads: dict[int, str | None] = {}
    store = open_store(files, "r", min_deltas=1_000)
    write_epochs(store, range(3), heads)
    dead = open_store(files, "dead", (heads[2],), min_deltas=1)
    put(dead, {0: -1, 1: -1, 2: -1})
    dead.commit(3)
    assert f"{FOLDER}/0/3-dead.snapshot" in files.files
    again = open_store(files, "s", (heads[2],), min_deltas=1_000)
    write_epochs(again, range(3, 8), heads)
    again.purge(5)
    assert content(open_store(files, "t", (heads[7],))) == expected_after(7)
    head = heads[5]
    assert head is not None
    assert rows_of(read_state(files, FOLDER, 0, head)) == expected_after(5)


# ---------------------------------------------------------------- another number of partitions


def partitions_of(keys: range, partitions: int) -> list[int]:
    table = pa.table({"k": list(keys)}, schema=KEYS)
    return partition_of(hash_columns(table.columns, table.num_rows), partitions).tolist()


def write_all(
    files: MemoryFiles, run: str, epoch: int, partitions: int, heads: Sequence[str | None], value: int
) -> list[StateStore]:
    stores = [open_store(files, run, heads, partition=p, partitions=partitions) for p in range(partitions)]
    owners = partitions_of(range(60), partitions)
    for number, store in enumerate(stores):
        put(store, {key: value for key, owner in enumerate(owners) if owner == number})
    return stores


def read_all(files: MemoryFiles, heads: Sequence[str | None]) -> dict[int, int]:
    tables = [read_state(files, FOLDER, number, head) for number, head in enumerate(heads) if head is not None]
    return rows_of(pa.concat_tables(tables))


@pytest.mark.parametrize(("before", "after"), [(2, 5), (5, 2), (3, 1)])
def test_epochs_before_a_change_of_partitions_stay_readable_while_they_are_retained(
    files: MemoryFiles, before: int, after: int
) -> None:
    old = [store.commit(0) for store in write_all(files, "r", 0, before, (), 10)]
    stores = write_all(files, "s", 1, after, old, 11)
    new = [store.commit(1) for store in stores]
    for store in stores:
        store.purge(0)
    assert read_all(files, old) == dict.fromkeys(range(60), 10)
    assert read_all(files, new) == dict.fromkeys(range(60), 11)
    for store in stores:
        store.purge(1)
    left = {name for name in files.files if "/0-r." in name}
    assert not left, "nothing needs the old partitions any more"
    assert read_all(files, new) == dict.fromkeys(range(60), 11)


def test_a_crash_after_a_change_of_partitions_leaves_the_old_ones_in_force(files: MemoryFiles) -> None:
    old = [store.commit(0) for store in write_all(files, "r", 0, 2, (), 10)]
    dead = write_all(files, "dead", 1, 3, old, 99)
    dead[0].commit(1)  # one of three partitions is durable, then the process dies
    again = [open_store(files, "s", old, partition=p, partitions=4) for p in range(4)]
    merged: dict[int, int] = {}
    for store in again:
        merged |= content(store)
    assert merged == dict.fromkeys(range(60), 10)


def test_a_split_removes_rows_that_the_old_partition_had_removed(files: MemoryFiles) -> None:
    (store,) = write_all(files, "r", 0, 1, (), 10)
    store.commit(0)
    keys = pa.table({"k": list(range(0, 60, 2))}, schema=KEYS)
    store.remove(store.lookup(keys))
    head = store.commit(1)
    merged: dict[int, int] = {}
    for number in range(3):
        merged |= content(open_store(files, "s", (head,), partition=number, partitions=3))
    assert merged == dict.fromkeys(range(1, 60, 2), 10)


# ---------------------------------------------------------------- snapshots


def test_a_snapshot_in_the_background_changes_nothing_that_is_read(files: MemoryFiles) -> None:
    heads: dict[int, str | None] = {}
    store = open_store(files, "r", background=True)
    write_epochs(store, range(12), heads)
    store.close()
    assert [name for name in files.files if name.endswith(".snapshot")]
    assert content(open_store(files, "s", (heads[11],))) == content(store) == expected_after(11)


@pytest.mark.parametrize("background", [True, False])
def test_a_crash_before_a_snapshot_is_a_crash(files: MemoryFiles, background: bool) -> None:
    heads: dict[int, str | None] = {}
    store = open_store(files, "r", background=background, faults=RaiseAt("state.before_snapshot"))
    with pytest.raises(SimulatedCrash):
        write_epochs(store, range(10_000), heads)
    last = max(heads, default=0)
    assert content(open_store(files, "s", (heads[last],))) == expected_after(last)


@pytest.mark.parametrize("reason", ["full", "broken"])
def test_a_snapshot_that_the_disk_refuses_is_tried_again_and_stops_nobody(
    files: MemoryFiles, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    heads: dict[int, str | None] = {}
    files.faults = FailWriteAt(reason, path=f"{FOLDER}/0/2-r.snapshot")  # type: ignore[arg-type]
    store = open_store(files, "r")
    with caplog.at_level("WARNING", "actorstream.state"):
        write_epochs(store, range(8), heads)
    assert "snapshot of the state could not be written" in caplog.text
    assert f"{FOLDER}/0/2-r.snapshot" not in files.files
    assert f"{FOLDER}/0/3-r.snapshot" in files.files
    assert content(open_store(files, "s", (heads[7],))) == expected_after(7)


@pytest.mark.rule("CKP-60k")
def test_a_delta_found_damaged_while_making_a_snapshot_is_told_at_the_next_commit(files: MemoryFiles) -> None:
    store = open_store(files, "r")
    heads: dict[int, str | None] = {}
    write_epochs(store, range(2), heads)
    path = f"{FOLDER}/0/0-r.delta"
    files.files[path] = files.files[path][:-1] + b"?"
    with pytest.raises(SparkRuntimeException, match=r"CHECKPOINT_FILE_DAMAGED.*0-r\.delta"):
        write_epochs(store, range(2, 4), heads)


def test_a_store_that_is_closed_while_a_snapshot_is_made_waits_for_it(files: MemoryFiles) -> None:
    store = open_store(files, "r", background=True, min_deltas=1)
    put(store, {1: 1})
    store.commit(0)
    store.close()
    assert f"{FOLDER}/0/0-r.snapshot" in files.files


@pytest.mark.rule("CKP-55h")
@pytest.mark.parametrize("deletions", range(1, 9))
def test_a_purge_that_was_cut_short_harms_nothing_and_is_completed_later(
    files: MemoryFiles, monkeypatch: pytest.MonkeyPatch, deletions: int
) -> None:
    heads: dict[int, str | None] = {}
    store = open_store(files, "r")
    write_epochs(store, range(12), heads)
    delete, done = files.delete, 0

    def dying(path: str) -> None:
        nonlocal done
        done += 1
        if done > deletions:
            raise SimulatedCrash("driver.before_purge", {"path": path})
        delete(path)

    monkeypatch.setattr(files, "delete", dying)
    with pytest.raises(SimulatedCrash):
        store.purge(8)
    monkeypatch.setattr(files, "delete", delete)
    again = open_store(files, "s", (heads[11],))
    assert content(again) == expected_after(11)
    for epoch in range(8, 12):
        head = heads[epoch]
        assert head is not None
        assert rows_of(read_state(files, FOLDER, 0, head)) == expected_after(epoch), f"epoch {epoch}"
    write_epochs(again, range(12, 13), heads)
    again.purge(8)
    epochs = {int(name.partition("-")[0]) for name in files.list(f"{FOLDER}/0")}
    assert min(epochs) >= 5, "what the purge had left is gone"
