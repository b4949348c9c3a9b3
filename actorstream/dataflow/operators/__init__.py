"""The operators: one file each, listed here, loaded on first use.

`OPERATORS` names every operator and where it lives; ``from actorstream.dataflow.operators import Filter`` works too.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from actorstream.dataflow.operators.aggregate import Aggregate as Aggregate
    from actorstream.dataflow.operators.aggregate import WindowAggregate as WindowAggregate
    from actorstream.dataflow.operators.deduplicate import Deduplicate as Deduplicate
    from actorstream.dataflow.operators.deduplicate_within_watermark import (
        DeduplicateWithinWatermark as DeduplicateWithinWatermark,
    )
    from actorstream.dataflow.operators.expand import Expand as Expand
    from actorstream.dataflow.operators.filter import Filter as Filter
    from actorstream.dataflow.operators.generate import Generate as Generate
    from actorstream.dataflow.operators.join import HashJoin as HashJoin
    from actorstream.dataflow.operators.limit import BatchLimit as BatchLimit
    from actorstream.dataflow.operators.limit import Limit as Limit
    from actorstream.dataflow.operators.map_batches import MapBatches as MapBatches
    from actorstream.dataflow.operators.map_groups import MapGroups as MapGroups
    from actorstream.dataflow.operators.map_groups_with_state import MapGroupsWithState as MapGroupsWithState
    from actorstream.dataflow.operators.observe import Observe as Observe
    from actorstream.dataflow.operators.project import Project as Project
    from actorstream.dataflow.operators.sample import Sample as Sample
    from actorstream.dataflow.operators.session_aggregate import SessionAggregate as SessionAggregate
    from actorstream.dataflow.operators.single_row import SingleRow as SingleRow
    from actorstream.dataflow.operators.sort import Sort as Sort
    from actorstream.dataflow.operators.stream_join import JoinSide as JoinSide
    from actorstream.dataflow.operators.stream_join import StreamJoin as StreamJoin
    from actorstream.dataflow.operators.union import Union as Union
    from actorstream.dataflow.operators.watermark import Watermark as Watermark
    from actorstream.dataflow.operators.window_assign import WindowAssign as WindowAssign
    from actorstream.dataflow.operators.window_functions import WindowFunctions as WindowFunctions

OPERATORS: Mapping[str, str] = {
    "BatchLimit": "limit",
    "Deduplicate": "deduplicate",
    "DeduplicateWithinWatermark": "deduplicate_within_watermark",
    "Expand": "expand",
    "Generate": "generate",
    "Sample": "sample",
    "Limit": "limit",
    "MapBatches": "map_batches",
    "MapGroups": "map_groups",
    "MapGroupsWithState": "map_groups_with_state",
    "SessionAggregate": "session_aggregate",
    "SingleRow": "single_row",
    "Sort": "sort",
    "HashJoin": "join",
    "Observe": "observe",
    "JoinSide": "stream_join",
    "StreamJoin": "stream_join",
    "Union": "union",
    "Aggregate": "aggregate",
    "Filter": "filter",
    "Project": "project",
    "Watermark": "watermark",
    "WindowAggregate": "aggregate",
    "WindowAssign": "window_assign",
    "WindowFunctions": "window_functions",
}
"""Operator class -> module of this package."""


def __getattr__(name: str) -> Any:
    if name not in OPERATORS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{OPERATORS[name]}"), name)


def __dir__() -> list[str]:
    return sorted(OPERATORS)
