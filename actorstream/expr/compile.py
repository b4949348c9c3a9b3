"""Turns a typed expression into a function of a batch, once per query.

The result is a tree of closures over Arrow kernels: per batch nothing is looked up or analysed again. A closure gives an
array, or a scalar where every row has the same value; scalars are widened only at the end. Branches that may raise run on
the rows they apply to and no others, as Spark's row-at-a-time evaluation has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np
import pyarrow

from actorstream.common.config import ANSI_ENABLED, CASE_SENSITIVE, MAP_KEY_DEDUP_POLICY, Conf
from actorstream.errors import AnalysisException, PySparkNotImplementedError, QueryContext
from actorstream.expr.arrow import Array, Values, pa, pc
from actorstream.expr.cast_rules import may_fail
from actorstream.expr.casts import CastMode, cast_values
from actorstream.expr.coercion import type_of
from actorstream.expr.distinct import combined
from actorstream.expr.evaluation import Batch, EvalContext, Evaluator, Frame, Site, as_array
from actorstream.expr.naming import output_name, sql_text
from actorstream.expr.nested import flat_values, lengths_of, make_list, nulls_of, with_type
from actorstream.expr.nodes import (
    Alias,
    Attribute,
    BoundReference,
    Call,
    CaseWhen,
    Cast,
    Constant,
    Expression,
    GetField,
    Lambda,
    LambdaVariable,
    PythonFunction,
    Replaced,
    SessionWindow,
    SortOrder,
    TimeWindow,
)
from actorstream.expr.origin import placed
from actorstream.expr.registry import lookup
from actorstream.expr.rows import array_of
from actorstream.expr.types import (
    ArrayType,
    CalendarIntervalType,
    DataType,
    StructType,
    field_metadata,
    to_arrow,
)
from actorstream.expr.typing import attributes_of, bind, metadata_for, resolve
from actorstream.expr.windows import session_end, session_windows, tumbling_windows
from actorstream.expr.zones import session_zone

__all__ = ["Branch", "CompiledExpression", "CompiledLambda", "EvalContext", "compile_expression"]


@dataclass(frozen=True, slots=True)
class CompiledExpression:
    """A function of a batch: ``compiled(table, context)`` gives one value per row.

    Shape: out `table.num_rows` values of `to_arrow(data_type)`.
    """

    data_type: DataType
    nullable: bool
    name: str
    metadata: dict[bytes, bytes]
    evaluate: Evaluator

    def __call__(self, table: pyarrow.Table, context: EvalContext) -> Any:
        """Evaluate on a batch. Raises: what the functions raise under ANSI rules."""
        return self.on(Batch.of(table, context))

    def on(self, batch: Batch) -> Any:
        """Evaluate on a prepared batch; several expressions share its columns."""
        return with_type(combined(as_array(self.evaluate(batch), batch.rows)), to_arrow(self.data_type))

    def field(self, name: str) -> pyarrow.Field[Any]:
        """The Arrow field of the result, with the event-time mark if the expression keeps it."""
        metadata: Any = self.metadata or None
        arrow_type = to_arrow(self.data_type)
        return pyarrow.field(name, arrow_type, self.nullable or pyarrow.types.is_null(arrow_type), metadata)


def compile_expression(expression: Expression, input_schema: pyarrow.Schema, conf: Conf) -> CompiledExpression:
    """Compile `expression` for batches of `input_schema`.

    Unresolved names and attributes are looked up in the schema by name (pipelines); bound references are used as they are
    (DataFrames).

    Raises: AnalysisException for names and types that do not fit; PySparkNotImplementedError NOT_IMPLEMENTED.
    """
    name = output_name(expression)
    bound = expression
    if not _is_bound(expression):
        columns = attributes_of(input_schema)
        by_name = {column.name: column for column in columns}

        def adopt(node: Expression) -> Expression:
            if isinstance(node, Attribute) and node.name in by_name:
                return by_name[node.name]
            if isinstance(node, BoundReference) and node.data_type is None:
                return columns[node.ordinal]
            return node

        bound = bind(resolve(expression.transform_up(adopt), columns, conf), columns)
    compiler = _Compiler(conf)
    evaluate = compiler.evaluator(bound)
    data_type = type_of(bound)
    marks = dict(_bound_metadata(bound, input_schema))
    return CompiledExpression(data_type, bound.nullable, name, field_metadata(data_type, marks), evaluate)


def _is_bound(expression: Expression) -> bool:
    return all(node.data_type is not None and not isinstance(node, Attribute) for node in expression.walk())


def _bound_metadata(bound: Expression, schema: pyarrow.Schema) -> dict[str, Any]:
    columns = attributes_of(schema)

    def unbind(node: Expression) -> Expression:
        known = isinstance(node, BoundReference) and node.ordinal < len(columns)
        return columns[node.ordinal] if known else node  # type: ignore[attr-defined]

    return dict(metadata_for(bound.transform_up(unbind)))


@dataclass(frozen=True, slots=True)
class Branch:
    """An argument of a lazy function: evaluated when, and on the rows where, its value is needed."""

    evaluate: Evaluator
    may_raise: bool

    def where(self, batch: Batch, mask: Array | None) -> Values:
        """Values that are right where `mask` is true and anything elsewhere; `mask` None is all rows."""
        if mask is None or not self.may_raise:
            return self.evaluate(batch)
        chosen = np.asarray(pc.fill_null(mask, False))
        if chosen.all():
            return self.evaluate(batch)
        part, _ = batch.where(mask)
        values = as_array(self.evaluate(part), part.rows)
        positions = pa.array(np.cumsum(chosen) - 1, pa.int64(), mask=~chosen)
        return values.take(positions)


@dataclass(frozen=True, slots=True)
class CompiledLambda:
    """A lambda argument: `evaluate` on a batch that holds the parameters as variables."""

    parameters: tuple[int, ...]
    evaluate: Evaluator
    data_type: DataType

    def on(self, batch: Batch, parents: Array, *values: Array) -> Array:
        """The body on elements: `parents` is each element's row in `batch`, `values` the parameters' values."""
        variables = dict(zip(self.parameters, values, strict=False))
        inner = batch.take(parents, variables)
        return as_array(self.evaluate(inner), inner.rows)


_Handler: TypeAlias = Callable[[Any], Evaluator]


class _Compiler:
    """One walk over one bound expression."""

    def __init__(self, conf: Conf) -> None:
        self.ansi: bool = conf.value(ANSI_ENABLED)
        self.zone = session_zone(conf)
        #: where the user wrote the node at hand
        self.origin: QueryContext | None = None
        self.dedup_maps: str = conf.value(MAP_KEY_DEDUP_POLICY)
        self.case_sensitive: bool = conf.value(CASE_SENSITIVE)
        self.handlers: dict[type, _Handler] = {
            BoundReference: self._reference,
            Constant: self._constant,
            Call: self._call,
            GetField: self._field,
            Cast: self._cast,
            CaseWhen: self._case,
            Alias: lambda node: self.evaluator(node.child),
            Replaced: lambda node: self.evaluator(node.by),
            SortOrder: lambda node: self.evaluator(node.child),
            LambdaVariable: self._variable,
            TimeWindow: self._window,
            SessionWindow: self._session,
            PythonFunction: self._python,
        }

    def evaluator(self, node: Expression) -> Evaluator:
        """The closure of a node."""
        handler = self.handlers.get(type(node))
        if handler is None:
            raise AnalysisException(
                errorClass="INTERNAL_ERROR",
                messageParameters={"message": f"Cannot evaluate expression: {sql_text(node)}"},
            )
        above = self.origin
        self.origin = origin = node.origin or above
        try:
            evaluate = handler(node)
        finally:
            self.origin = above
        return placed(evaluate, node, origin) if origin is not None and isinstance(node, (Call, Cast)) else evaluate

    def may_raise(self, node: Expression) -> bool:
        """Whether some value could make the node raise."""
        for part in node.walk():
            if isinstance(part, PythonFunction):
                return True
            if isinstance(part, Cast) and self.ansi and part.mode == "default":
                if may_fail(type_of(part.child), part.to):
                    return True
            elif isinstance(part, Call):
                entry = lookup(part.name)
                if entry is not None and entry.may_raise:
                    return True
        return False

    def branch(self, node: Expression) -> Branch:
        return Branch(self.evaluator(node), self.may_raise(node))

    # -- leaves

    def _reference(self, node: BoundReference) -> Evaluator:
        ordinal = node.ordinal
        return lambda batch: batch.column(ordinal)

    def _constant(self, node: Constant) -> Evaluator:
        scalar = constant_scalar(node)
        return lambda batch: scalar

    def _variable(self, node: LambdaVariable) -> Evaluator:
        key = node.id
        return lambda batch: batch.variables[key]

    # -- inner nodes

    def _call(self, node: Call) -> Evaluator:
        entry = lookup(node.name)
        if entry is None or entry.kernel is None:
            raise PySparkNotImplementedError(
                errorClass="NOT_IMPLEMENTED",
                messageParameters={"feature": f"evaluating {node.name}", "remedy": ""},
            )
        kernel = entry.kernel
        site = Site(
            node.name,
            [argument.data_type or _NO_TYPE for argument in node.args],
            type_of(node),
            self.ansi,
            self.zone,
            self.dedup_maps,
            self.case_sensitive,
        )
        if entry.lazy:
            branches = [self.branch(argument) for argument in node.args]
            return lambda batch: kernel(Frame(site, batch), *branches)
        if any(isinstance(argument, Lambda) for argument in node.args):
            return self._higher_order(node, kernel, site)
        evaluators = [self.evaluator(argument) for argument in node.args]
        return _eager(kernel, site, evaluators, may_raise=entry.may_raise, fold=entry.deterministic)

    def _higher_order(self, node: Call, kernel: Callable[..., Any], site: Site) -> Evaluator:
        parts: list[CompiledLambda | Evaluator] = []
        for argument in node.args:
            if isinstance(argument, Lambda):
                ids = tuple(parameter.id for parameter in argument.parameters)
                parts.append(CompiledLambda(ids, self.evaluator(argument.body), type_of(argument.body)))
            else:
                parts.append(self.evaluator(argument))

        def evaluate(batch: Batch) -> Values:
            frame = Frame(site, batch)
            values = [part if isinstance(part, CompiledLambda) else as_array(part(batch), batch.rows) for part in parts]
            return kernel(frame, *values)

        return evaluate

    def _field(self, node: GetField) -> Evaluator:
        child = self.evaluator(node.child)
        data_type = type_of(node.child)
        inner = data_type.elementType if isinstance(data_type, ArrayType) else data_type
        assert isinstance(inner, StructType)
        wanted = node.field_name
        ordinal = next(
            (index for index, name in enumerate(inner.names) if name == wanted),
            next((index for index, name in enumerate(inner.names) if name.lower() == wanted.lower()), -1),
        )
        if inner is data_type:
            return lambda batch: pc.struct_field(child(batch), [ordinal])
        arrow_type = to_arrow(type_of(node))

        def through_array(batch: Batch) -> Values:
            lists = as_array(child(batch), batch.rows)
            return make_list(
                pc.struct_field(flat_values(lists), [ordinal]), lengths_of(lists), nulls_of(lists), arrow_type
            )

        return through_array

    def _cast(self, node: Cast) -> Evaluator:
        child = self.evaluator(node.child)
        source, target, zone = type_of(node.child), node.to, self.zone
        mode: CastMode = "try" if node.mode == "try" else ("ansi" if self.ansi else "legacy")
        nothing = pa.scalar(None, to_arrow(target))

        def evaluate(batch: Batch) -> Values:
            values = child(batch)
            if batch.rows == 0:
                return nothing
            where = batch.context.time_zone or zone
            if isinstance(values, pa.Scalar):
                return cast_values(pa.repeat(values, 1), source, target, mode, where)[0]
            return cast_values(values, source, target, mode, where)

        return evaluate

    def _case(self, node: CaseWhen) -> Evaluator:
        branches = [(self.branch(when), self.branch(then)) for when, then in node.branches]
        otherwise = None if node.otherwise is None else self.branch(node.otherwise)
        arrow_type = to_arrow(type_of(node))

        def evaluate(batch: Batch) -> Values:
            return case_when(batch, branches, otherwise, arrow_type)

        return evaluate

    def _window(self, node: TimeWindow) -> Evaluator:
        if node.slide_us != node.duration_us:
            raise PySparkNotImplementedError(
                errorClass="NOT_IMPLEMENTED",
                messageParameters={
                    "feature": "a sliding window inside an expression",
                    "remedy": "Use it as a grouping key or a column of its own.",
                },
            )
        time = self.evaluator(node.time)
        time_type = type_of(node.time)
        return lambda batch: tumbling_windows(as_array(time(batch), batch.rows), node, time_type)

    def _session(self, node: SessionWindow) -> Evaluator:
        time, end = self.evaluator(node.time), self.evaluator(session_end(node))
        time_type = type_of(node.time)

        def evaluate(batch: Batch) -> Values:
            times, ends = as_array(time(batch), batch.rows), as_array(end(batch), batch.rows)
            return session_windows(times, ends, time_type)

        return evaluate

    def _python(self, node: PythonFunction) -> Evaluator:
        from actorstream.expr.python_function import compile_python

        evaluators = [self.evaluator(argument) for argument in node.args]
        run = compile_python(node, [type_of(argument) for argument in node.args])
        return lambda batch: run([as_array(part(batch), batch.rows) for part in evaluators], batch)


_NO_TYPE = CalendarIntervalType()


def _eager(
    kernel: Callable[..., Any], site: Site, evaluators: Sequence[Evaluator], *, may_raise: bool, fold: bool
) -> Evaluator:
    """A kernel on values. If all arguments are scalars and it may `fold`, it runs once, on one row.

    Without rows it must not raise.
    """
    nothing = pa.scalar(None, site.arrow_type)

    def evaluate(batch: Batch) -> Values:
        values = [part(batch) for part in evaluators]
        if fold and values and all(isinstance(value, pa.Scalar) for value in values):
            if may_raise and batch.rows == 0:
                return nothing
            one = Batch(1, batch.column, batch.context, batch.variables)
            found = kernel(Frame(site, one), pa.repeat(values[0], 1), *values[1:])
            return found if isinstance(found, pa.Scalar) else found[0]
        if values and isinstance(values[0], pa.Scalar):
            # a kernel may rely on its first argument being a column
            values[0] = pa.repeat(values[0], batch.rows)
        return kernel(Frame(site, batch), *values)

    return evaluate


def case_when(
    batch: Batch, branches: Sequence[tuple[Branch, Branch]], otherwise: Branch | None, arrow_type: Any
) -> Values:
    """The value of the first branch whose condition is true, else `otherwise`, else null."""
    remaining: Array | None = None
    chosen: list[tuple[Array, Values]] = []
    for when, then in branches:
        mask = pc.fill_null(as_array(when.where(batch, remaining), batch.rows), False)
        if remaining is not None:
            mask = pc.and_(mask, remaining)
        chosen.append((mask, then.where(batch, mask)))
        rest = pc.invert(mask)
        remaining = rest if remaining is None else pc.and_(remaining, rest)
    result: Values = pa.scalar(None, arrow_type)
    if otherwise is not None:
        result = otherwise.where(batch, remaining)
    for mask, value in reversed(chosen):
        result = pc.if_else(mask, _typed(value, arrow_type), _typed(result, arrow_type))
    return result


def _typed(value: Values, arrow_type: Any) -> Values:
    return value if value.type == arrow_type else value.cast(arrow_type)


def constant_scalar(node: Constant) -> Values:
    """A constant as an Arrow scalar."""
    data_type = type_of(node)
    if isinstance(data_type, CalendarIntervalType) and node.value is not None:
        months, days, micros = cast("tuple[int, int, int]", node.value)
        return pa.scalar(pa.MonthDayNano([months, days, micros * 1000]), to_arrow(data_type))
    return array_of([node.value], data_type)[0]
