"""The ``rate`` source: rows with a counting number, so many per second of wall time (IO-20 to IO-26).

An offset is a number of whole seconds since the source was created; that moment is kept in the checkpoint, so a restarted
query makes up for the time it was away. Under a continuous trigger every partition counts for itself and an offset says how far
each of them is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from actorstream.checkpoint.codec import decode, encode
from actorstream.checkpoint.files import FileExists
from actorstream.common.clock import Clock
from actorstream.dataflow.batch import over_numbers
from actorstream.dataflow.protocols import Offset, ReadLimit, Source, SourceContext, SourceProvider, Split
from actorstream.dataflow.requests import Options, ReadRequest
from actorstream.errors import (
    IllegalArgumentException,
    NumberFormatException,
    PySparkException,
    SparkRuntimeException,
    UnsupportedOperationException,
)
from actorstream.expr.intervals import US_PER_DAY, read_interval
from actorstream.expr.types import LongType, StructField, StructType, TimestampType, to_arrow_schema

SCHEMA = to_arrow_schema(StructType([StructField("timestamp", TimestampType()), StructField("value", LongType())]))


@dataclass(frozen=True, slots=True)
class RateSettings:
    """Units: rows per second; ramp-up in seconds; `partitions` None is the default parallelism."""

    rows_per_second: int
    ramp_up_s: int
    partitions: int | None

    def value_at(self, second: int) -> int:
        """The first value of a second: how many rows come before it (IO-22)."""
        slope = self.rows_per_second // (self.ramp_up_s + 1)
        if second <= self.ramp_up_s:
            return slope * second * (second + 1) // 2
        at_speed = slope * self.ramp_up_s * (self.ramp_up_s + 1) // 2
        return at_speed + (second - self.ramp_up_s) * self.rows_per_second


def provider(request: ReadRequest) -> SourceProvider:
    """The source that the options describe.

    Raises: UnsupportedOperationException `_LEGACY_ERROR_TEMP_2242` with a schema; IllegalArgumentException, NumberFormatException for options.
    """
    if request.schema is not None:
        raise UnsupportedOperationException(
            errorClass="_LEGACY_ERROR_TEMP_2242", messageParameters={"provider": "RateStreamProvider"}
        )
    options = request.options
    rows = positive(options, "rowsPerSecond", 1)
    partitions = positive(options, "numPartitions", 0) if "numPartitions" in options else None
    return RateProvider(RateSettings(rows, _ramp_up_s(options.get("rampUpTime", "0s")), partitions), request.partitions)


def whole_number(options: Options, name: str, default: int) -> int:
    """An option that is a whole number. Raises: NumberFormatException."""
    text = options.get(name, str(default))
    try:
        return int(text)
    except ValueError:
        raise NumberFormatException(f'For input string: "{text}"') from None


def positive(options: Options, name: str, default: int) -> int:
    """An option that is a number from 1 on. Raises: IllegalArgumentException, NumberFormatException."""
    number = whole_number(options, name, default)
    if number <= 0:
        raise IllegalArgumentException(f"Invalid value '{number}'. The option '{name}' must be positive")
    return number


def _ramp_up_s(text: str) -> int:
    """Seconds of a time text; a bare number is seconds."""
    if text.strip().lstrip("-").isdecimal():
        seconds = int(text)
    else:
        units = {"s": " second", "sec": " second", "m": " minute", "min": " minute", "h": " hour", "d": " day"}
        stripped = text.strip().lower()
        digits = stripped.rstrip("abcdefghijklmnopqrstuvwxyz ")
        unit = stripped[len(digits) :].strip()
        try:
            _, days, micros = read_interval(digits + units.get(unit, f" {unit}"))
        except PySparkException:
            raise NumberFormatException(
                "Time must be specified as seconds (s), milliseconds (ms), microseconds (us), minutes (m or min), hour (h), or day (d). "
                f"E.g. 50s, 100ms, or 250us.\nFailed to parse time string: {text}"
            ) from None
        seconds = (days * US_PER_DAY + micros) // 1_000_000
    if seconds < 0:
        raise IllegalArgumentException(f"Invalid value '{seconds}'. The option 'rampUpTime' must not be negative")
    return seconds


@dataclass(frozen=True, slots=True)
class RateProvider:
    """Makes a rate source for every start of a query."""

    settings: RateSettings
    parallelism: int
    name: str = "rate"

    @property
    def schema(self) -> pa.Schema:
        """``timestamp``, ``value``."""
        return SCHEMA

    def create(self) -> Source:
        """A source for one run."""
        return _RateSource(self.settings, self.parallelism)


#: under a continuous trigger nobody looks for rows more often than this, however many come in a second (MEM-44)
_POLL_MS_MIN = 10


class _RateSource(Source):
    def __init__(self, settings: RateSettings, parallelism: int) -> None:
        self._settings = settings
        self._partitions = settings.partitions or parallelism
        self._clock: Clock | None = None
        self._created_ms = 0
        self._last_ms = 0
        #: under a continuous trigger: how many rows every partition has given
        self._ticks = 0

    @property
    def schema(self) -> pa.Schema:
        return SCHEMA

    @property
    def description(self) -> str:
        """Without its closing bracket, as the reference prints it (IO-25)."""
        settings = self._settings
        partitions = "default" if settings.partitions is None else settings.partitions
        return (
            f"RateStreamV2[rowsPerSecond={settings.rows_per_second}, rampUpTimeSeconds={settings.ramp_up_s}, "
            f"numPartitions={partitions}"
        )

    def open(self, context: SourceContext) -> None:
        """Read the moment of creation from the checkpoint, or write it there (IO-21)."""
        self._clock = context.clock
        path = f"{context.log_folder}/0"
        try:
            context.files.write_new(path, encode("source", {"created_ms": context.clock.now_ms()}))
        except FileExists:
            pass  # a restart: the query goes on from its own beginning
        stored = decode("source", context.files.read(path), f"{context.files.root}/{path}")
        self._created_ms = self._last_ms = int(stored["created_ms"])

    def latest_offset(self, start: Offset | None, limit: ReadLimit) -> Offset | None:
        assert self._clock is not None
        # a clock that goes back must not take rows back
        self._last_ms = max(self._last_ms, self._clock.now_ms())
        return str((self._last_ms - self._created_ms) // 1000)

    def report_latest_offset(self) -> Offset | None:
        return str((self._last_ms - self._created_ms) // 1000)

    def splits(self, start: Offset | None, end: Offset) -> Sequence[Split]:
        first, last = 0 if start is None else int(start), int(end)
        low, high = self._settings.value_at(first), self._settings.value_at(last)
        if high <= low:
            return []
        return [Split(index, (first, last, index)) for index in range(self._partitions)]

    def read(self, split: Split) -> Iterator[pa.Table]:
        """Shape: value V(s0)+p, +n, ... with times spread evenly over the range (IO-23, IO-24)."""
        first, last, index = split.payload
        low, high = self._settings.value_at(first), self._settings.value_at(last)
        values = np.arange(low + index, high, self._partitions, dtype=np.int64)
        ms_per_value = (last - first) * 1000 / (high - low)
        times = self._created_ms + first * 1000 + np.floor((values - low) * ms_per_value + 0.5).astype(np.int64)
        columns = [over_numbers(times * 1000, SCHEMA.field(0).type), over_numbers(values, pa.int64())]
        yield pa.Table.from_arrays(columns, schema=SCHEMA)

    # ------------------------------------------------------------ running freely

    def seek(self, start: Offset | None) -> None:
        """Raises: SparkRuntimeException RATE_OFFSET_INVALID; IllegalArgumentException for another number of partitions."""
        if start is None:
            return
        try:
            stored = {int(partition): int(entry["value"]) for partition, entry in json.loads(start).items()}
            self._ticks = (stored[0] + self._partitions) // self._partitions
        except (ValueError, AttributeError, TypeError, KeyError):
            raise SparkRuntimeException(
                errorClass="RATE_OFFSET_INVALID", messageParameters={"source": self.description, "offset": start}
            ) from None
        if len(stored) != self._partitions:
            raise IllegalArgumentException(
                f"The previous run contained {len(stored)} partitions, but {self._partitions} partitions are currently "
                "configured. The numPartitions option cannot be changed."
            )

    def poll(self, rows_max: int) -> pa.Table | None:
        """Shape: value p + i*n is row i of partition p; row i of every partition comes at the same time (IO-26)."""
        assert self._clock is not None
        self._last_ms = max(self._last_ms, self._clock.now_ms())
        due = (self._last_ms - self._created_ms) * self._settings.rows_per_second // (1000 * self._partitions)
        ticks = min(due - self._ticks, max(rows_max // self._partitions, 1))
        if ticks <= 0:
            return None
        first, self._ticks = self._ticks, self._ticks + ticks
        values = np.arange(first * self._partitions, self._ticks * self._partitions, dtype=np.int64)
        times = np.repeat(self._tick_ms(np.arange(first + 1, self._ticks + 1, dtype=np.int64)), self._partitions)
        columns = [over_numbers(times * 1000, SCHEMA.field(0).type), over_numbers(values, pa.int64())]
        return pa.Table.from_arrays(columns, schema=SCHEMA)

    def _tick_ms(self, tick: Any) -> Any:
        """When the `tick`-th row of every partition comes, from 1; rounded up, so that it is due at that millisecond."""
        return self._created_ms - -tick * 1000 * self._partitions // self._settings.rows_per_second

    def position(self) -> Offset:
        """The last value of every partition and its time; before the first one, one step back and the creation (IO-26)."""
        at_ms = int(self._tick_ms(self._ticks))
        last = (self._ticks - 1) * self._partitions
        entries = {str(p): {"value": last + p, "runTimeMs": at_ms} for p in range(self._partitions)}
        return json.dumps(entries, separators=(",", ":"))

    def next_poll_ms(self) -> int | None:
        return max(int(self._tick_ms(self._ticks + 1)), self._last_ms + _POLL_MS_MIN)
