"""How sqlglot reads Spark SQL here: calls keep the name that the user wrote, so that our registry decides what they are.

The only module, beside the translators, that knows sqlglot. Errors become `ParseException` with Spark's condition.
"""

from __future__ import annotations

import itertools
import logging
from typing import Any

from sqlglot import exp
from sqlglot.dialects.spark import Spark
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import TokenType

from actorstream.errors import ParseException

# it warns of every statement that it only knows as a command, SHOW TABLES among them
logging.getLogger("sqlglot").setLevel(logging.ERROR)

_KEPT_PARSERS = ("EXTRACT", "TRIM", "POSITION", "SUBSTRING")

WRITTEN = "written"
"""Mark of a cast that the user wrote: sqlglot reads ``1L`` and ``DATE '...'`` as casts too."""


WATERMARK = "watermark"
"""Argument of a table alias: event time and delay, as a tuple."""


def _written_cast(parser: Any, *, safe: bool) -> exp.Expression:
    cast: exp.Expression = parser._parse_cast(not safe and parser.STRICT_CAST, safe=safe or None)
    cast.meta[WRITTEN] = True
    return cast


_Dialect: Any = Spark
"""sqlglot makes its dialects with a metaclass that type checkers do not follow."""


class SparkText(_Dialect):  # type: ignore[misc]
    """Spark's grammar without sqlglot's knowledge of functions."""

    class Parser(_Dialect.Parser):  # type: ignore[misc]
        FUNCTIONS: dict[str, Any] = {}
        FUNCTION_PARSERS = {
            **{name: parser for name, parser in Spark.Parser.FUNCTION_PARSERS.items() if name in _KEPT_PARSERS},
            "CAST": lambda self: _written_cast(self, safe=False),
            "TRY_CAST": lambda self: _written_cast(self, safe=True),
        }

        def _parse_table_alias(self, *args: Any, **options: Any) -> Any:
            """``WATERMARK time DELAY OF INTERVAL ...`` stands between a relation and its alias; it is kept with the alias."""
            watermark = None
            if self._match_text_seq("WATERMARK"):
                time = self._parse_disjunction()
                if self._match(TokenType.ALIAS):
                    time = exp.Alias(this=time, alias=self._parse_id_var())
                if not self._match_text_seq("DELAY", "OF"):
                    self.raise_error("Expected DELAY OF")
                watermark = exp.Tuple(expressions=[time, self._parse_interval()])
            alias = super()._parse_table_alias(*args, **options)
            if watermark is not None:
                alias = alias or exp.TableAlias()
                alias.set(WATERMARK, watermark)
            return alias

        # else `array(1, 2)[0]` would be the array of 0
        ARRAY_CONSTRUCTORS: dict[str, Any] = {}
        NO_PAREN_FUNCTIONS: dict[Any, Any] = {}
        NO_PAREN_FUNCTION_PARSERS = {
            name: parser for name, parser in Spark.Parser.NO_PAREN_FUNCTION_PARSERS.items() if name == "CASE"
        }


def parse(text: str, *, prefix: str = "") -> exp.Expression:
    """The syntax tree of one statement.

    Args:
        prefix: put before the text to make a statement of it; positions in errors do not count it.
    Raises: ParseException PARSE_SYNTAX_ERROR, PARSE_EMPTY_STATEMENT.
    """
    if not text.strip():
        raise ParseException(errorClass="PARSE_EMPTY_STATEMENT", messageParameters={})
    try:
        found = _parsed(prefix + text)
    except (ParseError, TokenError) as error:
        raise _syntax_error(error, len(prefix)) from None
    statements = [item for item in found if item is not None]
    if len(statements) != 1:
        raise ParseException(
            errorClass="PARSE_SYNTAX_ERROR", messageParameters={"error": "';'", "hint": ": extra input ';'"}
        )
    statement: Any = statements[0]
    return statement


def _parsed(text: str) -> list[exp.Expression | None]:
    dialect = SparkText()
    tokens = dialect.tokenize(text)
    for token, following in itertools.pairwise(tokens):
        # WINDOW is a clause before a name and a function before a parenthesis, also where a clause could stand
        if token.token_type == TokenType.WINDOW and following.token_type == TokenType.L_PAREN:
            token.token_type = TokenType.VAR
    parsed: list[exp.Expression | None] = dialect.parser().parse(tokens, text)
    return parsed


def _syntax_error(error: ParseError | TokenError, skipped: int) -> ParseException:
    """Spark's error at the word where the parser gave up, with its place: line from 1, position from 0."""
    details: dict[str, Any] = {}
    if isinstance(error, ParseError) and error.errors:
        details = dict(error.errors[0])
    word = str(details.get("highlight") or "").strip()
    line, column = details.get("line"), details.get("col")
    ended = not str(details.get("end_context") or "").strip() and "Invalid expression" not in str(error)
    where = ""
    if line and column:
        place = int(column) if ended else int(column) - len(word)
        where = f" (line {line}, pos {max(place - (skipped if line == 1 else 0), 0)})"
    near = "end of input" if ended or not word else f"'{word}'"
    return ParseException(errorClass="PARSE_SYNTAX_ERROR", messageParameters={"error": near, "hint": where})
