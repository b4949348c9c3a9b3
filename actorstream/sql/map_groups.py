"""`groupBy(...).applyInPandas` and its kin: a user's function over the rows of every key, of one frame or of two side by side."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from actorstream.dataflow.batch import concat
from actorstream.errors import PySparkTypeError, PySparkValueError
from actorstream.expr.python_function import guarded, require_pandas, to_series
from actorstream.expr.python_values import wrong_result
from actorstream.expr.types import StructField, StructType, to_arrow_schema
from actorstream.expr.zones import session_zone
from actorstream.plan import relational
from actorstream.plan.nodes import LogicalPlan, MapGroups, Named
from actorstream.plan.resolution import resolve_on, to_named
from actorstream.sql.map_batches import attributes_of, from_arrow, from_pandas, result_schema
from actorstream.sql.pandas import to_pandas

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame
    from actorstream.sql.group import GroupedData

Flavour = Literal["pandas", "arrow"]


class PandasCogroupedOps:
    """Two grouped frames side by side, as `GroupedData.cogroup` gives them. Source: `pyspark.sql.PandasCogroupedOps`."""

    def __init__(self, gd1: GroupedData, gd2: GroupedData) -> None:
        if len(gd1._keys) != len(gd2._keys):
            raise PySparkValueError(
                f"Cogroup keys must have same size: {len(gd1._keys)} != {len(gd2._keys)}",
            )
        self._gd1 = gd1
        self._gd2 = gd2

    def applyInPandas(self, func: Callable[..., Any], schema: StructType | str) -> DataFrame:
        """What a function of two pandas DataFrames (with the key before them, if it takes three arguments) gives for every key."""
        return map_groups([self._gd1, self._gd2], func, schema, "pandas")

    def applyInArrow(self, func: Callable[..., Any], schema: StructType | str) -> DataFrame:
        """What a function of two `pyarrow.Table` gives for every key; as `applyInPandas`."""
        return map_groups([self._gd1, self._gd2], func, schema, "arrow")


def map_groups(
    groups: Sequence[GroupedData], function: Callable[..., Any], schema: StructType | str, flavour: Flavour
) -> DataFrame:
    """The frame of what `function` gives for every key of one or two grouped frames.

    Raises: PySparkTypeError NOT_EXPECTED_TYPE, PySparkValueError INVALID_PANDAS_UDF; PySparkImportError without pandas.
    """
    if not callable(function):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={"expected_type": "callable", "arg_name": "func", "arg_type": type(function).__name__},
        )
    with_key = _takes_key(function, len(groups), flavour)
    result = result_schema(schema)
    if flavour == "pandas":
        require_pandas()
    plans: list[LogicalPlan] = []
    keys: list[tuple[Named, ...]] = []
    for group in groups:
        plan = group._frame._plan
        if plans and _shares_columns(plans[0], plan):
            plan = relational.fresh(plan)
        plans.append(plan)
        keys.append(tuple(to_named(resolve_on(plan, key, group._frame._conf)) for key in group._keys))
    zone = session_zone(groups[0]._frame._conf)
    run = _runner(function, [plan.schema for plan in plans], keys[0], result, flavour, zone, with_key=with_key)
    kind = "CoGroups" if len(plans) > 1 else "Groups"
    name = f"FlatMap{kind}In{flavour.capitalize()}"
    return groups[0]._frame._with(MapGroups(name, tuple(plans), tuple(keys), run, attributes_of(result)))


def _shares_columns(one: LogicalPlan, other: LogicalPlan) -> bool:
    return not {column.id for column in one.output}.isdisjoint(column.id for column in other.output)


def _takes_key(function: Callable[..., Any], inputs: int, flavour: Flavour) -> bool:
    """Whether the function wants the key before the tables. Raises: PySparkValueError INVALID_PANDAS_UDF, INVALID_ARROW_UDF."""
    count = len(inspect.signature(function).parameters)
    if count in (inputs, inputs + 1):
        return count == inputs + 1
    name = f"applyIn{flavour.capitalize()}"
    if inputs > 1:
        detail = (
            f"the function in cogroup.{name} must take either two arguments (left, right) or three arguments "
            "(key, left, right)."
        )
    else:
        detail = f"the function in groupby.{name} must take either one argument (data) or two arguments (key, data)."
        if flavour == "pandas":
            detail = f"pandas_udfs with function type GROUPED_MAP or {detail}"
    raise PySparkValueError(errorClass="INVALID_PANDAS_UDF", messageParameters={"detail": detail})


def _takes_iterator(function: Callable[..., Any]) -> bool:
    """Whether the hint of the last argument says that the rows are to come as an iterator."""
    try:
        hints = typing.get_type_hints(function)
    except (NameError, TypeError):
        return False
    *_, last = inspect.signature(function).parameters
    return typing.get_origin(hints.get(last)) is Iterator


def _runner(
    function: Callable[..., Any],
    schemas: Sequence[StructType],
    keys: Sequence[Named],
    result: StructType,
    flavour: Flavour,
    zone: str,
    *,
    with_key: bool,
) -> Callable[[pa.Table, Sequence[pa.Table]], pa.Table]:
    """The user's function as the operator calls it: tables in, a table of the promised columns out."""
    label = getattr(function, "__name__", type(function).__name__)
    target = to_arrow_schema(result)
    key_types = StructType([StructField(key.name, key.data_type, True) for key in keys])  # type: ignore[arg-type]

    iterated = len(schemas) == 1 and _takes_iterator(function)

    def pandas_call(key: pa.Table, tables: Sequence[pa.Table]) -> pa.Table:
        pandas = require_pandas()
        frames = [to_pandas(table, schema, zone, unit="ns") for table, schema in zip(tables, schemas, strict=True)]
        arguments: list[Any] = [iter(frames)] if iterated else frames
        given = function(*([pandas_key(key, key_types, zone)] if with_key else []), *arguments)
        pieces = list(given) if iterated else [given]
        for piece in pieces:
            if not isinstance(piece, pandas.DataFrame):
                raise wrong_result("pandas.DataFrame", piece)
        return concat([from_pandas(piece, result, zone) for piece in pieces], target)

    def arrow_call(key: pa.Table, tables: Sequence[pa.Table]) -> pa.Table:
        whole = [table.combine_chunks() for table in tables]
        arguments: list[Any] = [iter(whole[0].to_batches())] if iterated else whole
        given = function(*([tuple(column[0] for column in key.columns)] if with_key else []), *arguments)
        if iterated:
            return concat([from_arrow(pa.Table.from_batches([batch]), result) for batch in given], target)
        if not isinstance(given, pa.Table):
            raise wrong_result("pyarrow.Table", given)
        return from_arrow(given, result)

    call = pandas_call if flavour == "pandas" else arrow_call

    def run(key: pa.Table, tables: Sequence[pa.Table]) -> pa.Table:
        with guarded(label):
            return call(key, tables)

    run.__name__ = label
    return run


def pandas_key(key: pa.Table, types: StructType, zone: str) -> tuple[Any, ...]:
    """A table of one row as the values that pandas would give."""
    return tuple(
        to_series(column.combine_chunks(), item.dataType, zone)[0]
        for column, item in zip(key.columns, types.fields, strict=True)
    )
