"""Where in a query an error arose: the piece of SQL text, or the call that made the column. Source: `pyspark.errors.QueryContext`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum

from actorstream.errors.exceptions import UnsupportedOperationException

_AROUND = 32
"""Letters of the text that are shown before and after the piece, on its first and last line."""


class QueryContextType(Enum):
    """What a context speaks of."""

    SQL = 0
    DataFrame = 1


class QueryContext(ABC):
    """Where in a query an error arose; see `PySparkException.getQueryContext`."""

    @abstractmethod
    def contextType(self) -> QueryContextType:
        """SQL text or a call on columns."""

    @abstractmethod
    def objectType(self) -> str:
        """Always empty: the text is that of the query itself."""

    @abstractmethod
    def objectName(self) -> str:
        """Always empty: the text is that of the query itself."""

    @abstractmethod
    def startIndex(self) -> int:
        """Where the piece begins in the text, from 0."""

    @abstractmethod
    def stopIndex(self) -> int:
        """Where the last letter of the piece stands."""

    @abstractmethod
    def fragment(self) -> str:
        """The piece of text, or the name of the method or function."""

    @abstractmethod
    def callSite(self) -> str:
        """File and line of the call."""

    @abstractmethod
    def summary(self) -> str:
        """Some lines for people."""


@dataclass(frozen=True, slots=True)
class SqlContext(QueryContext):
    """A piece of SQL text.

    Args:
        text: the whole of it.
        start: where the piece begins.
        stop: its last letter.
    """

    text: str
    start: int
    stop: int

    def contextType(self) -> QueryContextType:
        return QueryContextType.SQL

    def objectType(self) -> str:
        return ""

    def objectName(self) -> str:
        return ""

    def startIndex(self) -> int:
        return self.start

    def stopIndex(self) -> int:
        return self.stop

    def fragment(self) -> str:
        return self.text[self.start : self.stop + 1]

    def callSite(self) -> str:
        raise _no_call("SqlContext", "callSite")

    @property
    def line(self) -> int:
        """The line of the piece, from 1."""
        return self.text.count("\n", 0, self.start) + 1

    @property
    def column(self) -> int:
        """The place of the piece in its line, from 0."""
        return self.start - (self.text.rfind("\n", 0, self.start) + 1)

    def summary(self) -> str:
        """The lines of the piece, with marks below it. Source: Spark ``SQLQueryContext.summary``."""
        first = self.start - self.column
        last = self.text.find("\n", self.stop + 1)
        last = len(self.text) if last < 0 else last
        before, after = "", ""
        if self.start - first >= _AROUND:
            first, before = self.start - _AROUND, "..."
        if last - self.stop - 1 >= _AROUND:
            last, after = self.stop + 1 + _AROUND, "..."
        lines = [f"== SQL (line {self.line}, position {self.column + 1}) =="]
        place = first - len(before)
        for line in (before + self.text[first:last] + after).split("\n"):
            marks = ("^" if place + at >= self.start else " " for at in range(min(len(line), self.stop + 1 - place)))
            lines += [line, "".join(marks)]
            place += len(line) + 1
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class DataFrameContext(QueryContext):
    """A call of a method of `Column` or of a function.

    Args:
        name: of the method or function.
        site: file and line of the user's code.
    """

    name: str
    site: str

    def contextType(self) -> QueryContextType:
        return QueryContextType.DataFrame

    def objectType(self) -> str:
        raise _no_call("DataFrameContext", "objectType")

    def objectName(self) -> str:
        raise _no_call("DataFrameContext", "objectName")

    def startIndex(self) -> int:
        raise _no_call("DataFrameContext", "startIndex")

    def stopIndex(self) -> int:
        raise _no_call("DataFrameContext", "stopIndex")

    def fragment(self) -> str:
        return self.name

    def callSite(self) -> str:
        return self.site

    def summary(self) -> str:
        return f'== DataFrame ==\n"{self.name}" was called from\n{self.site}\n'


def _no_call(kind: str, name: str) -> UnsupportedOperationException:
    return UnsupportedOperationException(
        errorClass="UNSUPPORTED_CALL.WITHOUT_SUGGESTION", messageParameters={"methodName": name, "className": kind}
    )
