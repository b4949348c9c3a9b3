"""Signatures of the aggregates that make sketches, for `aggregate.AGGREGATES`; their constants are checked here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from actorstream.errors import SparkRuntimeException
from actorstream.expr.coercion import Rules
from actorstream.expr.folding import folded, is_foldable
from actorstream.expr.functions import aggregate_quantiles as quantiles
from actorstream.expr.functions import aggregate_sketches as sketches
from actorstream.expr.functions import sketch_hll as hll
from actorstream.expr.functions import sketch_theta as theta
from actorstream.expr.functions import top_items
from actorstream.expr.functions.aggregate_count_min import CountMinSketch
from actorstream.expr.functions.aggregate_function import AggregateFunction, Binding, Signature
from actorstream.expr.functions.aggregate_items import ApproxTopK, ApproxTopKAccumulate, ApproxTopKCombine
from actorstream.expr.functions.sketch_inputs import lg_nominal_out_of_range
from actorstream.expr.functions.sketch_items import MOST_TRACKED
from actorstream.expr.functions.sketch_kll import K_DEFAULT
from actorstream.expr.types import BinaryType, DataType


def _constant(binding: Binding, place: int, otherwise: Any, error: str = "") -> Any:
    """The value of an argument; `otherwise` if it is null or left out.

    Raises: SparkRuntimeException `error` if it is no constant.
    """
    if place >= len(binding.args):
        return otherwise
    if not is_foldable(binding.args[place]):
        raise SparkRuntimeException(errorClass=error, messageParameters={"function": f"`{binding.name}`"})
    found = folded(binding.args[place], Rules(ansi=binding.ansi))
    return otherwise if found is None else found


def _hll_sketch(binding: Binding) -> AggregateFunction:
    lg_k = _constant(binding, 1, 0, "HLL_K_MUST_BE_CONSTANT")
    if not hll.LG_K_MIN <= lg_k <= hll.LG_K_MAX:
        raise SparkRuntimeException(
            errorClass="HLL_INVALID_LG_K",
            messageParameters={
                "function": f"`{binding.name}`",
                "min": str(hll.LG_K_MIN),
                "max": str(hll.LG_K_MAX),
                "value": str(lg_k),
            },
        )
    return sketches.HllSketchAggregate(binding.name, lg_k)


def _hll_union(binding: Binding) -> AggregateFunction:
    return sketches.HllUnionAggregate(
        binding.name, allow_different=_constant(binding, 1, False, "HLL_K_MUST_BE_CONSTANT")
    )


def _theta(make: sketches.Maker) -> sketches.Maker:
    def bound(binding: Binding) -> AggregateFunction:
        lg_k = _constant(binding, 1, 0, "THETA_LG_NOM_ENTRIES_MUST_BE_CONSTANT")
        if not theta.LG_K_MIN <= lg_k <= theta.LG_K_MAX:
            raise lg_nominal_out_of_range(binding.name, lg_k)
        return make(binding.name, lg_k)

    return bound


def _kll_sketch(binding: Binding) -> AggregateFunction:
    return quantiles.KllSketchAggregate(binding.name, _NUMBERS[_ending(binding)], _constant(binding, 1, K_DEFAULT))


def _kll_merge(binding: Binding) -> AggregateFunction:
    return quantiles.KllMergeAggregate(binding.name, _NUMBERS[_ending(binding)], _constant(binding, 1, None))


def _tuple(make: sketches.Maker, lg_k: int | None, mode: int) -> sketches.Maker:
    """Args: places of the arguments that say the size and the mode."""

    def bound(binding: Binding) -> AggregateFunction:
        size = theta.LG_K_DEFAULT if lg_k is None else _constant(binding, lg_k, theta.LG_K_DEFAULT)
        place = theta.MODES.index(_constant(binding, mode, "sum").lower())
        return make(binding.name, size, _SUMMARIES[_ending(binding)], place)

    return bound


def _count_min_sketch(binding: Binding) -> AggregateFunction:
    eps, confidence, seed = (_constant(binding, place, 0) for place in (1, 2, 3))
    return CountMinSketch(eps, confidence, _as_int(seed))


def _as_int(number: int) -> int:
    """The lowest 32 bits as a signed number."""
    return (number + 2**31) % 2**32 - 2**31


def _approx_top_k(binding: Binding) -> AggregateFunction:
    k = top_items.positive(_constant(binding, 1, None), "k")
    items = top_items.tracked(_constant(binding, 2, None))
    top_items.check_enough(items, k)
    return ApproxTopK(binding.types[0], binding.result, k, items)


def _accumulate(binding: Binding) -> AggregateFunction:
    items = top_items.tracked(_constant(binding, 1, None))
    return ApproxTopKAccumulate(binding.types[0], binding.result, items, _ddl(binding.args[0].data_type))


def _combine(binding: Binding) -> AggregateFunction:
    given = _constant(binding, 1, None)
    items = None if given == -1 else top_items.tracked(given)
    state = binding.args[0].data_type
    assert state is not None
    item = binding.types[0].field(2).type
    return ApproxTopKCombine(item, binding.result, items, MOST_TRACKED, _ddl(top_items.item_of(state)))


def _ddl(item: DataType | None) -> str:
    assert item is not None
    return top_items.item_ddl(item)


def _ending(binding: Binding) -> str:
    """The last word of the function's name, which says the type."""
    return binding.name.rpartition("_")[2]


_NUMBERS: Mapping[str, Any] = {"bigint": np.int64, "double": np.float64, "float": np.float32}
_SUMMARIES: Mapping[str, Any] = {"double": np.float64, "integer": np.int32}


def _signature(make: sketches.Maker, least: int, most: int, required: Sequence[str] = ()) -> Signature:
    return Signature(lambda types: BinaryType(), make, (least, most), required)


SKETCH_AGGREGATES: Mapping[str, Signature] = {
    "hll_sketch_agg": _signature(_hll_sketch, 1, 2),
    "hll_union_agg": _signature(_hll_union, 1, 2),
    "theta_sketch_agg": _signature(_theta(sketches.ThetaSketchAggregate), 1, 2),
    "theta_union_agg": _signature(_theta(sketches.ThetaUnionAggregate), 1, 2),
    "theta_intersection_agg": _signature(lambda binding: sketches.ThetaIntersectionAggregate(binding.name), 1, 1),
    "approx_top_k": Signature(lambda types: top_items.items_type(types[0]), _approx_top_k, (1, 3)),
    "approx_top_k_accumulate": Signature(lambda types: top_items.state_type(types[0]), _accumulate, (1, 2)),
    "approx_top_k_combine": Signature(lambda types: types[0], _combine, (1, 2)),
    "count_min_sketch": _signature(_count_min_sketch, 4, 4, ("column", "epsilon", "confidence", "seed")),
    **{f"kll_sketch_agg_{ending}": _signature(_kll_sketch, 1, 2) for ending in _NUMBERS},
    **{f"kll_merge_agg_{ending}": _signature(_kll_merge, 1, 2) for ending in _NUMBERS},
    **{
        f"tuple_{name}_agg_{ending}": _signature(_tuple(make, lg_k, mode), *rest)
        for ending in _SUMMARIES
        for name, make, lg_k, mode, *rest in (
            ("sketch", sketches.ThetaSketchAggregate, 2, 3, 2, 4, ("key", "summary")),
            ("union", sketches.ThetaUnionAggregate, 1, 2, 1, 3, ("child",)),
            ("intersection", sketches.ThetaIntersectionAggregate, None, 1, 1, 2),
        )
    },
}
"""All of them by their Spark name. None of them is ever null."""
