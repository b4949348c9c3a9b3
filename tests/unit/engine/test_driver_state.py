"""The driver's decisions: events in, instructions out. No thread, no file, no clock."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from actorstream.checkpoint.commit_log import CommitEntry
from actorstream.checkpoint.offset_log import OffsetEntry
from actorstream.common.ids import Epoch, NodeId, PartitionId
from actorstream.dataflow.protocols import EventTimeStats, OperatorReport
from actorstream.engine.driver_state import (
    AskOffsets,
    CommitSources,
    Drained,
    DriverConfig,
    DriverState,
    FailQuery,
    Finish,
    Initialized,
    Instruction,
    LogCommit,
    LogOffsets,
    Phase,
    PublishIdle,
    Purge,
    RunEpoch,
    Schedule,
)
from actorstream.engine.messages import (
    ActorReady,
    DataArrived,
    Drain,
    EpochDone,
    Failed,
    LatestOffset,
    NodeReport,
    OperatorDone,
    SourceDone,
    StopQuery,
    TriggerDue,
)
from actorstream.engine.recovery import ContinueAfter, Decision, RunAgain, StartFresh
from actorstream.engine.triggers import AvailableNow, Once, ProcessingTime, Trigger

SOURCE, COUNTS, SINK = NodeId("source-0"), NodeId("aggregate-0"), NodeId("sink")
P0 = PartitionId(0)


def config(trigger: Trigger | None = None, **changes: object) -> DriverConfig:
    values: dict[str, object] = {
        "trigger": trigger or ProcessingTime(),
        "sources": (SOURCE,),
        "actors": frozenset({(SOURCE, P0), (COUNTS, P0), (SINK, P0)}),
        "stages": frozenset({(COUNTS, P0)}),
        "sinks": frozenset({SINK}),
        "watermark_nodes": (COUNTS,),
        "state_stores": frozenset({COUNTS}),
        **changes,
    }
    return DriverConfig(**values)  # type: ignore[arg-type]


def ready(state: DriverState, now_ms: int = 0) -> list[Instruction]:
    state.handle(ActorReady(SOURCE, P0), now_ms)
    state.handle(ActorReady(COUNTS, P0), now_ms)
    return state.handle(ActorReady(SINK, P0), now_ms)


def started(decision: Decision | None = None, trigger: Trigger | None = None, **changes: object) -> DriverState:
    state = DriverState(config(trigger, **changes), decision or StartFresh())
    ready(state)
    return state


def answer(state: DriverState, offset: str | None, now_ms: int = 0, trigger: int | None = None) -> list[Instruction]:
    return state.handle(LatestOffset(trigger or state._trigger, SOURCE, offset, None), now_ms)


def finish_epoch(
    state: DriverState, epoch: int, *, max_ms: int | None = None, state_file: str | None = "f", now_ms: int = 0
) -> list[Instruction]:
    stats = None if max_ms is None else EventTimeStats(10_000, max_ms, max_ms, max_ms, 1)
    report = NodeReport(COUNTS, OperatorReport(event_time=stats), state_file)
    state.handle(SourceDone(SOURCE, Epoch(epoch), 3), now_ms)
    state.handle(OperatorDone(COUNTS, P0, Epoch(epoch), (report,)), now_ms)
    return state.handle(EpochDone(SINK, Epoch(epoch), 2), now_ms)


def of(instructions: list[Instruction], kind: type) -> list[Instruction]:
    return [item for item in instructions if isinstance(item, kind)]


def offsets(end: str | None, watermark_ms: int = 0, batch_time_ms: int = 5) -> OffsetEntry:
    sources: Mapping[str, str | None] = {SOURCE: end}
    return OffsetEntry(sources=sources, watermark_ms=watermark_ms, batch_time_ms=batch_time_ms, conf={})


def commit(next_watermark_ms: int = 0, nodes: Mapping[str, int] | None = None) -> CommitEntry:
    return CommitEntry(next_watermark_ms=next_watermark_ms, node_watermarks_ms=nodes or {}, state={})


def test_nothing_is_asked_before_every_actor_is_ready() -> None:
    state = DriverState(config(), StartFresh())
    assert state.handle(ActorReady(SOURCE, P0), 0) == []
    assert state.handle(ActorReady(COUNTS, P0), 0) == []
    last = state.handle(ActorReady(SINK, P0), 0)
    assert of(last, Initialized)
    assert of(last, AskOffsets) == [AskOffsets(1, {SOURCE: None}, False)]


@pytest.mark.rule("CKP-35")
def test_the_plan_is_logged_before_the_sources_run() -> None:
    state = started()
    kinds = [type(item) for item in answer(state, "0", now_ms=42)]
    assert kinds.index(LogOffsets) < kinds.index(RunEpoch)


@pytest.mark.rule("CKP-35")
def test_the_commit_is_logged_only_when_everybody_has_reported_and_before_sources_forget() -> None:
    state = started()
    answer(state, "0")
    assert state.handle(SourceDone(SOURCE, Epoch(0), 3), 0) == []
    assert state.handle(EpochDone(SINK, Epoch(0), 2), 0) == []
    done = state.handle(OperatorDone(COUNTS, P0, Epoch(0), (NodeReport(COUNTS, None, "0-run"),)), 0)
    kinds = [type(item) for item in done]
    assert kinds.index(LogCommit) < kinds.index(CommitSources)
    assert of(done, LogCommit) == [LogCommit(Epoch(0), 0, {}, {COUNTS: ("0-run",)})]
    assert of(done, CommitSources) == [CommitSources(Epoch(0), {SOURCE: "0"})]


@pytest.mark.rule("CKP-44")
def test_a_planned_but_uncommitted_epoch_is_run_again_with_the_logged_range_time_and_watermark() -> None:
    state = DriverState(config(), RunAgain(Epoch(7), offsets("12", 9_000, 777), offsets("8", 4_000), commit(9_000)))
    run = of(ready(state, now_ms=999_999), RunEpoch)[0]
    assert isinstance(run, RunEpoch)
    assert run.replay
    assert dict(run.ranges) == {SOURCE: ("8", "12")}
    assert (run.info.batch_time_ms, run.info.watermark_us, run.info.late_watermark_us) == (777, 9_000_000, 4_000_000)


@pytest.mark.rule("CKP-44")
def test_a_replayed_epoch_is_not_logged_a_second_time() -> None:
    state = DriverState(config(), RunAgain(Epoch(0), offsets("2"), None, None))
    assert of(ready(state), LogOffsets) == []
    assert of(finish_epoch(state, 0), LogCommit)
    assert state.next_epoch == 1


@pytest.mark.rule("CKP-43")
def test_after_a_complete_epoch_the_next_one_starts_at_its_end() -> None:
    state = started(ContinueAfter(Epoch(4), offsets("9", 1_000), commit(3_000)))
    run = of(answer(state, "11"), RunEpoch)[0]
    assert isinstance(run, RunEpoch)
    assert (run.info.epoch, dict(run.ranges)) == (5, {SOURCE: ("9", "11")})
    assert (run.info.late_watermark_us, run.info.watermark_us) == (1_000_000, 3_000_000)


@pytest.mark.rule("STF-9")
@pytest.mark.rule("STF-10")
def test_a_new_maximum_moves_the_watermark_of_the_next_epoch_only() -> None:
    state = started(wants_watermark_epochs=True)
    first = of(answer(state, "0"), RunEpoch)[0]
    assert isinstance(first, RunEpoch)
    assert first.info.watermark_us == 0
    committed = of(finish_epoch(state, 0, max_ms=25_000), LogCommit)[0]
    assert isinstance(committed, LogCommit)
    assert (committed.next_watermark_ms, dict(committed.node_watermarks_ms)) == (15_000, {COUNTS: 15_000})
    state.handle(TriggerDue(1), 0)
    second = of(answer(state, "0"), RunEpoch)[0]
    assert isinstance(second, RunEpoch)
    assert (second.info.late_watermark_us, second.info.watermark_us) == (0, 15_000_000)


@pytest.mark.rule("EXE-30")
def test_an_epoch_without_data_runs_once_when_the_watermark_has_moved() -> None:
    state = started(wants_watermark_epochs=True)
    answer(state, "0")
    finish_epoch(state, 0, max_ms=25_000)
    state.handle(TriggerDue(1), 0)
    assert of(answer(state, "0"), RunEpoch)
    finish_epoch(state, 1)
    state.handle(TriggerDue(2), 0)
    assert of(answer(state, "0"), PublishIdle)


@pytest.mark.rule("EXE-30")
def test_no_epoch_without_data_runs_for_operators_that_do_not_care() -> None:
    state = started()
    answer(state, "0")
    finish_epoch(state, 0, max_ms=25_000)
    state.handle(TriggerDue(1), 0)
    assert of(answer(state, "0"), RunEpoch) == []


@pytest.mark.rule("CKP-52")
def test_an_owed_epoch_survives_a_restart() -> None:
    state = started(ContinueAfter(Epoch(4), offsets("9", 1_000), commit(3_000)), wants_watermark_epochs=True)
    run = of(answer(state, "9"), RunEpoch)[0]
    assert isinstance(run, RunEpoch)
    assert (run.info.epoch, run.info.watermark_us) == (5, 3_000_000)


def due(state: DriverState, epoch: int, due_ms: int | None) -> None:
    """An epoch in which the operator says when it wants the next one."""
    state.handle(SourceDone(SOURCE, Epoch(epoch), 0), 0)
    state.handle(OperatorDone(COUNTS, P0, Epoch(epoch), (NodeReport(COUNTS, OperatorReport(), "f"),), due_ms), 0)
    state.handle(EpochDone(SINK, Epoch(epoch), 0), 0)


@pytest.mark.rule("EXE-37")
def test_an_epoch_without_data_runs_once_it_is_later_than_an_operator_waits_for() -> None:
    state = started()
    answer(state, "0")
    due(state, 0, 5_000)
    for trigger, now_ms in ((1, 4_999), (2, 5_000)):
        state.handle(TriggerDue(trigger), now_ms)
        assert of(answer(state, "0", now_ms), PublishIdle)
    state.handle(TriggerDue(3), 5_001)
    (run,) = of(answer(state, "0", 5_001), RunEpoch)
    assert isinstance(run, RunEpoch)
    assert run.info.batch_time_ms == 5_001
    due(state, 1, None)
    state.handle(TriggerDue(4), 9_000)
    assert of(answer(state, "0", 9_000), PublishIdle)


def test_what_an_operator_has_waited_for_since_before_a_restart_is_due_at_once() -> None:
    state = DriverState(config(), ContinueAfter(Epoch(4), offsets("9"), commit()))
    state.handle(ActorReady(SOURCE, P0), 1_000)
    state.handle(ActorReady(COUNTS, P0, 999), 1_000)
    state.handle(ActorReady(SINK, P0), 1_000)
    assert of(answer(state, "9", 1_000), RunEpoch)


def test_no_epoch_runs_for_a_moment_where_those_without_data_are_switched_off() -> None:
    state = started(no_data_epochs=False)
    answer(state, "0")
    due(state, 0, 5)
    state.handle(TriggerDue(1), 1_000)
    assert of(answer(state, "0", 1_000), PublishIdle)


def test_available_now_ends_whatever_operators_wait_for_next() -> None:
    state = started(trigger=AvailableNow())
    answer(state, "0")
    due(state, 0, 5)
    state.handle(TriggerDue(1), 1_000)
    assert of(answer(state, "0", 1_000), Finish)


@pytest.mark.rule("EXE-25")
def test_an_offset_that_moves_back_counts_as_new_data() -> None:
    state = started(ContinueAfter(Epoch(4), offsets("9"), commit()))
    assert of(answer(state, "3"), RunEpoch)


@pytest.mark.rule("EXE-26")
def test_a_source_with_nothing_to_say_keeps_its_end() -> None:
    state = started(ContinueAfter(Epoch(4), offsets("9"), commit()))
    assert of(answer(state, None), PublishIdle)
    assert state.ends == {SOURCE: "9"}


@pytest.mark.rule("EXE-10")
def test_once_ends_after_one_epoch() -> None:
    state = started(trigger=Once())
    assert of(answer(state, "0"), RunEpoch)
    done = finish_epoch(state, 0, max_ms=25_000)
    assert of(done, Finish)
    assert state.phase is Phase.ENDED


@pytest.mark.rule("EXE-12")
def test_once_only_finishes_the_epoch_that_a_dead_run_has_planned() -> None:
    state = DriverState(config(Once()), RunAgain(Epoch(0), offsets("2"), None, None))
    assert of(ready(state), RunEpoch)
    assert of(finish_epoch(state, 0), Finish)


@pytest.mark.rule("EXE-10")
def test_available_now_goes_on_until_a_trigger_finds_nothing() -> None:
    state = started(trigger=AvailableNow())
    answer(state, "0")
    assert of(finish_epoch(state, 0), Schedule)
    state.handle(TriggerDue(1), 0)
    assert of(answer(state, "0"), Finish)


@pytest.mark.rule("EXE-15")
def test_available_now_takes_everything_at_once_when_a_source_cannot_fix_its_end() -> None:
    state = started(trigger=AvailableNow(), available_now_in_one_epoch=True)
    answer(state, "5")
    finish_epoch(state, 0)
    assert of(state.handle(TriggerDue(1), 0), AskOffsets) == []
    assert state.phase is Phase.ENDED


@pytest.mark.rule("EXE-6")
def test_triggers_are_aligned_to_the_interval() -> None:
    state = DriverState(config(ProcessingTime(2_000)), StartFresh())
    ready(state, now_ms=44_100)
    assert of(answer(state, None, now_ms=44_200), Schedule) == [Schedule(46_000, 1)]


@pytest.mark.rule("EXE-45")
def test_a_drain_waits_for_a_trigger_begun_after_it() -> None:
    state = started()
    assert state.handle(Drain(1), 0) == []  # trigger 1 may have asked the source already
    assert of(answer(state, None), Drained) == []
    again = state.handle(TriggerDue(1), 0)
    assert of(again, AskOffsets)
    assert of(answer(state, None), Drained) == [Drained((1,))]


@pytest.mark.rule("EXE-8")
def test_new_data_cuts_the_idle_poll_short() -> None:
    state = started()
    assert of(answer(state, None, now_ms=100), Schedule) == [Schedule(110, 1)]
    assert of(state.handle(DataArrived(), 101), AskOffsets)


@pytest.mark.rule("MEM-110")
def test_a_refillable_sink_is_restored_before_the_first_trigger_without_any_log() -> None:
    state = DriverState(config(restores=True), ContinueAfter(Epoch(4), offsets("9", 1_000), commit(3_000)))
    first = ready(state)
    run = of(first, RunEpoch)[0]
    assert isinstance(run, RunEpoch)
    assert (run.info.restore, run.info.epoch, dict(run.ranges)) == (True, 4, {SOURCE: ("9", None)})
    assert of(first, LogOffsets) + of(first, Initialized) == []
    done = finish_epoch(state, 4)
    assert of(done, LogCommit) == []
    assert of(done, Initialized)
    assert of(done, AskOffsets)


@pytest.mark.rule("EXE-47")
def test_stop_gives_the_open_epoch_up() -> None:
    state = started()
    answer(state, "0")
    assert of(state.handle(StopQuery(), 0), Finish)
    assert finish_epoch(state, 0) == []


def test_a_failure_ends_the_query_and_wakes_those_who_wait() -> None:
    state = started()
    state.handle(Drain(1), 0)
    failure = Failed(COUNTS, P0, Epoch(0), ValueError("no"))
    assert state.handle(failure, 0) == [FailQuery(failure), Drained((1,))]


@pytest.mark.rule("CKP-70")
def test_old_epochs_are_purged_once_enough_are_kept() -> None:
    state = started(ContinueAfter(Epoch(6), offsets("9"), commit()), epochs_retained=2)
    answer(state, "10")
    assert of(finish_epoch(state, 7), Purge) == [Purge(Epoch(5))]


@pytest.mark.rule("STF-7")
def test_with_two_inputs_the_slower_one_holds_the_watermark_back() -> None:
    other = NodeId("watermark-1")
    state = started(watermark_nodes=(COUNTS, other))
    answer(state, "0")
    committed = of(finish_epoch(state, 0, max_ms=25_000), LogCommit)[0]
    assert isinstance(committed, LogCommit)
    assert committed.next_watermark_ms == 0
    fast = started(watermark_nodes=(COUNTS, other), watermark_policy="max")
    answer(fast, "0")
    committed = of(finish_epoch(fast, 0, max_ms=25_000), LogCommit)[0]
    assert isinstance(committed, LogCommit)
    assert committed.next_watermark_ms == 15_000
