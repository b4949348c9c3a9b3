"""The registry of scalar functions: one entry = Spark name, type rule, kernel, description.

Entries are plain lists in ``functions/<family>.py``; this module only joins them. A family is imported when a name of it is
first looked up, so that start-up does not pay for functions nobody uses.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from actorstream.expr.nodes import Expression

if TYPE_CHECKING:
    from actorstream.expr.coercion import Rules

TypeRule: TypeAlias = "Callable[[str, tuple[Expression, ...], Rules], Expression]"
"""Gives the typed call (arguments cast, defaults added) or what it is rewritten to; raises AnalysisException."""
Kernel: TypeAlias = Callable[..., Any]
"""``kernel(frame, *arguments)`` on arrays and scalars; a lazy one gets evaluators instead of values."""


@dataclass(frozen=True, slots=True)
class Function:
    """An entry of the registry.

    Args:
        name: Spark name in lower case.
        rule: type rule.
        kernel: evaluates a batch; None for generators, which the plan turns into an operator.
        doc: one line, what it gives.
        may_raise: whether a value can make it fail: then it never runs on rows a CASE or AND left out.
        lazy: whether the kernel gets evaluators, to run them on a part of the rows.
        deterministic: False for ``rand`` and the like.
        lambda_types: for higher-order functions, types of the lambda parameters from the types of the other arguments.
        lambdas_from: index of the first argument that is a lambda.
    """

    name: str
    rule: TypeRule
    kernel: Kernel | None
    doc: str = ""
    may_raise: bool = False
    lazy: bool = False
    deterministic: bool = True
    lambda_types: Callable[..., Any] | None = None
    lambdas_from: int = 1


FAMILIES = (
    "arithmetic",
    "comparison",
    "conditional",
    "string",
    "regexp",
    "json",
    "calendar_intervals",
    "text_search",
    "variant",
    "variant_edits",
    "csv",
    "xml",
    "xpath",
    "numbers_as_text",
    "urls",
    "encodings",
    "language",
    "conversions",
    "math",
    "structures",
    "maps",
    "arrays",
    "array_sets",
    "higher_order",
    "generators",
    "hashes",
    "aes",
    "misc",
    "chance",
    "date_parts",
    "date_math",
    "date_text",
    "time_of_day",
    "time_buckets",
    "vectors",
    "bitmaps",
    "sketches",
    "sketch_quantiles",
    "sketch_tuples",
    "top_items",
)


@functools.cache
def functions() -> Mapping[str, Function]:
    """Every scalar and generator function by name."""
    found: dict[str, Function] = {}
    for family in FAMILIES:
        entries: Sequence[Function] = importlib.import_module(f"actorstream.expr.functions.{family}").FUNCTIONS
        for entry in entries:
            if entry.name in found:
                raise AssertionError(f"function {entry.name} is registered twice")
            found[entry.name] = entry
    return found


def lookup(name: str) -> Function | None:
    """The entry of a name, or None."""
    return functions().get(name.lower())
