"""A text as one line of CSV, cut into fields; `csv_text` makes values of them.

The text is one record whatever line ends it holds. A quote opens a field only where the field begins, and closes it only where
the field ends; with any other quote inside, the field is kept as it stands (``STOP_AT_DELIMITER``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from actorstream.errors import IllegalArgumentException


@dataclass(frozen=True, slots=True)
class LineGrammar:
    """What separates fields, and what quotes them; an empty text switches quoting or escaping off."""

    separator: str = ","
    quote: str = '"'
    escape: str = "\\"

    @staticmethod
    def of(options: Mapping[str, str]) -> LineGrammar:
        """The grammar of options, keys in lower case. Raises: IllegalArgumentException for a quote of several characters."""
        for name in ("quote", "escape"):
            if len(options.get(name, "")) > 1:
                raise IllegalArgumentException(f"{name} cannot be more than one character")
        separator = options.get("sep") or options.get("delimiter") or ","
        return LineGrammar(separator, options.get("quote", '"'), options.get("escape", "\\"))


def split_line(text: str, grammar: LineGrammar) -> list[tuple[str, bool]]:
    """The fields of a line, each with whether it was in quotes."""
    found: list[tuple[str, bool]] = []
    place = 0
    while True:
        value, place, quoted = _field(text, place, grammar)
        found.append((value, quoted))
        if place >= len(text):
            return found
        place += len(grammar.separator)
        if place == len(text):
            return [*found, ("", False)]


def _field(text: str, place: int, grammar: LineGrammar) -> tuple[str, int, bool]:
    """A field, where it ends, and whether it was in quotes."""
    if grammar.quote and text.startswith(grammar.quote, place):
        closed = _quoted_field(text, place + 1, grammar)
        if closed is not None:
            return *closed, True
    end = text.find(grammar.separator, place)
    end = len(text) if end < 0 else end
    return text[place:end], end, False


def _quoted_field(text: str, place: int, grammar: LineGrammar) -> tuple[str, int] | None:
    """The inside of a field in quotes and where it ends; None if a quote inside is not escaped."""
    quote, escape = grammar.quote, grammar.escape
    out: list[str] = []
    while place < len(text):
        letter, following = text[place], text[place + 1 : place + 2]
        if letter == escape and following in {quote, escape if escape != quote else quote}:
            out.append(following)
            place += 2
            continue
        if letter == quote:
            end = place + 1
            at_end = end == len(text) or text.startswith(grammar.separator, end)
            return ("".join(out), end) if at_end else None
        out.append(letter)
        place += 1
    return None
