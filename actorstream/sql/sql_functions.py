"""``CREATE [OR REPLACE] TEMPORARY FUNCTION`` with a body of SQL, ``DROP TEMPORARY FUNCTION``, and what DESCRIBE says of one.

Source: Spark's ``createUserDefinedFunction`` in ``SqlBaseParser.g4``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from actorstream.errors import AnalysisException, ParseException, PySparkNotImplementedError
from actorstream.expr.coercion import type_of
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import Attribute, Cast, Constant, Expression, next_attribute_id
from actorstream.expr.types import StructType, parse_data_type, parse_schema
from actorstream.expr.typing import resolve
from actorstream.plan.resolution import contains_aggregate
from actorstream.plan.sql_dialect import SparkText, parse
from actorstream.plan.sql_errors import syntax_error
from actorstream.plan.sql_from import single_row
from actorstream.plan.sql_functions import Parameter, SqlFunction
from actorstream.plan.sql_query import plan_query
from actorstream.plan.sql_text import translate
from actorstream.sql.relations import find_relation, not_found

if TYPE_CHECKING:
    from actorstream.plan.nodes import LogicalPlan
    from actorstream.sql.session import SparkSession

Node = Any
Token = Any


def create_function(session: SparkSession, text: str) -> None:
    """Make the function that a statement tells of.

    Raises: ParseException; AnalysisException ROUTINE_ALREADY_EXISTS and those of the body; PySparkNotImplementedError for one
        that is not temporary.
    """
    statement = _Statement(text)
    temporary, replaces, exists = statement.head()
    if not temporary:
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": "CREATE FUNCTION for all sessions",
                "remedy": "Make it for this session: CREATE TEMPORARY FUNCTION.",
            },
        )
    if exists:
        raise ParseException(errorClass="INVALID_SQL_SYNTAX.CREATE_TEMP_FUNC_WITH_IF_NOT_EXISTS", messageParameters={})
    conf = session._conf
    name = statement.name()
    found = _checked(session, statement.function(name))
    known = name.lower() in conf.routines or name.lower() in conf.table_routines
    if known and not replaces:
        raise AnalysisException(
            errorClass="ROUTINE_ALREADY_EXISTS",
            messageParameters={
                "routineName": f"`{name.lower()}`",
                "newRoutineType": "routine",
                "existingRoutineType": "routine",
            },
        )
    drop_function(session, name, exists=True)
    (conf.table_routines if found.is_table else conf.routines)[name.lower()] = found


def drop_function(session: SparkSession, name: str, *, exists: bool) -> None:
    """Forget a function of the user. Raises: AnalysisException ROUTINE_NOT_FOUND unless `exists`."""
    conf = session._conf
    found = [names.pop(name.lower(), None) for names in (conf.routines, conf.table_routines)]
    if not any(found) and not exists:
        raise AnalysisException(errorClass="ROUTINE_NOT_FOUND", messageParameters={"routineName": f"`{name.lower()}`"})


def described(function: SqlFunction) -> list[str]:
    """What DESCRIBE FUNCTION says."""
    inputs = [(item.name, item.data_type.simpleString().upper()) for item in function.parameters] or [("()", "")]
    lines = [f"Function: {function.name}", f"Type:     {'TABLE' if function.is_table else 'SCALAR'}"]
    lines += _listed("Input:    ", inputs)
    if isinstance(function.returns, StructType) and function.is_table:
        columns = [(field.name, field.dataType.simpleString().upper()) for field in function.returns.fields]
        return [*lines, *_listed("Returns:  ", columns)]
    assert function.returns is not None
    return [*lines, f"Returns:  {function.returns.simpleString().upper()}"]


def _listed(label: str, pairs: Sequence[tuple[str, str]]) -> list[str]:
    names, types = (max(len(pair[place]) for pair in pairs) for place in (0, 1))
    return [
        f"{label if place == 0 else ' ' * len(label)}{name:<{names}} {kind:<{types}}"
        for place, (name, kind) in enumerate(pairs)
    ]


# ---------------------------------------------------------------- the statement

_ENDS_TYPE = frozenset({"LANGUAGE", "COMMENT", "DETERMINISTIC", "NOT", "CONTAINS", "READS", "SQL", "RETURN"})


class _Statement:
    """The words of a CREATE FUNCTION, read from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text.strip().rstrip(";")
        self._tokens: list[Token] = list(SparkText().tokenize(self._text))
        self._place = 0

    def head(self) -> tuple[bool, bool, bool]:
        """Whether it is temporary, replaces another, and is only made if there is none."""
        self._expect("CREATE")
        replaces = self._accept("OR", "REPLACE")
        temporary = self._accept("TEMPORARY") or self._accept("TEMP")
        self._expect("FUNCTION")
        return temporary, replaces, self._accept("IF", "NOT", "EXISTS")

    def name(self) -> str:
        """The name, without its catalog and schema."""
        name = self._take()
        while self._accept("."):
            name = self._take()
        return name

    def function(self, name: str) -> SqlFunction:
        """Parameters, result and body."""
        if self._word() == "AS":
            raise AnalysisException(
                errorClass="CANNOT_LOAD_FUNCTION_CLASS",
                messageParameters={
                    "className": self._text_of(self._place + 1).strip("'\""),
                    "functionName": f"`{name}`",
                },
            )
        parameters = self._parameters(name)
        returns, is_table = self._returns()
        comment = self._characteristics()
        start = self._tokens[self._place].start if self._place < len(self._tokens) else len(self._text)
        text = self._text[start:]
        body: Node = parse(text) if is_table else _only_item(text)
        return SqlFunction(name, tuple(parameters), returns, body, is_table, comment)

    def _parameters(self, function: str) -> list[Parameter]:
        self._expect("(")
        found: list[Parameter] = []
        while not self._accept(")"):
            if found:
                self._expect(",")
            name = self._take()
            data_type = parse_data_type(self._until("DEFAULT", "COMMENT", ",", ")"))
            default = _only_item(self._until("COMMENT", ",", ")")) if self._accept("DEFAULT") else None
            if self._accept("COMMENT"):
                self._take()
            if found and found[-1].default is not None and default is None:
                raise AnalysisException(
                    errorClass="USER_DEFINED_FUNCTIONS.NOT_A_VALID_DEFAULT_PARAMETER_POSITION",
                    messageParameters={
                        "functionName": function,
                        "parameterName": found[-1].name,
                        "nextParameterName": name,
                    },
                )
            found.append(Parameter(name, data_type, default))
        names = [parameter.name.lower() for parameter in found]
        twice = [name for place, name in enumerate(names) if name in names[:place]]
        if twice:
            raise AnalysisException(
                errorClass="DUPLICATE_ROUTINE_PARAMETER_NAMES",
                messageParameters={"routineName": function, "names": ", ".join(f"`{name}`" for name in twice)},
            )
        return found

    def _returns(self) -> tuple[Any, bool]:
        """The type that is declared, None for that of the body; and whether it is a table's."""
        if not self._accept("RETURNS"):
            return None, False
        if not self._accept("TABLE"):
            return parse_data_type(self._until(*_ENDS_TYPE)), False
        if not self._accept("("):
            return None, True
        columns = parse_schema(self._until(")"))
        self._expect(")")
        return columns, True

    def _characteristics(self) -> str | None:
        comment = None
        while not self._accept("RETURN"):
            if self._accept("COMMENT"):
                comment = self._take()
            elif self._word() in ("LANGUAGE", "SQL", "DETERMINISTIC", "NOT", "CONTAINS", "READS", "DATA"):
                self._place += 1
            else:
                raise self._error()
        return comment

    # ------------------------------------------------------------ words

    def _word(self) -> str:
        """The next word in capitals, empty at the end."""
        if self._place >= len(self._tokens):
            return ""
        token = self._tokens[self._place]
        return "" if token.token_type == TokenType.STRING else self._text_of(self._place).upper()

    def _text_of(self, place: int) -> str:
        token = self._tokens[place] if place < len(self._tokens) else None
        return "" if token is None else self._text[token.start : token.end + 1]

    def _accept(self, *words: str) -> bool:
        place = self._place
        for word in words:
            if self._word() != word:
                self._place = place
                return False
            self._place += 1
        return True

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            raise self._error()

    def _take(self) -> str:
        """A name or a text."""
        if self._place >= len(self._tokens):
            raise self._error()
        self._place += 1
        return str(self._tokens[self._place - 1].text)

    def _until(self, *words: str) -> str:
        """The text up to one of the words outside of all brackets."""
        start, depth = self._place, 0
        while self._place < len(self._tokens):
            word = self._word()
            if depth == 0 and word in words:
                break
            depth += (word in ("(", "<")) - (word in (")", ">"))
            self._place += 1
        if start == self._place:
            raise self._error()
        return self._text[self._tokens[start].start : self._tokens[self._place - 1].end + 1]

    def _error(self) -> ParseException:
        if self._place >= len(self._tokens):
            return syntax_error(self._text, len(self._text), None)
        return syntax_error(self._text, self._tokens[self._place].start, self._text_of(self._place))


def _only_item(text: str) -> Node:
    select: Any = parse(text, prefix="SELECT ")
    return select.expressions[0]


# ---------------------------------------------------------------- what the body is


def _checked(session: SparkSession, function: SqlFunction) -> SqlFunction:
    """The function with the result that it declares, or else that of its body. Raises: AnalysisException for the body."""
    for parameter in function.parameters:
        if parameter.default is not None:
            resolve(Cast(child=translate(parameter.default), to=parameter.data_type), (), session._conf)
    if function.is_table:
        return _checked_table(session, function)
    nulls = _nulls(function)
    if function.has_query:
        tree = function.query_with(nulls)
        body: Expression = _planned(session, exp.Select(expressions=[tree])).output[-1]
    else:
        columns = [
            Attribute(name=item.name, id=next_attribute_id(), data_type=item.data_type, nullable=True)
            for item in function.parameters
        ]
        written = translate(function.body)
        if contains_aggregate(written):
            raise AnalysisException(
                errorClass="USER_DEFINED_FUNCTIONS.CANNOT_CONTAIN_COMPLEX_FUNCTIONS",
                messageParameters={"queryText": sql_text(written)},
            )
        body = resolve(written, columns, session._conf)
        if function.returns is not None:
            resolve(Cast(child=written, to=function.returns), columns, session._conf)
    return function if function.returns is not None else replace(function, returns=type_of(body))


def _checked_table(session: SparkSession, function: SqlFunction) -> SqlFunction:
    found = _planned(session, function.query_with(_nulls(function)))
    if not function.returns is not None:
        return replace(function, returns=found.schema)
    assert isinstance(function.returns, StructType)
    if len(found.output) != len(function.returns.fields):
        raise AnalysisException(
            errorClass="USER_DEFINED_FUNCTIONS.RETURN_COLUMN_COUNT_MISMATCH",
            messageParameters={
                "name": function.name,
                "outputSize": str(len(found.output)),
                "returnParamSize": str(len(function.returns.fields)),
            },
        )
    return function


def _nulls(function: SqlFunction) -> list[Expression]:
    return [Cast(child=Constant(value=None), to=parameter.data_type) for parameter in function.parameters]


def _planned(session: SparkSession, tree: Node) -> LogicalPlan:
    def find(name: str) -> LogicalPlan:
        found = find_relation(session, name)
        if found is None:
            raise not_found(session, name)
        return found

    return plan_query(tree, find, single_row(), session._conf, session._variables)
