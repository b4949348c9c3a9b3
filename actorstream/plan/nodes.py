"""The logical plan: what a DataFrame says, as an immutable tree of resolved nodes.

Every node knows its output columns; expressions inside refer to columns of the children by attribute id. Nodes are made by
`plan.analysis`, checked by `plan.unsupported` and turned into a graph by `plan.lowering`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pyarrow as pa

from actorstream.dataflow.operators.generate import GeneratorKind
from actorstream.dataflow.protocols import SourceProvider
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import WATERMARK_DELAY_KEY, Alias, Attribute, Expression, SortOrder, TimeWindow
from actorstream.expr.types import StructField, StructType, as_nullable
from actorstream.expr.typing import metadata_for

Named = Alias | Attribute
JoinKind = Literal["inner", "cross", "left", "right", "full", "left_semi", "left_anti"]


def to_attribute(named: Named) -> Attribute:
    """The column that a select item gives: one that is only passed on can still be had by its qualified name."""
    if isinstance(named, Attribute):
        return named
    assert named.id is not None
    return Attribute(
        name=named.name,
        id=named.id,
        data_type=named.data_type,
        nullable=named.nullable,
        metadata=dict(metadata_for(named)),
    )


class LogicalPlan(ABC):
    """A node of the tree."""

    @property
    @abstractmethod
    def children(self) -> tuple[LogicalPlan, ...]:
        """Inputs, in order."""

    @property
    @abstractmethod
    def output(self) -> tuple[Attribute, ...]:
        """Columns that come out."""

    @abstractmethod
    def with_children(self, children: tuple[LogicalPlan, ...]) -> LogicalPlan:
        """A copy over other inputs with the same columns."""

    def describe(self) -> str:
        """One line for `explain`."""
        return type(self).__name__

    @property
    def is_streaming(self) -> bool:
        """Whether a stream feeds it."""
        return any(child.is_streaming for child in self.children)

    @property
    def schema(self) -> StructType:
        """Columns as a Spark type; the event-time mark is not part of what users see."""
        return StructType([_field(column) for column in self.output])

    def walk(self) -> Iterator[LogicalPlan]:
        """This node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


def _field(column: Attribute) -> StructField:
    assert column.data_type is not None
    metadata = {key: value for key, value in column.metadata.items() if key != WATERMARK_DELAY_KEY}
    return StructField(column.name, column.data_type, column.nullable, metadata)


def plan_text(plan: LogicalPlan) -> str:
    """The tree as text, the root first."""
    return "\n".join(_lines(plan, "", ""))


def _lines(plan: LogicalPlan, lead: str, rest: str) -> Iterator[str]:
    yield lead + plan.describe()
    children = plan.children
    for number, child in enumerate(children):
        last = number == len(children) - 1
        yield from _lines(child, f"{rest}{'+- ' if last else ':- '}", f"{rest}{'   ' if last else ':  '}")


def columns_text(columns: tuple[Attribute, ...]) -> str:
    """Columns with their ids, as plans print them."""
    return "[" + ", ".join(f"{column.name}#{column.id}" for column in columns) + "]"


def expressions_text(expressions: tuple[Expression, ...]) -> str:
    """Expressions as plans print them."""
    return "[" + ", ".join(_item_text(item) for item in expressions) + "]"


def _item_text(item: Expression) -> str:
    if isinstance(item, Attribute):
        return f"{item.name}#{item.id}"
    if isinstance(item, Alias):
        return f"{sql_text(item.child)} AS {item.name}#{item.id}"
    return sql_text(item)


def kept_in_state(columns: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
    """Columns that come out of a stateful step of a stream: the reference makes all of them nullable, to the last element."""
    return tuple(
        replace(column, nullable=True, data_type=None if column.data_type is None else as_nullable(column.data_type))
        for column in columns
    )


# ---------------------------------------------------------------- leaves


@dataclass(frozen=True, eq=False)
class Relation(LogicalPlan):
    """A source, or a static table."""

    provider: SourceProvider
    columns: tuple[Attribute, ...]
    streaming: bool

    @property
    def children(self) -> tuple[LogicalPlan, ...]:
        return ()

    @property
    def output(self) -> tuple[Attribute, ...]:
        return self.columns

    def with_children(self, children: tuple[LogicalPlan, ...]) -> LogicalPlan:
        return self

    def describe(self) -> str:
        kind = "StreamingRelation" if self.streaming else "Relation"
        return f"{kind} {self.provider.name}, {columns_text(self.columns)}"

    @property
    def is_streaming(self) -> bool:
        return self.streaming


# ---------------------------------------------------------------- one input


@dataclass(frozen=True, eq=False)
class _Unary(LogicalPlan):
    child: LogicalPlan

    @property
    def children(self) -> tuple[LogicalPlan, ...]:
        return (self.child,)

    @property
    def output(self) -> tuple[Attribute, ...]:
        return self.child.output

    def with_children(self, children: tuple[LogicalPlan, ...]) -> LogicalPlan:
        return replace(self, child=children[0])


@dataclass(frozen=True, eq=False)
class Project(_Unary):
    """``select``."""

    columns: tuple[Named, ...]

    @property
    def output(self) -> tuple[Attribute, ...]:
        return tuple(to_attribute(column) for column in self.columns)

    def describe(self) -> str:
        return f"Project {expressions_text(self.columns)}"


@dataclass(frozen=True, eq=False)
class Prune(_Unary):
    """Only some of the child's columns, under the qualifiers given; made by the planner, not by a ``select``."""

    columns: tuple[Attribute, ...]
    #: of a join with USING: the keys of both sides, which can be had by their qualified names
    hidden: tuple[Attribute, ...] = ()

    @property
    def output(self) -> tuple[Attribute, ...]:
        return self.columns

    def describe(self) -> str:
        return f"Project {columns_text(self.columns)}"


@dataclass(frozen=True, eq=False)
class Filter(_Unary):
    """``where``."""

    condition: Expression

    def describe(self) -> str:
        return f"Filter {sql_text(self.condition)}"


@dataclass(frozen=True, eq=False)
class Correlated(_Unary):
    """``where`` on columns of a frame that is yet to be named, ``col("x").outer()``: for `exists`, `scalar` and lateral joins."""

    condition: Expression

    def describe(self) -> str:
        return f"Correlated {sql_text(self.condition)}"


@dataclass(frozen=True, eq=False)
class Aggregate(_Unary):
    """``groupBy(keys).agg(results)``; `results` are computed from the keys' attributes and aggregate calls."""

    keys: tuple[Named, ...]
    results: tuple[Named, ...]

    @property
    def output(self) -> tuple[Attribute, ...]:
        columns = tuple(to_attribute(column) for column in self.results)
        return kept_in_state(columns) if self.is_streaming else columns

    def describe(self) -> str:
        return f"Aggregate {expressions_text(self.keys)}, {expressions_text(self.results)}"


@dataclass(frozen=True, eq=False)
class SingleRow(_Unary):
    """Raises SCALAR_SUBQUERY_TOO_MANY_ROWS if there are two rows with the same keys; without keys, if there are two rows."""

    keys: tuple[Attribute, ...] = ()

    def describe(self) -> str:
        return f"SingleRow {columns_text(self.keys)}"


@dataclass(frozen=True, eq=False)
class WindowFunctions(_Unary):
    """Functions over windows of rows: the child's columns, then one for each; static frames only."""

    functions: tuple[Alias, ...]

    @property
    def output(self) -> tuple[Attribute, ...]:
        return (*self.child.output, *(to_attribute(function) for function in self.functions))

    def describe(self) -> str:
        return f"Window {expressions_text(self.functions)}"


@dataclass(frozen=True, eq=False)
class EventTimeWatermark(_Unary):
    """``withWatermark``; `columns` are the child's, one of them marked."""

    column: Attribute
    delay_ms: int
    columns: tuple[Attribute, ...]

    @property
    def output(self) -> tuple[Attribute, ...]:
        return self.columns

    def describe(self) -> str:
        return f"EventTimeWatermark {self.column.name}#{self.column.id}, {self.delay_ms} ms"


@dataclass(frozen=True, eq=False)
class AssignWindow(_Unary):
    """A time window outside a group-by: one row per row and window, with the window as last column."""

    window: TimeWindow
    column: Attribute

    @property
    def output(self) -> tuple[Attribute, ...]:
        return (*self.child.output, self.column)

    def describe(self) -> str:
        return f"AssignWindow {self.window.duration_us} us AS {self.column.name}#{self.column.id}"


@dataclass(frozen=True, eq=False)
class Deduplicate(_Unary):
    """``dropDuplicates`` and ``distinct``; `is_distinct` is SQL's DISTINCT, which in update mode is an aggregation."""

    keys: tuple[Attribute, ...]
    within_watermark: bool = False
    is_distinct: bool = False

    @property
    def output(self) -> tuple[Attribute, ...]:
        return kept_in_state(self.child.output) if self.is_streaming else self.child.output

    def describe(self) -> str:
        return f"Deduplicate{'WithinWatermark' if self.within_watermark else ''} {columns_text(self.keys)}"


@dataclass(frozen=True, eq=False)
class Sort(_Unary):
    """``orderBy``, or ``sortWithinPartitions`` if not `everywhere`."""

    orders: tuple[SortOrder, ...]
    everywhere: bool = True

    def describe(self) -> str:
        return f"Sort {expressions_text(self.orders)}, {str(self.everywhere).lower()}"


@dataclass(frozen=True, eq=False)
class Limit(_Unary):
    """``limit`` and ``offset``."""

    count: int | None
    skip: int = 0

    @property
    def output(self) -> tuple[Attribute, ...]:
        return kept_in_state(self.child.output) if self.is_streaming else self.child.output

    def describe(self) -> str:
        return f"GlobalLimit {self.count}" if not self.skip else f"Offset {self.skip}"


@dataclass(frozen=True, eq=False)
class Generate(_Unary):
    """``explode`` and its family: the child's columns, then the generated ones."""

    kind: GeneratorKind
    argument: Expression
    outer: bool
    columns: tuple[Attribute, ...]

    @property
    def output(self) -> tuple[Attribute, ...]:
        return (*self.child.output, *self.columns)

    def describe(self) -> str:
        return (
            f"Generate {self.kind}({sql_text(self.argument)}), {str(self.outer).lower()}, {columns_text(self.columns)}"
        )


@dataclass(frozen=True, eq=False)
class Expand(_Unary):
    """Every row once per variant: the child's columns, then new ones with the variant's values."""

    variants: tuple[tuple[Expression, ...], ...]
    columns: tuple[Attribute, ...]

    @property
    def output(self) -> tuple[Attribute, ...]:
        return (*self.child.output, *self.columns)

    def describe(self) -> str:
        return f"Expand {len(self.variants)}, {columns_text(self.columns)}"


@dataclass(frozen=True, eq=False)
class Observe(_Unary):
    """``observe``: passes rows on and reports aggregates of every epoch."""

    name: str
    results: tuple[Named, ...]

    def describe(self) -> str:
        return f"CollectMetrics {self.name}, {expressions_text(self.results)}"


@dataclass(frozen=True, eq=False)
class MapTables(_Unary):
    """A user's function over batches (``mapInArrow``, ``mapInPandas``)."""

    name: str
    function: Callable[[pa.Table], pa.Table]
    columns: tuple[Attribute, ...]

    @property
    def output(self) -> tuple[Attribute, ...]:
        return self.columns

    def describe(self) -> str:
        return f"{self.name} {getattr(self.function, '__name__', '')}, {columns_text(self.columns)}"


@dataclass(frozen=True, eq=False)
class MapGroupsWithState(_Unary):
    """``applyInPandasWithState``: a user's function over groups that have a state; streaming frames only."""

    keys: tuple[Named, ...]
    function: Callable[..., Any]
    columns: tuple[Attribute, ...]
    state: StructType
    mode: Literal["append", "update"]
    timeout: Literal["none", "processing_time", "event_time"]

    @property
    def output(self) -> tuple[Attribute, ...]:
        return self.columns

    def describe(self) -> str:
        return (
            f"FlatMapGroupsInPandasWithState {expressions_text(self.keys)}, {columns_text(self.columns)}, "
            f"{self.mode.capitalize()}, {self.timeout.replace('_', ' ')} timeout"
        )


@dataclass(frozen=True, eq=False)
class MapGroups(LogicalPlan):
    """A user's function over groups (``applyInPandas``, ``applyInArrow``), of one input or of two side by side.

    `keys` has the key columns of every input, of the same types and under the same names.
    """

    name: str
    inputs: tuple[LogicalPlan, ...]
    keys: tuple[tuple[Named, ...], ...]
    function: Callable[[pa.Table, Sequence[pa.Table]], pa.Table]
    columns: tuple[Attribute, ...]

    @property
    def children(self) -> tuple[LogicalPlan, ...]:
        return self.inputs

    @property
    def output(self) -> tuple[Attribute, ...]:
        return self.columns

    def with_children(self, children: tuple[LogicalPlan, ...]) -> LogicalPlan:
        return replace(self, inputs=children)

    def describe(self) -> str:
        return f"{self.name} {expressions_text(self.keys[0])}, {columns_text(self.columns)}"


@dataclass(frozen=True, eq=False)
class Repartition(_Unary):
    """``repartition``, ``coalesce`` and hints: rows are spread by the engine, so nothing remains to be done."""

    text: str = "Repartition"
    count: int | None = None

    def describe(self) -> str:
        return self.text


@dataclass(frozen=True, eq=False)
class Sample(_Unary):
    """``sample`` and a part of ``randomSplit``; static frames only. Rows whose random number is in [`lower`, `upper`)."""

    lower: float
    upper: float
    seed: int
    replacement: bool = False

    def describe(self) -> str:
        return f"Sample {self.lower}, {self.upper}, {str(self.replacement).lower()}, {self.seed}"


@dataclass(frozen=True, eq=False)
class SubqueryAlias(_Unary):
    """``alias``: the same columns under a qualifier; those of a table can be named with its database and catalog too."""

    name: str
    namespace: tuple[str, ...] = ()

    @property
    def output(self) -> tuple[Attribute, ...]:
        qualifier = (*self.namespace, self.name)
        return tuple(replace(column, qualifier=qualifier) for column in self.child.output)

    def describe(self) -> str:
        return f"SubqueryAlias {self.name}"


# ---------------------------------------------------------------- several inputs


@dataclass(frozen=True, eq=False)
class Union(LogicalPlan):
    """``union``: columns by position."""

    inputs: tuple[LogicalPlan, ...]
    columns: tuple[Attribute, ...]

    @property
    def children(self) -> tuple[LogicalPlan, ...]:
        return self.inputs

    @property
    def output(self) -> tuple[Attribute, ...]:
        return self.columns

    def with_children(self, children: tuple[LogicalPlan, ...]) -> LogicalPlan:
        return replace(self, inputs=children)


@dataclass(frozen=True, eq=False)
class _Binary(LogicalPlan):
    left: LogicalPlan
    right: LogicalPlan

    @property
    def children(self) -> tuple[LogicalPlan, ...]:
        return (self.left, self.right)

    def with_children(self, children: tuple[LogicalPlan, ...]) -> LogicalPlan:
        return replace(self, left=children[0], right=children[1])


@dataclass(frozen=True, eq=False)
class Join(_Binary):
    """``join``; `condition` None joins everything with everything."""

    kind: JoinKind
    condition: Expression | None = None
    #: of a self-join: the right side under the ids that both sides had
    original: LogicalPlan | None = None

    @property
    def output(self) -> tuple[Attribute, ...]:
        left, right = self.left.output, self.right.output
        if self.kind in ("left_semi", "left_anti"):
            return left
        if self.kind in ("right", "full"):
            left = tuple(replace(column, nullable=True) for column in left)
        if self.kind in ("left", "full"):
            right = tuple(replace(column, nullable=True) for column in right)
        return (*left, *right)

    def describe(self) -> str:
        condition = "" if self.condition is None else f", {sql_text(self.condition)}"
        return f"Join {self.kind}{condition}"


@dataclass(frozen=True, eq=False)
class SetOperation(_Binary):
    """``intersect`` and ``except``; with `distinct` every row comes once."""

    kind: Literal["intersect", "except"]
    distinct: bool = True

    @property
    def output(self) -> tuple[Attribute, ...]:
        if self.kind == "except":
            return self.left.output
        pairs = zip(self.left.output, self.right.output, strict=True)
        return tuple(replace(ours, nullable=ours.nullable and theirs.nullable) for ours, theirs in pairs)

    def describe(self) -> str:
        return f"{self.kind.capitalize()}{'' if self.distinct else ' All'}"
