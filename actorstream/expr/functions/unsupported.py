"""Functions of PySpark that are not here, each with its reason: what errors and ``docs/functions.md`` say about them."""

from __future__ import annotations

import functools
from collections.abc import Mapping

_JVM = "calls a method of a Java class; there is no JVM here"
_SKETCH = (
    "reads or writes a binary format of Apache DataSketches; approx_count_distinct and approx_percentile are there"
)
_GEO = "the GEOMETRY and GEOGRAPHY types are not there"
_WRITER = "only says how a table is partitioned when it is written; DataFrameWriter.partitionBy does that here"
_NANOS = "timestamps hold microseconds; PySpark cannot carry nanoseconds to Python either"

#: not a gap of a stream engine: these say nothing about a row of a stream
OUT_OF_PLACE: Mapping[str, str] = {
    **dict.fromkeys(("java_method", "reflect", "try_reflect"), _JVM),
    **dict.fromkeys(("bucket", "days", "hours", "months", "years"), _WRITER),
    **dict.fromkeys(("timestamp_nanos", "unix_nanos"), _NANOS),
    "unwrap_udt": "user-defined types exist for the vectors and matrices of Spark's machine learning",
}

_REASONS: Mapping[str, str] = {
    "count_min_sketch": "a binary format of Spark's own that only a JVM reads back; approx_count_distinct is there",
    "histogram_numeric": "its bins depend on the order of the rows; approx_percentile is there",
}
_FAMILIES = (
    (("kll_", "tuple_"), _SKETCH),
    (("st_",), _GEO),
)


@functools.cache
def reason(name: str) -> str | None:
    """Why the function `name` of PySpark is not here; None if there is no such reason on record."""
    found = OUT_OF_PLACE.get(name) or _REASONS.get(name)
    if found is not None:
        return found
    for prefixes, why in _FAMILIES:
        if name.startswith(prefixes):
            return why
    return None
