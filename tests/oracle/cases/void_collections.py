"""Arrays and maps without elements or of nothing, and None as an argument in Python."""

from __future__ import annotations

from tests.oracle.suite import Case, Table, aggregate, select

LISTS = Table(
    "a array<string>, x string, m map<string,int>", [(["a", "b"], "x", {"k": 1}), ([], None, {}), (None, "y", None)]
)
OF_NULL = ("map_keys", "map_values", "map_entries", "size", "array_size", "cardinality", "array_max", "array_distinct", "sort_array",
           "reverse", "flatten", "map_from_entries")  # fmt: skip
NAMES = Table(
    "k int, s string, z binary", [(1, "a", b"a"), (1, "a", b"b"), (1, "a", b"a"), (2, None, None), (2, "z", b"")]
)
GROUPS = [
    select(
        "nothing",
        LISTS,
        *(f"{name}(null)" for name in OF_NULL),
        "map()", "array()", "map_keys(map())", "map_values(map())", "map_entries(map())", "size(map())",
        "map_concat(map(), map('a', 1))", "map_from_arrays(array(), array())", "array_contains(array(1), null)", "array_contains(null, 1)",
        "map_filter(map(), (k, v) -> true)", "map_contains_key(map('a', 1), null)",
    ),
    select(
        "None in Python",
        LISTS,
        ("array_append", lambda F: F.array_append("a", None)),
        ("array_prepend", lambda F: F.array_prepend("a", None)),
        ("array_insert", lambda F: F.array_insert("a", 1, None)),
        ("array_position", lambda F: F.array_position("a", None)),
        ("array_remove", lambda F: F.array_remove("a", None)),
        ("array_contains", lambda F: F.array_contains("a", None)),
    ),
    aggregate(
        "texts joined", NAMES, ["k"],
        Case("listagg_distinct", lambda F: F.listagg_distinct("s"), modes=("static",)),
        Case("string_agg_distinct", lambda F: F.string_agg_distinct("s", "-"), modes=("static",)),
        ("count of a literal", lambda F: F.count(F.lit(0))),
        ("count of a text", lambda F: F.count(F.lit("x"))),
        ("count of one", lambda F: F.count(F.lit(1))),
        "count(0)", "count('x')", "count(null)", "count(1 + 1)",
    ),
]  # fmt: skip
