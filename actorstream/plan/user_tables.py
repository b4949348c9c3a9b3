"""A user's table function over a plan: every row once per row that the function gives for it.

Without a table it runs on a plan of one row. The function's own side, Python classes and errors, is in `sql.udtf`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from actorstream.common.config import Conf
from actorstream.expr.nodes import Alias, Attribute, Call, Expression, SortOrder, next_attribute_id
from actorstream.expr.types import DataType, StructType, to_arrow_schema
from actorstream.plan.nodes import LogicalPlan, MapTables, Named, Project
from actorstream.plan.resolution import resolve_on, to_named

RunTable = Callable[[pa.Table], tuple[pa.Array, pa.Table]]
"""``run(arguments)``: for rows of arguments, the number of the row that each result row belongs to, and the result rows."""


@dataclass(frozen=True, slots=True)
class Demands:
    """How a function wants its table argument, as its `analyze` says."""

    partition_by: tuple[Expression, ...] = ()
    order_by: tuple[SortOrder, ...] = ()
    select: tuple[Expression, ...] = ()
    single: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a call gives: its columns, what computes them, and how it wants its table."""

    schema: StructType
    run: RunTable
    demands: Demands = field(default_factory=Demands)


@dataclass(frozen=True, eq=False)
class TableCall:
    """A call of a table function.

    Args:
        args: its arguments, unresolved; the last ones are those with a name in `keywords`.
        prepare: the result columns and what computes them, given types and constant values of the arguments.
    """

    name: str
    args: tuple[Expression, ...]
    keywords: tuple[str, ...]
    prepare: Callable[[Sequence[Expression], Sequence[DataType], Sequence[str]], Prepared]


@dataclass(frozen=True, eq=False)
class LateralCall(LogicalPlan):
    """A call on columns of a frame that is yet to be named: the right side of a lateral join, and nothing else."""

    call: TableCall
    columns: tuple[Attribute, ...]

    @property
    def children(self) -> tuple[LogicalPlan, ...]:
        return ()

    @property
    def output(self) -> tuple[Attribute, ...]:
        return self.columns

    def with_children(self, children: tuple[LogicalPlan, ...]) -> LogicalPlan:
        return self

    @property
    def is_streaming(self) -> bool:
        return False

    def describe(self) -> str:
        return f"LateralCall {self.call.name}"


@dataclass(frozen=True, eq=False)
class LateralGenerate(LogicalPlan):
    """A generator on columns of a frame that is yet to be named: the right side of a lateral join, and nothing else."""

    call: Call

    @property
    def children(self) -> tuple[LogicalPlan, ...]:
        return ()

    @property
    def output(self) -> tuple[Attribute, ...]:
        return ()

    def with_children(self, children: tuple[LogicalPlan, ...]) -> LogicalPlan:
        return self

    @property
    def is_streaming(self) -> bool:
        return False

    def describe(self) -> str:
        return f"LateralGenerate {self.call.name}"


def apply_table_function(plan: LogicalPlan, call: TableCall, conf: Conf, *, outer: bool = False) -> MapTables:
    """The columns of `plan`, then those of the function; with `outer` a row that gets nothing stays, with nulls.

    Raises: AnalysisException for names and types of arguments.
    """
    resolved = [resolve_on(plan, argument, conf) for argument in call.args]
    types = []
    for argument in resolved:
        assert argument.data_type is not None
        types.append(argument.data_type)
    prepared = call.prepare(resolved, types, call.keywords)
    schema, run = prepared.schema, prepared.run
    arguments: list[Named] = [
        to_named(
            Alias(
                child=argument.child if isinstance(argument, Alias) else argument,
                name=f"argument {place}",
                id=next_attribute_id(),
                data_type=argument.data_type,
                nullable=argument.nullable,
            )
        )
        for place, argument in enumerate(resolved)
    ]
    made = tuple(
        Attribute(name=item.name, id=next_attribute_id(), data_type=item.dataType, nullable=item.nullable or outer)
        for item in schema.fields
    )
    width = len(plan.output)
    target = to_arrow_schema(StructType([*plan.schema.fields, *(item for item in schema.fields)]))

    def mapped(table: pa.Table) -> pa.Table:
        owners, results = run(table.select(range(width, table.num_columns)))
        if outer:
            owners, results = _with_lonely_rows(owners, results, table.num_rows)
        kept = table.select(range(width)).take(owners)
        return pa.Table.from_arrays([*kept.columns, *results.columns], schema=target)

    mapped.__name__ = call.name
    return MapTables(Project(plan, (*plan.output, *arguments)), "UserTable", mapped, (*plan.output, *made))


def _with_lonely_rows(owners: pa.Array, results: pa.Table, rows: int) -> tuple[pa.Array, pa.Table]:
    """The results in order of their rows, with one row of nulls for each row that has none."""

    numbers = np.asarray(owners, np.int64)
    lonely = np.setdiff1d(np.arange(rows), numbers)
    places = pa.array(
        np.concatenate([np.arange(len(numbers)), np.zeros(len(lonely), np.int64)]),
        mask=np.concatenate([np.zeros(len(numbers), np.bool_), np.ones(len(lonely), np.bool_)]),
    )
    everyone = np.concatenate([numbers, lonely])
    order = pa.array(np.argsort(everyone, kind="stable"))
    return pa.array(everyone).take(order), results.take(places).take(order)
