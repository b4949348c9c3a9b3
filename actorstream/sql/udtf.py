"""User-defined table functions: `udtf`, and `spark.udtf` to name them for SQL text. Source: `pyspark.sql.udtf`.

A handler class has `eval`, which gives rows for a row of arguments, and maybe `terminate`, which gives more at the end, and
`analyze`, which tells the columns from the arguments. One object of the class works through the rows of a batch.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from actorstream.common.config import Conf
from actorstream.errors import (
    AnalysisException,
    PySparkAttributeError,
    PySparkRuntimeError,
    PySparkTypeError,
)
from actorstream.expr.nodes import Alias, Constant, Expression, OuterReference, SortOrder
from actorstream.expr.python_function import guarded
from actorstream.expr.python_values import arrow_values
from actorstream.expr.rows import table_to_rows
from actorstream.expr.types import DataType, StructField, StructType, from_arrow, parse_data_type, to_arrow_schema
from actorstream.plan.expressions import TableArgument
from actorstream.plan.nodes import Project
from actorstream.plan.sql_from import single_row
from actorstream.plan.sql_text import parse_expression
from actorstream.plan.table_arguments import apply_to_table, has_table
from actorstream.plan.user_tables import Demands, LateralCall, Prepared, RunTable, TableCall, apply_table_function
from actorstream.sql.arrow_udtf import ArrowRunner
from actorstream.sql.functions._build import Argument, required
from actorstream.sql.map_batches import attributes_of
from actorstream.sql.table_arg import TableArg

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame

__all__ = [
    "AnalyzeArgument",
    "AnalyzeResult",
    "OrderingColumn",
    "PartitioningColumn",
    "SelectedColumn",
    "SkipRestOfInputTableException",
    "UDTFRegistration",
]


@dataclass(frozen=True)
class AnalyzeArgument:
    """What `analyze` learns of an argument; `value` is None unless it is a constant."""

    dataType: DataType
    value: Any
    isTable: bool
    isConstantExpression: bool


@dataclass(frozen=True)
class PartitioningColumn:
    """A column by which an input table would be split."""

    name: str


@dataclass(frozen=True)
class OrderingColumn:
    """A column by which an input table would be sorted."""

    name: str
    ascending: bool = True
    overrideNullsFirst: bool | None = None


@dataclass(frozen=True)
class SelectedColumn:
    """A column of an input table that the function would see."""

    name: str
    alias: str = ""


@dataclass
class AnalyzeResult:
    """What `analyze` gives: the result columns. All else concerns table arguments."""

    schema: StructType
    withSinglePartition: bool = False
    partitionBy: Sequence[PartitioningColumn] = field(default_factory=tuple)
    orderBy: Sequence[OrderingColumn] = field(default_factory=tuple)
    select: Sequence[SelectedColumn] = field(default_factory=tuple)


class SkipRestOfInputTableException(Exception):
    """Raised by `eval` that wants no more rows; `terminate` still runs."""


class UserDefinedTableFunction:
    """A table function. Made by `udtf`.

    Raises: PySparkTypeError INVALID_UDTF_HANDLER_TYPE; PySparkAttributeError INVALID_UDTF_NO_EVAL, INVALID_UDTF_RETURN_TYPE,
        INVALID_UDTF_BOTH_RETURN_TYPE_AND_ANALYZE.
    """

    def __init__(
        self,
        func: type,
        returnType: StructType | str | None = None,
        name: str | None = None,
        deterministic: bool = False,
        over_arrow: bool = False,
    ) -> None:
        if not inspect.isclass(func):
            raise PySparkTypeError(
                errorClass="INVALID_UDTF_HANDLER_TYPE", messageParameters={"type": type(func).__name__}
            )
        if not hasattr(func, "eval"):
            raise PySparkAttributeError(errorClass="INVALID_UDTF_NO_EVAL", messageParameters={"name": func.__name__})
        analyzes = hasattr(func, "analyze")
        if returnType is None and not analyzes:
            raise PySparkAttributeError(
                errorClass="INVALID_UDTF_RETURN_TYPE", messageParameters={"name": func.__name__}
            )
        if returnType is not None and analyzes:
            raise PySparkAttributeError(
                errorClass="INVALID_UDTF_BOTH_RETURN_TYPE_AND_ANALYZE", messageParameters={"name": func.__name__}
            )
        self.func = func
        self.deterministic = deterministic
        #: whether `eval` takes and gives Arrow data
        self.over_arrow = over_arrow
        self._return_type = returnType
        self._name = name or func.__name__

    @property
    def returnType(self) -> StructType | None:
        """The result columns; None where `analyze` tells them."""
        if isinstance(self._return_type, str):
            parsed = parse_data_type(self._return_type)
            if not isinstance(parsed, StructType):
                raise PySparkTypeError(
                    errorClass="UDTF_RETURN_TYPE_MISMATCH",
                    messageParameters={"name": self._name, "return_type": str(parsed)},
                )
            self._return_type = parsed
        return self._return_type

    def asDeterministic(self) -> UserDefinedTableFunction:
        """This function, marked as giving the same rows for the same arguments."""
        self.deterministic = True
        return self

    def __call__(self, *args: Argument, **kwargs: Argument) -> DataFrame:
        """The frame of what the function gives for constants or for a table, `DataFrame.asTable`; or, with `Column.outer`, a
        side for `DataFrame.lateralJoin`.

        Raises: AnalysisException UNRESOLVED_COLUMN.WITHOUT_SUGGESTION for a column of no frame.
        """
        from actorstream.sql.dataframe import DataFrame
        from actorstream.sql.session import SparkSession

        session = SparkSession.active()
        call = self.call([_plain(item) for item in (*args, *kwargs.values())], tuple(kwargs))
        if has_table(call):
            return DataFrame(apply_to_table(call, session._conf), session)
        if any(isinstance(node, OuterReference) for item in call.args for node in item.walk()):
            return DataFrame(LateralCall(call, attributes_of(self.returnType or StructType())), session)
        return DataFrame(table_of(call, session._conf), session)

    def call(self, args: Sequence[Expression], keywords: tuple[str, ...] = ()) -> TableCall:
        """The call as plans take it."""
        return TableCall(self._name, tuple(args), keywords, self._prepare)

    def _prepare(self, args: Sequence[Expression], types: Sequence[DataType], keywords: Sequence[str]) -> Prepared:
        schema = self.returnType
        analysis: Any = None
        if schema is None:
            plain = len(args) - len(keywords)
            described = [_described(item, data_type) for item, data_type in zip(args, types, strict=True)]
            with guarded(self._name):
                analysis = self.func.analyze(  # type: ignore[attr-defined]
                    *described[:plain], **dict(zip(keywords, described[plain:], strict=True))
                )
            schema = analysis.schema
            self._check_table(analysis, args)
        runner: RunTable
        if self.over_arrow:
            runner = ArrowRunner(self.func, self._name, schema, types, keywords)
        else:
            runner = _Runner(self.func, self._name, schema, types, keywords, analysis)
        return Prepared(schema, runner, Demands() if analysis is None else _demands(analysis))

    def _check_table(self, analysis: AnalyzeResult, args: Sequence[Expression]) -> None:
        wanted = (
            "partitionBy" if analysis.partitionBy else "withSinglePartition" if analysis.withSinglePartition else None
        )
        if wanted is not None and not any(isinstance(item, TableArgument) for item in args):
            is_list = wanted == "partitionBy"
            now, other = (
                ("list set to non-empty", "list set to empty")
                if is_list
                else ("field set to 'true'", "field set to 'false'")
            )
            raise AnalysisException(
                errorClass="TABLE_VALUED_FUNCTION_FAILED_TO_ANALYZE_IN_PYTHON",
                messageParameters={
                    "msg": f"Failed to evaluate the user-defined table function '{self._name}' because the static "
                    f"'analyze' method returned an 'AnalyzeResult' object with the '{wanted}' {now}, but the function "
                    "call did not provide any table argument. Please update the query so that it provides a table "
                    "argument, or else update the table function so that its 'analyze' method returns an "
                    f"'AnalyzeResult' object with the '{wanted}' {other}, and then try the query again."
                },
            )


def table_of(call: TableCall, conf: Conf) -> Project:
    """The plan of a call on constants."""
    plan = apply_table_function(single_row(), call, conf)
    return Project(plan, plan.output[1:])


def _plain(item: Any) -> Expression:
    from actorstream.sql.dataframe import DataFrame

    if isinstance(item, DataFrame):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={
                "arg_name": "arg",
                "expected_type": "Column, str or TableArg (a frame's asTable())",
                "arg_type": "DataFrame",
            },
        )
    return item._argument if isinstance(item, TableArg) else required(item)


def _demands(analysis: AnalyzeResult) -> Demands:
    """How `analyze` wants the table. Its names are SQL expressions."""
    order: list[SortOrder] = []
    for column in analysis.orderBy:
        nulls_first = column.ascending if column.overrideNullsFirst is None else column.overrideNullsFirst
        order.append(
            SortOrder(child=parse_expression(column.name), ascending=column.ascending, nulls_first=nulls_first)
        )
    select = tuple(
        Alias(child=parse_expression(column.name), name=column.alias) if column.alias else parse_expression(column.name)
        for column in analysis.select
    )
    keys = tuple(parse_expression(column.name) for column in analysis.partitionBy)
    return Demands(keys, tuple(order), select, analysis.withSinglePartition)


def _described(item: Expression, data_type: DataType) -> AnalyzeArgument:
    core = item.child if isinstance(item, Alias) else item
    if isinstance(core, TableArgument):
        return AnalyzeArgument(data_type, None, True, False)
    constant = isinstance(core, Constant)
    return AnalyzeArgument(data_type, core.value if isinstance(core, Constant) else None, False, constant)


class _Runner:
    """One handler object over rows of arguments."""

    def __init__(
        self,
        handler: type,
        name: str,
        schema: StructType,
        types: Sequence[DataType],
        keywords: Sequence[str],
        analysis: Any,
    ) -> None:
        self._handler = handler
        self._name = name
        self._schema = schema
        self._arguments = StructType([StructField(f"_{place}", kind, True) for place, kind in enumerate(types)])
        self._keywords = keywords
        self._analysis = analysis

    def __call__(self, arguments: pa.Table) -> tuple[pa.Array, pa.Table]:
        """Shape: in (n rows of arguments); out (m owners, m rows of the result columns)."""
        with guarded(self._name):
            owners: list[int] = []
            rows: list[Sequence[Any]] = []
            for owner, row in self._given(arguments):
                owners.append(owner)
                rows.append(row)
            columns = [self._column(place, [row[place] for row in rows]) for place in range(len(self._schema))]
        return pa.array(owners, pa.int64()), pa.Table.from_arrays(columns, schema=to_arrow_schema(self._schema))

    def _given(self, arguments: pa.Table) -> Iterable[tuple[int, Sequence[Any]]]:
        """Result rows with the number of the argument row they belong to; those of `terminate` belong to the last."""
        handler = self._called("__init__", self._created)
        width = arguments.num_columns
        given = (
            table_to_rows(arguments.rename_columns(self._arguments.names), self._seen(arguments))
            if width
            else [()] * arguments.num_rows
        )
        plain = width - len(self._keywords)
        try:
            for number, row in enumerate(given):
                named = dict(zip(self._keywords, row[plain:], strict=True))
                self._check_signature(handler, row[:plain], named)
                call = functools.partial(handler.eval, *row[:plain], **named)
                yield from self._rows("eval", number, call)
        except SkipRestOfInputTableException:
            pass
        if hasattr(handler, "terminate") and arguments.num_rows:
            yield from self._rows("terminate", arguments.num_rows - 1, handler.terminate)

    def _seen(self, arguments: pa.Table) -> StructType:
        """The types of the arguments; a table shows the columns that `analyze` has selected."""
        fields = []
        for known, given in zip(self._arguments.fields, arguments.schema, strict=True):
            kind = from_arrow(given) if isinstance(known.dataType, StructType) else known.dataType
            fields.append(StructField(known.name, kind, True))
        return StructType(fields)

    def _created(self) -> Any:
        takes_analysis = self._analysis is not None and len(inspect.signature(self._handler).parameters) > 0
        return self._handler(self._analysis) if takes_analysis else self._handler()

    def _rows(self, method: str, number: int, call: Callable[[], Any]) -> Iterable[tuple[int, Sequence[Any]]]:
        results = self._called(method, call)
        if results is None:
            return
        if not isinstance(results, Iterable):
            raise PySparkRuntimeError(
                errorClass="UDTF_RETURN_NOT_ITERABLE",
                messageParameters={"type": type(results).__name__, "func": method},
            )
        iterator = iter(results)
        while True:
            row = self._called(method, lambda: next(iterator, _END))
            if row is _END:
                return
            yield number, self._fitted(row, method)

    def _called(self, method: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except SkipRestOfInputTableException:
            raise
        except Exception as error:
            raise PySparkRuntimeError(
                errorClass="UDTF_EXEC_ERROR", messageParameters={"method_name": method, "error": str(error)}
            ) from error

    def _fitted(self, row: Any, method: str) -> Sequence[Any]:
        """A result row as values in order of the columns."""
        width = len(self._schema)
        if isinstance(row, dict):
            return [row.get(name) for name in self._schema.names]
        if not isinstance(row, (tuple, list)):
            if width == 1:
                return [row]
            raise PySparkRuntimeError(
                errorClass="UDTF_INVALID_OUTPUT_ROW_TYPE",
                messageParameters={"type": type(row).__name__, "func": method},
            )
        if len(row) != width:
            raise PySparkRuntimeError(
                errorClass="UDTF_RETURN_SCHEMA_MISMATCH",
                messageParameters={"expected": str(width), "actual": str(len(row)), "func": method},
            )
        return row

    def _check_signature(self, handler: Any, plain: Sequence[Any], named: Mapping[str, Any]) -> None:
        try:
            inspect.signature(handler.eval).bind(*plain, **named)
        except TypeError as error:
            raise PySparkRuntimeError(
                errorClass="UDTF_EVAL_METHOD_ARGUMENTS_DO_NOT_MATCH_SIGNATURE",
                messageParameters={"name": self._name, "reason": str(error)},
            ) from None

    def _column(self, place: int, values: Sequence[Any]) -> pa.Array:
        item = self._schema[place]
        try:
            return arrow_values(values, item.dataType, strict=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, AssertionError) as error:
            raise PySparkRuntimeError(
                errorClass="UDTF_ARROW_DATA_CONVERSION_ERROR",
                messageParameters={
                    "data": str([(value,) for value in values[:10]]),
                    "schema": self._schema.simpleString(),
                    "arrow_schema": str(to_arrow_schema(self._schema)),
                },
            ) from error


_END: Any = object()


class UDTFRegistration:
    """`spark.udtf`: table functions by name, for SQL text."""

    def __init__(self, conf: Conf) -> None:
        self._conf = conf

    def register(self, name: str, f: UserDefinedTableFunction) -> UserDefinedTableFunction:
        """Make a table function known to SQL text as `name`. Raises: PySparkTypeError CANNOT_REGISTER_UDTF."""
        if not isinstance(f, UserDefinedTableFunction):
            raise PySparkTypeError(errorClass="CANNOT_REGISTER_UDTF", messageParameters={"name": name})
        found = UserDefinedTableFunction(f.func, f._return_type, name, f.deterministic, f.over_arrow)
        self._conf.table_routines[name.lower()] = found
        return found
