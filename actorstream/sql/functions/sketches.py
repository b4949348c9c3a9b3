"""Functions of sketches whose form is not that of a plain function."""

from __future__ import annotations

import secrets

from actorstream.sql.column import Column
from actorstream.sql.functions._build import Argument, aggregate, call, required, value

__all__ = ["count_min_sketch", "hll_union"]


def count_min_sketch(col: Argument, eps: Argument, confidence: Argument, seed: Argument = None) -> Column:
    """How often values came: a sketch of relative error `eps` with a `confidence`, hashed by `seed` (any if left out)."""
    chosen = secrets.randbits(63) if seed is None else seed
    return aggregate("count_min_sketch", required(col), value(eps), value(confidence), value(chosen))


def hll_union(col1: Argument, col2: Argument, allowDifferentLgConfigK: bool | None = None) -> Column:
    """The union of two HLL sketches; sketches of different sizes only if `allowDifferentLgConfigK`."""
    return call("hll_union", required(col1, "col1"), required(col2, "col2"), value(allowDifferentLgConfigK))
