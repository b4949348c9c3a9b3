"""`df.stat`: statistics of columns of a static frame, and samples by stratum. Source: `pyspark.sql.DataFrameStatFunctions`."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from actorstream.errors import IllegalArgumentException, PySparkTypeError, PySparkValueError
from actorstream.expr.types import ArrayType, NumericType, StructField, StructType
from actorstream.plan.nodes import Sample
from actorstream.sql import functions as F
from actorstream.sql.column import Column, column_named

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame


class DataFrameStatFunctions:
    """Statistics; all but `sampleBy` compute at once."""

    def __init__(self, df: DataFrame) -> None:
        self.df = df

    def approxQuantile(
        self,
        col: str | list[str] | tuple[str, ...],
        probabilities: list[float] | tuple[float, ...],
        relativeError: float,
    ) -> list[float] | list[list[float]]:
        """Quantiles of numeric columns: the least values with at least that share of the values at or below them.

        They are exact, hence within any `relativeError`. Nulls and NaN do not count; a column without values has no quantiles.

        Returns: one list for one name, a list of lists for several.
        Raises: PySparkTypeError NOT_EXPECTED_TYPE, LIST/TUPLE; PySparkValueError NEGATIVE_VALUE; IllegalArgumentException.
        """
        if not isinstance(col, (str, list, tuple)):
            raise _wrong_type("col", "list, str or tuple", col)
        names = [col] if isinstance(col, str) else list(col)
        for name in names:
            if not isinstance(name, str):
                raise PySparkTypeError(
                    errorClass="DISALLOWED_TYPE_FOR_CONTAINER",
                    messageParameters={
                        "arg_name": "col",
                        "arg_type": type(col).__name__,
                        "allowed_types": "str",
                        "item_type": type(name).__name__,
                    },
                )
        if not isinstance(probabilities, (list, tuple)):
            raise _wrong_type("probabilities", "list or tuple", probabilities)
        for share in probabilities:
            if not isinstance(share, (float, int)) or not 0 <= share <= 1:
                raise _wrong_type("probabilities", "list[float, int]", share)
        if not isinstance(relativeError, (float, int)):
            raise _wrong_type("relativeError", "float or int", relativeError)
        if relativeError < 0:
            raise PySparkValueError(
                errorClass="NEGATIVE_VALUE",
                messageParameters={"arg_name": "relativeError", "arg_value": str(relativeError)},
            )
        found = [self._quantiles(name, [float(share) for share in probabilities]) for name in names]
        return found[0] if isinstance(col, str) else found

    def _quantiles(self, name: str, shares: list[float]) -> list[float]:
        data_type = self.df.select(name).schema[0].dataType
        if not isinstance(data_type, NumericType):
            raise IllegalArgumentException(
                f"requirement failed: Quantile calculation for column {name} with data type "
                f"{type(data_type).__name__} is not supported."
            )
        values = self.df.select(F.col(name).cast("double").alias("v")).where("not isnan(v)")
        row = values.agg(F.percentile_approx("v", shares, 10000)).collect()[0]
        return list(row[0] or [])

    def corr(self, col1: str, col2: str, method: str | None = None) -> float:
        """Pearson's correlation of two numeric columns. Raises: PySparkValueError VALUE_NOT_ALLOWED, IllegalArgumentException."""
        _require_names(col1=col1, col2=col2)
        if (method or "pearson") != "pearson":
            raise PySparkValueError(
                errorClass="VALUE_NOT_ALLOWED",
                messageParameters={"arg_name": "method", "allowed_values": "['pearson']"},
            )
        return self._pair("correlation", F.corr, col1, col2, float("nan"))

    def cov(self, col1: str, col2: str) -> float:
        """Sample covariance of two numeric columns. Raises: IllegalArgumentException."""
        _require_names(col1=col1, col2=col2)
        return self._pair("covariance", F.covar_samp, col1, col2, 0.0)

    def _pair(self, name: str, function: Any, col1: str, col2: str, empty: float) -> float:
        for column in (col1, col2):
            data_type = self.df.select(column).schema[0].dataType
            if not isinstance(data_type, NumericType):
                raise IllegalArgumentException(
                    f"requirement failed: Currently {name} calculation for columns with dataType "
                    f"{data_type.simpleString()} not supported."
                )
        # the reference counts a missing number as 0 here
        one, other = (F.coalesce(F.col(column).cast("double"), F.lit(0.0)) for column in (col1, col2))
        found = self.df.agg(function(one, other)).collect()[0][0]
        return empty if found is None else float(found)

    def crosstab(self, col1: str, col2: str) -> DataFrame:
        """How often each pair of values comes: a row per value of `col1`, a column per value of `col2`."""
        _require_names(col1=col1, col2=col2)
        name = f"{col1}_{col2}"
        text_of = [F.coalesce(F.col(column).cast("string"), F.lit("null")) for column in (col1, col2)]
        pairs = self.df.select(text_of[0].alias(name), text_of[1].alias("text"))
        # in the order of their texts, 10 before 8
        texts = [row["text"] for row in pairs.select("text").distinct().orderBy("text").collect()]
        counted = pairs.groupBy(name).pivot("text", texts).count()
        filled = [F.coalesce(column_named(text), F.lit(0)).alias(text) for text in texts]
        return counted.select(column_named(name), *filled)

    def freqItems(self, cols: list[str] | tuple[str, ...], support: float | None = None) -> DataFrame:
        """The values that make up at least `support` (0.01) of a column's rows, one list per column, exactly.

        Raises: PySparkTypeError NOT_EXPECTED_TYPE, IllegalArgumentException.
        """
        if not isinstance(cols, (list, tuple)):
            raise _wrong_type("cols", "list or tuple", cols)
        share = support if support else 0.01
        if not 1e-4 <= share <= 1:
            raise IllegalArgumentException(
                f"requirement failed: Support must be in [1e-4, 1], but got {str(share).replace('e-0', 'E-').replace('e', 'E') if share < 1e-4 else share}."
            )
        total = self.df.count()
        found = []
        fields = []
        for name in cols:
            counted = self.df.groupBy(F.col(name).alias("v")).count().where(F.col("count") >= share * total)
            found.append([row[0] for row in counted.collect()])
            field = self.df.select(name).schema[0]
            fields.append(StructField(f"{name}_freqItems", ArrayType(field.dataType, True)))
        return self.df.sparkSession.createDataFrame([tuple(found)], StructType(fields))

    def sampleBy(self, col: str | Column, fractions: Mapping[Any, float], seed: int | None = None) -> DataFrame:
        """A part of the rows of every stratum. Args: `fractions` is the share per value of `col`; 0 for values not in it.

        Raises: PySparkTypeError NOT_EXPECTED_TYPE, DISALLOWED_TYPE_FOR_CONTAINER; IllegalArgumentException.
        """
        if not isinstance(col, (str, Column)):
            raise _wrong_type("col", "Column or str", col)
        if not isinstance(fractions, dict):
            raise _wrong_type("fractions", "dict", fractions)
        for value, share in fractions.items():
            if not isinstance(value, (float, int, str)):
                raise PySparkTypeError(
                    errorClass="DISALLOWED_TYPE_FOR_CONTAINER",
                    messageParameters={
                        "arg_name": "fractions",
                        "arg_type": type(fractions).__name__,
                        "allowed_types": "float, int, str",
                        "item_type": type(value).__name__,
                    },
                )
            if not 0 <= share <= 1:
                shown = ", ".join(f"{key} -> {float(item)}" for key, item in fractions.items())
                raise IllegalArgumentException(
                    f"requirement failed: Fractions must be in [0, 1], but got Map({shown})."
                )
        column = F.col(col) if isinstance(col, str) else col
        chance = F.lit(0.0)
        for value, share in reversed(fractions.items()):
            chance = F.when(column == F.lit(value), F.lit(float(share))).otherwise(chance)
        drawn = F.rand(random.randrange(2**31) if seed is None else seed)
        return self.df.where(drawn < chance)


def split(frame: DataFrame, weights: Sequence[float], seed: int | None) -> list[DataFrame]:
    """The rows of a frame in parts of about these shares. Raises: PySparkValueError VALUE_NOT_POSITIVE."""
    for weight in weights:
        if weight < 0.0:
            raise PySparkValueError(
                errorClass="VALUE_NOT_POSITIVE", messageParameters={"arg_name": "weights", "arg_value": str(weight)}
            )
    number = random.randrange(2**63) if seed is None else int(seed)
    total = sum(weights)
    ordered = frame.sortWithinPartitions(*frame.columns) if _can_sort(frame) else frame
    parts = []
    reached = 0.0
    for weight in weights:
        until = reached + weight
        parts.append(frame._with(Sample(ordered._plan, reached / total, until / total, number)))
        reached = until
    return parts


def _can_sort(frame: DataFrame) -> bool:
    """Whether rows can be put in an order of their own, which makes the parts disjoint whatever order they come in."""
    names = [name.lower() for name in frame.columns]
    return bool(names) and len(set(names)) == len(names) and "map<" not in frame.schema.simpleString()


def sample(frame: DataFrame, replacement: Any, fraction: Any, seed: Any) -> DataFrame:
    """``df.sample(...)`` in all its forms. Raises: PySparkTypeError NOT_EXPECTED_TYPE, IllegalArgumentException."""
    given = (replacement, fraction, seed)
    with_flag = isinstance(replacement, bool) and isinstance(fraction, float)
    flag_by_name = replacement is None and isinstance(fraction, float)
    without_flag = isinstance(replacement, float) and not isinstance(replacement, bool)
    if not (with_flag or flag_by_name or without_flag):
        kinds = [type(item).__name__ for item in given]
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={
                "expected_type": "bool, float or int",
                "arg_name": "withReplacement (optional), fraction (required) and seed (optional)",
                "arg_type": ", ".join(kinds),
            },
        )
    if without_flag:
        if fraction is not None:
            seed = fraction
        fraction, replacement = replacement, None
    share = cast(float, fraction)
    number = random.randrange(2**63) if seed is None else int(seed)
    if replacement and share < 0:
        raise IllegalArgumentException(
            f"requirement failed: Sampling fraction ({share}) must be nonnegative with replacement"
        )
    if not replacement and not 0 <= share <= 1:
        raise IllegalArgumentException(
            f"requirement failed: Sampling fraction ({share}) must be on interval [0, 1] without replacement"
        )
    return frame._with(Sample(frame._plan, 0.0, share, number, bool(replacement)))


def _require_names(**names: object) -> None:
    for name, value in names.items():
        if not isinstance(value, str):
            raise _wrong_type(name, "str", value)


def _wrong_type(name: str, expected: str, value: object) -> PySparkTypeError:
    return PySparkTypeError(
        errorClass="NOT_EXPECTED_TYPE",
        messageParameters={"arg_name": name, "expected_type": expected, "arg_type": type(value).__name__},
    )
