"""Streaming under PySpark's names (`pyspark.sql.streaming`). Everything in here is loaded when it is first asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from actorstream.errors import StreamingQueryException as StreamingQueryException
    from actorstream.sql.streaming.listener import StreamingQueryListener as StreamingQueryListener
    from actorstream.sql.streaming.manager import StreamingQueryManager as StreamingQueryManager
    from actorstream.sql.streaming.query import StreamingQuery as StreamingQuery
    from actorstream.sql.streaming.readwriter import DataStreamReader as DataStreamReader
    from actorstream.sql.streaming.readwriter import DataStreamWriter as DataStreamWriter

_EXPORTS: Mapping[str, str] = {
    "DataStreamReader": "actorstream.sql.streaming.readwriter",
    "DataStreamWriter": "actorstream.sql.streaming.readwriter",
    "StreamingQuery": "actorstream.sql.streaming.query",
    "StreamingQueryException": "actorstream.errors",
    "StreamingQueryListener": "actorstream.sql.streaming.listener",
    "StreamingQueryManager": "actorstream.sql.streaming.manager",
}

__all__ = [
    "DataStreamReader",
    "DataStreamWriter",
    "StreamingQuery",
    "StreamingQueryException",
    "StreamingQueryListener",
    "StreamingQueryManager",
]


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_EXPORTS[name]), name)
