"""Starts a query: the only place that puts graph, checkpoint, host and clock together.

Before it: `sql.streaming.readwriter` or `pipeline`. After it: the driver actor.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from actorstream.checkpoint.lease import Lease, acquire_lease
from actorstream.checkpoint.local import LocalFiles
from actorstream.checkpoint.metadata import open_metadata
from actorstream.common.clock import Clock, SystemClock
from actorstream.common.config import MAILBOX_BATCHES, VERIFY_METADATA_EXISTS, Conf
from actorstream.common.fault_points import NO_FAULTS, FaultInjector
from actorstream.common.ids import NodeId, QueryId, new_run_id
from actorstream.dataflow.graph import Graph
from actorstream.dataflow.validate import validate
from actorstream.engine import active
from actorstream.engine.driver import DriverActor, DriverPlan
from actorstream.engine.explain import explain_graph
from actorstream.engine.messages import Begin
from actorstream.engine.query import QueryObserver, QueryRecord, StreamingQuery
from actorstream.engine.run import QueryRun
from actorstream.engine.schedules import check_schedule
from actorstream.engine.triggers import Trigger
from actorstream.errors import AnalysisException
from actorstream.hosts.base import ActorHost, ActorStopped
from actorstream.hosts.pykka_host import PykkaHost


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySpec:
    """Everything that makes a query.

    Args:
        checkpoint: directory; None makes a temporary one that goes when the query ends without an error.
        partitions: parallelism of a keyed step unless ``spark.sql.shuffle.partitions`` is set.
        refuse_recovery: an existing checkpoint is an error (MEM-104).
        host: makes the host; by default threads of this process.
    """

    graph: Graph
    trigger: Trigger
    conf: Conf
    name: str | None = None
    checkpoint: str | None = None
    partitions: int = 1
    clock: Clock | None = None
    faults: FaultInjector = NO_FAULTS
    observer: QueryObserver | None = None
    refuse_recovery: bool = False
    host: Callable[[], ActorHost] | None = None


def start_query(spec: QuerySpec) -> StreamingQuery:
    """Start a query and give its handle.

    1. check the graph, 2. open the checkpoint: its id, and nobody else on it, 3. spawn the driver, which does the rest,
    4. tell the observer. A query that recovers a refillable sink is given back only once the sink shows its rows.
    A start that fails lets go of everything it has taken.

    Raises: AnalysisException for a graph that cannot run, or whose sources and sinks another query is using; errors of the
        checkpoint's identity. What is wrong inside sources or logs comes later, as the query's failure (EXE-43).
    """
    schemas = validate(spec.graph)
    check_schedule(spec.graph, spec.trigger)
    with contextlib.ExitStack() as undo:
        query = _start(spec, schemas, undo)
        undo.pop_all()
    if spec.graph.output_mode == "complete" and any(node.sink.restorable for node in spec.graph.sinks):
        query.wait_until_initialized()
    return query


def _start(spec: QuerySpec, schemas: Mapping[NodeId, pa.Schema], undo: contextlib.ExitStack) -> StreamingQuery:
    """Everything between the checks and the first message; `undo` learns how to take each step back."""
    conf = spec.conf.copy()
    files, delete_checkpoint = _checkpoint_files(spec)
    undo.callback(files.close)
    if delete_checkpoint is not None:
        undo.callback(delete_checkpoint)
    if spec.refuse_recovery and files.exists("offsets"):
        raise AnalysisException(
            errorClass="_LEGACY_ERROR_TEMP_1299",
            messageParameters={"checkpointPath": f"{files.root}/offsets"},
        )
    metadata = open_metadata(files, verify=conf.value(VERIFY_METADATA_EXISTS))
    query_id = QueryId(metadata.query_id)
    active.make_way(query_id, conf)
    active.check_unused(spec.graph)
    lease = acquire_lease(files)
    undo.callback(lease.release)
    host = spec.host() if spec.host is not None else _threads(spec, conf)
    record = QueryRecord(conf)
    run = QueryRun(
        query_id=query_id,
        run_id=new_run_id(),
        name=spec.name,
        conf=conf,
        clock=host.clock,
        host=host,
        record=record,
        observer=spec.observer,
        delete_checkpoint=delete_checkpoint,
        release=lambda: _release(query_id, run, lease),
        close_files=files.close,
    )
    driver = DriverActor(
        run,
        DriverPlan(spec.graph, schemas, spec.trigger, files, spec.faults, spec.partitions),
    )
    undo.callback(run.abandoned)
    ref = host.spawn(driver, "driver", run.driver_failed)
    run.query = query = StreamingQuery(
        query_id=query_id,
        run_id=run.run_id,
        name=spec.name,
        record=record,
        host=host,
        driver=ref,
        conf=conf,
        plan_text=spec.graph.plan_text,
        sinks=[node.sink for node in spec.graph.sinks],
        describe=lambda extended: explain_graph(spec.graph, spec.partitions, extended=extended),
    )
    active.register(query_id, query, spec.graph)
    if spec.observer is not None:
        spec.observer.started(query, host.clock.now_ms())
    with contextlib.suppress(ActorStopped):  # a listener may have stopped it
        ref.tell(Begin())
    return query


def _checkpoint_files(spec: QuerySpec) -> tuple[LocalFiles, Callable[[], None] | None]:
    if spec.checkpoint is not None:
        return LocalFiles(spec.checkpoint, spec.faults), None
    root = Path(tempfile.gettempdir()) / f"temporary-{uuid.uuid4()}"
    # nothing can come back to a temporary checkpoint after its process has died, so nothing is fsynced
    files = LocalFiles(str(root), spec.faults, durable=False)
    _temporary[root] = os.getpid()
    return files, lambda: _delete_temporary(root)


#: temporary checkpoints that are still there, and the process that made them
_temporary: dict[Path, int] = {}


def _delete_temporary(root: Path) -> None:
    shutil.rmtree(root)
    _temporary.pop(root, None)


@atexit.register
def delete_temporary_checkpoints() -> None:
    """Delete what is left at the end of the process: the checkpoints of queries that failed (MEM-103) or were never stopped."""
    for root, process in list(_temporary.items()):
        if process == os.getpid():
            shutil.rmtree(root, ignore_errors=True)
            _temporary.pop(root, None)


def _threads(spec: QuerySpec, conf: Conf) -> PykkaHost:
    return PykkaHost(spec.clock or SystemClock(), mailbox_batches=conf.value(MAILBOX_BATCHES))


def _release(query_id: QueryId, run: QueryRun, lease: Lease) -> None:
    active.unregister(query_id, run.query)
    lease.release()
