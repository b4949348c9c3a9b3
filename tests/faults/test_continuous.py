"""Continuous queries are crashed at every point of every epoch: no row is lost, and only those of an uncommitted epoch come again.

A sink that can forget such an epoch shows every row once.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from actorstream.checkpoint.commit_log import CommitLog
from actorstream.checkpoint.local import LocalFiles
from actorstream.checkpoint.offset_log import OffsetLog
from actorstream.cli.checkpoint_story import read_story
from actorstream.common.fault_points import FAULT_POINTS, FaultPoint
from actorstream.errors import PySparkException
from actorstream.testing.faults import AllOf, CountHits, RaiseAt
from tests.faults.scenarios import CONTINUOUS_SCENARIOS, ContinuousToForeach, ContinuousToTable, run, simulated
from tests.faults.test_crash_matrix import Kind, crash_at, crash_twice, occurrences, points, undisturbed

kinds = pytest.mark.parametrize("kind", CONTINUOUS_SCENARIOS, ids=lambda kind: kind.name)

#: of operators with state, which there are none, and of a crash that an undisturbed run has not had
_NOT_REACHED: set[FaultPoint] = {
    "operator.before_state_commit",
    "operator.after_state_commit",
    "state.before_snapshot",
    "driver.before_forget",
}


@kinds
def test_every_fault_point_of_a_continuous_query_is_reached(kind: Kind) -> None:
    reached = {hit.point for hit in undisturbed(kind)}
    assert reached == set(FAULT_POINTS) - _NOT_REACHED


@pytest.mark.rule("EXE-135", "EXE-144")
@kinds
def test_both_log_entries_of_an_epoch_come_after_everything_else_of_it(kind: Kind) -> None:
    order: list[FaultPoint] = [
        "source.after_read",
        "sink.before_commit",
        "sink.after_commit",
        "driver.before_offset_log",
        "driver.after_offset_log",
        "driver.before_commit_log",
        "driver.after_commit_log",
        "driver.before_source_commit",
    ]
    hits = undisturbed(kind)
    # a simulated run ends with the process that looks at it, in the middle of the newest epoch
    for epoch in {hit.epoch for hit in hits if hit.point == "driver.before_source_commit"}:
        assert [hit.point for hit in hits if hit.epoch == epoch and hit.point in order] == order


@pytest.mark.rule("CKP-55j", "CKP-104", "EXE-143")
@kinds
@points
def test_a_crash_at_any_point_of_any_epoch_loses_nothing(kind: Kind, point: FaultPoint, tmp_path: Path) -> None:
    crash_at(kind, point, (numbers[0] for numbers in occurrences(kind, point).values()), tmp_path)


@pytest.mark.faults
@kinds
@points
def test_a_crash_at_every_single_hit_loses_nothing(kind: Kind, point: FaultPoint, tmp_path: Path) -> None:
    crash_at(kind, point, itertools.chain(*occurrences(kind, point).values()), tmp_path)


@pytest.mark.rule("EXE-144", "CKP-55j")
@pytest.mark.parametrize("first", ["sink.after_commit", "driver.before_commit_log"])
@kinds
@points
def test_a_crash_during_the_recovery_from_a_crash_loses_nothing(
    kind: Kind, point: FaultPoint, first: FaultPoint, tmp_path: Path
) -> None:
    again = crash_twice(kind, RaiseAt(first, occurrence=2), point, tmp_path)
    if point == "driver.before_forget":
        assert again == (first == "driver.before_commit_log"), "only then there is a plan without a commit"
    if point == "sink.before_rewind":
        assert again


@pytest.mark.rule("CKP-104", "CKP-55j")
def test_rows_of_an_uncommitted_epoch_come_again_where_nothing_can_be_taken_back(tmp_path: Path) -> None:
    scenario = ContinuousToForeach(tmp_path)
    crash = RaiseAt("driver.before_commit_log", epoch=0)
    assert run(scenario, lambda: simulated(crash)) == (scenario.expected, 1)
    assert sorted(scenario.seen) == [1, 1, 2, 2, 3, 3, 4, 5, 6]


@pytest.mark.rule("EXE-144")
def test_the_plan_that_a_crash_left_behind_is_gone_before_anything_starts(tmp_path: Path) -> None:
    scenario, hits = ContinuousToTable(tmp_path), CountHits()
    files = LocalFiles(scenario.checkpoint)

    def second_life() -> object:
        epochs = OffsetLog(files).epochs(), CommitLog(files).epochs()
        assert epochs == ([0, 1], [0])
        told = read_story(scenario.checkpoint).recovery_text()
        assert (
            told == "epoch 1 was cut and never committed: a start deletes its plan and reads on at the end of epoch 0."
        )
        return simulated(hits)

    crash = RaiseAt("driver.before_commit_log", epoch=1)
    result, died = run(scenario, lambda: simulated(AllOf(crash)), second_life)  # type: ignore[arg-type]
    assert (result, died) == (scenario.expected, 1)
    seen = [hit.point for hit in hits.hits]
    assert hits.hits[seen.index("driver.before_forget")].epoch == 1
    assert seen.index("driver.before_forget") < seen.index("sink.before_rewind") < seen.index("source.before_read")


@pytest.mark.rule("MEM-61", "EXE-143")
@kinds
def test_an_epoch_that_comes_again_with_more_rows_shows_all_of_them(kind: Kind, tmp_path: Path) -> None:
    """The sink has the number of the epoch already; it must not take the new one for the old."""
    scenario = kind(tmp_path)
    scenario.stream.add_data(1, 2)
    query = scenario.start(simulated(RaiseAt("sink.after_commit", epoch=0)))
    with pytest.raises(PySparkException):
        query.processAllAvailable()
    scenario.stream.add_data(3)
    session = simulated()
    query = scenario.start(session)
    query.processAllAvailable()
    query.stop()
    assert scenario.result(session) == [(1,), (2,), (3,)]
