"""Changed variants: ``variant_insert variant_set variant_array_append variant_delete variant_strip_nulls``.

Those named ``try_...`` give null where the others raise because of the value; a path that is none is an error in both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actorstream.errors import AnalysisException, SparkRuntimeException
from actorstream.expr.arrow import Values
from actorstream.expr.cast_rules import has_variant_form
from actorstream.expr.coercion import (
    Rules,
    accept,
    literal,
    mismatch,
    quoted,
    quoted_type,
    type_of,
    wrong_arity,
)
from actorstream.expr.evaluation import Frame
from actorstream.expr.folding import folded, is_foldable
from actorstream.expr.functions.json import accept_text
from actorstream.expr.functions.variant import VARIANT, no_cast
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import Call, Cast, Constant, Expression
from actorstream.expr.registry import Function, TypeRule
from actorstream.expr.types import BooleanType, NullType, VariantType
from actorstream.expr.variant.columns import Pair, by_rows, distinct_rows, variant_array
from actorstream.expr.variant.edits import (
    KeyExists,
    PathMismatch,
    Steps,
    appended,
    deleted,
    inserted,
    with_value,
    without_nulls,
)
from actorstream.expr.variant.encoding import Tree, encode
from actorstream.expr.variant.paths import path_steps
from actorstream.expr.variant.reading import open_variant


def _as_variant(call: Call, index: int) -> Expression:
    """A value that is put into a variant. Raises: AnalysisException DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION."""
    value = call.args[index]
    source = type_of(value)
    if isinstance(source, VariantType):
        return value
    if not isinstance(source, NullType) and not has_variant_form(source, structs=False):
        raise no_cast(source, VARIANT, call)
    return Cast(child=value, to=VARIANT, implicit=True, data_type=VARIANT, nullable=value.nullable)


def _flag(call: Call, index: int, parameter: str) -> Expression:
    """A constant that is true or false.

    Raises: AnalysisException DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE, DATATYPE_MISMATCH.NON_FOLDABLE_INPUT.
    """
    value = call.args[index]
    if not isinstance(type_of(value), (BooleanType, NullType)):
        raise mismatch(
            "UNEXPECTED_INPUT_TYPE",
            call,
            paramIndex={1: "second"}.get(index, f"{index + 1}th"),
            requiredType=quoted_type(BooleanType()),
            inputSql=quoted(sql_text(value)),
            inputType=quoted_type(type_of(value)),
        )
    if not is_foldable(value):
        raise mismatch(
            "NON_FOLDABLE_INPUT",
            call,
            inputName=f"`{parameter}`",
            inputType=quoted_type(BooleanType()),
            inputExpr=quoted(sql_text(value)),
        )
    return value


def _missing(name: str, parameter: str) -> AnalysisException:
    return AnalysisException(
        errorClass="REQUIRED_PARAMETER_NOT_FOUND",
        messageParameters={"routineName": f"`{name}`", "parameterName": f"`{parameter}`", "index": "0"},
    )


def _edit_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    """``variant_insert(v, path, value)`` and, with a flag, ``variant_set(v, path, value, create_if_missing)``."""
    with_flag = name.endswith("variant_set")
    if with_flag and len(args) < 3:
        raise _missing(name, ("v", "path", "val")[len(args)])
    if len(args) > 3 + with_flag or len(args) < 3:
        wrong_arity(name, "[3, 4]" if with_flag else "3", len(args))
    if with_flag and len(args) == 3:
        args = (*args, literal(True))
    call = Call(name=name, args=args)
    accepted = [accept(call, 0, "variant", rules), accept_text(call, rules, 1), _as_variant(call, 2)]
    if with_flag:
        accepted.append(_flag(call, 3, "create_if_missing"))
    nullable = name.startswith("try_") or any(item.nullable for item in accepted)
    return Call(name=name, args=tuple(accepted), data_type=VARIANT, nullable=nullable)


Edit = Callable[[Tree, Steps, Tree], Tree]


def _edit(edit: Edit, *, root: bool = False) -> Callable[..., Values]:
    """The kernel of a change at a path; `root`: whether the path may be ``$``."""

    def run(frame: Frame, variants: Values, paths: Values, values: Values) -> Values:
        name = frame.site.name

        def one(pair: Pair, path: str, value: Pair) -> Pair | None:
            steps = path_steps(path, name, "INVALID_VARIANT_PATH", root=root)
            try:
                tree = edit(open_variant(*pair).tree(), steps, open_variant(*value).tree())
            except (PathMismatch, KeyExists) as refusal:
                if name.startswith("try_"):
                    return None
                raise _refused(refusal, name, path) from None
            return encode(tree, name)

        return by_rows(one, [frame.array(item) for item in (variants, paths, values)], frame.site.arrow_type)

    return run


def _refused(refusal: PathMismatch | KeyExists, name: str, path: str) -> SparkRuntimeException:
    if isinstance(refusal, KeyExists):
        return SparkRuntimeException(errorClass="VARIANT_DUPLICATE_KEY", messageParameters={"key": str(refusal)})
    return SparkRuntimeException(
        errorClass="VARIANT_PATH_TYPE_MISMATCH",
        messageParameters={"path": path, "failedAt": refusal.reached, "functionName": f"`{name}`"},
    )


def _set(frame: Frame, variants: Values, paths: Values, values: Values, create: Values) -> Values:
    flag = frame.array(create)[0].as_py() if frame.rows else None
    if flag is None:
        return variant_array([None] * frame.rows)
    run = _edit(lambda tree, steps, value: with_value(tree, steps, value, create=flag))
    return run(frame, variants, paths, values)


def _delete_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) < 2:
        wrong_arity(name, "> 1", len(args))
    call = Call(name=name, args=args)
    accepted = (accept(call, 0, "variant", rules), *(accept_text(call, rules, i) for i in range(1, len(args))))
    return Call(name=name, args=accepted, data_type=VARIANT, nullable=accepted[0].nullable)


def _delete(frame: Frame, variants: Values, *paths: Values) -> Values:
    """Paths are followed from left to right; null ones are passed over."""

    def one(pair: Pair | None, *given: str | None) -> Pair | None:
        if pair is None:
            return None
        name, there = frame.site.name, [path for path in given if path is not None]
        if not there:
            return pair
        tree = open_variant(*pair).tree()
        for path in there:
            tree = deleted(tree, path_steps(path, name, "INVALID_VARIANT_PATH", root=False))
        return encode(tree, name)

    found = distinct_rows([frame.array(item) for item in (variants, *paths)])
    return found.spread(variant_array([one(*row) for row in found.rows]))


def _strip_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if not args:
        raise _missing(name, "v")
    if len(args) > 2:
        wrong_arity(name, "[1, 2]", len(args))
    if len(args) == 1:
        args = (*args, literal(True))
    call = Call(name=name, args=args)
    accepted = (accept(call, 0, "variant", rules), _flag(call, 1, "include_arrays"))
    if folded(accepted[1], rules) is None:
        accepted = (accepted[0], Constant(value=None, data_type=BooleanType()))
    return Call(name=name, args=accepted, data_type=VARIANT, nullable=any(item.nullable for item in accepted))


def _strip(frame: Frame, variants: Values, arrays: Values) -> Values:
    def one(pair: Pair, flag: Any) -> Pair:
        return encode(without_nulls(open_variant(*pair).tree(), arrays=flag), frame.site.name)

    return by_rows(one, [frame.array(variants), frame.array(arrays)], frame.site.arrow_type)


def _entries(name: str, rule: TypeRule, kernel: Callable[..., Values], doc: str) -> list[Function]:
    otherwise = f"{doc}, null where the value does not have that shape"
    return [
        Function(name, rule, kernel, doc, may_raise=True),
        Function(f"try_{name}", rule, kernel, otherwise, may_raise=True),
    ]


FUNCTIONS = [
    *_entries("variant_insert", _edit_rule, _edit(inserted), "a variant with a new field or element"),
    *_entries("variant_set", _edit_rule, _set, "a variant with another value at a path"),
    *_entries("variant_array_append", _edit_rule, _edit(appended, root=True), "a variant with one more element in an array"),
    Function("variant_delete", _delete_rule, _delete, "a variant without the parts at some paths", may_raise=True),
    Function("variant_strip_nulls", _strip_rule, _strip, "a variant without the fields and elements that are null", may_raise=True),
]  # fmt: skip
