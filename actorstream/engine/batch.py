"""Runs a bounded graph once: a static DataFrame is a stream of one epoch, with the same operators and kernels.

No driver, no actor, no checkpoint: nodes run one after the other in this thread, one partition each, state in memory.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from actorstream.checkpoint.memory import MemoryFiles
from actorstream.common.clock import SystemClock
from actorstream.common.config import Conf
from actorstream.common.fault_points import NO_FAULTS
from actorstream.common.ids import Epoch, NodeId, PartitionId, QueryId, RunId
from actorstream.common.task import in_task
from actorstream.dataflow.batch import concat
from actorstream.dataflow.graph import Graph, OperatorNode, SourceNode
from actorstream.dataflow.protocols import ALL_AVAILABLE, EpochInfo, OperatorContext, SourceContext
from actorstream.dataflow.validate import validate
from actorstream.engine.state_opener import StateOpener

OnObserved = Callable[[str, Mapping[str, Any]], None]

_RUN = RunId("batch")


def run_batch(
    graph: Graph, conf: Conf, *, batch_time_ms: int | None = None, on_observed: OnObserved | None = None
) -> pa.Table:
    """Evaluate a graph without sinks.

    Shape: the output of the last node, as one table.
    Args:
        batch_time_ms: what `current_timestamp` gives; the machine's time by default.
        on_observed: told of every observation, by name, with its values.
    """
    schemas = validate(graph)
    clock = SystemClock()
    # nothing is late in a batch: every row is there at once
    info = EpochInfo(
        Epoch(0),
        clock.now_ms() if batch_time_ms is None else batch_time_ms,
        watermark_us=_BEFORE_ALL_TIME,
        late_watermark_us=_BEFORE_ALL_TIME,
    )
    files = MemoryFiles()
    opener = StateOpener(files, _RUN, conf, NO_FAULTS, background=False)
    outputs: dict[NodeId, list[pa.Table]] = {}
    for index, node in enumerate(graph.nodes):
        if isinstance(node, SourceNode):
            context = SourceContext(QueryId("batch"), _RUN, node.id, files, f"sources/{index}", clock, conf, 1)
            outputs[node.id] = list(_read(node, context))
        elif isinstance(node, OperatorNode):
            inputs = [(edge.port, outputs[edge.node]) for edge in node.inputs]
            by_port = {edge.port: schemas[edge.node] for edge in node.inputs}
            schemas_in = [by_port[port] for port in sorted(by_port)]
            with in_task(0, info.epoch):
                outputs[node.id] = list(_run_operator(node, inputs, schemas_in, info, conf, opener, on_observed))
    last = graph.nodes[-1].id
    return concat(outputs[last], schemas[last])


#: a watermark that nothing is at or before, so that batch results hold all rows (STF-5)
_BEFORE_ALL_TIME = -(2**63)


def _read(node: SourceNode, context: SourceContext) -> Iterable[pa.Table]:
    source = node.source
    source.open(context)
    try:
        end = source.latest_offset(None, ALL_AVAILABLE)
        if end is not None:
            for split in source.splits(None, end):
                yield from source.read(split)
    finally:
        source.stop()


def _run_operator(
    node: OperatorNode,
    inputs: Sequence[tuple[int, Sequence[pa.Table]]],
    schemas: Sequence[pa.Schema],
    info: EpochInfo,
    conf: Conf,
    opener: StateOpener,
    on_observed: OnObserved | None = None,
) -> Iterable[pa.Table]:
    combiner = node.operator.combiner()
    if combiner is not None:
        combined = OperatorNode(NodeId(f"{node.id}.combine"), combiner, node.inputs)
        inputs = [(0, list(_run_operator(combined, inputs, schemas, info, conf, opener)))]
        schemas = [combiner.output_schema(schemas)]
    operator = copy.deepcopy(node.operator)
    operator.open(
        OperatorContext(
            node_id=node.id,
            partition=PartitionId(0),
            partitions=1,
            input_schemas=schemas,
            state=opener.factory(node.id, PartitionId(0), 1, {}),
            conf=conf,
            run_id=_RUN,
        )
    )
    try:
        operator.begin_epoch(info)
        for port, tables in inputs:
            for table in tables:
                yield from operator.process(table, port)
        yield from operator.end_epoch(info)
        report = operator.report()
        if report is not None and on_observed is not None:
            for name, values in report.observed.items():
                on_observed(name, values)
    finally:
        operator.close()
