"""Plain functions of ``pyspark.sql.functions``. Written by ``tools/gen_functions.py``: do not edit."""

from __future__ import annotations

from actorstream.sql.column import Column
from actorstream.sql.functions._build import Argument, aggregate, call, column, columns, either, required, value, values

__all__ = [
    "abs",
    "acos",
    "acosh",
    "array_agg",
    "ascii",
    "asin",
    "asinh",
    "assert_true",
    "atan",
    "atan2",
    "atanh",
    "avg",
    "base64",
    "bin",
    "bit_and",
    "bit_count",
    "bit_get",
    "bit_length",
    "bit_or",
    "bit_xor",
    "bitwise_not",
    "bool_and",
    "bool_or",
    "bround",
    "btrim",
    "cbrt",
    "ceil",
    "ceiling",
    "char",
    "char_length",
    "character_length",
    "chr",
    "concat",
    "concat_ws",
    "contains",
    "conv",
    "corr",
    "cos",
    "cosh",
    "cot",
    "count_if",
    "covar_pop",
    "covar_samp",
    "csc",
    "decode",
    "degrees",
    "e",
    "elt",
    "encode",
    "endswith",
    "equal_null",
    "every",
    "exp",
    "expm1",
    "factorial",
    "find_in_set",
    "floor",
    "format_number",
    "format_string",
    "getbit",
    "hex",
    "hypot",
    "ifnull",
    "ilike",
    "initcap",
    "instr",
    "isnan",
    "isnotnull",
    "kurtosis",
    "lcase",
    "left",
    "length",
    "levenshtein",
    "like",
    "listagg",
    "listagg_distinct",
    "ln",
    "locate",
    "log10",
    "log1p",
    "log2",
    "lower",
    "lpad",
    "ltrim",
    "mask",
    "max",
    "mean",
    "median",
    "min",
    "nanvl",
    "negative",
    "nullif",
    "nullifzero",
    "nvl",
    "nvl2",
    "octet_length",
    "overlay",
    "pi",
    "pmod",
    "position",
    "positive",
    "pow",
    "power",
    "printf",
    "product",
    "quote",
    "radians",
    "raise_error",
    "random",
    "regexp",
    "regexp_count",
    "regexp_extract",
    "regexp_extract_all",
    "regexp_instr",
    "regexp_like",
    "regexp_replace",
    "regexp_substr",
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
    "repeat",
    "replace",
    "reverse",
    "right",
    "rint",
    "rlike",
    "round",
    "rpad",
    "rtrim",
    "sec",
    "shiftleft",
    "shiftright",
    "shiftrightunsigned",
    "sign",
    "signum",
    "sin",
    "sinh",
    "skewness",
    "some",
    "soundex",
    "split",
    "split_part",
    "sqrt",
    "startswith",
    "std",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "string_agg_distinct",
    "substr",
    "substring",
    "substring_index",
    "sum",
    "tan",
    "tanh",
    "to_binary",
    "translate",
    "trim",
    "try_add",
    "try_divide",
    "try_mod",
    "try_multiply",
    "try_subtract",
    "try_sum",
    "ucase",
    "unbase64",
    "unhex",
    "uniform",
    "upper",
    "url_decode",
    "url_encode",
    "var_pop",
    "var_samp",
    "variance",
    "width_bucket",
    "zeroifnull",
]


def abs(col: Argument) -> Column:
    """Absolute value."""
    return call("abs", required(col))


def acos(col: Argument) -> Column:
    """Arc cosine."""
    return call("acos", required(col))


def acosh(col: Argument) -> Column:
    """Inverse hyperbolic cosine."""
    return call("acosh", required(col))


def array_agg(col: Argument) -> Column:
    """The aggregate function ``array_agg`` of a group."""
    return aggregate("array_agg", required(col))


def ascii(col: Argument) -> Column:
    """Code of the first character."""
    return call("ascii", required(col))


def asin(col: Argument) -> Column:
    """Arc sine."""
    return call("asin", required(col))


def asinh(col: Argument) -> Column:
    """Inverse hyperbolic sine."""
    return call("asinh", required(col))


def assert_true(col: Argument, errMsg: Argument = None) -> Column:
    """Fails unless true."""
    return call("assert_true", required(col), value(errMsg))


def atan(col: Argument) -> Column:
    """Arc tangent."""
    return call("atan", required(col))


def atan2(col1: Argument, col2: Argument) -> Column:
    """Angle of a point."""
    return call("atan2", either(col1), either(col2))


def atanh(col: Argument) -> Column:
    """Inverse hyperbolic tangent."""
    return call("atanh", required(col))


def avg(col: Argument) -> Column:
    """The aggregate function ``avg`` of a group."""
    return aggregate("avg", required(col))


def base64(col: Argument) -> Column:
    """Base-64 text of bytes."""
    return call("base64", required(col))


def bin(col: Argument) -> Column:
    """Binary digits."""
    return call("bin", required(col))


def bit_and(col: Argument) -> Column:
    """The aggregate function ``bit_and`` of a group."""
    return aggregate("bit_and", required(col))


def bit_count(col: Argument) -> Column:
    """Number of bits set."""
    return call("bit_count", required(col))


def bit_get(col: Argument, pos: Argument) -> Column:
    """The bit at a position."""
    return call("bit_get", required(col), required(pos))


def bit_length(col: Argument) -> Column:
    """Size in bytes or bits."""
    return call("bit_length", required(col))


def bit_or(col: Argument) -> Column:
    """The aggregate function ``bit_or`` of a group."""
    return aggregate("bit_or", required(col))


def bit_xor(col: Argument) -> Column:
    """The aggregate function ``bit_xor`` of a group."""
    return aggregate("bit_xor", required(col))


def bitwise_not(col: Argument) -> Column:
    """Bitwise complement."""
    return call("~", required(col))


def bool_and(col: Argument) -> Column:
    """The aggregate function ``bool_and`` of a group."""
    return aggregate("bool_and", required(col))


def bool_or(col: Argument) -> Column:
    """The aggregate function ``bool_or`` of a group."""
    return aggregate("bool_or", required(col))


def bround(col: Argument, scale: Argument = None) -> Column:
    """Rounded half to even."""
    return call("bround", required(col), either(scale))


def btrim(str: Argument, trim: Argument = None) -> Column:
    """Text without characters at its ends."""
    return call("btrim", required(str), column(trim))


def cbrt(col: Argument) -> Column:
    """Cube root."""
    return call("cbrt", required(col))


def ceil(col: Argument, scale: Argument = None) -> Column:
    """Nearest whole number below or above."""
    return call("ceil", required(col), either(scale))


def ceiling(col: Argument, scale: Argument = None) -> Column:
    """Nearest whole number below or above."""
    return call("ceiling", required(col), either(scale))


def char(col: Argument) -> Column:
    """The character of a code."""
    return call("char", required(col))


def char_length(str: Argument) -> Column:
    """Number of characters or bytes."""
    return call("char_length", required(str))


def character_length(str: Argument) -> Column:
    """Number of characters or bytes."""
    return call("character_length", required(str))


def chr(n: Argument) -> Column:
    """The character of a code."""
    return call("chr", required(n))


def concat(*cols: Argument) -> Column:
    """Values one after the other: texts, bytes or arrays."""
    return call("concat", *columns(cols))


def concat_ws(sep: Argument, *cols: Argument) -> Column:
    """Texts and arrays of texts joined by a separator, nulls skipped."""
    return call("concat_ws", value(sep), *columns(cols))


def contains(left: Argument, right: Argument) -> Column:
    """Whether a text holds another."""
    return call("contains", required(left), required(right))


def conv(col: Argument, fromBase: Argument, toBase: Argument) -> Column:
    """A number in another base."""
    return call("conv", required(col), value(fromBase), value(toBase))


def corr(col1: Argument, col2: Argument) -> Column:
    """The aggregate function ``corr`` of a group."""
    return aggregate("corr", required(col1), required(col2))


def cos(col: Argument) -> Column:
    """Cosine."""
    return call("cos", required(col))


def cosh(col: Argument) -> Column:
    """Hyperbolic cosine."""
    return call("cosh", required(col))


def cot(col: Argument) -> Column:
    """Cotangent."""
    return call("cot", required(col))


def count_if(col: Argument) -> Column:
    """The aggregate function ``count_if`` of a group."""
    return aggregate("count_if", required(col))


def covar_pop(col1: Argument, col2: Argument) -> Column:
    """The aggregate function ``covar_pop`` of a group."""
    return aggregate("covar_pop", required(col1), required(col2))


def covar_samp(col1: Argument, col2: Argument) -> Column:
    """The aggregate function ``covar_samp`` of a group."""
    return aggregate("covar_samp", required(col1), required(col2))


def csc(col: Argument) -> Column:
    """Cosecant."""
    return call("csc", required(col))


def decode(col: Argument, charset: Argument) -> Column:
    """Text of bytes in a character set."""
    return call("decode", required(col), value(charset))


def degrees(col: Argument) -> Column:
    """Degrees of radians."""
    return call("degrees", required(col))


def e() -> Column:
    """2.71828."""
    return call("e")


def elt(*inputs: Argument) -> Column:
    """The n-th argument."""
    return call("elt", *columns(inputs))


def encode(col: Argument, charset: Argument) -> Column:
    """Bytes of a text in a character set."""
    return call("encode", required(col), value(charset))


def endswith(str: Argument, suffix: Argument) -> Column:
    """Whether a text ends with another."""
    return call("endswith", required(str), required(suffix))


def equal_null(col1: Argument, col2: Argument) -> Column:
    """Equality that holds between nulls."""
    return call("equal_null", required(col1), required(col2))


def every(col: Argument) -> Column:
    """The aggregate function ``every`` of a group."""
    return aggregate("every", required(col))


def exp(col: Argument) -> Column:
    """E to a power."""
    return call("exp", required(col))


def expm1(col: Argument) -> Column:
    """E to a power, minus one."""
    return call("expm1", required(col))


def factorial(col: Argument) -> Column:
    """Product of 1 to n."""
    return call("factorial", required(col))


def find_in_set(str: Argument, str_array: Argument) -> Column:
    """Position in a comma-separated list."""
    return call("find_in_set", required(str), required(str_array))


def floor(col: Argument, scale: Argument = None) -> Column:
    """Nearest whole number below or above."""
    return call("floor", required(col), either(scale))


def format_number(col: Argument, d: Argument) -> Column:
    """A number with grouped digits."""
    return call("format_number", required(col), value(d))


def format_string(format: Argument, *cols: Argument) -> Column:
    """Printf-style formatting."""
    return call("format_string", value(format), *columns(cols))


def getbit(col: Argument, pos: Argument) -> Column:
    """The bit at a position."""
    return call("getbit", required(col), required(pos))


def hex(col: Argument) -> Column:
    """Hexadecimal digits."""
    return call("hex", required(col))


def hypot(col1: Argument, col2: Argument) -> Column:
    """Length of the hypotenuse."""
    return call("hypot", either(col1), either(col2))


def ifnull(col1: Argument, col2: Argument) -> Column:
    """The first value, the second if it is null."""
    return call("ifnull", required(col1), required(col2))


def ilike(str: Argument, pattern: Argument, escapeChar: Argument = None) -> Column:
    """Matches a LIKE pattern."""
    return call("ilike", required(str), required(pattern), column(escapeChar))


def initcap(col: Argument) -> Column:
    """Words with a capital first letter."""
    return call("initcap", required(col))


def instr(str: Argument, substr: Argument, start: Argument = None, occurrence: Argument = None) -> Column:
    """Position of a text in another, from 1."""
    return call("instr", required(str), value(substr), value(start), value(occurrence))


def isnan(col: Argument) -> Column:
    """Whether a number is NaN."""
    return call("isnan", required(col))


def isnotnull(col: Argument) -> Column:
    """Not null?."""
    return call("isnotnull", required(col))


def kurtosis(col: Argument) -> Column:
    """The aggregate function ``kurtosis`` of a group."""
    return aggregate("kurtosis", required(col))


def lcase(str: Argument) -> Column:
    """Text in small letters."""
    return call("lcase", required(str))


def left(str: Argument, len: Argument) -> Column:
    """The first characters."""
    return call("left", required(str), required(len))


def length(col: Argument) -> Column:
    """Number of characters or bytes."""
    return call("length", required(col))


def levenshtein(left: Argument, right: Argument, threshold: Argument = None) -> Column:
    """Edit distance."""
    return call("levenshtein", required(left), required(right), value(threshold))


def like(str: Argument, pattern: Argument, escapeChar: Argument = None) -> Column:
    """Matches a LIKE pattern."""
    return call("like", required(str), required(pattern), column(escapeChar))


def listagg(col: Argument, delimiter: Argument = None) -> Column:
    """The aggregate function ``listagg`` of a group."""
    return aggregate("listagg", required(col), value(delimiter))


def listagg_distinct(col: Argument, delimiter: Argument = None) -> Column:
    """The aggregate function ``listagg`` of a group."""
    return aggregate("listagg", required(col), value(delimiter))


def ln(col: Argument) -> Column:
    """Logarithm; null outside its domain."""
    return call("ln", required(col))


def locate(substr: Argument, str: Argument, pos: Argument = 1) -> Column:
    """Position of a text in another, from 1."""
    return call("locate", value(substr), required(str), value(pos))


def log10(col: Argument) -> Column:
    """Logarithm; null outside its domain."""
    return call("log10", required(col))


def log1p(col: Argument) -> Column:
    """Logarithm; null outside its domain."""
    return call("log1p", required(col))


def log2(col: Argument) -> Column:
    """Logarithm; null outside its domain."""
    return call("log2", required(col))


def lower(col: Argument) -> Column:
    """Text in small letters."""
    return call("lower", required(col))


def lpad(col: Argument, len: Argument, pad: Argument) -> Column:
    """Filled up, or cut, to a width."""
    return call("lpad", required(col), value(len), value(pad))


def ltrim(col: Argument, trim: Argument = None) -> Column:
    """Text without characters at its ends."""
    return call("ltrim", column(trim), required(col))


def mask(col: Argument, upperChar: Argument = None, lowerChar: Argument = None, digitChar: Argument = None, otherChar: Argument = None) -> Column:
    """Letters and digits hidden."""
    return call("mask", required(col), column(upperChar), column(lowerChar), column(digitChar), column(otherChar))


def max(col: Argument) -> Column:
    """The aggregate function ``max`` of a group."""
    return aggregate("max", required(col))


def mean(col: Argument) -> Column:
    """The aggregate function ``avg`` of a group."""
    return aggregate("avg", required(col))


def median(col: Argument) -> Column:
    """The aggregate function ``median`` of a group."""
    return aggregate("median", required(col))


def min(col: Argument) -> Column:
    """The aggregate function ``min`` of a group."""
    return aggregate("min", required(col))


def nanvl(col1: Argument, col2: Argument) -> Column:
    """The first value, the second if it is NaN."""
    return call("nanvl", required(col1), required(col2))


def negative(col: Argument) -> Column:
    """Sign change."""
    return call("negative", required(col))


def nullif(col1: Argument, col2: Argument) -> Column:
    """Null if both are equal, else the first."""
    return call("nullif", required(col1), required(col2))


def nullifzero(col: Argument) -> Column:
    """Null for zero."""
    return call("nullifzero", required(col))


def nvl(col1: Argument, col2: Argument) -> Column:
    """The first value, the second if it is null."""
    return call("nvl", required(col1), required(col2))


def nvl2(col1: Argument, col2: Argument, col3: Argument) -> Column:
    """The second value if the first is not null, else the third."""
    return call("nvl2", required(col1), required(col2), required(col3))


def octet_length(col: Argument) -> Column:
    """Size in bytes or bits."""
    return call("octet_length", required(col))


def overlay(src: Argument, replace: Argument, pos: Argument, len: Argument = -1) -> Column:
    """A part replaced by position."""
    return call("overlay", required(src), required(replace), either(pos), either(len))


def pi() -> Column:
    """3.14159."""
    return call("pi")


def pmod(dividend: Argument, divisor: Argument) -> Column:
    """Remainder that is never negative."""
    return call("pmod", either(dividend), either(divisor))


def position(substr: Argument, str: Argument, start: Argument = None) -> Column:
    """Position of a text in another, from 1."""
    return call("position", required(substr), required(str), column(start))


def positive(col: Argument) -> Column:
    """The value."""
    return call("positive", required(col))


def pow(col1: Argument, col2: Argument) -> Column:
    """A number to a power."""
    return call("power", either(col1), either(col2))


def power(col1: Argument, col2: Argument) -> Column:
    """A number to a power."""
    return call("power", either(col1), either(col2))


def printf(format: Argument, *cols: Argument) -> Column:
    """Printf-style formatting."""
    return call("printf", required(format), *columns(cols))


def product(col: Argument) -> Column:
    """The aggregate function ``product`` of a group."""
    return aggregate("product", required(col))


def quote(col: Argument) -> Column:
    """Text in quotes."""
    return call("quote", required(col))


def radians(col: Argument) -> Column:
    """Radians of degrees."""
    return call("radians", required(col))


def raise_error(errMsg: Argument) -> Column:
    """Fails with a message."""
    return call("raise_error", value(errMsg))


def random(seed: Argument = None) -> Column:
    """Random number."""
    return call("rand", value(seed))


def regexp(str: Argument, regexp: Argument) -> Column:
    """Holds a match of a regular expression."""
    return call("regexp", required(str), required(regexp))


def regexp_count(str: Argument, regexp: Argument) -> Column:
    """Number of matches."""
    return call("regexp_count", required(str), required(regexp))


def regexp_extract(str: Argument, pattern: Argument, idx: Argument) -> Column:
    """A group of the first match."""
    return call("regexp_extract", required(str), value(pattern), value(idx))


def regexp_extract_all(str: Argument, regexp: Argument, idx: Argument = None) -> Column:
    """A group of every match."""
    return call("regexp_extract_all", required(str), required(regexp), value(idx))


def regexp_instr(str: Argument, regexp: Argument, idx: Argument = None) -> Column:
    """Position of the first match."""
    return call("regexp_instr", required(str), required(regexp), value(idx))


def regexp_like(str: Argument, regexp: Argument) -> Column:
    """Holds a match of a regular expression."""
    return call("regexp_like", required(str), required(regexp))


def regexp_replace(string: Argument, pattern: Argument, replacement: Argument, position: Argument = None) -> Column:
    """Matches replaced."""
    return call("regexp_replace", required(string), value(pattern), value(replacement), value(position))


def regexp_substr(str: Argument, regexp: Argument) -> Column:
    """The first match."""
    return call("regexp_substr", required(str), required(regexp))


def regr_avgx(y: Argument, x: Argument) -> Column:
    """The aggregate function ``regr_avgx`` of a group."""
    return aggregate("regr_avgx", required(y), required(x))


def regr_avgy(y: Argument, x: Argument) -> Column:
    """The aggregate function ``regr_avgy`` of a group."""
    return aggregate("regr_avgy", required(y), required(x))


def regr_count(y: Argument, x: Argument) -> Column:
    """The aggregate function ``regr_count`` of a group."""
    return aggregate("regr_count", required(y), required(x))


def regr_intercept(y: Argument, x: Argument) -> Column:
    """The aggregate function ``regr_intercept`` of a group."""
    return aggregate("regr_intercept", required(y), required(x))


def regr_r2(y: Argument, x: Argument) -> Column:
    """The aggregate function ``regr_r2`` of a group."""
    return aggregate("regr_r2", required(y), required(x))


def regr_slope(y: Argument, x: Argument) -> Column:
    """The aggregate function ``regr_slope`` of a group."""
    return aggregate("regr_slope", required(y), required(x))


def regr_sxx(y: Argument, x: Argument) -> Column:
    """The aggregate function ``regr_sxx`` of a group."""
    return aggregate("regr_sxx", required(y), required(x))


def regr_sxy(y: Argument, x: Argument) -> Column:
    """The aggregate function ``regr_sxy`` of a group."""
    return aggregate("regr_sxy", required(y), required(x))


def regr_syy(y: Argument, x: Argument) -> Column:
    """The aggregate function ``regr_syy`` of a group."""
    return aggregate("regr_syy", required(y), required(x))


def repeat(col: Argument, n: Argument) -> Column:
    """A text several times."""
    return call("repeat", required(col), either(n))


def replace(src: Argument, search: Argument, replace: Argument = None) -> Column:
    """All occurrences of a text replaced."""
    return call("replace", required(src), required(search), column(replace))


def reverse(col: Argument) -> Column:
    """Text or array backwards."""
    return call("reverse", required(col))


def right(str: Argument, len: Argument) -> Column:
    """The last characters."""
    return call("right", required(str), required(len))


def rint(col: Argument) -> Column:
    """Nearest whole number, half to even."""
    return call("rint", required(col))


def rlike(str: Argument, regexp: Argument) -> Column:
    """Holds a match of a regular expression."""
    return call("rlike", required(str), required(regexp))


def round(col: Argument, scale: Argument = None) -> Column:
    """Rounded half up to decimal places."""
    return call("round", required(col), either(scale))


def rpad(col: Argument, len: Argument, pad: Argument) -> Column:
    """Filled up, or cut, to a width."""
    return call("rpad", required(col), value(len), value(pad))


def rtrim(col: Argument, trim: Argument = None) -> Column:
    """Text without characters at its ends."""
    return call("rtrim", column(trim), required(col))


def sec(col: Argument) -> Column:
    """Secant."""
    return call("sec", required(col))


def shiftleft(col: Argument, numBits: Argument) -> Column:
    """Bits moved by a number of places."""
    return call("shiftleft", required(col), value(numBits))


def shiftright(col: Argument, numBits: Argument) -> Column:
    """Bits moved by a number of places."""
    return call("shiftright", required(col), value(numBits))


def shiftrightunsigned(col: Argument, numBits: Argument) -> Column:
    """Bits moved by a number of places."""
    return call("shiftrightunsigned", required(col), value(numBits))


def sign(col: Argument) -> Column:
    """-1, 0 or 1."""
    return call("sign", required(col))


def signum(col: Argument) -> Column:
    """-1, 0 or 1."""
    return call("signum", required(col))


def sin(col: Argument) -> Column:
    """Sine."""
    return call("sin", required(col))


def sinh(col: Argument) -> Column:
    """Hyperbolic sine."""
    return call("sinh", required(col))


def skewness(col: Argument) -> Column:
    """The aggregate function ``skewness`` of a group."""
    return aggregate("skewness", required(col))


def some(col: Argument) -> Column:
    """The aggregate function ``some`` of a group."""
    return aggregate("some", required(col))


def soundex(col: Argument) -> Column:
    """Phonetic code."""
    return call("soundex", required(col))


def split(str: Argument, pattern: Argument, limit: Argument = -1) -> Column:
    """Parts between matches."""
    return call("split", required(str), value(pattern), either(limit))


def split_part(src: Argument, delimiter: Argument, partNum: Argument) -> Column:
    """One part of a split text."""
    return call("split_part", required(src), required(delimiter), required(partNum))


def sqrt(col: Argument) -> Column:
    """Square root."""
    return call("sqrt", required(col))


def startswith(str: Argument, prefix: Argument) -> Column:
    """Whether a text begins with another."""
    return call("startswith", required(str), required(prefix))


def std(col: Argument) -> Column:
    """The aggregate function ``std`` of a group."""
    return aggregate("std", required(col))


def stddev(col: Argument) -> Column:
    """The aggregate function ``stddev`` of a group."""
    return aggregate("stddev", required(col))


def stddev_pop(col: Argument) -> Column:
    """The aggregate function ``stddev_pop`` of a group."""
    return aggregate("stddev_pop", required(col))


def stddev_samp(col: Argument) -> Column:
    """The aggregate function ``stddev_samp`` of a group."""
    return aggregate("stddev_samp", required(col))


def string_agg(col: Argument, delimiter: Argument = None) -> Column:
    """The aggregate function ``string_agg`` of a group."""
    return aggregate("string_agg", required(col), value(delimiter))


def string_agg_distinct(col: Argument, delimiter: Argument = None) -> Column:
    """The aggregate function ``string_agg`` of a group."""
    return aggregate("string_agg", required(col), value(delimiter))


def substr(str: Argument, pos: Argument, len: Argument = None) -> Column:
    """A part by position and length."""
    return call("substr", required(str), required(pos), column(len))


def substring(str: Argument, pos: Argument, len: Argument) -> Column:
    """A part by position and length."""
    return call("substring", required(str), either(pos), either(len))


def substring_index(str: Argument, delim: Argument, count: Argument) -> Column:
    """What stands before the n-th delimiter."""
    return call("substring_index", required(str), value(delim), value(count))


def sum(col: Argument) -> Column:
    """The aggregate function ``sum`` of a group."""
    return aggregate("sum", required(col))


def tan(col: Argument) -> Column:
    """Tangent."""
    return call("tan", required(col))


def tanh(col: Argument) -> Column:
    """Hyperbolic tangent."""
    return call("tanh", required(col))


def to_binary(col: Argument, format: Argument = None) -> Column:
    """Bytes of a text in a notation."""
    return call("to_binary", required(col), column(format))


def translate(srcCol: Argument, matching: Argument, replace: Argument) -> Column:
    """Characters replaced one by one."""
    return call("translate", required(srcCol), value(matching), value(replace))


def trim(col: Argument, trim: Argument = None) -> Column:
    """Text without characters at its ends."""
    return call("trim", column(trim), required(col))


def try_add(left: Argument, right: Argument) -> Column:
    """Sum, null on overflow."""
    return call("try_add", required(left), required(right))


def try_divide(left: Argument, right: Argument) -> Column:
    """Quotient, null for a zero divisor."""
    return call("try_divide", required(left), required(right))


def try_mod(left: Argument, right: Argument) -> Column:
    """Remainder, null for a zero divisor."""
    return call("try_mod", required(left), required(right))


def try_multiply(left: Argument, right: Argument) -> Column:
    """Product, null on overflow."""
    return call("try_multiply", required(left), required(right))


def try_subtract(left: Argument, right: Argument) -> Column:
    """Difference, null on overflow."""
    return call("try_subtract", required(left), required(right))


def try_sum(col: Argument) -> Column:
    """The aggregate function ``try_sum`` of a group."""
    return aggregate("try_sum", required(col))


def ucase(str: Argument) -> Column:
    """Text in capitals."""
    return call("ucase", required(str))


def unbase64(col: Argument) -> Column:
    """Bytes of a base-64 text."""
    return call("unbase64", required(col))


def unhex(col: Argument) -> Column:
    """Bytes of hexadecimal digits."""
    return call("unhex", required(col))


def uniform(min: Argument, max: Argument, seed: Argument = None) -> Column:
    """Random number of a range."""
    return call("uniform", value(min), value(max), value(seed))


def upper(col: Argument) -> Column:
    """Text in capitals."""
    return call("upper", required(col))


def url_decode(str: Argument) -> Column:
    """Text of a part of a URL."""
    return call("url_decode", required(str))


def url_encode(str: Argument) -> Column:
    """Text as part of a URL."""
    return call("url_encode", required(str))


def var_pop(col: Argument) -> Column:
    """The aggregate function ``var_pop`` of a group."""
    return aggregate("var_pop", required(col))


def var_samp(col: Argument) -> Column:
    """The aggregate function ``var_samp`` of a group."""
    return aggregate("var_samp", required(col))


def variance(col: Argument) -> Column:
    """The aggregate function ``variance`` of a group."""
    return aggregate("variance", required(col))


def width_bucket(v: Argument, min: Argument, max: Argument, numBucket: Argument) -> Column:
    """Number of the bucket of a histogram."""
    return call("width_bucket", required(v), required(min), required(max), either(numBucket))


def zeroifnull(col: Argument) -> Column:
    """Zero for null."""
    return call("zeroifnull", required(col))
