"""Building structs and reaching into nested values: ``struct named_struct getitem with_field drop_fields``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from actorstream.errors import AnalysisException, ArrayIndexOutOfBoundsException, SparkRuntimeException
from actorstream.expr.arrow import Array, Values, pa, pc
from actorstream.expr.coercion import (
    Rules,
    cast_to,
    common_type_of_kind,
    element_type,
    implicit_target,
    map_key_mismatch,
    mismatch,
    quoted,
    quoted_type,
    takes,
    type_of,
    unexpected_input,
    wrong_arity,
)
from actorstream.expr.evaluation import Frame
from actorstream.expr.nested import Lists, make_struct, nulls_of
from actorstream.expr.nodes import (
    Alias,
    Attribute,
    BoundReference,
    Call,
    Constant,
    Expression,
    GetField,
    LambdaVariable,
)
from actorstream.expr.registry import Function
from actorstream.expr.types import (
    ArrayType,
    ByteType,
    DataType,
    IntegerType,
    IntegralType,
    MapType,
    NullType,
    ShortType,
    StringType,
    StructField,
    StructType,
)


def field_name(expression: Expression, index: int) -> str:
    """The name a value gets as a field of ``struct(...)``: its own, or ``col1``, ``col2``, ..."""
    if isinstance(expression, (Alias, Attribute, BoundReference, LambdaVariable)):
        return expression.name
    if isinstance(expression, GetField):
        return expression.field_name
    return f"col{index + 1}"


def _struct_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    fields = [StructField(field_name(item, i), type_of(item), item.nullable) for i, item in enumerate(args)]
    return Call(name=name, args=args, data_type=StructType(fields), nullable=False)


def _named_struct_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if not args or len(args) % 2:
        wrong_arity(name, "2n (n > 0)", len(args))
    call = Call(name=name, args=args)
    fields = []
    for label, item in zip(args[::2], args[1::2], strict=True):
        if not isinstance(label, Constant) or not isinstance(label.value, str):
            from actorstream.expr.naming import sql_text

            raise mismatch(
                "CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING",
                call,
                inputExprs="[" + ", ".join(quoted(sql_text(part)) for part in args[::2]) + "]",
            )
        fields.append(StructField(label.value, type_of(item), item.nullable))
    return Call(name=name, args=args, data_type=StructType(fields), nullable=False)


def _struct(frame: Frame, *values: Values) -> Values:
    parts = values[1::2] if frame.site.name == "named_struct" else values
    return make_struct([frame.array(value) for value in parts], None, frame.site.arrow_type, frame.rows)


# ---------------------------------------------------------------- items


def _item_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    base, key = args
    data_type = type_of(base)
    if isinstance(data_type, MapType):
        if implicit_target(type_of(key), data_type.keyType, rules) is None:
            raise unexpected_input(Call(name=name, args=args), 1, quoted_type(data_type.keyType))
        return Call(name=name, args=(base, cast_to(key, data_type.keyType)), data_type=data_type.valueType)
    if isinstance(data_type, ArrayType):
        if not isinstance(type_of(key), (IntegralType, NullType)):
            raise mismatch(
                "UNEXPECTED_INPUT_TYPE",
                Call(name=name, args=args),
                paramIndex="second",
                requiredType='"INTEGRAL"',
                inputSql=quoted(_text(key)),
                inputType=quoted_type(type_of(key)),
            )
        return Call(name=name, args=args, data_type=data_type.elementType)
    raise AnalysisException(
        errorClass="INVALID_EXTRACT_BASE_FIELD_TYPE",
        messageParameters={"base": quoted(_text(base)), "other": quoted_type(data_type)},
    )


def _text(expression: Expression) -> str:
    from actorstream.expr.naming import sql_text

    return sql_text(expression)


def _element_at_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) != 2:
        wrong_arity(name, "2", len(args))
    base = args[0]
    data_type = type_of(base)
    if not isinstance(data_type, (ArrayType, MapType)):
        raise mismatch(
            "UNEXPECTED_INPUT_TYPE",
            Call(name=name, args=args),
            paramIndex="first",
            requiredType='("ARRAY" or "MAP")',
            inputSql=quoted(_text(base)),
            inputType=quoted_type(data_type),
        )
    kind = type_of(args[1])
    if isinstance(data_type, MapType):
        key = common_type_of_kind(data_type.keyType, kind, rules)
        if key is None:
            raise map_key_mismatch(Call(name=name, args=args))
        args = (cast_to(base, MapType(key, data_type.valueType, data_type.valueContainsNull)), cast_to(args[1], key))
    elif not isinstance(kind, (ByteType, ShortType, IntegerType, NullType)):
        raise unexpected_input(Call(name=name, args=args), 1, '"INT"')
    return _item_rule(name, args, rules)


def _item(frame: Frame, base: Values, key: Values) -> Values:
    if isinstance(frame.site.arg_types[0], MapType):
        return map_item(frame, frame.array(base), frame.array(key))
    name = frame.site.name
    lists = Lists.of(frame.array(base))
    keys = frame.array(key)
    keys = keys.cast(pa.int32()) if pa.types.is_null(keys.type) else keys
    index = np.asarray(pc.fill_null(keys, 0).cast(pa.int64()))
    usable = np.asarray(pc.and_(pc.is_valid(keys), pc.is_valid(frame.array(base))))
    from_one = name in ("element_at", "try_element_at")
    if from_one:
        if (usable & (index == 0)).any():
            raise SparkRuntimeException(errorClass="INVALID_INDEX_OF_ZERO", messageParameters={})
        place = np.where(index > 0, index - 1, index + lists.lengths)
    else:
        place = index
    inside = usable & (place >= 0) & (place < lists.lengths)
    if frame.site.ansi and name in ("getitem", "element_at"):
        bad = np.flatnonzero(usable & ~inside)
        if len(bad):
            raise _index_error(
                "INVALID_ARRAY_INDEX_IN_ELEMENT_AT" if from_one else "INVALID_ARRAY_INDEX",
                indexValue=str(index[bad[0]]),
                arraySize=str(lists.lengths[bad[0]]),
            )
    return lists.take(np.where(inside, lists.starts + place, -1))


def _index_error(condition: str, **parameters: str) -> ArrayIndexOutOfBoundsException:
    return ArrayIndexOutOfBoundsException(errorClass=condition, messageParameters=parameters)


def map_item(frame: Frame, maps: Array, keys: Array) -> Array:
    """The value of a key in every map; null where it is missing."""
    from actorstream.expr.functions.maps import Maps

    parts = Maps.of(maps)
    matches = parts.has_key(keys, frame.site.arg_types[0])
    return Lists(parts.items, parts.lengths, parts.null).take(parts.as_lists().first(matches))


# ---------------------------------------------------------------- changed structs


def _with_field_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    base, label, item = args
    assert isinstance(label, Constant)
    path = str(label.value).split(".")
    return _nullable_like(base, _replaced(base, path, item, rules), _operation(base, path, f"WithField({_text(item)})"))


def _operation(base: Expression, path: Sequence[str], what: str) -> str:
    """A change of a struct as the reference prints it, from the innermost field out."""
    if len(path) == 1:
        return what
    inner = _operation(GetField(child=base, field_name=path[0]), path[1:], what)
    return f"WithField(update_fields({_text(base)}.{path[0]}, {inner}))"


def _replaced(base: Expression, path: Sequence[str], item: Expression, rules: Rules) -> Expression:
    data_type = _struct_type(base)
    head, *rest = path
    parts: list[Expression] = []
    found = False
    for field in data_type.fields:
        same = field.name == head or (not rules.case_sensitive and field.name.lower() == head.lower())
        value = _get(base, field)
        if same:
            found = True
            value = _replaced(value, rest, item, rules) if rest else item
        parts += [_label(head if same and not rest else field.name), value]
    if not found:
        if rest:
            raise AnalysisException(
                errorClass="FIELD_NOT_FOUND",
                messageParameters={
                    "fieldName": f"`{head}`",
                    "fields": ", ".join(f"`{field.name}`" for field in data_type.fields),
                },
            )
        parts += [_label(head), item]
    return _nullable_like(base, _named_struct_rule("named_struct", tuple(parts), rules))


def _drop_fields_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    base = args[0]
    found = base
    operations = []
    for label in args[1:]:
        assert isinstance(label, Constant)
        path = str(label.value).split(".")
        operations.append(_operation(base, path, "dropfield()"))
        found = _without(found, path, rules, f"update_fields({_text(base)}, {', '.join(operations)})")
    if isinstance(found, Call) and operations:
        return _nullable_like(found.args[0], found.args[1], ", ".join(operations), shown=base)
    return found


def _without(base: Expression, path: Sequence[str], rules: Rules, shown: str) -> Expression:
    data_type = _struct_type(base)
    head, *rest = path
    parts: list[Expression] = []
    for field in data_type.fields:
        same = field.name == head or (not rules.case_sensitive and field.name.lower() == head.lower())
        if same and not rest:
            continue
        value = _get(base, field)
        parts += [_label(field.name), _without(value, rest, rules, shown) if same else value]
    if not parts:
        raise AnalysisException(
            errorClass="DATATYPE_MISMATCH.CANNOT_DROP_ALL_FIELDS", messageParameters={"sqlExpr": quoted(shown)}
        )
    return _nullable_like(base, _named_struct_rule("named_struct", tuple(parts), rules))


def _struct_type(base: Expression) -> StructType:
    data_type = type_of(base)
    if isinstance(data_type, StructType):
        return data_type
    raise mismatch(
        "UNEXPECTED_INPUT_TYPE",
        Call(name="update_fields", args=(base,)),
        paramIndex="first",
        requiredType='"STRUCT"',
        inputSql=quoted(_text(base)),
        inputType=quoted_type(data_type),
    )


def _get(base: Expression, field: StructField) -> Expression:
    return GetField(
        child=base, field_name=field.name, data_type=field.dataType, nullable=base.nullable or field.nullable
    )


def _label(name: str) -> Constant:
    return Constant(value=name, data_type=StringType(), nullable=False)


def _nullable_like(
    base: Expression, made: Expression, operation: str = "", *, shown: Expression | None = None
) -> Expression:
    """The new struct where the old one is not null, else null; the third argument is only what is printed of it."""
    text = f"update_fields({_text(base if shown is None else shown)}, {operation})"
    return Call(name="update_fields", args=(base, made, _label(text)), data_type=type_of(made), nullable=base.nullable)


def _update_fields(frame: Frame, base: Values, made: Values, shown: Values) -> Values:
    null = nulls_of(frame.array(base))
    if null is None:
        return made
    return pc.if_else(pa.array(null), pa.scalar(None, made.type), made)


def update_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    """The struct of the second argument, null where the first is (internal)."""
    result: DataType = type_of(args[1])
    return Call(name=name, args=args, data_type=result, nullable=args[0].nullable)


def _typeof(frame: Frame, value: Values) -> Values:
    return pa.scalar(frame.site.arg_types[0].simpleString())


FUNCTIONS = [
    Function("struct", _struct_rule, _struct, "a struct of columns, named after them"),
    Function("named_struct", _named_struct_rule, _struct, "a struct of alternating names and values"),
    Function("getitem", _item_rule, _item, "an element of an array by index from 0, or the value of a map's key", may_raise=True),
    Function("element_at", _element_at_rule, _item, "an element of an array by place from 1, or the value of a map's key", may_raise=True),
    Function("try_element_at", _element_at_rule, _item, "like element_at, null where there is none"),
    Function("get", takes("array", "int", returns=element_type, nullable=True), _item, "an element of an array by index from 0, null where there is none"),
    Function("with_field", _with_field_rule, None, "a struct with a field added or replaced (Column.withField)"),
    Function("drop_fields", _drop_fields_rule, None, "a struct without some fields (Column.dropFields)"),
    Function("update_fields", update_rule, _update_fields, "the result of withField and dropFields (internal)"),
    Function("typeof", takes("any", returns="string", nullable=False), _typeof, "the name of a value's type"),
]  # fmt: skip
