"""Choosing between values: ``coalesce if nvl nvl2 nullif nanvl greatest least raise_error``."""

from __future__ import annotations

from typing import Any

from actorstream.errors import SparkRuntimeException
from actorstream.expr.arrow import Values, pa, pc
from actorstream.expr.coercion import (
    Rules,
    cast_to,
    common_of,
    comparable_type,
    is_string,
    literal,
    mismatch,
    quoted,
    quoted_type,
    require_order,
    takes,
    type_of,
    wrong_arity,
)
from actorstream.expr.compile import Branch, case_when
from actorstream.expr.evaluation import Frame
from actorstream.expr.functions.comparison import compare
from actorstream.expr.naming import sql_text
from actorstream.expr.nested import with_type
from actorstream.expr.nodes import Call, CaseWhen, Constant, Expression, Replaced
from actorstream.expr.registry import Function, TypeRule, functions
from actorstream.expr.types import BooleanType, NullType, StringType


def _common(name: str, args: tuple[Expression, ...], rules: Rules, least: int) -> tuple[Expression, ...]:
    if len(args) < least:
        wrong_arity(name, f"> {least - 1}", len(args))
    common = common_of(args, rules)
    if common is None:
        types = " or ".join(quoted_type(type_of(argument)) for argument in args)
        raise mismatch("DATA_DIFF_TYPES", Call(name=name, args=args), functionName=f"`{name}`", dataType=f"({types})")
    return tuple(cast_to(argument, common) for argument in args)


def _extreme_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) < 2:
        wrong_arity(name, "> 1", len(args))
    kinds = [type_of(argument) for argument in args]
    common = common_of(args, rules)
    call = Call(name=name, args=args)
    # text is not read as a number here, nor a number as text
    mixed = any(is_string(kind) for kind in kinds) and not all(
        is_string(kind) or isinstance(kind, NullType) for kind in kinds
    )
    if common is None or mixed:
        types = ", ".join(quoted_type(kind) for kind in kinds)
        raise mismatch("DATA_DIFF_TYPES", call, functionName=f"`{name}`", dataType=f"[{types}]")
    require_order(call, common)
    cast_args = tuple(cast_to(argument, common) for argument in args)
    nullable = all(argument.nullable for argument in cast_args)
    return Call(name=name, args=cast_args, data_type=common, nullable=nullable)


def _first_value(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if name != "coalesce" and len(args) != 2:
        wrong_arity(name, "2", len(args))
    cast_args = _common(name, args, rules, 1)
    return Call(
        name=name,
        args=cast_args,
        data_type=cast_args[0].data_type,
        nullable=all(argument.nullable for argument in cast_args),
    )


def _coalesce(frame: Frame, *branches: Branch) -> Values:
    batch = frame.batch
    found = with_type(frame.array(branches[0].evaluate(batch)), frame.site.arrow_type)
    for branch in branches[1:]:
        missing = pc.is_null(found)
        if not pc.any(missing).as_py():
            break
        value = branch.where(batch, missing)
        found = pc.if_else(missing, value if value.type == found.type else value.cast(found.type), found)
    return found


def _if_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) != 3:
        wrong_arity(name, "3", len(args))
    condition = args[0]
    if name == "if":
        if not isinstance(type_of(condition), (BooleanType, NullType)):
            raise mismatch(
                "UNEXPECTED_INPUT_TYPE",
                Call(name=name, args=args),
                paramIndex="first",
                requiredType='"BOOLEAN"',
                inputSql=quoted(sql_text(condition)),
                inputType=quoted_type(type_of(condition)),
            )
        condition = cast_to(condition, BooleanType())
    if name == "if" and common_of(args[1:], rules) is None:
        types = ", ".join(quoted_type(type_of(argument)) for argument in args[1:])
        raise mismatch("DATA_DIFF_TYPES", Call(name=name, args=args), functionName="`if`", dataType=f"[{types}]")
    values = _common(name, args[1:], rules, 2)
    return Call(
        name=name,
        args=(condition, *values),
        data_type=values[0].data_type,
        nullable=any(value.nullable for value in values),
    )


def _if(frame: Frame, condition: Branch, then: Branch, otherwise: Branch) -> Values:
    return case_when(frame.batch, [(condition, then)], otherwise, frame.site.arrow_type)


def _nvl2(frame: Frame, value: Branch, then: Branch, otherwise: Branch) -> Values:
    present = Branch(lambda batch: pc.is_valid(value.evaluate(batch)), value.may_raise)
    return case_when(frame.batch, [(present, then)], otherwise, frame.site.arrow_type)


def pairs_or(plain: TypeRule) -> TypeRule:
    """``decode(value, search, result, ..., otherwise)``, the result of the first that is equal; `plain` for two arguments."""
    return lambda name, args, rules: plain(name, args, rules) if len(args) < 3 else _decoded(name, args, rules)


def _decoded(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    subject, *rest = args
    pairs = list(zip(rest[::2], rest[1::2], strict=False))
    missing = Constant(value=None, data_type=StringType())  # whose type counts among those of the results
    results = [*(result for _, result in pairs), rest[-1] if len(rest) % 2 else missing]
    common = common_of(results, rules)
    if common is None:
        types = ", ".join(quoted_type(type_of(result)) for result in results)
        raise mismatch("DATA_DIFF_TYPES", Call(name=name, args=args), functionName="`casewhen`", dataType=f"[{types}]")
    *chosen, otherwise = (cast_to(result, common) for result in results)
    equal = functions()["<=>"].rule
    branches = tuple(
        (equal("<=>", (subject, search), rules), result) for (search, _), result in zip(pairs, chosen, strict=True)
    )
    nullable = any(result.nullable for result in (*chosen, otherwise))
    cases = CaseWhen(branches=branches, otherwise=otherwise, data_type=common, nullable=nullable)
    return Replaced(call=Call(name=name, args=args), by=cases, data_type=common, nullable=nullable)


def _nullif_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) != 2:
        wrong_arity(name, "2", len(args))
    left, right = args
    common = comparable_type(type_of(left), type_of(right), rules)
    if common is None:
        call = Call(name=name, args=args)
        raise mismatch("BINARY_OP_DIFF_TYPES", call, left=quoted_type(type_of(left)), right=quoted_type(type_of(right)))
    require_order(Call(name="=", args=(Call(name="commonexpressionref", args=()), right)), common)
    # the first argument twice: as the value, and cast for the comparison
    return Call(name=name, args=(left, cast_to(left, common), cast_to(right, common)), data_type=left.data_type)


def _nullif(frame: Frame, value: Values, left: Values, right: Values) -> Values:
    same = pc.fill_null(frame.array(compare("=", left, right, frame.site.arg_types[1], frame.rows)), False)
    array = frame.array(value)
    return pc.if_else(same, pa.scalar(None, array.type), array)


def _nullifzero(frame: Frame, value: Values) -> Values:
    zero = pc.equal(value, pa.scalar(0).cast(value.type))
    return pc.if_else(pc.fill_null(zero, False), pa.scalar(None, value.type), value)


def _zeroifnull(frame: Frame, value: Values) -> Values:
    return pc.fill_null(value, pa.scalar(0).cast(value.type))


def _nanvl(frame: Frame, value: Branch, other: Branch) -> Values:
    found = frame.array(value.evaluate(frame.batch))
    nan = pc.fill_null(pc.is_nan(found), False)
    return pc.if_else(nan, other.where(frame.batch, nan), found) if pc.any(nan).as_py() else found


def _nanvl_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    typed = takes("double|float", "double|float")(name, args, rules)
    cast_args = _common(name, typed.children, rules, 2)
    return Call(name=name, args=cast_args, data_type=cast_args[0].data_type, nullable=typed.nullable)


def _extreme(frame: Frame, *values: Values) -> Values:
    symbol = "<" if frame.site.name == "least" else ">"
    best = with_type(frame.array(values[0]), frame.site.arrow_type)
    for value in values[1:]:
        other = with_type(frame.array(value), frame.site.arrow_type)
        better = pc.fill_null(compare(symbol, other, best, frame.site.result_type, frame.rows), False)
        # a null loses against any value
        best = pc.if_else(pc.or_(better, pc.is_null(best)), other, best)
    return best


def _raise_error(frame: Frame, message: Values, *parameters: Values) -> Values:
    texts = frame.array(message)
    if frame.rows == 0:
        return pa.nulls(0, frame.site.arrow_type)
    text: Any = texts[0].as_py()
    raise SparkRuntimeException(
        errorClass="USER_RAISED_EXCEPTION", messageParameters={"errorMessage": "null" if text is None else str(text)}
    )


def _assert_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) == 1:
        args = (*args, literal(f"'{sql_text(args[0])}' is not true!"))
    return takes("boolean", "string", returns="void", optional=1, nullable=True)(name, args, rules)


def _assert_true(frame: Frame, condition: Values, message: Values) -> Values:
    bad = pc.invert(pc.fill_null(frame.array(condition), False))
    if pc.any(bad).as_py():
        text = str(frame.array(message).filter(bad)[0].as_py())
        raise SparkRuntimeException(errorClass="USER_RAISED_EXCEPTION", messageParameters={"errorMessage": text})
    return pa.nulls(frame.rows, pa.null())


FUNCTIONS = [
    Function("coalesce", _first_value, _coalesce, "the first value that is not null", lazy=True),
    Function("nvl", _first_value, _coalesce, "the first value, the second if it is null", lazy=True),
    Function("ifnull", _first_value, _coalesce, "the first value, the second if it is null", lazy=True),
    Function("nvl2", _if_rule, _nvl2, "the second value if the first is not null, else the third", lazy=True),
    Function("if", _if_rule, _if, "one of two values by a condition", lazy=True),
    Function("nullif", _nullif_rule, _nullif, "null if both are equal, else the first"),
    Function("nullifzero", takes("numeric", nullable=True), _nullifzero, "null for zero"),
    Function("zeroifnull", takes("numeric", nullable=False), _zeroifnull, "zero for null"),
    Function("nanvl", _nanvl_rule, _nanvl, "the first value, the second if it is NaN", lazy=True),
    Function("greatest", _extreme_rule, _extreme, "the largest value, nulls skipped"),
    Function("least", _extreme_rule, _extreme, "the smallest value, nulls skipped"),
    Function("raise_error", takes("string", "any", returns="void", optional=1, nullable=True), _raise_error, "fails with a message", may_raise=True),
    Function("assert_true", _assert_rule, _assert_true, "fails unless true", may_raise=True),
]  # fmt: skip
