"""``commits/N``: epoch N is done. Names the state files that count, so a dead run's leftovers never do (CKP-22)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from actorstream.checkpoint.files import CheckpointFiles
from actorstream.checkpoint.layout import COMMITS
from actorstream.checkpoint.metadata_log import MetadataLog


@dataclass(frozen=True, slots=True)
class CommitEntry:
    """The end of an epoch.

    Units: milliseconds since 1970.
    """

    #: global watermark after the epoch: the one that the next epoch runs with
    next_watermark_ms: int
    #: candidate of every watermark node that has seen rows, so that a restart forgets none (better than CKP-53)
    node_watermarks_ms: Mapping[str, int] = field(default_factory=dict)
    #: newest state file of every partition of every stateful node; None for a partition without rows so far
    state: Mapping[str, Sequence[str | None]] = field(default_factory=dict)


class CommitLog(MetadataLog[CommitEntry]):
    """The log of finished epochs."""

    def __init__(self, files: CheckpointFiles) -> None:
        super().__init__(files, COMMITS, "commit", _to_plain, _from_plain)


def _to_plain(entry: CommitEntry) -> dict[str, Any]:
    return {
        "next_watermark_ms": entry.next_watermark_ms,
        "node_watermarks_ms": dict(entry.node_watermarks_ms),
        "state": {node: list(files) for node, files in entry.state.items()},
    }


def _from_plain(plain: dict[str, Any]) -> CommitEntry:
    return CommitEntry(
        plain["next_watermark_ms"],
        plain["node_watermarks_ms"],
        {node: tuple(files) for node, files in plain["state"].items()},
    )
