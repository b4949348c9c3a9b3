"""To and from pandas, which is an extra: `pip install actorstream[pandas]`."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from actorstream.errors import PySparkImportError
from actorstream.expr.rows import table_to_rows
from actorstream.expr.types import ArrayType, MapType, StructType, TimestampNTZType, TimestampType, VariantType


def require_pandas() -> Any:
    """The module. Raises: PySparkImportError PACKAGE_NOT_INSTALLED."""
    try:
        import pandas
    except ImportError:
        raise PySparkImportError(
            errorClass="PACKAGE_NOT_INSTALLED",
            messageParameters={"package_name": "Pandas", "minimum_version": "2.2.0"},
        ) from None
    return pandas


def to_pandas(table: pa.Table, schema: StructType) -> Any:
    """A table as a pandas DataFrame; timestamps become naive local ones, structs, maps and variants Python objects."""
    pandas = require_pandas()
    shaped = (ArrayType, MapType, StructType, VariantType)
    nested = {field.name for field in schema.fields if isinstance(field.dataType, shaped)}
    names = table.column_names
    frame = table.rename_columns([str(place) for place in range(len(names))]).to_pandas(date_as_object=True)
    for place, field in enumerate(schema.fields):
        key = str(place)
        if isinstance(field.dataType, TimestampType):
            moments = frame[key].dt.tz_convert(None) if frame[key].dt.tz is not None else frame[key]
            frame[key] = moments.astype("datetime64[ns]")
        elif isinstance(field.dataType, TimestampNTZType):
            frame[key] = frame[key].astype("datetime64[ns]")
        elif field.name in nested:
            rows = table_to_rows(table.select([place]), StructType([field]))
            frame[key] = pandas.Series([row[0] for row in rows], dtype=object)
    frame.columns = names
    return frame
