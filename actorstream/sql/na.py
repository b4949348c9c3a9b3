"""`df.na`: what can be done about nulls, as projections and filters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from actorstream.errors import PySparkTypeError, PySparkValueError
from actorstream.expr.nodes import Alias, Attribute, Call, Cast, Constant, Expression
from actorstream.expr.types import BooleanType, DoubleType, FloatType, NumericType, StringType
from actorstream.plan import select as building
from actorstream.plan.resolution import same_name
from actorstream.sql.column import Column

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame


class DataFrameNaFunctions:
    """Source: `pyspark.sql.DataFrameNaFunctions`."""

    def __init__(self, df: DataFrame) -> None:
        self.df = df

    def fill(self, value: Any, subset: str | Sequence[str] | None = None) -> DataFrame:
        """With nulls (and NaN) replaced in the columns whose type fits the value.

        Args:
            value: a number, text or bool; or a mapping from column name to value.
        """
        frame = self.df
        if isinstance(value, dict):
            values = value
        else:
            names = frame.columns if subset is None else [subset] if isinstance(subset, str) else list(subset)
            values = {name: value for name in names if _fits(frame.schema[name].dataType, value)}

        def filled(column: Attribute) -> Expression:
            for name, replacement in values.items():
                if same_name(name, column.name, frame._conf):
                    assert column.data_type is not None
                    source: Expression = column
                    if isinstance(column.data_type, (DoubleType, FloatType)):
                        source = Call(name="nanvl", args=(column, Constant(value=None, data_type=column.data_type)))
                    constant = Cast(child=Column(_literal(replacement)).expression, to=column.data_type)
                    return Alias(child=Call(name="coalesce", args=(source, constant)), name=column.name)
            return column

        return frame._with(building.map_columns(frame._plan, filled, frame._conf))

    def drop(self, how: str = "any", thresh: int | None = None, subset: str | Sequence[str] | None = None) -> DataFrame:
        """Without rows that have a null (``any``), only nulls (``all``) or less than `thresh` values."""
        if how not in ("any", "all"):
            raise PySparkValueError(
                errorClass="VALUE_NOT_ALLOWED",
                messageParameters={"arg_name": "how", "allowed_values": "['any', 'all']"},
            )
        frame = self.df
        names = frame.columns if subset is None else [subset] if isinstance(subset, str) else list(subset)
        if thresh is None:
            thresh = len(names) if how == "any" else 1
        present: Expression | None = None
        for name in names:
            one = Call(
                name="if",
                args=(Call(name="isnotnull", args=(frame[name].expression,)), Constant(value=1), Constant(value=0)),
            )
            present = one if present is None else Call(name="+", args=(present, one))
        if present is None:
            return frame
        enough = Call(name=">=", args=(present, Constant(value=thresh)))
        return frame._with(building.where(frame._plan, enough, frame._conf))


def _literal(value: Any) -> Expression:
    if isinstance(value, (bool, int, float, str)):
        return Constant(value=value)
    raise PySparkTypeError(
        errorClass="NOT_EXPECTED_TYPE",
        messageParameters={
            "expected_type": "bool, dict, float, int or str",
            "arg_name": "value",
            "arg_type": type(value).__name__,
        },
    )


_FITS: dict[type, Callable[[Any], bool]] = {
    bool: lambda data_type: isinstance(data_type, BooleanType),
    int: lambda data_type: isinstance(data_type, NumericType),
    float: lambda data_type: isinstance(data_type, NumericType),
    str: lambda data_type: isinstance(data_type, StringType),
}


def _fits(data_type: Any, value: Any) -> bool:
    _literal(value)
    return _FITS[type(value)](data_type)
