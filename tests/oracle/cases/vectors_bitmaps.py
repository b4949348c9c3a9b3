"""Float vectors, and the bitmaps of distinct counts."""

from __future__ import annotations

from tests.oracle.suite import Table, select
from tests.oracle.tables import INTEGERS, ONE

VECTORS = Table(
    "v array<float>, w array<float>",
    [
        ([1.0, 2.0, 2.0], [3.0, 0.0, 4.0]),
        ([0.1, 0.2, 0.3, 0.4], [-0.5, 1e10, 0.25, 3.5]),
        ([], []),
        ([0.0, 0.0], [1.0, 1.0]),
        ([1.0, None], [1.0, 2.0]),
        (None, [1.0]),
    ],
)

GROUPS = [
    select(
        "vectors",
        VECTORS,
        "vector_norm(v)",
        "vector_norm(w, 1.0f)",
        "vector_norm(w, 2.0f)",
        "vector_norm(w, float('inf'))",
        "vector_norm(v, cast(null as float))",
        "vector_normalize(v)",
        "vector_normalize(w, 1.0f)",
        "vector_inner_product(v, w)",
        "vector_l2_distance(v, w)",
        "vector_cosine_similarity(v, w)",
        "vector_inner_product(v, array(1.0f))",
        "vector_norm(v, 3.0f)",
        "vector_normalize(v, -1.0f)",
        "vector_norm(array(1, 2))",
        "vector_norm(v, 2)",
        "vector_inner_product(v, 1)",
        ("F.vector_norm", lambda F: F.vector_norm("v")),
        ("F.vector_normalize", lambda F: F.vector_normalize("v", F.lit(1.0).cast("float"))),
        ("F.vector_cosine_similarity", lambda F: F.vector_cosine_similarity("v", "w")),
    ),
    select(
        "bitmaps",
        INTEGERS,
        "bitmap_bit_position(l)",
        "bitmap_bucket_number(l)",
        "bitmap_bit_position(i)",
        "bitmap_bucket_number(b)",
        "bitmap_count(cast(cast(i as string) as binary))",
        "bitmap_count('a')",
        ("F.bitmap_count", lambda F: F.bitmap_count(F.lit(b"\xff\x01"))),
    ),
    select(
        "facts of the session",
        ONE,
        "current_path()",
        "input_file_name()",
        "input_file_block_start()",
        "input_file_block_length()",
    ),
]
