"""Paths into variants: ``$.a``, ``$[0]``, ``$['a b'].c``.

Source: Spark ``VariantPathParser``.
"""

from __future__ import annotations

import functools
import re
from typing import TypeAlias

from actorstream.errors import SparkRuntimeException
from actorstream.expr.variant.reading import Variant

Step: TypeAlias = "str | int"
"""A field's name or an element's place."""

_STEP = re.compile(r"""\.([^.\[]+)|\[(\d+)\]|\['([^']*)'\]|\["([^"]*)"\]""")
_LARGEST = 2**31 - 1


@functools.lru_cache(maxsize=1024)
def parse_path(path: str) -> tuple[Step, ...] | None:
    """The steps of a path; None if it is none."""
    if not path.startswith("$"):
        return None
    steps: list[Step] = []
    at = 1
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            return None
        at = match.end()
        if match[2] is None:
            steps.append(next(name for name in (match[1], match[3], match[4]) if name is not None))
        elif not match[2].isascii() or int(match[2]) > _LARGEST:
            return None
        else:
            steps.append(int(match[2]))
    return tuple(steps)


def path_steps(
    path: str, function: str, condition: str = "INVALID_VARIANT_GET_PATH", *, root: bool = True
) -> tuple[Step, ...]:
    """The steps of a path that `function` was given; `root`: it may have none. Raises: SparkRuntimeException of that condition."""
    steps = parse_path(path)
    if steps is None or not (steps or root):
        raise SparkRuntimeException(
            errorClass=condition, messageParameters={"path": path, "functionName": f"`{function}`"}
        )
    return steps


def at_path(variant: Variant, steps: tuple[Step, ...]) -> Variant | None:
    """The part that a path leads to; None if there is none."""
    found: Variant | None = variant
    for step in steps:
        if found is None:
            return None
        found = found.member(step) if isinstance(step, str) else found.element(step)
    return found
