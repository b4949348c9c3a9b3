"""Event-time windows: which window a moment falls into (STF-20 to STF-27).

A tumbling window is an ordinary expression, and so is the session that a row alone opens. A sliding window gives several
windows per row, so the plan repeats the rows by `expand_windows` first. Arithmetic is on microseconds since 1970 in UTC: time
zones do not matter (STF-21).
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from actorstream.errors import AnalysisException
from actorstream.expr.arrow import Array, pa, pc
from actorstream.expr.coercion import quoted
from actorstream.expr.evaluation import from_numpy, numpy_of
from actorstream.expr.naming import sql_text
from actorstream.expr.nested import make_struct
from actorstream.expr.nodes import Call, Expression, SessionWindow, TimeWindow
from actorstream.expr.types import CalendarIntervalType, DataType, StructField, StructType, to_arrow


def window_type(time: DataType) -> StructType:
    """``struct<start,end>`` of the type of the time column."""
    return StructType([StructField("start", time), StructField("end", time)])


def window_text(window: TimeWindow) -> str:
    """A window with its durations, as errors show it."""
    durations = f"{window.duration_us}, {window.slide_us}, {window.start_us}"
    return quoted(f"window({sql_text(window.time)}, {durations})")


def check_window(window: TimeWindow) -> None:
    """Raise unless 0 < slide <= duration and abs(start) < slide (STF-23).

    Raises: AnalysisException DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE, PARAMETER_CONSTRAINT_VIOLATION.
    """
    text = window_text(window)
    for name, value in (("window_duration", window.duration_us), ("slide_duration", window.slide_us)):
        if value <= 0:
            raise AnalysisException(
                errorClass="DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                messageParameters={
                    "sqlExpr": text,
                    "exprName": f"`{name}`",
                    "valueRange": f"(0, {2**63 - 1}]",
                    "currentValue": f"{value}L",
                },
            )
    pairs = (
        ("slide_duration", window.slide_us, "<=", "window_duration", window.duration_us),
        ("abs(start_time)", abs(window.start_us), "<", "slide_duration", window.slide_us),
    )
    for left, left_value, constraint, right, right_value in pairs:
        if not (left_value <= right_value if constraint == "<=" else left_value < right_value):
            raise AnalysisException(
                errorClass="DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION",
                messageParameters={
                    "sqlExpr": text,
                    "leftExprName": f"`{left}`",
                    "leftExprValue": f"{left_value}L",
                    "constraint": constraint,
                    "rightExprName": f"`{right}`",
                    "rightExprValue": f"{right_value}L",
                },
            )


def last_starts(times: np.ndarray[Any, Any], slide_us: int, start_us: int) -> np.ndarray[Any, Any]:
    """Start of the last window that contains each time: t - ((t - start) mod slide), also before 1970."""
    starts: np.ndarray[Any, Any] = times - np.mod(times - start_us, slide_us)
    return starts


def _windows(starts: np.ndarray[Any, Any], duration_us: int, like: Array, time: DataType) -> Array:
    null = np.asarray(pc.is_null(like)) if like.null_count else None
    return windows_between(starts, starts + duration_us, to_arrow(window_type(time)), null)


def windows_between(
    starts: np.ndarray[Any, Any],
    ends: np.ndarray[Any, Any],
    arrow_type: pa.DataType,
    null: np.ndarray[Any, Any] | None = None,
) -> Array:
    """Windows of these microseconds, as structs of `arrow_type`; null where `null` is true."""
    moment = arrow_type.field(0).type
    moments = [from_numpy(values, [], pa.int64()).cast(moment) for values in (starts, ends)]
    return make_struct(moments, null, arrow_type, len(starts))


def tumbling_windows(times: Array, window: TimeWindow, time: DataType) -> Array:
    """The window of every time as ``struct<start,end>``; null for a null time.

    Raises: AssertionError for a sliding window, whose rows the plan must expand first.
    """
    assert window.slide_us == window.duration_us, "a sliding window needs expand_windows"
    return _windows(
        last_starts(numpy_of(times.cast(pa.int64())), window.slide_us, window.start_us), window.duration_us, times, time
    )


def expand_windows(times: Array, window: TimeWindow, time: DataType) -> tuple[Array, Array]:
    """All windows of all times: row indices (ascending, repeated) and one window for each.

    Shape: in n times; out two arrays of equal length m. Rows with a null time have no window (STF-24), others have those
    of the ceil(duration / slide) candidates with start <= t < end, the latest first (STF-22).
    """
    moments = numpy_of(times.cast(pa.int64()))
    last = last_starts(moments, window.slide_us, window.start_us)
    candidates = -(-window.duration_us // window.slide_us)
    shifts = np.arange(candidates, dtype=np.int64) * window.slide_us
    starts = last[:, None] - shifts[None, :]
    keep = starts + window.duration_us > moments[:, None]
    if times.null_count:
        keep &= np.asarray(pc.is_valid(times))[:, None]
    rows, columns = np.nonzero(keep)
    indices = pa.array(rows, pa.int64())
    return indices, _windows(starts[rows, columns], window.duration_us, pa.nulls(0), time)


def window_time(windows: Array) -> Array:
    """The event time of windows: end minus one microsecond (STF-26)."""
    end = pc.struct_field(windows, [1])
    return pc.subtract(end.cast(pa.int64()), 1).cast(end.type)


def session_windows(times: Array, ends: Array, time: DataType) -> Array:
    """The session that each row opens alone; one that is empty, or null at an end, is to be dropped (STF-27)."""
    return make_struct([times, ends], None, to_arrow(window_type(time)), len(times))


def session_end(session: SessionWindow) -> Expression:
    """The end of the session that a row opens alone; null where its time or gap is."""
    time = session.time
    return Call(name="time_add", args=(time, session.gap), data_type=time.data_type, nullable=True)


def check_gap(gap: DataType) -> None:
    """Raise for a gap that is not an interval. Raises: AnalysisException _LEGACY_ERROR_TEMP_1040."""
    if isinstance(gap, CalendarIntervalType):
        return
    # the message has the type as the reference prints it to itself: DecimalType(5,2), ArrayType(IntegerType,false)
    text = re.sub(r"StructType\(\[(.*)\]\)", r"StructType(\1)", str(gap))
    for ours, theirs in (("()", ""), (", ", ","), ("'", ""), ("True", "true"), ("False", "false")):
        text = text.replace(ours, theirs)
    raise AnalysisException(errorClass="_LEGACY_ERROR_TEMP_1040", messageParameters={"dt": text})


def session_text(session: SessionWindow) -> str:
    """A session with its gap, as errors show it."""
    return quoted(f"sessionwindow({sql_text(session.time)}, {sql_text(session.gap)})")
