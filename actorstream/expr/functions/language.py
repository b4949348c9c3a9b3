"""Words and likeness: ``sentences jaro_winkler_similarity``."""

from __future__ import annotations

import re

from actorstream.expr.arrow import Values
from actorstream.expr.coercion import takes
from actorstream.expr.distinct import by_distinct_rows
from actorstream.expr.evaluation import Frame
from actorstream.expr.functions.string import per_row
from actorstream.expr.json_parser import utf16_units
from actorstream.expr.registry import Function
from actorstream.expr.types import ArrayType, StringType

#: a sentence ends after its marks and blanks; after a plain point only if no small letter follows
_SENTENCE = re.compile(
    r"(?s).*?(?:[?!][?!.]*[)\]}\"'»”’]*\s*|[。！？]+\s*|\.+[)\]}\"'»”’]*(?:\s+(?![\W_]*[a-zà-öø-ÿ])|\Z)|\Z)"
)
_HAN, _HIRAGANA, _KATAKANA = "\u3005\u4e00-\u9fff\u3400-\u4dbf", "\u3041-\u309f", "\u30a1-\u30ff"
_LETTER = rf"(?:(?![{_HAN}{_HIRAGANA}{_KATAKANA}])[^\W\d_][\u0300-\u036f]*)"
#: a word: letters joined by points, dashes and apostrophes; or a number with the signs that belong to it
_WORD = re.compile(
    rf"(?:[$€£¥#.])?\d+(?:[,.'\"]\d+)*(?:[%&¢‰]|(?:{_LETTER}|_)[\w]*)?"
    rf"|[{_HAN}]+|[{_HIRAGANA}]+|[{_KATAKANA}]+"
    rf"|(?:{_LETTER}|_)(?:{_LETTER}|[\d_])*(?:[-‐‑–—_.'\"·’]?(?:{_LETTER}|_)(?:{_LETTER}|[\d_])*)*"
)


def sentences(text: str) -> list[list[str]]:
    """The words of each sentence of a text.

    Source: java.text.BreakIterator, for text in Latin letters and for what uses its own full stops. Words of languages
    that write none between blanks are not taken apart.
    """
    return [
        [word[0] for word in _WORD.finditer(match[0]) if word[0][0].isalnum()]
        for match in _SENTENCE.finditer(text)
        if match[0]
    ]


def _sentences(frame: Frame, texts: Values, *_places: Values) -> Values:
    # a missing language or country stands for the default, English
    return by_distinct_rows(sentences, [texts], frame.site.arrow_type, length=frame.rows)


def jaro_winkler(a: str, b: str) -> float:
    """Jaro's similarity, raised by up to four equal first characters. Characters are counted as Java does, in 16 bits."""
    one, other = utf16_units(a), utf16_units(b)
    if one == other:
        return 1.0
    if not one or not other:
        return 0.0
    reach = max(max(len(one), len(other)) // 2 - 1, 0)
    taken = [False] * len(other)
    matched: list[int] = []
    for place, unit in enumerate(one):
        for index in range(max(place - reach, 0), min(place + reach + 1, len(other))):
            if not taken[index] and other[index] == unit:
                taken[index] = True
                matched.append(unit)
                break
    if not matched:
        return 0.0
    in_other = [unit for unit, used in zip(other, taken, strict=True) if used]
    swapped = sum(x != y for x, y in zip(matched, in_other, strict=True)) / 2
    count = float(len(matched))
    jaro = (count / len(one) + count / len(other) + (count - swapped) / count) / 3.0
    prefix = 0
    for x, y in zip(one[:4], other[:4], strict=False):
        if x != y:
            break
        prefix += 1
    return jaro + prefix * 0.1 * (1.0 - jaro)


FUNCTIONS = [
    Function("sentences", takes("string", "string", "string", returns=ArrayType(ArrayType(StringType(), False), False), defaults=("", ""), nullable=True), _sentences, "the words of each sentence"),
    Function("jaro_winkler_similarity", takes("string", "string", returns="double"), per_row(jaro_winkler), "likeness of two texts, from 0 to 1"),
]  # fmt: skip
