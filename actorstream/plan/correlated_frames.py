"""Frames that look at columns of another frame, ``col("x").outer()``, untied from it: their conditions become those of a join.

Such a frame is a chain of steps above a `Correlated` filter. The columns that its condition compares with outer ones are carried up
to its top. The same for SQL, whose subqueries are still text, is in `plan.sql_subqueries`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from actorstream.common.config import Conf
from actorstream.errors import AnalysisException, PySparkNotImplementedError
from actorstream.expr.nodes import (
    Alias,
    Attribute,
    Call,
    Expression,
    OuterReference,
    UnresolvedAttribute,
    next_attribute_id,
)
from actorstream.expr.typing import resolve
from actorstream.plan.nodes import (
    Aggregate,
    Correlated,
    Filter,
    LogicalPlan,
    Project,
    Prune,
    SubqueryAlias,
    to_attribute,
)


@dataclass(slots=True)
class Untied:
    """A frame without its conditions on outer columns.

    `plan` has the `carried` columns after its own. Where `pairs` are asked for, they are what each of these equals outside.
    """

    plan: LogicalPlan
    conditions: list[Expression]
    carried: list[Attribute]
    pairs: list[tuple[Attribute, Attribute]]


def looks_outside(condition: Expression, plan: LogicalPlan, conf: Conf) -> bool:
    """Whether a condition names outer columns that the plan itself has not."""

    def is_outer(node: Expression) -> bool:
        if not isinstance(node, OuterReference):
            return False
        try:
            resolve(node.child, plan.output, conf)
        except AnalysisException as error:
            return (error.getCondition() or "").startswith("UNRESOLVED_COLUMN")
        return False

    return any(is_outer(node) for node in condition.walk())


def is_correlated(plan: LogicalPlan) -> bool:
    """Whether a frame looks at outer columns."""
    return isinstance(plan, Correlated) or any(is_correlated(child) for child in plan.children)


def untied(plan: LogicalPlan, outer: LogicalPlan, conf: Conf, *, by_key: bool) -> Untied:
    """A frame and the conditions that tie its rows to those of `outer`.

    Args:
        by_key: only equalities of a column with an outer one will do, and they are told as `pairs`.
    Raises: PySparkNotImplementedError NOT_IMPLEMENTED for other steps above the condition, or other conditions.
    """
    if not is_correlated(plan):
        return Untied(plan, [], [], [])
    if isinstance(plan, Correlated):
        return _condition(plan, outer, conf, by_key=by_key)
    if isinstance(plan, Aggregate) and not plan.keys:
        found = untied(plan.child, outer, conf, by_key=True)
        keys = tuple(found.carried)
        return replace(found, plan=Aggregate(found.plan, keys, (*plan.results, *keys)))
    if not isinstance(plan, (Project, Prune, SubqueryAlias, Filter)):
        raise _not_yet(f"A {type(plan).__name__} above a condition on outer columns")
    found = untied(plan.child, outer, conf, by_key=by_key)
    moved = plan.with_children((found.plan,))
    if isinstance(moved, (Project, Prune)):
        moved = replace(moved, columns=(*moved.columns, *found.carried))  # type: ignore[arg-type]
    return replace(found, plan=moved)


def _condition(plan: Correlated, outer: LogicalPlan, conf: Conf, *, by_key: bool) -> Untied:
    """The parts of the condition that name outer columns leave it."""
    child = plan.child
    carried: dict[int, Alias] = {}
    conditions: list[Expression] = []
    pairs: list[tuple[Attribute, Attribute]] = []
    inside: Expression | None = None

    def column(node: UnresolvedAttribute | Attribute) -> Expression:
        """A column of the frame, as it is carried up."""
        found = resolve(node, child.output, conf)
        base = found.child if isinstance(found, Alias) else found
        for part in base.walk():
            if isinstance(part, Attribute) and part.id not in carried:
                carried[part.id] = Alias(
                    child=part,
                    name=f"__key_{len(carried)}",
                    id=next_attribute_id(),
                    data_type=part.data_type,
                    nullable=part.nullable,
                )
        return base.transform_up(lambda part: to_attribute(carried[part.id]) if isinstance(part, Attribute) else part)

    def bound(node: Expression) -> Expression:
        if isinstance(node, OuterReference):
            found = resolve(node.child, outer.output, conf)
            return found.child if isinstance(found, Alias) else found
        if isinstance(node, (UnresolvedAttribute, Attribute)):
            return column(node)
        return node.map_children(bound)

    for part in _conjuncts(plan.condition):
        if not any(isinstance(node, OuterReference) for node in part.walk()):
            inside = part if inside is None else Call(name="and", args=(inside, part))
            continue
        tie = bound(part)
        sides = tie.args if isinstance(tie, Call) and tie.name == "=" else ()
        own = {to_attribute(item).id for item in carried.values()}
        columns = [side for side in sides if isinstance(side, Attribute)]
        mine = [side for side in columns if side.id in own]
        theirs = [side for side in columns if side.id not in own]
        if len(mine) == 1 and len(theirs) == 1 and mine[0].data_type == theirs[0].data_type:
            pairs.append((theirs[0], mine[0]))
        elif by_key:
            raise _not_yet("A condition on outer columns other than an equality of two columns of one type, here")
        conditions.append(tie)
    rows: LogicalPlan = child if inside is None else Filter(child, resolve(inside, child.output, conf))
    keys = [to_attribute(item) for item in carried.values()]
    made = Project(rows, (*child.output, *carried.values()))
    if not by_key:
        return Untied(made, conditions, keys, [])
    # a null is equal to nothing
    filtered: LogicalPlan = made
    for _, key in pairs:
        filtered = Filter(filtered, resolve(Call(name="isnotnull", args=(key,)), filtered.output, conf))
    return Untied(filtered, [], keys, pairs)


def _conjuncts(condition: Expression) -> list[Expression]:
    if isinstance(condition, Call) and condition.name == "and":
        return [part for argument in condition.args for part in _conjuncts(argument)]
    return [condition]


def _not_yet(feature: str) -> PySparkNotImplementedError:
    return PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED",
        messageParameters={"feature": feature, "remedy": "Join the frames, or write the query with spark.sql."},
    )
