"""Input tables that several topics share: ordinary values beside the edges of each type."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from tests.oracle.suite import Table

NAN, INF = float("nan"), float("inf")

FLOAT_DIGITS = "Java 17 prints a digit more than some floats need; newer ones and we print the shortest text"
"""Why texts of the floats of `NUMBERS` differ."""

#: one row, for expressions of literals
ONE = Table("a int, b string, c double", [(1, "x", 2.5)])

#: every numeric type; no zeros and nothing that overflows in one operation
NUMBERS = Table(
    "b tinyint, s smallint, i int, l bigint, f float, d double, p decimal(10,2), q decimal(20,5), t string",
    [
        (1, 2, 3, 4, 1.5, 2.5, Decimal("7.25"), Decimal("1.00001"), "12"),
        (-7, -5, 3, -2, -0.1, 0.1, Decimal("-0.01"), Decimal("-99999.99999"), "-3"),
        (11, 300, 70000, 5000000000, 3.0e10, 1.0e-7, Decimal("12345678.90"), Decimal("123456789012345.12345"), "7"),
        (None, 2, None, 4, None, 2.5, None, Decimal("3"), None),
        (2, None, 3, None, 1.5, None, Decimal("1"), None, "1"),
    ],
)

#: the ends of the integral types
INTEGERS = Table(
    "b tinyint, s smallint, i int, l bigint",
    [
        (0, 0, 0, 0),
        (1, -1, 7, -7),
        (127, 32767, 2147483647, 9223372036854775807),
        (-128, -32768, -2147483648, -9223372036854775808),
        (None, None, None, None),
    ],
)

#: floating point with everything that is odd about it
FLOATS = Table(
    "f float, d double",
    [
        (0.0, 0.0),
        (-0.0, -0.0),
        (1.5, -1.5),
        (NAN, NAN),
        (INF, INF),
        (-INF, -INF),
        (2.5, 1e20),
        (0.1, 0.1),
        (3.4028234663852886e38, 1.7976931348623157e308),
        (1.401298464324817e-45, 5e-324),
        (123456.789, 123456789.123456789),
        (1e-4, 1e-3),
        (1e7, 12345678.0),
        (None, None),
    ],
)

DECIMALS = Table(
    "a decimal(5,2), b decimal(10,0), c decimal(38,0), d decimal(38,18), e decimal(18,6), z decimal(3,3)",
    [
        (Decimal("1.50"), Decimal("2"), Decimal("3"), Decimal("0.5"), Decimal("2.5"), Decimal("0.125")),
        (
            Decimal("-999.99"),
            Decimal("-9999999999"),
            Decimal("12345678901234567890"),
            Decimal("-12345.678901234567890123"),
            Decimal("0.000001"),
            Decimal("-0.999"),
        ),
        (
            Decimal("0.05"),
            Decimal("7"),
            Decimal("-1"),
            Decimal("99999.999999999999999999"),
            Decimal("-123456789012.345678"),
            Decimal("0.001"),
        ),
        (None, None, None, None, None, None),
    ],
)

BOOLEANS = Table(
    "p boolean, q boolean",
    [(x, y) for x in (True, False, None) for y in (True, False, None)],
)

#: text: empty, blank, other alphabets, beyond the basic plane, combining marks
TEXTS = Table(
    "s string, u string, n int",
    [
        ("hello world", "o", 3),
        ("", "", 0),
        ("  padded  ", " ", -2),
        ("Straße ÀÉ", "ß", 1),
        ("日本語テキスト", "本", 2),
        ("a😀b👍🏽c", "😀", 4),
        ("e\u0301clair", "e", -1),
        ("a,b,,c", ",", 2),
        ("%_\\^$.*", "_", 5),
        ("tab\there\nnewline", "\t", 100),
        ("AbC", "b", -100),
        ("1234", "23", 1),
        (None, "x", 1),
        ("x", None, None),
    ],
)

DATES = Table(
    "d date, e date, n int",
    [
        (dt.date(2024, 2, 29), dt.date(2023, 2, 28), 1),
        (dt.date(2023, 12, 31), dt.date(2024, 1, 1), -1),
        (dt.date(1970, 1, 1), dt.date(1969, 12, 31), 0),
        (dt.date(1900, 3, 1), dt.date(2000, 2, 29), 12),
        (dt.date(1582, 10, 15), dt.date(1582, 10, 4), 30),
        (dt.date(9990, 12, 31), dt.date(1, 1, 1), -400),
        (dt.date(2021, 1, 3), dt.date(2020, 12, 28), 365),
        (None, dt.date(2024, 7, 4), 2),
        (dt.date(2024, 7, 4), None, None),
    ],
)

#: instants around the changes of New York and Berlin, before 1970, and with microseconds
TIMES = Table(
    "t timestamp, u timestamp, z timestamp_ntz",
    [
        (
            dt.datetime(2024, 3, 10, 6, 59, 59, 999999),
            dt.datetime(2024, 3, 10, 7, 0, 0),
            dt.datetime(2024, 3, 10, 2, 30),
        ),
        (dt.datetime(2024, 11, 3, 5, 30), dt.datetime(2024, 11, 3, 6, 30), dt.datetime(2024, 11, 3, 1, 30)),
        (dt.datetime(2024, 3, 31, 0, 59), dt.datetime(2024, 3, 31, 1, 0), dt.datetime(2024, 3, 31, 2, 30)),
        (dt.datetime(2024, 10, 27, 0, 15), dt.datetime(2024, 10, 27, 1, 15), dt.datetime(2024, 10, 27, 2, 15)),
        (dt.datetime(2024, 2, 29, 23, 59, 59, 123456), dt.datetime(2023, 3, 1), dt.datetime(2024, 2, 29, 12, 0)),
        (dt.datetime(1969, 12, 31, 23, 59, 59, 500000), dt.datetime(1970, 1, 1), dt.datetime(1969, 7, 20, 20, 17, 40)),
        (dt.datetime(1950, 6, 15, 12, 0, 0, 1), dt.datetime(2038, 1, 19, 3, 14, 7), dt.datetime(1950, 6, 15, 12, 0)),
        (None, dt.datetime(2024, 7, 4, 12), None),
        (dt.datetime(2024, 7, 4, 12), None, dt.datetime(2024, 7, 4)),
    ],
)

#: the entries of the maps are in the order in which PySpark hands a dict to Java
NESTED = Table(
    "a array<int>, b array<string>, m map<string,int>, r struct<x:int,y:struct<z:string,w:array<int>>>, "
    "ar array<struct<k:string,v:int>>, aa array<array<int>>, d array<double>, i int, k string",
    [
        (
            [3, 1, 2],
            ["b", "a", "c"],
            {"a": 1, "b": 2},
            (1, ("z", [1, 2])),
            [("p", 1), ("q", 2)],
            [[1, 2], [3]],
            [1.5, NAN, -0.0, 0.0],
            1,
            "a",
        ),
        ([], [], {}, (2, (None, [])), [], [], [], 2, "b"),
        (
            [1, None, 1, 2],
            ["x", None, "", "x"],
            {"": 0, "k": None},
            (None, None),
            [("p", None), None],
            [[None], None, []],
            [None, INF, -INF],
            1,
            "k",
        ),
        (
            [-1, 5, 5],
            ["é", "😀", "Z"],
            {"a": 1, "é": 5, "z": 26},
            (4, ("w", [None])),
            [(None, 3)],
            [[1, 2], [1, 2]],
            [2.0],
            3,
            "zz",
        ),
        (None, None, None, None, None, None, None, None, None),
    ],
)

JSONS = Table(
    "j string",
    [
        ('{"a": 1, "b": "x", "c": [1, 2, 3], "d": {"e": null, "f": 1.5}}',),
        ('{"a": "7", "b": 5, "c": []}',),
        ('[{"a": 1}, {"a": 2}]',),
        ("{}",),
        ("",),
        ("not json",),
        ('{"a": 1, "a": 2}',),
        ('{"A": 9, "b": "\\u00e9\\ud83d\\ude00"}',),
        ('{"a": 99999999999, "b": true, "d": {"f": 1e3}}',),
        ("null",),
        ('"text"',),
        (None,),
    ],
)

#: rows of three groups with repeats, nulls and edges
SALES = Table(
    "g string, i int, l bigint, d double, p decimal(10,2), s string, b boolean, t timestamp, a array<int>, f float",
    [
        ("x", 1, 10, 1.5, Decimal("1.10"), "b", True, dt.datetime(2024, 1, 1, 12), [1, 2], 0.5),
        ("x", 2, 20, -2.5, Decimal("2.25"), "a", False, dt.datetime(2024, 1, 2), [], 0.1),
        ("x", 2, None, 4.0, Decimal("-3.00"), None, True, None, None, 2.0),
        ("x", None, 40, 0.25, None, "b", None, dt.datetime(2023, 12, 31), [3], None),
        ("y", 5, 5000000000, 1e10, Decimal("99999999.99"), "é", True, dt.datetime(2024, 2, 29), [1], 1e10),
        ("y", -5, -5000000000, 1e-10, Decimal("0.01"), "😀", True, dt.datetime(1969, 12, 31), [None], -0.0),
        ("y", 3, 7, 3.0, Decimal("5.55"), "é", True, dt.datetime(2024, 2, 29), [1], 3.5),
        (None, 7, 7, NAN, Decimal("7.00"), "", False, dt.datetime(2000, 1, 1), [7, 7], NAN),
        (None, 8, 8, 1.0, Decimal("8.00"), "z", False, dt.datetime(2000, 1, 1), [7, 7], 1.0),
        ("n", None, None, None, None, None, None, None, None, None),
    ],
)

#: relations for whole queries
VIEWS = {
    "t": Table("id int, name string, v double", [(1, "a", 10.0), (2, "b", None), (None, "c", 3.5), (3, None, 1.0)]),
    "u": Table("id int, tag string", [(1, "x"), (1, "y"), (4, "z")]),
    "n": Table(
        "id int, a array<int>, m map<string,int>, s array<struct<x:int,y:string>>, j string",
        [
            (1, [1, 2], {"a": 1}, [(1, "p"), (2, "q")], '{"a":1,"b":"x"}'),
            (2, [], {}, [], "{}"),
            (3, None, None, None, None),
        ],
    ),
    "sales": Table("k string, y int, q int", [("a", 2020, 1), ("a", 2021, 2), ("b", 2020, 3), ("b", 2021, None)]),
}
