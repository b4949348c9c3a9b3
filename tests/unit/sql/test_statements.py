"""Commands, variables and tables of SQL; answers are those of PySpark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from actorstream.errors import AnalysisException, PySparkException
from actorstream.sql import SparkSession


@pytest.fixture
def session(spark: SparkSession, tmp_path: Path) -> SparkSession:
    spark.conf.set("spark.sql.warehouse.dir", str(tmp_path))
    spark.createDataFrame([(1, "a"), (2, "b")], "k int, s string").createOrReplaceTempView("t")
    spark.createDataFrame([(1, 100)], "k int, v int").createOrReplaceTempView("u")
    return spark


def answer(session: SparkSession, text: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    frame = session.sql(text)
    return frame.columns, [tuple(row) for row in frame.collect()]


@pytest.mark.parametrize(
    ("command", "columns", "rows"),
    [
        ("show tables", ["namespace", "tableName", "isTemporary"], [("", "t", True), ("", "u", True)]),
        ("show tables like 'T*'", ["namespace", "tableName", "isTemporary"], [("", "t", True)]),
        ("show views like 'u|x'", ["namespace", "viewName", "isTemporary"], [("", "u", True)]),
        ("SHOW COLUMNS IN t", ["col_name"], [("k",), ("s",)]),
        ("show functions like 'upp*'", ["function"], [("upper",)]),
        ("show functions 'lower'", ["function"], [("lower",)]),
        ("show databases", ["namespace"], [("default",)]),
        ("show catalogs", ["catalog"], [("spark_catalog",)]),
        ("show current namespace", ["catalog", "namespace"], [("spark_catalog", "default")]),
        ("describe u", ["col_name", "data_type", "comment"], [("k", "int", None), ("v", "int", None)]),
        ("desc table extended u", ["col_name", "data_type", "comment"], [("k", "int", None), ("v", "int", None)]),
        ("describe u k", ["info_name", "info_value"], [("col_name", "k"), ("data_type", "int"), ("comment", "NULL")]),
        (
            "describe query select k, 'a' as b from t",
            ["col_name", "data_type", "comment"],
            [("k", "int", None), ("b", "string", None)],
        ),
        ("use default", [], []),
        ("cache lazy table t", [], []),
        ("uncache table if exists nope", [], []),
        ("refresh table t", [], []),
        ("set spark.foo = 'x y'", ["key", "value"], [("spark.foo", "'x y'")]),
        ("set spark.unknown", ["key", "value"], [("spark.unknown", "<undefined>")]),
        ("set time zone 'Europe/Berlin'", ["key", "value"], [("spark.sql.session.timeZone", "Europe/Berlin")]),
        ("set time zone interval 2 hours", ["key", "value"], [("spark.sql.session.timeZone", "+02:00")]),
        ("execute immediate 'select ? + 1 as a' using 5", ["a"], [(6,)]),
        ("execute immediate 'select k from t where k = :x' using 1 + 1 as x", ["k"], [(2,)]),
        ("-- a comment\nshow databases;", ["namespace"], [("default",)]),
    ],
)
def test_a_command_answers_as_the_reference_does(
    session: SparkSession, command: str, columns: list[str], rows: list[tuple[Any, ...]]
) -> None:
    assert answer(session, command) == (columns, rows)


@pytest.mark.parametrize(
    ("command", "condition"),
    [
        ("show columns in nope", "TABLE_OR_VIEW_NOT_FOUND"),
        ("describe nope", "TABLE_OR_VIEW_NOT_FOUND"),
        ("describe function nope", "UNRESOLVED_ROUTINE"),
        ("use nope", "SCHEMA_NOT_FOUND"),
        ("drop view nope", "TABLE_OR_VIEW_NOT_FOUND"),
        ("drop table nope", "TABLE_OR_VIEW_NOT_FOUND"),
        ("create temp view if not exists v as select 1", "_LEGACY_ERROR_TEMP_0053"),
        ("create temp view t as select 1", "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS"),
        ("create temp view v(a, b) as select 1", "CREATE_VIEW_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS"),
        ("create temp view v(a) as select 1, 2", "CREATE_VIEW_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS"),
        ("set var nope = 1", "UNRESOLVED_VARIABLE"),
        ("create temporary function f as 'a.b'", "CANNOT_LOAD_FUNCTION_CLASS"),
        ("delete from t", "NOT_IMPLEMENTED"),
        ("alter view nope rename to v", "TABLE_OR_VIEW_NOT_FOUND"),
        ("create view v as select * from t", "INVALID_TEMP_OBJ_REFERENCE"),
    ],
)
def test_a_command_that_cannot_be_done_says_why(session: SparkSession, command: str, condition: str) -> None:
    with pytest.raises(PySparkException) as caught:
        session.sql(command)
    assert caught.value.getCondition() == condition


def test_a_view_is_made_replaced_and_dropped(session: SparkSession) -> None:
    session.sql("create temp view v(a comment 'x', b) as select k, s from t")
    assert answer(session, "select * from v where a = 1") == (["a", "b"], [(1, "a")])
    session.sql("create or replace temporary view v as values (7)")
    assert answer(session, "table v") == (["col1"], [(7,)])
    session.sql("drop view v")
    session.sql("drop view if exists v")
    with pytest.raises(AnalysisException):
        session.sql("drop view v")


def test_a_global_view_is_seen_by_sessions_made_from_this_one(session: SparkSession) -> None:
    session.sql("create global temp view g as select 1 as a")
    session.table("t").createOrReplaceGlobalTempView("h")
    other = session.newSession()
    assert answer(other, "select * from global_temp.g") == (["a"], [(1,)])
    assert other.table("global_temp.h").count() == 2
    with pytest.raises(AnalysisException):
        other.sql("select * from g")
    other.sql("drop view global_temp.g")
    with pytest.raises(AnalysisException):
        session.sql("select * from global_temp.g")


def test_variables_stand_for_values_where_no_column_has_their_name(session: SparkSession) -> None:
    session.sql("declare v int default 5")
    session.sql("declare variable w = 'a'")
    assert answer(session, "select v, w, system.session.v, v + 1") == (["v", "w", "v", "(5 + 1)"], [(5, "a", 5, 6)])
    session.sql("set var v = (select max(k) from t)")
    assert answer(session, "select k from t where k = v") == (["k"], [(2,)])
    session.sql("declare k int default 99")
    assert answer(session, "select max(k) from t") == (["max(k)"], [(2,)])
    with pytest.raises(AnalysisException) as caught:
        session.sql("declare v int")
    assert caught.value.getCondition() == "VARIABLE_ALREADY_EXISTS"
    session.sql("drop temporary variable v")
    with pytest.raises(AnalysisException) as caught:
        session.sql("select v")
    assert caught.value.getCondition() == "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION"


def test_a_table_of_files_is_made_filled_and_dropped(session: SparkSession) -> None:
    session.sql("create table x (a int, b string) using parquet")
    session.sql("insert into x values (1, 'p'), (2, 'q')")
    session.sql("insert into x (b) select s from t where k = 1")
    assert sorted(answer(session, "select * from x")[1], key=str) == [(1, "p"), (2, "q"), (None, "a")]
    session.sql("insert overwrite x select 9, 'z'")
    assert answer(session, "select * from x") == (["a", "b"], [(9, "z")])
    session.sql("create table if not exists x (other int)")
    session.sql("create table y using json partitioned by (s) as select k, s from t")
    assert sorted(answer(session, "select k, s from y")[1]) == [(1, "a"), (2, "b")]
    assert ("default", "y", False) in answer(session, "show tables")[1]
    session.sql("drop table y")
    with pytest.raises(AnalysisException):
        session.sql("select * from y")


def test_explain_gives_the_plan_as_a_row(session: SparkSession) -> None:
    columns, ((text,),) = answer(session, "explain select k from t")
    assert columns == ["plan"]
    assert "Project [k#" in text
