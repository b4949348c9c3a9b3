"""`spark.readStream` and `df.writeStream`.

The reader ends in a relation over a connector's source; the writer checks everything that can be checked, lowers the plan to
a graph and hands it to `engine.launch`. Source: `pyspark.sql.streaming.readwriter`; IO-1 to IO-19.
"""

from __future__ import annotations

import functools
import re
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from actorstream.common.config import CHECKPOINT_LOCATION, DEFAULT_SOURCE, SOURCE_EVOLUTION
from actorstream.connectors.foreach import ForeachBatchSink, ForeachSink
from actorstream.connectors.memory import MemorySink, recover_option
from actorstream.connectors.table import TableProvider
from actorstream.dataflow.protocols import OutputMode, Sink
from actorstream.dataflow.requests import Options, ReadRequest, WriteRequest
from actorstream.engine.launch import QuerySpec, start_query
from actorstream.engine.query import StreamingQuery
from actorstream.engine.triggers import AvailableNow, Continuous, Once, ProcessingTime, Trigger
from actorstream.errors import (
    AnalysisException,
    IllegalArgumentException,
    PySparkNotImplementedError,
    PySparkTypeError,
    PySparkValueError,
)
from actorstream.expr.intervals import trigger_interval_ms
from actorstream.expr.types import StructType, parse_schema, to_arrow_schema
from actorstream.plan.continuous import check_continuous
from actorstream.plan.lowering import lower
from actorstream.plan.resolution import same_name
from actorstream.plan.unsupported import check_streaming
from actorstream.sql.formats import STREAM_READ_OPTIONS, connector_for, merged
from actorstream.sql.relations import find_table, not_found, table_plan
from actorstream.sql.tables import TableDescription, describe_table, table_name
from actorstream.sql.views import check_view_name

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame
    from actorstream.sql.session import SparkSession

_MODES: dict[str, OutputMode] = {"append": "append", "update": "update", "complete": "complete"}


def non_empty(value: object, name: str) -> str:
    """A text with something in it. Raises: PySparkValueError VALUE_NOT_NON_EMPTY_STR."""
    if not isinstance(value, str) or not value.strip():
        raise PySparkValueError(
            errorClass="VALUE_NOT_NON_EMPTY_STR", messageParameters={"arg_name": name, "arg_value": str(value)}
        )
    return value


def check_text(value: object, name: str, expected: str = "str") -> None:
    """Raises: PySparkTypeError NOT_EXPECTED_TYPE unless it is a text."""
    if not isinstance(value, str):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={"arg_name": name, "expected_type": expected, "arg_type": type(value).__name__},
        )


class OptionsBuilder:
    """`option` and `options`, the same for all readers and writers (IO-3)."""

    def __init__(self) -> None:
        self._options = Options()

    def option(self, key: str, value: Any) -> Self:
        """Set an option; None changes nothing."""
        self._options = self._options.with_option(key, value)
        return self

    def options(self, **options: Any) -> Self:
        """Set several options."""
        for key, value in options.items():
            self.option(key, value)
        return self


def as_schema(schema: StructType | str) -> StructType:
    """The schema that a reader is given. Raises: PySparkTypeError NOT_EXPECTED_TYPE, ParseException (IO-2)."""
    if isinstance(schema, StructType):
        return schema
    if isinstance(schema, str):
        return parse_schema(schema)
    raise PySparkTypeError(
        errorClass="NOT_EXPECTED_TYPE",
        messageParameters={
            "arg_name": "schema",
            "expected_type": "str or struct type",
            "arg_type": type(schema).__name__,
        },
    )


class DataStreamReader(OptionsBuilder):
    """Builds a streaming DataFrame over a source."""

    def __init__(self, session: SparkSession) -> None:
        super().__init__()
        self._session = session
        self._format: str | None = None
        self._schema: StructType | None = None
        self._source_name: str | None = None

    def name(self, source_name: str) -> Self:
        """A name for the source, which must go with ``spark.sql.streaming.queryEvolution.enableSourceEvolution`` (IO-4).

        Raises: PySparkTypeError NOT_EXPECTED_TYPE, PySparkValueError INVALID_STREAMING_SOURCE_NAME.
        """
        check_text(source_name, "source_name")
        if not re.fullmatch(r"[A-Za-z0-9_]+", source_name):
            raise PySparkValueError(
                errorClass="INVALID_STREAMING_SOURCE_NAME", messageParameters={"source_name": source_name}
            )
        self._source_name = source_name
        return self

    def format(self, source: str) -> Self:
        """The kind of source: ``rate``, ``parquet``, ... Raises: PySparkTypeError NOT_EXPECTED_TYPE."""
        self._format = _format_name(source)
        return self

    def schema(self, schema: StructType | str) -> Self:
        """The columns to read."""
        self._schema = as_schema(schema)
        return self

    def load(
        self,
        path: str | None = None,
        format: str | None = None,
        schema: StructType | str | None = None,
        **options: Any,
    ) -> DataFrame:
        """The DataFrame. Raises: AnalysisException DATA_SOURCE_NOT_FOUND, PATH_NOT_FOUND, ...; PySparkValueError for a blank path."""
        if format is not None:
            self.format(format)
        if schema is not None:
            self.schema(schema)
        self.options(**options)
        if path is not None:
            self.option("path", non_empty(path, "path"))
        if self._source_name is not None:
            self._check_naming(self._source_name)
        name = self._format or self._session._conf.value(DEFAULT_SOURCE)
        module = connector_for(name, "provider", self._session)
        paths = (self._options["path"],) if "path" in self._options else ()
        request = ReadRequest(
            format=name.lower(),
            options=self._options,
            conf=self._session._conf,
            schema=self._schema,
            paths=paths,
            streaming=True,
            partitions=self._session._default_parallelism,
        )
        return self._session._streaming_frame(module.provider(request))

    def _check_naming(self, name: str) -> None:
        if not self._session._conf.value(SOURCE_EVOLUTION):
            raise AnalysisException(
                errorClass="STREAMING_QUERY_EVOLUTION_ERROR.SOURCE_NAMING_NOT_SUPPORTED",
                messageParameters={"name": name},
            )
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": "Named sources",
                "remedy": "Leave name() out: sources keep their place in the query from one start to the next.",
            },
        )

    def table(self, tableName: str) -> DataFrame:
        """The stream that a temporary view stands for, or of the rows that arrive in a table.

        Raises: AnalysisException `_LEGACY_ERROR_TEMP_1008` for a static view, TABLE_OR_VIEW_NOT_FOUND (IO-7).
        """
        check_text(tableName, "tableName")
        session = self._session
        view = session._views.find(tableName)
        if view is None:
            table = find_table(session, tableName)
            if table is None:
                raise not_found(session, tableName)
            return session._plan_frame(table_plan(session, table, streaming=True, options=self._options))
        if not view.is_streaming:
            raise AnalysisException(errorClass="_LEGACY_ERROR_TEMP_1008", messageParameters={"quoted": tableName})
        return session._plan_frame(view)

    def json(self, path: str, schema: StructType | str | None = None, *positional: Any, **options: Any) -> DataFrame:
        """Lines of JSON."""
        check_text(path, "path")
        return self.load(path, "json", schema, **merged("json", STREAM_READ_OPTIONS["json"], positional, options))

    def xml(
        self,
        path: str,
        rowTag: str | None = None,
        schema: StructType | str | None = None,
        *positional: Any,
        **options: Any,
    ) -> DataFrame:
        """Elements of XML. Raises: AnalysisException XML_ROW_TAG_MISSING."""
        check_text(path, "path")
        given = merged("xml", STREAM_READ_OPTIONS["xml"], positional, options)
        return self.load(path, "xml", schema, rowTag=rowTag, **given)

    def parquet(self, path: str, *positional: Any, **options: Any) -> DataFrame:
        """Parquet files."""
        check_text(path, "path")
        return self.load(
            path, "parquet", None, **merged("parquet", STREAM_READ_OPTIONS["parquet"], positional, options)
        )

    def orc(self, path: str, *positional: Any, **options: Any) -> DataFrame:
        """ORC files."""
        check_text(path, "path")
        return self.load(path, "orc", None, **merged("orc", STREAM_READ_OPTIONS["orc"], positional, options))

    def csv(self, path: str, schema: StructType | str | None = None, *positional: Any, **options: Any) -> DataFrame:
        """Comma-separated values."""
        check_text(path, "path")
        return self.load(path, "csv", schema, **merged("csv", STREAM_READ_OPTIONS["csv"], positional, options))

    def text(self, path: str, *positional: Any, **options: Any) -> DataFrame:
        """Lines of text, as the column ``value``."""
        check_text(path, "path")
        return self.load(path, "text", None, **merged("text", STREAM_READ_OPTIONS["text"], positional, options))

    def changes(self, tableName: str) -> DataFrame:
        """Not here: tables of files have no change feed (IO-8)."""
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": "readStream.changes",
                "remedy": "Read the table's new rows with readStream.table.",
            },
        )


class DataStreamWriter(OptionsBuilder):
    """Starts a query on a streaming DataFrame."""

    def __init__(self, frame: DataFrame) -> None:
        super().__init__()
        self._frame = frame
        self._session = frame.sparkSession
        self._format: str | None = None
        self._mode: OutputMode = "append"
        self._name: str | None = None
        self._trigger: Trigger = ProcessingTime()
        self._partition_by: tuple[str, ...] = ()
        self._clusters = False
        self._make_sink: Callable[[], Sink] | None = None
        self._sink_name = ""
        #: where `toTable` writes; None for `start`
        self._table: TableDescription | None = None

    # ------------------------------------------------------------ settings

    def format(self, source: str) -> Self:
        """The kind of sink: ``memory``, ``console``, ``parquet``, ... Raises: PySparkTypeError NOT_EXPECTED_TYPE."""
        self._format = _format_name(source)
        return self

    def outputMode(self, outputMode: str) -> Self:
        """``append``, ``update`` or ``complete``. Raises: VALUE_NOT_NON_EMPTY_STR, STREAMING_OUTPUT_MODE.INVALID (IO-11)."""
        mode = non_empty(outputMode, "outputMode")
        if mode.lower() not in _MODES:
            raise IllegalArgumentException(
                errorClass="STREAMING_OUTPUT_MODE.INVALID", messageParameters={"outputMode": mode}
            )
        self._mode = _MODES[mode.lower()]
        return self

    def queryName(self, queryName: str) -> Self:
        """A name for the query; of a memory query, also of its table."""
        self._name = non_empty(queryName, "queryName")
        return self

    def partitionBy(self, *cols: str | list[str]) -> Self:
        """Columns whose values become folders (file sinks)."""
        names = cols[0] if len(cols) == 1 and isinstance(cols[0], (list, tuple)) else cols
        self._partition_by = tuple(names)  # type: ignore[arg-type]
        self._check_layout()
        return self

    def clusterBy(self, *cols: str | list[str]) -> Self:
        """A hint for table formats that keep rows together; no sink here does, so it changes nothing.

        Raises: AnalysisException SPECIFY_CLUSTER_BY_WITH_PARTITIONED_BY_IS_NOT_ALLOWED (IO-14).
        """
        self._clusters = True
        self._check_layout()
        return self

    def _check_layout(self) -> None:
        if self._clusters and self._partition_by:
            raise AnalysisException(
                errorClass="SPECIFY_CLUSTER_BY_WITH_PARTITIONED_BY_IS_NOT_ALLOWED", messageParameters={}
            )

    def trigger(
        self,
        *,
        processingTime: str | None = None,
        once: bool | None = None,
        continuous: str | None = None,
        availableNow: bool | None = None,
        realTime: str | None = None,
    ) -> Self:
        """When epochs begin: exactly one argument (EXE-2 to EXE-4).

        Raises: PySparkValueError ONLY_ALLOW_SINGLE_TRIGGER, VALUE_NOT_NON_EMPTY_STR, VALUE_NOT_ALLOWED;
            IllegalArgumentException INVALID_INTERVAL_FORMAT.*.
        """
        given = [item for item in (processingTime, once, continuous, availableNow, realTime) if item is not None]
        if len(given) != 1:
            raise PySparkValueError(errorClass="ONLY_ALLOW_SINGLE_TRIGGER", messageParameters={})
        if processingTime is not None:
            self._trigger = ProcessingTime(trigger_interval_ms(non_empty(processingTime, "processingTime").strip()))
        elif once is not None:
            _only_true(once, "once")
            self._trigger = Once()
        elif availableNow is not None:
            _only_true(availableNow, "availableNow")
            self._trigger = AvailableNow()
        elif continuous is not None:
            self._trigger = Continuous(trigger_interval_ms(non_empty(continuous, "continuous").strip()))
        else:
            non_empty(realTime, "realTime")
            raise PySparkNotImplementedError(
                errorClass="NOT_IMPLEMENTED",
                messageParameters={"feature": "Real-time mode", "remedy": "Use processingTime='0 seconds'."},
            )
        return self

    def foreach(self, f: Any) -> Self:
        """Call `f(row)`, or ``f.process(row)`` between ``f.open`` and ``f.close``, for every row. Raises: ATTRIBUTE_NOT_CALLABLE."""
        sink = ForeachSink(f)
        self._make_sink, self._sink_name = lambda: sink, "foreach"
        return self

    def foreachBatch(self, func: Callable[[DataFrame, int], None]) -> Self:
        """Call ``func(frame, batch_id)`` with the rows of every epoch (IO-90)."""

        def make() -> Sink:
            # the function works in a session of the query's own: its views and settings are not the user's (IO-90)
            session = self._session._clone()

            def call(table: pa.Table, batch_id: int) -> None:
                func(session._static_frame(TableProvider.of(table, "foreachBatch")), batch_id)

            functools.update_wrapper(call, func, assigned=("__name__", "__qualname__", "__doc__"), updated=())
            return ForeachBatchSink(call)

        self._make_sink, self._sink_name = make, "foreachBatch"
        return self

    # ------------------------------------------------------------ start

    def start(
        self,
        path: str | None = None,
        format: str | None = None,
        outputMode: str | None = None,
        partitionBy: str | list[str] | None = None,
        queryName: str | None = None,
        **options: Any,
    ) -> StreamingQuery:
        """Start the query in the background.

        Raises: AnalysisException for what cannot run; IllegalArgumentException for a name that is taken. What is wrong inside
            sources comes later, as the query's failure (EXE-43).
        """
        self._settings(format, outputMode, partitionBy, queryName, options)
        if path is not None:
            if "path" in self._options:
                raise AnalysisException(
                    errorClass="_LEGACY_ERROR_TEMP_1188",
                    messageParameters={"method": "start", "config": "spark.sql.legacy.pathOptionBehavior.enabled"},
                )
            self.option("path", path)
        return self._start()

    def toTable(
        self,
        tableName: str,
        format: str | None = None,
        outputMode: str | None = None,
        partitionBy: str | list[str] | None = None,
        queryName: str | None = None,
        **options: Any,
    ) -> StreamingQuery:
        """Start the query in the background, appending to a table, which is made if there is none (IO-18).

        Args:
            format: of a table to be; of an existing one it must be the format that the table has.
            options: `path` puts the files of a new table there instead of into the warehouse.
        Raises: AnalysisException `_LEGACY_ERROR_TEMP_1190` for a temporary view, `_LEGACY_ERROR_TEMP_1192` for another format,
            `_LEGACY_ERROR_TEMP_1163` for other partition columns, SCHEMA_NOT_FOUND, and what `start` raises.
        """
        check_text(tableName, "tableName")
        self._settings(format, outputMode, partitionBy, queryName, options)
        warehouse = self._session._warehouse
        if self._session._views.find(tableName) is not None:
            raise AnalysisException(errorClass="_LEGACY_ERROR_TEMP_1190", messageParameters={"viewName": tableName})
        name = table_name(tableName, warehouse.current)
        provider = self._sink_label()
        existing = warehouse.find(name)
        if existing is not None and existing.query is not None:
            raise AnalysisException(errorClass="_LEGACY_ERROR_TEMP_1191", messageParameters={"viewName": tableName})
        if existing is not None:
            self._check_table(existing, tableName, provider)
            return self._start(existing)
        path = self._options.get("path")
        table = describe_table(warehouse, name, provider, self._frame.schema, self._partition_by, path)
        warehouse.create(table)
        try:
            return self._start(table)
        except BaseException:
            # a query that never ran leaves no table behind; what a table with a path found there is not ours to delete
            warehouse.drop(table)
            raise

    def _check_table(self, table: TableDescription, name: str, provider: str) -> None:
        if provider.lower() != table.provider:
            raise AnalysisException(
                errorClass="_LEGACY_ERROR_TEMP_1192",
                messageParameters={"source": provider, "tableName": name, "provider": table.provider},
            )
        given = [column.lower() for column in self._partition_by]
        if given and given != [column.lower() for column in table.partition_by]:
            # the reference writes such files and can never read the table again
            raise AnalysisException(
                errorClass="_LEGACY_ERROR_TEMP_1163",
                messageParameters={
                    "tableName": table.dotted_name,
                    "specifiedPartCols": ", ".join(self._partition_by),
                    "existingPartCols": ", ".join(table.partition_by),
                },
            )

    def _settings(
        self,
        format: str | None,
        output_mode: str | None,
        partition_by: str | list[str] | None,
        query_name: str | None,
        options: Mapping[str, Any],
    ) -> None:
        """What `start` and `toTable` take beside the builder's methods; options first, so that the others override (IO-17)."""
        self.options(**options)
        if output_mode is not None:
            self.outputMode(output_mode)
        if partition_by is not None:
            self.partitionBy(*([partition_by] if isinstance(partition_by, str) else partition_by))
        if format is not None:
            self.format(format)
        if query_name is not None:
            self.queryName(query_name)

    def _start(self, table: TableDescription | None = None) -> StreamingQuery:
        session, frame = self._session, self._frame
        self._table = table
        conf = session._conf.copy()
        name = self._name or self._options.get("queryName")
        continuous = isinstance(self._trigger, Continuous)
        sink = self._sink(name)
        if continuous and not sink.continuous:
            label = self._sink_name if self._make_sink is not None else self._sink_label()
            raise AnalysisException(errorClass="_LEGACY_ERROR_TEMP_1195", messageParameters={"source": label})
        if self._mode not in sink.output_modes:
            raise AnalysisException(
                errorClass="STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE",
                messageParameters={"outputMode": self._mode, "className": self._sink_label()},
            )
        checkpoint = self._checkpoint(name, sink)
        check_streaming(frame._plan, self._mode, conf)
        if continuous:
            check_continuous(frame._plan, conf)
        graph = lower(frame._plan, self._mode, sink, conf)
        is_table = isinstance(sink, MemorySink)
        if is_table and name is not None:
            check_view_name(name)
        session.streams.reserve(name)
        try:
            query = start_query(
                QuerySpec(
                    graph=graph,
                    trigger=self._trigger,
                    conf=conf,
                    name=name,
                    checkpoint=checkpoint,
                    partitions=session._default_parallelism,
                    clock=session._clock,
                    faults=session._faults,
                    observer=session.streams,
                    refuse_recovery=is_table and not self._recovers(),
                    host=session._host_factory(),
                )
            )
        finally:
            session.streams.release(name)
        if isinstance(sink, MemorySink) and name is not None:
            session._register_memory_table(name, frame, sink)
        return query

    def _recovers(self) -> bool:
        return self._mode == "complete" or recover_option(self._options)

    def _sink(self, name: str | None) -> Sink:
        if self._make_sink is not None and self._table is None:
            if self._partition_by:
                raise AnalysisException(
                    errorClass="_LEGACY_ERROR_TEMP_1197", messageParameters={"source": self._sink_name}
                )
            return self._make_sink()
        partition_by = self._partition_by if self._table is None else self._table.partition_by
        for column in partition_by:
            if not any(same_name(column, other, self._session._conf) for other in self._frame.columns):
                raise AnalysisException(
                    errorClass="_LEGACY_ERROR_TEMP_1196",
                    messageParameters={
                        "columnType": "Partition",
                        "columnName": column,
                        "validColumnNames": ", ".join(self._frame.columns),
                    },
                )
        module = connector_for(self._sink_label(), "sink", self._session)
        request = WriteRequest(
            format=self._sink_label().lower(),
            options=self._options,
            conf=self._session._conf,
            schema=to_arrow_schema(self._frame.schema),
            output_mode=self._mode,
            path=self._options.get("path") if self._table is None else self._table.location,
            partition_by=partition_by,
            query_name=name,
        )
        sink: Sink = module.sink(request)
        return sink

    def _sink_label(self) -> str:
        return self._format or self._session._conf.value(DEFAULT_SOURCE)

    def _checkpoint(self, name: str | None, sink: Sink) -> str | None:
        """Where the checkpoint is; None for a temporary one. Raises: AnalysisException `_LEGACY_ERROR_TEMP_1298` (MEM-100, MEM-101)."""
        given = self._options.get("checkpointLocation")
        if given is not None:
            if not given:
                raise IllegalArgumentException("Can not create a Path from an empty string")
            return given
        root = self._session._conf.value(CHECKPOINT_LOCATION)
        if root:
            return f"{root.rstrip('/')}/{name or uuid.uuid4()}"
        if sink.temporary_checkpoint:
            return None
        raise AnalysisException(
            errorClass="_LEGACY_ERROR_TEMP_1298", messageParameters={"config": CHECKPOINT_LOCATION.key}
        )


def _format_name(source: str) -> str:
    if not isinstance(source, str):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={"arg_name": "source", "expected_type": "str", "arg_type": type(source).__name__},
        )
    return source


def _only_true(value: object, name: str) -> None:
    if value is not True:
        raise PySparkValueError(
            errorClass="VALUE_NOT_ALLOWED", messageParameters={"arg_name": name, "allowed_values": "[True]"}
        )
