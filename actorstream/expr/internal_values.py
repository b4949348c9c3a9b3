"""PySpark's internal values: what `DataType.toInternal` and `fromInternal` turn Python objects into and back.

Dates are days since 1970, timestamps and day-time intervals microseconds, times of day nanoseconds, structs tuples, variants dicts
of their two byte strings. Nothing here is on an engine path; the engine has Arrow columns (`expr.rows`).
"""

from __future__ import annotations

import calendar
import datetime
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from actorstream.errors import PySparkNotImplementedError, PySparkValueError

if TYPE_CHECKING:
    from actorstream.expr.datatypes import DataType

_EPOCH_ORDINAL = datetime.date(1970, 1, 1).toordinal()
_EPOCH = datetime.datetime(1970, 1, 1)
_MICROSECOND = datetime.timedelta(microseconds=1)


def _timestamp_us(value: datetime.datetime) -> int:
    """A naive datetime is local time of the process."""
    parts = value.utctimetuple() if value.tzinfo is not None else value.timetuple()
    seconds = calendar.timegm(parts) if value.tzinfo is not None else time.mktime(parts)
    return int(seconds) * 1_000_000 + value.microsecond


def _local_datetime(micros: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(micros // 1_000_000).replace(microsecond=micros % 1_000_000)


def _time_of_day(nanos: int) -> datetime.time:
    return (_EPOCH + datetime.timedelta(microseconds=nanos // 1000)).time()


def _time_ns(value: datetime.time) -> int:
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return (seconds * 1_000_000 + value.microsecond) * 1000


_Convert = Callable[[Any], Any]
#: by type name: to internal, and back
_ATOMIC: Mapping[str, tuple[_Convert, _Convert]] = {
    "date": (lambda v: v.toordinal() - _EPOCH_ORDINAL, lambda v: datetime.date.fromordinal(v + _EPOCH_ORDINAL)),
    "timestamp": (_timestamp_us, _local_datetime),
    "timestamp_ntz": (
        lambda v: (v.replace(tzinfo=None) - _EPOCH) // _MICROSECOND,
        lambda v: _EPOCH + datetime.timedelta(microseconds=v),
    ),
    "daytimeinterval": (lambda v: v // _MICROSECOND, lambda v: datetime.timedelta(microseconds=v)),
    "time": (_time_ns, _time_of_day),
}


def needs_conversion(data_type: DataType) -> bool:
    """Whether a type's internal values differ from the Python objects."""
    name = type(data_type).__name__
    if name == "StructType":
        return True
    if name in ("YearMonthIntervalType", "CalendarIntervalType", "VariantType"):
        return True
    if data_type.typeName() == "array":
        return needs_conversion(data_type.elementType)  # type: ignore[attr-defined]
    if data_type.typeName() == "map":
        return needs_conversion(data_type.keyType) or needs_conversion(data_type.valueType)  # type: ignore[attr-defined]
    return data_type.typeName() in _ATOMIC


def to_internal(data_type: DataType, value: Any) -> Any:
    """The internal value of a Python object; None stays None."""
    return _converted(data_type, value, 0)


def from_internal(data_type: DataType, value: Any) -> Any:
    """The Python object of an internal value; None stays None."""
    return _converted(data_type, value, 1)


def _converted(data_type: DataType, value: Any, way: int) -> Any:
    if value is None or not needs_conversion(data_type):
        return value
    kind: Any = data_type
    name = type(data_type).__name__
    if name in ("YearMonthIntervalType", "CalendarIntervalType"):
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={"feature": f"{name}.{('toInternal', 'fromInternal')[way]}", "remedy": ""},
        )
    if name == "VariantType":
        return _variant(value, way)
    if name == "ArrayType":
        return [_converted(kind.elementType, item, way) for item in value]
    if name == "MapType":
        return {
            _converted(kind.keyType, key, way): _converted(kind.valueType, item, way) for key, item in value.items()
        }
    if name == "StructType":
        return _struct(kind, value, way)
    return _ATOMIC[data_type.typeName()][way](value)


def _variant(value: Any, way: int) -> Any:
    from actorstream.expr.variant.user_value import VariantVal

    if way == 0:
        assert isinstance(value, VariantVal)
        return {"value": value.value, "metadata": value.metadata}
    return VariantVal(value["value"], value["metadata"]) if {"value", "metadata"} <= value.keys() else None


def _struct(data_type: Any, value: Any, way: int) -> Any:
    from actorstream.expr.row import create_row

    if isinstance(value, dict):
        value = [value.get(name) for name in data_type.names]
    elif hasattr(value, "__dict__") and not isinstance(value, (tuple, list)):
        value = [value.__dict__.get(name) for name in data_type.names]
    if not isinstance(value, (tuple, list)):
        raise PySparkValueError(errorClass="UNEXPECTED_TUPLE_WITH_STRUCT", messageParameters={"tuple": str(value)})
    items = [_converted(field.dataType, item, way) for field, item in zip(data_type.fields, value, strict=False)]
    return create_row(data_type.names, items) if way else tuple(items)
