"""SQL text to expressions: what ``F.expr``, ``selectExpr``, ``where("...")`` and the select list of a query say.

Gives the same trees as the functions of `actorstream.sql.functions` would; nothing is resolved here.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from sqlglot import exp

from actorstream.errors import AnalysisException, ParseException, PySparkNotImplementedError
from actorstream.expr.coercion import unknown_routine, wrong_arity
from actorstream.expr.functions.aggregate import is_aggregate
from actorstream.expr.intervals import window_duration_us
from actorstream.expr.names import split_name
from actorstream.expr.naming import output_name
from actorstream.expr.nodes import (
    AggregateCall,
    Alias,
    Call,
    CaseWhen,
    Cast,
    Constant,
    Expression,
    GetField,
    Lambda,
    LambdaVariable,
    NamedArgument,
    Replaced,
    SessionWindow,
    SortOrder,
    Star,
    TimeWindow,
    UnresolvedAttribute,
    next_attribute_id,
)
from actorstream.expr.types import (
    StringType,
    fixed_type,
)
from actorstream.plan.expressions import MultiAlias, Subquery
from actorstream.plan.named_arguments import by_name
from actorstream.plan.sql_dialect import (
    DOUBLE_COLON,
    IS_NOT,
    LOGICAL_SHIFT,
    PARAMETER,
    POSITION,
    VARIANT_PATH,
    WRITTEN,
    origin_of,
    parse,
    written,
)
from actorstream.plan.sql_errors import syntax_error
from actorstream.plan.sql_intervals import interval, one_interval
from actorstream.plan.sql_literals import constant, data_type, literal, number, suffixed, typed_text
from actorstream.plan.sql_windows import ignoring_nulls, inline_windows, translate_over
from actorstream.plan.sql_within_group import PERCENTILES, within_group

Node = Any
"""A node of sqlglot's tree."""


def parse_expression(text: str) -> Expression:
    """The expression that `text` says, with its alias if it has one. Raises: ParseException PARSE_SYNTAX_ERROR."""
    select = parse(text, prefix="SELECT ")
    items = select.expressions
    if not isinstance(select, exp.Select) or len(items) != 1 or any(select.args.get(part) for part in _CLAUSES):
        rest = text.split(None, 1)
        raise syntax_error(text, len(text), None) if len(rest) < 2 else syntax_error(text, text.index(rest[1]), rest[1])
    inline_windows(select)
    expression = translate(items[0])
    if any(isinstance(part, Subquery) for part in expression.walk()):
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": "A subquery in the SQL text of an expression",
                "remedy": "Write the whole query with spark.sql.",
            },
        )
    return expression


_CLAUSES = ("from_", "from", "where", "group", "having", "order", "limit", "distinct", "joins")


def parse_sort_order(text: str) -> Expression:
    """A sort key: ``a desc nulls last``. Raises: ParseException."""
    select = parse(text, prefix="SELECT 1 ORDER BY ")
    (ordered,) = select.args["order"].expressions
    return translate_order(ordered)


def translate_order(node: Node) -> SortOrder:
    """A key of ORDER BY; nulls come first when ascending and last when descending unless it says otherwise."""
    if not isinstance(node, exp.Ordered):
        return SortOrder(child=translate(node))
    ascending = not node.args.get("desc")
    nulls_first = node.args.get("nulls_first")
    return SortOrder(
        child=translate(node.this),
        ascending=ascending,
        nulls_first=ascending if nulls_first is None else bool(nulls_first),
    )


def translate(node: Node) -> Expression:
    """One node of the syntax tree with all below it."""
    found = _translated(node)
    if found.origin is not None:
        return found
    origin = origin_of(node)
    return found if origin is None else replace(found, origin=origin)


def _translated(node: Node) -> Expression:
    step = _STEPS.get(type(node))
    if step is not None:
        return step(node)
    name = _BINARY.get(type(node))
    if name is not None:
        found = _call(name, node.this, node.expression)
        return Call(name="not", args=(found,)) if node.args.get("negate") else found
    raise _no_syntax(node)


def _no_syntax(node: Node) -> PySparkNotImplementedError:
    return PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED",
        messageParameters={
            "feature": f"The SQL syntax `{written(node)}`",
            "remedy": "Write it with the functions of actorstream.sql.functions.",
        },
    )


def _call(name: str, *nodes: Node) -> Expression:
    return Call(name=name, args=tuple(translate(node) for node in nodes))


# ---------------------------------------------------------------- names


def identifier(node: Node) -> str:
    """The text of a name."""
    return str(node.name if isinstance(node, exp.Expression) else node)


def _column(node: Node) -> Expression:
    parts = [identifier(part) for part in node.parts]
    if isinstance(node.this, exp.Star):
        return replace(_star(node.this), target=tuple(parts[:-1]))
    if any(isinstance(part, exp.Star) for part in node.parts):
        return GetField(child=Star(target=tuple(parts[: parts.index("*")])), field_name=parts[-1])
    return UnresolvedAttribute(parts=tuple(parts))


def _star(node: Node) -> Star:
    """``*``, with the columns that it leaves out."""
    if any(node.args.get(part) for part in ("replace", "rename")):
        raise _no_syntax(node)
    left_out = node.args.get("except_") or node.args.get("except") or ()
    return Star(without=tuple(tuple(identifier(part) for part in item.parts) for item in left_out))


def _dot(node: Node) -> Expression:
    if isinstance(node.expression, exp.Star):
        inner = translate(node.this)
        assert isinstance(inner, UnresolvedAttribute)
        return Star(target=inner.parts)
    base = translate(node.this)
    name = identifier(node.expression)
    if isinstance(base, UnresolvedAttribute):
        return UnresolvedAttribute(parts=(*base.parts, name))
    return GetField(child=base, field_name=name)


def _bracket(node: Node) -> Expression:
    (key,) = node.expressions
    return _call("getitem", node.this, key)


def _alias(node: Node) -> Expression:
    return Alias(child=translate(node.this), name=identifier(node.args["alias"]))


def _aliases(node: Node) -> Expression:
    return MultiAlias(child=translate(node.this), names=tuple(identifier(item) for item in node.expressions))


# ---------------------------------------------------------------- types and casts


def _variant_part(node: Node) -> Expression:
    """``v:a.b``: the part of a variant, under the last name of the path."""
    base, path, *last = node.expressions
    part = Call(name="variant_part", args=(translate(base), Constant(value=path.this, data_type=StringType())))
    return Alias(child=part, name=last[0].this) if last else part


def _cast(node: Node) -> Expression:
    if not node.meta.get(WRITTEN):
        constant = suffixed(node) or typed_text(node)
        if constant is not None:
            return constant
    mode: Literal["default", "try"] = "try" if node.args.get("safe") else "default"
    return Cast(child=translate(node.this), to=data_type(node.args["to"]), mode=mode)


def _sum(node: Node) -> Expression:
    return one_interval(node) or _call("+", node.this, node.expression)


# ---------------------------------------------------------------- calls


def _function(node: Node) -> Expression:
    return make_call(identifier(node.this), node.expressions)


def make_call(written: str, arguments: Sequence[Node]) -> Expression:
    """A function call by its Spark name: aggregates, windows and lambdas become nodes of their own."""
    name = written.lower()
    if name == "window":
        return _time_window(arguments)
    if name in _CAST_FUNCTIONS and len(arguments) == 1:
        return Cast(child=translate(arguments[0]), to=fixed_type(name), implicit=True)
    if name == "identifier" and len(arguments) == 1:
        return UnresolvedAttribute(parts=tuple(split_name(_plain_text(translate(arguments[0])))))
    if name == "session_window":
        if len(arguments) != 2:
            wrong_arity(name, "2", len(arguments))
        time, gap = arguments
        return SessionWindow(time=translate(time), gap=translate(gap))
    distinct = False
    if len(arguments) == 1 and isinstance(arguments[0], exp.Distinct):
        distinct, arguments = True, arguments[0].expressions
    if len(arguments) == 1 and isinstance(arguments[0], exp.IgnoreNulls):
        return ignoring_nulls(make_call(written, [arguments[0].this]))
    if name == "count" and not arguments:
        raise AnalysisException(
            errorClass="WRONG_NUM_ARGS.WITH_SUGGESTION",
            messageParameters={
                "functionName": "`count`",
                "expectedNum": " >= 1",
                "actualNum": "0",
                "legacyNum": "0",
                "legacyConfKey": '"spark.sql.legacy.allowParameterlessCount"',
                "legacyConfValue": '"true"',
            },
        )
    if (name == "mode" and not arguments) or name in PERCENTILES:
        raise AnalysisException(
            errorClass="INVALID_WITHIN_GROUP_EXPRESSION.WITHIN_GROUP_MISSING",
            messageParameters={"funcName": f"`{name}`"},
        )
    if is_aggregate(name) and name not in _PYTHON_ONLY:
        rows = len(arguments) == 1 and isinstance(arguments[0], exp.Star) and not arguments[0].args.get("except_")
        if name == "count" and not distinct and rows:
            return AggregateCall(name=name, args=(), distinct=distinct)
        return AggregateCall(name=name, args=tuple(map(translate, arguments)), distinct=distinct)
    if distinct:
        raise AnalysisException(
            errorClass="INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
            messageParameters={"prettyName": f"`{name}`", "syntax": "DISTINCT"},
        )
    if any(isinstance(item, exp.Kwarg) for item in arguments) and name in _SIGNATURES:
        return Call(name=name, args=tuple(_in_order(name, list(map(translate, arguments)))))
    if name in _UNIT_FIRST and len(arguments) == 3:
        unit, *rest = arguments
        if isinstance(unit, exp.Literal) and unit.args.get("is_string"):
            raise ParseException(
                errorClass="INVALID_PARAMETER_VALUE.DATETIME_UNIT",
                messageParameters={
                    "functionName": f"`{written}`",
                    "parameter": "`unit`",
                    "invalidValue": f"'{unit.this}'",
                },
            )
        if isinstance(unit, exp.Column) and identifier(unit).upper() in _UNITS:
            return Call(name=name, args=(constant(identifier(unit), StringType()), *map(translate, rest)))
        if name.startswith("timestamp"):  # which is syntax, and no function, where a unit comes first
            raise unknown_routine(name)
    return Call(name=name, args=tuple(map(translate, arguments)))


def _plain_text(expression: Expression) -> str:
    """The text that IDENTIFIER(...) says. Raises: AnalysisException NOT_A_CONSTANT_STRING.NOT_CONSTANT."""
    if isinstance(expression, Constant) and isinstance(expression.value, str):
        return expression.value
    if isinstance(expression, Call) and expression.name == "concat":
        return "".join(map(_plain_text, expression.args))
    raise AnalysisException(
        errorClass="NOT_A_CONSTANT_STRING.NOT_CONSTANT",
        messageParameters={"name": "IDENTIFIER", "expr": f'"{output_name(expression)}"'},
    )


#: built-in functions whose arguments may be given by name, with the values of those left out
_SIGNATURES: Mapping[str, tuple[tuple[str, Expression | None], ...]] = {
    "mask": (
        ("str", None),
        ("upperChar", constant("X", StringType())),
        ("lowerChar", constant("x", StringType())),
        ("digitChar", constant("n", StringType())),
        ("otherChar", Constant(value=None)),
    ),
    **dict.fromkeys(("explode", "explode_outer", "posexplode", "posexplode_outer"), (("collection", None),)),
    **dict.fromkeys(("inline", "inline_outer"), (("input", None),)),
}


def _in_order(function: str, args: Sequence[Expression]) -> list[Expression]:
    """The arguments of a built-in function in the order of its parameters.

    Raises: AnalysisException UNRECOGNIZED_PARAMETER_NAME, DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.*, REQUIRED_PARAMETER_NOT_FOUND.
    """
    parameters = _SIGNATURES[function]
    given = by_name(function, [name for name, _ in parameters], args)
    found: list[Expression] = []
    for place, (name, default) in enumerate(parameters):
        value = given.get(name.lower(), default)
        if value is None:
            raise AnalysisException(
                errorClass="REQUIRED_PARAMETER_NOT_FOUND",
                messageParameters={
                    "routineName": f"`{function}`",
                    "parameterName": f"`{name}`",
                    "index": str(place),
                },
            )
        found.append(value)
    return found


#: functions of PySpark that SQL does not have
_PYTHON_ONLY = frozenset({"product"})
#: names of types that cast when called like a function; the cast does not show in names
_CAST_FUNCTIONS = frozenset(
    [
        "boolean",
        "tinyint",
        "smallint",
        "int",
        "bigint",
        "float",
        "double",
        "decimal",
        "date",
        "timestamp",
        "timestamp_ntz",
        "string",
        "binary",
    ]
)
_UNITS = frozenset(
    ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DAYOFYEAR", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND"]
)
#: functions whose first of three arguments is the bare name of a unit
_UNIT_FIRST = frozenset({"timestampadd", "timestampdiff", "date_add", "dateadd", "date_diff", "datediff"})


def _time_window(arguments: Sequence[Node]) -> Expression:
    time, *durations = arguments
    micros = []
    for item in durations:
        value = translate(item)
        if isinstance(value, Constant) and isinstance(value.value, datetime.timedelta):
            micros.append(value.value // datetime.timedelta(microseconds=1))
        elif isinstance(value, Constant) and isinstance(value.value, str):
            micros.append(window_duration_us(value.value))
        else:
            raise ParseException(
                errorClass="PARSE_SYNTAX_ERROR",
                messageParameters={"error": f"'{item.sql(dialect='spark')}'", "hint": ": a duration must be a text"},
            )
    duration = micros[0]
    return TimeWindow(
        time=translate(time),
        duration_us=duration,
        slide_us=micros[1] if len(micros) > 1 else duration,
        start_us=micros[2] if len(micros) > 2 else 0,
    )


def _lambda(node: Node) -> Expression:
    parameters = tuple(LambdaVariable(name=identifier(item), id=next_attribute_id()) for item in node.expressions)
    by_name = {parameter.name.lower(): parameter for parameter in parameters}
    body = translate(node.this)

    def bind(part: Expression) -> Expression:
        if isinstance(part, UnresolvedAttribute) and part.parts[0].lower() in by_name:
            found: Expression = by_name[part.parts[0].lower()]
            for field in part.parts[1:]:
                found = GetField(child=found, field_name=field)
            return found
        return part

    return Lambda(parameters=parameters, body=body.transform_up(bind))


def _filter(node: Node) -> Expression:
    call = translate(node.this)
    if isinstance(call, Call):
        raise AnalysisException(
            errorClass="INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
            messageParameters={"prettyName": f"`{call.name}`", "syntax": "FILTER CLAUSE"},
        )
    if not isinstance(call, AggregateCall):
        raise ParseException(errorClass="PARSE_SYNTAX_ERROR", messageParameters={"error": "'FILTER'", "hint": ""})
    return replace(call, filter=translate(node.expression.this))


def _within_group(node: Node) -> Expression:
    """A call with WITHIN GROUP, of which sqlglot has read the name and the arguments."""
    call = node.this
    arguments, distinct = call.expressions, False
    if len(arguments) == 1 and isinstance(arguments[0], exp.Distinct):
        distinct, arguments = True, arguments[0].expressions
    order = [translate_order(item) for item in node.expression.expressions]
    return within_group(str(call.this).lower(), list(map(translate, arguments)), order, distinct=distinct)


def _over(node: Node) -> Expression:
    return translate_over(node, translate, translate_order)


# ---------------------------------------------------------------- operators


def _case(node: Node) -> Expression:
    subject = node.args.get("this")
    branches = []
    for branch in node.args["ifs"]:
        condition = translate(branch.this)
        if subject is not None:
            condition = Call(name="=", args=(translate(subject), condition))
        branches.append((condition, translate(branch.args["true"])))
    default = node.args.get("default")
    return CaseWhen(branches=tuple(branches), otherwise=None if default is None else translate(default))


def _if(node: Node) -> Expression:
    otherwise = node.args.get("false")
    args = (translate(node.this), translate(node.args["true"]))
    return Call(name="if", args=(*args, translate(otherwise) if otherwise is not None else _null(node)))


def _null(node: Node) -> Expression:
    return Constant(value=None)


def _not(node: Node) -> Expression:
    inner = node.this
    if node.meta.get(IS_NOT) and isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null):
        return _call("isnotnull", inner.this)
    return _call("not", inner)


def _like(node: Node) -> Expression:
    """``LIKE`` and ``ILIKE``, also of ``ANY`` or ``ALL`` of some patterns."""
    name = "ilike" if isinstance(node, exp.ILike) else "like"
    several = node.expression
    if not isinstance(several, (exp.Any, exp.All)):
        found = _call(name, node.this, several)
        return Call(name="not", args=(found,)) if node.args.get("negate") else found
    listed = several.this
    patterns = listed.expressions if isinstance(listed, exp.Tuple) else [listed]
    of_all = isinstance(several, exp.All)
    prefix = "not" if node.args.get("negate") else ""
    text = translate(node.this)
    tests: list[Expression] = [Call(name=name, args=(text, translate(pattern))) for pattern in patterns]
    if prefix:
        tests = [Call(name="not", args=(test,)) for test in tests]
    whole = tests[0]
    for test in tests[1:]:
        whole = Call(name="and" if of_all else "or", args=(whole, test))
    shown = Call(name="lower", args=(text,)) if name == "ilike" else text
    return Replaced(call=Call(name=f"{prefix}like{'all' if of_all else 'any'}", args=(shown,)), by=whole)


def _shift_right(node: Node) -> Expression:
    by = node.expression
    if by.meta.get(LOGICAL_SHIFT):
        return _call(">>>", node.this, by.this)
    return _call(">>", node.this, by)


def _is(node: Node) -> Expression:
    value = node.expression
    if isinstance(value, exp.Null):
        return _call("isnull", node.this)
    if isinstance(value, exp.Boolean):
        return Call(name="<=>", args=(translate(node.this), translate(value)))
    return _call("<=>", node.this, value)


def _in(node: Node) -> Expression:
    query = node.args.get("query")
    if query is not None:
        left = node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this]
        return Subquery(kind="in", query=query, values=tuple(map(translate, left)))
    if not node.expressions:
        raise ParseException(errorClass="INVALID_SQL_SYNTAX.EMPTY_IN_PREDICATE", messageParameters={})
    return Call(name="in", args=(translate(node.this), *map(translate, node.expressions)))


def _between(node: Node) -> Expression:
    return Call(name="between", args=(translate(node.this), translate(node.args["low"]), translate(node.args["high"])))


def _escape(node: Node) -> Expression:
    like = node.this
    name = "ilike" if isinstance(like, exp.ILike) else "like"
    found = _call(name, like.this, like.expression, node.expression)
    return Call(name="not", args=(found,)) if like.args.get("negate") else found


def _negative(node: Node) -> Expression:
    # the sign belongs to a literal: -128Y is a tinyint, though 128Y is none
    inner = node.this
    if isinstance(inner, exp.Literal) and not inner.args.get("is_string"):
        return number(f"-{inner.this}")
    if isinstance(inner, exp.Cast) and inner.meta.get(DOUBLE_COLON) and _is_number(inner.this):
        return Cast(child=_negative(inner), to=data_type(inner.args["to"]))
    if isinstance(inner, exp.Cast) and not inner.meta.get(WRITTEN):
        signed = suffixed(inner, "-")
        if signed is not None:
            return signed
    return _call("-", inner)


def _is_number(node: Node) -> bool:
    """Whether a node is the literal of a number, perhaps cast by ``::``."""
    while isinstance(node, exp.Cast) and node.meta.get(DOUBLE_COLON):
        node = node.this
    plain = node.this if isinstance(node, exp.Cast) and not node.meta.get(WRITTEN) else node
    return isinstance(plain, exp.Literal) and not plain.args.get("is_string")


def _concatenated(node: Node) -> Expression:
    """Texts that stand next to each other are one text."""
    if all(isinstance(item, exp.Literal) for item in node.expressions):
        return constant("".join(str(item.this) for item in node.expressions), StringType())
    return Call(name="concat", args=tuple(map(translate, node.expressions)))


def _extract(node: Node) -> Expression:
    return Call(name="extract", args=(constant(identifier(node.this), StringType()), translate(node.expression)))


def _trim(node: Node) -> Expression:
    position = str(node.args.get("position") or "BOTH").upper()
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(position, "trim")
    letters = node.args.get("expression")
    if letters is None:
        return _call(name, node.this)
    # as a function too, the characters come first: ltrim('x', s)
    return _call(name, letters, node.this)


def _substring(node: Node) -> Expression:
    parts = [node.this, node.args.get("start"), node.args.get("length")]
    return _call("substring", *(part for part in parts if part is not None))


ALL = Star(target=("ALL",))
"""What the word ALL says in ORDER BY and LIMIT."""


def _parameter(node: Node) -> Expression:
    found = node.meta.get(PARAMETER)
    if isinstance(found, Expression):
        return found
    raise AnalysisException(
        errorClass="UNBOUND_SQL_PARAMETER",
        messageParameters={"name": node.args.get("this") or f"_{node.meta.get(POSITION)}"},
    )


def _var(node: Node) -> Expression:
    if node.name.upper() == "ALL":
        return ALL
    return UnresolvedAttribute(parts=(node.name,))


def _tuple(node: Node) -> Expression:
    parts: list[Expression] = []
    for place, item in enumerate(map(translate, node.expressions), 1):
        named = isinstance(item, (UnresolvedAttribute, GetField, Alias))
        name = output_name(item) if named else f"col{place}"
        parts += [constant(name, StringType()), item.child if isinstance(item, Alias) else item]
    return Call(name="named_struct", args=tuple(parts))


def _any(node: Node) -> Expression:
    return make_call("any", [node.this.this if isinstance(node.this, exp.Paren) else node.this])


_BINARY: Mapping[type, str] = {
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
    exp.IntDiv: "div",
    exp.EQ: "=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.NullSafeEQ: "<=>",
    exp.And: "and",
    exp.Or: "or",
    exp.BitwiseAnd: "&",
    exp.BitwiseOr: "|",
    exp.BitwiseXor: "^",
    exp.DPipe: "concat",
    exp.RegexpLike: "rlike",
    exp.BitwiseLeftShift: "<<",
}

_STEPS: dict[type, Callable[[Node], Expression]] = {
    exp.Column: _column,
    exp.Identifier: lambda node: UnresolvedAttribute(parts=(identifier(node),)),
    exp.Dot: _dot,
    exp.Star: lambda node: _star(node),
    exp.Bracket: _bracket,
    exp.Alias: _alias,
    exp.Aliases: _aliases,
    exp.Paren: lambda node: translate(node.this),
    exp.Literal: literal,
    exp.RawString: lambda node: constant(str(node.this), StringType()),
    exp.HexString: lambda node: _binary(str(node.this)),
    exp.Boolean: lambda node: Constant(value=bool(node.this)),
    exp.Null: _null,
    exp.Interval: interval,
    exp.Add: _sum,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Anonymous: lambda node: _variant_part(node) if node.this == VARIANT_PATH else _function(node),
    exp.Lambda: _lambda,
    exp.Filter: _filter,
    exp.WithinGroup: _within_group,
    exp.Window: _over,
    exp.Like: _like,
    exp.ILike: _like,
    exp.BitwiseRightShift: _shift_right,
    exp.IgnoreNulls: lambda node: ignoring_nulls(translate(node.this)),
    exp.RespectNulls: lambda node: translate(node.this),
    exp.Case: _case,
    exp.If: _if,
    exp.Not: _not,
    exp.Is: _is,
    exp.In: _in,
    exp.Between: _between,
    exp.Escape: _escape,
    exp.Neg: _negative,
    exp.BitwiseNot: lambda node: _call("~", node.this),
    exp.NEQ: lambda node: Call(name="not", args=(_call("=", node.this, node.expression),)),
    exp.NullSafeNEQ: lambda node: Call(name="not", args=(_call("<=>", node.this, node.expression),)),
    exp.Concat: _concatenated,
    exp.Extract: _extract,
    exp.Trim: _trim,
    exp.Substring: _substring,
    exp.Any: _any,
    exp.Placeholder: _parameter,
    exp.Var: _var,
    exp.Kwarg: lambda node: NamedArgument(name=identifier(node.this), value=translate(node.expression)),
    exp.Subquery: lambda node: Subquery(kind="scalar", query=node),
    exp.Exists: lambda node: Subquery(kind="exists", query=node.this),
    exp.Tuple: lambda node: _tuple(node),
}


def _binary(digits: str) -> Expression:
    from actorstream.expr.types import BinaryType

    return constant(bytes.fromhex(digits if len(digits) % 2 == 0 else f"0{digits}"), BinaryType())
