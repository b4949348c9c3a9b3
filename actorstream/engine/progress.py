"""Progress objects: PySpark's classes and JSON, with true values (EXE-70 to EXE-92)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from actorstream.expr.types import Row


class _Progress(dict[str, Any]):
    """A dict whose keys are also attributes. Subclasses say what their JSON looks like."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}") from None

    def _jsonable(self) -> dict[str, Any]:
        return dict(self)

    @property
    def json(self) -> str:
        """The JSON on one line, spaced as the reference's Python spaces it."""
        return json.dumps(self._jsonable())

    @property
    def prettyJson(self) -> str:
        """The indented JSON."""
        return json.dumps(self._jsonable(), indent=4)

    def __str__(self) -> str:
        return self.prettyJson

    def __repr__(self) -> str:
        return self.prettyJson


class StateOperatorProgress(_Progress):
    """Numbers of one stateful operator, summed over its partitions (EXE-89)."""

    def without_work(self) -> StateOperatorProgress:
        """The same state in a trigger that did nothing with it (EXE-76)."""
        return StateOperatorProgress({**self, **dict.fromkeys(_WORK, 0)})


#: what an operator did in a trigger, as opposed to what it holds
_WORK = (
    "numRowsUpdated",
    "numRowsRemoved",
    "numRowsDroppedByWatermark",
    "allUpdatesTimeMs",
    "allRemovalsTimeMs",
    "commitTimeMs",
)


class SinkProgress(_Progress):
    """Numbers of the sink (EXE-91)."""

    def _jsonable(self) -> dict[str, Any]:
        return _without_empty(self, "metrics")


class SourceProgress(_Progress):
    """Numbers of one source; offsets are JSON texts here and embedded JSON in `json` (EXE-90)."""

    def _jsonable(self) -> dict[str, Any]:
        body = _without_empty(self, "metrics")
        for key in ("startOffset", "endOffset", "latestOffset"):
            body[key] = _embedded(body[key])
        return body


class StreamingQueryProgress(_Progress):
    """What one trigger did. ``progress["id"]`` is a str, ``progress.id`` a UUID, as in the reference."""

    @property
    def id(self) -> uuid.UUID:
        """Id of the query."""
        return uuid.UUID(self["id"])

    @property
    def runId(self) -> uuid.UUID:
        """Id of the run."""
        return uuid.UUID(self["runId"])

    def _jsonable(self) -> dict[str, Any]:
        body = _without_empty({key: self[key] for key in _JSON_ORDER}, "eventTime", "observedMetrics")
        body["stateOperators"] = [state._jsonable() for state in self["stateOperators"]]
        body["sources"] = [source._jsonable() for source in self["sources"]]
        body["sink"] = self["sink"]._jsonable()
        if "observedMetrics" in body:
            body["observedMetrics"] = {
                name: {column: _plain(value) for column, value in row.asDict(recursive=True).items()}
                for name, row in body["observedMetrics"].items()
            }
        return body


#: the reference's JSON has the row counts earlier than its dict has them
_JSON_ORDER = (
    "id",
    "runId",
    "name",
    "timestamp",
    "batchId",
    "batchDuration",
    "numInputRows",
    "inputRowsPerSecond",
    "processedRowsPerSecond",
    "durationMs",
    "eventTime",
    "stateOperators",
    "sources",
    "sink",
    "observedMetrics",
)


def iso_timestamp(ms: int) -> str:
    """``2024-01-01T00:00:07.000Z``: how progress writes a time (EXE-81)."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


def per_second(rows: int, ms: int) -> float:
    """A rate with one decimal; infinite rates do not exist in JSON, so no time means 0 for no rows and 1 ms otherwise."""
    if rows == 0:
        return 0.0
    return round(rows * 1000 / max(ms, 1), 1)


def source_progress(
    description: str,
    start: str | None,
    end: str | None,
    latest: str | None,
    rows: int,
    *,
    since_last_ms: int | None,
    duration_ms: int,
) -> SourceProgress:
    """Args: `since_last_ms` is the time between trigger starts, None for the first trigger (EXE-85)."""
    return SourceProgress(
        description=description,
        startOffset=_offset_text(start),
        endOffset=_offset_text(end),
        latestOffset=_offset_text(latest),
        numInputRows=rows,
        inputRowsPerSecond=0.0 if since_last_ms is None else per_second(rows, since_last_ms),
        processedRowsPerSecond=per_second(rows, duration_ms),
        metrics={},
    )


def query_progress(
    *,
    query_id: str,
    run_id: str,
    name: str | None,
    started_ms: int,
    epoch: int,
    duration_ms: int,
    durations: Mapping[str, int],
    event_time: Mapping[str, str],
    states: Sequence[StateOperatorProgress],
    sources: Sequence[SourceProgress],
    sink: SinkProgress,
    since_last_ms: int | None,
    observed: Mapping[str, Mapping[str, Any]],
) -> StreamingQueryProgress:
    """Put a progress together, in the order of the reference's dict."""
    rows = sum(source["numInputRows"] for source in sources)
    return StreamingQueryProgress(
        id=query_id,
        runId=run_id,
        name=name,
        timestamp=iso_timestamp(started_ms),
        batchId=epoch,
        batchDuration=duration_ms,
        durationMs=dict(sorted(durations.items())),
        eventTime=dict(event_time),
        stateOperators=list(states),
        sources=list(sources),
        sink=sink,
        numInputRows=rows,
        inputRowsPerSecond=0.0 if since_last_ms is None else per_second(rows, since_last_ms),
        processedRowsPerSecond=per_second(rows, duration_ms),
        observedMetrics={label: Row(**values) for label, values in observed.items()},
    )


def _without_empty(progress: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in progress.items() if key not in keys or value}


def _offset_text(offset: str | None) -> str:
    """An offset in the dict: JSON text, spaced like the rest."""
    embedded = None if offset is None else _embedded(offset)
    return embedded if isinstance(embedded, str) else json.dumps(embedded)


def _embedded(offset: str) -> Any:
    try:
        return json.loads(offset)
    except ValueError:
        return offset


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, float, str, list, dict)) else str(value)
