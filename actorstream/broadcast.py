"""`pyspark.broadcast`: a value for user functions. Everything runs in one process, so it is simply held."""

from __future__ import annotations

from typing import Generic, TypeVar

from actorstream.errors import PySparkRuntimeError

T = TypeVar("T")

__all__ = ["Broadcast"]


class Broadcast(Generic[T]):
    """Made by ``spark.sparkContext.broadcast(value)``."""

    def __init__(self, value: T) -> None:
        self._held: list[T] = [value]

    @property
    def value(self) -> T:
        """What was broadcast. Raises: PySparkRuntimeError after `destroy`."""
        if not self._held:
            raise PySparkRuntimeError("The broadcast value has been destroyed.")
        return self._held[0]

    def unpersist(self, blocking: bool = False) -> None:
        """Nothing: there are no copies."""

    def destroy(self, blocking: bool = False) -> None:
        """Let go of the value."""
        self._held.clear()
