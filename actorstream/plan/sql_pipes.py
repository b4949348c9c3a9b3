"""Pipe syntax: ``FROM t |> WHERE a > 1 |> SELECT b``. Part of `plan.sql_query`.

Each operator is a clause of a SELECT over what came before it, which goes by a name that no view can have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from actorstream.errors import AnalysisException
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import AggregateCall, Attribute, Expression, UnresolvedAttribute
from actorstream.plan import select as building
from actorstream.plan.nodes import LogicalPlan, Prune
from actorstream.plan.resolution import contains_aggregate, resolve_on
from actorstream.plan.sql_dialect import parse
from actorstream.plan.sql_errors import syntax_error
from actorstream.plan.sql_from import INPUT, source
from actorstream.plan.sql_subqueries import filtered, replace_subqueries
from actorstream.plan.sql_text import translate

if TYPE_CHECKING:
    from actorstream.plan.sql_query import Planner

Node = Any
_WORD = re.compile(r"\w+")
_FROM = f"SELECT * FROM `{INPUT}` "


def piped(planner: Planner, plan: LogicalPlan, operator: str) -> LogicalPlan:
    """The plan after one operator. Raises: ParseException, AnalysisException."""
    match = _WORD.match(operator)
    step = _STEPS.get(match[0].upper()) if match is not None else None
    if match is None or step is None:
        word = operator.split()[0] if operator else None
        raise syntax_error(operator, 0, word, "" if word is None else f": extra input '{word}'")
    rest = operator[match.end() :]
    outside = planner.named.get(INPUT)
    planner.named[INPUT] = plan
    try:
        return step(planner, plan, rest, operator)
    finally:
        if outside is None:
            del planner.named[INPUT]
        else:
            planner.named[INPUT] = outside


def _parsed(planner: Planner, text: str) -> Node:
    tree = parse(text)
    planner.bind(tree)
    return tree


def _nodes(planner: Planner, text: str) -> list[Node]:
    """The items of a list."""
    tree: Any = parse(text, prefix="SELECT ALL ")
    planner.bind(tree)
    return list(tree.expressions)


def _where(planner: Planner, plan: LogicalPlan, rest: str, operator: str) -> LogicalPlan:
    return filtered(planner, plan, translate(_parsed(planner, _FROM + operator).args["where"].this))


def _select(planner: Planner, plan: LogicalPlan, rest: str, operator: str) -> LogicalPlan:
    return planner.query(_parsed(planner, f"FROM `{INPUT}` {operator}"))


def _extend(planner: Planner, plan: LogicalPlan, rest: str, operator: str) -> LogicalPlan:
    """New columns; an item may use those before it."""
    for item in map(translate, _nodes(planner, rest)):
        _refuse_aggregates(item, "EXTEND")
        extended, (item,) = replace_subqueries(planner, plan, [item])
        plan = building.select(extended, [*plan.output, item], planner.conf)
    return plan


def _set(planner: Planner, plan: LogicalPlan, rest: str, operator: str) -> LogicalPlan:
    """New values for columns, one after the other."""
    for node in _nodes(planner, rest):
        if not isinstance(node, exp.EQ):
            raise syntax_error(operator, len(operator), None)
        column, value = translate(node.this), translate(node.expression)
        _refuse_aggregates(value, "SET")
        assert isinstance(column, UnresolvedAttribute)
        resolve_on(plan, column, planner.conf)
        plan = building.with_columns(plan, [(column.parts[-1], value)], planner.conf)
    return plan


def _drop(planner: Planner, plan: LogicalPlan, rest: str, operator: str) -> LogicalPlan:
    dropped = [resolve_on(plan, item, planner.conf) for item in map(translate, _nodes(planner, rest))]
    ids = {column.id for column in dropped if isinstance(column, Attribute)}
    return Prune(plan, tuple(column for column in plan.output if column.id not in ids))


def _alias(planner: Planner, plan: LogicalPlan, rest: str, operator: str) -> LogicalPlan:
    return building.alias(plan, rest.strip().strip("`"))


def _aggregate(planner: Planner, plan: LogicalPlan, rest: str, operator: str) -> LogicalPlan:
    """AGGREGATE [results] [GROUP BY keys]: the keys come first, under the names that they are given here."""
    upper = rest.upper()
    place = upper.rfind("GROUP BY")
    if place < 0:
        return planner.query(_parsed(planner, f"SELECT {rest} FROM `{INPUT}`"))
    results = _nodes(planner, rest[:place]) if rest[:place].strip() else []
    keys = _nodes(planner, rest[place + len("GROUP BY") :])
    query = exp.Select(expressions=[*(key.copy() for key in keys), *results])
    query.set("from_", exp.From(this=exp.to_table(f"`{INPUT}`", dialect="spark")))
    group = exp.Group(expressions=[key.this if isinstance(key, exp.Alias) else key for key in keys])
    query.set("group", group)
    return planner.query(query)


def _ordered(planner: Planner, plan: LogicalPlan, rest: str, operator: str) -> LogicalPlan:
    return planner.ordered(plan, _parsed(planner, _FROM + operator))


def _relation(planner: Planner, plan: LogicalPlan, rest: str, operator: str) -> LogicalPlan:
    return source(planner, _parsed(planner, _FROM + operator))


def _set_operation(planner: Planner, plan: LogicalPlan, rest: str, operator: str) -> LogicalPlan:
    return planner.query(_parsed(planner, _FROM + operator))


def _refuse_aggregates(item: Expression, clause: str) -> None:
    if contains_aggregate(item):
        call = next(part for part in item.walk() if isinstance(part, AggregateCall))
        raise AnalysisException(
            errorClass="PIPE_OPERATOR_CONTAINS_AGGREGATE_FUNCTION",
            messageParameters={"clause": clause, "expr": sql_text(call)},
        )


_STEPS: Mapping[str, Callable[[Any, LogicalPlan, str, str], LogicalPlan]] = {
    "WHERE": _where,
    "SELECT": _select,
    "EXTEND": _extend,
    "SET": _set,
    "DROP": _drop,
    "AS": _alias,
    "AGGREGATE": _aggregate,
    **dict.fromkeys(("ORDER", "SORT", "CLUSTER", "DISTRIBUTE", "LIMIT", "OFFSET"), _ordered),
    **dict.fromkeys(
        (
            "JOIN",
            "INNER",
            "LEFT",
            "RIGHT",
            "FULL",
            "CROSS",
            "SEMI",
            "ANTI",
            "NATURAL",
            "LATERAL",
            "TABLESAMPLE",
            "PIVOT",
            "UNPIVOT",
        ),
        _relation,
    ),
    **dict.fromkeys(("UNION", "EXCEPT", "MINUS", "INTERSECT"), _set_operation),
}
