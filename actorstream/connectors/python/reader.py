"""Sources made of a user's `DataSource`: a table for ``spark.read``, a stream for ``spark.readStream``."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from actorstream.connectors.python.failures import performing, planning, working
from actorstream.connectors.python.interface import (
    DataSource,
    DataSourceReader,
    DataSourceStreamReader,
    InputPartition,
    SimpleDataSourceStreamReader,
)
from actorstream.connectors.python.limits import SupportsTriggerAvailableNow, from_engine, to_engine
from actorstream.connectors.python.rows import to_tables
from actorstream.dataflow.batch import concat
from actorstream.dataflow.protocols import ALL_AVAILABLE, Offset, ReadLimit, Source, SourceContext, Split
from actorstream.errors import PySparkException, PySparkNotImplementedError, PySparkRuntimeError
from actorstream.expr.types import StructType, to_arrow_schema

JsonOffset = dict[str, Any]


class PythonProvider:
    """What a DataFrame holds of a data source: makes a source for every run.

    Args:
        pushes_filters: whether readers may implement `pushFilters`.
    """

    def __init__(self, source: DataSource, schema: StructType, *, streaming: bool, pushes_filters: bool) -> None:
        self._source = source
        self._schema = schema
        self._streaming = streaming
        self._pushes_filters = pushes_filters
        self.name = type(source).name()

    @property
    def schema(self) -> pa.Schema:
        """Columns."""
        return to_arrow_schema(self._schema)

    def create(self) -> Source:
        """A source for one run."""
        if self._streaming:
            return _PythonStream(self._source, self._schema)
        return _PythonTable(self._source, self._schema, pushes_filters=self._pushes_filters)


class _PythonTable(Source):
    """Everything at offset 0."""

    available_now = "prepare"

    def __init__(self, source: DataSource, schema: StructType, *, pushes_filters: bool) -> None:
        self._source = source
        self._schema = schema
        self._pushes_filters = pushes_filters

    @property
    def schema(self) -> pa.Schema:
        return to_arrow_schema(self._schema)

    @property
    def description(self) -> str:
        return type(self._source).name()

    def latest_offset(self, start: Offset | None, limit: ReadLimit) -> Offset | None:
        return "0"

    def splits(self, start: Offset | None, end: Offset) -> Sequence[Split]:
        """Raises: AnalysisException PYTHON_DATA_SOURCE_ERROR."""
        with planning("initialize", "reader"):
            self._reader = self._source.reader(self._schema)
            self._offer_filters(self._reader)
        with planning("generate", "read partitions"):
            try:
                partitions = _checked_partitions(self._reader.partitions())
            except NotImplementedError:
                partitions = []
        pieces = partitions or [InputPartition(None)]
        return [Split(index, piece) for index, piece in enumerate(pieces)]

    def _offer_filters(self, reader: DataSourceReader) -> None:
        if type(reader).pushFilters is DataSourceReader.pushFilters:
            return
        if not self._pushes_filters:
            raise PySparkRuntimeError(
                errorClass="DATA_SOURCE_PUSHDOWN_DISABLED",
                messageParameters={
                    "type": type(reader).__name__,
                    "conf": "spark.sql.python.filterPushdown.enabled",
                },
            )
        list(reader.pushFilters([]))

    def read(self, split: Split) -> Iterator[pa.Table]:
        """Raises: PythonException."""
        with working():
            yield from to_tables(self._reader.read(split.payload), self._schema, self.description)


class _PythonStream(Source):
    """A stream of a user's reader. Offsets are the JSON text of his dicts (IO-112)."""

    def __init__(self, source: DataSource, schema: StructType) -> None:
        self._data_source = source
        self._schema = schema
        self._made: _Reader | None = None
        self._limit: ReadLimit | None = None
        self._asked_for_all = False

    @property
    def _reader(self) -> _Reader:
        """Made when the query starts, so that a failure is the query's (IO-101)."""
        if self._made is None:
            with planning("plan", "initialize source"):
                self._made = _make_reader(self._data_source, self._schema)
        return self._made

    @property
    def schema(self) -> pa.Schema:
        return to_arrow_schema(self._schema)

    @property
    def description(self) -> str:
        return f"PythonMicroBatchStream[{type(self._data_source).name()}]"

    @property
    def available_now(self) -> Any:  # type: ignore[override]
        """Whether the reader can fix its end (IO-114)."""
        return "prepare" if self._reader.can_prepare else "single"

    def open(self, context: SourceContext) -> None:
        """Raises: AnalysisException PYTHON_DATA_SOURCE_ERROR when the reader cannot be made."""
        assert self._reader is not None

    def default_limit(self) -> ReadLimit:
        if self._limit is None:
            with performing("getDefaultReadLimit"):
                self._limit = self._reader.default_limit()
        return self._limit

    def prepare_available_now(self) -> None:
        with performing("prepareForTriggerAvailableNow"):
            self._reader.prepare()

    def latest_offset(self, start: Offset | None, limit: ReadLimit) -> Offset | None:
        begin = self._begin(start)
        with performing("latestOffset"):
            return json.dumps(self._reader.latest(begin, limit))

    def report_latest_offset(self) -> Offset | None:
        with performing("reportLatestOffset"):
            latest = self._reader.report_latest()
            return None if latest is None else json.dumps(latest)

    def _begin(self, start: Offset | None) -> JsonOffset:
        """Where to begin; a new query asks the reader, and asks again when it plans (IO-103)."""
        if start is not None:
            offset: JsonOffset = json.loads(start)
            return offset
        with performing("initialOffset"):
            return self._reader.initial()

    def splits(self, start: Offset | None, end: Offset) -> Sequence[Split]:
        begin = self._begin(start)
        with performing("planPartitions"):
            return [Split(index, piece) for index, piece in enumerate(self._reader.pieces(begin, json.loads(end)))]

    def read(self, split: Split) -> Iterator[pa.Table]:
        """Raises: PythonException."""
        with working():
            yield from self._reader.read(split.payload)

    def commit(self, end: Offset) -> None:
        with performing("commitSource"):
            self._reader.commit(json.loads(end))

    def stop(self) -> None:
        if self._made is not None:
            with performing("stop"):
                self._made.stop()


def _make_reader(source: DataSource, schema: StructType) -> _Reader:
    """`streamReader` first, `simpleStreamReader` if there is none; "none" is what the base class raises (IO-101)."""
    try:
        reader = source.streamReader(schema)
    except PySparkNotImplementedError:
        return _SimpleReader(source.simpleStreamReader(schema), schema, type(source).name())
    # reading is stateless: it happens on an instance of its own, like in the reference (IO-102)
    return _PartitionedReader(reader, source.streamReader(schema), schema, type(source).name())


class _Reader:
    """One form for both kinds of readers."""

    can_prepare = False

    def initial(self) -> JsonOffset:
        raise NotImplementedError

    def default_limit(self) -> ReadLimit:
        return ALL_AVAILABLE

    def prepare(self) -> None:
        raise NotImplementedError

    def latest(self, start: JsonOffset, limit: ReadLimit) -> JsonOffset:
        raise NotImplementedError

    def report_latest(self) -> JsonOffset | None:
        return None

    def pieces(self, start: JsonOffset, end: JsonOffset) -> Sequence[Any]:
        raise NotImplementedError

    def read(self, piece: Any) -> Iterator[pa.Table]:
        raise NotImplementedError

    def commit(self, end: JsonOffset) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        return


class _PartitionedReader(_Reader):
    """A `DataSourceStreamReader`: one instance plans, another reads."""

    def __init__(
        self, planner: DataSourceStreamReader, reader: DataSourceStreamReader, schema: StructType, name: str
    ) -> None:
        self._planner = planner
        self._reader = reader
        self._schema = schema
        self._name = name
        self._takes_limits = bool(inspect.signature(planner.latestOffset).parameters)
        self.can_prepare = isinstance(planner, SupportsTriggerAvailableNow)

    def initial(self) -> JsonOffset:
        return self._planner.initialOffset()

    def default_limit(self) -> ReadLimit:
        if not self._takes_limits:
            return ALL_AVAILABLE
        return to_engine(self._planner.getDefaultReadLimit(), type(self._planner).__name__)

    def prepare(self) -> None:
        assert isinstance(self._planner, SupportsTriggerAvailableNow)
        self._planner.prepareForTriggerAvailableNow()

    def latest(self, start: JsonOffset, limit: ReadLimit) -> JsonOffset:
        if not self._takes_limits:
            return self._planner.latestOffset()  # type: ignore[call-arg]
        return self._planner.latestOffset(start, from_engine(limit))

    def report_latest(self) -> JsonOffset | None:
        return self._planner.reportLatestOffset() if self._takes_limits else None

    def pieces(self, start: JsonOffset, end: JsonOffset) -> Sequence[Any]:
        return list(self._planner.partitions(start, end))

    def read(self, piece: Any) -> Iterator[pa.Table]:
        assert isinstance(piece, InputPartition), (
            f"Expected the partition value to be of type 'InputPartition', but found '{type(piece).__name__}'."
        )
        return to_tables(self._reader.read(piece), self._schema, self._name)

    def commit(self, end: JsonOffset) -> None:
        self._planner.commit(end)

    def stop(self) -> None:
        self._planner.stop()


class _SimpleReader(_Reader):
    """A `SimpleDataSourceStreamReader`: rows come with their end, and are kept until they are committed (IO-113)."""

    def __init__(self, reader: SimpleDataSourceStreamReader, schema: StructType, name: str) -> None:
        self._reader = reader
        self._schema = schema
        self._name = name
        #: JSON text of (start, end) -> rows; what is asked for twice before it is planned replaces the first answer
        self._held: dict[tuple[str, str], pa.Table] = {}
        self.can_prepare = isinstance(reader, SupportsTriggerAvailableNow)

    def initial(self) -> JsonOffset:
        return self._reader.initialOffset()

    def prepare(self) -> None:
        assert isinstance(self._reader, SupportsTriggerAvailableNow)
        self._reader.prepareForTriggerAvailableNow()

    def latest(self, start: JsonOffset, limit: ReadLimit) -> JsonOffset:
        rows, end = self._reader.read(start)
        begin, finish = json.dumps(start), json.dumps(end)
        if begin != finish:
            self._held[begin, finish] = concat(
                list(to_tables(rows, self._schema, self._name)), to_arrow_schema(self._schema)
            )
        elif next(rows, None) is not None:
            raise PySparkException(
                errorClass="SIMPLE_STREAM_READER_OFFSET_DID_NOT_ADVANCE",
                messageParameters={"start_offset": begin, "end_offset": finish},
            )
        return end

    def pieces(self, start: JsonOffset, end: JsonOffset) -> Sequence[Any]:
        return [(start, end)]

    def read(self, piece: Any) -> Iterator[pa.Table]:
        start, end = piece
        held = self._held.get((json.dumps(start), json.dumps(end)))
        if held is not None:
            return iter([held])
        return to_tables(self._reader.readBetweenOffsets(start, end), self._schema, self._name)

    def commit(self, end: JsonOffset) -> None:
        finish = json.dumps(end)
        self._held = {(start, other): rows for (start, other), rows in self._held.items() if start == finish}
        self._reader.commit(end)


def _checked_partitions(partitions: object) -> list[InputPartition]:
    if not isinstance(partitions, list):
        raise PySparkRuntimeError(
            errorClass="DATA_SOURCE_TYPE_MISMATCH",
            messageParameters={
                "expected": "'partitions' to return a list",
                "actual": f"'{type(partitions).__name__}'",
            },
        )
    if not all(isinstance(piece, InputPartition) for piece in partitions):
        raise PySparkRuntimeError(
            errorClass="DATA_SOURCE_TYPE_MISMATCH",
            messageParameters={
                "expected": "elements in 'partitions' to be of type 'InputPartition'",
                "actual": ", ".join(f"'{type(piece).__name__}'" for piece in partitions),
            },
        )
    return partitions
