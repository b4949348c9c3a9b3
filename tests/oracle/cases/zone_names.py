"""The short names of time zones that Java knows, and the ways to write an offset."""

from __future__ import annotations

from tests.oracle.suite import select, sql
from tests.oracle.tables import ONE

SHORT = [
    "ACT",
    "AET",
    "AGT",
    "ART",
    "AST",
    "BET",
    "BST",
    "CAT",
    "CNT",
    "CST",
    "CTT",
    "EAT",
    "ECT",
    "EST",
    "HST",
    "IET",
    "IST",
    "JST",
    "MIT",
    "MST",
    "NET",
    "NST",
    "PLT",
    "PNT",
    "PRT",
    "PST",
    "SST",
    "VST",
]
OTHER = ["EST5EDT", "PST8PDT", "ROK", "GMT+3", "GMT-03:30", "UTC+1", "UT+2", "+5", "-3", "+05:30", "Zulu", "Z", "GMT0", "Etc/GMT+5", "CET", "nope",
         "pst", "+19:00", ""]  # fmt: skip
GROUPS = [
    select(
        "names",
        ONE,
        *(sql(f"from_utc_timestamp(timestamp'2024-07-01 12:00:00', '{name}')") for name in (*SHORT, *OTHER)),
        *(sql(f"to_utc_timestamp(timestamp'1997-02-28 10:30:00', '{name}')") for name in SHORT),
        "timestamp'2024-07-01 12:00:00 PST'",
        "cast('2024-07-01 12:00:00 JST' as timestamp)",
        "convert_timezone('PST', 'JST', timestamp_ntz'2024-07-01 12:00:00')",
        "make_timestamp(2024, 7, 1, 12, 0, 0, 'PST')",
        "try_make_timestamp(2024, 7, 1, 12, 0, 0, 'PST')",
    ),
    select("session in Los Angeles", ONE, "string(timestamp_seconds(0))", "hour(timestamp_seconds(0))", zone="PST"),
    select(
        "of the session",
        ONE,
        "spark_partition_id()",
        "current_database()",
        "current_schema()",
        "current_catalog()",
        "hex(hmac('k', 'm'))",
    ),
]
