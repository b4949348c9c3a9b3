"""`spark.tvf`: the built-in table functions as methods. Source: `pyspark.sql.tvf.TableValuedFunction`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorstream.errors import PySparkNotImplementedError, PySparkValueError
from actorstream.expr.functions.generators import exploded_variant
from actorstream.expr.nodes import Call, OuterReference
from actorstream.plan.nodes import Project
from actorstream.plan.select import make_generate
from actorstream.plan.sql_from import single_row
from actorstream.plan.user_tables import LateralGenerate
from actorstream.sql.functions._build import required

if TYPE_CHECKING:
    from actorstream.sql.column import Column
    from actorstream.sql.dataframe import DataFrame
    from actorstream.sql.session import SparkSession

__all__ = ["TableValuedFunction"]


class TableValuedFunction:
    """Frames made by table functions, of constants or, for `DataFrame.lateralJoin`, of ``col(...).outer()`` columns."""

    def __init__(self, sparkSession: SparkSession) -> None:
        self._session = sparkSession

    def range(self, start: int, end: int | None = None, step: int = 1, numPartitions: int | None = None) -> DataFrame:
        """Numbers from `start` (0 if it is the only one) up to before `end`, as the column ``id``."""
        return self._session.range(start, end, step, numPartitions)

    def explode(self, collection: Column) -> DataFrame:
        """A row for each element of an array, or for each entry of a map."""
        return self._of("explode", collection)

    def explode_outer(self, collection: Column) -> DataFrame:
        """`explode`, with a row of nulls for an empty or null collection."""
        return self._of("explode_outer", collection)

    def posexplode(self, collection: Column) -> DataFrame:
        """`explode` with the position, from 0, as first column."""
        return self._of("posexplode", collection)

    def posexplode_outer(self, collection: Column) -> DataFrame:
        """`posexplode`, with a row of nulls for an empty or null collection."""
        return self._of("posexplode_outer", collection)

    def inline(self, input: Column) -> DataFrame:
        """A row for each struct of an array."""
        return self._of("inline", input)

    def inline_outer(self, input: Column) -> DataFrame:
        """`inline`, with a row of nulls for an empty or null array."""
        return self._of("inline_outer", input)

    def json_tuple(self, input: Column, *fields: Column) -> DataFrame:
        """One row of the values of some keys of a JSON text. Raises: PySparkValueError CANNOT_BE_EMPTY."""
        if not fields:
            raise PySparkValueError(errorClass="CANNOT_BE_EMPTY", messageParameters={"item": "field"})
        return self._of("json_tuple", input, *fields)

    def stack(self, n: Column, *fields: Column) -> DataFrame:
        """The values in `n` rows."""
        return self._of("stack", n, *fields)

    def variant_explode(self, input: Column) -> DataFrame:
        """A row for each element of an array or member of an object that a variant holds: its place, name and value."""
        return self._of("variant_explode", input)

    def variant_explode_outer(self, input: Column) -> DataFrame:
        """`variant_explode`, with a row of nulls for anything else."""
        return self._of("variant_explode_outer", input)

    def collations(self) -> DataFrame:
        """Not here. Raises: PySparkNotImplementedError NOT_IMPLEMENTED."""
        raise _absent("collations", "Text is compared byte by byte.")

    def sql_keywords(self) -> DataFrame:
        """Not here. Raises: PySparkNotImplementedError NOT_IMPLEMENTED."""
        raise _absent("sql_keywords", "Put a name that is also a keyword between backquotes.")

    def python_worker_logs(self) -> DataFrame:
        """Not here. Raises: PySparkNotImplementedError NOT_IMPLEMENTED."""
        raise _absent("python_worker_logs", "Functions run in this process: use the logging module.")

    def _of(self, name: str, *arguments: Column) -> DataFrame:
        call = Call(name=name, args=tuple(required(item) for item in arguments))
        if name.startswith("variant_explode"):
            call = exploded_variant(call)
        if any(isinstance(node, OuterReference) for node in call.walk()):
            return self._session._plan_frame(LateralGenerate(call))
        made = make_generate(single_row(), call, (), self._session._conf)
        return self._session._plan_frame(Project(made, made.columns))


def _absent(name: str, remedy: str) -> PySparkNotImplementedError:
    return PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED", messageParameters={"feature": f"spark.tvf.{name}", "remedy": remedy}
    )
