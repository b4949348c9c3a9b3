"""Functions of PySpark that are not here, each with its reason: what errors and ``docs/functions.md`` say about them."""

from __future__ import annotations

from collections.abc import Mapping

_JVM = "calls a method of a Java class; there is no JVM here"
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

_GEO_PREFIX = "st_"


def reason(name: str) -> str | None:
    """Why the function `name` of PySpark is not here; None if there is no such reason on record."""
    return OUT_OF_PLACE.get(name) or (_GEO if name.startswith(_GEO_PREFIX) else None)
