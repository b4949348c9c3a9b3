"""SQL variables, EXECUTE IMMEDIATE, IDENTIFIER and parameters everywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.oracle.suite import Entry, frames, queries
from tests.oracle.tables import VIEWS

N = "DECLARE OR REPLACE n INT DEFAULT 7"
Q = "DECLARE OR REPLACE q STRING DEFAULT 'SELECT ? AS z'"


def _given(text: str, args: Sequence[Any] | Mapping[str, Any]) -> Entry:
    """A query with parameters."""

    def run(df: Any, F: Any) -> Any:
        df.createOrReplaceTempView("t")
        return df.sparkSession.sql(text, args)

    made: Callable[..., Any] = run
    return (f"{text} with {args}", made)


GROUPS = [
    queries(
        "variables",
        VIEWS,
        [N, "SELECT n, session.n, system.session.n"],
        [N, Q, "SET VAR n = 1, q = 'z'", "SELECT n, q"],
        [N, Q, "SET VAR (n, q) = (SELECT 3, 'c')", "SELECT n, q"],
        [N, Q, "SET VAR (n, q) = (SELECT id, name FROM t WHERE id = 99)", "SELECT n, q"],
        [N, Q, "SET VAR (n, q) = (SELECT 3)"],
        [N, Q, "SET VAR (n, q) = (SELECT id, name FROM t)"],
        [N, "SET VAR n = 1", "SET VAR n = DEFAULT", "SELECT n"],
        [N, "SET VAR n = n + 1", "SELECT n"],
        [N, "SET VARIABLE session.n = (SELECT max(id) FROM t)", "SELECT n"],
        [N, "SET VAR n = '12'", "SELECT n"],
        [N, "SET VAR n = 'abc'"],
        [N, "SET VAR n = 1, n = 2"],
        [N, "SET VAR n"],
        "SET VAR nope = 1",
        [N, "DECLARE n INT"],
        ["DECLARE OR REPLACE a, b INT DEFAULT 3", "SELECT a, b"],
        ["DECLARE OR REPLACE c = 1.5", "SELECT c"],
        "DECLARE OR REPLACE d INT DEFAULT 'x'",
        [N, "DROP TEMPORARY VARIABLE n", "DROP TEMPORARY VARIABLE n"],
        [N, "DROP TEMPORARY VARIABLE n", "DROP TEMPORARY VARIABLE IF EXISTS n"],
        [N, "SELECT id AS n FROM t WHERE n > 6 AND id = 1"],
        [N, "SET VAR n = 2", "SELECT count(*) FROM (SELECT * FROM t LIMIT n)"],
        [N, "WITH c AS (SELECT n AS a) SELECT * FROM c"],
    ),
    queries(
        "execute immediate",
        VIEWS,
        "EXECUTE IMMEDIATE 'SELECT 1' || ' AS a'",
        [Q, "EXECUTE IMMEDIATE q USING 5"],
        [Q, "EXECUTE IMMEDIATE q USING (5)"],
        [Q, "EXECUTE IMMEDIATE q USING 5, 6"],
        [Q, "EXECUTE IMMEDIATE q"],
        [Q, N, "EXECUTE IMMEDIATE q USING n + 1"],
        [N, "EXECUTE IMMEDIATE 'SELECT :a, :b' USING n AS a, 'x' AS b"],
        "EXECUTE IMMEDIATE 'SELECT :a, :b' USING (1 AS b, 'x' AS a)",
        "EXECUTE IMMEDIATE 'SELECT :a, ?' USING 1 AS a, 2",
        [N, "EXECUTE IMMEDIATE 'SELECT 3' INTO n", "SELECT n"],
        [N, Q, "EXECUTE IMMEDIATE 'SELECT ?, ?' INTO n, q USING 8, 'k'", "SELECT n, q"],
        [N, "EXECUTE IMMEDIATE 'SELECT id FROM t WHERE id = 99' INTO n", "SELECT n"],
        [N, "EXECUTE IMMEDIATE 'SELECT id, 1 FROM t WHERE id = 1' INTO n"],
        [N, "EXECUTE IMMEDIATE 'SELECT id FROM t' INTO n"],
        "EXECUTE IMMEDIATE NULL",
        "EXECUTE IMMEDIATE 5",
        [N, "EXECUTE IMMEDIATE 'SET VAR n = 12'", "SELECT n"],
        "EXECUTE IMMEDIATE 'EXECUTE IMMEDIATE ''SELECT 1 AS w'''",
        "EXECUTE IMMEDIATE 'SELECT nope'",
        "EXECUTE IMMEDIATE 'SELEC 1'",
    ),
    queries(
        "identifier",
        VIEWS,
        "SELECT * FROM IDENTIFIER('t') WHERE id = 1",
        "SELECT IDENTIFIER('id') FROM t",
        "SELECT IDENTIFIER('t.id') FROM t",
        "SELECT IDENTIFIER('i' || 'd') FROM t",
        "SELECT IDENTIFIER('upper')('a')",
        "SELECT 1 AS IDENTIFIER('x')",
        "SELECT count(*) FROM t TABLESAMPLE (101 PERCENT)",
        "FROM t |> SELECT id, row_number() OVER w AS r WINDOW w AS (ORDER BY id) |> WHERE r < 3",
        "SELECT struct(1 AS from, 2 AS select)",
        "SELECT named_struct('in', 1).in, named_struct('is', 1).is",
        "SELECT t.in FROM (SELECT 1 AS in) t",
    ),
    queries(
        "pivots of several columns",
        VIEWS,
        "SELECT * FROM sales PIVOT (sum(q) FOR (k, y) IN (('a', 2020) AS x, ('b', 2021)))",
        "SELECT * FROM sales PIVOT (sum(q) AS s, max(q) m FOR (k, y) IN (('a', 2020) AS x, ('b', 2020) AS z))",
        "SELECT * FROM (SELECT *, 1 AS g FROM sales) PIVOT (count(*) FOR (k, y) IN (('a', 2020), ('c', 1)))",
        "SELECT * FROM sales PIVOT (sum(q) FOR (k) IN ('a', 'b'))",
        "SELECT * FROM sales UNPIVOT EXCLUDE NULLS ((a, b) FOR name IN ((y, q) AS first, (q, y)))",
        "SELECT * FROM sales UNPIVOT INCLUDE NULLS ((a, b) FOR name IN ((y, q) AS first, (q, y)))",
        "SELECT * FROM (SELECT k, y, q, CAST(NULL AS INT) AS w FROM sales) UNPIVOT ((a, b) FOR name IN ((y, q), (w, w)))",
        "SELECT * FROM sales UNPIVOT ((a, b) FOR name IN ((y), (q)))",
        "SELECT * FROM sales UNPIVOT (val FOR name IN (y, q))",
        "SELECT * FROM sales UNPIVOT (val FOR name IN (k, q))",
        "SELECT * FROM sales PIVOT (sum(q) FOR y IN (2020, 2021))",
    ),
    frames(
        "zip and repartitionById",
        VIEWS["t"],
        ("zip", lambda df, F: df.select("id").zip(df.select((F.col("id") + 1).alias("j")))),
        ("zip of the same", lambda df, F: df.select("id").zip(df.select("id"))),
        ("zip of the frame", lambda df, F: df.zip(df.withColumn("w", F.upper("name")).select("w", "id"))),
        ("zip twice projected", lambda df, F: df.select("id", "v").select("v").zip(df.select("name"))),
        ("zip of other rows", lambda df, F: df.where("id > 0").zip(df.select("id"))),
        ("repartitionById", lambda df, F: df.repartitionById(2, "id")),
        ("repartitionById of an expression", lambda df, F: df.repartitionById(2, F.col("id") % 2)),
        ("repartitionById of a text", lambda df, F: df.repartitionById(2, "name")),
        ("repartitionById of none", lambda df, F: df.repartitionById(0, "id")),
        ("repartitionById by text", lambda df, F: df.repartitionById("2", "id")),
        ("repartitionById of an unknown column", lambda df, F: df.repartitionById(2, "nope")),
        ("repartitionById of a number", lambda df, F: df.repartitionById(2, 5)),
        modes=("static",),
    ),
    frames(
        "parameters",
        VIEWS["t"],
        _given("SELECT * FROM t ORDER BY id LIMIT ? OFFSET ?", [1, 1]),
        _given("SELECT ? + ?, ? || ?", [1, 2, "a", "b"]),
        _given("SELECT * FROM t WHERE id = ? AND name = ?", [1, "a"]),
        _given("SELECT * FROM t WHERE id IN (?, ?)", [1, 2]),
        _given("SELECT CASE WHEN id > ? THEN ? ELSE ? END FROM t", [1, "x", "y"]),
        _given("SELECT * FROM t WHERE id BETWEEN ? AND ?", [1, 2]),
        _given("SELECT * FROM t WHERE name LIKE ? ESCAPE '#'", ["a%"]),
        _given("SELECT CAST(? AS INT), array(?, ?)[0]", ["1", 3, 4]),
        _given("SELECT transform(array(1), x -> x + ?)", [5]),
        _given("SELECT * FROM VALUES (?, ?) AS x(a, b)", [1, 2]),
        _given("SELECT * FROM range(?)", [2]),
        _given("SELECT INTERVAL ? DAY", [2]),
        _given("SELECT sum(id) FROM t GROUP BY name HAVING sum(id) > ?", [1]),
        _given("WITH c AS (SELECT ? AS a) SELECT * FROM c WHERE a = ?", [1, 1]),
        _given("SELECT id FROM t UNION ALL SELECT ?", [9]),
        _given("SELECT IF(?, ?, ?), NOT ?, ? IS NULL", [True, 1, 2, True, None]),
        _given("FROM t |> WHERE id = ? |> SELECT name, ?", [1, "z"]),
        _given("SELECT :a, :a + :b FROM t WHERE id = :a LIMIT :b", {"a": 1, "b": 2}),
        _given("SELECT * FROM t TABLESAMPLE (:n ROWS)", {"n": 1}),
        _given("SELECT IDENTIFIER(:c) FROM t", {"c": "name"}),
        _given("SELECT * FROM IDENTIFIER(:t) WHERE id = :y", {"t": "t", "y": 1}),
        modes=("static",),
    ),
]
