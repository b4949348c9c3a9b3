"""Hash functions: ``hash xxhash64`` (Spark's, bit for bit), ``md5 sha1 sha2 crc32``."""

from __future__ import annotations

import hashlib
import hmac
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from actorstream.errors import SparkRuntimeException
from actorstream.expr.arrow import Values, pa
from actorstream.expr.coercion import Rules, mismatch, takes, type_of, wrong_arity
from actorstream.expr.distinct import by_distinct, by_distinct_rows
from actorstream.expr.evaluation import Frame
from actorstream.expr.nodes import Call, Expression
from actorstream.expr.registry import Function, Kernel, TypeRule
from actorstream.expr.spark_hash import MURMUR3, XXHASH64, HashFunction
from actorstream.expr.types import DataType, IntegerType, LongType, MapType, VariantType, holds


def _hash_rule(result: DataType) -> TypeRule:
    def rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
        if not args:
            wrong_arity(name, "> 0", 0)
        for kind, condition in ((MapType, "HASH_MAP_TYPE"), (VariantType, "HASH_VARIANT_TYPE")):
            if any(holds(type_of(item), kind) for item in args):
                raise mismatch(condition, Call(name=name, args=args), functionName=f"`{name}`")
        return Call(name=name, args=args, data_type=result, nullable=False)

    return rule


def _hash(function: HashFunction, signed: type[np.signedinteger[Any]]) -> Kernel:
    def run(frame: Frame, *values: Values) -> Values:
        seeds = function.seeds(frame.rows)
        for value in values:
            seeds = function.chain(frame.array(value), seeds)
        return pa.array(seeds.view(signed))

    return run


def _digest(function: Callable[[bytes], Any]) -> Kernel:
    def run(frame: Frame, values: Values) -> Values:
        return by_distinct(function, frame.array(values), frame.site.arrow_type)

    return run


def _plain(name: str) -> Callable[[bytes], str]:
    return lambda data: hashlib.new(name, data, usedforsecurity=False).hexdigest()


def _sha2(frame: Frame, values: Values, bits: Values) -> Values:
    def digest(data: bytes, size: int) -> str | None:
        if size not in (0, 224, 256, 384, 512):
            return None
        return hashlib.new(f"sha{size or 256}", data).hexdigest()

    return by_distinct_rows(digest, [values, bits], pa.string(), length=frame.rows)


_HMAC = {"MD5": "md5", "SHA1": "sha1", "SHA-1": "sha1", "SHA224": "sha224", "SHA256": "sha256", "SHA384": "sha384",
         "SHA512": "sha512", "SHA-224": "sha224", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}  # fmt: skip


def _hmac(frame: Frame, key: Values, message: Values, algorithm: Values) -> Values:
    def digest(secret: bytes, data: bytes, name: str) -> bytes:
        found = _HMAC.get(name.upper())
        if found is None:
            raise SparkRuntimeException(
                errorClass="INVALID_PARAMETER_VALUE.HMAC_ALGORITHM",
                messageParameters={"parameter": "`algorithm`", "functionName": "`hmac`", "algorithm": name},
            )
        return hmac.new(secret, data, found).digest()

    return by_distinct_rows(digest, [key, message, algorithm], pa.binary(), length=frame.rows)


FUNCTIONS = [
    Function("hash", _hash_rule(IntegerType()), _hash(MURMUR3, np.int32), "the Murmur3 hash of columns, as Spark computes it"),
    Function("xxhash64", _hash_rule(LongType()), _hash(XXHASH64, np.int64), "the 64-bit xxHash of columns, as Spark computes it"),
    Function("md5", takes("binary", returns="string"), _digest(_plain("md5")), "the MD5 digest as hexadecimal text"),
    Function("sha", takes("binary", returns="string"), _digest(_plain("sha1")), "the SHA-1 digest as hexadecimal text"),
    Function("sha1", takes("binary", returns="string"), _digest(_plain("sha1")), "the SHA-1 digest as hexadecimal text"),
    Function("sha2", takes("binary", "int", returns="string", nullable=True), _sha2, "the SHA-2 digest of some bits as hexadecimal text"),
    Function("crc32", takes("binary", returns="bigint"), _digest(zlib.crc32), "the cyclic redundancy check value"),
    Function("hmac", takes("binary", "binary", "string", defaults=("SHA-256",), returns="binary"), _hmac, "the keyed digest of a message", may_raise=True),
]  # fmt: skip
