"""Gets a join of two streams ready to be lowered: what each side checks before it stores a row, and when it forgets one.

Source: Spark ``PushPredicateThroughJoin``, ``InferFiltersFromConstraints``, ``JoinConditionSplitPredicates``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from actorstream.common.config import Conf
from actorstream.dataflow.operators.stream_join import StreamJoinType
from actorstream.expr.nodes import Attribute, Call, Cast, Expression
from actorstream.expr.types import BooleanType
from actorstream.expr.typing import rules_of
from actorstream.plan.join_bounds import JoinKeys, StateBound, all_of, conjuncts, state_bounds, take_apart
from actorstream.plan.nodes import EventTimeWatermark, Filter, Join, LogicalPlan, Project, Prune, SubqueryAlias
from actorstream.plan.pushdown import filtered, is_deterministic
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
    known = ([*_known_of(plan.left), *apart.left], [*_known_of(plan.right), *apart.right])
    for place, (child, own, keeps) in enumerate(
        ((plan.left, apart.left, _KEEPS_LEFT), (plan.right, apart.right, _KEEPS_RIGHT))
    ):
        if kind in keeps:
            inputs.append(child)
            conditions.append(all_of(own))
        else:
            inferred = [part for part in _of_equal_keys(apart, place, known[1 - place]) if part not in known[place]]
            inputs.append(filtered(child, [*_not_null(apart, place, child), *own, *inferred]))
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


def _known_of(plan: LogicalPlan) -> list[Expression]:
    """Conditions that hold for all rows of `plan`, because it filters by them."""
    if isinstance(plan, Filter):
        return [*conjuncts(plan.condition), *_known_of(plan.child)]
    if isinstance(plan, (EventTimeWatermark, Project, Prune, SubqueryAlias)):
        there = {column.id for column in plan.output}
        return [part for part in _known_of(plan.children[0]) if references(part) <= there]
    return []


def _of_equal_keys(apart: JoinKeys, place: int, known: list[Expression]) -> list[Expression]:
    """What the conditions on one column of the other side say about a column of this side that must equal it."""
    found: list[Expression] = []
    for pair, safe in zip(apart.pairs, apart.null_safe, strict=True):
        mine, theirs = pair[place], pair[1 - place]
        if safe or not isinstance(mine, Attribute) or not isinstance(theirs, Attribute):
            continue
        change = partial(_swapped, theirs=theirs, mine=mine)
        found += [
            part.transform_up(change) for part in known if references(part) == {theirs.id} and is_deterministic(part)
        ]
    return found


def _swapped(node: Expression, *, theirs: Attribute, mine: Attribute) -> Expression:
    return mine if isinstance(node, Attribute) and node.id == theirs.id else node
