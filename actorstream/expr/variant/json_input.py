"""JSON text as variants: ``parse_json`` and what reads JSON into a variant column.

The text must be standard JSON, whatever options a reader has; only what follows the first value is not looked at. Whole numbers are
integers where 64 bits hold them, numbers without an exponent are decimals where 38 digits do, the rest are doubles.

Source: Spark ``VariantBuilder.parseJson``.
"""

from __future__ import annotations

import decimal
import json
import re
from typing import Any

from actorstream.errors import SparkRuntimeException
from actorstream.expr.json_parser import Fields, Fraction, JsonValue
from actorstream.expr.variant.encoding import (
    Members,
    Tree,
    decimal_bytes,
    double_bytes,
    encode,
    integer_bytes,
)

_SPACE = re.compile(r"[ \t\r\n]*")
_MOST_DIGITS = 38
#: what may stand behind a number, and behind ``true``, ``false`` and ``null``, at the top
_AFTER_NUMBER = re.compile(r"[ \t\r\n]|\Z")
_AFTER_WORD = re.compile(r"(?![\w$])")


def fraction_bytes(text: str) -> bytes:
    """The number of a JSON text that is not a whole number of 64 bits."""
    if text.strip("-0123456789.") == "":
        number = decimal.Decimal(text)
        _, digits, exponent = number.as_tuple()
        if len(digits) <= _MOST_DIGITS and -int(exponent) <= _MOST_DIGITS:
            return decimal_bytes(number)
    return double_bytes(float(text))


def whole_bytes(text: str) -> bytes:
    """The number of a JSON text of digits only."""
    try:
        return integer_bytes(int(text))
    except OverflowError:
        return fraction_bytes(text)


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=Members, parse_float=fraction_bytes, parse_int=whole_bytes, parse_constant=_refuse
)


def parse_tree(text: str) -> Tree:
    """The first value of a text. Raises: ValueError for malformed text."""
    start = _SPACE.match(text).end()  # type: ignore[union-attr]
    try:
        found, end = _DECODER.raw_decode(text, start)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    scalar = isinstance(found, bytes) or found is None or isinstance(found, bool)
    following = _AFTER_NUMBER if isinstance(found, bytes) else _AFTER_WORD
    if scalar and not following.match(text, end):
        raise ValueError(f"unexpected text at character {end + 1}")
    tree: Tree = found
    return tree


def tree_of_json(value: JsonValue) -> Tree:
    """The tree of a value that a lenient parser has read (`json_parser`)."""
    if isinstance(value, Fields):
        return Members((name, tree_of_json(item)) for name, item in value)
    if isinstance(value, list):
        return [tree_of_json(item) for item in value]
    if isinstance(value, Fraction):
        return fraction_bytes(value)
    if value is None or isinstance(value, (str, bool)):
        return value
    return whole_bytes(str(value))


def variant_of_json(text: str) -> tuple[bytes, bytes]:
    """The `value` and `metadata` of a text. Raises: ValueError for malformed text, and for a name that an object has twice."""
    try:
        return encode(parse_tree(text))
    except SparkRuntimeException as error:
        if error.getCondition() != "VARIANT_DUPLICATE_KEY":
            raise
        raise ValueError("an object has a name twice") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
