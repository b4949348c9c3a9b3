"""Cuts CSV text into records and fields with array operations; no loop over rows or characters.

A quote opens a field only where the field begins, and closes it only where the field ends: anything else between is text. That is
how the reference's parser treats a stray quote (``STOP_AT_DELIMITER``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Records:
    """Fields of a text in order: byte ranges, and for each record the number of its first field."""

    data: npt.NDArray[np.uint8]
    starts: Places
    ends: Places
    first: Places  # one more than there are records
    quoted: npt.NDArray[np.bool_]

    @property
    def count(self) -> int:
        """Number of records."""
        return len(self.first) - 1

    def widths(self) -> Places:
        """Fields per record."""
        return np.diff(self.first)

    def column(self, place: int) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
        """Field number `place` of every record, null where a record is too short; and which were in quotes."""
        there = self.widths() > place
        fields = np.where(there, self.first[:-1] + place, 0)
        texts = self._texts(fields, there)
        return texts, self.quoted[fields] & there if len(self.quoted) else np.zeros(self.count, np.bool_)

    def raw(self) -> pa.Array:
        """The records as they stand in the text."""
        if self.count == 0:
            return pa.array([], pa.string())
        starts = self._raw_starts()
        return _slices(self.data, starts, self._raw_ends(), np.ones(self.count, np.bool_))

    def _raw_starts(self) -> Places:
        fields = self.first[:-1]
        return self.starts[fields] - self.quoted[fields]

    def _raw_ends(self) -> Places:
        fields = self.first[1:] - 1
        return self.ends[fields] + self.quoted[fields]

    def _texts(self, fields: Places, there: npt.NDArray[np.bool_]) -> pa.Array:
        if len(self.starts) == 0:
            return pa.nulls(self.count, pa.string())
        return _slices(self.data, self.starts[fields], self.ends[fields], there)

    def skip(self, records: int) -> Records:
        """Without the first records."""
        return Records(self.data, self.starts, self.ends, self.first[min(records, self.count) :], self.quoted)


def split_records(text: bytes, separator: str, quote: str, escape: str) -> Records:
    """Records of a text; empty lines are none. Shape: bytes in; ranges of fields out.

    Args:
        separator, quote, escape: single characters; an empty `quote` switches quoting off.
    """
    data = np.frombuffer(text if text.endswith(b"\n") else text + b"\n", dtype=np.uint8)
    newline = data == ord("\n")
    delimiter = _matches(data, separator)
    ends_field = delimiter | newline
    inside = _inside_quotes(data, ends_field, quote, escape)
    boundaries = np.flatnonzero(ends_field & ~inside)
    is_record_end = newline[boundaries]
    ends = boundaries.astype(np.int64)
    starts = np.concatenate(([0], boundaries[:-1] + len(separator.encode()) * ~is_record_end[:-1] + is_record_end[:-1]))
    starts = starts.astype(np.int64)
    # a carriage return before the newline belongs to neither
    before = np.maximum(ends - 1, 0)
    ends = ends - (is_record_end & (ends > starts) & (data[before] == ord("\r")))
    record_ends = np.flatnonzero(is_record_end)
    first = np.concatenate(([0], record_ends + 1)).astype(np.int64)
    quoted = np.zeros(len(starts), np.bool_)
    if quote:
        code = ord(quote)
        long_enough = ends - starts >= 2
        safe_start, safe_end = np.minimum(starts, len(data) - 1), np.maximum(ends - 1, 0)
        quoted = long_enough & (data[safe_start] == code) & (data[safe_end] == code)
        quoted &= ~_has_stray_quote(data, starts, ends, quoted, quote, escape)
        starts, ends = starts + quoted, ends - quoted
    whole = Records(data, starts, ends, first, quoted)
    return _without_empty(whole)


def _matches(data: npt.NDArray[np.uint8], text: str) -> npt.NDArray[np.bool_]:
    """Where a text begins."""
    code = text.encode()
    found = data == code[0]
    for shift, byte in enumerate(code[1:], 1):
        found &= np.concatenate((data[shift:], np.zeros(shift, np.uint8))) == byte
    return found


def _inside_quotes(
    data: npt.NDArray[np.uint8], ends_field: npt.NDArray[np.bool_], quote: str, escape: str
) -> npt.NDArray[np.bool_]:
    if not quote:
        return np.zeros(len(data), np.bool_)
    places = np.flatnonzero(data == ord(quote))
    if not len(places):
        return np.zeros(len(data), np.bool_)
    before = np.concatenate(([True], ends_field[:-1]))[places]
    after = np.concatenate((ends_field[1:], [True]))[places] | np.concatenate((data[1:] == ord("\r"), [False]))[places]
    if escape and escape != quote:
        escaped = np.concatenate(([False], data[:-1] == ord(escape)))[places]
        before, after = before & ~escaped, after & ~escaped
    elif escape == quote:
        # a doubled quote is text: only an odd run of quotes before a field end closes it
        run = _run_lengths(data == ord(quote))[places]
        after = after & ((run % 2 == 1) | before)
    # the last quote that opened or closed decides; a quote that could do both opens
    opens = np.flatnonzero(before | after)
    state = np.zeros(len(data), np.int8)
    state[places[opens]] = np.where(before[opens], 1, -1)
    index = np.where(state != 0, np.arange(len(data)), 0)
    last = np.maximum.accumulate(index)
    inside: npt.NDArray[np.bool_] = state[last] == 1
    return inside


def _run_lengths(mask: npt.NDArray[np.bool_]) -> Places:
    """For each place in a run, how many true places end there."""
    places = np.arange(len(mask))
    last_false = np.maximum.accumulate(np.where(mask, -1, places))
    lengths: Places = np.where(mask, places - last_false, 0)
    return lengths


def _has_stray_quote(
    data: npt.NDArray[np.uint8],
    starts: Places,
    ends: Places,
    quoted: npt.NDArray[np.bool_],
    quote: str,
    escape: str,
) -> npt.NDArray[np.bool_]:
    """Whether a quoted field has a quote inside that nothing escapes: then it is kept as it stands."""
    is_quote = data == ord(quote)
    if escape == quote:
        return np.zeros(len(starts), np.bool_)
    if escape:
        is_quote = is_quote & ~np.concatenate(([False], data[:-1] == ord(escape)))
    counts = np.concatenate(([0], np.cumsum(is_quote)))
    inner: npt.NDArray[np.bool_] = quoted & (
        counts[np.maximum(ends - 1, starts)] - counts[np.minimum(starts + 1, len(data))] > 0
    )
    return inner


def _without_empty(records: Records) -> Records:
    """Without the records of empty lines."""
    first, last = records.first[:-1], records.first[1:] - 1
    empty = (first == last) & (records.ends[first] == records.starts[first]) & ~records.quoted[first]
    if not empty.any():
        return records
    keep_field = np.ones(len(records.starts), np.bool_)
    keep_field[first[empty]] = False
    widths = records.widths()[~empty]
    return Records(
        records.data,
        records.starts[keep_field],
        records.ends[keep_field],
        np.concatenate(([0], np.cumsum(widths))).astype(np.int64),
        records.quoted[keep_field],
    )


def _slices(data: npt.NDArray[np.uint8], starts: Places, ends: Places, there: npt.NDArray[np.bool_]) -> pa.Array:
    """The texts of byte ranges; null where not `there`."""
    lengths = np.where(there, ends - starts, 0)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    places = np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])
    texts = pa.LargeStringArray.from_buffers(
        len(starts), pa.py_buffer(offsets.astype(np.int64)), pa.py_buffer(data[places].tobytes())
    )
    texts = texts.cast(pa.string())
    return texts if there.all() else pc.if_else(pa.array(there), texts, pa.scalar(None, pa.string()))
