"""AES: ``aes_encrypt aes_decrypt try_aes_decrypt``, through the package ``cryptography`` (the extra ``crypto``).

Where no initialization vector (IV) is given, the reference takes one of chance, so that an epoch that is run again would write
other rows. Here it is made from the key, the text and the place of the row in the query: an epoch that is run again gives the same
rows, no two rows share an IV, and nobody without the key can tell what the next one will be.

Source: Spark ``ExpressionImplUtils.aesInternal``.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import dataclass
from typing import Any

from actorstream.errors import PySparkException, PySparkImportError, SparkRuntimeException
from actorstream.expr.arrow import Values, pa
from actorstream.expr.coercion import Rules, takes, wrong_arity
from actorstream.expr.distinct import by_distinct_rows
from actorstream.expr.evaluation import Frame
from actorstream.expr.nodes import Call, Expression
from actorstream.expr.registry import Function, TypeRule

_BLOCK = 16
_TAG = 16
_BOTH = "`aes_encrypt`/`aes_decrypt`"


@dataclass(frozen=True, slots=True)
class _Mode:
    """A mode of operation. `iv_length` is in bytes, 0 for a mode without IV."""

    name: str
    paddings: frozenset[str]
    iv_length: int
    takes_aad: bool = False


_MODES = {
    "ECB": _Mode("ECB", frozenset({"DEFAULT", "PKCS"}), 0),
    "CBC": _Mode("CBC", frozenset({"DEFAULT", "PKCS"}), 16),
    "GCM": _Mode("GCM", frozenset({"DEFAULT", "NONE"}), 12, takes_aad=True),
}


# ---------------------------------------------------------------- errors


def _invalid(kind: str, parameter: str, **parameters: str) -> SparkRuntimeException:
    return SparkRuntimeException(
        errorClass=f"INVALID_PARAMETER_VALUE.{kind}",
        messageParameters={"parameter": parameter, "functionName": _BOTH, **parameters},
    )


def _crypto_error(detail: str) -> SparkRuntimeException:
    """`detail` is what Java's providers say, which users of the reference look for."""
    return _invalid("AES_CRYPTO_ERROR", "`expr`, `key`", detailMessage=detail)


def _unsupported(kind: str, **parameters: str) -> SparkRuntimeException:
    return SparkRuntimeException(errorClass=f"UNSUPPORTED_FEATURE.{kind}", messageParameters=parameters)


def _checked_mode(key: bytes, mode: str, padding: str) -> _Mode:
    """The mode of a name, for a key of a length that AES has. Raises: SparkRuntimeException."""
    if len(key) not in (16, 24, 32):
        raise _invalid("AES_KEY_LENGTH", "`key`", actualLength=str(len(key)))
    found = _MODES.get(mode.upper())
    if found is None or padding.upper() not in found.paddings:
        raise _unsupported("AES_MODE", mode=mode, padding=padding, functionName=_BOTH)
    return found


def _check_aad(mode: _Mode, aad: bytes) -> None:
    if aad and not mode.takes_aad:
        raise _unsupported("AES_MODE_AAD", mode=mode.name, functionName="`aes_encrypt`")


# ---------------------------------------------------------------- one value


def _encrypted(data: bytes, key: bytes, mode: _Mode, iv: bytes, aad: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.padding import PKCS7

    if mode.takes_aad:
        return iv + AESGCM(key).encrypt(iv, data, aad or None)
    padder = PKCS7(8 * _BLOCK).padder()
    encryptor = _cipher(key, iv).encryptor()
    return iv + encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()


def _cipher(key: bytes, iv: bytes) -> Any:
    """CBC with an IV, ECB without."""
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB

    return Cipher(AES(key), CBC(iv) if iv else ECB())


def _encrypt(data: bytes, key: bytes, mode_name: str, padding: str, iv: bytes, aad: bytes) -> bytes:
    """With an IV that is given, or in a mode without."""
    mode = _checked_mode(key, mode_name, padding)
    _check_iv(mode, iv)
    _check_aad(mode, aad)
    return _encrypted(data, key, mode, iv, aad)


def _check_iv(mode: _Mode, iv: bytes) -> None:
    if not iv:
        return
    if not mode.iv_length:
        raise _unsupported("AES_MODE_IV", mode=mode.name, functionName="`aes_encrypt`")
    if len(iv) != mode.iv_length:
        raise _invalid("AES_IV_LENGTH", "`iv`", mode=mode.name, actualLength=str(len(iv)))


def _decrypt(data: bytes, key: bytes, mode_name: str, padding: str, aad: bytes) -> bytes:
    mode = _checked_mode(key, mode_name, padding)
    if len(data) < mode.iv_length:
        message = (
            "Invalid buffer arguments" if mode.takes_aad else "IV buffer too short for given offset/length combination"
        )
        raise _crypto_error(message)
    if mode.iv_length:
        _check_aad(mode, aad)
    iv, body = data[: mode.iv_length], data[mode.iv_length :]
    return _opened(body, key, iv, aad) if mode.takes_aad else _unpadded(body, key, iv)


def _opened(body: bytes, key: bytes, iv: bytes, aad: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(body) < _TAG:
        raise _crypto_error(f"Input data too short to contain an expected tag length of {_TAG}bytes")
    try:
        return AESGCM(key).decrypt(iv, body, aad or None)
    except InvalidTag:
        raise _crypto_error("Tag mismatch!") from None


def _unpadded(body: bytes, key: bytes, iv: bytes) -> bytes:
    from cryptography.hazmat.primitives.padding import PKCS7

    if not body:
        return b""
    if len(body) % _BLOCK:
        raise _crypto_error(f"Input length must be multiple of {_BLOCK} when decrypting with padded cipher")
    decryptor = _cipher(key, iv).decryptor()
    unpadder = PKCS7(8 * _BLOCK).unpadder()
    try:
        return unpadder.update(decryptor.update(body) + decryptor.finalize()) + unpadder.finalize()
    except ValueError:
        raise _crypto_error(
            "Given final block not properly padded. Such issues can arise if a bad key is used during decryption."
        ) from None


# ---------------------------------------------------------------- columns


def _aes_encrypt(frame: Frame, *arguments: Values) -> Values:
    iv = arguments[4]
    needs_no_iv = isinstance(iv, pa.Scalar) and (iv.as_py() is None or len(iv.as_py()) > 0)
    if needs_no_iv or _is_ecb(arguments[2]):
        return by_distinct_rows(_encrypt, list(arguments), pa.binary(), length=frame.rows)
    place, first = frame.context.draw(frame.site, frame.rows)
    context = frame.context
    columns = [frame.array(argument).to_pylist() for argument in arguments]
    found: list[bytes | None] = []
    # a row at a time, since no two rows have the same IV
    for number, row in enumerate(zip(*columns, strict=True), first):
        if any(part is None for part in row):
            found.append(None)
            continue
        data, key, mode_name, padding, iv_given, aad = row
        mode = _checked_mode(key, mode_name, padding)
        if not iv_given and mode.iv_length:
            where = (context.seed, context.epoch, context.partition, place, number)
            iv_given = _own_iv(where, key, data, aad)[: mode.iv_length]
        found.append(_encrypt(data, key, mode_name, padding, iv_given, aad))
    return pa.array(found, pa.binary())


def _is_ecb(mode: Values) -> bool:
    return isinstance(mode, pa.Scalar) and str(mode.as_py()).upper() == "ECB"


def _own_iv(where: tuple[int, ...], key: bytes, data: bytes, aad: bytes) -> bytes:
    """32 bytes that depend on all arguments and look like chance to who has not the key.

    The text is among them so that queries that share a key and a seed repeat an IV only with the whole message.
    """
    digest = hmac.new(key, b"actorstream aes iv", hashlib.sha256)
    digest.update(struct.pack(">5q", *where))
    digest.update(struct.pack(">q", len(aad)))
    digest.update(aad)
    digest.update(data)
    return digest.digest()


def _aes_decrypt(frame: Frame, *arguments: Values) -> Values:
    return by_distinct_rows(_decrypt, list(arguments), pa.binary(), length=frame.rows)


def _try_aes_decrypt(frame: Frame, *arguments: Values) -> Values:
    def attempt(*row: Any) -> bytes | None:
        try:
            return _decrypt(*row)
        except PySparkException:
            return None

    return by_distinct_rows(attempt, list(arguments), pa.binary(), length=frame.rows)


def _rule(*parameters: str, defaults: tuple[str, ...]) -> TypeRule:
    typed = takes(*parameters, defaults=defaults, returns="binary", nullable=True)

    def rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
        require_cryptography()
        if not 2 <= len(args) <= len(parameters):
            counts = ", ".join(str(count) for count in range(2, len(parameters) + 1))
            wrong_arity(name, f"[{counts}]", len(args))
        # errors of types speak of the function that try_aes_decrypt wraps
        found = typed(name.removeprefix("try_"), args, rules)
        assert isinstance(found, Call)
        return Call(name=name, args=found.args, data_type=found.data_type, nullable=True)

    return rule


def require_cryptography() -> None:
    """Raises: PySparkImportError EXTRA_NOT_INSTALLED."""
    try:
        import cryptography  # noqa: F401
    except ImportError:
        raise PySparkImportError(
            errorClass="EXTRA_NOT_INSTALLED",
            messageParameters={"feature": "AES", "package": "cryptography", "extra": "crypto"},
        ) from None


_DECRYPT_RULE = _rule("binary", "binary", "string", "string", "binary", defaults=("GCM", "DEFAULT", ""))
FUNCTIONS = [
    Function("aes_encrypt", _rule("binary", "binary", "string", "string", "binary", "binary", defaults=("GCM", "DEFAULT", "", "")), _aes_encrypt, "bytes encrypted by AES", may_raise=True),
    Function("aes_decrypt", _DECRYPT_RULE, _aes_decrypt, "bytes that aes_encrypt encrypted", may_raise=True),
    Function("try_aes_decrypt", _DECRYPT_RULE, _try_aes_decrypt, "bytes that aes_encrypt encrypted, null if they cannot be decrypted"),
]  # fmt: skip
