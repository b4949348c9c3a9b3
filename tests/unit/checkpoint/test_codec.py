"""Entries of the logs as bytes: what is written is read back, and every damage is told apart and named."""

from __future__ import annotations

import struct
import zlib

import pytest

from actorstream.checkpoint.codec import FORMAT_VERSION, decode, encode, kind_of
from actorstream.errors import PySparkException

ENTRY = {"sources": {"source-0": '{"logOffset":2}'}, "watermark_ms": 1_700_000_000_000, "conf": {}, "none": None}


def entry(*, kind: bytes = b"O", version: int = FORMAT_VERSION, payload: bytes = b"\x80") -> bytes:
    return struct.pack("<4scHII", b"ACTS", kind, version, zlib.crc32(payload), len(payload)) + payload


def condition_of(data: bytes) -> str | None:
    with pytest.raises(PySparkException, match=r"ckpt/offsets/3") as raised:
        decode("offsets", data, "ckpt/offsets/3")
    return raised.value.getCondition()


def test_an_entry_is_read_back_as_it_was_written() -> None:
    assert decode("offsets", encode("offsets", ENTRY), "offsets/3") == ENTRY
    assert kind_of(encode("offsets", ENTRY)) == "offsets"


@pytest.mark.rule("CKP-60a", "CKP-60g")
def test_an_empty_file_is_an_incomplete_entry() -> None:
    assert condition_of(b"") == "CHECKPOINT_FILE_DAMAGED.EMPTY"


@pytest.mark.rule("CKP-60b", "CKP-60h")
def test_an_entry_cut_anywhere_is_truncated() -> None:
    whole = encode("offsets", ENTRY)
    cuts = {condition_of(whole[:length]) for length in range(4, len(whole))}
    assert cuts == {"CHECKPOINT_FILE_DAMAGED.TRUNCATED"}


@pytest.mark.rule("CKP-60d")
@pytest.mark.parametrize("data", [b"v1\n{}", b"\x00" * 40, b"ACT", b"PK\x03\x04 a foreign archive"])
def test_a_file_of_another_program_is_foreign(data: bytes) -> None:
    assert condition_of(data) == "CHECKPOINT_FILE_DAMAGED.FOREIGN"


@pytest.mark.rule("CKP-60c", "CKP-60i")
def test_an_entry_of_a_newer_release_says_which_version_can_be_read() -> None:
    with pytest.raises(PySparkException) as raised:
        decode("offsets", entry(version=9), "ckpt/offsets/3")
    assert raised.value.getCondition() == "INVALID_LOG_VERSION.MAX_SUPPORTED_VERSION"
    assert raised.value.getMessageParameters() == {"path": "ckpt/offsets/3", "version": "v9", "maxVersion": "v1"}


@pytest.mark.rule("CKP-60f")
def test_an_appended_blank_is_noticed() -> None:
    assert condition_of(encode("offsets", ENTRY) + b" ") == "CHECKPOINT_FILE_DAMAGED.CHECKSUM"


@pytest.mark.rule("CKP-60f", "CKP-60j")
def test_no_single_wrong_bit_goes_unnoticed() -> None:
    whole = encode("offsets", ENTRY)
    for place in range(len(whole) * 8):
        flipped = bytearray(whole)
        flipped[place // 8] ^= 1 << place % 8
        assert condition_of(bytes(flipped)) is not None, f"bit {place}"


def test_an_entry_of_another_log_is_told_by_its_kind() -> None:
    with pytest.raises(PySparkException, match="it is a commit entry where a offsets entry belongs"):
        decode("offsets", encode("commit", {}), "ckpt/offsets/3")


def test_whole_bytes_that_are_no_entry_are_not_understood() -> None:
    assert condition_of(entry(payload=b"\xc1")) == "CHECKPOINT_FILE_DAMAGED.CONTENT"


def test_an_entry_is_data_and_cannot_name_a_class() -> None:
    with pytest.raises(TypeError):
        encode("offsets", {"object": object()})


@pytest.mark.parametrize("data", [b"", b"v1", b"ACTS", entry(kind=b"?")])
def test_what_is_no_entry_has_no_kind(data: bytes) -> None:
    assert kind_of(data) is None
