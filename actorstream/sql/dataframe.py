"""`DataFrame`: a plan and the session it belongs to. Methods return new frames; nothing runs before an action or `start`.

Every method checks names and types at once, so that a mistake is reported on the line that made it. After it: `plan.*` builds
the nodes, `plan.lowering` the graph, `engine.batch` or `engine.launch` runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from actorstream.common.config import Conf
from actorstream.engine.batch import run_batch
from actorstream.engine.explain import explain_graph
from actorstream.errors import (
    AnalysisException,
    PySparkAttributeError,
    PySparkNotImplementedError,
    PySparkTypeError,
    PySparkValueError,
)
from actorstream.expr.names import name_expression, split_name
from actorstream.expr.nodes import (
    AggregateCall,
    Alias,
    Attribute,
    Expression,
    SortOrder,
    UnresolvedAttribute,
)
from actorstream.expr.rows import table_to_rows
from actorstream.expr.text import show_string
from actorstream.expr.types import Row, StructType, to_arrow_schema
from actorstream.expr.zones import session_zone
from actorstream.plan import nodes, relational
from actorstream.plan import select as building
from actorstream.plan.aggregate import aggregate
from actorstream.plan.expressions import MultiAlias
from actorstream.plan.lowering import lower_static, lower_unfinished
from actorstream.plan.nodes import LogicalPlan, plan_text
from actorstream.plan.resolution import resolve_on
from actorstream.plan.unsupported import check_batch
from actorstream.sql.column import Column, named_expression
from actorstream.sql.na import MISSING, DataFrameNaFunctions

if TYPE_CHECKING:
    from actorstream.sql.group import GroupedData
    from actorstream.sql.readwriter import DataFrameWriter
    from actorstream.sql.session import SparkSession
    from actorstream.sql.streaming.readwriter import DataStreamWriter

ColumnOrName = Column | str


class DataFrame:
    """Rows with named columns: a stream, or a static table. Source: `pyspark.sql.DataFrame`."""

    def __init__(self, plan: LogicalPlan, session: SparkSession) -> None:
        self._plan = plan
        self._session = session

    # ------------------------------------------------------------ what it is

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

    def printSchema(self, level: int | None = None) -> None:
        """Print the schema as a tree."""
        print(self.schema.treeString() if level is None else self.schema.treeString(level))  # noqa: T201

    def explain(self, extended: bool | str | None = None, mode: str | None = None) -> None:
        """Print the logical plan and the graph of actors it becomes."""
        if self.isStreaming:
            graph = lower_unfinished(self._plan)
            text = explain_graph(graph, self._session._shuffle_partitions(), extended=True)
        else:
            text = f"== Logical Plan ==\n{plan_text(self._plan)}"
        print(text)  # noqa: T201

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
                "expected_type": "Column, int, str, list, or tuple",
                "arg_name": "item",
                "arg_type": type(item).__name__,
            },
        )

    def __getattr__(self, name: str) -> Column:
        if name.startswith("__") or name not in self.columns:
            raise PySparkAttributeError(errorClass="ATTRIBUTE_NOT_SUPPORTED", messageParameters={"attr_name": name})
        return self._column(name)

    def _column(self, name: str) -> Column:
        if name == "*" or name.endswith(".*"):
            return Column(name_expression(name))
        found = resolve_on(self._plan, UnresolvedAttribute(parts=split_name(name)), self._conf)
        if isinstance(found, Alias) and not isinstance(found.child, Attribute):
            return Column(found.child)  # a nested field: named by the select that uses it
        return Column(found)

    def colRegex(self, colName: str) -> Column:
        """The column whose name matches a regular expression between backquotes. Raises: AnalysisException if there is not one."""
        import re

        pattern = re.compile(colName.strip("`"))
        found = [name for name in self.columns if pattern.fullmatch(name)]
        if len(found) != 1:
            raise AnalysisException(
                f"colRegex({colName!r}) must match one column, it matches {len(found)} of ({', '.join(self.columns)})."
            )
        return self._column(found[0])

    @property
    def _conf(self) -> Conf:
        return self._session._conf

    def _with(self, plan: LogicalPlan) -> DataFrame:
        return DataFrame(plan, self._session)

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
        _require(colName, str, "colName", "str")
        _require(col, Column, "col", "Column")
        return self.withColumns({colName: col})

    def withColumns(self, *colsMap: Mapping[str, Column]) -> DataFrame:
        """With several columns added or replaced; they do not see each other."""
        (columns,) = colsMap
        _require(columns, dict, "colsMap", "dict")
        pairs = [(name, column.expression) for name, column in columns.items()]
        return self._with(building.with_columns(self._plan, pairs, self._conf))

    def withColumnRenamed(self, existing: str, new: str) -> DataFrame:
        """With a column renamed; nothing if there is no such column."""
        return self.withColumnsRenamed({existing: new})

    def withColumnsRenamed(self, colsMap: Mapping[str, str]) -> DataFrame:
        """With several columns renamed."""
        _require(colsMap, dict, "colsMap", "dict")
        return self._with(building.rename(self._plan, colsMap, self._conf))

    def withMetadata(self, columnName: str, metadata: dict[str, Any]) -> DataFrame:
        """With other metadata on a column."""
        _require(metadata, dict, "metadata", "dict")
        return self.withColumn(columnName, self[columnName].alias(columnName, metadata=metadata))

    def drop(self, *cols: ColumnOrName) -> DataFrame:
        """Without some columns; unknown names are ignored."""
        for item in cols:
            _require(item, (str, Column), "col", "Column or str")
        items = [item.expression if isinstance(item, Column) else item for item in cols]
        return self._with(building.drop(self._plan, items, self._conf))

    def toDF(self, *cols: str) -> DataFrame:
        """With all columns renamed. Raises: IllegalArgumentException for a wrong number of names."""
        for name in cols:
            _require(name, str, "cols", "str")
        relational.check_same_name_count(self._plan, cols)
        return self._with(building.to_df(self._plan, cols))

    def to(self, schema: StructType) -> DataFrame:
        """With the columns of a schema: picked by name, in its order, cast to its types."""
        _require(schema, StructType, "schema", "StructType")
        return self._with(relational.to_schema(self._plan, schema, self._conf))

    def alias(self, alias: str) -> DataFrame:
        """Under a name that qualifies the columns (``x.a``)."""
        _require(alias, str, "alias", "str")
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

        return GroupedData(self, [self._key(item) for item in _flat(cols)])

    groupby = groupBy

    def _key(self, item: Any) -> Expression:
        if isinstance(item, int) and not isinstance(item, bool):
            if not 1 <= item <= len(self.columns):
                raise PySparkValueError(
                    errorClass="INDEX_OUT_OF_RANGE", messageParameters={"arg_name": "index", "index": str(item)}
                )
            return self._plan.output[item - 1]
        return named_expression(item)

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
        items = _flat(cols)
        if not items:
            raise PySparkValueError(errorClass="CANNOT_BE_EMPTY", messageParameters={"item": "column"})
        ascending = options.get("ascending", True)
        if isinstance(ascending, (bool, int)):
            directions = [bool(ascending)] * len(items)
        elif isinstance(ascending, (list, tuple)):
            if len(ascending) != len(items):
                raise PySparkValueError(
                    errorClass="LENGTH_SHOULD_BE_THE_SAME",
                    messageParameters={
                        "arg1": "cols",
                        "arg2": "ascending",
                        "arg1_length": str(len(items)),
                        "arg2_length": str(len(ascending)),
                    },
                )
            directions = [bool(item) for item in ascending]
        else:
            raise PySparkTypeError(
                errorClass="NOT_EXPECTED_TYPE",
                messageParameters={
                    "expected_type": "bool or list",
                    "arg_name": "ascending",
                    "arg_type": type(ascending).__name__,
                },
            )
        orders: list[Expression] = []
        for item, up in zip(items, directions, strict=True):
            expression = self._key(item)
            if not isinstance(expression, SortOrder):
                expression = SortOrder(child=expression)
            if not up:
                expression = SortOrder(child=expression.child, ascending=False, nulls_first=False)
            orders.append(expression)
        return orders

    def limit(self, num: int) -> DataFrame:
        """The first rows. Raises: AnalysisException INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE."""
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
        kind = relational.join_kind(how) if how is not None else "inner"
        items: list[Any] = [] if on is None else list(on) if isinstance(on, (list, tuple)) else [on]
        if items and all(isinstance(item, str) for item in items):
            plan = relational.join(self._plan, other._plan, kind, None, items, self._conf)
            return self._with(plan)
        condition: Column | None = None
        for item in items:
            _require(item, Column, "on", "Column or str")
            condition = item if condition is None else condition & item
        expression = None if condition is None else condition.expression
        return self._with(relational.join(self._plan, other._plan, kind, expression, (), self._conf))

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

    # ------------------------------------------------------------ what changes nothing about the rows

    def repartition(self, numPartitions: int | ColumnOrName, *cols: ColumnOrName) -> DataFrame:
        """The same rows: the engine spreads them by what the next step needs."""
        keys = list(cols) if isinstance(numPartitions, int) else [numPartitions, *cols]
        for key in keys:
            resolve_on(self._plan, named_expression(key), self._conf)
        return self._with(nodes.Repartition(self._plan, "Repartition"))

    def repartitionByRange(self, numPartitions: int | ColumnOrName, *cols: ColumnOrName) -> DataFrame:
        """The same rows."""
        return self.repartition(numPartitions, *cols)

    def coalesce(self, numPartitions: int) -> DataFrame:
        """The same rows."""
        return self._with(nodes.Repartition(self._plan, f"Coalesce {numPartitions}"))

    def hint(self, name: str, *parameters: Any) -> DataFrame:
        """The same rows: hints are for an optimizer that this engine has no need of."""
        _require(name, str, "name", "str")
        return self._with(nodes.Repartition(self._plan, f"Hint {name}"))

    def cache(self) -> DataFrame:
        """This frame: static data is in memory already."""
        return self

    def persist(self, storageLevel: Any = None) -> DataFrame:
        """This frame."""
        return self

    def unpersist(self, blocking: bool = False) -> DataFrame:
        """This frame."""
        return self

    def checkpoint(self, eager: bool = True) -> DataFrame:
        """This frame."""
        return self

    localCheckpoint = checkpoint

    # ------------------------------------------------------------ the rest

    def sample(
        self, withReplacement: float | bool | None = None, fraction: float | int | None = None, seed: int | None = None
    ) -> DataFrame:
        """A part of the rows, by chance."""
        if isinstance(withReplacement, float) and not isinstance(withReplacement, bool):
            withReplacement, fraction, seed = None, withReplacement, int(fraction) if fraction is not None else None
        if not isinstance(fraction, (int, float)):
            raise PySparkTypeError(
                errorClass="NOT_EXPECTED_TYPE",
                messageParameters={
                    "expected_type": "float",
                    "arg_name": "fraction",
                    "arg_type": type(fraction).__name__,
                },
            )
        return self._with(nodes.Sample(self._plan, float(fraction), seed or 0, bool(withReplacement)))

    def observe(self, observation: str, *exprs: Column) -> DataFrame:
        """The same rows; aggregates over those of every epoch go into its progress under a name (EXE-92).

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
        _require(observation, str, "observation", "str")
        if not observation:
            raise PySparkValueError(
                errorClass="VALUE_NOT_NON_EMPTY_STR",
                messageParameters={"arg_name": "observation", "arg_value": observation},
            )
        # resolved like an aggregation without keys, which checks that every column is below an aggregate
        totals = aggregate(self._plan, [], [item.expression for item in exprs], self._conf)
        assert isinstance(totals, nodes.Aggregate)
        return self._with(nodes.Observe(self._plan, observation, totals.results))

    def mapInArrow(
        self,
        func: Callable[[Iterator[pa.RecordBatch]], Iterable[pa.RecordBatch]],
        schema: StructType | str,
        barrier: bool = False,
    ) -> DataFrame:
        """What a function of Arrow batches gives; `schema` is that of its results."""
        from actorstream.sql.map_batches import map_arrow

        return map_arrow(self, func, schema)

    def mapInPandas(
        self, func: Callable[[Iterator[Any]], Iterable[Any]], schema: StructType | str, barrier: bool = False
    ) -> DataFrame:
        """What a function of pandas DataFrames gives; `schema` is that of its results."""
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

    createOrReplaceGlobalTempView = createOrReplaceTempView
    createGlobalTempView = createTempView
    registerTempTable = createOrReplaceTempView

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

    # ------------------------------------------------------------ actions, for static frames

    def toArrow(self) -> pa.Table:
        """All rows as a table. Raises: AnalysisException `_LEGACY_ERROR_TEMP_3102` for a stream (MEM-33)."""
        check_batch(self._plan)
        table = run_batch(lower_static(self._plan), self._conf)
        schema = to_arrow_schema(self.schema)
        return pa.Table.from_arrays(table.columns, schema=schema) if len(schema) else table

    def collect(self) -> list[Row]:
        """All rows."""
        return table_to_rows(self.toArrow(), self.schema)

    def toLocalIterator(self, prefetchPartitions: bool = False) -> Iterator[Row]:
        """All rows, one after the other."""
        return iter(self.collect())

    def count(self) -> int:
        """The number of rows."""
        check_batch(self._plan)
        call = Alias(child=AggregateCall(name="count", args=()), name="count")
        counted = aggregate(self._plan, [], [call], self._conf)
        return int(run_batch(lower_static(counted), self._conf).column(0)[0].as_py())

    def isEmpty(self) -> bool:
        """Whether there are no rows."""
        return self.limit(1).count() == 0

    def take(self, num: int) -> list[Row]:
        """The first rows."""
        return self.limit(num).collect()

    def head(self, n: int | None = None) -> Row | list[Row] | None:
        """The first row, or the first `n`."""
        if n is None:
            rows = self.take(1)
            return rows[0] if rows else None
        return self.take(n)

    def first(self) -> Row | None:
        """The first row."""
        rows = self.take(1)
        return rows[0] if rows else None

    def tail(self, num: int) -> list[Row]:
        """The last rows."""
        rows = self.collect()
        return rows[max(len(rows) - num, 0) :]

    def foreach(self, f: Callable[[Row], None]) -> None:
        """Call a function with every row."""
        for row in self.collect():
            f(row)

    def show(self, n: int = 20, truncate: bool | int = True, vertical: bool = False) -> None:
        """Print the first rows as a table."""
        if not isinstance(n, int) or isinstance(n, bool):
            raise PySparkTypeError(
                errorClass="NOT_EXPECTED_TYPE",
                messageParameters={"expected_type": "int", "arg_name": "n", "arg_type": type(n).__name__},
            )
        table = self.limit(max(n, 0) + 1).toArrow()
        print(  # noqa: T201
            show_string(table, self.schema, n, truncate, vertical, zone=session_zone(self._conf))
        )

    def toPandas(self) -> Any:
        """All rows as a pandas DataFrame. Raises: PySparkImportError without pandas."""
        from actorstream.sql.pandas import to_pandas

        return to_pandas(self.toArrow(), self.schema)

    def toJSON(self, use_unicode: bool = True) -> Any:
        """Not here: there are no RDDs."""
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={"feature": "DataFrame.toJSON", "remedy": "Use select(to_json(struct('*')))."},
        )

    @property
    def rdd(self) -> Any:
        """Not here: there are no RDDs."""
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={"feature": "DataFrame.rdd", "remedy": "Use mapInArrow, mapInPandas or foreachBatch."},
        )


def _flat(cols: Sequence[Any]) -> list[Any]:
    return list(cols[0]) if len(cols) == 1 and isinstance(cols[0], (list, tuple)) else list(cols)


def _expressions(cols: Sequence[Any]) -> list[Expression]:
    return [item if isinstance(item, MultiAlias) else named_expression(item) for item in _flat(cols)]


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


def _require(value: object, types: type | tuple[type, ...], name: str, expected: str) -> None:
    if not isinstance(value, types):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={"expected_type": expected, "arg_name": name, "arg_type": type(value).__name__},
        )


__all__ = ["DataFrame"]
