"""KLL sketches. Which values a sketch drops is a matter of chance, so that its bytes are compared only where it drops none."""

from __future__ import annotations

from tests.oracle.sketch_tables import KLL, KLL_DOUBLES
from tests.oracle.suite import Table, aggregate, select
from tests.oracle.tables import FLOATS, INTEGERS, ONE

_RANKS = "array(0d, 0.25d, 0.5d, 0.9d, 1d)"

#: fewer than a sketch drops values of
_GROUPED = Table(
    "g string, b tinyint, s smallint, i int, l bigint, f float, d double",
    [
        ("ab"[number % 2], number % 100, 3 * number, number * number, -number, number / 4, 1000 / (number + 1))
        for number in range(150)
    ]
    + [("c", None, None, None, None, None, None), ("c", 1, 2, 3, 4, float("nan"), float("nan"))],
)

_NUMBERS = (
    *(f"kll_sketch_get_n_bigint(kll_sketch_agg_bigint({column}))" for column in "bsil"),
    *(f"kll_sketch_get_quantile_bigint(kll_sketch_agg_bigint({column}), {_RANKS})" for column in "bsi"),
    "kll_sketch_get_quantile_bigint(kll_sketch_agg_bigint(l, 500), 0.3)",
    "kll_sketch_get_rank_bigint(kll_sketch_agg_bigint(i), array(-1, 0, 100, 5000, 100000))",
    "kll_sketch_get_rank_bigint(kll_sketch_agg_bigint(i, 4000), 400)",
    "kll_sketch_to_string_bigint(kll_sketch_agg_bigint(i))",
)
_FRACTIONS = (
    "kll_sketch_get_n_double(kll_sketch_agg_double(d))",
    "kll_sketch_get_n_float(kll_sketch_agg_float(f))",
)
_FRACTIONS_THERE = (
    f"kll_sketch_get_quantile_double(kll_sketch_agg_double(d), {_RANKS})",
    f"kll_sketch_get_quantile_double(kll_sketch_agg_double(f), {_RANKS})",
    f"kll_sketch_get_quantile_float(kll_sketch_agg_float(f, 300), {_RANKS})",
    "kll_sketch_get_rank_double(kll_sketch_agg_double(d), 20.5)",
    "kll_sketch_get_rank_float(kll_sketch_agg_float(f), array(1.0, 20.25))",
    "kll_sketch_to_string_double(kll_sketch_agg_double(d))",
    "kll_sketch_to_string_float(kll_sketch_agg_float(f))",
)

GROUPS = [
    aggregate("numbers", _GROUPED, ["g"], *_NUMBERS, *_FRACTIONS),
    aggregate("numbers of all", _GROUPED, [], *_NUMBERS, *_FRACTIONS, *_FRACTIONS_THERE),
    aggregate(
        "nothing",
        _GROUPED,
        [],
        "kll_sketch_agg_bigint(i) filter (where i < 0)",
        "kll_sketch_agg_double(d, 30) filter (where i < 0)",
        "kll_sketch_agg_bigint(null)",
        "kll_sketch_get_n_float(kll_sketch_agg_float(f) filter (where i < 0))",
        "kll_sketch_to_string_bigint(kll_sketch_agg_bigint(i) filter (where i < 0))",
        "kll_sketch_agg_bigint(i) filter (where i = 9)",
        ("Python", lambda F: F.kll_sketch_get_n_bigint(F.kll_sketch_agg_bigint("i", 60))),
        ("Python, column", lambda F: F.kll_sketch_get_quantile_double(F.kll_sketch_agg_double("d"), F.lit(0.5))),
    ),
    aggregate(
        "edges",
        FLOATS,
        [],
        f"kll_sketch_get_quantile_double(kll_sketch_agg_double(d), {_RANKS})",
        f"kll_sketch_get_quantile_float(kll_sketch_agg_float(f), {_RANKS})",
        "kll_sketch_to_string_double(kll_sketch_agg_double(d))",
        "kll_sketch_to_string_float(kll_sketch_agg_float(f))",
    ),
    aggregate(
        "ends of the integers",
        INTEGERS,
        [],
        f"kll_sketch_get_quantile_bigint(kll_sketch_agg_bigint(l), {_RANKS})",
        f"kll_sketch_get_quantile_bigint(kll_sketch_agg_bigint(b), {_RANKS})",
        "kll_sketch_to_string_bigint(kll_sketch_agg_bigint(l))",
    ),
    select(
        "sketches",
        KLL,
        "kll_sketch_get_n_bigint(a)",
        "kll_sketch_to_string_bigint(a)",
        "kll_sketch_get_n_bigint(kll_sketch_merge_bigint(a, b))",
        "kll_sketch_merge_bigint(a, null)",
        "kll_sketch_get_quantile_bigint(b, 0.5)",
        f"kll_sketch_get_quantile_bigint(b, {_RANKS})",
        "kll_sketch_get_quantile_bigint(b, 1)",
        "kll_sketch_get_quantile_bigint(b, '0.25')",
        "kll_sketch_get_quantile_bigint(b, array(0.5d, null))",
        "kll_sketch_get_quantile_bigint(b, array(0.5, 1.0))",
        "kll_sketch_get_quantile_bigint(b, array())",
        "kll_sketch_get_quantile_bigint(b, null)",
        "kll_sketch_get_quantile_bigint(b, cast(null as array<double>))",
        "kll_sketch_get_quantile_bigint(null, 0.5)",
        "kll_sketch_get_rank_bigint(b, 3)",
        "kll_sketch_get_rank_bigint(b, 3L)",
        "kll_sketch_get_rank_bigint(b, 2.5d)",
        "kll_sketch_get_rank_bigint(b, array(-1L, 0L, 50L, 99L, 100L))",
        "kll_sketch_get_rank_bigint(b, array(1, 2))",
        "kll_sketch_get_rank_bigint(b, null)",
        ("Python", lambda F: F.kll_sketch_get_quantile_bigint("b", F.array(F.lit(0.1), F.lit(0.9)))),
        ("Python, rank", lambda F: F.kll_sketch_get_rank_bigint("b", F.lit(10))),
        ("Python, merge", lambda F: F.kll_sketch_get_n_bigint(F.kll_sketch_merge_bigint("a", F.col("b")))),
        ("Python, text", lambda F: F.kll_sketch_to_string_bigint("b")),
    ),
    select(
        "sketches of fractions",
        KLL_DOUBLES,
        "kll_sketch_get_n_double(d)",
        "kll_sketch_get_n_float(f)",
        f"kll_sketch_get_quantile_double(d, {_RANKS})",
        f"kll_sketch_get_quantile_float(f, {_RANKS})",
        "kll_sketch_get_rank_double(d, 0.5)",
        "kll_sketch_get_rank_float(f, 0.5)",
        "kll_sketch_get_rank_float(f, array(cast(0.5 as float), cast(7 as float)))",
        "kll_sketch_to_string_double(d)",
        "kll_sketch_to_string_float(f)",
        "kll_sketch_get_n_double(kll_sketch_merge_double(d, d))",
        "kll_sketch_get_n_float(kll_sketch_merge_float(f, f))",
    ),
    aggregate(
        "sketches together",
        KLL,
        ["g"],
        "kll_sketch_get_n_bigint(kll_merge_agg_bigint(a))",
        "kll_sketch_get_n_bigint(kll_merge_agg_bigint(b, 50))",
        ("Python", lambda F: F.kll_sketch_get_n_bigint(F.kll_merge_agg_bigint("a", 40))),
    ),
    aggregate(
        "sketches of fractions together",
        KLL_DOUBLES,
        [],
        "kll_sketch_get_n_double(kll_merge_agg_double(d))",
        "kll_sketch_get_n_float(kll_merge_agg_float(f, 100))",
        "kll_merge_agg_double(d) filter (where false)",
    ),
    aggregate(
        "errors",
        ONE,
        [],
        "kll_sketch_agg_bigint(a, 7)",
        "kll_sketch_agg_bigint(a, 65536)",
        "kll_sketch_agg_bigint(a, null)",
        "kll_sketch_agg_bigint(a, a)",
        "kll_sketch_agg_bigint(a, 'x')",
        "kll_sketch_agg_bigint(a, 12L)",
        "kll_sketch_agg_bigint(b)",
        "kll_sketch_agg_bigint(c)",
        "kll_sketch_agg_float(a)",
        "kll_sketch_agg_float(c)",
        "kll_sketch_agg_double(a)",
        "kll_sketch_agg_double()",
        "kll_sketch_agg_double(c, 8, 8)",
        "kll_merge_agg_bigint(a)",
        "kll_merge_agg_bigint(X'00')",
        "kll_merge_agg_bigint(X'')",
        "kll_merge_agg_bigint(X'', 7)",
        "kll_merge_agg_float(b)",
    ),
    select(
        "errors of sketches",
        KLL,
        "kll_sketch_get_n_bigint(X'00')",
        "kll_sketch_get_n_bigint(X'')",
        "kll_sketch_get_n_float(b)",
        "kll_sketch_get_n_bigint(1)",
        "kll_sketch_get_quantile_bigint(b, 1.1d)",
        "kll_sketch_get_quantile_bigint(b, -0.5)",
        "kll_sketch_get_quantile_bigint(b, array(0.5d, 2d))",
        "kll_sketch_get_quantile_bigint(a, 0.5)",
        "kll_sketch_get_quantile_bigint(b, true)",
        "kll_sketch_get_quantile_bigint(b, b)",
        "kll_sketch_get_quantile_bigint(b, length(g))",
        "kll_sketch_get_quantile_bigint(b)",
        "kll_sketch_get_rank_bigint(a, 1)",
        "kll_sketch_get_rank_bigint(b, true)",
        "kll_sketch_get_rank_bigint(b, array(true))",
        "kll_sketch_get_rank_bigint(b, array(1, null))",
        "kll_sketch_get_rank_bigint(b, length(g))",
        "kll_sketch_get_rank_double(b, double('nan'))",
        "kll_sketch_merge_bigint(b)",
        "kll_sketch_merge_bigint(b, 1)",
        "kll_sketch_merge_bigint(b, X'00')",
        "kll_sketch_to_string_bigint(1)",
    ),
]
