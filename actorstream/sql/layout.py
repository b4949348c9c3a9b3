"""The methods of `DataFrame` about where rows lie: partitions, hints, caches. The engine needs none of it; arguments are checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from actorstream.connectors.table import TableProvider
from actorstream.errors import AnalysisException, PySparkTypeError, PySparkValueError
from actorstream.expr.coercion import quoted, quoted_type, type_of
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import Alias, SortOrder
from actorstream.expr.types import IntegerType, VariantType, holds
from actorstream.plan import nodes
from actorstream.plan.nodes import LogicalPlan, plan_text
from actorstream.plan.resolution import resolve_on
from actorstream.sql._arguments import flat, require, require_partitions
from actorstream.sql.column import Column, named_expression
from actorstream.sql.frame import Frame
from actorstream.storagelevel import StorageLevel

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame


class FrameLayout(Frame):
    """A part of `DataFrame`."""

    def repartition(self, numPartitions: int | Column | str, *cols: Column | str) -> DataFrame:
        """The same rows: the engine spreads them by what the next step needs.

        Raises: PySparkTypeError NOT_EXPECTED_TYPE, IllegalArgumentException; AnalysisException for unknown columns,
            UNSUPPORTED_FEATURE.PARTITION_BY_VARIANT.
        """
        require(numPartitions, (int, str, Column), "numPartitions", "Column or str")
        return self._spread(numPartitions, cols)

    def repartitionByRange(self, numPartitions: int | Column | str, *cols: Column | str) -> DataFrame:
        """The same rows. Raises: as `repartition`, PySparkValueError CANNOT_BE_EMPTY without a column."""
        require(numPartitions, (int, str, Column), "numPartitions", "Column, int or str")
        if isinstance(numPartitions, int) and not cols:
            raise PySparkValueError(errorClass="CANNOT_BE_EMPTY", messageParameters={"item": "partition-by expression"})
        return self._spread(numPartitions, cols)

    def repartitionById(self, numPartitions: int, partitionIdExpr: Column | str) -> DataFrame:
        """The same rows: the engine spreads them by what the next step needs.

        Raises: PySparkTypeError NOT_EXPECTED_TYPE, PySparkValueError VALUE_NOT_POSITIVE; AnalysisException
            DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE for an id that is no int, and those of names.
        """
        require(numPartitions, int, "numPartitions", "int")
        if numPartitions < 1:
            raise PySparkValueError(
                errorClass="VALUE_NOT_POSITIVE",
                messageParameters={"arg_name": "numPartitions", "arg_value": str(numPartitions)},
            )
        require(partitionIdExpr, (Column, str), "col", "Column or str")
        number = resolve_on(self._plan, named_expression(partitionIdExpr), self._conf)
        if not isinstance(number.data_type, IntegerType):
            shown = sql_text(number.child if isinstance(number, Alias) else number)
            raise AnalysisException(
                errorClass="DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                messageParameters={
                    "sqlExpr": quoted(f"direct_shuffle_partition_id({shown})"),
                    "paramIndex": "first",
                    "requiredType": '"INT"',
                    "inputSql": quoted(shown),
                    "inputType": quoted_type(type_of(number)),
                },
            )
        return self._with(nodes.Repartition(self._plan, "Repartition", numPartitions))

    def _spread(self, count: int | Column | str, cols: Sequence[Column | str]) -> DataFrame:
        keys = list(cols) if isinstance(count, int) else [count, *cols]
        if isinstance(count, int):
            require_partitions(count)
        for key in keys:
            expression = named_expression(key)
            found = resolve_on(
                self._plan, expression.child if isinstance(expression, SortOrder) else expression, self._conf
            )
            if holds(type_of(found), VariantType):
                raise AnalysisException(
                    errorClass="UNSUPPORTED_FEATURE.PARTITION_BY_VARIANT",
                    messageParameters={"expr": quoted(sql_text(found)), "dataType": quoted_type(type_of(found))},
                )
        asked = count if isinstance(count, int) else None
        return self._with(nodes.Repartition(self._plan, "Repartition", asked))

    def coalesce(self, numPartitions: int) -> DataFrame:
        """The same rows. Raises: IllegalArgumentException for less than one partition."""
        require(numPartitions, int, "numPartitions", "int")
        require_partitions(numPartitions)
        return self._with(nodes.Repartition(self._plan, f"Coalesce {numPartitions}", numPartitions))

    def hint(self, name: str, *parameters: Any) -> DataFrame:
        """The same rows: hints are for an optimizer that this engine has no need of.

        Raises: PySparkTypeError NOT_EXPECTED_TYPE, DISALLOWED_TYPE_FOR_CONTAINER.
        """
        require(name, str, "name", "str")
        for item in flat(parameters):
            if not isinstance(item, (str, float, int, Column, list)):
                raise PySparkTypeError(
                    errorClass="DISALLOWED_TYPE_FOR_CONTAINER",
                    messageParameters={
                        "arg_name": "parameters",
                        "arg_type": type(parameters).__name__,
                        "allowed_types": "str, float, int, Column, list[str], list[float], list[int]",
                        "item_type": type(item).__name__,
                    },
                )
        return self._with(nodes.Repartition(self._plan, f"Hint {name}"))

    def cache(self) -> DataFrame:
        """This frame: static data is in memory already."""
        return self.persist()

    def persist(self, storageLevel: StorageLevel = StorageLevel.MEMORY_AND_DISK_DESER) -> DataFrame:
        """This frame, which says from now on that it is kept so.

        Raises: PySparkTypeError NOT_EXPECTED_TYPE.
        """
        require(storageLevel, StorageLevel, "storageLevel", "StorageLevel")
        self.is_cached = True
        self._session._cached.setdefault(plan_shape(self._plan), storageLevel)
        return self._frame

    def unpersist(self, blocking: bool = False) -> DataFrame:
        """This frame."""
        self.is_cached = False
        self._session._cached.pop(plan_shape(self._plan), None)
        return self._frame

    @property
    def storageLevel(self) -> StorageLevel:
        """What `persist` was told, of this frame or of another one with the same plan."""
        return self._session._cached.get(plan_shape(self._plan), StorageLevel.NONE)

    def checkpoint(self, eager: bool = True) -> DataFrame:
        """This frame, computed once if `eager`; nothing is written, for there is nothing to be cut short."""
        return self.localCheckpoint(eager)

    def localCheckpoint(self, eager: bool = True, storageLevel: StorageLevel | None = None) -> DataFrame:
        """This frame, computed once if `eager` and not a stream."""
        if self.isStreaming or not eager:
            return self._frame
        provider = TableProvider.of(self._frame.toArrow(), "LocalCheckpoint")
        columns = tuple(replace(column, qualifier=()) for column in self._plan.output)
        return self._with(nodes.Relation(provider, columns, streaming=False))

    def isLocal(self) -> bool:
        """False, as for most frames there."""
        return False

    def inputFiles(self) -> list[str]:
        """The files that a static frame reads, each once, as URIs."""
        relations = [node for node in self._plan.walk() if isinstance(node, nodes.Relation)]
        return list(dict.fromkeys(file for node in relations for file in getattr(node.provider, "files", ())))

    def sameSemantics(self, other: DataFrame) -> bool:
        """Whether both compute the same, as far as can be seen from their plans."""
        require(other, Frame, "other", "DataFrame")
        return plan_shape(self._plan) == plan_shape(other._plan)

    def semanticHash(self) -> int:
        """A number that is equal for frames with the same semantics."""
        return hash(plan_shape(self._plan))


def plan_shape(plan: LogicalPlan) -> str:
    """What a plan computes, as text: columns by order of appearance in place of their ids, without names that change nothing."""
    numbers: dict[str, str] = {}
    lines = [line for line in plan_text(plan).splitlines() if "SubqueryAlias " not in line]
    text = "\n".join(line.lstrip(" :+-") for line in lines)
    text = re.sub(r"#(\d+)", lambda match: numbers.setdefault(match.group(1), f"#{len(numbers)}"), text)
    sources = [_source(node) for node in plan.walk() if isinstance(node, nodes.Relation)]
    return f"{text}|{sources}"


def _source(node: nodes.Relation) -> object:
    """What tells a relation from others: the paths of files, the rows of a range; else the very object."""
    provider = node.provider
    scan = getattr(provider, "scan", None)
    return id(provider) if scan is None else scan.layout.text
