"""Functions that make rows: ``explode posexplode inline stack json_tuple``. The plan turns them into an operator.

``stack`` and ``json_tuple`` are ``inline`` of an array of structs that `inlined` writes.
"""

from __future__ import annotations

from dataclasses import replace

from actorstream.errors import AnalysisException
from actorstream.expr.arrow import Values, pa
from actorstream.expr.coercion import (
    Rules,
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
from actorstream.expr.nodes import Call, Expression
from actorstream.expr.registry import Function
from actorstream.expr.types import ArrayType, DataType, IntegerType, NullType, StringType, StructField, StructType


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
]
