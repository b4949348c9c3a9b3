"""The number formats of ``to_char`` and ``to_number``: ``S$9,999.99``, ``0000``, ``99PR``.

A format is checked once when the query is analysed; then it formats decimals, and reads texts as decimals.

Source: Spark ``ToNumberParser``.
"""

from __future__ import annotations

import decimal
import functools
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Literal, TypeAlias

from actorstream.errors import AnalysisException

Kind: TypeAlias = Literal["digits", "point", "dollar", "sign", "minus", "open", "close", "unknown"]
#: kinds as errors name them
_SHOWN: dict[Kind, str] = {
    "digits": "digit sequence",
    "point": ". or D",
    "dollar": "$",
    "sign": "S",
    "minus": "MI",
    "open": "PR",
    "close": "PR",
}
#: the order in which tokens may follow each other, each at most once
_ORDER: tuple[Kind, ...] = (
    "open", "minus", "sign", "dollar", "digits", "point", "digits", "dollar", "minus", "sign", "close",
)  # fmt: skip
_SIMPLE: dict[str, Kind] = {".": "point", "D": "point", "$": "dollar", "S": "sign"}
_DIGITS = "09"
_COMMA = ","


@dataclass(frozen=True, slots=True)
class Group:
    """Digits between two thousands separators: `size` of them, exactly or at most."""

    size: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a format. Digits have their groups, with None for each thousands separator; the rest its text."""

    kind: Kind
    groups: tuple[Group | None, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """A format that has been checked."""

    tokens: tuple[Token, ...]
    before: int  # digits before the decimal point
    after: int

    @property
    def precision(self) -> int:
        """Digits of the decimals that the format reads."""
        return self.before + self.after

    # ------------------------------------------------------------ number to text

    def format(self, value: decimal.Decimal) -> str:
        """The number as text; with ``#`` for its digits if it does not fit."""
        whole, _, fraction = format(value.copy_abs(), "f").partition(".")
        whole, fraction = whole.lstrip("0"), fraction.rstrip("0")
        if len(whole) > self.before or len(fraction) > self.after:
            whole, fraction = "#" * self.before, "#" * self.after
        pieces = _Text()
        negative = value < 0
        digits = whole.rjust(self.before)
        place = 0
        after_point = False
        for token in self.tokens:
            if token.kind == "digits" and after_point:
                pieces.plain(fraction.ljust(self.after, "0"))
            elif token.kind == "digits":
                place = pieces.groups(token, digits, place)
            elif token.kind == "point":
                pieces.point()
                after_point = True
            else:
                pieces.mark(token.kind, negative=negative)
        return pieces.text()

    # ------------------------------------------------------------ text to number

    def parse(self, text: str) -> decimal.Decimal | None:
        """The number that a text has by this format; None if it does not match."""
        reader = _Reader(text)
        for token in self.tokens:
            if not reader.take(token):
                return None
        if reader.place < len(text) or reader.open or not (reader.whole or reader.fraction):
            return None
        value = decimal.Decimal(f"{reader.whole or '0'}.{reader.fraction.ljust(self.after, '0')}")
        return -value if reader.negative else value


class _Text:
    """The text under construction: signs move next to the digits, as blanks come before them."""

    def __init__(self) -> None:
        self.letters: list[str] = []

    def text(self) -> str:
        if self.letters and self.letters[-1] == ".":
            self.letters[-1] = " "  # no digit came after the point
        return "".join(self.letters)

    def plain(self, text: str) -> None:
        self.letters.extend(text)

    def point(self) -> None:
        if self.letters and self.letters[-1] == " ":
            self.letters[-1] = "0"  # no whole part
        self.letters.append(".")

    def _blank(self) -> None:
        if self.letters and self.letters[-1] in "+-<":
            self.letters.insert(len(self.letters) - 1, " ")
        else:
            self.letters.append(" ")

    def groups(self, token: Token, digits: str, place: int) -> int:
        for group in token.groups:
            if group is None:
                if self.letters and self.letters[-1].isdigit():
                    self.letters.append(_COMMA)
                else:
                    self._blank()
                continue
            for letter in digits[place : place + group.size]:
                if letter != " ":
                    self.letters.append(letter)
                elif group.exact:
                    self.letters.append("0")
                else:
                    self._blank()
            place += group.size
        return place

    def mark(self, kind: Kind, *, negative: bool) -> None:
        match kind:
            case "dollar":
                self.letters.append("$")
            case "sign":
                self.letters.append("-" if negative else "+")
            case "minus":
                self.letters.append("-" if negative else " ")
            case "open" if negative:
                self.letters.append("<")
            case "close":
                self.plain(">" if negative else "  ")


class _Reader:
    """A text on its way through the tokens."""

    def __init__(self, text: str) -> None:
        self.letters = text
        self.place = 0
        self.whole = ""
        self.fraction = ""
        self.after_point = False
        self.negative = False
        self.open = False

    def _accept(self, mark: str) -> bool:
        if self.letters[self.place : self.place + 1] != mark:
            return False
        self.place += 1
        return True

    def take(self, token: Token) -> bool:
        """Go past what a token matches; False if it does not."""
        match token.kind:
            case "digits":
                return self._digits(token)
            case "point":
                self._accept(".")
                self.after_point = True
            case "dollar":
                return self._accept("$")
            case "sign" | "minus":
                if self._accept("-"):
                    self.negative = not self.negative
                elif token.kind == "sign":
                    self._accept("+")
            case "open":
                self.open = self._accept("<")
            case "close":
                if self._accept(">"):
                    if not self.open:
                        return False
                    self.open, self.negative = False, True
        return True

    def _digits(self, token: Token) -> bool:
        """Digits in groups, compared with the format's groups from the right; blanks among them do not count."""
        found = [""]
        while self.place < len(self.letters):
            letter = self.letters[self.place]
            if letter.isdigit():
                found[-1] += str(int(letter))
            elif letter == _COMMA:
                found.append("")
            elif not letter.isspace():
                break
            self.place += 1
        if self.after_point:
            self.fraction = "".join(found)
            expected = [group for group in token.groups if group is not None]
            return len(found) == 1 and len(self.fraction) <= sum(group.size for group in expected)
        self.whole = "".join(found)
        expected = [group for group in token.groups if group is not None]
        if len(found) > len(expected):
            return False
        missing = len(expected) - len(found)
        if any(group.exact for group in expected[:missing]):
            return False
        return all(
            len(digits) == group.size if group.exact else len(digits) <= group.size
            for digits, group in zip(found, expected[missing:], strict=True)
        )


# ---------------------------------------------------------------- reading a format


@functools.lru_cache(maxsize=256)
def number_format(text: str) -> NumberFormat:
    """The format that a text says, letters in any case. Raises: AnalysisException INVALID_FORMAT.*."""
    text = text.upper()
    tokens = _tokens(text)
    _check(text, tokens)
    before = after = 0
    after_point = False
    for token in tokens:
        after_point = after_point or token.kind == "point"
        size = sum(group.size for group in token.groups if group is not None)
        before, after = (before, after + size) if after_point else (before + size, after)
    return NumberFormat(tuple(tokens), before, after)


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    place = 0
    after_point = False
    while place < len(text):
        letter = text[place]
        if letter in "09,G":
            end = place
            while end < len(text) and text[end] in "09,G":
                end += 1
            tokens.append(Token("digits", _groups(text[place:end], after_point=after_point)))
            place = end
        elif text.startswith("MI", place):
            tokens.append(Token("minus"))
            place += 2
        elif text.startswith("PR", place):
            tokens.insert(0, Token("open"))
            tokens.append(Token("close"))
            place += 2
        else:
            tokens.append(Token(_SIMPLE.get(letter, "unknown"), text=letter))
            after_point = after_point or letter in ".D"
            place += 1
    return tokens


def _groups(text: str, *, after_point: bool) -> tuple[Group | None, ...]:
    found: list[Group | None] = []
    for is_digit, letters in groupby(text, lambda letter: letter in _DIGITS):
        run = "".join(letters)
        if is_digit:
            found.append(Group(len(run), exact=run[0] == "0" and not after_point))
        else:
            found.extend([None] * len(run))
    return tuple(found)


def _invalid(kind: str, text: str, **parameters: str) -> AnalysisException:
    return AnalysisException(
        errorClass=f"INVALID_FORMAT.{kind}", messageParameters={"format": f"'{text}'", **parameters}
    )


def _check(text: str, tokens: list[Token]) -> None:
    """Raises: AnalysisException INVALID_FORMAT.*, in the reference's order of checks."""
    if not text:
        raise _invalid("EMPTY", text)
    kinds = [token.kind for token in tokens]
    digits = [index for index, token in enumerate(tokens) if any(group is not None for group in token.groups)]
    if not digits:
        raise _invalid("WRONG_NUM_DIGIT", text)
    point = kinds.index("point") if "point" in kinds else len(kinds)
    if "dollar" in kinds:
        dollar = kinds.index("dollar")
        if dollar > digits[0]:
            raise _invalid("CUR_MUST_BEFORE_DIGIT", text)
        if dollar > point:
            raise _invalid("CUR_MUST_BEFORE_DEC", text)
    if any(None in token.groups for token in tokens[point:]):
        raise _invalid("THOUSANDS_SEPS_MUST_BEFORE_DEC", text)
    for token in tokens[:point]:
        groups = token.groups
        doubled = any(a is None and b is None for a, b in pairwise(groups))
        if groups and (groups[0] is None or groups[-1] is None or doubled):
            raise _invalid("CONT_THOUSANDS_SEPS", text)
    for kind in ("point", "sign", "dollar", "minus", "close"):
        if kinds.count(kind) > 1:
            raise _invalid("WRONG_NUM_TOKEN", text, token=_SHOWN[kind])
    matched = 0
    for allowed in _ORDER:
        if matched < len(kinds) and kinds[matched] == allowed:
            matched += 1
    if matched < len(kinds):
        token = tokens[matched]
        shown = _SHOWN.get(token.kind) or f"character '{token.text}''"
        raise _invalid("UNEXPECTED_TOKEN", text, token=shown)
