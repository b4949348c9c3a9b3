"""The query handle and the manager under the module path that PySpark has for them."""

from __future__ import annotations

from actorstream.engine.query import StreamingQuery
from actorstream.sql.streaming.manager import StreamingQueryManager

__all__ = ["StreamingQuery", "StreamingQueryManager"]
