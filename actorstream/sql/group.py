"""`GroupedData`: what `groupBy` gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actorstream.errors import AnalysisException, PySparkTypeError
from actorstream.expr.functions.aggregate import is_aggregate
from actorstream.expr.names import name_expression
from actorstream.expr.naming import output_name
from actorstream.expr.nodes import AggregateCall, Alias, Call, CaseWhen, Constant, Expression, Star
from actorstream.expr.types import NumericType, StructType
from actorstream.plan.aggregate import aggregate
from actorstream.plan.grouping_sets import GroupingSets
from actorstream.sql.column import Column
from actorstream.sql.functions._build import literal_of
from actorstream.sql.functions.user_defined import PandasUDFType, UserDefinedFunction
from actorstream.sql.map_groups import PandasCogroupedOps, map_groups
from actorstream.sql.map_groups_with_state import map_groups_with_state

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame


@dataclass(frozen=True, slots=True)
class Pivot:
    """The column whose values become columns, and these values."""

    column: Expression
    values: tuple[Any, ...]


class GroupedData:
    """Rows by key, ready to be aggregated. Source: `pyspark.sql.GroupedData`."""

    def __init__(
        self,
        frame: DataFrame,
        keys: Sequence[Expression],
        pivot: Pivot | None = None,
        *,
        sets: GroupingSets | None = None,
        kind: str = "GroupBy",
    ) -> None:
        self._frame = frame
        self._kind = kind
        self._sets = sets
        self._keys = tuple(keys)
        self._pivot = pivot

    def pivot(self, pivot_col: str | Column, values: Sequence[Any] | None = None) -> GroupedData:
        """A column of results for each value of a column; the values are looked up if they are not given.

        Raises: AnalysisException `_LEGACY_ERROR_TEMP_3102` on a stream, whose columns would change as it goes on.
        """
        if self._frame.isStreaming:
            raise AnalysisException(
                errorClass="_LEGACY_ERROR_TEMP_3102",
                messageParameters={
                    "msg": "A stream cannot be pivoted: its columns would depend on rows that are yet to come. "
                    "Pivot inside foreachBatch, or pivot the result when you read it"
                },
            )
        expression = pivot_col.expression if isinstance(pivot_col, Column) else name_expression(pivot_col)
        if values is None:
            rows = self._frame.select(Column(expression).alias("value")).distinct().orderBy("value").collect()
            values = [row[0] for row in rows]
        return GroupedData(self._frame, self._keys, Pivot(expression, tuple(values)))

    def agg(self, *exprs: Column | dict[str, str]) -> DataFrame:
        """One row per key.

        Args:
            exprs: aggregate columns, or one mapping from column name to the name of an aggregate function.
        Raises: AssertionError for no or other arguments; AnalysisException for what does not fit.
        """
        assert exprs, "exprs should not be empty"
        if len(exprs) == 1 and isinstance(exprs[0], dict):
            return self._aggregate([_named_call(column, name) for column, name in in_map_order(exprs[0])])
        assert all(isinstance(item, Column) for item in exprs), "all exprs should be Column"
        return self._aggregate([item.expression for item in exprs if isinstance(item, Column)])

    def count(self) -> DataFrame:
        """The number of rows of every key, as ``count``."""
        return self._aggregate([Alias(child=AggregateCall(name="count", args=()), name="count")])

    def avg(self, *cols: str) -> DataFrame:
        """Averages of numeric columns, all of them if none is named."""
        return self._numeric("avg", cols)

    def mean(self, *cols: str) -> DataFrame:
        """The same as `avg`."""
        return self._numeric("avg", cols)

    def sum(self, *cols: str) -> DataFrame:
        """Sums of numeric columns, all of them if none is named."""
        return self._numeric("sum", cols)

    def min(self, *cols: str) -> DataFrame:
        """Minima of numeric columns, all of them if none is named."""
        return self._numeric("min", cols)

    def max(self, *cols: str) -> DataFrame:
        """Maxima of numeric columns, all of them if none is named."""
        return self._numeric("max", cols)

    def applyInPandas(self, func: Callable[..., Any], schema: StructType | str) -> DataFrame:
        """What a function of a pandas DataFrame gives for the rows of every key; on a stream, of every key and epoch.

        Args:
            func: takes the rows or, with two arguments, the key as a tuple and the rows; an iterator if its type hint says so.
            schema: of the results, which are matched by name.
        Raises: PySparkValueError INVALID_PANDAS_UDF; PythonException for what `func` raises or wrongly returns.
        """
        return map_groups([self], func, schema, "pandas")

    def applyInArrow(self, func: Callable[..., Any], schema: StructType | str) -> DataFrame:
        """What a function of a `pyarrow.Table` gives for the rows of every key; as `applyInPandas`."""
        return map_groups([self], func, schema, "arrow")

    def applyInPandasWithState(
        self,
        func: Callable[..., Any],
        outputStructType: StructType | str,
        stateStructType: StructType | str,
        outputMode: str,
        timeoutConf: str,
    ) -> DataFrame:
        """What a function gives for every key of a stream that has rows, or whose timeout has passed; each key has a state.

        Args:
            func: takes the key as a tuple, an iterator of pandas DataFrames and a `GroupState`; gives an iterator of DataFrames.
            outputStructType: of the results, which are matched by name.
            stateStructType: of the state.
            outputMode: append or update, as that of the query.
            timeoutConf: one of `GroupStateTimeout`. A timeout by processing time is noticed at a trigger.
        Raises: IllegalArgumentException for the mode; PythonException for what `func` raises or wrongly returns.
        """
        return map_groups_with_state(self, func, outputStructType, stateStructType, outputMode, timeoutConf)

    def apply(self, udf: UserDefinedFunction) -> DataFrame:
        """`applyInPandas` with a function made by ``pandas_udf(..., PandasUDFType.GROUPED_MAP)``."""
        if not isinstance(udf, UserDefinedFunction) or udf.evalType != PandasUDFType.GROUPED_MAP:
            raise PySparkTypeError(
                errorClass="INVALID_UDF_EVAL_TYPE", messageParameters={"eval_type": "SQL_GROUPED_MAP_PANDAS_UDF"}
            )
        return self.applyInPandas(udf.func, udf.returnType)  # type: ignore[arg-type]

    def cogroup(self, other: GroupedData) -> PandasCogroupedOps:
        """This grouped frame beside another one, key by key."""
        return PandasCogroupedOps(self, other)

    def _numeric(self, name: str, columns: Sequence[str]) -> DataFrame:
        keys = {column.lower() for key in self._keys for column in _names(key)}
        if not columns:
            columns = [
                item.name
                for item in self._frame.schema
                if isinstance(item.dataType, NumericType) and item.name.lower() not in keys
            ]
        else:
            for column in columns:
                data_type = self._frame.select(column).schema[0].dataType
                if not isinstance(data_type, NumericType):
                    raise AnalysisException(errorClass="_LEGACY_ERROR_TEMP_1323", messageParameters={"colName": column})
        return self._aggregate([AggregateCall(name=name, args=(name_expression(column),)) for column in columns])

    def _aggregate(self, results: Sequence[Expression]) -> DataFrame:
        frame = self._frame
        if self._pivot is not None:
            return self._pivoted(self._pivot, results)
        return frame._with(aggregate(frame._plan, self._keys, results, frame._conf, sets=self._sets))

    def _pivoted(self, pivot: Pivot, results: Sequence[Expression]) -> DataFrame:
        """Aggregate by the keys and the pivot column, then turn its values into columns."""
        frame = self._frame
        names = [output_name(result) for result in results]
        hidden = [f"__pivot_{place}" for place in range(len(results))]
        plain = [result.child if isinstance(result, Alias) else result for result in results]
        keys = [*self._keys, Alias(child=pivot.column, name="__pivot")]
        tall = aggregate(
            frame._plan,
            keys,
            [Alias(child=result, name=name) for result, name in zip(plain, hidden, strict=True)],
            frame._conf,
        )
        wide = []
        for value in pivot.values:
            chosen = Call(name="<=>", args=(name_expression("__pivot"), literal_of(value)))
            text = "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
            for name, source in zip(names, hidden, strict=True):
                cell = CaseWhen(branches=((chosen, name_expression(source)),))
                found = AggregateCall(name="first", args=(cell, Constant(value=True)))
                wide.append(Alias(child=found, name=text if len(names) == 1 else f"{text}_{name}"))
        rest = [name_expression(f"`{output_name(key)}`") for key in self._keys]
        return frame._with(aggregate(tall, rest, wide, frame._conf))

    def __repr__(self) -> str:
        keys = ", ".join(map(output_name, self._keys))
        columns = [f"{name}: {kind}" for name, kind in self._frame.dtypes]
        more = len(columns) - 2
        shown = ", ".join(columns[:2]) + (f" ... {more} more field{'s' if more > 1 else ''}" if more > 0 else "")
        return f"GroupedData[grouping expressions: [{keys}], value: [{shown}], type: {self._kind}]"


def in_map_order(pairs: Mapping[str, str]) -> list[tuple[str, str]]:
    """The pairs in the order of a Java ``HashMap``, in which the reference finds them."""
    size = 16
    while len(pairs) > size * 3 // 4:
        size *= 2

    def bucket(key: str) -> int:
        code = 0
        data = key.encode("utf-16-be")
        for at in range(0, len(data), 2):
            code = (code * 31 + int.from_bytes(data[at : at + 2], "big")) & 0xFFFFFFFF
        return (code ^ code >> 16) & (size - 1)

    return sorted(pairs.items(), key=lambda pair: bucket(pair[0]))


def _named_call(column: str, name: str) -> Expression:
    if not is_aggregate(name):
        raise AnalysisException(
            errorClass="UNRESOLVED_ROUTINE",
            messageParameters={
                "routineName": f"`{name}`",
                "searchPath": "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]",
            },
        )
    argument = name_expression(column)
    args = () if isinstance(argument, Star) else (argument,)
    return AggregateCall(name=name.lower(), args=args)


def _names(key: Expression) -> list[str]:
    return [output_name(key)]


def is_column_list(values: tuple[Any, ...]) -> bool:
    """Whether the arguments are one list of columns."""
    return len(values) == 1 and isinstance(values[0], list)
