"""The hash of keys. Checkpoints depend on it, so its values are written down here: they may never change."""

from __future__ import annotations

import decimal

import numpy as np
import pyarrow as pa
import pytest

from actorstream.common.hashing import HASH_NAME, hash_columns, partition_of


def hashes(*columns: pa.Array) -> list[int]:
    return hash_columns(columns).tolist()


@pytest.mark.parametrize(
    "columns",
    [
        [pa.array(["", "a", "abcdefgh", "abcdefghi", "žluť", None])],
        [pa.array([b"", b"\x00", b"\x00\x00", None], pa.binary())],
        [pa.array([0, -1, 2**62, None], pa.int64())],
        [pa.array([True, False, None])],
        [pa.array([1.5, float("inf"), -1.5, None])],
        [pa.array([decimal.Decimal("1.50"), None], pa.decimal128(10, 2))],
        [pa.array([{"start": 1, "end": 2}, {"start": None, "end": 2}, None])],
        [pa.array([[1, 2], [], [2, 1], None], pa.list_(pa.int64()))],
    ],
    ids=lambda columns: str(columns[0].type),
)
def test_a_row_hashes_alike_wherever_it_stands(columns: list[pa.Array]) -> None:
    """Slices, chunks and single rows give what the whole column gives, and different values differ."""
    whole = hashes(*columns)
    assert len(set(whole)) == len(whole)
    (column,) = columns
    assert [hashes(column.slice(row, 1))[0] for row in range(len(column))] == whole
    assert hashes(pa.concat_arrays([column, column]).slice(1, len(column))) == [*whole[1:], whole[0]]
    chunked = pa.chunked_array([column.slice(0, 1), column.slice(1)])
    assert hash_columns([chunked]).tolist() == whole


def test_equal_keys_hash_alike() -> None:
    nan = float("nan")
    assert len(set(hashes(pa.array([0.0, -0.0])))) == 1
    assert len(set(hashes(pa.array([nan, -nan])))) == 1
    small, large = pa.array([-7, 0, 9], pa.int32()), pa.array([-7, 0, 9], pa.int64())
    assert hashes(small) == hashes(large)


def test_the_order_of_columns_counts() -> None:
    a, b = pa.array([1]), pa.array([2])
    assert hashes(a, b) != hashes(b, a)


def test_rows_without_columns_are_all_alike() -> None:
    assert len(set(hash_columns([], 3).tolist())) == 1
    assert len(hash_columns([], 3)) == 3


def test_the_values_are_those_of_every_checkpoint_ever_written() -> None:
    assert HASH_NAME == "splitmix64-v1"
    known = hash_columns([pa.array(["a", None, "carrier"]), pa.array([1, 2, None], pa.int64())])
    assert known.tolist() == [3939272314918521363, 17126920927921895319, 13056038324243880747]
    assert partition_of(known, 7).tolist() == [6, 6, 4]


@pytest.mark.parametrize("partitions", [1, 2, 3, 8])
def test_keys_spread_over_all_partitions(partitions: int) -> None:
    counts = np.bincount(partition_of(hash_columns([pa.array(range(10_000))]), partitions), minlength=partitions)
    assert counts.min() > 0.8 * 10_000 / partitions
