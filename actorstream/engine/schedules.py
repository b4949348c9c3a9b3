"""Which of the two schedules a trigger asks for, and whether everything in a graph can run under it. Before anything starts.

Source: EXE-17, EXE-122, EXE-124, MEM-7.
"""

from __future__ import annotations

from actorstream.dataflow.graph import Graph
from actorstream.dataflow.protocols import ContinuousSource
from actorstream.engine.triggers import Continuous, Trigger
from actorstream.errors import AnalysisException, PySparkException, UnsupportedOperationException


def check_schedule(graph: Graph, trigger: Trigger) -> None:
    """Raise if some part of the graph cannot run under the trigger.

    Raises: UnsupportedOperationException `_LEGACY_ERROR_TEMP_2253` for a source that cannot run freely; AnalysisException
        SOURCE_SCHEDULE_MISMATCH for one that has a counterpart that can, CONTINUOUS_OPERATOR_UNSUPPORTED for an operator that keeps
        state or works by event time, `_LEGACY_ERROR_TEMP_1195` for a sink.
    """
    continuous = isinstance(trigger, Continuous)
    for node in graph.sources:
        able = isinstance(node.source, ContinuousSource) if continuous else node.source.micro_batch
        if able:
            continue
        if node.source.instead:
            raise AnalysisException(
                errorClass="SOURCE_SCHEDULE_MISMATCH",
                messageParameters={
                    "source": node.source.description,
                    "schedule": "continuous" if continuous else "micro-batch",
                    "remedy": node.source.instead,
                },
            )
        raise UnsupportedOperationException(
            errorClass="_LEGACY_ERROR_TEMP_2253", messageParameters={"sourceName": node.name or node.id}
        )
    if continuous:
        _check_operators_and_sinks(graph)


def _check_operators_and_sinks(graph: Graph) -> None:
    for operator in graph.operators:
        if operator.operator.stateful or operator.operator.tracks_event_time:
            raise _operator_unsupported(operator.id, operator.operator.describe())
    for node in graph.sinks:
        if not node.sink.continuous:
            raise AnalysisException(
                errorClass="_LEGACY_ERROR_TEMP_1195", messageParameters={"source": node.sink.description}
            )


def _operator_unsupported(node: str, described: str) -> PySparkException:
    return AnalysisException(
        errorClass="CONTINUOUS_OPERATOR_UNSUPPORTED", messageParameters={"node": node, "operator": described}
    )
