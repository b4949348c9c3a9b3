"""`DataFrame.transpose`: columns as rows. The rows are read when it is called, since they give the names of the columns.

Source: Spark ``Transpose``, ``ResolveTranspose``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from actorstream.common.config import TRANSPOSE_MAX_VALUES
from actorstream.connectors.table import TableProvider
from actorstream.errors import AnalysisException
from actorstream.expr.casts import cast_values
from actorstream.expr.coercion import common_type, quoted_type, type_of
from actorstream.expr.nodes import Alias, Attribute, Expression
from actorstream.expr.types import ArrayType, DataType, MapType, StringType, StructType, to_arrow
from actorstream.expr.typing import rules_of
from actorstream.expr.zones import session_zone
from actorstream.plan.resolution import resolve_on

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame


def transposed(frame: DataFrame, index: Expression | None) -> DataFrame:
    """The frame with a row for each column but the index, and a column for each value of the index, in its order.

    Shape: in (n rows, m columns); out (m - 1 rows, 1 + n columns), less the rows whose index is null.
    """
    if frame.isStreaming:
        raise AnalysisException(
            errorClass="CALL_ON_STREAMING_DATASET_UNSUPPORTED", messageParameters={"methodName": "`transpose`"}
        )
    session, conf = frame.sparkSession, frame._conf
    if not frame.columns:
        return frame
    key = frame._plan.output[0] if index is None else resolve_on(frame._plan, index, conf)
    key = key.child if isinstance(key, Alias) else key
    if not isinstance(key, Attribute):
        raise _bad_index("Index column must be an atomic attribute")
    if isinstance(type_of(key), (ArrayType, MapType, StructType)):
        raise _bad_index(f"Index column must be of atomic type, but found: {_scala(type_of(key))}")
    others = [column for column in frame._plan.output if column.id != key.id]
    common = _common(frame, [type_of(column) for column in others])
    place = next(n for n, column in enumerate(frame._plan.output) if column.id == key.id)
    rows = frame.toArrow()
    limit = conf.value(TRANSPOSE_MAX_VALUES)
    if rows.num_rows > limit:
        raise AnalysisException(
            errorClass="TRANSPOSE_EXCEED_ROW_LIMIT",
            messageParameters={"maxValues": str(limit), "config": TRANSPOSE_MAX_VALUES.key},
        )
    zone = session_zone(conf)
    keys = rows.column(place).combine_chunks()
    order = pc.array_sort_indices(keys.drop_null()) if not keys.null_count else pc.array_sort_indices(keys)
    order = order.slice(0, len(keys) - keys.null_count)
    names = cast_values(keys.take(order), type_of(key), StringType(), "legacy", zone).to_pylist()
    kind = to_arrow(common)
    lines = [
        cast_values(rows.column(n).combine_chunks().take(order), type_of(column), common, "legacy", zone)
        for n, column in enumerate(frame._plan.output)
        if column.id != key.id
    ]
    # row after row, so that a column is every n-th value
    width = len(names)
    flat = pa.concat_arrays([line.cast(kind) for line in lines]) if lines else pa.array([], kind)
    columns = [flat.take(pa.array(range(at, len(flat), width or 1), pa.int64())) for at in range(width)]
    schema = pa.schema([pa.field("key", pa.string(), nullable=False), *(pa.field(name, kind) for name in names)])
    labels = pa.array([column.name for column in others], pa.string())
    return session._static_frame(TableProvider.of(pa.Table.from_arrays([labels, *columns], schema=schema)))


def _common(frame: DataFrame, types: list[DataType]) -> DataType:
    """The type that all values are cast to: text if there are none."""
    found: DataType | None = None
    for data_type in types:
        if found is None or found == data_type:
            found = data_type
            continue
        mixed = isinstance(found, StringType) != isinstance(data_type, StringType)
        wider = None if mixed else common_type(found, data_type, rules_of(frame._conf))
        if wider is None:
            raise AnalysisException(
                errorClass="TRANSPOSE_NO_LEAST_COMMON_TYPE",
                messageParameters={"dt1": quoted_type(found), "dt2": quoted_type(data_type)},
            )
        found = wider
    return found or StringType()


def _scala(data_type: DataType) -> str:
    return str(data_type).replace("()", "").replace("True", "true").replace("False", "false").replace(", ", ",")


def _bad_index(reason: str) -> AnalysisException:
    return AnalysisException(errorClass="TRANSPOSE_INVALID_INDEX_COLUMN", messageParameters={"reason": reason})
