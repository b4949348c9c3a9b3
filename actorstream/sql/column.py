"""`Column`: an expression under construction, bound to rows only when a DataFrame uses it.

Before it: the user's code. After it: `expr.typing.resolve`, called by the plan. A column knows no session and no data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actorstream.errors import IllegalArgumentException, PySparkAttributeError, PySparkTypeError, PySparkValueError
from actorstream.expr.names import name_expression
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import (
    Alias,
    Call,
    CaseWhen,
    Cast,
    Constant,
    Expression,
    GetField,
    OuterReference,
    SortOrder,
    UnresolvedAttribute,
    WindowFunction,
)
from actorstream.expr.types import DataType, StructType, parse_type
from actorstream.plan.expressions import MultiAlias, Subquery
from actorstream.sql._origin import with_origin
from actorstream.sql.frame import Frame


def expression_of(value: Any) -> Expression:
    """The expression of an operand: a column's own, or a constant."""
    return value.expression if isinstance(value, Column) else Constant(value=value)


def named_expression(value: Any) -> Expression:
    """The expression of an argument where text means a column name (``select("a")``, ``"t.a"``, ``"*"``)."""
    if isinstance(value, Column):
        return value.expression
    if isinstance(value, str):
        return name_expression(value)
    raise PySparkTypeError(
        errorClass="NOT_EXPECTED_TYPE",
        messageParameters={"expected_type": "Column or str", "arg_name": "col", "arg_type": type(value).__name__},
    )


def column_named(name: str) -> Column:
    """A column by its whole name, dots and all."""
    return Column(UnresolvedAttribute(parts=(name,)))


def data_type_of(value: DataType | str) -> DataType:
    """A type object, or one parsed from DDL text."""
    if isinstance(value, DataType):
        return value
    if isinstance(value, str):
        return parse_type(value)
    raise PySparkTypeError(
        errorClass="NOT_EXPECTED_TYPE",
        messageParameters={
            "expected_type": "DataType or str",
            "arg_name": "dataType",
            "arg_type": type(value).__name__,
        },
    )


def _text_operand(value: Any, argument: str) -> Expression:
    if isinstance(value, (Column, str)) or value is None:
        return expression_of(value)
    raise PySparkTypeError(
        errorClass="NOT_EXPECTED_TYPE",
        messageParameters={"expected_type": "Column or str", "arg_name": argument, "arg_type": type(value).__name__},
    )


@with_origin(
    *("__neg__", "__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__", "__truediv__", "__rtruediv__"),
    *("__mod__", "__rmod__", "__pow__", "__rpow__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"),
    *("__and__", "__rand__", "__or__", "__ror__", "__invert__", "__getitem__", "eqNullSafe", "bitwiseAND", "bitwiseOR"),
    *("bitwiseXOR", "isin", "between", "like", "ilike", "rlike", "startswith", "endswith", "contains", "substr"),
    *("getItem", "getField", "withField", "dropFields", "cast", "try_cast"),
)
class Column:
    """A column of a DataFrame, or a computation on columns.

    Source: `pyspark.sql.Column`.
    """

    __slots__ = ("expression",)

    #: the tree; immutable
    expression: Expression

    def __init__(self, expression: Expression | str) -> None:
        if isinstance(expression, str):
            expression = name_expression(expression)
        self.expression = expression

    # -- arithmetic

    def _with(self, name: str, *others: Any) -> Column:
        return Column(Call(name=name, args=(self.expression, *(expression_of(other) for other in others))))

    def _reversed(self, name: str, other: Any) -> Column:
        return Column(Call(name=name, args=(expression_of(other), self.expression)))

    def __neg__(self) -> Column:
        return self._with("negative")

    def __add__(self, other: Any) -> Column:
        return self._with("+", other)

    def __radd__(self, other: Any) -> Column:
        return self._with("+", other)  # in PySpark the column comes first, which its name shows

    def __sub__(self, other: Any) -> Column:
        return self._with("-", other)

    def __rsub__(self, other: Any) -> Column:
        return self._reversed("-", other)

    def __mul__(self, other: Any) -> Column:
        return self._with("*", other)

    def __rmul__(self, other: Any) -> Column:
        return self._with("*", other)

    def __truediv__(self, other: Any) -> Column:
        return self._with("/", other)

    def __rtruediv__(self, other: Any) -> Column:
        return self._reversed("/", other)

    def __mod__(self, other: Any) -> Column:
        return self._with("%", other)

    def __rmod__(self, other: Any) -> Column:
        return self._reversed("%", other)

    def __pow__(self, other: Any) -> Column:
        return self._with("power", other)

    def __rpow__(self, other: Any) -> Column:
        return self._reversed("power", other)

    # -- comparison and logic

    def __eq__(self, other: object) -> Column:  # type: ignore[override]
        return self._with("=", other)

    def __ne__(self, other: object) -> Column:  # type: ignore[override]
        return Column(Call(name="not", args=(self._with("=", other).expression,)))

    def __lt__(self, other: Any) -> Column:
        return self._with("<", other)

    def __le__(self, other: Any) -> Column:
        return self._with("<=", other)

    def __gt__(self, other: Any) -> Column:
        return self._with(">", other)

    def __ge__(self, other: Any) -> Column:
        return self._with(">=", other)

    def eqNullSafe(self, other: Any) -> Column:
        """Equality that holds between nulls (``<=>``)."""
        return self._with("<=>", other)

    def __and__(self, other: Any) -> Column:
        return self._with("and", other)

    def __rand__(self, other: Any) -> Column:
        return self._with("and", other)

    def __or__(self, other: Any) -> Column:
        return self._with("or", other)

    def __ror__(self, other: Any) -> Column:
        return self._with("or", other)

    def __invert__(self) -> Column:
        return self._with("not")

    # a class with __eq__ and without __hash__ could be no key of a dict, which users do
    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        raise PySparkValueError(
            errorClass="CANNOT_CONVERT_COLUMN_INTO_BOOL", messageParameters={"column": _prefixed(self.expression)}
        )

    def __contains__(self, item: Any) -> bool:
        raise PySparkValueError(errorClass="CANNOT_APPLY_IN_FOR_COLUMN", messageParameters={})

    def __iter__(self) -> Any:
        raise PySparkTypeError(errorClass="NOT_ITERABLE", messageParameters={"objectName": "Column"})

    # -- bits

    def bitwiseAND(self, other: Any) -> Column:
        """Bitwise and."""
        return self._with("&", other)

    def bitwiseOR(self, other: Any) -> Column:
        """Bitwise or."""
        return self._with("|", other)

    def bitwiseXOR(self, other: Any) -> Column:
        """Bitwise exclusive or."""
        return self._with("^", other)

    # -- tests

    def isNull(self) -> Column:
        """True where the value is null."""
        return self._with("isnull")

    def isNotNull(self) -> Column:
        """True where the value is not null."""
        return self._with("isnotnull")

    def isNaN(self) -> Column:
        """True where the value is NaN."""
        return self._with("isnan")

    def isin(self, *cols: Any) -> Column:
        """True where the value is among the given ones (separate arguments, a list or a set)."""
        if len(cols) == 1 and isinstance(cols[0], Frame):  # the rows of another frame
            core = self.expression
            # a struct that is made here stands for its parts
            values = core.args if isinstance(core, Call) and core.name == "struct" else (core,)
            return Column(Subquery(kind="in", query=cols[0]._plan, values=values))
        items = cols[0] if len(cols) == 1 and isinstance(cols[0], (list, set)) else cols
        return self._with("in", *items)

    def between(self, lowerBound: Any, upperBound: Any) -> Column:
        """True where the value lies in a closed range."""
        return (self >= lowerBound) & (self <= upperBound)

    def like(self, other: Any) -> Column:
        """SQL LIKE."""
        return self._with("like", other)

    def ilike(self, other: Any) -> Column:
        """SQL LIKE that ignores case."""
        return self._with("ilike", other)

    def rlike(self, other: Any) -> Column:
        """True where a regular expression is found."""
        return self._with("rlike", other)

    def startswith(self, other: Any) -> Column:
        """True where the text begins with another."""
        return self._with("startswith", other)

    def endswith(self, other: Any) -> Column:
        """True where the text ends with another."""
        return self._with("endswith", other)

    def contains(self, other: Any) -> Column:
        """True where the text contains another."""
        return self._with("contains", other)

    # -- parts

    def substr(self, startPos: Any, length: Any) -> Column:
        """A piece of a text; positions begin at 1.

        Raises: NOT_SAME_TYPE, NOT_EXPECTED_TYPE.
        """
        if type(startPos) is not type(length):
            raise PySparkTypeError(
                errorClass="NOT_SAME_TYPE",
                messageParameters={
                    "arg_name1": "startPos",
                    "arg_name2": "length",
                    "arg_type1": type(startPos).__name__,
                    "arg_type2": type(length).__name__,
                },
            )
        if not isinstance(startPos, (int, Column)):
            raise PySparkTypeError(
                errorClass="NOT_EXPECTED_TYPE",
                messageParameters={
                    "expected_type": "Column or int",
                    "arg_name": "startPos",
                    "arg_type": type(startPos).__name__,
                },
            )
        return self._with("substr", startPos, length)

    def getItem(self, key: Any) -> Column:
        """An element of an array by position from 0, or a value of a map by key."""
        return self._with("getitem", key)

    def getField(self, name: str) -> Column:
        """A field of a struct."""
        return Column(GetField(child=self.expression, field_name=name))

    def __getitem__(self, k: Any) -> Column:
        if isinstance(k, slice):
            if k.step is not None:
                raise PySparkValueError(errorClass="SLICE_WITH_STEP", messageParameters={})
            return self.substr(k.start, k.stop)
        return self._with("getitem", k)

    def __getattr__(self, item: str) -> Column:
        if item.startswith("_") or item == "expression":
            raise PySparkAttributeError(errorClass="CANNOT_ACCESS_TO_DUNDER", messageParameters={})
        return self._with("getitem", item)

    def withField(self, fieldName: str, col: Column) -> Column:
        """A struct with a field added or replaced."""
        if not isinstance(fieldName, str):
            raise PySparkTypeError(
                errorClass="NOT_EXPECTED_TYPE",
                messageParameters={
                    "expected_type": "str",
                    "arg_name": "fieldName",
                    "arg_type": type(fieldName).__name__,
                },
            )
        if not isinstance(col, Column):
            raise PySparkTypeError(
                errorClass="NOT_EXPECTED_TYPE",
                messageParameters={"expected_type": "Column", "arg_name": "col", "arg_type": type(col).__name__},
            )
        return self._with("with_field", fieldName, col)

    def dropFields(self, *fieldNames: str) -> Column:
        """A struct without some fields."""
        return self._with("drop_fields", *fieldNames)

    # -- types and names

    def cast(self, dataType: DataType | str) -> Column:
        """The value as another type; a value that does not fit is an error in ANSI mode."""
        return Column(Cast(child=self.expression, to=data_type_of(dataType)))

    astype = cast

    def try_cast(self, dataType: DataType | str) -> Column:
        """The value as another type; null where it does not fit."""
        return Column(Cast(child=self.expression, to=data_type_of(dataType), mode="try"))

    def alias(self, *alias: str, **kwargs: Any) -> Column:
        """A name for the result column; several for a generator with several columns.

        Raises: ONLY_ALLOWED_FOR_SINGLE_COLUMN for metadata with several names.
        """
        metadata: Mapping[str, Any] | None = kwargs.pop("metadata", None)
        if len(alias) == 1:
            return Column(Alias(child=self.expression, name=alias[0], metadata=dict(metadata or {})))
        if metadata is not None:
            raise PySparkValueError(
                errorClass="ONLY_ALLOWED_FOR_SINGLE_COLUMN", messageParameters={"arg_name": "metadata"}
            )
        return Column(MultiAlias(child=self.expression, names=tuple(alias)))

    name = alias

    # -- order

    def _order(self, ascending: bool, nulls_first: bool) -> Column:
        return Column(SortOrder(child=self.expression, ascending=ascending, nulls_first=nulls_first))

    def asc(self) -> Column:
        """Ascending, nulls first."""
        return self._order(True, True)

    def asc_nulls_first(self) -> Column:
        """Ascending, nulls first."""
        return self._order(True, True)

    def asc_nulls_last(self) -> Column:
        """Ascending, nulls last."""
        return self._order(True, False)

    def desc(self) -> Column:
        """Descending, nulls last."""
        return self._order(False, False)

    def desc_nulls_first(self) -> Column:
        """Descending, nulls first."""
        return self._order(False, True)

    def desc_nulls_last(self) -> Column:
        """Descending, nulls last."""
        return self._order(False, False)

    # -- conditions and windows

    def when(self, condition: Column, value: Any) -> Column:
        """One more branch of a CASE begun by `functions.when`.

        Raises: NOT_EXPECTED_TYPE; an error if this is no CASE, or one that has its `otherwise`.
        """
        if not isinstance(condition, Column):
            raise PySparkTypeError(
                errorClass="NOT_EXPECTED_TYPE",
                messageParameters={
                    "expected_type": "Column",
                    "arg_name": "condition",
                    "arg_type": type(condition).__name__,
                },
            )
        case = self.expression
        if not isinstance(case, CaseWhen):
            raise IllegalArgumentException(
                "when() can only be applied on a Column previously generated by when() function"
            )
        if case.otherwise is not None:
            raise PySparkValueError("when() cannot be applied once otherwise() is applied")
        branch = (condition.expression, expression_of(value))
        return Column(CaseWhen(branches=(*case.branches, branch)))

    def otherwise(self, value: Any) -> Column:
        """What a CASE gives when no branch holds."""
        case = self.expression
        if not isinstance(case, CaseWhen):
            raise IllegalArgumentException(
                "otherwise() can only be applied on a Column previously generated by when() function"
            )
        if case.otherwise is not None:
            raise IllegalArgumentException(
                "otherwise() can only be applied once on a Column previously generated by when() function"
            )
        return Column(CaseWhen(branches=case.branches, otherwise=expression_of(value)))

    def over(self, window: Any) -> Column:
        """The function over a window of rows (static DataFrames).

        Raises: NOT_EXPECTED_TYPE.
        """
        from actorstream.sql.window import WindowSpec

        if not isinstance(window, WindowSpec):
            raise PySparkTypeError(
                errorClass="NOT_EXPECTED_TYPE",
                messageParameters={
                    "expected_type": "WindowSpec",
                    "arg_name": "window",
                    "arg_type": type(window).__name__,
                },
            )
        return Column(
            WindowFunction(
                function=self.expression,
                partition_by=window.partition_by,
                order_by=window.order_by,
                frame=window.frame,
            )
        )

    def outer(self) -> Column:
        """This column of the frame around: for `DataFrame.exists`, `scalar` and `lateralJoin`, and arguments of table functions."""
        return Column(OuterReference(child=self.expression))

    def transform(self, f: Any) -> Column:
        """`f` applied to this column."""
        result = f(self)
        if not isinstance(result, Column):
            raise PySparkTypeError(
                errorClass="NOT_EXPECTED_TYPE",
                messageParameters={"expected_type": "Column", "arg_name": "f", "arg_type": type(result).__name__},
            )
        return result

    def __repr__(self) -> str:
        return f"Column<'{_shown(self.expression)}'>"


def _prefixed(expression: Expression) -> str:
    """An expression with its operators before their operands: ``>(id, 1)``."""
    if isinstance(expression, Call):
        return f"{expression.name}({', '.join(map(_prefixed, expression.args))})"
    return sql_text(expression)


def _shown(expression: Expression) -> str:
    if isinstance(expression, Subquery):
        columns = ", ".join(f"{field.name}: {field.dataType.simpleString()}" for field in expression.query.schema)
        return f"{expression.kind.upper()} ([{columns}])"
    if isinstance(expression, MultiAlias):
        return f"{sql_text(expression.child)} AS ({', '.join(expression.names)})"
    return sql_text(expression)


__all__ = ["Column", "StructType", "UnresolvedAttribute"]
