"""The ``rate-micro-batch`` source: so many rows in every epoch, with values and times that any run repeats (IO-30 to IO-33)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from actorstream.checkpoint.codec import decode, encode
from actorstream.checkpoint.files import FileExists
from actorstream.dataflow.batch import over_numbers
from actorstream.dataflow.protocols import Offset, ReadLimit, Source, SourceContext, SourceProvider, Split
from actorstream.dataflow.requests import Options, ReadRequest
from actorstream.errors import (
    IllegalArgumentException,
    NumberFormatException,
    SparkRuntimeException,
    UnsupportedOperationException,
)
from actorstream.expr.types import LongType, StructField, StructType, TimestampType, to_arrow_schema

SCHEMA = to_arrow_schema(StructType([StructField("timestamp", TimestampType()), StructField("value", LongType())]))


@dataclass(frozen=True, slots=True)
class Settings:
    """Units: times in ms."""

    rows_per_batch: int
    partitions: int
    start_ms: int
    advance_ms: int


def provider(request: ReadRequest) -> SourceProvider:
    """The source that the options describe. Raises: UnsupportedOperationException with a schema; IllegalArgumentException for options."""
    if request.schema is not None:
        raise UnsupportedOperationException(
            errorClass="_LEGACY_ERROR_TEMP_2242", messageParameters={"provider": "RatePerMicroBatchProvider"}
        )
    options = request.options
    return RateMicroBatchProvider(
        Settings(
            _number(options, "rowsPerBatch", 0, least=1),
            _number(options, "numPartitions", request.partitions, least=1),
            _number(options, "startTimestamp", 0, least=0),
            _number(options, "advanceMillisPerBatch", 1000, least=0),
        )
    )


def _number(options: Options, name: str, default: int, *, least: int) -> int:
    text = options.get(name, str(default))
    try:
        number = int(text)
    except ValueError:
        raise NumberFormatException(f'For input string: "{text}"') from None
    if number < least:
        wanted = "must be positive" if least == 1 else "must be non-negative"
        raise IllegalArgumentException(f"Invalid value '{text}'. The option '{name}' {wanted}")
    return number


@dataclass(frozen=True, slots=True)
class RateMicroBatchProvider:
    """Makes a source for every start of a query."""

    settings: Settings
    name: str = "rate-micro-batch"

    @property
    def schema(self) -> pa.Schema:
        """``timestamp``, ``value``."""
        return SCHEMA

    def create(self) -> Source:
        """A source for one run."""
        return _RateMicroBatchSource(self.settings)


class _RateMicroBatchSource(Source):
    available_now = "prepare"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._start_ms = settings.start_ms
        #: under AvailableNow one epoch is all there is (IO-33)
        self._single = False
        self._given: Offset | None = None

    @property
    def schema(self) -> pa.Schema:
        return SCHEMA

    @property
    def description(self) -> str:
        settings = self._settings
        return (
            f"RatePerMicroBatchStream[rowsPerBatch={settings.rows_per_batch}, numPartitions={settings.partitions}, "
            f"startTimestamp={settings.start_ms}, advanceMsPerBatch={settings.advance_ms}]"
        )

    def open(self, context: SourceContext) -> None:
        """Keep the start time in the checkpoint, so that batch 0 begins where it began. Raises: for a newer one (IO-33)."""
        path = f"{context.log_folder}/0"
        try:
            context.files.write_new(path, encode("source", {"start_ms": self._settings.start_ms}))
        except FileExists:
            stored = decode("source", context.files.read(path), f"{context.files.root}/{path}")
            self._start_ms = int(stored["start_ms"])
            if self._settings.start_ms > self._start_ms and not context.files.exists("commits"):
                raise SparkRuntimeException(
                    errorClass="MALFORMED_STATE_IN_RATE_PER_MICRO_BATCH_SOURCE.INVALID_TIMESTAMP",
                    messageParameters={
                        "startTimestamp": str(self._settings.start_ms),
                        "endTimestamp": str(self._start_ms),
                    },
                ) from None

    def prepare_available_now(self) -> None:
        self._single = True

    def latest_offset(self, start: Offset | None, limit: ReadLimit) -> Offset | None:
        """Every trigger has new data: the next batch is always there (IO-31)."""
        if self._single and self._given is not None:
            return self._given
        offset, timestamp = self._position(start)
        self._given = _text(offset + self._settings.rows_per_batch, timestamp + self._settings.advance_ms)
        return self._given

    def _position(self, offset: Offset | None) -> tuple[int, int]:
        if offset is None:
            return 0, self._start_ms
        parsed = json.loads(offset)
        return int(parsed["offset"]), int(parsed["timestamp"])

    def splits(self, start: Offset | None, end: Offset) -> Sequence[Split]:
        low, timestamp = self._position(start)
        high, _ = self._position(end)
        return [Split(index, (low + index, high, timestamp)) for index in range(self._settings.partitions)]

    def read(self, split: Split) -> Iterator[pa.Table]:
        """Shape: every n-th value of the range, all at the time of its start (IO-32)."""
        low, high, timestamp = split.payload
        values = np.arange(low, high, self._settings.partitions, dtype=np.int64)
        times = over_numbers(np.full(len(values), timestamp * 1000, dtype=np.int64), SCHEMA.field(0).type)
        yield pa.Table.from_arrays([times, over_numbers(values, pa.int64())], schema=SCHEMA)


def _text(offset: int, timestamp: int) -> Offset:
    return json.dumps({"offset": offset, "timestamp": timestamp}, separators=(",", ":"))
