"""OVER and WINDOW clauses of SQL text: part of `plan.sql_text` and `plan.sql_query`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlglot import exp

from actorstream.errors import AnalysisException, ParseException
from actorstream.expr.coercion import literal
from actorstream.expr.nodes import (
    AggregateCall,
    Call,
    Constant,
    Expression,
    SortOrder,
    WindowFrame,
    WindowFunction,
)

Node = Any
Translate = Callable[[Node], Expression]


def inline_windows(select: Node) -> None:
    """Replace the names of a WINDOW clause by what they stand for, in the whole select.

    Raises: AnalysisException MISSING_WINDOW_SPECIFICATION.
    """
    named = {item.this.name.lower(): item for item in select.args.get("windows") or ()}

    def complete(window: Node) -> None:
        alias = window.args.get("alias")
        if alias is None:
            return
        found = named.get(alias.name.lower())
        if found is None:
            raise AnalysisException(
                errorClass="MISSING_WINDOW_SPECIFICATION",
                messageParameters={"windowName": alias.name, "docroot": "https://spark.apache.org/docs/latest"},
            )
        complete(found)
        for part in ("partition_by", "order", "spec"):
            value = found.args.get(part)
            if value is not None and not window.args.get(part):
                window.set(part, [item.copy() for item in value] if isinstance(value, list) else value.copy())
        window.set("alias", None)

    for part in ("expressions", "order", "qualify"):
        value = select.args.get(part)
        for item in value if isinstance(value, list) else [value] if value is not None else ():
            for window in item.find_all(exp.Window):
                complete(window)


def translate_over(node: Node, translate: Translate, translate_order: Callable[[Node], SortOrder]) -> Expression:
    """``function OVER (...)``. Raises: ParseException."""
    order = node.args.get("order")
    function = translate(node.this)
    return WindowFunction(
        function=function,
        partition_by=tuple(translate(item) for item in node.args.get("partition_by") or ()),
        order_by=tuple(translate_order(item) for item in order.expressions) if order is not None else (),
        frame=_frame(node.args.get("spec"), translate),
    )


def _frame(spec: Node | None, translate: Translate) -> WindowFrame | None:
    if spec is None:
        return None
    kind: Any = str(spec.args["kind"]).lower()
    if kind not in ("rows", "range"):
        raise ParseException(errorClass="PARSE_SYNTAX_ERROR", messageParameters={"error": f"'{kind}'", "hint": ""})
    lower = _bound(spec.args.get("start"), spec.args.get("start_side"), translate)
    end = spec.args.get("end")
    upper = literal(0) if end is None else _bound(end, spec.args.get("end_side"), translate)
    return WindowFrame(kind=kind, lower=lower, upper=upper)


def _bound(value: Any, side: Any, translate: Translate) -> Expression | None:
    if isinstance(value, str):
        return None if value.upper() == "UNBOUNDED" else literal(0)
    found = translate(value)
    return Call(name="-", args=(found,)) if str(side).upper() == "PRECEDING" else found


def ignoring_nulls(call: Expression) -> Expression:
    """``function(...) IGNORE NULLS``. Raises: AnalysisException FUNCTION_WITH_UNSUPPORTED_SYNTAX."""
    yes = Constant(value=True)
    if isinstance(call, AggregateCall) and call.name in _PICKING:
        return replace(call, name=_PICKING[call.name], args=(*call.args[:1], yes))
    if isinstance(call, Call) and call.name == "nth_value":
        return replace(call, args=(*call.args[:2], yes))
    if isinstance(call, Call) and call.name in ("lag", "lead"):
        defaults = (literal(1), literal(None))
        given = call.args[1:3]
        return replace(call, args=(*call.args[:1], *given, *defaults[len(given) :], yes))
    name = call.name if isinstance(call, (Call, AggregateCall)) else "expression"
    raise AnalysisException(
        errorClass="INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
        messageParameters={"prettyName": f"`{name}`", "syntax": "IGNORE NULLS"},
    )


#: aggregates that pick a row, under the names that they have in results
_PICKING = {"first": "first", "first_value": "first", "last": "last", "last_value": "last", "any_value": "any_value"}
