"""Numbers as text and back by a format: ``to_char to_varchar to_number try_to_number``."""

from __future__ import annotations

import decimal

from actorstream.errors import AnalysisException, ArithmeticException, IllegalArgumentException
from actorstream.expr.arrow import Values
from actorstream.expr.coercion import (
    Rules,
    cast_to,
    decimal_of,
    is_string,
    mismatch,
    quoted,
    quoted_type,
    type_of,
    unexpected_input,
    wrong_arity,
)
from actorstream.expr.distinct import by_distinct_rows
from actorstream.expr.evaluation import Frame
from actorstream.expr.folding import folded, is_foldable
from actorstream.expr.functions.number_format import number_format
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import Call, Constant, Expression
from actorstream.expr.registry import Function
from actorstream.expr.types import (
    BinaryType,
    DatetimeType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegralType,
    NullType,
    NumericType,
    StringType,
)


def _format_argument(call: Call, rules: Rules) -> tuple[Expression, str | None]:
    """The second argument, and the format it says; None for null. Raises: AnalysisException."""
    given = call.args[1]
    if not is_string(type_of(given)) and not isinstance(type_of(given), NullType):
        raise unexpected_input(call, 1, quoted_type(StringType()))
    if not is_foldable(given):
        raise mismatch(
            "NON_FOLDABLE_INPUT",
            call,
            inputName="`cast`",
            inputType=quoted_type(StringType()),
            inputExpr=quoted(sql_text(given)),
        )
    text = folded(given, rules)
    return cast_to(given, StringType()), text


def _as_decimal(call: Call) -> Expression:
    value = call.args[0]
    own = type_of(value)
    if isinstance(own, DecimalType):
        return value
    if isinstance(own, NullType):
        return cast_to(value, DecimalType(10, 0))
    if isinstance(own, IntegralType):
        return cast_to(value, decimal_of(own))
    if isinstance(own, (FloatType, DoubleType)):
        return cast_to(value, DecimalType(30, 15) if isinstance(own, DoubleType) else DecimalType(14, 7))
    if is_string(own):
        return cast_to(value, DecimalType(38, 18))
    raise unexpected_input(call, 0, '"DECIMAL"')


def _binary_as_text(name: str, call: Call, rules: Rules) -> Expression:
    from actorstream.expr.registry import functions

    _, text = _format_argument(call, rules)
    kind = (text or "").lower()
    if text is not None and kind not in ("hex", "base64", "utf-8"):
        raise AnalysisException(
            errorClass="INVALID_PARAMETER_VALUE.BINARY_FORMAT",
            messageParameters={"parameter": "`format`", "functionName": f"`{name}`", "invalidFormat": f"'{text}'"},
        )
    if kind in ("hex", "base64"):
        return functions()[kind].rule(kind, call.args[:1], rules)
    return functions()["decode"].rule("decode", call.args, rules)


def _to_char_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    from actorstream.expr.registry import functions

    if len(args) != 2:
        wrong_arity(name, "2", len(args))
    call = Call(name="to_char", args=args)
    own = type_of(args[0])
    if isinstance(own, DatetimeType):
        return functions()["date_format"].rule("date_format", args, rules)
    if isinstance(own, BinaryType):
        return _binary_as_text(name, call, rules)
    value = _as_decimal(call)
    given, text = _format_argument(call, rules)
    if text is not None:
        number_format(text)
    return Call(name="to_char", args=(value, given), data_type=StringType(), nullable=True)


def _to_char(frame: Frame, values: Values, formats: Values) -> Values:
    def one(value: decimal.Decimal, text: str) -> str:
        return number_format(text).format(value)

    return by_distinct_rows(one, [values, formats], frame.site.arrow_type, length=frame.rows)


def _to_number_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) != 2:
        wrong_arity(name, "2", len(args))
    call = Call(name=name, args=args)
    own = type_of(args[0])
    if not (is_string(own) or isinstance(own, (NullType, NumericType, DatetimeType))):
        raise unexpected_input(call, 0, quoted_type(StringType()))
    given, text = _format_argument(call, rules)
    result = DecimalType(10, 0)
    if text is not None:
        parsed = number_format(text)
        if parsed.precision > 38:
            raise ArithmeticException(
                errorClass="DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
                messageParameters={"precision": str(parsed.precision), "maxPrecision": "38"},
            )
        result = DecimalType(parsed.precision, parsed.after)
    else:
        given = Constant(value=None, data_type=StringType(), nullable=True)
    return Call(name=name, args=(cast_to(args[0], StringType()), given), data_type=result, nullable=True)


def _to_number(frame: Frame, texts: Values, formats: Values) -> Values:
    lenient = frame.site.name.startswith("try_")

    def one(text: str, pattern: str) -> decimal.Decimal | None:
        found = number_format(pattern).parse(text)
        if found is None and not lenient:
            raise IllegalArgumentException(
                errorClass="INVALID_FORMAT.MISMATCH_INPUT",
                messageParameters={"inputType": '"STRING"', "input": text, "format": pattern},
            )
        return found

    return by_distinct_rows(one, [texts, formats], frame.site.arrow_type, length=frame.rows)


FUNCTIONS = [
    *(Function(name, _to_char_rule, _to_char, "a number, time or binary as text by a format") for name in ("to_char", "to_varchar")),
    Function("to_number", _to_number_rule, _to_number, "the number that a text has by a format", may_raise=True),
    Function("try_to_number", _to_number_rule, _to_number, "the number that a text has by a format, null if it has none"),
]  # fmt: skip
