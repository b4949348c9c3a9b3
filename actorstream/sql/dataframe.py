"""`DataFrame`: a plan and the session it belongs to. Methods return new frames; nothing runs before an action or `start`.

Every method checks names and types at once, so that a mistake is reported on the line that made it. After it: `plan.*` builds
the nodes, `plan.lowering` the graph, `engine.batch` or `engine.launch` runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from actorstream.engine.explain import explain_graph
from actorstream.errors import (
    AnalysisException,
    IllegalArgumentException,
    PySparkAttributeError,
    PySparkIndexError,
    PySparkNotImplementedError,
    PySparkTypeError,
    PySparkValueError,
)
from actorstream.expr.names import name_expression, split_name
from actorstream.expr.nodes import (
    Alias,
    Attribute,
    Call,
    Expression,
    SortOrder,
    UnresolvedAttribute,
)
from actorstream.expr.types import StructType
from actorstream.plan import nodes, relational
from actorstream.plan import select as building
from actorstream.plan.aggregate import aggregate
from actorstream.plan.correlated_frames import is_correlated
from actorstream.plan.expressions import ColumnPattern, MultiAlias, Subquery, TableArgument
from actorstream.plan.frame_subqueries import lateral_frame
from actorstream.plan.grouping_sets import GroupingSets, cube_sets, rollup_sets
from actorstream.plan.lowering import lower_unfinished
from actorstream.plan.nodes import plan_text
from actorstream.plan.resolution import resolve_on
from actorstream.plan.unpivot import unpivot
from actorstream.plan.unsupported import check_batch
from actorstream.plan.user_tables import LateralCall, LateralGenerate, apply_table_function
from actorstream.plan.zipping import zipped
from actorstream.sql._arguments import flat, listed, require
from actorstream.sql.actions import FrameActions
from actorstream.sql.column import Column, named_expression
from actorstream.sql.layout import FrameLayout
from actorstream.sql.na import MISSING, DataFrameNaFunctions
from actorstream.sql.observation import Observation
from actorstream.sql.stat import sample, split
from actorstream.sql.statistics import FrameStatistics
from actorstream.sql.table_arg import TableArg
from actorstream.sql.transposing import transposed

if TYPE_CHECKING:
    from actorstream.sql.group import GroupedData
    from actorstream.sql.readwriter import DataFrameWriter
    from actorstream.sql.streaming.readwriter import DataStreamWriter
    from actorstream.sql.writer_v2 import DataFrameWriterV2

ColumnOrName = Column | str


class DataFrame(FrameActions, FrameLayout, FrameStatistics):
    """Rows with named columns: a stream, or a static table. Source: `pyspark.sql.DataFrame`."""

    # ------------------------------------------------------------ what it is

    def printSchema(self, level: int | None = None) -> None:
        """Print the schema as a tree."""
        print(self.schema.treeString() if level is None else self.schema.treeString(level))  # noqa: T201

    def explain(self, extended: bool | str | None = None, mode: str | None = None) -> None:
        """Print the logical plan and the graph of actors it becomes."""
        print(self._explained())  # noqa: T201

    def _explained(self) -> str:
        if self.isStreaming:
            return explain_graph(lower_unfinished(self._plan), self._session._shuffle_partitions(), extended=True)
        return f"== Logical Plan ==\n{plan_text(self._plan)}"

    def __repr__(self) -> str:
        return f"DataFrame[{', '.join(f'{name}: {text}' for name, text in self.dtypes)}]"

    # ------------------------------------------------------------ columns

    def __getitem__(self, item: Any) -> Any:
        """A column by name or position, rows by a boolean column, or several columns by a list."""
        if isinstance(item, str):
            return self._column(item)
        if isinstance(item, Column):
            return self.filter(item)
        if isinstance(item, (list, tuple)):
            return self.select(*item)
        if isinstance(item, int):
            return self._column(self.columns[item])
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={
                "expected_type": "Column, float, integer, list or string",
                "arg_name": "item",
                "arg_type": type(item).__name__,
            },
        )

    def __getattr__(self, name: str) -> Column:
        if name in _ABSENT:
            raise _absent(name)
        if name.startswith("__") or name not in self.columns:
            raise PySparkAttributeError(errorClass="ATTRIBUTE_NOT_SUPPORTED", messageParameters={"attr_name": name})
        return self._column(name)

    def _column(self, name: str) -> Column:
        if name == "*" or name.endswith(".*"):
            return Column(name_expression(name))
        try:
            found = resolve_on(self._plan, UnresolvedAttribute(parts=split_name(name)), self._conf)
        except AnalysisException as error:
            if error.getCondition() != "UNRESOLVED_COLUMN.WITH_SUGGESTION":
                raise
            # here the columns are offered as they stand, not by likeness
            raise AnalysisException(
                errorClass="UNRESOLVED_COLUMN.WITH_SUGGESTION",
                messageParameters={
                    **(error.getMessageParameters() or {}),
                    "proposal": ", ".join("`" + column.replace(".", "`.`") + "`" for column in self.columns[:5]),
                },
            ) from None
        if isinstance(found, Alias) and not isinstance(found.child, Attribute):
            return Column(found.child)  # a nested field: named by the select that uses it
        return Column(replace(found, taken_from=self._plan) if isinstance(found, Attribute) else found)

    def colRegex(self, colName: str) -> Column:
        """All columns whose whole name matches a regular expression between backquotes, for `select`."""
        require(colName, str, "colName", "str")
        qualifier, _, pattern = colName.rpartition(".`")
        quoted = f"`{pattern}" if qualifier else colName
        if not (len(quoted) > 2 and quoted[0] == quoted[-1] == "`"):
            return self._column(colName)
        return Column(ColumnPattern(pattern=quoted[1:-1], target=split_name(qualifier) if qualifier else ()))

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(name for name in self.columns if name.isidentifier())})

    # ------------------------------------------------------------ row by row

    def select(self, *cols: ColumnOrName | list[ColumnOrName]) -> DataFrame:
        """Columns, or computations on columns; one list is fine too. Raises: AnalysisException UNRESOLVED_COLUMN.*, ..."""
        return self._with(building.select(self._plan, _expressions(cols), self._conf))

    def selectExpr(self, *expr: str | list[str]) -> DataFrame:
        """`select` with SQL texts. Raises: ParseException."""
        from actorstream.plan.sql_text import parse_expression

        texts: Any = expr[0] if len(expr) == 1 and isinstance(expr[0], list) else expr
        expressions = [parse_expression(text) for text in texts]
        return self._with(building.select(self._plan, expressions, self._conf))

    def filter(self, condition: ColumnOrName) -> DataFrame:
        """The rows for which a condition, a column or SQL text, is true."""
        if isinstance(condition, str):
            from actorstream.plan.sql_text import parse_expression

            expression = parse_expression(condition)
        elif isinstance(condition, Column):
            expression = condition.expression
        else:
            raise PySparkTypeError(
                errorClass="NOT_EXPECTED_TYPE",
                messageParameters={
                    "expected_type": "Column or str",
                    "arg_name": "condition",
                    "arg_type": type(condition).__name__,
                },
            )
        return self._with(building.where(self._plan, expression, self._conf))

    where = filter  # noqa: A003 - PySpark's name

    def withColumn(self, colName: str, col: Column) -> DataFrame:
        """With a column added, or replaced where it has the same name."""
        require(colName, str, "colName", "str")
        require(col, Column, "col", "Column")
        return self.withColumns({colName: col})

    def withColumns(self, *colsMap: Mapping[str, Column]) -> DataFrame:
        """With several columns added or replaced; they do not see each other."""
        (columns,) = colsMap
        require(columns, dict, "colsMap", "dict")
        pairs = [(name, column.expression) for name, column in columns.items()]
        return self._with(building.with_columns(self._plan, pairs, self._conf))

    def withColumnRenamed(self, existing: str, new: str) -> DataFrame:
        """With a column renamed; nothing if there is no such column."""
        return self.withColumnsRenamed({existing: new})

    def withColumnsRenamed(self, colsMap: Mapping[str, str]) -> DataFrame:
        """With several columns renamed."""
        require(colsMap, dict, "colsMap", "dict")
        return self._with(building.rename(self._plan, colsMap, self._conf))

    def withMetadata(self, columnName: str, metadata: dict[str, Any]) -> DataFrame:
        """With other metadata on a column."""
        require(metadata, dict, "metadata", "dict")
        return self.withColumn(columnName, self[columnName].alias(columnName, metadata=metadata))

    def drop(self, *cols: ColumnOrName) -> DataFrame:
        """Without some columns; unknown names are ignored."""
        for item in cols:
            require(item, (str, Column), "col", "Column or str")
        items = [item.expression if isinstance(item, Column) else item for item in cols]
        return self._with(building.drop(self._plan, items, self._conf))

    def toDF(self, *cols: str) -> DataFrame:
        """With all columns renamed. Raises: IllegalArgumentException for a wrong number of names."""
        for name in cols:
            require(name, str, "cols", "str")
        relational.check_same_name_count(self._plan, cols)
        return self._with(building.to_df(self._plan, cols))

    def to(self, schema: StructType) -> DataFrame:
        """With the columns of a schema: picked by name, in its order, cast to its types."""
        require(schema, StructType, "schema", "StructType")
        return self._with(relational.to_schema(self._plan, schema, self._conf))

    def alias(self, alias: str) -> DataFrame:
        """Under a name that qualifies the columns (``x.a``)."""
        assert isinstance(alias, str), "alias should be a string"
        return self._with(building.alias(self._plan, alias))

    def transform(self, func: Callable[..., DataFrame], *args: Any, **kwargs: Any) -> DataFrame:
        """What a function of this frame gives, to chain functions."""
        result = func(self, *args, **kwargs)
        if not isinstance(result, DataFrame):
            raise AssertionError(f"Func returned an instance of type [{type(result)}], should have been DataFrame.")
        return result

    # ------------------------------------------------------------ groups, order, duplicates

    def groupBy(self, *cols: ColumnOrName | int | list[ColumnOrName]) -> GroupedData:
        """The rows by key."""
        from actorstream.sql.group import GroupedData

        return GroupedData(self, [self._key(item) for item in flat(cols)])

    groupby = groupBy

    def _key(self, item: Any) -> Expression:
        if isinstance(item, int) and not isinstance(item, bool):
            if item < 1:
                raise PySparkIndexError(errorClass="INDEX_NOT_POSITIVE", messageParameters={"index": str(item)})
            return self._plan.output[item - 1]
        return named_expression(item)

    def rollup(self, *cols: ColumnOrName | int | list[ColumnOrName]) -> GroupedData:
        """The rows by all keys, by all but the last, and so on down to all rows together."""
        keys = [self._key(item) for item in flat(cols)]
        return self._grouped(keys, rollup_sets(len(keys)), "Rollup")

    def cube(self, *cols: ColumnOrName | int | list[ColumnOrName]) -> GroupedData:
        """The rows by every subset of the keys."""
        keys = [self._key(item) for item in flat(cols)]
        return self._grouped(keys, cube_sets(len(keys)), "Cube")

    def groupingSets(self, groupingSets: Sequence[Sequence[ColumnOrName]], *cols: ColumnOrName) -> GroupedData:
        """The rows by each of some sets of keys. Args: `cols` are the keys in order; those of the sets come after them."""
        keys = [self._key(item) for item in cols]
        sets = []
        for members in groupingSets:
            wanted = [self._key(item) for item in members]
            keys.extend(key for key in wanted if key not in keys)
            sets.append([keys.index(key) for key in wanted])
        return self._grouped(keys, sets, "GroupingSets")

    def _grouped(self, keys: list[Expression], sets: GroupingSets, kind: str) -> GroupedData:
        from actorstream.sql.group import GroupedData

        return GroupedData(self, keys, sets=sets, kind=kind)

    def agg(self, *exprs: Column | dict[str, str]) -> DataFrame:
        """One row of aggregates over all rows."""
        return self.groupBy().agg(*exprs)

    def sort(self, *cols: Any, **kwargs: Any) -> DataFrame:
        """In the order of some columns. Args: `ascending` is a bool or a list of them."""
        orders = self._orders(cols, kwargs)
        return self._with(building.order_by(self._plan, orders, self._conf))

    orderBy = sort

    def sortWithinPartitions(self, *cols: Any, **kwargs: Any) -> DataFrame:
        """Each partition in the order of some columns."""
        orders = self._orders(cols, kwargs)
        return self._with(building.order_by(self._plan, orders, self._conf, everywhere=False))

    def _orders(self, cols: Sequence[Any], options: Mapping[str, Any]) -> list[Expression]:
        items = flat(cols)
        if not items:
            raise PySparkValueError(errorClass="CANNOT_BE_EMPTY", messageParameters={"item": "cols"})
        orders = [self._sort_key(item) for item in items]
        ascending = options.get("ascending", True)
        if isinstance(ascending, (bool, int)):
            return orders if ascending else [_descending(order) for order in orders]
        if isinstance(ascending, list):
            return [order if up else _descending(order) for up, order in zip(ascending, orders, strict=False)]
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={
                "expected_type": "Column, int or str",
                "arg_name": "ascending",
                "arg_type": type(ascending).__name__,
            },
        )

    def _sort_key(self, item: Any) -> Expression:
        """The order of one argument: a column, a name, or a place from 1; a negative place is descending."""
        if isinstance(item, int) and not isinstance(item, bool):
            if item == 0:
                raise PySparkIndexError(errorClass="ZERO_INDEX", messageParameters={})
            column = SortOrder(child=self._plan.output[abs(item) - 1])
            return column if item > 0 else _descending(column)
        require(item, (Column, str), "col", "Column, int or str")
        expression = named_expression(item)
        return expression if isinstance(expression, SortOrder) else SortOrder(child=expression)

    def limit(self, num: int) -> DataFrame:
        """The first rows. Raises: AnalysisException INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE."""
        require(num, int, "num", "int")
        return self._with(building.limit(self._plan, num))

    def offset(self, num: int) -> DataFrame:
        """Without the first rows."""
        return self._with(building.limit(self._plan, None, num))

    def distinct(self) -> DataFrame:
        """Every row once."""
        return self._with(relational.deduplicate(self._plan, None, self._conf))

    def dropDuplicates(self, subset: Sequence[str] | None = None) -> DataFrame:
        """The first row of every combination of some columns, of all columns if none are named."""
        return self._with(relational.deduplicate(self._plan, _subset(subset), self._conf))

    drop_duplicates = dropDuplicates

    def dropDuplicatesWithinWatermark(self, subset: Sequence[str] | None = None) -> DataFrame:
        """`dropDuplicates` that forgets a key once the watermark has passed its event time."""
        return self._with(relational.deduplicate(self._plan, _subset(subset), self._conf, within_watermark=True))

    def withWatermark(self, eventTime: str, delayThreshold: str) -> DataFrame:
        """With an event-time column and how late its rows may come (STF-1 to STF-5).

        Raises: PySparkTypeError NOT_EXPECTED_TYPE; AnalysisException CANNOT_PARSE_INTERVAL, EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE.
        """
        for value, name in ((eventTime, "eventTime"), (delayThreshold, "delayThreshold")):
            if not value or not isinstance(value, str):
                raise PySparkTypeError(
                    errorClass="NOT_EXPECTED_TYPE",
                    messageParameters={"expected_type": "str", "arg_name": name, "arg_type": type(value).__name__},
                )
        return self._with(relational.with_watermark(self._plan, eventTime, delayThreshold, self._conf))

    # ------------------------------------------------------------ several frames

    def union(self, other: DataFrame) -> DataFrame:
        """The rows of both, columns by position."""
        return self._with(relational.union(self._plan, other._plan, self._conf))

    unionAll = union

    def unionByName(self, other: DataFrame, allowMissingColumns: bool = False) -> DataFrame:
        """The rows of both, columns by name."""
        plan = relational.union_by_name(self._plan, other._plan, self._conf, allow_missing=allowMissingColumns)
        return self._with(plan)

    def join(
        self,
        other: DataFrame,
        on: str | Sequence[str] | Column | Sequence[Column] | None = None,
        how: str | None = None,
    ) -> DataFrame:
        """Pairs of rows of both. Args: `on` is names that both have, or conditions; `how` the kind (``inner``)."""
        assert how is None or isinstance(how, str), "how should be a string"
        kind = relational.join_kind(how) if how is not None else "inner"
        items: list[Any] = [] if on is None else list(on) if isinstance(on, (list, tuple)) else [on]
        if items and all(isinstance(item, str) for item in items):
            plan = relational.join(self._plan, other._plan, kind, None, items, self._conf)
            return self._with(plan)
        condition: Column | None = None
        for item in items:
            assert isinstance(item, Column), "on should be Column or list of Column"
            condition = item if condition is None else condition & item
        expression = None if condition is None else condition.expression
        return self._with(relational.join(self._plan, other._plan, kind, expression, (), self._conf))

    def lateralJoin(self, other: DataFrame, on: Column | None = None, how: str | None = None) -> DataFrame:
        """Every row with the rows that a table function or another frame gives for it.

        Args:
            other: a call of a table function on ``col(...).outer()`` columns of this frame, or a frame filtered by them.
            on: what pairs must fulfil, for an inner join.
            how: ``inner``, ``cross`` or ``left``.
        Raises: PySparkNotImplementedError NOT_IMPLEMENTED for another frame.
        """
        kind = relational.join_kind(how) if how is not None else "inner"
        if (
            isinstance(other._plan, LateralGenerate)
            and kind in ("inner", "cross", "left")
            and (on is None or kind != "left")
        ):
            # a row without a result goes in a left join too, as in the reference: explode_outer keeps it
            generated = self._with(building.make_generate(self._plan, other._plan.call, (), self._conf))
            return generated if on is None else generated.where(on)
        if is_correlated(other._plan) and kind in ("inner", "cross", "left") and (on is None or kind != "left"):
            paired = self._with(lateral_frame(self._plan, other._plan, self._conf, outer=kind == "left"))
            return paired if on is None else paired.where(on)
        if not isinstance(other._plan, LateralCall) or (on is not None and kind == "left"):
            raise _absent("lateralJoin")
        if kind not in ("inner", "cross", "left"):
            raise AnalysisException(
                errorClass="UNSUPPORTED_JOIN_TYPE",
                messageParameters={
                    "typ": how or "",
                    "supported": "'inner', 'leftouter', 'left', 'left_outer', 'cross'",
                },
            )
        plan = apply_table_function(self._plan, other._plan.call, self._conf, outer=kind == "left")
        joined = self._with(plan)
        return joined if on is None else joined.where(on)

    def crossJoin(self, other: DataFrame) -> DataFrame:
        """Every row of one with every row of the other."""
        return self._with(relational.join(self._plan, other._plan, "cross", None, (), self._conf))

    def intersect(self, other: DataFrame) -> DataFrame:
        """The rows that both have, each once."""
        return self._set(other, "intersect", distinct=True)

    def intersectAll(self, other: DataFrame) -> DataFrame:
        """The rows that both have."""
        return self._set(other, "intersect", distinct=False)

    def subtract(self, other: DataFrame) -> DataFrame:
        """The rows that the other does not have, each once."""
        return self._set(other, "except", distinct=True)

    def exceptAll(self, other: DataFrame) -> DataFrame:
        """The rows less those of the other."""
        return self._set(other, "except", distinct=False)

    def _set(self, other: DataFrame, kind: str, *, distinct: bool) -> DataFrame:
        return self._with(relational.set_operation(self._plan, other._plan, kind, self._conf, distinct=distinct))

    # ------------------------------------------------------------ the rest

    def sample(
        self, withReplacement: float | bool | None = None, fraction: float | int | None = None, seed: int | None = None
    ) -> DataFrame:
        """A part of the rows, by chance; ``sample(fraction, seed)`` is fine too. A seed gives the same rows every time."""
        return sample(self, withReplacement, fraction, seed)

    def randomSplit(self, weights: list[float], seed: int | None = None) -> list[DataFrame]:
        """The rows in parts whose sizes are about as the weights. Raises: PySparkValueError VALUE_NOT_POSITIVE."""
        return split(self, weights, seed)

    def sampleBy(self, col: ColumnOrName, fractions: dict[Any, float], seed: int | None = None) -> DataFrame:
        """A part of the rows of every stratum."""
        return self.stat.sampleBy(col, fractions, seed)

    # ------------------------------------------------------------ shape

    def unpivot(
        self,
        ids: ColumnOrName | list[ColumnOrName] | tuple[ColumnOrName, ...],
        values: ColumnOrName | list[ColumnOrName] | tuple[ColumnOrName, ...] | None,
        variableColumnName: str,
        valueColumnName: str,
    ) -> DataFrame:
        """A row for each value column, with its name and its value; the id columns stay.

        Raises: AnalysisException UNPIVOT_REQUIRES_VALUE_COLUMNS, UNPIVOT_VALUE_DATA_TYPE_MISMATCH.
        """
        kept = [named_expression(item) for item in listed(ids)]
        turned = None if values is None else [named_expression(item) for item in listed(values)]
        return self._with(unpivot(self._plan, kept, turned, variableColumnName, valueColumnName, self._conf))

    melt = unpivot

    def transpose(self, indexColumn: ColumnOrName | None = None) -> DataFrame:
        """Rows as columns: the values of the index column, the first one unless given, are the new names.

        The rows are read at once. Raises: AnalysisException TRANSPOSE_INVALID_INDEX_COLUMN, TRANSPOSE_NO_LEAST_COMMON_TYPE,
            TRANSPOSE_EXCEED_ROW_LIMIT; CALL_ON_STREAMING_DATASET_UNSUPPORTED for a stream.
        """
        return transposed(self, None if indexColumn is None else named_expression(indexColumn))

    # ------------------------------------------------------------ in expressions of other frames

    def scalar(self) -> Column:
        """The one value of this frame, for an expression of another one.

        Raises, when used: AnalysisException INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN;
            SparkRuntimeException SCALAR_SUBQUERY_TOO_MANY_ROWS.
        """
        return Column(Subquery(kind="scalar", query=self._plan))

    def asTable(self) -> TableArg:
        """This frame as argument of a table function."""
        return TableArg(TableArgument(table=self._plan))

    def exists(self) -> Column:
        """Whether this frame has a row, for an expression of another one."""
        return Column(Subquery(kind="exists", query=self._plan))

    def zip(self, other: DataFrame) -> DataFrame:
        """The columns of this frame and of another one, row by row. Both must be projections of the same frame.

        Raises: AnalysisException ZIP_PLANS_NOT_MERGEABLE.
        """
        return self._with(zipped(self._plan, other._plan))

    def zipWithIndex(self, indexColName: str = "index") -> DataFrame:
        """With the number of the row, from 0, as last column."""
        check_batch(self._plan)
        number = Alias(child=Call(name="monotonically_increasing_id", args=()), name=indexColName)
        return self._with(building.select(self._plan, [*self._plan.output, number], self._conf))

    def observe(self, observation: Observation | str, *exprs: Column) -> DataFrame:
        """The same rows; aggregates over those of every epoch go into its progress under a name (EXE-92).

        Args:
            observation: the name or, for a static frame, an `Observation` that will have the values.

        Raises: PySparkValueError CANNOT_BE_EMPTY, PySparkTypeError NOT_EXPECTED_TYPE.
        """
        if not exprs:
            raise PySparkValueError(errorClass="CANNOT_BE_EMPTY", messageParameters={"item": "exprs"})
        for item in exprs:
            if not isinstance(item, Column):
                raise PySparkTypeError(
                    errorClass="NOT_EXPECTED_TYPE",
                    messageParameters={
                        "expected_type": "list of Column",
                        "arg_name": "exprs",
                        "arg_type": type(item).__name__,
                    },
                )
        require(observation, (str, Observation), "observation", "str or Observation")
        name = observation._name if isinstance(observation, Observation) else observation
        if not name:
            raise PySparkValueError(
                errorClass="VALUE_NOT_NON_EMPTY_STR",
                messageParameters={"arg_name": "observation", "arg_value": name},
            )
        if isinstance(observation, Observation):
            if self.isStreaming:
                raise IllegalArgumentException(
                    "Observation does not support streaming Datasets."
                    "This is because there will be multiple observed metrics as microbatches are constructed"
                    ". Please register a StreamingQueryListener and get the metric for each microbatch in "
                    "QueryProgressEvent.progress, or use query.lastProgress or query.recentProgress."
                )
            observation._start()
            self._session._observations[name] = observation
        # resolved like an aggregation without keys, which checks that every column is below an aggregate
        totals = aggregate(self._plan, [], [item.expression for item in exprs], self._conf)
        assert isinstance(totals, nodes.Aggregate)
        return self._with(nodes.Observe(self._plan, name, totals.results))

    def mapInArrow(
        self,
        func: Callable[[Iterator[pa.RecordBatch]], Iterable[pa.RecordBatch]],
        schema: StructType | str,
        barrier: bool = False,
        profile: Any = None,
    ) -> DataFrame:
        """What a function of Arrow batches gives; `schema` is that of its results.

        Args:
            barrier: whether all partitions are to run at once, which they do anyway.
        Raises: PySparkNotImplementedError NOT_IMPLEMENTED for a `profile`.
        """
        _without_profile(profile)
        from actorstream.sql.map_batches import map_arrow

        return map_arrow(self, func, schema)

    def mapInPandas(
        self,
        func: Callable[[Iterator[Any]], Iterable[Any]],
        schema: StructType | str,
        barrier: bool = False,
        profile: Any = None,
    ) -> DataFrame:
        """What a function of pandas DataFrames gives; `schema` is that of its results.

        Args:
            barrier: whether all partitions are to run at once, which they do anyway.
        Raises: PySparkNotImplementedError NOT_IMPLEMENTED for a `profile`.
        """
        _without_profile(profile)
        from actorstream.sql.map_batches import map_pandas

        return map_pandas(self, func, schema)

    @property
    def na(self) -> DataFrameNaFunctions:
        """What can be done about nulls."""
        return DataFrameNaFunctions(self)

    def fillna(self, value: Any, subset: Any = None) -> DataFrame:
        """With nulls replaced by a value."""
        return self.na.fill(value, subset)

    def replace(self, to_replace: Any, value: Any = MISSING, subset: Any = None) -> DataFrame:
        """With some values replaced by others."""
        return self.na.replace(to_replace, value, subset)

    def dropna(self, how: str = "any", thresh: int | None = None, subset: Any = None) -> DataFrame:
        """Without rows that have nulls."""
        return self.na.drop(how, thresh, subset)

    # ------------------------------------------------------------ views and writers

    def createOrReplaceTempView(self, name: str) -> None:
        """Name this frame for `spark.sql` and `spark.table`; an older view of that name goes."""
        self._session._views.put(name, self._plan)

    def createTempView(self, name: str) -> None:
        """Name this frame. Raises: TempTableAlreadyExistsException."""
        self._session._views.put(name, self._plan, replace=False)

    def createOrReplaceGlobalTempView(self, name: str) -> None:
        """Name this frame ``global_temp.name``, for this session and those made from it with `newSession`."""
        self._session._global_views.put(name, self._plan)

    def createGlobalTempView(self, name: str) -> None:
        """The same, but an existing view of that name is an error."""
        self._session._global_views.put(name, self._plan, replace=False)

    registerTempTable = createOrReplaceTempView

    def writeTo(self, table: str) -> DataFrameWriterV2:
        """Write a static frame to a table. Raises: AnalysisException CALL_ON_STREAMING_DATASET_UNSUPPORTED for a stream."""
        from actorstream.sql.writer_v2 import DataFrameWriterV2

        if self.isStreaming:
            raise AnalysisException(
                errorClass="CALL_ON_STREAMING_DATASET_UNSUPPORTED", messageParameters={"methodName": "`writeTo`"}
            )
        return DataFrameWriterV2(self, table)

    @property
    def write(self) -> DataFrameWriter:
        """Write a static frame. Raises: AnalysisException CALL_ON_STREAMING_DATASET_UNSUPPORTED for a stream (STF-60)."""
        from actorstream.sql.readwriter import DataFrameWriter

        if self.isStreaming:
            raise AnalysisException(
                errorClass="CALL_ON_STREAMING_DATASET_UNSUPPORTED", messageParameters={"methodName": "`write`"}
            )
        return DataFrameWriter(self)

    @property
    def writeStream(self) -> DataStreamWriter:
        """Start a query on a stream. Raises: AnalysisException WRITE_STREAM_NOT_ALLOWED for a static frame (STF-61)."""
        from actorstream.sql.streaming.readwriter import DataStreamWriter

        if not self.isStreaming:
            raise AnalysisException(errorClass="WRITE_STREAM_NOT_ALLOWED", messageParameters={})
        return DataStreamWriter(self)


_ABSENT: Mapping[str, str] = {
    "asTable": "Pass the frame itself to the function, or use lateral joins in PySpark.",
    "executionInfo": "Use explain(), or the progress of a query.",
    "lateralJoin": "Join laterally with a table function or a frame on outer() columns, left without a condition; else use join.",
    "mergeInto": "Merge in foreachBatch, with a join and a write.",
    "metadataColumn": "Sources have no hidden columns; input_file_name() gives the file.",
    "nearestByJoin": "Use a join and a window function.",
    "pandas_api": "Use toPandas().",
    "plot": "Use toPandas().plot.",
}
"""What PySpark's class has and this one has not, with what to do instead."""


def _without_profile(profile: Any) -> None:
    if profile is not None:
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": "A resource profile",
                "remedy": "Leave it out: functions run in this process.",
            },
        )


def _absent(name: str) -> PySparkNotImplementedError:
    return PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED",
        messageParameters={"feature": f"DataFrame.{name}", "remedy": _ABSENT[name]},
    )


def _descending(order: Expression) -> Expression:
    child = order.child if isinstance(order, SortOrder) else order
    return SortOrder(child=child, ascending=False, nulls_first=False)


def _expressions(cols: Sequence[Any]) -> list[Expression]:
    return [item if isinstance(item, MultiAlias) else named_expression(item) for item in flat(cols)]


def _subset(subset: Any) -> list[str] | None:
    if subset is None:
        return None
    if isinstance(subset, str) or not hasattr(subset, "__iter__"):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={
                "expected_type": "list or tuple",
                "arg_name": "subset",
                "arg_type": type(subset).__name__,
            },
        )
    return list(subset)


__all__ = ["DataFrame"]
