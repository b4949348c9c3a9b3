"""Functions that make rows: ``explode posexplode inline stack json_tuple``. The plan turns them into an operator.

``stack`` and ``json_tuple`` are ``inline`` of an array of structs that `inlined` writes. ``variant_explode``, which stands in FROM only,
is ``inline`` of ``variant_members``.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from actorstream.errors import AnalysisException
from actorstream.expr.arrow import Values, pa
from actorstream.expr.coercion import (
    Rules,
    accept,
    cast_to,
    literal,
    mismatch,
    quoted,
    quoted_type,
    same_type,
    type_of,
    wrong_arity,
)
from actorstream.expr.evaluation import Frame
from actorstream.expr.folding import folded, is_foldable
from actorstream.expr.functions.json import tuple_fields
from actorstream.expr.nested import make_list, make_struct
from actorstream.expr.nodes import Call, Constant, Expression
from actorstream.expr.registry import Function
from actorstream.expr.types import (
    ArrayType,
    DataType,
    IntegerType,
    NullType,
    StringType,
    StructField,
    StructType,
    VariantType,
)
from actorstream.expr.variant.columns import Pair, distinct_rows, variant_array
from actorstream.expr.variant.reading import Kind, Variant, open_variant


def _outside(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    """A generator that reaches the analyzer stands where it cannot: it is not the top of a select item."""
    from actorstream.expr.naming import sql_text

    raise AnalysisException(
        errorClass="UNSUPPORTED_GENERATOR.OUTSIDE_SELECT",
        messageParameters={"plan": quoted(sql_text(Call(name=name, args=args)))},
    )


def inlined(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    """The array of structs whose fields are the columns, and whose elements the rows, of ``stack`` or ``json_tuple``.

    Raises: AnalysisException WRONG_NUM_ARGS, DATATYPE_MISMATCH.* for arguments that do not fit.
    """
    if len(args) < 2:
        wrong_arity(name, "> 1", len(args))
    rows = _stacked(args, rules) if name == "stack" else (_json_tuple(args),)
    element = type_of(rows[0])
    return Call(name="array", args=rows, data_type=ArrayType(element, False), nullable=False)


def _json_tuple(args: tuple[Expression, ...]) -> Expression:
    call = Call(name="json_tuple", args=args)
    if not all(isinstance(type_of(argument), (StringType, NullType)) for argument in args):
        raise mismatch("NON_STRING_TYPE", call, funcName="`json_tuple`")
    fields = [StructField(f"c{place}", StringType(), True) for place in range(len(args) - 1)]
    texts = tuple(cast_to(argument, StringType()) for argument in args)
    return replace(call, args=texts, data_type=StructType(fields), nullable=False)


def _json_fields(frame: Frame, texts: Values, *names: Values) -> Values:
    columns = tuple_fields(frame.array(texts), names)
    arrow_type = frame.site.arrow_type
    return pa.StructArray.from_arrays(columns, fields=[arrow_type.field(place) for place in range(len(columns))])


def _stacked(args: tuple[Expression, ...], rules: Rules) -> tuple[Expression, ...]:
    from actorstream.expr.coercion import unexpected_input
    from actorstream.expr.naming import sql_text

    call = Call(name="stack", args=args)
    count, values = args[0], args[1:]
    if not isinstance(type_of(count), IntegerType):
        raise unexpected_input(call, 0, quoted_type(IntegerType()))
    if not is_foldable(count):
        raise mismatch(
            "NON_FOLDABLE_INPUT",
            call,
            inputName="`n`",
            inputType=quoted_type(IntegerType()),
            inputExpr=quoted(sql_text(count)),
        )
    rows = folded(count, rules)
    if rows is None:
        raise mismatch("UNEXPECTED_NULL", call, exprName="`n`")
    if rows <= 0:
        raise mismatch("VALUE_OUT_OF_RANGE", call, exprName="`n`", valueRange="(0, 2147483647]", currentValue=str(rows))
    width = -(-len(values) // rows)
    types = [_column_type(call, values, place, width) for place in range(width)]
    struct_type = StructType([StructField(f"col{place}", kind, True) for place, kind in enumerate(types)])
    made = []
    for row in range(rows):
        parts: list[Expression] = []
        for place, kind in enumerate(types):
            index = row * width + place
            parts += [literal(f"col{place}"), cast_to(values[index] if index < len(values) else literal(None), kind)]
        made.append(Call(name="named_struct", args=tuple(parts), data_type=struct_type, nullable=False))
    return tuple(made)


def _column_type(call: Call, values: tuple[Expression, ...], place: int, width: int) -> DataType:
    """The one type of a column of ``stack``; nulls fit any."""
    first: tuple[int, DataType] | None = None
    for index in range(place, len(values), width):
        own = type_of(values[index])
        if isinstance(own, NullType):
            continue
        if first is None:
            first = (index, own)
        elif not same_type(own, first[1]):
            raise mismatch(
                "STACK_COLUMN_DIFF_TYPES",
                call,
                columnIndex=str(place),
                leftParamIndex=str(first[0] + 1),
                leftType=quoted_type(first[1]),
                rightParamIndex=str(index + 1),
                rightType=quoted_type(own),
            )
    return NullType() if first is None else first[1]


# ---------------------------------------------------------------- variants

_MEMBERS = ArrayType(
    StructType(
        [
            StructField("pos", IntegerType(), False),
            StructField("key", StringType(), True),
            StructField("value", VariantType(), False),
        ]
    ),
    False,
)


def exploded_variant(call: Call) -> Call:
    """The generator that ``variant_explode`` is. Raises: AnalysisException REQUIRED_PARAMETER_NOT_FOUND, WRONG_NUM_ARGS."""
    name = call.name.lower()
    if not call.args:
        raise AnalysisException(
            errorClass="REQUIRED_PARAMETER_NOT_FOUND",
            messageParameters={"routineName": f"`{name}`", "parameterName": "`input`", "index": "0"},
        )
    if len(call.args) > 1:
        wrong_arity(name, "1", len(call.args))
    members = Call(name="variant_members", args=(*call.args, literal(name)))
    return Call(name="inline" + name.removeprefix("variant_explode"), args=(members,), origin=call.origin)


def _members_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    variant, written = args
    assert isinstance(written, Constant)
    accepted = accept(Call(name=str(written.value), args=(variant,)), 0, "variant", rules)
    return Call(name=name, args=(accepted, written), data_type=_MEMBERS, nullable=accepted.nullable)


def _variant_members(frame: Frame, variants: Values, _: Values) -> Values:
    """The elements of an array or the members of an object; anything else has none. Parts keep the names of the whole."""

    def one(pair: Pair) -> list[tuple[str | None, Variant]]:
        variant = open_variant(*pair)
        if variant.kind is Kind.OBJECT:
            return [(name, item) for name, item in variant.members()]
        return [(None, item) for item in variant.elements()] if variant.kind is Kind.ARRAY else []

    found = distinct_rows([frame.array(variants)])
    parts = [[] if pair is None else one(pair) for (pair,) in found.rows]
    flat = [part for row in parts for part in row]
    lengths = np.array([len(row) for row in parts], np.int64)
    columns = [
        pa.array(np.arange(len(flat)) - np.repeat(np.cumsum(lengths) - lengths, lengths), pa.int32()),
        pa.array([name for name, _ in flat], pa.string()),
        variant_array([(item.raw(), item.metadata) for _, item in flat]),
    ]
    arrow_type = frame.site.arrow_type
    null = np.array([pair is None for (pair,) in found.rows], np.bool_)
    structs = make_struct(columns, None, arrow_type.value_type, len(flat))
    return found.spread(make_list(structs, lengths, null, arrow_type))


def _in_from_only(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    raise AnalysisException(errorClass="NOT_A_SCALAR_FUNCTION", messageParameters={"functionName": f"`{name}`"})


_DOCS = {
    "explode": "a row for each element of an array or pair of a map",
    "posexplode": "a row for each element of an array or pair of a map, with its place",
    "inline": "a row for each struct of an array",
}
FUNCTIONS = [
    Function(name + suffix, _outside, None, doc + (", one with nulls if there is none" if suffix else ""))
    for name, doc in _DOCS.items()
    for suffix in ("", "_outer")
]
FUNCTIONS += [
    Function("stack", _outside, None, "values laid out in some rows"),
    Function("json_tuple", _outside, _json_fields, "several top-level fields of a JSON text, as columns"),
    Function("variant_explode", _in_from_only, None, "a row for each part of a variant, in FROM"),
    Function(
        "variant_explode_outer",
        _in_from_only,
        None,
        "a row for each part of a variant, one with nulls if there is none, in FROM",
    ),
    Function("variant_members", _members_rule, _variant_members, "the parts of a variant (internal)", may_raise=True),
]
