"""How much a Python stream reader may take in one epoch. The classes of `pyspark.sql.streaming.datasource`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from actorstream.dataflow.protocols import ReadLimit as EngineLimit
from actorstream.errors import PySparkTypeError


class ReadLimit:
    """Base of the limits below; there are no others."""


@dataclass
class ReadAllAvailable(ReadLimit):
    """Everything there is, whatever the options say."""


@dataclass
class ReadMinRows(ReadLimit):
    """At least so many rows; with fewer the reader waits, and gives its old offset."""

    min_rows: int


@dataclass
class ReadMaxRows(ReadLimit):
    """At most so many rows."""

    max_rows: int


@dataclass
class ReadMaxFiles(ReadLimit):
    """At most so many files."""

    max_files: int


@dataclass
class ReadMaxBytes(ReadLimit):
    """At most so many bytes."""

    max_bytes: int


class SupportsTriggerAvailableNow(ABC):
    """A reader that can fix its end when a query with `Trigger.AvailableNow` starts.

    Without it such a query runs a single batch (EXE-15, IO-114).
    """

    @abstractmethod
    def prepareForTriggerAvailableNow(self) -> None:
        """Remember what there is now: from here on no offset may lie beyond it, and asking often enough must reach it."""


def to_engine(limit: object, reader: str) -> EngineLimit:
    """The engine's form of a limit. Raises: PySparkTypeError for anything that is not one of the classes above."""
    match limit:
        case ReadAllAvailable():
            return EngineLimit("all")
        case ReadMinRows():
            return EngineLimit("min_rows", limit.min_rows)
        case ReadMaxRows():
            return EngineLimit("rows", limit.max_rows)
        case ReadMaxFiles():
            return EngineLimit("files", limit.max_files)
        case ReadMaxBytes():
            return EngineLimit("bytes", limit.max_bytes)
    raise PySparkTypeError(
        errorClass="DATA_SOURCE_TYPE_MISMATCH",
        messageParameters={
            "expected": f"{reader}.getDefaultReadLimit() to return a ReadLimit",
            "actual": f"'{type(limit).__name__}'",
        },
    )


def from_engine(limit: EngineLimit) -> ReadLimit:
    """What a reader is handed for a limit of the engine."""
    if limit.kind == "min_rows":
        return ReadMinRows(limit.value)
    if limit.kind == "rows":
        return ReadMaxRows(limit.value)
    if limit.kind == "files":
        return ReadMaxFiles(limit.value)
    return ReadMaxBytes(limit.value) if limit.kind == "bytes" else ReadAllAvailable()
