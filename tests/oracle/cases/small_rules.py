"""Rules of a line each: texts that are moments, decimals as text and divided, names in backquotes, arguments that are refused."""

from __future__ import annotations

from decimal import Decimal

from tests.oracle.suite import Table, select
from tests.oracle.tables import ONE

#: only what Python has dates for
MOMENTS = Table(
    "s string",
    [
        (text,)
        for text in [
            "2024-01-01 10",
            "2024-01-01T10",
            "2024-01-01 1",
            "2024-01-01 10:",
            "2024-01-01 10:5",
            "2024-01-01 10:05:",
            "2024-01-01 10:05:3",
            "2024-01-01 10:05:03.",
            "2024-01-01 10:05:03.1",
            "2024-01-01 10:05:03.1234567",
            "2024-01-01 10:05:03.1234567891",
            "2024-01-01 10Z",
            "2024-01-01 10:05Z",
            "2024-01-01 10:05+02",
            "2024-01-01 10:05:03+02",
            "2024-01-01 10:05:03 +2:30",
            "2024-01-01Z",
            "2024-01-01T",
            "2024",
            "2024-1",
            "2024-1-1",
            "24-01-01",
            "2024/01/01",
            "20240101",
            "2024-01-01 24:00:00",
            "2024-01-01 23:59:60",
            "2024-02-30",
            "+2024-01-01",
            "02024-01-01",
            "2024-01-01t10:00:00",
            "2024-01-01  10:00:00",
            "2024-01-01 10:00:00 Europe/Berlin",
            "2024-01-01 10:00:00 CET",
            "2024-01-01 10:00:00 EST",
            "2024-01-01 10:00:00 GMT+2",
            "2024-01-01 10:00:00 nope",
            "2024-01-01 10:00:00x",
            "2024-01-01 10:00:00+18:00",
            "2024-01-01 10:00:00+19:00",
            "2024-01-01T10:00:00.000Z[UTC]",
            "1582-10-10",
            "1900-02-29",
        ]
    ],
)
DECIMALS = Table(
    "a decimal(10,7), b decimal(38,0), c decimal(5,3), d double",
    [
        (Decimal("0.5"), Decimal(10) ** 38 - 1, Decimal("0.001"), 0.5),
        (Decimal("0.0000001"), Decimal(7), Decimal("-2.500"), -1.25),
        (None, None, None, None),
    ],
)

GROUPS = [
    select(
        "texts of moments",
        MOMENTS,
        *(f"cast(s as {kind})" for kind in ("timestamp", "timestamp_ntz", "date")),
        ansi="false",
        zone="America/New_York",
    ),
    select(
        "decimals, ANSI off",
        DECIMALS,
        "cast(a as string)",
        "concat(a, '')",
        "b div a",
        "b div c",
        "b div 3",
        "cast(d as decimal(9,8))",
        ansi="false",
    ),
    select("decimals", DECIMALS, "cast(a as string)", "b div 3", "b div c", "a + a", "a * c", "a - 1", "a / c"),
    select(
        "names of decimals",
        ONE,
        "typeof(0.0000001)",
        "0.0000001 > 1",
        "-0.0000001 < 0.000001",
        "0.00000010 = 1E-7BD",
        "1E-3BD",
    ),
    select(
        "names of functions",
        ONE,
        "`sqrt`(4)",
        "`upper`(b)",
        "`nope`(b)",
        "`a b`(1)",
        "timestampadd(NOPE, 1, b)",
        "dateadd(NOPE, 1, b)",
        "dateadd(a, 1, b)",
        "dateadd('day', 1, date'2024-01-01')",
        "timestampdiff('day', date'2024-01-01', date'2024-01-02')",
        "a as",
        "0x1F",
    ),
    select(
        "arguments that are refused",
        ONE,
        "bit_count('1')",
        "concat(1, map(1, 2))",
        "concat(map(1, 2))",
        "concat(struct(1), 'a')",
        "startswith(b, array(1))",
        "contains(map(1, 2), b)",
        "endswith(b, 1)",
        "randstr(-1)",
        "cast(b as char)",
        "cast(b as varchar)",
        "cast(array(1) as array<binary>)",
        "cast(map(1, date'2024-01-01') as map<int,int>)",
        "decode(b, 'x', 1)",
        "decode(b, 'y', 1)",
        "decode(a, 1, 1.5, 'y')",
    ),
    select(
        "results without ANSI",
        ONE,
        "decode(b, 'x', 1)",
        "cast(map('1', 2) as map<int,string>)",
        "map('1', 2)[1]",
        ansi="false",
    ),
]
