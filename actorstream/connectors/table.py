"""Tables that exist already, as a bounded source: static DataFrames, and the live table of a memory sink."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa

from actorstream.dataflow.batch import with_schema
from actorstream.dataflow.protocols import Offset, ReadLimit, Source, Split


class TableProvider:
    """A table that is fetched when a plan over it runs, so that a view of a living thing shows it as it is then.

    Args:
        load: gives the table; asked once per run.
    """

    def __init__(self, name: str, schema: pa.Schema, load: Callable[[], pa.Table]) -> None:
        self.name = name
        self._schema = schema
        self._load = load

    @staticmethod
    def of(table: pa.Table, name: str = "LocalTable") -> TableProvider:
        """The provider of a table at hand."""
        return TableProvider(name, table.schema, lambda: table)

    @property
    def schema(self) -> pa.Schema:
        """Columns."""
        return self._schema

    def create(self) -> Source:
        """A source for one run."""
        return _TableSource(self.name, self._schema, self._load)


class _TableSource(Source):
    """Everything at offset 0."""

    available_now = "prepare"

    def __init__(self, name: str, schema: pa.Schema, load: Callable[[], pa.Table]) -> None:
        self._name = name
        self._schema = schema
        self._load = load

    @property
    def schema(self) -> pa.Schema:
        return self._schema

    @property
    def description(self) -> str:
        return self._name

    def latest_offset(self, start: Offset | None, limit: ReadLimit) -> Offset | None:
        return "0"

    def splits(self, start: Offset | None, end: Offset) -> Sequence[Split]:
        return [Split(0)] if start is None else []

    def read(self, split: Split) -> Iterator[pa.Table]:
        yield with_schema(self._load(), self._schema)
