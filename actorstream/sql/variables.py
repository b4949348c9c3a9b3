"""SQL variables, DECLARE, SET VARIABLE and DROP, and EXECUTE IMMEDIATE, whose results may go into variables.

Source: Spark's ``SqlBaseParser.g4``, ``SetVariableExec``, ``ResolveExecuteImmediate``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sqlglot.tokenizer_core import TokenType

from actorstream.errors import AnalysisException, ParseException, SparkRuntimeException
from actorstream.expr.coercion import quoted_type, type_of
from actorstream.expr.nodes import Alias, Constant
from actorstream.expr.types import StringType, sql_name
from actorstream.plan.sql_dialect import SparkText
from actorstream.plan.sql_text import parse_expression
from actorstream.sql.column import Column
from actorstream.sql.relations import builtin_path
from actorstream.sql.tables import name_parts

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame
    from actorstream.sql.session import SparkSession

Plan = Callable[[str], "DataFrame"]
"""Gives the frame of a query's text."""


def declare(
    session: SparkSession, names: str, data_type: str | None, default: str | None, plan: Plan, *, replace: bool
) -> None:
    """DECLARE [OR REPLACE] name, ... [type] [DEFAULT value]. Raises: AnalysisException VARIABLE_ALREADY_EXISTS."""
    text = default or "NULL"
    text = f"CAST({text} AS {data_type})" if data_type else text
    value = _value(plan, text)
    for name in map(_name, _parts(names)):
        if name in session._variables and not replace:
            raise AnalysisException(
                errorClass="VARIABLE_ALREADY_EXISTS", messageParameters={"variableName": f"`system`.`session`.`{name}`"}
            )
        session._variables[name] = value
        session._variable_defaults[name] = text


def assign(session: SparkSession, assignments: str, plan: Plan) -> None:
    """SET VARIABLE name = value, ... and SET VARIABLE (name, ...) = (query). All values are known before any changes.

    Raises: AnalysisException UNRESOLVED_VARIABLE, DUPLICATE_ASSIGNMENTS, ASSIGNMENT_ARITY_MISMATCH.
    """
    text = assignments.strip()
    if text.startswith("("):
        end = text.index(")")
        _, _, query = text[end:].partition("=")
        _assign_row(session, _parts(text[1:end]), plan(_within(query)), plan)
        return
    pairs = [part.partition("=") for part in _parts(text)]
    if not all(sign for _, sign, _ in pairs):
        raise ParseException(errorClass="INVALID_SET_SYNTAX", messageParameters={})
    names = _known(session, [name for name, _, _ in pairs])
    values = [
        session._variable_defaults[name] if value.strip().upper() == "DEFAULT" else value
        for name, (_, _, value) in zip(names, pairs, strict=True)
    ]
    session._variables.update(
        {name: _fitting(session, name, value, plan) for name, value in zip(names, values, strict=True)}
    )


def forget(session: SparkSession, name: str, *, exists: bool) -> None:
    """DROP TEMPORARY VARIABLE [IF EXISTS] name. Raises: AnalysisException VARIABLE_NOT_FOUND."""
    name = _name(name)
    session._variable_defaults.pop(name, None)
    if session._variables.pop(name, None) is None and not exists:
        raise AnalysisException(
            errorClass="VARIABLE_NOT_FOUND", messageParameters={"variableName": f"`system`.`session`.`{name}`"}
        )


def execute_immediate(session: SparkSession, text: str, plan: Plan) -> DataFrame | None:
    """EXECUTE IMMEDIATE statement [INTO name, ...] [USING value [AS name], ...].

    Returns: the statement's frame; None if its one row has gone into variables.
    Raises: AnalysisException INVALID_EXPR_TYPE_FOR_QUERY_EXECUTE_IMMEDIATE, NULL_QUERY_STRING_EXECUTE_IMMEDIATE,
        ASSIGNMENT_ARITY_MISMATCH; SparkRuntimeException ROW_SUBQUERY_TOO_MANY_ROWS.
    """
    written, into, using = _clauses(text)
    statement = _value(plan, written)
    if not isinstance(statement.data_type, StringType):
        raise AnalysisException(
            errorClass="INVALID_EXPR_TYPE_FOR_QUERY_EXECUTE_IMMEDIATE",
            messageParameters={"exprType": quoted_type(type_of(statement))},
        )
    if statement.value is None:
        raise AnalysisException(
            errorClass="NULL_QUERY_STRING_EXECUTE_IMMEDIATE", messageParameters={"varName": f"`{written}`"}
        )
    arguments = [_argument(plan, part) for part in _parts(_within(using))]
    named = {name: value for name, value in arguments if name is not None}
    if named and len(named) != len(arguments):
        raise AnalysisException(errorClass="INVALID_QUERY_MIXED_QUERY_PARAMETERS", messageParameters={})
    frame = session.sql(statement.value, named or [value for _, value in arguments])
    if not into:
        return frame
    _assign_row(session, _parts(into), frame, plan)
    return None


def _argument(plan: Plan, text: str) -> tuple[str | None, Column]:
    item = parse_expression(text)
    if not isinstance(item, Alias):
        return None, Column(_value(plan, text))
    place = max(text.upper().rfind(" AS "), text.rfind(" "))
    return item.name, Column(_value(plan, text[:place]))


def _assign_row(session: SparkSession, written: Sequence[str], frame: DataFrame, plan: Plan) -> None:
    """The one row of a frame into variables; nulls if it has none."""
    names = _known(session, written)
    width = len(frame.columns)
    if width != len(names):
        raise AnalysisException(
            errorClass="ASSIGNMENT_ARITY_MISMATCH",
            messageParameters={"numExpr": str(width), "numTarget": str(len(names))},
        )
    rows = frame.limit(2).collect()
    if len(rows) > 1:
        raise SparkRuntimeException(errorClass="ROW_SUBQUERY_TOO_MANY_ROWS", messageParameters={})
    values = [
        Constant(value=rows[0][place] if rows else None, data_type=field.dataType, nullable=True)
        for place, field in enumerate(frame.schema.fields)
    ]
    changed = {}
    for name, value in zip(names, values, strict=True):
        kind = session._variables[name].data_type
        made = frame.sparkSession.range(1).select(Column(value).cast(kind)).collect()[0][0]  # type: ignore[arg-type]
        changed[name] = Constant(value=made, data_type=kind, nullable=made is None)
    session._variables.update(changed)


def _known(session: SparkSession, written: Sequence[str]) -> list[str]:
    """The names of variables. Raises: AnalysisException UNRESOLVED_VARIABLE, DUPLICATE_ASSIGNMENTS."""
    names = [_name(item) for item in written]
    for name in names:
        if name not in session._variables:
            raise AnalysisException(
                errorClass="UNRESOLVED_VARIABLE",
                messageParameters={"variableName": f"`{name}`", "searchPath": builtin_path(session)},
            )
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice:
        raise AnalysisException(
            errorClass="DUPLICATE_ASSIGNMENTS", messageParameters={"nameList": ", ".join(f"`{name}`" for name in twice)}
        )
    return names


def _fitting(session: SparkSession, name: str, text: str, plan: Plan) -> Constant:
    kind = session._variables[name].data_type
    assert kind is not None
    return _value(plan, f"CAST({text} AS {sql_name(kind)})")


def _value(plan: Plan, text: str) -> Constant:
    """The value of an expression, as a constant."""
    frame = plan(f"SELECT {text}")
    (field,) = frame.schema
    (row,) = frame.collect()
    return Constant(value=row[0], data_type=field.dataType, nullable=row[0] is None)


def _name(text: str) -> str:
    return name_parts(text.strip())[-1].lower()


# ---------------------------------------------------------------- words


def _clauses(text: str) -> tuple[str, str, str]:
    """The texts of the statement, of INTO and of USING."""
    starts = {"": 0}
    ends = {"": len(text)}
    current = ""
    for token in _outside(text):
        word = text[token.start : token.end + 1].upper()
        if word in ("INTO", "USING") and token.token_type not in (TokenType.STRING, TokenType.IDENTIFIER):
            ends[current] = token.start
            current = word
            starts[word], ends[word] = token.end + 1, len(text)
    return tuple(text[starts[key] : ends[key]].strip() if key in starts else "" for key in ("", "INTO", "USING"))  # type: ignore[return-value]


def _parts(text: str) -> list[str]:
    """The parts between commas outside of all brackets."""
    if not text.strip():
        return []
    cuts = [token.start for token in _outside(text) if token.token_type == TokenType.COMMA]
    return [
        text[start:end].strip() for start, end in zip([0, *(cut + 1 for cut in cuts)], [*cuts, len(text)], strict=True)
    ]


def _within(text: str) -> str:
    """The text without parentheses around the whole of it."""
    text = text.strip()
    return text[1:-1] if text.startswith("(") and text.endswith(")") and not _cut_inside(text) else text


def _cut_inside(text: str) -> bool:
    """Whether the first parenthesis closes before the end."""
    return any(token.start > 0 and token.end < len(text) - 1 for token in _outside(text))


def _outside(text: str) -> list[Any]:
    """The tokens outside of all brackets; those of the brackets themselves are inside."""
    found, depth = [], 0
    opening = (TokenType.L_PAREN, TokenType.L_BRACKET)
    closing = (TokenType.R_PAREN, TokenType.R_BRACKET)
    for token in SparkText().tokenize(text):
        depth -= token.token_type in closing
        if depth == 0 and token.token_type not in (*opening, *closing):
            found.append(token)
        depth += token.token_type in opening
    return found
