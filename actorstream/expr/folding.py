"""Values of constant expressions at analysis time: the schema of ``from_json``, the options of ``to_csv``, a number format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actorstream.errors import AnalysisException
from actorstream.expr.arrow import pa
from actorstream.expr.coercion import Rules, quoted_type, type_of
from actorstream.expr.nodes import Call, Cast, Constant, Expression
from actorstream.expr.types import MapType, StringType


def is_foldable(expression: Expression) -> bool:
    """Whether an expression has the same value in every row and at any time."""
    from actorstream.expr.registry import lookup

    for node in expression.walk():
        if isinstance(node, Call):
            entry = lookup(node.name)
            if (
                entry is None
                or entry.kernel is None
                or not entry.deterministic
                or not (node.args or entry.name in _EMPTY)
            ):
                return False
        elif not isinstance(node, (Constant, Cast)):
            return False
    return True


#: functions that are constant without an argument
_EMPTY = frozenset({"array", "map", "struct", "named_struct", "concat", "pi", "e"})


def folded(expression: Expression, rules: Rules) -> Any:
    """The value of a resolved, foldable expression as a plain Python value."""
    from actorstream.common.config import ANSI_ENABLED, Conf
    from actorstream.expr.compile import compile_expression
    from actorstream.expr.evaluation import Batch, EvalContext

    if isinstance(expression, Constant):
        return expression.value
    conf = Conf({ANSI_ENABLED.key: str(rules.ansi).lower(), "spark.sql.session.timeZone": rules.zone})
    context = EvalContext(batch_time_us=0, epoch=0, partition=0, time_zone=rules.zone)
    compiled = compile_expression(expression, pa.schema([]), conf)
    found = compiled.evaluate(Batch(1, pa.nulls, context))
    return (found if isinstance(found, pa.Scalar) else found[0]).as_py()


def options_argument(expression: Expression) -> Expression:
    """The argument of a function that holds its options: a call of ``map`` with texts.

    Raises: AnalysisException INVALID_OPTIONS.NON_MAP_FUNCTION, INVALID_OPTIONS.NON_STRING_TYPE.
    """
    if not (isinstance(expression, Call) and expression.name == "map" and is_foldable(expression)):
        raise AnalysisException(errorClass="INVALID_OPTIONS.NON_MAP_FUNCTION", messageParameters={})
    data_type = type_of(expression)
    texts = isinstance(data_type, MapType) and all(
        isinstance(part, StringType) for part in (data_type.keyType, data_type.valueType)
    )
    if expression.args and not texts:
        raise AnalysisException(
            errorClass="INVALID_OPTIONS.NON_STRING_TYPE", messageParameters={"mapType": quoted_type(data_type)}
        )
    return expression


def options_of(expression: Expression, rules: Rules) -> dict[str, str]:
    """What an options argument says, keys in lower case."""
    return {str(key).lower(): str(value) for key, value in folded(options_argument(expression), rules) or ()}


def options_value(scalar: Any) -> Mapping[str, str]:
    """What an options argument evaluated to, keys in lower case."""
    if not isinstance(scalar, pa.Scalar):
        scalar = scalar[0]
    return {str(key).lower(): str(value) for key, value in scalar.as_py() or ()}


__all__ = ["folded", "is_foldable", "options_argument", "options_of", "options_value"]
