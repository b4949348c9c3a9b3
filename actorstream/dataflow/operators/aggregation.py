"""The arithmetic of a group-by with its columns known: rows to partial results, partials together, partials to results.

Used by `Aggregate` and `PartialAggregate`; knows no epochs and no state. A *partial* is a table of key columns and the buffers
of all functions, one row per key; the same columns are the state (STF-80).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from actorstream.common.config import Conf
from actorstream.dataflow.operators.expressions import (
    BoundAggregate,
    bind_aggregates,
    bound,
    compile_bound,
    marked_column,
    result_field,
)
from actorstream.dataflow.operators.window_assign import SessionAssign, WindowAssign
from actorstream.errors import AnalysisException
from actorstream.expr.compile import EvalContext
from actorstream.expr.evaluation import Batch
from actorstream.expr.grouping import Groups, as_array, group_rows, normalise_keys, single_group
from actorstream.expr.nodes import Alias, BoundReference, Expression, SessionWindow, TimeWindow

INPUT_SCHEMA = b"actorstream.aggregate.input"
"""Schema metadata of a partial: the columns it was made from, which the types of the functions depend on."""

GLOBAL_KEY = pa.field("global", pa.int8(), nullable=False)
"""Stands for the missing key of an aggregation without keys."""

NamedExpression = tuple[str, Expression]


@dataclass(frozen=True, slots=True)
class AggregateSpec:
    """A group-by as written."""

    keys: tuple[NamedExpression, ...]
    aggregates: tuple[NamedExpression, ...]

    @property
    def key_names(self) -> tuple[str, ...]:
        """Names of the key columns of a partial: the keys' own, made unique."""
        return tuple(unique_names([name for name, _ in self.keys]))


def unique_names(names: Sequence[str]) -> list[str]:
    """The names, with a number where one comes again."""
    taken: set[str] = set()
    result = []
    for name in names:
        candidate, number = name, 2
        while candidate in taken:
            candidate, number = f"{name}_{number}", number + 1
        taken.add(candidate)
        result.append(candidate)
    return result


class Aggregation:
    """A group-by on tables of a known schema."""

    def __init__(self, spec: AggregateSpec, schema: pa.Schema, conf: Conf) -> None:
        keys = list(spec.keys)
        self._window, keys, rows_schema = _split_window(keys, schema, conf)
        self._keys = [compile_bound(expression, rows_schema, conf) for _, expression in keys]
        self.functions: tuple[BoundAggregate, ...] = bind_aggregates(spec.aggregates, rows_schema, conf)
        fields = [result_field(name, expression, rows_schema, conf) for name, expression in keys]
        self.is_global = not fields
        self.key_fields = [field.with_name(name) for field, name in zip(fields, spec.key_names, strict=True)]
        names = [buffer.name for function in self.functions for buffer in function.function.buffers]
        taken = [GLOBAL_KEY.name] if self.is_global else list(spec.key_names)
        buffer_names = unique_names([*taken, *names])[len(taken) :]
        buffers = [buffer for function in self.functions for buffer in function.function.buffers]
        self.value_schema = pa.schema(
            [buffer.with_name(name) for buffer, name in zip(buffers, buffer_names, strict=True)]
        )
        self.key_schema = pa.schema([GLOBAL_KEY] if self.is_global else self.key_fields)
        self.partial_schema = pa.schema([*self.key_schema, *self.value_schema])
        self.result_schema = pa.schema([*fields, *(_result(function) for function in self.functions)])
        #: position of the key that carries the event-time mark, or None
        self.event_time = None if self.is_global else marked_column(self.key_fields)

    # ------------------------------------------------------------ steps

    def partial(self, table: pa.Table, context: EvalContext) -> pa.Table:
        """Rows to one partial row per key. Shape: in (n rows, input schema); out (k rows, `partial_schema`)."""
        if self._window is not None:
            table = self._window.expand(table, context)
        batch = Batch.of(table, context)
        if self.is_global:
            groups, keys = single_group(table.num_rows), [_global_key(1)]
        else:
            columns = [as_array(normalise_keys(key.on(batch))) for key in self._keys]
            groups, first = group_rows(columns)
            rows = pa.array(first)
            keys = [column.take(rows) for column in columns]
        buffers = [array for function in self.functions for array in function.update(batch, groups)]
        return pa.Table.from_arrays([*keys, *buffers], schema=self.partial_schema)

    def merge(self, partials: Sequence[pa.Table]) -> pa.Table:
        """Partial rows, earlier ones first, to one per key. A single table has unique keys already."""
        if len(partials) == 1:
            return partials[0]
        table = pa.concat_tables(partials).combine_chunks()
        columns = [as_array(column) for column in table.columns]
        count = len(self.key_schema)
        if self.is_global:
            groups, keys = single_group(table.num_rows), [_global_key(1)]
        else:
            groups, first = group_rows(columns[:count])
            rows = pa.array(first)
            keys = [column.take(rows) for column in columns[:count]]
        return pa.Table.from_arrays([*keys, *self.merge_buffers(columns[count:], groups)], schema=self.partial_schema)

    def merge_values(
        self, stored: pa.Table, positions: np.ndarray[tuple[int], np.dtype[np.int64]], new: pa.Table
    ) -> pa.Table:
        """Buffers of stored rows and new ones together.

        Shape: `stored` (m rows, buffers), `positions` (m: the row of `new` with the same key), `new` (k rows, buffers);
        out (k rows, buffers), in the order of `new`.
        """
        both = pa.concat_tables([stored, new])
        groups = Groups(np.concatenate([positions, np.arange(new.num_rows)]), new.num_rows)
        return pa.Table.from_arrays(
            self.merge_buffers([as_array(column) for column in both.columns], groups), schema=self.value_schema
        )

    def finish(self, partials: pa.Table) -> pa.Table:
        """Partial rows to results. Shape: in (k rows, `partial_schema`); out (k rows, `result_schema`)."""
        columns = [as_array(column) for column in partials.columns]
        results = [] if self.is_global else columns[: len(self.key_fields)]
        start = len(self.key_schema)
        for function in self.functions:
            end = start + len(function.function.buffers)
            results.append(function.function.finish(columns[start:end]))
            start = end
        return pa.Table.from_arrays(results, schema=self.result_schema)

    def nothing(self) -> pa.Table:
        """The partial of no rows at all, for an aggregation without keys (STF-84)."""
        buffers = [array for function in self.functions for array in function.empty()]
        return pa.Table.from_arrays([_global_key(1), *buffers], schema=self.partial_schema)

    def keys_of(self, partials: pa.Table) -> pa.Table:
        """Key columns of partial rows."""
        return partials.select(range(len(self.key_schema)))

    def values_of(self, partials: pa.Table) -> pa.Table:
        """Buffer columns of partial rows."""
        return partials.select(range(len(self.key_schema), len(self.partial_schema)))

    def merge_buffers(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        """Buffers of n partial rows as those of the groups that they are in, earlier rows first."""
        result: list[pa.Array] = []
        start = 0
        for function in self.functions:
            end = start + len(function.function.buffers)
            result.extend(function.function.merge(buffers[start:end], groups))
            start = end
        return result


def _global_key(rows: int) -> pa.Array:
    return pa.array(np.zeros(rows, np.int8))


def _result(function: BoundAggregate) -> pa.Field:
    return pa.field(function.name, function.function.result, not function.function.never_null)


def _split_window(
    keys: list[NamedExpression], schema: pa.Schema, conf: Conf
) -> tuple[WindowAssign | SessionAssign | None, list[NamedExpression], pa.Schema]:
    """A `TimeWindow` or `SessionWindow` among the keys becomes a column of its own, because it repeats and drops rows.

    Raises: AnalysisException _LEGACY_ERROR_TEMP_1039 for several windows (STF-25).
    """
    kinds = (TimeWindow, SessionWindow)
    places = [index for index, (_, expression) in enumerate(keys) if isinstance(bare(expression), kinds)]
    if not places:
        return None, keys, schema
    if len(places) > 1:
        raise AnalysisException(
            "Multiple time/session window expressions would result in a cartesian product of rows, therefore they are "
            "currently not supported."
        )
    name, expression = keys[places[0]]
    window = bare(expression)
    assign: WindowAssign | SessionAssign
    if isinstance(window, SessionWindow):
        assign = SessionAssign(window, name)
    else:
        assert isinstance(window, TimeWindow)
        time = bound(window.time, schema, conf)
        assign = WindowAssign(time, window.duration_us, window.slide_us, window.start_us, name=name)
    extended = assign.compile(schema, conf)
    ordinal = len(schema)
    field = extended.field(ordinal)
    # the other keys are bound before the new column can hide one of theirs
    changed = [
        (key, bound(what, schema, conf)) if index != places[0] else (key, what)
        for index, (key, what) in enumerate(keys)
    ]
    reference = BoundReference(ordinal=ordinal, name=name, data_type=assign.window_type, nullable=field.nullable)
    changed[places[0]] = (name, reference)
    return assign, changed, extended


def bare(expression: Expression) -> Expression:
    """What an expression is without the names that it was given."""
    return bare(expression.child) if isinstance(expression, Alias) else expression
