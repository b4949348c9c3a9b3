"""The manifest of a file sink: one entry per epoch that lists its files; what is not listed was never committed.

Text format and names are Spark's (``_spark_metadata/<epoch>``, every tenth one ``<epoch>.compact`` with all entries so far), so
that either engine reads the other's output (IO-60 to IO-65).
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from actorstream.checkpoint.files import FileExists
from actorstream.checkpoint.local import LocalFiles
from actorstream.common.fault_points import NO_FAULTS, FaultInjector
from actorstream.connectors.files.paths import from_uri, to_uri
from actorstream.errors import SparkRuntimeException

MANIFEST_FOLDER = "_spark_metadata"
#: how often a reader lists again when entries vanish under its hands
_READS_MAX = 5

_NAME = re.compile(r"(\d+)(\.compact)?\Z")


@dataclass(frozen=True, slots=True)
class Written:
    """A file of an epoch."""

    path: str
    size: int
    modified_ms: int

    def line(self) -> str:
        """The entry's JSON."""
        return json.dumps(
            {
                "path": to_uri(self.path),
                "size": self.size,
                "isDir": False,
                "modificationTime": self.modified_ms,
                "blockReplication": 1,
                "blockSize": 33554432,
                "action": "add",
            },
            separators=(",", ":"),
        )


class Manifest:
    """The manifest below an output directory.

    Args:
        compact_interval: every how many epochs all entries go into one file.
        cleanup_delay_ms: how long entries stay that a compacted one replaces, for readers that are just at it.
        retention_ms: files older than this leave the manifest when it is compacted; None keeps all.
    """

    def __init__(
        self,
        root: str,
        faults: FaultInjector = NO_FAULTS,
        *,
        compact_interval: int = 10,
        cleanup_delay_ms: int = 600_000,
        retention_ms: int | None = None,
    ) -> None:
        self._root = root
        self._faults = faults
        #: made with the first entry, which makes the directory
        self._files: LocalFiles | None = None
        self._interval = compact_interval
        self._cleanup_delay_ms = cleanup_delay_ms
        self._retention_ms = retention_ms

    def paths(self) -> list[str]:
        """The files of all committed epochs, in order."""
        return [_path_of(line) for line in self._lines()]

    def latest(self) -> int | None:
        """The last committed epoch; None before any."""
        return max((epoch for epoch, _ in self._all()), default=None)

    def add(self, epoch: int, files: Sequence[Written]) -> bool:
        """Commit an epoch: durable, atomic, once. Returns: False if it was there already."""
        lines = [file.line() for file in files]
        name = str(epoch)
        compacts = (epoch + 1) % self._interval == 0
        if compacts:
            name, lines = f"{epoch}.compact", [*self._retained(self._lines()), *lines]
        if self._files is None:
            self._files = LocalFiles(self._root, self._faults)
        try:
            self._files.write_new(f"{MANIFEST_FOLDER}/{name}", "\n".join(["v1", *lines]).encode())
        except FileExists:
            return False
        if compacts:
            self._delete_replaced(epoch)
        return True

    def close(self) -> None:
        """Let go of the directory."""
        if self._files is not None:
            self._files.close()
            self._files = None

    def _retained(self, lines: Sequence[str]) -> list[str]:
        if self._retention_ms is None:
            return list(lines)
        oldest = time.time_ns() // 1_000_000 - self._retention_ms
        return [line for line in lines if int(json.loads(line)["modificationTime"]) >= oldest]

    def _delete_replaced(self, compacted: int) -> None:
        """Delete what older than the delay a compacted entry has replaced."""
        oldest = time.time() - self._cleanup_delay_ms / 1000
        folder = os.path.join(self._root, MANIFEST_FOLDER)
        for epoch, name in self._all():
            path = os.path.join(folder, name)
            if epoch < compacted and os.stat(path).st_mtime <= oldest:
                os.unlink(path)

    def _all(self) -> list[tuple[int, str]]:
        """Epoch and name of every entry."""
        try:
            names = os.listdir(os.path.join(self._root, MANIFEST_FOLDER))
        except FileNotFoundError:
            return []
        return sorted((int(match[1]), name) for name in names if (match := _NAME.match(name)))

    def _lines(self) -> list[str]:
        """The lines of the newest compacted entry and of those after it."""
        for _ in range(_READS_MAX):
            try:
                return self._read()
            except FileNotFoundError:
                continue  # a writer has compacted the manifest in the meantime
        return self._read()

    def _read(self) -> list[str]:
        entries = self._all()
        first = max((epoch for epoch, name in entries if name.endswith(".compact")), default=-1)
        chosen = [name for epoch, name in entries if epoch > first or (epoch == first and name.endswith(".compact"))]
        lines: list[str] = []
        for name in chosen:
            path = os.path.join(self._root, MANIFEST_FOLDER, name)
            with open(path, encoding="utf-8") as stream:
                version, *found = stream.read().split("\n")
            if version != "v1":
                raise SparkRuntimeException(
                    f"The manifest {path} of the file sink is damaged or of a newer release: its first line is {version[:40]!r}, "
                    "not 'v1'. Restore it from a copy, or read the files with a glob, which does not look at manifests."
                )
            for line in filter(None, found):
                try:
                    json.loads(line)["path"]
                except (ValueError, KeyError, TypeError) as error:
                    raise SparkRuntimeException(
                        f"The manifest {path} of the file sink is damaged: {line[:80]!r} is no entry. Restore it from a copy, or read "
                        "the files with a glob, which does not look at manifests."
                    ) from error
                lines.append(line)
        return lines


def _path_of(line: str) -> str:
    return from_uri(str(json.loads(line)["path"]))
