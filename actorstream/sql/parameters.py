"""Values that a call of `spark.sql` puts into its text: ``:name`` and ``?`` by `args`, ``{name}`` by keyword.

Parameters become expressions in the syntax tree, never text. Source: `pyspark.sql.sql_formatter`, `SparkSession.sql`.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from typing import Any

from sqlglot import exp

from actorstream.errors import AnalysisException, PySparkTypeError, PySparkValueError, SparkRuntimeException
from actorstream.expr.nodes import Attribute, Expression, UnresolvedAttribute
from actorstream.plan.nodes import LogicalPlan
from actorstream.plan.sql_dialect import PARAMETER, POSITION
from actorstream.sql.column import Column
from actorstream.sql.functions._build import literal_of

Arguments = Mapping[str, Any] | list[Any] | None


class Parameters:
    """The `args` of a call. A statement may be bound in several pieces, in the order of its text.

    Raises: PySparkTypeError INVALID_TYPE.
    """

    def __init__(self, args: Arguments) -> None:
        given: object = args
        if given is not None and not isinstance(given, (dict, list)):
            raise PySparkTypeError(
                errorClass="INVALID_TYPE", messageParameters={"arg_name": "args", "arg_type": type(given).__name__}
            )
        self._named: Mapping[str, Any] = args if isinstance(args, dict) else {}
        self._values: Iterator[Any] = iter(args if isinstance(args, list) else ())

    def bind(self, tree: Any) -> None:
        """Put a value into every placeholder.

        Raises: AnalysisException UNBOUND_SQL_PARAMETER; SparkRuntimeException UNSUPPORTED_FEATURE.LITERAL_TYPE.
        """
        marks = list(tree.find_all(exp.Placeholder))
        positional = (mark for mark in marks if not mark.args.get("this"))
        for node in sorted(positional, key=lambda mark: int(mark.meta[POSITION])):
            try:
                node.meta[PARAMETER] = _expression(next(self._values))
            except StopIteration:
                raise _unbound(f"_{node.meta[POSITION]}") from None
        for node in marks:
            if node.args.get("this"):
                if node.name not in self._named:
                    raise _unbound(node.name)
                node.meta[PARAMETER] = _expression(self._named[node.name])


def _unbound(name: str) -> AnalysisException:
    return AnalysisException(errorClass="UNBOUND_SQL_PARAMETER", messageParameters={"name": name})


def _expression(value: Any) -> Expression:
    if isinstance(value, (dict, tuple, set)):
        raise SparkRuntimeException(
            errorClass="UNSUPPORTED_FEATURE.LITERAL_TYPE",
            messageParameters={"value": str(value), "type": f"class {type(value).__name__}"},
        )
    return literal_of(value)


# ---------------------------------------------------------------- {names}


class FrameFormatter(string.Formatter):
    """``{df}`` stands for a DataFrame, ``{column}`` for the name of a column, a text for its literal, the rest for itself.

    `plans` are the DataFrames by the names that the text calls them by.
    """

    def __init__(self) -> None:
        self.plans: dict[str, LogicalPlan] = {}

    def format_field(self, value: Any, format_spec: str) -> str:
        """The text of a value."""
        from actorstream.sql.dataframe import DataFrame

        if isinstance(value, DataFrame):
            name = next((known for known, plan in self.plans.items() if plan is value._plan), None)
            name = name or f"_frame_{len(self.plans)}"
            self.plans[name] = value._plan
            return name
        if isinstance(value, Column):
            return self._reference(value)
        if isinstance(value, str):
            return exp.Literal.string(value).sql(dialect="spark")
        return str(super().format_field(value, format_spec))

    @staticmethod
    def _reference(value: Column) -> str:
        expression = value.expression
        if isinstance(expression, Attribute):
            return f"`{expression.name}`"
        if isinstance(expression, UnresolvedAttribute):
            return ".".join(f"`{part}`" for part in expression.parts)
        raise PySparkValueError(
            errorClass="VALUE_NOT_PLAIN_COLUMN_REFERENCE",
            messageParameters={"val": str(value), "field_name": "column"},
        )
