"""The right answer of the demo, computed by DuckDB straight from the files, and the comparison with what the queries gave.

It shares no code with the engine. From the checkpoint it takes one thing only: which files each epoch read; a row is late or not
depending on that. The rule: a row is late when its window ends at or before the watermark of the epoch *before* the one that reads it;
an epoch's watermark is the newest scheduled time of all epochs before it, less the delay; a window is shown once it ends at or
before the watermark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: the numbers of `examples/recovery_demo.py`
WINDOW_MS = 6 * 3_600_000
DELAY_MS = 3_600_000
LATE_MINUTES = 15


@dataclass(frozen=True, slots=True)
class Answer:
    """What both queries must show, keyed as `Difference` compares it."""

    rows_in: int
    #: carrier -> (flights, mean delay)
    carriers: Mapping[str, tuple[int, float]]
    #: (window start, origin) -> (flights, late departures)
    departures: Mapping[tuple[str, str], tuple[int, int]]
    #: rows that came after their window was closed
    late_rows: int
    #: rows in windows that are still open at the end
    open_rows: int


@dataclass(frozen=True, slots=True)
class Difference:
    """How far a result is from the answer. Units: rows of input."""

    lost: int
    duplicated: int
    #: keys whose other columns differ
    wrong: Sequence[str]


def batch_answer(files: Sequence[Path], epochs: Sequence[Sequence[int]]) -> Answer:
    """Compute both queries over all files at once.

    Args:
        files: in the order of their arrival.
        epochs: for each epoch of query B the numbers of the files it read; empty for an epoch that only moved the watermark.
    """
    import duckdb

    with duckdb.connect() as db:
        db.execute("SET TimeZone = 'UTC'")
        db.execute("CREATE TABLE arrivals (filename VARCHAR, number INTEGER)")
        db.executemany("INSERT INTO arrivals VALUES (?, ?)", [(str(path), i) for i, path in enumerate(files)])
        db.execute(
            """CREATE TABLE flights AS
               SELECT number, carrier, origin, dep_delay, epoch_ms(scheduled) AS scheduled_ms
               FROM read_parquet(?, filename = true) JOIN arrivals USING (filename)""",
            [[str(path) for path in files]],
        )
        newest = dict(db.execute("SELECT number, max(scheduled_ms) FROM flights GROUP BY number").fetchall())
        late_bounds, closing_ms = watermarks(epochs, newest)
        db.execute("CREATE TABLE bounds (number INTEGER, late_ms BIGINT)")
        db.executemany("INSERT INTO bounds VALUES (?, ?)", list(late_bounds.items()))
        db.execute(
            f"""CREATE TABLE windowed AS
                SELECT origin, dep_delay, (scheduled_ms // {WINDOW_MS}) * {WINDOW_MS} AS start_ms,
                       start_ms + {WINDOW_MS} <= late_ms AS is_late,
                       start_ms + {WINDOW_MS} <= {closing_ms} AS is_closed
                FROM flights JOIN bounds USING (number)"""
        )
        carriers = db.execute("SELECT carrier, count(*), avg(dep_delay) FROM flights GROUP BY carrier").fetchall()
        departures = db.execute(
            f"""SELECT strftime(make_timestamp(start_ms * 1000), '%Y-%m-%d %H:%M:%S'), origin, count(*),
                       count(*) FILTER (dep_delay > {LATE_MINUTES})
                FROM windowed WHERE NOT is_late AND is_closed GROUP BY ALL"""
        ).fetchall()
        counts = db.execute(
            """SELECT count(*), count(*) FILTER (is_late), count(*) FILTER (NOT is_late AND NOT is_closed)
               FROM windowed"""
        ).fetchone()
    assert counts is not None
    return Answer(
        rows_in=counts[0],
        carriers={carrier: (flights, mean) for carrier, flights, mean in carriers},
        departures={(start, origin): (flights, late) for start, origin, flights, late in departures},
        late_rows=counts[1],
        open_rows=counts[2],
    )


def watermarks(epochs: Sequence[Sequence[int]], newest_ms: Mapping[int, int]) -> tuple[dict[int, int], int]:
    """Which bound makes a row of each file late, and the watermark of the last epoch, which closes windows.

    Units: milliseconds since 1970.
    """
    late_bounds: dict[int, int] = {}
    before_ms = current_ms = 0  # watermark of the epoch before, and of this one
    next_ms = 0
    for files in epochs:
        before_ms, current_ms = current_ms, next_ms
        for number in files:
            late_bounds[number] = before_ms
            next_ms = max(next_ms, newest_ms[number] - DELAY_MS)
    return late_bounds, current_ms


def compare_carriers(answer: Answer, rows: Iterable[Mapping[str, Any]]) -> Difference:
    """Query A against the answer."""
    found = {row["carrier"]: (row["flights"], row["mean_delay"]) for row in rows}
    return _compare(
        answer.carriers, found, lambda one, other: abs(one - other) <= 1e-9 * max(1.0, abs(other)), "carrier"
    )


def compare_departures(answer: Answer, rows: Iterable[Mapping[str, Any]]) -> Difference:
    """Query B against the answer; a window shown twice counts as duplicated."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for row in rows:
        key = (row["start"], row["origin"])
        flights, late = found.get(key, (0, 0))
        found[key] = (flights + row["flights"], late + row["late"])
    return _compare(answer.departures, found, lambda one, other: one == other, "window")


def _compare(expected: Mapping[Any, Any], found: Mapping[Any, Any], same: Any, what: str) -> Difference:
    lost = duplicated = 0
    wrong = []
    for key in sorted(expected.keys() | found.keys()):
        right, given = expected.get(key, (0, None)), found.get(key, (0, None))
        lost += max(right[0] - given[0], 0)
        duplicated += max(given[0] - right[0], 0)
        if right[0] == given[0] and not same(given[1], right[1]):
            wrong.append(f"{what} {key}: {given[1]} instead of {right[1]}")
    return Difference(lost, duplicated, wrong)
