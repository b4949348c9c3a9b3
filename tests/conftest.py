"""Fixtures of all tests, and the check that a test leaves nothing running."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from actorstream.checkpoint.memory import MemoryFiles
from actorstream.common.clock import ManualClock

if TYPE_CHECKING:
    from actorstream.sql import SparkSession

#: how long a thread that was told to stop may take to end: generous, because a clean test waits for nothing
_GRACE_S = 3.0


@pytest.fixture
def clock() -> ManualClock:
    """A clock that moves when the test says so."""
    return ManualClock(1_700_000_000_000)


@pytest.fixture
def files() -> MemoryFiles:
    """An empty checkpoint in memory."""
    return MemoryFiles()


@pytest.fixture
def spark() -> Iterator[SparkSession]:
    """A session with two partitions in UTC. A query that the test left running fails it."""
    from actorstream.sql import SparkSession

    session = SparkSession.builder.master("local[2]").config("spark.sql.session.timeZone", "UTC").getOrCreate()
    yield session
    left = session.streams.active
    for query in left:
        query.stop()
    session.stop()
    assert not left, f"queries left running: {', '.join(str(query.name or query.id) for query in left)}"


@pytest.fixture(autouse=True)
def _no_thread_outlives_its_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test after which more threads run than before it."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before]
    if left:
        gc.collect()  # an object that ends its thread when it goes counts as having ended it
    until = time.monotonic() + _GRACE_S
    for thread in left:
        thread.join(max(until - time.monotonic(), 0))
    alive = [thread.name for thread in left if thread.is_alive()]
    assert not alive, f"{request.node.nodeid} left threads running: {', '.join(sorted(alive))}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A rule mark names exactly one or more rules of the specification, by id."""
    for item in items:
        for mark in item.iter_markers("rule"):
            if not mark.args or not all(isinstance(rule, str) and "-" in rule for rule in mark.args):
                raise pytest.UsageError(f'{item.nodeid}: write @pytest.mark.rule("CKP-7"), not {mark.args!r}')
