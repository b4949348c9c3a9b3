"""Every query is crashed at every point that it comes by, each time it comes by; after a restart the result is what it would
have been without a crash. Rows are neither lost nor doubled (exactly-once)."""

from __future__ import annotations

from pathlib import Path

import pytest

from actorstream.common.fault_points import FAULT_POINTS, NO_FAULTS, FaultInjector, SimulatedCrash
from actorstream.errors import PySparkException
from actorstream.sql import SparkSession
from actorstream.testing.faults import CountHits, FailWriteAt, RaiseAt
from tests.faults.scenarios import SCENARIOS, Rows, Scenario, simulated

#: a query that still fails after so many restarts is not recovering
RESTARTS_MAX = 3


def run(scenario: Scenario, faults: FaultInjector = NO_FAULTS) -> tuple[Rows, int]:
    """Add all blocks, restarting the query whenever it dies. Returns: the result, and how often it died."""
    died = 0
    session = simulated(faults)
    query = None
    for rows in scenario.steps:
        scenario.stream.add_data(*rows)
        while True:
            try:
                if query is None:
                    query = scenario.start(session)
                query.processAllAvailable()
                break
            except (PySparkException, SimulatedCrash):
                died += 1
                assert died <= RESTARTS_MAX, "the query does not recover"
                # the injector has done its work; the next process has none
                session, query = simulated(), None
    result = scenario.result(session)
    assert query is not None
    # a crash after the last epoch was shown went unnoticed; the next start must still find everything
    query.stop()
    session = simulated()
    query = scenario.start(session)
    query.processAllAvailable()
    assert scenario.result(session) == result, "a restart without new data changed the result"
    query.stop()
    return result, died


@pytest.mark.parametrize("kind", SCENARIOS, ids=lambda kind: kind.name)
def test_the_scenario_itself(kind: type[Scenario], tmp_path: Path) -> None:
    result, died = run(kind(tmp_path))
    assert (result, died) == (EXPECTED[kind.name], 0)


EXPECTED: dict[str, Rows] = {}


def _expected() -> None:
    from tests.faults.scenarios import at

    EXPECTED.update(
        {
            "complete": [("a", 11, 2), ("b", 22, 2), ("c", 5, 1)],
            "windows": [(at(0), "a", 2), (at(0), "b", 1), (at(20), "a", 1)],
            "foreachBatch": [("a", 14), ("b", 22), ("c", 5)],
            "dedup": [("a", 1), ("b", -2), ("c", 3), ("d", -4)],
            "limit": [(1,), (2,), (3,)],
        }
    )


_expected()


@pytest.mark.rule("CKP-50", "CKP-52", "MEM-112")
@pytest.mark.parametrize("point", FAULT_POINTS)
@pytest.mark.parametrize("kind", SCENARIOS, ids=lambda kind: kind.name)
def test_a_crash_at_any_point_loses_and_doubles_nothing(kind: type[Scenario], point: str, tmp_path: Path) -> None:
    hits = CountHits()
    run(kind(tmp_path / "counting"), hits)
    occurrences = hits.counts()[point]  # type: ignore[index]
    if occurrences == 0:
        assert point in NOT_REACHED[kind.name], f"{kind.name} does not come by {point}"
        return
    # of many equal moments, some from the beginning, the middle and the end
    for occurrence in sorted(
        {1, 2, (occurrences + 1) // 2, occurrences - 1, occurrences} & set(range(1, occurrences + 1))
    ):
        crash = RaiseAt(point, occurrence=occurrence)  # type: ignore[arg-type]
        result, died = run(kind(tmp_path / str(occurrence)), crash)
        assert crash.fired, f"{point} was not hit {occurrence} times"
        assert died <= 1
        assert result == EXPECTED[kind.name], f"after a crash at {point}, occurrence {occurrence}"


#: points that a scenario has no reason to pass
NOT_REACHED = {
    "complete": {"driver.before_purge"},
    "windows": {"driver.before_purge"},
    "foreachBatch": {"driver.before_purge"},
    "dedup": {"driver.before_purge"},
    "limit": {"driver.before_purge", "state.before_snapshot"},
}


@pytest.mark.rule("CKP-90")
@pytest.mark.parametrize("kind", SCENARIOS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("reason", ["full", "broken"])
def test_a_disk_that_refuses_a_write_ends_the_query_and_loses_nothing(
    kind: type[Scenario], reason: str, tmp_path: Path
) -> None:
    hits = CountHits()
    run(kind(tmp_path / "counting"), hits)
    writes = hits.counts()["files.torn_write"]
    for occurrence in range(1, writes + 1):
        refusal = FailWriteAt(reason, occurrence=occurrence)  # type: ignore[arg-type]
        result, died = run(kind(tmp_path / str(occurrence)), refusal)
        assert refusal.fired
        assert died <= 1
        assert result == EXPECTED[kind.name], f"after write {occurrence} was refused"


@pytest.mark.parametrize("kind", SCENARIOS, ids=lambda kind: kind.name)
def test_two_crashes_in_a_row(kind: type[Scenario], tmp_path: Path) -> None:
    """The second one hits the recovery from the first."""
    for number, (first, second) in enumerate(
        [
            ("driver.after_offset_log", "operator.after_state_commit"),
            ("sink.after_commit", "driver.before_commit_log"),
            ("operator.after_state_commit", "sink.before_commit"),
            ("driver.after_commit_log", "driver.after_offset_log"),
        ]
    ):
        scenario = kind(tmp_path / str(number))
        injectors: list[FaultInjector] = [RaiseAt(first, epoch=1), RaiseAt(second)]  # type: ignore[arg-type]
        died = 0
        session: SparkSession = simulated(injectors.pop(0))
        query = None
        for rows in scenario.steps:
            scenario.stream.add_data(*rows)
            while True:
                try:
                    query = query or scenario.start(session)
                    query.processAllAvailable()
                    break
                except (PySparkException, SimulatedCrash):
                    died += 1
                    session, query = simulated(injectors.pop(0) if injectors else NO_FAULTS), None
        assert died == 2
        assert scenario.result(session) == EXPECTED[kind.name]
        assert query is not None
        query.stop()
