"""What a stream cannot do, found before anything starts (STF-40 to STF-79).

Between a finished plan and `plan.lowering`. Source of the rules and texts: Spark ``UnsupportedOperationChecker``.
"""

from __future__ import annotations

from collections.abc import Iterator

from actorstream.common.config import UNSUPPORTED_OPERATION_CHECK, Conf
from actorstream.dataflow.protocols import OutputMode
from actorstream.errors import AnalysisException, UnsupportedOperationException
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import (
    SESSION_KEY,
    WATERMARK_DELAY_KEY,
    AggregateCall,
    Alias,
    Attribute,
    Call,
    Expression,
    WindowFunction,
)
from actorstream.expr.typing import rules_of
from actorstream.plan.join_bounds import marked_key, take_apart, value_bound
from actorstream.plan.nodes import (
    Aggregate,
    AssignWindow,
    Deduplicate,
    Filter,
    Generate,
    Join,
    Limit,
    LogicalPlan,
    MapGroupsWithState,
    Project,
    Relation,
    Sample,
    SetOperation,
    Sort,
    Union,
    WindowFunctions,
    plan_text,
    to_attribute,
)

_SORT = (
    "Sorting is not supported on streaming DataFrames/Datasets, unless it is on aggregated DataFrame/Dataset in Complete "
    "output mode"
)
_NEEDS_START = (
    "Queries with streaming sources must be executed with writeStream.start(), or from a streaming table or flow "
    "definition within a Spark Declarative Pipeline."
)
_JOIN_NAMES = {
    "inner": "Inner",
    "cross": "Cross",
    "left": "LeftOuter",
    "right": "RightOuter",
    "full": "FullOuter",
    "left_semi": "LeftSemi",
    "left_anti": "LeftAnti",
}


def check_batch(plan: LogicalPlan) -> None:
    """Raise if a plan that is to be run once reads a stream (MEM-33)."""
    for node in plan.walk():
        if not node.children and node.is_streaming:
            raise refuse(_NEEDS_START, node.provider.name if isinstance(node, Relation) else plan_text(node))
        if isinstance(node, Deduplicate) and node.within_watermark:
            text = "dropDuplicatesWithinWatermark is not supported with batch DataFrames/DataSets"
            raise refuse(text, node)
        if isinstance(node, MapGroupsWithState) and not node.is_streaming:
            raise UnsupportedOperationException(errorClass="_LEGACY_ERROR_TEMP_3176", messageParameters={})


def check_streaming(plan: LogicalPlan, mode: OutputMode, conf: Conf) -> None:
    """Raise if a stream cannot run `plan` in `mode`.

    Raises: AnalysisException `_LEGACY_ERROR_TEMP_3102`, STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION,
        NON_TIME_WINDOW_NOT_SUPPORTED_IN_STREAMING.
    """
    if not conf.value(UNSUPPORTED_OPERATION_CHECK):
        return
    if not plan.is_streaming:
        raise refuse("Queries without streaming sources cannot be executed with writeStream.start()", plan)
    _check_mode(plan, mode)
    _check_chain(plan, mode)
    for node in bottom_up(plan):
        _check_expressions(node)
        _check_node(node, plan, mode, conf)


def bottom_up(plan: LogicalPlan) -> Iterator[LogicalPlan]:
    """All nodes, inputs before what they feed: the order in which the reference looks at them."""
    for child in plan.children:
        yield from bottom_up(child)
    yield plan


# ---------------------------------------------------------------- output modes


def _check_mode(plan: LogicalPlan, mode: OutputMode) -> None:
    """STF-40 to STF-45."""
    aggregates = [node for node in plan.walk() if isinstance(node, Aggregate) and node.is_streaming]
    if mode == "complete" and not aggregates:
        raise _mode_unsupported(mode, "no streaming aggregations", plan)
    for node in aggregates:
        if mode == "update" and any(SESSION_KEY in to_attribute(key).metadata for key in node.keys):
            raise _mode_unsupported(mode, "session window streaming aggregations", plan)
        if mode == "append" and not any(WATERMARK_DELAY_KEY in to_attribute(key).metadata for key in node.keys):
            raise _mode_unsupported(mode, "streaming aggregations without watermark", plan)


def _check_chain(plan: LogicalPlan, mode: OutputMode) -> None:
    """What may emit a row again, or a row of any time, must not feed another stateful operator (STF-77, STF-150)."""
    for node in plan.walk():
        if _is_stateful(node) and any(_may_be_late(below, mode) for child in node.children for below in child.walk()):
            raise refuse(_CORRECTNESS, plan)


def _may_be_late(node: LogicalPlan, mode: OutputMode) -> bool:
    if isinstance(node, MapGroupsWithState):
        return node.timeout == "event_time"
    return mode != "append" and isinstance(node, Aggregate) and node.is_streaming


_CORRECTNESS = (
    "Detected pattern of possible 'correctness' issue due to global watermark. The query contains stateful operation which "
    'can emit rows older than the current watermark plus allowed late record delay, which are "late rows" in downstream '
    "stateful operations and these rows can be discarded. Please refer the programming guide doc for more details. If you "
    "understand the possible risk of correctness issue and still need to run the query, you can disable this check by "
    "setting the config `spark.sql.streaming.statefulOperator.checkCorrectness.enabled` to false."
)


def _is_stateful(node: LogicalPlan) -> bool:
    if not node.is_streaming:
        return False
    if isinstance(node, Deduplicate):
        return not node.is_distinct and any(WATERMARK_DELAY_KEY in key.metadata for key in node.keys)
    if isinstance(node, Join):
        return node.left.is_streaming and node.right.is_streaming
    return isinstance(node, Aggregate)


# ---------------------------------------------------------------- nodes


def _check_node(node: LogicalPlan, plan: LogicalPlan, mode: OutputMode, conf: Conf) -> None:
    if not node.is_streaming:
        return
    if isinstance(node, Aggregate):
        if any(isinstance(part, AggregateCall) and part.distinct for column in node.results for part in column.walk()):
            raise refuse(
                "Distinct aggregations are not supported on streaming DataFrames/Datasets. Consider using "
                "approx_count_distinct() instead.",
                node,
            )
    elif isinstance(node, Deduplicate):
        _check_deduplicate(node, mode)
    elif isinstance(node, Sort):
        if not node.everywhere or mode != "complete" or not _on_aggregate(node.child):
            raise refuse(_SORT, node)
    elif isinstance(node, Limit):
        if node.skip:
            raise refuse("Offset is not supported on streaming DataFrames/Datasets", node)
        if mode == "update":
            raise refuse("Limits are not supported on streaming DataFrames/Datasets in Update output mode", node)
    elif isinstance(node, Sample):
        raise refuse("Sampling is not supported on streaming DataFrames/Datasets", node)
    elif isinstance(node, Union):
        if not all(child.is_streaming for child in node.inputs):
            raise refuse("Union between streaming and batch DataFrames/Datasets is not supported", node)
    elif isinstance(node, SetOperation):
        _check_set_operation(node)
    elif isinstance(node, Join):
        _check_join(node, mode, conf)
    elif isinstance(node, MapGroupsWithState):
        _check_state(node, plan, mode)


def _check_state(node: MapGroupsWithState, plan: LogicalPlan, mode: OutputMode) -> None:
    """STF-49, STF-79e, STF-160, STF-161."""
    aggregates = [below for below in plan.walk() if isinstance(below, Aggregate) and below.is_streaming]
    if aggregates and node.mode == "update":
        raise refuse(
            "applyInPandasWithState in update mode is not supported with aggregation on a streaming DataFrame/Dataset",
            node,
        )
    if _on_aggregate(node.child):
        raise refuse(
            "applyInPandasWithState in append mode is not supported after aggregation on a streaming DataFrame/Dataset",
            node,
        )
    if not aggregates and node.mode != mode:
        raise refuse(
            f"applyInPandasWithState in {node.mode} mode is not supported with {mode.capitalize()} output mode on a "
            "streaming DataFrame/Dataset",
            node,
        )
    if node.timeout == "event_time" and not any(WATERMARK_DELAY_KEY in column.metadata for column in node.child.output):
        raise refuse(
            "Watermark must be specified in the query using '[Dataset/DataFrame].withWatermark()' for using event-time "
            "timeout in a applyInPandasWithState. Event-time timeout not supported without watermark.",
            node,
        )
    if any(isinstance(below, MapGroupsWithState) for below in node.child.walk()):
        raise refuse("Multiple applyInPandasWithStates are not supported on a streaming DataFrames/Datasets", node)


def _on_aggregate(plan: LogicalPlan) -> bool:
    return any(isinstance(node, Aggregate) and node.is_streaming for node in plan.walk())


def _check_deduplicate(node: Deduplicate, mode: OutputMode) -> None:
    if node.within_watermark and not any(WATERMARK_DELAY_KEY in column.metadata for column in node.child.output):
        raise refuse(
            "dropDuplicatesWithinWatermark is not supported on streaming DataFrames/DataSets without watermark", node
        )
    if mode == "complete" and _on_aggregate(node.child):
        raise refuse("dropDuplicates is not supported after aggregation on a streaming DataFrame/Dataset", node)


def _check_set_operation(node: SetOperation) -> None:
    if node.kind == "intersect":
        raise refuse("Intersect of streaming DataFrames/Datasets is not supported", node)
    if node.right.is_streaming:
        raise refuse("Except on a streaming DataFrame/Dataset on the right is not supported", node)


def _check_join(node: Join, mode: OutputMode, conf: Conf) -> None:
    """STF-46, STF-70 to STF-74."""
    left, right, name = node.left.is_streaming, node.right.is_streaming, _JOIN_NAMES[node.kind]
    if left and right:
        if mode != "append" and node.kind in ("left", "right", "full"):
            raise refuse(
                f"{name} join between two streaming DataFrames/Datasets is not supported in {mode.capitalize()} output "
                "mode, only in Append output mode",
                node,
            )
        if node.kind == "left_anti":
            raise refuse("LeftAnti joins with a streaming DataFrame/Dataset on the right are not supported", node)
        if mode == "complete":
            raise refuse(
                f"{name} join between two streaming DataFrames/Datasets is not supported in Complete output mode, only in "
                "Append and Update output modes",
                node,
            )
        _check_bound(node, name, conf)
        return
    if node.kind == "left_anti" and right:
        raise refuse("LeftAnti joins with a streaming DataFrame/Dataset on the right are not supported", node)
    if node.kind in ("left", "left_semi") and right:
        raise refuse(
            f"{name} join with a streaming DataFrame/Dataset on the right and a static DataFrame/Dataset on the left is "
            "not supported",
            node,
        )
    if node.kind == "right" and left:
        raise refuse(
            "RightOuter join with a streaming DataFrame/Dataset on the left and a static DataFrame/DataSet on the right "
            "not supported",
            node,
        )
    if node.kind == "full":
        one, other = ("left", "right") if left else ("right", "left")
        raise refuse(
            f"FullOuter joins with streaming DataFrames/Datasets on the {one} and a static DataFrame/Dataset on the {other} "
            "is not supported",
            node,
        )


def _check_bound(node: Join, name: str, conf: Conf) -> None:
    """A row that comes out for want of a match needs a moment after which no match can come (STF-74)."""
    if node.kind in ("inner", "cross") or marked_key(take_apart(node)) is not None:
        return
    left, right, rules = node.left.output, node.right.output, rules_of(conf)
    is_bounded = {
        "left": value_bound(node.condition, left, right, rules) is not None,
        "right": value_bound(node.condition, right, left, rules) is not None,
    }
    wanted = {"left_semi": ("left",), "left": ("left",), "right": ("right",)}.get(node.kind, ("left", "right"))
    if not any(is_bounded[side] for side in wanted):
        raise refuse(
            f"Stream-stream {name} join between two streaming DataFrame/Datasets is not supported without a watermark in the "
            "join keys, or a watermark on the nullable side and an appropriate range condition",
            node,
        )


# ---------------------------------------------------------------- expressions


def _check_expressions(node: LogicalPlan) -> None:
    if not node.is_streaming:
        return
    for expression in expressions_of(node):
        for part in expression.walk():
            if isinstance(part, WindowFunction):
                name = expression.name if isinstance(expression, (Alias, Attribute)) else sql_text(part)
                raise AnalysisException(
                    errorClass="NON_TIME_WINDOW_NOT_SUPPORTED_IN_STREAMING",
                    messageParameters={
                        "windowFunc": sql_text(part.function).upper(),
                        "columnName": f"`{name}`",
                        "windowSpec": sql_text(part).partition(" OVER ")[2].upper(),
                    },
                )
            if isinstance(part, Call) and part.name == "monotonically_increasing_id":
                raise refuse(
                    "Expression(s): monotonically_increasing_id() is not supported with streaming DataFrames/Datasets",
                    node,
                )


def expressions_of(node: LogicalPlan) -> tuple[Expression, ...]:
    """The expressions that a node evaluates."""
    if isinstance(node, Project):
        return node.columns
    if isinstance(node, Filter):
        return (node.condition,)
    if isinstance(node, Aggregate):
        return (*node.keys, *node.results)
    if isinstance(node, Generate):
        return (node.argument,)
    if isinstance(node, Sort):
        return node.orders
    if isinstance(node, AssignWindow):
        return (node.window,)
    if isinstance(node, WindowFunctions):
        return node.functions
    return ()


# ---------------------------------------------------------------- errors


def _mode_unsupported(mode: OutputMode, operation: str, plan: LogicalPlan) -> AnalysisException:
    return AnalysisException(
        errorClass="STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION",
        messageParameters={"outputMode": mode, "operation": operation},
    )


def refuse(text: str, plan: LogicalPlan | str) -> AnalysisException:
    """The error with the plan under its text, as the reference prints it."""
    shown = plan if isinstance(plan, str) else plan_text(plan)
    return AnalysisException(f"{text};\n{shown}", errorClass="_LEGACY_ERROR_TEMP_3102", messageParameters={"msg": text})
