"""AES: ``aes_encrypt aes_decrypt try_aes_decrypt``."""

from __future__ import annotations

from actorstream.expr.coercion import literal
from actorstream.expr.nodes import Expression
from actorstream.sql.column import Column
from actorstream.sql.functions._build import Argument, call, required
from actorstream.sql.functions._build import column as column_of

__all__ = ["aes_decrypt", "aes_encrypt", "try_aes_decrypt"]


def _or(given: Argument, default: str) -> Expression:
    found = column_of(given)
    return literal(default) if found is None else found


def aes_encrypt(
    input: Argument,
    key: Argument,
    mode: Argument = None,
    padding: Argument = None,
    iv: Argument = None,
    aad: Argument = None,
) -> Column:
    """Bytes encrypted by AES in mode GCM (the default), CBC or ECB; a vector that is not given is new in every row, and the
    same when an epoch is run again.

    The key has 16, 24 or 32 bytes. The initialization vector (`iv`), which comes before the encrypted bytes, is made from the key,
    the text, and the row's place in the query.
    """
    rest = (_or(mode, "GCM"), _or(padding, "DEFAULT"), _or(iv, ""), _or(aad, ""))
    return call("aes_encrypt", required(input), required(key), *rest)


def aes_decrypt(
    input: Argument, key: Argument, mode: Argument = None, padding: Argument = None, aad: Argument = None
) -> Column:
    """Bytes that `aes_encrypt` encrypted."""
    rest = (_or(mode, "GCM"), _or(padding, "DEFAULT"), _or(aad, ""))
    return call("aes_decrypt", required(input), required(key), *rest)


def try_aes_decrypt(
    input: Argument, key: Argument, mode: Argument = None, padding: Argument = None, aad: Argument = None
) -> Column:
    """Bytes that `aes_encrypt` encrypted, null if they cannot be decrypted."""
    rest = (_or(mode, "GCM"), _or(padding, "DEFAULT"), _or(aad, ""))
    return call("try_aes_decrypt", required(input), required(key), *rest)
