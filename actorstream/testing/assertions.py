"""Equality of DataFrames, of rows and of schemas for tests, with differences that can be read (`pyspark.testing`).

Works on collected rows; runs no query of its own beyond `collect`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from actorstream.errors import PySparkAssertionError, PySparkTypeError
from actorstream.expr.types import ArrayType, DataType, MapType, Row, StructField, StructType

if TYPE_CHECKING:
    import pandas as pd

    from actorstream.sql import DataFrame

_PREFIXES = {"insert": "+ ", "delete": "- ", "replace": "! ", "equal": "  "}


def assertSchemaEqual(
    actual: StructType,
    expected: StructType,
    ignoreNullable: bool = True,
    ignoreColumnOrder: bool = False,
    ignoreColumnName: bool = False,
) -> None:
    """Fail unless two schemas are equal.

    Args:
        ignoreNullable: do not compare whether columns, elements and values may be null.
        ignoreColumnOrder: compare columns by name.
        ignoreColumnName: compare types by position only.
    Raises: PySparkAssertionError DIFFERENT_SCHEMA.
    Source: `pyspark.testing.assertSchemaEqual`.
    """
    __tracebackhide__ = True
    for name, schema in (("actual", actual), ("expected", expected)):
        if not isinstance(schema, StructType):
            raise PySparkTypeError(
                errorClass="NOT_EXPECTED_TYPE",
                messageParameters={
                    "arg_name": name,
                    "expected_type": "struct type",
                    "arg_type": type(schema).__name__,
                },
            )
    if ignoreColumnOrder:
        actual, expected = (StructType(sorted(schema, key=lambda item: item.name)) for schema in (actual, expected))
    if ignoreColumnName:
        actual, expected = (
            StructType([StructField(str(i), item.dataType, item.nullable) for i, item in enumerate(schema)])
            for schema in (actual, expected)
        )
    equal = _without_nulls(actual) == _without_nulls(expected) if ignoreNullable else actual == expected
    if not equal:
        raise _different_schema(actual, expected)


def assertDataFrameEqual(
    actual: DataFrame | pd.DataFrame | list[Row],
    expected: DataFrame | pd.DataFrame | list[Row],
    checkRowOrder: bool = False,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    ignoreNullable: bool = True,
    ignoreColumnOrder: bool = False,
    ignoreColumnName: bool = False,
    ignoreColumnType: bool = False,
    maxErrors: int | None = None,
    showOnlyDiff: bool = False,
    includeDiffRows: bool = False,
) -> None:
    """Fail unless two DataFrames (or lists of rows) hold the same rows, and the same columns if both are DataFrames.

    Args:
        checkRowOrder: rows must come in the same order; a DataFrame has no order of its own, so usually False.
        rtol: floats a and b are equal if ``|a - b| <= atol + rtol * |b|``.
        atol: see `rtol`.
        ignoreColumnType: compare values as texts, whole numbers without ``.0``.
        maxErrors: stop after so many differences.
        showOnlyDiff: leave equal rows out of the message.
        includeDiffRows: put the differing pairs into the error's `data`.
    Raises: PySparkAssertionError DIFFERENT_ROWS, DIFFERENT_SCHEMA, INVALID_TYPE_DF_EQUALITY_ARG, UNSUPPORTED_OPERATION.
    Source: `pyspark.testing.assertDataFrameEqual`.
    """
    __tracebackhide__ = True
    if actual is None and expected is None:
        return
    if _is_pandas(actual) or _is_pandas(expected):
        _assert_pandas_equal(actual, expected, checkRowOrder, rtol, atol)
        return
    left, right = _frame_or_rows(actual, "actual"), _frame_or_rows(expected, "expected")
    if not isinstance(left, list) and not isinstance(right, list):
        if ignoreColumnOrder:
            left, right = left.select(*sorted(left.columns)), right.select(*sorted(right.columns))
        if ignoreColumnName:
            left, right = (frame.toDF(*map(str, range(len(frame.columns)))) for frame in (left, right))
        if not ignoreColumnType:
            if ignoreNullable:
                assertSchemaEqual(left.schema, right.schema)
            elif left.schema != right.schema:
                raise _different_schema(left.schema, right.schema)
    rows = [_rows_of(item) for item in (left, right)]
    if ignoreColumnType:
        rows = [[_as_texts(row) for row in side] for side in rows]
    if not checkRowOrder:
        rows = [sorted(side, key=str) for side in rows]
    found = _Differences(rtol, atol, maxErrors, showOnlyDiff)
    found.compare(rows[0], rows[1], aligned=checkRowOrder or len(rows[0]) == len(rows[1]))
    if found.pairs:
        raise PySparkAssertionError(
            errorClass="DIFFERENT_ROWS",
            messageParameters={"error_msg": found.message(max(map(len, rows)))},
            data=found.pairs if includeDiffRows else None,
        )


@dataclass(slots=True)
class _Differences:
    """Walks two lists of rows and keeps what differs, with the lines of the message."""

    rtol: float
    atol: float
    errors_max: int | None
    only_differences: bool
    pairs: list[tuple[Row | None, Row | None]] = field(default_factory=list)
    left_lines: list[str] = field(default_factory=list)
    right_lines: list[str] = field(default_factory=list)

    def compare(self, left: Sequence[Row], right: Sequence[Row], *, aligned: bool) -> None:
        pairs = zip_longest(left, right) if aligned else self._merged(left, right)
        for one, other in pairs:
            if one is not None and other is not None and self._equal(one, other):
                if not self.only_differences:
                    self._note(one, other)
                continue
            self.pairs.append((one, other))
            self._note(one, other)
            if self.errors_max is not None and len(self.pairs) >= self.errors_max:
                return

    def message(self, total: int) -> str:
        percent = f"{100 * len(self.pairs) / total:.5f}" if total else "0.00000"
        diff = "\n".join(_context_diff(self.left_lines, self.right_lines, total))
        return f"Results do not match: ( {percent} % )\n{diff}"

    def _merged(self, left: Sequence[Row], right: Sequence[Row]) -> Iterator[tuple[Row | None, Row | None]]:
        """Pairs of two sorted lists of unequal length, so that one missing row is one difference and not all after it."""
        i = j = 0
        while i < len(left) and j < len(right):
            one, other = left[i], right[j]
            if self._equal(one, other) or str(one) == str(other):
                yield one, other
                i, j = i + 1, j + 1
            elif str(one) < str(other):
                yield one, None
                i += 1
            else:
                yield None, other
                j += 1
        yield from ((one, None) for one in left[i:])
        yield from ((None, other) for other in right[j:])

    def _note(self, one: Row | None, other: Row | None) -> None:
        if one is not None:
            self.left_lines.append(str(one))
        if other is not None:
            self.right_lines.append(str(other))

    def _equal(self, one: Any, other: Any) -> bool:
        if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
            return len(one) == len(other) and all(map(self._equal, one, other))
        if isinstance(one, dict) and isinstance(other, dict):
            return one.keys() == other.keys() and all(self._equal(one[key], other[key]) for key in one)
        if isinstance(one, float) and isinstance(other, float):
            both_nan = one != one and other != other
            return both_nan or one == other or abs(one - other) <= self.atol + self.rtol * abs(other)
        if isinstance(one, Decimal) and isinstance(other, Decimal):
            return abs(one - other) <= Decimal(self.atol) + Decimal(self.rtol) * abs(other)
        return bool(one == other)


def _context_diff(left: Sequence[str], right: Sequence[str], context: int) -> Iterator[str]:
    for group in difflib.SequenceMatcher(None, left, right).get_grouped_opcodes(context):
        yield "*** actual ***"
        if any(tag in ("replace", "delete") for tag, *_ in group):
            for tag, start, end, _, _ in group:
                yield from (_PREFIXES[tag] + line for line in left[start:end])
        yield "\n"
        yield "*** expected ***"
        if any(tag in ("replace", "insert") for tag, *_ in group):
            for tag, _, _, start, end in group:
                yield from (_PREFIXES[tag] + line for line in right[start:end])


def _frame_or_rows(value: object, name: str) -> DataFrame | list[Row]:
    if isinstance(value, list):
        return value
    from actorstream.sql import DataFrame

    if isinstance(value, DataFrame):
        return value
    raise PySparkAssertionError(
        errorClass="INVALID_TYPE_DF_EQUALITY_ARG",
        messageParameters={
            "expected_type": "Union[DataFrame, ps.DataFrame, List[Row]]",
            "arg_name": name,
            "actual_type": "None" if value is None else str(type(value)),
        },
    )


def _rows_of(value: DataFrame | list[Row]) -> list[Row]:
    if isinstance(value, list):
        return value
    if value.isStreaming:
        raise PySparkAssertionError(
            errorClass="UNSUPPORTED_OPERATION",
            messageParameters={"operation": "assertDataFrameEqual on streaming DataFrame"},
        )
    return value.collect()


def _as_texts(row: Row) -> Row:
    texts = [_as_text(value) for value in row]
    names = getattr(row, "__fields__", None)
    return Row(**dict(zip(names, texts, strict=True))) if names and len(set(names)) == len(names) else Row(*texts)


def _as_text(value: Any) -> str | None:
    if value is None:
        return None
    whole = isinstance(value, (float, Decimal)) and value == value and value == value // 1
    return str(int(value)) if whole else str(value)


def _without_nulls(data_type: DataType) -> DataType:
    """The type with everything nullable and without metadata, so that ``==`` compares the rest."""
    if isinstance(data_type, StructType):
        return StructType([StructField(item.name, _without_nulls(item.dataType), True) for item in data_type])
    if isinstance(data_type, ArrayType):
        return ArrayType(_without_nulls(data_type.elementType), True)
    if isinstance(data_type, MapType):
        return MapType(_without_nulls(data_type.keyType), _without_nulls(data_type.valueType), True)
    return data_type


def _different_schema(actual: StructType, expected: StructType) -> PySparkAssertionError:
    diff = "\n".join(difflib.ndiff(str(actual).splitlines(), str(expected).splitlines()))
    return PySparkAssertionError(errorClass="DIFFERENT_SCHEMA", messageParameters={"error_msg": diff})


def _is_pandas(value: object) -> bool:
    return type(value).__module__.split(".")[0] == "pandas"


def _assert_pandas_equal(actual: Any, expected: Any, in_order: bool, rtol: float, atol: float) -> None:
    """Compare when at least one side is a pandas DataFrame; the other one may be a DataFrame of ours."""
    __tracebackhide__ = True
    from pandas.testing import assert_frame_equal

    left, right = (side if _is_pandas(side) else side.toPandas() for side in (actual, expected))
    if not in_order:
        left, right = (
            side.loc[side.astype(str).agg("\x00".join, axis=1).sort_values(kind="stable").index].reset_index(drop=True)
            for side in (left, right)
        )
    try:
        assert_frame_equal(left, right, rtol=rtol, atol=atol, check_exact=False)
    except AssertionError as error:
        raise PySparkAssertionError(
            errorClass="DIFFERENT_PANDAS_DATAFRAME",
            messageParameters={
                "left": str(left),
                "left_dtype": str(left.dtypes),
                "right": str(right),
                "right_dtype": str(right.dtypes),
            },
        ) from error
