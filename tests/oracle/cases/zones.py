"""The session's time zone: what it does to parts, texts, casts, truncation and windows."""

from __future__ import annotations

from tests.oracle.suite import Group, Table, select
from tests.oracle.tables import TIMES

TEXTS = Table(
    "s string",
    [
        ("2024-03-10 02:30:00",),
        ("2024-11-03 01:30:00",),
        ("2024-03-31 02:30:00",),
        ("2024-10-27 02:30:00",),
        ("2024-02-29 12:00:00 America/New_York",),
        ("2024-02-29 12:00:00+02:00",),
        ("2024-02-29",),
        ("1890-01-01 00:00:00",),
        (None,),
    ],
)
_CASES = (
    "hour(t)",
    "minute(t)",
    "second(t)",
    "date(t)",
    "dayofmonth(t)",
    "extract(hour from t)",
    "date_trunc('day', t)",
    "date_trunc('hour', t)",
    "date_trunc('month', t)",
    "date_trunc('week', t)",
    "cast(t as string)",
    "cast(t as date)",
    "cast(t as timestamp_ntz)",
    "cast(z as timestamp)",
    "cast(z as string)",
    "t + interval 1 day",
    "t + interval 24 hours",
    "t + interval 1 month",
    "t - interval '1' day",
    "date_format(t, 'yyyy-MM-dd HH:mm:ss xxx')",
    "date_format(t, 'VV z')",
    "date_format(z, 'HH:mm Z')",
    "from_unixtime(unix_timestamp(t))",
    "unix_timestamp('2024-07-01 00:00:00')",
    "to_timestamp('2024-03-10 02:30:00')",
    "cast('2024-11-03 01:30:00' as timestamp)",
    "timestamp'2024-03-31 02:30:00'",
    "timestamp'2024-07-01 12:00:00Z'",
    "cast(date'2024-07-01' as timestamp)",
    "date_add(t, 1)",
    "datediff(t, u)",
    "t - u",
    "timestampadd(DAY, 1, t)",
    "timestampadd(HOUR, 24, t)",
    "timestampdiff(DAY, t, u)",
    "to_utc_timestamp(t, 'Asia/Tokyo')",
    "from_utc_timestamp(t, 'Asia/Tokyo')",
    "make_timestamp(2024, 3, 10, 2, 30, 0)",
    "months_between(t, u)",
    "current_timezone()",
    "to_date(t)",
    "last_day(t)",
    "to_json(struct(t))",
    "to_csv(struct(t))",
    "sequence(timestamp'2024-03-09 12:00:00', timestamp'2024-03-12 12:00:00', interval 1 day)",
    "t = '2024-07-04 08:00:00'",
    "t > date'2024-07-04'",
    "t < z",
    "cast(t as bigint)",
    "unix_date(date(t))",
    "hour(z)",
    "convert_timezone('UTC', z)",
    "from_json('{\"a\":\"2024-07-01 12:00:00\"}', 'a timestamp')",
    "hash(t)",
    "xxhash64(t)",
    "concat(t, '')",
    "map(t, 1)",
    "try_cast('2024-03-10 02:30:00' as timestamp)",
    "date_part('timezone_hour', t)",
)
#: apart, because a row without a time is in no window and goes missing
_WINDOWS = (
    "window(t, '1 day')",
    "window(t, '1 hour', '30 minutes')",
    "window(t, '1 day', '1 day', '5 hours')",
)
_PARSED = (
    "cast(s as timestamp)",
    "to_timestamp(s)",
    "unix_timestamp(cast(s as timestamp))",
    "date(s)",
    "cast(s as timestamp_ntz)",
    "hour(cast(s as timestamp))",
    "date_trunc('hour', cast(s as timestamp))",
)


def _zone(name: str) -> list[Group]:
    return [
        select(name, TIMES, *_CASES, zone=name),
        select(f"{name}, windows", TIMES, *_WINDOWS, zone=name),
        select(f"{name}, texts", TEXTS, *_PARSED, zone=name),
    ]


GROUPS = [
    *_zone("America/New_York"),
    *_zone("Europe/Berlin"),
    select("Asia/Kolkata", TIMES, *_CASES[:35], zone="Asia/Kolkata"),
    select("+05:45", TIMES, *_CASES[:20], "current_timezone()", zone="+05:45"),
    select(
        "timestamps without zone",
        TIMES,
        "to_timestamp('2024-01-01 00:00:00')",
        "timestamp'2024-01-01 00:00:00'",
        "cast('2024-01-01' as timestamp)",
        "date_trunc('day', z)",
        "make_timestamp(2024, 1, 1, 0, 0, 0)",
        "to_timestamp(z)",
        "current_timestamp() is null",
        "t = z",
        time_type="TIMESTAMP_NTZ",
        zone="America/New_York",
    ),
]
