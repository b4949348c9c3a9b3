"""Between Python objects and Arrow tables: `createDataFrame`, `MemoryStream.addData`, `collect`, `foreach`.

This is the one place where rows are Python objects. Values are gathered column by column, checked by the set of their
classes, and converted whole; only a column that fails is searched for the culprit.
"""

from __future__ import annotations

import array
import datetime
import decimal
import functools
import os
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import pyarrow

from actorstream.errors import ArithmeticException, PySparkNotImplementedError, PySparkTypeError, PySparkValueError
from actorstream.expr.arrow import Array, pa
from actorstream.expr.nested import with_type
from actorstream.expr.types import (
    ArrayType,
    AtomicType,
    BinaryType,
    BooleanType,
    ByteType,
    CalendarIntervalType,
    CharType,
    DataType,
    DateType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    NullType,
    Row,
    ShortType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    TimeType,
    VarcharType,
    VariantType,
    YearMonthIntervalType,
    create_row,
    from_arrow_schema,
    timestamp_type,
    to_arrow,
    to_arrow_schema,
)
from actorstream.expr.variant.user_value import VariantVal

_ACCEPTED: dict[type[DataType], tuple[type, ...]] = {
    BooleanType: (bool,),
    ByteType: (int,),
    ShortType: (int,),
    IntegerType: (int,),
    LongType: (int,),
    FloatType: (float,),
    DoubleType: (float,),
    DecimalType: (decimal.Decimal,),
    BinaryType: (bytearray, bytes),
    DateType: (datetime.date, datetime.datetime),
    TimeType: (datetime.time,),
    TimestampType: (datetime.datetime,),
    TimestampNTZType: (datetime.datetime,),
    DayTimeIntervalType: (datetime.timedelta,),
    ArrayType: (list, tuple, array.array),
    MapType: (dict,),
    VariantType: (VariantVal,),
}
#: name of values that the engine made itself
_TRUSTED = "a value of the engine"
_BITS: dict[type[DataType], int] = {ByteType: 8, ShortType: 16, IntegerType: 32, LongType: 64}
_TEXT = (StringType, CharType, VarcharType)
_NONE = type(None)


def rows_to_table(
    rows: Iterable[object], schema: StructType, *, verify: bool = True, bare: bool | None = None
) -> pyarrow.Table:
    """Python rows as a table of `schema`.

    A row is a tuple, list, `Row` or namedtuple (by position), a dict or object (by field name) or, where there is one
    column, the bare value.

    Args:
        verify: whether values are checked; those that do not fit become null otherwise.
        bare: True: each item is the value of the only column, whatever it looks like; False: none is.
    Raises: PySparkTypeError, PySparkValueError with PySpark's ``FIELD_*`` conditions and ``VALUE_OUT_OF_BOUNDS``.
    """
    items = list(rows)
    arrow_schema = to_arrow_schema(schema)
    if not schema.fields:
        return pa.table({"": pa.nulls(len(items))}).select([])
    if bare:
        columns = [items]
    else:
        columns = _columns_of(items, schema.fields, None, bare=bare is None and len(schema.fields) == 1)
    arrays = [
        _build(values, field.dataType, field.nullable, f"field {field.name}", verify)
        for values, field in zip(columns, schema.fields, strict=True)
    ]
    return cast(pyarrow.Table, pa.Table.from_arrays(arrays, schema=arrow_schema))


def _columns_of(
    items: Sequence[Any], fields: Sequence[StructField], name: str | None, *, bare: bool = False
) -> list[list[Any]]:
    """Turn rows (none of them None unless `bare`) into one list of values per field."""
    width = len(fields)
    classes = set(map(type, items))
    if not bare and classes <= {tuple, list, Row} and all(len(item) == width for item in items):
        return [list(column) for column in zip(*items, strict=True)] if items else [[] for _ in fields]
    if VariantVal in classes:
        raise PySparkValueError("Rows cannot be of type VariantVal")
    if bare:
        items = [_one_column_row(item, fields[0]) for item in items]
    names = [field.name for field in fields]
    rows: list[Sequence[Any]] = []
    for item in items:
        if isinstance(item, dict):
            rows.append([item.get(key) for key in names])
        elif isinstance(item, (tuple, list)):
            if len(item) != width:
                _raise_named(
                    PySparkValueError,
                    "FIELD_STRUCT_LENGTH_MISMATCH",
                    name,
                    {"object_length": str(len(item)), "field_length": str(width)},
                )
            rows.append(item)
        elif hasattr(item, "__dict__"):
            rows.append([item.__dict__.get(key) for key in names])
        else:
            _raise_unacceptable(item, StructType(list(fields)), name)
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in fields]


def _one_column_row(item: Any, field: StructField) -> Any:
    if isinstance(item, tuple):
        # a bare struct value is a tuple too: only its width tells it from a row
        is_struct = isinstance(field.dataType, StructType) and len(item) != 1
        return (item,) if is_struct else item
    if isinstance(item, list):
        return (item,) if isinstance(field.dataType, ArrayType) and not _holds_one_list(item) else item
    if isinstance(item, dict):
        nested = isinstance(field.dataType, (MapType, StructType)) and field.name not in item
        return (item,) if nested else item
    return item if item is not None and hasattr(item, "__dict__") and field.name in item.__dict__ else (item,)


def _holds_one_list(item: list[Any]) -> bool:
    return len(item) == 1 and isinstance(item[0], (list, tuple))


def _raise_named(error: type[Exception], condition: str, name: str | None, parameters: dict[str, str]) -> None:
    if name is not None:
        raise error(errorClass=condition + "_WITH_NAME", messageParameters={"field_name": name, **parameters})  # type: ignore[call-arg]
    raise error(errorClass=condition, messageParameters=parameters)  # type: ignore[call-arg]


def _raise_unacceptable(value: Any, data_type: DataType, name: str | None) -> None:
    _raise_named(
        PySparkTypeError,
        "FIELD_DATA_TYPE_UNACCEPTABLE",
        name,
        {"data_type": str(data_type), "obj": repr(value), "obj_type": str(type(value))},
    )


def _build(values: list[Any], data_type: DataType, nullable: bool, name: str, verify: bool) -> Array:
    """One column from Python values."""
    classes = set(map(type, values))
    if decimal.Decimal in classes:
        # a NaN decimal counts as null, as Spark has no such value
        values = [None if isinstance(v, decimal.Decimal) and v.is_nan() else v for v in values]
        classes = set(map(type, values))
    if verify and not nullable and _NONE in classes:
        _raise_named(PySparkValueError, "FIELD_NOT_NULLABLE", name, {})
    classes.discard(_NONE)
    if isinstance(data_type, StructType):
        return _build_struct(values, data_type, name, verify)
    accepted = _ACCEPTED.get(type(data_type))
    if accepted is not None and not classes <= set(accepted):
        if verify:
            culprit = next(v for v in values if v is not None and type(v) not in accepted)
            _raise_unacceptable(culprit, data_type, name)
        if not name.endswith(_TRUSTED):
            # what was not checked and is of another kind is null, as when the reference reads it
            values = [v if type(v) in accepted else None for v in values]
    if isinstance(data_type, ArrayType):
        return _build_array(values, data_type, name, verify)
    if isinstance(data_type, MapType):
        return _build_map(values, data_type, name, verify)
    return _build_atomic(values, data_type, classes)


def _build_atomic(values: list[Any], data_type: DataType, classes: set[type]) -> Array:
    arrow_type = to_arrow(data_type)
    if isinstance(data_type, _TEXT):
        if not classes <= {str}:
            values = [v if v is None or isinstance(v, str) else _java_text(v) for v in values]
    elif isinstance(data_type, TimestampType):
        if not machine_is_utc() or any(v is not None and v.tzinfo is not None for v in values):
            values = [None if v is None else v.astimezone(datetime.UTC) for v in values]
    elif isinstance(data_type, TimestampNTZType):
        values = [None if v is None else v.replace(tzinfo=None) for v in values]
    elif isinstance(data_type, DateType) and datetime.datetime in classes:
        values = [v.date() if isinstance(v, datetime.datetime) else v for v in values]
    elif isinstance(data_type, DecimalType):
        values = [None if v is None else _rescale(v, data_type) for v in values]
    elif isinstance(data_type, VariantType):
        values = [None if v is None else {"value": bytes(v.value), "metadata": bytes(v.metadata)} for v in values]
    elif isinstance(data_type, (CalendarIntervalType, NullType)) and classes:
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": f"building {data_type.simpleString()} values from Python objects",
                "remedy": "",
            },
        )
    try:
        return pa.array(values, arrow_type)
    except (OverflowError, pa.ArrowInvalid) as error:
        bits = _BITS.get(type(data_type))
        if bits is None:
            raise PySparkValueError(str(error)) from None
        low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
        culprit = next(v for v in values if v is not None and not low <= v <= high)
        raise PySparkValueError(
            errorClass="VALUE_OUT_OF_BOUNDS",
            messageParameters={
                "arg_name": "obj",
                "lower_bound": str(low),
                "upper_bound": str(high),
                "actual": str(culprit),
            },
        ) from None


def _rescale(value: decimal.Decimal, data_type: DecimalType) -> decimal.Decimal:
    with decimal.localcontext() as context:
        context.prec = 77
        scaled = value.quantize(decimal.Decimal(1).scaleb(-data_type.scale), decimal.ROUND_HALF_UP)
    if len(scaled.as_tuple().digits) > data_type.precision:
        raise ArithmeticException(
            errorClass="NUMERIC_VALUE_OUT_OF_RANGE.WITHOUT_SUGGESTION",
            messageParameters={
                "roundedValue": str(scaled),
                "originalValue": str(value),
                "precision": str(data_type.precision),
                "scale": str(data_type.scale),
            },
        )
    return scaled


def _java_text(value: Any) -> str:
    """What a non-text value becomes in a text column: its Java ``toString``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_java_text(k)}={_java_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_java_text(item) for item in value) + "]"
    return "null" if value is None else str(value)


def _nulls(values: Sequence[Any]) -> Array | None:
    missing = [v is None for v in values]
    return pa.array(missing, pa.bool_()) if any(missing) else None


def _build_struct(values: list[Any], data_type: StructType, name: str, verify: bool) -> Array:
    mask = _nulls(values)
    blank = (None,) * len(data_type.fields)
    present = [v for v in values if v is not None]
    columns = _columns_of(present, data_type.fields, name)
    arrow_type = to_arrow(data_type)
    children = [
        _build(column, field.dataType, field.nullable, f"field {field.name} in {name}", verify)
        for column, field in zip(columns, data_type.fields, strict=True)
    ]
    if not blank:
        return pa.array([None if v is None else {} for v in values], arrow_type)
    fields = [arrow_type.field(index) for index in range(arrow_type.num_fields)]
    struct = pa.StructArray.from_arrays(children, fields=fields)
    if mask is None:
        return struct
    positions, next_position = [], 0
    for value in values:
        positions.append(None if value is None else next_position)
        next_position += value is not None
    return struct.take(pa.array(positions, pa.int64()))


def _offsets(values: Sequence[Any]) -> Array:
    """Offsets of nested values; a null offset marks a null list."""
    found: list[int | None] = []
    position = 0
    for value in values:
        found.append(None if value is None else position)
        position += 0 if value is None else len(value)
    return pa.array([*found, position], pa.int32())


def _build_array(values: list[Any], data_type: ArrayType, name: str, verify: bool) -> Array:
    flat = [item for value in values if value is not None for item in value]
    child = _build(flat, data_type.elementType, data_type.containsNull, f"element in array {name}", verify)
    return pa.ListArray.from_arrays(_offsets(values), child, type=to_arrow(data_type))


def _build_map(values: list[Any], data_type: MapType, name: str, verify: bool) -> Array:
    keys = [key for value in values if value is not None for key in value]
    items = [item for value in values if value is not None for item in value.values()]
    key_array = _build(keys, data_type.keyType, False, f"key of map {name}", verify)
    item_array = _build(items, data_type.valueType, data_type.valueContainsNull, f"value of map {name}", verify)
    arrow_type = to_arrow(data_type)
    # keys of type void are none, and of another type in Arrow
    return pa.MapArray.from_arrays(
        _offsets(values), with_type(key_array, arrow_type.key_type), item_array, type=arrow_type
    )


@functools.cache
def machine_is_utc() -> bool:
    """Whether naive local datetimes of this process are UTC (``TZ`` is read once)."""
    return os.environ.get("TZ", "UTC").lstrip(":") in ("UTC", "Etc/UTC", "") and (time.timezone, time.daylight) == (
        0,
        0,
    )


def table_to_rows(table: pyarrow.Table, schema: StructType | None = None) -> list[Row]:
    """A table as `Row` objects: timestamps become naive local datetimes, maps dicts, structs rows.

    Raises: PySparkNotImplementedError for year-month and calendar intervals, as PySpark does.
    """
    schema = schema or from_arrow_schema(table.schema)
    names = list(table.column_names)
    columns = [_values(column, field.dataType) for column, field in zip(table.columns, schema.fields, strict=True)]
    if not columns:
        return [create_row(names, ()) for _ in range(table.num_rows)]
    return [create_row(names, values) for values in zip(*columns, strict=True)]


def _values(column: Array, data_type: DataType) -> list[Any]:
    """Python's values. Raises: ValueError for a day or moment that Python has no date for."""
    try:
        return _python_values(column, data_type)
    except OverflowError as error:
        raise ValueError(str(error)) from None


def _python_values(column: Array, data_type: DataType) -> list[Any]:
    if isinstance(data_type, TimestampType):
        values: list[Any] = column.cast(pa.timestamp("us")).to_pylist()
        if machine_is_utc():
            return values
        return [None if v is None else v.replace(tzinfo=datetime.UTC).astimezone().replace(tzinfo=None) for v in values]
    convert = _converter(data_type)
    try:
        plain: list[Any] = column.to_pylist()
    except UnicodeDecodeError:
        if not isinstance(data_type, StringType):
            raise
        # bytes that were cast to text are shown as far as they are text
        plain = [None if v is None else v.decode("utf-8", "replace") for v in column.cast(pa.binary()).to_pylist()]
    return plain if convert is None else [None if v is None else convert(v) for v in plain]


def _converter(data_type: DataType) -> Callable[[Any], Any] | None:
    """What turns a value of `to_pylist` into PySpark's; None when it is the same."""
    if isinstance(data_type, (YearMonthIntervalType, CalendarIntervalType)):
        feature = f"{type(data_type).__name__}.fromInternal"
        raise PySparkNotImplementedError(
            f"[NOT_IMPLEMENTED] {feature} is not implemented. Cast the column to a string or a number first.",
            "NOT_IMPLEMENTED",
            {"feature": feature},
        )
    if isinstance(data_type, TimestampType):
        return lambda v: v.astimezone().replace(tzinfo=None) if v.tzinfo is not None else v
    if isinstance(data_type, ArrayType):
        element = _converter(data_type.elementType)
        return None if element is None else lambda v: [None if item is None else element(item) for item in v]
    if isinstance(data_type, MapType):
        key = _converter(data_type.keyType) or (lambda item: item)
        value = _converter(data_type.valueType) or (lambda item: item)
        return lambda v: {key(k): None if item is None else value(item) for k, item in v}
    if isinstance(data_type, VariantType):
        return lambda v: VariantVal(bytearray(v["value"]), bytearray(v["metadata"]))
    if isinstance(data_type, StructType):
        names = data_type.fieldNames()
        parts = [_converter(field.dataType) or (lambda item: item) for field in data_type.fields]
        return lambda v: create_row(
            names,
            tuple(
                None if item is None else part(item)
                for item, part in zip((v[name] for name in names), parts, strict=True)
            ),
        )
    return None


_INFERRED: dict[type, DataType] = {
    bool: BooleanType(),
    int: LongType(),
    float: DoubleType(),
    str: StringType(),
    bytes: BinaryType(),
    bytearray: BinaryType(),
    decimal.Decimal: DecimalType(38, 18),
    datetime.date: DateType(),
    datetime.datetime: TimestampType(),
    datetime.time: TimeType(),
    datetime.timedelta: DayTimeIntervalType(),
    VariantVal: VariantType(),
}


def infer_schema(rows: Sequence[object], names: Sequence[str] | None = None) -> StructType:
    """The schema of Python rows: types of all rows merged, names from `names`, the rows, or ``_1``, ``_2``.

    Raises: PySparkValueError CANNOT_INFER_EMPTY_SCHEMA, CANNOT_DETERMINE_TYPE; PySparkTypeError CANNOT_MERGE_TYPE,
        CANNOT_INFER_SCHEMA_FOR_TYPE.
    """
    if not rows:
        raise PySparkValueError(errorClass="CANNOT_INFER_EMPTY_SCHEMA", messageParameters={})
    merged = _merge_all(_infer_row(row, names) for row in rows)
    if _has_null_type(merged):
        raise PySparkValueError(errorClass="CANNOT_DETERMINE_TYPE", messageParameters={})
    assert isinstance(merged, StructType)
    return merged


def _infer_row(row: Any, names: Sequence[str] | None = None) -> StructType:
    items: Iterable[tuple[str, Any]]
    if isinstance(row, dict):
        items = sorted(row.items())
    elif isinstance(row, (tuple, list)):
        own = getattr(row, "__fields__", None) or getattr(row, "_fields", None)
        labels = list(own or names or ())
        labels += [f"_{index}" for index in range(len(labels) + 1, len(row) + 1)]
        items = zip(labels, row, strict=False)
    elif hasattr(row, "__dict__"):
        items = sorted(row.__dict__.items())
    else:
        raise PySparkTypeError(
            errorClass="CANNOT_INFER_SCHEMA_FOR_TYPE", messageParameters={"data_type": type(row).__name__}
        )
    fields = []
    for key, value in items:
        try:
            fields.append(StructField(key, infer_type(value, inside_row=True)))
        except TypeError:
            raise PySparkTypeError(
                errorClass="CANNOT_INFER_TYPE_FOR_FIELD", messageParameters={"field_name": key}
            ) from None
    return StructType(fields)


def infer_type(value: Any, *, inside_row: bool = False) -> DataType:
    """The type of one Python value. Raises: PySparkTypeError UNSUPPORTED_DATA_TYPE."""
    if value is None:
        return NullType()
    if type(value) is datetime.datetime and value.tzinfo is None:
        return timestamp_type()
    if type(value) in _INFERRED:
        return _INFERRED[type(value)]
    if isinstance(value, dict):
        keys = _merge_all(infer_type(key) for key in value)
        return MapType(keys, _merge_all(infer_type(item) for item in value.values()))
    if isinstance(value, list):
        return ArrayType(_merge_all(infer_type(item) for item in value))
    if isinstance(value, array.array):
        return ArrayType(DoubleType() if value.typecode in "fd" else LongType(), False)
    if hasattr(value, "dtype") and hasattr(value, "item"):
        if inside_row:
            raise TypeError(value)  # a literal may be a scalar of numpy, a value of a row may not
        return infer_type(value.item())
    try:
        return _infer_row(value)
    except TypeError:
        raise PySparkTypeError(
            errorClass="UNSUPPORTED_DATA_TYPE", messageParameters={"data_type": type(value).__name__}
        ) from None


def _merge_all(types: Iterable[DataType]) -> DataType:
    merged: DataType = NullType()
    for data_type in types:
        merged = _merge_types(merged, data_type)
    return merged


def _merge_types(a: DataType, b: DataType) -> DataType:
    if isinstance(a, NullType):
        return b
    if isinstance(b, NullType):
        return a
    if isinstance(a, AtomicType) and isinstance(b, StringType):
        return b
    if isinstance(a, StringType) and isinstance(b, AtomicType):
        return a
    if isinstance(a, StructType) and isinstance(b, StructType):
        others = {field.name: field.dataType for field in b.fields}
        fields = [StructField(f.name, _merge_types(f.dataType, others.pop(f.name, NullType()))) for f in a.fields]
        return StructType([*fields, *(StructField(name, data_type) for name, data_type in others.items())])
    if isinstance(a, ArrayType) and isinstance(b, ArrayType):
        return ArrayType(_merge_types(a.elementType, b.elementType))
    if isinstance(a, MapType) and isinstance(b, MapType):
        return MapType(_merge_types(a.keyType, b.keyType), _merge_types(a.valueType, b.valueType))
    if type(a) is not type(b):
        raise PySparkTypeError(
            errorClass="CANNOT_MERGE_TYPE",
            messageParameters={"data_type1": type(a).__name__, "data_type2": type(b).__name__},
        )
    return a


def _has_null_type(data_type: DataType) -> bool:
    if isinstance(data_type, StructType):
        return any(_has_null_type(field.dataType) for field in data_type.fields)
    if isinstance(data_type, ArrayType):
        return _has_null_type(data_type.elementType)
    if isinstance(data_type, MapType):
        return _has_null_type(data_type.keyType) or _has_null_type(data_type.valueType)
    return isinstance(data_type, NullType)


def array_of(values: list[Any], data_type: DataType) -> Array:
    """Python values as one Arrow array, without checking their classes."""
    return _build(values, data_type, True, _TRUSTED, False)
