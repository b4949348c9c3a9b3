"""The driver's decisions under a continuous trigger: events in, instructions out. No thread, no file, no clock."""

from __future__ import annotations

import itertools

import pytest

from actorstream.checkpoint.commit_log import CommitEntry
from actorstream.checkpoint.offset_log import OffsetEntry
from actorstream.common.ids import Epoch, NodeId, PartitionId
from actorstream.dataflow.protocols import EpochInfo
from actorstream.engine.continuous_state import ContinuousInstruction, ContinuousState, CutSources, StartSources
from actorstream.engine.driver_state import (
    CommitSources,
    Drained,
    DriverConfig,
    FailQuery,
    Finish,
    Initialized,
    LogCommit,
    LogOffsets,
    Purge,
    Schedule,
    SetStatus,
)
from actorstream.engine.messages import (
    ActorReady,
    DataArrived,
    Drain,
    EpochDone,
    Failed,
    OperatorDone,
    SourceCut,
    StopQuery,
    TriggerDue,
)
from actorstream.engine.recovery import ContinueAfter, StartFresh
from actorstream.engine.triggers import Continuous

LEFT, RIGHT, SINK = NodeId("left"), NodeId("right"), NodeId("sink")
P0 = PartitionId(0)


def started(decision: StartFresh | ContinueAfter | None = None, now_ms: int = 0, **changes: object) -> ContinuousState:
    """A running query of two sources and one sink, which has asked for its first cut."""
    state = waiting(decision, **changes)
    for node in (LEFT, RIGHT, SINK):
        state.handle(ActorReady(node, P0), now_ms)
    return state


def waiting(decision: StartFresh | ContinueAfter | None = None, **changes: object) -> ContinuousState:
    values: dict[str, object] = {
        "trigger": Continuous(1000),
        "sources": (LEFT, RIGHT),
        "actors": frozenset({(LEFT, P0), (RIGHT, P0), (SINK, P0)}),
        "stages": frozenset(),
        "sinks": frozenset({SINK}),
        **changes,
    }
    return ContinuousState(DriverConfig(**values), decision or StartFresh())  # type: ignore[arg-type]


def cut(state: ContinuousState, epoch: int, left: str = "1", right: str = "1") -> list[ContinuousInstruction]:
    """Both sources answer."""
    first = state.handle(SourceCut(LEFT, Epoch(epoch), left), 0)
    return [*first, *state.handle(SourceCut(RIGHT, Epoch(epoch), right), 0)]


def done(state: ContinuousState, epoch: int, now_ms: int = 0) -> list[ContinuousInstruction]:
    """The sink has acknowledged."""
    return state.handle(EpochDone(SINK, Epoch(epoch), 1), now_ms)


def due(state: ContinuousState, now_ms: int) -> list[ContinuousInstruction]:
    """The timer rings."""
    return state.handle(TriggerDue(state._trigger), now_ms)


def of(instructions: list[ContinuousInstruction], kind: type) -> list[ContinuousInstruction]:
    return [item for item in instructions if isinstance(item, kind)]


def after(epoch: int, left: str, right: str) -> ContinueAfter:
    entry = OffsetEntry({LEFT: left, RIGHT: right}, 0, 0, continuous=True)
    return ContinueAfter(Epoch(epoch), entry, CommitEntry(0))


@pytest.mark.rule("EXE-130", "EXE-142")
def test_the_sources_run_once_every_actor_is_ready_and_the_first_cut_is_asked_for_at_once() -> None:
    state = waiting()
    assert state.handle(ActorReady(LEFT, P0), 5) == []
    assert state.handle(ActorReady(SINK, P0), 5) == []
    info = EpochInfo(Epoch(0), 5)
    assert state.handle(ActorReady(RIGHT, P0), 5) == [
        SetStatus("Running", False, False),
        StartSources(info, {LEFT: None, RIGHT: None}),
        Initialized(),
        CutSources(Epoch(0), EpochInfo(Epoch(1), 5)),
        Schedule(1000, 1),
    ]


@pytest.mark.rule("EXE-142", "EXE-143", "MEM-46")
def test_a_restart_goes_on_after_the_last_committed_epoch_and_its_offsets() -> None:
    state = waiting(after(6, "a", "b"))
    assert state.starting_message == "Starting new streaming query and getting offsets from latest epoch 6"
    state.handle(ActorReady(LEFT, P0), 0)
    state.handle(ActorReady(RIGHT, P0), 0)
    start = of(state.handle(ActorReady(SINK, P0), 0), StartSources)
    assert start == [StartSources(EpochInfo(Epoch(7), 0), {LEFT: "a", RIGHT: "b"})]


@pytest.mark.rule("EXE-68")
def test_a_new_query_says_so() -> None:
    assert waiting().starting_message == "Starting new streaming query"


@pytest.mark.rule("EXE-135", "EXE-144", "CKP-24")
def test_offsets_and_commit_are_written_once_everything_of_the_epoch_has_been_acknowledged() -> None:
    reports: list[SourceCut | EpochDone] = [
        SourceCut(LEFT, Epoch(0), "1"),
        SourceCut(RIGHT, Epoch(0), "2"),
        EpochDone(SINK, Epoch(0), 1),
    ]
    for order in itertools.permutations(reports):
        state = started()
        assert [state.handle(report, 0) for report in order[:-1]] == [[], []]
        assert state.handle(order[-1], 0) == [
            SetStatus("Committing epoch 0", False, False),
            LogOffsets(Epoch(0), {LEFT: "1", RIGHT: "2"}, 0, 0),
            LogCommit(Epoch(0), 0, {}, {}),
            CommitSources(Epoch(0), {LEFT: "1", RIGHT: "2"}),
        ]
        assert state.ends == {LEFT: "1", RIGHT: "2"}


@pytest.mark.rule("EXE-135")
def test_epochs_are_committed_in_order_whatever_the_order_of_their_reports() -> None:
    state = started()
    cut(state, 0)
    assert of(due(state, 1000), CutSources) == [CutSources(Epoch(1), EpochInfo(Epoch(2), 1000))]
    assert cut(state, 1, "2", "2") == []
    assert done(state, 1) == [], "epoch 1 has everything, epoch 0 has not"
    assert [item.epoch for item in of(done(state, 0), LogCommit) if isinstance(item, LogCommit)] == [0, 1]
    assert state.ends == {LEFT: "2", RIGHT: "2"}


@pytest.mark.rule("EXE-131", "EXE-6")
def test_the_timer_cuts_at_multiples_of_the_interval() -> None:
    state = started(now_ms=300)
    cut(state, 0)
    assert due(state, 1000) == [CutSources(Epoch(1), EpochInfo(Epoch(2), 1000)), Schedule(2000, 2)]
    cut(state, 1)
    assert due(state, 5400) == [CutSources(Epoch(2), EpochInfo(Epoch(3), 5400)), Schedule(6000, 3)]


def test_an_interval_of_zero_cuts_again_after_the_polling_delay() -> None:
    state = started(trigger=Continuous(0))
    cut(state, 0)
    assert due(state, 10) == [CutSources(Epoch(1), EpochInfo(Epoch(2), 10)), Schedule(20, 2)]


@pytest.mark.rule("EXE-136")
def test_no_cut_is_asked_for_while_a_source_has_not_answered_the_one_before() -> None:
    """A source that its receivers hold up would only collect markers of empty epochs."""
    state = started()
    state.handle(SourceCut(LEFT, Epoch(0), "1"), 0)
    assert due(state, 1000) == [Schedule(2000, 2)]
    state.handle(SourceCut(RIGHT, Epoch(0), "1"), 1500)
    assert of(due(state, 2000), CutSources)


def test_a_timer_that_was_overtaken_does_nothing() -> None:
    state = started()
    cut(state, 0)
    assert due(state, 1000)
    assert state.handle(TriggerDue(1), 1000) == []


@pytest.mark.rule("EXE-146")
def test_a_drain_ends_with_an_epoch_cut_after_it_that_moved_no_offset() -> None:
    state = started(after(3, "0", "0"))
    assert state.handle(Drain(9), 0) == [], "the sources are being asked already"
    cut(state, 4, "1", "1")
    first = done(state, 4)
    assert not of(first, Drained), "epoch 4 was being cut when the question came"
    assert of(first, CutSources) == [CutSources(Epoch(5), EpochInfo(Epoch(6), 0))]
    cut(state, 5, "2", "1")
    second = done(state, 5)
    assert not of(second, Drained), "epoch 5 brought rows"
    cut(state, 6, "2", "1")
    assert of(done(state, 6), Drained) == [Drained((9,))]
    assert not of(due(state, 1000), Drained)


@pytest.mark.rule("EXE-146")
def test_an_epoch_that_was_being_cut_does_not_answer_a_drain() -> None:
    state = started(after(3, "1", "1"))
    state.handle(Drain(9), 0)
    cut(state, 4, "1", "1")
    assert not of(done(state, 4), Drained), "rows may have come between its marker and the question"
    cut(state, 5, "1", "1")
    assert of(done(state, 5), Drained) == [Drained((9,))]


def test_a_drain_of_an_idle_query_cuts_at_once() -> None:
    state = started(after(3, "1", "1"))
    cut(state, 4)
    done(state, 4)
    assert state.handle(Drain(1), 200) == [CutSources(Epoch(5), EpochInfo(Epoch(6), 200))]
    assert state.handle(Drain(2), 200) == []
    cut(state, 5)
    first = done(state, 5)
    assert of(first, Drained) == [Drained((1,))]
    assert of(first, CutSources), "the second question came while epoch 5 was being cut"
    cut(state, 6)
    assert of(done(state, 6), Drained) == [Drained((2,))]


def test_a_drain_before_the_sources_run_waits_for_them() -> None:
    state = waiting(after(3, "1", "1"))
    assert state.handle(Drain(7), 0) == []
    for node in (LEFT, RIGHT, SINK):
        state.handle(ActorReady(node, P0), 0)
    cut(state, 4)
    assert of(done(state, 4), Drained) == [Drained((7,))]


@pytest.mark.rule("CKP-72")
def test_as_many_epochs_stay_in_the_logs_as_the_setting_says() -> None:
    state = started(epochs_retained=2)
    purges = []
    for epoch in range(4):
        cut(state, epoch, str(epoch))
        purges.append(of(done(state, epoch), Purge))
        due(state, (epoch + 1) * 1000)
    assert purges == [[], [], [Purge(Epoch(1))], [Purge(Epoch(2))]]


@pytest.mark.rule("EXE-137", "EXE-145")
def test_nothing_is_committed_after_a_stop() -> None:
    state = started()
    cut(state, 0)
    state.handle(Drain(4), 0)
    assert state.handle(StopQuery(), 0) == [Finish(), Drained((4,))]
    assert done(state, 0) == []


@pytest.mark.rule("EXE-123")
def test_a_failure_of_any_actor_ends_the_query() -> None:
    state = started()
    failure = Failed(LEFT, P0, Epoch(0), ValueError("broken"))
    assert state.handle(failure, 0) == [FailQuery(failure)]
    assert cut(state, 0) == []


def test_what_only_the_other_schedule_needs_is_left_alone() -> None:
    state = started()
    assert state.handle(DataArrived(), 0) == []
    assert state.handle(OperatorDone(NodeId("stage"), P0, Epoch(0), ()), 0) == []
