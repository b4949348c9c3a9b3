"""`SQLContext`: the entry point of old scripts. All it does, a session does. Source: `pyspark.sql.context`."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from actorstream.sql.session import SparkSession

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame
    from actorstream.sql.readwriter import DataFrameReader
    from actorstream.sql.spark_context import SparkContext
    from actorstream.sql.streaming.manager import StreamingQueryManager
    from actorstream.sql.streaming.readwriter import DataStreamReader
    from actorstream.sql.udf import UDFRegistration
    from actorstream.sql.udtf import UDTFRegistration

__all__ = ["HiveContext", "SQLContext"]

_UNSET = object()


class SQLContext:
    """A session under its old name.

    Args:
        sparkContext: whose session is used, or made.
        sparkSession: the session; that of the context if absent.
    """

    def __init__(
        self, sparkContext: SparkContext, sparkSession: SparkSession | None = None, jsqlContext: object = None
    ) -> None:
        warnings.warn("SQLContext is old: use SparkSession.builder.getOrCreate().", FutureWarning, stacklevel=2)
        self.sparkSession = sparkSession or SparkSession.builder.getOrCreate()
        self._sc = sparkContext

    @classmethod
    def getOrCreate(cls, sc: SparkContext | None = None) -> SQLContext:
        """The one of the session of this process."""
        session = SparkSession.builder.getOrCreate()
        return cls(sc or session.sparkContext, session)

    def newSession(self) -> SQLContext:
        """One with views and settings of its own."""
        return type(self)(self._sc, self.sparkSession.newSession())

    def setConf(self, key: str, value: str | int | bool) -> None:
        """Set a key."""
        self.sparkSession.conf.set(key, value)

    def getConf(self, key: str, defaultValue: Any = _UNSET) -> Any:
        """The value of a key."""
        if defaultValue is _UNSET:
            return self.sparkSession.conf.get(key)
        return self.sparkSession.conf.get(key, defaultValue)

    @property
    def udf(self) -> UDFRegistration:
        """Names Python functions for SQL text."""
        return self.sparkSession.udf

    @property
    def udtf(self) -> UDTFRegistration:
        """Names Python table functions for SQL text."""
        return self.sparkSession.udtf

    def registerFunction(self, name: str, f: Any, returnType: Any = None) -> Any:
        """The old name of `udf.register`."""
        return self.sparkSession.udf.register(name, f, returnType)

    def range(self, start: int, end: int | None = None, step: int = 1, numPartitions: int | None = None) -> DataFrame:
        """Numbers as the column ``id``."""
        return self.sparkSession.range(start, end, step, numPartitions)

    def createDataFrame(
        self, data: Any, schema: Any = None, samplingRatio: float | None = None, verifySchema: bool = True
    ) -> DataFrame:
        """A static DataFrame."""
        return self.sparkSession.createDataFrame(data, schema, samplingRatio, verifySchema)

    def registerDataFrameAsTable(self, df: DataFrame, tableName: str) -> None:
        """Make a temporary view."""
        df.createOrReplaceTempView(tableName)

    def dropTempTable(self, tableName: str) -> None:
        """Drop a temporary view."""
        self.sparkSession.catalog.dropTempView(tableName)

    def createExternalTable(
        self, tableName: str, path: str | None = None, source: str | None = None, schema: Any = None, **options: Any
    ) -> DataFrame:
        """The old name of `catalog.createTable`."""
        return self.sparkSession.catalog.createTable(tableName, path, source, schema, **options)

    def sql(self, sqlQuery: str) -> DataFrame:
        """The DataFrame of a query."""
        return self.sparkSession.sql(sqlQuery)

    def table(self, tableName: str) -> DataFrame:
        """The DataFrame of a view or table."""
        return self.sparkSession.table(tableName)

    def tables(self, dbName: str | None = None) -> DataFrame:
        """What SHOW TABLES tells."""
        return self.sparkSession.sql("SHOW TABLES" if dbName is None else f"SHOW TABLES IN {dbName}")

    def tableNames(self, dbName: str | None = None) -> list[str]:
        """The names of views and tables."""
        return [str(row.tableName) for row in self.tables(dbName).collect()]

    def cacheTable(self, tableName: str) -> None:
        """As in the catalog."""
        self.sparkSession.catalog.cacheTable(tableName)

    def uncacheTable(self, tableName: str) -> None:
        """As in the catalog."""
        self.sparkSession.catalog.uncacheTable(tableName)

    def clearCache(self) -> None:
        """As in the catalog."""
        self.sparkSession.catalog.clearCache()

    @property
    def read(self) -> DataFrameReader:
        """Reads static data."""
        return self.sparkSession.read

    @property
    def readStream(self) -> DataStreamReader:
        """Reads streams."""
        return self.sparkSession.readStream

    @property
    def streams(self) -> StreamingQueryManager:
        """The streaming queries."""
        return self.sparkSession.streams


class HiveContext(SQLContext):
    """The same: there is no Hive."""

    def refreshTable(self, tableName: str) -> None:
        """As in the catalog."""
        self.sparkSession.catalog.refreshTable(tableName)
