"""Functions of KLL sketches that stand in a column: quantiles, ranks, and a description in words; see `sketch_kll`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from actorstream.errors import SparkRuntimeException
from actorstream.expr.arrow import ArrowType, Values, pa
from actorstream.expr.coercion import takes
from actorstream.expr.distinct import by_distinct_rows
from actorstream.expr.evaluation import Frame
from actorstream.expr.functions.sketch_inputs import invalid, kll_of
from actorstream.expr.functions.sketch_kll import summary
from actorstream.expr.registry import Function, Kernel
from actorstream.expr.sketch_rules import each_of
from actorstream.expr.text import java_float

Kind = type[np.number[Any]]

KINDS: Mapping[str, Kind] = {"bigint": np.int64, "double": np.float64, "float": np.float32}
"""Types of numbers by the last word of a function's name."""

_CLASSES = {"bigint": "KllLongsSketch", "double": "KllDoublesSketch", "float": "KllFloatsSketch"}


def _each(function: Callable[..., Any], result: ArrowType | None = None) -> Kernel:
    def run(frame: Frame, *arguments: Values) -> Values:
        data_type = frame.site.arrow_type if result is None else result
        return by_distinct_rows(function, list(arguments), data_type, length=frame.rows)

    return run


def _merge(name: str, kind: Kind) -> Callable[[bytes, bytes], bytes]:
    def merge(left: bytes, right: bytes) -> bytes:
        sketch = kll_of(name, left, kind)
        sketch.merge(kll_of(name, right, kind))
        return sketch.to_bytes()

    return merge


def _quantile(name: str, kind: Kind) -> Callable[[bytes, Any], Any]:
    def quantile(data: bytes, given: Any) -> Any:
        sketch = kll_of(name, data, kind)
        ranks = _filled(given)
        if sketch.is_empty and len(ranks):
            raise invalid("KLL_INVALID_INPUT_SKETCH_BUFFER", name)
        if not ((ranks >= 0) & (ranks <= 1)).all():
            raise SparkRuntimeException(
                errorClass="KLL_SKETCH_INVALID_QUANTILE_RANGE", messageParameters={"functionName": f"`{name}`"}
            )
        return _like(given, sketch.quantiles(ranks).tolist() if len(ranks) else [])

    return quantile


def _rank(name: str, kind: Kind) -> Callable[[bytes, Any], Any]:
    def rank(data: bytes, given: Any) -> Any:
        sketch = kll_of(name, data, kind)
        numbers = _filled(given).astype(kind) if kind is not np.int64 else np.array(_listed(given), np.int64)
        try:
            return _like(given, sketch.ranks(numbers).tolist() if len(numbers) else [])
        except ValueError:
            raise invalid("KLL_INVALID_INPUT_SKETCH_BUFFER", name) from None

    return rank


def _listed(given: Any) -> Sequence[Any]:
    """The constants of an argument; a null in an array counts as 0."""
    return [0 if value is None else value for value in (given if isinstance(given, list) else [given])]


def _filled(given: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array(_listed(given), np.float64)


def _like(given: Any, answers: list[Any]) -> Any:
    return answers if isinstance(given, list) else answers[0]


def _text(name: str, ending: str) -> Callable[[bytes], str]:
    kind = KINDS[ending]

    def text(data: bytes) -> str:
        sketch = kll_of(name, data, kind)

        def shown(number: Any) -> str:
            if number is None:
                return "NaN"
            return str(number) if kind is np.int64 else java_float(float(number), single=kind is np.float32)

        return summary(sketch, _CLASSES[ending], shown(sketch.least), shown(sketch.greatest))

    return text


def _count(name: str, kind: Kind) -> Callable[[bytes], int]:
    return lambda data: kll_of(name, data, kind).count


def _functions(ending: str) -> list[Function]:
    kind = KINDS[ending]
    count, quantile, rank, merge, text = (
        f"kll_sketch_{word}_{ending}" for word in ("get_n", "get_quantile", "get_rank", "merge", "to_string")
    )
    return [
        Function(count, takes("binary", returns="bigint"), _each(_count(count, kind), pa.int64()), "how many numbers a KLL sketch has seen", may_raise=True),
        Function(quantile, each_of("double", "rank", ending), _each(_quantile(quantile, kind)), "the number at a rank from 0 to 1 of a KLL sketch", may_raise=True),
        Function(rank, each_of(ending, "quantile", "double"), _each(_rank(rank, kind)), "the share of the numbers of a KLL sketch at or below one", may_raise=True),
        Function(merge, takes("binary", "binary", returns="binary"), _each(_merge(merge, kind), pa.binary()), "two KLL sketches as one", may_raise=True),
        Function(text, takes("binary", returns="string"), _each(_text(text, ending), pa.string()), "what a KLL sketch looks like, in words", may_raise=True),
    ]  # fmt: skip


FUNCTIONS = [function for ending in KINDS for function in _functions(ending)]
