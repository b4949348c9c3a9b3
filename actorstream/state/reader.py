"""Reads the state of a partition as it was after a committed epoch, without a query: for inspection and time travel."""

from __future__ import annotations

import pyarrow as pa

from actorstream.checkpoint.files import CheckpointFiles
from actorstream.state.delta import REMOVED, decode_state
from actorstream.state.store import StateStore


def read_state(files: CheckpointFiles, folder: str, partition: int, head: str) -> pa.Table:
    """All rows after the epoch that wrote `head`.

    Shape: the key columns, then the value columns, under the names they were written with.
    """
    names = set(files.list(f"{folder}/{partition}"))
    name = f"{head}.snapshot" if f"{head}.snapshot" in names else f"{head}.delta"
    path = f"{folder}/{partition}/{name}"
    info, table = decode_state(files.map(path), f"{files.root}/{path}")
    fields = [pa.field(field.name.partition(":")[2], field.type) for field in table.schema if field.name != REMOVED]
    store = StateStore.open(
        files,
        folder,
        pa.schema(fields[: info.key_count]),
        pa.schema(fields[info.key_count :]),
        node=info.node,
        partition=partition,
        partitions=info.partitions,
        run_id=info.run,
        heads=[head if number == partition else None for number in range(info.partitions)],
    )
    return store.rows(store.all_slots())
