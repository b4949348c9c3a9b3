"""Text that is not SQL is refused with the word and the place, in PySpark's form."""

from __future__ import annotations

import pytest

from actorstream.errors import ParseException, PySparkException
from actorstream.sql import SparkSession


@pytest.mark.parametrize(
    ("text", "word", "line", "place"),
    [
        ("selec 1", "'selec'", 1, 0),
        ("foo bar", "'foo'", 1, 0),
        ("creat view x as select 1", "'creat'", 1, 0),
        ("select", "end of input", 1, 6),
        ("select 1 +", "end of input", 1, 10),
        ("select (1", "end of input", 1, 9),
        ("select k frm t x y", "'t'", 1, 13),
        ("select k,, s from t", "','", 1, 9),
        ("select , a from t", "','", 1, 7),
        ("select\n 1 +\n", "end of input", 3, 0),
        ("select k\nfrom t\nwhere k = = 1", "'='", 3, 10),
        ("select 'abc", "'''", 1, 7),
        ("select `abc", "'`'", 1, 7),
        ("select $1", "'$'", 1, 7),
        ("select @x", "'@'", 1, 7),
        ("select * from t join", "end of input", 1, 20),
        ("select a from t group by a,", "end of input", 1, 27),
        ("select a b c from t", "'c'", 1, 11),
        ("insert into", "end of input", 1, 11),
        ("drop view", "end of input", 1, 9),
    ],
)
def test_a_syntax_error_names_the_word_and_shows_its_place(
    spark: SparkSession, text: str, word: str, line: int, place: int
) -> None:
    with pytest.raises(ParseException) as caught:
        spark.sql(text)
    assert caught.value.getCondition() == "PARSE_SYNTAX_ERROR"
    assert caught.value.getMessageParameters() == {"error": word, "hint": ""}
    lines = text.split("\n")
    shown = "\n".join([*lines[:line], "-" * place + "^^^", *lines[line:]])
    assert str(caught.value) == (
        f"\n[PARSE_SYNTAX_ERROR] Syntax error at or near {word}. SQLSTATE: 42601 (line {line}, pos {place})\n\n"
        f"== SQL ==\n{shown}\n"
    )


@pytest.mark.parametrize(
    ("text", "word", "place"),
    [
        ("select 1)", ")", 8),
        ("select 1; select 2", "select", 10),
        ("select * frm t", "t", 13),
        ("select * from t t2 t3", "t3", 19),
        ("select * from t limit 5 5", "5", 24),
        ("select a from t where a = 1 b", "b", 28),
    ],
)
def test_a_word_too_many_is_called_extra(spark: SparkSession, text: str, word: str, place: int) -> None:
    with pytest.raises(ParseException) as caught:
        spark.sql(text)
    assert caught.value.getMessageParameters() == {"error": f"'{word}'", "hint": f": extra input '{word}'"}
    assert f"(line 1, pos {place})" in str(caught.value)


def test_positions_in_an_expression_do_not_count_what_is_put_around_it(spark: SparkSession) -> None:
    frame = spark.range(2)
    with pytest.raises(ParseException) as caught:
        frame.selectExpr("id +")
    assert str(caught.value) == (
        "\n[PARSE_SYNTAX_ERROR] Syntax error at or near end of input. SQLSTATE: 42601 (line 1, pos 4)\n\n"
        "== SQL ==\nid +\n----^^^\n"
    )
    with pytest.raises(ParseException) as caught:
        frame.selectExpr("id as a b")
    assert "at or near 'b': extra input 'b'. SQLSTATE: 42601 (line 1, pos 8)" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("", "PARSE_EMPTY_STATEMENT"),
        ("  ", "PARSE_EMPTY_STATEMENT"),
        ("select /* 1", "UNCLOSED_BRACKETED_COMMENT"),
        ("select a, from t", "TRAILING_COMMA_IN_SELECT"),
        ("select 1 where 1 in ()", "INVALID_SQL_SYNTAX.EMPTY_IN_PREDICATE"),
        ("select 99999999999999999999999999999999999999999", "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION"),
        ("select 1 limit a", "INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE"),
        ("select 1 limit 'a'", "INVALID_LIMIT_LIKE_EXPRESSION.DATA_TYPE"),
        ("select 1 limit -1", "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE"),
        ("select nope", "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION"),
        ("select nope(1)", "UNRESOLVED_ROUTINE"),
        ("select upper()", "WRONG_NUM_ARGS.WITHOUT_SUGGESTION"),
        ("select 1 union select 1, 2", "NUM_COLUMNS_MISMATCH"),
        ("select array(1) union select 1", "INCOMPATIBLE_COLUMN_TYPE"),
        ("select id from range(3) group by 2", "GROUP_BY_POS_OUT_OF_RANGE"),
        ("select count(1) from range(3) group by 1", "GROUP_BY_POS_AGGREGATE"),
        ("select id from range(3) order by 5", "ORDER_BY_POS_OUT_OF_RANGE"),
        ("select id, count(*) from range(3)", "MISSING_GROUP_BY"),
        ("select id from range(3) group by id + 1", "MISSING_AGGREGATION"),
        ("select count(*) from range(3) group by count(*)", "GROUP_BY_AGGREGATE"),
        ("select sum(count(*)) from range(3)", "NESTED_AGGREGATE_FUNCTION"),
        ("select id from range(3) a, range(3) b", "AMBIGUOUS_REFERENCE"),
        ("select grouping(id) from range(3) group by id", "UNSUPPORTED_GROUPING_EXPRESSION"),
        ("select grouping(id + 1) from range(3) group by rollup(id)", "GROUPING_COLUMN_MISMATCH"),
        ("select * from range(3) r(a, b)", "ASSIGNMENT_ARITY_MISMATCH"),
        ("select * from nope(1)", "UNRESOLVABLE_TABLE_VALUED_FUNCTION"),
        ("select * from nope", "TABLE_OR_VIEW_NOT_FOUND"),
        ("values (1, 2), (3)", "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH"),
        ("values (1), (array(1))", "INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_INLINE_TABLE"),
        ("select (select 1, 2)", "INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN"),
        ("select (select id from range(3))", "SCALAR_SUBQUERY_TOO_MANY_ROWS"),
    ],
)
def test_a_query_that_cannot_be_has_the_condition_of_the_reference(
    spark: SparkSession, text: str, condition: str
) -> None:
    with pytest.raises(PySparkException) as caught:
        spark.sql(text).collect()
    assert caught.value.getCondition() == condition
