"""``df.zip(other)``: the columns of two frames that are projections of the same rows, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from actorstream.errors import AnalysisException
from actorstream.expr.nodes import Alias, Attribute, Expression, next_attribute_id
from actorstream.plan.nodes import LogicalPlan, Named, Project, Prune, SubqueryAlias, to_attribute


def zipped(left: LogicalPlan, right: LogicalPlan) -> LogicalPlan:
    """Both projections over one reading of the rows. Raises: AnalysisException ZIP_PLANS_NOT_MERGEABLE.

    Source: Spark ``ResolveZip``.
    """
    base, left_steps = _steps(left)
    other, right_steps = _steps(right)
    if base is not other:
        raise AnalysisException(errorClass="ZIP_PLANS_NOT_MERGEABLE", messageParameters={})
    # the right side works on copies of the columns, under ids of its own
    ids = {column.id: next_attribute_id() for column in base.output}
    copies = tuple(
        Alias(child=column, name=column.name, id=ids[column.id], data_type=column.data_type, nullable=column.nullable)
        for column in base.output
    )
    carried = tuple(map(to_attribute, copies))
    plan: LogicalPlan = Project(base, (*base.output, *copies))
    for columns in left_steps:
        plan = Project(plan, (*columns, *carried))
    shown = left.output
    plan = Prune(plan, (*shown, *carried))
    names = {ids[column.id]: column for column in base.output}
    made: tuple[Attribute, ...] = tuple(replace(names[column.id], id=column.id) for column in carried)
    for columns in right_steps:
        renumbered = tuple(_renumbered(column, ids) for column in columns)
        plan = Project(plan, (*shown, *renumbered))
        made = tuple(map(to_attribute, renumbered))
    return Prune(plan, (*shown, *made))


def _steps(plan: LogicalPlan) -> tuple[LogicalPlan, list[Sequence[Named]]]:
    """The plan below all projections, and their columns from the bottom up."""
    steps: list[Sequence[Named]] = []
    while isinstance(plan, (Project, SubqueryAlias)):
        if isinstance(plan, Project):
            steps.insert(0, plan.columns)
        plan = plan.child
    return plan, steps


def _renumbered(named: Named, ids: dict[int, int]) -> Named:
    def change(node: Expression) -> Expression:
        if isinstance(node, Attribute) or (isinstance(node, Alias) and node.id is not None):
            assert node.id is not None
            return replace(node, id=ids.setdefault(node.id, next_attribute_id()))
        return node

    changed = named.transform_up(change)
    assert isinstance(changed, (Alias, Attribute))
    return changed
