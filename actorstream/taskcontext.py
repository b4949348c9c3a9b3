"""`pyspark.taskcontext`: where a user's function runs."""

from __future__ import annotations

from typing import NoReturn

from actorstream.common.task import Task, current_task
from actorstream.errors import PySparkNotImplementedError

__all__ = ["BarrierTaskContext", "TaskContext"]


class TaskContext:
    """The partition and epoch that a user's function works for. Got by `get`, never made.

    There are no stages and no second attempts here: a failed query starts anew from its checkpoint.
    """

    def __init__(self, task: Task) -> None:
        self._task = task

    @classmethod
    def get(cls) -> TaskContext | None:
        """The context inside of a user's function; None elsewhere, in a `foreachBatch` function too."""
        task = current_task()
        return None if task is None else TaskContext(task)

    def partitionId(self) -> int:
        """The number of the partition."""
        return self._task.partition

    def attemptNumber(self) -> int:
        """Always 0."""
        return 0

    def stageId(self) -> int:
        """The epoch: the reference gives each of them stages of its own."""
        return self._task.epoch

    def taskAttemptId(self) -> int:
        """A number that no other task of this process has."""
        return self._task.number

    def getLocalProperty(self, key: str) -> str | None:
        """What `SparkContext.setLocalProperty` said."""
        from actorstream.sql.session import SparkSession

        session = SparkSession.getActiveSession()
        return None if session is None else session.sparkContext.getLocalProperty(key)

    def cpus(self) -> int:
        """One."""
        return 1

    def resources(self) -> dict[str, object]:
        """None: a task has what the process has."""
        return {}


class BarrierTaskContext(TaskContext):
    """Not here: tasks do not wait for each other."""

    @classmethod
    def get(cls) -> NoReturn:
        """Raises: PySparkNotImplementedError NOT_IMPLEMENTED."""
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": "BarrierTaskContext",
                "remedy": "Use TaskContext; no task waits for another.",
            },
        )
