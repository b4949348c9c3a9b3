"""Aggregates with an order of rows of their own: WITHIN GROUP (ORDER BY ...)."""

from __future__ import annotations

import datetime
from decimal import Decimal

from tests.oracle.suite import Case, Table, aggregate
from tests.oracle.tables import ONE

_DAY = datetime.timedelta(days=1)

_ROWS = Table(
    "g string, i int, s string, d double, p decimal(6,2), l bigint, n interval day to second, b binary",
    [
        ("a", 1, "a", 1.5, Decimal("1.25"), 10, _DAY, b"x"),
        ("a", 2, "b", 2.5, Decimal("-3.50"), 20, 3 * _DAY, b"y"),
        ("a", 2, "c", -1.0, None, 30, -_DAY, None),
        ("a", 3, None, 4.0, Decimal("7"), 40, None, b""),
        ("a", None, "e", None, Decimal("2"), 50, _DAY, b"z"),
        ("a", 10, "a", 0.0, Decimal("2"), 60, 2 * _DAY, b"x"),
        ("b", 5, "z", 7.5, Decimal("1"), 1, _DAY, b"q"),
        ("b", 4, "y", 1e300, Decimal("2"), 2, 2 * _DAY, b"p"),
        ("c", None, None, None, None, None, None, None),
    ],
)

_SHARES = ("0.5", "0.25", "0", "1", "array(0.1, 0.5, 0.9)")

_CALLS = (
    *(f"percentile_cont({share}) within group (order by i)" for share in _SHARES),
    *(f"percentile_disc({share}) within group (order by i)" for share in _SHARES),
    *(f"percentile_cont({share}) within group (order by d desc)" for share in _SHARES),
    *(f"percentile_disc({share}) within group (order by d desc)" for share in _SHARES),
    "percentile_cont(0.3) within group (order by p)",
    "percentile_disc(0.3) within group (order by p desc)",
    "percentile_cont(0.4) within group (order by n)",
    "percentile_disc(0.4) within group (order by n desc)",
    "percentile_cont(array(0.4, 1)) within group (order by n)",
    "percentile(n, 0.4)",
    "median(n)",
    "percentile_cont(0.5) within group (order by i) filter (where i > 1)",
    "percentile_cont(0.5) within group (order by l * 2)",
    "percentile_cont(0.5) within group (order by '1')",
    "mode() within group (order by i)",
    "mode() within group (order by i desc)",
    "mode() within group (order by s)",
    "mode() within group (order by l)",
    "mode() within group (order by l desc)",
    "mode() within group (order by i) filter (where i > 2)",
    "mode(i)",
    "mode(l, true)",
    "mode(i, false)",
    "listagg(s) within group (order by s)",
    "listagg(s, ',') within group (order by s desc)",
    "listagg(s, ',') within group (order by d)",
    "listagg(s, ',') within group (order by i desc nulls first, s)",
    "string_agg(s, '|') within group (order by l desc)",
    "listagg(i, ',') within group (order by i)",
    "listagg(b, X'2c') within group (order by l desc)",
    "listagg(s, ',') within group (order by l) filter (where i > 1)",
    "listagg(s, '-') within group (order by p, i desc)",
)

_DISTINCT = "listagg(distinct s, ',') within group (order by s desc)"
_STATIC = (Case(_DISTINCT, lambda F: F.expr(_DISTINCT), modes=("static",)),)  # a stream knows no distinct aggregates

GROUPS = [
    aggregate("by a key", _ROWS, ["g"], *_CALLS, *_STATIC, ("Python, mode", lambda F: F.mode("l", True))),
    aggregate("of all", _ROWS, [], *_CALLS),
    aggregate(
        "errors",
        ONE,
        [],
        "percentile_cont(0.5)",
        "percentile_disc(0.5)",
        "percentile_cont(1.5) within group (order by a)",
        "percentile_disc(array(0.5, -1)) within group (order by a)",
        "percentile_cont(a) within group (order by a)",
        "percentile_cont(null) within group (order by a)",
        "percentile_cont(0.5) within group (order by a, c)",
        "percentile_cont(distinct 0.5) within group (order by a)",
        "percentile_cont(0.5, 1) within group (order by a)",
        "mode()",
        "mode(a) within group (order by a)",
        "mode() within group (order by a, c)",
        "listagg(distinct b) within group (order by c)",
        "listagg(distinct b, ',') within group (order by b, c)",
        "sum(a) within group (order by a)",
        "percentile(a, 0.5) within group (order by a)",
        "count(*) within group (order by a)",
        "upper(b) within group (order by a)",
        "listagg(b) within group (order by nope)",
    ),
]
