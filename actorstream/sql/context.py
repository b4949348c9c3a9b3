"""The part of `SparkContext` that streaming scripts use: names, parallelism, log level, broadcast values."""

from __future__ import annotations

import logging
import uuid
from typing import ClassVar, NoReturn, TypeVar

from actorstream.broadcast import Broadcast
from actorstream.conf import SparkConf
from actorstream.errors import IllegalArgumentException, PySparkNotImplementedError

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
        self._id = f"actorstream-{uuid.uuid4()}"
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
        context._id = f"actorstream-{uuid.uuid4()}"
        return context

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

    def broadcast(self, value: T) -> Broadcast[T]:
        """A value for user functions."""
        return Broadcast(value)

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
            messageParameters={"feature": f"SparkContext.{name}", "remedy": "Use DataFrames; there are no RDDs."},
        )

    def __repr__(self) -> str:
        return f"<SparkContext master={self.master} appName={self.appName}>"
