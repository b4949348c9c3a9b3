"""A user's function over the groups of a batch: one table of rows per key, or one per key from each of two inputs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pyarrow as pa

from actorstream.dataflow.batch import concat
from actorstream.dataflow.exchange import Exchange, Gather, HashBy
from actorstream.dataflow.protocols import EpochInfo, Operator, OperatorContext
from actorstream.expr.grouping import as_array, group_rows, normalise_keys, single_group
from actorstream.expr.ordering import sort_rows

GroupFunction = Callable[[pa.Table, Sequence[pa.Table]], pa.Table]
"""``function(key, inputs)``: a table of one row with the key columns, and the rows of every input; gives result rows."""


class MapGroups(Operator):
    """Calls `function` once per key and epoch, keys ascending. Stateless: a key that comes again is a new group.

    Args:
        keys: the key columns are the last so many of every input, under the same names and types; 0 for one group of all rows.
        function: for one group; the key columns are not among the rows that it gets.
        schema: columns of what it gives.
        inputs: how many inputs there are; a key of any of them is a group, the others may have no rows of it.
    """

    def __init__(
        self,
        keys: Sequence[str],
        function: GroupFunction,
        schema: pa.Schema,
        *,
        inputs: int = 1,
        name: str = "MapGroups",
    ) -> None:
        self.keys = tuple(keys)
        self.function = function
        self.schema = schema
        self.inputs = inputs
        self.name = name
        self.exchange: Exchange = HashBy(self.keys) if self.keys else Gather()
        self._held: list[list[pa.Table]] = [[] for _ in range(inputs)]

    def __deepcopy__(self, memo: object) -> MapGroups:
        # the function is shared by all partitions, as in MapBatches
        return MapGroups(self.keys, self.function, self.schema, inputs=self.inputs, name=self.name)

    def describe(self) -> str:
        return f"{self.name} [{', '.join(self.keys)}]"

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        return self.schema

    def open(self, context: OperatorContext) -> None:
        self._schemas = context.input_schemas

    def begin_epoch(self, info: EpochInfo) -> None:
        for held in self._held:
            held.clear()

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Shape: in (n rows, key columns last); out nothing yet."""
        self._held[port].append(table)
        return ()

    def end_epoch(self, info: EpochInfo) -> Iterable[pa.Table]:
        """Shape: out (what the function gives for every group)."""
        if info.restore:
            return
        tables = [concat(held, schema) for held, schema in zip(self._held, self._schemas, strict=True)]
        for held in self._held:
            held.clear()
        rows = [table.num_rows for table in tables]
        if not sum(rows):
            return
        width = len(self.keys)
        of_all = pa.concat_tables(
            [table.select(range(table.num_columns - width, table.num_columns)) for table in tables]
        )
        keys = [as_array(normalise_keys(column)) for column in of_all.columns]
        groups, first = group_rows(keys) if keys else (single_group(sum(rows)), np.zeros(1, np.int64))
        starts = np.cumsum([0, *rows])
        members = []
        for start, end in itertools.pairwise(starts):
            ids = groups.ids[start:end]
            order = np.argsort(ids, kind="stable")
            members.append((order, np.searchsorted(ids[order], np.arange(groups.count + 1))))
        key_rows = pa.Table.from_arrays([key.take(pa.array(first)) for key in keys], names=list(self.keys))
        plain = [table.select(range(table.num_columns - width)) for table in tables]
        for group in ascending(key_rows, groups.count):
            parts = [
                table.take(pa.array(order[bounds[group] : bounds[group + 1]]))
                for table, (order, bounds) in zip(plain, members, strict=True)
            ]
            result = self.function(key_rows.slice(group, 1), parts)
            if result.num_rows:
                yield pa.Table.from_arrays(result.columns, schema=self.schema)


def ascending(keys: pa.Table, count: int) -> Iterable[int]:
    """Group numbers in the order of their keys, nulls first, as the reference sorts them before it calls."""
    if not keys.num_columns:
        return range(count)
    columns = [as_array(column) for column in keys.columns]
    order = sort_rows(columns, [True] * len(columns), [True] * len(columns))
    return [int(place) for place in order]
