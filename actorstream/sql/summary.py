"""`describe` and `summary`: statistics of all columns as a small table of texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from actorstream.errors import IllegalArgumentException
from actorstream.expr.types import NumericType, StringType, StructField, StructType
from actorstream.sql import functions as F
from actorstream.sql.column import Column

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame

DESCRIBE = ("count", "mean", "stddev", "min", "max")
SUMMARY = ("count", "mean", "stddev", "min", "25%", "50%", "75%", "max")

_STATISTICS: Mapping[str, Callable[[Column], Column]] = {
    "count": F.count,
    "count_distinct": F.count_distinct,
    "approx_count_distinct": F.approx_count_distinct,
    "mean": lambda column: F.avg(column.try_cast("double")),
    "stddev": lambda column: F.stddev(column.try_cast("double")),
    "min": F.min,
    "max": F.max,
}


def summarize(frame: DataFrame, names: Sequence[str], statistics: Sequence[str]) -> DataFrame:
    """One row per statistic, one text column per column; computed at once.

    Args:
        names: columns; the numeric and text ones if there are none. Others are left out.
    Raises: IllegalArgumentException UNRECOGNIZED_STATISTIC; AnalysisException for unknown columns.
    """
    measures = [(name, _measure(name)) for name in statistics]
    schema = frame.select(*names).schema if names else frame.schema
    columns = [field for field in schema.fields if isinstance(field.dataType, (NumericType, StringType))]
    # a share of a text is that of the number it spells
    cells = [
        measure(_number(field) if name.endswith("%") else F.col(f"`{field.name}`")).cast("string").alias(f"{place}")
        for place, (name, measure, field) in enumerate(
            (name, measure, field) for name, measure in measures for field in columns
        )
    ]
    values = list(frame.agg(*cells).collect()[0]) if cells else []
    width = len(columns)
    rows = [(name, *values[place * width : (place + 1) * width]) for place, (name, _) in enumerate(measures)]
    fields = [StructField("summary", StringType()), *(StructField(field.name, StringType()) for field in columns)]
    return frame.sparkSession.createDataFrame(rows, StructType(fields))


def _number(field: StructField) -> Column:
    column = F.col(f"`{field.name}`")
    return column.try_cast("double") if isinstance(field.dataType, StringType) else column


def _measure(name: str) -> Callable[[Column], Column]:
    known = _STATISTICS.get(name)
    if known is not None:
        return known
    if name.endswith("%"):
        try:
            share = float(name[:-1]) / 100
        except ValueError:
            raise IllegalArgumentException(f"Unable to parse {name} as a percentile") from None
        if not 0 <= share <= 1:
            raise IllegalArgumentException("requirement failed: Percentiles must be in the range [0, 1]")
        return lambda column: F.percentile_approx(column, share, 10000)
    raise IllegalArgumentException(errorClass="UNRECOGNIZED_STATISTIC", messageParameters={"stats": f"'{name}'"})
