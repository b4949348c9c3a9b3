"""Which sessions of a key meet, and what becomes of them: the arithmetic of session windows, without epochs and state.

Used by `SessionAggregate` and `PartialSessionAggregate`. A session is ``[start, end)`` with what was aggregated of its rows; a row
alone is one too. Sessions of one key that overlap or touch are one session, from the first start to the last end (STF-27).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from actorstream.dataflow.operators.aggregation import Aggregation
from actorstream.dataflow.operators.expressions import time_us
from actorstream.errors import SparkRuntimeException
from actorstream.expr.grouping import Groups, Ids, as_array, first_rows, group_rows
from actorstream.expr.windows import windows_between

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Meeting:
    """Sessions that were many, as the fewer that they are together.

    Attributes:
        ids: for each of the n sessions given, the number of the one that it is part of; by key, then by start.
        order: the n sessions by number and start; of those that start together the one that was given first comes first.
        starts, ends: of the m sessions that result, in microseconds.
    """

    ids: Ids
    order: Ids
    starts: Ids
    ends: Ids


def meet(keys: Ids, starts: Ids, ends: Ids) -> Meeting:
    """Find the sessions of each key that overlap or touch.

    Args:
        keys: number of the key of each of n sessions.
        starts, ends: of these, in microseconds.
    """
    order = np.lexsort((starts, keys))
    sorted_keys, sorted_starts = keys[order], starts[order]
    distinct_ends, ranks = np.unique(ends[order], return_inverse=True)
    # the greatest end so far of each key: ranks are below the size of a key's block, so a block never reaches into the next
    blocks = sorted_keys * len(distinct_ends)
    reached = distinct_ends[np.maximum.accumulate(blocks + ranks) - blocks] if len(order) else sorted_starts
    opens = np.ones(len(order), np.bool_)
    opens[1:] = (sorted_keys[1:] != sorted_keys[:-1]) | (sorted_starts[1:] > reached[:-1])
    numbers = np.cumsum(opens) - 1
    first = np.flatnonzero(opens)
    last = np.append(first[1:], len(order))[: len(first)] - 1
    ids = np.empty(len(order), np.int64)
    ids[order] = numbers
    return Meeting(ids, order, sorted_starts[first], reached[last])


def bounds_of(sessions: pa.Array | pa.ChunkedArray) -> tuple[Ids, Ids]:
    """Starts and ends in microseconds. Raises: SparkRuntimeException INTERNAL_ERROR for a null."""
    array = as_array(sessions)
    fields = array.flatten()
    moments = [time_us(fields[array.type.get_field_index(name)]) for name in ("start", "end")]
    if any(values.null_count for values in moments):
        raise SparkRuntimeException(
            errorClass="INTERNAL_ERROR", messageParameters={"message": "Grouping Session should not be null."}
        )
    start, end = (values.to_numpy() for values in moments)
    return start, end


class SessionMerge:
    """Merges partial results by session.

    Args:
        session: place of the session among the key columns of the partial results.
    """

    def __init__(self, aggregation: Aggregation, session: int) -> None:
        self._aggregation = aggregation
        self._type = aggregation.key_schema.field(session).type
        self.session = session
        self.key_places = [place for place in range(len(aggregation.key_schema)) if place != session]

    def numbered_keys(self, partials: pa.Table) -> tuple[Groups, Ids]:
        """Numbers of the keys without the session, and the first row of each; all rows have the same key if there is none else."""
        columns = [as_array(partials.column(place)) for place in self.key_places]
        if columns:
            return group_rows(columns)
        rows = partials.num_rows
        return Groups(np.zeros(rows, np.int64), min(rows, 1)), np.arange(min(rows, 1), dtype=np.int64)

    def merged(self, partials: pa.Table) -> pa.Table:
        """One row per session. Shape: in and out `partial_schema`, m <= n rows, by key and start."""
        if partials.num_rows <= 1:
            return partials
        partials = partials.combine_chunks()
        keys, _ = self.numbered_keys(partials)
        meeting = meet(keys.ids, *bounds_of(partials.column(self.session)))
        return self.together(partials, meeting.order, meeting.ids, meeting.starts, meeting.ends)

    def together(self, partials: pa.Table, order: Ids, ids: Ids, starts: Ids, ends: Ids) -> pa.Table:
        """Merge the rows of each session.

        Args:
            order: rows of `partials` in the order in which they are merged.
            ids: the session of each row of `partials`.
            starts, ends: of the sessions.
        """
        rows = partials.take(pa.array(order))
        groups = Groups(ids[order], len(starts))
        first = pa.array(first_rows(groups.ids, groups.count))
        keys: Sequence[pa.Array] = [
            windows_between(starts, ends, self._type) if place == self.session else as_array(column).take(first)
            for place, column in enumerate(self._aggregation.keys_of(rows).columns)
        ]
        buffers = self._aggregation.merge_buffers(
            [as_array(column) for column in self._aggregation.values_of(rows).columns], groups
        )
        return pa.Table.from_arrays([*keys, *buffers], schema=self._aggregation.partial_schema)
