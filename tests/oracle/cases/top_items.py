"""The most frequent values: ``approx_top_k`` and its relatives, which only SQL text has."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.oracle.suite import Table, aggregate, frames
from tests.oracle.tables import ONE

_ROWS = Table(
    "g string, b boolean, y tinyint, h smallint, i int, l bigint, f float, d double, p decimal(5,2), q decimal(30,2), s string",
    [
        ("a", True, 1, 10, 100, 10**12, 1.5, 1.5, Decimal("1.50"), Decimal("1.50"), "x"),
        ("a", True, 1, 10, 100, 10**12, 1.5, 1.5, Decimal("1.50"), Decimal("1.50"), "x"),
        ("a", False, 2, 20, 200, -1, 0.1, 0.1, Decimal("4"), Decimal("4"), "naïve"),
        ("a", True, 3, 30, -7, 5, 4.0, -4.0, Decimal("-2"), Decimal("-2"), "longer than that"),
        ("a", None, None, None, None, None, None, None, None, None, None),
        ("a", None, None, None, None, None, None, None, None, None, None),
        ("b", False, 9, 9, 9, 9, 9.0, 9.0, Decimal("9.99"), Decimal("12345678901234567890.12"), ""),
        ("c", None, None, None, None, None, None, None, None, None, None),
    ],
)

_COLUMNS = (
    "b",
    "y",
    "h",
    "i",
    "l",
    "f",
    "d",
    "p",
    "q",
    "s",
    "date_add(date'2024-01-01', i)",
    "timestamp_seconds(l % 100)",
)

_MANY = Table("x bigint, s string", [(number % 25, f"k{number % 25}") for number in range(60)])


def _combined(df: Any, tracked: str = "") -> Any:
    states = df.groupBy("g").agg(_expr(df, "approx_top_k_accumulate(i) as state"))
    return states.selectExpr(f"approx_top_k_combine(state{tracked}) as state")


def _expr(df: Any, text: str) -> Any:
    import importlib

    package = type(df).__module__.partition(".")[0]
    return importlib.import_module(f"{package}.sql.functions").expr(text)


GROUPS = [
    aggregate(
        "by a key",
        _ROWS,
        ["g"],
        *(f"approx_top_k({column})" for column in _COLUMNS),
        *(f"approx_top_k_estimate(approx_top_k_accumulate({column}, 20), 2)" for column in _COLUMNS),
        *(f"approx_top_k_accumulate({column}, 20).itemDataTypeDDL" for column in _COLUMNS),
        "approx_top_k(i, 1)",
        "approx_top_k(i, '2')",
        "approx_top_k(i, 2L, 2 + 1)",
        "approx_top_k(i, 10) filter (where i > 100)",
        "approx_top_k_accumulate(i)",
        "approx_top_k_accumulate(s, 7)",
    ),
    aggregate("of all", _ROWS, [], *(f"approx_top_k({column}, 3)" for column in _COLUMNS)),
    aggregate("ties", _MANY, [], "approx_top_k(x, 30)", "approx_top_k(s, 30, 40)", "approx_top_k(x)"),
    frames(
        "states",
        _ROWS,
        ("combined", lambda df, F: _combined(df).selectExpr("approx_top_k_estimate(state)")),
        ("combined, three", lambda df, F: _combined(df).selectExpr("approx_top_k_estimate(state, 3) as x")),
        ("combined, with room", lambda df, F: _combined(df, ", 50").selectExpr("state.maxItemsTracked as x")),
        (
            "combined, without",
            lambda df, F: _combined(df).selectExpr("state.maxItemsTracked as x", "length(state.sketch)"),
        ),
        ("no room", lambda df, F: _combined(df, ", 3").selectExpr("approx_top_k_estimate(state) as x")),
        ("no state", lambda df, F: df.selectExpr("approx_top_k_estimate(i)")),
        ("another struct", lambda df, F: df.selectExpr("approx_top_k_estimate(struct(i))")),
        ("null", lambda df, F: df.selectExpr("approx_top_k_estimate(null)")),
        ("no constant", lambda df, F: _combined(df).selectExpr("approx_top_k_estimate(state, state.maxItemsTracked)")),
        ("zero", lambda df, F: _combined(df).selectExpr("approx_top_k_estimate(state, 0)")),
        ("none", lambda df, F: _combined(df).selectExpr("approx_top_k_estimate(state, null)")),
        modes=("static",),
    ),
    aggregate(
        "errors",
        ONE,
        [],
        "approx_top_k(a, 0)",
        "approx_top_k(a, null)",
        "approx_top_k(a, a)",
        "approx_top_k(a, 5, a)",
        "approx_top_k(a, 5, 3)",
        "approx_top_k(a, 5, 1000001)",
        "approx_top_k(a, 5, null)",
        "approx_top_k(a, 5, 0)",
        "approx_top_k()",
        "approx_top_k(a, 1, 1, 1)",
        "approx_top_k(array(a))",
        "approx_top_k(map(a, a))",
        "approx_top_k(struct(a))",
        "approx_top_k(binary(b))",
        "approx_top_k(null)",
        "approx_top_k_accumulate(a, 0)",
        "approx_top_k_accumulate(a, null)",
        "approx_top_k_accumulate(a, 1000001)",
        "approx_top_k_accumulate(a, a)",
        "approx_top_k_accumulate(array(a))",
        "approx_top_k_combine(a)",
        "approx_top_k_combine(null)",
        "approx_top_k_combine(struct(a))",
    ),
]
