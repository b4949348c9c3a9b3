"""Counts of values and of what grows: ``count_min_sketch``, ``histogram_numeric``, ``counter_diff``."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from tests.oracle.suite import Table, aggregate, frames
from tests.oracle.tables import FLOATS, INTEGERS, ONE

_DAY = datetime.timedelta(days=1)


def _at(day: int) -> datetime.datetime:
    return datetime.datetime(2024, 1, day)


_ROWS = Table(
    "g string, b tinyint, i int, l bigint, s string, x binary, d double, p decimal(6,2), t timestamp, n interval day to second",
    [
        ("a", 1, 10, -5000000000, "x", b"x", 1.5, Decimal("1.25"), _at(1), _DAY),
        ("a", 2, 20, 7, "naïve", b"\xff\x00", 2.5, Decimal("-3.50"), _at(2), 2 * _DAY),
        ("a", 2, 20, 7, "", b"", -1.0, None, _at(2), 3 * _DAY),
        ("b", 7, 30, 2**62, "longer than that", b"0123", 4.0, Decimal("7"), None, None),
        ("b", None, None, None, None, None, None, Decimal("2"), _at(9), _DAY),
        ("c", None, None, None, None, None, None, None, None, None),
    ],
)

_COLUMNS = ("b", "i", "l", "s", "x")

_COUNTERS = Table(
    "m string, t int, c int, s timestamp, d double, p decimal(5,2)",
    [
        ("a", 1, 10, _at(1), 1.5, Decimal(3)),
        ("a", 2, 12, _at(1), 2.5, Decimal(4)),
        ("a", 3, None, _at(1), None, None),
        ("a", 4, 20, None, 3.0, Decimal(5)),
        ("a", 5, 5, _at(2), 1.0, Decimal(6)),
        ("a", 6, 9, _at(3), float("nan"), Decimal(7)),
        ("a", 7, 11, _at(3), 2.0, Decimal(7)),
        ("b", 1, 7, _at(1), 2.0, None),
    ],
)

_OVER = "over (partition by m order by t)"


def _selected(text: str) -> tuple[str, Any]:
    return text, lambda df, F: df.selectExpr("m", "t", f"{text} as x")


GROUPS = [
    aggregate(
        "sketches of counts",
        _ROWS,
        ["g"],
        *(f"count_min_sketch({column}, 0.5d, 0.5d, 1)" for column in _COLUMNS),
        *(f"count_min_sketch({column}, 0.3d, 0.9d, -7)" for column in _COLUMNS),
        "count_min_sketch(i, 0.7d, 0.75d, 5000000000L)",
        "count_min_sketch(i, 0.5d, 0.5d, 1 + 1) filter (where i > 10)",
        "count_min_sketch(null, 0.5d, 0.5d, 1)",
        ("Python", lambda F: F.count_min_sketch("s", F.lit(0.5), F.lit(0.9), F.lit(3))),
        ("Python, numbers", lambda F: F.count_min_sketch("i", 0.4, 0.9, 3)),
    ),
    aggregate("edges", INTEGERS, [], *(f"count_min_sketch({column}, 0.2d, 0.9d, 11)" for column in "bsil")),
    aggregate(
        "histograms",
        _ROWS,
        ["g"],
        *(
            f"histogram_numeric({column}, 5)"
            for column in ("b", "i", "l", "d", "p", "t", "n", "date(t)", "cast(d as float)")
        ),
        "histogram_numeric(i, '3')",
        "histogram_numeric(i, 2 + 2)",
        "histogram_numeric(null, 2)",
        "histogram_numeric(i, 2) filter (where i > 10)",
        "histogram_numeric(cast(i as string), 4)",
        ("Python", lambda F: F.histogram_numeric("i", F.lit(3))),
    ),
    aggregate("histogram of edges", FLOATS, [], "histogram_numeric(d, 30) is null"),
    aggregate(
        "errors",
        ONE,
        [],
        "count_min_sketch(c, 0.5d, 0.5d, 1)",
        "count_min_sketch(a, 0.5, 0.5, 1)",
        "count_min_sketch(a, 0d, 0.5d, 1)",
        "count_min_sketch(a, -1d, 0.5d, 1)",
        "count_min_sketch(a, 0.5d, 1d, 1)",
        "count_min_sketch(a, 0.5d, 0d, 1)",
        "count_min_sketch(a, null, 0.5d, 1)",
        "count_min_sketch(a, 0.5d, 0.5d, null)",
        "count_min_sketch(a, c, 0.5d, 1)",
        "count_min_sketch(a, 0.5d, 0.5d, a)",
        "count_min_sketch(a, 'x', 0.5d, 1)",
        "count_min_sketch(a)",
        "count_min_sketch(a, 0.5d, 0.5d)",
        "count_min_sketch(a, 0.5d, 0.5d, 1, 1)",
        "histogram_numeric(a, 1)",
        "histogram_numeric(a, 0)",
        "histogram_numeric(a, null)",
        "histogram_numeric(a, a)",
        "histogram_numeric(a)",
        "histogram_numeric(a = 1, 2)",
        "histogram_numeric(array(a), 2)",
        "histogram_numeric(a, array(1))",
    ),
    frames(
        "counters",
        _COUNTERS,
        *map(
            _selected,
            (
                f"counter_diff(c) {_OVER}",
                f"counter_diff(c, s) {_OVER}",
                f"counter_diff(d) {_OVER}",
                f"counter_diff(p) {_OVER}",
                f"counter_diff(cast(c as tinyint)) {_OVER}",
                f"counter_diff(cast(c as float), cast(s as timestamp_ntz)) {_OVER}",
                "counter_diff(c) over (order by t desc, m)",
                f"counter_diff(null) {_OVER}",
                f"counter_diff(c, null) {_OVER}",
                "counter_diff(c) over (partition by m order by t rows between unbounded preceding and current row)",
                f"counter_diff(-c) {_OVER}",
                f"counter_diff(c, timestamp_seconds(-t)) {_OVER}",
                f"counter_diff(c, date(s)) {_OVER}",
                f"counter_diff(m) {_OVER}",
                f"counter_diff() {_OVER}",
                f"counter_diff(c, s, s) {_OVER}",
                "counter_diff(c)",
                "counter_diff(c) over (partition by m order by t rows between 1 preceding and current row)",
                f"counter_diff(c) filter (where t > 1) {_OVER}",
                f"counter_diff(distinct c) {_OVER}",
            ),
        ),
        ("Python", lambda df, F: df.select("m", "t", F.counter_diff("c", F.col("s")).over(_window(F)))),
        ("Python, one column", lambda df, F: df.select(F.counter_diff(F.col("c")).over(_window(F)))),
        modes=("static",),
    ),
]


def _window(F: Any) -> Any:
    """A window of whichever engine the functions are of."""
    import importlib

    package = F.__name__.partition(".sql.")[0]
    return importlib.import_module(f"{package}.sql").Window.partitionBy("m").orderBy("t")
