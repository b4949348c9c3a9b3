"""The DataFrame front end under PySpark's names (`pyspark.sql`). Everything in here is loaded when it is first asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from actorstream.expr.row import Row as Row
    from actorstream.sql.catalog import Catalog as Catalog
    from actorstream.sql.column import Column as Column
    from actorstream.sql.context import HiveContext as HiveContext
    from actorstream.sql.context import SQLContext as SQLContext
    from actorstream.sql.dataframe import DataFrame as DataFrame
    from actorstream.sql.group import GroupedData as GroupedData
    from actorstream.sql.map_groups import PandasCogroupedOps as PandasCogroupedOps
    from actorstream.sql.na import DataFrameNaFunctions as DataFrameNaFunctions
    from actorstream.sql.observation import Observation as Observation
    from actorstream.sql.readwriter import DataFrameReader as DataFrameReader
    from actorstream.sql.readwriter import DataFrameWriter as DataFrameWriter
    from actorstream.sql.session import SparkSession as SparkSession
    from actorstream.sql.stat import DataFrameStatFunctions as DataFrameStatFunctions
    from actorstream.sql.udf import UDFRegistration as UDFRegistration
    from actorstream.sql.udtf import UDTFRegistration as UDTFRegistration
    from actorstream.sql.utils import is_remote as is_remote
    from actorstream.sql.window import Window as Window
    from actorstream.sql.window import WindowSpec as WindowSpec
    from actorstream.sql.writer_v2 import DataFrameWriterV2 as DataFrameWriterV2

_EXPORTS: Mapping[str, str] = {
    "Row": "actorstream.expr.row",
    "Catalog": "actorstream.sql.catalog",
    "Column": "actorstream.sql.column",
    "DataFrame": "actorstream.sql.dataframe",
    "HiveContext": "actorstream.sql.context",
    "SQLContext": "actorstream.sql.context",
    "DataFrameNaFunctions": "actorstream.sql.na",
    "GroupedData": "actorstream.sql.group",
    "DataFrameStatFunctions": "actorstream.sql.stat",
    "Observation": "actorstream.sql.observation",
    "PandasCogroupedOps": "actorstream.sql.map_groups",
    "UDFRegistration": "actorstream.sql.udf",
    "UDTFRegistration": "actorstream.sql.udtf",
    "is_remote": "actorstream.sql.utils",
    "DataFrameReader": "actorstream.sql.readwriter",
    "DataFrameWriter": "actorstream.sql.readwriter",
    "DataFrameWriterV2": "actorstream.sql.writer_v2",
    "SparkSession": "actorstream.sql.session",
    "Window": "actorstream.sql.window",
    "WindowSpec": "actorstream.sql.window",
}

__all__ = [
    "Catalog",
    "Column",
    "DataFrame",
    "DataFrameNaFunctions",
    "DataFrameReader",
    "DataFrameStatFunctions",
    "DataFrameWriter",
    "DataFrameWriterV2",
    "GroupedData",
    "HiveContext",
    "Observation",
    "PandasCogroupedOps",
    "Row",
    "SQLContext",
    "SparkSession",
    "UDFRegistration",
    "UDTFRegistration",
    "Window",
    "WindowSpec",
    "is_remote",
]


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_EXPORTS[name]), name)


def __dir__() -> list[str]:
    return sorted([*_EXPORTS, "functions", "streaming", "types", "window"])
