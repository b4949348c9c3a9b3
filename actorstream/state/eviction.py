"""Which rows have expired: an index by event time that never scans what has not."""

from __future__ import annotations

from actorstream.state.runs import Int64s, SortedRuns


class ExpiryIndex(SortedRuns):
    """Slots by event time in microseconds."""

    def take_expired(self, bound_us: int) -> tuple[Int64s, Int64s]:
        """Slots and generations of all rows whose time is <= the bound; they are forgotten here."""
        return self.take_until(bound_us)
