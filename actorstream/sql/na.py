"""`df.na`: what can be done about nulls, as projections and filters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from actorstream.errors import (
    IllegalArgumentException,
    PySparkTypeError,
    PySparkValueError,
    UnsupportedOperationException,
)
from actorstream.expr.names import split_name
from actorstream.expr.nodes import Alias, Attribute, Call, CaseWhen, Cast, Constant, Expression
from actorstream.expr.types import BooleanType, DoubleType, FloatType, NumericType, StringType
from actorstream.plan import select as building
from actorstream.sql.column import Column

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame


MISSING: Any = object()
"""Stands for a value that was not given, as None is one that can be."""


class DataFrameNaFunctions:
    """Source: `pyspark.sql.DataFrameNaFunctions`."""

    def __init__(self, df: DataFrame) -> None:
        self.df = df

    def fill(self, value: Any, subset: str | Sequence[str] | None = None) -> DataFrame:
        """With nulls (and NaN) replaced in the columns whose type fits the value.

        Args:
            value: a number, text or bool; or a mapping from column name to value.
        Raises: AnalysisException UNRESOLVED_COLUMN.*, AMBIGUOUS_REFERENCE; UnsupportedOperationException
            UNSUPPORTED_FEATURE.REPLACE_NESTED_COLUMN for a field in a mapping.
        """
        frame = self.df
        values: dict[int, Any] = {}
        if isinstance(value, dict):
            values = {_whole(frame, name).id: replacement for name, replacement in value.items()}
        else:
            names = _names(frame, subset)
            items = frame._plan.output if names is None else [frame[name].expression for name in names]
            for item in items:
                if isinstance(item, Attribute) and _fits(item.data_type, value):
                    values[item.id] = value

        def filled(column: Attribute) -> Expression:
            if column.id not in values:
                return column
            assert column.data_type is not None
            source: Expression = column
            if isinstance(column.data_type, (DoubleType, FloatType)):
                source = Call(name="nanvl", args=(column, Constant(value=None, data_type=column.data_type)))
            constant = Cast(child=Column(_literal(values[column.id])).expression, to=column.data_type)
            return Alias(child=Call(name="coalesce", args=(source, constant)), name=column.name)

        return frame._with(building.map_columns(frame._plan, filled, frame._conf))

    def replace(self, to_replace: Any, value: Any = MISSING, subset: str | Sequence[str] | None = None) -> DataFrame:
        """With some values replaced in the columns whose type fits them.

        Args:
            to_replace: a value, a list of values, or a mapping from old value to new.
            value: the new value, or one for each of the list; None makes them null.
        Raises: PySparkTypeError, PySparkValueError for arguments that do not go together; for names what `fill` does.
        """
        pairs = _pairs(to_replace, value)
        frame = self.df
        names = _names(frame, subset)
        columns = frame._plan.output if names is None else [_whole(frame, name) for name in names]
        # by its name as it is written: in another case a column is found and left as it is, as in the reference
        chosen = {(column.id, column.name) for column in columns}

        def replaced(column: Attribute) -> Expression:
            fitting = [pair for pair in pairs if _fits(column.data_type, pair[0])]
            if not fitting or (column.id, column.name) not in chosen:
                return column
            assert column.data_type is not None
            branches = tuple(
                (
                    Call(name="=", args=(column, Constant(value=old))),
                    Cast(child=Constant(value=new), to=column.data_type),
                )
                for old, new in fitting
            )
            return Alias(child=CaseWhen(branches=branches, otherwise=column), name=column.name)

        return frame._with(building.map_columns(frame._plan, replaced, frame._conf))

    def drop(self, how: str = "any", thresh: int | None = None, subset: str | Sequence[str] | None = None) -> DataFrame:
        """Without rows that have a null (``any``), only nulls (``all``) or less than `thresh` values."""
        if how not in ("any", "all"):
            raise PySparkValueError(
                errorClass="VALUE_NOT_ALLOWED",
                messageParameters={"arg_name": "how", "allowed_values": "['any', 'all']"},
            )
        if thresh is not None and not isinstance(thresh, int):
            raise IllegalArgumentException(f"how ({thresh}) must be 'any' or 'all'")
        frame = self.df
        names = _names(frame, subset, "list, str or tuple")
        # all columns by their names too: one with a dot, or one of two, cannot be had so, as in the reference
        cells = [frame[name].expression for name in (frame.columns if names is None else names)]
        if thresh is None:
            thresh = len(cells) if how == "any" else 1
        present: Expression | None = None
        for column in cells:
            cell = column
            if isinstance(column.data_type, (DoubleType, FloatType)):
                cell = Call(
                    name="nanvl", args=(cell, Constant(value=None, data_type=DoubleType()))
                )  # NaN counts as null
            one = Call(
                name="if",
                args=(Call(name="isnotnull", args=(cell,)), Constant(value=1), Constant(value=0)),
            )
            present = one if present is None else Call(name="+", args=(present, one))
        if present is None:
            return frame
        enough = Call(name=">=", args=(present, Constant(value=thresh)))
        return frame._with(building.where(frame._plan, enough, frame._conf))


def _whole(frame: DataFrame, name: str) -> Attribute:
    """The column of a name. Raises: AnalysisException; UnsupportedOperationException for a field."""
    found = frame[name].expression
    if isinstance(found, Attribute):
        return found
    quoted = ".".join(f"`{part}`" for part in split_name(name))
    raise UnsupportedOperationException(
        errorClass="UNSUPPORTED_FEATURE.REPLACE_NESTED_COLUMN", messageParameters={"colName": quoted}
    )


def _names(frame: DataFrame, subset: Any, expected: str = "list or tuple") -> list[str] | None:
    """The names that were given; None for all columns. Raises: PySparkTypeError NOT_EXPECTED_TYPE."""
    if subset is None:
        return None
    if not isinstance(subset, (str, list, tuple)):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={"arg_name": "subset", "expected_type": expected, "arg_type": type(subset).__name__},
        )
    return [subset] if isinstance(subset, str) else list(subset)


def _pairs(to_replace: Any, value: Any) -> list[tuple[Any, Any]]:
    """What is replaced by what.

    Raises: PySparkTypeError NOT_EXPECTED_TYPE, ARGUMENT_REQUIRED;
        PySparkValueError LENGTH_SHOULD_BE_THE_SAME, MIXED_TYPE_REPLACEMENT.
    """
    plain = (bool, float, int, str)
    if not isinstance(to_replace, (*plain, list, tuple, dict)):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={
                "expected_type": "bool, dict, float, int, list, str or tuple",
                "arg_name": "to_replace",
                "arg_type": type(to_replace).__name__,
            },
        )
    if isinstance(to_replace, dict):
        found = list(to_replace.items())
    elif value is MISSING:
        raise PySparkTypeError(
            errorClass="ARGUMENT_REQUIRED",
            messageParameters={"arg_name": "value", "condition": "`to_replace` is dict"},
        )
    else:
        keys = [to_replace] if isinstance(to_replace, plain) else list(to_replace)
        values = list(value) if isinstance(value, (list, tuple)) else [value] * len(keys)
        if len(keys) != len(values):
            raise PySparkValueError(
                errorClass="LENGTH_SHOULD_BE_THE_SAME",
                messageParameters={
                    "arg1": "to_replace",
                    "arg2": "value",
                    "arg1_length": str(len(keys)),
                    "arg2_length": str(len(values)),
                },
            )
        found = list(zip(keys, values, strict=True))
    kinds = {_kind(item) for pair in found for item in pair if item is not None}
    if len(kinds) > 1:
        raise PySparkValueError(errorClass="MIXED_TYPE_REPLACEMENT", messageParameters={})
    return found


def _kind(value: Any) -> type:
    return bool if isinstance(value, bool) else float if isinstance(value, (int, float)) else type(value)


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
