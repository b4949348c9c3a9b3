"""The values of XPath 1.0 and its core functions: numbers, texts, booleans and lists of nodes in document order.

Numbers print as Java prints them, lengths and places of texts count as Java counts, in UTF-16.

Source: XPath 1.0, sections 3 and 4; Xalan ``FunctionTable``.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from actorstream.expr.xml_tree import XmlNode

Nodes: TypeAlias = list[XmlNode]
Value: TypeAlias = "Nodes | float | str | bool"


class XPathError(ValueError):
    """A path that is none, or one that does not fit the document."""


@dataclass(frozen=True, slots=True)
class Focus:
    """What an expression is about: a node, and its place among those that a predicate tests.

    Outside a predicate there are no others: the reference's place is -1 of 0 then.
    """

    node: XmlNode
    position: int = -1
    size: int = 0


# ---------------------------------------------------------------- conversions


def as_nodes(value: Value) -> Nodes:
    """Raises: XPathError for a value that is no list of nodes."""
    if not isinstance(value, list):
        raise XPathError(f"'{as_text(value)}' is a value, and nodes are needed here")
    return value


def as_text(value: Value) -> str:
    """The text of a value; that of nodes is the one of the first."""
    if isinstance(value, list):
        return value[0].text() if value else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, float) else value


def number_text(value: float) -> str:
    """A number as a text: all digits that tell it from others, never an exponent."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


_NUMBER = re.compile(r"[ \t\r\n]*(-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))[ \t\r\n]*")


def as_number(value: Value) -> float:
    """The number of a value, NaN for a text that is none."""
    if isinstance(value, (bool, float)):
        return float(value)
    found = _NUMBER.fullmatch(as_text(value))
    return float(found[1]) if found else math.nan


def as_boolean(value: Value) -> bool:
    """Whether there are nodes, a text with letters, or a number that is neither 0 nor NaN."""
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return bool(value)


# ---------------------------------------------------------------- comparisons

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compared(sign: str, left: Value, right: Value) -> bool:
    """``=``, ``!=``, ``<`` and so on; nodes compare if one of them does (XPath 1.0, 3.4)."""
    if isinstance(left, list) and isinstance(right, list):
        texts = {node.text() for node in right}
        return any(compared(sign, node.text(), text) for node in left for text in texts)
    if isinstance(left, list):
        if isinstance(right, bool):
            return compared(sign, as_boolean(left), right)
        return any(compared(sign, node.text(), right) for node in left)
    if isinstance(right, list):
        if isinstance(left, bool):
            return compared(sign, left, as_boolean(right))
        return any(compared(sign, left, node.text()) for node in right)
    if sign in _ORDER:
        return _ORDER[sign](as_number(left), as_number(right))
    return _equal(left, right) == (sign == "=")


def _equal(left: Value, right: Value) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return as_boolean(left) == as_boolean(right)
    if isinstance(left, float) or isinstance(right, float):
        return as_number(left) == as_number(right)
    return left == right


# ---------------------------------------------------------------- arithmetic


def divided(left: float, right: float) -> float:
    """A quotient as IEEE 754 has it: infinite or NaN for a divisor of 0."""
    if right:
        return left / right
    if left == 0 or math.isnan(left) or math.isnan(right):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def remainder(left: float, right: float) -> float:
    """What is left of a division that truncates, NaN for a divisor of 0."""
    if right == 0 or math.isinf(left) or math.isnan(left) or math.isnan(right):
        return math.nan
    return math.fmod(left, right)


def _rounded(value: float, how: Callable[[float], float]) -> float:
    return value if math.isnan(value) or math.isinf(value) else float(how(value))


# ---------------------------------------------------------------- core functions


def _subject(focus: Focus, arguments: list[Value]) -> XmlNode | None:
    """The first node of the argument, or the one that the function is called on."""
    if not arguments:
        return focus.node
    nodes = as_nodes(arguments[0])
    return nodes[0] if nodes else None


def _name(focus: Focus, arguments: list[Value]) -> str:
    node = _subject(focus, arguments)
    return "" if node is None else node.name


def _local_name(focus: Focus, arguments: list[Value]) -> str:
    node = _subject(focus, arguments)
    return "" if node is None else node.local


def _text_or_own(focus: Focus, arguments: list[Value]) -> str:
    return as_text(arguments[0]) if arguments else focus.node.text()


def _units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def _substring(text: str, start: float, length: float | None) -> str:
    first = math.floor(start + 0.5) if math.isfinite(start) else start
    end = math.inf if length is None else first + (math.floor(length + 0.5) if math.isfinite(length) else length)
    if math.isnan(end) or not end > 1:
        return ""
    units = _units(text)
    count = len(units) // 2
    if not first <= count:
        return ""
    low = int(max(first, 1.0)) - 1
    high = int(min(end, count + 1.0)) - 1
    # half a character is a question mark
    return units[2 * low : 2 * high].decode("utf-16-le", "surrogatepass").encode("utf-8", "replace").decode()


def _before(text: str, mark: str) -> str:
    head, found, _ = text.partition(mark) if mark else ("", "", "")
    return head if found else ""


def _after(text: str, mark: str) -> str:
    return text.partition(mark)[2] if mark else text


def _translated(text: str, wanted: str, given: str) -> str:
    table: dict[int, str | None] = {}
    for place, letter in enumerate(wanted):
        table.setdefault(ord(letter), given[place] if place < len(given) else None)
    return text.translate(table)


def _sum(value: Value) -> float:
    total = 0.0
    for node in as_nodes(value):
        total += as_number(node.text())
    return total


CoreFunction: TypeAlias = Callable[[Focus, list[Value]], Value]

#: name -> least and most arguments (None for any number), what it does
CORE: dict[str, tuple[int, int | None, CoreFunction]] = {
    "last": (0, 0, lambda focus, a: float(focus.size)),
    "position": (0, 0, lambda focus, a: float(focus.position)),
    "count": (1, 1, lambda focus, a: float(len(as_nodes(a[0])))),
    # no attribute is an ID where no DTD is read
    "id": (1, 1, lambda focus, a: []),
    "local-name": (0, 1, _local_name),
    "namespace-uri": (0, 1, lambda focus, a: ""),
    "name": (0, 1, _name),
    "current": (0, 0, lambda focus, a: [focus.node]),
    "string": (0, 1, _text_or_own),
    "concat": (2, None, lambda focus, a: "".join(map(as_text, a))),
    "starts-with": (2, 2, lambda focus, a: as_text(a[0]).startswith(as_text(a[1]))),
    "contains": (2, 2, lambda focus, a: as_text(a[1]) in as_text(a[0])),
    "substring-before": (2, 2, lambda focus, a: _before(as_text(a[0]), as_text(a[1]))),
    "substring-after": (2, 2, lambda focus, a: _after(as_text(a[0]), as_text(a[1]))),
    "substring": (2, 3, lambda focus, a: _substring(as_text(a[0]), as_number(a[1]), as_number(a[2]) if a[2:] else None)),
    "string-length": (0, 1, lambda focus, a: float(len(_units(_text_or_own(focus, a))) // 2)),
    "normalize-space": (0, 1, lambda focus, a: " ".join(re.split(r"[ \t\r\n]+", _text_or_own(focus, a).strip(" \t\r\n")))),
    "translate": (3, 3, lambda focus, a: _translated(*map(as_text, a))),
    "boolean": (1, 1, lambda focus, a: as_boolean(a[0])),
    "not": (1, 1, lambda focus, a: not as_boolean(a[0])),
    "true": (0, 0, lambda focus, a: True),
    "false": (0, 0, lambda focus, a: False),
    # the attribute xml:lang is one of a namespace, of which nothing is known
    "lang": (1, 1, lambda focus, a: False),
    "number": (0, 1, lambda focus, a: as_number(a[0] if a else [focus.node])),
    "sum": (1, 1, lambda focus, a: _sum(a[0])),
    "floor": (1, 1, lambda focus, a: _rounded(as_number(a[0]), math.floor)),
    "ceiling": (1, 1, lambda focus, a: _rounded(as_number(a[0]), math.ceil)),
    "round": (1, 1, lambda focus, a: _rounded(as_number(a[0]), lambda value: math.floor(value + 0.5))),
}  # fmt: skip
