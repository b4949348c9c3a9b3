"""Queries inside expressions: values, EXISTS and IN become joins. Part of `plan.sql_query`.

A correlated subquery is computed for all rows of the outer query at once. The values of the outer columns that it uses
are its *domain*: distinct rows that are joined into its FROM and carried along as keys, so that every result knows the outer
rows it is for.
Source: Neumann and Kemper, "Unnesting Arbitrary Queries" (BTW 2015).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from actorstream.common.config import Conf
from actorstream.errors import AnalysisException, PySparkNotImplementedError
from actorstream.expr.coercion import literal, quoted
from actorstream.expr.nodes import (
    AggregateCall,
    Alias,
    Attribute,
    Call,
    Constant,
    Expression,
    UnresolvedAttribute,
    next_attribute_id,
)
from actorstream.expr.typing import resolve
from actorstream.plan import relational
from actorstream.plan import select as building
from actorstream.plan.correlated_frames import untied
from actorstream.plan.expressions import Subquery
from actorstream.plan.nodes import (
    Aggregate,
    Deduplicate,
    Join,
    JoinKind,
    LogicalPlan,
    Project,
    Prune,
    SingleRow,
    to_attribute,
)
from actorstream.plan.resolution import contains_aggregate
from actorstream.plan.sql_parts import Parts
from actorstream.plan.sql_text import identifier, translate

if TYPE_CHECKING:
    from actorstream.plan.sql_query import Planner

Node = Any


@dataclass(slots=True)
class Correlation:
    """The query around a subquery, and what ties a row of the subquery to the outer rows that it is for.

    That is either a domain, `pairs` of a column of the outer query and the one with its values in the subquery, or, where the
    rows need not be known apart by it, `conditions` on columns of both, taken from the subquery's WHERE.
    """

    outer: LogicalPlan
    #: whether the subquery is only asked for the rows that belong to an outer row, not for something made of all of them
    rows_only: bool = False
    #: whether it is an aggregation without keys
    single_row: bool = False
    pairs: list[tuple[Attribute, Attribute]] = field(default_factory=list)
    conditions: list[Expression] = field(default_factory=list)
    #: columns of the subquery that come after its own
    carried: list[Attribute] = field(default_factory=list)

    def bind(self, planner: Planner, plan: LogicalPlan, parts: Parts) -> tuple[LogicalPlan, Parts]:
        """Find the outer columns that the subquery uses, and join their values into its input.

        Shape: `plan` is the subquery's FROM. The WHERE clause is the condition of that join, so that an equality with an
        outer column is a hash join.
        """
        conf = planner.conf
        found: dict[tuple[str, ...], Attribute] = {}
        for expression in parts.expressions():
            for part in expression.walk():
                if isinstance(part, UnresolvedAttribute) and part.parts not in found and not is_known(plan, part, conf):
                    column = _outer_column(self.outer, part, conf)
                    if column is not None:
                        found[part.parts] = column
        if not found:
            return plan, parts
        if self.rows_only and parts.where is not None and not _subqueries(parts.where):
            others = replace(parts, where=None).expressions()
            if not any(contains_aggregate(item) or _names(item) & set(found) for item in others):
                return plan, self._pulled_up(plan, parts, found, conf)
        by_key = self._grouped_by_keys(plan, parts, found, conf)
        if by_key is not None:
            return plan, by_key
        if self.outer.is_streaming or plan.is_streaming:
            raise _on_a_stream("A correlated subquery")
        columns = list({column.id: column for column in found.values()}.values())
        # the same rows computed a second time, under other ids
        copy = relational.fresh(Project(self.outer, tuple(columns)))
        named = [
            Alias(
                child=column,
                name=f"__outer_{place}",
                id=next_attribute_id(),
                data_type=column.data_type,
                nullable=column.nullable,
            )
            for place, column in enumerate(copy.output)
        ]
        domain = Project(copy, tuple(named))
        domain_rows = Deduplicate(domain, domain.output, is_distinct=True)
        self.pairs = list(zip(columns, domain.output, strict=True))
        self.carried = list(domain.output)
        places = {ours.id: theirs for ours, theirs in self.pairs}

        def change(part: Expression) -> Expression:
            if isinstance(part, UnresolvedAttribute) and part.parts in found:
                base: Expression = places[found[part.parts].id]
                path = part.parts[part.parts.index(found[part.parts].name) + 1 :] if len(part.parts) > 1 else ()
                for name in path:
                    base = Call(name="getitem", args=(base, literal(name)))
                return base
            return part

        bound = parts.mapped(lambda item: item.transform_up(change))
        joined: LogicalPlan = Join(domain_rows, plan, "inner")
        if bound.where is not None and not _subqueries(bound.where):
            condition = resolve(bound.where, joined.output, conf)
            joined, bound = Join(domain_rows, plan, "inner", condition), replace(bound, where=None)
        return joined, replace(bound, items=_without_domain(bound.items, plan))

    def _grouped_by_keys(
        self, plan: LogicalPlan, parts: Parts, found: Mapping[tuple[str, ...], Attribute], conf: Conf
    ) -> Parts | None:
        """An aggregation whose only tie is that its columns equal outer ones: these columns are its keys, with no domain."""
        others = replace(parts, where=None).expressions()
        if not self.single_row or parts.where is None or _subqueries(parts.where):
            return None
        if any(_names(item) & set(found) for item in others):
            return None
        kept: list[Expression] = []
        pairs: list[tuple[Attribute, Attribute]] = []
        for condition in _conjuncts(parts.where):
            if not _names(condition) & set(found):
                kept.append(condition)
                continue
            if not isinstance(condition, Call) or condition.name != "=":
                return None
            sides = condition.args
            outside = [side for side in sides if isinstance(side, UnresolvedAttribute) and side.parts in found]
            inside = [side for side in sides if side not in outside]
            if len(outside) != 1 or len(inside) != 1 or _names(inside[0]) & set(found):
                return None
            column = resolve(inside[0], plan.output, conf)
            outer = found[outside[0].parts]
            if not isinstance(column, Attribute) or column.data_type != outer.data_type:
                return None
            kept.append(Call(name="isnotnull", args=(column,)))
            pairs.append((outer, column))
        self.pairs, self.carried = pairs, [inner for _, inner in pairs]
        return replace(parts, where=_conjunction(kept))

    def _pulled_up(
        self, plan: LogicalPlan, parts: Parts, found: Mapping[tuple[str, ...], Attribute], conf: Conf
    ) -> Parts:
        """The conditions that name outer columns leave the WHERE clause and become those of the join."""
        assert parts.where is not None
        kept: list[Expression] = []
        for condition in _conjuncts(parts.where):
            if not _names(condition) & set(found):
                kept.append(condition)
                continue
            bound = condition.transform_up(
                lambda part: found.get(part.parts, part) if isinstance(part, UnresolvedAttribute) else part
            )
            self.conditions.append(resolve(bound, (*plan.output, *found.values()), conf))
        inner = {column.id: column for column in plan.output}
        used = {part.id for condition in self.conditions for part in condition.walk() if isinstance(part, Attribute)}
        self.carried = [inner[id_] for id_ in sorted(used & set(inner))]
        return replace(parts, where=_conjunction(kept))


def _on_a_stream(feature: str) -> PySparkNotImplementedError:
    return PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED",
        messageParameters={
            "feature": f"{feature} on a stream",
            "remedy": "Join the stream with the table, or run the query in foreachBatch.",
        },
    )


def _not_streaming(found: _Planned) -> _Planned:
    """Raise if a subquery reads a stream."""
    if found.plan.is_streaming:
        raise AnalysisException(errorClass="INVALID_SUBQUERY_EXPRESSION.STREAMING_QUERY", messageParameters={})
    return found


def _names(expression: Expression) -> set[tuple[str, ...]]:
    return {part.parts for part in expression.walk() if isinstance(part, UnresolvedAttribute)}


def _without_domain(items: Sequence[Expression], plan: LogicalPlan) -> list[Expression]:
    """A bare star means the subquery's own columns, not the domain's."""
    from actorstream.expr.nodes import Star

    result: list[Expression] = []
    for item in items:
        result.extend(plan.output if isinstance(item, Star) and not item.target else [item])
    return result


def is_known(plan: LogicalPlan, part: UnresolvedAttribute, conf: Conf) -> bool:
    """Whether a name is a column of `plan`. Raises: AnalysisException AMBIGUOUS_REFERENCE and its like."""
    try:
        resolve(part, plan.output, conf)
    except AnalysisException as error:
        if not (error.getCondition() or "").startswith("UNRESOLVED_COLUMN"):
            raise
        return False
    return True


def _outer_column(plan: LogicalPlan, part: UnresolvedAttribute, conf: Conf) -> Attribute | None:
    for length in range(len(part.parts), 0, -1):
        shorter = UnresolvedAttribute(parts=part.parts[:length])
        if is_known(plan, shorter, conf):
            column = resolve(shorter, plan.output, conf)
            if isinstance(column, Attribute):
                return replace(column, name=part.parts[length - 1])
    return None


def _subqueries(expression: Expression) -> list[Subquery]:
    return [part for part in expression.walk() if isinstance(part, Subquery)]


# ---------------------------------------------------------------- planning one


@dataclass(frozen=True, slots=True)
class _Planned:
    """A subquery as a plan: its own columns, then those that tie it to the outer query."""

    plan: LogicalPlan
    correlation: Correlation

    @property
    def pairs(self) -> Sequence[tuple[Attribute, Attribute]]:
        return self.correlation.pairs

    @property
    def columns(self) -> tuple[Attribute, ...]:
        return self.plan.output[: len(self.plan.output) - len(self.correlation.carried)]

    @property
    def keys(self) -> tuple[Attribute, ...]:
        return self.plan.output[len(self.plan.output) - len(self.correlation.carried) :]

    def matches(self) -> list[Expression]:
        """What says that a result is for an outer row."""
        if self.correlation.conditions:
            return list(self.correlation.conditions)
        return [Call(name="<=>", args=(ours, key)) for (ours, _), key in zip(self.pairs, self.keys, strict=True)]


def _plan(
    planner: Planner, outer: LogicalPlan, query: Node, *, rows_only: bool = False, complete: bool = True
) -> _Planned:
    if isinstance(query, LogicalPlan):  # a frame
        return _planned_frame(outer, relational.fresh(query), planner.conf, rows_only=rows_only)
    while isinstance(query, exp.Subquery) and not any(query.args.get(part) for part in ("order", "limit", "offset")):
        query = query.this
    plain = not any(query.args.get(part) for part in ("group", "having", "qualify", "limit", "offset"))
    single = plain and isinstance(query, exp.Select) and _is_one_row(query)
    correlation = Correlation(outer, rows_only=rows_only and plain, single_row=single)
    planner.outer = correlation if isinstance(query, exp.Select) else None
    try:
        found = _Planned(planner.query(query), correlation)
    finally:
        planner.outer = None
    if complete and found.pairs and _is_one_row(query) and not all(column.nullable for column in found.columns):
        if outer.is_streaming:
            raise _on_a_stream("A count in a correlated subquery")
        return _completed(planner, outer, query, found)
    return found


def _planned_frame(outer: LogicalPlan, plan: LogicalPlan, conf: Conf, *, rows_only: bool) -> _Planned:
    found = untied(plan, outer, conf, by_key=not rows_only)
    counts = {column.id for column in found.plan.output[: len(plan.output)] if not column.nullable}
    if found.pairs and _is_one_row(plan) and counts:
        assert isinstance(found.plan, Aggregate)
        if not all(_is_count(result) for result in found.plan.results if to_attribute(result).id in counts):
            raise PySparkNotImplementedError(
                errorClass="NOT_IMPLEMENTED",
                messageParameters={
                    "feature": "A collection of the rows for each outer row",
                    "remedy": "Group the frame and join with it.",
                },
            )
    correlation = Correlation(outer, rows_only=rows_only, pairs=found.pairs, conditions=found.conditions)
    correlation.carried = found.carried
    return _Planned(found.plan, correlation)


def _is_count(result: Expression) -> bool:
    core = result.child if isinstance(result, Alias) else result
    return isinstance(core, AggregateCall) and core.name == "count"


def _completed(planner: Planner, outer: LogicalPlan, query: Node, found: _Planned) -> _Planned:
    """An aggregation without keys has a row for no rows too: that of the same query over nothing (a count is zero)."""
    conf = planner.conf
    columns = tuple(ours for ours, _ in found.pairs)
    domain = relational.fresh(Project(outer, columns))
    every = Deduplicate(domain, domain.output, is_distinct=True)
    marked = building.select(found.plan, [*found.plan.output, _named(literal(True), "__found")], conf)
    width = len(found.columns)
    keys, mark = marked.output[width:-1], marked.output[-1]
    matches = [Call(name="<=>", args=pair) for pair in zip(every.output, keys, strict=True)]
    empty = _over_nothing(planner, outer, query)
    joined = _join(_join(every, marked, "left", matches, conf), empty, "cross", (), conf)
    is_found = Call(name="isnotnull", args=(mark,))
    cells = [
        _named(Call(name="if", args=(is_found, column, other)), column.name)
        for column, other in zip(marked.output[:width], empty.output, strict=True)
    ]
    plan = building.select(joined, [*cells, *every.output], conf)
    places = plan.output[width:]
    pairs = list(zip(columns, places, strict=True))
    return _Planned(plan, Correlation(outer, pairs=pairs, carried=list(places)))


def _is_one_row(query: Node) -> bool:
    """Whether a query is an aggregation without keys."""
    if isinstance(query, LogicalPlan):
        return isinstance(query, Aggregate) and not query.keys
    if query.args.get("group") is not None:
        return False
    return any(contains_aggregate(translate(item)) for item in query.expressions)


def _conjunction(conditions: Sequence[Expression]) -> Expression | None:
    result: Expression | None = None
    for condition in conditions:
        result = condition if result is None else Call(name="and", args=(result, condition))
    return result


def _join(
    left: LogicalPlan, right: LogicalPlan, kind: JoinKind, conditions: Sequence[Expression], conf: Conf
) -> LogicalPlan:
    return relational.join(left, right, kind, _conjunction(conditions), (), conf)


# ---------------------------------------------------------------- WHERE


def filtered(planner: Planner, plan: LogicalPlan, condition: Expression) -> LogicalPlan:
    """``WHERE condition``: EXISTS and IN that must hold are semi joins, those that must not are anti joins."""
    rest: list[Expression] = []
    tests: list[tuple[Subquery, bool]] = []
    for part in _conjuncts(condition):
        negated = isinstance(part, Call) and part.name == "not" and isinstance(part.args[0], Subquery)
        subquery = part.args[0] if negated and isinstance(part, Call) else part
        if isinstance(subquery, Subquery) and subquery.kind != "scalar":
            tests.append((subquery, negated))
        else:
            rest.append(part)
    remaining = _conjunction(rest)
    if remaining is not None:
        columns = plan.output
        extended, (remaining,) = replace_subqueries(planner, plan, [remaining])
        plan = building.where(extended, remaining, planner.conf)
        if len(plan.output) != len(columns):
            plan = Prune(plan, columns)
    for subquery, negated in tests:
        plan = _tested(planner, plan, subquery, negated=negated)
    return plan


def _conjuncts(condition: Expression) -> list[Expression]:
    if isinstance(condition, Call) and condition.name == "and":
        return [part for argument in condition.args for part in _conjuncts(argument)]
    return [condition]


def _tested(planner: Planner, plan: LogicalPlan, subquery: Subquery, *, negated: bool) -> LogicalPlan:
    found = _not_streaming(_plan(planner, plan, subquery.query, rows_only=True))
    conditions = found.matches()
    if subquery.kind == "in":
        equals = _equalities(planner, plan, subquery, found)
        if negated and any(argument.nullable for equal in equals for argument in equal.args):
            # NOT IN is true only where every comparison is false: a null on either side leaves the row out
            if len(equals) == 1 and not conditions:
                plan = _without_nulls(planner, plan, found, equals[0])
            else:
                equals = [
                    Call(name="or", args=(equal, _is_null(equal))) if any(a.nullable for a in equal.args) else equal
                    for equal in equals
                ]
        conditions.extend(equals)
    return _join(plan, found.plan, "left_anti" if negated else "left_semi", conditions, planner.conf)


def _without_nulls(planner: Planner, plan: LogicalPlan, found: _Planned, equal: Call) -> LogicalPlan:
    """The rows that an anti join on the plain equality may look at: all if the subquery has no row, none if it has a null."""
    value, conf = equal.args[0], planner.conf
    copy = relational.fresh(found.plan)
    counts = building.select(
        copy,
        [_named(_count(), "__rows"), _named(_count(replace(copy.output[0], nullable=True)), "__values")],
        conf,
    )
    rows, present = counts.output
    joined = _join(plan, counts, "cross", (), conf)
    no_null = Call(name="and", args=(Call(name="isnotnull", args=(value,)), Call(name="=", args=(rows, present))))
    condition = Call(name="or", args=(Call(name="=", args=(rows, literal(0))), no_null))
    return Prune(building.where(joined, condition, conf), plan.output)


def _is_null(expression: Expression) -> Expression:
    return Call(name="isnull", args=(expression,))


def _equalities(planner: Planner, plan: LogicalPlan, subquery: Subquery, found: _Planned) -> list[Call]:
    if len(subquery.values) != len(found.columns):
        from actorstream.expr.naming import sql_text

        left = ", ".join(quoted(sql_text(value)) for value in subquery.values)
        raise AnalysisException(
            errorClass="DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH",
            messageParameters={
                "sqlExpr": quoted(_in_name(subquery)),
                "leftLength": str(len(subquery.values)),
                "rightLength": str(len(found.columns)),
                "leftColumns": left,
                "rightColumns": ", ".join(quoted(column.name) for column in found.columns),
            },
        )
    # names in the values are columns of the outer query, whatever the subquery calls its own
    resolved = [resolve(value, plan.output, planner.conf) for value in subquery.values]
    values = [value.child if isinstance(value, Alias) else value for value in resolved]
    return [Call(name="=", args=pair) for pair in zip(values, found.columns, strict=True)]


def _in_name(subquery: Subquery) -> str:
    from actorstream.expr.naming import sql_text

    values = ", ".join(sql_text(value) for value in subquery.values)
    left = values if len(subquery.values) == 1 else f"named_struct({values})"
    return f"({left} IN (listquery()))"


# ---------------------------------------------------------------- anywhere else


def replace_subqueries(
    planner: Planner, plan: LogicalPlan, expressions: Sequence[Expression]
) -> tuple[LogicalPlan, list[Expression]]:
    """The plan with a column for every subquery in the expressions, and the expressions with these columns."""
    made: dict[int, Expression] = {}
    for expression in expressions:
        for subquery in _subqueries(expression):
            if id(subquery) not in made:
                plan, made[id(subquery)] = _column(planner, plan, subquery)

    def adopt(part: Expression) -> Expression:
        if isinstance(part, Subquery):
            return made[id(part)]
        return part.map_children(adopt)

    return plan, [adopt(expression) for expression in expressions] if made else list(expressions)


def _column(planner: Planner, plan: LogicalPlan, subquery: Subquery) -> tuple[LogicalPlan, Expression]:
    found = _not_streaming(_plan(planner, plan, subquery.query))
    outside = ", ".join(ours.name for ours, _ in found.pairs)
    if subquery.kind == "scalar":
        return _value(planner, plan, subquery, found, f"scalarsubquery({outside})")
    if subquery.kind == "in":
        equals: list[Expression] = [*_equalities(planner, plan, subquery, found)]
        name = _in_name(subquery)
        columns: tuple[Attribute, ...] = found.plan.output
    else:
        equals, name, columns = [], f"exists({outside})", found.keys
    conf = planner.conf
    if not columns:  # EXISTS that is the same for every row
        counted = building.select(building.limit(found.plan, 1), [_named(_count(), "__count")], conf)
        joined = _join(plan, counted, "cross", (), conf)
        return _only(joined, plan, (counted.output[0].id,)), _renamed(
            Call(name=">", args=(counted.output[0], literal(0))), name
        )
    distinct = Deduplicate(Project(found.plan, columns), columns, is_distinct=True)
    flagged = building.select(distinct, [*columns, _named(Constant(value=True), "__found")], conf)
    joined = _join(plan, flagged, "left", [*found.matches(), *equals], conf)
    flag = joined.output[-1]
    return _only(joined, plan, (flag.id,)), _renamed(Call(name="isnotnull", args=(flag,)), name)


def _renamed(expression: Expression, name: str) -> Expression:
    """An expression under the name that results and errors show; projections take such a column's name."""
    return Alias(child=expression, name=name)


def _named(expression: Expression, name: str) -> Expression:
    return Alias(child=expression, name=name)


def _count(*args: Expression) -> Expression:
    return AggregateCall(name="count", args=args)


def _value(
    planner: Planner, plan: LogicalPlan, subquery: Subquery, found: _Planned, name: str
) -> tuple[LogicalPlan, Expression]:
    """A subquery that stands for one value: null where it has no row."""
    if len(found.columns) != 1:
        raise AnalysisException(
            errorClass="INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN",
            messageParameters={"number": str(len(found.columns))},
        )
    conf = planner.conf
    one_row = _is_one_row(_inside(subquery.query))
    rows: LogicalPlan = found.plan if one_row else SingleRow(found.plan, found.keys)
    result = found.columns[0]
    value = Alias(child=result, name=name, id=next_attribute_id(), data_type=result.data_type, nullable=True)
    right = Project(rows, (value, *found.keys))
    if found.pairs:
        joined = _join(plan, right, "left", found.matches(), conf)
    else:
        joined = relational.join(plan, right, "left", Constant(value=True), (), conf)
    column: Expression = _attribute(joined, value.id)
    if found.pairs and not result.nullable and isinstance(subquery.query, LogicalPlan):
        column = _renamed(Call(name="coalesce", args=(column, literal(0))), name)  # a count of no rows
    return _only(joined, plan, (value.id,)), column


def _inside(query: Node) -> Node:
    while isinstance(query, exp.Subquery):
        query = query.this
    return query


def _only(joined: LogicalPlan, plan: LogicalPlan, ids: Sequence[int | None]) -> LogicalPlan:
    wanted = {column.id for column in plan.output} | set(ids)
    return Prune(joined, tuple(column for column in joined.output if column.id in wanted))


def _attribute(plan: LogicalPlan, wanted: int | None) -> Attribute:
    return next(column for column in plan.output if column.id == wanted)


def _over_nothing(planner: Planner, plan: LogicalPlan, query: Node) -> LogicalPlan:
    """The value of an aggregation without keys when it gets no row."""
    empty = _inside(query).copy()
    for part in ("order", "limit", "having"):
        empty.set(part, None)
    empty.set("where", exp.Where(this=exp.Boolean(this=False)))
    found = _plan(planner, plan, empty, complete=False)
    if found.pairs:
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": "A count that looks at outer columns in a correlated subquery",
                "remedy": "Group in a common table expression and join with it.",
            },
        )
    return found.plan


# ---------------------------------------------------------------- LATERAL


def lateral(
    planner: Planner,
    left: LogicalPlan,
    query: Node,
    alias: Node | None,
    *,
    outer: bool,
    on: Expression | None = None,
) -> LogicalPlan:
    """``left, LATERAL (query)``: for each row of the left side, the rows of a query that sees its columns.

    Args:
        outer: whether a row without any stays, with nulls.
        on: a condition on the columns of both sides.
    """
    found = _plan(planner, left, query, rows_only=True)
    one_row = bool(found.pairs and _is_one_row(query))
    if one_row and outer and on is not None:
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": "LEFT JOIN LATERAL of an aggregation with a condition",
                "remedy": "Put the condition into the subquery's HAVING.",
            },
        )
    right: LogicalPlan = found.plan
    if alias is not None:
        names = [identifier(item) for item in alias.args.get("columns") or ()]
        shown = (
            [replace(column, name=name) for column, name in zip(found.columns, names, strict=True)]
            if names
            else list(found.columns)
        )
        right = building.alias(Project(right, (*_as_named(shown, found.columns), *found.keys)), identifier(alias))
    matches = found.matches()
    if on is not None and not one_row:
        resolved = resolve(on, (*left.output, *right.output[: len(found.columns)]), planner.conf)
        matches, on = [*matches, resolved], None
    joined = _join(left, right, "left" if outer or one_row else "inner", matches, planner.conf)
    if on is not None:
        joined = building.where(joined, on, planner.conf)
    width = len(left.output) + len(found.columns)
    return Prune(joined, joined.output[:width]) if found.correlation.carried else joined


def _as_named(shown: Sequence[Attribute], columns: Sequence[Attribute]) -> list[Alias]:
    return [
        Alias(child=column, name=named.name, id=column.id, data_type=column.data_type, nullable=column.nullable)
        for named, column in zip(shown, columns, strict=True)
    ]
