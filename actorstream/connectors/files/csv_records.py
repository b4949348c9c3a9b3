"""Cuts CSV text into records and fields with array operations; no loop over rows or characters.

Text whose quotes all open where a field begins and close where it ends is cut by array operations. A line where they do not is read
on its own by `_fields_of`, which does what the reference's parser does with stray quotes (univocity's ``STOP_AT_DELIMITER``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
#: a field's text, and whether it stood in quotes
Cell = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Grammar:
    """What separates records and fields.

    Args:
        separator: between fields; one character or more.
        quote, escape, comment: one character, or empty for none.
        record_end: the byte that ends a record.
        multi_line: whether a record end in quotes is text; if not, a line is a record whatever its quotes say.
        strip_start: whether blanks before a field do not belong to it.
        strip_end: whether blanks after a field do not belong to it.
    """

    separator: str = ","
    quote: str = '"'
    escape: str = "\\"
    comment: str = ""
    record_end: int = ord("\n")
    multi_line: bool = False
    strip_start: bool = False
    strip_end: bool = False


@dataclass(frozen=True, slots=True)
class Records:
    """Fields of a text in order: byte ranges, and for each record the number of its first field.

    `odd` holds the cells of records whose quotes follow no rule; their ranges mean nothing.
    """

    grammar: Grammar
    data: npt.NDArray[np.uint8]
    starts: Places
    ends: Places
    first: Places  # one more than there are records
    quoted: Mask
    odd: Mapping[int, Sequence[Cell]] = field(default_factory=dict)
    spans: tuple[Places, Places] | None = None

    @property
    def count(self) -> int:
        """Number of records."""
        return len(self.first) - 1

    def widths(self) -> Places:
        """Fields per record."""
        widths = np.diff(self.first)
        for row, cells in self.odd.items():
            widths[row] = len(cells)
        return widths

    def column(self, place: int) -> tuple[pa.Array, Mask]:
        """Field number `place` of every record without its quotes, null where a record is too short; and which were in quotes."""
        there = np.diff(self.first) > place
        fields = np.where(there, self.first[:-1] + place, 0)
        if len(self.starts) == 0:
            return pa.nulls(self.count, pa.string()), np.zeros(self.count, np.bool_)
        quoted = self.quoted[fields] & there
        texts = self._unescaped(_slices(self.data, self.starts[fields], self.ends[fields], there), quoted)
        if not self.odd:
            return texts, quoted
        rows = np.zeros(self.count, np.bool_)
        rows[list(self.odd)] = True
        cells = [items[place] if place < len(items) else (None, False) for _, items in sorted(self.odd.items())]
        quoted[rows] = [cell[1] for cell in cells]
        return pc.replace_with_mask(texts, pa.array(rows), pa.array([cell[0] for cell in cells], pa.string())), quoted

    def _unescaped(self, texts: pa.Array, quoted: Mask) -> pa.Array:
        quote, escape = self.grammar.quote, self.grammar.escape
        if not quoted.any() or not escape:
            return texts
        # rows with an escaped escape are odd, so that the order of replacements does not matter
        plain = pc.replace_substring(texts, escape + quote, quote)
        return pc.if_else(pa.array(quoted), plain, texts)

    def raw(self) -> pa.Array:
        """The records as they stand in the text."""
        if self.count == 0:
            return pa.array([], pa.string())
        if self.spans is not None:
            starts, ends = self.spans
        else:
            fields, last = self.first[:-1], self.first[1:] - 1
            starts = self.starts[fields] - self.quoted[fields]
            ends = self.ends[last] + self.quoted[last]
        return _slices(self.data, starts, ends, np.ones(self.count, np.bool_))

    def skip(self, records: int) -> Records:
        """Without the first records."""
        cut = min(records, self.count)
        spans = None if self.spans is None else (self.spans[0][cut:], self.spans[1][cut:])
        odd = {row - cut: cells for row, cells in self.odd.items() if row >= cut}
        return Records(self.grammar, self.data, self.starts, self.ends, self.first[cut:], self.quoted, odd, spans)


def split_records(text: bytes, grammar: Grammar) -> Records:
    """Records of a text in UTF-8; blank lines and comments are none. Shape: bytes in; ranges of fields out."""
    end = bytes([grammar.record_end])
    data = np.frombuffer(text if text.endswith(end) else text + end, dtype=np.uint8)
    if not grammar.multi_line:
        data = _without_blank_lines(data, grammar)
    record_end = data == grammar.record_end
    delimiter = _matches(data, grammar.separator)
    bad = _lines_with_odd_quotes(data, record_end, delimiter, grammar)
    if grammar.multi_line and bad.any():
        return _all_odd(data, grammar)
    line_ends = np.flatnonzero(record_end)
    quotes = _unescaped_quotes(data, grammar)
    if bad.any():
        quotes = quotes[~bad[np.searchsorted(line_ends, quotes)]]
    toggles = np.zeros(len(data), np.int8)
    toggles[quotes] = 1
    inside = np.cumsum(toggles) % 2 == 1
    boundaries = np.flatnonzero((delimiter | record_end) & ~inside)
    is_record_end = record_end[boundaries]
    width = len(grammar.separator.encode())
    ends = boundaries.astype(np.int64)
    starts = np.concatenate(([0], boundaries[:-1] + np.where(is_record_end[:-1], 1, width))).astype(np.int64)[
        : len(ends)
    ]
    first = np.concatenate(([0], np.flatnonzero(is_record_end) + 1)).astype(np.int64)
    quoted = np.zeros(len(starts), np.bool_)
    if grammar.quote and len(starts):
        code = ord(grammar.quote)
        safe_start, safe_end = np.minimum(starts, len(data) - 1), np.maximum(ends - 1, 0)
        quoted = (ends - starts >= 2) & (data[safe_start] == code) & (data[safe_end] == code)
        starts, ends = starts + quoted, ends - quoted
    if grammar.multi_line:
        return _without_empty(Records(grammar, data, starts, ends, first, quoted))
    line_starts = np.concatenate(([0], line_ends[:-1] + 1))[: len(line_ends)]
    odd: dict[int, Sequence[Cell]] = {}
    for row in np.flatnonzero(bad).tolist():
        line = data[line_starts[row] : line_ends[row]].tobytes().decode("utf-8", "replace")
        odd[row] = _fields_of(line, 0, grammar)[0]
    return Records(grammar, data, starts, ends, first, quoted, odd, (line_starts, line_ends))


def _without_blank_lines(data: npt.NDArray[np.uint8], grammar: Grammar) -> npt.NDArray[np.uint8]:
    ends = np.flatnonzero(data == grammar.record_end)
    starts = np.concatenate(([0], ends[:-1] + 1))
    visible = np.concatenate(([0], np.cumsum((data > ord(" ")) & (data != grammar.record_end))))
    keep = visible[ends] - visible[starts] > 0
    if grammar.comment:
        keep &= data[starts] != ord(grammar.comment)
    return data if keep.all() else data[np.repeat(keep, ends + 1 - starts)]


def _matches(data: npt.NDArray[np.uint8], text: str) -> Mask:
    """Where a text begins."""
    code = text.encode()
    found = data == code[0]
    for shift, byte in enumerate(code[1:], 1):
        found &= np.concatenate((data[shift:], np.zeros(shift, np.uint8))) == byte
    return found


def _unescaped_quotes(data: npt.NDArray[np.uint8], grammar: Grammar) -> Places:
    if not grammar.quote:
        return np.zeros(0, np.int64)
    is_quote = data == ord(grammar.quote)
    if grammar.escape and grammar.escape != grammar.quote:
        is_quote &= ~np.concatenate(([False], data[:-1] == ord(grammar.escape)))
    return np.flatnonzero(is_quote)


def _lines_with_odd_quotes(data: npt.NDArray[np.uint8], record_end: Mask, delimiter: Mask, grammar: Grammar) -> Mask:
    """For each line whether its quotes are not plainly around fields. With `multi_line` all lines count as one."""
    lines = int(np.count_nonzero(record_end))
    bad = np.zeros(lines, np.bool_)
    quotes = _unescaped_quotes(data, grammar)
    if not len(quotes):
        return bad
    line_ends = np.flatnonzero(record_end)
    line = np.zeros(len(quotes), np.int64) if grammar.multi_line else np.searchsorted(line_ends, quotes)
    counts = np.bincount(line, minlength=lines)
    order = np.arange(len(quotes)) - (np.cumsum(counts) - counts)[line]
    opens = order % 2 == 0
    width = len(grammar.separator.encode())
    field_start = np.concatenate((np.zeros(width, np.bool_), delimiter[: len(data) - width]))[quotes]
    line_start = np.concatenate(([True], record_end[:-1]))[quotes]
    field_end = np.concatenate(((delimiter | record_end)[1:], [True]))[quotes]
    fine = np.where(opens, field_start | line_start, field_end)
    if grammar.escape == grammar.quote:
        doubled = np.diff(quotes, append=-1) == 1  # the next byte is a quote too
        after_double = np.concatenate(([False], doubled[:-1]))
        fine |= np.where(opens, after_double, doubled)
    bad[line[~fine]] = True
    bad |= counts % 2 == 1
    if grammar.escape and grammar.escape != grammar.quote:
        escapes = data == ord(grammar.escape)
        pairs = np.flatnonzero(escapes[:-1] & escapes[1:])
        rows = np.zeros(len(pairs), np.int64) if grammar.multi_line else np.searchsorted(line_ends, pairs)
        bad[rows[counts[rows] > 0]] = True
    return bad


# ---------------------------------------------------------------- text whose quotes follow no rule


def _all_odd(data: npt.NDArray[np.uint8], grammar: Grammar) -> Records:
    """The records of a text that has to be read character by character."""
    text = data.tobytes().decode("utf-8", "replace")
    odd: dict[int, Sequence[Cell]] = {}
    spans: list[tuple[int, int]] = []
    place = 0
    end = chr(grammar.record_end)
    while place < len(text):
        start = place
        if grammar.comment and text.startswith(grammar.comment, place):
            place = _find(text, end, place) + 1
            continue
        cells, place = _fields_of(text, place, grammar)
        if cells != [("", False)]:
            spans.append((len(text[:start].encode()), len(text[: place - 1].encode())))
            odd[len(odd)] = cells
    bounds = np.array(spans, np.int64).reshape(-1, 2)
    count = len(odd)
    nothing = np.zeros(1, np.int64)
    first = np.zeros(count + 1, np.int64)
    return Records(grammar, data, nothing, nothing, first, np.zeros(1, np.bool_), odd, (bounds[:, 0], bounds[:, 1]))


def _find(text: str, wanted: str, place: int) -> int:
    found = text.find(wanted, place)
    return len(text) if found < 0 else found


def _fields_of(text: str, place: int, grammar: Grammar) -> tuple[list[Cell], int]:
    """The cells of the record that begins at `place`, and the place after its end."""
    cells: list[Cell] = []
    end = chr(grammar.record_end)
    while True:
        start = _skip_blanks(text, place, grammar) if grammar.strip_start else place
        if grammar.quote and text.startswith(grammar.quote, start):
            value, place, quoted = _quoted_field(text, start, grammar)
        else:
            place = min(_find(text, grammar.separator, start), _find(text, end, start))
            value, quoted = text[start:place], False
        if grammar.strip_end and not quoted:
            value = value.rstrip(" \t")
        cells.append((value, quoted))
        if not text.startswith(grammar.separator, place):
            return cells, place + 1
        place += len(grammar.separator)


def _skip_blanks(text: str, place: int, grammar: Grammar) -> int:
    while place < len(text) and text[place] in " \t" and not text.startswith(grammar.separator, place):
        place += 1
    return place


def _quoted_field(text: str, start: int, grammar: Grammar) -> tuple[str, int, bool]:
    """A field that begins with a quote: its text, the place of what ends it, and whether the quotes are no part of it."""
    quote, escape, end = grammar.quote, grammar.escape, chr(grammar.record_end)
    pieces: list[str] = []
    place = start + 1
    while True:
        stop = min(_find(text, quote, place), _find(text, escape, place) if escape else len(text))
        pieces.append(text[place:stop])
        if stop == len(text):
            return "".join(pieces), stop, True  # never closed: all that follows is the field
        following = text[stop + 1 : stop + 2]
        if text[stop] == escape and following and (following == quote or (escape != quote and following == escape)):
            pieces.append(following)
            place = stop + 2
        elif text[stop] != quote:
            pieces.append(text[stop])
            place = stop + 1
        else:
            after = _skip_blanks(text, stop + 1, grammar)
            if after == len(text) or text.startswith((grammar.separator, end), after):
                return "".join(pieces), after, True
            # a quote in the middle: the field was never quoted, and ends at the next separator
            after = min(_find(text, grammar.separator, stop), _find(text, end, stop))
            return quote + "".join(pieces) + text[stop:after], after, False


# ---------------------------------------------------------------- helpers


def _without_empty(records: Records) -> Records:
    """Without the records of empty lines and comments, of text whose lines are not told apart before."""
    first, last = records.first[:-1], records.first[1:] - 1
    drop = (first == last) & (records.ends[first] == records.starts[first]) & ~records.quoted[first]
    if records.grammar.comment:
        begins = np.minimum(records.starts[first], len(records.data) - 1)
        drop |= (records.data[begins] == ord(records.grammar.comment)) & ~records.quoted[first]
    if not drop.any():
        return records
    widths = np.diff(records.first)
    keep_field = np.repeat(~drop, widths)
    return Records(
        records.grammar,
        records.data,
        records.starts[keep_field],
        records.ends[keep_field],
        np.concatenate(([0], np.cumsum(widths[~drop]))).astype(np.int64),
        records.quoted[keep_field],
    )


def _slices(data: npt.NDArray[np.uint8], starts: Places, ends: Places, there: Mask) -> pa.Array:
    """The texts of byte ranges; null where not `there`."""
    lengths = np.where(there, ends - starts, 0)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    places = np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])
    texts = pa.LargeStringArray.from_buffers(
        len(starts), pa.py_buffer(offsets.astype(np.int64)), pa.py_buffer(data[places].tobytes())
    )
    texts = texts.cast(pa.string())
    return texts if there.all() else pc.if_else(pa.array(there), texts, pa.scalar(None, pa.string()))
