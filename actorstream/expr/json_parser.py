"""JSON text as plain values that keep what Spark still needs: the order and the repeats of fields, the digits of a number.

Objects are `Fields` (a list of pairs), arrays lists, fractions `Fraction` (their text), the rest Python's own. What follows the
first value of a text is not looked at, as in Jackson's streaming parser, whose leniencies are all here as `Leniency`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, TypeAlias

from actorstream.expr.text import java_float

JsonValue: TypeAlias = Any


class Fields(list[tuple[str, Any]]):
    """An object: its fields in order, with repeats."""

    def get(self, name: str) -> JsonValue:
        """The last field of a name, or None."""
        for key, value in reversed(self):
            if key == name:
                return value
        return None


class Fraction(str):
    """The text of a number with point or exponent, or of ``NaN`` and ``Infinity``."""

    __slots__ = ()


class _Blank:
    """The type of `BLANK`."""


BLANK: Final = _Blank()
"""What a text without any value parses to."""


@dataclass(frozen=True, slots=True)
class Leniency:
    """What is accepted beyond the standard. Names follow the reader options (``allowComments`` is `comments`)."""

    single_quotes: bool = True
    non_numeric_numbers: bool = True
    unquoted_field_names: bool = False
    comments: bool = False
    numeric_leading_zeros: bool = False
    backslash_escaping_any_character: bool = False
    unquoted_control_chars: bool = False

    @staticmethod
    def of(options: Mapping[str, str]) -> Leniency:
        """The leniency that reader options (keys in lower case) ask for."""
        given = {
            item.name: options[f"allow{item.name.replace('_', '')}"].lower() == "true"
            for item in fields(Leniency)
            if f"allow{item.name.replace('_', '')}" in options
        }
        return Leniency(**given)


_FAST = json.JSONDecoder(object_pairs_hook=Fields, parse_float=Fraction, parse_constant=Fraction)
_SPACE = re.compile(r"[ \t\r\n]*")
_DEFAULT = Leniency()


def parse_json(text: str, leniency: Leniency = _DEFAULT) -> JsonValue:
    """The first value of a text; `BLANK` if there is none. Raises: ValueError for malformed text."""
    start = _SPACE.match(text).end()  # type: ignore[union-attr]
    if start == len(text):
        return BLANK
    try:
        if leniency.non_numeric_numbers:
            try:
                return _FAST.raw_decode(text, start)[0]
            except ValueError:
                pass  # the standard's parser says no: the lenient one has the last word
        return _Parser(text, leniency).root()
    except RecursionError:
        raise ValueError("nested too deeply") from None


_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_PADDED = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_NON_NUMERIC = re.compile(r"NaN\b|[+-]?(?:INF|Infinity)\b")
_STEPS = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_BLANKS = " \t\r\n"


def stands_alone(text: str, value: JsonValue, leniency: Leniency) -> bool:
    """Whether a number or word at the beginning of a text, which `parse_json` found to be `value`, ends where a value may end."""
    word = text.lstrip(_BLANKS)
    if isinstance(value, (str, list)) and not isinstance(value, Fraction):
        return True
    if isinstance(value, bool) or value is None:
        return re.match(r"(?:true|false|null)(?![\w$])", word) is not None
    token = re.split(f"[{_BLANKS}]", word, maxsplit=1)[0]
    number = _PADDED if leniency.numeric_leading_zeros else _NUMBER
    return (number.fullmatch(token) or _NON_NUMERIC.fullmatch(token)) is not None


_WORDS = {"true": True, "false": False, "null": None}


class _Parser:
    """A parser by recursive descent, for texts that need a leniency."""

    def __init__(self, text: str, leniency: Leniency) -> None:
        self.text = text
        self.place = 0
        self.leniency = leniency

    def root(self) -> JsonValue:
        self._space()
        return BLANK if self.place == len(self.text) else self._value()

    def _space(self) -> None:
        while True:
            self.place = _SPACE.match(self.text, self.place).end()  # type: ignore[union-attr]
            comment = _COMMENT.match(self.text, self.place) if self.leniency.comments else None
            if comment is None:
                return
            self.place = comment.end()

    def _peek(self) -> str:
        return self.text[self.place : self.place + 1]

    def _fail(self) -> ValueError:
        return ValueError(f"unexpected text at character {self.place + 1}")

    def _accept(self, mark: str) -> bool:
        self._space()
        if self._peek() != mark:
            return False
        self.place += 1
        return True

    def _value(self) -> JsonValue:
        self._space()
        mark = self._peek()
        if mark == "{":
            return self._object()
        if mark == "[":
            return self._array()
        if mark == '"' or (mark == "'" and self.leniency.single_quotes):
            return self._string()
        return self._scalar()

    def _object(self) -> Fields:
        self.place += 1
        found = Fields()
        if self._accept("}"):
            return found
        while True:
            self._space()
            name = self._name()
            if not self._accept(":"):
                raise self._fail()
            found.append((name, self._value()))
            if self._accept("}"):
                return found
            if not self._accept(","):
                raise self._fail()

    def _name(self) -> str:
        mark = self._peek()
        if mark == '"' or (mark == "'" and self.leniency.single_quotes):
            return self._string()
        word = _WORD.match(self.text, self.place) if self.leniency.unquoted_field_names else None
        if word is None:
            raise self._fail()
        self.place = word.end()
        return word[0]

    def _array(self) -> list[JsonValue]:
        self.place += 1
        found: list[JsonValue] = []
        if self._accept("]"):
            return found
        while True:
            found.append(self._value())
            if self._accept("]"):
                return found
            if not self._accept(","):
                raise self._fail()

    def _string(self) -> str:
        quote = self._peek()
        self.place += 1
        out: list[str] = []
        while True:
            letter = self._peek()
            if not letter or (letter < " " and not self.leniency.unquoted_control_chars):
                raise self._fail()
            self.place += 1
            if letter == quote:
                # halves of one character may stand in two escapes
                return "".join(out).encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
            out.append(self._escape() if letter == "\\" else letter)

    def _escape(self) -> str:
        letter = self._peek()
        self.place += 1
        if letter == "u":
            digits = self.text[self.place : self.place + 4]
            if not re.fullmatch(r"[0-9A-Fa-f]{4}", digits):
                raise self._fail()
            self.place += 4
            return chr(int(digits, 16))
        if letter in _STEPS and letter:
            return _STEPS[letter]
        if letter == "'" and self.leniency.single_quotes:
            return letter
        if letter and self.leniency.backslash_escaping_any_character:
            return letter
        raise self._fail()

    def _scalar(self) -> JsonValue:
        odd = _NON_NUMERIC.match(self.text, self.place) if self.leniency.non_numeric_numbers else None
        if odd is not None:
            self.place = odd.end()
            return Fraction({"N": "NaN", "-": "-Infinity"}.get(odd[0][0], "Infinity"))
        pattern = _PADDED if self.leniency.numeric_leading_zeros else _NUMBER
        number = pattern.match(self.text, self.place)
        if number is not None:
            self.place = number.end()
            following = self._peek()
            if following and following not in " \t\r\n,]}/":
                raise self._fail()
            if number[1] is None and number[2] is None:
                return int(number[0])
            return Fraction(number[0])
        word = _WORD.match(self.text, self.place)
        if word is None or word[0] not in _WORDS:
            raise self._fail()
        self.place = word.end()
        return _WORDS[word[0]]


# ---------------------------------------------------------------- writing

_SPECIAL = re.compile(r'["\\\x00-\x1f\U00010000-\U0010ffff]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _escaped(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[0]) or "".join(f"\\u{unit:04X}" for unit in utf16_units(match[0]))


def utf16_units(text: str) -> list[int]:
    """The characters of a text as Java counts them."""
    data = text.encode("utf-16-be")
    return [int.from_bytes(data[place : place + 2], "big") for place in range(0, len(data), 2)]


def quoted_json(text: str) -> str:
    """A text as a JSON string as Jackson spells it in bytes: characters beyond 16 bits are two escapes."""
    return '"' + _SPECIAL.sub(_escaped, text) + '"'


def plain_text(text: str) -> str:
    """A text that Arrow can hold: half characters become ``?``."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def number_text(value: Fraction) -> str:
    """A fraction as Java prints a double."""
    number = float(value)
    text = java_float(number)
    return text if number - number == 0 else f'"{text}"'


def written_json(text: str) -> str:
    """A text as a JSON string as Jackson spells it in a text: characters beyond 16 bits stay."""
    return '"' + _SPECIAL.sub(lambda match: match[0] if match[0] > "\uffff" else _escaped(match), text) + '"'


def dump_json(value: JsonValue, quote: Callable[[str], str] = quoted_json) -> str:
    """A parsed value as compact JSON; `quote` spells its texts."""
    if isinstance(value, Fraction):
        return number_text(value)
    if isinstance(value, str):
        return quote(plain_text(value))
    if isinstance(value, Fields):
        return "{" + ",".join(f"{quote(plain_text(key))}:{dump_json(item, quote)}" for key, item in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(dump_json(item, quote) for item in value) + "]"
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def pretty_json(value: JsonValue, indent: str = "") -> str:
    """A parsed value over several lines, as Jackson's default pretty printer lays it out."""
    inner = indent + "  "
    if isinstance(value, Fields):
        if not value:
            return "{ }"
        lines = (f"{inner}{pretty_json(key)} : {pretty_json(item, inner)}" for key, item in value)
        return "{\n" + ",\n".join(lines) + "\n" + indent + "}"
    if isinstance(value, list):
        # elements of an array stay on one line
        return "[ " + ", ".join(pretty_json(item, indent) for item in value) + " ]" if value else "[ ]"
    return str(value) if isinstance(value, Fraction) else dump_json(value, written_json)
