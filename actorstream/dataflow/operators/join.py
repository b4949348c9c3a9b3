"""Joins with a side that is all there: two tables of a batch, or a stream with a table (STF-100).

The whole side is hashed once; every batch of the other side probes it. No state: nothing that comes later can change a result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from actorstream.common.config import Conf
from actorstream.common.hashing import hash_columns
from actorstream.dataflow.batch import concat
from actorstream.dataflow.exchange import Exchange, Forward, Gather
from actorstream.dataflow.operators.expressions import Evaluation, compile_bound
from actorstream.dataflow.protocols import EpochInfo, Operator, OperatorContext
from actorstream.expr.compile import CompiledExpression
from actorstream.expr.grouping import as_array, group_rows, normalise_keys
from actorstream.expr.nodes import Expression

Places = npt.NDArray[np.int64]
JoinType = Literal["inner", "left", "right", "full", "left_semi", "left_anti"]

_SWAPPED: dict[JoinType, JoinType] = {"inner": "inner", "left": "right", "right": "left", "full": "full"}


class HashJoin(Operator):
    """Joins port 0, the probing side, with a table or with port 1.

    Args:
        kind: of join, with the *left* side as the user has it.
        keys: pairs of expressions that must be equal, over the left and the right columns; null equals nothing unless the pair
            is null-safe.
        null_safe: for each pair, whether nulls are equal.
        residual: what else must hold, over the left columns followed by the right ones; None for nothing.
        table: gives the side that is whole, and its columns; None if it arrives at port 1.
        table_is_left: whether that side is the user's left one.
    """

    def __init__(
        self,
        kind: JoinType,
        keys: Sequence[tuple[Expression, Expression]],
        null_safe: Sequence[bool] = (),
        residual: Expression | None = None,
        *,
        table: Callable[[], pa.Table] | None = None,
        table_schema: pa.Schema | None = None,
        table_is_left: bool = False,
    ) -> None:
        self.kind = kind
        self.keys = tuple(keys)
        self.null_safe = tuple(null_safe) or (False,) * len(self.keys)
        self.residual = residual
        self.table = table
        self.table_schema = table_schema
        self.table_is_left = table_is_left
        self.exchange: Exchange = Gather() if table is None else Forward()
        self._held: tuple[list[pa.Table], list[pa.Table]] = ([], [])

    def __deepcopy__(self, memo: object) -> HashJoin:
        # the table is shared by all partitions
        return HashJoin(
            self.kind,
            self.keys,
            self.null_safe,
            self.residual,
            table=self.table,
            table_schema=self.table_schema,
            table_is_left=self.table_is_left,
        )

    def describe(self) -> str:
        side = "" if self.table is None else f", {'left' if self.table_is_left else 'right'} side is a table"
        return f"HashJoin {self.kind}, {len(self.keys)} keys{side}"

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        left, right = self._sides(inputs)
        if self.kind in ("left_semi", "left_anti"):
            return left
        loose_left, loose_right = self.kind in ("right", "full"), self.kind in ("left", "full")
        return pa.schema(
            [
                *(field.with_nullable(field.nullable or loose_left) for field in left),
                *(field.with_nullable(field.nullable or loose_right) for field in right),
            ]
        )

    def _sides(self, inputs: Sequence[pa.Schema]) -> tuple[pa.Schema, pa.Schema]:
        """The columns of the user's left and right side."""
        other = self.table_schema if self.table is not None else inputs[1]
        assert other is not None
        return (other, inputs[0]) if self.table_is_left else (inputs[0], other)

    def open(self, context: OperatorContext) -> None:
        conf = context.conf
        self._left, self._right = self._sides(context.input_schemas)
        self._schema = self.output_schema(context.input_schemas)
        self._left_keys = [compile_bound(left, self._left, conf) for left, _ in self.keys]
        self._right_keys = [compile_bound(right, self._right, conf) for _, right in self.keys]
        self._compile_residual(conf)
        self._evaluation = Evaluation(context)
        self._index: _Index | None = None

    def _compile_residual(self, conf: Conf) -> None:
        both = pa.schema([*self._left, *self._right])
        self._pair_schema = both
        self._residual = None if self.residual is None else compile_bound(self.residual, both, conf)

    def begin_epoch(self, info: EpochInfo) -> None:
        self._evaluation.begin(info)
        for held in self._held:
            held.clear()

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Shape: in (n rows of the probing side), out (a row per pair); two inputs are held back to the end of the epoch."""
        if self.table is None:
            self._held[port].append(table)
            return ()
        if table.num_rows == 0:
            return ()
        index = self._table_index()
        if self.table_is_left:
            joined = self._joined(index.table, table, index, build_is_left=True)
        else:
            joined = self._joined(table, index.table, index, build_is_left=False)
        return (joined,) if joined.num_rows else ()

    def end_epoch(self, info: EpochInfo) -> Iterable[pa.Table]:
        if self.table is not None:
            return ()
        left, right = concat(self._held[0], self._left), concat(self._held[1], self._right)
        for held in self._held:
            held.clear()
        index = _Index(right.combine_chunks(), self._evaluated(self._right_keys, right), self.null_safe)
        joined = self._joined(left.combine_chunks(), index.table, index, build_is_left=False)
        return (joined,) if joined.num_rows else ()

    def _table_index(self) -> _Index:
        """The hash index of the whole side, made when the first batch comes."""
        if self._index is None:
            assert self.table is not None
            schema, keys = (self._left, self._left_keys) if self.table_is_left else (self._right, self._right_keys)
            table = concat([self.table()], schema).combine_chunks()
            self._index = _Index(table, self._evaluated(keys, table), self.null_safe)
        return self._index

    def _evaluated(self, keys: Sequence[CompiledExpression], table: pa.Table) -> list[pa.Array]:
        return [as_array(normalise_keys(key(table, self._evaluation.context))) for key in keys]

    def _joined(self, left: pa.Table, right: pa.Table, index: _Index, *, build_is_left: bool) -> pa.Table:
        probe_keys = (
            self._evaluated(self._right_keys, right) if build_is_left else self._evaluated(self._left_keys, left)
        )
        probe, build = index.pairs(probe_keys, right.num_rows if build_is_left else left.num_rows)
        lefts, rights = (build, probe) if build_is_left else (probe, build)
        if self._residual is not None and len(lefts):
            pairs = _paste(left.take(pa.array(lefts)), right.take(pa.array(rights)), self._pair_schema)
            holds = as_array(self._residual(pairs, self._evaluation.context)).fill_null(False)
            kept = holds.to_numpy(zero_copy_only=False)
            lefts, rights = lefts[kept], rights[kept]
        return self._result(left, right, lefts, rights)

    def _result(self, left: pa.Table, right: pa.Table, lefts: Places, rights: Places) -> pa.Table:
        if self.kind in ("left_semi", "left_anti"):
            matched = np.zeros(left.num_rows, np.bool_)
            matched[lefts] = True
            wanted = matched if self.kind == "left_semi" else ~matched
            return left.filter(pa.array(wanted))
        lone_left = _missing(lefts, left.num_rows) if self.kind in ("left", "full") else _NONE
        lone_right = _missing(rights, right.num_rows) if self.kind in ("right", "full") else _NONE
        left_rows = _with_nulls([lefts, lone_left], len(lone_right), after=True)
        right_rows = _with_nulls([rights], len(lone_left), after=True, then=lone_right)
        return _paste(left.take(left_rows), right.take(right_rows), self._schema)


_NONE: Places = np.zeros(0, np.int64)


def _missing(places: Places, rows: int) -> Places:
    """The rows that are not among `places`."""
    seen = np.zeros(rows, np.bool_)
    seen[places] = True
    return np.flatnonzero(~seen)


def _with_nulls(places: Sequence[Places], nulls: int, *, after: bool, then: Places = _NONE) -> pa.Array:
    """Places, then so many nulls, then more places."""
    values = np.concatenate([*places, np.zeros(nulls, np.int64), then])
    if not nulls:
        return pa.array(values)
    before = sum(len(part) for part in places)
    mask = np.zeros(len(values), np.bool_)
    mask[before : before + nulls] = after
    return pa.array(values, mask=mask)


def _paste(left: pa.Table, right: pa.Table, schema: pa.Schema) -> pa.Table:
    return pa.Table.from_arrays([*left.columns, *right.columns], schema=schema)


class _Index:
    """Rows of a table by the hash of their keys."""

    def __init__(self, table: pa.Table, keys: Sequence[pa.Array], null_safe: Sequence[bool]) -> None:
        self.table = table
        self._keys = list(keys)
        self._null_safe = null_safe
        usable = _usable(self._keys, null_safe, table.num_rows)
        rows = np.flatnonzero(usable)
        hashes = hash_columns(self._keys, table.num_rows)[rows] if self._keys else np.zeros(len(rows), np.uint64)
        order = np.argsort(hashes, kind="stable")
        self._rows = rows[order]
        self._hashes = hashes[order]

    def pairs(self, keys: Sequence[pa.Array], rows: int) -> tuple[Places, Places]:
        """All pairs of probing row and own row with equal keys, by probing row."""
        if not self._keys:
            return np.repeat(np.arange(rows), len(self._rows)), np.tile(self._rows, rows)
        probing = np.flatnonzero(_usable(keys, self._null_safe, rows))
        hashes = hash_columns(list(keys), rows)[probing]
        low = np.searchsorted(self._hashes, hashes, side="left")
        counts = np.searchsorted(self._hashes, hashes, side="right") - low
        probe = np.repeat(probing, counts)
        starts = np.cumsum(counts) - counts
        own = self._rows[np.repeat(low - starts, counts) + np.arange(int(counts.sum()))]
        same = np.ones(len(probe), np.bool_)
        for mine, theirs in zip(self._keys, keys, strict=True):
            same &= _equal(mine.take(pa.array(own)), theirs.take(pa.array(probe)))
        return probe[same], own[same]


def _usable(keys: Sequence[pa.Array], null_safe: Sequence[bool], rows: int) -> npt.NDArray[np.bool_]:
    """Rows that can have a match: without a null in a key that is not null-safe."""
    usable = np.ones(rows, np.bool_)
    for key, safe in zip(keys, null_safe, strict=True):
        if key.null_count and not safe:
            usable &= np.asarray(key.is_valid())
    return usable


def _equal(one: pa.Array, other: pa.Array) -> npt.NDArray[np.bool_]:
    """Where two columns are equal as keys: null with null, NaN with NaN."""
    both_null = np.asarray(pc.and_(one.is_null(), other.is_null()))
    if pa.types.is_struct(one.type):
        equal = np.asarray(pc.equal(one.is_null(), other.is_null()))
        for mine, theirs in zip(one.flatten(), other.flatten(), strict=True):
            equal &= _equal(mine, theirs)
        return equal | both_null
    if pa.types.is_list(one.type):
        # Arrow compares no lists; numbers of equal ones are equal
        numbers = group_rows([pa.concat_arrays([one, other])])[0].ids
        return (numbers[: len(one)] == numbers[len(one) :]) & ~both_null | both_null
    if pa.types.is_floating(one.type):
        bits = pa.int64() if one.type == pa.float64() else pa.int32()
        one, other = one.view(bits), other.view(bits)
    return np.asarray(pc.fill_null(pc.equal(one, other), False)) | both_null
