"""``+ - * /`` between dates, times, intervals and anything else, with ANSI and without."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from tests.oracle.suite import Group, Table, select

#: a column of every kind; intervals are made of them
KINDS = Table(
    "i int, l bigint, d double, q decimal(3,1), p boolean, u string, t timestamp, z timestamp_ntz, e date, x binary",
    [
        (
            1,
            2,
            1.5,
            Decimal("2.5"),
            True,
            "2024-01-31",
            dt.datetime(2024, 1, 31, 1),
            dt.datetime(2024, 1, 31, 2),
            dt.date(2024, 1, 31),
            b"x",
        ),
        (None, None, None, None, None, None, None, None, None, None),
        (
            -3,
            0,
            -0.5,
            Decimal("-0.1"),
            False,
            "1969-12-31",
            dt.datetime(1969, 12, 31, 23),
            dt.datetime(1969, 12, 31, 22),
            dt.date(1969, 12, 31),
            b"",
        ),
    ],
)
_DAY, _CLOCK, _MONTH = "interval '1' day", "interval '-1 02:03:04' day to second", "interval '13' month"
_CALENDAR = "make_interval(1, 2, 0, 3, 4, 5, 6.5)"
_OPERANDS = ("i", "d", "p", "u", "t", "z", "e", "map(1, 2)", _DAY, _CLOCK, _MONTH, "null")
_WITHOUT_ANSI = ("i", "u", "t", "e", _DAY, "null")
_TIMED = ("t", "z", "e", _DAY, _CLOCK, _MONTH)
#: intervals of months, days and microseconds do not reach Python: their text does
_CALENDARS = (
    *(
        f"cast({_CALENDAR} {symbol} {number} as string)"
        for symbol in "*/"
        for number in ("2", "-3", "1.5", "d", "u", "0")
    ),
    *(
        f"cast({one} as string)"
        for one in (f"- {_CALENDAR}", f"{_CALENDAR} + {_CALENDAR}", f"{_CALENDAR} - make_interval(5)")
    ),
    *(f"extract({part} from {_CALENDAR})" for part in ("year", "month", "day", "hour", "minute", "second")),
    "cast(make_interval(178956970) + make_interval(178956970) as string)",
    "cast(make_interval(178956970) * 2 as string)",
    "cast(make_interval(178956971) as string)",
    "cast(make_interval(0, 0, 306783379) as string)",
    "cast(try_make_interval(178956971) as string)",
    "cast(try_add(make_interval(178956970), make_interval(178956970)) as string)",
    "cast(try_multiply(make_interval(1), 2) as string)",
    "cast(try_divide(make_interval(1), 0) as string)",
    "make_interval(1) = make_interval(1)",
    "array(make_interval(1)) > array(make_interval(1))",
    *(f"{time} + {_CALENDAR}" for time in ("t", "z", "e", "u", "i", "p", _DAY, _MONTH)),
    *(f"{time} - {_CALENDAR}" for time in ("t", "z", "i", "p", _DAY)),
)
#: exact at any size, rounded half up
_SCALED = (
    *(
        f"interval '106751991' day {symbol} {number}"
        for symbol in "*/"
        for number in ("1", "1L", "1.0", "1D", "2", "3", "0.0")
    ),
    *(
        f"cast(interval '178956970' year {symbol} {number} as string)"
        for symbol in "*/"
        for number in ("1", "7", "7.0", "7D", "0.5")
    ),
    *(
        f"interval '1 02:03:04.5' day to second {symbol} {number}"
        for symbol in "*/"
        for number in ("i", "l", "d", "q", "u", "'x'", "null")
    ),
    *(
        f"cast(interval '-5' month {symbol} {number} as string)"
        for symbol in "*/"
        for number in ("2", "i", "d", "q", "0.5", "-2")
    ),
    *(
        f"interval '0.000001' second {symbol}"
        for symbol in ("/ 2", "/ 3", "* 0.5", "* 0.4", "* 0.5D", "* cast('nan' as double)")
    ),
    "interval '106751991' day + interval '1' day",
    "- interval '106751991' day",
    "try_add(interval '106751991' day, interval '1' day)",
    "try_divide(interval '1' day, 'x')",
    "try_multiply(interval '106751991' day, 2)",
    "interval '1' day % interval '1' day",
    "cast(interval '200' month as tinyint)",
    "try_cast(interval '200' month as tinyint)",
)


def _pairs(symbol: str, operands: Sequence[str]) -> list[str]:
    pairs = [(one, other) for one in operands for other in operands if one in _TIMED or other in _TIMED]
    texts = [(f"{one} {symbol} {other}", _MONTH in (one, other)) for one, other in pairs]
    return [f"cast({text} as string)" if of_months else text for text, of_months in texts]


def _groups(ansi: str, operands: Sequence[str]) -> list[Group]:
    name = "ANSI" if ansi == "true" else "ANSI off"
    return [
        *(select(f"{symbol}, {name}", KINDS, *_pairs(symbol, operands), ansi=ansi) for symbol in "+-"),
        select(f"calendar intervals, {name}", KINDS, *_CALENDARS, ansi=ansi),
        select(f"scaled, {name}", KINDS, *_SCALED, ansi=ansi),
    ]


GROUPS = [
    *_groups("true", _OPERANDS),
    *_groups("false", _WITHOUT_ANSI),
    select(
        "booleans and numbers, ANSI off",
        KINDS,
        *(
            f"p {symbol} {number}"
            for symbol in ("=", "<=>", "!=", "<")
            for number in ("1", "0", "2", "1L", "1.0", "1D", "i")
        ),
        "0 = p",
        "p in (1)",
        ansi="false",
    ),
    select(
        "texts and booleans",
        KINDS,
        "p and 'true'",
        "p or 'no'",
        "not 'true'",
        "not u",
        "p and u",
        "u and u",
        "u and i",
        "'x' or p",
        "i between '0' and '2'",
        "i between 0 and array(1)",
        "e between '2024-01-01' and 1",
    ),
    select(
        "numbers as moments",
        Table(
            "l bigint, d double", [(2**63 - 1, 1e12), (-(2**63), -1e12), (0, 0.0), (None, None), (9223372036854, 1.5)]
        ),
        "cast(cast(l as timestamp) as bigint)",
        "cast(cast(d as timestamp) as bigint)",
        "cast(cast(1e30D as timestamp) as bigint)",
        "cast(cast(cast('99999999999999999999' as decimal(20,0)) as timestamp) as bigint)",
        "cast(float(d / 3) as decimal(38,10))",
    ),
    select(
        "casts by two colons",
        KINDS,
        "u::date",
        "'2024-01-01'::date",
        "'2024-01-01 00:00:00'::timestamp",
        "1::int::string",
        "-1::int",
        "- i::bigint",
        "-1L::int::string",
        "1.5::int",
    ),
]
