"""Functions of sketches whose form is not that of a plain function."""

from __future__ import annotations

from actorstream.sql.column import Column
from actorstream.sql.functions._build import Argument, call, required, value

__all__ = ["hll_union"]


def hll_union(col1: Argument, col2: Argument, allowDifferentLgConfigK: bool | None = None) -> Column:
    """The union of two HLL sketches; sketches of different sizes only if `allowDifferentLgConfigK`."""
    return call("hll_union", required(col1, "col1"), required(col2, "col2"), value(allowDifferentLgConfigK))
