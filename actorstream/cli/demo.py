"""`actorstream demo`: a year of flights is counted by a worker process that is killed three times; then the result is checked.

The parent moves files into a folder one after another, kills the worker with SIGKILL at random moments, tells what the checkpoints
hold, starts it again, and at the end compares both results with a batch computation (`demo_answer`). The queries themselves
are an ordinary script, `examples/recovery_demo.py`.
"""

from __future__ import annotations

import itertools
import json
import os
import queue
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from actorstream.cli.demo_screen import PlainScreen, RichScreen, Screen

KILLS = 3
#: seconds between two files: short enough for a demo of half a minute, long enough for several epochs between two kills
PACE_S = 0.2
#: seconds after the arrival of a file within which a kill hits the epochs that read it
AIM_S = 0.08
#: seconds a worker may take to show its first epoch, and to end once all files are there
PATIENCE_S = 60.0
QUERIES = ("carriers", "departures")
SCRIPT = Path("examples") / "recovery_demo.py"
DATA = Path("examples") / "data" / "nyc-flights-2013" / "flights"


@click.command(short_help="Count a year of flights while the process is killed.")
@click.option(
    "--seed", type=int, default=None, help="Seed of the moments of death; by default a new one, which is printed."
)
@click.option(
    "--kills", type=click.IntRange(0, 20), default=KILLS, show_default=True, help="How often the worker dies."
)
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Folder for input, checkpoints and results; emptied first. Default: checkpoints/recovery-demo in the clone.",
)
@click.option("--plain", is_flag=True, help="Plain text even in a terminal.")
def demo(seed: int | None, kills: int, work: Path | None, plain: bool) -> None:
    """Count a year of flights while the counting process is killed again and again."""
    home = _home()
    seed = random.SystemRandom().randrange(10_000) if seed is None else seed
    screen: Screen = PlainScreen() if plain or not sys.stdout.isatty() else RichScreen()
    stage = Stage(home, work or home / "checkpoints" / "recovery-demo")
    with screen:
        ok = Demo(stage, screen, seed, kills).run()
    sys.exit(0 if ok else 1)


def _home() -> Path:
    """The clone: the demo needs its example script and its data."""
    for folder in (Path.cwd(), Path(__file__).resolve().parents[2]):
        if (folder / SCRIPT).is_file() and (folder / DATA).is_dir():
            return folder
    raise click.ClickException(
        f"the demo needs {SCRIPT} and the flight data beside it, which are part of the repository but not of the installed "
        "package. Run it in a clone: make demo."
    )


class Stage:
    """The folders of a demo run: where files arrive, where checkpoints and results are.

    Args:
        home: the clone.
        work: emptied, if it is the demo's own folder.
    """

    _MARK = ".actorstream-demo"

    def __init__(self, home: Path, work: Path) -> None:
        self.script = home / SCRIPT
        self.files = sorted((home / DATA).glob("*.parquet"))
        if work.exists() and any(work.iterdir()) and not (work / self._MARK).exists():
            raise click.ClickException(
                f"{work} holds something else; the demo empties its folder, so give it an empty one."
            )
        shutil.rmtree(work, ignore_errors=True)
        self.incoming = work / "incoming"
        self.incoming.mkdir(parents=True)
        (work / self._MARK).touch()
        self.work = work

    def checkpoint(self, query: str) -> Path:
        """Checkpoint of a query."""
        return self.work / "checkpoint" / query

    def arrive(self, number: int) -> None:
        """A file appears, whole, under its final name."""
        source = self.files[number]
        unnamed = self.work / f".{source.name}"
        shutil.copyfile(source, unnamed)
        os.utime(unnamed)  # the source takes files in the order of their times
        unnamed.replace(self.incoming / source.name)

    def all_arrived(self) -> None:
        """Tell the worker to finish."""
        (self.work / "all-arrived").touch()

    def result(self, query: str) -> list[dict[str, object]]:
        """What the worker saved at its end."""
        rows: list[dict[str, object]] = json.loads((self.work / f"{query}.json").read_text(encoding="utf-8"))
        return rows


@dataclass(frozen=True, slots=True)
class Report:
    """A line of the worker: an epoch of a query, or None at the end of its output."""

    query: str
    epoch: int
    files: int


class Worker:
    """The process that runs the queries."""

    def __init__(self, stage: Stage) -> None:
        self.reports: queue.SimpleQueue[Report | None] = queue.SimpleQueue()
        self.has_reported = False
        self._errors = (stage.work / "worker-errors.txt").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, str(stage.script), "--incoming", str(stage.incoming), "--work", str(stage.work)],
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            cwd=stage.script.parent.parent,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        self._reader = threading.Thread(target=self._read, name="worker output", daemon=True)
        self._reader.start()

    def kill(self) -> None:
        """No handler runs, nothing is flushed."""
        self.process.send_signal(signal.SIGKILL)
        self.close()

    def close(self) -> int:
        """Wait for the end. Returns: the exit code."""
        code = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._errors.close()
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            try:
                plain = json.loads(line)
            except ValueError:
                continue  # the last line of a killed process may be cut
            if isinstance(plain, dict) and "epoch" in plain:
                self.reports.put(Report(plain["query"], plain["epoch"], plain["files"]))
        self.reports.put(None)


class WorkerFailed(Exception):
    """The worker ended although nobody killed it."""


class Demo:
    """One run: feeds, kills, restarts, checks."""

    def __init__(self, stage: Stage, screen: Screen, seed: int, kills: int) -> None:
        self._stage = stage
        self._screen = screen
        self._seed = seed
        self._random = random.Random(seed)
        self._kills = kills
        self._restarts = 0

    def run(self) -> bool:
        """Returns: whether both results are right."""
        screen, files = self._screen, self._stage.files
        screen.say(
            f"{len(files)} files of flights arrive one after another; two queries count them in a worker process."
        )
        screen.say(f"The worker will be killed {self._kills} times at random moments (--seed {self._seed}).")
        screen.start(len(files), QUERIES)
        moments = self._moments(len(files))
        worker = Worker(self._stage)
        try:
            for number in range(len(files)):
                if number in moments:
                    self._arrive(number)
                    self._wait_for_an_epoch(worker)
                    self._listen(worker, self._random.uniform(0.0, AIM_S))
                    worker = self._kill_and_restart(worker)
                else:
                    self._arrive(number)
                    self._listen(worker, PACE_S)
            self._stage.all_arrived()
            self._finish(worker)
        except WorkerFailed as failure:
            screen.finish()
            screen.say(str(failure))
            return False
        finally:
            if worker.process.poll() is None:
                worker.kill()
        screen.finish()
        return self._check()

    def _moments(self, files: int) -> set[int]:
        """The files after whose arrival the worker dies: one in each equal part of the run."""
        edges = [2 + (files - 3) * part // max(self._kills, 1) for part in range(self._kills + 1)]
        return {self._random.randrange(low, high) for low, high in itertools.pairwise(edges) if low < high}

    def _arrive(self, number: int) -> None:
        self._stage.arrive(number)
        self._screen.arrived(number + 1)

    def _listen(self, worker: Worker, seconds: float) -> None:
        """Show what the worker reports for a while."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                self._show(worker, worker.reports.get(timeout=left))
            except queue.Empty:
                return

    def _wait_for_an_epoch(self, worker: Worker) -> None:
        """Let a fresh worker come up, so that a kill hits work and not the start of Python."""
        if worker.has_reported:
            return
        try:
            self._show(worker, worker.reports.get(timeout=PATIENCE_S))
        except queue.Empty:
            raise WorkerFailed(f"the worker shows no progress for {PATIENCE_S:.0f} seconds") from None

    def _show(self, worker: Worker, report: Report | None) -> None:
        if report is None:
            code = worker.close()
            errors = (self._stage.work / "worker-errors.txt").read_text(encoding="utf-8", errors="replace")
            raise WorkerFailed(f"the worker ended by itself (exit code {code}):\n{errors[-3000:]}")
        worker.has_reported = True
        self._screen.epoch(report.query, report.epoch, report.files)

    def _kill_and_restart(self, worker: Worker) -> Worker:
        from actorstream.cli.checkpoint_story import read_story

        worker.kill()
        self._restarts += 1
        self._screen.killed(self._restarts, worker.process.pid)
        for query in QUERIES:
            folder = self._stage.checkpoint(query)
            if folder.is_dir():
                self._screen.story(query, read_story(folder).lines())
        fresh = Worker(self._stage)
        self._screen.say(f"Started again: process {fresh.process.pid}.")
        return fresh

    def _finish(self, worker: Worker) -> None:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                report = worker.reports.get(timeout=max(until - time.monotonic(), 0.01))
            except queue.Empty:
                raise WorkerFailed(f"the worker did not end within {PATIENCE_S:.0f} seconds") from None
            if report is None and worker.process.wait(PATIENCE_S) == 0:
                worker.close()
                return
            self._show(worker, report)

    def _check(self) -> bool:
        from actorstream.cli.demo_answer import batch_answer, compare_carriers, compare_departures

        say = self._screen.say
        epochs = list(epochs_of(self._stage.checkpoint("departures")))
        answer = batch_answer(self._stage.files, epochs)
        carriers, departures = self._stage.result("carriers"), self._stage.result("departures")
        first, second = compare_carriers(answer, carriers), compare_departures(answer, departures)
        closed = sum(flights for flights, _ in answer.departures.values())
        say("The same by DuckDB over all files at once:")
        say(
            f"  carriers:   {sum(flights for flights, _ in answer.carriers.values()):,} flights of {len(answer.carriers)} carriers"
        )
        say(
            f"  departures: {closed:,} flights in {len(answer.departures):,} closed windows, {answer.late_rows:,} too late, "
            f"{answer.open_rows:,} in windows still open"
        )
        wrong = [*first.wrong, *second.wrong]
        for text in wrong[:10]:
            say(f"  differs: {text}")
        lost, duplicated = first.lost + second.lost, first.duplicated + second.duplicated
        self._screen.last(
            f"recovered: {answer.rows_in} rows in, {lost} lost, {duplicated} duplicated, {self._restarts} restarts"
        )
        return lost == 0 and duplicated == 0 and not wrong and self._restarts == self._kills


def epochs_of(checkpoint: Path) -> Iterator[Sequence[int]]:
    """Which files each epoch of a query has read, by number: the file source counts them, and the offset log says how far."""
    from actorstream.checkpoint.offset_log import OffsetLog
    from actorstream.cli.checkpoint_story import ReadOnlyFiles

    log = OffsetLog(ReadOnlyFiles(checkpoint))
    done = 0
    for epoch in log.epochs():
        (end,) = log.get(epoch).sources.values()
        files = 0 if end is None else int(json.loads(end)["logOffset"]) + 1
        yield range(done, files)
        done = files
