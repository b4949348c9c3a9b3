"""A SQL query to a logical plan, clause by clause in the order in which SQL evaluates them.

Uses the same builders as the DataFrame API, so that both say the same things in the same words. Views are asked for by name.
FROM is in `plan.sql_from`, GROUP BY in `plan.sql_grouping`, subqueries inside expressions are in `plan.sql_subqueries`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from sqlglot import exp

from actorstream.common.config import Conf
from actorstream.errors import AnalysisException, ParseException, PySparkNotImplementedError
from actorstream.expr.coercion import literal, quoted, quoted_type, type_of
from actorstream.expr.naming import output_name
from actorstream.expr.nodes import (
    AggregateCall,
    Alias,
    Attribute,
    Call,
    Constant,
    Expression,
    SortOrder,
    Star,
    UnresolvedAttribute,
    WindowFunction,
)
from actorstream.expr.types import IntegralType
from actorstream.expr.typing import resolve
from actorstream.plan import relational
from actorstream.plan import select as building
from actorstream.plan.nodes import Aggregate, LogicalPlan, Project, Prune, Repartition
from actorstream.plan.sql_dialect import BARE_FROM, PIPES, written
from actorstream.plan.sql_from import constant_value, source
from actorstream.plan.sql_functions import with_queries
from actorstream.plan.sql_grouping import grouped
from actorstream.plan.sql_parts import Parts, needs_input
from actorstream.plan.sql_pipes import piped
from actorstream.plan.sql_recursion import names_itself, recursive
from actorstream.plan.sql_subqueries import Correlation, filtered, is_known, replace_subqueries
from actorstream.plan.sql_text import ALL, identifier, translate
from actorstream.plan.sql_windows import inline_windows
from actorstream.plan.stars import expand_stars

Node = Any
FindView = Callable[[str], LogicalPlan]
"""Gives the plan of a view by its name; raises TABLE_OR_VIEW_NOT_FOUND."""
Bind = Callable[[Node], None]
"""Puts values into the placeholders of a syntax tree."""


def plan_query(
    statement: Node,
    find_view: FindView,
    one_row: LogicalPlan,
    conf: Conf,
    variables: Mapping[str, Constant] | None = None,
    bind: Bind = lambda tree: None,
) -> LogicalPlan:
    """The plan of a parsed query.

    Args:
        one_row: a plan of one row, for a SELECT without FROM.
        variables: SQL variables by lower-case name, for names that are no columns.
        bind: puts the values of parameters into a part of the text that is parsed later, an operator of pipe syntax.
    Raises: AnalysisException for names and types, PySparkNotImplementedError for syntax that has no plan.
    """
    return Planner(find_view, one_row, conf, variables or {}, bind).query(statement)


@dataclass(slots=True)
class Planner:
    """Plans queries; `named` are the common table expressions in scope, by lower-case name."""

    find_view: FindView
    one_row: LogicalPlan
    conf: Conf
    variables: Mapping[str, Constant]
    bind: Bind
    named: dict[str, LogicalPlan] = field(default_factory=dict)
    #: the query around a subquery that is being planned
    outer: Correlation | None = None

    def query(self, node: Node) -> LogicalPlan:
        """A SELECT, a set operation, VALUES, TABLE, or one of them in parentheses, with what stands around it."""
        operators = node.meta.get(PIPES)
        if operators:
            return self._piped(node, operators)
        with self._scope(node):
            if isinstance(node, exp.Select):
                return self._select(node)
            if isinstance(node, (exp.Union, exp.Intersect, exp.Except)):
                return self.ordered(self._set_operation(node), node)
            if isinstance(node, exp.Subquery):
                return self.ordered(self.query(node.this), node)
            if isinstance(node, exp.Values):
                return self.ordered(source(self, node), node)
            if isinstance(node, exp.Alias) and node.this.name.lower() == "table":  # TABLE name
                return source(self, exp.to_table(identifier(node.args["alias"])))
        raise missing(node)

    def _piped(self, node: Node, operators: Sequence[str]) -> LogicalPlan:
        """``query |> operator |> operator``; after a bare ``FROM t``, the columns keep the name of their table."""
        base = node.copy()
        base.meta.pop(PIPES)
        with self._scope(base):
            plain = base.meta.get(BARE_FROM)
            plan = source(self, base) if plain else self.query(base)
            for operator in operators:
                plan = piped(self, plan, operator)
            return plan

    @contextmanager
    def _scope(self, node: Node) -> Iterator[None]:
        """The common table expressions of a WITH, each of which sees those before it."""
        outside = dict(self.named)
        with_clause = node.args.get("with_") or node.args.get("with")
        items = with_clause.expressions if with_clause is not None else ()
        _check_names(items)
        try:
            for item in items:
                alias = item.args["alias"]
                if with_clause.args.get("recursive") and names_itself(item):
                    plan = recursive(self, item)
                else:
                    plan = self.renamed(self.query(item.this), alias)
                self.named[identifier(alias).lower()] = plan
            yield
        finally:
            self.named = outside

    def renamed(self, plan: LogicalPlan, alias: Node | None) -> LogicalPlan:
        """`plan` under the column names of an alias, ``AS t(a, b)``, if it has any.

        Raises: AnalysisException ASSIGNMENT_ARITY_MISMATCH for a wrong number of names.
        """
        names = [identifier(item) for item in (alias.args.get("columns") or ())] if alias is not None else []
        if not names:
            return plan
        if len(names) != len(plan.output):
            raise AnalysisException(
                errorClass="ASSIGNMENT_ARITY_MISMATCH",
                messageParameters={"numExpr": str(len(names)), "numTarget": str(len(plan.output))},
            )
        return building.to_df(plan, names)

    # ------------------------------------------------------------ SELECT

    def _select(self, node: Node) -> LogicalPlan:
        _check_clauses(node)
        inline_windows(node)
        correlation, self.outer = self.outer, None
        plan = source(self, node)
        parts = Parts.of(node)
        if correlation is not None:
            plan, parts = correlation.bind(self, plan, parts)
        if self.conf.routines:
            plan, parts = self._with_functions(plan, parts)
        if self.variables:
            parts = self._with_variables(plan, parts)
        if parts.where is not None:
            plan = filtered(self, plan, parts.where)
        parts.items = self._with_earlier_aliases(plan, expand_stars(parts.items, plan, self.conf))
        carried = [] if correlation is None else correlation.carried
        if parts.is_aggregated(node):
            plan, parts = self._one_value_each(plan, parts)
            plan, hidden = grouped(self.conf, plan, parts, node.args.get("group"), carried)
        else:
            plan, hidden = self._projected(plan, parts, carried)
        if node.args.get("qualify") is not None:
            plan = self._qualified(plan, translate(node.args["qualify"].this))
        shown = plan.output[: len(plan.output) - len(hidden)]
        if node.args.get("distinct") is not None:
            if node.args["distinct"].args.get("on") is not None:
                raise missing(node.args["distinct"])
            if hidden:
                plan = Project(plan, shown)
            plan = self._distinct(plan)
        keys = [replace(key, child=hidden[key.child]) if key.child in hidden else key for key in parts.order]
        plan = self._sorted(plan, node, keys, shown)
        return self._cut(plan, node, shown[len(shown) - len(carried) :])

    def _projected(
        self, plan: LogicalPlan, parts: Parts, carried: Sequence[Attribute]
    ) -> tuple[LogicalPlan, dict[Expression, Attribute]]:
        """The select list and, at the end, sort keys that only the input can give."""
        wanted = [key.child for key in parts.order if needs_input(key.child)]
        plan, expressions = replace_subqueries(self, plan, [*parts.items, *wanted])
        count = len(parts.items)
        extra = [Alias(child=item, name=f"__order_{place}") for place, item in enumerate(expressions[count:])]
        plan = building.select(plan, [*expressions[:count], *carried, *extra], self.conf)
        return plan, dict(zip(wanted, plan.output[len(plan.output) - len(extra) :], strict=True))

    def _with_earlier_aliases(self, plan: LogicalPlan, items: Sequence[Expression]) -> list[Expression]:
        """Names of earlier items stand for these where the input has no such column."""
        aliases: dict[str, Expression] = {}
        columns = {column.name.lower() for column in plan.output} | {
            part.lower() for column in plan.output for part in column.qualifier
        }

        def change(part: Expression) -> Expression:
            if isinstance(part, UnresolvedAttribute) and len(part.parts) == 1:
                name = part.parts[0].lower()
                if name not in columns and name in aliases:
                    return aliases[name]
            return part

        result = []
        for item in items:
            changed = item.transform_up(change) if aliases else item
            result.append(changed)
            if isinstance(changed, Alias):
                aliases.setdefault(changed.name.lower(), changed.child)
        return result

    def _with_variables(self, plan: LogicalPlan, parts: Parts) -> Parts:
        """Names that are no column and, outside of WHERE, no alias of the select list are variables."""
        aliases = {item.name.lower() for item in parts.items if isinstance(item, Alias)}

        def change(part: Expression, hidden: set[str] = aliases) -> Expression:
            if not isinstance(part, UnresolvedAttribute):
                return part
            name = part.parts[-1].lower()
            path = tuple(word.lower() for word in part.parts[:-1])
            if name not in self.variables or path not in ((), ("session",), ("system", "session")):
                return part
            return part if name in hidden or is_known(plan, part, self.conf) else self.variables[name]

        def item(expression: Expression) -> Expression:
            changed = expression.transform_up(change)
            top = isinstance(expression, UnresolvedAttribute) and changed is not expression
            return Alias(child=changed, name=expression.parts[-1]) if top else changed  # type: ignore[attr-defined]

        where = None if parts.where is None else parts.where.transform_up(lambda part: change(part, set()))
        changed = parts.mapped(lambda part: part.transform_up(change))
        return replace(changed, items=[item(part) for part in parts.items], where=where)

    def _with_functions(self, plan: LogicalPlan, parts: Parts) -> tuple[LogicalPlan, Parts]:
        """Calls of SQL functions that read tables, whose arguments become columns that no star sees."""
        if not _calls(parts, self.conf):
            return plan, parts
        parts.items = [
            item
            for written in parts.items
            for item in (expand_stars([written], plan, self.conf) if isinstance(written, Star) else [written])
        ]
        plan, changed = with_queries(self, plan, parts.expressions())
        count = len(parts.after_grouping())
        where = parts.where if parts.where is None else changed[-1]
        return plan, replace(parts.with_after_grouping(changed[:count]), where=where)

    def _one_value_each(self, plan: LogicalPlan, parts: Parts) -> tuple[LogicalPlan, Parts]:
        """Scalar subqueries beside aggregates: one value for all rows, so the first row's is the group's."""
        before = {column.id for column in plan.output}
        plan, changed = replace_subqueries(self, plan, parts.after_grouping())

        def whole(part: Expression) -> Expression:
            if isinstance(part, AggregateCall):
                return part
            if isinstance(part, Attribute) and part.id in added:
                return AggregateCall(name="first", args=(part,))
            return part.map_children(whole)

        added = {column.id for column in plan.output} - before
        if not added:
            return plan, parts
        return plan, parts.with_after_grouping([whole(item) for item in changed])

    def _qualified(self, plan: LogicalPlan, condition: Expression) -> LogicalPlan:
        """QUALIFY: a condition on window functions, computed beside the result and dropped again."""
        shown = plan.output
        scope = plan
        if isinstance(plan, Project):
            names = {column.name.lower() for column in shown}
            known = {column.id for column in shown}
            others = (c for c in plan.child.output if c.id not in known and c.name.lower() not in names)
            scope = Project(plan.child, (*plan.columns, *others))
        scope = building.select(scope, [*scope.output, Alias(child=condition, name="__qualify")], self.conf)
        return Project(building.where(scope, scope.output[-1], self.conf), shown)

    # ------------------------------------------------------------ what comes last

    def ordered(self, plan: LogicalPlan, node: Node) -> LogicalPlan:
        """ORDER BY and LIMIT around a set operation or parentheses."""
        return self._cut(self._sorted(plan, node, Parts.of(node).order, plan.output), node)

    def _sorted(
        self, plan: LogicalPlan, node: Node, keys: Sequence[SortOrder], shown: tuple[Attribute, ...]
    ) -> LogicalPlan:
        if keys:
            orders: list[Expression] = []
            for key in keys:
                if key.child == ALL:
                    orders.extend(replace(key, child=column) for column in shown)
                else:
                    orders.append(self._numbered(key, shown))
            plan = building.order_by(plan, orders, self.conf, everywhere=node.args.get("order") is not None)
        if node.args.get("distribute") is not None or node.args.get("cluster") is not None:
            plan = Repartition(plan)
        return plan if len(plan.output) == len(shown) else Project(plan, shown)

    def _cut(self, plan: LogicalPlan, node: Node, carried: Sequence[Attribute] = ()) -> LogicalPlan:
        """LIMIT and OFFSET; with `carried` columns of an outer query, for each of their values by itself."""
        limit, offset = node.args.get("limit"), node.args.get("offset")
        skip = 0 if offset is None else self._number(offset.expression, "offset")
        count = None
        if limit is not None and translate(limit.expression) != ALL:
            count = self._number(limit.expression, "limit")
        if carried and (count is not None or skip):
            return self._cut_each(plan, carried, count, skip)
        if offset is not None:
            plan = building.limit(plan, None, skip)
        return plan if count is None else building.limit(plan, count)

    def _cut_each(self, plan: LogicalPlan, carried: Sequence[Attribute], count: int | None, skip: int) -> LogicalPlan:
        # the rows are in order already, and numbering keeps the order of those that are equal to it
        number = WindowFunction(
            function=Call(name="row_number", args=()),
            partition_by=tuple(carried),
            order_by=(SortOrder(child=literal(1)),),
        )
        columns = plan.output
        numbered = building.select(plan, [*columns, Alias(child=number, name="__row")], self.conf)
        place = numbered.output[-1]
        condition: Expression = Call(name=">", args=(place, literal(skip)))
        if count is not None:
            last = Call(name="<=", args=(place, literal(skip + count)))
            condition = Call(name="and", args=(condition, last))
        return Prune(building.where(numbered, condition, self.conf), numbered.output[: len(columns)])

    def _numbered(self, key: SortOrder, shown: Sequence[Attribute]) -> SortOrder:
        """A key, or the column of the result that a number stands for."""
        child = key.child
        if isinstance(child, Constant) and isinstance(child.value, int) and not isinstance(child.value, bool):
            if not 1 <= child.value <= len(shown):
                raise AnalysisException(
                    errorClass="ORDER_BY_POS_OUT_OF_RANGE",
                    messageParameters={"index": str(child.value), "size": str(len(shown))},
                )
            return replace(key, child=shown[child.value - 1])
        return key

    def _number(self, node: Node, name: str) -> int:
        expression = translate(node)
        if isinstance(expression, UnresolvedAttribute) and expression.parts[-1].lower() in self.variables:
            expression = self.variables[expression.parts[-1].lower()]
        if any(isinstance(part, UnresolvedAttribute) for part in expression.walk()):
            raise AnalysisException(
                errorClass="INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE",
                messageParameters={"name": name, "expr": quoted(output_name(expression))},
            )
        resolved = resolve(expression, (), self.conf)
        found = constant_value(expression, self.conf)
        if isinstance(resolved.data_type, IntegralType) and isinstance(found, int):
            return found
        raise AnalysisException(
            errorClass="INVALID_LIMIT_LIKE_EXPRESSION.DATA_TYPE",
            messageParameters={
                "name": name,
                "expr": quoted(output_name(expression)),
                "dataType": quoted_type(type_of(resolved)),
            },
        )

    def _distinct(self, plan: LogicalPlan) -> LogicalPlan:
        """Every row once. On a stream this is a group by all columns, with the rules for output modes of one."""
        if plan.is_streaming:
            return Aggregate(plan, plan.output, plan.output)
        return relational.deduplicate(plan, None, self.conf, distinct=True)

    def _set_operation(self, node: Node) -> LogicalPlan:
        left, right = self.query(node.this), self.query(node.expression)
        distinct = bool(node.args.get("distinct", True))
        if node.args.get("by_name"):
            raise missing(node)
        if isinstance(node, exp.Union):
            united = relational.union(left, right, self.conf)
            return self._distinct(united) if distinct else united
        kind = "intersect" if isinstance(node, exp.Intersect) else "except"
        return relational.set_operation(left, right, kind, self.conf, distinct=distinct)


#: clauses of a SELECT that have a plan, or need none
_CLAUSES = frozenset(
    [
        "with_",
        "with",
        "expressions",
        "from_",
        "from",
        "joins",
        "laterals",
        "where",
        "group",
        "having",
        "windows",
        "qualify",
        "distinct",
        "order",
        "sort",
        "cluster",
        "distribute",
        "limit",
        "offset",
        "hint",
        "kind",
        "operation_modifiers",
    ]
)


def _calls(parts: Parts, conf: Conf) -> bool:
    """Whether a function of the user is called."""
    calls = (node for item in parts.expressions() for node in item.walk() if isinstance(node, Call))
    return any(call.name.lower() in conf.routines for call in calls)


def _check_names(items: Sequence[Node]) -> None:
    """Raises: ParseException DUPLICATED_CTE_NAMES."""
    names = [identifier(item.args["alias"]) for item in items]
    lowered = [name.lower() for name in names]
    twice = [name for place, name in enumerate(names) if lowered.index(name.lower()) != place]
    if twice:
        raise ParseException(
            errorClass="DUPLICATED_CTE_NAMES",
            messageParameters={"duplicateNames": ", ".join(f"`{name}`" for name in twice)},
        )


def _check_clauses(node: Node) -> None:
    for name, value in node.args.items():
        if value and name not in _CLAUSES:
            raise missing(value if isinstance(value, exp.Expression) else node)


def missing(node: Node) -> PySparkNotImplementedError:
    """The error for syntax that has no plan."""
    return PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED",
        messageParameters={
            "feature": f"The SQL syntax `{written(node)}`",
            "remedy": "Write it with the DataFrame API.",
        },
    )
