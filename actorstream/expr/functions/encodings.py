"""Text and bytes in each other's notation: base 32, hex and base 64 with checks, and texts that may be no UTF-8."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

from actorstream.errors import IllegalArgumentException
from actorstream.expr.arrow import Values, pa
from actorstream.expr.coercion import (
    Rules,
    accept,
    is_string,
    mismatch,
    quoted,
    quoted_type,
    takes,
    type_of,
    wrong_arity,
)
from actorstream.expr.distinct import by_distinct, by_distinct_rows
from actorstream.expr.evaluation import Frame
from actorstream.expr.folding import folded, is_foldable
from actorstream.expr.functions.string import per_row, unhex
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import Call, Expression
from actorstream.expr.registry import Function, Kernel, TypeRule
from actorstream.expr.types import BinaryType, NullType, StringType

# ---------------------------------------------------------------- UTF-8


def _bytes_kernel(function: Callable[[bytes], object]) -> Kernel:
    """A kernel on the bytes of a text or binary: a text that came from a binary may be no UTF-8."""

    def kernel(frame: Frame, values: Values) -> Values:
        return by_distinct(function, frame.array(values).cast(pa.binary()), frame.site.arrow_type)

    return kernel


def _is_valid_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _make_valid_utf8(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _validate_utf8(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        shown = "".join(f"\\x{byte:02X}" for byte in data)
        raise IllegalArgumentException(errorClass="INVALID_UTF8_STRING", messageParameters={"str": shown}) from None


def _try_validate_utf8(data: bytes) -> str | None:
    return data.decode() if _is_valid_utf8(data) else None


# ---------------------------------------------------------------- base 64 of mail

#: a text that every reader of base 64 understands the same way
_PLAIN_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\Z")
_BASE64_DIGITS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


def _unbase64(text: str) -> bytes:
    """Padding may be missing and strange characters are passed over. Source: ``java.util.Base64.getMimeDecoder``."""
    if _PLAIN_BASE64.match(text):
        return base64.b64decode(text)
    before, padding, after = text.partition("=")
    digits = "".join(letter for letter in before if letter in _BASE64_DIGITS)
    left = len(digits) % 4
    if padding and (left == 0 or (left == 2 and not after.startswith("="))):
        raise IllegalArgumentException("Input byte array has wrong 4-byte ending unit")
    if left == 1:
        raise IllegalArgumentException("Last unit does not have enough valid bits")
    for place, letter in enumerate(after, len(before) + 2):
        if letter in _BASE64_DIGITS:
            raise IllegalArgumentException(f"Input byte array has incorrect ending byte at {place}")
    return base64.b64decode(digits + "=" * (-len(digits) % 4))


# ---------------------------------------------------------------- base 32

_ALPHABET = {letter: value for value, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}
#: characters after the last full block of eight -> bytes that they give, bits that are dropped
_REST = {0: (0, 0), 1: (1, 2), 2: (1, 2), 3: (1, 7), 4: (2, 4), 5: (3, 1), 6: (3, 6), 7: (4, 3)}


def _from_base32(text: str) -> bytes:
    """Bytes of base-32 text. Letters of any case; what is none is skipped, ``=`` ends the text (Commons Codec)."""
    values = [_ALPHABET[letter] for letter in text.partition("=")[0].upper() if letter in _ALPHABET]
    found = bytearray()
    for start in range(0, len(values), 8):
        block = values[start : start + 8]
        work = 0
        for value in block:
            work = work << 5 | value
        if len(block) == 8:
            found += work.to_bytes(5, "big")
        else:
            size, dropped = _REST[len(block)]
            found += (work >> dropped & (1 << 8 * size) - 1).to_bytes(size, "big")
    return bytes(found)


# ---------------------------------------------------------------- to_binary

_NOTATIONS = ("hex", "utf-8", "utf8", "base64")


def is_base64(text: str) -> bool:
    """Whether a text is well-formed base 64: blanks may stand anywhere before the padding (Spark ``UnBase64``)."""
    letters = padding = 0
    for letter in text:
        if letter == "=":
            padding += 1
            if padding > 2:
                return False
        elif padding:
            return False
        elif letter.isascii() and (letter.isalnum() or letter in "+/"):
            letters += 1
        elif not letter.isspace():
            return False
    return (letters + padding) % 4 == 0 if padding else letters % 4 != 1


def _decoded(text: str, notation: str) -> bytes | None:
    """The bytes; None if the text is not in the notation."""
    kind = notation.lower()
    if kind == "hex":
        return unhex(text)
    if kind in ("utf-8", "utf8"):
        return text.encode()
    if not is_base64(text):
        return None
    letters = "".join(text.split()).rstrip("=")
    return base64.b64decode(letters + "=" * (-len(letters) % 4))


def _to_binary_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) not in (1, 2):
        wrong_arity(name, "[1, 2]", len(args))
    call = Call(name=name, args=args)
    if len(args) == 2:
        _check_notation(call, rules)
    accepted = tuple(accept(call, index, "string", rules) for index in range(len(args)))
    return Call(name=name, args=accepted, data_type=BinaryType(), nullable=True)


def _check_notation(call: Call, rules: Rules) -> None:
    given = call.args[1]
    if not is_string(type_of(given)) and not isinstance(type_of(given), NullType):
        accept(call, 1, "string", rules)
    if not is_foldable(given):
        raise mismatch(
            "NON_FOLDABLE_INPUT",
            call,
            inputName="`fmt`",
            inputType=quoted_type(StringType()),
            inputExpr=quoted(sql_text(given)),
        )
    notation = folded(given, rules)
    if notation is not None and notation.lower() not in _NOTATIONS and call.name == "to_binary":
        raise mismatch(
            "INVALID_ARG_VALUE",
            call,
            inputName="fmt",
            requireType='case-insensitive "STRING"',
            validValues="'hex', 'utf-8', 'utf8', or 'base64'",
            inputValue=f"'{notation}'",
        )


def _to_binary(frame: Frame, texts: Values, *notations: Values) -> Values:
    lenient = frame.site.name.startswith("try_")

    def one(text: str, notation: str = "hex") -> bytes | None:
        if notation.lower() not in _NOTATIONS:
            return None
        found = _decoded(text, notation)
        if found is None and not lenient:
            raise IllegalArgumentException(
                errorClass="CONVERSION_INVALID_INPUT",
                messageParameters={
                    "str": f"'{text}'",
                    "fmt": f"'{notation.upper()}'",
                    "targetType": '"BINARY"',
                    "suggestion": "`try_to_binary`",
                },
            )
        return found

    return by_distinct_rows(one, [texts, *notations], pa.binary(), length=frame.rows)


_ANY = "string|binary"


def _utf8_rule(returns: str, nullable: bool | None = None) -> TypeRule:
    return takes(_ANY, returns=returns, nullable=nullable)


FUNCTIONS = [
    Function("unbase64", takes("string", returns="binary"), per_row(_unbase64), "bytes of a base-64 text", may_raise=True),
    Function("is_valid_utf8", _utf8_rule("boolean"), _bytes_kernel(_is_valid_utf8), "whether a text is well-formed UTF-8"),
    Function("make_valid_utf8", _utf8_rule("string"), _bytes_kernel(_make_valid_utf8), "the text, with a replacement character for what is no UTF-8"),
    Function("validate_utf8", _utf8_rule("string"), _bytes_kernel(_validate_utf8), "the text, an error if it is no UTF-8", may_raise=True),
    Function("try_validate_utf8", _utf8_rule("string", nullable=True), _bytes_kernel(_try_validate_utf8), "the text, null if it is no UTF-8"),
    Function("to_base32", takes("binary", returns="string"), _bytes_kernel(lambda data: base64.b32encode(data).decode()), "base-32 text of bytes"),
    Function("from_base32", takes("string", returns="binary"), lambda frame, texts: by_distinct(_from_base32, frame.array(texts), pa.binary()), "bytes of a base-32 text"),
    Function("to_binary", _to_binary_rule, _to_binary, "bytes of a text in a notation", may_raise=True),
    Function("try_to_binary", _to_binary_rule, _to_binary, "bytes of a text in a notation, null if it is not in it"),
]  # fmt: skip
