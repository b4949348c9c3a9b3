"""``WITHIN GROUP (ORDER BY ...)`` of SQL text: what the order of the rows means to each aggregate that takes one.

Part of `plan.sql_text`.
"""

from __future__ import annotations

from collections.abc import Sequence

from actorstream.errors import AnalysisException
from actorstream.expr.coercion import quoted, wrong_arity
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import AggregateCall, Cast, Expression, SortOrder

PERCENTILES = frozenset({"percentile_cont", "percentile_disc"})
"""Aggregates of the order itself, which cannot be called without one."""

_LISTS = frozenset({"listagg", "string_agg"})


def within_group(name: str, args: Sequence[Expression], order: Sequence[SortOrder], *, distinct: bool) -> AggregateCall:
    """The call of an aggregate with an order of rows.

    Raises: AnalysisException INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX, INVALID_WITHIN_GROUP_EXPRESSION.*,
        WRONG_NUM_ARGS.WITHOUT_SUGGESTION.
    """
    if name in _LISTS:
        if distinct:
            _check_distinct(args, order)
        return AggregateCall(name=name, args=tuple(args), distinct=distinct, within=tuple(order))
    if name not in PERCENTILES and name != "mode":
        raise AnalysisException(
            errorClass="INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
            messageParameters={"prettyName": f"`{name}`", "syntax": "WITHIN GROUP (ORDER BY ...)"},
        )
    if distinct:
        raise AnalysisException(
            errorClass="INVALID_WITHIN_GROUP_EXPRESSION.DISTINCT_UNSUPPORTED",
            messageParameters={"funcName": f"`{name}`"},
        )
    if name == "mode" and args:
        raise _orderings("mode", 0, len(order))
    if len(order) != 1:
        raise _orderings("Mode" if name == "mode" else name, 1, len(order))
    if name in PERCENTILES and len(args) != 1:
        wrong_arity(name, "1", len(args))
    return AggregateCall(name=name, args=(order[0].child, *args), within=tuple(order))


def _orderings(name: str, expected: int, actual: int) -> AnalysisException:
    return AnalysisException(
        errorClass="INVALID_WITHIN_GROUP_EXPRESSION.WRONG_NUM_ORDERINGS",
        messageParameters={"funcName": f"`{name}`", "expectedNum": str(expected), "actualNum": str(actual)},
    )


def _check_distinct(args: Sequence[Expression], order: Sequence[SortOrder]) -> None:
    """Distinct values can only stand in an order of their own."""
    if len(order) == 1 and _same(args[0], order[0].child):
        return
    raise AnalysisException(
        errorClass="INVALID_WITHIN_GROUP_EXPRESSION.MISMATCH_WITH_DISTINCT_INPUT",
        messageParameters={
            "funcName": "`listagg`",
            "funcArg": quoted(sql_text(args[0])),
            "orderingExpr": ", ".join(quoted(sql_text(key.child)) for key in order),
        },
    )


def _same(value: Expression, key: Expression) -> bool:
    """Whether a value is a sort key, or the text of one."""
    return value == key or (isinstance(value, Cast) and value.child == key)
