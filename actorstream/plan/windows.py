"""Puts functions over windows of rows below a projection, as a node of their own.

Used by `plan.select` and `plan.aggregate`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from actorstream.expr.nodes import AggregateCall, Alias, Attribute, Expression, WindowFunction, next_attribute_id
from actorstream.plan.nodes import LogicalPlan, Named, Project, WindowFunctions, to_attribute


def contains_window_function(expression: Expression) -> bool:
    """Whether a function over a window of rows is in it."""
    return any(isinstance(node, WindowFunction) for node in expression.walk())


def map_windowed(node: WindowFunction, change: Callable[[Expression], Expression]) -> WindowFunction:
    """The window function with all that it reads changed; the function itself stays."""
    return replace(
        node,
        function=node.function.map_children(change),
        partition_by=tuple(change(item) for item in node.partition_by),
        order_by=tuple(replace(item, child=change(item.child)) for item in node.order_by),
        frame=None if node.frame is None else node.frame.map_children(change),
    )


def project_over_windows(plan: LogicalPlan, columns: Sequence[Named]) -> LogicalPlan:
    """``select`` of resolved columns, with the window functions in them computed first."""
    made: dict[WindowFunction, Attribute] = {}
    added: list[Alias] = []

    def column_of(function: WindowFunction, name: str) -> Attribute:
        if function not in made:
            alias = Alias(
                child=function,
                name=name,
                id=next_attribute_id(),
                data_type=function.data_type,
                nullable=function.nullable,
            )
            added.append(alias)
            made[function] = to_attribute(alias)
        return made[function]

    def adopt(node: Expression) -> Expression:
        if isinstance(node, WindowFunction):
            return column_of(node, f"_we{len(added)}")
        return node.map_children(adopt)

    changed: list[Named] = []
    for column in columns:
        if isinstance(column, Alias) and isinstance(column.child, WindowFunction):
            changed.append(replace(column, child=column_of(column.child, column.name)))
        else:
            item = adopt(column)
            assert isinstance(item, (Alias, Attribute))
            changed.append(item)
    if added:
        plan = WindowFunctions(plan, tuple(added))
    return Project(plan, tuple(changed))


def split_aggregates(columns: Sequence[Named]) -> tuple[list[Named], list[Named]]:
    """The results of an aggregation with window functions in two steps: what to aggregate, and what to compute from it.

    Shape: `columns` are over keys and aggregate calls; an aggregate call right under OVER belongs to the window.
    """
    below: dict[Expression, Named] = {}

    def lowered(node: Expression) -> Expression:
        if isinstance(node, (AggregateCall, Attribute)):
            if node not in below:
                below[node] = (
                    node
                    if isinstance(node, Attribute)
                    else Alias(
                        child=node,
                        name=f"_w{len(below)}",
                        id=next_attribute_id(),
                        data_type=node.data_type,
                        nullable=node.nullable,
                    )
                )
            return to_attribute(below[node])
        if isinstance(node, WindowFunction):
            return map_windowed(node, lowered)
        return node.map_children(lowered)

    above: list[Named] = []
    for column in columns:
        item = lowered(column)
        if isinstance(column, Attribute) and isinstance(item, Attribute):
            item = replace(item, name=column.name)
        assert isinstance(item, (Alias, Attribute))
        above.append(item)
    return list(below.values()), above
