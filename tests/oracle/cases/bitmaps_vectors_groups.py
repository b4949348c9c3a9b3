"""Aggregates of bitmaps, vectors and arrays, and those with a number, a delimiter or a share as an option."""

from __future__ import annotations

from decimal import Decimal

from tests.oracle.suite import Table, aggregate

MIXED = Table(
    "g string, i int, o int, s string, d double, c decimal(5,2), a array<int>, v array<float>, b binary",
    [
        ("x", 1, 10, "a", 1.5, Decimal("1.25"), [1, 2], [1.0, 2.0], b"\x01"),
        ("x", 2, 20, "b", 2.5, Decimal("2.25"), [2, 3], [0.5, -2.0], b"\x03\xff"),
        ("x", 3, None, None, None, None, None, None, None),
        ("y", 4, 10, "a", 7.5, Decimal("100.50"), [None, 2], [None, 1.0], b""),
        ("y", 5, 40, "c", -1.0, Decimal("-3.00"), [], [4.0], b"\x0f"),
        ("z", None, None, None, None, None, None, None, None),
    ],
)

GROUPS = [
    aggregate(
        "by group",
        MIXED,
        ["g"],
        "try_avg(i)",
        "try_avg(c)",
        "try_avg(d)",
        "collect_union(a)",
        "bitmap_count(bitmap_construct_agg(i))",
        "substring(bitmap_construct_agg(bitmap_bit_position(i)), 1, 3)",
        "substring(bitmap_or_agg(b), 1, 3)",
        "substring(bitmap_and_agg(b), 1, 3)",
        "length(bitmap_or_agg(b))",
        "vector_sum(v)",
        "vector_avg(v)",
        "max_by(s, i, 2)",
        "min_by(s, d, 2)",
        "max_by(i, c, 10)",
        "max_by(s, i)",
        "listagg(s)",
        "listagg(s, ', ')",
        "listagg(i, '-')",
        "string_agg(b, x'00')",
        "percentile(i, 0.3)",
        "percentile(i, array(0.25, 0.75))",
        "percentile(i, 0.5, o)",
        "percentile_approx(i, 0.5, 100)",
        "approx_percentile(c, array(0.25, 0.75))",
        "array_agg(i)",
        ("F.try_avg", lambda F: F.try_avg("i")),
        ("F.max_by with a number", lambda F: F.max_by("s", "i", 2)),
        ("F.vector_sum", lambda F: F.vector_sum("v")),
        ("F.bitmap_or_agg", lambda F: F.bitmap_count(F.bitmap_or_agg("b"))),
    ),
    aggregate(
        "errors",
        MIXED,
        [],
        "bitmap_construct_agg(i - 5)",
        "bitmap_construct_agg(40000)",
        "bitmap_or_agg(s)",
        "collect_union(i)",
        "vector_sum(a)",
        "vector_sum(v)",
        "max_by(s, i, 0)",
        "max_by(s, i, 100001)",
        "listagg(s, i)",
        "percentile(i, 1.5)",
        "percentile(i, d)",
        "percentile_approx(i, 0.5, 0)",
    ),
]
