"""Applies plain Python functions to columns, once per distinct value (or row of values).

The long tail of functions has no Arrow kernel and is rarely hot. Columns of a stream repeat their values, so the work is
done on the distinct ones and spread by one `take`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from actorstream.expr.arrow import Array, ArrowType, pa


def combined(values: Any) -> Array:
    """A chunked array as one array; an array as it is."""
    if isinstance(values, pa.ChunkedArray):
        return values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()
    return values


def by_distinct(function: Callable[[Any], Any], values: Any, result: ArrowType, *, null: Any = None) -> Array:
    """`function` of every value as an array of type `result`; null gives `null`."""
    values = combined(values)
    if len(values) == 0:
        return pa.array([], result)
    if _can_encode(values.type):
        encoded = values.dictionary_encode()
        found = [function(value) for value in encoded.dictionary.to_pylist()]
        answers = pa.array([*found, null], result)
        indices = encoded.indices.fill_null(len(found))
        return answers.take(indices)
    return pa.array([null if value is None else function(value) for value in values.to_pylist()], result)


def by_distinct_rows(
    function: Callable[..., Any], columns: list[Any], result: ArrowType, *, length: int, keep_nulls: bool = False
) -> Array:
    """`function` of every row of `columns`; a row with a null gives null unless `keep_nulls`.

    Columns are arrays or scalars; scalars do not count towards distinctness.
    """
    arrays = [(index, combined(column)) for index, column in enumerate(columns) if not isinstance(column, pa.Scalar)]
    fixed = [column.as_py() if isinstance(column, pa.Scalar) else None for column in columns]

    def answer(row: list[Any]) -> Any:
        if not keep_nulls and any(value is None for value in row):
            return None
        return function(*row)

    if not arrays:
        value = answer(list(fixed))
        return pa.array([value], result).take(pa.array(np.zeros(length, np.int64)))
    codes, decoded = _row_codes([array for _, array in arrays])
    answers = []
    for values in decoded:
        row = list(fixed)
        for (index, _), value in zip(arrays, values, strict=True):
            row[index] = value
        answers.append(answer(row))
    return pa.array(answers, result).take(pa.array(codes))


def _row_codes(arrays: list[Array]) -> tuple[np.ndarray[Any, Any], list[tuple[Any, ...]]]:
    """A number per row, equal for equal rows, and the rows by number."""
    if not all(_can_encode(array.type) for array in arrays):
        rows = list(zip(*(array.to_pylist() for array in arrays), strict=True))
        return np.arange(len(rows)), rows
    codes = np.zeros(len(arrays[0]), np.int64)
    parts = []
    for array in arrays:
        encoded = array.dictionary_encode()
        size = len(encoded.dictionary) + 1
        own = np.asarray(encoded.indices.fill_null(size - 1)).astype(np.int64)
        parts.append((own, [*encoded.dictionary.to_pylist(), None]))
        # renumbering after each column keeps the product of sizes from overflowing
        _, codes = np.unique(codes * size + own, return_inverse=True)
    _, first, codes = np.unique(codes, return_index=True, return_inverse=True)
    return codes, [tuple(values[own[row]] for own, values in parts) for row in first]


def _can_encode(data_type: ArrowType) -> bool:
    types = pa.types
    return not (types.is_nested(data_type) or types.is_null(data_type) or types.is_interval(data_type))
