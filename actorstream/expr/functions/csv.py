"""CSV in columns: ``from_csv to_csv schema_of_csv``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from actorstream.errors import AnalysisException, PySparkNotImplementedError, UnsupportedOperationException
from actorstream.expr.arrow import Array, Values, pa, pc
from actorstream.expr.coercion import Rules, mismatch, quoted, quoted_type, type_of, wrong_arity
from actorstream.expr.csv_lines import LineGrammar, split_line
from actorstream.expr.csv_text import CellReading, CellWriting
from actorstream.expr.distinct import by_distinct
from actorstream.expr.evaluation import Frame
from actorstream.expr.folding import folded, options_argument, options_of, options_value
from actorstream.expr.functions.date_parts import zone_of
from actorstream.expr.functions.json import (
    CORRUPT,
    accept_text,
    check_corrupt_column,
    foldable_text_rule,
    loosened,
    malformed,
    parse_mode,
    schema_argument,
)
from actorstream.expr.nodes import Call, Constant, Expression
from actorstream.expr.registry import Function
from actorstream.expr.types import (
    VARIANT,
    AnsiIntervalType,
    BooleanType,
    CalendarIntervalType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegralType,
    NullType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    VariantType,
    holds,
    sql_name,
    to_arrow,
)

_PLAIN = (StringType, BooleanType, IntegralType, FloatType, DoubleType, DecimalType, DateType, TimestampType,
          TimestampNTZType, AnsiIntervalType, CalendarIntervalType, NullType, VariantType)  # fmt: skip


# ---------------------------------------------------------------- from_csv


def _from_csv_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) not in (2, 3):
        wrong_arity(name, "[2, 3]", len(args))
    call = Call(name=name, args=args)
    options = options_of(args[2], rules) if len(args) == 3 else {}
    parse_mode(options, name)
    data_type = schema_argument(args[1], rules)
    if not isinstance(data_type, StructType):
        raise AnalysisException(
            errorClass="INVALID_SCHEMA.NON_STRUCT_TYPE",
            messageParameters={
                "inputSchema": quoted(str(folded(args[1], rules))),
                "dataType": quoted_type(data_type),
            },
        )
    check_corrupt_column(data_type, options)
    if "singlevariantcolumn" in options:
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": "The option singleVariantColumn of from_csv",
                "remedy": "Name the columns; each of them may be a VARIANT.",
            },
        )
    LineGrammar.of(options)
    text = accept_text(call, rules)
    for item in data_type.fields:
        if not isinstance(item.dataType, _PLAIN):
            raise UnsupportedOperationException(
                errorClass="UNSUPPORTED_DATATYPE", messageParameters={"typeName": quoted_type(item.dataType)}
            )
    data_type = loosened(data_type)
    schema = Constant(value=data_type.json(), data_type=StringType(), nullable=False)
    return Call(name=name, args=(text, schema, *args[2:]), data_type=data_type, nullable=True)


def _reading(options: Mapping[str, str], zone: str) -> CellReading:
    return CellReading(
        zone=options.get("timezone", zone),
        null_value=options.get("nullvalue", ""),
        empty_value=options.get("emptyvalue", ""),
        nan_value=options.get("nanvalue", "NaN"),
        positive_inf=options.get("positiveinf", "Inf"),
        negative_inf=options.get("negativeinf", "-Inf"),
        date_format=options.get("dateformat"),
        timestamp_format=options.get("timestampformat"),
        timestamp_ntz_format=options.get("timestampntzformat"),
        strip_start=_flag(options, "ignoreleadingwhitespace", "false"),
        strip_end=_flag(options, "ignoretrailingwhitespace", "false"),
        prefers_date=_flag(options, "preferdate", "true"),
    )


def _flag(options: Mapping[str, str], name: str, default: str) -> bool:
    return options.get(name, default).lower() == "true"


def _column(lines: list[list[tuple[str, bool]]], place: int, reading: CellReading) -> Array:
    """Field number `place` of every line; null where a line is too short."""
    there = [line[place] if place < len(line) else (None, False) for line in lines]
    texts = pa.array([text for text, _ in there], pa.string())
    return reading.cells(texts, np.array([quoted for _, quoted in there], np.bool_))


def _from_csv(frame: Frame, texts: Values, schema: Values, *given: Values) -> Values:
    options = options_value(given[0]) if given else {}
    data_type = frame.site.result_type
    assert isinstance(data_type, StructType)
    encoded = frame.array(texts).dictionary_encode()
    structs = _structs(encoded.dictionary, data_type, options, zone_of(frame))
    return structs.take(encoded.indices)


def _structs(texts: Array, data_type: StructType, options: Mapping[str, str], zone: str) -> Array:
    """A struct for each text. Raises: SparkRuntimeException MALFORMED_RECORD_IN_PARSING if that is what `mode` wants."""
    reading, grammar = _reading(options, zone), LineGrammar.of(options)
    corrupt = options.get("columnnameofcorruptrecord", CORRUPT)
    lines = [split_line(text, grammar) for text in texts.to_pylist()]
    named = [item for item in data_type.fields if item.name != corrupt]
    # a text without anything is a row of nulls, and no broken one
    bad = np.array([len(line) != len(named) and line != [("", False)] for line in lines], np.bool_)
    columns: dict[str, Array] = {}
    for place, item in enumerate(named):
        columns[item.name], failed = reading.convert(_column(lines, place, reading), item.dataType)
        if isinstance(item.dataType, VariantType):
            there = pa.array([place < len(line) and line != [("", False)] for line in lines], pa.bool_())
            columns[item.name] = pc.if_else(there, columns[item.name], pa.scalar(None, VARIANT))
        bad |= failed
    if bad.any() and options.get("mode", "").upper() == "FAILFAST":
        first = int(np.flatnonzero(bad)[0])
        raise malformed([column[first].as_py() for column in columns.values()])
    if len(named) < len(data_type.fields):
        columns[corrupt] = pc.if_else(pa.array(bad), texts, pa.scalar(None, pa.string()))
    arrow_type = to_arrow(data_type)
    fields = [arrow_type.field(place) for place in range(arrow_type.num_fields)]
    arrays = [columns[field.name].cast(field.type) for field in fields]
    return pa.StructArray.from_arrays(arrays, fields=fields)


# ---------------------------------------------------------------- to_csv


def _to_csv_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) not in (1, 2):
        wrong_arity(name, "[1, 2]", len(args))
    if len(args) == 2:
        options_argument(args[1])
    data_type = type_of(args[0])
    if isinstance(data_type, NullType):
        args = (replace(args[0], data_type=StructType([])), *args[1:])
    elif not isinstance(data_type, StructType) or holds(data_type, VariantType, in_maps=True):
        raise mismatch(
            "UNSUPPORTED_INPUT_TYPE",
            Call(name=name, args=args),
            functionName=f"`{name}`",
            dataType=quoted_type(data_type),
        )
    return Call(name=name, args=args, data_type=StringType(), nullable=True)


def _to_csv(frame: Frame, values: Values, *given: Values) -> Values:
    options = options_value(given[0]) if given else {}
    data_type = frame.site.arg_types[0]
    nothing = pa.scalar(None, pa.string())
    if not isinstance(data_type, StructType) or not data_type.fields:
        return pa.nulls(frame.rows, pa.string())
    grammar = LineGrammar.of(options)
    writing = CellWriting(
        separator=grammar.separator,
        quote=grammar.quote,
        escape=grammar.escape,
        zone=options.get("timezone", zone_of(frame)),
        null_value=options.get("nullvalue", ""),
        empty_value=options.get("emptyvalue", '""'),
        quote_all=_flag(options, "quoteall", "false"),
        escape_quotes=_flag(options, "escapequotes", "true"),
        date_format=options.get("dateformat"),
        timestamp_format=options.get("timestampformat"),
        timestamp_ntz_format=options.get("timestampntzformat"),
        strip_start=_flag(options, "ignoreleadingwhitespace", "true"),
        strip_end=_flag(options, "ignoretrailingwhitespace", "true"),
    )
    structs = frame.array(values)
    cells = [
        writing.cells(child, item.dataType, first=place == 0)
        for place, (child, item) in enumerate(zip(structs.flatten(), data_type.fields, strict=True))
    ]
    lines = pc.binary_join_element_wise(*cells, grammar.separator)
    if len(cells) == 1:
        # the reference's writer gives no line for one field of nothing
        lines = pc.if_else(pc.equal(lines, ""), nothing, lines)
    return pc.if_else(pc.is_valid(structs), lines, nothing)


# ---------------------------------------------------------------- schema_of_csv


def _schema_of_csv(frame: Frame, texts: Values, *given: Values) -> Values:
    options = options_value(given[0]) if given else {}
    reading, grammar = _reading(options, zone_of(frame)), LineGrammar.of(options)

    def one(text: str) -> str:
        line = split_line(text, grammar)
        kinds = [reading.infer(_column([line], place, reading), NullType()) for place in range(len(line))]
        fields = [
            StructField(f"_c{place}", StringType() if isinstance(kind, NullType) else kind, True)
            for place, kind in enumerate(kinds)
        ]
        return sql_name(StructType(fields))

    return by_distinct(one, frame.array(texts), pa.string())


FUNCTIONS = [
    Function("from_csv", _from_csv_rule, _from_csv, "a line of CSV as a struct", may_raise=True),
    Function("to_csv", _to_csv_rule, _to_csv, "a struct as a line of CSV"),
    Function("schema_of_csv", foldable_text_rule("csv"), _schema_of_csv, "the type of a line of CSV, as DDL"),
]
