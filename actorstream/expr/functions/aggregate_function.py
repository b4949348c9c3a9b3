"""What an aggregate function is: mergeable buffers of Arrow columns, and the type rule of its result.

Made by `expr.functions.aggregate.bind_aggregate`, used by `dataflow.operators.Aggregate` in three steps: `update` turns the
rows of a batch into one row of buffers per group, `merge` puts buffer rows of the same key together (batches, partitions,
stored state), `finish` gives the result. No function sees more than whole columns.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from actorstream.expr.grouping import Groups
from actorstream.expr.nodes import Expression
from actorstream.expr.types import DataType


class AggregateFunction(ABC):
    """One aggregate with its types known. Stateless: all it accumulates is in the buffers it returns.

    Invariants: merging the buffers of any split of the rows, in row order, gives what one `update` of all rows gives;
    `update` of no rows is a neutral element of `merge`.
    """

    #: columns of the accumulated state; names are the function's own (STF-80)
    buffers: tuple[pa.Field, ...]
    #: type of the result
    result: pa.DataType
    #: whether the result is never null (counts, collected lists)
    never_null: bool = False
    #: whether it keeps every row of a group, which no stream can
    whole_groups: bool = False

    @abstractmethod
    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        """Accumulate rows.

        Shape: `inputs` are the evaluated arguments, n rows each; out: one array of `groups.count` rows per buffer.
        """

    @abstractmethod
    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        """Put buffer rows of the same group together, earlier rows first. Shape: as `update`."""

    @abstractmethod
    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        """The results, one per buffer row."""


TypeRule = Callable[[Sequence[DataType]], DataType]


@dataclass(frozen=True, slots=True)
class Signature:
    """How an aggregate function is called: its result type and its maker.

    Args:
        result: Spark type of the result, given those of the arguments.
        make: the function for resolved arguments and their Arrow types; arguments that must be constants are read there.
        arity: least and greatest number of arguments; None = no limit.
        required: names of the first parameters, where an error names the one that is missing.
    """

    result: TypeRule
    make: Callable[[Binding], AggregateFunction]
    arity: tuple[int, int | None] = (1, 1)
    required: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class OrderKey:
    """A key that rows are ordered by: which of the inputs it is, its type, and its direction."""

    place: int
    type: pa.DataType
    ascending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True)
class Binding:
    """A resolved call."""

    name: str
    args: Sequence[Expression]
    types: Sequence[pa.DataType]
    #: Arrow type of the result by the signature's rule
    result: pa.DataType
    ansi: bool
    #: the order of WITHIN GROUP
    order: Sequence[OrderKey] = ()
