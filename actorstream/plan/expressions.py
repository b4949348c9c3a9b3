"""Expressions that only a plan understands. They never reach `expr.typing`: the analyzer replaces them first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from actorstream.expr.nodes import Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPattern(Expression):
    """All columns whose whole name matches a regular expression: ``df.colRegex("`a.*`")``."""

    pattern: str
    target: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiAlias(Expression):
    """Names for the columns of a generator: ``explode(m).alias("k", "v")``."""

    child: Expression
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subquery(Expression):
    """A query inside an expression: its one value, whether it has rows, or whether `values` are among them."""

    kind: Literal["scalar", "exists", "in"]
    #: the syntax tree of the query, or the plan of a frame
    query: Any = field(compare=False, hash=False)
    values: tuple[Expression, ...] = ()
