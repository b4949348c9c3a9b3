"""The expression tree: what `Column`, SQL text and a `Pipeline` say about a row, as plain immutable data.

Three stages share these classes. *Unresolved*: names are `UnresolvedAttribute`, `data_type` is None. *Resolved* (after
`expr.typing.resolve`): every node carries its Spark type and nullability, implicit casts are `Cast` nodes. *Bound* (after
`bind`): attributes are `BoundReference` ordinals into the input table, ready for `expr.compile`.
Nothing here evaluates anything.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, TypeVar

from actorstream.errors import QueryContext
from actorstream.expr.types import DataType

E = TypeVar("E", bound="Expression")

_ids = itertools.count(1)

WATERMARK_DELAY_KEY = "spark.watermarkDelayMs"
"""Key of the column metadata that marks an event-time column; the value is the delay in ms (STF-4)."""

SESSION_KEY = "spark.sessionWindow"
"""Key of the column metadata that marks a column of sessions: grouped by, those that meet become one (STF-27)."""


def next_attribute_id() -> int:
    """A process-wide unique id for a new attribute (Spark's ``#12``)."""
    return next(_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """Base of all nodes. `data_type` is None until resolved; `nullable` is meaningful only then.

    `origin` is where the user wrote it, for errors; None takes that of the node above.
    """

    data_type: DataType | None = None
    nullable: bool = True
    origin: QueryContext | None = field(default=None, compare=False, hash=False, repr=False)

    @property
    def children(self) -> tuple[Expression, ...]:
        """Direct sub-expressions in argument order."""
        found: list[Expression] = []
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, Expression):
                found.append(value)
            elif isinstance(value, tuple):
                for part in value:
                    if isinstance(part, Expression):
                        found.append(part)
                    elif isinstance(part, tuple):
                        found.extend(inner for inner in part if isinstance(inner, Expression))
        return tuple(found)

    def walk(self) -> Iterator[Expression]:
        """This node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()

    def map_children(self: E, change: Callable[[Expression], Expression]) -> E:
        """A copy with each direct child replaced; the same object if none changed."""
        updates: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            changed = _map_value(value, change)
            if changed is not value:
                updates[item.name] = changed
        return replace(self, **updates) if updates else self

    def transform_up(self, change: Callable[[Expression], Expression]) -> Expression:
        """A copy rebuilt from the leaves up."""
        return change(self.map_children(lambda child: child.transform_up(change)))

    def transform_down(self, change: Callable[[Expression], Expression]) -> Expression:
        """A copy rebuilt from the root down: children of what `change` returned are visited."""
        return change(self).map_children(lambda child: child.transform_down(change))


def _map_value(value: Any, change: Callable[[Expression], Expression]) -> Any:
    if isinstance(value, Expression):
        return change(value)
    if isinstance(value, tuple) and any(isinstance(part, (Expression, tuple)) for part in value):
        mapped = tuple(_map_value(part, change) for part in value)
        return value if all(a is b for a, b in zip(value, mapped, strict=True)) else mapped
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class UnresolvedAttribute(Expression):
    """A name as written: ``a``, ``t.a`` or ``s.field`` is one tuple of parts; backquotes are removed."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute(Expression):
    """A column of a plan node's output, known by its id whatever its name."""

    name: str
    id: int
    qualifier: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False, hash=False)
    #: the plan of the frame that it was taken from by name (``df.a``), which tells apart the sides of a self-join
    taken_from: object = field(default=None, compare=False, hash=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundReference(Expression):
    """Column number `ordinal` (from 0) of the input table."""

    ordinal: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Star(Expression):
    """``*`` or ``target.*``, except the columns `without`; expanded by the analyzer."""

    target: tuple[str, ...] = ()
    without: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant(Expression):
    """A constant. `value` is a plain Python value of `data_type` (datetime for timestamps, Decimal, bytes, list, ...)."""

    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Expression):
    """A scalar or generator function by its Spark name in lower case; operators too (``+``, ``=``, ``and``, ``getitem``)."""

    name: str
    args: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced(Expression):
    """A call that is evaluated as another expression and goes on printing as a call (``decode``, ``LIKE ANY``).

    Source: Spark ``RuntimeReplaceable``.
    """

    call: Call
    by: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedArgument(Expression):
    """``name => value`` in a call."""

    name: str
    value: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class GetField(Expression):
    """A field of a struct, also through an array of structs."""

    child: Expression
    field_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast(Expression):
    """``cast``/``try_cast``. `implicit` casts were added by the analyzer and do not show in column names.

    `literal` is ``TIMESTAMP '...'``: the analyzer makes a constant of it, in the session's time zone.
    """

    child: Expression
    to: DataType
    mode: Literal["default", "try", "literal"] = "default"
    implicit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseWhen(Expression):
    """``CASE WHEN condition THEN value ... ELSE otherwise END``."""

    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias(Expression):
    """A name for a result column."""

    child: Expression
    name: str
    id: int | None = None  # given by the analyzer; kept so that df["name"] keeps meaning this column
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaVariable(Expression):
    """A parameter of a lambda; `id` tells variables of nested lambdas apart."""

    name: str
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lambda(Expression):
    """An argument of a higher-order function."""

    parameters: tuple[LambdaVariable, ...]
    body: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateCall(Expression):
    """An aggregate function by its Spark name: ``count`` with no args is ``count(*)``."""

    name: str
    args: tuple[Expression, ...]
    distinct: bool = False
    filter: Expression | None = None
    #: the user's function; None for one of the reference's own
    user: UserAggregate | None = None
    #: the `SortOrder` of WITHIN GROUP
    within: tuple[Expression, ...] = ()

    @property
    def inputs(self) -> tuple[Expression, ...]:
        """What is evaluated for a row: the arguments, and keys of the order that are none of them."""
        keys = (key.child for key in self.within if isinstance(key, SortOrder))
        return (*self.args, *(key for key in keys if key not in self.args))


AggregateKind = Literal["pandas_agg", "pandas_agg_iter", "arrow_agg", "arrow_agg_iter"]


@dataclass(frozen=True, slots=True)
class UserAggregate:
    """A user's function from the columns of a group to one value (`pandas_udf`, `arrow_udf`).

    `keywords` are the names of the last arguments, where the user gave names.
    """

    function: Callable[..., Any] = field(hash=False)
    kind: AggregateKind
    result: DataType
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow(Expression):
    """``window(time, duration, slide, start)``; microseconds (STF-20..26)."""

    time: Expression
    duration_us: int
    slide_us: int
    start_us: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionWindow(Expression):
    """``session_window(time, gap)``: from the time of a row to the gap after it; the gap is an interval or its text (STF-27)."""

    time: Expression
    gap: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class OuterReference(Expression):
    """A column of the frame on the left of a lateral join: ``col("a").outer()``."""

    child: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class SortOrder(Expression):
    """A sort key."""

    child: Expression
    ascending: bool = True
    nulls_first: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowFrame(Expression):
    """``ROWS`` or ``RANGE BETWEEN lower AND upper``: the rows around a row that a window function sees.

    A bound is a constant distance from the current row, before it if negative; 0 is the current row (for ``RANGE`` all
    that are equal to it in order), None is unbounded. The analyzer adds, for a ``RANGE`` with a distance, the *edges*:
    the sort key that far away.
    """

    kind: Literal["rows", "range"]
    lower: Expression | None
    upper: Expression | None
    lower_edge: Expression | None = None
    upper_edge: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowFunction(Expression):
    """``function OVER (PARTITION BY ... ORDER BY ... frame)``; static frames only. `frame` None is Spark's default."""

    function: Expression
    partition_by: tuple[Expression, ...] = ()
    order_by: tuple[SortOrder, ...] = ()
    frame: WindowFrame | None = None


ScalarKind = Literal["row", "arrow_row", "pandas", "pandas_iter", "arrow", "arrow_iter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonFunction(Expression):
    """A user's function on columns (`udf`, `pandas_udf`, `arrow_udf`).

    `keywords` are the names of the last arguments, where the user gave names.
    """

    function: Callable[..., Any] = field(hash=False)
    name: str
    args: tuple[Expression, ...]
    kind: ScalarKind = "row"
    deterministic: bool = True
    keywords: tuple[str, ...] = ()
