"""Mends a checkpoint that `recovery.decide` refuses: goes back to the last committed epoch that is whole.

Planning reads and changes nothing. Performing moves files aside, into a folder of the checkpoint that nobody reads, so that even
a rollback can be undone. Used by `actorstream checkpoint rollback`; the engine never does it by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from actorstream.checkpoint.codec import decode
from actorstream.checkpoint.commit_log import CommitEntry, CommitLog
from actorstream.checkpoint.files import CheckpointFiles
from actorstream.checkpoint.layout import METADATA, SINKS, STATE, commit_entry, offset_entry, state_folder
from actorstream.checkpoint.lease import acquire_lease
from actorstream.checkpoint.local import LocalFiles
from actorstream.checkpoint.metadata import open_metadata
from actorstream.checkpoint.offset_log import OffsetEntry, OffsetLog
from actorstream.engine.recovery import LogFacts, decide, needed_entries
from actorstream.errors import PySparkException, SparkRuntimeException
from actorstream.state.delta import epoch_of
from actorstream.state.reader import read_state

#: where removed files are kept; a name that begins so is no part of a checkpoint
ASIDE = "_rolled-back"


@dataclass(frozen=True, slots=True)
class Rollback:
    """What a rollback would do."""

    root: str
    #: the last epoch that stays committed; None = no epoch, the query begins with its first plan again
    to: int | None
    #: the plan that stays and is run again as logged; None if the next epoch is planned anew, as a continuous one always is
    replays: int | None
    #: what is wrong with the epochs after `to`
    findings: tuple[str, ...]
    #: files that go, in this order: commits before plans, so that a rollback cut short leaves no legal state by accident
    removed: tuple[str, ...]
    #: epochs whose rows a sink outside the checkpoint may have and whose numbers will be given to other rows
    renumbered: tuple[int, ...]
    #: the identity of the query is lost: it gets a new id
    new_identity: bool

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.removed) or self.new_identity


def plan_rollback(files: CheckpointFiles, to: int | None = None) -> Rollback:
    """Find the last epoch that is whole: plan, commit and every state file that its state is made of.

    Args:
        to: go back to this epoch, even if later ones are whole.
    Raises: SparkRuntimeException CHECKPOINT_NOT_MENDABLE if there is none, or the one asked for is not whole.
    """
    return _Planner(files).plan(to)


class _Planner:
    """Reads what is there, each log once."""

    def __init__(self, files: CheckpointFiles) -> None:
        self._files = files
        self._offset_log = OffsetLog(files)
        self._commit_log = CommitLog(files)
        self._planned = self._offset_log.epochs()
        self._committed = self._commit_log.epochs()
        self._findings: list[str] = []

    def plan(self, to: int | None) -> Rollback:
        if not self._planned and not self._committed:
            raise self._not_mendable("nothing was ever planned in it")
        new_identity = self._has_lost_identity()
        if to is None and self._is_legal():
            return self._rollback(max(self._committed, default=None), new_identity, keep_all=True)
        if to is not None:
            if to not in self._committed:
                raise self._not_mendable(f"epoch {to} is not among those committed")
            if not self._is_whole(to):
                raise self._not_mendable(f"epoch {to} is not whole: {self._findings[-1]}")
            return self._rollback(to, new_identity)
        for epoch in reversed(self._committed):
            if self._is_whole(epoch):
                return self._rollback(epoch, new_identity)
        if self._plan_of(0) is not None:
            return self._rollback(None, new_identity)
        raise self._not_mendable("none of its epochs is whole: " + " ".join(self._findings))

    def _not_mendable(self, reason: str) -> SparkRuntimeException:
        return SparkRuntimeException(
            errorClass="CHECKPOINT_NOT_MENDABLE",
            messageParameters={"location": self._files.root, "reason": reason.rstrip(".")},
        )

    # ------------------------------------------------------------ what is whole

    def _has_lost_identity(self) -> bool:
        try:
            decode("metadata", self._files.read(METADATA), f"{self._files.root}/{METADATA}")
        except FileNotFoundError:
            self._findings.append(f"{self._files.root}/{METADATA} is missing.")
        except PySparkException as error:
            self._findings.append(str(error))
        else:
            return False
        return True

    def _is_legal(self) -> bool:
        """Whether a start would go on: the logs are as a crash can leave them, and the state that counts is whole."""
        plans, done = needed_entries(self._planned, self._committed)
        try:
            offsets = {epoch: self._offset_log.get(epoch) for epoch in plans}
            commits = {epoch: self._commit_log.get(epoch) for epoch in done}
            decide(LogFacts(self._files.root, self._planned, self._committed, offsets, commits))
            if commits:
                self._read_states(commits[max(commits)])
        except (PySparkException, FileNotFoundError) as error:
            self._findings.append(str(error))
            return False
        return True

    def _is_whole(self, epoch: int) -> bool:
        try:
            self._offset_log.get(epoch)
            self._read_states(self._commit_log.get(epoch))
        except FileNotFoundError:
            self._findings.append(f"{self._files.root}/{offset_entry(epoch)} is missing.")
        except PySparkException as error:
            if str(error) not in self._findings:
                self._findings.append(str(error))
        else:
            return True
        return False

    def _read_states(self, commit: CommitEntry) -> None:
        for node, heads in commit.state.items():
            for partition, head in enumerate(heads):
                if head is not None:
                    read_state(self._files, state_folder(node), partition, head)

    def _plan_of(self, epoch: int) -> OffsetEntry | None:
        try:
            return self._offset_log.get(epoch)
        except (FileNotFoundError, PySparkException):
            return None

    # ------------------------------------------------------------ what goes

    def _rollback(self, to: int | None, new_identity: bool, *, keep_all: bool = False) -> Rollback:
        last = -1 if to is None else to
        plan = self._plan_of(last + 1) if last + 1 in self._planned else None
        # a continuous source has run past its plan before the plan was logged: no start can repeat it
        replays = last + 1 if plan is not None and not plan.continuous else None
        kept = last if replays is None else replays
        later = {epoch for epoch in (*self._planned, *self._committed) if epoch > kept}
        return Rollback(
            self._files.root,
            to,
            replays,
            tuple(self._findings),
            () if keep_all else tuple(self._removed(last, kept)),
            () if keep_all else tuple(sorted(later)),
            new_identity,
        )

    def _removed(self, last: int, kept: int) -> Iterator[str]:
        yield from (commit_entry(epoch) for epoch in reversed(self._committed) if epoch > last)
        yield from (offset_entry(epoch) for epoch in reversed(self._planned) if epoch > kept)
        for node in self._files.list(STATE):
            for partition in self._files.list(f"{STATE}/{node}"):
                for name in self._files.list(f"{STATE}/{node}/{partition}"):
                    epoch = epoch_of(name)
                    if epoch is not None and epoch > last:
                        yield f"{STATE}/{node}/{partition}/{name}"
        for sink in self._files.list(SINKS):
            for name in self._files.list(f"{SINKS}/{sink}"):
                if name.isdecimal() and int(name) > last:
                    yield f"{SINKS}/{sink}/{name}"


def perform_rollback(root: str, to: int | None = None) -> tuple[Rollback, Path | None]:
    """Plan and do it, with the checkpoint held against any query.

    Returns: what was done, and the folder that the removed files are in now (None if there were none).
    Raises: as `plan_rollback`; CHECKPOINT_IN_USE while a query runs on the checkpoint.
    """
    files = LocalFiles(root)
    lease = acquire_lease(files)
    try:
        rollback = plan_rollback(files, to)
        moved = list(rollback.removed)
        if rollback.new_identity and files.exists(METADATA):
            moved.append(METADATA)
        aside = _move_aside(files.path, moved) if moved else None
        if rollback.new_identity:
            open_metadata(files, verify=False)
        return rollback, aside
    finally:
        lease.release()
        files.close()


def _move_aside(root: Path, paths: list[str]) -> Path:
    number = 1
    while (root / ASIDE / str(number)).exists():
        number += 1
    aside = root / ASIDE / str(number)
    for path in paths:
        target = aside / path
        target.parent.mkdir(parents=True, exist_ok=True)
        (root / path).rename(target)
    return aside
