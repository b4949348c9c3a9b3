"""What is done with the logs that a dead run has left: every state of the two logs, and every operator set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from actorstream.checkpoint.commit_log import CommitEntry
from actorstream.checkpoint.offset_log import OffsetEntry
from actorstream.common.ids import Epoch, NodeId
from actorstream.engine.recovery import ContinueAfter, Decision, LogFacts, RunAgain, StartFresh, check_state, decide
from actorstream.errors import PySparkException, SparkRuntimeException

COUNTS = NodeId("aggregate-0")


def plan(epoch: int) -> OffsetEntry:
    return OffsetEntry({"source-0": str(epoch)}, watermark_ms=epoch * 1000, batch_time_ms=epoch)


def done(epoch: int, state: Mapping[str, Sequence[str | None]] | None = None) -> CommitEntry:
    return CommitEntry((epoch + 1) * 1000, {}, state or {})


def facts(offsets: Sequence[int], commits: Sequence[int]) -> LogFacts:
    """The logs with these entries, the last two of each read, as the driver does it."""
    last = max(offsets, default=-1)
    read = (last - 1, last)
    return LogFacts(
        "ckpt",
        offsets,
        commits,
        {epoch: plan(epoch) for epoch in offsets if epoch in read},
        {epoch: done(epoch) for epoch in commits if epoch in read},
    )


@pytest.mark.rule("CKP-40")
def test_without_any_entry_the_query_is_new() -> None:
    assert decide(facts([], [])) == StartFresh()


@pytest.mark.rule("CKP-43")
@pytest.mark.parametrize(("offsets", "commits"), [([0], [0]), ([0, 1, 2], [0, 1, 2]), ([5, 6], [6]), ([6], [5, 6])])
def test_after_a_complete_epoch_the_next_is_new(offsets: list[int], commits: list[int]) -> None:
    last = offsets[-1]
    assert decide(facts(offsets, commits)) == ContinueAfter(Epoch(last), plan(last), done(last))


@pytest.mark.rule("CKP-44", "CKP-41")
@pytest.mark.parametrize(("offsets", "commits"), [([0, 1], [0]), ([3, 4, 5], [2, 3, 4]), ([4, 5], [4])])
def test_a_planned_epoch_is_run_again_from_the_end_of_the_one_before(offsets: list[int], commits: list[int]) -> None:
    last = offsets[-1]
    expected = RunAgain(Epoch(last), plan(last), plan(last - 1), done(last - 1))
    assert decide(facts(offsets, commits)) == expected


@pytest.mark.rule("CKP-44", "CKP-46")
def test_the_first_epoch_is_run_again_from_the_beginning() -> None:
    assert decide(facts([0], [])) == RunAgain(Epoch(0), plan(0), None, None)


@pytest.mark.rule("CKP-42", "CKP-45", "CKP-46", "CKP-47", "CKP-48", "CKP-49")
@pytest.mark.parametrize(
    ("offsets", "commits", "at_fault", "because"),
    [
        ([0, 1, 2], [0], "commits/1", "the last commit is commits/0"),  # CKP-45
        ([0, 1, 2], [], "commits/1", "the last commit is missing"),  # CKP-46
        ([0, 1], [0, 1, 2], "offsets/2", "commits/2 exists but the last plan is offsets/1"),  # CKP-47
        ([], [0], "offsets/0", "commits/0 exists but offsets/ is empty"),  # CKP-48
        ([7], [6], "offsets/6", "needs the end of the epoch before it as its start"),  # CKP-42
        ([0, 1, 2, 3, 4], [0, 1], "commits/3", "the last commit is commits/1"),
    ],
)
def test_logs_that_no_crash_can_leave_are_damage_with_the_file_named(
    offsets: list[int], commits: list[int], at_fault: str, because: str
) -> None:
    with pytest.raises(SparkRuntimeException, match=because) as raised:
        decide(facts(offsets, commits))
    assert raised.value.getCondition() == "CHECKPOINT_INCONSISTENT"
    parameters = raised.value.getMessageParameters()
    assert parameters is not None
    assert (parameters["location"], parameters["path"]) == ("ckpt", at_fault)
    assert "actorstream checkpoint rollback" in str(raised.value)


@pytest.mark.rule("CKP-49")
def test_a_hole_in_old_entries_that_nobody_needs_is_no_damage() -> None:
    assert decide(facts([0, 3, 4], [0, 3, 4])) == ContinueAfter(Epoch(4), plan(4), done(4))


# ---------------------------------------------------------------- state


def continued(state: Mapping[str, Sequence[str | None]]) -> Decision:
    return ContinueAfter(Epoch(4), plan(4), done(4, state))


def refused(decision: Decision, stateful: list[NodeId], *, has_state: bool = True) -> str:
    with pytest.raises(PySparkException) as raised:
        check_state(decision, stateful, has_state=has_state, root="ckpt")
    return f"{raised.value.getCondition()} {raised.value.getMessageParameters()}"


@pytest.mark.rule("CKP-38")
def test_a_new_query_refuses_state_that_is_there_already() -> None:
    assert refused(StartFresh(), [COUNTS]) == (
        "STATE_STORE_CHECKPOINT_LOCATION_NOT_EMPTY {'checkpointLocation': 'ckpt/state'}"
    )
    check_state(StartFresh(), [COUNTS], has_state=False, root="ckpt")


@pytest.mark.rule("CKP-60m")
@pytest.mark.parametrize(
    ("stored", "now"),
    [
        ([], ["aggregate-0"]),
        (["aggregate-0"], []),
        (["aggregate-0"], ["deduplicate-0"]),
        (["aggregate-0"], ["aggregate-0", "aggregate-1"]),
    ],
)
def test_other_stateful_operators_than_those_stored_are_refused(stored: list[str], now: list[str]) -> None:
    text = refused(continued(dict.fromkeys(stored, ("4-r",))), [NodeId(node) for node in now])
    assert text.startswith("STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA")
    assert all(f"OperatorId: {node} ->" in text for node in {*stored, *now})


@pytest.mark.rule("CKP-60l")
def test_state_that_was_committed_and_is_gone_is_missed() -> None:
    decision = continued({COUNTS: ("4-r", None)})
    assert refused(decision, [COUNTS], has_state=False).startswith(
        "STREAMING_STATEFUL_OPERATOR_MISSING_STATE_DIRECTORY"
    )
    check_state(decision, [COUNTS], has_state=True, root="ckpt")


def test_an_operator_that_has_had_no_rows_yet_misses_no_state() -> None:
    check_state(continued({COUNTS: (None, None)}), [COUNTS], has_state=False, root="ckpt")


@pytest.mark.rule("CKP-55d")
def test_state_of_a_first_epoch_that_died_is_no_obstacle() -> None:
    check_state(RunAgain(Epoch(0), plan(0), None, None), [COUNTS], has_state=True, root="ckpt")
