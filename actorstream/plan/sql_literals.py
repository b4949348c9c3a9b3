"""Literals and types in SQL text: ``1L``, ``1.5e3``, ``DATE '2024-01-01'``, ``ARRAY<INT>``. Part of `plan.sql_text`."""

from __future__ import annotations

import datetime
import decimal
import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp

from actorstream.errors import ArithmeticException, ParseException
from actorstream.expr.casts import names_zone, parse_date, parse_timestamp_us
from actorstream.expr.nodes import (
    Cast,
    Constant,
    Expression,
)
from actorstream.expr.time_text import parse_time_us
from actorstream.expr.types import (
    ByteType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    ShortType,
    StringType,
    TimestampNTZType,
    TimestampType,
    TimeType,
    parse_type,
    sql_name,
)
from actorstream.plan.sql_dialect import (
    WITHOUT_SIZE,
    SparkText,
)

Node = Any
"""A node of sqlglot's tree."""


def data_type(node: Node) -> DataType:
    """The Spark type that a type in SQL names. Raises: ParseException."""
    if isinstance(node, exp.DataType) and WITHOUT_SIZE in node.meta:
        raise ParseException(
            errorClass="DATATYPE_MISSING_SIZE", messageParameters={"type": f'"{node.meta[WITHOUT_SIZE]}"'}
        )
    return parse_type(node.sql(dialect=SparkText).lower() if not isinstance(node, str) else node)


_NUMBER = re.compile(r"(?P<digits>[\d.]+(?:[eE][+-]?\d+)?)\Z")


def literal(node: Node) -> Expression:
    text = str(node.this)
    if node.args.get("is_string"):
        return constant(text, StringType())
    return number(text)


def number(text: str) -> Constant:
    """A number without a suffix: int, bigint or decimal by its size, decimal with a point, double with an exponent."""
    if "e" in text.lower():
        return _in_range(float(text), DoubleType(), text)
    if "." in text:
        return _decimal(text)
    value = int(text)
    if -1 << 31 <= value < 1 << 31:
        return constant(value, IntegerType())
    return constant(value, LongType()) if -1 << 63 <= value < 1 << 63 else _decimal(text)


def _decimal(text: str) -> Constant:
    value = decimal.Decimal(text)
    value = value if value else abs(value)  # there is no negative zero among decimals
    _, digits, exponent = value.as_tuple()
    scale = max(-int(exponent), 0)
    precision = max(len(digits) + max(int(exponent), 0), scale)
    if precision > 38:
        raise ArithmeticException(
            errorClass="DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
            messageParameters={"precision": str(precision), "maxPrecision": "38"},
        )
    return constant(value, DecimalType(precision, scale))


def constant(value: Any, data_type: DataType) -> Constant:
    return Constant(value=value, data_type=data_type, nullable=value is None)


_SUFFIXED: Mapping[type[DataType], Callable[[str], Any]] = {
    ByteType: int,
    ShortType: int,
    LongType: int,
    FloatType: float,
    DoubleType: float,
}


_LARGEST_DOUBLE = "1.7976931348623157E+308"
_RANGES: Mapping[type[DataType], tuple[str, str]] = {
    ByteType: ("-128", "127"),
    ShortType: ("-32768", "32767"),
    LongType: ("-9223372036854775808", "9223372036854775807"),
    FloatType: ("-3.4028234663852886E+38", "3.4028234663852886E+38"),
    DoubleType: (f"-{_LARGEST_DOUBLE}", _LARGEST_DOUBLE),
}


def _in_range(value: Any, to: DataType, text: str) -> Constant:
    """The constant. Raises: ParseException INVALID_NUMERIC_LITERAL_RANGE for a number that its type cannot hold."""
    least, most = _RANGES[type(to)]
    if not decimal.Decimal(least) <= decimal.Decimal(text) <= decimal.Decimal(most):
        raise ParseException(
            errorClass="INVALID_NUMERIC_LITERAL_RANGE",
            messageParameters={
                "rawStrippedQualifier": text,
                "minValue": least,
                "maxValue": most,
                "typeName": to.simpleString(),
            },
        )
    return constant(value, to)


def suffixed(node: Node, sign: str = "") -> Constant | None:
    """``1L``, ``1.5D``, ``2BD``: sqlglot reads the suffix as a cast of the bare number."""
    inner = node.this
    if not isinstance(inner, exp.Literal):
        return None
    to = data_type(node.args["to"])
    text = sign + str(inner.this)
    if isinstance(to, DecimalType) and inner.args.get("is_string"):
        return _decimal(text)
    if inner.args.get("is_string") or type(to) not in _SUFFIXED:
        return None
    return _in_range(_SUFFIXED[type(to)](text), to, text)


def typed_text(node: Node) -> Expression | None:
    """``DATE '2024-01-01'``, ``TIMESTAMP '...'``: read by sqlglot as a cast of a text."""
    if not (isinstance(node.this, exp.Literal) and node.this.args.get("is_string")):
        return None
    to = data_type(node.args["to"])
    if not isinstance(to, (DateType, TimeType, TimestampType, TimestampNTZType)):
        return None
    text = str(node.this.this)
    if isinstance(to, TimestampNTZType) and to == data_type("timestamp") and names_zone(text.strip()):
        to = TimestampType()  # what has a zone is an instant, unless local time is asked for by name
    value: Any = None
    try:
        if isinstance(to, DateType):
            value = parse_date(text.strip())
        elif isinstance(to, TimeType):
            micros = parse_time_us(text)
            value = None if micros is None else (_EPOCH + datetime.timedelta(microseconds=micros)).time()
        else:
            zone = None if isinstance(to, TimestampNTZType) else "UTC"
            micros = parse_timestamp_us(text.strip(), zone)
            value = None if micros is None else _EPOCH + datetime.timedelta(microseconds=micros)
    except (ValueError, OverflowError):
        value = None
    if value is None:
        kind = "TIME" if isinstance(to, TimeType) else sql_name(to)
        raise ParseException(
            errorClass="INVALID_TYPED_LITERAL", messageParameters={"valueType": f'"{kind}"', "value": f"'{text}'"}
        )
    if isinstance(to, TimestampType):
        # local time of the session, which only the analyzer knows
        return Cast(child=constant(text.strip(), StringType()), to=to, mode="literal")
    return constant(value, to)


_EPOCH = datetime.datetime(1970, 1, 1)
