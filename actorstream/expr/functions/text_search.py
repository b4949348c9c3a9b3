"""Looks for a text, or bytes, in another: ``startswith endswith contains instr locate position``.

Positions count characters, from 1, as in SQL; 0 says that there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actorstream.errors import SparkRuntimeException
from actorstream.expr.arrow import Values, pa, pc
from actorstream.expr.coercion import Rules, cast_to, literal, takes, type_of, wrong_arity
from actorstream.expr.distinct import by_distinct_rows
from actorstream.expr.evaluation import Frame
from actorstream.expr.nodes import Expression
from actorstream.expr.registry import Function, Kernel, TypeRule
from actorstream.expr.types import BinaryType, StringType

TEXT_OR_BYTES = "string|binary"


def of_one_kind(first: int, second: int, rule: TypeRule) -> TypeRule:
    """Two arguments that are compared or joined: bytes beside a text are read as text."""

    def resolve(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
        if len(args) > second:
            kinds = [isinstance(type_of(args[place]), BinaryType) for place in (first, second)]
            if kinds[0] != kinds[1]:
                given = list(args)
                mixed = first if kinds[0] else second
                given[mixed] = cast_to(given[mixed], StringType())
                args = tuple(given)
        return rule(name, args, rules)

    return resolve


def _instr_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if not 2 <= len(args) <= 4:
        wrong_arity(name, "[2, 3, 4]", len(args))
    if len(args) == 3:
        args = (*args, literal(1))
    return takes("string", "string", "int", "int", optional=2, returns="int")(name, args, rules)


def _instr(frame: Frame, *values: Values) -> Values:
    return by_distinct_rows(find_occurrence, list(values), pa.int32(), length=frame.rows)


def find_occurrence(text: str, part: str, start: int = 1, occurrence: int = 1) -> int:
    """Where `part` stands for the `occurrence`-th time from `start` on, to the left if that is negative; 0 if nowhere."""
    if occurrence < 1:
        raise SparkRuntimeException(
            errorClass="INVALID_PARAMETER_VALUE.OCCURRENCE",
            messageParameters={"parameter": "`occurrence`", "functionName": "`instr`", "actual": str(occurrence)},
        )
    if not part:
        return 1
    if start == 0:
        return 0
    place = start - 2 if start > 0 else len(text) + start + 1
    for _ in range(occurrence):
        place = text.find(part, place + 1) if start > 0 else text.rfind(part, 0, max(place - 1 + len(part), 0))
        if place < 0:
            return 0
    return place + 1


def _locate(frame: Frame, needle: Values, text: Values, start: Values) -> Values:
    def locate(part: str | None, whole: str | None, begin: int | None) -> int | None:
        if begin is None:
            return 0
        if part is None or whole is None:
            return None
        if not part:
            return 1 if begin > 0 else 0
        return whole.find(part, begin - 1) + 1 if begin > 0 else 0

    return by_distinct_rows(locate, [needle, text, start], pa.int32(), length=frame.rows, keep_nulls=True)


def _match_literal(kernel: Callable[..., Any], test: Callable[[Any, Any], bool]) -> Kernel:
    def evaluate(frame: Frame, values: Values, pattern: Values) -> Values:
        if isinstance(pattern, pa.Scalar):
            wanted = pattern.as_py()
            if wanted is None:
                return pa.nulls(frame.rows, pa.bool_())
            return kernel(values, wanted)
        return by_distinct_rows(test, [values, pattern], pa.bool_(), length=frame.rows)

    return evaluate


_IN_TEXT = of_one_kind(0, 1, takes(TEXT_OR_BYTES, TEXT_OR_BYTES, returns="boolean"))


def _matching_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    """Bytes in bytes; else both are texts."""
    if len(args) == 2 and not any(isinstance(type_of(item), BinaryType) for item in args):
        return takes("string", "string", returns="boolean")(name, args, rules)
    return _IN_TEXT(name, args, rules)


FUNCTIONS = [
    Function("instr", _instr_rule, _instr, "position of a text in another, from 1; of its n-th occurrence from a start", may_raise=True),
    *(
        Function(name, takes("string", "string", "int", returns="int", defaults=(1,)), _locate, "position of a text in another, from 1")
        for name in ("locate", "position", "charindex")
    ),
    Function("startswith", _matching_rule, _match_literal(pc.starts_with, lambda whole, part: whole.startswith(part)), "whether a text begins with another"),
    Function("endswith", _matching_rule, _match_literal(pc.ends_with, lambda whole, part: whole.endswith(part)), "whether a text ends with another"),
    Function("contains", _matching_rule, _match_literal(pc.match_substring, lambda whole, part: part in whole), "whether a text holds another"),
]  # fmt: skip
