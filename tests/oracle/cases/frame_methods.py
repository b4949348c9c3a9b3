"""Methods of frames: qualified names through a chain of steps, pivots, tables of pairs, rows of other frames."""

from __future__ import annotations

from tests.oracle.suite import Table, frames

PEOPLE = Table("age int, name string", [(2, "Alice"), (5, "Bob"), (None, "Cy"), (5, None)])
SALES = Table(
    "training string, sales struct<course:string,year:int,earnings:int>",
    [("x", ("dotNET", 2012, 10)), ("x", ("Java", 2012, 20)), ("y", ("dotNET", 2013, 48)), ("y", ("Java", None, 30))],
)
DOTTED = Table(
    "`a.b` int, c double, s string, r struct<p:int,q:int>", [(1, None, "x", (None, 2)), (None, 2.5, None, None)]
)
PAIRS = Table("c1 int, c2 int, t string", [(1, 11, "b"), (1, 11, "a"), (3, 10, None), (4, 8, "c"), (None, 8, "a")])

GROUPS = [
    frames(
        "qualified names",
        PEOPLE,
        ("after select", lambda df, F: df.alias("x").select("name").select("x.name")),
        ("after select, whatever its case", lambda df, F: df.alias("x").select("name").select("X.NAME")),
        ("after select of a star", lambda df, F: df.alias("x").select("*").select("x.*")),
        ("star after drop", lambda df, F: df.alias("x").drop("age").select("x.*")),
        ("after withColumn", lambda df, F: df.alias("x").withColumn("z", F.lit(1)).select("x.name", "z")),
        ("of a replaced column", lambda df, F: df.alias("x").withColumn("age", F.lit(1)).select("x.age")),
        ("of a computed column", lambda df, F: df.alias("x").select(F.col("age").cast("long")).select("x.age")),
        ("of a renamed column", lambda df, F: df.alias("x").select(F.col("x.name").alias("q")).select("x.name")),
        ("after withColumnRenamed", lambda df, F: df.alias("x").withColumnRenamed("name", "q").select("x.*")),
        ("after dropDuplicates", lambda df, F: df.alias("x").dropDuplicates(["name"]).select("x.name")),
        ("after a union", lambda df, F: df.alias("x").union(df).select("x.*")),
        ("after unionByName", lambda df, F: df.alias("x").unionByName(df).select("x.age")),
        ("under a second alias", lambda df, F: df.alias("x").select("name").alias("z").select("x.name")),
        ("in where after select", lambda df, F: df.alias("x").select("name").where("x.name = 'Bob'")),
        (
            "beside an explode",
            lambda df, F: df.alias("x").select(F.explode(F.array("age")), "name").select("x.name"),
        ),
    ),
    frames(
        "qualified names of static frames",
        PEOPLE,
        ("after groupBy", lambda df, F: df.alias("x").groupBy("name").count().select("x.name", "count")),
        ("after rollup", lambda df, F: df.alias("x").rollup("name").count().select("x.name")),
        ("after pivot", lambda df, F: df.alias("x").groupBy("name").pivot("age").count().select("x.name")),
        ("after unpivot", lambda df, F: df.alias("x").unpivot("age", ["age"], "k", "v").select("x.age")),
        ("after a sort", lambda df, F: df.alias("x").sort("x.age").select("x.age")),
        (
            "both sides of a self-join",
            lambda df, F: (
                df.alias("x")
                .join(df.alias("y"), F.col("x.name") == F.col("y.name"))
                .select("x.name", "y.name", "y.age")
                .sort(F.desc("x.name"))
            ),
        ),
        (
            "sides after select and join",
            lambda df, F: (
                df.alias("x")
                .select("age", "name")
                .join(df.alias("y"), F.col("x.age") == F.col("y.age"))
                .select("x.name", "y.name")
                .where("x.name <> y.name")
            ),
        ),
        modes=("static",),
    ),
    frames(
        "nulls in columns of any name",
        DOTTED,
        ("fill all", lambda df, F: df.fillna(0)),
        ("fill a dotted one", lambda df, F: df.na.fill(7, ["`a.b`"])),
        ("fill a dotted one by a mapping", lambda df, F: df.na.fill({"`a.b`": 1})),
        ("fill a field", lambda df, F: df.na.fill(1, ["r.p"])),
        ("fill a field by a mapping", lambda df, F: df.na.fill({"r.p": 1})),
        ("fill an unknown one", lambda df, F: df.na.fill({"zzz": 1})),
        ("fill one of an unknown table", lambda df, F: df.na.fill(1, ["zzz"])),
        ("fill a qualified one", lambda df, F: df.alias("x").na.fill(9.0, ["x.c"])),
        ("fill a qualified one by a mapping", lambda df, F: df.alias("x").na.fill({"x.c": 9.0})),
        ("fill in another case", lambda df, F: df.na.fill({"C": 5.0})),
        ("replace in all", lambda df, F: df.replace(1, 9)),
        ("replace in a dotted one", lambda df, F: df.replace(1, 9, ["`a.b`"])),
        ("replace in a qualified one", lambda df, F: df.alias("x").replace("x", "y", ["x.s"])),
        ("replace in a field", lambda df, F: df.replace(2, 1, ["r.p"])),
        ("replace in an unknown one", lambda df, F: df.replace(2, 1, ["zzz"])),
        ("replace in another case", lambda df, F: df.replace("x", "y", ["S"])),
        ("drop any", lambda df, F: df.dropna()),
        ("drop by a dotted one", lambda df, F: df.na.drop(subset=["`a.b`"])),
        ("drop by a field", lambda df, F: df.dropna(subset=["r.p"])),
        ("drop by a qualified one", lambda df, F: df.alias("x").na.drop(subset=["x.c"])),
    ),
    frames(
        "nulls in twins",
        PEOPLE,
        ("fill all", lambda df, F: df.crossJoin(df).na.fill(0)),
        ("fill by a mapping", lambda df, F: df.crossJoin(df).na.fill({"age": 0})),
        ("fill one", lambda df, F: df.crossJoin(df).na.fill(0, ["age"])),
        ("replace in all", lambda df, F: df.crossJoin(df).replace(2, 3)),
        ("drop any", lambda df, F: df.crossJoin(df).dropna()),
        modes=("static",),
    ),
    frames(
        "pivots",
        SALES,
        ("of a field", lambda df, F: df.groupBy("sales.year").pivot("sales.course").agg(F.sum("sales.earnings"))),
        (
            "of a field, with values",
            lambda df, F: df.groupBy("sales.year").pivot("sales.course", ["Java"]).sum("sales.earnings"),
        ),
        ("by another column", lambda df, F: df.groupBy("training").pivot("sales.year").count()),
        modes=("static",),
    ),
    frames(
        "tables of pairs",
        PAIRS,
        ("numbers by their texts", lambda df, F: df.crosstab("c1", "c2")),
        ("texts and null", lambda df, F: df.crosstab("c2", "t")),
        ("booleans", lambda df, F: df.withColumn("b", F.col("c1") > 1).crosstab("t", "b")),
        ("fractions", lambda df, F: df.withColumn("d", F.col("c2") / 4).crosstab("t", "d")),
        modes=("static",),
    ),
    frames(
        "rows of another frame",
        PEOPLE,
        (
            "a struct is its parts",
            lambda df, F: df.where(
                F.struct("age", "name").isin(df.where("age > 2").select(F.col("age") + 0, F.lit("Bob")))
            ),
        ),
        (
            "a struct is none of them",
            lambda df, F: df.where("age is not null").where(
                ~F.struct("age", "name").isin(df.select(F.coalesce("age", F.lit(0)), F.lit("Bob")))
            ),
        ),
        (
            "a column of structs",
            lambda df, F: df.withColumn("s", F.struct("age", "name")).where(
                F.col("s").isin(df.where("age = 2").select(F.struct("age", "name")))
            ),
        ),
        modes=("static",),
    ),
]
