"""`CAST` in the analyzer: which casts exist, which may give null, which may fail. The kernels are in `casts`.

Source: Spark ``Cast.canAnsiCast``, ``Cast.canCast``, ``Cast.forceNullable``, ``UpCastRule``.
"""

from __future__ import annotations

from actorstream.errors import AnalysisException
from actorstream.expr.coercion import is_string, quoted, quoted_type, same_type
from actorstream.expr.nodes import Cast
from actorstream.expr.types import (
    AnsiIntervalType,
    ArrayType,
    AtomicType,
    BinaryType,
    BooleanType,
    CalendarIntervalType,
    DataType,
    DatetimeType,
    DateType,
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
    StringType,
    StructType,
    TimestampNTZType,
    TimestampType,
    TimeType,
    VariantType,
)

ANSI_CONFIG = '"spark.sql.ansi.enabled"'


def can_cast(source: DataType, target: DataType, *, ansi: bool) -> bool:
    """Whether the cast exists at all. Source: Spark ``Cast.canAnsiCast``, ``Cast.canCast``."""
    if same_type(source, target) or isinstance(source, NullType):
        return True
    if isinstance(source, VariantType):
        return has_variant_form(target)
    if isinstance(target, VariantType):
        return has_variant_form(source, structs=False)
    if isinstance(source, ArrayType) and isinstance(target, ArrayType):
        return can_cast(source.elementType, target.elementType, ansi=ansi)
    if isinstance(source, MapType) and isinstance(target, MapType):
        if not ansi and force_nullable(source.keyType, target.keyType):
            return False  # a key is never null
        return can_cast(source.keyType, target.keyType, ansi=ansi) and can_cast(
            source.valueType, target.valueType, ansi=ansi
        )
    if isinstance(source, StructType) and isinstance(target, StructType):
        return len(source) == len(target) and all(
            can_cast(x.dataType, y.dataType, ansi=ansi) for x, y in zip(source.fields, target.fields, strict=True)
        )
    if is_string(target):
        return True
    if is_string(source):
        return isinstance(target, (AtomicType, CalendarIntervalType))
    timestamps = (TimestampType, TimestampNTZType)
    if isinstance(target, TimeType):
        return isinstance(source, (TimeType, *timestamps))
    if isinstance(source, TimeType):
        return isinstance(target, (IntegralType, DecimalType, *timestamps))
    if isinstance(target, NumericType):
        if isinstance(source, DateType):
            return not ansi
        if isinstance(source, AnsiIntervalType):
            return isinstance(target, (IntegralType, DecimalType))
        return isinstance(source, (NumericType, BooleanType, TimestampType))
    if isinstance(target, BooleanType):
        return isinstance(source, NumericType) or (not ansi and isinstance(source, (TimestampType, DateType)))
    if isinstance(target, DateType):
        return isinstance(source, timestamps)
    if isinstance(target, TimestampType):
        return isinstance(source, (DateType, TimestampNTZType, NumericType)) or (
            not ansi and isinstance(source, BooleanType)
        )
    if isinstance(target, TimestampNTZType):
        return isinstance(source, (DateType, TimestampType))
    if isinstance(target, AnsiIntervalType):
        return type(source) is type(target) or isinstance(source, (IntegralType, DecimalType))
    return isinstance(target, BinaryType) and not ansi and isinstance(source, IntegralType)


def has_variant_form(data_type: DataType, *, structs: bool = True) -> bool:
    """Whether values of a type can become variants; `structs`: also structs and maps. Source: Spark ``VariantGet.checkDataType``."""
    if isinstance(data_type, ArrayType):
        return has_variant_form(data_type.elementType, structs=structs)
    if isinstance(data_type, MapType):
        return structs and is_string(data_type.keyType) and has_variant_form(data_type.valueType)
    if isinstance(data_type, StructType):
        return structs and all(has_variant_form(field.dataType) for field in data_type.fields)
    plain = (NumericType, BooleanType, StringType, BinaryType, DatetimeType, VariantType)
    return isinstance(data_type, plain)


def check_cast(node: Cast, source: DataType, *, ansi: bool) -> None:
    """Raise the analysis error for a cast that does not exist.

    Raises: AnalysisException DATATYPE_MISMATCH.CAST_WITH_FUNC_SUGGESTION, CAST_WITH_CONF_SUGGESTION,
        CAST_WITHOUT_SUGGESTION.
    """
    from actorstream.expr.naming import sql_text

    target = node.to
    if can_cast(source, target, ansi=ansi):
        return
    parameters = {
        "sqlExpr": quoted(sql_text(node)),
        "srcType": quoted_type(source),
        "targetType": quoted_type(target),
    }
    function = None
    if not ansi:
        pass
    elif isinstance(source, NumericType) and isinstance(target, DateType):
        function = "`DATE_FROM_UNIX_DATE`"
    elif isinstance(source, DateType) and isinstance(target, NumericType):
        function = "`UNIX_DATE`"
    elif isinstance(source, (ArrayType, MapType, StructType)) and can_cast(source, target, ansi=False):
        function = "`try_cast`"
    if function is not None:
        kind, parameters["functionNames"] = "CAST_WITH_FUNC_SUGGESTION", function
    elif ansi and node.mode == "default" and can_cast(source, target, ansi=False):
        kind = "CAST_WITH_CONF_SUGGESTION"
        parameters |= {"config": ANSI_CONFIG, "configVal": "'false'"}
    else:
        kind = "CAST_WITHOUT_SUGGESTION"
    raise AnalysisException(errorClass=f"DATATYPE_MISMATCH.{kind}", messageParameters=parameters)


def force_nullable(source: DataType, target: DataType) -> bool:
    """Whether a cast may give null for a value that is not. Source: Spark ``Cast.forceNullable``."""
    if isinstance(source, NullType) or same_type(source, target):
        return False
    if isinstance(source, VariantType):
        return True
    if is_string(target) or isinstance(target, VariantType):
        return False
    if is_string(source):
        return not isinstance(target, BinaryType)
    if isinstance(source, DecimalType) and isinstance(target, DecimalType):
        more_digits = target.precision - target.scale > source.precision - source.scale
        return not (more_digits or _fits(source, target))
    if isinstance(target, DecimalType):
        return not _fits(source, target)
    if isinstance(target, DateType):
        return not isinstance(source, TimestampType)
    if isinstance(source, TimestampType):
        return isinstance(target, IntegralType) and not isinstance(target, LongType)
    if isinstance(source, TimeType):
        return isinstance(target, IntegralType) and not isinstance(target, (LongType, IntegerType))
    if isinstance(source, DateType):
        return not isinstance(target, TimestampType)
    if isinstance(source, FractionalType) and isinstance(target, (IntegralType, TimestampType)):
        return not (isinstance(source, DecimalType) and isinstance(target, TimestampType))
    return isinstance(target, CalendarIntervalType)


def never_fails(source: DataType, target: DataType) -> bool:
    """Whether ``TRY_CAST`` gives null for null only. Source: Spark ``UpCastRule.canUpCast``."""
    if isinstance(source, VariantType):
        return same_type(source, target)
    if same_type(source, target) or is_string(target) or isinstance(source, NullType):
        return True
    if isinstance(target, DecimalType):
        return _fits(source, target)
    if isinstance(source, DecimalType):
        return False
    if isinstance(source, NumericType) and isinstance(target, NumericType):
        order = ["tinyint", "smallint", "int", "bigint", "float", "double"]
        return order.index(source.simpleString()) <= order.index(target.simpleString())
    pairs = (
        (DateType, TimestampType),
        (DateType, TimestampNTZType),
        (TimestampType, LongType),
        (LongType, TimestampType),
    )
    moments = (TimestampType, TimestampNTZType)
    return (
        any(isinstance(source, a) and isinstance(target, b) for a, b in pairs)
        or (isinstance(source, moments) and isinstance(target, moments))
        or (is_string(source) and isinstance(target, BinaryType))
    )


def _fits(source: DataType, target: DecimalType) -> bool:
    """Whether every value of a type is one of the decimal type."""
    whole = target.precision - target.scale
    if isinstance(source, DecimalType):
        return target.scale >= source.scale and whole >= source.precision - source.scale
    digits = {"boolean": 1, "tinyint": 3, "smallint": 5, "int": 10, "bigint": 20}.get(source.simpleString())
    return digits is not None and whole >= digits


def may_fail(source: DataType, target: DataType) -> bool:
    """Whether values can make the ANSI cast raise (so that it must not run on rows a CASE left out)."""
    if isinstance(source, VariantType):
        return not same_type(source, target)
    if same_type(source, target) or is_string(target):
        return False
    if isinstance(source, (DateType, TimestampType, TimestampNTZType, BooleanType, TimeType)):
        return isinstance(target, NumericType)
    return not (isinstance(source, IntegralType) and isinstance(target, (DoubleType, FloatType, LongType, BooleanType)))
