"""Joins two streams: every row is joined with what the other side has stored, and stored itself until no match can come.

Inputs are held back to the end of the epoch, so that the result does not depend on how batches of both sides interleave: first
all left rows meet the stored right ones, then all right rows meet the stored left ones, among them those of this epoch; then
the rows that the watermark has passed are evicted, and unmatched ones of an outer side come out with nulls (STF-110 to STF-119).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from actorstream.common.ids import Epoch
from actorstream.dataflow.batch import concat, with_schema
from actorstream.dataflow.exchange import Exchange, Gather, HashBy
from actorstream.dataflow.operators.aggregation import unique_names
from actorstream.dataflow.operators.expressions import (
    Evaluation,
    ExpressionLike,
    as_expression,
    bound,
    compile_bound,
    marked_column,
    time_us,
)
from actorstream.dataflow.protocols import EpochInfo, Operator, OperatorContext, OperatorReport, StateMetrics
from actorstream.errors import AnalysisException
from actorstream.expr.compile import CompiledExpression, EvalContext
from actorstream.expr.grouping import as_array
from actorstream.expr.nodes import BoundReference, Expression
from actorstream.state.multimap import Multimap, multimap_keys
from actorstream.state.store import Slots

StreamJoinType = Literal["inner", "left", "right", "full", "left_semi"]

#: pairs are looked at in pieces of this size: a key with many rows on both sides must not fill the memory
_PAIRS_MAX = 1 << 18

_MATCHED = "matched"


@dataclass(frozen=True, slots=True)
class JoinSide:
    """What a join knows of one input.

    Attributes:
        condition: on this side's columns alone; a row that fails it can match nothing and is not stored (STF-115).
        expires_by: the column (by name or position) of a stored row by which it is evicted; None keeps rows for ever.
        lag_us: a stored row is evicted when that column is at or before the watermark minus this.
    """

    condition: ExpressionLike | None = None
    expires_by: str | int | None = None
    lag_us: int = 0


class StreamJoin(Operator):
    """``left.join(right, ...)`` of two streams, at port 0 and port 1.

    Args:
        kind: of join.
        keys: columns that both inputs have under these names and that must be equal.
        null_safe: for each key, whether nulls are equal; by default they equal nothing (STF-114).
        condition: what else must hold, over the output of an inner join.
        left, right: conditions and eviction of each side.
        drop_keys: leaves the key columns out of the output and of `condition`.
    Raises: AnalysisException UNSUPPORTED_JOIN_TYPE.
    """

    state_name = "symmetricHashJoin"
    stateful = True
    stores = ("left", "right")

    def __init__(
        self,
        kind: StreamJoinType,
        keys: Sequence[str],
        null_safe: Sequence[bool] = (),
        condition: ExpressionLike | None = None,
        *,
        left: JoinSide = JoinSide(),
        right: JoinSide = JoinSide(),
        drop_keys: bool = False,
    ) -> None:
        kinds = get_args(StreamJoinType)
        if kind not in kinds:
            raise AnalysisException(
                errorClass="UNSUPPORTED_JOIN_TYPE",
                messageParameters={"typ": str(kind), "supported": ", ".join(f"'{name}'" for name in kinds)},
            )
        self.kind = kind
        self.keys = tuple(keys)
        self.null_safe = tuple(null_safe) or (False,) * len(self.keys)
        self.condition = None if condition is None else as_expression(condition)
        self.sides = (left, right)
        self.drop_keys = drop_keys
        self._opened: list[_Side] = []
        self.exchange: Exchange = HashBy(self.keys) if self.keys else Gather()
        #: a watermark that evicts nothing is no reason for an epoch (EXE-35)
        self.wants_watermark_epochs = any(side.expires_by is not None for side in self.sides)
        #: the lowest state watermark is that of the output; without any the output has that of the input
        self.watermark_lag_us = max((side.lag_us for side in self.sides if side.expires_by is not None), default=0)
        self.output_modes = frozenset({"append", "update"} if kind in ("inner", "left_semi") else {"append"})

    def describe(self) -> str:
        sides = zip(self.stores, self.sides, strict=True)
        life = ", ".join(
            f"{name} rows stay"
            if side.expires_by is None
            else f"{name} rows go at watermark {-side.lag_us // 1000:+d} ms"
            for name, side in sides
        )
        return f"StreamJoin {self.kind} by {', '.join(self.keys)}, {life}"

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        """The left columns, then the right ones. Raises: AnalysisException GRAPH_INVALID where keys or times do not fit."""
        self._check(inputs)
        left, right = (self._columns(schema) for schema in inputs)
        if self.kind == "left_semi":
            return left
        loose_left, loose_right = self.kind in ("right", "full"), self.kind in ("left", "full")
        return pa.schema(
            [
                *(field.with_nullable(field.nullable or loose_left) for field in left),
                *(field.with_nullable(field.nullable or loose_right) for field in right),
            ]
        )

    def _check(self, inputs: Sequence[pa.Schema]) -> None:
        if len(inputs) != 2:
            raise _invalid(f"a join of two streams has two inputs, not {len(inputs)}")
        for key in self.keys:
            left, right = (_type_text(schema.field(key).type) for schema in inputs)
            if left != right:
                raise _invalid(f"the join is by {key!r}, which is {left} on the left and {right} on the right")
        for name, side, schema in zip(self.stores, self.sides, inputs, strict=True):
            if isinstance(side.expires_by, str):
                place = schema.get_field_index(side.expires_by)
                kind = None if place < 0 else schema.field(place).type
                if kind is None or not (pa.types.is_timestamp(kind) or pa.types.is_struct(kind)):
                    raise _invalid(
                        f"{name} rows of the join expire by {side.expires_by!r}, which is no time among "
                        f"({', '.join(schema.names)})"
                    )

    def _columns(self, schema: pa.Schema) -> pa.Schema:
        """The columns of an input that come out."""
        return pa.schema([field for field in schema if field.name not in self.keys]) if self.drop_keys else schema

    def open(self, context: OperatorContext) -> None:
        self._schema = self.output_schema(context.input_schemas)
        self._evaluation = Evaluation(context)
        keeps = (self.kind in ("left", "full"), self.kind in ("right", "full"))
        for port, (name, schema, side) in enumerate(zip(self.stores, context.input_schemas, self.sides, strict=True)):
            self._opened.append(_Side(name, self, context, schema, side, port=port, is_outer=keeps[port]))
        self._left, self._right = self._opened
        pairs = pa.schema([*self._left.columns, *self._right.columns])
        self._condition = None
        if self.condition is not None:
            self._condition = _PairCondition(bound(self.condition, pairs, context.conf), pairs, context)
        self._metrics = StateMetrics(self.state_name)

    def begin_epoch(self, info: EpochInfo) -> None:
        if not self.keys:
            raise AnalysisException("Stream-stream join without equality predicate is not supported.")  # STF-75
        self._evaluation.begin(info)
        self._metrics = StateMetrics(self.state_name)
        for side in (self._left, self._right):
            side.held.clear()

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Shape: in (n rows of a side); out nothing yet."""
        if table.num_rows:
            (self._left, self._right)[port].held.append(table)
        return ()

    def end_epoch(self, info: EpochInfo) -> Iterable[pa.Table]:
        """Shape: out (pairs, then rows with nulls; `output_schema`)."""
        if info.restore:
            return
        started = time.perf_counter()
        yield from self._take_in(self._left, self._right, info)
        yield from self._take_in(self._right, self._left, info)
        self._metrics.updates_ms = _ms_since(started)
        started = time.perf_counter()
        yield from self._evict(self._left, info)
        yield from self._evict(self._right, info)
        self._metrics.removals_ms = _ms_since(started)

    # ------------------------------------------------------------ new rows

    def _take_in(self, side: _Side, other: _Side, info: EpochInfo) -> Iterator[pa.Table]:
        """Join the new rows of a side with the stored rows of the other, and store them."""
        rows = side.take_held()
        if not rows.num_rows:
            return
        rows, dropped = side.on_time(rows, info.late_watermark_us)
        self._metrics.rows_dropped_by_watermark += dropped
        failing, rows = side.split_by_condition(rows, self._evaluation.context)
        if side.is_outer and failing.num_rows:
            yield self._alone(side, side.without_keys(failing))
        if not rows.num_rows:
            return
        keys = side.rows.key_arrays([rows.column(place) for place in side.key_places])
        usable = _usable(keys, self.null_safe, rows.num_rows)
        columns = side.without_keys(rows)
        matched = np.zeros(rows.num_rows, np.bool_)
        for places, slots in self._matches(side, other, columns, keys, np.flatnonzero(usable)):
            matched[places] = True
            if self.kind != "left_semi":
                other.mark_matched(slots)
                yield self._pasted(side, columns.take(pa.array(places)), other.take(slots))
            elif side is self._right:
                gone = np.unique(slots)
                yield with_schema(other.take(gone), self._schema)
                self._remove(other, gone)
        if self.kind == "left_semi" and side is self._left:
            if matched.any():
                yield with_schema(columns.filter(pa.array(matched)), self._schema)
            usable &= ~matched
        self._store(side, columns, keys, usable, matched, info)

    def _matches(
        self, side: _Side, other: _Side, columns: pa.Table, keys: Sequence[pa.Array], rows: Slots
    ) -> Iterator[tuple[Slots, Slots]]:
        """Pairs of a new row and a stored row of the other side for which everything holds, some at a time."""
        if not len(rows) or not other.rows.store.row_count:
            return
        places, slots = other.rows.pairs(keys, rows)
        for start in range(0, len(places), _PAIRS_MAX):
            new, stored = places[start : start + _PAIRS_MAX], slots[start : start + _PAIRS_MAX]
            if self._condition is not None:
                holds = self._condition.holds(side, columns, new, other, stored, self._evaluation.context)
                new, stored = new[holds], stored[holds]
            if self.kind == "left_semi" and side is self._right:
                # a row that an earlier piece has given is gone
                there = other.rows.store.are_live(stored)
                new, stored = new[there], stored[there]
            if len(new):
                yield new, stored

    def _store(
        self,
        side: _Side,
        columns: pa.Table,
        keys: Sequence[pa.Array],
        usable: npt.NDArray[np.bool_],
        matched: npt.NDArray[np.bool_],
        info: EpochInfo,
    ) -> None:
        """Keep the rows that may still find a match, and of an outer side all: unmatched ones are due at eviction."""
        if not side.is_outer:
            kept = usable & ~side.has_expired(columns, keys, info.watermark_us)  # STF-113
            if not kept.all():
                mask = pa.array(kept)
                columns, keys, matched = columns.filter(mask), [key.filter(mask) for key in keys], matched[kept]
        side.store(columns, keys, matched)
        self._metrics.rows_updated += columns.num_rows

    # ------------------------------------------------------------ eviction

    def _evict(self, side: _Side, info: EpochInfo) -> Iterator[pa.Table]:
        slots = side.expired(info.watermark_us)
        if not len(slots):
            return
        if side.is_outer:
            lone = slots[~side.are_matched(slots)]
            if len(lone):
                yield self._alone(side, side.take(lone))
        self._remove(side, slots)

    def _remove(self, side: _Side, slots: Slots) -> None:
        side.rows.remove(slots)
        self._metrics.rows_removed += len(slots)

    # ------------------------------------------------------------ results

    def _pasted(self, side: _Side, mine: pa.Table, theirs: pa.Table) -> pa.Table:
        left, right = (mine, theirs) if side is self._left else (theirs, mine)
        return pa.Table.from_arrays([*left.columns, *right.columns], schema=self._schema)

    def _alone(self, side: _Side, rows: pa.Table) -> pa.Table:
        """Rows of a side with nulls for the other."""
        other = self._right if side is self._left else self._left
        nulls = pa.Table.from_arrays(
            [pa.nulls(rows.num_rows, field.type) for field in other.columns],
            schema=pa.schema([field.with_nullable(True) for field in other.columns]),
        )
        return self._pasted(side, rows, nulls)

    # ------------------------------------------------------------ durability

    def commit(self, epoch: Epoch) -> Mapping[str, str | None]:
        started = time.perf_counter()
        heads = {side.name: side.rows.store.commit(epoch) for side in (self._left, self._right)}
        self._metrics.commit_ms = _ms_since(started)
        return heads

    def report(self) -> OperatorReport | None:
        metrics, self._metrics = self._metrics, StateMetrics(self.state_name)
        sides = (self._left, self._right)
        metrics.rows_total = sum(side.rows.store.row_count for side in sides)
        metrics.memory_bytes = sum(side.rows.memory_bytes for side in sides)
        metrics.store_instances = 4  # the reference keeps two for each side (STF-120)
        return OperatorReport(state=metrics)

    def close(self) -> None:
        for side in self._opened:  # one of them may be missing, if the other could not be opened
            side.rows.store.close()


class _Side:
    """One input: its rows of the epoch, and its stored rows."""

    def __init__(
        self,
        name: str,
        join: StreamJoin,
        context: OperatorContext,
        schema: pa.Schema,
        side: JoinSide,
        *,
        port: int,
        is_outer: bool,
    ) -> None:
        self.name = name
        self.port = port
        self.is_outer = is_outer
        self.held: list[pa.Table] = []
        self._schema = schema
        self.key_places = [schema.get_field_index(key) for key in join.keys]
        #: the columns that come out, which are the stored ones
        self.columns = join._columns(schema)
        self._places = [place for place in range(len(schema)) if not join.drop_keys or place not in self.key_places]
        self._late_column = marked_column(self.columns)
        self._condition: CompiledExpression | None = None
        if side.condition is not None:
            self._condition = compile_bound(as_expression(side.condition), schema, context.conf)
        self._lag_us = side.lag_us
        #: the expiry column among the key columns, or among the stored ones
        self._expiry_key: int | None = None
        self._expiry_column: int | None = None
        if side.expires_by is not None:
            by = side.expires_by
            place = by if isinstance(by, int) else schema.get_field_index(by)
            if place in self.key_places:
                self._expiry_key = self.key_places.index(place)
            else:
                self._expiry_column = self._places.index(place)
        self.rows = self._open(join, context)

    def _open(self, join: StreamJoin, context: OperatorContext) -> Multimap:
        keys = multimap_keys(pa.schema([self._schema.field(place) for place in self.key_places]))
        taken = [*keys.names, _MATCHED]
        names = unique_names([*taken, *(field.name for field in self.columns)])[len(taken) :]
        fields = [field.with_name(name) for field, name in zip(self.columns, names, strict=True)]
        values = pa.schema(fields)
        if self.is_outer:
            values = values.append(pa.field(_MATCHED, pa.bool_(), nullable=False))
        event_time = None
        if self._expiry_key is not None:
            event_time = keys.field(self._expiry_key).name
        elif self._expiry_column is not None:
            event_time = fields[self._expiry_column].name
        store = context.state(keys, values, event_time=event_time, name=self.name, partition_keys=len(self.key_places))
        return Multimap(store)

    # ------------------------------------------------------------ rows of the epoch

    def take_held(self) -> pa.Table:
        """All rows of the epoch as one table."""
        rows = concat(self.held, self._schema).combine_chunks()
        self.held.clear()
        return rows

    def on_time(self, rows: pa.Table, bound_us: int) -> tuple[pa.Table, int]:
        """The rows after the watermark of the epoch before, and the number of the others (STF-111)."""
        if self._late_column is None:
            return rows, 0
        times = time_us(rows.column(self._places[self._late_column]))
        late = times.fill_null(bound_us + 1).to_numpy(zero_copy_only=False) <= bound_us
        dropped = int(late.sum())
        return (rows.filter(pa.array(~late)) if dropped else rows), dropped

    def split_by_condition(self, rows: pa.Table, context: EvalContext) -> tuple[pa.Table, pa.Table]:
        """The rows that fail the condition on this side alone, and those that pass."""
        if self._condition is None or not rows.num_rows:
            return rows.slice(0, 0), rows
        mask = as_array(self._condition(rows, context)).fill_null(False)
        if mask.true_count == len(mask):
            return rows.slice(0, 0), rows
        passes = mask.to_numpy(zero_copy_only=False)
        return rows.filter(pa.array(~passes)), rows.filter(mask)

    def without_keys(self, rows: pa.Table) -> pa.Table:
        """The columns that come out."""
        return rows if len(self._places) == rows.num_columns else rows.select(self._places)

    def has_expired(self, columns: pa.Table, keys: Sequence[pa.Array], watermark_us: int) -> npt.NDArray[np.bool_]:
        """Which rows would be evicted at once."""
        if self._expiry_key is not None:
            times = time_us(keys[self._expiry_key])
        elif self._expiry_column is not None:
            times = time_us(columns.column(self._expiry_column))
        else:
            return np.zeros(columns.num_rows, np.bool_)
        bound_us = watermark_us - self._lag_us
        gone: npt.NDArray[np.bool_] = times.fill_null(bound_us + 1).to_numpy(zero_copy_only=False) <= bound_us
        return gone

    # ------------------------------------------------------------ stored rows

    def store(self, columns: pa.Table, keys: Sequence[pa.Array], matched: npt.NDArray[np.bool_]) -> None:
        """Keep rows."""
        self.rows.add(keys, columns.append_column(_MATCHED, pa.array(matched)) if self.is_outer else columns)

    def take(self, slots: Slots) -> pa.Table:
        """Stored rows. Shape: `columns`."""
        stored = self.rows.store.values(slots)
        return with_schema(stored.select(range(len(self.columns))), self.columns)

    def take_column(self, place: int, slots: Slots) -> pa.Array:
        """One column of stored rows."""
        return self.rows.store.value_column(place, slots)

    def mark_matched(self, slots: Slots) -> None:
        """Remember that stored rows of an outer side have found a match."""
        if self.is_outer:
            new = np.unique(slots)
            new = new[~self.are_matched(new)]
            self.rows.store.set_value(_MATCHED, new, pa.array(np.ones(len(new), np.bool_)))

    def are_matched(self, slots: Slots) -> npt.NDArray[np.bool_]:
        """Which stored rows of an outer side have found a match."""
        flags: npt.NDArray[np.bool_] = self.rows.store.value_column(len(self.columns), slots).to_numpy(
            zero_copy_only=False
        )
        return flags

    def expired(self, watermark_us: int) -> Slots:
        """Stored rows that the watermark has passed: each is given once and must be removed."""
        store = self.rows.store
        slots = store.expired(watermark_us - self._lag_us)
        if not len(slots):
            return slots
        # a null is never at or before a watermark
        if self._expiry_key is not None:
            times = store.key_column(self._expiry_key, slots)
        else:
            assert self._expiry_column is not None
            times = self.take_column(self._expiry_column, slots)
        return slots[time_us(times).is_valid().to_numpy(zero_copy_only=False)]


class _PairCondition:
    """A condition on pairs of rows, evaluated on the columns that it reads and no others."""

    def __init__(self, condition: Expression, pairs: pa.Schema, context: OperatorContext) -> None:
        self._places = sorted({node.ordinal for node in condition.walk() if isinstance(node, BoundReference)})
        number = {place: index for index, place in enumerate(self._places)}

        def renumbered(node: Expression) -> Expression:
            return replace(node, ordinal=number[node.ordinal]) if isinstance(node, BoundReference) else node

        self._schema = pa.schema([pairs.field(place) for place in self._places])
        self._compiled = compile_bound(condition.transform_up(renumbered), self._schema, context.conf)

    def holds(
        self, side: _Side, rows: pa.Table, places: Slots, other: _Side, slots: Slots, context: EvalContext
    ) -> npt.NDArray[np.bool_]:
        """Whether it is true, for each pair of a row of `rows` and a stored row of the other side."""
        left_count = len((side if side.port == 0 else other).columns)
        taken = pa.array(places)
        columns = []
        for place in self._places:
            port, own = (0, place) if place < left_count else (1, place - left_count)
            columns.append(rows.column(own).take(taken) if port == side.port else other.take_column(own, slots))
        # a table without columns has no rows either, so a condition that reads nothing gets the number of pairs as one
        table = (
            pa.Table.from_arrays(columns, schema=self._schema)
            if columns
            else pa.table({"pair": np.zeros(len(places), np.int8)})
        )
        holds: npt.NDArray[np.bool_] = (
            as_array(self._compiled(table, context)).fill_null(False).to_numpy(zero_copy_only=False)
        )
        return holds


def _invalid(reason: str) -> AnalysisException:
    return AnalysisException(errorClass="GRAPH_INVALID", messageParameters={"reason": reason})


def _type_text(kind: pa.DataType) -> str:
    """A type without what it says about nulls, which keys may differ in."""
    return str(kind).replace(" not null", "")


def _usable(keys: Sequence[pa.Array], null_safe: Sequence[bool], rows: int) -> npt.NDArray[np.bool_]:
    """Rows that can have a match: without a null in a key that is not null-safe (STF-114)."""
    usable = np.ones(rows, np.bool_)
    for key, safe in zip(keys, null_safe, strict=True):
        if key.null_count and not safe:
            usable &= np.asarray(key.is_valid())
    return usable


def _ms_since(started: float) -> int:
    return int((time.perf_counter() - started) * 1000)
