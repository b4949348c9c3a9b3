"""The manifest of a file sink: one entry per epoch that lists its files; what is not listed was never committed.

Text format and names are Spark's (``_spark_metadata/<epoch>``, every tenth one ``<epoch>.compact`` with all entries so far), so
that either engine reads the other's output (IO-60 to IO-65).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from actorstream.checkpoint.files import FileExists
from actorstream.checkpoint.local import LocalFiles
from actorstream.connectors.files.paths import from_uri, to_uri
from actorstream.errors import SparkRuntimeException

MANIFEST_FOLDER = "_spark_metadata"
COMPACT_INTERVAL = 10

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
    """The manifest below an output directory."""

    def __init__(self, root: str) -> None:
        self._root = root

    def paths(self) -> list[str]:
        """The files of all committed epochs, in order."""
        return [_path_of(line) for line in self._lines()]

    def latest(self) -> int | None:
        """The last committed epoch; None before any."""
        epochs = self._epochs()
        return max(epochs) if epochs else None

    def add(self, epoch: int, files: Sequence[Written]) -> bool:
        """Commit an epoch: durable, atomic, once. Returns: False if it was there already."""
        lines = [file.line() for file in files]
        name = str(epoch)
        if (epoch + 1) % COMPACT_INTERVAL == 0:
            name, lines = f"{epoch}.compact", [*self._lines(), *lines]
        try:
            files_of = LocalFiles(self._root)
            files_of.write_new(f"{MANIFEST_FOLDER}/{name}", "\n".join(["v1", *lines]).encode())
        except FileExists:
            return False
        return True

    def _epochs(self) -> dict[int, str]:
        """Epoch -> file name; a compacted entry hides those before it."""
        try:
            names = os.listdir(os.path.join(self._root, MANIFEST_FOLDER))
        except FileNotFoundError:
            return {}
        return {int(match[1]): name for name in names if (match := _NAME.match(name))}

    def _lines(self) -> list[str]:
        epochs = self._epochs()
        compacted = [epoch for epoch, name in epochs.items() if name.endswith(".compact")]
        first = max(compacted, default=-1)
        lines: list[str] = []
        for epoch in sorted(epoch for epoch in epochs if epoch >= first):
            path = os.path.join(self._root, MANIFEST_FOLDER, epochs[epoch])
            with open(path, encoding="utf-8") as stream:
                version, *entries = stream.read().split("\n")
            if version != "v1":
                raise SparkRuntimeException(
                    f"The manifest {path} of the file sink is damaged or of a newer release: its first line is {version[:40]!r}, "
                    "not 'v1'. Restore it from a copy, or read the files with a glob, which does not look at manifests."
                )
            lines += [entry for entry in entries if entry]
        return lines


def _path_of(line: str) -> str:
    return from_uri(str(json.loads(line)["path"]))
