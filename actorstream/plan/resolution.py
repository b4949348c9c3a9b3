"""Resolves what a user wrote against the columns of a plan: names, result names and ids.

Shared by all builders (`plan.select`, `plan.aggregate`, `plan.relational`). One expression at a time; the tree of the plan is
theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from actorstream.common.config import CASE_SENSITIVE, Conf
from actorstream.errors import AnalysisException
from actorstream.expr.naming import output_name
from actorstream.expr.nodes import (
    AggregateCall,
    Alias,
    Attribute,
    Expression,
    UnresolvedAttribute,
    WindowFunction,
    next_attribute_id,
)
from actorstream.expr.typing import resolve
from actorstream.plan.nodes import Filter, Join, LogicalPlan, Named, Project, Prune


def same_name(a: str, b: str, conf: Conf) -> bool:
    """Whether two column names mean the same under ``spark.sql.caseSensitive``."""
    return a == b or (not conf.value(CASE_SENSITIVE) and a.lower() == b.lower())


def _in_order(plan: LogicalPlan, hidden: Sequence[Attribute]) -> list[Attribute]:
    while isinstance(plan, Filter):
        plan = plan.child
    known = {column.id for column in (*plan.output, *hidden)}
    (joined,) = plan.children
    return [column for column in joined.output if column.id in known]


def columns_with_keys(plan: LogicalPlan) -> Sequence[Attribute]:
    """The columns of a plan, with the keys of both sides of a join with USING where they stand."""
    hidden = _hidden(plan)
    return _in_order(plan, hidden) if hidden else plan.output


def resolve_on(plan: LogicalPlan, expression: Expression, conf: Conf) -> Expression:
    """`expression` resolved to the columns of `plan`. Raises: what `expr.typing.resolve` does."""
    return resolve(_on_its_side(expression, plan), plan.output, conf)


def _on_its_side(expression: Expression, plan: LogicalPlan) -> Expression:
    """The expression with columns of the right side of a self-join, ``df2.a``, under the ids that they have there.

    Raises: AnalysisException _LEGACY_ERROR_TEMP_1182 for a column that can be of either side.
    Source: Spark ``DetectAmbiguousSelfJoin``.
    """
    taken = [node for node in expression.walk() if isinstance(node, Attribute) and node.taken_from is not None]
    joins = [node for node in nodes_of(plan) if isinstance(node, Join) and node.original is not None] if taken else []
    if not joins:
        return expression
    present = {column.id: column for column in plan.output}
    ambiguous: list[Attribute] = []
    moved: dict[tuple[int, int], Attribute] = {}
    for column in taken:
        for join in joins:
            assert join.original is not None
            if not any(node is column.taken_from for node in nodes_of(join.original)):
                continue
            for before, after in zip(join.original.output, join.right.output, strict=True):
                if before.id != column.id or after.id == column.id or after.id not in present:
                    continue
                if column.id in present:
                    ambiguous.append(column)
                moved[column.id, id(column.taken_from)] = present[after.id]
    if ambiguous:
        names = ", ".join(f"{column.name}#{column.id}" for column in dict.fromkeys(ambiguous))
        raise AnalysisException(
            errorClass="_LEGACY_ERROR_TEMP_1182",
            messageParameters={"ambiguousAttrs": names, "config": "spark.sql.analyzer.failAmbiguousSelfJoin"},
        )

    def change(node: Expression) -> Expression:
        if not isinstance(node, Attribute):
            return node
        found = moved.get((node.id, id(node.taken_from)))
        return node if found is None else replace(found, name=node.name, taken_from=None)

    return expression.transform_up(change) if moved else expression


def nodes_of(plan: LogicalPlan) -> Iterator[LogicalPlan]:
    """A plan and all below it."""
    yield plan
    for child in plan.children:
        yield from nodes_of(child)


def with_using_keys(
    plan: LogicalPlan, expressions: Sequence[Expression], conf: Conf
) -> tuple[LogicalPlan, list[Expression]]:
    """The keys of both sides of a join with USING where an expression names them by their side, ``u.k``.

    Returns: the plan with these columns, without a name, at the end of its output, and the expressions on them.
    """
    hidden = _hidden(plan)
    if not hidden:
        return plan, list(expressions)
    own = {column.id for column in plan.output}
    used: dict[int, Attribute] = {}

    def change(node: Expression) -> Expression:
        if isinstance(node, Attribute) and node.id not in own and any(node.id == column.id for column in hidden):
            used[node.id] = node
        if not isinstance(node, UnresolvedAttribute) or len(node.parts) < 2 or _matches(node, plan.output, conf):
            return node
        found = _matches(node, hidden, conf)
        if not found:
            return node
        used[found[0].id] = found[0]
        return replace(found[0], name=node.parts[-1], origin=node.origin)

    changed = [expression.transform_up(change) for expression in expressions]
    return (_uncovered(plan, set(used)) if used else plan), changed


def _matches(node: UnresolvedAttribute, columns: Sequence[Attribute], conf: Conf) -> list[Attribute]:
    *qualifier, name = node.parts
    return [
        column
        for column in columns
        if same_name(column.name, name, conf)
        and len(qualifier) <= len(column.qualifier)
        and all(
            same_name(a, b, conf)
            for a, b in zip(qualifier, column.qualifier[len(column.qualifier) - len(qualifier) :], strict=True)
        )
    ]


def _hidden(plan: LogicalPlan) -> tuple[Attribute, ...]:
    while isinstance(plan, Filter):
        plan = plan.child
    return plan.hidden if isinstance(plan, Prune) else ()


def _uncovered(plan: LogicalPlan, ids: set[int]) -> LogicalPlan:
    if isinstance(plan, Filter):
        return replace(plan, child=_uncovered(plan.child, ids))
    assert isinstance(plan, Prune)
    added = tuple(replace(column, name="", qualifier=()) for column in plan.hidden if column.id in ids)
    return replace(plan, columns=(*plan.columns, *added))


def to_named(expression: Expression) -> Named:
    """A resolved expression as a result column: named as Spark names it, with an id."""
    if isinstance(expression, Attribute):
        return expression
    if isinstance(expression, Alias):
        if expression.id is not None:
            return expression
        return replace(expression, id=next_attribute_id())
    return Alias(
        child=expression,
        name=output_name(expression),
        id=next_attribute_id(),
        data_type=expression.data_type,
        nullable=expression.nullable,
    )


def contains_aggregate(expression: Expression) -> bool:
    """Whether an aggregate function is called in it, other than right under the OVER of a window of rows."""
    if isinstance(expression, WindowFunction):
        inside = (*expression.function.children, *expression.partition_by, *expression.order_by)
        return any(contains_aggregate(child) for child in inside)
    return isinstance(expression, AggregateCall) or any(contains_aggregate(child) for child in expression.children)


def references(expression: Expression) -> set[int]:
    """Ids of the columns that a resolved expression reads."""
    return {node.id for node in expression.walk() if isinstance(node, Attribute)}


def resolve_with_hidden(
    plan: LogicalPlan, expressions: Sequence[Expression], conf: Conf
) -> tuple[LogicalPlan, list[Expression]]:
    """Resolve against the columns of `plan` or, if it is a projection, also against those that it has left out.

    ``df.select("a").where(df.b > 1)`` works in Spark: the projection then carries ``b`` along.
    Returns: the plan with the hidden columns it needs at the end of its output, and the resolved expressions.
    """
    try:
        return plan, [resolve_on(plan, expression, conf) for expression in expressions]
    except AnalysisException as error:
        condition = error.getCondition() or ""
        if not (condition.startswith(("UNRESOLVED_COLUMN", "MISSING_ATTRIBUTES")) and isinstance(plan, Project)):
            raise
        own = {column.id for column in plan.output}
        hidden = [column for column in plan.child.output if column.id not in own]
        names = {column.name.lower() for column in plan.output}
        expressions = [_below(expression, plan.output, hidden, conf) for expression in expressions]
        # by a bare name only what the projection has not replaced, by identity (``df.a``) all of it
        meant = {reference for expression in expressions for reference in references(expression)}
        scope = [
            *plan.output,
            *(column for column in hidden if column.name.lower() not in names or column.id in meant),
        ]
        try:
            resolved = [resolve(expression, scope, conf) for expression in expressions]
        except AnalysisException:
            raise error from None
        needed = {reference for item in resolved for reference in references(item)} - own
        carried = tuple(column for column in hidden if column.id in needed)
        return replace(plan, columns=(*plan.columns, *carried)), resolved


def _below(expression: Expression, shown: Sequence[Attribute], hidden: Sequence[Attribute], conf: Conf) -> Expression:
    """The expression with the left-out columns that it names by their table, ``t.a``."""

    def change(node: Expression) -> Expression:
        if not isinstance(node, UnresolvedAttribute) or len(node.parts) < 2 or _matches(node, shown, conf):
            return node
        found = {column.id: column for column in _matches(node, hidden, conf)}
        return next(iter(found.values())) if len(found) == 1 else node

    return expression.transform_up(change)


def trimmed(plan: LogicalPlan, columns: Sequence[Attribute]) -> LogicalPlan:
    """`plan` with the given columns only; itself if it has no others."""
    if len(plan.output) == len(columns):
        return plan
    return Project(plan, tuple(columns))
