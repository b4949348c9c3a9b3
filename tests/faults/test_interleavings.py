"""Random orders of messages, random crashes, random numbers of partitions: one answer. A failure prints how to repeat it."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from actorstream.common.fault_points import FAULT_POINTS, NO_FAULTS, FaultInjector
from actorstream.sql import SparkSession
from actorstream.testing.faults import RaiseAt
from tests.faults.scenarios import CONTINUOUS_SCENARIOS, SCENARIOS, Life, Scenario, run, simulated

#: set it to run one seed again
SEED = os.environ.get("FAULTS_SEED")
QUICK = 8
THOROUGH = 150


def seeds(count: int) -> list[int]:
    """Fresh ones in every run, unless one is asked for."""
    if SEED is not None:
        return [int(SEED)]
    chance = random.SystemRandom()
    return [chance.randrange(1_000_000) for _ in range(count)]


def random_lives(chance: random.Random) -> Iterator[Life]:
    """Up to three processes, each with an order of messages, a number of partitions and a moment of death of its own."""
    for _ in range(chance.randint(1, 3)):
        # a point in `files` is passed often, one of the driver once in an epoch
        crash = RaiseAt(chance.choice(FAULT_POINTS), occurrence=chance.randint(1, 8))
        order, partitions = chance.randrange(1_000_000), chance.randint(1, 4)
        yield lambda crash=crash, order=order, partitions=partitions: simulated(  # type: ignore[misc]
            crash, seed=order, partitions=partitions
        )


def check(kind: type[Scenario], seed: int, folder: Path) -> None:
    lives = list(random_lives(random.Random(seed)))
    replay = f"seed {seed}; again: FAULTS_SEED={seed} python -m pytest {Path(__file__).name} -k {kind.name}"
    try:
        result, _ = run(kind(folder), *lives)
    except BaseException as error:
        error.add_note(replay)
        raise
    assert result == kind.expected, replay


kinds = pytest.mark.parametrize("kind", SCENARIOS + CONTINUOUS_SCENARIOS, ids=lambda kind: kind.name)


@kinds
def test_any_order_of_messages_with_crashes_gives_the_one_answer(kind: type[Scenario], tmp_path: Path) -> None:
    for seed in seeds(QUICK):
        check(kind, seed, tmp_path / str(seed))


@pytest.mark.faults
@kinds
def test_very_many_orders_and_crashes(kind: type[Scenario], tmp_path: Path) -> None:
    for seed in seeds(THOROUGH):
        check(kind, seed, tmp_path / str(seed))


def test_a_seed_repeats_the_order_exactly(tmp_path: Path) -> None:
    from actorstream.testing.faults import CountHits

    def story(order: int, name: str) -> list[tuple[object, ...]]:
        hits = CountHits()
        run(SCENARIOS[1](tmp_path / name), lambda: simulated(hits, seed=order, partitions=3))
        return [(hit.point, hit.epoch, hit.where.get("node"), hit.where.get("partition")) for hit in hits.hits]

    assert story(5, "a") == story(5, "b")
    assert any(story(5, f"c{order}") != story(order, f"d{order}") for order in range(3))


def on_threads(faults: FaultInjector = NO_FAULTS) -> SparkSession:
    """A session on the threads and the clock of this machine."""
    session = SparkSession(master="local[2]", faults=faults)
    session.conf.set("spark.sql.session.timeZone", "UTC")
    session.conf.set("spark.sql.streaming.stateStore.minDeltasForSnapshot", "2")
    session.conf.set("spark.sql.streaming.minBatchesToRetain", "1")
    return session


def check_on_threads(kind: type[Scenario], seed: int, folder: Path) -> None:
    """The seed chooses the crash; the order of messages is up to the threads."""
    chance = random.Random(seed)
    crash = RaiseAt(chance.choice(FAULT_POINTS), occurrence=chance.randint(1, 6))
    try:
        result, _ = run(kind(folder), lambda: on_threads(crash), on_threads)
    except BaseException as error:
        error.add_note(f"seed {seed}: {crash}")
        raise
    assert result == kind.expected, f"seed {seed}: {crash}"


@pytest.mark.parametrize("kind", SCENARIOS, ids=lambda kind: kind.name)
def test_a_crash_among_real_threads_gives_the_one_answer(kind: type[Scenario], tmp_path: Path) -> None:
    for seed in seeds(2):
        check_on_threads(kind, seed, tmp_path / str(seed))


@pytest.mark.faults
@pytest.mark.parametrize("kind", SCENARIOS, ids=lambda kind: kind.name)
def test_many_crashes_among_real_threads(kind: type[Scenario], tmp_path: Path) -> None:
    for seed in seeds(40):
        check_on_threads(kind, seed, tmp_path / str(seed))
