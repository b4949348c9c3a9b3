"""What readers and writers of both kinds know of formats: their connectors, and their options in PySpark's order of arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from actorstream.connectors import connector
from actorstream.errors import AnalysisException

if TYPE_CHECKING:
    from actorstream.sql.session import SparkSession

_LISTING = ("pathGlobFilter", "recursiveFileLookup")
_TIMES = ("modifiedBefore", "modifiedAfter")
_JSON_START = (
    "primitivesAsString", "prefersDecimal", "allowComments", "allowUnquotedFieldNames", "allowSingleQuotes",
    "allowNumericLeadingZero", "allowBackslashEscapingAnyCharacter", "mode", "columnNameOfCorruptRecord", "dateFormat",
    "timestampFormat", "multiLine", "allowUnquotedControlChars", "lineSep",
)  # fmt: skip
_JSON_END = ("allowNonNumericNumbers", "useUnsafeRow")
_XML_READ = (
    "excludeAttribute", "attributePrefix", "valueTag", "ignoreSurroundingSpaces", "rowValidationXSDPath", "ignoreNamespace",
    "wildcardColName", "encoding", "inferSchema", "nullValue", "dateFormat", "timestampFormat", "mode",
    "columnNameOfCorruptRecord", "multiLine", "samplingRatio", "locale",
)  # fmt: skip
_CSV_START = (
    "sep", "encoding", "quote", "escape", "comment", "header", "inferSchema", "ignoreLeadingWhiteSpace",
    "ignoreTrailingWhiteSpace", "nullValue", "nanValue", "positiveInf", "negativeInf", "dateFormat", "timestampFormat",
    "maxColumns", "maxCharsPerColumn", "maxMalformedLogPerPartition", "mode", "columnNameOfCorruptRecord", "multiLine",
    "charToEscapeQuoteEscaping",
)  # fmt: skip

READ_OPTIONS: Mapping[str, Sequence[str]] = {
    "json": (*_JSON_START, "samplingRatio", "dropFieldIfAllNull", "encoding", "locale", *_LISTING, *_TIMES, *_JSON_END),
    "csv": (
        *_CSV_START, "samplingRatio", "enforceSchema", "emptyValue", "locale", "lineSep", *_LISTING, *_TIMES,
        "unescapedQuoteHandling",
    ),
    "text": ("wholetext", "lineSep", *_LISTING, *_TIMES),
    "orc": ("mergeSchema", *_LISTING, *_TIMES),
    "xml": _XML_READ,
}  # fmt: skip
"""Arguments of `DataFrameReader`'s methods after path and schema."""

STREAM_READ_OPTIONS: Mapping[str, Sequence[str]] = {
    "json": (*_JSON_START, "locale", "dropFieldIfAllNull", "encoding", *_LISTING, *_JSON_END),
    "csv": (*_CSV_START, "enforceSchema", "emptyValue", "locale", "lineSep", *_LISTING, "unescapedQuoteHandling"),
    "text": ("wholetext", "lineSep", *_LISTING),
    "orc": ("mergeSchema", *_LISTING),
    "parquet": ("mergeSchema", *_LISTING, "datetimeRebaseMode", "int96RebaseMode"),
    "xml": _XML_READ,
}
"""Arguments of `DataStreamReader`'s methods after path and schema."""

WRITE_OPTIONS: Mapping[str, Sequence[str]] = {
    "json": ("compression", "dateFormat", "timestampFormat", "lineSep", "encoding", "ignoreNullFields"),
    "csv": (
        "compression", "sep", "quote", "escape", "header", "nullValue", "escapeQuotes", "quoteAll", "dateFormat",
        "timestampFormat", "ignoreLeadingWhiteSpace", "ignoreTrailingWhiteSpace", "charToEscapeQuoteEscaping", "encoding",
        "emptyValue", "lineSep",
    ),
    "text": ("compression", "lineSep"),
    "parquet": ("compression",),
    "orc": ("compression",),
    "xml": (
        "attributePrefix", "valueTag", "rootTag", "declaration", "arrayElementName", "nullValue", "dateFormat",
        "timestampFormat", "compression", "encoding", "validateName",
    ),
}  # fmt: skip
"""Arguments of `DataFrameWriter`'s methods after path, mode and, where it has one, partitionBy."""


def merged(method: str, names: Sequence[str], positional: Sequence[Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Options given by position and by name, together. Raises: TypeError as a call with too many or doubled arguments does."""
    if len(positional) > len(names):
        raise TypeError(f"{method}() takes at most {len(names)} options by position, got {len(positional)}")
    given = dict(zip(names, positional, strict=False))
    doubled = sorted(given.keys() & options.keys())
    if doubled:
        raise TypeError(f"{method}() got multiple values for argument '{doubled[0]}'")
    return {**given, **options}


_CLASS = re.compile(r"org\.apache\.spark\.sql\.(?:execution\.datasources\.)?(?:v2\.)?(\w+)(?:\.\w+)?\Z")


def short_name(name: str) -> str:
    """The short name of a format that was given by the reference's class or package; any other name as it is."""
    match = _CLASS.match(name)
    return match[1] if match is not None and connector(match[1]) is not None else name


def connector_for(name: str, verb: str, session: SparkSession) -> Any:
    """The connector of a format that can `verb` (``provider``, ``sink``, ``write``): a built-in one, or one of the session's own.

    Raises: AnalysisException DATA_SOURCE_NOT_FOUND (IO-1, MEM-31, MEM-71).
    """
    # the memory sink has no short name that ignores case (MEM-71)
    module: Any = connector(name) if name == "memory" or name.lower() != "memory" else None
    if module is None:
        module = session._data_sources.get(name.lower())
    if module is None or not hasattr(module, verb):
        raise AnalysisException(errorClass="DATA_SOURCE_NOT_FOUND", messageParameters={"provider": name})
    return module
