"""What the answers of SQL commands and of the catalog are made of."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from actorstream.connectors.table import TableProvider
from actorstream.sql.creation import to_table

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame
    from actorstream.sql.session import SparkSession


def result(session: SparkSession, rows: Iterable[Any], schema: str) -> DataFrame:
    """A frame with the rows of a command's answer."""
    return session._static_frame(TableProvider.of(to_table(list(rows), schema), "CommandResult"))


def nothing(session: SparkSession) -> DataFrame:
    """The answer of a command that has none: no rows and no columns."""
    return session._static_frame(TableProvider.of(pa.table({}), "CommandResult"))


def matches(name: str, pattern: str | None) -> bool:
    """Whether a name fits a pattern: ``*`` is anything, ``|`` separates alternatives."""
    return pattern is None or any(fnmatchcase(name.lower(), part.strip().lower()) for part in pattern.split("|"))
