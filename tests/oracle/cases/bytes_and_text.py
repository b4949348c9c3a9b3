"""Bytes where a text is meant and the other way round, and searching in both."""

from __future__ import annotations

from tests.oracle.suite import Table, select, sql

BOTH = Table(
    "s string, b binary, p binary, q string, n int",
    [
        ("ab", b"ab", b"a", "b", 3),
        ("Häßlich😀", "Häßlich😀".encode(), "ä".encode(), "😀", 7),
        ("", b"", b"", "", 0),
        ("aXaXa", b"aXaXa", b"aXa", "aX", -1),
        (None, b"x", None, "x", None),
    ],
)
READ_AS_TEXT = [
    "upper(b)", "lower(b)", "initcap(b)", "trim(b)", "ltrim('a', b)", "translate(b, 'a', 'b')", "repeat(b, 2)", "right(b, 1)",
    "replace(b, p, q)", "replace(s, q, p)", "locate(p, b)", "instr(b, p)", "split(b, 'a')", "split_part(b, 'a', 1)",
    "substring_index(b, 'a', 1)", "levenshtein(b, p)", "ascii(b)", "b like 'a%'", "b rlike 'a'", "regexp_replace(b, 'a', 'x')",
    "regexp_extract(b, '(a)', 1)", "url_encode(b)", "find_in_set(p, q)", "encode(b, 'utf-8')", "soundex(b)",
    "get_json_object(b, '$.a')", "from_json(b, 'a int')", "str_to_map(b)", "parse_url(b, 'HOST')", "greatest(b, s)",
]  # fmt: skip
SEARCHED = [
    *(f"{name}({left}, {right})" for name in ("startswith", "endswith", "contains") for left, right in ("bp", "bq", "sp", "sq", "qs")),
    "startswith(b, x'61')", "contains(b, 'a')", "endswith(s, null)",
    "instr(s, q, 1, 2)", "instr(s, q, -1)", "instr(s, q, -1, 2)", "instr(s, q, 2)", "instr(s, q, n)", "instr(s, q, 0)", "instr(s, q, 1, null)",
    "instr(s, q, null)", "instr('aaaa', 'aa', 1, 2)", "instr('aaaa', 'aa', -1, 2)", "instr('aaa', '', 2, 2)", "instr('abc', '', -1)",
    "instr('aaa', 'a', 10)", "instr('aaa', 'a', -10)", "instr('😀b😀b', 'b', 1, 2)", "instr(s, q, '1')", "instr(s, q, 1, 0)", "instr(s, q, 1, -1)",
    "instr(s)", "instr(s, q, 1, 1, 1)",
]  # fmt: skip
FILLED = [
    *(f"{name}({arguments})" for name in ("lpad", "rpad") for arguments in (
        "s, 6", "b, 6", "b, 6, 'x'", "s, 6, b", "b, 6, p", "s, n, q", "b, n, p", "b, 5, x''", "n, 6, 'x'", "b, 6, n", "s, 1", "b, 1")),
    "overlay(b, p, 2)", "overlay(b, s, 1)", "overlay(s, b, 1)", "overlay(b, null, 1)", "overlay(null, 'a', 1)",
    "elt(1, b, p)", "elt(2, s, p)", "elt(1, 1, 2)", "elt(1, 1, p)", "elt(1)",
]  # fmt: skip
BASE64 = ["", "a", "ab", "abc", "YQ==", "YQ=", "YQ", "=", "==", "a=", "a==", "ab=c", "YQ==YQ==", "Y Q=\\n=", "Y-Q=", "é", "YWI",
          "YWI=", "YWJj", "YWJjZ", "YWJjZA", "ab==c", "YQ==\\n", "YQ==x", "!!!!", "Y!Q!=!=", "abcde==="]  # fmt: skip
GROUPS = [
    select("bytes read as text", BOTH, *READ_AS_TEXT),
    select("searched", BOTH, *SEARCHED),
    select("filled and chosen", BOTH, *FILLED),
    select("base 64 of mail", BOTH, *(sql(f"unbase64('{text}')") for text in BASE64), "unbase64(b)"),
]
