"""What to do with the logs that a dead run has left: facts in, a named decision out. Reads nothing itself.

The whole rule (design, section 2): last offset entry L, last commit entry C. C == L: go on at L+1. C == L-1: run L again with
exactly what was logged. Anything else is damage, named with the file that is wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from actorstream.checkpoint.commit_log import CommitEntry
from actorstream.checkpoint.offset_log import OffsetEntry
from actorstream.common.ids import Epoch, NodeId
from actorstream.errors import SparkRuntimeException


@dataclass(frozen=True, slots=True)
class LogFacts:
    """The ids found in both logs, and the entries that matter (`needed_entries`)."""

    root: str
    offset_epochs: Sequence[int]
    commit_epochs: Sequence[int]
    offsets: dict[int, OffsetEntry]
    commits: dict[int, CommitEntry]


@dataclass(frozen=True, slots=True)
class StartFresh:
    """Nothing was ever planned: epoch 0."""


@dataclass(frozen=True, slots=True)
class ContinueAfter:
    """Epoch `epoch` is complete: the next one is new."""

    epoch: Epoch
    offsets: OffsetEntry
    commit: CommitEntry


@dataclass(frozen=True, slots=True)
class RunAgain:
    """Epoch `epoch` was planned and never committed: run it with exactly its logged range, watermark and time.

    `previous` and `commit` belong to the epoch before; None when `epoch` is 0.
    """

    epoch: Epoch
    offsets: OffsetEntry
    previous: OffsetEntry | None
    commit: CommitEntry | None


Decision = StartFresh | ContinueAfter | RunAgain


def needed_entries(planned: Sequence[int], committed: Collection[int]) -> tuple[list[int], list[int]]:
    """Which plans and which commits a start has to read; older ones may be damaged without harm.

    Those of the last planned epoch, and if that was never committed also those of the epoch before it.
    """
    last = max(planned, default=-1)
    wanted = (last,) if last in committed else (last - 1, last)
    return [epoch for epoch in wanted if epoch in planned], [epoch for epoch in wanted if epoch in committed]


def decide(facts: LogFacts) -> Decision:
    """Choose how to go on. Source: CKP-40 to CKP-49; holes that the reference tolerates are errors here.

    Raises: SparkRuntimeException CHECKPOINT_INCONSISTENT that names the file.
    """
    last_offset = max(facts.offset_epochs, default=None)
    last_commit = max(facts.commit_epochs, default=None)
    if last_offset is None:
        if last_commit is not None:
            raise _inconsistent(facts, f"offsets/{last_commit}", f"commits/{last_commit} exists but offsets/ is empty")
        return StartFresh()
    if last_commit is not None and last_commit > last_offset:
        raise _inconsistent(
            facts, f"offsets/{last_commit}", f"commits/{last_commit} exists but the last plan is offsets/{last_offset}"
        )
    if last_commit == last_offset:
        return ContinueAfter(Epoch(last_offset), facts.offsets[last_offset], facts.commits[last_offset])
    if last_offset == 0:
        return RunAgain(Epoch(0), facts.offsets[0], None, None)
    if last_commit != last_offset - 1:
        raise _inconsistent(
            facts,
            f"commits/{last_offset - 1}",
            f"the last plan is offsets/{last_offset}, so commits/{last_offset - 1} must exist, but the last commit is "
            + ("missing" if last_commit is None else f"commits/{last_commit}"),
        )
    if last_offset - 1 not in facts.offsets:
        raise _inconsistent(
            facts,
            f"offsets/{last_offset - 1}",
            f"offsets/{last_offset} has to be run again and needs the end of the epoch before it as its start",
        )
    return RunAgain(
        Epoch(last_offset), facts.offsets[last_offset], facts.offsets[last_offset - 1], facts.commits[last_offset - 1]
    )


def uncommitted(planned: Iterable[int], committed: Collection[int]) -> list[int]:
    """Plans of a continuous query that were never committed, newest first. They must go before it starts again (EXE-144).

    An epoch that is not committed is cut anew, elsewhere; its number comes again with other offsets.
    """
    last = max(committed, default=-1)
    return sorted((epoch for epoch in planned if epoch > last), reverse=True)


def decide_continuous(facts: LogFacts) -> StartFresh | ContinueAfter:
    """Choose where a continuous query goes on: at the end of its last committed epoch (EXE-143).

    Args:
        facts: of logs without `uncommitted` plans.
    Raises: SparkRuntimeException CHECKPOINT_INCONSISTENT that names the file.
    """
    decision = decide(facts)
    assert not isinstance(decision, RunAgain)
    return decision


def check_schedule_kept(facts: LogFacts, *, continuous: bool) -> None:
    """Refuse logs of the other schedule: the offsets of a source that runs freely are not those of its ranges (CKP-16).

    Raises: SparkRuntimeException CHECKPOINT_SCHEDULE_CHANGED.
    """
    for entry in facts.offsets.values():
        if entry.continuous != continuous:
            written, now = ("continuous", "micro-batch") if entry.continuous else ("micro-batch", "continuous")
            raise SparkRuntimeException(
                errorClass="CHECKPOINT_SCHEDULE_CHANGED",
                messageParameters={"location": facts.root, "written": written, "now": now},
            )


def check_state(decision: Decision, stateful: Collection[NodeId], *, has_state: bool, root: str) -> None:
    """Refuse a checkpoint whose state belongs to other operators than the query has now.

    Args:
        stateful: the state stores of the query's operators.
        has_state: whether there is a state directory with something in it.
    Raises: SparkRuntimeException STATE_STORE_CHECKPOINT_LOCATION_NOT_EMPTY (CKP-38),
        STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA (CKP-60m),
        STREAMING_STATEFUL_OPERATOR_MISSING_STATE_DIRECTORY (CKP-60l).
    """
    if isinstance(decision, StartFresh):
        if has_state:
            raise SparkRuntimeException(
                errorClass="STATE_STORE_CHECKPOINT_LOCATION_NOT_EMPTY",
                messageParameters={"checkpointLocation": f"{root}/state"},
            )
        return
    if decision.commit is None:
        return
    stored = decision.commit.state
    if stored.keys() != set(stateful):
        raise SparkRuntimeException(
            errorClass="STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA",
            messageParameters={"OpsInMetadataSeq": _operators(stored), "OpsInCurBatchSeq": _operators(stateful)},
        )
    if not has_state and any(file is not None for files in stored.values() for file in files):
        raise SparkRuntimeException(
            errorClass="STREAMING_STATEFUL_OPERATOR_MISSING_STATE_DIRECTORY",
            messageParameters={"OpsInCurBatchSeq": _operators(stateful)},
        )


def _operators(nodes: Iterable[str]) -> str:
    return ", ".join(f"(OperatorId: {node} -> OperatorName: {node.rsplit('-', 1)[0]})" for node in sorted(nodes))


def _inconsistent(facts: LogFacts, path: str, reason: str) -> SparkRuntimeException:
    return SparkRuntimeException(
        errorClass="CHECKPOINT_INCONSISTENT",
        messageParameters={"location": facts.root, "path": path, "reason": reason},
    )
