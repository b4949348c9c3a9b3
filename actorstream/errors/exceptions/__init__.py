"""The exception classes users catch, under PySpark's names, and the lookup of their messages.

Every message lives in ``errors/conditions/*.json`` under its error condition, so that a text is written once and tests can
check its placeholders. Nothing else in the package formats an error text that has a condition.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from actorstream.errors.query_context import QueryContext

_PLACEHOLDER = re.compile(r"<([a-zA-Z0-9_]+)>")


@functools.cache
def conditions() -> Mapping[str, Mapping[str, Any]]:
    """Every known condition: name -> ``{"message": [lines], "sqlState": str | absent}``.

    A condition with a dot (``A.B``) is a sub-condition: its text follows the parent's.
    """
    merged: dict[str, Mapping[str, Any]] = {}
    folder = resources.files("actorstream.errors").joinpath("conditions")
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".json"):
            continue
        for name, body in json.loads(entry.read_text(encoding="utf-8")).items():
            if name in merged and merged[name] != body:
                raise AssertionError(f"error condition {name} is defined twice ({entry.name})")
            merged[name] = body
    return merged


def placeholders(condition: str) -> frozenset[str]:
    """The names of the parameters that a condition's text asks for."""
    return frozenset(_PLACEHOLDER.findall(_template(condition)))


def format_message(condition: str, parameters: Mapping[str, str]) -> str:
    """The full text of a condition: ``[NAME] text SQLSTATE: xxxxx``; legacy conditions print the bare text.

    Source: Spark ``SparkThrowableHelper.getMessage``.
    """
    text = _PLACEHOLDER.sub(lambda match: parameters.get(match.group(1), match.group(0)), _template(condition))
    if condition.startswith("_LEGACY_ERROR"):
        return text
    state = sql_state(condition)
    return f"[{condition}] {text}" + (f" SQLSTATE: {state}" if state else "")


def sql_state(condition: str) -> str | None:
    """The SQLSTATE of a condition, which a sub-condition takes from its parent; None for Python-side conditions."""
    body = conditions()[condition.split(".")[0]]
    return cast("str | None", body.get("sqlState"))


def _template(condition: str) -> str:
    known = conditions()
    if condition not in known:
        raise AssertionError(f"unknown error condition {condition}")
    own = "\n".join(known[condition]["message"])
    parent = condition.split(".")[0]
    return own if parent == condition else "\n".join(known[parent]["message"]) + " " + own


class PySparkException(Exception):
    """Base of all errors with a condition; the root of PySpark's own hierarchy.

    Args:
        message: the text; taken from the condition when absent.
        errorClass: the condition, a key of ``errors/conditions/*.json``; None for errors the reference leaves unnamed.
        messageParameters: one string for each placeholder of the condition's text.
        contexts: where in the query it arose.
    """

    def __init__(
        self,
        message: str | None = None,
        errorClass: str | None = None,
        messageParameters: Mapping[str, str] | None = None,
        contexts: Sequence[QueryContext] | None = None,
    ) -> None:
        parameters = dict(messageParameters or {})
        if message is None:
            if errorClass is None:
                raise AssertionError("an error needs a message or a condition")
            message = format_message(errorClass, parameters)
        super().__init__(message)
        self._message = message
        self._condition = errorClass
        self._parameters = parameters
        self._contexts = list(contexts or ())

    def getCondition(self) -> str | None:
        """The error condition, or None."""
        return self._condition

    def getErrorClass(self) -> str | None:
        """Deprecated name of `getCondition`."""
        return self._condition

    def getMessageParameters(self) -> dict[str, str] | None:
        """The parameters of the message."""
        return self._parameters

    def getQueryContext(self) -> list[QueryContext]:
        """Where in the query it arose; empty if nothing is known."""
        return self._contexts

    def _add(self, contexts: Sequence[QueryContext], text: str) -> None:
        """Say where it arose, with `text` at the end of the message."""
        self._contexts.extend(contexts)
        self._message += text
        self.args = (self._message,)

    def getSqlState(self) -> str | None:
        """The SQLSTATE, or None."""
        return sql_state(self._condition) if self._condition and self._condition in conditions() else None

    def getMessage(self) -> str:
        """The text without traceback."""
        return self._message

    def __str__(self) -> str:
        return self._message


class AnalysisException(PySparkException):
    """A plan that cannot be: raised where the user wrote it."""


class ParseException(AnalysisException):
    """Text that is not SQL, not a type and not a schema."""


class SessionNotSameException(PySparkException):
    """Frames of different sessions that should work together."""


class TempTableAlreadyExistsException(AnalysisException):
    """A temporary view of that name is there already."""


class IllegalArgumentException(PySparkException):
    """An argument or option with an impossible value."""


class ArithmeticException(PySparkException):
    """Overflow or division by zero under ANSI rules."""


class UnsupportedOperationException(PySparkException):
    """An operation the object does not offer."""


class ArrayIndexOutOfBoundsException(PySparkException):
    """An array index outside the array under ANSI rules."""


class DateTimeException(PySparkException):
    """A date or time that does not exist under ANSI rules."""


class NumberFormatException(IllegalArgumentException):
    """Text that should be a number and is not."""


class StreamingQueryException(PySparkException):
    """A streaming query ended with an error; the text names query, actor, epoch and cause."""


class StreamingPythonRunnerInitializationException(PySparkException):
    """A Python worker for a streaming function did not start."""


class QueryExecutionException(PySparkException):
    """A query failed outside streaming."""


class PythonException(PySparkException):
    """An exception of user code inside a function; the text holds the user's traceback."""


class SparkRuntimeException(PySparkException):
    """A data error found while running."""


class SparkUpgradeException(PySparkException):
    """Behaviour that differs between versions of the reference."""


class SparkNoSuchElementException(PySparkException):
    """A key, such as a configuration, that is not there."""


class UnknownException(PySparkException):
    """An error with no better class."""


class PySparkValueError(PySparkException, ValueError):
    """An argument of the right type with a wrong value."""


class PySparkTypeError(PySparkException, TypeError):
    """An argument of a wrong type."""


class PySparkIndexError(PySparkException, IndexError):
    """An index out of range."""


class PySparkAttributeError(PySparkException, AttributeError):
    """An attribute that does not exist."""


class PySparkRuntimeError(PySparkException, RuntimeError):
    """A misuse found at run time."""


class PySparkAssertionError(PySparkException, AssertionError):
    """A failed assertion of the testing helpers.

    Args:
        data: the pairs of rows that differ, if the caller asked for them.
    """

    def __init__(
        self,
        message: str | None = None,
        errorClass: str | None = None,
        messageParameters: Mapping[str, str] | None = None,
        data: list[Any] | None = None,
    ) -> None:
        super().__init__(message, errorClass, messageParameters)
        self.data = data


class PySparkNotImplementedError(PySparkException, NotImplementedError):
    """Something PySpark has and actorstream does not: the text names it."""


class PySparkKeyError(PySparkException, KeyError):
    """A key that is not there."""


class PySparkImportError(PySparkException, ImportError):
    """An optional package that is not installed: the text names the extra to install."""


class PickleException(PySparkException):
    """A value that cannot be shipped between processes."""


class PySparkPicklingError(PySparkException):
    """A function that cannot be shipped to another process."""
