"""`spark.catalog`: the temporary views of the session (it has no databases and no stored tables)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from actorstream.sql.session import SparkSession


class Table(NamedTuple):
    """What `listTables` says of a view."""

    name: str
    catalog: str | None
    namespace: list[str] | None
    description: str | None
    tableType: str
    isTemporary: bool

    @property
    def database(self) -> str | None:
        """The namespace if it has one part."""
        return self.namespace[0] if self.namespace else None


class Column(NamedTuple):
    """What `listColumns` says of a column."""

    name: str
    description: str | None
    dataType: str
    nullable: bool
    isPartition: bool
    isBucket: bool
    isCluster: bool


class Catalog:
    """Source: `pyspark.sql.catalog.Catalog`."""

    def __init__(self, session: SparkSession) -> None:
        self._session = session

    def currentCatalog(self) -> str:
        """Always ``spark_catalog``."""
        return "spark_catalog"

    def currentDatabase(self) -> str:
        """Always ``default``."""
        return "default"

    def listTables(self, dbName: str | None = None, pattern: str | None = None) -> list[Table]:
        """All temporary views."""
        from fnmatch import fnmatchcase

        names = self._session._views.names()
        return [
            Table(name, None, [], None, "TEMPORARY", True)
            for name in names
            if pattern is None or fnmatchcase(name.lower(), pattern.lower())
        ]

    def getTable(self, tableName: str) -> Table:
        """A view. Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND."""
        self._session._views.get(tableName)
        return Table(tableName, None, [], None, "TEMPORARY", True)

    def listColumns(self, tableName: str, dbName: str | None = None) -> list[Column]:
        """Columns of a view. Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND."""
        schema = self._session._views.get(tableName).schema
        return [
            Column(item.name, None, item.dataType.simpleString(), item.nullable, False, False, False) for item in schema
        ]

    def tableExists(self, tableName: str, dbName: str | None = None) -> bool:
        """Whether there is a view of that name."""
        return self._session._views.find(tableName) is not None

    def dropTempView(self, viewName: str) -> bool:
        """Drop a view; a query that fills it goes on (MEM-81). Returns: whether it existed."""
        return self._session._views.drop(viewName)

    def dropGlobalTempView(self, viewName: str) -> bool:
        """Drop a view that was made global."""
        return self._session._views.drop(viewName)

    def cacheTable(self, tableName: str, storageLevel: object = None) -> None:
        """Checks the name; views are kept in memory anyway."""
        self._session._views.get(tableName)

    def uncacheTable(self, tableName: str) -> None:
        """Checks the name."""
        self._session._views.get(tableName)

    def isCached(self, tableName: str) -> bool:
        """False: nothing is cached."""
        self._session._views.get(tableName)
        return False

    def clearCache(self) -> None:
        """Nothing to clear."""

    def refreshTable(self, tableName: str) -> None:
        """Checks the name; a view always shows what is there."""
        self._session._views.get(tableName)
