"""What aggregate functions take: default arguments, implicit casts and checks, made by the analyzer before their type is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actorstream.expr.coercion import Rules, accept, literal, type_of, unexpected_input
from actorstream.expr.functions.vectors import require_vector
from actorstream.expr.nodes import Call, Expression
from actorstream.expr.types import BinaryType, NullType

#: last arguments that are added when they are not given; they show in column names
_DEFAULTS: Mapping[str, tuple[int, tuple[Any, ...]]] = {
    "listagg": (1, (None,)),
    "string_agg": (1, (None,)),
    "percentile": (2, (1,)),
    "percentile_approx": (2, (10000,)),
    "approx_percentile": (2, (10000,)),
}
#: the types that first arguments are cast to, as `coercion.takes` writes them
_PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "bitmap_construct_agg": ("bigint",),
    "collect_union": ("array",),
    "listagg": ("string|binary",),
    "string_agg": ("string|binary",),
}


def aggregate_arguments(name: str, args: tuple[Expression, ...], rules: Rules) -> tuple[Expression, ...]:
    """The resolved arguments with defaults and casts. Raises: AnalysisException DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE."""
    least, defaults = _DEFAULTS.get(name, (0, ()))
    if defaults and len(args) == least:
        args = (*args, *map(literal, defaults))
    call = Call(name=name, args=args)
    if name in ("vector_sum", "vector_avg") and args:
        require_vector(call, 0)
    if (
        name in ("bitmap_or_agg", "bitmap_and_agg")
        and args
        and not isinstance(type_of(args[0]), (BinaryType, NullType))
    ):
        raise unexpected_input(call, 0, '"BINARY"')
    parameters = _PARAMETERS.get(name, ())[: len(args)]
    return (
        *(accept(call, index, parameter, rules) for index, parameter in enumerate(parameters)),
        *args[len(parameters) :],
    )
