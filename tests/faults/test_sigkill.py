"""A worker process dies by SIGKILL at sixty random moments of a run, and the tables at the end are those of a batch computation."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

HOME = Path(__file__).resolve().parents[2]
FLIGHTS = HOME / "examples" / "data" / "nyc-flights-2013" / "flights"
FILES = 120
ROWS_PER_FILE = 600
KILLS = 60
#: longest life of a worker at first: recovery of three queries and some epochs of each, on a machine that does nothing else
LIFE_S = 0.4
WINDOW_S = 6 * 3600
DELAY_S = 3600


class Worker:
    """The process that is killed, and started again by one that keeps the engine imported."""

    def __init__(self, folder: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(HOME)}
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.sigkill_worker", str(folder)],
            cwd=HOME,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _told(self) -> tuple[str, int]:
        assert self._nursery.stdout is not None
        word, number = self._nursery.stdout.readline().split()
        return word, int(number)

    def live(self, seconds: float | None) -> int:
        """One life, ended by SIGKILL after so many seconds. Returns: the exit status, negative for a signal."""
        assert self._nursery.stdin is not None
        self._nursery.stdin.write("go\n")
        self._nursery.stdin.flush()
        word, process = self._told()
        assert word == "started"
        timer = None if seconds is None else threading.Timer(seconds, os.kill, (process, signal.SIGKILL))
        if timer is not None:
            timer.start()
        word, status = self._told()
        if timer is not None:
            timer.cancel()
            timer.join()
        assert word == "ended"
        return status

    def close(self) -> None:
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.close()
        self._nursery.wait()
        self._nursery.stdout.close()


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    process = Worker(tmp_path)
    yield process
    process.close()


class Flights:
    """Flights in the order of their schedule, in files that arrive one after the other."""

    def __init__(self, folder: Path) -> None:
        self._waiting = folder / "waiting"
        self._incoming = folder / "incoming"
        for place in (self._waiting, self._incoming):
            place.mkdir()
        columns = ["scheduled", "carrier", "origin", "dest", "dep_delay"]
        flights = ds.dataset(FLIGHTS).to_table(columns=columns)
        self.rows: pa.Table = flights.sort_by("scheduled").slice(0, FILES * ROWS_PER_FILE)
        for number in range(FILES):
            pq.write_table(self.rows.slice(number * ROWS_PER_FILE, ROWS_PER_FILE), self._waiting / self._name(number))
        self._arrived = 0

    @staticmethod
    def _name(number: int) -> str:
        return f"part-{number:04d}.parquet"

    def arrive(self, count: int) -> None:
        """Let files appear, whole, until there are `count`."""
        for number in range(self._arrived, count):
            target = self._incoming / self._name(number)
            (self._waiting / target.name).rename(target)
            os.utime(target, (1_600_000_000 + number, 1_600_000_000 + number))
        self._arrived = max(self._arrived, count)


def batch_answer(flights: pa.Table) -> dict[str, list[list[Any]]]:
    """The three results over all rows at once; windows that are still open at the end are not shown."""
    totals = flights.group_by("carrier").aggregate([([], "count_all"), ("dep_delay", "sum")])
    seconds = pc.divide(flights["scheduled"].cast(pa.timestamp("us")).cast(pa.int64()), 1_000_000)
    starts = pc.multiply(pc.divide(seconds, WINDOW_S), WINDOW_S)
    windows = pa.table({"start": starts, "origin": flights["origin"]}).group_by(["start", "origin"])
    closed = pc.max(seconds).as_py() - DELAY_S - WINDOW_S
    routes = flights.group_by(["carrier", "origin", "dest"]).aggregate([])
    return {
        "carriers": sorted(
            map(list, zip(*totals.select(["carrier", "count_all", "dep_delay_sum"]).to_pydict().values(), strict=True))
        ),
        "departures": sorted(
            [start, origin, count]
            for start, origin, count in zip(*windows.aggregate([([], "count_all")]).to_pydict().values(), strict=True)
            if start <= closed
        ),
        "routes": sorted(map(list, zip(*routes.to_pydict().values(), strict=True))),
    }


def in_flight(folder: Path) -> int:
    """How many queries have an epoch that was begun and not finished."""
    found = 0
    for query in (folder / "checkpoint").glob("*"):
        logs = [{path.name for path in (query / log).glob("[0-9]*")} for log in ("offsets", "commits")]
        found += bool(logs[0] - logs[1])
    return found


@pytest.mark.rule("CKP-44")
def test_a_worker_killed_at_random_moments_gives_the_batch_answer(worker: Worker, tmp_path: Path) -> None:
    flights = Flights(tmp_path)
    seed = random.SystemRandom().randrange(1_000_000)
    moments = random.Random(seed)
    killed = interrupted = 0
    longest = LIFE_S
    while killed < KILLS:
        flights.arrive((killed + 1) * FILES // KILLS)
        status = worker.live(moments.uniform(0.02, longest))
        assert status == -signal.SIGKILL, f"the worker ended with {status} after {killed} kills, seed {seed}"
        killed += 1
        interrupted += in_flight(tmp_path)
        if not interrupted and killed % 10 == 0:
            longest *= 2  # a busy machine: the workers die before they have begun
    (tmp_path / "all-arrived").touch()
    assert worker.live(None) == 0, f"seed {seed}"
    assert interrupted > 0, "no kill met an epoch: the test proves nothing"
    for name, rows in batch_answer(flights.rows).items():
        given = json.loads((tmp_path / f"{name}.result").read_text())
        assert given == rows, f"{name} differs after {killed} kills, {interrupted} of them within an epoch, seed {seed}"
