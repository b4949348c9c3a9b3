"""Type rules of functions over a window of rows: which there are, what they give, which frame they see.

Part of `expr.typing`. Evaluated by `dataflow.operators.WindowFunctions`.
Source: Spark ``windowExpressions.scala``, ``Analyzer.ResolveWindowFrame`` and ``ResolveWindowOrder``.
"""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from actorstream.errors import AnalysisException, PySparkNotImplementedError
from actorstream.expr.aggregate_typing import check_orderable
from actorstream.expr.coercion import (
    Rules,
    accept,
    cast_to,
    common_type,
    is_orderable,
    is_string,
    literal,
    mismatch,
    quoted,
    quoted_type,
    require_parameters,
    type_of,
    wrong_arity,
)
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import (
    AggregateCall,
    Alias,
    Call,
    Cast,
    Constant,
    Expression,
    PythonFunction,
    SortOrder,
    WindowFrame,
    WindowFunction,
)
from actorstream.expr.types import (
    AnsiIntervalType,
    BooleanType,
    CalendarIntervalType,
    DataType,
    DatetimeType,
    DateType,
    DoubleType,
    IntegerType,
    IntegralType,
    NumericType,
)

Visit = Callable[[Expression], Expression]

RANKS: Mapping[str, DataType] = {
    "row_number": IntegerType(),
    "rank": IntegerType(),
    "dense_rank": IntegerType(),
    "ntile": IntegerType(),
    "percent_rank": DoubleType(),
    "cume_dist": DoubleType(),
}
"""Functions of the row's place alone, with the types they give."""

OFFSETS = frozenset({"lag", "lead"})
"""Functions that look a number of rows away, whatever the frame."""

_ZERO = literal(0)


def is_window_function(name: str) -> bool:
    """Whether `name` can only be called over a window of rows."""
    return name.lower() in RANKS or name.lower() in OFFSETS or name.lower() in ("nth_value", "counter_diff")


def without_over(call: Call) -> AnalysisException:
    """The error for a window function that has no OVER."""
    if call.name in OFFSETS and call.args:
        call = replace(call, args=(*call.args, *(literal(1), literal(None))[len(call.args) - 1 :]))
    return AnalysisException(
        errorClass="WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE", messageParameters={"funcName": quoted(sql_text(call))}
    )


def resolve_window(node: WindowFunction, visit: Visit, rules: Rules) -> WindowFunction:
    """A window function with all its parts typed and its frame spelt out.

    Args:
        visit: types an expression.
    Raises: AnalysisException UNSUPPORTED_EXPR_FOR_WINDOW, DISTINCT_WINDOW_FUNCTION_UNSUPPORTED,
        WINDOW_FUNCTION_FRAME_NOT_ORDERED, EXPRESSION_TYPE_IS_NOT_ORDERABLE, _LEGACY_ERROR_TEMP_1035, _LEGACY_ERROR_TEMP_1036, DATATYPE_MISMATCH.*.
    """
    partition_by = tuple(_bare(visit(item)) for item in node.partition_by)
    for key in partition_by:
        if not is_orderable(type_of(key)):
            raise AnalysisException(
                errorClass="EXPRESSION_TYPE_IS_NOT_ORDERABLE",
                messageParameters={"expr": quoted(sql_text(key)), "exprType": quoted_type(type_of(key))},
            )
    order_by = tuple(_order(visit(item)) for item in node.order_by)
    for order in order_by:
        check_orderable(type_of(order), "sortorder", sql_text(order))
    function, required = _function(node, visit, rules)
    frame = _frame(node, function, required, order_by, visit, rules)
    resolved = WindowFunction(
        function=function,
        partition_by=partition_by,
        order_by=order_by,
        frame=frame,
        data_type=function.data_type,
        nullable=function.nullable,
    )
    if isinstance(function, AggregateCall) and function.distinct:
        raise AnalysisException(
            errorClass="DISTINCT_WINDOW_FUNCTION_UNSUPPORTED",
            messageParameters={"windowExpr": quoted(sql_text(resolved))},
        )
    return resolved


def _bare(expression: Expression) -> Expression:
    return expression.child if isinstance(expression, Alias) else expression


def _order(item: Expression) -> SortOrder:
    if not isinstance(item, SortOrder):
        item = SortOrder(child=item, data_type=item.data_type, nullable=item.nullable)
    return replace(item, child=_bare(item.child))


# ---------------------------------------------------------------- functions


def _function(node: WindowFunction, visit: Visit, rules: Rules) -> tuple[Expression, WindowFrame | None]:
    """The typed function, and the frame it must have (None: any)."""
    function = node.function
    if isinstance(function, Call) and is_window_function(function.name):
        name = function.name.lower()
        args = tuple(_bare(visit(argument)) for argument in function.args)
        if not node.order_by:
            raise AnalysisException(
                errorClass="WINDOW_FUNCTION_FRAME_NOT_ORDERED",
                messageParameters={"wf_name": name, "wf_expr": sql_text(function)},
            )
        if name in RANKS:
            return _rank(name, args)
        if name == "counter_diff":
            return _counter_diff(args, rules), WindowFrame(kind="rows", lower=None, upper=_ZERO)
        return _offset(name, args, rules) if name in OFFSETS else (_nth(args), None)
    found = visit(function)
    if isinstance(found, AggregateCall):
        return replace(found, args=tuple(_bare(argument) for argument in found.args)), None
    if isinstance(found, PythonFunction):
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": f"The Python function `{found.name}` over a window of rows",
                "remedy": "Use an aggregate function of actorstream.sql.functions.",
            },
        )
    raise AnalysisException(
        errorClass="UNSUPPORTED_EXPR_FOR_WINDOW", messageParameters={"sqlExpr": quoted(sql_text(found))}
    )


def _rank(name: str, args: tuple[Expression, ...]) -> tuple[Expression, WindowFrame]:
    if name == "ntile":
        args = args or (literal(1),)
        _whole_constant("ntile", "buckets", args[0], Call(name=name, args=args))
    elif args and name in ("row_number", "cume_dist"):
        wrong_arity(name, "0", len(args))
    call = Call(name=name, args=args if name == "ntile" else (), data_type=RANKS[name], nullable=False)
    kind: Any = "range" if name == "cume_dist" else "rows"
    return call, WindowFrame(kind=kind, lower=None, upper=_ZERO)


def _counter_diff(args: tuple[Expression, ...], rules: Rules) -> Expression:
    """A counter that only grows, and optionally the time at which it was set to zero."""
    require_parameters("counter_diff", len(args), ("value",))
    if len(args) > 2:
        wrong_arity("counter_diff", "[1, 2]", len(args))
    call = Call(name="counter_diff", args=args)
    kinds = ("number", "timestamp|timestamp_ntz")
    fitted = tuple(accept(call, place, kind, rules, exact=True) for place, kind in enumerate(kinds[: len(args)]))
    return replace(call, args=fitted, data_type=fitted[0].data_type, nullable=True)


def _whole_constant(name: str, what: str, value: Expression, call: Call) -> int:
    if not isinstance(value, Constant) or not isinstance(value.value, int):
        raise AnalysisException(
            errorClass="DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
            messageParameters={
                "sqlExpr": quoted(sql_text(call)),
                "inputName": f"`{what}`",
                "inputType": '"INT"',
                "inputExpr": quoted(sql_text(value)),
            },
        )
    if value.value <= 0:
        raise mismatch(
            "VALUE_OUT_OF_RANGE",
            call,
            exprName=what,
            valueRange="(0, 2147483647]",
            currentValue=str(value.value),
        )
    return value.value


def _offset(name: str, args: tuple[Expression, ...], rules: Rules) -> tuple[Expression, WindowFrame]:
    if not 1 <= len(args) <= 4:
        wrong_arity(name, "[1, 2, 3]", len(args))
    value = args[0]
    distance = _constant_of(args[1]) if len(args) > 1 else literal(1)
    if distance is None or not isinstance(distance.value, int):
        raise AnalysisException(errorClass="_LEGACY_ERROR_TEMP_1035", messageParameters={"prettyName": name})
    default = args[2] if len(args) > 2 else literal(None)
    common = common_type(type_of(value), type_of(default), rules)
    if common is None:
        raise mismatch(
            "DATA_DIFF_TYPES",
            Call(name=name, args=(value, distance, default)),
            functionName=f"`{name}`",
            dataType=f"({quoted_type(type_of(value))} or {quoted_type(type_of(default))})",
        )
    passing = args[3] if len(args) > 3 else literal(False)
    call = Call(
        name=name,
        args=(cast_to(value, common), distance, cast_to(default, common), passing),
        data_type=common,
        nullable=value.nullable or default.nullable,
    )
    rows = literal(distance.value if name == "lead" else -distance.value)
    return call, WindowFrame(kind="rows", lower=rows, upper=rows)


def _nth(args: tuple[Expression, ...]) -> Expression:
    if not 2 <= len(args) <= 3:
        wrong_arity("nth_value", "2", len(args))
    place = _constant_of(args[1])
    draft = Call(name="nth_value", args=args)
    number = _whole_constant("nth_value", "offset", args[1] if place is None else place, draft)
    passing = args[2] if len(args) > 2 else literal(False)
    return replace(draft, args=(args[0], literal(number), passing), data_type=args[0].data_type, nullable=True)


def _constant_of(expression: Expression) -> Constant | None:
    """A constant, also behind a minus sign or a cast that the analyzer added."""
    if isinstance(expression, Cast) and expression.implicit:
        return _constant_of(expression.child)
    if isinstance(expression, Call) and expression.name in ("-", "negative") and len(expression.args) == 1:
        inner = _constant_of(expression.args[0])
        return None if inner is None else replace(inner, value=-inner.value)
    return expression if isinstance(expression, Constant) else None


# ---------------------------------------------------------------- frames


def _frame(
    node: WindowFunction,
    function: Expression,
    required: WindowFrame | None,
    order_by: tuple[SortOrder, ...],
    visit: Visit,
    rules: Rules,
) -> WindowFrame:
    given = node.frame
    if given is None:
        if required is not None:
            return required
        if order_by:
            return WindowFrame(kind="range", lower=None, upper=_ZERO)
        return WindowFrame(kind="rows", lower=None, upper=None)
    if required is not None:
        if given == required:  # the analyzer's own work, seen again
            return given
        if isinstance(function, Call) and function.name in OFFSETS:
            raise AnalysisException(
                errorClass="_LEGACY_ERROR_TEMP_1035", messageParameters={"prettyName": function.name}
            )
        if _shape(given) != _shape(required):
            raise AnalysisException(
                errorClass="_LEGACY_ERROR_TEMP_1036",
                messageParameters={"wf": _internal(given), "required": _internal(required)},
            )
        return required
    frame = replace(
        given,
        lower=None if given.lower is None else visit(given.lower),
        upper=None if given.upper is None else visit(given.upper),
    )
    _check_order_of_bounds(frame)
    if frame.kind == "rows":
        for location, bound in (("lower", frame.lower), ("upper", frame.upper)):
            if bound is not None and not isinstance(type_of(bound), IntegralType):
                raise _unaccepted(location, bound, '"INT"', frame)
        return frame
    if not order_by and (frame.lower is not None or frame.upper is not None):
        raise AnalysisException(
            errorClass="DATATYPE_MISMATCH.RANGE_FRAME_WITHOUT_ORDER",
            messageParameters={"sqlExpr": quoted(_specification(node.partition_by, order_by, frame))},
        )
    distances = [bound for bound in (frame.lower, frame.upper) if bound is not None and not is_current(bound)]
    if not distances:
        return frame
    if len(order_by) > 1:
        raise AnalysisException(
            errorClass="DATATYPE_MISMATCH.RANGE_FRAME_MULTI_ORDER",
            messageParameters={
                "sqlExpr": quoted(_specification(node.partition_by, order_by, frame)),
                "orderSpec": ",".join(sql_text(order) for order in order_by),
            },
        )
    (order,) = order_by
    key_type = type_of(order.child)
    if isinstance(key_type, NumericType) or is_string(key_type):
        # a bound of another type shows in the column's name as an expression, not as a number PRECEDING
        lower, upper = (
            bound
            if bound is None or is_current(bound) or not isinstance(type_of(bound), NumericType)
            else cast_to(bound, key_type)
            for bound in (frame.lower, frame.upper)
        )
        frame = replace(frame, lower=lower, upper=upper)
    _check_same_kind(frame)
    return replace(
        frame,
        lower_edge=_edge(node, frame, order, "lower", visit, rules),
        upper_edge=_edge(node, frame, order, "upper", visit, rules),
    )


def _check_same_kind(frame: WindowFrame) -> None:
    lower, upper = frame.lower, frame.upper
    if lower is None or upper is None or is_current(lower) or is_current(upper) or type_of(lower) == type_of(upper):
        return
    raise mismatch(
        "SPECIFIED_WINDOW_FRAME_DIFF_TYPES",
        frame,
        lower=quoted(sql_text(lower)),
        upper=quoted(sql_text(upper)),
        lowerType=quoted_type(type_of(lower)),
        upperType=quoted_type(type_of(upper)),
    )


def is_current(bound: Expression) -> bool:
    """Whether a bound is the current row."""
    return isinstance(bound, Constant) and bound.value == 0 and not isinstance(bound.value, (bool, float))


def _edge(
    node: WindowFunction, frame: WindowFrame, order: SortOrder, location: str, visit: Visit, rules: Rules
) -> Expression | None:
    """The sort key at a bound's distance: against the direction of the order for a negative one."""
    bound = frame.lower if location == "lower" else frame.upper
    if bound is None or is_current(bound):
        return None
    key, key_type, bound_type = order.child, type_of(order.child), type_of(bound)
    if not isinstance(bound_type, (NumericType, AnsiIntervalType, CalendarIntervalType)) or is_string(key_type):
        raise _unaccepted(
            location,
            bound,
            '("NUMERIC" or "INTERVAL DAY TO SECOND" or "INTERVAL YEAR TO MONTH" or "INTERVAL")',
            frame,
        )
    if isinstance(key_type, NumericType) and isinstance(bound_type, NumericType):
        bound = cast_to(bound, key_type)
    elif isinstance(key_type, DateType) and isinstance(bound_type, IntegralType):
        bound = cast_to(bound, IntegerType())
        name = "date_add" if order.ascending else "date_sub"
        return visit(Call(name=name, args=(key, bound)))
    elif not isinstance(key_type, (DatetimeType, AnsiIntervalType)) or isinstance(bound_type, NumericType):
        raise AnalysisException(
            errorClass="DATATYPE_MISMATCH.RANGE_FRAME_INVALID_TYPE",
            messageParameters={
                "sqlExpr": quoted(_specification(node.partition_by, (order,), frame)),
                "orderSpecType": quoted_type(key_type),
                "valueBoundaryType": quoted_type(bound_type),
            },
        )
    edge = visit(Call(name="+" if order.ascending else "-", args=(key, bound)))
    return cast_to(edge, key_type) if edge.data_type != key_type else edge


def _unaccepted(location: str, bound: Expression, expected: str, frame: WindowFrame) -> AnalysisException:
    return mismatch(
        "SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE",
        frame,
        location=location,
        exprType=quoted_type(type_of(bound)),
        expectedType=expected,
    )


def _check_order_of_bounds(frame: WindowFrame) -> None:
    lower = None if frame.lower is None else _constant_of(frame.lower)
    upper = None if frame.upper is None else _constant_of(frame.upper)
    if lower is None or upper is None:
        return
    comparable = (int, float, decimal.Decimal)
    same_kind = isinstance(lower.value, comparable) and isinstance(upper.value, comparable)
    same_kind = same_kind or (
        isinstance(lower.value, datetime.timedelta) and isinstance(upper.value, datetime.timedelta)
    )
    if same_kind and lower.value > upper.value:
        raise mismatch("SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON", frame, comparison="less than or equal")


def distance(bound: Expression | None) -> int | None:
    """A bound of a frame of rows as a number: rows after the current one, negative before it; None is unbounded."""
    if bound is None:
        return None
    found = _constant_of(bound)
    assert found is not None, bound
    return int(found.value)


def _shape(frame: WindowFrame) -> tuple[str, int | None, int | None]:
    return frame.kind, distance(frame.lower), distance(frame.upper)


def _internal(frame: WindowFrame) -> str:
    """A frame as the reference names it inside messages."""

    def name(bound: Expression | None, unbounded: str) -> str:
        number = distance(bound)
        return unbounded if number is None else "currentrow$()" if number == 0 else str(number)

    kind = "RowFrame" if frame.kind == "rows" else "RangeFrame"
    lower, upper = name(frame.lower, "unboundedpreceding$()"), name(frame.upper, "unboundedfollowing$()")
    return f"specifiedwindowframe({kind}, {lower}, {upper})"


def _specification(partition: tuple[Expression, ...], order: tuple[SortOrder, ...], frame: WindowFrame) -> str:
    draft = WindowFunction(
        function=Constant(value=None, data_type=BooleanType()), partition_by=partition, order_by=order, frame=frame
    )
    return sql_text(draft).partition(" OVER ")[2]
