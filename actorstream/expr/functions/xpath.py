"""XPath on columns of XML text: ``xpath`` and ``xpath_boolean xpath_double xpath_int ...``.

Source: Spark ``xmlXPath``, ``UDFXPathUtil``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from actorstream.errors import SparkRuntimeException
from actorstream.expr.arrow import Values, pa
from actorstream.expr.coercion import Rules, mismatch, quoted, quoted_type, wrong_arity
from actorstream.expr.distinct import by_distinct
from actorstream.expr.evaluation import Frame
from actorstream.expr.folding import is_foldable
from actorstream.expr.functions.json import accept_text
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import Call, Expression
from actorstream.expr.registry import Function, Kernel, TypeRule
from actorstream.expr.types import ArrayType, DataType, StringType, parse_type
from actorstream.expr.xml_tree import XmlNode, parse_xml
from actorstream.expr.xpath import compile_xpath
from actorstream.expr.xpath_values import Value, as_boolean, as_nodes, as_number, as_text

#: letters of a text that an error shows
_SHOWN = 200


def _rule(returns: DataType) -> TypeRule:
    """Two texts, the path a constant one."""

    def rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
        if len(args) != 2:
            wrong_arity(name, "2", len(args))
        call = Call(name=name, args=args)
        if not is_foldable(args[1]):
            raise mismatch(
                "NON_FOLDABLE_INPUT",
                call,
                inputName="`path`",
                inputType=quoted_type(StringType()),
                inputExpr=quoted(sql_text(args[1])),
            )
        texts = tuple(accept_text(call, rules, index) for index in range(2))
        return Call(name=name, args=texts, data_type=returns, nullable=True)

    return rule


def _kernel(convert: Callable[[Value], Any]) -> Kernel:
    """`convert` is what becomes of the value that a path has."""

    def kernel(frame: Frame, texts: Values, paths: Values) -> Values:
        path = (paths if isinstance(paths, pa.Scalar) else paths[0]).as_py() if frame.rows else None
        if not path:
            return pa.nulls(frame.rows, frame.site.arrow_type)
        function = f"`{frame.site.name}`"

        def one(text: str) -> Any:
            if not text:
                return None
            try:
                evaluate = compile_xpath(path)
            except ValueError as error:
                raise _bad_path(function, path, error) from None
            document = _document(function, text)
            try:
                return convert(evaluate(document))
            except ValueError as error:
                raise _bad_path(function, path, error) from None

        return by_distinct(one, frame.array(texts), frame.site.arrow_type)

    return kernel


def _document(function: str, text: str) -> XmlNode:
    try:
        return parse_xml(text)
    except ValueError as error:
        shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
        raise SparkRuntimeException(
            errorClass="XPATH_INVALID_DOCUMENT",
            messageParameters={"functionName": function, "detail": str(error), "text": shown},
        ) from None


def _bad_path(function: str, path: str, error: ValueError) -> SparkRuntimeException:
    return SparkRuntimeException(
        errorClass="XPATH_INVALID_PATH",
        messageParameters={"functionName": function, "path": path, "detail": str(error)},
    )


def _node_values(value: Value) -> list[str | None]:
    """What the nodes say themselves: null for elements, a text up to the CDATA section in it."""
    return [_node_value(node) for node in as_nodes(value)]


def _node_value(node: XmlNode) -> str | None:
    if node.kind in ("element", "document"):
        return None
    return node.pieces[0] if node.pieces else node.value


def _integer(bits: int) -> Callable[[Value], int]:
    """Java's narrowing: the fraction goes, what is too large is the largest."""
    least, greatest = -(1 << (bits - 1)), (1 << (bits - 1)) - 1

    def convert(value: Value) -> int:
        number = as_number(value)
        if math.isnan(number):
            return 0
        if math.isinf(number):
            return greatest if number > 0 else least
        return min(max(int(number), least), greatest)

    return convert


def _short(value: Value) -> int:
    """An integer of 32 bits cut to 16."""
    return (_INT(value) + 0x8000) % 0x10000 - 0x8000


_INT = _integer(32)


def _function(name: str, returns: DataType, convert: Callable[[Value], Any], doc: str) -> Function:
    return Function(name, _rule(returns), _kernel(convert), doc, may_raise=True)


FUNCTIONS = [
    _function("xpath", ArrayType(StringType()), _node_values, "the values of the nodes that an XPath finds in an XML text"),
    _function("xpath_boolean", parse_type("boolean"), as_boolean, "whether an XPath is true or finds a node in an XML text"),
    _function("xpath_double", parse_type("double"), as_number, "the number that an XPath gives in an XML text"),
    _function("xpath_number", parse_type("double"), as_number, "the number that an XPath gives in an XML text"),
    _function("xpath_float", parse_type("float"), as_number, "the number that an XPath gives in an XML text"),
    _function("xpath_int", parse_type("int"), _INT, "the whole number that an XPath gives in an XML text, 0 for none"),
    _function("xpath_long", parse_type("bigint"), _integer(64), "the whole number that an XPath gives in an XML text, 0 for none"),
    _function("xpath_short", parse_type("smallint"), _short, "the whole number that an XPath gives in an XML text, 0 for none"),
    _function("xpath_string", parse_type("string"), as_text, "the text that an XPath finds first in an XML text"),
]  # fmt: skip
