"""What intervals consist of: calendar intervals hold months, days and nanoseconds side by side, others one number."""

from __future__ import annotations

from typing import Any

import numpy as np

from actorstream.expr.arrow import Array, pa, pc
from actorstream.expr.types import CalendarIntervalType, DataType, YearMonthIntervalType

INTERVAL_PARTS = np.dtype([("months", "<i4"), ("days", "<i4"), ("nanos", "<i8")])


def interval_parts(array: Array) -> np.ndarray[Any, Any]:
    """Months, days and nanoseconds of each; whatever stands where one is null."""
    if not len(array):
        return np.empty(0, INTERVAL_PARTS)
    return np.frombuffer(array.buffers()[1], INTERVAL_PARTS)[array.offset : array.offset + len(array)]


_Ints = np.ndarray[Any, Any]
_DAY_US = 86_400_000_000


def months_days_micros(values: Array, data_type: DataType) -> tuple[_Ints, _Ints, _Ints]:
    """Months, days and microseconds of intervals of any kind; 0 for null."""
    nothing = np.zeros(len(values), np.int64)
    if isinstance(data_type, CalendarIntervalType):
        parts = interval_parts(values)
        there = np.asarray(pc.is_valid(values))
        months, days, nanos = (np.where(there, parts[name], 0).astype(np.int64) for name in ("months", "days", "nanos"))
        return months, days, nanos // 1000
    numbers: _Ints = np.asarray(pc.fill_null(values.cast(pa.int64()), 0))
    if isinstance(data_type, YearMonthIntervalType):
        return numbers, nothing, nothing
    # truncated towards zero, as Java divides
    days = np.sign(numbers) * (np.abs(numbers) // _DAY_US)
    return nothing, days, numbers - days * _DAY_US
