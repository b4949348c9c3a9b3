"""``get_json_object``: the part of a JSON text that a path (``$.a[0].b``, ``$.a[*].b``) leads to.

A path through ``[*]`` gives an array of what it meets, or the one thing that it meets; two wildcards in a row flatten.

Source: Spark ``JsonPathParser`` and ``GetJsonObjectEvaluator``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from actorstream.expr.json_parser import (
    BLANK,
    Fields,
    JsonValue,
    dump_json,
    parse_json,
    plain_text,
    quoted_json,
    written_json,
)

_ALL = "*"
Step: TypeAlias = "tuple[Literal['field'], str] | tuple[Literal['index'], int] | tuple[Literal['each'], str]"
_Style: TypeAlias = Literal["raw", "quoted", "flat"]
_Quote: TypeAlias = Callable[[str], str]
_STEP = re.compile(r"\.\s*([^.\[]+)|\['\s*([^'?]+)'\]|\[\s*(\*)\]|\[\s*(\d+)\]")


@functools.lru_cache(maxsize=512)
def parse_path(path: str) -> tuple[Step, ...] | None:
    """The steps of a path; None if it is not one, or asks for all fields of an object, which never match."""
    if not path.startswith("$"):
        return None
    steps: list[Step] = []
    place, end = 1, len(path.rstrip()) if path.rstrip() == "$" else len(path)
    while place < end:
        match = _STEP.match(path, place)
        if match is None:
            return None
        place = match.end()
        name = match[1] or match[2]
        if name == _ALL:
            return None
        if name is not None:
            steps.append(("field", name))
        elif match[3]:
            steps.append(("each", _ALL))
        else:
            steps.append(("index", int(match[4])))
    return tuple(steps)


def json_at_path(text: str, path: str) -> str | None:
    """What `path` leads to in `text`: a text as it is, anything else as JSON; None if it leads nowhere."""
    steps = parse_path(path)
    if steps is None:
        return None
    try:
        value = parse_json(text)
    except ValueError:
        return None
    if value is BLANK:
        return None
    found = _walk(value, steps, "raw", quoted_json)
    return found[0] if found else None


def _walk(value: JsonValue, steps: Sequence[Step], style: _Style, quote: _Quote) -> list[str]:
    """The JSON texts found, in order; empty if the path leads nowhere."""
    is_array = isinstance(value, list) and not isinstance(value, Fields)
    if not steps:
        if style == "raw" and type(value) is str:
            return [plain_text(value)]
        if style == "flat" and is_array:
            return [text for item in value for text in _walk(item, (), style, quote)]
        return [dump_json(value, quote)]
    (kind, key), rest = steps[0], steps[1:]
    if kind == "field" and isinstance(value, Fields):
        for name, item in value:
            # the first of several fields of the name that leads somewhere
            found = _walk(item, rest, style, quote) if name == key and item is not None else []
            if found:
                return found
        return []
    if not is_array:
        return []
    if kind == "index":
        assert isinstance(key, int)
        inner: _Style = "quoted" if rest and rest[0][0] == "each" else style
        return _walk(value[key], rest, inner, quote) if key < len(value) else []
    if kind == "each":
        return _each(value, rest, style, quote)
    return []


def _each(items: list[JsonValue], rest: Sequence[Step], style: _Style, quote: _Quote) -> list[str]:
    if rest and rest[0][0] == "each":
        found = [text for item in items for text in _walk(item, rest[1:], "flat", quote)]
        return ["[" + ",".join(found) + "]"] if found else []
    inner: _Style = "flat" if style == "flat" else "quoted"
    if style != "quoted":
        quote = written_json  # what is met is collected as text first
    met = [found for found in (_walk(item, rest, inner, quote) for item in items) if found]
    texts = [text for found in met for text in found]
    if not met:
        return []
    if style != "quoted" and len(met) == 1:
        # one element met stands alone, without the array around it
        return [",".join(texts)]
    return ["[" + ",".join(texts) + "]"]
