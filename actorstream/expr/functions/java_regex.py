"""Java's regular expressions in Python's notation.

The two agree on most. What differs is rewritten: classes of characters within classes and their intersection, ``\\p{...}``,
flags in the middle, named groups, ``\\Q...\\E``, what a point and ``\\b`` mean, and the letters Python lacks. What cannot be
said in Python raises, as a pattern that is wrong in Java does.

Source: java.util.regex.Pattern.
"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata

#: \p{...} for ASCII
_POSIX = {
    "Lower": "a-z", "Upper": "A-Z", "ASCII": "\\x00-\\x7f", "Alpha": "A-Za-z", "Digit": "0-9", "Alnum": "A-Za-z0-9",
    "Punct": "!-/:-@\\[-`{-~", "Graph": "!-~", "Print": " -~", "Blank": " \\t", "Cntrl": "\\x00-\\x1f\\x7f",
    "XDigit": "0-9A-Fa-f", "Space": " \\t\\n\\x0b\\f\\r",
}  # fmt: skip
#: properties -> Unicode categories that they cover
_PROPERTIES = {
    "IsAlphabetic": ("L", "Nl"), "IsLetter": ("L",), "IsDigit": ("Nd",), "IsUppercase": ("Lu",), "IsLowercase": ("Ll",),
    "IsPunctuation": ("P",), "IsWhite_Space": ("Z",), "javaLowerCase": ("Ll",), "javaUpperCase": ("Lu",),
    "javaWhitespace": ("Z",), "javaLetter": ("L",), "javaDigit": ("Nd",), "javaLetterOrDigit": ("L", "Nd"),
}  # fmt: skip
_HORIZONTAL = " \\t\\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000"
_VERTICAL = "\\n\\x0b\\f\\r\\x85\\u2028\\u2029"
_SHORT = {"h": _HORIZONTAL, "v": _VERTICAL}
_PLAIN = {"d": "0-9", "w": "a-zA-Z_0-9", "s": " \\t\\n\\x0b\\f\\r"}
_WORD = "[\\w\\u0300-\\u036f]"  # a mark above a letter belongs to it
_EDGE = f"(?u:(?<!{_WORD})(?={_WORD})|(?<={_WORD})(?!{_WORD}))"
_OUTSIDE = {
    "R": "(?:\\r\\n|[\\n\\x0b\\f\\r\\x85\\u2028\\u2029])",
    "z": "\\Z",
    "Z": "(?=(?:\\r\\n|[\\n\\r\\x85\\u2028\\u2029])?\\Z)",
    "A": "\\A",
    "b": _EDGE,
    "B": f"(?!{_EDGE})",
    "X": "(?:.(?:[\\u0300-\\u036f\\u200d\\ufe0f])*)",
}
_CONTROLS = {"t": "\\t", "n": "\\n", "r": "\\r", "f": "\\f", "a": "\\a", "e": "\\x1b"}
_COUNT = re.compile(r"\{\d+(?:,\d*)?\}")
_POINT = "[^\\n\\r\\x85\\u2028\\u2029]"


@functools.lru_cache(maxsize=32)
def _categories(names: tuple[str, ...]) -> str:
    """The inside of a class with every character of some Unicode categories."""
    parts: list[str] = []
    start: int | None = None
    for code in range(sys.maxunicode + 2):
        inside = code <= sys.maxunicode and unicodedata.category(chr(code)).startswith(names)
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            parts.append(f"\\U{start:08x}-\\U{code - 1:08x}")
            start = None
    return "".join(parts)


def _property(name: str) -> str:
    """The inside of a class for ``\\p{name}``. Raises: re.error."""
    if name in _POSIX:
        return _POSIX[name]
    if name in _PROPERTIES:
        return _categories(_PROPERTIES[name])
    category = name.removeprefix("Is").removeprefix("general_category=").removeprefix("gc=")
    if re.fullmatch(r"[LMNPSZC][a-z]?", category):
        return _categories((category,))
    raise re.error(f"unknown property {name}")


def _closed(opened: list[str]) -> str:
    """The brackets that end groups of flags; a comment must not swallow them."""
    return "".join("\n)" if "x" in head.partition("-")[0] else ")" for head in opened)


class _Translator:
    """One walk over a pattern."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.place = 0
        self.all_lines = False  # a point matches line ends, too

    def _peek(self, size: int = 1) -> str:
        return self.pattern[self.place : self.place + size]

    def _next(self) -> str:
        letter = self._peek()
        if not letter:
            raise re.error("unexpected end of the pattern")
        self.place += 1
        return letter

    def alternatives(self) -> str:
        """All up to the closing bracket of the group, or the end."""
        out: list[str] = []
        opened: list[str] = []  # groups made for flags in the middle; they end with each alternative and begin anew
        while self.place < len(self.pattern) and self._peek() != ")":
            letter = self._next()
            if letter == "\\":
                out.append(self._escape())
            elif letter == "[":
                out.append(self._class())
            elif letter == "(":
                text, flags = self._group()
                out.append(text)
                opened += [text] * flags
            elif letter == ".":
                out.append("(?s:.)" if self.all_lines else _POINT)
            elif letter == "|":
                out.append(_closed(opened) + "|" + "".join(opened))
            elif letter == "{" and not _COUNT.match(self.pattern, self.place - 1):
                raise re.error("a repetition wants a number")
            else:
                out.append(letter)
        return "".join(out) + _closed(opened)

    def _group(self) -> tuple[str, bool]:
        """A group after its bracket; whether it is only flags, whose effect goes on to the end of the group around."""
        before = self.all_lines
        head = "("
        if self._peek() == "?":
            named = re.compile(r"\?<([A-Za-z]\w*)>").match(self.pattern, self.place)
            other = re.compile(r"\?(?:[:=!>]|<[=!])").match(self.pattern, self.place)
            flags = re.compile(r"\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])").match(self.pattern, self.place)
            match = named or other or flags
            if match is None:
                raise re.error("unknown group")
            self.place = match.end()
            if named:
                head = f"(?P<{named[1]}>"
            elif other:
                head += other[0]
            else:
                assert flags is not None
                head = self._flags(flags[1], flags[2] or "")
                if flags[3] == ")":
                    return head, True
        inside = self.alternatives()
        if self._peek() != ")":
            raise re.error("unclosed group")
        self.place += 1
        self.all_lines = before
        return f"{head}{inside})", False

    def _flags(self, on: str, off: str) -> str:
        if set(on + off) - set("idmsuxU"):
            raise re.error("unknown flag")
        self.all_lines = ("s" in on or self.all_lines) and "s" not in off
        on, off = (re.sub("[dsU]", "", text) for text in (on, off))
        return f"(?{on}{'-' + off.replace('u', '') if off.replace('u', '') else ''}:"

    def _escape(self) -> str:
        letter = self._next()
        if letter == "Q":
            end = self.pattern.find("\\E", self.place)
            end = len(self.pattern) if end < 0 else end
            text = self.pattern[self.place : end]
            self.place = min(end + 2, len(self.pattern))
            return re.escape(text)
        if letter in "pP":
            inside = _property(self._braced())
            return f"[{'^' if letter == 'P' else ''}{inside}]"
        if letter == "k":
            name = re.compile(r"<([A-Za-z]\w*)>").match(self.pattern, self.place)
            if name is None:
                raise re.error("a reference wants a name")
            self.place = name.end()
            return f"(?P={name[1]})"
        if letter in _OUTSIDE:
            return _OUTSIDE[letter]
        if letter.lower() in _SHORT:
            return f"[{'^' if letter.isupper() else ''}{_SHORT[letter.lower()]}]"
        if letter.lower() in _PLAIN:
            return f"[{'^' if letter.isupper() else ''}{_PLAIN[letter.lower()]}]"
        if letter.isdigit() and letter != "0":
            return f"\\{letter}"
        return self._character(letter)

    def _character(self, letter: str) -> str:
        """An escape for one character, in Python's notation."""
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter in "xu":
            digits = re.compile(r"\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2})" if letter == "x" else r"(\Z.)?([0-9A-Fa-f]{4})")
            match = digits.match(self.pattern, self.place)
            if match is None:
                raise re.error("an escape wants hexadecimal digits")
            self.place = match.end()
            return f"\\U{int(match[1] or match[2], 16):08x}"
        if letter == "0":
            match = re.compile(r"[0-3]?[0-7]{1,2}").match(self.pattern, self.place)
            if match is None:
                raise re.error("an escape wants octal digits")
            self.place = match.end()
            return f"\\x{int(match[0], 8):02x}"
        if letter == "c":
            return f"\\x{ord(self._next()) ^ 64:02x}"
        if letter.isascii() and letter.isalpha():
            raise re.error(f"unknown escape \\{letter}")
        return re.escape(letter)

    def _braced(self) -> str:
        letter = self._next()
        if letter != "{":
            return letter
        end = self.pattern.find("}", self.place)
        if end < 0:
            raise re.error("unclosed property")
        name, self.place = self.pattern[self.place : end], end + 1
        return name

    # ------------------------------------------------------------ classes of characters

    def _class(self) -> str:
        """A class after its bracket, as a pattern for one character."""
        negated = self._peek() == "^"
        self.place += negated
        parts = [self._union()]
        while self._peek(2) == "&&":
            self.place += 2
            parts.append(self._union())
        if self._next() != "]":
            raise re.error("unclosed class")
        both = parts[0] if len(parts) == 1 else "".join(f"(?={part})" for part in parts[:-1]) + parts[-1]
        if not negated:
            return both if len(parts) == 1 else f"(?:{both})"
        if len(parts) == 1 and both.startswith("["):
            return f"[{both[2:]}" if both.startswith("[^") else f"[^{both[1:]}"
        return f"(?:(?!{both})(?s:.))"

    def _union(self) -> str:
        """What a class holds up to its end or ``&&``: characters, ranges and classes, any of which may match."""
        items: list[str] = []
        others: list[str] = []
        first = True
        while self.place < len(self.pattern) and (self._peek() != "]" or first) and self._peek(2) != "&&":
            first = False
            letter = self._next()
            if letter == "[":
                others.append(self._class())
            elif letter == "\\":
                self._class_escape(items, others)
            else:
                items.append("-" if letter == "-" else re.escape(letter))
        inside = "".join(items)
        if inside.startswith("-") or inside.endswith("-"):
            inside = inside.strip("-") + "\\-"
        if inside:
            others.insert(0, f"[{inside}]")
        if not others:
            raise re.error("an empty class")
        return others[0] if len(others) == 1 else "(?:" + "|".join(others) + ")"

    def _class_escape(self, items: list[str], others: list[str]) -> None:
        letter = self._next()
        if letter == "Q":
            self.place -= 1
            items.append(self._escape())
        elif letter in "pP":
            inside = _property(self._braced())
            if letter == "p":
                items.append(inside)
            else:
                others.append(f"[^{inside}]")
        elif letter.lower() in _SHORT or letter.lower() in _PLAIN:
            inside = _SHORT.get(letter.lower()) or _PLAIN[letter.lower()]
            if letter.islower():
                items.append(inside)
            else:
                others.append(f"[^{inside}]")
        else:
            items.append(self._character(letter))


def python_regex(pattern: str) -> str:
    """A Java pattern in Python's notation, to be compiled with `re.ASCII`. Raises: re.error."""
    translator = _Translator(pattern)
    text = translator.alternatives()
    if translator.place < len(pattern):
        raise re.error("unmatched closing bracket")
    return text
