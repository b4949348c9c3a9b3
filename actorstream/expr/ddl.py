"""Reads types and column lists as SQL writes them: ``bigint``, ``a INT, b ARRAY<STRING> NOT NULL``.

A small recursive reader of its own: schemas are parsed at every start, and a full SQL parser would cost more than the rest.
"""

from __future__ import annotations

import functools
import re
from typing import NoReturn

from actorstream.common.config import TIMESTAMP_TYPE
from actorstream.common.current import current_conf
from actorstream.errors import ArithmeticException, ParseException
from actorstream.expr.datatypes import (
    ArrayType,
    BinaryType,
    BooleanType,
    ByteType,
    CalendarIntervalType,
    CharType,
    DataType,
    DateType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    NullType,
    ShortType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    TimeType,
    VarcharType,
    VariantType,
    YearMonthIntervalType,
)

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>`(?:[^`]|``)+`)|(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    r"""|(?P<word>[A-Za-z_0-9\u0080-\uffff]+)|(?P<symbol>[<>(),:.\-]))"""
)
_SIMPLE: dict[str, DataType] = {
    "boolean": BooleanType(),
    "tinyint": ByteType(),
    "byte": ByteType(),
    "smallint": ShortType(),
    "short": ShortType(),
    "int": IntegerType(),
    "integer": IntegerType(),
    "bigint": LongType(),
    "long": LongType(),
    "float": FloatType(),
    "real": FloatType(),
    "double": DoubleType(),
    "date": DateType(),
    "timestamp_ltz": TimestampType(),
    "timestamp_ntz": TimestampNTZType(),
    "string": StringType(),
    "binary": BinaryType(),
    "void": NullType(),
    "variant": VariantType(),
}
_DAY_UNITS = {"day": 0, "hour": 1, "minute": 2, "second": 3}
_YEAR_UNITS = {"year": 0, "month": 1}


class _Reader:
    """Tokens of one text and a position in them. `timestamp` is what the bare word means."""

    def __init__(self, text: str, timestamp: DataType) -> None:
        self.text = text
        self.timestamp = timestamp
        self.tokens: list[tuple[str, str]] = []
        position, end = 0, len(text.rstrip())
        while position < end:
            match = _TOKEN.match(text, position)
            if match is None:
                self._syntax_error(text[position:].strip()[:1])
            kind = str(match.lastgroup)
            self.tokens.append((kind, match[kind]))
            position = match.end()
        self.position = 0
        #: the first type that there is none of; what the words cannot mean is said after what they cannot be
        self.unknown: str | None = None

    def _syntax_error(self, near: str | None = None, hint: str = "") -> NoReturn:
        if near is None:
            near = self.tokens[self.position][1] if self.position < len(self.tokens) else "end of input"
        shown = near if near == "end of input" else f"'{near}'"
        raise ParseException(errorClass="PARSE_SYNTAX_ERROR", messageParameters={"error": shown, "hint": hint})

    def peek(self, ahead: int = 0) -> str:
        """The next token in lower case, empty at the end."""
        index = self.position + ahead
        return self.tokens[index][1].lower() if index < len(self.tokens) else ""

    def accept(self, *words: str) -> bool:
        """Step over `words` if they come next."""
        if all(self.peek(index) == word for index, word in enumerate(words)):
            self.position += len(words)
            return True
        return False

    def expect(self, word: str) -> None:
        if not self.accept(word):
            self._syntax_error()

    def name(self) -> str:
        """An identifier, without its backquotes."""
        if self.position >= len(self.tokens):
            self._syntax_error()
        kind, value = self.tokens[self.position]
        if kind not in ("word", "quoted"):
            self._syntax_error()
        self.position += 1
        return value[1:-1].replace("``", "`") if kind == "quoted" else value

    def number(self) -> int:
        sign = -1 if self.accept("-") else 1
        if not self.peek().isdigit():
            self._syntax_error()
        self.position += 1
        return sign * int(self.tokens[self.position - 1][1])

    def string(self) -> str:
        if self.position >= len(self.tokens) or self.tokens[self.position][0] != "string":
            self._syntax_error()
        self.position += 1
        return re.sub(r"\\(.)", r"\1", self.tokens[self.position - 1][1][1:-1])

    def finish(self) -> None:
        """Raise unless the text is used up."""
        left = len(self.tokens) - self.position
        if left:
            self._syntax_error(hint=f": extra input '{self.tokens[self.position][1]}'" if left == 1 else "")
        if self.unknown is not None:
            raise ParseException(errorClass="UNSUPPORTED_DATATYPE", messageParameters={"typeName": f'"{self.unknown}"'})

    def data_type(self) -> DataType:
        if self.position >= len(self.tokens) or self.tokens[self.position][0] != "word":
            self._syntax_error()
        word = self.name().lower()
        if word in ("array", "map", "struct"):
            return self._nested(word)
        if word in ("decimal", "dec", "numeric"):
            return self._decimal()
        if word in ("char", "character", "varchar"):
            return self._characters(word)
        if word == "interval":
            return self._interval()
        if word == "time":
            arguments = self._arguments()
            return TimeType(*arguments)
        if word == "string" and self.accept("collate"):
            return StringType(self.name())
        if word == "timestamp" and self.peek() != "(":
            return self.timestamp
        if word in _SIMPLE and self.peek() != "(":
            return _SIMPLE[word]
        arguments = self._arguments()
        shown = word.upper() + (f"({','.join(map(str, arguments))})" if arguments else "")
        self.unknown = self.unknown or shown
        return NullType()

    def _nested(self, word: str) -> DataType:
        if self.peek() != "<":
            raise ParseException(
                errorClass="INCOMPLETE_TYPE_DEFINITION." + word.upper(),
                messageParameters={"elementType": "<elementType>"},
            )
        self.expect("<")
        if word == "array":
            result: DataType = ArrayType(self.data_type())
        elif word == "map":
            key = self.data_type()
            self.expect(",")
            result = MapType(key, self.data_type())
        else:
            result = StructType([] if self.peek() == ">" else self.fields(end=">"))
        self.expect(">")
        return result

    def _arguments(self) -> list[int]:
        numbers: list[int] = []
        if self.accept("("):
            numbers.append(self.number())
            while self.accept(","):
                numbers.append(self.number())
            self.expect(")")
        return numbers

    def _decimal(self) -> DataType:
        arguments = self._arguments()
        precision, scale = (*arguments, 10, 0)[:2] if not arguments else (arguments[0], (*arguments, 0)[1])
        if precision > 38:
            raise ArithmeticException(
                errorClass="DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
                messageParameters={"precision": str(precision), "maxPrecision": "38"},
            )
        if scale > precision:
            raise ParseException(
                errorClass="DECIMAL_SCALE_EXCEEDS_PRECISION",
                messageParameters={"scale": str(scale), "precision": str(precision)},
            )
        return DecimalType(precision, scale)

    def _characters(self, word: str) -> DataType:
        arguments = self._arguments()
        if not arguments:
            raise ParseException(errorClass="DATATYPE_MISSING_SIZE", messageParameters={"type": f'"{word.upper()}"'})
        return VarcharType(arguments[0]) if word == "varchar" else CharType(arguments[0])

    def _interval(self) -> DataType:
        for units, family in ((_DAY_UNITS, DayTimeIntervalType), (_YEAR_UNITS, YearMonthIntervalType)):
            if self.peek() in units:
                start = units[self.name().lower()]
                if self.accept("to"):
                    if self.peek() not in units or units[self.peek()] <= start:
                        self._syntax_error()
                    return family(start, units[self.name().lower()])
                return family(start, start)
        return CalendarIntervalType()

    def fields(self, end: str = "") -> list[StructField]:
        """A list of fields up to the token `end`, which is left."""
        found = [self._field()]
        while self.accept(","):
            found.append(self._field())
        if end == "":
            self.finish()
        return found

    def _field(self) -> StructField:
        name = self.name()
        self.accept(":")
        data_type = self.data_type()
        nullable = not self.accept("not", "null")
        metadata = {"comment": self.string()} if self.accept("comment") else None
        return StructField(name, data_type, nullable, metadata)


_LOCAL, _INSTANT = TimestampNTZType(), TimestampType()


def timestamp_type() -> DataType:
    """What ``timestamp`` means under the settings in force: ``spark.sql.timestampType``."""
    return _LOCAL if current_conf().value(TIMESTAMP_TYPE) == "TIMESTAMP_NTZ" else _INSTANT


def fixed_type(text: str) -> DataType:
    """One type, whose text means the same under all settings: for types that this program names."""
    return _type(text, _INSTANT)


def parse_type(text: str) -> DataType:
    """One type: ``map<string, int>``. Raises: ParseException."""
    return _type(text, timestamp_type())


def _type(text: str, timestamp: DataType) -> DataType:
    if not text.strip():
        raise ParseException(errorClass="PARSE_EMPTY_STATEMENT", messageParameters={})
    reader = _Reader(text, timestamp)
    found = reader.data_type()
    reader.finish()
    return found


def parse_schema(text: str) -> StructType:
    """A column list: ``a INT, b STRING``. Raises: ParseException."""
    return StructType(list(_parse_fields(text, timestamp_type())))


@functools.lru_cache(maxsize=256)
def _parse_fields(text: str, timestamp: DataType) -> tuple[StructField, ...]:
    if not text.strip():
        return ()
    return tuple(_Reader(text, timestamp).fields())


def parse_data_type(text: str) -> DataType:
    """A column list, else one type, else the inside of a struct; the error is that of the first reading.

    Source: PySpark ``_parse_datatype_string``.
    """
    try:
        return parse_schema(text)
    except ParseException as first:
        try:
            return parse_type(text)
        except ParseException:
            raise first from None
