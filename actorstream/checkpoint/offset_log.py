"""``offsets/N``: what epoch N reads and what it is pinned to. The write-ahead half of exactly-once (CKP-15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from actorstream.checkpoint.files import CheckpointFiles
from actorstream.checkpoint.layout import OFFSETS
from actorstream.checkpoint.metadata_log import MetadataLog


@dataclass(frozen=True, slots=True)
class OffsetEntry:
    """The plan of an epoch.

    Units: milliseconds since 1970.
    """

    #: end offset of every source by its node id, as JSON text; None = nothing read yet. Starts are the ends of the epoch before.
    sources: Mapping[str, str | None]
    #: watermark with which the epoch runs
    watermark_ms: int
    #: what `current_timestamp` gives in the epoch, in every run of it
    batch_time_ms: int
    #: settings that a restart takes from here, whatever the session says (CKP-30)
    conf: Mapping[str, str] = field(default_factory=dict)
    #: written by a continuous query, together with the commit: not a plan to run again, but where the sources were cut
    continuous: bool = False


class OffsetLog(MetadataLog[OffsetEntry]):
    """The log of plans."""

    def __init__(self, files: CheckpointFiles) -> None:
        super().__init__(files, OFFSETS, "offsets", _to_plain, _from_plain)


def _to_plain(entry: OffsetEntry) -> dict[str, Any]:
    plain = {
        "sources": dict(entry.sources),
        "watermark_ms": entry.watermark_ms,
        "batch_time_ms": entry.batch_time_ms,
        "conf": dict(entry.conf),
    }
    return {**plain, "continuous": True} if entry.continuous else plain


def _from_plain(plain: dict[str, Any]) -> OffsetEntry:
    return OffsetEntry(
        plain["sources"],
        plain["watermark_ms"],
        plain["batch_time_ms"],
        plain["conf"],
        bool(plain.get("continuous", False)),
    )
