"""What a compiled expression runs in: the facts of the epoch, and the batch with its columns.

`Batch` also gives the two views that keep Spark's lazy evaluation exact without a loop over rows: the rows a CASE branch
applies to, and the elements a lambda runs on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from actorstream.expr.arrow import Array, ArrowType, Values, pa, pc
from actorstream.expr.types import DataType, to_arrow


@dataclass(frozen=True, slots=True)
class EvalContext:
    """The facts of an epoch that expressions may depend on; equal contexts give equal results.

    Units: `batch_time_us` is microseconds since 1970, what ``current_timestamp()`` returns.
    """

    batch_time_us: int
    epoch: int
    partition: int
    time_zone: str
    seed: int = 0
    #: what each call of a function of chance or numbering has had in this epoch: its place among them, and how many numbers
    _drawn: dict[int, tuple[int, int]] = field(default_factory=dict, compare=False)
    #: the generators of the calls that have a seed, which go on from batch to batch of an epoch
    _generators: dict[int, Any] = field(default_factory=dict, compare=False)

    def of_epoch(self, batch_time_us: int, epoch: int) -> EvalContext:
        """The facts of another epoch, in which nothing has been drawn."""
        return EvalContext(batch_time_us, epoch, self.partition, self.time_zone, self.seed)

    def draw(self, site: Site, count: int) -> tuple[int, int]:
        """Count `count` numbers more for a call. Returns: its place among the calls that draw, and how many it had before."""
        place, first = self._drawn.get(id(site), (len(self._drawn), 0))
        self._drawn[id(site)] = (place, first + count)
        return place, first

    def generator(self, site: Site, make: Callable[[], Any]) -> Any:
        """The generator of a call, made when it is first asked for."""
        found = self._generators.get(id(site))
        if found is None:
            found = self._generators[id(site)] = make()
        return found


class Batch:
    """Columns of equal length, one evaluation's input. Columns are taken from the parent only when asked for."""

    __slots__ = ("_cache", "_load", "context", "rows", "variables")

    def __init__(
        self,
        rows: int,
        load: Callable[[int], Array],
        context: EvalContext,
        variables: Mapping[int, Array] | None = None,
    ) -> None:
        self.rows = rows
        self.context = context
        self.variables: Mapping[int, Array] = variables or {}
        self._load = load
        self._cache: dict[int, Array] = {}

    @staticmethod
    def of(table: Any, context: EvalContext) -> Batch:
        """The batch of a table."""
        columns = table.columns

        def load(ordinal: int) -> Array:
            column = columns[ordinal]
            return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()

        return Batch(table.num_rows, load, context)

    def column(self, ordinal: int) -> Array:
        """Column number `ordinal` as one array."""
        found = self._cache.get(ordinal)
        if found is None:
            found = self._cache[ordinal] = self._load(ordinal)
        return found

    def take(self, indices: Array, variables: Mapping[int, Array] | None = None) -> Batch:
        """The rows at `indices` (they may repeat), with further lambda variables of that length."""
        rows = len(indices)
        moved = {key: value.take(indices) for key, value in self.variables.items()}
        return Batch(
            rows, lambda ordinal: self.column(ordinal).take(indices), self.context, {**moved, **(variables or {})}
        )

    def where(self, mask: Array) -> tuple[Batch, Array]:
        """The rows where `mask` is true, and their indices."""
        indices = pa.array(np.flatnonzero(np.asarray(pc.fill_null(mask, False))), pa.int64())
        return self.take(indices), indices


Evaluator: TypeAlias = Callable[[Batch], Values]
"""A compiled expression: gives an array of `batch.rows` values, or a scalar."""


@dataclass(frozen=True, slots=True)
class Site:
    """What a call knows before any batch: types, settings. One per call in the tree."""

    name: str
    arg_types: Sequence[DataType]
    result_type: DataType
    ansi: bool
    zone: str
    dedup_maps: str = "EXCEPTION"  # spark.sql.mapKeyDedupPolicy
    case_sensitive: bool = False  # spark.sql.caseSensitive
    arrow_type: ArrowType = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "arrow_type", to_arrow(self.result_type))


@dataclass(frozen=True, slots=True)
class Frame:
    """What a kernel sees beside its arguments: its call site and the batch."""

    site: Site
    batch: Batch

    @property
    def rows(self) -> int:
        """Number of rows the result must have."""
        return self.batch.rows

    @property
    def context(self) -> EvalContext:
        """The facts of the epoch."""
        return self.batch.context

    def array(self, values: Values) -> Array:
        """`values` as an array even if it is a scalar."""
        return as_array(values, self.rows)


def as_array(values: Values, rows: int) -> Array:
    """A scalar repeated `rows` times; an array as it is."""
    return pa.repeat(values, rows) if isinstance(values, pa.Scalar) else values


def numpy_of(values: Array, fill: Any = 0) -> np.ndarray[Any, Any]:
    """The values as numpy, nulls replaced by `fill`."""
    return np.asarray(pc.fill_null(values, fill) if values.null_count else values)


def from_numpy(values: np.ndarray[Any, Any], like: Sequence[Array], result: ArrowType) -> Array:
    """A numpy result as an array that is null where one of `like` is."""
    mask = null_mask(like)
    return pa.array(values, type=result, mask=mask, from_pandas=False)


def null_mask(arrays: Sequence[Array]) -> np.ndarray[Any, Any] | None:
    """True where one of the arrays is null; None when none has a null."""
    mask: np.ndarray[Any, Any] | None = None
    for array in arrays:
        if array.null_count:
            own = np.asarray(pc.is_null(array))
            mask = own if mask is None else mask | own
    return mask
