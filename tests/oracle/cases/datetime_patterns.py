"""Java's patterns of dates and times: every letter in every width, what they read, names of zones."""

from __future__ import annotations

import datetime as dt

from tests.oracle.suite import Group, Table, select
from tests.oracle.tables import ONE

TIMES = Table(
    "t timestamp, z timestamp_ntz, e date",
    [
        (dt.datetime(2024, 3, 5, 6, 7, 8, 123456), dt.datetime(2024, 12, 31, 16, 59), dt.date(2024, 1, 31)),
        (dt.datetime(1969, 7, 20, 20, 17, 40), dt.datetime(1900, 1, 1), dt.date(1, 1, 1)),
        (None, None, None),
    ],
)
_WIDTHS = {
    "y": 6, "M": 4, "L": 4, "d": 2, "D": 3, "E": 4, "a": 1, "H": 2, "h": 2, "K": 2, "k": 2, "m": 2, "s": 2, "S": 9, "Q": 4,
    "q": 4, "G": 4, "z": 4, "X": 5, "x": 5, "Z": 5, "F": 1, "g": 7,
}  # fmt: skip
_LETTERS = [
    letter * width for letter, most in _WIDTHS.items() for width in range(1, most + 1) if (letter, width) != ("X", 3)
]
_LETTERS += ["VV", "v", "vvvv", "O", "OOOO", "''", "yyyy''MM", "yyyy'T'MM", "[yyyy", "[[yyyy]MM]", "yyyy|MM", "h:mm a"]

#: patterns with texts, of which some do not fit
TEXTS = Table(
    "p string, s string",
    [
        ("dd/MM/yyyy", "05/03/2024"),
        ("d/M/y", "5/3/2024"),
        ("dd/MM/yyyy", "5/3/2024"),
        ("dd-MMM-yyyy", "05-MAR-2024"),
        ("dd-MMMM-yyyy", "05-March-2024"),
        ("d MMM yy", "5 Mar 24"),
        ("d MMM yy", "5 Mar 2024"),
        ("yyyyMMddHHmmss", "20240305060708"),
        ("yyyy-MM-dd HH:mm:ss", "2024-03-05 6:07:08"),
        ("yyyy-MM-dd", "2024-03-05x"),
        ("yyyy-MM-dd", "2024-02-30"),
        ("yyyy-MM-dd", "2024-2-3"),
        ("h:mm a", "6:07 pm"),
        ("K:mm a", "0:07 PM"),
        ("k:mm", "24:00"),
        ("yyyy", "2024"),
        ("MM", "03"),
        ("D yyyy", "65 2024"),
        ("yyyy-DDD", "2024-065"),
        ("yyyy-MM-dd'T'HH:mm:ssXXX", "2024-03-05T06:07:08+02:00"),
        ("yyyy-MM-dd'T'HH:mm:ssX", "2024-03-05T06:07:08Z"),
        ("yyyy-MM-dd HH:mm:ss VV", "2024-03-05 06:07:08 Europe/Berlin"),
        ("yyyy-MM-dd HH:mm:ss z", "2024-03-05 06:07:08 PST"),
        ("yyyy-MM-dd HH:mm:ss zzzz", "2024-03-05 06:07:08 Pacific Standard Time"),
        ("yyyy-MM-dd HH:mm:ss.SSS", "2024-03-05 06:07:08.12"),
        ("yyyy-MM-dd HH:mm:ss[.SSSSSS]", "2024-03-05 06:07:08.5"),
        ("yyyy-MM-dd HH:mm:ss[.SSSSSS]", "2024-03-05 06:07:08"),
        ("yyyy-MM-dd[ HH:mm", "2024-03-05"),
        ("G yyyy", "AD 2024"),
        ("yy", "69"),
        ("yyyy", "24"),
        ("yyyy", "02024"),
        ("yyyyy", "02024"),
        ("yyyy-MM-dd HH", "2024-03-05 24"),
        ("yyyy-MM-dd", " 2024-03-05"),
        ("yyyy-MM-dd", ""),
        ("LLLL yyyy", "March 2024"),
        ("S", "1"),
        ("s", "08"),
        ("yyyy MM", "2024  03"),
        ("'at' yyyy", "at 2024"),
        ("yyyy''MM", "2024'03"),
        ("dMyyyy", "532024"),
        ("yyyy-MM-dd hh:mm:ss a", "2024-03-05 12:07:08 AM"),
        ("yyyy-MM-dd hh:mm:ss", "2024-03-05 12:07:08"),
        ("yyyy-MM-dd a", "2024-03-05 PM"),
        ("dd MM", "29 02"),
        ("dd MM yyyy", "31 04 2024"),
        ("D", "366"),
        ("yyyy-MM-dd HH:mm:ss xxx", "2024-03-05 06:07:08 Z"),
        ("yyyy-MM-dd HH:mm:ss ZZZZZ", "2024-03-05 06:07:08 +01:00"),
        ("yyyy-MM-dd HH:mm:ss O", "2024-03-05 06:07:08 GMT+2"),
        ("yyyy-MM-dd", "nope"),
        (None, "2024"),
        ("yyyy", None),
    ],
)
_ZONED = Table("s string", [(f"2024-01-05 12:00:00 {name}",) for name in ["UTC", "GMT", "Z", "PST", "PDT", "EST", "CST", "CET", "CEST", "BST", "IST", "MSK", "JST", "AEST", "MT", "X", "utc", "Europe/Berlin", "+02:00", "GMT+2", "UTC+2", "GMT+02:00", "+0200", "+02", "+2", "-05:30", "+02:00:00", "GMT+0200", "+00:00", "+0000"]])  # fmt: skip
_BAD = (
    "date_format(timestamp'2024-03-05 00:00:00', '{}')",
    (
        "e",
        "YYYY",
        "nnYY",
        "w",
        "u",
        "A",
        "B",
        "n",
        "p",
        "QQQQQ",
        "MMMMM",
        "GGGGG",
        "yyyyyyyyyyy",
        "OO",
        "V",
        "yyyy]",
        "b",
        "#",
        "SSSSSSSSSS",
    ),
)
_UNREAD = ("to_timestamp('x', '{}')", ("e", "E", "F", "q", "QQQ", "nope nope", "B", "MMMMM", "OO", "'", "yyyy]", "ddd"))


def _names(zone: str) -> Group:
    return select(
        f"names of {zone}",
        TIMES,
        *(
            f"date_format(timestamp'2024-0{month}-05 12:00:00', 'z|zzzz|v|vvvv|O|OOOO|VV|Z|ZZZZ|ZZZZZ|X|x')"
            for month in (1, 7)
        ),
        zone=zone,
    )


GROUPS = [
    select(
        "letters",
        TIMES,
        *(f'date_format({column}, "{letter}")' for letter in _LETTERS for column in "tz"),
        "date_format(e, 'g D y')",
    ),
    select(
        "patterns that are refused",
        ONE,
        *(text.format(pattern) for text, patterns in (_BAD, _UNREAD) for pattern in patterns if "'" not in pattern),
    ),
    select(
        "texts",
        TEXTS,
        *(
            f"{function}(s, p)"
            for function in ("to_timestamp", "to_date", "unix_timestamp", "try_to_timestamp", "to_timestamp_ntz")
        ),
        ansi="false",
    ),
    select(
        "texts that do not fit",
        ONE,
        *(
            f'to_timestamp("{text}", "{pattern}")'
            for pattern, text in TEXTS.rows
            if text
            in (
                "2024-03-05x",
                "2024-02-30",
                "02024",
                "532024",
                "29 02",
                "366",
                "31 04 2024",
                "2024-03-05 24",
                "2024-03-05 06:07:08 Z",
            )
        ),
    ),
    select(
        "zones in texts",
        _ZONED,
        *(
            f"unix_timestamp(s, 'yyyy-MM-dd HH:mm:ss {letter}')"
            for letter in ("z", "zzzz", "VV", "O", "OOOO", "X", "XX", "x", "xxx", "Z", "ZZZZ", "ZZZZZ")
        ),
        ansi="false",
    ),
    *map(
        _names,
        (
            "UTC",
            "America/New_York",
            "Europe/Berlin",
            "Europe/London",
            "Asia/Tokyo",
            "Australia/Sydney",
            "+02:00",
            "Asia/Kathmandu",
            "Etc/GMT+5",
        ),
    ),
]
