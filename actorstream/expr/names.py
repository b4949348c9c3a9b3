"""Column names as users write them in text: ``a``, ``t.a``, ``s.field``, ``*``, and dots kept by backquotes."""

from __future__ import annotations

from actorstream.errors import AnalysisException
from actorstream.expr.nodes import Expression, Star, UnresolvedAttribute


def split_name(text: str) -> tuple[str, ...]:
    """The parts of a dotted name. Raises: AnalysisException INVALID_ATTRIBUTE_NAME_SYNTAX."""
    if "`" not in text and ".." not in text and not text.startswith(".") and not text.endswith("."):
        return tuple(text.split("."))
    parts: list[str] = []
    current = ""
    quoted = closed = False
    index = 0
    while index < len(text):
        letter = text[index]
        if quoted:
            if letter != "`":
                current += letter
            elif text[index + 1 : index + 2] == "`":
                current += "`"
                index += 1
            else:
                quoted, closed = False, True
        elif letter == "`" and not current and not closed:
            quoted = True
        elif letter == "." and (current or closed):
            parts.append(current)
            current, closed = "", False
        elif letter in "`." or closed:
            raise _syntax(text)
        else:
            current += letter
        index += 1
    if quoted or not (current or closed):
        raise _syntax(text)
    return (*parts, current)


def _syntax(text: str) -> AnalysisException:
    return AnalysisException(errorClass="INVALID_ATTRIBUTE_NAME_SYNTAX", messageParameters={"name": text})


def name_expression(text: str) -> Expression:
    """The expression of a column name: an unresolved attribute, or a star."""
    if text == "*":
        return Star()
    if text.endswith(".*"):
        return Star(target=split_name(text[:-2]))
    return UnresolvedAttribute(parts=split_name(text))
