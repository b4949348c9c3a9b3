"""The queries of this process that run, by query id: a second start on one checkpoint takes over (CKP-61)."""

from __future__ import annotations

import threading

from actorstream.common.config import STOP_ACTIVE_RUN_ON_RESTART, Conf
from actorstream.common.ids import QueryId
from actorstream.engine.query import StreamingQuery
from actorstream.errors import PySparkException

_lock = threading.Lock()
_active: dict[QueryId, StreamingQuery] = {}


def make_way(query_id: QueryId, conf: Conf) -> None:
    """Stop the active run of a query, or refuse to start another beside it.

    Raises: PySparkException when `spark.sql.streaming.stopActiveRunOnRestart` is false.
    """
    with _lock:
        other = _active.get(query_id)
    if other is None or not other.isActive:
        return
    if not conf.value(STOP_ACTIVE_RUN_ON_RESTART):
        raise PySparkException(
            f"Cannot start query with id {query_id} as another query with same id is already active. Perhaps you are "
            "attempting to restart a query from checkpoint that is already active. You may stop the old query by setting "
            f'the SQL configuration: spark.conf.set("{STOP_ACTIVE_RUN_ON_RESTART.key}", true) and retry.'
        )
    other.stop()


def register(query_id: QueryId, query: StreamingQuery) -> None:
    """The query runs now."""
    with _lock:
        _active[query_id] = query


def unregister(query_id: QueryId, query: StreamingQuery | None) -> None:
    """The query has ended; a newer run of the same id stays."""
    with _lock:
        if _active.get(query_id) is query:
            _active.pop(query_id, None)
