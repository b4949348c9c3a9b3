"""Connectors: one file or folder per outside system, its source and its sink together.

A connector is a module with `provider(request: ReadRequest) -> SourceProvider`, `sink(request: WriteRequest) -> Sink` and, for formats
that a static frame can be written to, `write(request: WriteRequest, table, save_mode)`; it has those that make sense for it.
`READS_TABLES = True` says that `provider` also gives what is there now, to ``spark.read``.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import ModuleType

REGISTRY: Mapping[str, str] = {
    "rate": "rate",
    "rate-micro-batch": "rate_micro_batch",
    "binaryfile": "files",
    "parquet": "files",
    "csv": "files",
    "json": "files",
    "text": "files",
    "orc": "files",
    "xml": "files",
    "console": "console",
    "noop": "noop",
    "memory": "memory",
}
"""Format name -> module of this package; imported when the format is first used."""


def connector(name: str) -> ModuleType | None:
    """The connector of a format, or None if there is none of that name."""
    module = REGISTRY.get(name.lower())
    return None if module is None else importlib.import_module(f"{__name__}.{module}")
