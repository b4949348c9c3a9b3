"""Plain functions of ``pyspark.sql.functions``. Written by ``tools/gen_functions.py``: do not edit."""

from __future__ import annotations

from actorstream.sql.column import Column
from actorstream.sql.functions import _build
from actorstream.sql.functions._build import Argument, aggregate, call

__all__ = [
    "abs",
    "acos",
    "acosh",
    "add_months",
    "array_agg",
    "array_append",
    "array_compact",
    "array_contains",
    "array_distinct",
    "array_except",
    "array_insert",
    "array_intersect",
    "array_join",
    "array_max",
    "array_min",
    "array_position",
    "array_prepend",
    "array_remove",
    "array_repeat",
    "array_size",
    "array_union",
    "arrays_overlap",
    "arrays_zip",
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
    "bitmap_and_agg",
    "bitmap_bit_position",
    "bitmap_bucket_number",
    "bitmap_construct_agg",
    "bitmap_count",
    "bitmap_or_agg",
    "bitwise_not",
    "bool_and",
    "bool_or",
    "bround",
    "btrim",
    "cardinality",
    "cbrt",
    "ceil",
    "ceiling",
    "char",
    "char_length",
    "character_length",
    "chr",
    "collate",
    "collation",
    "collect_union",
    "concat",
    "concat_ws",
    "contains",
    "conv",
    "convert_timezone",
    "corr",
    "cos",
    "cosh",
    "cot",
    "count_if",
    "covar_pop",
    "covar_samp",
    "crc32",
    "csc",
    "curdate",
    "current_catalog",
    "current_database",
    "current_date",
    "current_path",
    "current_schema",
    "current_time",
    "current_timezone",
    "current_user",
    "date_add",
    "date_diff",
    "date_format",
    "date_from_unix_date",
    "date_sub",
    "date_trunc",
    "dateadd",
    "datediff",
    "day",
    "dayname",
    "dayofmonth",
    "dayofweek",
    "dayofyear",
    "decode",
    "degrees",
    "e",
    "element_at",
    "elt",
    "encode",
    "endswith",
    "equal_null",
    "every",
    "exp",
    "explode",
    "explode_outer",
    "expm1",
    "factorial",
    "find_in_set",
    "flatten",
    "floor",
    "format_number",
    "format_string",
    "from_base32",
    "from_unixtime",
    "from_utc_timestamp",
    "get",
    "getbit",
    "hash",
    "hex",
    "histogram_numeric",
    "hll_sketch_agg",
    "hll_sketch_estimate",
    "hll_union_agg",
    "hmac",
    "hour",
    "hypot",
    "ifnull",
    "ilike",
    "initcap",
    "inline",
    "inline_outer",
    "input_file_block_length",
    "input_file_block_start",
    "input_file_name",
    "instr",
    "is_valid_utf8",
    "is_valid_variant",
    "is_variant_null",
    "isnan",
    "isnotnull",
    "jaro_winkler_similarity",
    "json_array_length",
    "json_object_keys",
    "kll_merge_agg_bigint",
    "kll_merge_agg_double",
    "kll_merge_agg_float",
    "kll_sketch_agg_bigint",
    "kll_sketch_agg_double",
    "kll_sketch_agg_float",
    "kll_sketch_get_n_bigint",
    "kll_sketch_get_n_double",
    "kll_sketch_get_n_float",
    "kll_sketch_get_quantile_bigint",
    "kll_sketch_get_quantile_double",
    "kll_sketch_get_quantile_float",
    "kll_sketch_get_rank_bigint",
    "kll_sketch_get_rank_double",
    "kll_sketch_get_rank_float",
    "kll_sketch_merge_bigint",
    "kll_sketch_merge_double",
    "kll_sketch_merge_float",
    "kll_sketch_to_string_bigint",
    "kll_sketch_to_string_double",
    "kll_sketch_to_string_float",
    "kurtosis",
    "last_day",
    "lcase",
    "left",
    "length",
    "levenshtein",
    "like",
    "listagg",
    "ln",
    "localtimestamp",
    "locate",
    "log10",
    "log1p",
    "log2",
    "lower",
    "lpad",
    "ltrim",
    "make_date",
    "make_time",
    "make_timestamp_ltz",
    "make_valid_utf8",
    "map_contains_key",
    "map_entries",
    "map_from_arrays",
    "map_from_entries",
    "map_keys",
    "map_values",
    "mask",
    "max",
    "md5",
    "mean",
    "median",
    "min",
    "minute",
    "monotonically_increasing_id",
    "month",
    "monthname",
    "nanvl",
    "negative",
    "next_day",
    "now",
    "nullif",
    "nullifzero",
    "nvl",
    "nvl2",
    "octet_length",
    "overlay",
    "parse_json",
    "parse_url",
    "pi",
    "pmod",
    "posexplode",
    "posexplode_outer",
    "position",
    "positive",
    "pow",
    "power",
    "printf",
    "product",
    "quarter",
    "quote",
    "radians",
    "raise_error",
    "random",
    "randstr",
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
    "schema_of_variant",
    "schema_of_variant_agg",
    "sec",
    "second",
    "sentences",
    "sequence",
    "session_user",
    "sha",
    "sha1",
    "shiftleft",
    "shiftright",
    "shiftrightunsigned",
    "shuffle",
    "sign",
    "signum",
    "sin",
    "sinh",
    "size",
    "skewness",
    "slice",
    "some",
    "soundex",
    "spark_partition_id",
    "split",
    "split_part",
    "sqrt",
    "startswith",
    "std",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "str_to_map",
    "string_agg",
    "substr",
    "substring",
    "substring_index",
    "sum",
    "tan",
    "tanh",
    "theta_difference",
    "theta_intersection",
    "theta_intersection_agg",
    "theta_sketch_agg",
    "theta_sketch_estimate",
    "theta_union",
    "theta_union_agg",
    "time_bucket",
    "time_diff",
    "time_from_micros",
    "time_from_millis",
    "time_from_seconds",
    "time_to_micros",
    "time_to_millis",
    "time_to_seconds",
    "time_trunc",
    "timestamp_micros",
    "timestamp_millis",
    "timestamp_seconds",
    "to_base32",
    "to_binary",
    "to_char",
    "to_date",
    "to_number",
    "to_time",
    "to_timestamp",
    "to_timestamp_ltz",
    "to_timestamp_ntz",
    "to_unix_timestamp",
    "to_utc_timestamp",
    "to_varchar",
    "to_variant_object",
    "translate",
    "trim",
    "trunc",
    "try_add",
    "try_avg",
    "try_divide",
    "try_element_at",
    "try_make_timestamp_ltz",
    "try_mod",
    "try_multiply",
    "try_parse_json",
    "try_parse_url",
    "try_subtract",
    "try_sum",
    "try_to_binary",
    "try_to_date",
    "try_to_number",
    "try_to_time",
    "try_to_timestamp",
    "try_url_decode",
    "try_validate_utf8",
    "try_variant_array_append",
    "try_variant_get",
    "try_variant_insert",
    "tuple_difference_double",
    "tuple_difference_integer",
    "tuple_difference_theta_double",
    "tuple_difference_theta_integer",
    "tuple_intersection_agg_double",
    "tuple_intersection_agg_integer",
    "tuple_intersection_double",
    "tuple_intersection_integer",
    "tuple_intersection_theta_double",
    "tuple_intersection_theta_integer",
    "tuple_sketch_agg_double",
    "tuple_sketch_agg_integer",
    "tuple_sketch_estimate_double",
    "tuple_sketch_estimate_integer",
    "tuple_sketch_summary_double",
    "tuple_sketch_summary_integer",
    "tuple_sketch_theta_double",
    "tuple_sketch_theta_integer",
    "tuple_union_agg_double",
    "tuple_union_agg_integer",
    "tuple_union_double",
    "tuple_union_integer",
    "tuple_union_theta_double",
    "tuple_union_theta_integer",
    "typeof",
    "ucase",
    "unbase64",
    "unhex",
    "uniform",
    "unix_date",
    "unix_micros",
    "unix_millis",
    "unix_seconds",
    "upper",
    "url_decode",
    "url_encode",
    "user",
    "uuid",
    "validate_utf8",
    "var_pop",
    "var_samp",
    "variance",
    "variant_array_append",
    "variant_get",
    "variant_insert",
    "vector_avg",
    "vector_cosine_similarity",
    "vector_inner_product",
    "vector_l2_distance",
    "vector_norm",
    "vector_normalize",
    "vector_sum",
    "version",
    "weekday",
    "weekofyear",
    "width_bucket",
    "xpath",
    "xpath_boolean",
    "xpath_double",
    "xpath_float",
    "xpath_int",
    "xpath_long",
    "xpath_number",
    "xpath_short",
    "xpath_string",
    "xxhash64",
    "year",
    "zeroifnull",
]


def abs(col: Argument) -> Column:
    """Absolute value."""
    return call("abs", _build.required(col))


def acos(col: Argument) -> Column:
    """Arc cosine."""
    return call("acos", _build.required(col))


def acosh(col: Argument) -> Column:
    """Inverse hyperbolic cosine."""
    return call("acosh", _build.required(col))


def add_months(start: Argument, months: Argument) -> Column:
    """A date plus a number of months."""
    return call("add_months", _build.required(start), _build.either(months))


def array_agg(col: Argument) -> Column:
    """The aggregate function ``array_agg`` of a group."""
    return aggregate("array_agg", _build.required(col))


def array_append(col: Argument, value: Argument) -> Column:
    """The array with a value at its end."""
    return call("array_append", _build.required(col), _build.literal_of(value))


def array_compact(col: Argument) -> Column:
    """The array without nulls."""
    return call("array_compact", _build.required(col))


def array_contains(col: Argument, value: Argument) -> Column:
    """Whether an array has a value."""
    return call("array_contains", _build.required(col), _build.literal_of(value))


def array_distinct(col: Argument) -> Column:
    """Each value of an array once."""
    return call("array_distinct", _build.required(col))


def array_except(col1: Argument, col2: Argument) -> Column:
    """The values of the first array that are not in the second."""
    return call("array_except", _build.required(col1), _build.required(col2))


def array_insert(arr: Argument, pos: Argument, value: Argument) -> Column:
    """The array with a value at a place."""
    return call("array_insert", _build.required(arr), _build.either(pos), _build.literal_of(value))


def array_intersect(col1: Argument, col2: Argument) -> Column:
    """The values of both arrays, each once."""
    return call("array_intersect", _build.required(col1), _build.required(col2))


def array_join(col: Argument, delimiter: Argument, null_replacement: Argument = None) -> Column:
    """The texts of an array joined."""
    return call("array_join", _build.required(col), _build.literal_of(delimiter), _build.value(null_replacement))


def array_max(col: Argument) -> Column:
    """The largest element."""
    return call("array_max", _build.required(col))


def array_min(col: Argument) -> Column:
    """The smallest element."""
    return call("array_min", _build.required(col))


def array_position(col: Argument, value: Argument) -> Column:
    """The place of a value from 1, 0 if it is not there."""
    return call("array_position", _build.required(col), _build.literal_of(value))


def array_prepend(col: Argument, value: Argument) -> Column:
    """The array with a value at its start."""
    return call("array_prepend", _build.required(col), _build.literal_of(value))


def array_remove(col: Argument, element: Argument) -> Column:
    """The array without a value."""
    return call("array_remove", _build.required(col), _build.literal_of(element))


def array_repeat(col: Argument, count: Argument) -> Column:
    """An array of one value a number of times."""
    return call("array_repeat", _build.required(col), _build.either(count))


def array_size(col: Argument) -> Column:
    """The number of elements of an array."""
    return call("array_size", _build.required(col))


def array_union(col1: Argument, col2: Argument) -> Column:
    """The values of either array, each once."""
    return call("array_union", _build.required(col1), _build.required(col2))


def arrays_overlap(a1: Argument, a2: Argument) -> Column:
    """Whether two arrays have a value in common."""
    return call("arrays_overlap", _build.required(a1), _build.required(a2))


def arrays_zip(*cols: Argument) -> Column:
    """An array of structs of the elements of several arrays."""
    return call("arrays_zip", *_build.columns(cols))


def ascii(col: Argument) -> Column:
    """Code of the first character."""
    return call("ascii", _build.required(col))


def asin(col: Argument) -> Column:
    """Arc sine."""
    return call("asin", _build.required(col))


def asinh(col: Argument) -> Column:
    """Inverse hyperbolic sine."""
    return call("asinh", _build.required(col))


def assert_true(col: Argument, errMsg: Argument = None) -> Column:
    """Fails unless true."""
    return call("assert_true", _build.required(col), _build.value(errMsg))


def atan(col: Argument) -> Column:
    """Arc tangent."""
    return call("atan", _build.required(col))


def atan2(col1: Argument, col2: Argument) -> Column:
    """Angle of a point."""
    return call("atan2", _build.either(col1), _build.either(col2))


def atanh(col: Argument) -> Column:
    """Inverse hyperbolic tangent."""
    return call("atanh", _build.required(col))


def avg(col: Argument) -> Column:
    """The aggregate function ``avg`` of a group."""
    return aggregate("avg", _build.required(col))


def base64(col: Argument) -> Column:
    """Base-64 text of bytes."""
    return call("base64", _build.required(col))


def bin(col: Argument) -> Column:
    """Binary digits."""
    return call("bin", _build.required(col))


def bit_and(col: Argument) -> Column:
    """The aggregate function ``bit_and`` of a group."""
    return aggregate("bit_and", _build.required(col))


def bit_count(col: Argument) -> Column:
    """Number of bits set."""
    return call("bit_count", _build.required(col))


def bit_get(col: Argument, pos: Argument) -> Column:
    """The bit at a position."""
    return call("bit_get", _build.required(col), _build.required(pos))


def bit_length(col: Argument) -> Column:
    """Size in bytes or bits."""
    return call("bit_length", _build.required(col))


def bit_or(col: Argument) -> Column:
    """The aggregate function ``bit_or`` of a group."""
    return aggregate("bit_or", _build.required(col))


def bit_xor(col: Argument) -> Column:
    """The aggregate function ``bit_xor`` of a group."""
    return aggregate("bit_xor", _build.required(col))


def bitmap_and_agg(col: Argument) -> Column:
    """The aggregate function ``bitmap_and_agg`` of a group."""
    return aggregate("bitmap_and_agg", _build.required(col))


def bitmap_bit_position(col: Argument) -> Column:
    """The place of a number's bit in its bitmap."""
    return call("bitmap_bit_position", _build.required(col))


def bitmap_bucket_number(col: Argument) -> Column:
    """The number of the bitmap that a number belongs to."""
    return call("bitmap_bucket_number", _build.required(col))


def bitmap_construct_agg(col: Argument) -> Column:
    """The aggregate function ``bitmap_construct_agg`` of a group."""
    return aggregate("bitmap_construct_agg", _build.required(col))


def bitmap_count(col: Argument) -> Column:
    """The number of bits that are set in a bitmap."""
    return call("bitmap_count", _build.required(col))


def bitmap_or_agg(col: Argument) -> Column:
    """The aggregate function ``bitmap_or_agg`` of a group."""
    return aggregate("bitmap_or_agg", _build.required(col))


def bitwise_not(col: Argument) -> Column:
    """Bitwise complement."""
    return call("~", _build.required(col))


def bool_and(col: Argument) -> Column:
    """The aggregate function ``bool_and`` of a group."""
    return aggregate("bool_and", _build.required(col))


def bool_or(col: Argument) -> Column:
    """The aggregate function ``bool_or`` of a group."""
    return aggregate("bool_or", _build.required(col))


def bround(col: Argument, scale: Argument = None) -> Column:
    """Rounded half to even."""
    return call("bround", _build.required(col), _build.either(scale))


def btrim(str: Argument, trim: Argument = None) -> Column:
    """Text without characters at its ends."""
    return call("btrim", _build.required(str), _build.column(trim))


def cardinality(col: Argument) -> Column:
    """The number of elements."""
    return call("cardinality", _build.required(col))


def cbrt(col: Argument) -> Column:
    """Cube root."""
    return call("cbrt", _build.required(col))


def ceil(col: Argument, scale: Argument = None) -> Column:
    """Nearest whole number below or above."""
    return call("ceil", _build.required(col), _build.either(scale))


def ceiling(col: Argument, scale: Argument = None) -> Column:
    """Nearest whole number below or above."""
    return call("ceiling", _build.required(col), _build.either(scale))


def char(col: Argument) -> Column:
    """The character of a code."""
    return call("char", _build.required(col))


def char_length(str: Argument) -> Column:
    """Number of characters or bytes."""
    return call("char_length", _build.required(str))


def character_length(str: Argument) -> Column:
    """Number of characters or bytes."""
    return call("character_length", _build.required(str))


def chr(n: Argument) -> Column:
    """The character of a code."""
    return call("chr", _build.required(n))


def collate(col: Argument, collation: Argument) -> Column:
    """The text with a collation."""
    return call("collate", _build.required(col), _build.literal_of(collation))


def collation(col: Argument) -> Column:
    """The name of a text's collation."""
    return call("collation", _build.required(col))


def collect_union(col: Argument) -> Column:
    """The aggregate function ``collect_union`` of a group."""
    return aggregate("collect_union", _build.required(col))


def concat(*cols: Argument) -> Column:
    """Values one after the other: texts, bytes or arrays."""
    return call("concat", *_build.columns(cols))


def concat_ws(sep: Argument, *cols: Argument) -> Column:
    """Texts and arrays of texts joined by a separator, nulls skipped."""
    return call("concat_ws", _build.literal_of(sep), *_build.columns(cols))


def contains(left: Argument, right: Argument) -> Column:
    """Whether a text holds another."""
    return call("contains", _build.required(left), _build.required(right))


def conv(col: Argument, fromBase: Argument, toBase: Argument) -> Column:
    """A number in another base."""
    return call("conv", _build.required(col), _build.literal_of(fromBase), _build.literal_of(toBase))


def convert_timezone(sourceTz: Argument, targetTz: Argument, sourceTs: Argument) -> Column:
    """A local time of one zone as that of another."""
    return call("convert_timezone", _build.required(sourceTz), _build.required(targetTz), _build.required(sourceTs))


def corr(col1: Argument, col2: Argument) -> Column:
    """The aggregate function ``corr`` of a group."""
    return aggregate("corr", _build.required(col1), _build.required(col2))


def cos(col: Argument) -> Column:
    """Cosine."""
    return call("cos", _build.required(col))


def cosh(col: Argument) -> Column:
    """Hyperbolic cosine."""
    return call("cosh", _build.required(col))


def cot(col: Argument) -> Column:
    """Cotangent."""
    return call("cot", _build.required(col))


def count_if(col: Argument) -> Column:
    """The aggregate function ``count_if`` of a group."""
    return aggregate("count_if", _build.required(col))


def covar_pop(col1: Argument, col2: Argument) -> Column:
    """The aggregate function ``covar_pop`` of a group."""
    return aggregate("covar_pop", _build.required(col1), _build.required(col2))


def covar_samp(col1: Argument, col2: Argument) -> Column:
    """The aggregate function ``covar_samp`` of a group."""
    return aggregate("covar_samp", _build.required(col1), _build.required(col2))


def crc32(col: Argument) -> Column:
    """The cyclic redundancy check value."""
    return call("crc32", _build.required(col))


def csc(col: Argument) -> Column:
    """Cosecant."""
    return call("csc", _build.required(col))


def curdate() -> Column:
    """The date of the micro-batch."""
    return call("curdate")


def current_catalog() -> Column:
    """The name of the current catalog."""
    return call("current_catalog")


def current_database() -> Column:
    """The name of the current database."""
    return call("current_database")


def current_date() -> Column:
    """The date of the micro-batch."""
    return call("current_date")


def current_path() -> Column:
    """Where the names of functions are looked for."""
    return call("current_path")


def current_schema() -> Column:
    """The name of the current database."""
    return call("current_schema")


def current_time(precision: Argument = None) -> Column:
    """The local time of day of the micro-batch."""
    return call("current_time", _build.value(precision))


def current_timezone() -> Column:
    """The session's time zone."""
    return call("current_timezone")


def current_user() -> Column:
    """The name of the user who runs the query."""
    return call("current_user")


def date_add(start: Argument, days: Argument) -> Column:
    """A date plus a number of days."""
    return call("date_add", _build.required(start), _build.either(days))


def date_diff(end: Argument, start: Argument) -> Column:
    """The number of days between two dates."""
    return call("date_diff", _build.required(end), _build.required(start))


def date_format(date: Argument, format: Argument) -> Column:
    """A date or timestamp as text by a pattern."""
    return call("date_format", _build.required(date), _build.literal_of(format))


def date_from_unix_date(days: Argument) -> Column:
    """The date of days since 1970."""
    return call("date_from_unix_date", _build.required(days))


def date_sub(start: Argument, days: Argument) -> Column:
    """A date minus a number of days."""
    return call("date_sub", _build.required(start), _build.either(days))


def date_trunc(format: Argument, timestamp: Argument) -> Column:
    """A timestamp cut to a unit."""
    return call("date_trunc", _build.literal_of(format), _build.required(timestamp))


def dateadd(start: Argument, days: Argument) -> Column:
    """A date plus a number of days."""
    return call("dateadd", _build.required(start), _build.either(days))


def datediff(end: Argument, start: Argument) -> Column:
    """The number of days between two dates."""
    return call("datediff", _build.required(end), _build.required(start))


def day(col: Argument) -> Column:
    """The day of the month."""
    return call("day", _build.required(col))


def dayname(col: Argument) -> Column:
    """The short name of the weekday."""
    return call("dayname", _build.required(col))


def dayofmonth(col: Argument) -> Column:
    """The day of the month."""
    return call("dayofmonth", _build.required(col))


def dayofweek(col: Argument) -> Column:
    """The day of the week, 1 is Sunday."""
    return call("dayofweek", _build.required(col))


def dayofyear(col: Argument) -> Column:
    """The day of the year."""
    return call("dayofyear", _build.required(col))


def decode(col: Argument, charset: Argument) -> Column:
    """Text of bytes in a character set."""
    return call("decode", _build.required(col), _build.literal_of(charset))


def degrees(col: Argument) -> Column:
    """Degrees of radians."""
    return call("degrees", _build.required(col))


def e() -> Column:
    """2.71828."""
    return call("e")


def element_at(col: Argument, extraction: Argument) -> Column:
    """An element of an array by place from 1, or the value of a map's key."""
    return call("element_at", _build.required(col), _build.literal_of(extraction))


def elt(*inputs: Argument) -> Column:
    """The n-th argument."""
    return call("elt", *_build.columns(inputs))


def encode(col: Argument, charset: Argument) -> Column:
    """Bytes of a text in a character set."""
    return call("encode", _build.required(col), _build.literal_of(charset))


def endswith(str: Argument, suffix: Argument) -> Column:
    """Whether a text ends with another."""
    return call("endswith", _build.required(str), _build.required(suffix))


def equal_null(col1: Argument, col2: Argument) -> Column:
    """Equality that holds between nulls."""
    return call("equal_null", _build.required(col1), _build.required(col2))


def every(col: Argument) -> Column:
    """The aggregate function ``every`` of a group."""
    return aggregate("every", _build.required(col))


def exp(col: Argument) -> Column:
    """E to a power."""
    return call("exp", _build.required(col))


def explode(col: Argument) -> Column:
    """A row for each element of an array or pair of a map."""
    return call("explode", _build.required(col))


def explode_outer(col: Argument) -> Column:
    """A row for each element of an array or pair of a map, one with nulls if there is none."""
    return call("explode_outer", _build.required(col))


def expm1(col: Argument) -> Column:
    """E to a power, minus one."""
    return call("expm1", _build.required(col))


def factorial(col: Argument) -> Column:
    """Product of 1 to n."""
    return call("factorial", _build.required(col))


def find_in_set(str: Argument, str_array: Argument) -> Column:
    """Position in a comma-separated list."""
    return call("find_in_set", _build.required(str), _build.required(str_array))


def flatten(col: Argument) -> Column:
    """The elements of an array of arrays."""
    return call("flatten", _build.required(col))


def floor(col: Argument, scale: Argument = None) -> Column:
    """Nearest whole number below or above."""
    return call("floor", _build.required(col), _build.either(scale))


def format_number(col: Argument, d: Argument) -> Column:
    """A number with grouped digits."""
    return call("format_number", _build.required(col), _build.literal_of(d))


def format_string(format: Argument, *cols: Argument) -> Column:
    """Printf-style formatting."""
    return call("format_string", _build.literal_of(format), *_build.columns(cols))


def from_base32(col: Argument) -> Column:
    """Bytes of a base-32 text."""
    return call("from_base32", _build.required(col))


def from_unixtime(timestamp: Argument, format: Argument = 'yyyy-MM-dd HH:mm:ss') -> Column:
    """Seconds since 1970 as text by a pattern."""
    return call("from_unixtime", _build.required(timestamp), _build.value(format))


def from_utc_timestamp(timestamp: Argument, tz: Argument) -> Column:
    """A UTC clock reading shown in a zone."""
    return call("from_utc_timestamp", _build.required(timestamp), _build.literal_of(tz))


def get(col: Argument, index: Argument) -> Column:
    """An element of an array by index from 0, null where there is none."""
    return call("get", _build.required(col), _build.either(index))


def getbit(col: Argument, pos: Argument) -> Column:
    """The bit at a position."""
    return call("getbit", _build.required(col), _build.required(pos))


def hash(*cols: Argument) -> Column:
    """The Murmur3 hash of columns, as Spark computes it."""
    return call("hash", *_build.columns(cols))


def hex(col: Argument) -> Column:
    """Hexadecimal digits."""
    return call("hex", _build.required(col))


def histogram_numeric(col: Argument, nBins: Argument) -> Column:
    """The aggregate function ``histogram_numeric`` of a group."""
    return aggregate("histogram_numeric", _build.required(col), _build.required(nBins))


def hll_sketch_agg(col: Argument, lgConfigK: Argument = None) -> Column:
    """The aggregate function ``hll_sketch_agg`` of a group."""
    return aggregate("hll_sketch_agg", _build.required(col), _build.value(lgConfigK))


def hll_sketch_estimate(col: Argument) -> Column:
    """The number of distinct values that an HLL sketch has seen."""
    return call("hll_sketch_estimate", _build.required(col))


def hll_union_agg(col: Argument, allowDifferentLgConfigK: Argument = None) -> Column:
    """The aggregate function ``hll_union_agg`` of a group."""
    return aggregate("hll_union_agg", _build.required(col), _build.value(allowDifferentLgConfigK))


def hmac(key: Argument, message: Argument, algorithm: Argument = None) -> Column:
    """The keyed digest of a message."""
    return call("hmac", _build.required(key), _build.required(message), _build.column(algorithm))


def hour(col: Argument) -> Column:
    """The hour of the day."""
    return call("hour", _build.required(col))


def hypot(col1: Argument, col2: Argument) -> Column:
    """Length of the hypotenuse."""
    return call("hypot", _build.either(col1), _build.either(col2))


def ifnull(col1: Argument, col2: Argument) -> Column:
    """The first value, the second if it is null."""
    return call("ifnull", _build.required(col1), _build.required(col2))


def ilike(str: Argument, pattern: Argument, escapeChar: Argument = None) -> Column:
    """Matches a LIKE pattern."""
    return call("ilike", _build.required(str), _build.required(pattern), _build.column(escapeChar))


def initcap(col: Argument) -> Column:
    """Words with a capital first letter."""
    return call("initcap", _build.required(col))


def inline(col: Argument) -> Column:
    """A row for each struct of an array."""
    return call("inline", _build.required(col))


def inline_outer(col: Argument) -> Column:
    """A row for each struct of an array, one with nulls if there is none."""
    return call("inline_outer", _build.required(col))


def input_file_block_length() -> Column:
    """How long the part of the file is that a row was read from; -1 where there is none."""
    return call("input_file_block_length")


def input_file_block_start() -> Column:
    """Where the part of the file begins that a row was read from; -1 where there is none."""
    return call("input_file_block_start")


def input_file_name() -> Column:
    """The address of the file that a row was read from; empty where there is none."""
    return call("input_file_name")


def instr(str: Argument, substr: Argument, start: Argument = None, occurrence: Argument = None) -> Column:
    """Position of a text in another, from 1; of its n-th occurrence from a start."""
    return call("instr", _build.required(str), _build.literal_of(substr), _build.value(start), _build.value(occurrence))


def is_valid_utf8(str: Argument) -> Column:
    """Whether a text is well-formed UTF-8."""
    return call("is_valid_utf8", _build.required(str))


def is_valid_variant(v: Argument) -> Column:
    """Whether the bytes of a variant make sense."""
    return call("is_valid_variant", _build.required(v))


def is_variant_null(v: Argument) -> Column:
    """Whether a variant is JSON's null."""
    return call("is_variant_null", _build.required(v))


def isnan(col: Argument) -> Column:
    """Whether a number is NaN."""
    return call("isnan", _build.required(col))


def isnotnull(col: Argument) -> Column:
    """Not null?."""
    return call("isnotnull", _build.required(col))


def jaro_winkler_similarity(left: Argument, right: Argument) -> Column:
    """Likeness of two texts, from 0 to 1."""
    return call("jaro_winkler_similarity", _build.required(left), _build.required(right))


def json_array_length(col: Argument) -> Column:
    """Number of elements of a JSON array."""
    return call("json_array_length", _build.required(col))


def json_object_keys(col: Argument) -> Column:
    """Field names of a JSON object."""
    return call("json_object_keys", _build.required(col))


def kll_merge_agg_bigint(col: Argument, k: Argument = None) -> Column:
    """The aggregate function ``kll_merge_agg_bigint`` of a group."""
    return aggregate("kll_merge_agg_bigint", _build.required(col), _build.value(k))


def kll_merge_agg_double(col: Argument, k: Argument = None) -> Column:
    """The aggregate function ``kll_merge_agg_double`` of a group."""
    return aggregate("kll_merge_agg_double", _build.required(col), _build.value(k))


def kll_merge_agg_float(col: Argument, k: Argument = None) -> Column:
    """The aggregate function ``kll_merge_agg_float`` of a group."""
    return aggregate("kll_merge_agg_float", _build.required(col), _build.value(k))


def kll_sketch_agg_bigint(col: Argument, k: Argument = None) -> Column:
    """The aggregate function ``kll_sketch_agg_bigint`` of a group."""
    return aggregate("kll_sketch_agg_bigint", _build.required(col), _build.value(k))


def kll_sketch_agg_double(col: Argument, k: Argument = None) -> Column:
    """The aggregate function ``kll_sketch_agg_double`` of a group."""
    return aggregate("kll_sketch_agg_double", _build.required(col), _build.value(k))


def kll_sketch_agg_float(col: Argument, k: Argument = None) -> Column:
    """The aggregate function ``kll_sketch_agg_float`` of a group."""
    return aggregate("kll_sketch_agg_float", _build.required(col), _build.value(k))


def kll_sketch_get_n_bigint(col: Argument) -> Column:
    """How many numbers a KLL sketch has seen."""
    return call("kll_sketch_get_n_bigint", _build.required(col))


def kll_sketch_get_n_double(col: Argument) -> Column:
    """How many numbers a KLL sketch has seen."""
    return call("kll_sketch_get_n_double", _build.required(col))


def kll_sketch_get_n_float(col: Argument) -> Column:
    """How many numbers a KLL sketch has seen."""
    return call("kll_sketch_get_n_float", _build.required(col))


def kll_sketch_get_quantile_bigint(sketch: Argument, rank: Argument) -> Column:
    """The number at a rank from 0 to 1 of a KLL sketch."""
    return call("kll_sketch_get_quantile_bigint", _build.required(sketch), _build.required(rank))


def kll_sketch_get_quantile_double(sketch: Argument, rank: Argument) -> Column:
    """The number at a rank from 0 to 1 of a KLL sketch."""
    return call("kll_sketch_get_quantile_double", _build.required(sketch), _build.required(rank))


def kll_sketch_get_quantile_float(sketch: Argument, rank: Argument) -> Column:
    """The number at a rank from 0 to 1 of a KLL sketch."""
    return call("kll_sketch_get_quantile_float", _build.required(sketch), _build.required(rank))


def kll_sketch_get_rank_bigint(sketch: Argument, quantile: Argument) -> Column:
    """The share of the numbers of a KLL sketch at or below one."""
    return call("kll_sketch_get_rank_bigint", _build.required(sketch), _build.required(quantile))


def kll_sketch_get_rank_double(sketch: Argument, quantile: Argument) -> Column:
    """The share of the numbers of a KLL sketch at or below one."""
    return call("kll_sketch_get_rank_double", _build.required(sketch), _build.required(quantile))


def kll_sketch_get_rank_float(sketch: Argument, quantile: Argument) -> Column:
    """The share of the numbers of a KLL sketch at or below one."""
    return call("kll_sketch_get_rank_float", _build.required(sketch), _build.required(quantile))


def kll_sketch_merge_bigint(left: Argument, right: Argument) -> Column:
    """Two KLL sketches as one."""
    return call("kll_sketch_merge_bigint", _build.required(left), _build.required(right))


def kll_sketch_merge_double(left: Argument, right: Argument) -> Column:
    """Two KLL sketches as one."""
    return call("kll_sketch_merge_double", _build.required(left), _build.required(right))


def kll_sketch_merge_float(left: Argument, right: Argument) -> Column:
    """Two KLL sketches as one."""
    return call("kll_sketch_merge_float", _build.required(left), _build.required(right))


def kll_sketch_to_string_bigint(col: Argument) -> Column:
    """What a KLL sketch looks like, in words."""
    return call("kll_sketch_to_string_bigint", _build.required(col))


def kll_sketch_to_string_double(col: Argument) -> Column:
    """What a KLL sketch looks like, in words."""
    return call("kll_sketch_to_string_double", _build.required(col))


def kll_sketch_to_string_float(col: Argument) -> Column:
    """What a KLL sketch looks like, in words."""
    return call("kll_sketch_to_string_float", _build.required(col))


def kurtosis(col: Argument) -> Column:
    """The aggregate function ``kurtosis`` of a group."""
    return aggregate("kurtosis", _build.required(col))


def last_day(date: Argument) -> Column:
    """The last day of the month."""
    return call("last_day", _build.required(date))


def lcase(str: Argument) -> Column:
    """Text in small letters."""
    return call("lcase", _build.required(str))


def left(str: Argument, len: Argument) -> Column:
    """The first characters."""
    return call("left", _build.required(str), _build.required(len))


def length(col: Argument) -> Column:
    """Number of characters or bytes."""
    return call("length", _build.required(col))


def levenshtein(left: Argument, right: Argument, threshold: Argument = None) -> Column:
    """Edit distance."""
    return call("levenshtein", _build.required(left), _build.required(right), _build.value(threshold))


def like(str: Argument, pattern: Argument, escapeChar: Argument = None) -> Column:
    """Matches a LIKE pattern."""
    return call("like", _build.required(str), _build.required(pattern), _build.column(escapeChar))


def listagg(col: Argument, delimiter: Argument = None) -> Column:
    """The aggregate function ``listagg`` of a group."""
    return aggregate("listagg", _build.required(col), _build.value(delimiter))


def ln(col: Argument) -> Column:
    """Logarithm; null outside its domain."""
    return call("ln", _build.required(col))


def localtimestamp() -> Column:
    """The local time of the micro-batch."""
    return call("localtimestamp")


def locate(substr: Argument, str: Argument, pos: Argument = 1) -> Column:
    """Position of a text in another, from 1."""
    return call("locate", _build.literal_of(substr), _build.required(str), _build.value(pos))


def log10(col: Argument) -> Column:
    """Logarithm; null outside its domain."""
    return call("log10", _build.required(col))


def log1p(col: Argument) -> Column:
    """Logarithm; null outside its domain."""
    return call("log1p", _build.required(col))


def log2(col: Argument) -> Column:
    """Logarithm; null outside its domain."""
    return call("log2", _build.required(col))


def lower(col: Argument) -> Column:
    """Text in small letters."""
    return call("lower", _build.required(col))


def lpad(col: Argument, len: Argument, pad: Argument) -> Column:
    """Filled up, or cut, to a width."""
    return call("lpad", _build.required(col), _build.literal_of(len), _build.literal_of(pad))


def ltrim(col: Argument, trim: Argument = None) -> Column:
    """Text without characters at its ends."""
    return call("ltrim", _build.column(trim), _build.required(col))


def make_date(year: Argument, month: Argument, day: Argument) -> Column:
    """A date of its parts."""
    return call("make_date", _build.required(year), _build.required(month), _build.required(day))


def make_time(hour: Argument, minute: Argument, second: Argument) -> Column:
    """A time of day of hour, minute and second."""
    return call("make_time", _build.required(hour), _build.required(minute), _build.required(second))


def make_timestamp_ltz(years: Argument, months: Argument, days: Argument, hours: Argument, mins: Argument, secs: Argument, timezone: Argument = None) -> Column:
    """A timestamp of its parts."""
    return call("make_timestamp_ltz", _build.required(years), _build.required(months), _build.required(days), _build.required(hours), _build.required(mins), _build.required(secs), _build.column(timezone))


def make_valid_utf8(str: Argument) -> Column:
    """The text, with a replacement character for what is no UTF-8."""
    return call("make_valid_utf8", _build.required(str))


def map_contains_key(col: Argument, value: Argument) -> Column:
    """Whether a map has a key."""
    return call("map_contains_key", _build.required(col), _build.literal_of(value))


def map_entries(col: Argument) -> Column:
    """The pairs of a map as structs."""
    return call("map_entries", _build.required(col))


def map_from_arrays(col1: Argument, col2: Argument) -> Column:
    """A map of an array of keys and one of values."""
    return call("map_from_arrays", _build.required(col1), _build.required(col2))


def map_from_entries(col: Argument) -> Column:
    """A map of an array of key-value structs."""
    return call("map_from_entries", _build.required(col))


def map_keys(col: Argument) -> Column:
    """The keys of a map."""
    return call("map_keys", _build.required(col))


def map_values(col: Argument) -> Column:
    """The values of a map."""
    return call("map_values", _build.required(col))


def mask(col: Argument, upperChar: Argument = None, lowerChar: Argument = None, digitChar: Argument = None, otherChar: Argument = None) -> Column:
    """Letters and digits hidden."""
    return call("mask", _build.required(col), _build.column(upperChar), _build.column(lowerChar), _build.column(digitChar), _build.column(otherChar))


def max(col: Argument) -> Column:
    """The aggregate function ``max`` of a group."""
    return aggregate("max", _build.required(col))


def md5(col: Argument) -> Column:
    """The MD5 digest as hexadecimal text."""
    return call("md5", _build.required(col))


def mean(col: Argument) -> Column:
    """The aggregate function ``avg`` of a group."""
    return aggregate("avg", _build.required(col))


def median(col: Argument) -> Column:
    """The aggregate function ``median`` of a group."""
    return aggregate("median", _build.required(col))


def min(col: Argument) -> Column:
    """The aggregate function ``min`` of a group."""
    return aggregate("min", _build.required(col))


def minute(col: Argument) -> Column:
    """The minute."""
    return call("minute", _build.required(col))


def monotonically_increasing_id() -> Column:
    """A number that grows within each epoch and partition."""
    return call("monotonically_increasing_id")


def month(col: Argument) -> Column:
    """The month, 1 to 12."""
    return call("month", _build.required(col))


def monthname(col: Argument) -> Column:
    """The short name of the month."""
    return call("monthname", _build.required(col))


def nanvl(col1: Argument, col2: Argument) -> Column:
    """The first value, the second if it is NaN."""
    return call("nanvl", _build.required(col1), _build.required(col2))


def negative(col: Argument) -> Column:
    """Sign change."""
    return call("negative", _build.required(col))


def next_day(date: Argument, dayOfWeek: Argument) -> Column:
    """The first given weekday after a date."""
    return call("next_day", _build.required(date), _build.literal_of(dayOfWeek))


def now() -> Column:
    """The time of the micro-batch."""
    return call("now")


def nullif(col1: Argument, col2: Argument) -> Column:
    """Null if both are equal, else the first."""
    return call("nullif", _build.required(col1), _build.required(col2))


def nullifzero(col: Argument) -> Column:
    """Null for zero."""
    return call("nullifzero", _build.required(col))


def nvl(col1: Argument, col2: Argument) -> Column:
    """The first value, the second if it is null."""
    return call("nvl", _build.required(col1), _build.required(col2))


def nvl2(col1: Argument, col2: Argument, col3: Argument) -> Column:
    """The second value if the first is not null, else the third."""
    return call("nvl2", _build.required(col1), _build.required(col2), _build.required(col3))


def octet_length(col: Argument) -> Column:
    """Size in bytes or bits."""
    return call("octet_length", _build.required(col))


def overlay(src: Argument, replace: Argument, pos: Argument, len: Argument = -1) -> Column:
    """A part replaced by position."""
    return call("overlay", _build.required(src), _build.required(replace), _build.either(pos), _build.either(len))


def parse_json(col: Argument) -> Column:
    """A JSON text as a variant."""
    return call("parse_json", _build.required(col))


def parse_url(url: Argument, partToExtract: Argument, key: Argument = None) -> Column:
    """A part of an address."""
    return call("parse_url", _build.required(url), _build.required(partToExtract), _build.column(key))


def pi() -> Column:
    """3.14159."""
    return call("pi")


def pmod(dividend: Argument, divisor: Argument) -> Column:
    """Remainder that is never negative."""
    return call("pmod", _build.either(dividend), _build.either(divisor))


def posexplode(col: Argument) -> Column:
    """A row for each element of an array or pair of a map, with its place."""
    return call("posexplode", _build.required(col))


def posexplode_outer(col: Argument) -> Column:
    """A row for each element of an array or pair of a map, with its place, one with nulls if there is none."""
    return call("posexplode_outer", _build.required(col))


def position(substr: Argument, str: Argument, start: Argument = None) -> Column:
    """Position of a text in another, from 1."""
    return call("position", _build.required(substr), _build.required(str), _build.column(start))


def positive(col: Argument) -> Column:
    """The value."""
    return call("positive", _build.required(col))


def pow(col1: Argument, col2: Argument) -> Column:
    """A number to a power."""
    return call("power", _build.either(col1), _build.either(col2))


def power(col1: Argument, col2: Argument) -> Column:
    """A number to a power."""
    return call("power", _build.either(col1), _build.either(col2))


def printf(format: Argument, *cols: Argument) -> Column:
    """Printf-style formatting."""
    return call("printf", _build.required(format), *_build.columns(cols))


def product(col: Argument) -> Column:
    """The aggregate function ``product`` of a group."""
    return aggregate("product", _build.required(col))


def quarter(col: Argument) -> Column:
    """The quarter, 1 to 4."""
    return call("quarter", _build.required(col))


def quote(col: Argument) -> Column:
    """Text in quotes."""
    return call("quote", _build.required(col))


def radians(col: Argument) -> Column:
    """Radians of degrees."""
    return call("radians", _build.required(col))


def raise_error(errMsg: Argument) -> Column:
    """Fails with a message."""
    return call("raise_error", _build.literal_of(errMsg))


def random(seed: Argument = None) -> Column:
    """Random numbers in [0, 1)."""
    return call("rand", _build.value(seed))


def randstr(length: Argument, seed: Argument = None) -> Column:
    """Random letters and digits."""
    return call("randstr", _build.literal_of(length), _build.value(seed))


def regexp(str: Argument, regexp: Argument) -> Column:
    """Holds a match of a regular expression."""
    return call("regexp", _build.required(str), _build.required(regexp))


def regexp_count(str: Argument, regexp: Argument) -> Column:
    """Number of matches."""
    return call("regexp_count", _build.required(str), _build.required(regexp))


def regexp_extract(str: Argument, pattern: Argument, idx: Argument) -> Column:
    """A group of the first match."""
    return call("regexp_extract", _build.required(str), _build.literal_of(pattern), _build.literal_of(idx))


def regexp_extract_all(str: Argument, regexp: Argument, idx: Argument = None) -> Column:
    """A group of every match."""
    return call("regexp_extract_all", _build.required(str), _build.required(regexp), _build.value(idx))


def regexp_instr(str: Argument, regexp: Argument, idx: Argument = None) -> Column:
    """Position of the first match."""
    return call("regexp_instr", _build.required(str), _build.required(regexp), _build.value(idx))


def regexp_like(str: Argument, regexp: Argument) -> Column:
    """Holds a match of a regular expression."""
    return call("regexp_like", _build.required(str), _build.required(regexp))


def regexp_replace(string: Argument, pattern: Argument, replacement: Argument, position: Argument = None) -> Column:
    """Matches replaced."""
    return call("regexp_replace", _build.required(string), _build.literal_of(pattern), _build.literal_of(replacement), _build.value(position))


def regexp_substr(str: Argument, regexp: Argument) -> Column:
    """The first match."""
    return call("regexp_substr", _build.required(str), _build.required(regexp))


def regr_avgx(y: Argument, x: Argument) -> Column:
    """The aggregate function ``regr_avgx`` of a group."""
    return aggregate("regr_avgx", _build.required(y), _build.required(x))


def regr_avgy(y: Argument, x: Argument) -> Column:
    """The aggregate function ``regr_avgy`` of a group."""
    return aggregate("regr_avgy", _build.required(y), _build.required(x))


def regr_count(y: Argument, x: Argument) -> Column:
    """The aggregate function ``regr_count`` of a group."""
    return aggregate("regr_count", _build.required(y), _build.required(x))


def regr_intercept(y: Argument, x: Argument) -> Column:
    """The aggregate function ``regr_intercept`` of a group."""
    return aggregate("regr_intercept", _build.required(y), _build.required(x))


def regr_r2(y: Argument, x: Argument) -> Column:
    """The aggregate function ``regr_r2`` of a group."""
    return aggregate("regr_r2", _build.required(y), _build.required(x))


def regr_slope(y: Argument, x: Argument) -> Column:
    """The aggregate function ``regr_slope`` of a group."""
    return aggregate("regr_slope", _build.required(y), _build.required(x))


def regr_sxx(y: Argument, x: Argument) -> Column:
    """The aggregate function ``regr_sxx`` of a group."""
    return aggregate("regr_sxx", _build.required(y), _build.required(x))


def regr_sxy(y: Argument, x: Argument) -> Column:
    """The aggregate function ``regr_sxy`` of a group."""
    return aggregate("regr_sxy", _build.required(y), _build.required(x))


def regr_syy(y: Argument, x: Argument) -> Column:
    """The aggregate function ``regr_syy`` of a group."""
    return aggregate("regr_syy", _build.required(y), _build.required(x))


def repeat(col: Argument, n: Argument) -> Column:
    """A text several times."""
    return call("repeat", _build.required(col), _build.either(n))


def replace(src: Argument, search: Argument, replace: Argument = None) -> Column:
    """All occurrences of a text replaced."""
    return call("replace", _build.required(src), _build.required(search), _build.column(replace))


def reverse(col: Argument) -> Column:
    """Text or array backwards."""
    return call("reverse", _build.required(col))


def right(str: Argument, len: Argument) -> Column:
    """The last characters."""
    return call("right", _build.required(str), _build.required(len))


def rint(col: Argument) -> Column:
    """Nearest whole number, half to even."""
    return call("rint", _build.required(col))


def rlike(str: Argument, regexp: Argument) -> Column:
    """Holds a match of a regular expression."""
    return call("rlike", _build.required(str), _build.required(regexp))


def round(col: Argument, scale: Argument = None) -> Column:
    """Rounded half up to decimal places."""
    return call("round", _build.required(col), _build.either(scale))


def rpad(col: Argument, len: Argument, pad: Argument) -> Column:
    """Filled up, or cut, to a width."""
    return call("rpad", _build.required(col), _build.literal_of(len), _build.literal_of(pad))


def rtrim(col: Argument, trim: Argument = None) -> Column:
    """Text without characters at its ends."""
    return call("rtrim", _build.column(trim), _build.required(col))


def schema_of_variant(v: Argument) -> Column:
    """The type of a variant, as SQL."""
    return call("schema_of_variant", _build.required(v))


def schema_of_variant_agg(v: Argument) -> Column:
    """The aggregate function ``schema_of_variant_agg`` of a group."""
    return aggregate("schema_of_variant_agg", _build.required(v))


def sec(col: Argument) -> Column:
    """Secant."""
    return call("sec", _build.required(col))


def second(col: Argument) -> Column:
    """The whole second."""
    return call("second", _build.required(col))


def sentences(string: Argument, language: Argument = None, country: Argument = None) -> Column:
    """The words of each sentence."""
    return call("sentences", _build.required(string), _build.column(language), _build.column(country))


def sequence(start: Argument, stop: Argument, step: Argument = None) -> Column:
    """An array of numbers, dates or timestamps from start to stop."""
    return call("sequence", _build.required(start), _build.required(stop), _build.column(step))


def session_user() -> Column:
    """The name of the user who runs the query."""
    return call("session_user")


def sha(col: Argument) -> Column:
    """The SHA-1 digest as hexadecimal text."""
    return call("sha", _build.required(col))


def sha1(col: Argument) -> Column:
    """The SHA-1 digest as hexadecimal text."""
    return call("sha1", _build.required(col))


def shiftleft(col: Argument, numBits: Argument) -> Column:
    """Bits moved by a number of places."""
    return call("shiftleft", _build.required(col), _build.literal_of(numBits))


def shiftright(col: Argument, numBits: Argument) -> Column:
    """Bits moved by a number of places."""
    return call("shiftright", _build.required(col), _build.literal_of(numBits))


def shiftrightunsigned(col: Argument, numBits: Argument) -> Column:
    """Bits moved by a number of places."""
    return call("shiftrightunsigned", _build.required(col), _build.literal_of(numBits))


def shuffle(col: Argument, seed: Argument = None) -> Column:
    """The array in random order."""
    return call("shuffle", _build.required(col), _build.value(seed))


def sign(col: Argument) -> Column:
    """-1, 0 or 1."""
    return call("sign", _build.required(col))


def signum(col: Argument) -> Column:
    """-1, 0 or 1."""
    return call("signum", _build.required(col))


def sin(col: Argument) -> Column:
    """Sine."""
    return call("sin", _build.required(col))


def sinh(col: Argument) -> Column:
    """Hyperbolic sine."""
    return call("sinh", _build.required(col))


def size(col: Argument) -> Column:
    """The number of elements."""
    return call("size", _build.required(col))


def skewness(col: Argument) -> Column:
    """The aggregate function ``skewness`` of a group."""
    return aggregate("skewness", _build.required(col))


def slice(x: Argument, start: Argument, length: Argument) -> Column:
    """A part of an array from a place, counted from 1 or the end."""
    return call("slice", _build.required(x), _build.either(start), _build.either(length))


def some(col: Argument) -> Column:
    """The aggregate function ``some`` of a group."""
    return aggregate("some", _build.required(col))


def soundex(col: Argument) -> Column:
    """Phonetic code."""
    return call("soundex", _build.required(col))


def spark_partition_id() -> Column:
    """The number of the partition."""
    return call("spark_partition_id")


def split(str: Argument, pattern: Argument, limit: Argument = -1) -> Column:
    """Parts between matches."""
    return call("split", _build.required(str), _build.literal_of(pattern), _build.either(limit))


def split_part(src: Argument, delimiter: Argument, partNum: Argument) -> Column:
    """One part of a split text."""
    return call("split_part", _build.required(src), _build.required(delimiter), _build.required(partNum))


def sqrt(col: Argument) -> Column:
    """Square root."""
    return call("sqrt", _build.required(col))


def startswith(str: Argument, prefix: Argument) -> Column:
    """Whether a text begins with another."""
    return call("startswith", _build.required(str), _build.required(prefix))


def std(col: Argument) -> Column:
    """The aggregate function ``std`` of a group."""
    return aggregate("std", _build.required(col))


def stddev(col: Argument) -> Column:
    """The aggregate function ``stddev`` of a group."""
    return aggregate("stddev", _build.required(col))


def stddev_pop(col: Argument) -> Column:
    """The aggregate function ``stddev_pop`` of a group."""
    return aggregate("stddev_pop", _build.required(col))


def stddev_samp(col: Argument) -> Column:
    """The aggregate function ``stddev_samp`` of a group."""
    return aggregate("stddev_samp", _build.required(col))


def str_to_map(text: Argument, pairDelim: Argument = None, keyValueDelim: Argument = None) -> Column:
    """A map of text, split into pairs and keys."""
    return call("str_to_map", _build.required(text), _build.column(pairDelim), _build.column(keyValueDelim))


def string_agg(col: Argument, delimiter: Argument = None) -> Column:
    """The aggregate function ``string_agg`` of a group."""
    return aggregate("string_agg", _build.required(col), _build.value(delimiter))


def substr(str: Argument, pos: Argument, len: Argument = None) -> Column:
    """A part by position and length."""
    return call("substr", _build.required(str), _build.required(pos), _build.column(len))


def substring(str: Argument, pos: Argument, len: Argument) -> Column:
    """A part by position and length."""
    return call("substring", _build.required(str), _build.either(pos), _build.either(len))


def substring_index(str: Argument, delim: Argument, count: Argument) -> Column:
    """What stands before the n-th delimiter."""
    return call("substring_index", _build.required(str), _build.literal_of(delim), _build.literal_of(count))


def sum(col: Argument) -> Column:
    """The aggregate function ``sum`` of a group."""
    return aggregate("sum", _build.required(col))


def tan(col: Argument) -> Column:
    """Tangent."""
    return call("tan", _build.required(col))


def tanh(col: Argument) -> Column:
    """Hyperbolic tangent."""
    return call("tanh", _build.required(col))


def theta_difference(col1: Argument, col2: Argument) -> Column:
    """What is in the first theta sketch and not in the second."""
    return call("theta_difference", _build.required(col1), _build.required(col2))


def theta_intersection(col1: Argument, col2: Argument) -> Column:
    """What two theta sketches have in common."""
    return call("theta_intersection", _build.required(col1), _build.required(col2))


def theta_intersection_agg(col: Argument) -> Column:
    """The aggregate function ``theta_intersection_agg`` of a group."""
    return aggregate("theta_intersection_agg", _build.required(col))


def theta_sketch_agg(col: Argument, lgNomEntries: Argument = None) -> Column:
    """The aggregate function ``theta_sketch_agg`` of a group."""
    return aggregate("theta_sketch_agg", _build.required(col), _build.value(lgNomEntries))


def theta_sketch_estimate(col: Argument) -> Column:
    """The number of distinct values of a theta sketch."""
    return call("theta_sketch_estimate", _build.required(col))


def theta_union(col1: Argument, col2: Argument, lgNomEntries: Argument = None) -> Column:
    """The union of two theta sketches."""
    return call("theta_union", _build.required(col1), _build.required(col2), _build.value(lgNomEntries))


def theta_union_agg(col: Argument, lgNomEntries: Argument = None) -> Column:
    """The aggregate function ``theta_union_agg`` of a group."""
    return aggregate("theta_union_agg", _build.required(col), _build.value(lgNomEntries))


def time_bucket(bucket_size: Argument, ts: Argument, origin: Argument = None) -> Column:
    """The start of the bucket of an interval's size that a timestamp is in."""
    return call("time_bucket", _build.required(bucket_size), _build.required(ts), _build.column(origin))


def time_diff(unit: Argument, start: Argument, end: Argument) -> Column:
    """The number of whole units between two times of day."""
    return call("time_diff", _build.required(unit), _build.required(start), _build.required(end))


def time_from_micros(col: Argument) -> Column:
    """The time of day of micros since midnight."""
    return call("time_from_micros", _build.required(col))


def time_from_millis(col: Argument) -> Column:
    """The time of day of millis since midnight."""
    return call("time_from_millis", _build.required(col))


def time_from_seconds(col: Argument) -> Column:
    """The time of day of seconds since midnight."""
    return call("time_from_seconds", _build.required(col))


def time_to_micros(col: Argument) -> Column:
    """Micros since midnight of a time of day."""
    return call("time_to_micros", _build.required(col))


def time_to_millis(col: Argument) -> Column:
    """Millis since midnight of a time of day."""
    return call("time_to_millis", _build.required(col))


def time_to_seconds(col: Argument) -> Column:
    """Seconds since midnight of a time of day."""
    return call("time_to_seconds", _build.required(col))


def time_trunc(unit: Argument, time: Argument) -> Column:
    """A time of day cut to a unit."""
    return call("time_trunc", _build.required(unit), _build.required(time))


def timestamp_micros(col: Argument) -> Column:
    """The timestamp of micros since 1970."""
    return call("timestamp_micros", _build.required(col))


def timestamp_millis(col: Argument) -> Column:
    """The timestamp of millis since 1970."""
    return call("timestamp_millis", _build.required(col))


def timestamp_seconds(col: Argument) -> Column:
    """The timestamp of seconds since 1970."""
    return call("timestamp_seconds", _build.required(col))


def to_base32(col: Argument) -> Column:
    """Base-32 text of bytes."""
    return call("to_base32", _build.required(col))


def to_binary(col: Argument, format: Argument = None) -> Column:
    """Bytes of a text in a notation."""
    return call("to_binary", _build.required(col), _build.column(format))


def to_char(col: Argument, format: Argument) -> Column:
    """A number, time or binary as text by a format."""
    return call("to_char", _build.required(col), _build.required(format))


def to_date(col: Argument, format: Argument = None) -> Column:
    """The date of a text, by a pattern if one is given."""
    return call("to_date", _build.required(col), _build.value(format))


def to_number(col: Argument, format: Argument) -> Column:
    """The number that a text has by a format."""
    return call("to_number", _build.required(col), _build.required(format))


def to_time(str: Argument, format: Argument = None) -> Column:
    """The time of day of a text, by a pattern if one is given."""
    return call("to_time", _build.required(str), _build.column(format))


def to_timestamp(col: Argument, format: Argument = None) -> Column:
    """The timestamp of a text, by a pattern if one is given."""
    return call("to_timestamp", _build.required(col), _build.value(format))


def to_timestamp_ltz(timestamp: Argument, format: Argument = None) -> Column:
    """The timestamp of a text, by a pattern if one is given."""
    return call("to_timestamp_ltz", _build.required(timestamp), _build.column(format))


def to_timestamp_ntz(timestamp: Argument, format: Argument = None) -> Column:
    """The timestamp of a text, by a pattern if one is given."""
    return call("to_timestamp_ntz", _build.required(timestamp), _build.column(format))


def to_unix_timestamp(timestamp: Argument, format: Argument = None) -> Column:
    """Seconds since 1970 of a timestamp or text."""
    return call("to_unix_timestamp", _build.required(timestamp), _build.column(format))


def to_utc_timestamp(timestamp: Argument, tz: Argument) -> Column:
    """A zone's clock reading shown in UTC."""
    return call("to_utc_timestamp", _build.required(timestamp), _build.literal_of(tz))


def to_varchar(col: Argument, format: Argument) -> Column:
    """A number, time or binary as text by a format."""
    return call("to_varchar", _build.required(col), _build.required(format))


def to_variant_object(col: Argument) -> Column:
    """A struct, array or map as a variant."""
    return call("to_variant_object", _build.required(col))


def translate(srcCol: Argument, matching: Argument, replace: Argument) -> Column:
    """Characters replaced one by one."""
    return call("translate", _build.required(srcCol), _build.literal_of(matching), _build.literal_of(replace))


def trim(col: Argument, trim: Argument = None) -> Column:
    """Text without characters at its ends."""
    return call("trim", _build.column(trim), _build.required(col))


def trunc(date: Argument, format: Argument) -> Column:
    """A date cut to a unit."""
    return call("trunc", _build.required(date), _build.literal_of(format))


def try_add(left: Argument, right: Argument) -> Column:
    """Sum, null on overflow."""
    return call("try_add", _build.required(left), _build.required(right))


def try_avg(col: Argument) -> Column:
    """The aggregate function ``try_avg`` of a group."""
    return aggregate("try_avg", _build.required(col))


def try_divide(left: Argument, right: Argument) -> Column:
    """Quotient, null for a zero divisor."""
    return call("try_divide", _build.required(left), _build.required(right))


def try_element_at(col: Argument, extraction: Argument) -> Column:
    """Like element_at, null where there is none."""
    return call("try_element_at", _build.required(col), _build.required(extraction))


def try_make_timestamp_ltz(years: Argument, months: Argument, days: Argument, hours: Argument, mins: Argument, secs: Argument, timezone: Argument = None) -> Column:
    """A timestamp of its parts."""
    return call("try_make_timestamp_ltz", _build.required(years), _build.required(months), _build.required(days), _build.required(hours), _build.required(mins), _build.required(secs), _build.column(timezone))


def try_mod(left: Argument, right: Argument) -> Column:
    """Remainder, null for a zero divisor."""
    return call("try_mod", _build.required(left), _build.required(right))


def try_multiply(left: Argument, right: Argument) -> Column:
    """Product, null on overflow."""
    return call("try_multiply", _build.required(left), _build.required(right))


def try_parse_json(col: Argument) -> Column:
    """A JSON text as a variant, null if it is no JSON."""
    return call("try_parse_json", _build.required(col))


def try_parse_url(url: Argument, partToExtract: Argument, key: Argument = None) -> Column:
    """A part of an address, null if it is none."""
    return call("try_parse_url", _build.required(url), _build.required(partToExtract), _build.column(key))


def try_subtract(left: Argument, right: Argument) -> Column:
    """Difference, null on overflow."""
    return call("try_subtract", _build.required(left), _build.required(right))


def try_sum(col: Argument) -> Column:
    """The aggregate function ``try_sum`` of a group."""
    return aggregate("try_sum", _build.required(col))


def try_to_binary(col: Argument, format: Argument = None) -> Column:
    """Bytes of a text in a notation, null if it is not in it."""
    return call("try_to_binary", _build.required(col), _build.column(format))


def try_to_date(col: Argument, format: Argument = None) -> Column:
    """The date of a text, null if it has none."""
    return call("try_to_date", _build.required(col), _build.value(format))


def try_to_number(col: Argument, format: Argument) -> Column:
    """The number that a text has by a format, null if it has none."""
    return call("try_to_number", _build.required(col), _build.required(format))


def try_to_time(str: Argument, format: Argument = None) -> Column:
    """The time of day of a text, null if it has none."""
    return call("try_to_time", _build.required(str), _build.column(format))


def try_to_timestamp(col: Argument, format: Argument = None) -> Column:
    """The timestamp of a text, by a pattern if one is given."""
    return call("try_to_timestamp", _build.required(col), _build.column(format))


def try_url_decode(str: Argument) -> Column:
    """Text of a part of an address, null if it is none."""
    return call("try_url_decode", _build.required(str))


def try_validate_utf8(str: Argument) -> Column:
    """The text, null if it is no UTF-8."""
    return call("try_validate_utf8", _build.required(str))


def try_variant_array_append(v: Argument, path: Argument, value: Argument) -> Column:
    """A variant with one more element in an array, null where the value does not have that shape."""
    return call("try_variant_array_append", _build.required(v), _build.literal_of(path), _build.required(value))


def try_variant_get(v: Argument, path: Argument, targetType: Argument) -> Column:
    """The part of a variant at a path, cast to a type, null if it does not fit."""
    return call("try_variant_get", _build.required(v), _build.literal_of(path), _build.literal_of(targetType))


def try_variant_insert(v: Argument, path: Argument, value: Argument) -> Column:
    """A variant with a new field or element, null where the value does not have that shape."""
    return call("try_variant_insert", _build.required(v), _build.literal_of(path), _build.required(value))


def tuple_difference_double(col1: Argument, col2: Argument) -> Column:
    """What is in a tuple sketch and not in another."""
    return call("tuple_difference_double", _build.required(col1), _build.required(col2))


def tuple_difference_integer(col1: Argument, col2: Argument) -> Column:
    """What is in a tuple sketch and not in another."""
    return call("tuple_difference_integer", _build.required(col1), _build.required(col2))


def tuple_difference_theta_double(col1: Argument, col2: Argument) -> Column:
    """What is in a tuple sketch and not in a theta sketch."""
    return call("tuple_difference_theta_double", _build.required(col1), _build.required(col2))


def tuple_difference_theta_integer(col1: Argument, col2: Argument) -> Column:
    """What is in a tuple sketch and not in a theta sketch."""
    return call("tuple_difference_theta_integer", _build.required(col1), _build.required(col2))


def tuple_intersection_agg_double(col: Argument, mode: Argument = None) -> Column:
    """The aggregate function ``tuple_intersection_agg_double`` of a group."""
    return aggregate("tuple_intersection_agg_double", _build.required(col), _build.value(mode))


def tuple_intersection_agg_integer(col: Argument, mode: Argument = None) -> Column:
    """The aggregate function ``tuple_intersection_agg_integer`` of a group."""
    return aggregate("tuple_intersection_agg_integer", _build.required(col), _build.value(mode))


def tuple_intersection_double(col1: Argument, col2: Argument, mode: Argument = None) -> Column:
    """What a tuple sketch and another have in common."""
    return call("tuple_intersection_double", _build.required(col1), _build.required(col2), _build.value(mode))


def tuple_intersection_integer(col1: Argument, col2: Argument, mode: Argument = None) -> Column:
    """What a tuple sketch and another have in common."""
    return call("tuple_intersection_integer", _build.required(col1), _build.required(col2), _build.value(mode))


def tuple_intersection_theta_double(col1: Argument, col2: Argument, mode: Argument = None) -> Column:
    """What a tuple sketch and a theta sketch have in common."""
    return call("tuple_intersection_theta_double", _build.required(col1), _build.required(col2), _build.value(mode))


def tuple_intersection_theta_integer(col1: Argument, col2: Argument, mode: Argument = None) -> Column:
    """What a tuple sketch and a theta sketch have in common."""
    return call("tuple_intersection_theta_integer", _build.required(col1), _build.required(col2), _build.value(mode))


def tuple_sketch_agg_double(key: Argument, summary: Argument, lgNomEntries: Argument = None, mode: Argument = None) -> Column:
    """The aggregate function ``tuple_sketch_agg_double`` of a group."""
    return aggregate("tuple_sketch_agg_double", _build.required(key), _build.required(summary), _build.value(lgNomEntries), _build.value(mode))


def tuple_sketch_agg_integer(key: Argument, summary: Argument, lgNomEntries: Argument = None, mode: Argument = None) -> Column:
    """The aggregate function ``tuple_sketch_agg_integer`` of a group."""
    return aggregate("tuple_sketch_agg_integer", _build.required(key), _build.required(summary), _build.value(lgNomEntries), _build.value(mode))


def tuple_sketch_estimate_double(col: Argument) -> Column:
    """The number of distinct keys of a tuple sketch."""
    return call("tuple_sketch_estimate_double", _build.required(col))


def tuple_sketch_estimate_integer(col: Argument) -> Column:
    """The number of distinct keys of a tuple sketch."""
    return call("tuple_sketch_estimate_integer", _build.required(col))


def tuple_sketch_summary_double(col: Argument, mode: Argument = None) -> Column:
    """The summaries of a tuple sketch put together."""
    return call("tuple_sketch_summary_double", _build.required(col), _build.value(mode))


def tuple_sketch_summary_integer(col: Argument, mode: Argument = None) -> Column:
    """The summaries of a tuple sketch put together."""
    return call("tuple_sketch_summary_integer", _build.required(col), _build.value(mode))


def tuple_sketch_theta_double(col: Argument) -> Column:
    """The share of all keys that a tuple sketch keeps."""
    return call("tuple_sketch_theta_double", _build.required(col))


def tuple_sketch_theta_integer(col: Argument) -> Column:
    """The share of all keys that a tuple sketch keeps."""
    return call("tuple_sketch_theta_integer", _build.required(col))


def tuple_union_agg_double(col: Argument, lgNomEntries: Argument = None, mode: Argument = None) -> Column:
    """The aggregate function ``tuple_union_agg_double`` of a group."""
    return aggregate("tuple_union_agg_double", _build.required(col), _build.value(lgNomEntries), _build.value(mode))


def tuple_union_agg_integer(col: Argument, lgNomEntries: Argument = None, mode: Argument = None) -> Column:
    """The aggregate function ``tuple_union_agg_integer`` of a group."""
    return aggregate("tuple_union_agg_integer", _build.required(col), _build.value(lgNomEntries), _build.value(mode))


def tuple_union_double(col1: Argument, col2: Argument, lgNomEntries: Argument = None, mode: Argument = None) -> Column:
    """The union of a tuple sketch and another."""
    return call("tuple_union_double", _build.required(col1), _build.required(col2), _build.value(lgNomEntries), _build.value(mode))


def tuple_union_integer(col1: Argument, col2: Argument, lgNomEntries: Argument = None, mode: Argument = None) -> Column:
    """The union of a tuple sketch and another."""
    return call("tuple_union_integer", _build.required(col1), _build.required(col2), _build.value(lgNomEntries), _build.value(mode))


def tuple_union_theta_double(col1: Argument, col2: Argument, lgNomEntries: Argument = None, mode: Argument = None) -> Column:
    """The union of a tuple sketch and a theta sketch."""
    return call("tuple_union_theta_double", _build.required(col1), _build.required(col2), _build.value(lgNomEntries), _build.value(mode))


def tuple_union_theta_integer(col1: Argument, col2: Argument, lgNomEntries: Argument = None, mode: Argument = None) -> Column:
    """The union of a tuple sketch and a theta sketch."""
    return call("tuple_union_theta_integer", _build.required(col1), _build.required(col2), _build.value(lgNomEntries), _build.value(mode))


def typeof(col: Argument) -> Column:
    """The name of a value's type."""
    return call("typeof", _build.required(col))


def ucase(str: Argument) -> Column:
    """Text in capitals."""
    return call("ucase", _build.required(str))


def unbase64(col: Argument) -> Column:
    """Bytes of a base-64 text."""
    return call("unbase64", _build.required(col))


def unhex(col: Argument) -> Column:
    """Bytes of hexadecimal digits."""
    return call("unhex", _build.required(col))


def uniform(min: Argument, max: Argument, seed: Argument = None) -> Column:
    """Random numbers between two constant bounds."""
    return call("uniform", _build.literal_of(min), _build.literal_of(max), _build.value(seed))


def unix_date(col: Argument) -> Column:
    """Days since 1970 of a date."""
    return call("unix_date", _build.required(col))


def unix_micros(col: Argument) -> Column:
    """Micros since 1970 of a timestamp."""
    return call("unix_micros", _build.required(col))


def unix_millis(col: Argument) -> Column:
    """Millis since 1970 of a timestamp."""
    return call("unix_millis", _build.required(col))


def unix_seconds(col: Argument) -> Column:
    """Seconds since 1970 of a timestamp."""
    return call("unix_seconds", _build.required(col))


def upper(col: Argument) -> Column:
    """Text in capitals."""
    return call("upper", _build.required(col))


def url_decode(str: Argument) -> Column:
    """Text of a part of an address."""
    return call("url_decode", _build.required(str))


def url_encode(str: Argument) -> Column:
    """Text as part of an address."""
    return call("url_encode", _build.required(str))


def user() -> Column:
    """The name of the user who runs the query."""
    return call("user")


def uuid(seed: Argument = None) -> Column:
    """A random UUID."""
    return call("uuid", _build.value(seed))


def validate_utf8(str: Argument) -> Column:
    """The text, an error if it is no UTF-8."""
    return call("validate_utf8", _build.required(str))


def var_pop(col: Argument) -> Column:
    """The aggregate function ``var_pop`` of a group."""
    return aggregate("var_pop", _build.required(col))


def var_samp(col: Argument) -> Column:
    """The aggregate function ``var_samp`` of a group."""
    return aggregate("var_samp", _build.required(col))


def variance(col: Argument) -> Column:
    """The aggregate function ``variance`` of a group."""
    return aggregate("variance", _build.required(col))


def variant_array_append(v: Argument, path: Argument, value: Argument) -> Column:
    """A variant with one more element in an array."""
    return call("variant_array_append", _build.required(v), _build.literal_of(path), _build.required(value))


def variant_get(v: Argument, path: Argument, targetType: Argument) -> Column:
    """The part of a variant at a path, cast to a type."""
    return call("variant_get", _build.required(v), _build.literal_of(path), _build.literal_of(targetType))


def variant_insert(v: Argument, path: Argument, value: Argument) -> Column:
    """A variant with a new field or element."""
    return call("variant_insert", _build.required(v), _build.literal_of(path), _build.required(value))


def vector_avg(col: Argument) -> Column:
    """The aggregate function ``vector_avg`` of a group."""
    return aggregate("vector_avg", _build.required(col))


def vector_cosine_similarity(left: Argument, right: Argument) -> Column:
    """The cosine of the angle between two float vectors."""
    return call("vector_cosine_similarity", _build.required(left), _build.required(right))


def vector_inner_product(left: Argument, right: Argument) -> Column:
    """The inner product of two float vectors."""
    return call("vector_inner_product", _build.required(left), _build.required(right))


def vector_l2_distance(left: Argument, right: Argument) -> Column:
    """The Euclidean distance of two float vectors."""
    return call("vector_l2_distance", _build.required(left), _build.required(right))


def vector_norm(vector: Argument, degree: Argument = None) -> Column:
    """The norm of a float vector: degree 1, 2 or infinity."""
    return call("vector_norm", _build.required(vector), _build.column(degree))


def vector_normalize(vector: Argument, degree: Argument = None) -> Column:
    """A float vector scaled to norm 1."""
    return call("vector_normalize", _build.required(vector), _build.column(degree))


def vector_sum(col: Argument) -> Column:
    """The aggregate function ``vector_sum`` of a group."""
    return aggregate("vector_sum", _build.required(col))


def version() -> Column:
    """The version of PySpark that is followed."""
    return call("version")


def weekday(col: Argument) -> Column:
    """The day of the week, 0 is Monday."""
    return call("weekday", _build.required(col))


def weekofyear(col: Argument) -> Column:
    """The ISO week of the year."""
    return call("weekofyear", _build.required(col))


def width_bucket(v: Argument, min: Argument, max: Argument, numBucket: Argument) -> Column:
    """Number of the bucket of a histogram."""
    return call("width_bucket", _build.required(v), _build.required(min), _build.required(max), _build.either(numBucket))


def xpath(xml: Argument, path: Argument) -> Column:
    """The values of the nodes that an XPath finds in an XML text."""
    return call("xpath", _build.required(xml), _build.required(path))


def xpath_boolean(xml: Argument, path: Argument) -> Column:
    """Whether an XPath is true or finds a node in an XML text."""
    return call("xpath_boolean", _build.required(xml), _build.required(path))


def xpath_double(xml: Argument, path: Argument) -> Column:
    """The number that an XPath gives in an XML text."""
    return call("xpath_double", _build.required(xml), _build.required(path))


def xpath_float(xml: Argument, path: Argument) -> Column:
    """The number that an XPath gives in an XML text."""
    return call("xpath_float", _build.required(xml), _build.required(path))


def xpath_int(xml: Argument, path: Argument) -> Column:
    """The whole number that an XPath gives in an XML text, 0 for none."""
    return call("xpath_int", _build.required(xml), _build.required(path))


def xpath_long(xml: Argument, path: Argument) -> Column:
    """The whole number that an XPath gives in an XML text, 0 for none."""
    return call("xpath_long", _build.required(xml), _build.required(path))


def xpath_number(xml: Argument, path: Argument) -> Column:
    """The number that an XPath gives in an XML text."""
    return call("xpath_number", _build.required(xml), _build.required(path))


def xpath_short(xml: Argument, path: Argument) -> Column:
    """The whole number that an XPath gives in an XML text, 0 for none."""
    return call("xpath_short", _build.required(xml), _build.required(path))


def xpath_string(xml: Argument, path: Argument) -> Column:
    """The text that an XPath finds first in an XML text."""
    return call("xpath_string", _build.required(xml), _build.required(path))


def xxhash64(*cols: Argument) -> Column:
    """The 64-bit xxHash of columns, as Spark computes it."""
    return call("xxhash64", *_build.columns(cols))


def year(col: Argument) -> Column:
    """The year."""
    return call("year", _build.required(col))


def zeroifnull(col: Argument) -> Column:
    """Zero for null."""
    return call("zeroifnull", _build.required(col))
