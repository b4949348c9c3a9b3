"""A checkpoint in memory: a peer of `LocalFiles` for tests, and for work that cannot outlive its process."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from actorstream.checkpoint.files import FileExists, write_refused
from actorstream.common.fault_points import NO_FAULTS, FaultInjector


class MemoryFiles:
    """`CheckpointFiles` in a dict. Hand the same object to the next run to restart from it."""

    def __init__(self, faults: FaultInjector = NO_FAULTS) -> None:
        self.faults = faults
        self.files: dict[str, bytes] = {}
        self._lock = threading.Lock()

    @property
    def root(self) -> str:
        return "memory:"

    def write_new(self, path: str, data: bytes | memoryview) -> None:
        try:
            for point in ("files.before_write", "files.torn_write", "files.before_fsync", "files.before_rename"):
                self.faults.hit(point, path=path)
        except OSError as error:
            raise write_refused(self.root, path, error) from error
        with self._lock:
            if path in self.files:
                raise FileExists(path)
            self.files[path] = bytes(data)

    def read(self, path: str) -> bytes:
        with self._lock:
            if path not in self.files:
                raise FileNotFoundError(path)
            return self.files[path]

    def map(self, path: str) -> memoryview:
        return memoryview(self.read(path))

    def list(self, directory: str) -> Sequence[str]:
        prefix = f"{directory}/"
        with self._lock:
            return sorted({path[len(prefix) :].partition("/")[0] for path in self.files if path.startswith(prefix)})

    def exists(self, path: str) -> bool:
        with self._lock:
            return path in self.files or any(name.startswith(f"{path}/") for name in self.files)

    def delete(self, path: str) -> None:
        with self._lock:
            self.files.pop(path, None)

    def remove_leftovers(self) -> None:
        return
