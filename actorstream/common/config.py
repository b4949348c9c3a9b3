"""Configuration keys that mean something here, with type and default; one entry each.

A key that is not listed is kept and given back (so scripts that set it run), but changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from actorstream.errors import IllegalArgumentException

T = TypeVar("T")


class WrongType(ValueError):
    """A text that is no value of the type at all; `expected` names the type as the reference does."""

    def __init__(self, expected: str) -> None:
        super().__init__(f"It should be a/an '{expected}' value.")
        self.expected = expected


def parse_bool(text: str) -> bool:
    """``true`` or ``false`` in any case. Raises: WrongType."""
    lowered = text.strip().lower()
    if lowered not in ("true", "false"):
        raise WrongType("boolean")
    return lowered == "true"


def _int(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise WrongType("int") from None


@dataclass(frozen=True, slots=True)
class ConfigEntry(Generic[T]):
    """A known key. `default` is the text the reference has; `parse` turns a text into the value or raises ValueError."""

    key: str
    default: str
    parse: Callable[[str], T]
    doc: str
    #: True: written into the offset log of a query and taken from there on restart (CKP-30)
    pinned: bool = False


def _positive(text: str) -> int:
    number = _int(text)
    if number <= 0:
        raise ValueError(f"{text} should be positive")
    return number


def _duration_ms(text: str) -> int:
    """Milliseconds from ``500``, ``500ms``, ``10s``, ``2m``, ``1h``, ``1d``."""
    units = {"ms": 1, "s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
    stripped = text.strip().lower()
    digits = stripped.rstrip("abcdefghijklmnopqrstuvwxyz ")
    unit = stripped[len(digits) :].strip() or "ms"
    if not digits.lstrip("-").isdecimal() or unit not in units:
        raise WrongType("time in MILLISECONDS")
    return int(digits) * units[unit]


def _one_of(*names: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in names:
            raise ValueError(f"{text} should be one of {', '.join(names)}")
        return text.lower()

    return parse


class NotAnOption(ValueError):
    """A text that is none of some names; `options` lists them."""

    def __init__(self, options: str) -> None:
        super().__init__(f"It should be one of '{options}'.")
        self.options = options


def _named(*names: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.upper() not in names:
            raise NotAnOption(", ".join(names))
        return text.upper()

    return parse


SHUFFLE_PARTITIONS = ConfigEntry(
    "spark.sql.shuffle.partitions",
    "0",
    _int,
    "partitions of a keyed step; 0 = those of the master, local[N]",
    pinned=True,
)
WATERMARK_POLICY = ConfigEntry(
    "spark.sql.streaming.multipleWatermarkPolicy", "min", _one_of("min", "max"), "STF-7, STF-8", pinned=True
)
MIN_BATCHES_TO_RETAIN = ConfigEntry(
    "spark.sql.streaming.minBatchesToRetain", "100", _positive, "epochs kept in the logs and readable state (CKP-70)"
)
NO_DATA_BATCHES = ConfigEntry(
    "spark.sql.streaming.noDataMicroBatches.enabled",
    "true",
    parse_bool,
    "run an epoch only to move the watermark (EXE-30)",
)
POLLING_DELAY_MS = ConfigEntry(
    "spark.sql.streaming.pollingDelay", "10", _duration_ms, "pause after an idle trigger (EXE-8)"
)
CONTINUOUS_QUEUE_ROWS = ConfigEntry(
    "spark.sql.streaming.continuous.executorQueueSize",
    "1024",
    _positive,
    "rows that a source of a continuous query sends on at a time (EXE-140)",
)
NO_DATA_PROGRESS_INTERVAL_MS = ConfigEntry(
    "spark.sql.streaming.noDataProgressEventInterval", "10000", _duration_ms, "between idle progress entries (EXE-76)"
)
NUM_RECENT_PROGRESS = ConfigEntry(
    "spark.sql.streaming.numRecentProgressUpdates", "100", _positive, "progress entries kept, plus one (EXE-71)"
)
STOP_TIMEOUT_MS = ConfigEntry(
    "spark.sql.streaming.stopTimeout", "0", _duration_ms, "how long stop() waits; 0 = for ever (EXE-47)"
)
STOP_ACTIVE_RUN_ON_RESTART = ConfigEntry(
    "spark.sql.streaming.stopActiveRunOnRestart", "true", parse_bool, "a second start takes over (CKP-61)"
)
CHECKPOINT_LOCATION = ConfigEntry(
    "spark.sql.streaming.checkpointLocation", "", str, "default checkpoint root (MEM-100)"
)
FORCE_DELETE_TEMP_CHECKPOINT = ConfigEntry(
    "spark.sql.streaming.forceDeleteTempCheckpointLocation", "false", parse_bool, "MEM-103"
)
VERIFY_METADATA_EXISTS = ConfigEntry(
    "spark.sql.streaming.checkpoint.verifyMetadataExists.enabled", "true", parse_bool, "CKP-11"
)
UNSUPPORTED_OPERATION_CHECK = ConfigEntry("spark.sql.streaming.unsupportedOperationCheck", "true", parse_bool, "STF-78")
MERGE_SESSIONS_EARLY = ConfigEntry(
    "spark.sql.streaming.sessionWindow.merge.sessions.in.local.partition",
    "false",
    parse_bool,
    "sessions that meet within a partition are merged before the exchange; a late row then counts if its session is not late",
)
SCHEMA_INFERENCE = ConfigEntry("spark.sql.streaming.schemaInference", "false", parse_bool, "IO-41")
SOURCE_EVOLUTION = ConfigEntry(
    "spark.sql.streaming.queryEvolution.enableSourceEvolution",
    "false",
    parse_bool,
    "whether sources may have names (IO-4)",
)
FILE_SOURCE_COMPACT_INTERVAL = ConfigEntry(
    "spark.sql.streaming.fileSource.log.compactInterval",
    "10",
    _positive,
    "entries of a file source's log in one file (IO-36)",
)
FILE_SINK_COMPACT_INTERVAL = ConfigEntry(
    "spark.sql.streaming.fileSink.log.compactInterval",
    "10",
    _positive,
    "entries of a file sink's manifest in one file (IO-61)",
)
FILE_SINK_CLEANUP_DELAY_MS = ConfigEntry(
    "spark.sql.streaming.fileSink.log.cleanupDelay",
    "10m",
    _duration_ms,
    "age at which compacted manifest entries go (IO-61)",
)
FILE_SINK_IGNORE_METADATA = ConfigEntry(
    "spark.sql.streaming.fileStreamSink.ignoreMetadata", "false", parse_bool, "IO-63"
)
MIN_DELTAS_FOR_SNAPSHOT = ConfigEntry(
    "spark.sql.streaming.stateStore.minDeltasForSnapshot", "10", _positive, "deltas before a compaction (CKP-73)"
)
STATE_SCHEMA_CHECK = ConfigEntry("spark.sql.streaming.stateStore.stateSchemaCheck", "true", parse_bool, "CKP-60s")
ANSI_ENABLED = ConfigEntry("spark.sql.ansi.enabled", "true", parse_bool, "overflow and bad casts are errors")
MAP_KEY_DEDUP_POLICY = ConfigEntry(
    "spark.sql.mapKeyDedupPolicy", "EXCEPTION", _named("EXCEPTION", "LAST_WIN"), "what a key given twice does"
)
CASE_SENSITIVE = ConfigEntry("spark.sql.caseSensitive", "false", parse_bool, "whether column names are case-sensitive")
RECURSION_LEVEL_LIMIT = ConfigEntry(
    "spark.sql.cteRecursionLevelLimit", "100", _int, "levels of a recursive query; -1 = any number"
)
RECURSION_ROW_LIMIT = ConfigEntry(
    "spark.sql.cteRecursionRowLimit", "1000000", _int, "rows of a recursive query; -1 = any number"
)
TRANSPOSE_MAX_VALUES = ConfigEntry("spark.sql.transposeMaxValues", "500", _int, "rows that transpose makes columns of")
SESSION_TIME_ZONE = ConfigEntry(
    "spark.sql.session.timeZone", "", str, "time zone of dates and texts; empty = the machine's"
)
TIMESTAMP_TYPE = ConfigEntry(
    "spark.sql.timestampType",
    "TIMESTAMP_LTZ",
    _named("TIMESTAMP_NTZ", "TIMESTAMP_LTZ"),
    "the type that `timestamp` means, and that texts of times are inferred as",
)
PYTHON_UDF_ARROW = ConfigEntry(
    "spark.sql.execution.pythonUDF.arrow.enabled", "true", parse_bool, "results of a plain udf are converted by Arrow"
)
ARROW_ENABLED = ConfigEntry(
    "spark.sql.execution.arrow.pyspark.enabled",
    "true",
    parse_bool,
    "toPandas gives numpy arrays and dictionaries, and not lists and rows",
)
DEFAULT_SOURCE = ConfigEntry("spark.sql.sources.default", "parquet", str, "format when none is given (IO-1)")
PARTITION_OVERWRITE = ConfigEntry(
    "spark.sql.sources.partitionOverwriteMode",
    "STATIC",
    _named("STATIC", "DYNAMIC"),
    "whether an overwrite replaces all partitions, or those that get rows",
)
WAREHOUSE_DIR = ConfigEntry("spark.sql.warehouse.dir", "spark-warehouse", str, "where saved tables live")
PYTHON_FILTER_PUSHDOWN = ConfigEntry(
    "spark.sql.python.filterPushdown.enabled", "false", parse_bool, "readers of Python data sources may take filters"
)
MAILBOX_BATCHES = ConfigEntry(
    "actorstream.mailbox.batches", "64", _positive, "batches and markers an actor's mailbox holds before senders wait"
)

ENTRIES: Mapping[str, ConfigEntry[Any]] = {
    entry.key: entry for entry in list(globals().values()) if isinstance(entry, ConfigEntry)
}


class Conf:
    """Settings of a session or, frozen, of a query: texts by key, typed by `ConfigEntry`."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values: dict[str, str] = dict(values or {})
        #: the user's functions by lower-case name, which only `expr` and `plan` look into
        self.routines: dict[str, Any] = {}
        self.table_routines: dict[str, Any] = {}
        #: of names of tables that say none
        self.database = "default"

    def value(self, entry: ConfigEntry[T]) -> T:
        """The typed value. Raises: IllegalArgumentException INVALID_CONF_VALUE.TYPE_MISMATCH or .REQUIREMENT."""
        return self._parsed(entry, self._values.get(entry.key, entry.default))

    def get(self, key: str, default: str | None = None) -> str | None:
        """The text of a key: as set, else the entry's default, else `default`."""
        if key in self._values:
            return self._values[key]
        if key in ENTRIES and default is None:
            return ENTRIES[key].default
        return default

    def is_set(self, key: str) -> bool:
        """Whether somebody set the key."""
        return key in self._values

    def set(self, key: str, value: str) -> None:
        """Set a key; a known key is checked at once. Raises: IllegalArgumentException."""
        if key in ENTRIES:
            self._parsed(ENTRIES[key], value)
        self._values[key] = value

    def unset(self, key: str) -> None:
        """Back to the default."""
        self._values.pop(key, None)

    def copy(self) -> Conf:
        """An independent copy: what a query starts with (EXE-17)."""
        copy = Conf(self._values)
        copy.routines.update(self.routines)
        copy.table_routines.update(self.table_routines)
        copy.database = self.database
        return copy

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(sorted(self._values.items()))

    @staticmethod
    def _parsed(entry: ConfigEntry[T], text: str) -> T:
        try:
            return entry.parse(text)
        except WrongType as error:
            raise IllegalArgumentException(
                errorClass="INVALID_CONF_VALUE.TYPE_MISMATCH",
                messageParameters={"confName": entry.key, "confValue": text, "confType": error.expected},
            ) from None
        except NotAnOption as error:
            raise IllegalArgumentException(
                errorClass="INVALID_CONF_VALUE.OUT_OF_RANGE_OF_OPTIONS",
                messageParameters={"confName": entry.key, "confValue": text, "confOptions": error.options},
            ) from None
        except ValueError as error:
            raise IllegalArgumentException(
                errorClass="INVALID_CONF_VALUE.REQUIREMENT",
                messageParameters={"confName": entry.key, "confValue": text, "confRequirement": str(error)},
            ) from None
