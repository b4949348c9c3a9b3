"""Errors that show the place in a SQL text, as Spark prints them. Used by `plan.sql_dialect` and the commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from actorstream.errors import ParseException
from actorstream.errors.exceptions import format_message

if TYPE_CHECKING:
    from sqlglot.errors import ParseError

    from actorstream.plan.sql_tokens import Word


def located(condition: str, parameters: Mapping[str, str], text: str, position: int) -> ParseException:
    """A parse error with its line, its position in it, and the text with a mark under the place.

    Args:
        position: from 0, in `text`; its length is the end of the input.
    """
    before = text[:position]
    line = before.count("\n") + 1
    column = position - (before.rfind("\n") + 1)
    lines = text.split("\n")
    shown = "\n".join([*lines[:line], "-" * column + "^^^", *lines[line:]])
    message = f"\n{format_message(condition, parameters)} (line {line}, pos {column})\n\n== SQL ==\n{shown}\n"
    return ParseException(message, condition, parameters)


def syntax_error(text: str, position: int, word: str | None, hint: str = "") -> ParseException:
    """PARSE_SYNTAX_ERROR at a word, or at the end of the input for None."""
    near = "end of input" if word is None else f"'{word}'"
    return located("PARSE_SYNTAX_ERROR", {"error": near, "hint": hint}, text, position)


def unclosed(text: str) -> ParseException:
    """The error for a comment or a quote that does not end."""
    opened = text.rfind("/*")
    if opened >= 0 and "*/" not in text[opened:]:
        message = f"\n{format_message('UNCLOSED_BRACKETED_COMMENT', {})}\n== SQL ==\n{text}"
        return ParseException(message, "UNCLOSED_BRACKETED_COMMENT", {})
    quotes = [(text.count(quote), text.rfind(quote), quote) for quote in "'\"`"]
    odd = [(place, quote) for count, place, quote in quotes if count % 2]
    if not odd:
        return syntax_error(text, len(text), None)
    place, quote = max(odd)
    return syntax_error(text, place, quote)


def parse_error(error: ParseError, text: str, words: Sequence[Word], skipped: int) -> ParseException:
    """Spark's error at the word where the parser gave up."""
    details: dict[str, Any] = dict(error.errors[0]) if error.errors else {}
    highlight = str(details.get("highlight") or "").strip()
    place = _offset(text, int(details.get("line") or 1), int(details.get("col") or 0), skipped)
    at = next((n for n, word in enumerate(words) if word.start + len(word.text) == place and highlight), None)
    if at is None:
        return syntax_error(text, len(text), None)
    unexpected = "Unexpected token" in str(error) or "Invalid expression" in str(error)
    if not unexpected:  # something is missing after this word
        at += 1
    while at < len(words) and words[at].start < 0:  # the prefix
        at += 1
    if at >= len(words):
        return syntax_error(text, len(text), None)
    word = words[at]
    extra = unexpected and at == len(words) - 1
    return syntax_error(text, word.start, word.text, f": extra input '{word.text}'" if extra else "")


def _offset(text: str, line: int, column: int, skipped: int) -> int:
    """The place of a line and a column, both from 1, that count the prefix."""
    starts = [0, *(place + 1 for place, letter in enumerate(text) if letter == "\n")]
    start = starts[min(line, len(starts)) - 1]
    return start + column - (skipped if line == 1 else 0)
