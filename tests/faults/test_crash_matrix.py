"""Every query is crashed at every point of every epoch; after a restart the result is that of a run without a crash.

Rows are neither lost nor doubled (exactly-once). ``make chaos`` crashes at every single hit, refuses every write in every way, and
crashes twice in a row at all pairs.
"""

from __future__ import annotations

import functools
import itertools
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, get_args

import pytest

from actorstream.common.fault_points import FAULT_POINTS, FaultPoint
from actorstream.testing.faults import AllOf, CountHits, FailWriteAt, Hit, RaiseAt
from tests.faults.scenarios import SCENARIOS, Scenario, run, simulated

Kind = type[Scenario]

#: they belong to the start of a continuous query (`test_continuous.py`)
ONLY_CONTINUOUS: set[FaultPoint] = {"driver.before_forget", "sink.before_rewind"}

kinds = pytest.mark.parametrize("kind", SCENARIOS, ids=lambda kind: kind.name)
points = pytest.mark.parametrize("point", FAULT_POINTS)


@functools.cache
def undisturbed(kind: Kind) -> tuple[Hit, ...]:
    """Everything that a run without a crash comes by, in order. The simulated host repeats it exactly."""
    hits = CountHits()
    with tempfile.TemporaryDirectory() as folder:
        assert run(kind(Path(folder)), lambda: simulated(hits)) == (kind.expected, 0)
    return tuple(hits.hits)


def moment_of(hit: Hit) -> tuple[str, ...]:
    """The epoch that a hit belongs to; for a file also which log or state it is part of."""
    if hit.epoch is not None:
        return (str(hit.epoch),)
    folder, _, name = str(hit.where["path"]).rpartition("/")
    return folder.partition("/")[0], name.partition("-")[0]


def occurrences(kind: Kind, point: FaultPoint) -> dict[tuple[str, ...], list[int]]:
    """Moment -> which hits of the point fall into it, counted from 1."""
    found: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, hit in enumerate((hit for hit in undisturbed(kind) if hit.point == point), 1):
        found[moment_of(hit)].append(number)
    return found


def crash_at(kind: Kind, point: FaultPoint, numbers: Iterable[int], folder: Path) -> None:
    for number in numbers:
        crash = RaiseAt(point, occurrence=number)
        result, died = run(kind(folder / str(number)), lambda crash=crash: simulated(crash))  # type: ignore[misc]
        assert crash.fired, f"{point} was not hit {number} times"
        assert died <= 1
        assert result == kind.expected, f"after a crash at {point}, occurrence {number}"


@kinds
def test_the_scenario_itself(kind: Kind) -> None:
    assert undisturbed(kind)


@kinds
def test_every_fault_point_is_reached(kind: Kind) -> None:
    """A point that is in the registry and that no scenario comes by would pass the matrix without being tried."""
    assert {hit.point for hit in undisturbed(kind)} == set(FAULT_POINTS) - ONLY_CONTINUOUS


@pytest.mark.rule("CKP-35")
@kinds
def test_the_points_of_an_epoch_come_in_the_order_of_durability(kind: Kind) -> None:
    order: Sequence[FaultPoint] = [
        "driver.before_offset_log",
        "driver.after_offset_log",
        "source.before_read",
        "source.after_read",
        "operator.before_state_commit",
        "operator.after_state_commit",
        "sink.before_commit",
        "sink.after_commit",
        "driver.before_commit_log",
        "driver.after_commit_log",
        "driver.before_source_commit",
    ]
    hits = undisturbed(kind)
    for epoch in sorted(
        {hit.epoch for hit in hits if hit.epoch is not None and hit.point == "driver.after_commit_log"}
    ):
        seen = [hit.point for hit in hits if hit.epoch == epoch and hit.point in order]
        first = {point: seen.index(point) for point in order}
        last = {point: place for place, point in enumerate(seen)}
        for earlier, later in itertools.pairwise(order):
            # partitions commit their states one after the other, and all of them before the sink
            before = first[earlier] if earlier.startswith("operator.before") else last[earlier]
            assert before < first[later], f"epoch {epoch}: {later} came before {earlier}"


@pytest.mark.rule("CKP-51", "CKP-55b", "CKP-55d", "CKP-55e", "CKP-55f", "CKP-55g", "CKP-55h", "MEM-112")
@kinds
@points
def test_a_crash_at_any_point_of_any_epoch_loses_and_doubles_nothing(
    kind: Kind, point: FaultPoint, tmp_path: Path
) -> None:
    first_hits = [numbers[0] for numbers in occurrences(kind, point).values()]
    if point.startswith("files."):
        # every file of every epoch is met at two of the four points of a write here, at all of them by ``make chaos``
        first_hits = first_hits[FAULT_POINTS.index(point) % 2 :: 2]
    crash_at(kind, point, first_hits, tmp_path)


@pytest.mark.faults
@kinds
@points
def test_a_crash_at_every_single_hit_loses_and_doubles_nothing(kind: Kind, point: FaultPoint, tmp_path: Path) -> None:
    crash_at(kind, point, itertools.chain(*occurrences(kind, point).values()), tmp_path)


Refusal = Literal["full", "broken", "read-only"]


def refuse_write(kind: Kind, reason: Refusal, numbers: Iterable[int], tmp_path: Path) -> None:
    for number in numbers:
        refusal = FailWriteAt(reason, occurrence=number)
        result, died = run(kind(tmp_path / str(number)), lambda refusal=refusal: simulated(refusal))  # type: ignore[misc]
        assert refusal.fired
        assert died <= 1
        assert result == kind.expected, f"after write {number} was refused"


@pytest.mark.rule("CKP-65")
@kinds
@pytest.mark.parametrize("reason", get_args(Refusal))
def test_a_disk_that_refuses_a_write_loses_nothing(kind: Kind, reason: Refusal, tmp_path: Path) -> None:
    """Every file of every epoch is refused in one of the three ways, which take turns."""
    last_hits = [numbers[-1] for numbers in occurrences(kind, "files.torn_write").values()]
    refuse_write(kind, reason, last_hits[get_args(Refusal).index(reason) :: 3], tmp_path)


@pytest.mark.faults
@kinds
@pytest.mark.parametrize("reason", get_args(Refusal))
def test_a_disk_that_refuses_any_write_in_any_way_loses_nothing(kind: Kind, reason: Refusal, tmp_path: Path) -> None:
    refuse_write(kind, reason, itertools.chain(*occurrences(kind, "files.torn_write").values()), tmp_path)


def crash_twice(kind: Kind, first: RaiseAt, second: FaultPoint, folder: Path, *partitions: int) -> bool:
    """Crash, and crash again in the next life, at the first hit. Returns: whether the second life came by that point."""
    counts = partitions or (2, 2)
    again = RaiseAt(second)
    lives = [lambda: simulated(first, partitions=counts[0]), lambda: simulated(again, partitions=counts[1])]
    result, died = run(kind(folder), *lives)
    assert first.fired
    assert died == 1 + again.fired
    assert result == kind.expected, f"after crashes at {first.point} and then at {second}"
    return again.fired


@pytest.mark.rule("CKP-44", "CKP-55")
@points
def test_a_crash_during_the_recovery_from_a_crash(point: FaultPoint, tmp_path: Path) -> None:
    """The epoch that is run again dies again, at every point in its turn."""
    for number, kind in enumerate(SCENARIOS):
        moment: FaultPoint = ("driver.before_commit_log", "operator.after_state_commit")[number % 2]
        crash_twice(kind, RaiseAt(moment, epoch=1), point, tmp_path / kind.name)


@pytest.mark.faults
@kinds
@points
def test_two_crashes_in_a_row_at_any_pair_of_points(kind: Kind, point: FaultPoint, tmp_path: Path) -> None:
    for first in FAULT_POINTS:
        hits = [number for numbers in occurrences(kind, first).values() for number in numbers]
        for number in {hits[len(hits) // 3], hits[-1]} if hits else ():
            crash_twice(kind, RaiseAt(first, occurrence=number), point, tmp_path / f"{first}-{number}")


@pytest.mark.rule("CKP-44")
@kinds
@pytest.mark.parametrize(("before", "after"), [(2, 3), (3, 1)])
def test_a_restart_with_another_number_of_partitions_crashes_and_recovers_too(
    kind: Kind, before: int, after: int, tmp_path: Path
) -> None:
    """Also when the first epoch on the new partitions dies half-way, and the third life has two partitions again."""
    moments: Sequence[FaultPoint] = (
        "operator.before_state_commit",
        "operator.after_state_commit",
        "sink.after_commit",
        "driver.after_commit_log",
        "driver.before_purge",
    )
    reached = {
        point: crash_twice(kind, RaiseAt("sink.before_commit", epoch=1), point, tmp_path / point, before, after)
        for point in moments
    }
    assert all(reached.values()), reached


def test_a_crash_leaves_what_it_has_half_written_and_the_next_run_cleans_up(tmp_path: Path) -> None:
    kind = SCENARIOS[0]
    scenario = kind(tmp_path)
    left: list[Path] = []

    def second_life() -> object:
        left.extend((tmp_path / "checkpoint").rglob(".*.tmp"))
        return simulated()

    crash = RaiseAt("files.torn_write", path="offsets/1")
    result, died = run(scenario, lambda: simulated(AllOf(crash)), second_life)  # type: ignore[arg-type]
    assert (result, died) == (kind.expected, 1)
    assert [path.parent.name for path in left] == ["offsets"]
    assert not list((tmp_path / "checkpoint").rglob(".*.tmp"))
