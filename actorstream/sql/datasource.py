"""`pyspark.sql.datasource`: the classes of a data source written in Python, and where a session registers them."""

from __future__ import annotations

from actorstream.connectors import connector
from actorstream.connectors.python import PythonConnector
from actorstream.connectors.python.interface import (
    CaseInsensitiveDict,
    ColumnPath,
    DataSource,
    DataSourceArrowWriter,
    DataSourceReader,
    DataSourceStreamArrowWriter,
    DataSourceStreamReader,
    DataSourceStreamWriter,
    DataSourceWriter,
    EqualNullSafe,
    EqualTo,
    Filter,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    InputPartition,
    IsNotNull,
    IsNull,
    LessThan,
    LessThanOrEqual,
    Not,
    SimpleDataSourceStreamReader,
    StringContains,
    StringEndsWith,
    StringStartsWith,
    WriterCommitMessage,
)
from actorstream.errors import AnalysisException

__all__ = [
    "CaseInsensitiveDict",
    "ColumnPath",
    "DataSource",
    "DataSourceArrowWriter",
    "DataSourceReader",
    "DataSourceRegistration",
    "DataSourceStreamArrowWriter",
    "DataSourceStreamReader",
    "DataSourceStreamWriter",
    "DataSourceWriter",
    "EqualNullSafe",
    "EqualTo",
    "Filter",
    "GreaterThan",
    "GreaterThanOrEqual",
    "In",
    "InputPartition",
    "IsNotNull",
    "IsNull",
    "LessThan",
    "LessThanOrEqual",
    "Not",
    "SimpleDataSourceStreamReader",
    "StringContains",
    "StringEndsWith",
    "StringStartsWith",
    "WriterCommitMessage",
]


class DataSourceRegistration:
    """``spark.dataSource``: the data sources of a session, by name in any case."""

    def __init__(self, known: dict[str, PythonConnector]) -> None:
        self._known = known

    def register(self, dataSource: type[DataSource]) -> None:
        """Make a class available as a format. A later class of the same name takes its place.

        Raises: AnalysisException DATA_SOURCE_ALREADY_EXISTS for the name of a built-in format.
        """
        name = dataSource.name()
        if connector(name) is not None:
            raise AnalysisException(errorClass="DATA_SOURCE_ALREADY_EXISTS", messageParameters={"provider": name})
        self._known[name.lower()] = PythonConnector(dataSource)
