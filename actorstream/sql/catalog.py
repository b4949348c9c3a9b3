"""`spark.catalog`: the temporary views of the session and the tables of its warehouse, which is one database.

Source: `pyspark.sql.catalog`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from actorstream.common.config import DEFAULT_SOURCE
from actorstream.connectors import files
from actorstream.dataflow.requests import Options, ReadRequest
from actorstream.errors import AnalysisException, PySparkNotImplementedError
from actorstream.expr.functions.aggregate import AGGREGATES
from actorstream.expr.registry import functions
from actorstream.expr.types import StructType, from_arrow_schema
from actorstream.expr.window_functions import OFFSETS, RANKS
from actorstream.sql.answers import matches
from actorstream.sql.layout import plan_shape
from actorstream.sql.relations import (
    GLOBAL,
    builtin_path,
    find_relation,
    find_table,
    find_temporary,
    is_global,
    not_found,
    relation,
    session_path,
)
from actorstream.sql.stored_views import drop_view
from actorstream.sql.streaming.readwriter import as_schema
from actorstream.sql.tables import (
    CATALOG,
    check_table_format,
    database_name,
    describe_table,
    name_parts,
    table_name,
)
from actorstream.storagelevel import StorageLevel

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame
    from actorstream.sql.session import SparkSession
    from actorstream.sql.tables import TableDescription


class CatalogMetadata(NamedTuple):
    """What `listCatalogs` says of a catalog."""

    name: str
    description: str | None


class Database(NamedTuple):
    """What `listDatabases` says of a database."""

    name: str
    catalog: str | None
    description: str | None
    locationUri: str


class Table(NamedTuple):
    """What `listTables` says of a view or table."""

    name: str
    catalog: str | None
    namespace: list[str] | None
    description: str | None
    tableType: str
    isTemporary: bool

    @property
    def database(self) -> str | None:
        """The namespace if it has one part."""
        return self.namespace[0] if self.namespace and len(self.namespace) == 1 else None


class Column(NamedTuple):
    """What `listColumns` says of a column."""

    name: str
    description: str | None
    dataType: str
    nullable: bool
    isPartition: bool
    isBucket: bool
    isCluster: bool


class Function(NamedTuple):
    """What `listFunctions` says of a function."""

    name: str
    catalog: str | None
    namespace: list[str] | None
    description: str | None
    className: str
    isTemporary: bool


class TablePartition(NamedTuple):
    """What `listPartitions` says of a partition."""

    partition: str


class Catalog:
    """Source: `pyspark.sql.catalog.Catalog`."""

    def __init__(self, session: SparkSession) -> None:
        self._session = session

    # ------------------------------------------------------------ catalogs and databases

    def currentCatalog(self) -> str:
        """Always ``spark_catalog``."""
        return CATALOG

    def setCurrentCatalog(self, catalogName: str) -> None:
        """There is one. Raises: PySparkNotImplementedError for another."""
        if catalogName.lower() != CATALOG:
            raise PySparkNotImplementedError(
                errorClass="NOT_IMPLEMENTED",
                messageParameters={"feature": f"The catalog `{catalogName}`", "remedy": f"There is one: {CATALOG}."},
            )

    def listCatalogs(self, pattern: str | None = None) -> list[CatalogMetadata]:
        """The one catalog."""
        return [CatalogMetadata(CATALOG, None)] if matches(CATALOG, pattern) else []

    def currentDatabase(self) -> str:
        """The database of names that say none."""
        return self._session._warehouse.current

    def setCurrentDatabase(self, dbName: str) -> None:
        """Change it. Raises: AnalysisException SCHEMA_NOT_FOUND."""
        self._session._warehouse.use(database_name(dbName))

    def listDatabases(self, pattern: str | None = None) -> list[Database]:
        """All databases of the warehouse."""
        return [self.getDatabase(name) for name in self._session._warehouse.databases() if matches(name, pattern)]

    def getDatabase(self, dbName: str) -> Database:
        """A database. Raises: AnalysisException SCHEMA_NOT_FOUND."""
        found = self._session._warehouse.database(database_name(dbName))
        return Database(found.name, CATALOG, found.comment, f"file:{found.location}")

    def databaseExists(self, dbName: str) -> bool:
        """Whether there is a database of that name."""
        parts = [part for part in name_parts(dbName) if part.lower() != CATALOG]
        return len(parts) == 1 and self._session._warehouse.has_database(parts[0])

    def createDatabase(self, dbName: str, ifNotExists: bool = False, properties: dict[str, str] | None = None) -> None:
        """Make a database: a folder of the warehouse. Raises: AnalysisException SCHEMA_ALREADY_EXISTS."""
        if not (ifNotExists and self.databaseExists(dbName)):
            self._session._warehouse.create_database(database_name(dbName), properties=properties)

    def dropDatabase(self, dbName: str, ifExists: bool = False, cascade: bool = False) -> None:
        """Forget a database; with `cascade` its tables go with it.

        Raises: AnalysisException SCHEMA_NOT_FOUND, SCHEMA_NOT_EMPTY, UNSUPPORTED_FEATURE.DROP_DATABASE for ``default``.
        """
        if not (ifExists and not self.databaseExists(dbName)):
            self._session._warehouse.drop_database(database_name(dbName), cascade=cascade)

    # ------------------------------------------------------------ functions

    def listFunctions(self, dbName: str | None = None, pattern: str | None = None) -> list[Function]:
        """All functions, built in or registered. Raises: AnalysisException SCHEMA_NOT_FOUND."""
        if dbName is not None:
            self._check_database(dbName)
        return [_function(name, entry) for name, entry in sorted(self._functions().items()) if matches(name, pattern)]

    def functionExists(self, functionName: str, dbName: str | None = None) -> bool:
        """Whether there is a function of that name; functions are in no database."""
        return dbName is None and functionName.lower() in self._functions()

    def getFunction(self, functionName: str) -> Function:
        """A function. Raises: AnalysisException UNRESOLVED_ROUTINE."""
        known = self._functions()
        name = functionName.lower()
        if name not in known:
            quoted = ".".join(f"`{part}`" for part in name_parts(functionName))
            raise AnalysisException(
                errorClass="UNRESOLVED_ROUTINE",
                messageParameters={"routineName": quoted, "searchPath": builtin_path(self._session)},
            )
        return _function(name, known[name])

    def registerFunction(self, name: str, f: Any, returnType: Any = None) -> Any:
        """The old name of `spark.udf.register`."""
        return self._session.udf.register(name, f, returnType)

    def _functions(self) -> dict[str, str | None]:
        """Every name with what it does; None for a function of the user."""
        known: dict[str, str | None] = {name: entry.doc for name, entry in functions().items()}
        known.update(dict.fromkeys((*AGGREGATES, *RANKS, *OFFSETS, "nth_value"), ""))
        conf = self._session._conf
        known.update(dict.fromkeys((*conf.routines, *conf.table_routines)))
        return known

    # ------------------------------------------------------------ tables

    def listTables(self, dbName: str | None = None, pattern: str | None = None) -> list[Table]:
        """All tables and views of a database, the current one unless named; then all temporary views.

        Raises: AnalysisException SCHEMA_NOT_FOUND.
        """
        found = [*self._stored(dbName), *(_temporary(name) for name in self._session._views.names())]
        return [table for table in found if matches(table.name, pattern)]

    def _stored(self, database: str | None) -> list[Table]:
        """The tables and views of a database, or all temporary views of ``global_temp``."""
        warehouse = self._session._warehouse
        place = warehouse.current if database is None else database_name(database)
        if place.lower() == GLOBAL:
            return [_temporary(name, GLOBAL) for name in self._session._global_views.names()]
        return [_table(table) for table in warehouse.tables(place)]

    def getTable(self, tableName: str) -> Table:
        """A view or table. Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND."""
        if find_temporary(self._session, tableName) is not None:
            name = name_parts(tableName)[-1]
            return _temporary(name, GLOBAL) if is_global(tableName) else _temporary(name)
        table = find_table(self._session, tableName)
        if table is None:
            raise not_found(self._session, tableName, session_path(self._session))
        return _table(table)

    def listColumns(self, tableName: str, dbName: str | None = None) -> list[Column]:
        """Columns of a view or table. Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND."""
        name = tableName if dbName is None else f"{dbName}.{tableName}"
        table = None if find_temporary(self._session, name) is not None else find_table(self._session, name)
        partition_by = () if table is None else table.partition_by
        buckets = () if table is None or table.buckets is None else table.buckets.columns
        clusters = () if table is None else table.cluster_by
        return [
            Column(
                item.name,
                item.metadata.get("comment"),
                item.dataType.simpleString(),
                item.nullable,
                item.name in partition_by,
                item.name in buckets,
                item.name in clusters,
            )
            for item in relation(self._session, name).schema
        ]

    def tableExists(self, tableName: str, dbName: str | None = None) -> bool:
        """Whether there is a view or table of that name."""
        name = tableName if dbName is None else f"{dbName}.{tableName}"
        return find_temporary(self._session, name) is not None or find_table(self._session, name) is not None

    def createTable(
        self,
        tableName: str,
        path: str | None = None,
        source: str | None = None,
        schema: StructType | str | None = None,
        description: str | None = None,
        **options: Any,
    ) -> DataFrame:
        """Make an empty table, or one over the files of `path`.

        Args:
            source: the format; ``spark.sql.sources.default`` if absent.
            schema: columns; told by the files if absent.
            options: of the format; they stay with the table.
        Raises: AnalysisException TABLE_OR_VIEW_ALREADY_EXISTS, UNABLE_TO_INFER_SCHEMA.
        """
        session = self._session
        name = table_name(tableName, session._warehouse.current)
        provider = source or session._conf.value(DEFAULT_SOURCE)
        check_table_format(name, provider)
        texts = Options()
        for key, value in options.items():
            texts = texts.with_option(key, value)
        columns = as_schema(schema) if schema is not None else self._inferred(provider, path, texts)
        table = describe_table(session._warehouse, name, provider, columns, (), path or texts.get("path"), texts)
        session._warehouse.create(replace(table, comment=description))
        return session.table(tableName)

    def createExternalTable(
        self,
        tableName: str,
        path: str | None = None,
        source: str | None = None,
        schema: StructType | str | None = None,
        **options: Any,
    ) -> DataFrame:
        """The old name of `createTable`."""
        return self.createTable(tableName, path, source, schema, **options)

    def dropTable(self, tableName: str, ifExists: bool = False, purge: bool = False) -> None:
        """Drop a table; the files of a managed one go with it. Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND."""
        table = find_table(self._session, tableName)
        if table is not None:
            self._session._warehouse.drop(table)
        elif not ifExists:
            raise not_found(self._session, tableName, session_path(self._session))

    def truncateTable(self, tableName: str) -> None:
        """Delete the rows of a table. Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND."""
        table = self._table_named(tableName)
        self._session.table(tableName).limit(0).write._insert(table, overwrite=True)

    def listPartitions(self, tableName: str) -> list[TablePartition]:
        """The partitions of a table that have files.

        Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND, INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY.
        """
        table = self._table_named(tableName)
        if not table.partition_by:
            raise AnalysisException(
                errorClass="INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY",
                messageParameters={"name": table.full_name},
            )
        root = Path(table.location)
        depth = len(table.partition_by)
        found = [path for path in root.glob("/".join(["*=*"] * depth)) if path.is_dir() and any(path.iterdir())]
        return [TablePartition(path.relative_to(root).as_posix()) for path in sorted(found)]

    def recoverPartitions(self, tableName: str) -> None:
        """Checks the name: partitions are what is there. Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND, NOT_A_PARTITIONED_TABLE."""
        table = self._table_named(tableName)
        if not table.partition_by:
            raise AnalysisException(
                errorClass="NOT_A_PARTITIONED_TABLE",
                messageParameters={
                    "operation": "ALTER TABLE RECOVER PARTITIONS",
                    "tableIdentWithDB": table.full_name,
                },
            )

    def analyzeTable(self, tableName: str, noScan: bool = False) -> None:
        """Checks the name: no plan here depends on statistics."""
        self._check_table(tableName)

    def getTableProperties(self, tableName: str) -> dict[str, str]:
        """What TBLPROPERTIES said. Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND."""
        return dict(self._table_named(tableName).properties)

    def getCreateTableString(self, tableName: str, asSerde: bool = False) -> str:
        """The statement that makes the table. Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND."""
        table = self._table_named(tableName)
        if table.query is not None:
            names = ",\n".join(f"  {field.name}" for field in table.schema.fields)
            view = f"CREATE VIEW {table.identifier.database}.{table.name} (\n{names})\n"
            comment = "" if table.comment is None else f"COMMENT '{table.comment}'\n"
            return f"{view}{comment}{_properties(table)}WITH SCHEMA COMPENSATION\nAS {table.query}\n"
        columns = ",\n".join(f"  {StructType([field]).toDDL()}" for field in table.schema.fields)
        lines = [f"CREATE TABLE {table.dotted_name} (\n{columns})", f"USING {table.provider}"]
        if table.options:
            pairs = ",\n".join(f"  '{key}' = '{value}'" for key, value in sorted(table.options.items()))
            lines.append(f"OPTIONS (\n{pairs})")
        if table.partition_by:
            lines.append(f"PARTITIONED BY ({', '.join(table.partition_by)})")
        if not table.managed:
            lines.append(f"LOCATION 'file:{table.location}'")
        if table.comment is not None:
            lines.append(f"COMMENT '{table.comment}'")
        return "\n".join(lines) + "\n" + _properties(table)

    def _table_named(self, name: str) -> TableDescription:
        table = find_table(self._session, name)
        if table is None:
            raise not_found(self._session, name)
        return table

    def _inferred(self, provider: str, path: str | None, options: Options) -> StructType:
        if path is None and "path" not in options:
            label = {"csv": "CSV", "json": "JSON", "orc": "ORC", "text": "Text"}.get(provider.lower(), "Parquet")
            raise AnalysisException(errorClass="UNABLE_TO_INFER_SCHEMA", messageParameters={"format": label})
        request = ReadRequest(
            format=provider.lower(),
            options=options,
            conf=self._session._conf,
            paths=(path or options["path"],),
            streaming=False,
        )
        return from_arrow_schema(files.provider(request).schema)

    # ------------------------------------------------------------ temporary views

    def listViews(self, dbName: str | None = None, pattern: str | None = None) -> list[Table]:
        """All views of a database, the current one unless named; then all temporary views."""
        stored = [
            table for table in self._stored(dbName) if table.tableType != "MANAGED" and table.tableType != "EXTERNAL"
        ]
        found = [*stored, *(_temporary(name) for name in self._session._views.names())]
        return [table for table in found if matches(table.name, pattern)]

    def dropView(self, viewName: str, ifExists: bool = False) -> None:
        """Drop a view. Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND, WRONG_COMMAND_FOR_OBJECT_TYPE."""
        if not self._session._views.drop(viewName):
            drop_view(self._session, viewName, if_exists=ifExists)

    def dropTempView(self, viewName: str) -> bool:
        """Drop a view; a query that fills it goes on (MEM-81). Returns: whether it existed."""
        return self._session._views.drop(viewName)

    def dropGlobalTempView(self, viewName: str) -> bool:
        """Drop a view of all sessions. Returns: whether it existed."""
        return self._session._global_views.drop(viewName)

    # ------------------------------------------------------------ caches

    def cacheTable(self, tableName: str, storageLevel: object = None) -> None:
        """Remember that a table is to be cached: static data is in memory, or read anew, either way."""
        level = storageLevel if isinstance(storageLevel, StorageLevel) else StorageLevel.MEMORY_AND_DISK_DESER
        self._session._cached.setdefault(self._shape(tableName), level)

    def uncacheTable(self, tableName: str) -> None:
        """Forget it. Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND."""
        self._session._cached.pop(self._shape(tableName), None)

    def isCached(self, tableName: str) -> bool:
        """Whether the table, or a frame with its plan, is to be cached. Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND."""
        return self._shape(tableName) in self._session._cached

    def clearCache(self) -> None:
        """Forget all of them."""
        self._session._cached.clear()

    def refreshTable(self, tableName: str) -> None:
        """Checks the name; a view or table always shows what is there."""
        self._check_table(tableName)

    def refreshByPath(self, path: str) -> None:
        """Nothing to do: files are listed anew for every run."""

    def _shape(self, name: str) -> str:
        return plan_shape(relation(self._session, name))

    def _check_table(self, name: str) -> None:
        if find_relation(self._session, name) is None:
            raise not_found(self._session, name)

    def _check_database(self, name: str) -> None:
        self._session._warehouse.database(database_name(name))


def _properties(table: TableDescription) -> str:
    if not table.properties:
        return ""
    pairs = ",\n".join(f"  '{key}' = '{value}'" for key, value in sorted(table.properties.items()))
    return f"TBLPROPERTIES (\n{pairs})\n"


def _table(table: TableDescription) -> Table:
    return Table(table.name, CATALOG, [table.identifier.database], table.comment, table.kind, False)


def _function(name: str, doc: str | None) -> Function:
    return Function(name, None, None, "N/A." if doc is None else doc, f"actorstream.{name}", True)


def _temporary(name: str, *namespace: str) -> Table:
    return Table(name, None, list(namespace), None, "TEMPORARY", True)
