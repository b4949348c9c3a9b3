"""Leaves out what nobody reads, where it matters: between a join of two streams and what is above it.

Not for speed alone: a side of a join drops late rows only if its event-time column is still there, so whether somebody above
reads that column decides about the result (STF-16). Source: Spark ``ColumnPruning``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from actorstream.expr.nodes import Expression
from actorstream.plan import nodes
from actorstream.plan.nodes import LogicalPlan
from actorstream.plan.pushdown import joins_streams
from actorstream.plan.resolution import references


def prune_above_joins(plan: LogicalPlan) -> LogicalPlan:
    """The plan with unread columns taken out of both sides of every join of two streams."""
    return _pruned(plan, {column.id for column in plan.output})


def _pruned(plan: LogicalPlan, needed: set[int]) -> LogicalPlan:
    """`plan` with at least the needed columns of its output."""
    if not any(joins_streams(node) for node in plan.walk()):
        return plan
    if isinstance(plan, nodes.Join):
        return _pruned_join(plan, needed)
    if isinstance(plan, nodes.Project):
        kept = tuple(column for column in plan.columns if column.id in needed)
        return replace(plan, child=_pruned(plan.child, _read_by(kept)), columns=kept)
    if isinstance(plan, nodes.Prune):
        return _only(_pruned(plan.child, needed), needed)
    below = _needed_below(plan, needed)
    if below is None:
        children = plan.children
        return plan.with_children(tuple(_pruned(child, {item.id for item in child.output}) for child in children))
    return plan.with_children(tuple(_pruned(child, below) for child in plan.children))


def _pruned_join(plan: nodes.Join, needed: set[int]) -> LogicalPlan:
    below = needed if plan.condition is None else needed | references(plan.condition)
    children = tuple(_pruned(child, below) for child in plan.children)
    if not joins_streams(plan):
        return plan.with_children(children)
    # what only the condition reads is of no use above either
    return _only(plan.with_children(tuple(_only(child, below) for child in children)), needed)


def _only(plan: LogicalPlan, needed: set[int]) -> LogicalPlan:
    kept = tuple(column for column in plan.output if column.id in needed)
    return plan if len(kept) == len(plan.output) else nodes.Prune(plan, kept)


def _needed_below(plan: LogicalPlan, needed: set[int]) -> set[int] | None:
    """What a node of one input needs of it; None if all."""
    if isinstance(plan, (nodes.SubqueryAlias, nodes.Repartition, nodes.Limit)):
        return needed
    if isinstance(plan, nodes.Filter):
        return needed | references(plan.condition)
    if isinstance(plan, nodes.EventTimeWatermark):
        return needed | {plan.column.id}
    if isinstance(plan, nodes.Aggregate):
        return _read_by((*plan.keys, *plan.results))
    if isinstance(plan, nodes.AssignWindow):
        return needed | references(plan.window)
    if isinstance(plan, nodes.Sort):
        return needed | _read_by(plan.orders)
    if isinstance(plan, nodes.Generate):
        return needed | references(plan.argument)
    if isinstance(plan, nodes.Deduplicate):
        return needed | {key.id for key in plan.keys}
    if isinstance(plan, nodes.Observe):
        return needed | _read_by(plan.results)
    return None


def _read_by(expressions: Iterable[Expression]) -> set[int]:
    return {column for expression in expressions for column in references(expression)}
