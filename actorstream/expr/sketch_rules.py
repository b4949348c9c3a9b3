"""Type rules of sketch functions whose constants are checked at analysis: sizes, modes, ranks.

Called with resolved arguments, by `expr.aggregate_typing` for aggregates and by the function registry for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from actorstream.errors import AnalysisException, SparkRuntimeException
from actorstream.expr.coercion import Rules, accept, mismatch, quoted, quoted_type, takes, type_of, unexpected_input
from actorstream.expr.folding import folded, is_foldable
from actorstream.expr.functions import top_items
from actorstream.expr.functions.sketch_inputs import lg_nominal_out_of_range
from actorstream.expr.functions.sketch_kll import K_MAX, K_MIN
from actorstream.expr.functions.sketch_theta import LG_K_MAX, LG_K_MIN, MODES
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import Call, Expression
from actorstream.expr.registry import TypeRule
from actorstream.expr.text import java_float
from actorstream.expr.types import ArrayType, DataType, NullType, parse_type

Check = Callable[[Call, int, Rules], Any]


def constant(call: Call, place: int, rules: Rules, name: str, data_type: str) -> Any:
    """The value of an argument that has to be a constant and not null.

    Raises: AnalysisException DATATYPE_MISMATCH.NON_FOLDABLE_INPUT, DATATYPE_MISMATCH.UNEXPECTED_NULL.
    """
    argument = call.args[place]
    if not is_foldable(argument):
        raise mismatch("NON_FOLDABLE_INPUT", call, inputName=name, inputType=data_type, inputExpr=sql_text(argument))
    value = folded(argument, rules)
    if value is None:
        raise mismatch("UNEXPECTED_NULL", call, exprName=name)
    return value


def check_k(call: Call, place: int, rules: Rules) -> None:
    """The size of a KLL sketch. Raises: AnalysisException DATATYPE_MISMATCH.TYPE_CHECK_FAILURE_WITH_HINT."""
    k = constant(call, place, rules, "k", "int")
    if not K_MIN <= k <= K_MAX:
        raise _failure(
            call,
            SparkRuntimeException(
                errorClass="KLL_SKETCH_K_OUT_OF_RANGE",
                messageParameters={"functionName": f"`{call.name}`", "k": str(k)},
            ),
        )


def check_lg_nominal(call: Call, place: int, rules: Rules) -> None:
    """The size of a tuple sketch, as log2."""
    lg_k = constant(call, place, rules, "lgNomEntries", "int")
    if not LG_K_MIN <= lg_k <= LG_K_MAX:
        raise _failure(call, lg_nominal_out_of_range(call.name, lg_k))


def check_mode(call: Call, place: int, rules: Rules) -> None:
    """How a tuple sketch puts summaries together."""
    mode = constant(call, place, rules, "mode", "string")
    if mode.lower() not in MODES:
        raise _failure(
            call,
            SparkRuntimeException(
                errorClass="TUPLE_INVALID_SKETCH_MODE",
                messageParameters={"function": f"`{call.name}`", "mode": mode, "validModes": ", ".join(MODES)},
            ),
        )


def check_aggregate(call: Call, rules: Rules) -> None:
    """Check the constants of an aggregate of sketches, whose defaults are there."""
    if call.name.startswith("approx_top_k"):
        _check_top_items(call)
        return
    if call.name == "histogram_numeric":
        _in_range(call, 1, rules, "nb", '"INT"', "[2, 2147483647]", lambda bins: bins >= 2)
        return
    if call.name == "count_min_sketch":
        _in_range(call, 1, rules, "eps", '"DOUBLE"', "(0.0, 1.7976931348623157E308]", lambda eps: eps > 0)
        _in_range(call, 2, rules, "confidence", '"DOUBLE"', "(0.0, 1.0]", lambda share: 0 < share < 1)
        _in_range(call, 3, rules, "seed", quoted_type(type_of(call.args[3])), "", lambda seed: True)
        return
    if call.name.startswith("kll_"):
        if len(call.args) > 1:
            check_k(call, 1, rules)
        return
    if not call.name.startswith("tuple_intersection_"):
        check_lg_nominal(call, len(call.args) - 2, rules)
    check_mode(call, len(call.args) - 1, rules)


def _check_top_items(call: Call) -> None:
    if call.name == "approx_top_k_combine":
        top_items.check_state(call)
    else:
        top_items.check_item(call)
    if call.name == "approx_top_k":
        top_items.check_constant(call, 1, "K must be a constant literal")
    top_items.check_constant(call, len(call.args) - 1, "Number of items tracked must be a constant literal")


def _in_range(
    call: Call, place: int, rules: Rules, name: str, data_type: str, bounds: str, fits: Callable[[Any], bool]
) -> None:
    if not is_foldable(call.args[place]):
        raise mismatch(
            "NON_FOLDABLE_INPUT",
            call,
            inputName=f"`{name}`",
            inputType=data_type,
            inputExpr=quoted(sql_text(call.args[place])),
        )
    value = constant(call, place, rules, name, data_type)
    if not fits(value):
        shown = f"{java_float(value)}D" if isinstance(value, float) else str(value)
        raise mismatch("VALUE_OUT_OF_RANGE", call, exprName=name, valueRange=bounds, currentValue=shown)


def _failure(call: Call, error: SparkRuntimeException) -> AnalysisException:
    return mismatch("TYPE_CHECK_FAILURE_WITH_HINT", call, msg=str(error), hint="")


def checked(*parameters: str, returns: str, defaults: Sequence[Any], checks: Sequence[tuple[int, Check]]) -> TypeRule:
    """A type rule like `coercion.takes`, of exact types, that also checks constants by their place."""
    plain = takes(*parameters, returns=returns, defaults=defaults, exact=True)

    def rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
        call = plain(name, args, rules)
        assert isinstance(call, Call)
        for place, check in checks:
            check(call, place, rules)
        return call

    return rule


def each_of(parameter: str, argument: str, returns: str) -> TypeRule:
    """The rule of a function of a sketch and a constant, or an array of them, which gives an array then.

    Args:
        parameter: the type of the constant.
        argument: what errors call it.
        returns: the type of one result.
    """
    array = ArrayType(parse_type(parameter), False)
    required = f"({quoted_type(parse_type(parameter))} or {quoted_type(array)})"

    def rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
        call = takes("binary", "any")(name, args, rules)
        assert isinstance(call, Call)
        own = type_of(args[1])
        target = f"array<{parameter}>" if isinstance(own, ArrayType) else parameter
        fitted: Expression | None
        try:
            fitted = None if _has_null_to_cast(own, target) else accept(call, 1, target, rules)
        except AnalysisException:
            fitted = None
        given = args[1] if fitted is None else fitted
        if not is_foldable(given):
            raise mismatch(
                "NON_FOLDABLE_INPUT",
                call,
                inputName=f"`{argument}`",
                inputType=quoted_type(type_of(given)),
                inputExpr=quoted(sql_text(given)),
            )
        if fitted is None:
            raise unexpected_input(call, 1, required)
        one = parse_type(returns)
        result = ArrayType(one, False) if isinstance(own, ArrayType) else one
        args = (call.args[0], fitted)
        return Call(name=name, args=args, data_type=result, nullable=any(part.nullable for part in args))

    return rule


def _has_null_to_cast(own: DataType, target: str) -> bool:
    """An array without nulls is wanted, and only the very type is taken for what it is."""
    if not isinstance(own, ArrayType) or isinstance(own.elementType, NullType):
        return False
    wanted = parse_type(target)
    assert isinstance(wanted, ArrayType)
    return own.containsNull and own.elementType != wanted.elementType
