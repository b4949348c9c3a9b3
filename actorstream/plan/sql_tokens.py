"""The words of a SQL text as Spark's grammar reads them, where sqlglot reads them otherwise. Used by `plan.sql_dialect`.

Spark has hardly any reserved words: ``select`` is a name where no query can begin. Texts beside each other are one text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import TokenType

from actorstream.errors import ParseException
from actorstream.plan.sql_errors import unclosed

Token = Any
Tokenize = Callable[[str], Sequence[Token]]


@dataclass(frozen=True, slots=True)
class Word:
    """A token as it is written; `start` is its place in the text, without the prefix."""

    start: int
    text: str


def tokens_of(text: str, prefix: str, tokenize: Tokenize) -> list[Token]:
    """The tokens of `prefix` and `text`, without semicolons at the end. Raises: ParseException."""
    whole = prefix + _with_long_comments(text)
    try:
        tokens = list(tokenize(whole))
    except TokenError:
        digits = _HEX.search(text)
        if digits is not None:
            raise ParseException(
                errorClass="INVALID_TYPED_LITERAL", messageParameters={"valueType": '"X"', "value": f"'{digits[1]}'"}
            ) from None
        raise unclosed(text) from None
    while not prefix and tokens and tokens[-1].token_type == TokenType.SEMICOLON and len(tokens) > 1:
        tokens.pop()
    tokens = _with_names_given(_with_texts_joined(_with_signs(tokens, whole), whole), whole)
    first = 1 if prefix else 0
    for place in range(len(tokens)):
        _read_as_name(tokens, place, whole, first if prefix == "SELECT " else -1)
    return tokens


def words_of(tokens: Sequence[Token], text: str, prefix: str) -> list[Word]:
    """What stands in the text for each token."""
    whole = prefix + text
    return [Word(token.start - len(prefix), whole[token.start : token.end + 1]) for token in tokens]


_HEX = re.compile(r"\b[xX]'([^']*[^'0-9a-fA-F][^']*)'")

_SCAN = re.compile(
    r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|/\*.*?\*/|(?P<comment>--(?:\\\n|[^\n])*)", re.DOTALL
)


def _with_long_comments(text: str) -> str:
    """``-- a comment \\`` goes on in the next line; here it becomes one line, without moving what follows."""
    if "\\\n" not in text or "--" not in text:
        return text
    return _SCAN.sub(lambda match: match[0].replace("\\\n", "  ") if match["comment"] else match[0], text)


def _with_signs(tokens: Sequence[Token], text: str) -> list[Token]:
    """``!>`` and ``!<``, which are ``<=`` and ``>=``."""
    found: list[Token] = []
    opposite = {TokenType.GT: TokenType.LTE, TokenType.LT: TokenType.GTE}
    for token in tokens:
        before = found[-1] if found else None
        negates = before is not None and before.token_type == TokenType.NOT and text[before.start] == "!"
        if negates and before is not None and token.token_type in opposite and token.start == before.end + 1:
            token.token_type = opposite[token.token_type]
            token.start = found.pop().start
        found.append(token)
    return found


TEXTS = frozenset({TokenType.STRING, TokenType.RAW_STRING})


def _with_texts_joined(tokens: Sequence[Token], text: str) -> list[Token]:
    """``'a' "b"`` is one text; texts that touch have a quote between them, ``'it''s'``, which sqlglot does not see."""
    found: list[Token] = []
    for token in tokens:
        if found and token.token_type in TEXTS and found[-1].token_type in TEXTS:
            before = found[-1]
            quotes = {text[before.end], text[token.start]}
            doubled = before.end + 1 == token.start and token.token_type == TokenType.STRING and len(quotes) == 1
            token.text = f"{before.text}{text[token.start] if doubled else ''}{token.text}"
            token.token_type = TokenType.STRING
            token.start = found.pop().start
        found.append(token)
    return found


def _with_names_given(tokens: list[Token], text: str) -> list[Token]:
    """``IDENTIFIER('f')(x)`` calls f, ``AS IDENTIFIER('a')`` is an alias; elsewhere the parser knows what it means."""
    place = 0
    while place + 3 < len(tokens):
        word, opening, name, closing = tokens[place : place + 4]
        kinds = (opening.token_type, name.token_type, closing.token_type)
        if (
            text[word.start : word.end + 1].upper() == "IDENTIFIER"
            and kinds == (TokenType.L_PAREN, TokenType.STRING, TokenType.R_PAREN)
            and (
                (place + 4 < len(tokens) and tokens[place + 4].token_type == TokenType.L_PAREN)
                or (place > 0 and tokens[place - 1].token_type == TokenType.ALIAS)
            )
        ):
            name.token_type = TokenType.VAR
            name.start, name.end = word.start, closing.end
            tokens[place : place + 4] = [name]
        place += 1
    return tokens


# ---------------------------------------------------------------- names

_NO_WORDS = frozenset({TokenType.VAR, TokenType.IDENTIFIER, TokenType.NUMBER, TokenType.NATIONAL_STRING, *TEXTS})
_ENDS = frozenset({TokenType.COMMA, TokenType.R_PAREN, TokenType.FROM, TokenType.SEMICOLON})
_OPERANDS = frozenset({*TEXTS, TokenType.NUMBER, TokenType.NULL, TokenType.TRUE, TokenType.FALSE})
_NAMES = frozenset({TokenType.VAR, TokenType.IDENTIFIER})


def _read_as_name(tokens: Sequence[Token], place: int, text: str, only_item: int) -> None:
    """Make a name of a keyword that cannot be one here.

    Args:
        only_item: the place at which the text of one expression begins, where there can be no query; else -1.
    """
    token = tokens[place]
    kind = token.token_type
    written = text[token.start : token.end + 1]
    following = tokens[place + 1] if place + 1 < len(tokens) else None
    before = tokens[place - 1].token_type if place else None
    after = None if following is None else following.token_type
    ends = following is None or after in _ENDS
    if kind == TokenType.HEX_STRING and written[0] == "0":
        _rename(token, written)  # 0x1F is a name, too
        return
    if kind in _NO_WORDS or not written.isidentifier():
        return
    named = False
    if after == TokenType.L_PAREN:
        # WINDOW is a clause before a name and a function before a parenthesis
        named = kind == TokenType.WINDOW
    elif before == TokenType.DOT or (before == TokenType.ALIAS and ends):
        named = True
    elif after == TokenType.DOT and place + 2 < len(tokens):
        named = tokens[place + 2].token_type != TokenType.NUMBER
    elif kind == TokenType.SELECT:
        # behind a colon it is a field of a variant
        named = place == only_item or before in (TokenType.COMMA, TokenType.SELECT, TokenType.COLON)
        named = named or before in _OPERANDS
        named = named or (before in (*_NAMES, TokenType.ALIAS, TokenType.R_PAREN) and ends)
    elif kind == TokenType.VALUES:
        named = ends
    elif kind in (TokenType.NOT, TokenType.CASE):
        named = ends and before != TokenType.IS
    elif kind == TokenType.DISTINCT:
        named = place == only_item or (ends and before not in (TokenType.IS, TokenType.NOT, TokenType.SELECT))
    elif kind in (TokenType.AND, TokenType.OR, TokenType.LIKE):
        named = ends or place == only_item
    elif kind == TokenType.OVER:
        named = ends
    elif kind == TokenType.WITH:
        named = place == only_item
    elif kind == TokenType.ALIAS:
        # `a as` is a column with the name "as"
        casts = any(other.text.upper().endswith("CAST") for other in tokens[:place])
        named = place > 0 and (following is None or (after == TokenType.R_PAREN and not casts))
    elif kind == TokenType.FROM:
        named = before == TokenType.SELECT
    if named:
        _rename(token, written)


def _rename(token: Token, written: str) -> None:
    token.token_type = TokenType.VAR
    token.text = written
