"""The files of one store: appends deltas, makes snapshots in the background, loads a chain, deletes what nobody needs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from actorstream.checkpoint.files import CheckpointFiles, FileExists
from actorstream.common.fault_points import FaultInjector
from actorstream.common.hashing import hash_columns, partition_of
from actorstream.errors import SparkRuntimeException
from actorstream.state.compaction import Link, needed_from, wants_snapshot
from actorstream.state.delta import REMOVED, StateFileInfo, decode_state, encode_state, epoch_of, stem

_log = logging.getLogger("actorstream.state")

#: what a file says: keys that are gone, keys that have a new value, and those values
Change = tuple[pa.Table, pa.Table, pa.Table]


class Journal:
    """The chain of state files of one partition of one node."""

    def __init__(
        self,
        files: CheckpointFiles,
        folder: str,
        *,
        node: str,
        partition: int,
        partitions: int,
        run_id: str,
        faults: FaultInjector,
        min_deltas: int,
        background: bool,
        check_types: bool = True,
        partition_keys: int | None = None,
    ) -> None:
        self._files = files
        self._node_folder = folder
        self._folder = f"{folder}/{partition}"
        self._node = node
        self._partition = partition
        self._partitions = partitions
        self._run_id = run_id
        self._faults = faults
        self._min_deltas = min_deltas
        self._background = background
        self._check_types = check_types
        self._partition_keys = partition_keys
        self._chain: list[Link] = []
        self._snapshot: _SnapshotJob | None = None
        self._schemas: tuple[pa.Schema, pa.Schema] | None = None
        #: files of this partition's folder, and of folders that no partition has any more, that are not part of the chain:
        #: epoch and path; None before they were looked for
        self._strangers: list[tuple[int, str]] | None = None
        #: whether the last `load` found another number of partitions
        self.was_split = False

    @property
    def head(self) -> str | None:
        """Stem of the newest file."""
        return self._chain[-1].stem if self._chain else None

    # ------------------------------------------------------------ loading

    def load(self, heads: Sequence[str | None], key_schema: pa.Schema, value_schema: pa.Schema) -> Iterator[Change]:
        """What the files say, oldest first.

        Args:
            heads: newest file of every stored partition; None for one without rows.
        """
        self._schemas = (key_schema, value_schema)
        self.was_split = bool(heads) and len(heads) != self._partitions
        if not self.was_split:
            head = heads[self._partition] if heads else None
            if head is not None:
                yield from self._load_chain(self._folder, head, key_schema, value_schema, remember=True)
            return
        for old, head in enumerate(heads):
            if head is not None:
                folder = f"{self._node_folder}/{old}"
                for change in self._load_chain(folder, head, key_schema, value_schema, remember=False):
                    yield self._mine(change)

    def _mine(self, change: Change) -> Change:
        removed, keys, values = change
        mask = pa.array(self._are_mine(keys))
        return removed.filter(pa.array(self._are_mine(removed))), keys.filter(mask), values.filter(mask)

    def _are_mine(self, keys: pa.Table) -> npt.NDArray[np.bool_]:
        columns = keys.columns[: self._partition_keys]
        mine: npt.NDArray[np.bool_] = (
            partition_of(hash_columns(columns, keys.num_rows), self._partitions) == self._partition
        )
        return mine

    def _load_chain(
        self, folder: str, head: str, key_schema: pa.Schema, value_schema: pa.Schema, *, remember: bool
    ) -> Iterator[Change]:
        """Walk from the head down to a snapshot or the bottom, then give the files upwards."""
        names = set(self._files.list(folder))
        found: list[tuple[Link, pa.Table, StateFileInfo]] = []
        at: str | None = head
        while at is not None:
            is_snapshot = f"{at}.snapshot" in names
            info, table = self._read(folder, f"{at}.snapshot" if is_snapshot else f"{at}.delta")
            found.append((Link(at, info.epoch, table.num_rows, is_snapshot), table, info))
            at = None if is_snapshot else info.parent
        found.reverse()
        if remember:
            self._chain = [link for link, _, _ in found]
        for _, table, info in found:
            yield _parse(table, info.key_count, key_schema, value_schema, self._check_types)

    def _read(self, folder: str, name: str) -> tuple[StateFileInfo, pa.Table]:
        path = f"{self._files.root}/{folder}/{name}"
        try:
            data = self._files.map(f"{folder}/{name}")
        except FileNotFoundError:
            raise SparkRuntimeException(
                errorClass="CANNOT_LOAD_STATE_STORE.CANNOT_READ_DELTA_FILE_NOT_EXISTS",
                messageParameters={"fileToRead": path, "clazz": f"actorstream[{self._node}, {self._partition}]"},
            ) from None
        return decode_state(data, path)

    # ------------------------------------------------------------ appending

    def append(self, epoch: int, removed: pa.Table, changed: pa.Table, live_rows: int) -> None:
        """Write a delta, durable when this returns; start a snapshot if one is due.

        Shape: `removed` has the key columns, `changed` key and value columns.
        """
        self._finish_snapshot(wait=False)
        assert self._schemas is not None
        key_schema, value_schema = self._schemas
        info = self._info(epoch, self.head)
        name = stem(epoch, self._run_id)
        self._files.write_new(
            f"{self._folder}/{name}.delta", encode_state(info, _table(removed, changed, key_schema, value_schema))
        )
        self._chain.append(Link(name, epoch, removed.num_rows + changed.num_rows))
        if self._snapshot is None and wants_snapshot(self._chain, live_rows, self._min_deltas):
            self._start_snapshot(name, info)

    def _info(self, epoch: int, parent: str | None) -> StateFileInfo:
        assert self._schemas is not None
        return StateFileInfo(
            self._node, self._partition, self._partitions, epoch, self._run_id, parent, len(self._schemas[0])
        )

    # ------------------------------------------------------------ snapshots

    def _start_snapshot(self, head: str, info: StateFileInfo) -> None:
        self._snapshot = _SnapshotJob(head, lambda: self._write_snapshot(head, info))
        if self._background:
            self._snapshot.start()
        else:
            self._snapshot.run()
            self._finish_snapshot(wait=True)

    def _write_snapshot(self, head: str, info: StateFileInfo) -> None:
        """Replay the chain up to a file into an empty store and write all of it. Reads files only: the live store goes on."""
        from actorstream.state.store import StateStore

        assert self._schemas is not None
        key_schema, value_schema = self._schemas
        self._faults.hit("state.before_snapshot", epoch=info.epoch, node=self._node, partition=self._partition)
        copy = StateStore(key_schema, value_schema)
        for removed, keys, values in self._load_chain(self._folder, head, key_schema, value_schema, remember=False):
            copy.replay(removed, keys, values)
        whole = _table(key_schema.empty_table(), copy.rows(copy.all_slots()), key_schema, value_schema)
        snapshot = StateFileInfo(info.node, info.partition, info.partitions, info.epoch, info.run, None, info.key_count)
        try:
            self._files.write_new(f"{self._folder}/{head}.snapshot", encode_state(snapshot, whole))
        except FileExists:
            return  # made by the run that wrote the head

    def _finish_snapshot(self, *, wait: bool) -> None:
        job = self._snapshot
        if job is None or not job.finish(wait=wait):
            return
        self._snapshot = None
        if job.error is not None:
            if not _is_refusal(job.error):
                raise job.error
            # the deltas hold everything; the next commit tries again, and fails itself if the disk takes nothing more
            _log.warning("a snapshot of the state could not be written: %s", job.error)
            return
        self._chain = [
            Link(link.stem, link.epoch, link.rows, has_snapshot=True) if link.stem == job.head else link
            for link in self._chain
        ]

    # ------------------------------------------------------------ deleting

    def purge(self, keep_from: int) -> None:
        """Delete the files that no epoch from `keep_from` on needs, dead runs' leftovers among them."""
        self._finish_snapshot(wait=False)
        if not self._chain:
            return
        if self._strangers is None:
            self._strangers = self._look_around()
        first = needed_from(self._chain, keep_from)
        for link in self._chain[:first]:
            self._files.delete(f"{self._folder}/{link.stem}.delta")
            self._files.delete(f"{self._folder}/{link.stem}.snapshot")
        del self._chain[:first]
        if self._chain[0].epoch <= keep_from:
            # every epoch that is retained can be read from the chain alone
            gone = [entry for entry in self._strangers if entry[0] < self._chain[0].epoch]
            for _, path in gone:
                self._files.delete(path)
            self._strangers = [entry for entry in self._strangers if entry[0] >= self._chain[0].epoch]

    def _look_around(self) -> list[tuple[int, str]]:
        """Complete the chain with the files below the snapshot it was loaded from, which retained epochs still need.

        Once in a run, at its first purge. Returns: the files that are not part of the chain: those of runs that died before
        their commit, and those of another number of partitions.
        """
        names = set(self._files.list(self._folder))
        bottom = self._chain[0]
        at = bottom.stem if bottom.has_snapshot else None
        below: list[Link] = []
        while at is not None and f"{at}.delta" in names:
            try:
                info, table = self._read(self._folder, f"{at}.delta")
            except SparkRuntimeException as error:
                _log.warning("no state before epoch %d can be read back: %s", self._chain[0].epoch, error)
                break
            if at != bottom.stem:
                below.append(Link(at, info.epoch, table.num_rows, f"{at}.snapshot" in names))
            at = info.parent
        self._chain[:0] = reversed(below)
        known = {link.stem for link in self._chain}
        found = [f"{self._folder}/{name}" for name in names if name.rpartition(".")[0] not in known]
        if self._partition == 0:
            for other in self._files.list(self._node_folder):
                if other.isdecimal() and int(other) >= self._partitions:
                    folder = f"{self._node_folder}/{other}"
                    found += [f"{folder}/{name}" for name in self._files.list(folder)]
        return [(epoch, path) for path in found if (epoch := epoch_of(path)) is not None]

    def close(self) -> None:
        """Wait for a snapshot under way. What went wrong in it does no harm: the deltas are still there."""
        if self._snapshot is not None:
            self._snapshot.finish(wait=True)
            self._snapshot = None


def _is_refusal(error: BaseException) -> bool:
    return isinstance(error, SparkRuntimeException) and error.getCondition() == "CHECKPOINT_WRITE_FAILED"


class _SnapshotJob:
    """A snapshot in the making, on a thread of its own."""

    def __init__(self, head: str, work: Callable[[], None]) -> None:
        self.head = head
        self.error: BaseException | None = None
        self._work = work
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self.run, name="actorstream-snapshot", daemon=True)
        self._thread.start()

    def run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 - raised by the next commit, in the actor
            self.error = error

    def finish(self, *, wait: bool) -> bool:
        """Whether it is done; with `wait` it is."""
        if self._thread is None:
            return True
        if wait:
            self._thread.join()
        return not self._thread.is_alive()


def _table(removed: pa.Table, changed: pa.Table, key_schema: pa.Schema, value_schema: pa.Schema) -> pa.Table:
    """Put removed keys and changed rows into the one table of a state file."""
    keys = len(key_schema)
    names = [
        REMOVED,
        *(f"k{i}:{f.name}" for i, f in enumerate(key_schema)),
        *(f"v{i}:{f.name}" for i, f in enumerate(value_schema)),
    ]
    flags = np.concatenate([np.ones(removed.num_rows, dtype=np.bool_), np.zeros(changed.num_rows, dtype=np.bool_)])
    columns: list[pa.ChunkedArray | pa.Array] = [pa.array(flags)]
    columns += [
        pa.chunked_array([*removed.column(index).chunks, *changed.column(index).chunks], field.type)
        for index, field in enumerate(key_schema)
    ]
    columns += [
        pa.chunked_array([pa.nulls(removed.num_rows, field.type), *changed.column(keys + index).chunks], field.type)
        for index, field in enumerate(value_schema)
    ]
    return pa.table(columns, names=names)


def _parse(
    table: pa.Table, key_count: int, key_schema: pa.Schema, value_schema: pa.Schema, check_types: bool
) -> Change:
    """The reverse of `_table`; names may differ from today's, types only if they are not checked (CKP-60n, o, s)."""
    key_columns = _typed("KEY", table, range(1, 1 + key_count), key_schema, check_types)
    value_columns = _typed("VALUE", table, range(1 + key_count, table.num_columns), value_schema, check_types)
    flags = table.column(0)
    keys = pa.Table.from_arrays(key_columns, schema=key_schema)
    values = pa.Table.from_arrays(value_columns, schema=value_schema)
    if not pc.any(flags).as_py():
        return keys.slice(0, 0), keys, values
    kept = pc.invert(flags)
    return keys.filter(flags), keys.filter(kept), values.filter(kept)


def _typed(what: str, table: pa.Table, columns: range, current: pa.Schema, check_types: bool) -> list[pa.ChunkedArray]:
    """Stored columns in the types of today."""
    found = [table.column(index) for index in columns]
    if [column.type for column in found] == [field.type for field in current]:
        return found
    if not check_types and len(found) == len(current):
        try:
            return [column.cast(field.type) for column, field in zip(found, current, strict=True)]
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise _incompatible(what, table.schema, columns, current) from error
    raise _incompatible(what, table.schema, columns, current)


def _incompatible(what: str, stored: pa.Schema, columns: range, current: pa.Schema) -> SparkRuntimeException:
    return SparkRuntimeException(
        errorClass=f"STATE_STORE_{what}_SCHEMA_NOT_COMPATIBLE",
        messageParameters={
            "stored": ", ".join(f"{stored.field(i).name.partition(':')[2]} {stored.field(i).type}" for i in columns),
            "new": ", ".join(f"{field.name} {field.type}" for field in current),
        },
    )
