"""Table functions of the user over whole tables: partitions, order, `analyze`, Arrow."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tests.oracle.suite import frames
from tests.oracle.tables import VIEWS


def _rows(module: Any, types: Any) -> type:
    """Gives a column of each row, and -1 at the end of each partition."""

    class Rows:
        def eval(self, row: Any) -> Any:
            yield (row["id"],)

        def terminate(self) -> Any:
            yield (-1,)

    return Rows


def _limited(module: Any, types: Any) -> type:
    """Stops when the sum of its first argument exceeds 2."""

    class Limited:
        def __init__(self) -> None:
            self._sum = 0

        def eval(self, a: int, row: Any) -> Any:
            self._sum += a
            if self._sum > 2:
                raise module.SkipRestOfInputTableException("enough")
            yield (a, row["id"])

        def terminate(self) -> Any:
            yield (self._sum, None)

    return Limited


def _counts(module: Any, types: Any) -> type:
    """Arrow: rows and the sum of a column."""

    class Counts:
        def eval(self, table: Any) -> Any:
            total = pc.sum(table.column("id")).as_py()
            yield pa.table({"n": pa.array([table.num_rows], pa.int32()), "s": pa.array([total], pa.int64())})

    return Counts


def _pairs(module: Any, types: Any) -> type:
    """Arrow: two rows for any argument."""

    class Pairs:
        def eval(self, x: Any) -> Any:
            yield pa.table({"a": pa.array([1, 2], pa.int32()), "b": pa.array([x[0].as_py()] * 2, pa.int32())})

    return Pairs


def _analyzing(module: Any, types: Any) -> type:
    """A function that wants its table in partitions, in order, and only some columns of it."""

    class Analyzing:
        @staticmethod
        def analyze(table: Any) -> Any:
            schema = types.StructType(
                [types.StructField("seen", types.StringType()), types.StructField("n", types.IntegerType())]
            )
            return module.AnalyzeResult(
                schema=schema,
                partitionBy=[module.PartitioningColumn("name")],
                orderBy=[module.OrderingColumn("id", ascending=False)],
                select=[module.SelectedColumn("name"), module.SelectedColumn("id + 1", "next")],
            )

        def __init__(self) -> None:
            self._seen: list[str] = []

        def eval(self, row: Any) -> None:
            self._seen.append(str(row.asDict()))

        def terminate(self) -> Any:
            yield (";".join(self._seen), len(self._seen))

    return Analyzing


def _extending(module: Any, types: Any) -> type:
    """A function whose columns are those of its table and one more."""

    class Extending:
        @staticmethod
        def analyze(table: Any, n: Any) -> Any:
            told = (table.isTable, table.value, table.isConstantExpression, n.value, n.isTable, n.isConstantExpression)
            fields = [*table.dataType.fields, types.StructField(str(told), types.IntegerType())]
            return module.AnalyzeResult(schema=types.StructType(fields), withSinglePartition=True)

        def eval(self, table: Any, n: int) -> Any:
            yield (*table, n)

    return Extending


def _sql(handler: Any, returns: str | None, text: str) -> Callable[..., Any]:
    """A statement over ``f``, the handler, and ``t``."""

    def run(df: Any, F: Any) -> Any:
        spark = df.sparkSession
        df.createOrReplaceTempView("t")
        spark.udtf.register("f", _made(handler, returns, F))
        return spark.sql(text)

    return run


def _call(handler: Any, returns: str | None, call: Callable[..., Any]) -> Callable[..., Any]:
    """A call in Python."""
    return lambda df, F: call(_made(handler, returns, F), df, F)


def _made(handler: Any, returns: str | None, F: Any) -> Any:
    package = F.__name__.split(".")[0]
    # made here, so that PySpark sends the class itself to its workers
    made = handler(importlib.import_module(f"{package}.sql.udtf"), importlib.import_module(f"{package}.sql.types"))
    make = F.arrow_udtf if handler in (_counts, _pairs) else F.udtf
    return make(made, returnType=returns)


GROUPS = [
    frames(
        "tables",
        VIEWS["t"],
        ("partition by", _sql(_rows, "x int", "SELECT * FROM f(TABLE(t) PARTITION BY name)")),
        ("partition and order", _sql(_rows, "x int", "SELECT * FROM f(TABLE(t) PARTITION BY name ORDER BY id DESC)")),
        ("single partition", _sql(_rows, "x int", "SELECT * FROM f(TABLE(t) WITH SINGLE PARTITION)")),
        ("single and order", _sql(_rows, "x int", "SELECT * FROM f(TABLE(t) WITH SINGLE PARTITION ORDER BY id)")),
        ("two keys", _sql(_rows, "x int", "SELECT * FROM f(TABLE(t) PARTITION BY (name, id) ORDER BY (id))")),
        ("a constant key", _sql(_rows, "x int", "SELECT * FROM f(TABLE(t) PARTITION BY 1)")),
        (
            "a query",
            _sql(_rows, "x int", "SELECT * FROM f(TABLE(SELECT id FROM t WHERE id > 1) WITH SINGLE PARTITION)"),
        ),
        ("by name", _sql(_rows, "x int", "SELECT * FROM f(row => TABLE(t) WITH SINGLE PARTITION)")),
        ("two tables", _sql(_rows, "x int", "SELECT * FROM f(TABLE(t), TABLE(t))")),
        ("no table", _sql(_rows, "x int", "SELECT * FROM f(t)")),
        ("unknown table", _sql(_rows, "x int", "SELECT * FROM f(TABLE(nope))")),
        ("stops early", _sql(_limited, "a int, b int", "SELECT * FROM f(1, TABLE(t) PARTITION BY id IS NULL)")),
        ("alias", _sql(_limited, "a int, b int", "SELECT q.p FROM f(3, TABLE(t) PARTITION BY id) AS q(p, o)")),
        ("analyze", _sql(_analyzing, None, "SELECT * FROM f(TABLE(t))")),
        ("analyze and partition by", _sql(_analyzing, None, "SELECT * FROM f(TABLE(t) PARTITION BY id)")),
        ("analyze without a table", _sql(_analyzing, None, "SELECT * FROM f(1)")),
        ("polymorphic", _sql(_extending, None, "SELECT * FROM f(TABLE(t), 5)")),
        ("polymorphic by name", _sql(_extending, None, "SELECT * FROM f(n => 7, table => TABLE(t))")),
        ("arrow", _sql(_counts, "n int, s bigint", "SELECT * FROM f(TABLE(t) WITH SINGLE PARTITION)")),
        ("arrow by partition", _sql(_counts, "n int, s bigint", "SELECT * FROM f(TABLE(t) PARTITION BY name)")),
        modes=("static",),
    ),
    frames(
        "frames",
        VIEWS["t"],
        ("partitionBy", _call(_rows, "x int", lambda f, df, F: f(df.asTable().partitionBy("name")))),
        (
            "partitionBy and orderBy",
            _call(
                _rows,
                "x int",
                lambda f, df, F: f(df.asTable().partitionBy(F.col("id") > 1).orderBy("id", F.desc("name"))),
            ),
        ),
        ("withSinglePartition", _call(_rows, "x int", lambda f, df, F: f(df.asTable().withSinglePartition()))),
        ("by keyword", _call(_rows, "x int", lambda f, df, F: f(row=df.asTable().withSinglePartition()))),
        (
            "beside a constant",
            _call(_limited, "a int, b int", lambda f, df, F: f(F.lit(1), df.asTable().partitionBy("id"))),
        ),
        ("analyze", _call(_analyzing, None, lambda f, df, F: f(df.asTable()))),
        ("polymorphic", _call(_extending, None, lambda f, df, F: f(df.asTable(), F.lit(3)))),
        ("arrow", _call(_counts, "n int, s bigint", lambda f, df, F: f(df.asTable().withSinglePartition()))),
        ("arrow of a constant", _call(_pairs, "a int, b int", lambda f, df, F: f(F.lit(4)))),
        ("order before partition", _call(_rows, "x int", lambda f, df, F: f(df.asTable().orderBy("id")))),
        (
            "partition twice",
            _call(_rows, "x int", lambda f, df, F: f(df.asTable().partitionBy("id").partitionBy("id"))),
        ),
        (
            "single after partition",
            _call(_rows, "x int", lambda f, df, F: f(df.asTable().partitionBy("id").withSinglePartition())),
        ),
        modes=("static",),
    ),
]
