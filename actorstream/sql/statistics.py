"""The methods of `DataFrame` that compute statistics. What they do is in `sql.stat` and `sql.summary`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorstream.sql._arguments import flat
from actorstream.sql.frame import Frame
from actorstream.sql.stat import DataFrameStatFunctions
from actorstream.sql.summary import DESCRIBE, SUMMARY, summarize

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame


class FrameStatistics(Frame):
    """A part of `DataFrame`."""

    @property
    def stat(self) -> DataFrameStatFunctions:
        """Statistics of columns."""
        return DataFrameStatFunctions(self._frame)

    def approxQuantile(
        self,
        col: str | list[str] | tuple[str, ...],
        probabilities: list[float] | tuple[float, ...],
        relativeError: float,
    ) -> list[float] | list[list[float]]:
        """Quantiles of numeric columns."""
        return self.stat.approxQuantile(col, probabilities, relativeError)

    def corr(self, col1: str, col2: str, method: str | None = None) -> float:
        """Pearson's correlation of two columns."""
        return self.stat.corr(col1, col2, method)

    def cov(self, col1: str, col2: str) -> float:
        """Sample covariance of two columns."""
        return self.stat.cov(col1, col2)

    def crosstab(self, col1: str, col2: str) -> DataFrame:
        """How often each pair of values of two columns comes."""
        return self.stat.crosstab(col1, col2)

    def freqItems(self, cols: list[str] | tuple[str, ...], support: float | None = None) -> DataFrame:
        """The frequent values of columns."""
        return self.stat.freqItems(cols, support)

    def describe(self, *cols: str | list[str]) -> DataFrame:
        """Count, mean, deviation, least and greatest of number and text columns, as texts."""
        return summarize(self._frame, flat(cols), DESCRIBE)

    def summary(self, *statistics: str) -> DataFrame:
        """Like `describe`, with quartiles, or with the statistics that are named (``"25%"``, ``"count_distinct"``, ...)."""
        return summarize(self._frame, (), flat(statistics) or SUMMARY)
