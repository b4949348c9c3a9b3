"""What all parts of `DataFrame` stand on: the plan, the session, and how a new frame is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorstream.common.config import Conf
from actorstream.expr.types import StructType
from actorstream.plan.nodes import LogicalPlan

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame
    from actorstream.sql.session import SparkSession


class Frame:
    """A plan and the session it belongs to. The parts of `DataFrame` are classes over this one, by what they are about."""

    def __init__(self, plan: LogicalPlan, session: SparkSession) -> None:
        self._plan = plan
        self._session = session
        self.is_cached = False

    @property
    def sparkSession(self) -> SparkSession:
        """The session."""
        return self._session

    @property
    def isStreaming(self) -> bool:
        """Whether a stream feeds it."""
        return self._plan.is_streaming

    @property
    def schema(self) -> StructType:
        """Names, types and nullability of the columns."""
        return self._plan.schema

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return [column.name for column in self._plan.output]

    @property
    def dtypes(self) -> list[tuple[str, str]]:
        """Names and type texts of the columns."""
        return [(item.name, item.dataType.simpleString()) for item in self.schema]

    @property
    def _conf(self) -> Conf:
        return self._session._conf

    def _with(self, plan: LogicalPlan) -> DataFrame:
        from actorstream.sql.dataframe import DataFrame

        return DataFrame(plan, self._session)

    @property
    def _frame(self) -> DataFrame:
        """This very frame, for code that takes a `DataFrame`."""
        from actorstream.sql.dataframe import DataFrame

        assert isinstance(self, DataFrame)
        return self
