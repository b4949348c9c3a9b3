"""Spark's implicit casts: which type two values meet in, and which types a function takes.

`takes` writes most type rules of the registry in one line. Nothing here evaluates; an implicit cast is a `Cast` node with
`implicit` set, so that it runs but does not show in column names.

Source: Spark ``AnsiTypeCoercion`` (ANSI on) and ``TypeCoercion`` (off), ``DecimalPrecision``.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn, TypeAlias

from actorstream.errors import AnalysisException
from actorstream.expr.nodes import Alias, Call, Cast, Constant, Expression
from actorstream.expr.types import (
    AnsiIntervalType,
    ArrayType,
    AtomicType,
    BinaryType,
    BooleanType,
    ByteType,
    CalendarIntervalType,
    CharType,
    DataType,
    DatetimeType,
    DateType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    FloatType,
    FractionalType,
    IntegerType,
    IntegralType,
    LongType,
    MapType,
    NullType,
    NumericType,
    ShortType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    TimeType,
    VarcharType,
    VariantType,
    YearMonthIntervalType,
    fixed_type,
    sql_name,
)


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings that type rules depend on."""

    ansi: bool = True
    zone: str = "UTC"
    case_sensitive: bool = False
    #: whether ``timestamp`` means local time, ``spark.sql.timestampType``
    local_time: bool = False

    @property
    def timestamp(self) -> DataType:
        """The type of a function that gives a timestamp of either kind."""
        return TimestampNTZType() if self.local_time else TimestampType()


_RANK: dict[type[DataType], int] = {
    ByteType: 0,
    ShortType: 1,
    IntegerType: 2,
    LongType: 3,
    FloatType: 4,
    DoubleType: 5,
}
_INTEGRAL_DIGITS: dict[type[DataType], int] = {ByteType: 3, ShortType: 5, IntegerType: 10, LongType: 20}
_ORDINALS = ("first", "second", "third")


def type_of(expression: Expression) -> DataType:
    """The type of a resolved expression."""
    assert expression.data_type is not None, expression
    return expression.data_type


def is_string(data_type: DataType) -> bool:
    """Whether the type is text of any kind."""
    return isinstance(data_type, (StringType, CharType, VarcharType))


def decimal_of(data_type: DataType, expression: Expression | None = None) -> DecimalType:
    """The decimal type that holds any value of an integral type; for a constant, just its digits."""
    if isinstance(data_type, DecimalType):
        return data_type
    if isinstance(expression, Constant) and isinstance(expression.value, int):
        return DecimalType(max(1, len(str(abs(expression.value)))), 0)
    return DecimalType(_INTEGRAL_DIGITS.get(type(data_type), 10), 0)


def bounded_decimal(precision: int, scale: int) -> DecimalType:
    """A decimal type of at most 38 digits; scale is given up first, but not below 6.

    Source: Spark ``DecimalType.adjustPrecisionScale``.
    """
    if precision <= 38:
        return DecimalType(precision, scale)
    whole = precision - scale
    return DecimalType(38, max(38 - whole, min(scale, 6)))


def cast_to(expression: Expression, to: DataType) -> Expression:
    """`expression` with an implicit cast unless it has the type already."""
    own = type_of(expression)
    if same_type(own, to):
        return _loosened(expression, own, to)
    if isinstance(expression, Constant):
        if expression.value is None:
            return replace(expression, data_type=to)
        if (
            isinstance(own, IntegralType)
            and isinstance(to, (IntegralType, DoubleType))
            and _holds(to, expression.value)
        ):
            # folding keeps literals cheap; names print the plain value, which does not change
            if isinstance(to, DoubleType):
                return Cast(child=expression, to=to, implicit=True, data_type=to, nullable=False)
            return replace(expression, data_type=to)
    from actorstream.expr.cast_rules import force_nullable

    nullable = expression.nullable or force_nullable(own, to)
    return Cast(child=expression, to=to, implicit=True, data_type=to, nullable=nullable)


def _loosened(expression: Expression, own: DataType, to: DataType) -> Expression:
    """`expression` where what is nested in it may be null that may be null in `to`."""
    if own == to or not isinstance(own, (ArrayType, MapType, StructType)):
        return expression
    loose = common_type(own, to, Rules())
    if loose is None or loose == own:
        return expression
    return Cast(child=expression, to=loose, implicit=True, data_type=loose, nullable=expression.nullable)


def _holds(to: DataType, value: int) -> bool:
    sizes: dict[type[DataType], int] = {ByteType: 8, ShortType: 16, IntegerType: 32}
    bits = sizes.get(type(to), 64)
    return -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)


def same_type(a: DataType, b: DataType) -> bool:
    """Equality that does not look at the nullability of nested values."""
    if isinstance(a, ArrayType) and isinstance(b, ArrayType):
        return same_type(a.elementType, b.elementType)
    if isinstance(a, MapType) and isinstance(b, MapType):
        return same_type(a.keyType, b.keyType) and same_type(a.valueType, b.valueType)
    if isinstance(a, StructType) and isinstance(b, StructType):
        return len(a) == len(b) and all(
            x.name == y.name and same_type(x.dataType, y.dataType) for x, y in zip(a.fields, b.fields, strict=True)
        )
    return a == b or (is_string(a) and is_string(b))


def _numeric_common(a: DataType, b: DataType, rules: Rules) -> DataType:
    if isinstance(a, DecimalType) or isinstance(b, DecimalType):
        if isinstance(a, (FloatType, DoubleType)) or isinstance(b, (FloatType, DoubleType)):
            return DoubleType()
        x, y = decimal_of(a), decimal_of(b)
        scale = max(x.scale, y.scale)
        precision = max(x.precision - x.scale, y.precision - y.scale) + scale
        # whole digits come first when both do not fit
        return DecimalType(min(38, precision), max(0, scale - max(0, precision - 38)))
    if rules.ansi and FloatType in (type(a), type(b)) and type(a) is not type(b):
        return DoubleType()
    return a if _RANK[type(a)] >= _RANK[type(b)] else b


def common_type(a: DataType, b: DataType, rules: Rules) -> DataType | None:
    """The type two branches, elements or compared values meet in; None if there is none.

    What may be null in either may be null in it.
    """
    if same_type(a, b) and not isinstance(a, (ArrayType, MapType, StructType)):
        return a
    if isinstance(a, NullType):
        return b
    if isinstance(b, NullType):
        return a
    if isinstance(a, NumericType) and isinstance(b, NumericType):
        return _numeric_common(a, b, rules)
    if is_string(a) or is_string(b):
        return _string_common(b if is_string(a) else a, rules)
    if isinstance(a, (DatetimeType, AnsiIntervalType)):
        return _datetime_common(a, b)
    if isinstance(a, ArrayType) and isinstance(b, ArrayType):
        element = common_type(a.elementType, b.elementType, rules)
        return None if element is None else ArrayType(element, a.containsNull or b.containsNull)
    if isinstance(a, MapType) and isinstance(b, MapType):
        key = common_type(a.keyType, b.keyType, rules)
        value = common_type(a.valueType, b.valueType, rules)
        return None if key is None or value is None else MapType(key, value, a.valueContainsNull or b.valueContainsNull)
    if isinstance(a, StructType) and isinstance(b, StructType) and len(a) == len(b):
        fields = []
        for x, y in zip(a.fields, b.fields, strict=True):
            merged = common_type(x.dataType, y.dataType, rules)
            if merged is None or x.name.lower() != y.name.lower():
                return None
            fields.append(StructField(x.name, merged, x.nullable or y.nullable))
        return StructType(fields)
    return None


def common_type_of_kind(a: DataType, b: DataType, rules: Rules) -> DataType | None:
    """Like `common_type`, but text and anything else do not meet: for elements, keys and entries of collections.

    Source: Spark ``findWiderTypeWithoutStringPromotion``.
    """
    return None if _text_beside_other(a, b) else common_type(a, b, rules)


def _text_beside_other(a: DataType, b: DataType) -> bool:
    if isinstance(a, (NullType, VariantType)) or isinstance(b, (NullType, VariantType)):
        return False
    if isinstance(a, ArrayType) and isinstance(b, ArrayType):
        return _text_beside_other(a.elementType, b.elementType)
    if isinstance(a, MapType) and isinstance(b, MapType):
        return _text_beside_other(a.keyType, b.keyType) or _text_beside_other(a.valueType, b.valueType)
    return is_string(a) != is_string(b)


def same_shape(a: DataType, b: DataType) -> bool:
    """Equality that looks neither at the nullability nor at the field names of nested values."""
    if isinstance(a, StructType) and isinstance(b, StructType):
        pairs = zip(a.fields, b.fields, strict=False)
        return len(a) == len(b) and all(same_shape(x.dataType, y.dataType) for x, y in pairs)
    if isinstance(a, ArrayType) and isinstance(b, ArrayType):
        return same_shape(a.elementType, b.elementType)
    return same_type(a, b)


def _string_common(other: DataType, rules: Rules) -> DataType | None:
    if not isinstance(other, AtomicType):
        return None
    if not rules.ansi:
        return StringType() if not isinstance(other, (BooleanType, BinaryType)) else None
    if isinstance(other, IntegralType):
        return LongType()
    return DoubleType() if isinstance(other, FractionalType) else other


def _datetime_common(a: DataType, b: DataType) -> DataType | None:
    for wide, family in (
        (TimestampType, (TimestampType, TimestampNTZType, DateType)),
        (TimestampNTZType, (TimestampNTZType, DateType)),
    ):
        if isinstance(a, family) and isinstance(b, family) and (isinstance(a, wide) or isinstance(b, wide)):
            return wide()
    if isinstance(a, TimeType) and isinstance(b, TimeType):
        return TimeType(max(a.precision, b.precision))
    for interval in (DayTimeIntervalType, YearMonthIntervalType):
        if isinstance(a, interval) and isinstance(b, interval):
            return interval(min(a.startField, b.startField), max(a.endField, b.endField))
    return None


def comparable_type(a: DataType, b: DataType, rules: Rules) -> DataType | None:
    """Like `common_type`, for a comparison: with ANSI off a text is read as the other side's type."""
    if not rules.ansi and (is_string(a) != is_string(b)):
        other = b if is_string(a) else a
        if isinstance(other, VariantType):
            return other
        if isinstance(other, (NumericType, DatetimeType, BooleanType)) and not isinstance(other, DecimalType):
            return other
        if isinstance(other, (DecimalType, BinaryType)):
            return DoubleType() if isinstance(other, DecimalType) else other
    if not rules.ansi and isinstance(a, ArrayType) and isinstance(b, ArrayType):
        # the elements meet without a detour by text
        return common_type(a, b, rules) if is_string(a.elementType) == is_string(b.elementType) else None
    return common_type(a, b, rules)


def common_of(expressions: Sequence[Expression], rules: Rules) -> DataType | None:
    """The type all expressions meet in."""
    found: DataType = NullType()
    for expression in expressions:
        merged = common_type(found, type_of(expression), rules)
        if merged is None:
            return None
        found = merged
    return found


def implicit_target(own: DataType, expected: DataType, rules: Rules) -> DataType | None:
    """`expected` if a function argument of type `own` may be cast to it silently."""
    if same_type(own, expected) or isinstance(own, NullType):
        return expected
    if isinstance(expected, StringType):
        return expected if isinstance(own, AtomicType) else None
    if is_string(own):
        takes_text = isinstance(expected, (AtomicType, CalendarIntervalType)) and not isinstance(expected, VariantType)
        return expected if takes_text else None
    if isinstance(own, NumericType) and isinstance(expected, NumericType):
        return expected
    if isinstance(own, DatetimeType) and isinstance(expected, DatetimeType):
        # a day and a time of day have nothing in common
        return None if {type(own), type(expected)} == {DateType, TimeType} else expected
    if isinstance(own, AnsiIntervalType) and type(own) is type(expected):
        return own
    if isinstance(own, ArrayType) and isinstance(expected, ArrayType):
        element = implicit_target(own.elementType, expected.elementType, rules)
        return None if element is None else ArrayType(element, own.containsNull)
    return None


def _widens(own: DataType, expected: DataType | None) -> bool:
    if isinstance(own, IntegralType) and isinstance(expected, (IntegralType, FloatType, DoubleType)):
        return _RANK[type(own)] <= _RANK[type(expected)]
    return isinstance(expected, (DoubleType, DecimalType)) or type(own) is type(expected)


def mismatch(kind: str, expression: Expression, **parameters: str) -> AnalysisException:
    """A ``DATATYPE_MISMATCH`` error about `expression`."""
    from actorstream.expr.naming import sql_text

    # an alias inside of an expression, which `v:a` has, does not show
    bare = expression.map_children(
        lambda child: child.transform_up(lambda node: node.child if isinstance(node, Alias) else node)
    )
    return AnalysisException(
        errorClass=f"DATATYPE_MISMATCH.{kind}",
        messageParameters={"sqlExpr": quoted(sql_text(bare)), **parameters},
    )


def is_orderable(data_type: DataType) -> bool:
    """Whether values of a type can be put in order."""
    if isinstance(data_type, (MapType, VariantType, CalendarIntervalType)):
        return False
    if isinstance(data_type, ArrayType):
        return is_orderable(data_type.elementType)
    if isinstance(data_type, StructType):
        return all(is_orderable(field.dataType) for field in data_type.fields)
    return True


def require_order(call: Call, data_type: DataType, shown: DataType | None = None) -> None:
    """Raise for a call on values of a type that has no order; `shown` is the type that the error names.

    Raises: AnalysisException DATATYPE_MISMATCH.INVALID_ORDERING_TYPE.
    """
    if not is_orderable(data_type):
        name = quoted_type(shown or data_type)
        raise mismatch("INVALID_ORDERING_TYPE", call, functionName=f"`{call.name}`", dataType=name)


def quoted(text: str) -> str:
    """The text in the double quotes that error messages put around expressions, types and settings."""
    return f'"{text}"'


def quoted_type(data_type: DataType) -> str:
    """A type as error messages show it: ``"BIGINT"``."""
    return quoted(sql_name(data_type))


def unexpected_input(call: Call, index: int, required: str) -> AnalysisException:
    """The error for argument number `index` (from 0) of a call. `required` is the text of the accepted types."""
    from actorstream.expr.naming import sql_text

    return mismatch(
        "UNEXPECTED_INPUT_TYPE",
        call,
        paramIndex=_ORDINALS[index] if index < len(_ORDINALS) else f"{index + 1}th",
        requiredType=required,
        inputSql=quoted(sql_text(call.args[index])),
        inputType=quoted_type(type_of(call.args[index])),
    )


def map_key_mismatch(call: Call) -> AnalysisException:
    """The error of a map and a key (both first arguments of `call`) whose types do not meet."""
    return mismatch(
        "MAP_FUNCTION_DIFF_TYPES",
        call,
        functionName=f"`{call.name}`",
        dataType='"MAP"',
        leftType=quoted_type(type_of(call.args[0])),
        rightType=quoted_type(type_of(call.args[1])),
    )


def wrong_arity(name: str, expected: str, actual: int) -> NoReturn:
    """Raise WRONG_NUM_ARGS.WITHOUT_SUGGESTION."""
    raise AnalysisException(
        errorClass="WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
        messageParameters={
            "functionName": f"`{name}`",
            "expectedNum": expected,
            "actualNum": str(actual),
            "docroot": "https://spark.apache.org/docs/latest",
        },
    )


def unknown_routine(name: str) -> AnalysisException:
    """UNRESOLVED_ROUTINE for a function that is not there."""
    return AnalysisException(
        errorClass="UNRESOLVED_ROUTINE",
        messageParameters={
            "routineName": f"`{name}`",
            "searchPath": "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]",
        },
    )


_PRECISE = '"(TIMESTAMP_LTZ(P) OR TIMESTAMP_NTZ(P) WITH P IN [7, 9])"'
#: classes of types that a parameter may name; each with the type that other values are cast to and its text in errors
_CLASSES: dict[str, tuple[type[DataType] | tuple[type[DataType], ...], DataType | None, str]] = {
    "any": (DataType, None, ""),
    "numeric": (NumericType, DoubleType(), '"NUMERIC"'),
    "integral": (IntegralType, LongType(), '"INTEGRAL"'),
    "fractional": (FractionalType, DoubleType(), '"FRACTIONAL"'),
    "array": (ArrayType, None, '"ARRAY"'),
    "map": (MapType, None, '"MAP"'),
    "struct": (StructType, None, '"STRUCT"'),
    "text": ((StringType, CharType, VarcharType), StringType(), '"STRING"'),
    "daytime": (DayTimeIntervalType, None, '"INTERVAL DAY TO SECOND"'),
    "yearmonth": (YearMonthIntervalType, None, '"INTERVAL YEAR TO MONTH"'),
    "calendar": (CalendarIntervalType, None, '"INTERVAL"'),
    "time": (TimeType, TimeType(), '"TIME"'),
    "whole": (IntegralType, LongType(), '"INTEGRAL"'),
    "number": (NumericType, DoubleType(), '"NUMERIC"'),
    "moment": ((TimestampType, TimestampNTZType), TimestampType(), '"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)"'),
    "instant": (TimestampType, TimestampType(), f'("TIMESTAMP" or {_PRECISE})'),
    "timevalue": (TimeType, None, '"TIME"'),
}
#: classes that do not take text for what it says
_NO_TEXT = frozenset({"whole", "number"})
#: what a null is where a collection is wanted. Source: Spark's ``defaultConcreteType``
_OF_NULL: dict[str, DataType] = {"array": ArrayType(NullType()), "map": MapType(NullType(), NullType())}
Returns: TypeAlias = "str | DataType | Callable[[Sequence[DataType]], DataType]"


_UNCAST = frozenset(
    {("~", 0), ("bitwise_not", 0), ("array_repeat", 1), ("unix_date", 0), ("date_add", 1), ("date_sub", 1)}
)
"""Arguments that with ANSI off are not cast: text and fractions stay what they are. Source: Spark ``ExpectsInputTypes``."""


def accept(call: Call, index: int, parameter: str, rules: Rules, *, exact: bool = False) -> Expression:
    """Argument `index` of `call` cast to what `parameter` names: ``string``, ``numeric``, ``string|binary``, ...

    Args:
        exact: whether nothing but a null is cast.
    """
    argument = call.args[index]
    own = type_of(argument)
    options = parameter.split("|")
    for option in options:
        kind = _CLASSES.get(option)
        if kind is None:
            if same_type(own, fixed_type(option)):
                return argument
        elif isinstance(own, kind[0]):
            return argument
    if (call.name, index) == ("bit_count", 0) and is_string(own):
        options = []  # no text is a number to count the bits of
    if not rules.ansi and (call.name, index) in _UNCAST and (is_string(own) or isinstance(own, FractionalType)):
        options = []
    if exact and not isinstance(own, NullType):
        options = []
    for option in options:
        kind = _CLASSES.get(option)
        expected = fixed_type(option) if kind is None else kind[1]
        if isinstance(own, NullType) and expected is None:
            empty = _OF_NULL.get(option)
            return argument if empty is None else cast_to(argument, empty)
        if is_string(own) and option in _NO_TEXT:
            continue
        # of several types an argument takes none that is narrower than its own
        numbers = isinstance(own, NumericType) and isinstance(expected, NumericType)
        narrows = len(options) > 1 and rules.ansi and numbers and not _widens(own, expected)
        if expected is not None and not narrows:
            target = implicit_target(own, expected, rules)
            exact = kind is not None and not isinstance(expected, TimestampType)
            if target is not None and not (exact and not is_string(own) and not isinstance(own, NullType)):
                return cast_to(argument, target)
    options = parameter.split("|")
    texts = [(_CLASSES[o][2] if o in _CLASSES else quoted(sql_name(fixed_type(o)))) for o in options]
    required = texts[0] if len(texts) == 1 else "(" + " or ".join(texts) + ")"
    raise unexpected_input(call, index, required)


def takes(
    *parameters: str,
    returns: Returns = "same",
    defaults: Sequence[Any] = (),
    optional: int = 0,
    variadic: bool = False,
    nullable: bool | None = None,
    exact: bool = False,
) -> Callable[[str, tuple[Expression, ...], Rules], Expression]:
    """A type rule from a list of parameters.

    Args:
        parameters: type texts or classes of types (``numeric``), alternatives joined by ``|``.
        returns: the result type as text, ``same`` for the first argument's, or a function of the argument types.
        defaults: constants for missing last arguments; they show in the column name, as in Spark.
        optional: how many last parameters may be missing (without default).
        variadic: the last parameter may repeat, also not at all.
        nullable: None: nullable when an argument is.
        exact: whether nothing but a null is cast.
    """
    fixed = fixed_type(returns) if isinstance(returns, str) and returns != "same" else None

    def rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
        missing = len(parameters) - len(args)
        if 0 < missing <= len(defaults):
            args = (*args, *(literal(value) for value in defaults[len(defaults) - missing :]))
        least = len(parameters) - (1 if variadic else max(optional, len(defaults)))
        if len(args) < least or (len(args) > len(parameters) and not variadic):
            if variadic:
                wrong_arity(name, f"> {least - 1}", len(args))
            counts = ", ".join(str(count) for count in range(least, len(parameters) + 1))
            wrong_arity(name, counts if least == len(parameters) else f"[{counts}]", len(args))
        call = Call(name=name, args=args)
        cast_args = tuple(
            accept(call, index, parameters[min(index, len(parameters) - 1)], rules, exact=exact)
            for index in range(len(args))
        )
        types = [type_of(argument) for argument in cast_args]
        if fixed is not None:
            result = fixed
        elif callable(returns):
            result = returns(types)
        else:
            result = returns if isinstance(returns, DataType) else types[0]
        null = any(argument.nullable for argument in cast_args) if nullable is None else nullable
        return Call(name=name, args=cast_args, data_type=result, nullable=null)

    return rule


def require_parameters(name: str, count: int, parameters: Sequence[str]) -> None:
    """Raise if a parameter that must be there is missing. Raises: AnalysisException REQUIRED_PARAMETER_NOT_FOUND."""
    if count < len(parameters):
        raise AnalysisException(
            errorClass="REQUIRED_PARAMETER_NOT_FOUND",
            messageParameters={"routineName": f"`{name}`", "parameterName": f"`{parameters[count]}`", "index": "0"},
        )


def literal(value: Any) -> Constant:
    """A constant of a plain Python value, typed as Spark types a literal."""
    from actorstream.expr.rows import infer_type

    if isinstance(value, bool) or value is None:
        data_type: DataType = NullType() if value is None else BooleanType()
    elif isinstance(value, int):
        data_type = IntegerType() if -(2**31) <= value < 2**31 else LongType()
    elif isinstance(value, decimal.Decimal):
        value = value if value else abs(value)  # there is no negative zero among decimals
        _, digits, exponent = value.as_tuple()
        scale = max(0, -int(exponent))
        data_type = DecimalType(max(len(digits) + max(0, int(exponent)), scale), scale)
    else:
        data_type = infer_type(value)
    return Constant(value=value, data_type=data_type, nullable=value is None)


def element_type(types: Sequence[DataType]) -> DataType:
    """The element type of the first argument (an array)."""
    first = types[0]
    return first.elementType if isinstance(first, ArrayType) else NullType()
