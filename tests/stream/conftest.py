"""Fixtures of the end-to-end tests: a session in virtual time, beside the threaded one of `tests/conftest.py`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from actorstream.common.clock import ManualClock
from actorstream.common.config import Conf
from actorstream.sql import SparkSession


@pytest.fixture
def sim(clock: ManualClock) -> Iterator[SparkSession]:
    """A session on one thread: queries work only while somebody waits for them, and the clock jumps to the next timer."""
    session = SparkSession(Conf({"spark.sql.session.timeZone": "UTC"}), master="sim", clock=clock)
    yield session
    session.stop()
