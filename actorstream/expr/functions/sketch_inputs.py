"""What all functions of sketches share: hashing a column of keys, and reading sketches from bytes with the reference's errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from actorstream.errors import SparkRuntimeException
from actorstream.expr.functions import aggregate_kernels as kernels
from actorstream.expr.functions import sketch_theta as theta
from actorstream.expr.functions.sketch_hll import HllSketch
from actorstream.expr.functions.sketch_kll import KllSketch
from actorstream.expr.functions.sketch_theta import ForeignSketchError, ThetaSketch
from actorstream.expr.grouping import normalise_keys
from actorstream.expr.murmur128 import Longs, hash_bytes, hash_longs


def hashed(array: pa.Array) -> tuple[npt.NDArray[np.bool_], Longs, Longs]:
    """The rows that have a key, and both halves of the hash of each.

    Nulls, empty texts and empty arrays are no keys. Whole numbers count as bigint and floats as double, whatever their width.
    Shape: n values in; out n flags and twice m hashes, m the number of flags set.
    """
    array = kernels.column(array)
    types = pa.types
    has = np.asarray(array.is_valid())
    if types.is_list(array.type):
        has = has & (np.asarray(pc.fill_null(pc.list_value_length(array), 0)) > 0)
        kept = array.filter(pa.array(has))
        flat = kept.flatten().fill_null(0)  # a null in an array counts as 0
        return has, *hash_bytes(kernels.lists(flat, np.asarray(kept.value_lengths()).astype(np.int64)))
    if types.is_string(array.type) or types.is_binary(array.type):
        has = has & (np.asarray(pc.fill_null(pc.binary_length(array), 0)) > 0)
        return has, *hash_bytes(array.filter(pa.array(has)))
    values = kernels.column(normalise_keys(array)).filter(pa.array(has))
    kind = np.float64 if types.is_floating(array.type) else np.int64
    return has, *hash_longs(np.asarray(values).astype(kind))


def hll_of(function: str, data: bytes) -> HllSketch:
    """The sketch in an argument of `function`. Raises: SparkRuntimeException HLL_INVALID_INPUT_SKETCH_BUFFER."""
    try:
        return HllSketch.from_bytes(data)
    except ValueError:
        raise invalid("HLL_INVALID_INPUT_SKETCH_BUFFER", function) from None


def theta_of(function: str, data: bytes) -> ThetaSketch:
    """Raises: SparkRuntimeException THETA_INVALID_INPUT_SKETCH_BUFFER, THETA_INVALID_INPUT_SKETCH_BUFFER_FAMILY."""
    try:
        return theta.theta_from_bytes(data)
    except ForeignSketchError as error:
        raise _foreign("THETA_INVALID_INPUT_SKETCH_BUFFER_FAMILY", function, error) from None
    except ValueError:
        raise invalid("THETA_INVALID_INPUT_SKETCH_BUFFER", function) from None


def tuple_of(function: str, data: bytes, kind: type[np.number[Any]]) -> ThetaSketch:
    """Raises: SparkRuntimeException TUPLE_INVALID_INPUT_SKETCH_BUFFER, TUPLE_INVALID_INPUT_SKETCH_BUFFER_FAMILY."""
    try:
        return theta.tuple_from_bytes(data, kind)
    except ForeignSketchError as error:
        raise _foreign("TUPLE_INVALID_INPUT_SKETCH_BUFFER_FAMILY", function, error) from None
    except ValueError:
        raise invalid("TUPLE_INVALID_INPUT_SKETCH_BUFFER", function) from None


def kll_of(function: str, data: bytes, kind: type[np.number[Any]]) -> KllSketch:
    """Raises: SparkRuntimeException KLL_INVALID_INPUT_SKETCH_BUFFER."""
    try:
        return KllSketch.from_bytes(data, kind)
    except ValueError:
        raise invalid("KLL_INVALID_INPUT_SKETCH_BUFFER", function) from None


def invalid(condition: str, function: str) -> SparkRuntimeException:
    """The error for bytes that are no sketch."""
    return SparkRuntimeException(errorClass=condition, messageParameters={"function": f"`{function}`"})


def _foreign(condition: str, function: str, error: ForeignSketchError) -> SparkRuntimeException:
    return SparkRuntimeException(
        errorClass=condition,
        messageParameters={
            "function": f"`{function}`",
            "expectedFamily": error.expected,
            "actualFamily": error.family,
        },
    )


def different_lg_k(function: str, left: int, right: int) -> SparkRuntimeException:
    """The error for a union of HLL sketches of different sizes that was not allowed."""
    return SparkRuntimeException(
        errorClass="HLL_UNION_DIFFERENT_LG_K",
        messageParameters={"left": str(left), "right": str(right), "function": f"`{function}`"},
    )


def lg_nominal_out_of_range(function: str, value: int) -> SparkRuntimeException:
    """The error for a theta sketch that would be too small or too large."""
    return SparkRuntimeException(
        errorClass="SKETCH_INVALID_LG_NOM_ENTRIES",
        messageParameters={
            "function": f"`{function}`",
            "min": str(theta.LG_K_MIN),
            "max": str(theta.LG_K_MAX),
            "value": str(value),
        },
    )
