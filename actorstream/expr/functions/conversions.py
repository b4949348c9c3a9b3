"""Casts by the name of the type: ``int(x) string(x) date(x)``. In column names they do not show, as in Spark."""

from __future__ import annotations

from actorstream.expr.cast_rules import check_cast
from actorstream.expr.coercion import Rules, same_type, type_of, wrong_arity
from actorstream.expr.nodes import Cast, Expression
from actorstream.expr.registry import Function, TypeRule
from actorstream.expr.types import fixed_type

_NAMES = ("boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal", "date", "timestamp", "binary", "string")  # fmt: skip


def _cast_rule(type_name: str) -> TypeRule:
    target = fixed_type(type_name)

    def rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
        if len(args) != 1:
            wrong_arity(name, "1", len(args))
        own = type_of(args[0])
        if same_type(own, target):
            return args[0]
        cast = Cast(child=args[0], to=target, data_type=target, nullable=True)
        check_cast(cast, own, ansi=rules.ansi)
        return Cast(child=args[0], to=target, implicit=True, data_type=target, nullable=True)

    return rule


FUNCTIONS = [Function(name, _cast_rule(name), None, f"the value as {name.upper()}") for name in _NAMES]
