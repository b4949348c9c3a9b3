"""`pyspark.accumulators`: numbers that user functions add to. Everything runs in one process, so each is simply added."""

from __future__ import annotations

import threading
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")

__all__ = ["Accumulator", "AccumulatorParam"]


class AccumulatorParam(Protocol[T]):
    """How values of another type than a number are added."""

    def zero(self, value: T) -> T:
        """A neutral value for one like `value`."""
        ...

    def addInPlace(self, value1: T, value2: T) -> T:
        """The sum."""
        ...


class Accumulator(Generic[T]):
    """Made by ``spark.sparkContext.accumulator(0)``.

    What a function adds in an epoch that is run again after a failure is added again, as in the reference.
    """

    def __init__(self, value: T, param: AccumulatorParam[T] | None = None) -> None:
        self._value = value
        self._param = param
        self._lock = threading.Lock()

    @property
    def value(self) -> T:
        """The sum so far."""
        return self._value

    @value.setter
    def value(self, value: T) -> None:
        self._value = value

    def add(self, term: T) -> None:
        """Add to it, from any thread."""
        with self._lock:
            if self._param is not None:
                self._value = self._param.addInPlace(self._value, term)
            else:
                self._value = self._value + term  # type: ignore[operator]

    def __iadd__(self, term: T) -> Accumulator[T]:
        self.add(term)
        return self

    def __str__(self) -> str:
        return str(self._value)

    def __repr__(self) -> str:
        return f"Accumulator<value={self._value!r}>"
