"""The tables of a session's warehouse: names for directories of files, kept on disk so that any later process finds them.

``<warehouse>/_tables/<name>.json`` describes one table: format, columns, partition columns, place, options. The rows of a managed
table are below ``<warehouse>/<name>``; a table with a path of its own only points there. `relations` turns a table into a plan.
Source: Spark's session catalog, IO-18.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from actorstream.checkpoint.files import FileExists
from actorstream.checkpoint.local import LocalFiles
from actorstream.common.config import WAREHOUSE_DIR, Conf
from actorstream.connectors import connector
from actorstream.connectors.files import FORMATS
from actorstream.connectors.files.paths import absolute
from actorstream.errors import AnalysisException, ParseException, SparkRuntimeException, UnsupportedOperationException
from actorstream.expr.types import StructField, StructType

CATALOG = "spark_catalog"
DATABASE = "default"

_FOLDER = "_tables"
_VERSION = 1
_PART = re.compile(r"`((?:[^`]|``)+)`|([^.`]+)")
_PLAIN = re.compile(r"\w+\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class TableDescription:
    """A table as the warehouse knows it.

    Args:
        name: in lower case, since table names ignore case.
        schema: data columns, then those of `partition_by`; all nullable.
        location: absolute path of the directory with its files.
        managed: whether dropping the table deletes its files.
        options: of the format, for reading and writing.
    """

    name: str
    provider: str
    schema: StructType
    partition_by: tuple[str, ...]
    location: str
    managed: bool
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """Catalog, database and name, in backquotes."""
        return f"`{CATALOG}`.`{DATABASE}`.`{self.name}`"

    @property
    def dotted_name(self) -> str:
        """Catalog, database and name."""
        return f"{CATALOG}.{DATABASE}.{self.name}"


class Warehouse:
    """The tables below ``spark.sql.warehouse.dir``. Keeps nothing in memory: what is on disk counts."""

    def __init__(self, conf: Conf) -> None:
        self._conf = conf

    @property
    def root(self) -> str:
        """The warehouse directory, absolute."""
        return absolute(self._conf.value(WAREHOUSE_DIR))

    def location_of(self, name: str) -> str:
        """Where the files of a managed table are."""
        return f"{self.root}/{name.lower()}"

    def find(self, name: str) -> TableDescription | None:
        """The table of a name without catalog and database. Raises: SparkRuntimeException for a damaged description."""
        path = f"{self.root}/{_FOLDER}/{name.lower()}.json"
        try:
            with open(path, encoding="utf-8") as stream:  # noqa: PTH123
                text = stream.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            return _from_plain(json.loads(text))
        except (ValueError, KeyError, TypeError) as error:
            raise SparkRuntimeException(
                f"The description {path} of the table {name} is damaged or of a newer release ({error}). Restore it from a copy, or "
                "delete it and create the table again with the option path; the rows are not in this file."
            ) from error

    def names(self) -> list[str]:
        """All tables, sorted."""
        try:
            files = os.listdir(f"{self.root}/{_FOLDER}")  # noqa: PTH208
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(name.removesuffix(".json") for name in files if name.endswith(".json"))

    def create(self, table: TableDescription) -> None:
        """Make a table and its directory, durably. Raises: AnalysisException TABLE_OR_VIEW_ALREADY_EXISTS, LOCATION_ALREADY_EXISTS."""
        if self.find(table.name) is not None:
            raise already_exists(table.full_name)
        if table.managed and os.path.isdir(table.location) and os.listdir(table.location):  # noqa: PTH112, PTH208
            # files that no table owns: nobody has said that they may be read, or deleted with the table
            raise AnalysisException(
                errorClass="LOCATION_ALREADY_EXISTS",
                messageParameters={"identifier": table.full_name, "location": f"'file:{table.location}'"},
            )
        LocalFiles(table.location)
        text = json.dumps(_to_plain(table), indent=1, ensure_ascii=False)
        try:
            LocalFiles(self.root).write_new(f"{_FOLDER}/{table.name}.json", text.encode())
        except FileExists:
            raise already_exists(table.full_name) from None

    def drop(self, table: TableDescription) -> None:
        """Forget a table; the files of a managed one go with it."""
        LocalFiles(self.root).delete(f"{_FOLDER}/{table.name}.json")
        if table.managed:
            shutil.rmtree(table.location, ignore_errors=True)


def describe_table(
    warehouse: Warehouse,
    name: str,
    provider: str,
    schema: StructType,
    partition_by: Sequence[str] = (),
    path: str | None = None,
    options: Mapping[str, str] | None = None,
) -> TableDescription:
    """A table to be: columns nullable, partition columns last, in the directory of its name unless a path is given.

    Raises: AnalysisException DATA_SOURCE_NOT_FOUND, `_LEGACY_ERROR_TEMP_1155`; UnsupportedOperationException for a format without files.
    """
    check_table_format(name, provider)
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
        name=name.lower(),
        provider=provider.lower(),
        schema=StructType([StructField(item.name, item.dataType, True, item.metadata) for item in columns]),
        partition_by=tuple(item.name for item in last),
        location=warehouse.location_of(name) if path is None else absolute(path),
        managed=path is None,
        options=kept,
    )


def check_table_format(name: str, provider: str) -> None:
    """Raise unless tables can have the format: only files can be found again by another process."""
    if provider.lower() in FORMATS:
        return
    if provider.lower() == "memory" or connector(provider) is None:
        raise AnalysisException(errorClass="DATA_SOURCE_NOT_FOUND", messageParameters={"provider": provider})
    raise UnsupportedOperationException(
        errorClass="CANNOT_CREATE_DATA_SOURCE_TABLE.EXTERNAL_METADATA_UNSUPPORTED",
        messageParameters={"tableName": f"`{DATABASE}`.`{name}`", "provider": provider},
    )


def table_name(text: str) -> str:
    """The name of a table from ``name``, ``default.name`` or ``spark_catalog.default.name``, as written.

    Raises: ParseException INVALID_IDENTIFIER, PARSE_EMPTY_STATEMENT; AnalysisException SCHEMA_NOT_FOUND, REQUIRES_SINGLE_PART_NAMESPACE.
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
    if len(parts) == 2 and parts[0].lower() != DATABASE:
        raise AnalysisException(
            errorClass="SCHEMA_NOT_FOUND", messageParameters={"schemaName": f"`{CATALOG}`.`{parts[0]}`"}
        )
    return parts[-1]


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


def already_exists(full_name: str) -> AnalysisException:
    """The error for a name that is taken."""
    return AnalysisException(errorClass="TABLE_OR_VIEW_ALREADY_EXISTS", messageParameters={"relationName": full_name})


def _to_plain(table: TableDescription) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "name": table.name,
        "provider": table.provider,
        "schema": table.schema.jsonValue(),
        "partitionBy": list(table.partition_by),
        "location": table.location,
        "managed": table.managed,
        "options": dict(table.options),
    }


def _from_plain(plain: Mapping[str, Any]) -> TableDescription:
    if plain["version"] != _VERSION:
        raise ValueError(f"its version is {plain['version']}, this release reads {_VERSION}")
    return TableDescription(
        name=str(plain["name"]),
        provider=str(plain["provider"]),
        schema=StructType.fromJson(plain["schema"]),
        partition_by=tuple(plain["partitionBy"]),
        location=str(plain["location"]),
        managed=bool(plain["managed"]),
        options={str(key): str(value) for key, value in plain["options"].items()},
    )
