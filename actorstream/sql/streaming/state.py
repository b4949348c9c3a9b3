"""The state of a group, as the function of ``applyInPandasWithState`` sees it. Source: ``pyspark.sql.streaming.state``."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

from actorstream.errors import PySparkRuntimeError, PySparkTypeError, PySparkValueError
from actorstream.expr.types import DataType, DecimalType, FractionalType, IntegralType, StructType

__all__ = ["GroupState", "GroupStateTimeout"]


class GroupStateTimeout:
    """By which clock groups time out."""

    NoTimeout: str = "NoTimeout"
    ProcessingTimeTimeout: str = "ProcessingTimeTimeout"
    EventTimeTimeout: str = "EventTimeTimeout"


class GroupState:
    """The state of one key during one call: a tuple of the state's columns, and a timeout (STF-165).

    Every call of the function begins without a timeout. It is kept with the state, and so is the one before if the function
    neither changes the state nor sets a timeout.
    """

    NO_TIMESTAMP: int = -1

    def __init__(
        self,
        value: tuple[Any, ...] | None,
        schema: StructType,
        timeout: str,
        batch_time_ms: int,
        watermark_ms: int | None,
        *,
        has_timed_out: bool,
    ) -> None:
        self._value = value
        self._schema = schema
        self._timeout = timeout
        self._batch_time_ms = batch_time_ms
        self._watermark_ms = watermark_ms
        self._has_timed_out = has_timed_out
        self._has_changed = False
        self._timeout_ms = self.NO_TIMESTAMP

    @property
    def exists(self) -> bool:
        """Whether there is a state."""
        return self._value is not None

    @property
    def get(self) -> tuple[Any, ...]:
        """The state. Raises: PySparkValueError STATE_NOT_EXISTS."""
        if self._value is None:
            raise PySparkValueError(errorClass="STATE_NOT_EXISTS", messageParameters={})
        return self._value

    @property
    def getOption(self) -> tuple[Any, ...] | None:
        """The state, or None."""
        return self._value

    @property
    def hasTimedOut(self) -> bool:
        """Whether this call is for the timeout: then there are no rows."""
        return self._has_timed_out

    @property
    def oldTimeoutTimestamp(self) -> int:
        """The timeout at the beginning of the call, which is none."""
        return self.NO_TIMESTAMP

    def update(self, newValue: tuple[Any, ...]) -> None:
        """Set the state: a value for every column. Values of numpy and pandas become Python's.

        Raises: PySparkTypeError CANNOT_BE_NONE; PySparkValueError for another number of values.
        """
        if newValue is None:
            raise PySparkTypeError(errorClass="CANNOT_BE_NONE", messageParameters={"arg_name": "newValue"})
        values = tuple(newValue)
        if len(values) != len(self._schema):
            raise PySparkValueError(
                f"The state has the columns ({', '.join(self._schema.names)}), but update was given {len(values)} values."
            )
        self._value = tuple(
            _fitting(value, item.dataType) for value, item in zip(values, self._schema.fields, strict=True)
        )
        self._has_changed = True

    def remove(self) -> None:
        """Forget the state."""
        self._value = None
        self._has_changed = True

    def setTimeoutDuration(self, durationMs: int | float) -> None:
        """Time out so many milliseconds after the time of this epoch.

        Raises: PySparkTypeError NOT_EXPECTED_TYPE, PySparkRuntimeError CANNOT_WITHOUT, PySparkValueError VALUE_NOT_POSITIVE.
        """
        if not isinstance(durationMs, (int, float)):
            raise PySparkTypeError(
                errorClass="NOT_EXPECTED_TYPE",
                messageParameters={
                    "expected_type": "int",
                    "arg_name": "durationMs",
                    "arg_type": type(durationMs).__name__,
                },
            )
        self._check_timeout(GroupStateTimeout.ProcessingTimeTimeout)
        self._check_positive("durationMs", durationMs)
        self._timeout_ms = int(durationMs) + self._batch_time_ms

    def setTimeoutTimestamp(self, timestampMs: int | datetime.datetime) -> None:
        """Time out when the watermark is later than these milliseconds since 1970; a naive datetime is local time.

        Raises: PySparkRuntimeError CANNOT_WITHOUT, PySparkValueError VALUE_NOT_POSITIVE, INVALID_TIMEOUT_TIMESTAMP.
        """
        self._check_timeout(GroupStateTimeout.EventTimeTimeout)
        moment: float
        if isinstance(timestampMs, datetime.datetime):
            moment = timestampMs.timestamp() * 1000
        else:
            moment = timestampMs
        self._check_positive("timestampMs", moment)
        if self._watermark_ms is not None and moment < self._watermark_ms:
            raise PySparkValueError(
                errorClass="INVALID_TIMEOUT_TIMESTAMP",
                messageParameters={"timestamp": str(moment), "watermark": str(self._watermark_ms)},
            )
        self._timeout_ms = int(moment)

    def getCurrentWatermarkMs(self) -> int:
        """The watermark of this epoch in milliseconds since 1970. Raises: PySparkRuntimeError CANNOT_WITHOUT."""
        if self._watermark_ms is None:
            raise PySparkRuntimeError(
                errorClass="CANNOT_WITHOUT",
                messageParameters={
                    "condition1": "get event time watermark timestamp",
                    "condition2": "setting watermark before applyInPandasWithState",
                },
            )
        return self._watermark_ms

    def getCurrentProcessingTimeMs(self) -> int:
        """The time of this epoch in milliseconds since 1970; the same for all its groups, and if it is run again."""
        return self._batch_time_ms

    def __str__(self) -> str:
        return f"GroupState({self._value if self.exists else '<undefined>'})"

    def _check_timeout(self, wanted: str) -> None:
        if self._timeout != wanted:
            # one text for both clocks, as in the reference (STF-166)
            raise PySparkRuntimeError(
                errorClass="CANNOT_WITHOUT",
                messageParameters={
                    "condition1": "set timeout duration",
                    "condition2": "enabling processing time timeout in applyInPandasWithState",
                },
            )

    @staticmethod
    def _check_positive(name: str, value: float) -> None:
        if value <= 0:
            raise PySparkValueError(
                errorClass="VALUE_NOT_POSITIVE",
                messageParameters={"arg_name": name, "arg_value": type(value).__name__},
            )


def _fitting(value: Any, data_type: DataType) -> Any:
    """A value as one of Python's, and a number as one of its column: pandas makes floats of numbers beside a null."""
    for method in ("to_pydatetime", "to_pytimedelta", "item"):
        if hasattr(value, method):
            value = getattr(value, method)()
            break
    if isinstance(value, bool):
        return value
    if isinstance(data_type, DecimalType) and isinstance(value, int):
        return decimal.Decimal(value)
    if isinstance(data_type, FractionalType) and not isinstance(data_type, DecimalType) and isinstance(value, int):
        return float(value)
    if isinstance(data_type, IntegralType) and isinstance(value, float) and value.is_integer():
        return int(value)
    return value
