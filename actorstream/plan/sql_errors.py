"""Errors that show the place in a SQL text, as Spark prints them. Used by `plan.sql_dialect` and the commands."""

from __future__ import annotations

from collections.abc import Mapping

from actorstream.errors import ParseException
from actorstream.errors.exceptions import format_message


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
