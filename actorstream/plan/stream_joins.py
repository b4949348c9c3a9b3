"""Gets a join of two streams ready to be lowered: what each side checks before it stores a row, and when it forgets one.

Source: Spark ``PushPredicateThroughJoin``, ``InferFiltersFromConstraints``, ``JoinConditionSplitPredicates``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from actorstream.common.config import Conf
from actorstream.dataflow.operators.stream_join import StreamJoinType
from actorstream.expr.nodes import Attribute, Call, Cast, Expression
from actorstream.expr.types import BooleanType
from actorstream.expr.typing import rules_of
from actorstream.plan.join_bounds import JoinKeys, StateBound, all_of, state_bounds, take_apart
from actorstream.plan.nodes import EventTimeWatermark, Filter, Join, LogicalPlan, Prune, SubqueryAlias
from actorstream.plan.resolution import references

#: kinds of which all rows of the left, and of the right side come out
_KEEPS_LEFT = frozenset({"left", "full"})
_KEEPS_RIGHT = frozenset({"right", "full"})


@dataclass(frozen=True, slots=True)
class ReadyJoin:
    """Everything that the operator is made from; pairs of left and right."""

    kind: StreamJoinType
    inputs: tuple[LogicalPlan, LogicalPlan]
    pairs: tuple[tuple[Expression, Expression], ...]
    null_safe: tuple[bool, ...]
    #: for an outer side: what a row must satisfy to have a match at all (STF-115)
    conditions: tuple[Expression | None, Expression | None]
    bounds: tuple[StateBound | None, StateBound | None]
    rest: Expression | None


def prepare(plan: Join, conf: Conf) -> ReadyJoin:
    """Filters that may go below the join do, as far down as they can."""
    kind: StreamJoinType = "inner" if plan.kind == "cross" else plan.kind  # type: ignore[assignment]
    apart = take_apart(plan)
    inputs, conditions = [], []
    for place, (child, own, keeps) in enumerate(
        ((plan.left, apart.left, _KEEPS_LEFT), (plan.right, apart.right, _KEEPS_RIGHT))
    ):
        if kind in keeps:
            inputs.append(child)
            conditions.append(all_of(own))
        else:
            inputs.append(push_down(child, [*_not_null(apart, place, child), *own]))
            conditions.append(None)
    return ReadyJoin(
        kind,
        (inputs[0], inputs[1]),
        apart.pairs,
        apart.null_safe,
        (conditions[0], conditions[1]),
        state_bounds(plan, rules_of(conf)),
        all_of(apart.rest),
    )


def _not_null(apart: JoinKeys, place: int, child: LogicalPlan) -> list[Expression]:
    """A row with a null in a key or in a comparison can match nothing: it need not be stored."""
    used: dict[int, None] = {}
    for pair, safe in zip(apart.pairs, apart.null_safe, strict=True):
        if not safe:
            used.update(dict.fromkeys(_strict_columns(pair[place])))
    for part in apart.rest:
        if isinstance(part, Call) and part.name in ("=", "<", "<=", ">", ">="):
            for argument in part.args:
                used.update(dict.fromkeys(_strict_columns(argument)))
    return [
        Call(name="isnotnull", args=(column,), data_type=BooleanType(), nullable=False)
        for column in child.output
        if column.id in used and column.nullable
    ]


#: functions that are null as soon as an argument is
_STRICT = frozenset({"+", "-", "*", "time_add", "time_sub", "subtract_timestamps"})


def _strict_columns(expression: Expression) -> set[int]:
    """Columns whose null makes the expression null."""
    if isinstance(expression, Attribute):
        return {expression.id}
    if isinstance(expression, Cast) or (isinstance(expression, Call) and expression.name in _STRICT):
        return {column for child in expression.children for column in _strict_columns(child)}
    return set()


def push_down(plan: LogicalPlan, conditions: Sequence[Expression]) -> LogicalPlan:
    """`plan` with only the rows for which all conditions hold, filtered below watermarks on other columns.

    So a row that is dropped here does not move the watermark, as in the reference.
    """
    if not conditions:
        return plan
    if isinstance(plan, (SubqueryAlias, Prune)):
        return plan.with_children((push_down(plan.child, conditions),))
    if isinstance(plan, EventTimeWatermark):
        below = [part for part in conditions if plan.column.id not in references(part)]
        above = [part for part in conditions if plan.column.id in references(part)]
        return _filtered(plan.with_children((push_down(plan.child, below),)), above)
    return _filtered(plan, conditions)


def _filtered(plan: LogicalPlan, conditions: Sequence[Expression]) -> LogicalPlan:
    condition = all_of(conditions)
    return plan if condition is None else Filter(plan, condition)
