"""Branches, unions and set operations of nested values of which only some may hold a null; decimals below one as whole numbers."""

from __future__ import annotations

from tests.oracle.suite import Table, frames, select

NESTED = Table(
    "b boolean, st struct<x:int,y:string>, a array<int>, m map<string,int>",
    [(True, (None, None), [None], {"a": None}), (False, (1, "z"), [2], {"b": 1}), (None, None, None, None)],
)
FULL = "named_struct('x', 1, 'y', 'z')"
GROUPS = [
    select(
        "branches",
        NESTED,
        f"if(b, st, {FULL})",
        f"if(b, {FULL}, st)",
        f"coalesce({FULL}, st)",
        f"coalesce(st, {FULL})",
        f"case when b then {FULL} else st end",
        f"nvl({FULL}, st)",
        f"if(b, {FULL}, null)",
        "case when b then array(1) else a end",
        "if(b, array(1), a)",
        "coalesce(array(1), a)",
        "if(b, map('a', 1), m)",
        "nvl(map('a', 1), m)",
        "if(b, array(named_struct('x', 1)), array(named_struct('x', cast(null as int))))",
    ),
    select(
        "collections",
        NESTED,
        f"array({FULL}, st)",
        "array(array(1), a)",
        "array(a, array(1))",
        "map('k', array(1), 'l', a)",
        "concat(array(1), a)",
        "array_union(array(1), a)",
        f"array_append(array({FULL}), st)",
        "greatest(array(1), a)",
        "array(1) = a",
        f"{FULL} = st",
        f"{FULL} in (st)",
        "flatten(array(array(1), a))",
        "array_position(array(array(1)), a)",
        "array_contains(array(array(1)), a)",
        "arrays_overlap(array(array(1)), array(a))",
    ),
    frames(
        "unions",
        NESTED,
        ("arrays", lambda df, F: df.selectExpr("array(1) a").union(df.select("a"))),
        ("structs", lambda df, F: df.selectExpr(f"{FULL} s").union(df.select("st"))),
        ("by name", lambda df, F: df.selectExpr("map('q', 1) m").unionByName(df.select("m"))),
    ),
    frames(
        "set operations",
        NESTED,
        ("intersect", lambda df, F: df.selectExpr("array(2) a").intersect(df.select("a"))),
        ("intersect of structs", lambda df, F: df.selectExpr(f"{FULL} st").intersect(df.select("st"))),
        ("exceptAll", lambda df, F: df.select("a").exceptAll(df.selectExpr("array(2) a"))),
        ("distinct", lambda df, F: df.selectExpr("array(2) a").union(df.select("a")).distinct().orderBy("a")),
        ("join", lambda df, F: df.alias("l").join(df.alias("r"), F.expr("l.a = r.a")).selectExpr("l.b")),
        (
            "join with nulls",
            lambda df, F: (
                df.alias("l")
                .join(df.alias("r"), F.expr("l.a <=> r.a and l.st <=> r.st"))
                .selectExpr("l.b")
                .orderBy("b")
            ),
        ),
        modes=("static",),
    ),
    select(
        "decimals below one",
        NESTED,
        "cast(-0.005 as int)",
        "cast(0.99 as bigint)",
        "cast(cast(0.5 as decimal(1,1)) as tinyint)",
        "int(cast(null as decimal(3,3)))",
    ),
]
