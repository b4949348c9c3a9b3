"""What the end-to-end tests have in common: start a query on a memory sink, look at it, add to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from actorstream import MemorySink
from actorstream.engine.query import StreamingQuery
from actorstream.errors import PySparkException, StreamingQueryException
from actorstream.sql import DataFrame, SparkSession


def start(
    frame: DataFrame,
    name: str = "t",
    mode: str = "append",
    checkpoint: Path | str | None = None,
    trigger: dict[str, Any] | None = None,
    **options: Any,
) -> StreamingQuery:
    """A query into the memory table `name`."""
    writer = frame.writeStream.format("memory").queryName(name).outputMode(mode).options(**options)
    if checkpoint is not None:
        writer = writer.option("checkpointLocation", str(checkpoint))
    if trigger is not None:
        writer = writer.trigger(**trigger)
    return writer.start()


def sink_of(query: StreamingQuery) -> MemorySink:
    """The sink behind the memory table of a query."""
    assert isinstance(query.sink, MemorySink)
    return query.sink


def table(session: SparkSession, name: str = "t") -> list[tuple[Any, ...]]:
    """Rows of a table in the order in which it has them."""
    return [tuple(row) for row in session.table(name).collect()]


def executed(query: StreamingQuery) -> list[int]:
    """Ids of the batches that a run has executed; idle entries left out."""
    return [progress["batchId"] for progress in query.recentProgress if "addBatch" in progress["durationMs"]]


def refused(error: pytest.ExceptionInfo[Any]) -> str | None:
    """The condition of a caught error."""
    assert isinstance(error.value, PySparkException)
    return error.value.getCondition()


def failure(query: StreamingQuery) -> BaseException:
    """The cause of a query's failure, once it has failed."""
    with pytest.raises(StreamingQueryException) as error:
        query.awaitTermination()
    assert error.value.__cause__ is not None
    return error.value.__cause__
