"""To and from pandas, which is an extra: `pip install actorstream[pandas]`."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from actorstream.common.hashing import one_array
from actorstream.errors import PySparkImportError
from actorstream.expr.local_time import local_values
from actorstream.expr.rows import table_to_rows
from actorstream.expr.types import (
    ArrayType,
    MapType,
    StructType,
    TimestampNTZType,
    TimestampType,
    VariantType,
    holds,
)

_NESTED = (ArrayType, MapType, StructType)


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


def to_pandas(table: pa.Table, schema: StructType, zone: str, *, unit: str = "us", plain: bool = False) -> Any:
    """A table as a pandas DataFrame; moments become naive local times.

    Args:
        zone: of the local times.
        unit: of times: ``us`` or ``ns``.
        plain: whether arrays and structs are lists and rows, and not numpy arrays and dictionaries.
    """
    pandas = require_pandas()
    names = table.column_names
    columns = [local_values(one_array(column), zone) for column in table.columns]
    local = pa.Table.from_arrays(columns, names=[str(place) for place in range(len(names))])
    frame = local.to_pandas(date_as_object=True, maps_as_pydicts="strict")
    for place, field in enumerate(schema.fields):
        key = str(place)
        if isinstance(field.dataType, (TimestampType, TimestampNTZType)):
            frame[key] = frame[key].astype(f"datetime64[{unit}]")
        elif (plain and isinstance(field.dataType, _NESTED)) or holds(field.dataType, VariantType, in_maps=True):
            rows = table_to_rows(table.select([place]), StructType([field]))
            frame[key] = pandas.Series([row[0] for row in rows], dtype=object)
    frame.columns = names
    return frame
