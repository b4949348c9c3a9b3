"""A small checkpoint on disk: three committed epochs of a counting query, and a fourth that was planned and died."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from actorstream.checkpoint.codec import encode
from actorstream.checkpoint.commit_log import CommitEntry, CommitLog
from actorstream.checkpoint.local import LocalFiles
from actorstream.checkpoint.metadata import open_metadata
from actorstream.checkpoint.offset_log import OffsetEntry, OffsetLog
from actorstream.state.store import StateStore

KEYS = pa.schema([("k", pa.string())])
VALUES = pa.schema([("count", pa.int64())])
NODE = "aggregate-0"


def write_checkpoint(root: Path, committed: int = 3, *, planned: int | None = None, continuous: bool = False) -> None:
    """Epoch n sets key ``k<n>`` to n; each partition's state is one file for each epoch."""
    files = LocalFiles(str(root), durable=False)
    open_metadata(files)
    store = StateStore.open(
        files, f"state/{NODE}", KEYS, VALUES, node=NODE, partition=0, partitions=2, run_id="run", min_deltas=1_000
    )
    for epoch in range(committed + 1 if planned is None else planned):
        plan = OffsetEntry(
            {"source-0": str(epoch)},
            epoch * 1_000,
            1_700_000_000_000,
            {"spark.sql.shuffle.partitions": "2"},
            continuous,
        )
        OffsetLog(files).add(epoch, plan)
        keys = pa.table({"k": [f"k{epoch}"]}, schema=KEYS)
        store.put(keys, pa.table({"count": [epoch]}, schema=VALUES), store.lookup(keys))
        head = store.commit(epoch)
        if epoch < committed:
            CommitLog(files).add(epoch, CommitEntry((epoch + 1) * 1_000, {"watermark-0": 5_000}, {NODE: (head, None)}))
    files.write_new("sources/0/0", encode("source", {"files": ["a.csv"]}))
    files.write_new("sinks/sink/0", encode("sink", {"rows": b"12345"}))
    files.close()


def content_of(root: Path) -> Mapping[str, bytes]:
    """Every file with its bytes."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
