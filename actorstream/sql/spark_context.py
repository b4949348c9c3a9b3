"""The part of `SparkContext` that streaming scripts use: names, parallelism, log level, shared values, small RDDs, files."""

from __future__ import annotations

import getpass
import logging
import os
import sys
import uuid
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar

from actorstream.accumulators import Accumulator, AccumulatorParam
from actorstream.broadcast import Broadcast
from actorstream.common.clock import SystemClock
from actorstream.conf import SparkConf
from actorstream.errors import IllegalArgumentException, PySparkNotImplementedError
from actorstream.files import SparkFiles

if TYPE_CHECKING:
    from actorstream.sql.rdd import RDD

T = TypeVar("T")

_LEVELS = {
    "ALL": logging.NOTSET,
    "TRACE": logging.DEBUG,
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "ERROR": logging.ERROR,
    "FATAL": logging.CRITICAL,
    "OFF": logging.CRITICAL + 1,
}


class SparkContext:
    """The process behind a session. A script that makes one itself hands it to ``SparkSession(sc)`` or to the builder's `config`.

    Args:
        conf: settings; `master` and `appName` go before it.
    """

    #: the one that a script has made by itself, until it is stopped
    _made_by_user: ClassVar[SparkContext | None] = None

    def __init__(self, master: str | None = None, appName: str | None = None, *, conf: SparkConf | None = None) -> None:
        self._conf = SparkConf().setAll(conf.getAll() if conf is not None else ())
        if master is not None:
            self._conf.setMaster(master)
        if appName is not None:
            self._conf.setAppName(appName)
        self._prepare()
        SparkContext._made_by_user = self

    @classmethod
    def getOrCreate(cls, conf: SparkConf | None = None) -> SparkContext:
        """The context of this process, or a new one."""
        from actorstream.sql.session import SparkSession

        session = SparkSession.getActiveSession()
        if session is not None:
            return session.sparkContext
        return cls._made_by_user if cls._made_by_user is not None else cls(conf=conf)

    @classmethod
    def of_session(cls, conf: SparkConf) -> SparkContext:
        """The context of a session that was made without one."""
        context = cls.__new__(cls)
        context._conf = conf
        context._prepare()
        return context

    def _prepare(self) -> None:
        self._start_ms = SystemClock().now_ms()
        self._id = f"local-{self._start_ms}-{uuid.uuid4()}"
        self._properties: dict[str, str] = {}

    @classmethod
    def made_by_user(cls) -> SparkContext | None:
        """A context that waits for its session."""
        return cls._made_by_user

    @property
    def master(self) -> str:
        """Where it runs."""
        return self._conf.get("spark.master") or "local[*]"

    @property
    def appName(self) -> str:
        """The application's name."""
        return self._conf.get("spark.app.name") or "actorstream"

    @property
    def applicationId(self) -> str:
        """A name that no other process has."""
        return self._id

    @property
    def defaultParallelism(self) -> int:
        """Partitions of a keyed step."""
        from actorstream.sql.session import parallelism_of

        return parallelism_of(self.master)

    @property
    def version(self) -> str:
        """The PySpark release whose behaviour this one follows."""
        from actorstream.version import __version__

        return __version__

    @property
    def uiWebUrl(self) -> str | None:
        """There is no web page."""
        return None

    def getConf(self) -> SparkConf:
        """A copy of the settings."""
        return SparkConf().setAll(self._conf.getAll())

    @property
    def startTime(self) -> int:
        """When it was made, in milliseconds since 1970."""
        return self._start_ms

    @property
    def defaultMinPartitions(self) -> int:
        """Partitions of a file, at least."""
        return min(self.defaultParallelism, 2)

    @property
    def sparkHome(self) -> str | None:
        """There is no installation but this package."""
        return None

    def sparkUser(self) -> str:
        """The user who runs this process."""
        return getpass.getuser()

    def setLocalProperty(self, key: str, value: str | None) -> None:
        """A text that `TaskContext.getLocalProperty` gives to user functions; None takes it back."""
        if value is None:
            self._properties.pop(key, None)
        else:
            self._properties[key] = value

    def getLocalProperty(self, key: str) -> str | None:
        """What `setLocalProperty` said."""
        return self._properties.get(key)

    def setJobGroup(self, groupId: str, description: str, interruptOnCancel: bool = False) -> None:
        """A name for what runs next: kept as a local property."""
        self.setLocalProperty("spark.jobGroup.id", groupId)
        self.setJobDescription(description)

    def setJobDescription(self, value: str | None) -> None:
        """A text on what runs next: kept as a local property."""
        self.setLocalProperty("spark.job.description", value)

    # ------------------------------------------------------------ values of this process

    def broadcast(self, value: T) -> Broadcast[T]:
        """A value for user functions."""
        return Broadcast(value)

    def accumulator(self, value: T, accum_param: AccumulatorParam[T] | None = None) -> Accumulator[T]:
        """A number, or another value, that user functions add to."""
        return Accumulator(value, accum_param)

    def parallelize(self, c: Iterable[T], numSlices: int | None = None) -> RDD[T]:
        """Values as an RDD, most often to make a frame of them."""
        from actorstream.sql.rdd import parallelized

        return parallelized(c, self, numSlices or self.defaultParallelism)

    def range(self, start: int, end: int | None = None, step: int = 1, numSlices: int | None = None) -> RDD[int]:
        """Numbers as an RDD."""
        return self.parallelize(range(start) if end is None else range(start, end, step), numSlices)

    def emptyRDD(self) -> RDD[Any]:
        """An RDD without values and partitions."""
        from actorstream.sql.rdd import RDD

        return RDD(list, self, 0)

    def union(self, rdds: Sequence[RDD[T]]) -> RDD[T]:
        """The values of several RDDs."""
        first, *rest = rdds
        for other in rest:
            first = first.union(other)
        return first

    def textFile(self, name: str, minPartitions: int | None = None, use_unicode: bool = True) -> RDD[str]:
        """The lines of text files."""
        from actorstream.sql.session import SparkSession

        lines = SparkSession.active().read.text(name.split(","))
        return lines.rdd.map(lambda row: str(row[0])).repartition(minPartitions or self.defaultMinPartitions)

    def addFile(self, path: str, recursive: bool = False) -> None:
        """A file that `SparkFiles.get` finds by its name. Raises: FileNotFoundError."""
        SparkFiles.add(path)

    def addPyFile(self, path: str) -> None:
        """A module, or a zip of modules, that user functions may import. Raises: FileNotFoundError."""
        SparkFiles.add(path)
        place = path if path.endswith((".zip", ".egg")) else SparkFiles.getRootDirectory()
        if place not in sys.path:
            sys.path.insert(1, place)

    @property
    def listFiles(self) -> list[str]:
        """The files that were added."""
        root = SparkFiles.getRootDirectory()
        return sorted(f"file:{os.path.realpath(os.path.join(root, name))}" for name in os.listdir(root))  # noqa: PTH118, PTH208

    def setLogLevel(self, logLevel: str) -> None:
        """The least severe messages that are logged: DEBUG, INFO, WARN, ERROR, OFF. Raises: IllegalArgumentException."""
        level = _LEVELS.get(logLevel.upper())
        if level is None:
            raise IllegalArgumentException(
                f"requirement failed: Supplied level {logLevel} did not match one of: {','.join(sorted(_LEVELS))}"
            )
        logging.getLogger("actorstream").setLevel(level)

    def stop(self) -> None:
        """Stop the session of this process, and its queries."""
        from actorstream.sql.session import SparkSession

        session = SparkSession.getActiveSession()
        if session is not None:
            session.stop()
        self.forget()

    @classmethod
    def forget(cls) -> None:
        """The session of a context has been stopped: the next one begins anew."""
        cls._made_by_user = None

    def __enter__(self) -> SparkContext:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={"feature": f"SparkContext.{name}", "remedy": "Use DataFrames."},
        )

    def __repr__(self) -> str:
        return f"<SparkContext master={self.master} appName={self.appName}>"
