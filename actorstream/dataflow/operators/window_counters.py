"""``counter_diff``: how much a counter that only grows has grown since the row before, over the sorted rows of a window.

Used by `WindowFunctions`. Source: Spark ``CounterDiff``.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from actorstream.dataflow.operators import window_frames as frames
from actorstream.dataflow.operators.window_frames import Rows
from actorstream.errors import SparkRuntimeException
from actorstream.expr.ordering import ranks_of
from actorstream.expr.text import to_text
from actorstream.expr.types import from_arrow

_FUNCTION = "`counter_diff`"


def counter_differences(values: pa.Array, starts: pa.Array | None, rows: Rows, zone: str) -> pa.Array:
    """The growth of each row's counter since the last row of its partition that has one.

    Null in the first row, where the counter is null, and where it was reset: where it is less than before, or was started later.

    Args:
        starts: when the counter of each row was set to zero; rows without it are not compared.
    Raises: SparkRuntimeException COUNTER_DIFF_NEGATIVE_COUNTER_VALUE, COUNTER_DIFF_START_TIME_DECREASED.
    """
    present = np.asarray(values.is_valid())
    before = np.where(present, frames.offset_rows(rows, -1, present), -1)
    ranks = ranks_of(pa.concat_arrays([values, pa.array([0], values.type)]))
    negative = present & (ranks[:-1] < ranks[-1])
    has = before >= 0
    reset = has & (ranks[:-1] < ranks[before])
    decreased = np.zeros(rows.count, np.bool_)
    if starts is not None and not pa.types.is_null(starts.type):
        times = np.asarray(starts.view(pa.int64()).fill_null(0))
        known = np.asarray(starts.is_valid())
        both = has & known & known[before]
        decreased = both & (times < times[before])
        reset |= both & (times > times[before])
    wrong = np.flatnonzero(negative | decreased)
    if len(wrong):
        row = int(wrong[0])
        if negative[row]:
            raise _negative(values[row : row + 1], zone)
        assert starts is not None
        raise _decreased(starts.take(pa.array([before[row], row])), zone)
    found = np.where(has & ~reset, before, -1)
    grown = pc.subtract(values, values.take(pa.array(found, mask=found < 0)))
    return grown.cast(values.type)


def _texts(values: pa.Array, zone: str) -> list[str]:
    texts: list[str] = to_text(values, from_arrow(values.type), zone).to_pylist()
    return texts


def _negative(value: pa.Array, zone: str) -> SparkRuntimeException:
    return SparkRuntimeException(
        errorClass="COUNTER_DIFF_NEGATIVE_COUNTER_VALUE",
        messageParameters={"function": _FUNCTION, "value": _texts(value, zone)[0]},
    )


def _decreased(starts: pa.Array, zone: str) -> SparkRuntimeException:
    previous, current = _texts(starts, zone)
    return SparkRuntimeException(
        errorClass="COUNTER_DIFF_START_TIME_DECREASED",
        messageParameters={"function": _FUNCTION, "previousStartTime": previous, "currentStartTime": current},
    )
