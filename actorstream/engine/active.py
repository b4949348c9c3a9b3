"""The queries of this process that run, by query id: a second start on one checkpoint takes over (CKP-61).

Also whose sources and sinks they use: such an object belongs to one running query, or two would mix their epochs in it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

from actorstream.common.config import STOP_ACTIVE_RUN_ON_RESTART, Conf
from actorstream.common.ids import NodeId, QueryId
from actorstream.dataflow.graph import Graph
from actorstream.engine.query import StreamingQuery
from actorstream.errors import AnalysisException, PySparkException

_lock = threading.Lock()
_active: dict[QueryId, StreamingQuery] = {}
#: the source or sink objects of active queries, by identity
_used: dict[int, StreamingQuery] = {}


def make_way(query_id: QueryId, conf: Conf) -> None:
    """Stop the active run of a query, or refuse to start another beside it.

    Raises: PySparkException when `spark.sql.streaming.stopActiveRunOnRestart` is false.
    """
    with _lock:
        other = _active.get(query_id)
    if other is None:
        return
    if other.isActive and not conf.value(STOP_ACTIVE_RUN_ON_RESTART):
        raise PySparkException(
            f"Cannot start query with id {query_id} as another query with same id is already active. Perhaps you are "
            "attempting to restart a query from checkpoint that is already active. You may stop the old query by setting "
            f'the SQL configuration: spark.conf.set("{STOP_ACTIVE_RUN_ON_RESTART.key}", true) and retry.'
        )
    other.stop()  # also waits for a run that is ending already, which still holds the checkpoint


def check_unused(graph: Graph) -> None:
    """Refuse a graph with a source or a sink that an active query is using.

    Raises: AnalysisException GRAPH_INVALID that names the node and the query.
    """
    for node, identity in _identities(graph):
        with _lock:
            user = _used.get(identity)
        if user is None:
            continue
        if user.isActive:
            raise AnalysisException(
                errorClass="GRAPH_INVALID",
                messageParameters={
                    "reason": f"the object of the node {node!r} is in use by the active query "
                    f"{user.name or user.id!r}; stop that query first, or give each query an object of its own"
                },
            )
        user.stop()  # waits for its end


def _identities(graph: Graph) -> Iterator[tuple[NodeId, int]]:
    """What tells the object of a source or sink node from all others that live; operators are copied for every run."""
    yield from ((node.id, id(node.source)) for node in graph.sources)
    yield from ((node.id, id(node.sink)) for node in graph.sinks)


def register(query_id: QueryId, query: StreamingQuery, graph: Graph) -> None:
    """The query runs now."""
    with _lock:
        _active[query_id] = query
        _used.update((identity, query) for _, identity in _identities(graph))


def unregister(query_id: QueryId, query: StreamingQuery | None) -> None:
    """The query has ended; a newer run of the same id stays."""
    with _lock:
        if _active.get(query_id) is query:
            _active.pop(query_id, None)
        for identity in [identity for identity, user in _used.items() if user is query]:
            del _used[identity]
