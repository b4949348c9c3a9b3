"""``INTERVAL`` in SQL text: ``INTERVAL '1' DAY``, ``INTERVAL 1 DAY 2 HOURS``, ``INTERVAL '1 02' DAY TO HOUR``.

Before it comes `plan.sql_text`, which meets the words; what is made is one constant.
"""

from __future__ import annotations

import datetime
import decimal
import re
from typing import Any

from sqlglot import exp

from actorstream.errors import AnalysisException, IllegalArgumentException, ParseException
from actorstream.expr.interval_text import read_ansi_interval
from actorstream.expr.intervals import interval_literal
from actorstream.expr.nodes import Constant
from actorstream.expr.types import AnsiIntervalType, DayTimeIntervalType, YearMonthIntervalType
from actorstream.plan.sql_dialect import ONE_INTERVAL, PARAMETER

Node = Any
"""A node of sqlglot's tree."""

_DAY_UNITS = {"day": 0, "hour": 1, "minute": 2, "second": 3}
_YEAR_UNITS = {"year": 0, "month": 1}
_UNITS = frozenset(
    f"{unit}{plural}"
    for unit in ("year", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond")
    for plural in ("", "s")
)


def interval(node: Node) -> Constant:
    """The constant that an interval names.

    Raises: ParseException INVALID_INTERVAL_FORMAT.*, INVALID_TYPED_LITERAL, _LEGACY_ERROR_TEMP_0026, _0029, _0063;
        IllegalArgumentException INVALID_INTERVAL_FORMAT.INVALID_FRACTION; ArithmeticException.
    """
    unit = node.args.get("unit")
    if isinstance(unit, exp.IntervalSpan):
        return _span(_written(node), identifier(unit.this), identifier(unit.expression))
    return _units([node])


def one_interval(node: Node) -> Constant | None:
    """``INTERVAL 1 DAY 2 HOURS``, which sqlglot reads as a sum; None for a sum that the user wrote."""
    if not node.meta.get(ONE_INTERVAL):
        return None
    parts: list[Node] = []
    rest = node
    while isinstance(rest, exp.Add):
        parts.append(rest.this)
        rest = rest.expression
    return _units([*parts, rest])


def identifier(node: Node) -> str:
    """A unit in lower case."""
    return str(node.name if isinstance(node, exp.Expression) else node).lower()


def _written(node: Node) -> str:
    """The text or number of an interval, with the sign before it."""
    value, sign = node.this, ""
    while isinstance(value, exp.Neg):
        value, sign = value.this, "" if sign else "-"
    given = value.meta.get(PARAMETER) if isinstance(value, exp.Placeholder) else None
    if isinstance(given, Constant) and isinstance(given.value, (int, str, decimal.Decimal)):
        value = exp.Literal.string(str(given.value))
    if not isinstance(value, exp.Literal):
        raise ParseException(
            errorClass="PARSE_SYNTAX_ERROR",
            messageParameters={"error": f"'{value.sql(dialect='spark')}'", "hint": ": an interval is a constant"},
        )
    text = str(value.this).strip()
    if sign and text.startswith("-"):
        return text[1:]
    return sign + text


def _span(text: str, start: str, end: str) -> Constant:
    for units, family in ((_DAY_UNITS, DayTimeIntervalType), (_YEAR_UNITS, YearMonthIntervalType)):
        if start in units and end in units and units[start] < units[end]:
            data_type: AnsiIntervalType = family(units[start], units[end])
            break
    else:
        raise ParseException(
            errorClass="INVALID_INTERVAL_FORMAT.UNSUPPORTED_FROM_TO_EXPRESSION",
            messageParameters={"input": text, "from": start, "to": end},
        )
    try:
        number = read_ansi_interval(text, data_type)
    except IllegalArgumentException as error:
        condition = error.getCondition()
        if condition is None:
            raise ParseException(errorClass="_LEGACY_ERROR_TEMP_0063", messageParameters={"msg": str(error)}) from None
        raise ParseException(errorClass=condition, messageParameters=error.getMessageParameters() or {}) from None
    value: Any = number
    if isinstance(data_type, DayTimeIntervalType):
        value = datetime.timedelta(microseconds=number)
    return Constant(value=value, data_type=data_type, nullable=False)


def _units(parts: list[Node]) -> Constant:
    """Numbers with units, in one text or in pairs."""
    pieces = []
    for part in parts:
        text, unit = _written(part), part.args.get("unit")
        if unit is not None:
            name = identifier(unit)
            if name not in _UNITS:
                raise ParseException(
                    errorClass="INVALID_TYPED_LITERAL",
                    messageParameters={"valueType": '"INTERVAL"', "value": f"'{text}'"},
                )
            if not re.fullmatch(r"[+-]?\s*(\d+\.?\d*|\.\d+)", text):
                raise ParseException(errorClass="_LEGACY_ERROR_TEMP_0026", messageParameters={"value": text})
            text = f" {text} {name}"
        pieces.append(text)
    whole = "".join(pieces)
    alone = len(parts) == 1 and parts[0].args.get("unit") is None
    words = [word.lower().removesuffix("s") for word in re.findall(r"[a-zA-Z]+", whole)]
    try:
        return interval_literal(whole, [word for word in words if word != "interval"])
    except IllegalArgumentException:
        if not alone:
            raise
        raise ParseException(
            errorClass="INVALID_TYPED_LITERAL", messageParameters={"valueType": '"INTERVAL"', "value": f"'{whole}'"}
        ) from None
    except AnalysisException as error:
        quoted = f"'{whole}'" if alone else whole.strip()
        raise ParseException(
            errorClass=str(error.getCondition()), messageParameters={"literal": f"interval {quoted}"}
        ) from None
