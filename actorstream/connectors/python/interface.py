"""What a user implements to read from or write to a system of his own. The classes of `pyspark.sql.datasource`.

A `DataSource` says its name and schema and makes readers and writers; those do the work. `sql.datasource` re-exports everything here;
`reader` and `writer` of this folder are what calls it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from actorstream.connectors.python.limits import ReadAllAvailable, ReadLimit
from actorstream.errors import PySparkNotImplementedError

if TYPE_CHECKING:
    import pyarrow as pa

    from actorstream.expr.types import Row, StructType


def _not_implemented(method: str) -> NoReturn:
    raise PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED",
        messageParameters={"feature": method, "remedy": "The data source has to define it."},
    )


class CaseInsensitiveDict(dict[str, str]):
    """Options of a data source: names in any case."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        super().__init__()
        for key, value in (values or {}).items():
            self[key] = value

    def __getitem__(self, key: str) -> str:
        return super().__getitem__(key.lower())

    def __setitem__(self, key: str, value: str) -> None:
        super().__setitem__(key.lower(), value)

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key.lower())

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and super().__contains__(key.lower())

    def get(self, key: str, default: Any = None) -> Any:
        """The value of an option, or `default`."""
        return super().get(key.lower(), default)


class DataSource(ABC):  # noqa: B024 - users override what they need
    """A kind of source or sink. Register the class with ``spark.dataSource.register`` and use its name as a format.

    Args:
        options: the options of the reader or writer, and the path as ``path``.
    """

    def __init__(self, options: Mapping[str, str]) -> None:
        self.options = options

    @classmethod
    def name(cls) -> str:
        """The format's name; by default that of the class."""
        return cls.__name__

    def schema(self) -> StructType | str:
        """Columns, as a StructType or DDL text. Asked when the user gives none."""
        _not_implemented("schema")

    def reader(self, schema: StructType) -> DataSourceReader:
        """Makes the reader of ``spark.read``."""
        _not_implemented("reader")

    def writer(self, schema: StructType, overwrite: bool) -> DataSourceWriter:
        """Makes the writer of ``df.write``."""
        _not_implemented("writer")

    def streamWriter(self, schema: StructType, overwrite: bool) -> DataSourceStreamWriter:
        """Makes the writer of ``df.writeStream``; `overwrite` in complete mode."""
        _not_implemented("streamWriter")

    def simpleStreamReader(self, schema: StructType) -> SimpleDataSourceStreamReader:
        """Makes the reader of ``spark.readStream`` for a source that is read in one place; used where there is no `streamReader`."""
        _not_implemented("simpleStreamReader")

    def streamReader(self, schema: StructType) -> DataSourceStreamReader:
        """Makes the reader of ``spark.readStream``."""
        _not_implemented("streamReader")


class InputPartition:
    """A piece of the input that is read on its own; subclass it to carry more."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        attributes = ", ".join(f"{key}={value!r}" for key, value in self.__dict__.items())
        return f"{type(self).__name__}({attributes})"


class WriterCommitMessage:
    """What writing one partition tells the commit; subclass it to carry more."""


# ---------------------------------------------------------------- reading

ReadRows = Iterator[tuple[Any, ...]] | Iterator[list[Any]] | Iterator["Row"] | Iterator["pa.RecordBatch"]


class DataSourceReader(ABC):
    """Reads static data."""

    def pushFilters(self, filters: list[Filter]) -> Iterable[Filter]:
        """Take the filters that the reader can apply itself; give back those it leaves to the engine."""
        return filters

    def partitions(self) -> Sequence[InputPartition]:
        """Pieces to read; by default one."""
        _not_implemented("partitions")

    @abstractmethod
    def read(self, partition: InputPartition) -> ReadRows:
        """Rows of a piece, as tuples, lists, Rows or Arrow record batches of the schema's columns."""


class DataSourceStreamReader(ABC):
    """Reads a stream whose positions are dicts of JSON values.

    Offsets are compared by their JSON text, so the keys must come in the same order every time (IO-112).
    """

    def initialOffset(self) -> dict[str, Any]:
        """Where a new query begins (IO-103)."""
        _not_implemented("initialOffset")

    def latestOffset(self, start: dict[str, Any], limit: ReadLimit) -> dict[str, Any]:
        """Where an epoch that begins at `start` should end; `start` if there is nothing new. A method without arguments will do (IO-106)."""
        _not_implemented("latestOffset")

    def getDefaultReadLimit(self) -> ReadLimit:
        """How much an epoch may take; asked once per run (IO-104)."""
        return ReadAllAvailable()

    def reportLatestOffset(self) -> dict[str, Any] | None:
        """The end of what exists, for progress only (IO-107)."""
        return None

    def partitions(self, start: dict[str, Any], end: dict[str, Any]) -> Sequence[InputPartition]:
        """Pieces of the range from `start` to before `end`."""
        _not_implemented("partitions")

    @abstractmethod
    def read(self, partition: InputPartition) -> ReadRows:
        """Rows of a piece; the same every time it is asked."""

    def commit(self, end: dict[str, Any]) -> None:  # noqa: B027 - optional hook
        """Everything up to `end` is committed and will not be asked for again."""

    def stop(self) -> None:  # noqa: B027 - optional hook
        """The query has ended (IO-111: called, unlike in the reference)."""


class SimpleDataSourceStreamReader(ABC):
    """Reads a stream in one place, rows and end at once: for light sources."""

    def initialOffset(self) -> dict[str, Any]:
        """Where a new query begins."""
        _not_implemented("initialOffset")

    def read(self, start: dict[str, Any]) -> tuple[Iterator[tuple[Any, ...]], dict[str, Any]]:
        """Rows from `start` on and where they end; `start` again if there are none. Called at every trigger (IO-113)."""
        _not_implemented("read")

    @abstractmethod
    def readBetweenOffsets(self, start: dict[str, Any], end: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
        """The rows of a range that `read` has given before: called when an epoch is run again after a restart."""

    def commit(self, end: dict[str, Any]) -> None:  # noqa: B027 - optional hook
        """Everything up to `end` is committed."""


# ---------------------------------------------------------------- writing


class DataSourceWriter(ABC):
    """Writes static data: `write` for every partition, then `commit` or `abort` once."""

    @abstractmethod
    def write(self, iterator: Iterator[Row]) -> WriterCommitMessage:
        """Write the rows of a partition."""

    def commit(self, messages: list[WriterCommitMessage | None]) -> None:  # noqa: B027 - optional hook
        """Every partition is written."""

    def abort(self, messages: list[WriterCommitMessage | None]) -> None:  # noqa: B027 - optional hook
        """A partition failed; its message, and those of partitions not tried, are None."""


class DataSourceArrowWriter(DataSourceWriter):
    """A `DataSourceWriter` that takes Arrow record batches."""

    @abstractmethod
    def write(self, iterator: Iterator[pa.RecordBatch]) -> WriterCommitMessage:
        """Write the batches of a partition."""


class DataSourceStreamWriter(ABC):
    """Writes a stream: per epoch `write` for every partition, then `commit` or `abort` once.

    `commit` may come twice for one epoch, when the process died before the engine had noted the first (CKP-103).
    """

    @abstractmethod
    def write(self, iterator: Iterator[Row]) -> WriterCommitMessage:
        """Write the rows of a partition."""

    def commit(  # noqa: B027 - optional hook
        self, messages: list[WriterCommitMessage | None], batchId: int
    ) -> None:
        """Every partition of the epoch is written."""

    def abort(self, messages: list[WriterCommitMessage | None], batchId: int) -> None:  # noqa: B027 - optional hook
        """A partition failed; its message, and those of partitions not tried, are None."""


class DataSourceStreamArrowWriter(DataSourceStreamWriter):
    """A `DataSourceStreamWriter` that takes Arrow record batches."""

    @abstractmethod
    def write(self, iterator: Iterator[pa.RecordBatch]) -> WriterCommitMessage:
        """Write the batches of a partition."""


# ---------------------------------------------------------------- filters

ColumnPath = tuple[str, ...]
"""A column as the names that lead to it: ``("a", "b")`` is ``a.b``."""


class Filter(ABC):  # noqa: B024 - a base to test for
    """A condition that a reader may apply itself. The engine applies every filter anyway, so it hands out none yet."""


@dataclass(frozen=True)
class EqualTo(Filter):
    """``attribute = value``."""

    attribute: ColumnPath
    value: Any


@dataclass(frozen=True)
class EqualNullSafe(Filter):
    """``attribute <=> value``."""

    attribute: ColumnPath
    value: Any


@dataclass(frozen=True)
class GreaterThan(Filter):
    """``attribute > value``."""

    attribute: ColumnPath
    value: Any


@dataclass(frozen=True)
class GreaterThanOrEqual(Filter):
    """``attribute >= value``."""

    attribute: ColumnPath
    value: Any


@dataclass(frozen=True)
class LessThan(Filter):
    """``attribute < value``."""

    attribute: ColumnPath
    value: Any


@dataclass(frozen=True)
class LessThanOrEqual(Filter):
    """``attribute <= value``."""

    attribute: ColumnPath
    value: Any


@dataclass(frozen=True)
class In(Filter):
    """``attribute IN value``."""

    attribute: ColumnPath
    value: tuple[Any, ...]


@dataclass(frozen=True)
class IsNull(Filter):
    """``attribute IS NULL``."""

    attribute: ColumnPath


@dataclass(frozen=True)
class IsNotNull(Filter):
    """``attribute IS NOT NULL``."""

    attribute: ColumnPath


@dataclass(frozen=True)
class Not(Filter):
    """``NOT child``."""

    child: Filter


@dataclass(frozen=True)
class StringStartsWith(Filter):
    """``attribute LIKE 'value%'``."""

    attribute: ColumnPath
    value: str


@dataclass(frozen=True)
class StringEndsWith(Filter):
    """``attribute LIKE '%value'``."""

    attribute: ColumnPath
    value: str


@dataclass(frozen=True)
class StringContains(Filter):
    """``attribute LIKE '%value%'``."""

    attribute: ColumnPath
    value: str
