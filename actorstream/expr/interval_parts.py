"""Calendar intervals as Arrow holds them: months, days and nanoseconds side by side."""

from __future__ import annotations

from typing import Any

import numpy as np

from actorstream.expr.arrow import Array

INTERVAL_PARTS = np.dtype([("months", "<i4"), ("days", "<i4"), ("nanos", "<i8")])


def interval_parts(array: Array) -> np.ndarray[Any, Any]:
    """Months, days and nanoseconds of each; whatever stands where one is null."""
    if not len(array):
        return np.empty(0, INTERVAL_PARTS)
    return np.frombuffer(array.buffers()[1], INTERVAL_PARTS)[array.offset : array.offset + len(array)]
