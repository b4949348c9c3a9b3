"""The tables of a session's warehouse: names for directories of files, kept on disk so that any later process finds them.

``<warehouse>/_tables/<name>.json`` describes one table: format, columns, partition columns, place, options; or a view: its query. The
rows of a managed table are below ``<warehouse>/<name>``; a table with a path of its own only points there. Databases other than
``default`` are described in ``_databases``, their tables in ``_tables/<database>``, their rows are below ``<warehouse>/<database>.db``.
`relations` turns a table into a plan.
Source: Spark's session catalog, IO-18.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from actorstream.checkpoint.files import FileExists
from actorstream.checkpoint.local import LocalFiles
from actorstream.common.config import WAREHOUSE_DIR, Conf
from actorstream.connectors import connector
from actorstream.connectors.files import FORMATS
from actorstream.connectors.files.layout import NULL_FOLDER, escaped
from actorstream.connectors.files.paths import absolute
from actorstream.errors import AnalysisException, ParseException, SparkRuntimeException, UnsupportedOperationException
from actorstream.expr.types import StructField, StructType

CATALOG = "spark_catalog"
DATABASE = "default"

_TABLES = "_tables"
_DATABASES = "_databases"
#: 2 has databases, views, comments, properties and buckets; what 1 says is read as before
_VERSION = 2
#: the limit of the reference
_BUCKETS_MAX = 100_000
_PART = re.compile(r"`((?:[^`]|``)+)`|([^.`]+)")
_PLAIN = re.compile(r"\w+\Z", re.ASCII)


class TableName(NamedTuple):
    """A table or stored view; names ignore case and are kept in lower case."""

    database: str
    name: str

    @property
    def quoted(self) -> str:
        """Catalog, database and name, in backquotes."""
        return f"`{CATALOG}`.`{self.database}`.`{self.name}`"

    @property
    def dotted(self) -> str:
        """Catalog, database and name."""
        return f"{CATALOG}.{self.database}.{self.name}"


@dataclass(frozen=True, slots=True)
class Buckets:
    """What `bucketBy` and `sortBy` said. It is kept and told; files are written as without it."""

    count: int
    columns: tuple[str, ...]
    sort: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableDescription:
    """A table, or a stored view, as the warehouse knows it.

    Args:
        schema: data columns, then those of `partition_by`; all nullable.
        location: absolute path of the directory with its files; empty for a view.
        managed: whether dropping the table deletes its files.
        options: of the format, for reading and writing.
        query: the text of a view; names in it mean what they did in its database.
        query_columns: the columns of that query, before the view names them.
    """

    identifier: TableName
    provider: str
    schema: StructType
    partition_by: tuple[str, ...]
    location: str
    managed: bool
    options: Mapping[str, str] = field(default_factory=dict)
    comment: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    buckets: Buckets | None = None
    cluster_by: tuple[str, ...] = ()
    query: str | None = None
    query_columns: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Without database."""
        return self.identifier.name

    @property
    def full_name(self) -> str:
        """Catalog, database and name, in backquotes."""
        return self.identifier.quoted

    @property
    def dotted_name(self) -> str:
        """Catalog, database and name."""
        return self.identifier.dotted

    @property
    def kind(self) -> str:
        """``MANAGED``, ``EXTERNAL`` or ``VIEW``."""
        return "VIEW" if self.query is not None else "MANAGED" if self.managed else "EXTERNAL"


@dataclass(frozen=True, slots=True)
class DatabaseDescription:
    """A database: a folder of the warehouse, unless it was put elsewhere."""

    name: str
    location: str
    comment: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)


class Warehouse:
    """The databases, tables and views below ``spark.sql.warehouse.dir``. Keeps nothing in memory: what is on disk counts."""

    def __init__(self, conf: Conf) -> None:
        self._conf = conf

    @property
    def root(self) -> str:
        """The warehouse directory, absolute."""
        return absolute(self._conf.value(WAREHOUSE_DIR))

    # ------------------------------------------------------------ databases

    @property
    def current(self) -> str:
        """The database of names without one."""
        return self._conf.database

    def use(self, database: str) -> None:
        """Change it. Raises: AnalysisException SCHEMA_NOT_FOUND."""
        self._conf.database = self.database(database).name

    def databases(self) -> list[str]:
        """All of them, sorted."""
        return sorted([DATABASE, *self._described(_DATABASES)])

    def has_database(self, name: str) -> bool:
        """Whether there is such a database."""
        return name.lower() == DATABASE or self._read(f"{_DATABASES}/{name.lower()}.json") is not None

    def database(self, name: str) -> DatabaseDescription:
        """A database. Raises: AnalysisException SCHEMA_NOT_FOUND; SparkRuntimeException for a damaged description."""
        if name.lower() == DATABASE:
            return DatabaseDescription(DATABASE, self.root, "default database")
        path = f"{_DATABASES}/{name.lower()}.json"
        text = self._read(path)
        if text is None:
            raise schema_not_found(name)
        try:
            plain = json.loads(text)
            return DatabaseDescription(plain["name"], plain["location"], plain["comment"], dict(plain["properties"]))
        except (ValueError, KeyError, TypeError) as error:
            raise self._damaged(path, f"database {name}", error) from error

    def create_database(
        self, name: str, comment: str = "", location: str | None = None, properties: Mapping[str, str] | None = None
    ) -> None:
        """Make a database, durably. Raises: AnalysisException SCHEMA_ALREADY_EXISTS."""
        bare = name.lower()
        place = f"{self.root}/{bare}.db" if location is None else absolute(location)
        plain = {
            "version": _VERSION,
            "name": bare,
            "location": place,
            "comment": comment,
            "properties": properties or {},
        }
        if bare == DATABASE or not self._write(f"{_DATABASES}/{bare}.json", plain):
            raise AnalysisException(errorClass="SCHEMA_ALREADY_EXISTS", messageParameters={"schemaName": f"`{name}`"})

    def drop_database(self, name: str, *, cascade: bool = False) -> None:
        """Forget a database, with `cascade` its tables too.

        Raises: AnalysisException SCHEMA_NOT_FOUND, SCHEMA_NOT_EMPTY, UNSUPPORTED_FEATURE.DROP_DATABASE.
        """
        database = self.database(name)
        if database.name == DATABASE:
            raise AnalysisException(
                errorClass="UNSUPPORTED_FEATURE.DROP_DATABASE",
                messageParameters={"database": f"`{CATALOG}`.`{DATABASE}`"},
            )
        tables = self.tables(database.name)
        if tables and not cascade:
            raise AnalysisException(
                errorClass="SCHEMA_NOT_EMPTY", messageParameters={"schemaName": f"`{database.name}`"}
            )
        for table in tables:
            self.drop(table)
        LocalFiles(self.root).delete(f"{_DATABASES}/{database.name}.json")
        if database.location == f"{self.root}/{database.name}.db":
            shutil.rmtree(database.location, ignore_errors=True)

    # ------------------------------------------------------------ tables and views

    def location_of(self, identifier: TableName) -> str:
        """Where the files of a managed table are. Raises: AnalysisException SCHEMA_NOT_FOUND."""
        return f"{self.database(identifier.database).location}/{identifier.name}"

    def find(self, identifier: TableName) -> TableDescription | None:
        """The table or view of a name. Raises: SparkRuntimeException for a damaged description."""
        path = _path(identifier)
        text = self._read(path)
        if text is None:
            return None
        try:
            return _from_plain(json.loads(text), identifier.database)
        except (ValueError, KeyError, TypeError) as error:
            raise self._damaged(path, f"table {identifier.name}", error) from error

    def tables(self, database: str) -> list[TableDescription]:
        """All tables and views of a database, by name. Raises: AnalysisException SCHEMA_NOT_FOUND."""
        bare = self.database(database).name
        names = self._described(_TABLES if bare == DATABASE else f"{_TABLES}/{bare}")
        return [found for name in names if (found := self.find(TableName(bare, name))) is not None]

    def create(self, table: TableDescription) -> None:
        """Make a table with its directory, or a view, durably.

        Raises: AnalysisException TABLE_OR_VIEW_ALREADY_EXISTS, LOCATION_ALREADY_EXISTS, SCHEMA_NOT_FOUND.
        """
        self.database(table.identifier.database)
        if self.find(table.identifier) is not None:
            raise already_exists(table.full_name)
        if table.managed and os.path.isdir(table.location) and os.listdir(table.location):  # noqa: PTH112, PTH208
            # files that no table owns: nobody has said that they may be read, or deleted with the table
            raise AnalysisException(
                errorClass="LOCATION_ALREADY_EXISTS",
                messageParameters={"identifier": table.full_name, "location": f"'file:{table.location}'"},
            )
        if table.location:
            LocalFiles(table.location)
        if not self._write(_path(table.identifier), _to_plain(table)):
            raise already_exists(table.full_name)

    def change(self, table: TableDescription) -> None:
        """Put another description in the place of the one of that name; at no moment there is none."""
        path = _path(table.identifier)
        files = LocalFiles(self.root)
        draft = f"{os.path.dirname(path)}/{table.name}.{uuid.uuid4()}.draft"  # noqa: PTH120
        files.write_new(draft, json.dumps(_to_plain(table), indent=1, ensure_ascii=False).encode())
        os.replace(f"{self.root}/{draft}", f"{self.root}/{path}")  # noqa: PTH105
        files.sync(os.path.dirname(path))  # noqa: PTH120

    def create_moved(self, table: TableDescription, old: TableDescription) -> None:
        """Put a description under a new name."""
        self._write(_path(table.identifier), _to_plain(table))
        LocalFiles(self.root).delete(_path(old.identifier))

    def drop(self, table: TableDescription) -> None:
        """Forget a table or view; the files of a managed table go with it."""
        LocalFiles(self.root).delete(_path(table.identifier))
        if table.managed:
            shutil.rmtree(table.location, ignore_errors=True)

    # ------------------------------------------------------------ descriptions on disk

    def _described(self, folder: str) -> list[str]:
        try:
            files = os.listdir(f"{self.root}/{folder}")  # noqa: PTH208
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(name.removesuffix(".json") for name in files if name.endswith(".json"))

    def _read(self, path: str) -> str | None:
        try:
            with open(f"{self.root}/{path}", encoding="utf-8") as stream:  # noqa: PTH123
                return stream.read()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _write(self, path: str, plain: Mapping[str, Any]) -> bool:
        """Returns: False where there is one already."""
        text = json.dumps(plain, indent=1, ensure_ascii=False)
        try:
            LocalFiles(self.root).write_new(path, text.encode())
        except FileExists:
            return False
        return True

    def _damaged(self, path: str, what: str, error: Exception) -> SparkRuntimeException:
        return SparkRuntimeException(
            f"The description {self.root}/{path} of the {what} is damaged or of a newer release ({error}). Restore it from a copy, "
            "or delete it and create the table again with the option path; the rows are not in this file."
        )


def _path(identifier: TableName) -> str:
    folder = _TABLES if identifier.database == DATABASE else f"{_TABLES}/{identifier.database}"
    return f"{folder}/{identifier.name}.json"


def describe_table(
    warehouse: Warehouse,
    identifier: TableName,
    provider: str,
    schema: StructType,
    partition_by: Sequence[str] = (),
    path: str | None = None,
    options: Mapping[str, str] | None = None,
) -> TableDescription:
    """A table to be: columns nullable, partition columns last, in the directory of its name unless a path is given.

    Raises: AnalysisException DATA_SOURCE_NOT_FOUND, `_LEGACY_ERROR_TEMP_1155`; UnsupportedOperationException for a format without files.
    """
    check_table_format(identifier, provider)
    by_name = {item.name.lower(): item for item in schema.fields}
    for column in partition_by:
        if column.lower() not in by_name:
            raise AnalysisException(
                errorClass="_LEGACY_ERROR_TEMP_1155",
                messageParameters={"col": column, "schemaCatalog": schema.simpleString()},
            )
    last = [by_name[column.lower()] for column in partition_by]
    if last and len(last) == len(schema.fields):
        raise AnalysisException(errorClass="ALL_PARTITION_COLUMNS_NOT_ALLOWED", messageParameters={})
    columns = [*(item for item in schema.fields if item not in last), *last]
    kept = {key: value for key, value in (options or {}).items() if key.lower() != "path"}
    return TableDescription(
        identifier=identifier,
        provider=provider.lower(),
        schema=StructType([StructField(item.name, item.dataType, True, item.metadata) for item in columns]),
        partition_by=tuple(item.name for item in last),
        location=warehouse.location_of(identifier) if path is None else absolute(path),
        managed=path is None,
        options=kept,
    )


def check_table_format(identifier: TableName, provider: str) -> None:
    """Raise unless tables can have the format: only files can be found again by another process."""
    if provider.lower() in FORMATS:
        return
    if provider.lower() == "memory" or connector(provider) is None:
        raise AnalysisException(errorClass="DATA_SOURCE_NOT_FOUND", messageParameters={"provider": provider})
    raise UnsupportedOperationException(
        errorClass="CANNOT_CREATE_DATA_SOURCE_TABLE.EXTERNAL_METADATA_UNSUPPORTED",
        messageParameters={"tableName": f"`{identifier.database}`.`{identifier.name}`", "provider": provider},
    )


def table_name(text: str, current: str) -> TableName:
    """The table that ``name``, ``database.name`` or ``spark_catalog.database.name`` means; `current` is the database of a bare name.

    Raises: ParseException INVALID_IDENTIFIER, PARSE_EMPTY_STATEMENT; AnalysisException REQUIRES_SINGLE_PART_NAMESPACE.
    """
    parts = name_parts(text)
    if len(parts) > 1 and parts[0].lower() == CATALOG:
        parts = parts[1:]
    if len(parts) > 2:
        quoted = ".".join(f"`{part}`" for part in parts)
        raise AnalysisException(
            errorClass="REQUIRES_SINGLE_PART_NAMESPACE",
            messageParameters={"sessionCatalog": CATALOG, "identifier": quoted},
        )
    return TableName(parts[0].lower() if len(parts) == 2 else current, parts[-1].lower())


def database_name(text: str) -> str:
    """The database that ``name`` or ``spark_catalog.name`` means, as written. Raises: ParseException; AnalysisException."""
    parts = name_parts(text)
    if len(parts) > 1 and parts[0].lower() == CATALOG:
        parts = parts[1:]
    if len(parts) > 1:
        raise schema_not_found(*parts)
    return parts[0]


def schema_not_found(*parts: str) -> AnalysisException:
    """The error for a database that is not there."""
    quoted = ".".join(f"`{part}`" for part in (CATALOG, *parts))
    return AnalysisException(errorClass="SCHEMA_NOT_FOUND", messageParameters={"schemaName": quoted})


def name_parts(text: str) -> list[str]:
    """The parts of a dotted name, without backquotes. Raises: ParseException INVALID_IDENTIFIER, PARSE_EMPTY_STATEMENT."""
    if not text.strip():
        raise ParseException(errorClass="PARSE_EMPTY_STATEMENT", messageParameters={})
    parts: list[str] = []
    rest = text.strip()
    while True:
        match = _PART.match(rest)
        if match is None or (match[2] is not None and not _PLAIN.match(match[2])):
            raise ParseException(errorClass="INVALID_IDENTIFIER", messageParameters={"ident": text})
        parts.append(match[2] if match[1] is None else match[1].replace("``", "`"))
        rest = rest[match.end() :]
        if not rest:
            return parts
        if not rest.startswith("."):
            raise ParseException(errorClass="INVALID_IDENTIFIER", messageParameters={"ident": text})
        rest = rest[1:]


def check_buckets(table: TableDescription, buckets: Buckets) -> None:
    """Raises: AnalysisException INVALID_BUCKET_COUNT, COLUMN_NOT_DEFINED_IN_TABLE, `_LEGACY_ERROR_TEMP_1166`, `_LEGACY_ERROR_TEMP_1167`."""
    if not 0 < buckets.count <= _BUCKETS_MAX:
        raise AnalysisException(
            errorClass="INVALID_BUCKET_COUNT",
            messageParameters={"bucketingMaxBuckets": str(_BUCKETS_MAX), "numBuckets": str(buckets.count)},
        )
    known = {name.lower() for name in table.schema.names}
    partitions = {name.lower() for name in table.partition_by}
    for kind, names in (("bucket", buckets.columns), ("sort", buckets.sort)):
        for name in names:
            if name.lower() not in known:
                raise AnalysisException(
                    errorClass="COLUMN_NOT_DEFINED_IN_TABLE",
                    messageParameters={
                        "colType": kind,
                        "colName": f"`{name}`",
                        "tableName": table.full_name,
                        "tableCols": ", ".join(f"`{column}`" for column in table.schema.names),
                    },
                )
    shared = [name for name in buckets.columns if name.lower() in partitions]
    if shared:
        raise AnalysisException(
            errorClass="_LEGACY_ERROR_TEMP_1166",
            messageParameters={"bucketCol": shared[0], "normalizedPartCols": ", ".join(table.partition_by)},
        )
    shared = [name for name in buckets.sort if name.lower() in partitions]
    if shared:
        raise AnalysisException(
            errorClass="_LEGACY_ERROR_TEMP_1167",
            messageParameters={"sortCol": shared[0], "normalizedPartCols": ", ".join(table.partition_by)},
        )


def partition_folder(names: Sequence[str], values: Sequence[str | None]) -> str:
    """The folder of some partition values, below that of the table."""
    pairs = zip(names, values, strict=True)
    return "/".join(f"{escaped(name)}={escaped(value or '') or NULL_FOLDER}" for name, value in pairs)


def already_exists(full_name: str) -> AnalysisException:
    """The error for a name that is taken."""
    return AnalysisException(errorClass="TABLE_OR_VIEW_ALREADY_EXISTS", messageParameters={"relationName": full_name})


def _to_plain(table: TableDescription) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "version": _VERSION,
        "name": table.name,
        "provider": table.provider,
        "schema": table.schema.jsonValue(),
        "partitionBy": list(table.partition_by),
        "location": table.location,
        "managed": table.managed,
        "options": dict(table.options),
        "comment": table.comment,
        "properties": dict(table.properties),
        "clusterBy": list(table.cluster_by),
        "query": table.query,
        "queryColumns": list(table.query_columns),
    }
    if table.buckets is not None:
        plain["buckets"] = [table.buckets.count, list(table.buckets.columns), list(table.buckets.sort)]
    return plain


def _from_plain(plain: Mapping[str, Any], database: str) -> TableDescription:
    if plain["version"] not in (1, _VERSION):
        raise ValueError(f"its version is {plain['version']}, this release reads {_VERSION}")
    buckets = plain.get("buckets")
    return TableDescription(
        identifier=TableName(database, str(plain["name"])),
        provider=str(plain["provider"]),
        schema=StructType.fromJson(plain["schema"]),
        partition_by=tuple(plain["partitionBy"]),
        location=str(plain["location"]),
        managed=bool(plain["managed"]),
        options={str(key): str(value) for key, value in plain["options"].items()},
        comment=plain.get("comment"),
        properties=dict(plain.get("properties") or {}),
        buckets=None if buckets is None else Buckets(int(buckets[0]), tuple(buckets[1]), tuple(buckets[2])),
        cluster_by=tuple(plain.get("clusterBy") or ()),
        query=plain.get("query"),
        query_columns=tuple(plain.get("queryColumns") or ()),
    )
