"""What Spark's grammar refuses and sqlglot lets pass, and the word at which Spark says so. Used by `plan.sql_dialect`.

Spark's parser names the first word that cannot go on, and hints: ``extra input`` where leaving it out would do, ``missing`` where
one sign before it would. Here each is a rule over the tokens.
Source: ANTLR's ``DefaultErrorStrategy``, as Spark 4.3 reports it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot.tokenizer_core import TokenType

from actorstream.errors import AnalysisException, ParseException
from actorstream.plan.sql_errors import syntax_error
from actorstream.plan.sql_tokens import TEXTS, Word

Token = Any

_FIRST_WORDS = frozenset(
    [
        "(",
        "ADD",
        "ALTER",
        "ANALYZE",
        "BEGIN",
        "CACHE",
        "CALL",
        "CLEAR",
        "COMMENT",
        "COMMIT",
        "CREATE",
        "DECLARE",
        "DELETE",
        "DESC",
        "DESCRIBE",
        "DFS",
        "DROP",
        "EXECUTE",
        "EXPLAIN",
        "EXPORT",
        "FROM",
        "GRANT",
        "IMPORT",
        "INSERT",
        "LIST",
        "LOAD",
        "LOCK",
        "MAP",
        "MERGE",
        "MSCK",
        "REDUCE",
        "REFRESH",
        "REPAIR",
        "REPLACE",
        "RESET",
        "REVOKE",
        "ROLLBACK",
        "SELECT",
        "SET",
        "SHOW",
        "START",
        "TABLE",
        "TRUNCATE",
        "UNCACHE",
        "UNLOCK",
        "UPDATE",
        "USE",
        "VALUES",
        "WITH",
    ]
)
"""What a statement of Spark's grammar can begin with."""

_QUERIES = frozenset({"(", "FROM", "SELECT", "TABLE", "VALUES", "WITH"})

_FOREIGN = frozenset({"$", "@", "{", "}", "#"})
"""Letters that sqlglot knows from other dialects."""

_COMPARISONS = frozenset({TokenType.EQ, TokenType.GT, TokenType.GTE, TokenType.LT, TokenType.LTE, TokenType.NEQ})


def check_words(tokens: Sequence[Token], words: Sequence[Word], text: str, prefix: str) -> None:
    """Raise for what cannot be. Raises: ParseException, AnalysisException TRAILING_COMMA_IN_SELECT.

    Args:
        prefix: what was put before the text to make a statement of it; empty for a statement.
    """
    if not words or words[-1].start < 0:
        raise syntax_error(text, len(text), None)
    first = words[0].text.split()[0].upper()
    if not prefix and first not in _FIRST_WORDS:
        raise syntax_error(text, words[0].start, words[0].text)
    if first == "INSERT" and len(words) > 1 and words[1].text.upper() not in ("INTO", "OVERWRITE"):
        raise syntax_error(text, words[1].start, words[1].text)
    check = _Check(tokens, words, text)
    for place in range(len(tokens)):
        check.sign(place)
        if place:
            check.pair(place)
        if place and (prefix or first in _QUERIES):
            check.text_literal(place)
            check.after_operator(place)
    if prefix or first in _QUERIES:
        check.brackets(is_item=prefix == "SELECT ")
        check.cases()
    last = tokens[-1].token_type
    if last in (TokenType.COMMA, TokenType.ON):
        raise syntax_error(text, len(text), None)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A bracket that is not closed yet."""

    place: int
    commas: int = 0


@dataclass(frozen=True, slots=True)
class _Check:
    tokens: Sequence[Token]
    words: Sequence[Word]
    text: str

    def error(self, place: int, hint: str = "") -> ParseException:
        """The error at a token, or at the end of the input. Without another hint, the last token of all is extra input."""
        if place >= len(self.words):
            return syntax_error(self.text, len(self.text), None, hint)
        word = self.words[place].text.split()[0]
        extra = place == len(self.words) - 1 and not hint
        return syntax_error(self.text, self.words[place].start, word, f": extra input '{word}'" if extra else hint)

    def kind(self, place: int) -> Any:
        """The type of a token; None before the first and after the last one."""
        return self.tokens[place].token_type if 0 <= place < len(self.tokens) else None

    def upper(self, place: int) -> str:
        """A word in capitals, empty before the first and after the last one."""
        return self.words[place].text.upper() if 0 <= place < len(self.words) else ""

    # ------------------------------------------------------------ one token and its neighbours

    def sign(self, place: int) -> None:
        """Signs that Spark does not have, and statements behind one another."""
        word = self.words[place]
        if self.kind(place) == TokenType.SEMICOLON:
            if self.words[0].start < 0:
                raise self.error(place)
            after = min(place + 1, len(self.words) - 1)
            extra = self.words[after]
            raise syntax_error(self.text, extra.start, extra.text, f": extra input '{extra.text}'")
        if word.text in _FOREIGN and self.kind(place) not in (TokenType.STRING, TokenType.IDENTIFIER):
            raise self.error(place)

    def pair(self, place: int) -> None:
        """Items of a list left out, two comparisons in a row, brackets and clauses without content."""
        one, other = self.kind(place - 1), self.kind(place)
        empty = one == TokenType.COMMA and other in (TokenType.COMMA, TokenType.R_PAREN)
        empty = empty or (one in (TokenType.SELECT, TokenType.L_PAREN) and other == TokenType.COMMA)
        empty = empty or (one == TokenType.L_BRACKET and other == TokenType.R_BRACKET)
        empty = empty or (one == TokenType.ARROW and other == TokenType.R_PAREN)
        empty = empty or (one == TokenType.DOT and other == TokenType.DOT)
        empty = empty or (one == TokenType.ALIAS and other == TokenType.R_PAREN)
        empty = empty or (other == TokenType.R_PAREN and one in (TokenType.PARTITION_BY, TokenType.ORDER_BY))
        shift = one == other and one in (TokenType.LT, TokenType.GT)
        shift = shift and self.words[place].start == self.words[place - 1].start + 1
        if empty or (one in _COMPARISONS and other in _COMPARISONS and not shift):
            raise syntax_error(self.text, self.words[place].start, self.words[place].text)
        if other == TokenType.NUMBER and one == TokenType.DOT and self.kind(place - 2) == TokenType.NUMBER:
            number = f".{self.words[place].text}"  # 1.2.3 is 1.2 and .3
            hint = f": extra input '{number}'" if place == len(self.words) - 1 else ""
            raise syntax_error(self.text, self.words[place - 1].start, number, hint)
        if one == TokenType.COMMA and other == TokenType.FROM:
            raise AnalysisException(errorClass="TRAILING_COMMA_IN_SELECT", messageParameters={})
        sets = (TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT, TokenType.ALL)
        if other == TokenType.SELECT and one in sets and place == len(self.tokens) - 1:
            raise self.error(place)

    def after_operator(self, place: int) -> None:
        """What may follow IS, IN, INTERVAL and an operand."""
        one, other = self.kind(place - 1), self.kind(place)
        if self.upper(place - 1) == "IS" and one not in TEXTS:
            to = place + (other == TokenType.NOT)
            if self.upper(to) not in ("NULL", "TRUE", "FALSE", "UNKNOWN", "DISTINCT") and to < len(self.tokens):
                word = self.words[to]
                raise self.error(to) if to == place else syntax_error(self.text, word.start, word.text)
        if one == TokenType.IN and other not in (TokenType.L_PAREN, *TEXTS, TokenType.UNNEST) and not self._in(place):
            raise self.error(place)
        values = (TokenType.VAR, TokenType.IDENTIFIER, TokenType.NUMBER, TokenType.R_PAREN, *TEXTS)
        if other == TokenType.PLACEHOLDER and one in values and self.is_operand(place - 1):
            raise self.error(place)
        if self.upper(place - 2) == "INTERVAL" and one == TokenType.NUMBER and not self.upper(place)[:1].isalpha():
            raise self.error(place)
        if place == len(self.tokens) - 1 and self.upper(place - 1) == "INTERVAL" and other == TokenType.NUMBER:
            raise self.error(place + 1)

    def _in(self, place: int) -> bool:
        """Whether IN belongs to ``position('a' IN b)``."""
        return any(self.upper(before) == "POSITION" for before in range(place))

    def is_operand(self, place: int) -> bool:
        """Whether a value ends with this token."""
        kinds = (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.VAR, TokenType.IDENTIFIER, TokenType.NUMBER, *TEXTS)
        constants = (TokenType.NULL, TokenType.TRUE, TokenType.FALSE, TokenType.END, TokenType.PLACEHOLDER)
        kind = self.kind(place)
        word = self.upper(place)
        if kind in _JOINERS or word in _BEFORE_OPERAND:
            return False
        return kind in kinds or kind in constants or word.isidentifier()

    # ------------------------------------------------------------ brackets

    def brackets(self, *, is_item: bool) -> None:
        """Brackets that are not closed, or were never opened; in one expression, commas and clauses outside of them."""
        opened: list[_Opened] = []
        for place in range(len(self.tokens)):
            kind = self.kind(place)
            if kind in (TokenType.L_PAREN, TokenType.L_BRACKET):
                opened.append(_Opened(place))
            elif kind in (TokenType.R_PAREN, TokenType.R_BRACKET):
                if not opened:
                    raise self.error(place)
                opened.pop()
            elif kind == TokenType.COMMA and opened:
                opened[-1] = _Opened(opened[-1].place, opened[-1].commas + 1)
            elif is_item and not opened:
                self._only_item(place)
            elif kind == TokenType.FROM and opened and self._ends_arguments(opened[-1], place):
                raise self._unclosed(opened, place)
        if opened:
            raise self._unclosed(opened, len(self.tokens))

    def _only_item(self, place: int) -> None:
        """A comma or a clause after an expression that stands alone."""
        kind = self.kind(place)
        distinct = self.kind(place - 1) == TokenType.DISTINCT
        if kind == TokenType.COMMA or (kind in _CLAUSES and not distinct and place > 1):
            raise self.error(place)

    def _ends_arguments(self, opened: _Opened, place: int) -> bool:
        """Whether FROM cannot belong into these brackets."""
        inside = self.kind(opened.place + 1)
        callee = self.upper(opened.place - 1)
        if inside in (TokenType.SELECT, TokenType.WITH, TokenType.FROM, TokenType.L_PAREN, TokenType.VALUES):
            return False
        words = ("EXTRACT", "TRIM", "SUBSTRING", "SUBSTR", "OVERLAY")
        return callee not in words and self.kind(place - 1) != TokenType.DISTINCT and callee.isidentifier()

    def _unclosed(self, opened: Sequence[_Opened], at: int) -> ParseException:
        """The error of brackets that are still open at a token or at the end of the input."""
        bracket = opened[-1]
        callee = self.upper(bracket.place - 1)
        inside = self.kind(bracket.place + 1)
        if callee == "OVER" and self.upper(bracket.place + 1).split(" ")[0] not in ("PARTITION", "DISTRIBUTE"):
            return self.error(bracket.place)
        plain = callee.isidentifier() and callee not in _NO_CALLS and callee not in _BEFORE_OPERAND
        if len(opened) > 1 and plain and self.upper(opened[-2].place - 1).isidentifier() and self.is_operand(at - 1):
            hint = ": extra input '('" if opened[-2].commas else ""
            return syntax_error(self.text, self.words[bracket.place].start, "(", hint)
        end = "end of input" if at == len(self.tokens) else f"'{self.words[at].text.split()[0]}'"
        extra, hint = f": extra input {end}", ""
        if not self.is_operand(at - 1):
            pass
        elif self.kind(bracket.place) == TokenType.L_BRACKET:
            hint = ": missing ']'"
        elif inside in (TokenType.SELECT, TokenType.WITH) or callee in ("AS", "STRUCT"):
            hint = ": missing ')'"
        elif bracket.commas and (plain or callee in ("IN", "VALUES", "COUNT")):
            hint = extra
        elif plain and inside not in (TokenType.STAR, TokenType.DISTINCT) and self.kind(at - 1) != TokenType.R_PAREN:
            hint = ": missing ')'"
        if at == len(self.tokens):
            return syntax_error(self.text, len(self.text), None, hint)
        return syntax_error(self.text, self.words[at].start, self.words[at].text.split()[0], hint)

    def cases(self) -> None:
        """CASE without END: Spark then takes CASE for a name, and WHEN for its alias."""
        opened: list[int] = []
        for place in range(len(self.tokens)):
            kind = self.kind(place)
            if kind == TokenType.CASE:
                opened.append(place)
            elif kind == TokenType.END and opened and self.upper(place - 1) not in ("THEN", "ELSE", "WHEN", "."):
                opened.pop()
        if not opened:
            return
        place = opened[0]
        if self.kind(place + 1) == TokenType.WHEN:
            raise self.error(place + 2)
        complete = self.is_operand(len(self.tokens) - 1) and "THEN" in map(self.upper, range(place, len(self.tokens)))
        raise syntax_error(self.text, len(self.text), None, ": extra input end of input" if complete else "")

    # ------------------------------------------------------------ texts

    def text_literal(self, place: int) -> None:
        """A text that is an alias, or a literal of a type that has none."""
        if self.kind(place) not in TEXTS:
            return
        named = self.words[place - 1].text
        if self.kind(place - 1) == TokenType.ALIAS:
            raise self.error(place)
        if self.upper(place - 2) in _BEFORE_OPERAND and named.isidentifier() and named.upper() not in _BEFORE_TEXT:
            raise ParseException(
                errorClass="UNSUPPORTED_TYPED_LITERAL",
                messageParameters={
                    "unsupportedType": f'"{named.upper()}"',
                    "supportedTypes": ", ".join(f'"{name}"' for name in _LITERAL_TYPES),
                },
            )


#: words after which a value is not complete
_JOINERS = frozenset({TokenType.AND, TokenType.OR, TokenType.NOT, TokenType.BETWEEN, TokenType.LIKE, TokenType.IN})
#: clauses that cannot follow an expression
_CLAUSES = frozenset(
    {TokenType.FROM, TokenType.WHERE, TokenType.GROUP_BY, TokenType.HAVING, TokenType.ORDER_BY, TokenType.LIMIT}
)
#: words before a parenthesis that are no names of functions, or have a grammar of their own
_NO_CALLS = frozenset({"CAST", "TRY_CAST", "SUBSTRING", "SUBSTR", "AS", "OVER", "VALUES", "FROM", "JOIN", "NOT"})
_LITERAL_TYPES = ("DATE", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP", "INTERVAL", "X", "TIME")
#: words that may stand before a text where an operand is expected, as no type of a literal
_BEFORE_TEXT = frozenset(
    [*_LITERAL_TYPES, "R", "NOT", "CASE", "WHEN", "DISTINCT", "ALL", "EXISTS", "SELECT", "BOTH", "LEADING", "TRAILING"]
)
#: words and signs after which an operand is expected
_BEFORE_OPERAND = frozenset(
    {"SELECT", "AND", "OR", "WHERE", "ON", "HAVING", "WHEN", "THEN", "ELSE", "CASE", "BETWEEN", "LIKE", "RLIKE", "IN"}
    | {"BY", "DISTINCT", "ALL"}
    | {"(", ",", "=", "==", "<>", "!=", "<", ">", "<=", ">=", "+", "-", "/", "%", "||", "&", "|", "^", "~", "<=>"}
)
