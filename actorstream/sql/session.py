"""`SparkSession`: settings, views, queries, and the ways to make DataFrames. Source: `pyspark.sql.SparkSession`."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa

from actorstream.common.clock import Clock, ManualClock
from actorstream.common.config import SHUFFLE_PARTITIONS, Conf
from actorstream.common.current import set_active, using
from actorstream.common.fault_points import NO_FAULTS, FaultInjector
from actorstream.conf import SparkConf
from actorstream.connectors.table import TableProvider
from actorstream.dataflow.protocols import SourceProvider
from actorstream.errors import IllegalArgumentException, PySparkRuntimeError, PySparkTypeError, PySparkValueError
from actorstream.expr.nodes import Constant
from actorstream.expr.types import StructType
from actorstream.expr.typing import attributes_of
from actorstream.expr.zones import session_zone
from actorstream.hosts.base import ActorHost
from actorstream.plan.nodes import LogicalPlan, Relation
from actorstream.sql.conf import RuntimeConfig
from actorstream.sql.spark_context import SparkContext
from actorstream.sql.streaming.manager import StreamingQueryManager
from actorstream.sql.tables import DATABASE, Warehouse
from actorstream.sql.views import Views
from actorstream.storagelevel import StorageLevel
from actorstream.version import __version__ as REFERENCE_VERSION

if TYPE_CHECKING:
    from actorstream.connectors.memory import MemorySink
    from actorstream.connectors.python import PythonConnector
    from actorstream.sql.catalog import Catalog
    from actorstream.sql.dataframe import DataFrame
    from actorstream.sql.datasource import DataSourceRegistration
    from actorstream.sql.observation import Observation
    from actorstream.sql.readwriter import DataFrameReader
    from actorstream.sql.streaming.readwriter import DataStreamReader
    from actorstream.sql.tvf import TableValuedFunction
    from actorstream.sql.udf import UDFRegistration
    from actorstream.sql.udtf import UDTFRegistration


class _BuilderProperty:
    """``SparkSession.builder`` is a new builder every time."""

    def __get__(self, instance: object, owner: type) -> Builder:
        return Builder()


class SparkSession:
    """The entry point. One per process is usual; `newSession` gives one with views and settings of its own."""

    builder: ClassVar[_BuilderProperty] = _BuilderProperty()
    Builder: ClassVar[type[Builder]]
    _active_session: ClassVar[SparkSession | None] = None
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(
        self,
        conf: Conf | SparkContext | None = None,
        *,
        master: str = "local[*]",
        name: str = "actorstream",
        clock: Clock | None = None,
        faults: FaultInjector = NO_FAULTS,
    ) -> None:
        if isinstance(conf, SparkContext):  # ``SparkSession(sc)``
            self._context, master, name = conf, conf.master, conf.appName
            conf = Conf(dict(conf.getConf()))
        else:
            settings = SparkConf().setMaster(master).setAppName(name).setAll(conf or ())
            self._context = SparkContext.of_session(settings)
        self._conf = conf or Conf()
        self._master = master
        self._name = name
        self._clock = clock
        self._faults = faults
        self._default_parallelism = parallelism_of(master)
        self._views = Views()
        #: views that all sessions of one origin share, as ``global_temp.name``
        self._global_views = Views()
        #: SQL variables by lower-case name
        self._variables: dict[str, Constant] = {}
        #: what DEFAULT sets them to, as SQL text
        self._variable_defaults: dict[str, str] = {}
        self._warehouse = Warehouse(self._conf)
        #: what `cache` and `cacheTable` were told, by the shape of the plan; nothing else comes of it
        self._cached: dict[str, StorageLevel] = {}
        self._data_sources: dict[str, PythonConnector] = {}
        #: observations by name that wait for an action
        self._observations: dict[str, Observation] = {}
        self._tags: set[str] = set()
        self._streams = StreamingQueryManager(self)
        self._stopped = False

    # ------------------------------------------------------------ the session

    @classmethod
    def getActiveSession(cls) -> SparkSession | None:
        """The session that `getOrCreate` made, or None."""
        return cls._active_session

    @classmethod
    def active(cls) -> SparkSession:
        """The session that `getOrCreate` made. Raises: PySparkRuntimeError NO_ACTIVE_OR_DEFAULT_SESSION."""
        session = cls._active_session
        if session is None:
            raise PySparkRuntimeError(errorClass="NO_ACTIVE_OR_DEFAULT_SESSION", messageParameters={})
        return session

    def newSession(self) -> SparkSession:
        """A session with the same settings and no views but the global ones."""
        session = SparkSession(
            self._conf.copy(), master=self._master, name=self._name, clock=self._clock, faults=self._faults
        )
        session._global_views = self._global_views
        session._conf.database = DATABASE
        return session

    @property
    def version(self) -> str:
        """The PySpark release whose behaviour this one follows."""
        return REFERENCE_VERSION

    @property
    def conf(self) -> RuntimeConfig:
        """Settings."""
        return RuntimeConfig(self._conf)

    @property
    def sparkContext(self) -> SparkContext:
        """What scripts ask of a context: names, log level, parallelism."""
        return self._context

    @property
    def catalog(self) -> Catalog:
        """The temporary views and the tables."""
        from actorstream.sql.catalog import Catalog

        return Catalog(self)

    @property
    def udf(self) -> UDFRegistration:
        """Names Python functions for SQL text."""
        from actorstream.sql.udf import UDFRegistration

        return UDFRegistration(self._conf)

    @property
    def dataSource(self) -> DataSourceRegistration:
        """The data sources written in Python."""
        from actorstream.sql.datasource import DataSourceRegistration

        return DataSourceRegistration(self._data_sources)

    @property
    def udtf(self) -> UDTFRegistration:
        """Names Python table functions for SQL text."""
        from actorstream.sql.udtf import UDTFRegistration

        return UDTFRegistration(self._conf)

    @property
    def tvf(self) -> TableValuedFunction:
        """The built-in table functions."""
        from actorstream.sql.tvf import TableValuedFunction

        return TableValuedFunction(self)

    def emptyDataFrame(self) -> DataFrame:
        """A frame without rows and columns."""
        return self.createDataFrame([], StructType([]))

    # ------------------------------------------------------------ tags and interruption of running work

    def addTag(self, tag: str) -> None:
        """Remember a tag. Raises: IllegalArgumentException for an empty one, or one with a comma."""
        self._tags.add(_tag(tag))

    def removeTag(self, tag: str) -> None:
        """Forget a tag."""
        self._tags.discard(_tag(tag))

    def getTags(self) -> set[str]:
        """The tags."""
        return set(self._tags)

    def clearTags(self) -> None:
        """Forget all tags."""
        self._tags.clear()

    def interruptAll(self) -> list[str]:
        """Nothing to interrupt: an action runs in the thread that called it. Streaming queries are stopped by `stop`."""
        return []

    def interruptTag(self, tag: str) -> list[str]:
        """Nothing to interrupt."""
        _tag(tag)
        return []

    def interruptOperation(self, op_id: str) -> list[str]:
        """Nothing to interrupt. Raises: IllegalArgumentException for an id that is no number."""
        if not op_id.isdecimal():
            raise IllegalArgumentException("executionId must be a number in string form.")
        return []

    @property
    def client(self) -> Any:
        """Not here. Raises: PySparkRuntimeError ONLY_SUPPORTED_WITH_SPARK_CONNECT."""
        raise _connect_only("client")

    def registerProgressHandler(self, handler: Any) -> None:
        """Not here. Raises: PySparkRuntimeError ONLY_SUPPORTED_WITH_SPARK_CONNECT."""
        raise _connect_only("registerProgressHandler")

    def removeProgressHandler(self, handler: Any) -> None:
        """Not here. Raises: PySparkRuntimeError ONLY_SUPPORTED_WITH_SPARK_CONNECT."""
        raise _connect_only("removeProgressHandler")

    def clearProgressHandlers(self) -> None:
        """Not here. Raises: PySparkRuntimeError ONLY_SUPPORTED_WITH_SPARK_CONNECT."""
        raise _connect_only("clearProgressHandlers")

    def copyFromLocalToFs(self, local_path: str, dest_path: str) -> None:
        """Not here. Raises: PySparkRuntimeError ONLY_SUPPORTED_WITH_SPARK_CONNECT."""
        raise _connect_only("copyFromLocalToFs")

    @property
    def streams(self) -> StreamingQueryManager:
        """The streaming queries."""
        return self._streams

    @property
    def read(self) -> DataFrameReader:
        """Reads static data."""
        from actorstream.sql.readwriter import DataFrameReader

        return DataFrameReader(self)

    @property
    def readStream(self) -> DataStreamReader:
        """Reads streams."""
        from actorstream.sql.streaming.readwriter import DataStreamReader

        return DataStreamReader(self)

    def stop(self) -> None:
        """Stop all queries. The session cannot be used again."""
        self._streams.close()
        self._stopped = True
        SparkContext.forget()
        with SparkSession._lock:
            if SparkSession._active_session is self:
                SparkSession._active_session = None
                set_active(None)

    def __enter__(self) -> SparkSession:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<SparkSession {self._name} on {self._master}, {len(self._streams.active)} active queries>"

    # ------------------------------------------------------------ frames

    def createDataFrame(
        self,
        data: Any,
        schema: StructType | str | list[str] | tuple[str, ...] | None = None,
        samplingRatio: float | None = None,
        verifySchema: bool = True,
    ) -> DataFrame:
        """A static DataFrame of rows (tuples, dicts, Rows, values) in a list or an RDD, of a pandas DataFrame or of an Arrow table.

        Args:
            schema: types as `StructType` or DDL text, or column names; inferred if absent.
        Raises: PySparkTypeError, PySparkValueError for rows that do not fit or types that cannot be told.
        """
        from actorstream.sql.creation import to_table
        from actorstream.sql.rdd import RDD

        if isinstance(data, RDD):
            data = data.collect()
        with using(self._conf):
            table = to_table(data, schema, verify=verifySchema, zone=session_zone(self._conf))
        return self._static_frame(TableProvider.of(table))

    def range(self, start: int, end: int | None = None, step: int = 1, numPartitions: int | None = None) -> DataFrame:
        """Numbers from `start` (0 if it is the only one) up to before `end`, as the column ``id``."""
        low, high = (0, start) if end is None else (start, end)
        if step == 0:
            raise PySparkValueError("The step of range() cannot be 0.")
        numbers = pa.array(np.arange(low, high, step, dtype=np.int64))
        schema = pa.schema([pa.field("id", pa.int64(), nullable=False)])
        return self._static_frame(TableProvider.of(pa.Table.from_arrays([numbers], schema=schema), "Range"))

    def table(self, tableName: str) -> DataFrame:
        """The DataFrame of a temporary view or a table. Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND."""
        from actorstream.sql.dataframe import DataFrame
        from actorstream.sql.relations import relation

        if not isinstance(tableName, str):
            raise PySparkTypeError(
                errorClass="NOT_EXPECTED_TYPE",
                messageParameters={
                    "arg_name": "tableName",
                    "expected_type": "str",
                    "arg_type": type(tableName).__name__,
                },
            )
        return DataFrame(relation(self, tableName), self)

    def sql(self, sqlQuery: str, args: Mapping[str, Any] | list[Any] | None = None, **kwargs: Any) -> DataFrame:
        """The DataFrame of a query over temporary views, streaming ones too. Raises: ParseException, AnalysisException."""
        from actorstream.sql.statements import run_sql

        with using(self._conf):
            return run_sql(self, sqlQuery, args, kwargs)

    # ------------------------------------------------------------ for other modules of this room

    def _clone(self) -> SparkSession:
        """A session with copies of the settings and views, in which `foreachBatch` code works (IO-90)."""
        clone = SparkSession(
            self._conf.copy(), master=self._master, name=self._name, clock=self._clock, faults=self._faults
        )
        clone._views = self._views.copy()
        clone._global_views = self._global_views
        clone._streams = self._streams
        return clone

    def _streaming_frame(self, provider: SourceProvider) -> DataFrame:
        return self._frame(provider, streaming=True)

    def _static_frame(self, provider: SourceProvider) -> DataFrame:
        return self._frame(provider, streaming=False)

    def _frame(self, provider: SourceProvider, *, streaming: bool) -> DataFrame:
        from actorstream.sql.dataframe import DataFrame

        return DataFrame(Relation(provider, tuple(attributes_of(provider.schema)), streaming), self)

    def _plan_frame(self, plan: LogicalPlan) -> DataFrame:
        from actorstream.sql.dataframe import DataFrame

        return DataFrame(plan, self)

    def _register_memory_table(self, name: str, frame: DataFrame, sink: MemorySink) -> None:
        """Name the live table of a memory query (MEM-77, MEM-78)."""
        from actorstream.expr.types import to_arrow_schema

        provider = TableProvider("memory", to_arrow_schema(frame.schema), sink.snapshot)
        self._views.put(name, self._static_frame(provider)._plan)

    def _observed(self, name: str, values: Mapping[str, Any]) -> None:
        """Hand the values of an observation to whoever made it."""
        waiting = self._observations.pop(name, None)
        if waiting is not None:
            waiting._finish(dict(values))

    def _shuffle_partitions(self) -> int:
        return self._conf.value(SHUFFLE_PARTITIONS) or self._default_parallelism

    def _host_factory(self) -> Callable[[], ActorHost] | None:
        """``master("sim")`` runs on one thread in virtual time, ``sim[7]`` in the order that seed 7 gives; others on threads."""
        seed = _SIM.fullmatch(self._master.strip().lower())
        if seed is None:
            return None
        from actorstream.hosts.sim_host import SimHost

        clock = self._clock
        if clock is not None and not isinstance(clock, ManualClock):
            raise PySparkValueError("master('sim') needs a ManualClock: its time is virtual.")
        return lambda: SimHost(clock, seed=None if seed[1] is None else int(seed[1]))


_SIM = re.compile(r"sim(?:\[(\d+)\])?")


def parallelism_of(master: str) -> int:
    """Partitions of a keyed step: N of ``local[N]``. Raises: PySparkValueError for another kind of master."""
    text = master.strip().lower()
    if text == "local":
        return 1
    if _SIM.fullmatch(text):
        return 2
    if text.startswith("local[") and text.endswith("]"):
        number = text[6:-1].split(",")[0].strip()
        if number == "*":
            return max(os.cpu_count() or 1, 1)
        if number.isdecimal() and int(number) > 0:
            return int(number)
    raise PySparkValueError(
        f"Cannot run on the master {master!r}. Use local[N] for N threads of this process, or sim for virtual time."
    )


def _tag(tag: str) -> str:
    if not tag:
        raise IllegalArgumentException("Spark job tag cannot be an empty string.")
    if "," in tag:
        raise IllegalArgumentException("Spark job tag cannot contain ','.")
    return tag


def _connect_only(name: str) -> PySparkRuntimeError:
    return PySparkRuntimeError(
        errorClass="ONLY_SUPPORTED_WITH_SPARK_CONNECT", messageParameters={"feature": f"SparkSession.{name}"}
    )


class Builder:
    """`SparkSession.builder`: settings for a session to be."""

    def __init__(self) -> None:
        self._options: dict[str, str] = {}
        self._master: str | None = None
        self._name: str | None = None
        self._clock: Clock | None = None
        self._faults: FaultInjector | None = None

    def master(self, master: str) -> Builder:
        """``local[N]``: N partitions on threads of this process; ``sim`` or ``sim[SEED]``: one thread, virtual time."""
        parallelism_of(master)
        self._master = master
        return self

    def appName(self, name: str) -> Builder:
        """A name for messages."""
        self._name = name
        return self

    def config(
        self,
        key: str | None = None,
        value: Any = None,
        conf: Iterable[tuple[str, str]] | None = None,
        *,
        map: Mapping[str, Any] | None = None,
    ) -> Builder:
        """Set one key, or several by `map`."""
        if key is not None:
            self._options[key] = _text(value)
        for source in (dict(conf) if conf is not None else {}, map or {}):
            self._options.update({name: _text(item) for name, item in source.items()})
        if "spark.master" in self._options:
            self.master(self._options["spark.master"])
        if "spark.app.name" in self._options:
            self.appName(self._options["spark.app.name"])
        return self

    def clock(self, clock: Clock) -> Builder:
        """The clock of the session's queries, for tests (ours; PySpark has no such thing)."""
        self._clock = clock
        return self

    def faults(self, faults: FaultInjector) -> Builder:
        """What is to go wrong in the session's queries, for tests (ours): see `actorstream.testing.faults`."""
        self._faults = faults
        return self

    def enableHiveSupport(self) -> Builder:
        """Changes nothing: there is no Hive."""
        return self

    def getOrCreate(self) -> SparkSession:
        """The session of this process with these settings added, or a new one."""
        with SparkSession._lock:
            session = SparkSession._active_session
            if session is None:
                session = self._new()
                SparkSession._active_session = session
                set_active(session._conf)
                return session
        for key, value in self._options.items():
            session._conf.set(key, value)
        if self._clock is not None:
            session._clock = self._clock
        if self._faults is not None:
            session._faults = self._faults
        return session

    def create(self) -> SparkSession:
        """A new session, whatever there is already."""
        session = self._new()
        with SparkSession._lock:
            SparkSession._active_session = session
            set_active(session._conf)
        return session

    def _new(self) -> SparkSession:
        conf = Conf()
        made = SparkContext.made_by_user()
        given = {} if made is None else dict(made.getConf())
        for key, value in {**given, **self._options}.items():
            conf.set(key, value)
        return SparkSession(
            conf,
            master=self._master or given.get("spark.master") or "local[*]",
            name=self._name or given.get("spark.app.name") or "actorstream",
            clock=self._clock,
            faults=self._faults or NO_FAULTS,
        )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


SparkSession.Builder = Builder
