"""Functions on text and bytes that need no regular expression: ``upper substring lpad concat_ws format_string ...``.

Positions and lengths count characters, from 1, as in SQL. What Arrow has no kernel for runs once per distinct row.
"""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from actorstream.errors import (
    AnalysisException,
    ArithmeticException,
    ArrayIndexOutOfBoundsException,
    IllegalArgumentException,
    PySparkNotImplementedError,
    SparkRuntimeException,
)
from actorstream.expr.arrow import Array, Values, pa, pc
from actorstream.expr.coercion import (
    Rules,
    cast_to,
    common_of,
    is_string,
    literal,
    mismatch,
    quoted_type,
    takes,
    type_of,
    unexpected_input,
    wrong_arity,
)
from actorstream.expr.distinct import by_distinct, by_distinct_rows
from actorstream.expr.evaluation import Frame
from actorstream.expr.functions.conditional import pairs_or
from actorstream.expr.functions.java_format import format_number, format_string
from actorstream.expr.functions.text_search import TEXT_OR_BYTES, of_one_kind
from actorstream.expr.nested import flat_values, lengths_of, make_list, nulls_of
from actorstream.expr.nodes import Call, Constant, Expression
from actorstream.expr.registry import Function, Kernel, TypeRule
from actorstream.expr.text import to_text
from actorstream.expr.types import (
    ArrayType,
    BinaryType,
    ByteType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    NullType,
    NumericType,
    ShortType,
    StringType,
    StructType,
    VariantType,
)

_BLANK = " "


def per_row(function: Callable[..., Any], *, keep_nulls: bool = False) -> Kernel:
    """A kernel that runs `function` once per distinct row of arguments."""

    def kernel(frame: Frame, *values: Values) -> Values:
        return by_distinct_rows(function, list(values), frame.site.arrow_type, length=frame.rows, keep_nulls=keep_nulls)

    return kernel


def _length(frame: Frame, values: Values) -> Values:
    if pa.types.is_binary(values.type):
        return pc.binary_length(values)
    return pc.utf8_length(values)


def _cased(kernel: Callable[[Values], Values], change: Callable[[str], str]) -> Kernel:
    """Arrow's kernel for ASCII; elsewhere one character may become several (``ß`` is ``SS``), which it does not know."""

    def run(frame: Frame, values: Values) -> Values:
        plain = pc.all(pc.string_is_ascii(values)).as_py() is not False
        return kernel(values) if plain else by_distinct(change, values, pa.string())

    return run


def _trim(frame: Frame, *arguments: Values) -> Values:
    """`trim(text)`, which takes blanks, `trim(characters, text)`, `btrim(text, characters)`."""
    name = frame.site.name
    text, *characters = arguments if name == "btrim" else reversed(arguments)
    text = frame.array(text)
    if characters and not isinstance(characters[0], pa.Scalar):
        strip = {"trim": str.strip, "btrim": str.strip, "ltrim": str.lstrip, "rtrim": str.rstrip}[name]
        return by_distinct_rows(
            lambda value, letters: strip(value, letters) if letters else value,
            [text, characters[0]],
            pa.string(),
            length=frame.rows,
        )
    wanted = characters[0].as_py() if characters else _BLANK
    if wanted is None:
        return pa.nulls(frame.rows, pa.string())
    kernel = {"trim": pc.utf8_trim, "btrim": pc.utf8_trim, "ltrim": pc.utf8_ltrim, "rtrim": pc.utf8_rtrim}[name]
    return kernel(text, characters=wanted) if wanted else text


def _concat_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if not args:
        return Call(name=name, args=(), data_type=StringType(), nullable=False)
    types = [type_of(argument) for argument in args]
    for index, data_type in enumerate(types):
        if isinstance(data_type, (MapType, StructType)):
            raise unexpected_input(Call(name=name, args=args), index, '("STRING" or "BINARY" or "ARRAY")')
    if any(isinstance(data_type, ArrayType) for data_type in types):
        common = common_of(args, rules)
        if common is None or not isinstance(common, (ArrayType, NullType)):
            raise mismatch(
                "DATA_DIFF_TYPES",
                Call(name=name, args=args),
                functionName="`concat`",
                dataType="(" + " or ".join(quoted_type(data_type) for data_type in types) + ")",
            )
    elif all(isinstance(data_type, BinaryType) for data_type in types):
        common = BinaryType()
    else:
        common = StringType()
    cast_args = tuple(cast_to(argument, common) for argument in args)
    return Call(name=name, args=cast_args, data_type=common, nullable=any(a.nullable for a in args))


def _concat(frame: Frame, *values: Values) -> Values:
    if not values:
        return pa.scalar("")
    if isinstance(frame.site.result_type, ArrayType):
        return _concat_lists(frame, [frame.array(value) for value in values])
    return pc.binary_join_element_wise(*values, pa.scalar("", values[0].type))


def _concat_lists(frame: Frame, lists: list[Array]) -> Array:
    lengths = [lengths_of(values) for values in lists]
    null = np.zeros(frame.rows, bool)
    for values in lists:
        null |= np.asarray(pc.is_null(values))
    flat = pa.concat_arrays([flat_values(values).cast(frame.site.arrow_type.value_type) for values in lists])
    starts, base = [], 0
    for own in lengths:
        starts.append(base + np.cumsum(own) - own)
        base += int(own.sum())
    total = np.where(null, 0, sum(lengths))
    pieces = np.stack([np.where(null, 0, own) for own in lengths], axis=1).ravel()
    first = np.stack(starts, axis=1).ravel()
    return make_list(flat.take(pa.array(ranges(first, pieces))), total, null, frame.site.arrow_type)


def ranges(first: np.ndarray[Any, Any], lengths: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The numbers first[i], first[i] + 1, ... (`lengths[i]` of them) for every i, one after the other."""
    total = int(lengths.sum())
    ends = np.cumsum(lengths)
    found: np.ndarray[Any, Any] = np.repeat(first - (ends - lengths), lengths) + np.arange(total)
    return found


def _concat_ws_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if not args:
        wrong_arity(name, "> 0", 0)
    strings = ArrayType(StringType())
    cast_args = tuple(
        argument
        if isinstance(type_of(argument), ArrayType) and index and cast_to(argument, strings) is argument
        else cast_to(argument, strings if isinstance(type_of(argument), ArrayType) and index else StringType())
        for index, argument in enumerate(args)
    )
    return Call(name=name, args=cast_args, data_type=StringType(), nullable=args[0].nullable)


def _concat_ws(frame: Frame, separator: Values, *values: Values) -> Values:
    if all(not pa.types.is_list(value.type) for value in values) and values:
        texts = [value if value.type == pa.string() else value.cast(pa.string()) for value in values]
        # Arrow's join loses rows in which every text is null
        texts[0] = pc.if_else(pc.is_valid(pc.coalesce(*texts)), texts[0], "")
        return pc.binary_join_element_wise(*texts, frame.array(separator), null_handling="skip")

    def join(mark: str | None, *parts: Any) -> str | None:
        if mark is None:
            return None
        found: list[str] = []
        for part in parts:
            if isinstance(part, list):
                found.extend(item for item in part if item is not None)
            elif part is not None:
                found.append(part)
        return mark.join(found)

    return by_distinct_rows(join, [separator, *values], pa.string(), length=frame.rows, keep_nulls=True)


def _substring(frame: Frame, values: Values, position: Values, *length: Values) -> Values:
    """Source: Spark ``UTF8String.substringSQL``: positions from 1, negative ones from the end."""
    fixed = isinstance(position, pa.Scalar) and all(isinstance(part, pa.Scalar) for part in length)
    if fixed and position.is_valid and all(part.is_valid for part in length):
        start, size = position.as_py(), length[0].as_py() if length else 2**31 - 1
        if start > 0 and size >= 0:
            if pa.types.is_binary(values.type):
                return pc.binary_slice(values, start - 1, start - 1 + size)
            return pc.utf8_slice_codeunits(values, start - 1, min(start - 1 + size, 2**31 - 1))
    return by_distinct_rows(substring, [values, position, *length], frame.site.arrow_type, length=frame.rows)


def substring(text: Any, position: int, length: int = 2**31 - 1) -> Any:
    """The part of `text` from `position` (1 is the first, negative counts from the end)."""
    size = len(text)
    start = position - 1 if position > 0 else (size + position if position < 0 else 0)
    end = start + length
    return text[max(start, 0) : max(end, 0)] if end > start else text[:0]


def _left(text: Any, count: int) -> Any:
    return text[: max(count, 0)]


def _right(text: Any, count: int) -> Any:
    return text[max(len(text) - count, 0) :] if count > 0 else text[:0]


def _pad_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    """Bytes are filled up with zero bytes unless something else is given."""
    if len(args) == 2:
        args = (*args, literal(b"\x00" if isinstance(type_of(args[0]), BinaryType) else " "))
    return of_one_kind(0, 2, takes(TEXT_OR_BYTES, "int", TEXT_OR_BYTES, optional=1))(name, args, rules)


def _pad(frame: Frame, values: Values, width: Values, fill: Values) -> Values:
    left = frame.site.name == "lpad"

    def pad(text: Any, size: int, mark: Any) -> Any:
        if size <= len(text) or not mark:
            return text[: max(size, 0)]
        missing = size - len(text)
        filler = (mark * (missing // len(mark) + 1))[:missing]
        return filler + text if left else text + filler

    return by_distinct_rows(pad, [values, width, fill], frame.site.arrow_type, length=frame.rows)


def _replace(frame: Frame, values: Values, search: Values, *replacement: Values) -> Values:
    parts = [search, *replacement]
    if all(isinstance(part, pa.Scalar) and part.is_valid for part in parts):
        if not search.as_py():
            return values
        return pc.replace_substring(values, search.as_py(), replacement[0].as_py() if replacement else "")

    def swap(text: str, old: str, new: str = "") -> str:
        return text.replace(old, new) if old else text

    return by_distinct_rows(swap, [values, *parts], pa.string(), length=frame.rows)


def _translate(text: str, source: str, target: str) -> str:
    table: dict[str, str] = {}
    for index, letter in enumerate(source):
        table.setdefault(letter, target[index] if index < len(target) else "")
    return "".join(table.get(letter, letter) for letter in text)


def _initcap(text: str) -> str:
    return re.sub(r"[^ ]+", lambda match: match[0][:1].upper() + match[0][1:].lower(), text)


def _split_part(text: str, delimiter: str, index: int) -> str:
    if index == 0:
        raise SparkRuntimeException(errorClass="INVALID_INDEX_OF_ZERO", messageParameters={})
    parts = text.split(delimiter) if delimiter else [text]
    position = index - 1 if index > 0 else len(parts) + index
    return parts[position] if 0 <= position < len(parts) else ""


def _substring_index(text: str, delimiter: str, count: int) -> str:
    if not delimiter or count == 0:
        return ""
    parts = text.split(delimiter)
    return delimiter.join(parts[:count] if count > 0 else parts[count:])


def _reverse(frame: Frame, values: Values) -> Values:
    if pa.types.is_list(values.type):
        lengths = lengths_of(values)
        ends = np.cumsum(lengths)
        total = int(lengths.sum())
        index = np.repeat(ends + ends - lengths - 1, lengths) - np.arange(total)
        return make_list(flat_values(values).take(pa.array(index)), lengths, nulls_of(values), values.type)
    return pc.binary_reverse(values) if pa.types.is_binary(values.type) else pc.utf8_reverse(values)


def _overlay_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    typed = takes(TEXT_OR_BYTES, TEXT_OR_BYTES, "int", "int", defaults=(-1,))(name, args, rules)
    assert isinstance(typed, Call)
    kinds = [type_of(argument) for argument in typed.args[:2]]
    if isinstance(kinds[0], BinaryType) != isinstance(kinds[1], BinaryType):
        both = " or ".join(map(quoted_type, kinds))
        raise mismatch("DATA_DIFF_TYPES", typed, functionName=f"`{name}`", dataType=f"({both})")
    return typed


def _overlay(text: Any, replacement: Any, position: int, length: int = -1) -> Any:
    size = len(replacement) if length < 0 else length
    return substring(text, 1, position - 1) + replacement + substring(text, position + size)


def _levenshtein(a: str, b: str, limit: int = -1) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1] if limit < 0 or row[-1] <= limit else -1


_SOUNDEX = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "01230127022455012623017202", strict=True))


def _soundex(text: str) -> str:
    """Source: Spark ``UTF8String.soundex``: a code of 7 is passed over, what is no Latin letter parts equal codes."""
    first = text[:1].upper()
    if first not in _SOUNDEX:
        return text
    code, last = first, _SOUNDEX[first]
    for letter in text[1:].upper() if text.isascii() else (letter.upper() for letter in text[1:]):
        digit = _SOUNDEX.get(letter, "")
        if digit == "7":
            continue
        if digit not in ("", "0", last):
            code += digit
        last = digit or "0"
    return code[:4].ljust(4, "0")


def _hex(frame: Frame, values: Values) -> Values:
    def text(value: Any) -> str:
        if isinstance(value, bytes):
            return value.hex().upper()
        if isinstance(value, str):
            return value.encode().hex().upper()
        return f"{value & (2**64 - 1):X}"

    return by_distinct(text, values, pa.string())


def unhex(text: str) -> bytes | None:
    """Bytes of hexadecimal digits; None if there is another character."""
    try:
        return bytes.fromhex("0" + text if len(text) % 2 else text)
    except ValueError:
        return None


def _conv_kernel(frame: Frame, *values: Values) -> Values:
    return per_row(functools.partial(_conv, strict=frame.site.ansi))(frame, *values)


def _conv(text: str, source: int, target: int, *, strict: bool) -> str | None:
    """Raises: ArithmeticException ARITHMETIC_OVERFLOW for more than 64 bits, if `strict`; else they are all ones."""
    if not 2 <= source <= 36 or not 2 <= abs(target) <= 36:
        return None
    stripped = text.strip()
    if not stripped:
        return None
    negative = stripped.startswith("-")
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    value = 0
    for letter in stripped.lstrip("-").upper():
        digit = digits.find(letter)
        if digit < 0 or digit >= source:
            break
        value = value * source + digit
    if strict and value >= 2**64:
        raise ArithmeticException(
            errorClass="ARITHMETIC_OVERFLOW",
            messageParameters={
                "message": "Overflow in function conv()",
                "alternative": "",
                "config": '"spark.sql.ansi.enabled"',
            },
        )
    value = min(value, 2**64 - 1)
    if negative:
        # what does not fit a negative bigint is all ones
        value = 2**64 - 1 if target > 0 and value >= 2**63 else (-value) % 2**64
    sign = ""
    if target < 0 and value >= 2**63:
        value, sign = 2**64 - value, "-"
    found = ""
    while value:
        value, rest = divmod(value, abs(target))
        found = digits[rest] + found
    return sign + (found or "0")


_CHARSETS = {"us-ascii": "ascii", "iso-8859-1": "latin-1", "utf-8": "utf-8", "utf-16be": "utf-16-be", "utf-16le": "utf-16-le", "utf-16": "utf-16", "utf-32": "utf-32"}  # fmt: skip


def _codec(function: str, charset: str) -> str:
    found = _CHARSETS.get(charset.lower())
    if found is None:
        raise IllegalArgumentException(
            errorClass="INVALID_PARAMETER_VALUE.CHARSET",
            messageParameters={
                "functionName": f"`{function}`",
                "parameter": "`charset`",
                "charsets": "iso-8859-1, us-ascii, utf-16, utf-16be, utf-16le, utf-32, utf-8",
                "charset": charset,
            },
        )
    return found


def _malformed(function: str, charset: str) -> SparkRuntimeException:
    return SparkRuntimeException(
        errorClass="MALFORMED_CHARACTER_CODING",
        messageParameters={"function": f"`{function}`", "charset": charset},
    )


def _encode(text: str, charset: str) -> bytes:
    codec = _codec("encode", charset)
    try:
        return (b"\xfe\xff" + text.encode("utf-16-be")) if codec == "utf-16" else text.encode(codec)
    except UnicodeEncodeError:
        raise _malformed("encode", charset) from None


def _decode(data: bytes, charset: str) -> str:
    try:
        return data.decode(_codec("decode", charset))
    except UnicodeDecodeError:
        raise _malformed("decode", charset) from None


def _hex_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    """Numbers of any kind are whole ones here."""
    if len(args) == 1 and isinstance(type_of(args[0]), NumericType):
        args = (cast_to(args[0], LongType()),)
    return takes("bigint|binary|string", returns="string")(name, args, rules)


def _elt_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) < 2:
        wrong_arity(name, "> 1", len(args))
    kind = "binary" if all(isinstance(type_of(option), BinaryType) for option in args[1:]) else "string"
    return takes("int", kind, variadic=True, returns=kind, nullable=True)(name, args, rules)


def _elt(frame: Frame, index: Values, *values: Values) -> Values:
    """Raises: ArrayIndexOutOfBoundsException INVALID_ARRAY_INDEX under ANSI."""

    def pick(position: int | None, *options: Any) -> Any:
        if position is None:
            return None
        if 1 <= position <= len(options):
            return options[position - 1]
        if frame.site.ansi:
            raise ArrayIndexOutOfBoundsException(
                errorClass="INVALID_ARRAY_INDEX",
                messageParameters={"indexValue": str(position), "arraySize": str(len(options))},
            )
        return None

    return by_distinct_rows(pick, [index, *values], frame.site.arrow_type, length=frame.rows, keep_nulls=True)


def _chr(number: int) -> str:
    return "" if number < 0 else chr(number % 256)


def _mask(text: str | None, upper: str | None, lower: str | None, digit: str | None, other: str | None) -> str | None:
    if text is None:
        return None

    def one(letter: str) -> str:
        mark = upper if letter.isupper() else lower if letter.islower() else digit if letter.isdigit() else other
        return letter if mark is None else mark

    return "".join(one(letter) for letter in text)


def _mask_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    typed = takes("string", "string", "string", "string", "string", returns="string", defaults=("X", "x", "n", None))(
        name, args, rules
    )
    assert isinstance(typed, Call)
    call = Call(name=name, args=(*args, *typed.args[len(args) :]))
    for index, parameter in enumerate(("upperChar", "lowerChar", "digitChar", "otherChar"), 1):
        given = call.args[index]
        if not is_string(type_of(given)) and not isinstance(type_of(given), NullType):
            raise unexpected_input(call, index, quoted_type(StringType()))
        if isinstance(given, Constant) and given.value is not None and len(given.value) != 1:
            raise mismatch("INPUT_SIZE_NOT_ONE", call, exprName=parameter)
    return typed


def _format(frame: Frame, pattern: Values, *values: Values) -> Values:
    small = (ByteType, ShortType, IntegerType, FloatType)
    bits = [32 if isinstance(kind, small) else 64 for kind in frame.site.arg_types[1:]]
    values = tuple(
        to_text(frame.array(value), kind) if isinstance(kind, VariantType) else value
        for value, kind in zip(values, frame.site.arg_types[1:], strict=True)
    )
    return by_distinct_rows(
        lambda text, *rest: None if text is None else format_string(text, rest, bits),
        [pattern, *values],
        pa.string(),
        length=frame.rows,
        keep_nulls=True,
    )


def _format_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    typed = takes("string", "any", variadic=True, returns="string")(name, args, rules)
    pattern = args[0]
    if isinstance(pattern, Constant) and isinstance(pattern.value, str) and "%0$" in pattern.value:
        raise AnalysisException(
            errorClass="INVALID_PARAMETER_VALUE.ZERO_INDEX",
            messageParameters={"parameter": "`strfmt`", "functionName": "`format_string`"},
        )
    return typed


def _format_number_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if args and is_string(type_of(args[0])):
        raise unexpected_input(Call(name=name, args=args), 0, '"NUMERIC"')
    return takes("numeric", "int|string", returns="string", nullable=True)(name, args, rules)


def _luhn_check(text: str) -> bool:
    """Whether digits end in the right check digit. Source: ISO/IEC 7812-1."""
    if not text or not text.isascii() or not text.isdigit():
        return False
    total = 0
    for place, letter in enumerate(reversed(text)):
        digit = int(letter) * (1 + place % 2)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def _find_in_set(part: str, whole: str) -> int:
    items = whole.split(",")
    return items.index(part) + 1 if "," not in part and part in items else 0


def _string_rule(count: int, returns: str = "string") -> TypeRule:
    return takes(*["string"] * count, returns=returns)


def _bytes_length(frame: Frame, values: Values) -> Values:
    found = pc.binary_length(values)
    return pc.multiply(found, pa.scalar(8, found.type)) if frame.site.name == "bit_length" else found


def _ascii(text: str) -> int:
    return ord(text[0]) if text else 0


_BINARY_COLLATION = "UTF8_BINARY"


def _collate_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    """Texts are compared by their bytes; a collation that compares otherwise is refused."""
    typed = takes("string", "string", returns="string")(name, args, rules)
    wanted = args[1].value if isinstance(args[1], Constant) else None
    if not isinstance(wanted, str) or wanted.upper() != _BINARY_COLLATION:
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": f"The collation `{wanted}`",
                "remedy": "Compare the results of lower() for a comparison that does not look at case.",
            },
        )
    return typed


def _collation_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    takes("string", returns="string")(name, args, rules)
    return Constant(value=f"SYSTEM.BUILTIN.{_BINARY_COLLATION}", data_type=StringType(), nullable=False)


FUNCTIONS = [
    *(Function(name, takes("string"), _cased(pc.utf8_upper, str.upper), "text in capitals") for name in ("upper", "ucase")),
    *(Function(name, takes("string"), _cased(pc.utf8_lower, str.lower), "text in small letters") for name in ("lower", "lcase")),
    *(
        Function(name, takes(TEXT_OR_BYTES, returns="int"), _length, "number of characters or bytes")
        for name in ("length", "len", "char_length", "character_length")
    ),
    *(
        Function(name, takes(TEXT_OR_BYTES, returns="int"), _bytes_length, "size in bytes or bits")
        for name in ("octet_length", "bit_length")
    ),
    *(
        Function(name, takes("string", "string", optional=1, returns="string"), _trim, "text without characters at its ends")
        for name in ("trim", "ltrim", "rtrim", "btrim")
    ),
    Function("concat", _concat_rule, _concat, "values one after the other: texts, bytes or arrays"),
    Function("||", _concat_rule, _concat, "values one after the other"),
    Function("concat_ws", _concat_ws_rule, _concat_ws, "texts and arrays of texts joined by a separator, nulls skipped"),
    *(
        Function(name, takes(TEXT_OR_BYTES, "int", "int", defaults=(2**31 - 1,)), _substring, "a part by position and length")
        for name in ("substring", "substr")
    ),
    Function("left", takes(TEXT_OR_BYTES, "int"), per_row(_left), "the first characters"),
    Function("right", takes("string", "int"), per_row(_right), "the last characters"),
    *(
        Function(name, _pad_rule, _pad, "filled up, or cut, to a width")
        for name in ("lpad", "rpad")
    ),
    Function("repeat", takes("string", "int"), per_row(lambda text, count: text * max(count, 0)), "a text several times"),
    Function("replace", takes("string", "string", "string", returns="string", defaults=("",)), _replace, "all occurrences of a text replaced"),
    Function("translate", _string_rule(3), per_row(_translate), "characters replaced one by one"),
    Function("initcap", takes("string"), per_row(_initcap), "words with a capital first letter"),
    Function("reverse", takes("string|binary|array"), _reverse, "text or array backwards"),
    Function("split_part", takes("string", "string", "int", returns="string"), per_row(_split_part), "one part of a split text", may_raise=True),
    Function("substring_index", takes("string", "string", "int", returns="string"), per_row(_substring_index), "what stands before the n-th delimiter"),
    Function("overlay", _overlay_rule, per_row(_overlay), "a part replaced by position"),
    Function("levenshtein", takes("string", "string", "int", optional=1, returns="int"), per_row(_levenshtein), "edit distance"),
    Function("soundex", takes("text"), per_row(_soundex), "phonetic code"),
    Function("ascii", takes("string", returns="int"), per_row(_ascii), "code of the first character"),
    *(Function(name, takes("bigint", returns="string"), per_row(_chr), "the character of a code") for name in ("chr", "char")),
    Function("hex", _hex_rule, _hex, "hexadecimal digits"),
    Function("unhex", takes("string", returns="binary", nullable=True), per_row(unhex), "bytes of hexadecimal digits"),
    Function("bin", takes("bigint", returns="string"), per_row(lambda number: f"{number & (2**64 - 1):b}"), "binary digits"),
    Function("conv", takes("string", "int", "int", returns="string", nullable=True), _conv_kernel, "a number in another base", may_raise=True),
    Function("base64", takes("binary", returns="string"), per_row(lambda data: base64.b64encode(data).decode()), "base-64 text of bytes"),
    Function("encode", takes("string", "string", returns="binary", nullable=True), per_row(_encode), "bytes of a text in a character set", may_raise=True),
    Function("decode", pairs_or(takes("binary", "string", returns="string", nullable=True)), per_row(_decode), "text of bytes in a character set", may_raise=True),
    *(Function(name, _format_rule, _format, "printf-style formatting", may_raise=True) for name in ("format_string", "printf")),
    Function("format_number", _format_number_rule, per_row(format_number), "a number with grouped digits", may_raise=True),
    Function("luhn_check", takes("string", returns="boolean"), per_row(_luhn_check), "whether digits end in the right check digit"),
    Function("collate", _collate_rule, lambda frame, values, name: values, "the text with a collation"),
    Function("collation", _collation_rule, None, "the name of a text's collation"),
    Function("find_in_set", takes("string", "string", returns="int"), per_row(_find_in_set), "position in a comma-separated list"),
    Function("elt", _elt_rule, _elt, "the n-th argument", may_raise=True),
    Function("space", takes("int", returns="string"), per_row(lambda count: " " * max(count, 0)), "blanks"),
    Function("mask", _mask_rule, per_row(_mask, keep_nulls=True), "letters and digits hidden"),
    Function("quote", takes("string"), per_row(lambda text: "'" + text.replace("'", "\\'") + "'"), "text in quotes"),
]  # fmt: skip
