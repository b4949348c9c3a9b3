"""Keyed state of one operator partition: rows by key in memory, a chain of delta and snapshot files on disk.

An operator looks keys up, takes and puts whole columns, and commits; cost follows the rows it touches, never the rows held.
A commit writes what changed as one file that names its parent, so the newest file leads to all the rest; the commit log names
the newest file that counts. Snapshots are made in the background, from files alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from actorstream.checkpoint.files import CheckpointFiles
from actorstream.common.fault_points import NO_FAULTS, FaultInjector
from actorstream.common.hashing import hash_columns
from actorstream.state.columns import canonical_key, column_array, make_column
from actorstream.state.eviction import ExpiryIndex
from actorstream.state.index import HashIndex, Slots
from actorstream.state.journal import Journal

Mask = npt.NDArray[np.bool_]

_CAPACITY_MIN = 1024

#: an expiry index with so few stale entries is not worth rewriting
_STALE_MIN = 1024


class StateStore:
    """Rows by key. Keys are equal as the engine groups them: null equals null, NaN equals NaN, -0.0 equals 0.0."""

    def __init__(
        self,
        key_schema: pa.Schema,
        value_schema: pa.Schema,
        *,
        event_time: str | None = None,
        journal: Journal | None = None,
    ) -> None:
        """Args:
        event_time: the column by which rows expire: a timestamp, or a window struct (its ``end`` counts). That of a stored
            row must not be changed.
        """
        self.key_schema = key_schema
        self.value_schema = value_schema
        self._keys = [make_column(field.type) for field in key_schema]
        self._values = [make_column(field.type) for field in value_schema]
        self._index = HashIndex()
        self._hashes = np.zeros(0, dtype=np.uint64)
        self._live: Mask = np.zeros(0, dtype=np.bool_)
        self._generation: Slots = np.zeros(0, dtype=np.int64)
        self._free: list[Slots] = []
        self._end = 0  # slots below this have been used
        self._count = 0
        self._event_time = None if event_time is None else _place_of(event_time, key_schema, value_schema)
        self._expiry = ExpiryIndex()
        self._stale = 0  # entries of the expiry index, at most, whose rows are gone
        self._journal = journal
        self._touched: list[Slots] = []
        self._removed: list[pa.Table] = []

    @classmethod
    def open(
        cls,
        files: CheckpointFiles,
        folder: str,
        key_schema: pa.Schema,
        value_schema: pa.Schema,
        *,
        node: str,
        partition: int,
        partitions: int,
        run_id: str,
        heads: Sequence[str | None] = (),
        event_time: str | None = None,
        partition_keys: int | None = None,
        faults: FaultInjector = NO_FAULTS,
        min_deltas: int = 10,
        background: bool = True,
        check_types: bool = True,
    ) -> StateStore:
        """The store of a partition as a committed epoch left it.

        Args:
            folder: folder of the node's state; below it one folder for each partition.
            heads: newest state file of every partition that was stored; another number than `partitions` splits the rows anew.
            partition_keys: how many leading key columns say which partition a row belongs to; all if None.
            background: False makes snapshots within `commit`, for deterministic tests.
            check_types: False casts stored columns of other types, where every value can be cast, instead of refusing them.
        Raises: CANNOT_LOAD_STATE_STORE.* and CHECKPOINT_FILE_DAMAGED.* that name the file;
            STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE / STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE when types have changed.
        """
        journal = Journal(
            files,
            folder,
            node=node,
            partition=partition,
            partitions=partitions,
            run_id=run_id,
            faults=faults,
            min_deltas=min_deltas,
            background=background,
            check_types=check_types,
            partition_keys=partition_keys,
        )
        store = cls(key_schema, value_schema, event_time=event_time, journal=journal)
        for removed, keys, values in journal.load(heads, key_schema, value_schema):
            store.replay(removed, keys, values)
        store._touched.clear()
        store._removed.clear()
        if journal.was_split:
            # the rows of this partition come from files of others: write them as its own with the next commit
            store._touched.append(store.all_slots())
        return store

    # ------------------------------------------------------------ reading

    def lookup(self, keys: pa.Table) -> Slots:
        """Slot of each key, -1 where it is not stored. Keys may repeat."""
        arrays = self._key_arrays(keys)
        return self._find(arrays, hash_columns(arrays, keys.num_rows))

    def values(self, slots: Slots) -> pa.Table:
        """Value columns of stored rows, in the order asked; slots must be >= 0."""
        return pa.Table.from_arrays([column.take(slots) for column in self._values], schema=self.value_schema)

    def keys(self, slots: Slots) -> pa.Table:
        """Key columns of stored rows."""
        return pa.Table.from_arrays([column.take(slots) for column in self._keys], schema=self.key_schema)

    def key_column(self, place: int, slots: Slots) -> pa.Array:
        """One key column of stored rows."""
        return self._keys[place].take(slots)

    def value_column(self, place: int, slots: Slots) -> pa.Array:
        """One value column of stored rows."""
        return self._values[place].take(slots)

    def rows(self, slots: Slots) -> pa.Table:
        """Key columns and value columns of stored rows."""
        return pa.Table.from_arrays(
            [column.take(slots) for column in (*self._keys, *self._values)],
            schema=pa.schema([*self.key_schema, *self.value_schema]),
        )

    def all_slots(self) -> Slots:
        """Slots of all rows (complete mode)."""
        return np.flatnonzero(self._live[: self._end])

    def expired(self, bound_us: int) -> Slots:
        """Slots of rows whose event time (a window's end) is <= the bound, each given once: remove them. A null never is."""
        slots, generations = self._expiry.take_expired(bound_us)
        # a slot may have been removed, and reused, since it was noted
        return slots[self.are_current(slots, generations)]

    def next_expiry_us(self) -> int | None:
        """The earliest event time of a stored row that `expired` has not given; None without any."""
        return self._expiry.first(self.are_current)

    def generations(self, slots: Slots) -> Slots:
        """How often each slot has been given to a new row: tells the row that a note was made of from a later one."""
        return self._generation[slots]

    def are_live(self, slots: Slots) -> Mask:
        """Whether each slot holds a row."""
        return self._live[slots]

    def are_current(self, slots: Slots, generations: Slots) -> Mask:
        """Whether each slot still holds the row that it held in that generation."""
        return self._live[slots] & (self._generation[slots] == generations)

    def have_keys(self, keys: Sequence[pa.Array], rows: Slots, slots: Slots) -> Mask:
        """Whether row `rows[i]` of `keys` equals the stored key at `slots[i]`; `keys` may be the leading key columns only.

        Keys are as `canonical_key` makes them.
        """
        probes = [column.probe(array) for column, array in zip(self._keys, keys, strict=False)]
        return self._have_keys(probes, rows, slots)

    def _have_keys(self, probes: Sequence[Any], rows: Slots, slots: Slots) -> Mask:
        same = np.ones(len(rows), dtype=np.bool_)
        for column, probe in zip(self._keys, probes, strict=False):
            same &= column.matches(probe, rows, slots)
        return same

    @property
    def row_count(self) -> int:
        """Rows held."""
        return self._count

    @property
    def memory_bytes(self) -> int:
        """Memory of columns and index."""
        own = self._hashes.nbytes + self._live.nbytes + self._generation.nbytes
        return own + self._index.nbytes + self._expiry.nbytes + sum(c.nbytes for c in (*self._keys, *self._values))

    # ------------------------------------------------------------ writing

    def put(self, keys: pa.Table, values: pa.Table, slots: Slots) -> Slots:
        """Store rows: where the slot (from `lookup` of the same keys) is >= 0 the values are replaced, else a row is added.

        Keys must be unique within the call. Returns: the slot of every row.
        """
        new = np.flatnonzero(slots < 0)
        result = slots.copy()
        if len(new):
            arrays = self._key_arrays(keys)
            result[new] = self._add(arrays, hash_columns(arrays, keys.num_rows), new)
            if self._event_time is not None:
                columns = [*arrays, *values.columns]
                times, valid = _event_time_us(column_array(columns[self._event_time], self._kind(self._event_time)))
                timed = new[valid[new]]
                added = result[timed]
                self._expiry.add(times[timed], added, self._generation[added])
        for column, values_column in zip(self._values, values.columns, strict=True):
            column.set(result, column_array(values_column, column.kind))
        self._touched.append(result)
        return result

    def set_value(self, name: str, slots: Slots, values: pa.Array) -> None:
        """Change one value column of stored rows; slots are unique."""
        if not len(slots):
            return
        column = self._values[self.value_schema.get_field_index(name)]
        column.set(slots, column_array(values, column.kind))
        self._touched.append(slots)

    def remove(self, slots: Slots) -> None:
        """Forget rows."""
        if not len(slots):
            return
        self._removed.append(self.keys(slots))
        self._index.remove(self._hashes[slots], slots)
        self._live[slots] = False
        self._free.append(slots)
        self._count -= len(slots)
        if self._event_time is not None:
            self._stale += len(slots)
            if self._stale > max(_STALE_MIN, self._count):
                self._expiry.keep(self.are_current)
                self._stale = 0

    def _find(self, arrays: Sequence[pa.Array], hashes: npt.NDArray[np.uint64]) -> Slots:
        probes = [column.probe(array) for column, array in zip(self._keys, arrays, strict=True)]

        return self._index.lookup(hashes, lambda rows, slots: self._have_keys(probes, rows, slots))

    def _add(self, arrays: Sequence[pa.Array], hashes: npt.NDArray[np.uint64], new: Slots) -> Slots:
        slots = self._allocate(len(new))
        picked = pa.array(new)
        whole = len(new) == len(hashes)
        for column, array in zip(self._keys, arrays, strict=True):
            column.set(slots, array if whole else array.take(picked))
        self._hashes[slots] = hashes[new]
        self._live[slots] = True
        self._generation[slots] += 1
        self._index.insert(hashes[new], slots)
        self._count += len(new)
        return slots

    def _kind(self, place: int) -> pa.DataType:
        """Type of a column, keys counted before values."""
        return [*self.key_schema, *self.value_schema][place].type

    def _allocate(self, count: int) -> Slots:
        parts: list[Slots] = []
        missing = count
        while missing and self._free:
            freed = self._free.pop()
            if len(freed) > missing:
                self._free.append(freed[missing:])
                freed = freed[:missing]
            parts.append(freed)
            missing -= len(freed)
        if missing:
            self._reserve(self._end + missing)
            parts.append(np.arange(self._end, self._end + missing, dtype=np.int64))
            self._end += missing
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _reserve(self, needed: int) -> None:
        if needed <= len(self._live):
            return
        capacity = max(needed, 2 * len(self._live), _CAPACITY_MIN)
        more = capacity - len(self._live)
        self._hashes = np.concatenate([self._hashes, np.zeros(more, dtype=np.uint64)])
        self._live = np.concatenate([self._live, np.zeros(more, dtype=np.bool_)])
        self._generation = np.concatenate([self._generation, np.zeros(more, dtype=np.int64)])
        for column in (*self._keys, *self._values):
            column.reserve(capacity)

    def _key_arrays(self, keys: pa.Table) -> list[pa.Array]:
        return [
            canonical_key(column_array(column, field.type))
            for column, field in zip(keys.columns, self.key_schema, strict=True)
        ]

    def replay(self, removed: pa.Table, keys: pa.Table, values: pa.Table) -> None:
        """Do what a state file says: removals first, because a key may have been removed and put again in one epoch."""
        if removed.num_rows:
            # a key may have been removed, put and removed again within the epoch
            slots = np.unique(self.lookup(removed))
            self.remove(slots[slots >= 0])
        if keys.num_rows:
            self.put(keys, values, self.lookup(keys))

    # ------------------------------------------------------------ durability

    def commit(self, epoch: int) -> str | None:
        """Write what changed since the last commit as a delta file, durable when this returns.

        Returns: the name of the file that now holds the newest state; the old name if nothing changed, None if nothing was ever
        written.
        """
        if self._journal is None:
            raise AssertionError("this store is in memory only")
        touched = np.unique(np.concatenate(self._touched)) if self._touched else np.empty(0, dtype=np.int64)
        touched = touched[self._live[touched]]
        if len(touched) or self._removed:
            changed = self.rows(touched)
            gone = pa.concat_tables(self._removed) if self._removed else self.key_schema.empty_table()
            self._journal.append(epoch, gone, changed, self._count)
            self._touched.clear()
            self._removed.clear()
            self._compact_columns()
        return self._journal.head

    def purge(self, keep_from: int) -> None:
        """Delete the files that no epoch from `keep_from` on needs."""
        if self._journal is not None:
            self._journal.purge(keep_from)

    def close(self) -> None:
        """Wait for background work."""
        if self._journal is not None:
            self._journal.close()

    def _compact_columns(self) -> None:
        """Rewrite logs that are mostly dead; the cost is paid by the updates that made them so."""
        live: Slots | None = None
        for column in (*self._keys, *self._values):
            if column.wants_compaction(self._count):
                live = self.all_slots() if live is None else live
                column.compact(live)


def _place_of(name: str, keys: pa.Schema, values: pa.Schema) -> int:
    """Position of a column, keys counted before values."""
    place = keys.get_field_index(name)
    return int(place) if place >= 0 else len(keys) + int(values.get_field_index(name))


def _event_time_us(array: pa.Array) -> tuple[Slots, Mask]:
    """Microseconds of an event-time column, of the timestamp or of a window's end, and which of them there are."""
    times = array.flatten()[array.type.get_field_index("end")] if pa.types.is_struct(array.type) else array
    valid: Mask = times.is_valid().to_numpy(zero_copy_only=False)
    result: Slots = times.cast(pa.timestamp("us", tz=times.type.tz)).cast(pa.int64()).fill_null(0).to_numpy()
    return result, valid


__all__ = ["Slots", "StateStore"]
