"""XML in columns: ``from_xml to_xml schema_of_xml``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from actorstream.errors import PySparkNotImplementedError
from actorstream.expr.arrow import Values, pa
from actorstream.expr.coercion import Rules, mismatch, quoted_type, type_of, unexpected_input, wrong_arity
from actorstream.expr.distinct import by_distinct
from actorstream.expr.evaluation import Frame
from actorstream.expr.folding import options_of, options_value
from actorstream.expr.functions.date_parts import zone_of
from actorstream.expr.functions.json import (
    accept_text,
    check_corrupt_column,
    foldable_text_rule,
    has_other_keys,
    loosened,
    malformed,
    parse_mode,
    schema_argument,
)
from actorstream.expr.nodes import Call, Constant, Expression
from actorstream.expr.registry import Function
from actorstream.expr.types import (
    DataType,
    NullType,
    StringType,
    StructField,
    StructType,
    VariantType,
    holds,
    sql_name,
)
from actorstream.expr.xml_options import XmlOptions
from actorstream.expr.xml_reader import XmlReader
from actorstream.expr.xml_schema import XmlInference, settled
from actorstream.expr.xml_text import XmlWriter

# ---------------------------------------------------------------- from_xml


def refuse_variants(data_type: DataType) -> None:
    """Raise for a type with variants, which XML is neither read into nor written from. Raises: NOT_IMPLEMENTED."""
    if holds(data_type, VariantType, in_maps=True):
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": "XML of VARIANT columns",
                "remedy": "Read into a struct and use to_variant_object; cast a variant to a struct before writing.",
            },
        )


def _from_xml_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) not in (2, 3):
        wrong_arity(name, "[2, 3]", len(args))
    call = Call(name=name, args=args)
    options = options_of(args[2], rules) if len(args) == 3 else {}
    parse_mode(options, name)
    data_type = schema_argument(args[1], rules)
    refuse_variants(data_type)
    if not isinstance(data_type, StructType):
        raise mismatch("INVALID_XML_SCHEMA", call, schema=quoted_type(data_type))
    if has_other_keys(data_type):
        raise mismatch("INVALID_XML_MAP_KEY_TYPE", call, schema=quoted_type(data_type))
    check_corrupt_column(data_type, options)
    text = accept_text(call, rules)
    XmlOptions.of(options, rules.zone)
    data_type = loosened(data_type)
    schema = Constant(value=data_type.json(), data_type=StringType(), nullable=False)
    return Call(name=name, args=(text, schema, *args[2:]), data_type=data_type, nullable=True)


def _from_xml(frame: Frame, texts: Values, schema: Values, *given: Values) -> Values:
    data_type = frame.site.result_type
    assert isinstance(data_type, StructType)
    options = options_value(given[0]) if given else {}
    of_xml = XmlOptions.of(options, zone_of(frame))
    wanted = [item for item in data_type.fields if item.name != of_xml.corrupt]
    reader = XmlReader(StructType(wanted), of_xml, case_sensitive=frame.site.case_sensitive)
    fail_fast = options.get("mode", "").upper() == "FAILFAST"
    with_corrupt = len(wanted) < len(data_type.fields)

    def read(text: str) -> dict[str, Any]:
        row, fits = reader.read(text)
        if not fits and fail_fast:
            raise malformed(list(row.values()))
        if with_corrupt:
            row[of_xml.corrupt] = None if fits else text
        return row

    return by_distinct(read, frame.array(texts), frame.site.arrow_type)


# ---------------------------------------------------------------- to_xml


def _to_xml_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) not in (1, 2):
        wrong_arity(name, "[1, 2]", len(args))
    XmlWriter.of(options_of(args[1], rules) if len(args) == 2 else {}, rules.zone)
    data_type = type_of(args[0])
    refuse_variants(data_type)
    if isinstance(data_type, NullType):
        args = (replace(args[0], data_type=StructType([])), *args[1:])
    elif not isinstance(data_type, StructType):
        raise unexpected_input(Call(name=name, args=args), 0, '"STRUCT"')
    return Call(name=name, args=args, data_type=StringType(), nullable=True)


def _to_xml(frame: Frame, values: Values, *given: Values) -> Values:
    data_type = frame.site.arg_types[0]
    if not isinstance(data_type, StructType) or not data_type.fields:
        return pa.nulls(frame.rows, pa.string())
    writer = XmlWriter.of(options_value(given[0]) if given else {}, zone_of(frame))
    return writer.rows(frame.array(values), data_type)


# ---------------------------------------------------------------- schema_of_xml

_TEXT_RULE = foldable_text_rule("xml")


def _schema_of_xml_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    typed = _TEXT_RULE(name, args, rules)
    options = options_of(args[1], rules) if len(args) == 2 else {}
    parse_mode(options, name)
    XmlOptions.of(options, rules.zone)
    return typed


def _schema_of_xml(frame: Frame, texts: Values, *given: Values) -> Values:
    options = options_value(given[0]) if given else {}
    of_xml = XmlOptions.of(options, zone_of(frame))
    inference = XmlInference(of_xml, case_sensitive=frame.site.case_sensitive)

    def one(text: str) -> str:
        found = inference.of_text(text)
        if found is None:
            if options.get("mode", "").upper() == "FAILFAST":
                raise malformed([of_xml.corrupt])
            found = StructType([StructField(of_xml.corrupt, StringType(), True)])
        return sql_name(settled(found))

    return by_distinct(one, frame.array(texts), pa.string())


FUNCTIONS = [
    Function("from_xml", _from_xml_rule, _from_xml, "an XML text as a struct", may_raise=True),
    Function("to_xml", _to_xml_rule, _to_xml, "a struct as XML text", may_raise=True),
    Function("schema_of_xml", _schema_of_xml_rule, _schema_of_xml, "the type of an XML text, as DDL", may_raise=True),
]
