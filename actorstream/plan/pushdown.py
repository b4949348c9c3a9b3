"""Moves the filters of a streaming plan down, as far as the reference does: below watermarks and into joins of two streams.

Not for speed alone: a row that is filtered out below a watermark does not move it, and a range condition in a ``where`` above a
join bounds the state of that join (STF-112). Source: Spark ``PushPredicateThroughNonJoin``, ``PushPredicateThroughJoin``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from actorstream.expr.nodes import Alias, Attribute, Call, Expression, PythonFunction
from actorstream.expr.registry import lookup
from actorstream.plan import nodes
from actorstream.plan.join_bounds import all_of, conjuncts
from actorstream.plan.nodes import LogicalPlan
from actorstream.plan.resolution import references

Conditions = Sequence[Expression]


def push_filters_down(plan: LogicalPlan) -> LogicalPlan:
    """The plan with every filter over a watermark or a join of two streams at its place."""
    if not any(isinstance(node, nodes.EventTimeWatermark) or joins_streams(node) for node in plan.walk()):
        return plan
    if isinstance(plan, nodes.Filter):
        return filtered(plan.child, conjuncts(plan.condition))
    return plan.with_children(tuple(push_filters_down(child) for child in plan.children)) if plan.children else plan


def joins_streams(plan: LogicalPlan) -> bool:
    """Whether a node joins two streams."""
    return isinstance(plan, nodes.Join) and plan.left.is_streaming and plan.right.is_streaming


def filtered(plan: LogicalPlan, conditions: Conditions) -> LogicalPlan:
    """`plan` with only the rows for which all conditions hold, each tested as far down as it can be."""
    step = _STEPS.get(type(plan))
    movable = [part for part in conditions if step is not None and is_deterministic(part)]
    staying = [part for part in conditions if part not in movable]
    if step is not None and movable:
        plan, left = step(plan, movable)
        staying = [*left, *staying]
    else:
        plan = push_filters_down(plan)
    condition = all_of(staying)
    return plan if condition is None else nodes.Filter(plan, condition)


def is_deterministic(expression: Expression) -> bool:
    """Whether it has the same value however often it is evaluated."""
    for node in expression.walk():
        if isinstance(node, PythonFunction) and not node.deterministic:
            return False
        if isinstance(node, Call):
            entry = lookup(node.name)
            if entry is not None and not entry.deterministic:
                return False
    return True


Step = Callable[[Any, Conditions], tuple[LogicalPlan, Conditions]]
"""From a node and conditions to the node with some of them below it, and the others."""


def _below(plan: LogicalPlan, conditions: Conditions) -> tuple[LogicalPlan, Conditions]:
    (child,) = plan.children
    return plan.with_children((filtered(child, conditions),)), ()


def _below_filter(plan: nodes.Filter, conditions: Conditions) -> tuple[LogicalPlan, Conditions]:
    return filtered(plan.child, [*conjuncts(plan.condition), *conditions]), ()


def _below_watermark(plan: nodes.EventTimeWatermark, conditions: Conditions) -> tuple[LogicalPlan, Conditions]:
    # every row has to be seen by the watermark that another column decides about
    below, above = _divided(conditions, lambda used: plan.column.id not in used)
    return replace(plan, child=filtered(plan.child, below)), above


def _below_new_columns(plan: LogicalPlan, conditions: Conditions) -> tuple[LogicalPlan, Conditions]:
    (child,) = plan.children
    there = {column.id for column in child.output}
    below, above = _divided(conditions, lambda used: used <= there)
    return plan.with_children((filtered(child, below),)), above


def _below_project(plan: nodes.Project, conditions: Conditions) -> tuple[LogicalPlan, Conditions]:
    meaning = {
        column.id: column.child if isinstance(column, Alias) else column
        for column in plan.columns
        if column.id is not None and is_deterministic(column)
    }
    below, above = _divided(conditions, lambda used: used <= meaning.keys())
    return replace(plan, child=filtered(plan.child, [_in_terms_of(part, meaning) for part in below])), above


def _below_union(plan: nodes.Union, conditions: Conditions) -> tuple[LogicalPlan, Conditions]:
    inputs = []
    for child in plan.inputs:
        meaning = {column.id: own for column, own in zip(plan.columns, child.output, strict=True)}
        inputs.append(filtered(child, [_in_terms_of(part, meaning) for part in conditions]))
    return replace(plan, inputs=tuple(inputs)), ()


def _into_join(plan: nodes.Join, conditions: Conditions) -> tuple[LogicalPlan, Conditions]:
    lefts = {column.id for column in plan.left.output}
    rights = {column.id for column in plan.right.output}
    own_left, rest = _divided(conditions, lambda used: bool(used) and used <= lefts)
    own_right, rest = _divided(rest, lambda used: bool(used) and used <= rights)
    left, right = plan.left, plan.right
    if plan.kind in ("inner", "cross", "left", "left_semi", "left_anti"):
        left, own_left = filtered(left, own_left), []
    if plan.kind in ("inner", "cross", "right"):
        right, own_right = filtered(right, own_right), []
    left, right = push_filters_down(left), push_filters_down(right)
    joined = replace(plan, left=left, right=right)
    if plan.kind in ("inner", "cross") and joins_streams(plan):
        return replace(joined, kind="inner", condition=all_of([*conjuncts(plan.condition), *rest])), ()
    return joined, [*own_left, *own_right, *rest]


def _divided(conditions: Conditions, fits: Callable[[set[int]], bool]) -> tuple[list[Expression], list[Expression]]:
    """The conditions whose columns fit, and the others."""
    yes = [part for part in conditions if fits(references(part))]
    return yes, [part for part in conditions if part not in yes]


def _in_terms_of(condition: Expression, meaning: Mapping[int, Expression]) -> Expression:
    def change(node: Expression) -> Expression:
        return meaning[node.id] if isinstance(node, Attribute) else node

    return condition.transform_up(change)


_STEPS: Mapping[type[LogicalPlan], Step] = {
    nodes.SubqueryAlias: _below,
    nodes.Repartition: _below,
    nodes.Prune: _below,
    nodes.Filter: _below_filter,
    nodes.EventTimeWatermark: _below_watermark,
    nodes.AssignWindow: _below_new_columns,
    nodes.Generate: _below_new_columns,
    nodes.Project: _below_project,
    nodes.Union: _below_union,
    nodes.Join: _into_join,
}
