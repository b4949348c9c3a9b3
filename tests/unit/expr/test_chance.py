"""Functions of chance: with a seed the reference's own numbers, and always the same rows for the same epoch."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from actorstream import MemoryStream
from actorstream.errors import AnalysisException
from actorstream.expr.mersenne import MersenneTwister
from actorstream.expr.xorshift import XorShift, uniform_numbers
from actorstream.sql import SparkSession
from actorstream.sql import functions as F


@pytest.fixture
def spark() -> Iterator[SparkSession]:
    session = SparkSession.builder.master("local[1]").config("spark.sql.shuffle.partitions", "1").create()
    yield session
    session.stop()


def _values(spark: SparkSession, text: str, rows: int = 4) -> list[Any]:
    return [row[0] for row in spark.range(rows).select(F.expr(text)).collect()]


# what PySpark 4.3.0 gives for range(4) in one partition
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rand(7)", [0.28188121484885875, 0.45998819035056326, 0.7690971666031955, 0.6631414615273216]),
        ("rand(-1)", [0.3030262136082562, 0.32113796770929537, 0.9042833431841623, 0.9119626015545944]),
        ("rand(null)", [0.7604953758285915, 0.5234194256885571, 0.0953472826424725, 0.3163249920547614]),
        ("randn(7)", [-1.773755556110447, -0.32537852999017897, 1.1637571325924414, 0.7055334021927279]),
        ("randn(8)", [-0.12108592338857035, 1.7346662488921807, -1.5758974095572422, -0.4391305524450846]),
        ("uniform(1, 100, 7)", [28, 46, 77, 66]),
        ("uniform(1Y, 20Y, 7)", [6, 9, 15, 13]),
        ("uniform(20, 1, 7)", [14, 11, 5, 7]),
        ("uniform(1L, 5000000000L, 7)", [1409406074, 2299940952, 3845485833, 3315707307]),
        ("uniform(1.5, 2.5, 7)", [Decimal("1.8"), Decimal("2.0"), Decimal("2.3"), Decimal("2.2")]),
        ("uniform(1.0, 2.5D, 7)", [1.422821822273288, 1.6899822855258448, 2.1536457499047934, 1.9947121922909823]),
        ("randstr(8, 7)", ["6Ogz59i3", "TI1AyJ6a", "E80TMRVF", "brYb4eqL"]),
        ("randstr(3S, -7)", ["Dep", "r54", "llf", "LIY"]),
        ("shuffle(array(1, 2, 3, 4, 5), 7)", [[1, 2, 5, 3, 4], [1, 5, 4, 2, 3], [5, 2, 1, 3, 4], [1, 3, 4, 5, 2]]),
        (
            "shuffle(array(id, id + 1, id + 2, id + 3, null), 7)",
            [[0, 1, None, 2, 3], [1, None, 4, 2, 3], [None, 3, 2, 4, 5], [3, 5, 6, None, 4]],
        ),
        (
            "shuffle(sequence(1, cast(id + 2 as int)), 7)",
            [[1, 2], [1, 3, 2], [1, 3, 4, 2], [1, 5, 4, 2, 3]],
        ),
        (
            "uuid(7)",
            [
                "cee40aac-b68a-440d-b75a-41718652cb36",
                "50fe06d6-e030-43ea-9ff6-ff3a773b207a",
                "9bf20e3c-97d1-45bc-8959-2e07ee8cb0f7",
                "84615c9d-24cf-44a9-9cdd-ad2e1ef95bda",
            ],
        ),
    ],
)
def test_a_seed_gives_the_numbers_of_the_reference(spark: SparkSession, text: str, expected: list[Any]) -> None:
    found = _values(spark, text)
    if isinstance(expected[0], float):
        assert found == pytest.approx(expected, rel=1e-15)
    else:
        assert found == expected


def test_calls_with_one_seed_are_the_same_column(spark: SparkSession) -> None:
    rows = spark.range(50).select(F.rand(3), F.rand(3), F.rand(4)).collect()
    assert all(row[0] == row[1] != row[2] for row in rows)


def test_calls_without_a_seed_are_different_columns_and_numbering_calls_the_same(spark: SparkSession) -> None:
    number = F.monotonically_increasing_id()
    rows = spark.range(20).select(F.rand(), F.rand(), number, number).collect()
    assert all(row[0] != row[1] for row in rows)
    assert [(row[2], row[3]) for row in rows] == [(i, i) for i in range(20)]


def test_pieces_of_any_size_give_one_sequence() -> None:
    whole = XorShift(5)
    pieces = XorShift(5)
    sizes = [1, 0, 2, 7, 100, 3]
    found = np.concatenate([pieces.normals(size) for size in sizes])
    assert found.tolist() == whole.normals(sum(sizes)).tolist()
    numbers = XorShift(5)
    assert np.concatenate([numbers.doubles(3), numbers.doubles(4)]).tolist() == uniform_numbers(5, 7).tolist()


def test_draws_that_do_not_count_are_drawn_again() -> None:
    # the last run of a bound near 2**30 + 1 is almost half of all draws: many are refused
    bound = (1 << 30) + 1
    one_by_one, together = MersenneTwister(1), MersenneTwister(1)
    bounds = np.full(50, bound, np.int64)
    assert [int(one_by_one.below(bounds[:1])[0]) for _ in bounds] == together.below(bounds).tolist()


def test_a_stream_draws_on_from_batch_to_batch_and_again_for_every_epoch(spark: SparkSession) -> None:
    source = MemoryStream(spark, "a int")
    query = (
        (source.to_df().select("a", F.rand(7).alias("r"), F.rand().alias("free")).writeStream.format("memory"))
        .queryName("chance")
        .start()
    )
    try:
        for _ in range(2):
            source.add_data(*range(3))
            query.processAllAvailable()
        rows = spark.table("chance").collect()
    finally:
        query.stop()
    expected = uniform_numbers(7, 3).tolist()
    assert [row.r for row in rows] == expected * 2
    assert len({row.free for row in rows}) == 6


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("rand(id)", "SEED_EXPRESSION_IS_UNFOLDABLE"),
        ("rand(1.5)", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"),
        ("rand('x')", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"),
        ("uniform(1, id, 7)", "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT"),
        ("uniform('1', 2, 7)", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"),
        ("randstr(id)", "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT"),
        ("shuffle(array(1, 2), id)", "INVALID_PARAMETER_VALUE.LONG"),
    ],
)
def test_a_seed_or_a_bound_that_cannot_be_is_refused(spark: SparkSession, text: str, condition: str) -> None:
    with pytest.raises(AnalysisException) as caught:
        _values(spark, text)
    assert caught.value.getCondition() == condition
