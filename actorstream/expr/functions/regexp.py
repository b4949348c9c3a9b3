"""Patterns: ``like rlike regexp_replace regexp_extract split`` and their kin.

Spark's patterns are Java's. Those that RE2 reads the same way run in Arrow; the others (look-around, back-references) run in
Python's `re`, whose syntax is nearest to Java's, once per distinct value.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from actorstream.errors import AnalysisException, SparkRuntimeException
from actorstream.expr.arrow import Values, pa, pc
from actorstream.expr.coercion import takes
from actorstream.expr.distinct import by_distinct_rows
from actorstream.expr.evaluation import Frame
from actorstream.expr.functions.java_regex import python_regex
from actorstream.expr.registry import Function
from actorstream.expr.types import ArrayType, StringType

#: constructs that RE2 lacks, or reads in another way than Java
_NOT_RE2 = re.compile(r"\(\?[=!<>]|\\[1-9]|[*+?}]\+|\\[bBeGhHkNpPQRvVXZ]|\(\?\w*[ixud]|&&|\[[^\]]*\[")


@functools.lru_cache(maxsize=512)
def java_pattern(function: str, pattern: str) -> re.Pattern[str]:
    """A Java pattern compiled by Python. Raises: SparkRuntimeException INVALID_PARAMETER_VALUE.PATTERN."""
    try:
        return re.compile(python_regex(pattern), re.ASCII)
    except re.error:
        raise SparkRuntimeException(
            errorClass="INVALID_PARAMETER_VALUE.PATTERN",
            messageParameters={
                "parameter": "`regexp`",
                "functionName": f"`{function}`",
                "value": f"'{pattern}'",
            },
        ) from None


def is_re2(pattern: str) -> bool:
    """Whether Arrow's engine reads the pattern as Java does."""
    if _NOT_RE2.search(pattern) or "$" in pattern.replace("\\$", ""):
        return False
    try:
        python_regex(pattern)
    except re.error:
        return False
    return True


def _sql_text(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@functools.lru_cache(maxsize=512)
def like_regex(pattern: str, escape: str = "\\") -> str:
    """The regular expression of a LIKE pattern. Raises: AnalysisException INVALID_FORMAT.*."""
    out, index = [], 0
    while index < len(pattern):
        letter = pattern[index]
        if letter == escape:
            if index + 1 >= len(pattern):
                raise AnalysisException(
                    errorClass="INVALID_FORMAT.ESC_AT_THE_END", messageParameters={"format": _sql_text(pattern)}
                )
            index += 1
            if pattern[index] not in ("_", "%", escape):
                raise AnalysisException(
                    errorClass="INVALID_FORMAT.ESC_IN_THE_MIDDLE",
                    messageParameters={"format": _sql_text(pattern), "char": f"'{pattern[index]}'"},
                )
            out.append(re.escape(pattern[index]))
        else:
            out.append("." if letter == "_" else (".*" if letter == "%" else re.escape(letter)))
        index += 1
    return "(?s)^" + "".join(out) + r"\Z"


def _like(frame: Frame, values: Values, pattern: Values, *escape: Values) -> Values:
    insensitive = frame.site.name == "ilike"
    mark = escape[0].as_py() if escape else "\\"
    if isinstance(pattern, pa.Scalar):
        text = pattern.as_py()
        if text is None:
            return pa.nulls(frame.rows, pa.bool_())
        regex = like_regex(text, mark)
        simple = _simple_like(text, mark)
        if simple is not None and not insensitive:
            kernel, wanted = simple
            return kernel(values, wanted)
        return pc.match_substring_regex(values, regex.replace(r"\Z", r"\z"), ignore_case=insensitive)
    flags = re.IGNORECASE if insensitive else 0
    return by_distinct_rows(
        lambda text, wanted: re.match(like_regex(wanted, mark), text, flags) is not None,
        [values, pattern],
        pa.bool_(),
        length=frame.rows,
    )


def _simple_like(pattern: str, escape: str) -> tuple[Callable[..., Any], str] | None:
    """``x%``, ``%x`` and ``%x%`` have kernels that are faster than a pattern."""
    inner = pattern.strip("%")
    if not inner or any(mark in inner for mark in ("%", "_", escape)):
        return None
    starts, ends = len(pattern) - len(pattern.lstrip("%")), len(pattern) - len(pattern.rstrip("%"))
    if not starts and not ends:
        return pc.equal, inner
    if starts and ends:
        return pc.match_substring, inner
    return (pc.ends_with if starts else pc.starts_with), inner


def _rlike(frame: Frame, values: Values, pattern: Values) -> Values:
    if isinstance(pattern, pa.Scalar):
        text = pattern.as_py()
        if text is None:
            return pa.nulls(frame.rows, pa.bool_())
        java_pattern("rlike", text)
        if is_re2(text):
            return pc.match_substring_regex(values, text)
    return by_distinct_rows(
        lambda value, wanted: java_pattern("rlike", wanted).search(value) is not None,
        [values, pattern],
        pa.bool_(),
        length=frame.rows,
    )


def python_replacement(replacement: str) -> str:
    """A Java replacement (``$1``, ``\\$``) in Python's notation."""
    out, index = [], 0
    while index < len(replacement):
        letter = replacement[index]
        if letter == "\\" and index + 1 < len(replacement):
            index += 1
            out.append(replacement[index].replace("\\", "\\\\"))
        elif letter == "$" and index + 1 < len(replacement) and (replacement[index + 1].isdigit()):
            index += 1
            out.append(f"\\g<{replacement[index]}>")
        elif letter == "$" and replacement[index + 1 : index + 2] == "{":
            end = replacement.index("}", index)
            out.append(f"\\g<{replacement[index + 2 : end]}>")
            index = end
        else:
            out.append(letter)
        index += 1
    return "".join(out)


def _replace(frame: Frame, values: Values, pattern: Values, replacement: Values, *position: Values) -> Values:
    from_start = not position or (isinstance(position[0], pa.Scalar) and position[0].as_py() == 1)
    fixed = isinstance(pattern, pa.Scalar) and isinstance(replacement, pa.Scalar)
    if from_start and fixed and pattern.is_valid and replacement.is_valid:
        text, new = pattern.as_py(), replacement.as_py()
        if is_re2(text) and "\\" not in new and "$" not in new and not java_pattern("regexp_replace", text).match(""):
            return pc.replace_substring_regex(values, text, new)

    def swap(text: str, wanted: str, new: str, start: int = 1) -> str:
        head, tail = text[: start - 1], text[start - 1 :]
        return head + java_pattern("regexp_replace", wanted).sub(python_replacement(new), tail)

    return by_distinct_rows(swap, [values, pattern, replacement, *position], pa.string(), length=frame.rows)


def _group(function: str, pattern: re.Pattern[str], index: int) -> int:
    if not 0 <= index <= pattern.groups:
        raise SparkRuntimeException(
            errorClass="INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX",
            messageParameters={
                "parameter": "`idx`",
                "functionName": f"`{function}`",
                "groupCount": str(pattern.groups),
                "groupIndex": str(index),
            },
        )
    return index


def _extract(text: str, wanted: str, index: int = 1) -> str:
    pattern = java_pattern("regexp_extract", wanted)
    found = pattern.search(text)
    group = _group("regexp_extract", pattern, index)
    return "" if found is None else (found.group(group) or "")


def _extract_all(text: str, wanted: str, index: int = 1) -> list[str]:
    pattern = java_pattern("regexp_extract_all", wanted)
    group = _group("regexp_extract_all", pattern, index)
    return [match.group(group) or "" for match in pattern.finditer(text)]


def _count(text: str, wanted: str) -> int:
    return sum(1 for _ in java_pattern("regexp_count", wanted).finditer(text))


def _substr(text: str, wanted: str) -> str | None:
    found = java_pattern("regexp_substr", wanted).search(text)
    return None if found is None else found[0]


def _instr(text: str, wanted: str, index: int = 0) -> int:
    found = java_pattern("regexp_instr", wanted).search(text)
    return 0 if found is None else found.start() + 1


def _split(frame: Frame, values: Values, pattern: Values, *limit: Values) -> Values:
    no_limit = not limit or (isinstance(limit[0], pa.Scalar) and (limit[0].as_py() or 0) == -1)
    if no_limit and isinstance(pattern, pa.Scalar) and pattern.is_valid:
        text = pattern.as_py()
        plain = re.sub(r"\\([^A-Za-z0-9])", r"\1", text)
        # nothing special is left when what is escaped is taken out
        if plain and not re.search(r"[.*+?\[\](){}|^$\\]", re.sub(r"\\[^A-Za-z0-9]", "", text)):
            return pc.split_pattern(values, plain).cast(frame.site.arrow_type)
    return by_distinct_rows(java_split, [values, pattern, *limit], frame.site.arrow_type, length=frame.rows)


def java_split(text: str, wanted: str, limit: int = -1) -> list[str]:
    """``String.split``: a match of nothing at the start gives no empty part; `limit` bounds the number of parts."""
    if wanted == "":
        letters = list(text)
        if 0 < limit < len(letters):
            return [*letters[: limit - 1], "".join(letters[limit - 1 :])]
        return letters or [""]
    parts: list[str] = []
    position = 0
    for match in java_pattern("split", wanted).finditer(text):
        if limit > 0 and len(parts) == limit - 1:
            break
        if match.end() == 0:
            continue  # nothing at the start makes no part
        parts.append(text[position : match.start()])
        position = match.end()
    parts.append(text[position:])
    if limit == 0:
        while len(parts) > 1 and not parts[-1]:
            parts.pop()
    return parts


def _per_row(function: Callable[..., Any]) -> Callable[..., Any]:
    def kernel(frame: Frame, *values: Values) -> Values:
        return by_distinct_rows(function, list(values), frame.site.arrow_type, length=frame.rows)

    return kernel


_STRINGS = ArrayType(StringType())
FUNCTIONS = [
    *(
        Function(name, takes("string", "string", "string", optional=1, returns="boolean"), _like, "matches a LIKE pattern", may_raise=True)
        for name in ("like", "ilike")
    ),
    *(
        Function(name, takes("string", "string", returns="boolean"), _rlike, "holds a match of a regular expression", may_raise=True)
        for name in ("rlike", "regexp", "regexp_like")
    ),
    Function("regexp_replace", takes("string", "string", "string", "int", returns="string", defaults=(1,)), _replace, "matches replaced", may_raise=True),
    Function("regexp_extract", takes("string", "string", "int", returns="string", defaults=(1,)), _per_row(_extract), "a group of the first match", may_raise=True),
    Function("regexp_extract_all", takes("string", "string", "int", returns=_STRINGS, defaults=(1,)), _per_row(_extract_all), "a group of every match", may_raise=True),
    Function("regexp_count", takes("string", "string", returns="int"), _per_row(_count), "number of matches", may_raise=True),
    Function("regexp_substr", takes("string", "string", returns="string", nullable=True), _per_row(_substr), "the first match", may_raise=True),
    Function("regexp_instr", takes("string", "string", "int", returns="int", defaults=(0,)), _per_row(_instr), "position of the first match", may_raise=True),
    Function("split", takes("string", "string", "int", returns=_STRINGS, defaults=(-1,)), _split, "parts between matches", may_raise=True),
]  # fmt: skip
