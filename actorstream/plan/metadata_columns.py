"""The hidden column ``_metadata`` of files: it joins a plan when an expression names it and nothing else has that name (IO-48).

A provider that has such a column offers `with_metadata`; the column then passes through projections, filters and aliases above it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from actorstream.expr.nodes import Attribute, Expression, UnresolvedAttribute
from actorstream.expr.typing import attributes_of
from actorstream.plan.nodes import Filter, LogicalPlan, Project, Relation, SubqueryAlias

NAME = "_metadata"


def with_metadata(plan: LogicalPlan, expressions: Iterable[Expression]) -> LogicalPlan:
    """The plan, with ``_metadata`` as its last column if an expression asks for it and the plan can have it."""
    if not any(_asks(expression) for expression in expressions) or any(_is_it(column) for column in plan.output):
        return plan
    return _exposed(plan) or plan


def _asks(expression: Expression) -> bool:
    return any(
        isinstance(node, UnresolvedAttribute) and NAME in map(str.lower, node.parts[:2]) for node in expression.walk()
    )


def _is_it(column: Attribute) -> bool:
    return column.name.lower() == NAME


def _exposed(plan: LogicalPlan) -> LogicalPlan | None:
    if isinstance(plan, Relation):
        make = getattr(plan.provider, "with_metadata", None)
        if make is None:
            return None
        provider = make()
        added = attributes_of(provider.schema)[-1:]
        return replace(plan, provider=provider, columns=(*plan.columns, *added))
    if not isinstance(plan, (Project, Filter, SubqueryAlias)):
        return None
    child = _exposed(plan.child)
    if child is None:
        return None
    wider = plan.with_children((child,))
    return replace(wider, columns=(*wider.columns, child.output[-1])) if isinstance(wider, Project) else wider
