"""How sqlglot reads Spark SQL here: calls keep the name that the user wrote, so that our registry decides what they are.

The only module, beside the translators, that knows sqlglot. Errors become `ParseException` with Spark's condition.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import Any

from sqlglot import exp
from sqlglot.dialects.spark import Spark
from sqlglot.errors import ParseError
from sqlglot.tokenizer_core import TokenType

from actorstream.errors.query_context import SqlContext
from actorstream.plan.sql_errors import located, parse_error, syntax_error
from actorstream.plan.sql_syntax import check_words
from actorstream.plan.sql_tokens import tokens_of, words_of

# it warns of every statement that it only knows as a command, SHOW TABLES among them
logging.getLogger("sqlglot").setLevel(logging.ERROR)

INTERVAL_UNITS = frozenset(
    f"{unit}{plural}"
    for unit in ("YEAR", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND", "NANOSECOND")
    for plural in ("", "S")
)

_KEPT_PARSERS = ("EXTRACT", "TRIM", "SUBSTRING")

WRITTEN = "written"
"""Mark of a cast that the user wrote: sqlglot reads ``1L`` and ``DATE '...'`` as casts too."""


DOUBLE_COLON = "double_colon"
"""Mark of a cast that is written ``value::type``."""

WITHOUT_SIZE = "without_size"
"""Mark of a CHAR or VARCHAR that does not say how many, which sqlglot takes for a text of any length."""

PIPES = "pipes"
"""Key of the meta of a query: the texts of the operators after ``|>``."""

BARE_FROM = "bare_from"
"""Key of the meta of a query that is only ``FROM t``."""

POSITION = "position"
"""Key of the meta of a ``?``: where it stands in the text."""

PARAMETER = "parameter"
"""Key of a placeholder's meta under which its value, an expression, is kept."""

WATERMARK = "watermark"
"""Argument of a table alias: event time and delay, as a tuple."""

LEVEL_LIMIT = "level_limit"
"""Argument of the alias of a recursive common table expression: how often it may recur."""

IS_NOT = "is_not"
"""Mark of ``a IS NOT NULL``, which has a name of its own; ``NOT a IS NULL`` gives the same tree."""

LOGICAL_SHIFT = "logical_shift"
"""Mark of the right side of ``>>>``."""

ORIGIN = "origin"
"""Key of the meta of a node: the piece of text that it is, as a `SqlContext`."""

_SPAN = "span"

VARIANT_PATH = "variant path"
"""Name of the call that ``v:a`` is."""

ONE_INTERVAL = "one_interval"
"""Mark of the sum that ``INTERVAL 1 DAY 2 HOURS`` is to sqlglot."""


def _written_cast(parser: Any, *, safe: bool) -> exp.Expression:
    cast: exp.Expression = parser._parse_cast(not safe and parser.STRICT_CAST, safe=safe or None)
    cast.meta[WRITTEN] = True
    return cast


def _operator_cast(parser: Any, value: Any, to: Any) -> exp.Expression:
    """``value::type``, which the suffix of a number is a cast by too: ``1L``."""
    cast: exp.Expression = parser.build_cast(strict=parser.STRICT_CAST, this=value, to=to)
    before = reversed(parser._tokens[: parser._index])
    operator = next(token for token in before if token.token_type == TokenType.DCOLON)
    if parser.sql[operator.start :].startswith("::"):
        cast.meta[WRITTEN] = cast.meta[DOUBLE_COLON] = True
    return cast


def _placeholder(parser: Any) -> exp.Expression:
    """``?``, which keeps its place in the text: the tree has an order of its own."""
    node = exp.Placeholder()
    node.meta[POSITION] = parser._prev.start
    return node


def _logical_shift(parser: Any) -> exp.Expression:
    """What follows ``>>>``, of which sqlglot has read two thirds as ``>>``."""
    before = [token.token_type for token in parser._tokens[max(0, parser._index - 3) : parser._index]]
    if before != [TokenType.GT] * 3:
        parser.raise_error("Invalid expression / Unexpected token", parser._prev)
    node = exp.Paren(this=parser._parse_term())
    node.meta[LOGICAL_SHIFT] = True
    return node


def _position(parser: Any) -> exp.Expression:
    """``position(text IN other)``, which is ``locate``, or the function of that name with commas."""
    first = parser._parse_bitwise()
    if parser._match(TokenType.IN):
        return exp.Anonymous(this="locate", expressions=[first, parser._parse_bitwise()])
    arguments = [first]
    while parser._match(TokenType.COMMA):
        arguments.append(parser._parse_disjunction())
    return exp.Anonymous(this="position", expressions=[item for item in arguments if item is not None])


def _overlay(parser: Any) -> exp.Expression:
    """``overlay(text PLACING other FROM start FOR length)``, or the same with commas."""
    arguments = [parser._parse_disjunction()]
    if parser._match_text_seq("PLACING"):
        arguments.append(parser._parse_bitwise())
        if not parser._match(TokenType.FROM):
            parser.raise_error("Expected FROM", parser._prev)
        arguments.append(parser._parse_bitwise())
        if parser._match(TokenType.FOR):
            arguments.append(parser._parse_bitwise())
    while parser._match(TokenType.COMMA):
        arguments.append(parser._parse_disjunction())
    return exp.Anonymous(this="overlay", expressions=[item for item in arguments if item is not None])


class TableArgument(exp.Expression):
    """``TABLE(t) PARTITION BY k ORDER BY v`` among the arguments of a function."""

    arg_types = {"this": True, "partition": False, "order": False, "single": False}


_BEFORE_ARGUMENT = frozenset({TokenType.L_PAREN, TokenType.COMMA, TokenType.FARROW})


def _table_argument(parser: Any) -> exp.Expression:
    """What follows ``TABLE(``."""
    kind = parser._curr.token_type if parser._curr is not None else None
    if kind in (TokenType.SELECT, TokenType.WITH, TokenType.VALUES, TokenType.FROM, TokenType.L_PAREN):
        table = parser._parse_set_operations(parser._parse_select(nested=True, parse_subquery_alias=False))
    else:
        table = parser._parse_table_parts()
    parser._match_r_paren()
    node = TableArgument(this=table)
    if parser._match(TokenType.PARTITION_BY):
        node.set("partition", parser._parse_csv(parser._parse_disjunction))
    elif parser._match_text_seq("WITH", "SINGLE", "PARTITION"):
        node.set("single", True)
    if parser._match(TokenType.ORDER_BY):
        node.set("order", parser._parse_csv(parser._parse_ordered))
    return node


_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*\Z")


def _variant_path(parser: Any, base: exp.Expression) -> exp.Expression:
    """What follows the colon of ``v:a.b[0]['c']``, as a call with the path and, if it has one, its last name."""
    path, last = "$", None
    while True:
        found = _bracketed(parser)
        if found is None and path != "$" and not parser._match(TokenType.DOT):
            break
        text, name = found or _named(parser)
        parser._advance(3 if found is not None else 1)
        path, last = path + text, name or last
    arguments: list[exp.Expression] = [base, exp.Literal.string(path)]
    if last is not None:
        arguments.append(exp.Literal.string(last))
    return exp.Anonymous(this=VARIANT_PATH, expressions=arguments)


def _named(parser: Any) -> tuple[str, str]:
    """The name that comes next, any word or in backquotes: its text in a path, and itself."""
    for token in parser._tokens[parser._index : parser._index + 1]:
        word = token.token_type != TokenType.STRING and _NAME.match(token.text)
        if word or token.token_type == TokenType.IDENTIFIER:
            return f".{token.text}", token.text.rpartition(".")[2]
    parser.raise_error("Expected a name", parser._prev)
    raise AssertionError("the parser raises")


def _bracketed(parser: Any) -> tuple[str, str | None] | None:
    """``[0]`` or ``['name']`` that comes next: its text and its name; None for anything else in brackets."""
    tokens = parser._tokens[parser._index : parser._index + 3]
    if len(tokens) < 3 or tokens[2].token_type != TokenType.R_BRACKET:
        return None
    inside = tokens[1]
    if inside.token_type == TokenType.NUMBER and inside.text.isdigit():
        return f"[{inside.text}]", None
    if inside.token_type == TokenType.STRING and parser.sql[inside.start] == "'":
        return f"['{inside.text}']", inside.text
    return None


def _remembering(name: str) -> Any:
    """A method of the parser that leaves, on the node that it gives, where the node begins and ends in the text."""
    parse = getattr(_Dialect.Parser, name)

    def method(self: Any, *args: Any, **options: Any) -> Any:
        first = self._curr
        node = parse(self, *args, **options)
        if isinstance(node, exp.Expression) and first is not None and not (args and args[0] is not None):
            node.meta.setdefault(_SPAN, (first.start, self._prev.end))
        return node

    return method


_Dialect: Any = Spark
"""sqlglot makes its dialects with a metaclass that type checkers do not follow."""


class SparkText(_Dialect):  # type: ignore[misc]
    """Spark's grammar without sqlglot's knowledge of functions."""

    class Generator(_Dialect.Generator):  # type: ignore[misc]
        TYPE_MAPPING = {**_Dialect.Generator.TYPE_MAPPING, exp.DataType.Type.TIME: "TIME"}
        SUPPORTS_TEMPORAL_PRECISION = True  # TIME(3)
        TRANSFORMS = {
            **_Dialect.Generator.TRANSFORMS,
            TableArgument: lambda self, node: f"TABLE({self.sql(node, 'this')})",
        }

    class Parser(_Dialect.Parser):  # type: ignore[misc]
        FUNCTIONS: dict[str, Any] = {}
        _parse_disjunction = _remembering("_parse_disjunction")
        _parse_conjunction = _remembering("_parse_conjunction")
        _parse_equality = _remembering("_parse_equality")
        _parse_range = _remembering("_parse_range")
        _parse_bitwise = _remembering("_parse_bitwise")
        _parse_term = _remembering("_parse_term")
        _parse_factor = _remembering("_parse_factor")
        _parse_unary = _remembering("_parse_unary")
        _parse_column = _remembering("_parse_column")
        _remembered_function = _remembering("_parse_function")
        FUNCTION_PARSERS = {
            **{name: parser for name, parser in Spark.Parser.FUNCTION_PARSERS.items() if name in _KEPT_PARSERS},
            "EXTRACT": lambda self: self._parse_extract(),
            "POSITION": lambda self: _position(self),
            "OVERLAY": lambda self: _overlay(self),
            "CAST": lambda self: _written_cast(self, safe=False),
            "TRY_CAST": lambda self: _written_cast(self, safe=True),
        }

        def _parse_function(self, *args: Any, **options: Any) -> Any:
            """As sqlglot's, with TABLE(...) among the arguments."""
            around = [None if token is None else token.token_type for token in (self._prev, self._curr, self._next)]
            if around[0] in _BEFORE_ARGUMENT and around[1:] == [TokenType.TABLE, TokenType.L_PAREN]:
                self._advance(2)
                return _table_argument(self)
            return self._remembered_function(*args, **options)

        def _parse_column_ops(self, this: Any) -> Any:
            """As sqlglot's, with paths into variants, ``v:a.b[0]``, among the operators."""
            found = super()._parse_column_ops(this)
            while found is not None and not self._in_types and self._match(TokenType.COLON):
                found = super()._parse_column_ops(_variant_path(self, found))
            return found

        #: how many structs of types are open, in which a colon stands between name and type
        _in_types = 0

        def _parse_struct_types(self, *args: Any, **options: Any) -> Any:
            self._in_types += 1
            try:
                return super()._parse_struct_types(*args, **options)
            finally:
                self._in_types -= 1

        COLUMN_POSTFIX_TOKENS = _Dialect.Parser.COLUMN_POSTFIX_TOKENS | {TokenType.COLON}

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
            if alias is not None and self._match_text_seq("MAX", "RECURSION", "LEVEL"):
                alias.set(LEVEL_LIMIT, int(self._parse_number().name))
            if watermark is not None:
                alias = alias or exp.TableAlias()
                alias.set(WATERMARK, watermark)
            return alias

        COLUMN_OPERATORS = {
            **Spark.Parser.COLUMN_OPERATORS,
            TokenType.DCOLON: lambda self, value, to: _operator_cast(self, value, to),
        }
        PLACEHOLDER_PARSERS = {
            **Spark.Parser.PLACEHOLDER_PARSERS,
            TokenType.PLACEHOLDER: lambda self: _placeholder(self),
        }
        UNARY_PARSERS = {
            **Spark.Parser.UNARY_PARSERS,
            TokenType.GT: lambda self: _logical_shift(self),
            TokenType.PLUS: lambda self: exp.Anonymous(this="positive", expressions=[self._parse_unary()]),
        }
        # else `array(1, 2)[0]` would be the array of 0
        ARRAY_CONSTRUCTORS: dict[str, Any] = {}

        def _parse_types(self, *args: Any, **options: Any) -> Any:
            """As sqlglot's; an unknown type after AS or ``::`` is left to our own reader of types, which names it."""
            operator = self._prev is not None and self._prev.token_type == TokenType.DCOLON
            self.dialect.SUPPORTS_USER_DEFINED_TYPES = operator or bool(options.get("with_collation"))
            word = self._curr.text.upper() if self._curr else ""
            sized = self._next is not None and self._next.token_type == TokenType.L_PAREN
            try:
                found = super()._parse_types(*args, **options)
                if word in ("CHAR", "VARCHAR") and isinstance(found, exp.DataType) and not sized:
                    found.meta[WITHOUT_SIZE] = word
                return found
            finally:
                self.dialect.SUPPORTS_USER_DEFINED_TYPES = False

        def _parse_is(self, *args: Any, **options: Any) -> Any:
            found = super()._parse_is(*args, **options)
            if isinstance(found, exp.Not):
                found.meta[IS_NOT] = True
            return found

        def _parse_interval(self, require_interval: bool = True, parse_function_unit: bool = True) -> Any:
            """Numbers with units in a row are one interval; a plus between them is an operator, which sqlglot takes for nothing."""
            if not self._match(TokenType.INTERVAL):
                return None
            found = self._parse_interval_piece()
            parts = [found]
            while found is not None and self._curr and self._curr.token_type in (TokenType.STRING, TokenType.NUMBER):
                parts.append(self._parse_interval_piece())
            if found is None:
                self._retreat(self._index - 1)
                return None
            whole = parts.pop()
            while parts:
                whole = exp.Add(this=parts.pop(), expression=whole)
                whole.meta[ONE_INTERVAL] = True
            return whole

        def _parse_interval_piece(self) -> Any:
            """A number or text with its unit; None for what is no constant, a column by the name of ``interval`` for one."""
            start = self._index
            text = self._match(TokenType.STRING, advance=False)
            value = self._parse_primary() if text else self._parse_unary()
            literal = value
            while isinstance(literal, exp.Neg):
                literal = literal.this
            if not isinstance(literal, (exp.Literal, exp.Placeholder)):
                self._retreat(start)
                return None
            unit = self._curr.text.upper() if self._curr else ""
            if not text and unit not in INTERVAL_UNITS and not isinstance(value, exp.Neg):
                self.raise_error("Expected a unit", self._prev)
            return self._parse_interval_span(value)

        def _parse_extract(self) -> exp.Extract:
            """As sqlglot's, but the name of the part stays as it is written."""
            part = self._parse_var_or_string()
            if not self._match(TokenType.FROM) and not self._match(TokenType.COMMA):
                self.raise_error("Expected FROM or comma after EXTRACT", self._prev)
            extract: exp.Extract = self.expression(exp.Extract(this=part, expression=self._parse_bitwise()))
            return extract

        NO_PAREN_FUNCTIONS: dict[Any, Any] = {}
        NO_PAREN_FUNCTION_PARSERS = {
            name: parser for name, parser in Spark.Parser.NO_PAREN_FUNCTION_PARSERS.items() if name == "CASE"
        }


def parse(text: str, *, prefix: str = "") -> exp.Expression:
    """The syntax tree of one statement.

    Args:
        prefix: put before the text to make a statement of it; positions in errors do not count it.
    Raises: ParseException PARSE_SYNTAX_ERROR, PARSE_EMPTY_STATEMENT, UNCLOSED_BRACKETED_COMMENT.
    """
    if not text.strip():
        raise located("PARSE_EMPTY_STATEMENT", {}, text, len(text))
    skipped = len(prefix)
    tokens = tokens_of(text, prefix, SparkText().tokenize)
    words = words_of(tokens, text, prefix)
    check_words(tokens, words, text, prefix)
    pipes = [] if prefix else _pipes(tokens)
    if pipes:
        ends = [*(token.start for token in pipes[1:]), len(text)]
        first: Any = parse(text[: pipes[0].start])
        bare = words[0].text.upper() == "FROM" and isinstance(first, exp.Select) and first.is_star
        first.meta[PIPES] = [text[token.end + 1 : end].strip() for token, end in zip(pipes, ends, strict=True)]
        first.meta[BARE_FROM] = bare and not any(first.args.get(part) for part in ("where", "group", "order", "limit"))
        piped: exp.Expression = first
        return piped
    try:
        (statement,) = SparkText().parser().parse(tokens, prefix + text)
    except ParseError as error:
        raise parse_error(error, text, words, skipped) from None
    if isinstance(statement, exp.Select) and not statement.expressions and not statement.args.get("from_"):
        raise syntax_error(text, len(text), None)
    if not _is_statement(statement):
        raise syntax_error(text, words[0].start, words[0].text)
    _place(statement, text, skipped)
    checked: Any = statement
    return checked


def _place(statement: Any, text: str, skipped: int) -> None:
    """Give every node that stands in one piece of the text that piece."""
    for node in statement.walk():
        found = _span(node)
        if found is not None and found[0] >= skipped:
            node.meta[ORIGIN] = SqlContext(text, found[0] - skipped, found[1] - skipped)


def _span(node: Any) -> tuple[int, int] | None:
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
        first, last = node.parts[0].meta, node.parts[-1].meta
        return (first["start"], last["end"]) if "start" in first and "end" in last else None
    found: tuple[int, int] | None = node.meta.get(_SPAN)
    if found is None and isinstance(node, exp.Binary):
        # the first of several operations in a row
        left, right = _span(node.this), _span(node.expression)
        found = None if left is None or right is None else (left[0], right[1])
    return found


def written(node: Any) -> str:
    """SQL text of a syntax tree, for messages."""
    return str(node.sql(dialect=SparkText))


def origin_of(node: Any) -> SqlContext | None:
    """The piece of text that a node is."""
    found: SqlContext | None = node.meta.get(ORIGIN)
    return found


def _pipes(tokens: Sequence[Any]) -> list[Any]:
    """The ``|>`` outside of all parentheses."""
    found, depth = [], 0
    for token in tokens:
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if token.token_type == TokenType.PIPE_GT and depth == 0:
            found.append(token)
    return found


def _is_statement(node: Any) -> bool:
    """Whether a tree is more than an expression, which sqlglot takes for a statement too."""
    if isinstance(node, exp.Alias):
        return isinstance(node.this, exp.Column) and node.this.name.lower() == "table"  # TABLE name
    if isinstance(node, (exp.Query, exp.Values, exp.DDL, exp.DML)):
        return True
    return node is not None and not isinstance(
        node, (exp.Condition, exp.Predicate, exp.Func, exp.Tuple, exp.Identifier)
    )
