"""The places where a run can be made to fail, and the object that decides whether it does.

The list is data: a tool enumerates it to crash a pipeline at every point. An injector belongs to one query and reaches a
component through its constructor; `NO_FAULTS` is what production runs with. Source: design, section 8.
"""

from __future__ import annotations

from typing import Literal, Protocol, get_args

FaultPoint = Literal[
    # driver; the first only when a continuous query starts again, the others in the order of an epoch
    "driver.before_forget",  # the dead run has left a plan without a commit, which is to go
    "driver.before_offset_log",  # the epoch is planned, nothing is written
    "driver.after_offset_log",  # offsets/N is durable, nothing has run
    "driver.before_commit_log",  # every sink has acknowledged, commits/N is not written
    "driver.after_commit_log",  # commits/N is durable, nobody knows yet
    "driver.before_source_commit",  # sources still hold what the epoch read
    "driver.before_purge",  # old log entries and state files are still there
    # source actor
    "source.before_read",  # told to run a range, nothing read
    "source.after_read",  # every batch sent, the marker is not
    # operator actor
    "operator.before_process",  # a batch has arrived
    "operator.before_state_commit",  # aligned and flushed, state is in memory only
    "operator.after_state_commit",  # the state file is durable, the marker is not sent on
    # sink actor; the first only when a continuous query starts
    "sink.before_rewind",  # opened, and may have an epoch that no log knows of
    "sink.before_commit",  # all rows are staged
    "sink.after_commit",  # visible to readers, not acknowledged
    # state
    "state.before_snapshot",  # a compaction is about to write its snapshot file
    # checkpoint files
    "files.before_write",  # nothing of the file exists
    "files.torn_write",  # half of the temporary file is written
    "files.before_fsync",  # the temporary file is complete in the page cache
    "files.before_rename",  # durable under its temporary name only
]

FAULT_POINTS: tuple[FaultPoint, ...] = get_args(FaultPoint)


class FaultInjector(Protocol):
    """Decides at each point whether to let the run go on, fail it, freeze it or kill it."""

    def hit(self, point: FaultPoint, **where: object) -> None:
        """Called at the point; returning means go on. ``where`` says which epoch, node, partition or path."""
        ...


class NoFaults:
    """Lets everything pass."""

    def hit(self, point: FaultPoint, **where: object) -> None:
        return


NO_FAULTS: FaultInjector = NoFaults()


class SimulatedCrash(BaseException):
    """Stands for the death of the process; a `BaseException`, so that no ``except Exception`` on the way can hide it."""

    def __init__(self, point: FaultPoint, where: dict[str, object]) -> None:
        super().__init__(f"simulated crash at {point} ({', '.join(f'{k}={v}' for k, v in where.items())})")
        self.point = point
        self.where = where
