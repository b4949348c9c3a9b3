"""AES: the vectors of its standards, and initialization vectors that are the same when an epoch is run again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from actorstream import MemoryStream
from actorstream.common.config import Conf
from actorstream.errors import PySparkImportError
from actorstream.expr.compile import compile_expression
from actorstream.expr.evaluation import Batch, EvalContext
from actorstream.sql import SparkSession
from actorstream.sql import functions as F

KEY = "0000111122223333"


@pytest.fixture
def spark() -> Iterator[SparkSession]:
    session = SparkSession.builder.master("local[1]").config("spark.sql.shuffle.partitions", "1").create()
    yield session
    session.stop()


@pytest.mark.parametrize(
    ("mode", "key", "iv", "aad", "plain", "expected"),
    [
        # FIPS 197, appendix C.1, and SP 800-38A, F.2.1; the block of padding that follows is cut off
        ("ECB", "000102030405060708090a0b0c0d0e0f", "", "", "00112233445566778899aabbccddeeff",
         "69c4e0d86a7b0430d8cdb78070b4c55a"),
        ("CBC", "2b7e151628aed2a6abf7158809cf4f3c", "000102030405060708090a0b0c0d0e0f", "",
         "6bc1bee22e409f96e93d7e117393172a", "7649abac8119b246cee98e9b12e9197d"),
        # GCM specification, test case 4: text and tag
        ("GCM", "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
         "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
         "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
         "5bc94fbc3221a5db94fae95ae7121a47"),
    ],
)  # fmt: skip
def test_the_vectors_of_the_standards(
    spark: SparkSession, mode: str, key: str, iv: str, aad: str, plain: str, expected: str
) -> None:
    arguments = [F.lit(bytes.fromhex(part)) for part in (plain, key, iv, aad)]
    found = spark.range(1).select(F.aes_encrypt(arguments[0], arguments[1], F.lit(mode), None, *arguments[2:])).first()
    assert found is not None
    assert bytes(found[0]).hex().startswith(iv + expected)


def _run(
    texts: list[str], epoch: int, *, partition: int = 0, cuts: tuple[int, ...] = (), key: str = KEY
) -> list[bytes]:
    """What an epoch encrypts whose input comes in batches, cut at `cuts`."""
    column = F.aes_encrypt("t", F.lit(key), F.lit("CBC"))
    schema = pa.schema([("t", pa.string())])
    compiled = compile_expression(column.expression, schema, Conf({}))
    context = EvalContext(batch_time_us=0, epoch=epoch, partition=partition, time_zone="UTC")
    found: list[bytes] = []
    for start, end in zip((0, *cuts), (*cuts, len(texts)), strict=True):
        batch = Batch.of(pa.table({"t": texts[start:end]}, schema), context)
        found += compiled.evaluate(batch).to_pylist()
    return found


def test_an_epoch_that_is_run_again_encrypts_the_same_however_its_input_is_cut() -> None:
    texts = [f"text {number % 3}" for number in range(10)]
    assert _run(texts, 7) == _run(texts, 7) == _run(texts, 7, cuts=(1, 4, 9))


def test_no_two_rows_partitions_epochs_texts_or_keys_share_an_initialization_vector() -> None:
    texts = ["the same"] * 50
    runs = [
        _run(texts, 1),
        _run(texts, 2),
        _run(texts, 1, partition=1),
        _run(["another"] * 50, 1),
        _run(texts, 1, key=KEY[::-1]),
    ]
    vectors = {secret[:16] for run in runs for secret in run}
    assert len(vectors) == 250


def test_calls_of_one_epoch_encrypt_differently(spark: SparkSession) -> None:
    secret = F.aes_encrypt(F.col("id").cast("string"), F.lit(KEY))
    rows = spark.range(20).select(secret, secret.alias("again")).collect()
    assert len({bytes(value) for row in rows for value in row}) == 40


def test_a_stream_encrypts_and_decrypts(spark: SparkSession) -> None:
    source = MemoryStream(spark, "t string")
    frame = source.to_df().select("t", F.aes_encrypt("t", F.lit(KEY)).alias("secret"))
    query = frame.writeStream.format("memory").queryName("secrets").start()
    try:
        source.add_data("a", None, "a")
        query.processAllAvailable()
        source.add_data("a")
        query.processAllAvailable()
        table = spark.table("secrets")
        rows = table.select("t", F.aes_decrypt("secret", F.lit(KEY)).cast("string").alias("plain"), "secret").collect()
    finally:
        query.stop()
    assert [row.plain for row in rows] == ["a", None, "a", "a"]
    assert len({bytes(row.secret) for row in rows if row.t}) == 3


def test_without_the_library_an_error_names_the_extra(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    missing: Any = None
    monkeypatch.setitem(sys.modules, "cryptography", missing)
    with pytest.raises(PySparkImportError, match=r"pip install 'actorstream\[crypto\]'") as caught:
        spark.range(1).select(F.aes_encrypt(F.lit("x"), F.lit(KEY)))
    assert caught.value.getCondition() == "EXTRA_NOT_INSTALLED"
