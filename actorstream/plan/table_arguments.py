"""A user's table function over a whole table: its rows, in groups if it says so, go to `eval` one by one as structs.

Calls on single values are in `plan.user_tables`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from actorstream.common.config import Conf
from actorstream.dataflow.batch import concat
from actorstream.errors import AnalysisException, PySparkNotImplementedError
from actorstream.expr.coercion import literal, type_of
from actorstream.expr.nodes import Alias, Attribute, Expression, SortOrder, next_attribute_id
from actorstream.expr.types import StructType, to_arrow_schema
from actorstream.expr.typing import resolve
from actorstream.plan import select as building
from actorstream.plan.expressions import TableArgument
from actorstream.plan.nodes import LogicalPlan, MapTables
from actorstream.plan.resolution import resolve_on
from actorstream.plan.user_tables import Demands, RunTable, TableCall


def has_table(call: TableCall) -> bool:
    """Whether a call has a table among its arguments. Raises: AnalysisException TABLE_VALUED_FUNCTION_TOO_MANY_TABLE_ARGUMENTS."""
    count = sum(isinstance(item, TableArgument) for item in call.args)
    if count > 1:
        raise AnalysisException(
            errorClass="TABLE_VALUED_FUNCTION_TOO_MANY_TABLE_ARGUMENTS", messageParameters={"num": str(count)}
        )
    return count == 1


def apply_to_table(call: TableCall, conf: Conf) -> MapTables:
    """What the function gives for a table.

    Raises: AnalysisException TABLE_VALUED_FUNCTION_REQUIRED_METADATA_INCOMPATIBLE_WITH_CALL; PySparkNotImplementedError for a
        stream.
    """
    place = next(n for n, item in enumerate(call.args) if isinstance(item, TableArgument))
    table = call.args[place]
    assert isinstance(table, TableArgument)
    plan: LogicalPlan = table.table
    if plan.is_streaming:
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": "A stream as table argument",
                "remedy": "Call the function on the rows of each epoch, in foreachBatch, or on columns with LATERAL.",
            },
        )
    given = [item if item is table else resolve(_bare(item), (), conf) for item in call.args]
    described = [replace(table, data_type=plan.schema) if item is table else item for item in given]
    prepared = call.prepare(described, [type_of(item) for item in described], call.keywords)
    table = _wanted(call.name, table, prepared.demands)
    shown = building.select(plan, [*plan.output, *prepared.demands.select], conf) if prepared.demands.select else plan
    columns = shown.output[len(plan.output) :] or plan.output
    keys = [Alias(child=_bare(item), name=f"key {n}") for n, item in enumerate(table.partition_by)]
    others = [Alias(child=_bare(item), name=f"argument {n}") for n, item in enumerate(given) if n != place]
    wide = building.select(shown, [*shown.output, *keys, *others], conf)
    first = len(shown.output)
    key_columns = wide.output[first : first + len(keys)]
    order: list[Expression] = [SortOrder(child=column) for column in key_columns]
    order += [replace(item, child=resolve_on(wide, item.child, conf)) for item in table.order_by]
    if table.single and not order:
        order = [SortOrder(child=literal(1))]  # puts the rows of all partitions together
    ordered = building.order_by(wide, order, conf) if order else wide
    places = {column.id: n for n, column in enumerate(ordered.output)}
    width = len(call.args) - 1
    run = _OverTable(
        prepared.run,
        prepared.schema,
        StructType(list(shown.schema.fields[len(plan.output) :]) or list(plan.schema.fields)),
        [places[column.id] for column in columns],
        [places[column.id] for column in key_columns],
        [places[column.id] for column in wide.output[first + len(keys) : first + len(keys) + width]],
        place,
    )
    run.__name__ = call.name  # type: ignore[attr-defined]
    made = tuple(
        Attribute(name=item.name, id=next_attribute_id(), data_type=item.dataType, nullable=item.nullable)
        for item in prepared.schema.fields
    )
    return MapTables(ordered, "UserTable", run, made)


def _bare(expression: Expression) -> Expression:
    return expression.child if isinstance(expression, Alias) else expression


def _wanted(name: str, table: TableArgument, demands: Demands) -> TableArgument:
    """The table as the function wants it, unless the call says otherwise."""
    wants = {
        "specified its own required partitioning of the input table": bool(demands.partition_by),
        "specified WITH SINGLE PARTITION for the input table": demands.single,
    }
    requested = next((text for text, wanted in wants.items() if wanted), None)
    if requested is None:
        return table
    if table.partition_by or table.single:
        raise AnalysisException(
            errorClass="TABLE_VALUED_FUNCTION_REQUIRED_METADATA_INCOMPATIBLE_WITH_CALL",
            messageParameters={
                "functionName": name,
                "requestedMetadata": requested,
                "invalidFunctionCallProperty": "specified the WITH SINGLE PARTITION or PARTITION BY clause; please "
                "remove these clauses and retry the query again.",
            },
        )
    return replace(table, partition_by=demands.partition_by, order_by=demands.order_by, single=demands.single)


class _OverTable:
    """The rows of a table to a function, each group of equal keys to an object of its own.

    Args:
        row: the columns that a row shows the function, at the places `columns`.
        keys: places of the columns by which rows are grouped; equal ones stand together.
        others: places of the other arguments.
        place: that of the row among the arguments.
    """

    def __init__(
        self,
        run: RunTable,
        schema: StructType,
        row: StructType,
        columns: Sequence[int],
        keys: Sequence[int],
        others: Sequence[int],
        place: int,
    ) -> None:
        self._run = run
        self._target = to_arrow_schema(schema)
        self._row = pa.struct(list(to_arrow_schema(row)))
        self._columns, self._keys, self._others, self._place = columns, keys, others, place

    def __call__(self, table: pa.Table) -> pa.Table:
        """Shape: in (n rows of the table, with keys and other arguments); out (m rows of the result columns)."""
        table = table.combine_chunks()
        rows = pa.StructArray.from_arrays(
            [_whole(table.column(n)).cast(item.type) for n, item in zip(self._columns, self._row, strict=True)],
            fields=list(self._row),
        )
        arguments = [_whole(table.column(n)) for n in self._others]
        arguments.insert(self._place, rows)
        names = [str(n) for n in range(len(arguments))]
        found = [self._target.empty_table()]
        for start, end in self._groups(table):
            group = pa.Table.from_arrays([item.slice(start, end - start) for item in arguments], names=names)
            found.append(self._run(group)[1])
        return concat(found, self._target)

    def _groups(self, table: pa.Table) -> list[tuple[int, int]]:
        """Where groups begin and end."""
        if not table.num_rows:
            return []
        changed = np.zeros(table.num_rows, np.bool_)
        for n in self._keys:
            codes = _whole(table.column(n)).dictionary_encode(null_encoding="encode").indices.to_numpy()
            changed[1:] |= codes[1:] != codes[:-1]
        starts = [0, *np.flatnonzero(changed).tolist()]
        return list(zip(starts, [*starts[1:], table.num_rows], strict=True))


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
