"""Session windows: which rows share a session, what is no session, and what can be asked of one."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.oracle.suite import Case, Entry, Table, frames


def _at(seconds: float) -> dt.datetime:
    return dt.datetime(2024, 1, 1) + dt.timedelta(seconds=seconds)


VISITS = Table(
    "t timestamp, k string, v int, g string, n timestamp_ntz, s string, d date, a array<int>",
    [
        (_at(0), "a", 1, "5 seconds", _at(0), "2024-01-01 00:00:00", dt.date(2024, 1, 1), [1]),
        (_at(4), "a", 2, "20 seconds", _at(4), "2024-01-01 00:00:04", dt.date(2024, 1, 1), [1]),
        (_at(9), "a", 3, None, _at(9), "2024-01-01 00:00:09", dt.date(2024, 1, 2), []),
        (_at(2), "b", 4, "1 month", None, "2024-01-01", dt.date(2024, 1, 3), None),
        (_at(7.000001), "b", 5, "-1 second", _at(7), "2024-01-01 00:00:07", None, [2]),
        (_at(30), "b", 6, "0 seconds", _at(30), None, dt.date(2024, 2, 1), [2]),
        (_at(31), None, 7, "no interval", _at(31), None, None, [2]),
        (_at(33), None, None, "1 day 2 hours", _at(33), "2024-01-01 00:00:33", None, None),
        (None, "a", 9, "5 seconds", None, None, None, None),
        (_at(-4e7), "a", 10, "interval 10 seconds", _at(-4e7), "1970-01-01 00:00:00", dt.date(1969, 12, 31), [1]),
    ],
)


def _count(name: str, time: Any, gap: Any, *keys: str) -> Entry:
    """Rows by session and keys; `gap` is a text, or SQL with a ``=`` before it."""
    return (
        name,
        lambda df, F: df.groupBy(
            F.session_window(time, F.expr(gap[1:]) if isinstance(gap, str) and gap.startswith("=") else gap), *keys
        ).count(),
    )


_LONGER_THAN_ONE_GAP = "session_window.end > session_window.start + interval 6 seconds"


def _results(*texts: str) -> list[Entry]:
    """Aggregates by session and key."""
    return [
        (text, lambda df, F, text=text: df.groupBy(F.session_window("t", "5 seconds"), "k").agg(F.expr(text)))
        for text in texts
    ]


GROUPS = [
    frames(
        "gaps",
        VISITS,
        *[
            _count(f"a gap of {gap!r}", "t", gap, "k")
            for gap in (
                *(
                    "5 seconds",
                    "4 seconds",
                    "interval 5 seconds",
                    "1 minute 30 seconds",
                    "0.5 seconds",
                    "5000 milliseconds",
                ),
                *("1 day", "2 weeks", "1 month", "1 year 2 months", "1 month -40 days", "-5 seconds", "0 seconds"),
                *("5", "seconds", "", " 5 seconds ", "5 Seconds", "no interval"),
            )
        ],
        *[
            _count(f"a gap of the column {gap[1:]}", "t", gap, "k")
            for gap in (
                *("=g", "=if(v > 3, '10 seconds', '1 second')", "=make_interval(0, 0, 0, 0, 0, 0, v)", "=null"),
                *(
                    "=concat(v, ' seconds')",
                    "=cast(g as interval)",
                    "=if(k = 'a', g, null)",
                    "=cast('5 seconds' as varchar(9))",
                ),
                *(
                    "=v",
                    "=interval 5 seconds",
                    "=interval 1 month",
                    "=make_dt_interval(0, 0, 0, 5)",
                    "=t",
                    "=a",
                    "=true",
                ),
                *(
                    "=cast(1 as decimal(5,2))",
                    "=map('a', 1)",
                    "=struct(k)",
                    "=cast('5 seconds' as binary)",
                    "=nope",
                    "=1.5D",
                ),
            )
        ],
        _count("a gap that is a number", "t", 5, "k"),
        _count("no gap", "t", None, "k"),
        output="complete",
    ),
    frames(
        "times and keys",
        VISITS,
        *[
            _count(f"of the column {time}", time, "5 seconds", "k")
            for time in ("t", "n", "s", "d", "v", "a", "k", "nope")
        ],
        _count("with two keys", "t", "5 seconds", "k", "v"),
        _count("with an array as key", "t", "10 seconds", "a"),
        (
            "as the last key",
            lambda df, F: df.groupBy("k", F.session_window("t", "5 seconds")).agg(F.sum("v"), F.max("t")),
        ),
        (
            "under another name",
            lambda df, F: (
                df.groupBy(F.session_window("t", "5 seconds").alias("session"), "k")
                .count()
                .select("session.*", "count")
            ),
        ),
        (
            "as a column first",
            lambda df, F: df.withColumn("w", F.session_window("t", "5 seconds")).groupBy("w", "k").count(),
        ),
        (
            "under two names",
            lambda df, F: df.groupBy(
                F.session_window("t", "5 seconds"), F.session_window("t", "5 seconds").alias("z"), "k"
            ).count(),
        ),
        ("its start as a key", lambda df, F: df.groupBy(F.session_window("t", "5 seconds").start, "k").count()),
        (
            "its event time",
            lambda df, F: (
                df.groupBy(F.session_window("t", "5 seconds"), "k").count().select(F.window_time("session_window"))
            ),
        ),
        (
            "of the windows of time",
            lambda df, F: (
                df.withColumn("w", F.window("t", "10 seconds")).groupBy(F.session_window("w", "5 seconds"), "k").count()
            ),
        ),
        (
            "two sessions",
            lambda df, F: df.groupBy(
                F.session_window("t", "5 seconds"), F.session_window("t", "6 seconds"), "k"
            ).count(),
        ),
        (
            "a session and a window",
            lambda df, F: df.groupBy(F.session_window("t", "5 seconds"), F.window("t", "6 seconds"), "k").count(),
        ),
        Case(
            "with a filter after it",
            lambda df, F: df.groupBy(F.session_window("t", "5 seconds"), "k").count().where(_LONGER_THAN_ONE_GAP),
            deviation="the reference tests the session that each row opens alone, and finds none that is longer than the gap",
        ),
        (
            "in another zone",
            lambda df, F: df.groupBy(F.session_window("t", "1 day"), "k").agg(
                F.min("session_window.start"), F.max("session_window.end")
            ),
        ),
        output="complete",
    ),
    frames(
        "results",
        VISITS,
        *_results(
            "count(*)",
            "count(v)",
            "sum(v)",
            "avg(v)",
            "min(v)",
            "max(k)",
            "stddev(v)",
            "collect_set(v)",
            "approx_count_distinct(v)",
            "max(session_window.start)",
            "min(session_window)",
            "session_window.end",
            "k",
            "session_window.start is null",
            "count(*) filter (where v > 2)",
            "sum(v) + count(*)",
            "max_by(v, t)",
            "1",
            "v",
            "nope",
            "max(sum(v))",
            "first(v)",
            "last(v)",
            "collect_list(v)",
            "bool_and(v > 1)",
            "any_value(k)",
            "median(v)",
            "count_if(v > 2)",
        ),
        output="complete",
    ),
    frames(
        "of a table alone",
        VISITS,
        _count("as the only key", "t", "5 seconds"),
        _count("as the only key, by column", "t", "=g"),
        *[
            (text, lambda df, F, text=text: df.groupBy(F.session_window("t", "5 seconds"), "k").agg(F.expr(text)))
            for text in ("count(distinct v)", "sum(distinct v)", "row_number() over (order by k, session_window.start)")
        ],
        (
            "of sessions",
            lambda df, F: (
                df.groupBy(F.session_window("t", "5 seconds"), "k")
                .count()
                .groupBy("session_window")
                .agg(F.sum("count"))
            ),
        ),
        (
            "sorted",
            lambda df, F: (
                df.groupBy(F.session_window("t", "5 seconds"), "k").count().orderBy("session_window.start", "k")
            ),
        ),
        modes=("static",),
    ),
    frames(
        "as a column",
        VISITS,
        "session_window(t, '5 seconds')",
        "session_window(t, g)",
        "session_window(t, '5 seconds').start",
        "session_window(t)",
        "session_window(t, '5 seconds', '1 second')",
        "session_window()",
        "session_window(v, '5 seconds')",
        "session_window(t, v)",
        ("two", lambda df, F: df.select(F.session_window("t", "5 seconds"), F.session_window("t", "6 seconds"))),
        (
            "the same twice",
            lambda df, F: df.select(F.session_window("t", "5 seconds"), F.session_window("t", "5 seconds").alias("b")),
        ),
    ),
]
