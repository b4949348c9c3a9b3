"""The names that Spark gives to result columns, which are also how errors quote an expression.

A name is the SQL of the expression after analysis, without the casts the analyzer added: ``(a + 1)``, ``sum(v)``,
``CASE WHEN (a > 1) THEN y END``. Works on unresolved trees too; there, what depends on types (``date_add(d, 1)`` for
``d + 1``) keeps the spelling of the user.
"""

from __future__ import annotations

import datetime
import decimal
import re
from collections.abc import Callable, Sequence
from typing import Any

from actorstream.expr.nodes import (
    AggregateCall,
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
    OuterReference,
    PythonFunction,
    Replaced,
    SessionWindow,
    SortOrder,
    Star,
    TimeWindow,
    UnresolvedAttribute,
    WindowFrame,
    WindowFunction,
)
from actorstream.expr.text import day_time_text, java_float, year_month_text
from actorstream.expr.types import (
    ArrayType,
    DataType,
    DayTimeIntervalType,
    FloatType,
    MapType,
    StructType,
    TimestampType,
    YearMonthIntervalType,
    sql_name,
)

_INFIX = frozenset(
    {"+", "-", "*", "/", "%", "div", "=", "<", ">", "<=", ">=", "<=>", "&", "|", "^", "and", "or", "==", "||"}
)
_SPELLING = {"and": "AND", "or": "OR", "==": "="}
#: functions whose name Spark prints in capitals
_CAPITAL = frozenset(
    [
        "rlike",
        "regexp",
        "regexp_like",
        "spark_partition_id",
        "rank",
        "dense_rank",
        "percent_rank",
        "sqrt",
        "cbrt",
        "exp",
        "expm1",
        "log10",
        "log2",
        "log1p",
        "sin",
        "cos",
        "tan",
        "cot",
        "csc",
        "sec",
        "asin",
        "acos",
        "atan",
        "sinh",
        "cosh",
        "tanh",
        "asinh",
        "acosh",
        "atanh",
        "degrees",
        "radians",
        "signum",
        "atan2",
        "hypot",
        "power",
        "e",
        "pi",
        "spark_partition_id",
    ]
)
#: names that users may write and Spark prints as another
_PRINTED = {
    "array_agg": "collect_list",
    "subtract_timestamps": "-",
    "subtract_dates": "-",
    "dateadd": "date_add",
    "curdate": "current_date",
    "current_database": "current_schema",
}


def output_name(expression: Expression) -> str:
    """The column name of a select item: an alias, a plain name, or the SQL text.

    Shape: any stage of the tree; casts around a plain column do not show.
    """
    if isinstance(expression, Alias):
        return expression.name
    core = expression
    while isinstance(core, Cast):
        core = core.child
    if isinstance(core, UnresolvedAttribute):
        return core.parts[-1]
    if isinstance(core, (Attribute, BoundReference)):
        return core.name
    if isinstance(core, Alias) and core is not expression:
        return core.name
    if isinstance(expression, Call) and expression.name == "from_json" and isinstance(expression.data_type, MapType):
        return "entries"
    if isinstance(expression, Call) and expression.name in _GENERATED:
        return _GENERATED[expression.name]
    return sql_text(expression)


_GENERATED = {"explode": "col", "explode_outer": "col"}


def sql_text(expression: Expression) -> str:
    """The SQL of an expression as Spark prints it in names and errors."""
    writer = _WRITERS.get(type(expression))
    if writer is None:
        raise AssertionError(f"no text for {type(expression).__name__}")
    return writer(expression)


def _list(expressions: Sequence[Expression]) -> str:
    return ", ".join(sql_text(item) for item in expressions)


def constant_text(value: Any, data_type: DataType | None) -> str:
    """A literal as column names show it: text without quotes, dates and intervals as SQL literals."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(data_type, YearMonthIntervalType):
        return year_month_text(value, data_type.startField, data_type.endField)
    if isinstance(value, float):
        return java_float(value, single=isinstance(data_type, FloatType))
    if isinstance(value, decimal.Decimal):
        whole = value.as_tuple().exponent
        # as Java's BigDecimal says it: 1E-7, but with a scale of at least 0
        return format(value, "f") if isinstance(whole, int) and whole > 0 else str(value)
    if isinstance(value, (bytes, bytearray)):
        return f"X'{bytes(value).hex().upper()}'"
    if isinstance(value, datetime.datetime):
        text = value.replace(tzinfo=None).isoformat(sep=" ")
        text = text.rstrip("0") if "." in text else text
        kind = "TIMESTAMP" if data_type is None or isinstance(data_type, TimestampType) else "TIMESTAMP_NTZ"
        return f"{kind} '{text}'"
    if isinstance(value, datetime.date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, datetime.time):
        text = value.isoformat()
        return f"TIME '{text.rstrip('0') if '.' in text else text}'"
    if isinstance(value, datetime.timedelta):
        fields = (0, 3)
        if isinstance(data_type, DayTimeIntervalType):
            fields = (data_type.startField, data_type.endField)
        return day_time_text(value // datetime.timedelta(microseconds=1), *fields)
    if isinstance(value, (list, tuple)):
        return f"ARRAY({', '.join(constant_text(item, None) for item in value)})"
    return str(value)


def _call(call: Call) -> str:
    special = _SPECIAL.get(call.name)
    if special is not None:
        return special(call)
    if call.name in _INFIX and len(call.args) == 2:
        left, right = call.args
        return f"({sql_text(left)} {_SPELLING.get(call.name, call.name)} {sql_text(right)})"
    name = _PRINTED.get(call.name, call.name)
    if name == "-" and len(call.args) == 2:
        return f"({sql_text(call.args[0])} - {sql_text(call.args[1])})"
    return f"{name.upper() if name in _CAPITAL else name}({_list(call.args)})"


def _prefix(symbol: str) -> Callable[[Call], str]:
    return lambda call: f"({symbol} {sql_text(call.args[0])})"


def _sign(symbol: str) -> Callable[[Call], str]:
    def write(call: Call) -> str:
        if len(call.args) == 1:
            return f"({symbol} {sql_text(call.args[0])})"
        return f"({sql_text(call.args[0])} {symbol} {sql_text(call.args[1])})"

    return write


def _between_text(template: str) -> Callable[[Call], str]:
    return lambda call: template.format(*(sql_text(item) for item in call.args))


def _passing_nulls(call: Call) -> str:
    last = call.args[-1]
    return " ignore nulls" if len(call.args) == 3 and isinstance(last, Constant) and last.value is True else ""


def _named_struct(call: Call) -> str:
    return f"named_struct({_list(call.args)})"


def _first_only(call: Call) -> str:
    """Without the schema and the options of a reader or writer."""
    return f"{call.name}({_list(call.args[:1])})"


def _unequal(call: Call) -> str:
    return f"(NOT ({sql_text(call.args[0])} = {sql_text(call.args[1])}))"


def _floor(call: Call) -> str:
    # a scale makes it another function, whose name Spark prints as it was written
    capital = len(call.args) == 1 and call.name != "ceiling"
    return f"{call.name.upper() if capital else call.name}({_list(call.args)})"


def _log(call: Call) -> str:
    return f"LOG({_list(call.args)})" if len(call.args) == 2 else f"LOG(E(), {_list(call.args)})"


#: what Spark puts where no comparator was written: nulls last, smallest first
_COMPARATOR = (
    ", lambdafunction((IF(((namedlambdavariable() IS NULL) AND (namedlambdavariable() IS NULL)), 0, (IF((namedlambdavariable() "
    "IS NULL), 1, (IF((namedlambdavariable() IS NULL), -1, (IF((namedlambdavariable() < namedlambdavariable()), -1, "
    "(IF((namedlambdavariable() > namedlambdavariable()), 1, 0)))))))))), namedlambdavariable(), namedlambdavariable())"
)


def _like(symbol: str) -> Callable[[Call], str]:
    def write(call: Call) -> str:
        text = f"{sql_text(call.args[0])} {symbol} {sql_text(call.args[1])}"
        if len(call.args) == 3 and not (isinstance(call.args[2], Constant) and call.args[2].value == "\\"):
            text += f" ESCAPE '{sql_text(call.args[2])}'"
        return text

    return write


def _trim(side: str) -> Callable[[Call], str]:
    def write(call: Call) -> str:
        if len(call.args) == 1:
            return f"{call.name}({sql_text(call.args[0])})"
        return f"TRIM({side} {sql_text(call.args[0])} FROM {sql_text(call.args[1])})"

    return write


_SPECIAL: dict[str, Callable[[Call], str]] = {
    "trim": _trim("BOTH"),
    "ltrim": _trim("LEADING"),
    "rtrim": _trim("TRAILING"),
    "-": _sign("-"),
    "+": _sign("+"),
    "positive": _prefix("+"),
    "not": _prefix("NOT"),
    "~": lambda call: f"~{sql_text(call.args[0])}",
    "bitwise_not": lambda call: f"~{sql_text(call.args[0])}",
    "!=": _unequal,
    "<>": _unequal,
    "isnull": _between_text("({0} IS NULL)"),
    "isnotnull": _between_text("({0} IS NOT NULL)"),
    "in": lambda call: f"({sql_text(call.args[0])} IN ({_list(call.args[1:])}))",
    "like": _like("LIKE"),
    "ilike": lambda call: f"ilike({_list(call.args[:2])})",
    "getitem": _between_text("{0}[{1}]"),
    # the seed does not show
    "shuffle": _between_text("shuffle({0})"),
    "uuid": lambda call: "uuid()",
    "if": lambda call: f"(IF({_list(call.args)}))",
    "time_add": _between_text("{0} + {1}"),
    "time_sub": _between_text("{0} - {1}"),
    "scale_interval": _between_text("({0} * {1})"),
    "divide_interval": _between_text("({0} / {1})"),
    "calendar_add": _between_text("({0} + {1})"),
    "calendar_subtract": _between_text("({0} - {1})"),
    "calendar_multiply": _between_text("multiply_interval({0}, {1})"),
    "calendar_divide": _between_text("divide_interval({0}, {1})"),
    **{
        f"try_calendar_{name}": _between_text(f"try_{name}({{0}}, {{1}})")
        for name in ("add", "subtract", "multiply", "divide")
    },
    "try_scale_interval": _between_text("try_multiply({0}, {1})"),
    "try_divide_interval": _between_text("try_divide({0}, {1})"),
    # resolved on dates and intervals, a third argument says what is computed
    **{name: _between_text(name + "({0}, {1})") for name in ("try_add", "try_subtract")},
    "time_of_day_add": _between_text("{0} + {1}"),
    "time_of_day_sub": _between_text("{0} - {1}"),
    "subtract_times": _between_text("{0} - {1}"),
    "moment_of": _between_text("{1}"),
    "try_to_time": lambda call: f"try_to_time(to_time({_list(call.args)}))",
    **{f"time_of_day_{part}": _between_text(part + "({0})") for part in ("hour", "minute", "second")},
    "named_struct": _named_struct,
    "array_sort": lambda call: f"array_sort({_list(call.args)}{_COMPARATOR if len(call.args) == 1 else ''})",
    "log": _log,
    **dict.fromkeys(("floor", "ceil", "ceiling"), _floor),
    **{name: _between_text(f"({{0}} {name} {{1}})") for name in ("<<", ">>", ">>>")},
    **{f"{name}_{form}": _first_only for name in ("from", "to", "schema_of") for form in ("json", "csv", "xml")},
    # the zone does not show
    "try_make_timestamp": lambda call: f"try_make_timestamp({_list(call.args[:6])})",
    # the type does not show
    **{name: _between_text(name + "({0}, {1})") for name in ("variant_get", "try_variant_get")},
    # resolved, the first argument is there twice
    "nullif": lambda call: f"nullif({sql_text(call.args[0])}, {sql_text(call.args[-1])})",
    "dot": _between_text("{0}.{1}"),
    "update_fields": _between_text("{2}"),
    # resolved, a third argument says what is computed
    "extract": _between_text("extract({0} FROM {1})"),
    "date_part": _between_text("date_part({0}, {1})"),
    "datepart": _between_text("datepart({0} FROM {1})"),
    # resolved, a fourth argument computes it
    "between": lambda call: f"between({_list(call.args[:3])})",
    # resolved, the last argument says whether nulls are passed over
    "lag": lambda call: f"lag({_list(call.args[:3])})",
    "lead": lambda call: f"lead({_list(call.args[:3])})",
    "nth_value": lambda call: f"nth_value({_list(call.args[:2])}){_passing_nulls(call)}",
}


def _cast(cast: Cast) -> str:
    if cast.mode == "literal":
        return f"{sql_name(cast.to)} '{sql_text(cast.child)}'"
    if cast.implicit or isinstance(cast.to, (ArrayType, MapType, StructType)):  # HiveQL has no casts to nested types
        return sql_text(cast.child)
    return f"{'TRY_CAST' if cast.mode == 'try' else 'CAST'}({sql_text(cast.child)} AS {sql_name(cast.to)})"


def _case(case: CaseWhen) -> str:
    branches = "".join(f" WHEN {sql_text(when)} THEN {sql_text(then)}" for when, then in case.branches)
    otherwise = "" if case.otherwise is None else f" ELSE {sql_text(case.otherwise)}"
    return f"CASE{branches}{otherwise} END"


#: third arguments that the reference prints though nobody wrote them
_DEFAULTS = {"percentile": "1", "percentile_approx": "10000", "approx_percentile": "10000"}


def _aggregate(call: AggregateCall) -> str:
    args = call.args
    if call.user is not None:
        return f"{call.name}({_arguments(args, call.user.keywords)})"
    if call.name in ("first", "last", "any_value", "first_value", "last_value") and len(args) == 2:
        args = args[:1]  # the flag for nulls does not show
    inside = _list(args) if args or call.name != "count" else "1"
    if len(args) == 2 and call.name in _DEFAULTS:
        inside = f"{inside}, {_DEFAULTS[call.name]}"
    if any(isinstance(argument, Star) for argument in args):
        inside = "1"
    if call.name in _ORDERED and call.within:
        inside = _list(args[1:])
    name = "listagg" if call.name == "string_agg" and call.within else _PRINTED.get(call.name, call.name)
    text = f"{name}({'DISTINCT ' if call.distinct else ''}{inside})"
    if call.within:
        text += f" WITHIN GROUP (ORDER BY {_within(call)})"
    return text if call.filter is None else f"{text} FILTER (WHERE {sql_text(call.filter)})"


#: aggregates of the order of rows, whose first argument is what rows are ordered by
_ORDERED = frozenset({"percentile_cont", "percentile_disc", "mode"})


def _within(call: AggregateCall) -> str:
    if call.name not in _ORDERED:
        return _list(call.within)
    (order,) = call.within
    assert isinstance(order, SortOrder)
    # the reference prints the direction of mode() the wrong way round
    descending = order.ascending == (call.name == "mode")
    return f"{sql_text(order.child)}{' DESC' if descending else ''}"


def _sort(order: SortOrder) -> str:
    direction = "ASC" if order.ascending else "DESC"
    return f"{sql_text(order.child)} {direction} NULLS {'FIRST' if order.nulls_first else 'LAST'}"


def _over(function: WindowFunction) -> str:
    parts = []
    if function.partition_by:
        parts.append(f"PARTITION BY {_list(function.partition_by)}")
    if function.order_by:
        parts.append(f"ORDER BY {_list(function.order_by)}")
    if function.frame is not None:
        parts.append(sql_text(function.frame))
    return f"{sql_text(function.function)} OVER ({' '.join(parts)})"


def _frame(frame: WindowFrame) -> str:
    lower = "UNBOUNDED PRECEDING" if frame.lower is None else _bound(frame.lower)
    upper = "UNBOUNDED FOLLOWING" if frame.upper is None else _bound(frame.upper)
    return f"{frame.kind.upper()} BETWEEN {lower} AND {upper}"


def _bound(bound: Expression) -> str:
    if isinstance(bound, Constant) and bound.value == 0:
        return "CURRENT ROW"
    if isinstance(bound, Call) and bound.name == "-":
        return f"{sql_text(bound.args[0])} PRECEDING"
    return f"{sql_text(bound)} FOLLOWING"


def _field(get: GetField) -> str:
    return f"{sql_text(get.child)}.{get.field_name}"


def _quoted_if_needed(name: str) -> str:
    plain = re.fullmatch(r"[A-Za-z0-9_]+", name) and not name.isdigit()
    return name if plain else f"`{name.replace('`', '``')}`"


def _python(function: PythonFunction) -> str:
    return f"{function.name}({_arguments(function.args, function.keywords)})"


def _arguments(args: Sequence[Expression], keywords: Sequence[str]) -> str:
    """The arguments of a user's function, the last ones by their names."""
    plain = len(args) - len(keywords)
    named = zip(keywords, args[plain:], strict=True)
    return ", ".join([*map(sql_text, args[:plain]), *(f"{name} => {sql_text(item)}" for name, item in named)])


_WRITERS: dict[type, Callable[[Any], str]] = {
    UnresolvedAttribute: lambda node: ".".join(node.parts),
    Attribute: lambda node: node.name,
    BoundReference: lambda node: node.name,
    Star: lambda node: ".".join((*node.target, "*")),
    Constant: lambda node: constant_text(node.value, node.data_type),
    Call: _call,
    GetField: _field,
    Replaced: lambda node: sql_text(node.call),
    Cast: _cast,
    CaseWhen: _case,
    Alias: lambda node: f"{sql_text(node.child)} AS {_quoted_if_needed(node.name)}",
    # an error about a lambda that has no types yet shows the names as they were written
    LambdaVariable: lambda node: node.name if node.data_type is None else "namedlambdavariable()",
    Lambda: lambda node: f"lambdafunction({sql_text(node.body)}, {_list(node.parameters)})",
    AggregateCall: _aggregate,
    TimeWindow: lambda node: "window",
    SessionWindow: lambda node: "session_window",
    SortOrder: _sort,
    WindowFrame: _frame,
    WindowFunction: _over,
    PythonFunction: _python,
    OuterReference: lambda node: sql_text(node.child),
}
