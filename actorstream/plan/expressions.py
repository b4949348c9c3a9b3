"""Expressions that only a plan understands. They never reach `expr.typing`: the analyzer replaces them first."""

from __future__ import annotations

from dataclasses import dataclass

from actorstream.expr.nodes import Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiAlias(Expression):
    """Names for the columns of a generator: ``explode(m).alias("k", "v")``."""

    child: Expression
    names: tuple[str, ...]
