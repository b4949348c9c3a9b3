"""JSON in columns: ``from_json to_json get_json_object json_array_length json_object_keys schema_of_json``.

``json_tuple`` makes several columns and is a generator; its kernel is `tuple_fields`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from actorstream.errors import AnalysisException, ParseException, SparkRuntimeException
from actorstream.expr.arrow import Array, Values, pa
from actorstream.expr.coercion import Rules, accept, mismatch, quoted, quoted_type, takes, type_of, wrong_arity
from actorstream.expr.distinct import by_distinct, by_distinct_rows
from actorstream.expr.evaluation import Frame
from actorstream.expr.folding import folded, is_foldable, options_argument, options_of, options_value
from actorstream.expr.functions.date_parts import zone_of
from actorstream.expr.functions.json_path import json_at_path
from actorstream.expr.json_parser import (
    BLANK,
    Fields,
    JsonValue,
    Leniency,
    dump_json,
    parse_json,
    plain_text,
    pretty_json,
    utf16_units,
)
from actorstream.expr.json_reader import JsonReader, read_structs
from actorstream.expr.json_schema import schema_of
from actorstream.expr.json_text import JsonStyle, json_text
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import Call, Constant, Expression
from actorstream.expr.registry import Function, TypeRule
from actorstream.expr.types import (
    ArrayType,
    DataType,
    MapType,
    NullType,
    StringType,
    StructField,
    StructType,
    VariantType,
    parse_data_type,
    parse_type,
    sql_name,
    type_from_json,
)

#: the column that holds broken records, unless an option names another
CORRUPT = "_corrupt_record"
_STRICT = Leniency()
#: below this many texts, preparing Arrow's reader costs more than it saves
_MANY = 32


# ---------------------------------------------------------------- the schema argument


def schema_argument(expression: Expression, rules: Rules) -> DataType:
    """The type that a schema argument says: DDL or the JSON form of a type, in a foldable text.

    Raises: AnalysisException INVALID_SCHEMA.NON_STRING_LITERAL, PARSE_SYNTAX_ERROR and the like.
    """
    text = folded(expression, rules) if is_foldable(expression) else None
    if not isinstance(text, str) or not isinstance(type_of(expression), StringType):
        raise AnalysisException(
            errorClass="INVALID_SCHEMA.NON_STRING_LITERAL",
            messageParameters={"inputSchema": quoted(sql_text(expression))},
        )
    try:
        return type_from_json(json.loads(text))
    except (ValueError, KeyError, TypeError):
        pass  # no JSON: DDL
    try:
        return parse_type(text)
    except ParseException as first:
        try:
            if text.strip():
                return parse_data_type(text)
        except ParseException:
            pass  # the error of the first reading is told
        raise AnalysisException(
            errorClass=first.getCondition(), messageParameters=first.getMessageParameters()
        ) from None


def loosened(data_type: DataType) -> DataType:
    """The type with every part nullable: what a reader gives may be missing anywhere."""
    if isinstance(data_type, StructType):
        return StructType([StructField(i.name, loosened(i.dataType), True, i.metadata) for i in data_type.fields])
    if isinstance(data_type, ArrayType):
        return ArrayType(loosened(data_type.elementType), True)
    if isinstance(data_type, MapType):
        return MapType(data_type.keyType, loosened(data_type.valueType), True)
    return data_type


def parse_mode(options: Mapping[str, str], function: str) -> str:
    """``PERMISSIVE`` or ``FAILFAST``. Raises: AnalysisException PARSE_MODE_UNSUPPORTED."""
    mode = options.get("mode", "PERMISSIVE").upper()
    if mode == "DROPMALFORMED":
        raise AnalysisException(
            errorClass="PARSE_MODE_UNSUPPORTED", messageParameters={"funcName": f"`{function}`", "mode": mode}
        )
    return "FAILFAST" if mode == "FAILFAST" else "PERMISSIVE"


def check_corrupt_column(data_type: DataType, options: Mapping[str, str]) -> None:
    """Raises: AnalysisException INVALID_CORRUPT_RECORD_TYPE if the column for broken records is no text."""
    name = options.get("columnnameofcorruptrecord", CORRUPT)
    if isinstance(data_type, StructType):
        for item in data_type.fields:
            if item.name == name and not isinstance(item.dataType, StringType):
                raise AnalysisException(
                    errorClass="INVALID_CORRUPT_RECORD_TYPE",
                    messageParameters={"columnName": f"`{name}`", "actualType": quoted_type(item.dataType)},
                )


def check_single_variant(data_type: DataType, options: Mapping[str, str], name: str | None = None) -> None:
    """Raise unless a type has one column beside that for broken records, and this one holds whole records as VARIANT.

    Args:
        name: what the column has to be called.
    Raises: AnalysisException INVALID_SINGLE_VARIANT_COLUMN.
    """
    corrupt = options.get("columnnameofcorruptrecord", CORRUPT)
    columns = [item for item in data_type.fields if item.name != corrupt] if isinstance(data_type, StructType) else []
    if len(columns) != 1 or not isinstance(columns[0].dataType, VariantType) or name not in (None, columns[0].name):
        raise AnalysisException(
            errorClass="INVALID_SINGLE_VARIANT_COLUMN", messageParameters={"schema": quoted_type(data_type)}
        )


def malformed(values: Sequence[Any]) -> SparkRuntimeException:
    """The error for a record that FAILFAST does not take; `values` is what could be read."""
    shown = ",".join("null" if value is None else str(value) for value in values)
    return SparkRuntimeException(
        errorClass="MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
        messageParameters={"badRecord": f"[{shown}]", "failFastMode": "FAILFAST"},
    )


# ---------------------------------------------------------------- from_json


def _from_json_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) not in (2, 3):
        wrong_arity(name, "[2, 3]", len(args))
    call = Call(name=name, args=args)
    options = options_of(args[2], rules) if len(args) == 3 else {}
    parse_mode(options, name)
    data_type = schema_argument(args[1], rules)
    if not isinstance(data_type, (StructType, ArrayType, MapType, VariantType)):
        raise mismatch("INVALID_JSON_SCHEMA", call, schema=quoted_type(data_type))
    if has_other_keys(data_type):
        # a map of one's own is called by the column that it becomes
        shown = {"sqlExpr": quoted("entries")} if isinstance(data_type, MapType) else {}
        raise mismatch("INVALID_JSON_MAP_KEY_TYPE", call, **shown, schema=quoted_type(data_type))
    check_corrupt_column(data_type, options)
    if "singlevariantcolumn" in options:
        check_single_variant(data_type, options)
    data_type = loosened(data_type)
    schema = Constant(value=data_type.json(), data_type=StringType(), nullable=False)
    return Call(name=name, args=(accept_text(call, rules), schema, *args[2:]), data_type=data_type, nullable=True)


def has_other_keys(data_type: DataType) -> bool:
    """Whether there is a map in it whose keys are no texts."""
    if isinstance(data_type, StructType):
        return any(has_other_keys(item.dataType) for item in data_type.fields)
    if isinstance(data_type, ArrayType):
        return has_other_keys(data_type.elementType)
    if isinstance(data_type, MapType):
        return not isinstance(data_type.keyType, StringType) or has_other_keys(data_type.valueType)
    return False


def _from_json(frame: Frame, texts: Values, schema: Values, *given: Values) -> Values:
    options = options_value(given[0]) if given else {}
    data_type = frame.site.result_type
    corrupt = options.get("columnnameofcorruptrecord", CORRUPT)
    array = frame.array(texts)
    if isinstance(data_type, StructType):
        simple = not options.keys() - {"mode"} and corrupt not in data_type.names
        if simple and frame.rows >= _MANY:
            found = read_structs(array, data_type, zone_of(frame))
            if found is not None:
                return found
    fail_fast = options.get("mode", "").upper() == "FAILFAST"
    return by_distinct(
        _reading(data_type, zone_of(frame), options, corrupt, fail_fast=fail_fast), array, frame.site.arrow_type
    )


def _reading(
    data_type: DataType, zone: str, options: Mapping[str, str], corrupt: str, *, fail_fast: bool
) -> Callable[[str], Any]:
    with_corrupt = isinstance(data_type, StructType) and corrupt in data_type.names
    wanted = data_type
    if isinstance(data_type, StructType) and with_corrupt:
        wanted = StructType([item for item in data_type.fields if item.name != corrupt])
    reader = JsonReader(wanted, zone, options)

    def read(text: str) -> Any:
        value, fits = reader.read(text)
        if not fits and fail_fast:
            raise malformed(list(value.values()) if isinstance(value, dict) else [value])
        if with_corrupt and value is not None:
            value = {**value, corrupt: None if fits else text}
        return value

    return read


# ---------------------------------------------------------------- to_json


def _to_json_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) not in (1, 2):
        wrong_arity(name, "[1, 2]", len(args))
    if len(args) == 2:
        options_argument(args[1])
    data_type = type_of(args[0])
    if not isinstance(data_type, (StructType, ArrayType, MapType, NullType, VariantType)):
        raise mismatch("INVALID_JSON_SCHEMA", Call(name=name, args=args), schema=quoted_type(data_type))
    if isinstance(data_type, NullType):
        args = (replace(args[0], data_type=StructType([])), *args[1:])
    nullable = args[0].nullable or isinstance(data_type, VariantType)
    return Call(name=name, args=args, data_type=StringType(), nullable=nullable)


def _to_json(frame: Frame, values: Values, *given: Values) -> Values:
    options = options_value(given[0]) if given else {}
    zone = options.get("timezone", zone_of(frame))
    style = JsonStyle(
        ignore_null_fields=options.get("ignorenullfields", "true").lower() == "true",
        date_format=options.get("dateformat"),
        timestamp_format=options.get("timestampformat"),
        timestamp_ntz_format=options.get("timestampntzformat"),
    )
    texts = json_text(frame.array(values), frame.site.arg_types[0], zone, style)
    if options.get("pretty", "").lower() == "true" and not isinstance(frame.site.arg_types[0], VariantType):
        texts = by_distinct(lambda text: pretty_json(parse_json(text)), texts, pa.string())
    if options.get("writenonasciicharacterascodepoint", "").lower() == "true":
        texts = by_distinct(_ascii_only, texts, pa.string())
    return texts


def _ascii_only(text: str) -> str:
    return "".join(chr(unit) if unit < 128 else f"\\u{unit:04X}" for unit in utf16_units(text))


# ---------------------------------------------------------------- a look into the text


def parsed(text: str, leniency: Leniency = _STRICT) -> JsonValue:
    """The first value of a text; `BLANK` for a malformed one."""
    try:
        return parse_json(text, leniency)
    except ValueError:
        return BLANK


def _array_length(text: str) -> int | None:
    value = parsed(text)
    return len(value) if isinstance(value, list) and not isinstance(value, Fields) else None


#: the reference skips the values of an object, and skipping is lenient
_SKIPPING = Leniency(unquoted_control_chars=True)


def _object_keys(text: str) -> list[str] | None:
    value = parsed(text, _SKIPPING)
    return [plain_text(key) for key, _ in value] if isinstance(value, Fields) else None


def _get_json_object(frame: Frame, texts: Values, paths: Values) -> Values:
    return by_distinct_rows(json_at_path, [texts, paths], pa.string(), length=frame.rows)


def tuple_fields(texts: Array, names: Sequence[Values]) -> list[Array]:
    """The columns of ``json_tuple``: the top-level fields of those names, as texts."""

    def look(text: str, *wanted: str | None) -> list[str | None]:
        value = parsed(text)
        given = dict(value) if isinstance(value, Fields) else {}
        return [None if name is None else _shown(given.get(name)) for name in wanted]

    def rows(text: str | None, *wanted: str | None) -> list[str | None]:
        return [None] * len(names) if text is None else look(text, *wanted)

    lists = by_distinct_rows(
        rows, [texts, *names], pa.list_(pa.string(), len(names)), length=len(texts), keep_nulls=True
    )
    flat = lists.flatten()
    return [flat.take(pa.array(range(place, len(flat), len(names)), pa.int64())) for place in range(len(names))]


def _shown(value: JsonValue) -> str | None:
    if value is None:
        return None
    return plain_text(value) if type(value) is str else dump_json(value)


# ---------------------------------------------------------------- schema_of_json


def foldable_text_rule(parameter: str) -> TypeRule:
    """The rule of ``schema_of_json`` and its like: a constant text, and options. `parameter` names the text in errors."""

    def rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
        if len(args) not in (1, 2):
            wrong_arity(name, "[1, 2]", len(args))
        if len(args) == 2:
            options_argument(args[1])
        call = Call(name=name, args=args)
        if not isinstance(type_of(args[0]), NullType):
            args = (accept_text(call, rules), *args[1:])
        if not is_foldable(args[0]):
            raise mismatch(
                "NON_FOLDABLE_INPUT",
                call,
                inputName=f"`{parameter}`",
                inputType=quoted_type(StringType()),
                inputExpr=quoted(sql_text(args[0])),
            )
        if folded(args[0], rules) is None:
            raise mismatch("UNEXPECTED_NULL", call, exprName=parameter)
        return Call(name=name, args=args, data_type=StringType(), nullable=False)

    return rule


def accept_text(call: Call, rules: Rules, index: int = 0) -> Expression:
    """Argument `index` if it is text; no implicit casts. Raises: AnalysisException DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE."""
    from actorstream.expr.coercion import is_string, unexpected_input

    if not is_string(type_of(call.args[index])) and not isinstance(type_of(call.args[index]), NullType):
        raise unexpected_input(call, index, quoted_type(StringType()))
    return accept(call, index, "string", rules)


def text_only(*parameters: str, returns: str | DataType) -> TypeRule:
    """Like `takes`, for functions whose text arguments take no other type."""
    plain = takes(*parameters, returns=returns, nullable=True)

    def rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
        if len(args) == len(parameters):
            call = Call(name=name, args=args)
            args = tuple(accept_text(call, rules, index) for index in range(len(args)))
        return plain(name, args, rules)

    return rule


def _schema_of_json(frame: Frame, texts: Values, *given: Values) -> Values:
    options = options_value(given[0]) if given else {}
    return by_distinct(lambda text: sql_name(schema_of(text, options)), frame.array(texts), pa.string())


_STRINGS = ArrayType(StringType())
FUNCTIONS = [
    Function("from_json", _from_json_rule, _from_json, "JSON text as a value of a type", may_raise=True),
    Function("to_json", _to_json_rule, _to_json, "a struct, array, map or variant as JSON text"),
    Function("get_json_object", text_only("string", "string", returns="string"), _get_json_object, "the part of a JSON text at a path"),
    Function("json_array_length", text_only("string", returns="int"), lambda frame, texts: by_distinct(_array_length, texts, pa.int32()), "number of elements of a JSON array"),
    Function("json_object_keys", text_only("string", returns=_STRINGS), lambda frame, texts: by_distinct(_object_keys, texts, frame.site.arrow_type), "field names of a JSON object"),
    Function("schema_of_json", foldable_text_rule("json"), _schema_of_json, "the type of a JSON text, as DDL", may_raise=True),
]  # fmt: skip
