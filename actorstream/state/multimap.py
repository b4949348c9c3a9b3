"""Several rows under one key: one side of a join. A store whose rows are numbered, and an index from keys to rows.

The number makes the rows of a key differ: it is the last key column of the store, so that files, snapshots and splitting by
key are those of every store. The index is in memory only: sorted runs of key hashes, made anew when the store is opened.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from actorstream.common.hashing import hash_columns
from actorstream.state.columns import canonical_key, column_array
from actorstream.state.runs import SortedRuns
from actorstream.state.store import Slots, StateStore

ROW_NUMBER = pa.field("row", pa.int64(), nullable=False)

#: an index of so few dead entries is not worth rewriting
_DEAD_MIN = 1024


def multimap_keys(keys: pa.Schema) -> pa.Schema:
    """Key columns of the store behind a multimap with the given keys."""
    return keys.append(ROW_NUMBER)


class Multimap:
    """Rows by keys that may repeat. Keys are equal as the engine groups them: null equals null, NaN equals NaN.

    Args:
        store: opened with `multimap_keys` as its key columns, split by all of them but the last.
    """

    def __init__(self, store: StateStore) -> None:
        self.store = store
        self._kinds = [field.type for field in store.key_schema][:-1]
        slots = store.all_slots()
        self._index = SortedRuns()
        self._dead = 0
        self._next_number = 0
        if len(slots):
            # numbers of rows that came from other partitions may repeat, but not together with the key
            numbers = store.key_column(len(self._kinds), slots).to_numpy()
            self._next_number = int(numbers.max()) + 1
            slots = slots[np.argsort(numbers, kind="stable")]
            keys = store.keys(slots).columns[:-1]
            self._index.add(hash_columns(keys, len(slots)), slots, store.generations(slots))

    def key_arrays(self, columns: Sequence[pa.Array | pa.ChunkedArray]) -> list[pa.Array]:
        """Key columns in the form in which equal keys are equal bytes, as the other methods take them."""
        return [canonical_key(column_array(column, kind)) for column, kind in zip(columns, self._kinds, strict=True)]

    def pairs(self, keys: Sequence[pa.Array], rows: Slots) -> tuple[Slots, Slots]:
        """All pairs of a row of the question and a stored row with an equal key.

        Args:
            keys: key columns of n rows.
            rows: which of these to look for.
        Returns: row numbers and slots, by row and then in the order in which the rows were stored.
        """
        hashes = hash_columns(keys, len(keys[0]))[rows]
        places, slots, generations = self._index.equal_to(hashes)
        asked = rows[places]
        kept = self.store.are_current(slots, generations)
        asked, slots = asked[kept], slots[kept]
        same = self.store.have_keys(keys, asked, slots)
        asked, slots = asked[same], slots[same]
        # the index gives older rows first
        order = np.argsort(asked, kind="stable")
        return asked[order], slots[order]

    def add(self, keys: Sequence[pa.Array], values: pa.Table) -> Slots:
        """Store rows. Returns: their slots."""
        count = values.num_rows
        if not count:
            return np.empty(0, dtype=np.int64)
        numbers = pa.array(np.arange(self._next_number, self._next_number + count))
        self._next_number += count
        table = pa.Table.from_arrays([*keys, numbers], schema=self.store.key_schema)
        slots = self.store.put(table, values, np.full(count, -1, dtype=np.int64))
        self._index.add(hash_columns(keys, count), slots, self.store.generations(slots))
        return slots

    def remove(self, slots: Slots) -> None:
        """Forget rows."""
        self.store.remove(slots)
        self._dead += len(slots)
        if self._dead > max(_DEAD_MIN, self.store.row_count):
            self._index.keep(self.store.are_current)
            self._dead = 0

    @property
    def memory_bytes(self) -> int:
        """Memory of store and index."""
        return self.store.memory_bytes + self._index.nbytes
