"""Puts the place where an expression was written into the errors that it raises.

Source: Spark ``Origin``, ``QueryContext``; which errors name their place is Spark's choice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actorstream.errors import AnalysisException, ParseException, PySparkException, QueryContext
from actorstream.errors.query_context import SqlContext
from actorstream.expr.nodes import Call, Cast

_PLACED = (
    "ARITHMETIC_OVERFLOW",
    "CAST_INVALID_INPUT",
    "DIVIDE_BY_ZERO",
    "INTERVAL_ARITHMETIC_OVERFLOW",
    "INTERVAL_DIVIDED_BY_ZERO",
    "INVALID_ARRAY_INDEX",
    "INVALID_INDEX_OF_ZERO",
    "NUMERIC_VALUE_OUT_OF_RANGE",
    "REMAINDER_BY_ZERO",
)
"""The beginnings of the conditions of errors in data that tell where they arose."""

_UNPLACED = frozenset({"negative", "abs", "time_add", "time_sub", "split_part"})
"""Functions whose errors never do."""


def name_place(error: AnalysisException, origin: QueryContext) -> None:
    """Tell an error of analysis where the expression stands, unless it knows."""
    if error.getQueryContext() or isinstance(error, ParseException):
        return
    text = f"; line {origin.line} pos {origin.column}" if isinstance(origin, SqlContext) else ""
    error._add([origin], text)


def placed(evaluate: Callable[[Any], Any], node: Call | Cast, origin: QueryContext) -> Callable[[Any], Any]:
    """`evaluate`, whose errors say that they arose at `origin`."""
    silent = isinstance(node, Call) and (node.name in _UNPLACED or (node.name == "-" and len(node.args) == 1))

    def run(batch: Any) -> Any:
        try:
            return evaluate(batch)
        except PySparkException as error:
            if not getattr(error, "_is_placed", False):
                error._is_placed = True  # type: ignore[attr-defined]
                if not silent and (error.getCondition() or "").startswith(_PLACED):
                    error._add([origin], "\n" + origin.summary())
            raise

    return run
