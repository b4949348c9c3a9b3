"""Functions that make rows: ``explode posexplode inline``. The plan turns them into an operator, so they have no kernel here."""

from __future__ import annotations

from actorstream.errors import AnalysisException
from actorstream.expr.coercion import Rules, quoted
from actorstream.expr.nodes import Call, Expression
from actorstream.expr.registry import Function


def _outside(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    """A generator that reaches the analyzer stands where it cannot: it is not the top of a select item."""
    from actorstream.expr.naming import sql_text

    raise AnalysisException(
        errorClass="UNSUPPORTED_GENERATOR.OUTSIDE_SELECT",
        messageParameters={"plan": quoted(sql_text(Call(name=name, args=args)))},
    )


_DOCS = {
    "explode": "a row for each element of an array or pair of a map",
    "posexplode": "a row for each element of an array or pair of a map, with its place",
    "inline": "a row for each struct of an array",
}
FUNCTIONS = [
    Function(name + suffix, _outside, None, doc + (", one with nulls if there is none" if suffix else ""))
    for name, doc in _DOCS.items()
    for suffix in ("", "_outer")
]
