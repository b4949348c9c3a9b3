"""State files as bytes: whole, checked, and named when they are not."""

from __future__ import annotations

import struct
import zlib

import pyarrow as pa
import pytest

from actorstream.errors import PySparkException
from actorstream.state.delta import StateFileInfo, decode_state, encode_state, epoch_of, stem

INFO = StateFileInfo("aggregate-0", 1, 2, 7, "run", "6-run", 1)
TABLE = pa.table({"_removed": [False, True], "k0:k": ["a", "b"], "v0:total": [1.5, None]})


def condition_of(data: bytes) -> str | None:
    with pytest.raises(PySparkException, match=r"state/n/1/7-run\.delta") as raised:
        decode_state(data, "state/n/1/7-run.delta")
    return raised.value.getCondition()


def test_a_state_file_is_read_back_as_it_was_written() -> None:
    info, table = decode_state(encode_state(INFO, TABLE), "x")
    assert info == INFO
    assert table.equals(TABLE)
    assert decode_state(memoryview(encode_state(INFO, TABLE)), "x")[1].equals(TABLE)


@pytest.mark.rule("CKP-60k")
def test_damage_is_told_apart() -> None:
    whole = encode_state(INFO, TABLE)
    assert condition_of(b"") == "CHECKPOINT_FILE_DAMAGED.EMPTY"
    assert condition_of(b"PK\x03\x04" + whole) == "CHECKPOINT_FILE_DAMAGED.FOREIGN"
    assert condition_of(whole[:10]) == "CHECKPOINT_FILE_DAMAGED.TRUNCATED"
    assert condition_of(whole[:-1]) == "CHECKPOINT_FILE_DAMAGED.TRUNCATED"
    assert condition_of(whole + b"\n") == "CHECKPOINT_FILE_DAMAGED.CHECKSUM"
    newer = whole[:4] + struct.pack("<H", 2) + whole[6:]
    assert condition_of(newer) == "INVALID_LOG_VERSION.MAX_SUPPORTED_VERSION"


@pytest.mark.rule("CKP-60k")
def test_no_single_wrong_bit_goes_unnoticed() -> None:
    whole = encode_state(INFO, TABLE)
    for place in [*range(18 * 8), *range(18 * 8, len(whole) * 8, 97)]:
        flipped = bytearray(whole)
        flipped[place // 8] ^= 1 << place % 8
        assert condition_of(bytes(flipped)) is not None, f"bit {place}"


def test_a_file_that_is_whole_and_no_state_is_named() -> None:
    body = b"not Arrow"
    data = struct.pack("<4sHIQ", b"ACST", 1, zlib.crc32(body), len(body)) + body
    assert condition_of(data) == "CHECKPOINT_FILE_DAMAGED.CONTENT"


def test_the_name_of_a_state_file_says_its_epoch() -> None:
    assert stem(7, "run") == "7-run"
    assert epoch_of("state/n/1/7-run.delta") == epoch_of("12/7-run.snapshot") == 7
    assert [epoch_of(name) for name in ("lease", "7-run", "x-run.delta", "state/7/notes.txt")] == [None] * 4
