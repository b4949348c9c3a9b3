"""JSON, CSV and XML: ``from_json to_json get_json_object from_csv to_xml ...``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actorstream.errors import PySparkTypeError, PySparkValueError
from actorstream.expr.coercion import literal
from actorstream.expr.nodes import Expression
from actorstream.expr.types import ArrayType, DataType, MapType, StructType
from actorstream.sql.column import Column
from actorstream.sql.functions._build import Argument, call, literal_of, value
from actorstream.sql.functions._build import column as column_of

__all__ = [
    "from_csv",
    "from_json",
    "from_xml",
    "get_json_object",
    "json_tuple",
    "schema_of_csv",
    "schema_of_json",
    "schema_of_xml",
    "to_csv",
    "to_json",
    "to_xml",
]


def _options(options: Mapping[str, Any] | None) -> list[Expression]:
    """Reader and writer options as a ``map`` of texts, the form that SQL has, too."""
    if not options:
        return []
    plain = {key: str(item).lower() if isinstance(item, bool) else str(item) for key, item in options.items()}
    return [literal_of(plain)]


def _schema_of(schema: ArrayType | StructType | MapType | DataType | Column | str) -> Expression:
    if isinstance(schema, DataType):
        return literal(schema.json())
    if isinstance(schema, Column):
        return schema.expression
    if not isinstance(schema, str):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={
                "expected_type": "Column, DataType or str",
                "arg_name": "schema",
                "arg_type": type(schema).__name__,
            },
        )
    return literal(schema)


def from_json(
    col: Argument,
    schema: ArrayType | StructType | MapType | Column | str,
    options: Mapping[str, str] | None = None,
) -> Column:
    """JSON text as a value of a type; broken text is null, unfit fields are null."""
    return call("from_json", column_of(col), _schema_of(schema), *_options(options))


def to_json(col: Argument, options: Mapping[str, str] | None = None) -> Column:
    """A struct, array or map as JSON text; null fields are left out."""
    return call("to_json", column_of(col), *_options(options))


def schema_of_json(json: Argument, options: Mapping[str, str] | None = None) -> Column:
    """The type of a JSON text, as DDL."""
    return call("schema_of_json", literal_of(json), *_options(options))


def from_csv(col: Argument, schema: StructType | Column | str, options: Mapping[str, str] | None = None) -> Column:
    """A line of CSV as a struct."""
    return call("from_csv", column_of(col), _schema_of(schema), *_options(options))


def schema_of_csv(csv: Argument, options: Mapping[str, str] | None = None) -> Column:
    """The type of a line of CSV, as DDL."""
    return call("schema_of_csv", literal_of(csv), *_options(options))


def to_csv(col: Argument, options: Mapping[str, str] | None = None) -> Column:
    """A struct as a line of CSV."""
    return call("to_csv", column_of(col), *_options(options))


def get_json_object(col: Argument, path: str) -> Column:
    """The part of a JSON text at a path (``$.a[0].b``), as text."""
    return call("get_json_object", column_of(col), value(path))


def json_tuple(col: Argument, *fields: str) -> Column:
    """Several top-level fields of a JSON text, as texts in columns ``c0``, ``c1``, ...

    Raises: PySparkValueError CANNOT_BE_EMPTY.
    """
    if not fields:
        raise PySparkValueError(errorClass="CANNOT_BE_EMPTY", messageParameters={"item": "field"})
    return call("json_tuple", column_of(col), *(literal(field) for field in fields))


def from_xml(col: Argument, schema: StructType | Column | str, options: Mapping[str, str] | None = None) -> Column:
    """An XML text as a struct; what does not fit is null.

    Raises: PySparkTypeError NOT_EXPECTED_TYPE.
    """
    if not isinstance(schema, (StructType, Column, str)):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={
                "expected_type": "StructType, Column or str",
                "arg_name": "schema",
                "arg_type": type(schema).__name__,
            },
        )
    return call("from_xml", column_of(col), _schema_of(schema), *_options(options))


def to_xml(col: Argument, options: Mapping[str, str] | None = None) -> Column:
    """A struct as XML text; null fields are left out."""
    return call("to_xml", column_of(col), *_options(options))


def schema_of_xml(xml: Argument, options: Mapping[str, str] | None = None) -> Column:
    """The type of an XML text, as DDL.

    Raises: PySparkTypeError NOT_EXPECTED_TYPE.
    """
    if not isinstance(xml, (Column, str)):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={"expected_type": "Column or str", "arg_name": "xml", "arg_type": type(xml).__name__},
        )
    return call("schema_of_xml", literal_of(xml), *_options(options))
