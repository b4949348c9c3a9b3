"""Calendar intervals: arithmetic, what has no order, overflow with and without ANSI."""

from __future__ import annotations

from tests.oracle.suite import Table, select, sql

SPANS = Table(
    "y int, m int, d int, h int, s double, f double",
    [
        (1, 2, 4, 5, 6.5, 2.5),
        (0, -7, 31, -25, -0.000001, 0.3),
        (-3, 1, 0, 0, 59.999999, -1.0),
        (None, 1, 1, 1, 1.0, 2.0),
    ],
)
_ONE = "make_interval(y, m, 0, d, h, 0, s)"
_TEXTS = [
    f"string({_ONE} * f)",
    f"string({_ONE} / f)",
    f"string(f * {_ONE})",
    f"string({_ONE} * 2)",
    f"string({_ONE} / 3)",
    f"string({_ONE} * null)",
    f"string({_ONE} / null)",
    f"string({_ONE} * '2')",
    f"string({_ONE} + make_interval(0, 11, 0, 27, 19))",
    f"string({_ONE} - make_interval(0, 11, 0, 27, 19))",
    f"string({_ONE} + null)",
    f"string(- {_ONE})",
    f"string(+ {_ONE})",
    f"string(negative({_ONE}))",
    f"string(positive({_ONE}))",
    f"string(try_multiply({_ONE}, f))",
    f"string(try_multiply(f, {_ONE}))",
    f"string(try_divide({_ONE}, f))",
    f"string(try_divide({_ONE}, 0))",
    f"string(try_add({_ONE}, {_ONE}))",
    f"string(try_subtract({_ONE}, {_ONE}))",
    f"string({_ONE} * double('NaN'))",
    "string(cast('1 month 2 days 3 seconds' as interval) * 2)",
    f"typeof({_ONE} * 2)",
    f"hash({_ONE})",
    f"xxhash64({_ONE}, 1)",
]
_EDGES = [
    "string(make_interval(1) / 0)",
    "string(make_interval(100000000) * 1000)",
    "string(make_interval(178956970) + make_interval(178956970))",
    "string(try_add(make_interval(178956970), make_interval(178956970)))",
    "string(try_multiply(make_interval(178956970), 2))",
    "string(- make_interval(-178956970, -8))",
    "string(make_interval(1) * double('Infinity'))",
    "make_interval(1) * true",
    "2 / make_interval(1)",
    "make_interval(1) % 2",
    "abs(make_interval(1))",
    "make_interval(1) = make_interval(0, 12)",
    "make_interval(1) <=> make_interval(0, 12)",
    "make_interval(1) < make_interval(0, 12)",
    "make_interval(1) in (make_interval(1))",
    "greatest(make_interval(1), make_interval(2))",
    "array(make_interval(1)) = array(make_interval(1))",
]
_FAR = "string(make_interval(0, 0, 0, 1000000000) * 1000)"
GROUPS = [
    select("arithmetic", SPANS, *_TEXTS),
    select("edges", SPANS, *_EDGES, _FAR),
    select(
        "edges without ANSI",
        SPANS,
        *_EDGES,
        sql(_FAR, deviation="the part within a day counts nanoseconds in Arrow, so it ends at 292 years"),
        ansi="false",
    ),
]
