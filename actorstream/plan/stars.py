"""Stars in expressions: ``*``, ``t.*``, ``struct.*``, with EXCEPT, as items of a list and as arguments of functions.

Source: Spark ``UnresolvedStar``, ``UnresolvedStarExceptOrReplace``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from actorstream.common.config import CASE_SENSITIVE, Conf
from actorstream.errors import AnalysisException
from actorstream.expr.coercion import literal, type_of
from actorstream.expr.naming import output_name
from actorstream.expr.nodes import (
    AggregateCall,
    Alias,
    Attribute,
    Call,
    CaseWhen,
    Cast,
    Expression,
    GetField,
    Star,
    UnresolvedAttribute,
    next_attribute_id,
)
from actorstream.expr.types import DataType, StructType
from actorstream.expr.typing import resolve, suggestions, with_routines
from actorstream.plan.expressions import ColumnPattern
from actorstream.plan.nodes import LogicalPlan
from actorstream.plan.resolution import columns_with_keys, same_name


def expand_stars(expressions: Iterable[Expression], plan: LogicalPlan, conf: Conf) -> list[Expression]:
    """The expressions with ``*``, ``t.*`` and ``struct.*`` replaced by what they stand for.

    Raises: AnalysisException CANNOT_RESOLVE_STAR_EXPAND, EXCEPT_OVERLAPPING_COLUMNS, INVALID_USAGE_OF_STAR_OR_REGEX.
    """
    found: list[Expression] = []
    for written in expressions:
        expression = with_routines(written, conf)
        if isinstance(expression, Star):
            found.extend(_star(expression, plan, conf))
        elif isinstance(expression, ColumnPattern):
            columns = _star(Star(target=expression.target), plan, conf)
            flags = 0 if conf.value(CASE_SENSITIVE) else re.IGNORECASE
            pattern = re.compile(expression.pattern, flags)
            found.extend(column for column in columns if pattern.fullmatch(output_name(column)))
        else:
            found.append(with_star_arguments(expression, plan, conf))
    return found


def with_star_arguments(expression: Expression, plan: LogicalPlan, conf: Conf) -> Expression:
    """``struct(*)`` and ``count(DISTINCT *)`` take every column as an argument; ``count(*)`` counts rows.

    Raises: AnalysisException INVALID_USAGE_OF_STAR_OR_REGEX for the operand of an operator,
        INVALID_USAGE_OF_STAR_WITH_TABLE_IDENTIFIER_IN_COUNT.
    """
    if not any(isinstance(node, Star) for node in expression.walk()):
        return expression
    return expression.transform_up(lambda node: _with_columns(node, plan, conf))


def refuse_stars(expressions: Iterable[Expression], clause: str) -> None:
    """Raise for a star that is a key of a sort or of a group. Raises: AnalysisException INVALID_USAGE_OF_STAR_OR_REGEX."""
    if any(isinstance(expression, Star) for expression in expressions):
        raise _misplaced(clause)


def _misplaced(place: str) -> AnalysisException:
    return AnalysisException(
        errorClass="INVALID_USAGE_OF_STAR_OR_REGEX", messageParameters={"elem": "'*'", "prettyName": place}
    )


_OPERATORS = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "%": "remainder",
    "div": "integraldivide",
    "=": "equalto",
    "<=>": "equalnullsafe",
    "<": "lessthan",
    ">": "greaterthan",
    "<=": "lessthanorequal",
    ">=": "greaterthanorequal",
    "and": "and",
    "or": "or",
    "not": "not",
    "isnull": "isnull",
    "isnotnull": "isnotnull",
    "like": "like",
    "rlike": "rlike",
    "&": "bitwiseand",
    "|": "bitwiseor",
    "^": "bitwisexor",
    "~": "bitwisenot",
    "getitem": "unresolvedextractvalue",
}
"""Operators, whose operands are no lists of arguments, by the name that an error gives them."""


def _with_columns(node: Expression, plan: LogicalPlan, conf: Conf) -> Expression:
    operand_of = _operator(node)
    if operand_of is not None and any(isinstance(child, Star) for child in node.children):
        raise _misplaced(f"expression `{operand_of}`")
    if not isinstance(node, (Call, AggregateCall)) or not any(isinstance(argument, Star) for argument in node.args):
        return node
    if isinstance(node, AggregateCall) and node.name == "count" and len(node.args) == 1:
        (star,) = node.args
        assert isinstance(star, Star)
        if star.target:
            raise AnalysisException(
                errorClass="INVALID_USAGE_OF_STAR_WITH_TABLE_IDENTIFIER_IN_COUNT",
                messageParameters={"tableName": ".".join(f"`{part}`" for part in star.target)},
            )
        if not node.distinct:
            return replace(node, args=())
    args = [
        item
        for argument in node.args
        for item in (_star(argument, plan, conf) if isinstance(argument, Star) else [argument])
    ]
    return replace(node, args=tuple(args))


def _operator(node: Expression) -> str | None:
    if isinstance(node, Call):
        name = node.name.lower()
        return "unaryminus" if name == "-" and len(node.args) == 1 else _OPERATORS.get(name)
    kinds = {CaseWhen: "casewhen", Cast: "cast", GetField: "unresolvedextractvalue"}
    return kinds.get(type(node))


def _star(star: Star, plan: LogicalPlan, conf: Conf) -> Sequence[Expression]:
    if star.without:
        return _without(_star(replace(star, without=()), plan, conf), star.without, plan, conf)
    if not star.target:
        return plan.output
    qualified = [
        column
        for column in columns_with_keys(plan)
        if column.qualifier
        and len(star.target) <= len(column.qualifier)
        and all(same_name(a, b, conf) for a, b in zip(star.target, column.qualifier[-len(star.target) :], strict=True))
    ]
    if qualified:
        return qualified
    try:
        base = resolve(UnresolvedAttribute(parts=star.target), plan.output, conf)
    except AnalysisException:
        base = None
    if base is not None and isinstance(base.data_type, StructType):
        return [UnresolvedAttribute(parts=(*star.target, name)) for name in base.data_type.names]
    if base is not None:
        raise AnalysisException(
            errorClass="_LEGACY_ERROR_TEMP_1050", messageParameters={"attributes": f"List({', '.join(star.target)})"}
        )
    # the columns are named only where a name could be meant
    candidates = suggestions("`" + "`.`".join(star.target) + "`", [item for item in plan.output if item.qualifier])
    raise AnalysisException(
        errorClass="CANNOT_RESOLVE_STAR_EXPAND",
        messageParameters={"targetString": "`" + "`.`".join(star.target) + "`", "columns": ", ".join(candidates)},
    )


# ---------------------------------------------------------------- EXCEPT

_Path = tuple[str, ...]


def _without(
    every: Sequence[Expression], left_out: Sequence[tuple[str, ...]], plan: LogicalPlan, conf: Conf
) -> list[Expression]:
    """The items except some, or with structs that lack some of their fields, ``* EXCEPT (s.a)``."""
    columns = [_as_column(item, plan, conf) for item in every]
    paths: dict[int, list[_Path]] = {}
    for parts in left_out:
        found = resolve(UnresolvedAttribute(parts=parts), columns, conf)
        base, path = _path(found)
        if any(_overlap(path, other) for other in paths.get(base.id, ())):
            raise AnalysisException(
                errorClass="EXCEPT_OVERLAPPING_COLUMNS",
                messageParameters={"columns": ", ".join(".".join(name) for name in left_out)},
            )
        paths.setdefault(base.id, []).append(path)
    kept: list[Expression] = []
    for item, column in zip(every, columns, strict=True):
        inside = paths.get(column.id, [])
        if not inside:
            kept.append(item)
        elif all(inside):
            kept.append(Alias(child=_smaller(item, type_of(column), inside, conf), name=column.name))
    return kept


def _as_column(item: Expression, plan: LogicalPlan, conf: Conf) -> Attribute:
    """A field of a struct as a column of its own."""
    if isinstance(item, Attribute):
        return item
    found = resolve(item, plan.output, conf)
    return Attribute(
        name=output_name(found), id=next_attribute_id(), data_type=found.data_type, nullable=found.nullable
    )


def _path(found: Expression) -> tuple[Attribute, _Path]:
    path: list[str] = []
    while not isinstance(found, Attribute):
        if isinstance(found, GetField):
            path.insert(0, found.field_name)
        (found,) = found.children
    return found, tuple(path)


def _overlap(one: _Path, other: _Path) -> bool:
    return all(a == b for a, b in zip(one, other, strict=False))


def _smaller(value: Expression, data_type: DataType, left_out: Sequence[_Path], conf: Conf) -> Expression:
    """A struct without some of its fields. As in the reference, a null becomes a struct of nulls."""
    assert isinstance(data_type, StructType)
    args: list[Expression] = []
    for field in data_type.fields:
        inside = [path[1:] for path in left_out if same_name(path[0], field.name, conf)]
        if inside and not all(inside):
            continue
        part: Expression = GetField(child=value, field_name=field.name)
        args += [literal(field.name), _smaller(part, field.dataType, inside, conf) if inside else part]
    return Call(name="named_struct", args=tuple(args))
