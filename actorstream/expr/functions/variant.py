"""Variants: ``parse_json variant_get schema_of_variant is_variant_null to_variant_object`` and their like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actorstream.errors import AnalysisException, ParseException, SparkRuntimeException
from actorstream.expr.arrow import Array, Values, pa, pc
from actorstream.expr.cast_rules import has_variant_form
from actorstream.expr.coercion import Rules, accept, mismatch, quoted_type, takes, type_of, wrong_arity
from actorstream.expr.distinct import combined
from actorstream.expr.evaluation import Frame
from actorstream.expr.folding import folded
from actorstream.expr.functions.date_parts import zone_of
from actorstream.expr.functions.json import accept_text, schema_argument
from actorstream.expr.nodes import Call, Constant, Expression
from actorstream.expr.registry import Function, TypeRule
from actorstream.expr.types import (
    ArrayType,
    CharType,
    DataType,
    MapType,
    StringType,
    StructType,
    VarcharType,
    VariantType,
    holds,
    parse_type,
)
from actorstream.expr.variant.casts import accept_null, cast_variants, invalid_cast, to_variants
from actorstream.expr.variant.columns import by_rows, by_variant, distinct_rows, variant_array
from actorstream.expr.variant.json_input import variant_of_json
from actorstream.expr.variant.paths import at_path, path_steps
from actorstream.expr.variant.reading import Variant, malformed, open_variant
from actorstream.expr.variant.schemas import schema_of, schema_text

VARIANT = VariantType()


def no_cast(source: DataType, target: DataType, call: Expression) -> AnalysisException:
    """The error for a function whose value has no cast to or from VARIANT."""
    return mismatch("CAST_WITHOUT_SUGGESTION", call, srcType=quoted_type(source), targetType=quoted_type(target))


def malformed_record(text: str) -> SparkRuntimeException:
    """The error for a text that is no JSON."""
    return SparkRuntimeException(
        errorClass="MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
        messageParameters={"badRecord": text, "failFastMode": "FAILFAST"},
    )


# ---------------------------------------------------------------- from JSON


def _parse_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) != 1:
        wrong_arity(name, "1", len(args))
    text = accept_text(Call(name=name, args=args), rules)
    return Call(name=name, args=(text,), data_type=VARIANT, nullable=text.nullable or name == "try_parse_json")


def _parse(frame: Frame, texts: Values) -> Values:
    strict = frame.site.name == "parse_json"

    def parse(text: str) -> tuple[bytes, bytes] | None:
        try:
            return variant_of_json(text)
        except ValueError:
            if strict:
                raise malformed_record(text) from None
            return None

    return by_rows(parse, [frame.array(texts)], frame.site.arrow_type)


# ---------------------------------------------------------------- parts


def _get_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    """``variant_get(v, path[, type])``; the type goes on as its JSON, so that resolving it again changes nothing."""
    if len(args) not in (2, 3):
        wrong_arity(name, "[2, 3]", len(args))
    call = Call(name=name, args=args[:2])
    target = _target(args[2], rules) if len(args) == 3 else VARIANT
    if holds(target, CharType, in_maps=True) or holds(target, VarcharType, in_maps=True):
        raise AnalysisException(errorClass="UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING", messageParameters={})
    if not has_variant_form(target):
        raise no_cast(VARIANT, target, call)
    accepted = accept(call, 0, "variant", rules), accept_text(call, rules, 1)
    schema = Constant(value=target.json(), data_type=StringType(), nullable=False)
    return Call(name=name, args=(*accepted, schema), data_type=target, nullable=True)


def _target(argument: Expression, rules: Rules) -> DataType:
    """The type that the third argument names. Raises: AnalysisException UNSUPPORTED_DATATYPE, PARSE_SYNTAX_ERROR."""
    try:
        return schema_argument(argument, rules)
    except ParseException:
        # the complaint about one type, not about a list of columns
        try:
            return parse_type(folded(argument, rules))
        except ParseException as first:
            error = first
        raise AnalysisException(
            errorClass=error.getCondition(), messageParameters=error.getMessageParameters()
        ) from None


def _part_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    """``v:a``, which is ``variant_get`` of a path that only a variant has."""
    if not isinstance(type_of(args[0]), VariantType):
        raise AnalysisException(errorClass="COLUMN_IS_NOT_VARIANT_TYPE", messageParameters={})
    return _get_rule("variant_get", args, rules)


def _get(frame: Frame, variants: Values, paths: Values, _: Values) -> Values:
    name, zone = frame.site.name, zone_of(frame)
    found = distinct_rows([frame.array(variants), frame.array(paths)])
    parts = [
        None if pair is None or path is None else at_path(open_variant(*pair), path_steps(path, name))
        for pair, path in found.rows
    ]
    reject = invalid_cast(zone) if name == "variant_get" else accept_null
    return found.spread(cast_variants(parts, frame.site.result_type, zone, reject))


# ---------------------------------------------------------------- what it is


def variant_argument(returns: str, *, nullable: bool | None = None) -> TypeRule:
    """The rule of a function of one variant."""
    return takes("variant", returns=returns, nullable=nullable)


def _is_null(frame: Frame, variants: Values) -> Values:
    array = combined(frame.array(variants))
    values = array.field("value")
    valid = array.is_valid()
    if pc.any(pc.and_(valid, pc.equal(pc.binary_length(values), 0))).as_py():
        raise malformed()
    return pc.fill_null(pc.and_(valid, pc.equal(pc.binary_slice(values, 0, 1), b"\x00")), False)


def _is_valid(frame: Frame, variants: Values) -> Values:
    def check(pair: tuple[bytes, bytes]) -> bool:
        try:
            open_variant(*pair).check()
        except SparkRuntimeException:
            return False
        return True

    return by_rows(check, [frame.array(variants)], pa.bool_())


def _per_variant(function: Callable[[Variant], Any]) -> Callable[[Frame, Values], Array]:
    return lambda frame, variants: by_variant(function, frame.array(variants), frame.site.arrow_type)


# ---------------------------------------------------------------- to variants


def _object_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) != 1:
        wrong_arity(name, "1", len(args))
    source = type_of(args[0])
    if not isinstance(source, (StructType, ArrayType, MapType)) or not has_variant_form(source):
        raise no_cast(source, VARIANT, Call(name=name, args=args))
    return Call(name=name, args=args, data_type=VARIANT, nullable=args[0].nullable)


def _to_object(frame: Frame, values: Values) -> Values:
    return to_variants(frame.array(values), frame.site.arg_types[0]) if frame.rows else variant_array([])


FUNCTIONS = [
    Function("parse_json", _parse_rule, _parse, "a JSON text as a variant", may_raise=True),
    Function("try_parse_json", _parse_rule, _parse, "a JSON text as a variant, null if it is no JSON"),
    Function("variant_get", _get_rule, _get, "the part of a variant at a path, cast to a type", may_raise=True),
    Function("try_variant_get", _get_rule, _get, "the part of a variant at a path, cast to a type, null if it does not fit", may_raise=True),
    Function("variant_part", _part_rule, None, "v:path (internal)"),
    Function("is_variant_null", variant_argument("boolean", nullable=False), _is_null, "whether a variant is JSON's null", may_raise=True),
    Function("is_valid_variant", variant_argument("boolean"), _is_valid, "whether the bytes of a variant make sense"),
    Function("schema_of_variant", variant_argument("string"), _per_variant(lambda variant: schema_text(schema_of(variant))), "the type of a variant, as SQL", may_raise=True),
    Function("to_variant_object", _object_rule, _to_object, "a struct, array or map as a variant", may_raise=True),
]  # fmt: skip
