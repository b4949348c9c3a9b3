"""What a query cannot do under a continuous trigger: nearly everything but choosing rows and columns (EXE-120, EXE-121).

After `plan.unsupported`, which says what no stream can do; before `plan.lowering`. Source of the rules and texts: Spark
``UnsupportedOperationChecker.checkForContinuous``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from actorstream.common.config import UNSUPPORTED_OPERATION_CHECK, Conf
from actorstream.expr.nodes import Call
from actorstream.plan.nodes import (
    AssignWindow,
    Deduplicate,
    Filter,
    Limit,
    LogicalPlan,
    MapTables,
    Observe,
    Project,
    Prune,
    Relation,
    Repartition,
    SetOperation,
    SingleRow,
    SubqueryAlias,
)
from actorstream.plan.unsupported import bottom_up, expressions_of, refuse

_ALLOWED = (Project, Prune, Filter, SubqueryAlias)
_CURRENT_TIME = frozenset({"current_timestamp", "now", "localtimestamp", "current_date", "curdate", "current_time"})
#: functions that mean the current time when they are given nothing
_CURRENT_TIME_ALONE = frozenset({"unix_timestamp", "to_unix_timestamp"})


def check_continuous(plan: LogicalPlan, conf: Conf) -> None:
    """Raise if a continuous query cannot run `plan`. Raises: AnalysisException `_LEGACY_ERROR_TEMP_3102`."""
    if not conf.value(UNSUPPORTED_OPERATION_CHECK):
        return
    for node in bottom_up(plan):
        name = None if isinstance(node, _ALLOWED) else _refused_name(node)
        if name is not None:
            raise refuse(f"Continuous processing does not support {name} operations.", node)
        for expression in expressions_of(node):
            if any(isinstance(part, Call) and _is_current_time(part) for part in expression.walk()):
                raise refuse("Continuous processing does not support current time operations.", node)


def _is_current_time(call: Call) -> bool:
    return call.name in _CURRENT_TIME or (call.name in _CURRENT_TIME_ALONE and not call.args)


def _refused_name(node: LogicalPlan) -> str | None:
    """What the reference calls a node that cannot run; None for one that can."""
    for kind, name_of in _NAMES.items():
        if isinstance(node, kind):
            return name_of(node)
    return type(node).__name__


def _relation(node: Relation) -> str | None:
    if not node.is_streaming:
        return "Range" if node.provider.name == "Range" else "LocalRelation"
    # files are the reference's last source of the old kind; what the others can do is theirs to say
    return "StreamingRelation" if node.provider.name == "FileSource" else None


def _repartition(node: Repartition) -> str:
    return "ResolvedHint" if node.text.startswith("Hint") else "Repartition"


def _window(node: AssignWindow) -> str | None:
    return None if node.window.slide_us == node.window.duration_us else "Expand"


def _map_tables(node: MapTables) -> str:
    # a table function of the user
    return "Generate" if node.name == "UserTable" else node.name


_NAMES: Mapping[type[LogicalPlan], Callable[..., str | None]] = {
    Relation: _relation,
    SingleRow: lambda _: "OneRowRelation",
    Limit: lambda _: "LocalLimit",
    Observe: lambda _: "CollectMetrics",
    Repartition: _repartition,
    AssignWindow: _window,
    MapTables: _map_tables,
    Deduplicate: lambda node: "DeduplicateWithinWatermark" if node.within_watermark else "Deduplicate",
    SetOperation: lambda node: node.kind.capitalize(),
}
