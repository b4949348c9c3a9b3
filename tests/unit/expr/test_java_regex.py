"""Java's patterns in Python's notation: what each construct matches, and what is refused."""

from __future__ import annotations

import re

import pytest

from actorstream.expr.functions.java_regex import python_regex
from actorstream.expr.functions.regexp import java_split


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"\p{L}+", "12日本x", "日本x"),
        (r"[\p{Lu}\d]+", "aÀ1b", "À1"),
        (r"\P{L}+", "ab12", "12"),
        (r"\p{Alpha}+", "éab", "ab"),
        (r"[[:alpha:]]", "hello", "h"),
        (r"[a-z&&[^aeiou]]+", "aeixyz", "xyz"),
        (r"[^[abc]d]+", "abcdx", "x"),
        (r"a(?i)b|c", "C", "C"),
        (r"(?i)é", "É", None),
        (r"(?x) a b # c", "ab", "ab"),
        (r"(?<n>a)\k<n>", "aa", "aa"),
        (r"\Qa.b\E+", "a.bb", "a.bb"),
        (r"a++b", "aab", "aab"),
        (r"(?>a+)ab", "aaab", None),
        (r"\bx\b", "éx x", "x"),
        (r"[]a]+", "b]a", "]a"),
        (r"[a\-z-]+", "b-z", "-z"),
        (r"\x41\u0042\x{43}\0104", "ABCD", "ABCD"),
        (r"a.c", "a\rc", None),
        (r"(?s)a.c", "a\nc", "a\nc"),
        (r"a\Z", "a\r\n", "a"),
        (r"\h+\R", "x \t\r\n", " \t\r\n"),
    ],
)
def test_a_construct_of_java_matches_what_java_matches(pattern: str, text: str, found: str | None) -> None:
    match = re.compile(python_regex(pattern), re.ASCII).search(text)
    assert (match and match[0]) == found


@pytest.mark.parametrize(
    "pattern", ["(", "[a", "*a", "a)", r"\y", r"\p{Foo}", "a{2", "[z-a]", "(?z)a", "x{3,2}", "a\\"]
)
def test_a_pattern_that_java_refuses_is_refused(pattern: str) -> None:
    with pytest.raises(re.error):
        re.compile(python_regex(pattern), re.ASCII)


def test_a_match_of_nothing_splits_everywhere_but_at_the_start() -> None:
    assert java_split("hello world", r"\b") == ["hello", " ", "world", ""]
    assert java_split("a1b2", r"(?=\d)", 2) == ["a", "1b2"]
