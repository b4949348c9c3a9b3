"""What the benchmarks share: timing, percentiles, and the floor of bare durable files."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


def timed_ms(act: Callable[[], object]) -> float:
    """Wall-clock milliseconds of one call."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the measurements lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


class BareFiles:
    """Writes files as durably as a checkpoint must, and does nothing else: write, fsync, rename, fsync the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def write(self, sizes: Sequence[int]) -> None:
        """One durable file per size, one after the other."""
        for size in sizes:
            self._count += 1
            target = self._folder / f"{self._count}"
            temporary = self._folder / f".{self._count}.tmp"
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            try:
                os.write(descriptor, b"\0" * size)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            temporary.rename(target)
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def file_sizes(root: Path) -> dict[Path, int]:
    """All files below a folder with their sizes."""
    return {path: path.stat().st_size for path in root.rglob("*") if path.is_file()}


def report(name: str, result: Mapping[str, object]) -> None:
    """Print one JSON line."""
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "system": sys.platform}
    print(json.dumps({"benchmark": name, **result, "machine": machine}))
