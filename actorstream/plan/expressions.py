"""Expressions that only a plan understands. They never reach `expr.typing`: the analyzer replaces them first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from actorstream.expr.nodes import Expression, SortOrder


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
class TableArgument(Expression):
    """A whole table as argument of a table function: ``f(TABLE(t) PARTITION BY k ORDER BY v)``.

    Each group of rows with equal `partition_by` goes to an object of its own, in the order of `order_by`.
    """

    #: the plan of the table
    table: Any = field(compare=False, hash=False)
    partition_by: tuple[Expression, ...] = ()
    order_by: tuple[SortOrder, ...] = ()
    single: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subquery(Expression):
    """A query inside an expression: its one value, whether it has rows, or whether `values` are among them."""

    kind: Literal["scalar", "exists", "in"]
    #: the syntax tree of the query, or the plan of a frame
    query: Any = field(compare=False, hash=False)
    values: tuple[Expression, ...] = ()
