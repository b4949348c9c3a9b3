"""A SQL query to a logical plan, clause by clause in the order in which SQL evaluates them.

Uses the same builders as the DataFrame API, so that both say the same things in the same words. Views are asked for by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from actorstream.common.config import Conf
from actorstream.errors import AnalysisException, PySparkNotImplementedError
from actorstream.expr.naming import output_name
from actorstream.expr.nodes import (
    AggregateCall,
    Alias,
    Attribute,
    Constant,
    Expression,
    SortOrder,
    Star,
    UnresolvedAttribute,
)
from actorstream.plan import relational
from actorstream.plan import select as building
from actorstream.plan.aggregate import aggregate
from actorstream.plan.nodes import LogicalPlan, Project
from actorstream.plan.resolution import contains_aggregate, expand_stars, same_name
from actorstream.plan.sql_text import identifier, translate, translate_order
from actorstream.plan.sql_windows import inline_windows

Node = Any
FindView = Callable[[str], LogicalPlan]
"""Gives the plan of a view by its name; raises TABLE_OR_VIEW_NOT_FOUND."""


def plan_query(statement: Node, find_view: FindView, one_row: LogicalPlan, conf: Conf) -> LogicalPlan:
    """The plan of a parsed query.

    Args:
        one_row: a plan of one row, for a SELECT without FROM.
    Raises: AnalysisException for names and types, PySparkNotImplementedError for syntax that has no plan.
    """
    return _Planner(find_view, one_row, conf).query(statement)


@dataclass(slots=True)
class _Planner:
    find_view: FindView
    one_row: LogicalPlan
    conf: Conf
    #: common table expressions in scope, by lower-case name
    named: dict[str, LogicalPlan] = field(default_factory=dict)

    def query(self, node: Node) -> LogicalPlan:
        """A SELECT, a set operation, or one of them in parentheses, with what stands around it."""
        outer = dict(self.named)
        with_clause = node.args.get("with_") or node.args.get("with")
        for item in with_clause.expressions if with_clause is not None else ():
            self.named[identifier(item.args["alias"]).lower()] = self.query(item.this)
        try:
            if isinstance(node, exp.Select):
                return self._select(node)
            if isinstance(node, (exp.Union, exp.Intersect, exp.Except)):
                return self._ordered(self._set_operation(node), node)
            if isinstance(node, exp.Subquery):
                return self._ordered(self.query(node.this), node)
        finally:
            self.named = outer
        raise _missing(node)

    # ------------------------------------------------------------ FROM

    def _source(self, node: Node) -> LogicalPlan:
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            name = ".".join(identifier(part) for part in node.parts)
            plan = self.named.get(name.lower())
            plan = self.find_view(name) if plan is None else relational.fresh(plan)
            alias = node.args.get("alias")
            plan = building.alias(plan, identifier(alias) if alias is not None else identifier(node.parts[-1]))
            return self._with_laterals(plan, node)
        if isinstance(node, exp.Subquery):
            plan = self.query(node.this)
            alias = node.args.get("alias")
            plan = plan if alias is None else building.alias(plan, identifier(alias))
            return self._with_laterals(plan, node)
        raise _missing(node)

    def _with_laterals(self, plan: LogicalPlan, node: Node) -> LogicalPlan:
        for lateral in node.args.get("laterals") or ():
            plan = self._lateral(plan, lateral)
        return plan

    def _lateral(self, plan: LogicalPlan, node: Node) -> LogicalPlan:
        """LATERAL VIEW [OUTER] explode(x) t AS a, b"""
        call: Any = translate(node.this)
        if node.args.get("outer") and not call.name.endswith("_outer"):
            call = type(call)(name=f"{call.name}_outer", args=call.args)
        alias = node.args.get("alias")
        names = [identifier(item) for item in alias.args.get("columns") or ()] if alias is not None else []
        return building.make_generate(plan, call, names, self.conf)

    def _join(self, left: LogicalPlan, node: Node) -> LogicalPlan:
        right = self._source(node.this)
        side, kind = str(node.args.get("side") or "").lower(), str(node.args.get("kind") or "").lower()
        words = "_".join(word for word in (side, kind) if word and word not in ("inner", "outer", "cross"))
        how = "cross" if kind == "cross" else words or "inner"
        using = [identifier(item) for item in node.args.get("using") or ()]
        on = node.args.get("on")
        condition = None if on is None else translate(on)
        return relational.join(left, right, relational.join_kind(how), condition, using, self.conf)

    # ------------------------------------------------------------ SELECT

    def _select(self, node: Node) -> LogicalPlan:
        source = node.args.get("from_") or node.args.get("from")
        plan = self.one_row if source is None else self._source(source.this)
        for join in node.args.get("joins") or ():
            plan = self._join(plan, join)
        for lateral in node.args.get("laterals") or ():
            plan = self._lateral(plan, lateral)
        where = node.args.get("where")
        if where is not None:
            plan = building.where(plan, translate(where.this), self.conf)
        inline_windows(node)
        items = [translate(item) for item in node.expressions]
        group, having = node.args.get("group"), node.args.get("having")
        if group is not None or having is not None:
            plan = self._grouped(plan, items, group, having, node)
        else:
            plan = building.select(plan, items, self.conf)
            plan = self._distinct(plan, node)
        return self._ordered(plan, node)

    def _distinct(self, plan: LogicalPlan, node: Node) -> LogicalPlan:
        if node.args.get("distinct") is None:
            return plan
        return relational.deduplicate(plan, None, self.conf, distinct=True)

    def _grouped(
        self, plan: LogicalPlan, items: Sequence[Expression], group: Node, having: Node, node: Node
    ) -> LogicalPlan:
        """GROUP BY and HAVING: what HAVING needs beside the select list is computed along and dropped again."""
        items = expand_stars(items, plan, self.conf)
        keys = [
            self._group_key(translate(key), items, plan) for key in (group.expressions if group is not None else ())
        ]
        if group is not None and any(group.args.get(part) for part in ("cube", "rollup", "grouping_sets")):
            raise _missing(group)
        condition = None if having is None else translate(having.this)
        hidden: dict[Expression, str] = {}
        if condition is not None:
            condition = _over_hidden(condition, items, hidden)
        extra = [Alias(child=call, name=name) for call, name in hidden.items()]
        grouped = aggregate(plan, keys, [*items, *extra], self.conf, retain_keys=False)
        result: LogicalPlan = grouped
        if condition is not None:
            shown = grouped.output[: len(items)]
            result = Project(building.where(grouped, condition, self.conf), shown)
        return self._distinct(result, node)

    def _group_key(self, key: Expression, items: Sequence[Expression], plan: LogicalPlan) -> Expression:
        """A key by number or by the alias of a select item stands for that item."""
        if isinstance(key, Constant) and isinstance(key.value, int) and not isinstance(key.value, bool):
            if not 1 <= key.value <= len(items):
                raise AnalysisException(
                    errorClass="GROUP_BY_POS_OUT_OF_RANGE",
                    messageParameters={"index": str(key.value), "size": str(len(items))},
                )
            return _bare(items[key.value - 1])
        if isinstance(key, UnresolvedAttribute) and len(key.parts) == 1:
            name = key.parts[0]
            if not any(same_name(column.name, name, self.conf) for column in plan.output):
                for item in items:
                    if isinstance(item, Alias) and same_name(item.name, name, self.conf):
                        return item.child
        return key

    # ------------------------------------------------------------ what comes last

    def _ordered(self, plan: LogicalPlan, node: Node) -> LogicalPlan:
        order = node.args.get("order")
        if order is not None:
            keys = [self._order_key(translate_order(item), plan) for item in order.expressions]
            plan = building.order_by(plan, keys, self.conf)
        limit, offset = node.args.get("limit"), node.args.get("offset")
        if offset is not None:
            plan = building.limit(plan, None, _number(offset.expression))
        if limit is not None:
            plan = building.limit(plan, _number(limit.expression))
        return plan

    def _order_key(self, key: SortOrder, plan: LogicalPlan) -> SortOrder:
        """A key by number, or an expression that is a column of the result under its text."""
        child = key.child
        if isinstance(child, Constant) and isinstance(child.value, int):
            if not 1 <= child.value <= len(plan.output):
                raise AnalysisException(
                    errorClass="ORDER_BY_POS_OUT_OF_RANGE",
                    messageParameters={"index": str(child.value), "size": str(len(plan.output))},
                )
            column: Attribute = plan.output[child.value - 1]
            return SortOrder(child=column, ascending=key.ascending, nulls_first=key.nulls_first)
        if contains_aggregate(child):
            text = output_name(child)
            for column in plan.output:
                if column.name == text:
                    return SortOrder(child=column, ascending=key.ascending, nulls_first=key.nulls_first)
        return key

    def _set_operation(self, node: Node) -> LogicalPlan:
        left, right = self.query(node.this), self.query(node.expression)
        distinct = bool(node.args.get("distinct", True))
        if isinstance(node, exp.Union):
            united = relational.union(left, right, self.conf)
            return relational.deduplicate(united, None, self.conf, distinct=True) if distinct else united
        kind = "intersect" if isinstance(node, exp.Intersect) else "except"
        return relational.set_operation(left, right, kind, self.conf, distinct=distinct)


def _bare(expression: Expression) -> Expression:
    return expression.child if isinstance(expression, Alias) else expression


def _over_hidden(expression: Expression, items: Sequence[Expression], hidden: dict[Expression, str]) -> Expression:
    """HAVING with each aggregate replaced by a column of its name: one of the select list, or a hidden one."""
    shown: Mapping[Expression, str] = {_bare(item): output_name(item) for item in items if not isinstance(item, Star)}

    def change(node: Expression) -> Expression:
        if isinstance(node, AggregateCall):
            name = shown.get(node) or hidden.setdefault(node, f"__having_{len(hidden)}")
            return UnresolvedAttribute(parts=(name,))
        return node.map_children(change)

    return change(expression)


def _number(node: Node) -> int:
    value = translate(node)
    if isinstance(value, Constant) and isinstance(value.value, int):
        return value.value
    raise _missing(node)


def _missing(node: Node) -> PySparkNotImplementedError:
    return PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED",
        messageParameters={
            "feature": f"The SQL syntax `{node.sql(dialect='spark')}`",
            "remedy": "Write it with the DataFrame API.",
        },
    )
