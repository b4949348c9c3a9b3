"""Runs one operator over epochs, with its combiner and an exchange, as the engine does, but without the engine."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from actorstream.checkpoint.memory import MemoryFiles
from actorstream.common.config import Conf
from actorstream.common.ids import Epoch, NodeId, PartitionId, RunId
from actorstream.dataflow.batch import split_by_hash
from actorstream.dataflow.exchange import HashBy
from actorstream.dataflow.graph import state_id
from actorstream.dataflow.protocols import EpochInfo, Operator, OperatorContext, OperatorReport, StateMetrics
from actorstream.expr.types import parse_schema, to_arrow_schema
from actorstream.state.store import StateStore


def schema_of(ddl: str, watermark: str | None = None) -> pa.Schema:
    """An Arrow schema from DDL; the column `watermark` carries an event-time mark."""
    schema = to_arrow_schema(parse_schema(ddl))
    if watermark is None:
        return schema
    place = schema.get_field_index(watermark)
    return schema.set(place, schema.field(place).with_metadata({b"spark.watermarkDelayMs": b"10000"}))


class Harness:
    """The partitions of one operator node and their durable state.

    Args:
        others: columns of the input ports after the first.
    """

    def __init__(
        self,
        operator: Operator,
        schema: pa.Schema,
        *others: pa.Schema,
        partitions: int = 1,
        conf: Conf | None = None,
    ) -> None:
        self.operator = operator
        self.schema = schema
        self.others = others
        self.partitions = partitions if isinstance(operator.exchange, HashBy) else 1
        self.conf = conf or Conf()
        self.files = MemoryFiles()
        #: by name of the store (None for the only one): newest file of every partition
        self.heads: dict[str | None, list[str | None]] = {}
        self.epoch = 0
        self.runs = 0
        self.reports: list[OperatorReport | None] = []
        self.output_schema = operator.output_schema([schema, *others])
        self._start()

    def _start(self) -> None:
        self.runs += 1
        combiner = self.operator.combiner()
        self.combiner = combiner
        schema = self.schema
        if combiner is not None:
            combiner.open(self._context(schema, 0))
            schema = combiner.output_schema([schema])
        self.instances = []
        for partition in range(self.partitions):
            instance = copy.deepcopy(self.operator)
            instance.open(self._context(schema, partition))
            self.instances.append(instance)

    def restart(self, partitions: int | None = None) -> None:
        """Lose all memory and come back from the committed state."""
        for instance in self.instances:
            instance.close()
        self.partitions = partitions or self.partitions
        self._start()

    def _context(self, schema: pa.Schema, partition: int) -> OperatorContext:
        def state(
            key_schema: pa.Schema,
            value_schema: pa.Schema,
            *,
            event_time: str | None = None,
            name: str | None = None,
            partition_keys: int | None = None,
        ) -> StateStore:
            own = state_id(NodeId("node"), name)
            return StateStore.open(
                self.files,
                f"state/{own}",
                key_schema,
                value_schema,
                node=own,
                partition=partition,
                partitions=self.partitions,
                run_id=f"run{self.runs}",
                heads=self.heads.get(name, ()),
                event_time=event_time,
                partition_keys=partition_keys,
                background=False,
            )

        return OperatorContext(
            NodeId("node"),
            PartitionId(partition),
            self.partitions,
            [schema, *self.others],
            state,
            self.conf,
            RunId(f"run{self.runs}"),
        )

    def run(
        self,
        *tables: pa.Table | list[dict[str, Any]],
        watermark: float = 0,
        late: float | None = None,
        restore: bool = False,
    ) -> pa.Table:
        """One epoch. Units: watermarks in seconds; `late` is that of the epoch before, `watermark` by default."""
        late = watermark if late is None else late
        info = EpochInfo(Epoch(self.epoch), 0, int(watermark * 1_000_000), int(late * 1_000_000), restore)
        feed = [pa.Table.from_pylist(t, schema=self.schema) if isinstance(t, list) else t for t in tables]
        if self.combiner is not None:
            self.combiner.begin_epoch(info)
            feed = [out for table in feed for out in self.combiner.process(table, 0)]
            feed += self.combiner.end_epoch(info)
        return self.run_ports([(0, table) for table in feed], info)

    def run_ports(self, feed: Sequence[tuple[int, pa.Table]], info: EpochInfo) -> pa.Table:
        """One epoch with batches for several input ports."""
        results: list[pa.Table] = []
        for instance in self.instances:
            instance.begin_epoch(info)
        for port, table in feed:
            for partition, piece in self._split(table):
                results += self.instances[partition].process(piece, port)
        for instance in self.instances:
            results += instance.end_epoch(info)
        if not info.restore:
            if self.operator.stateful:
                self._commit()
            self.reports = [instance.report() for instance in self.instances]
            self.epoch += 1
        for result in results:
            assert result.schema.equals(self.output_schema), f"{result.schema} is not {self.output_schema}"
        return pa.concat_tables([self.output_schema.empty_table(), *results])

    def _commit(self) -> None:
        self.heads = {}
        for instance in self.instances:
            committed = instance.commit(Epoch(self.epoch))
            files = committed if isinstance(committed, Mapping) else {None: committed}
            for name, file in files.items():
                self.heads.setdefault(name, []).append(file)

    def _split(self, table: pa.Table) -> list[tuple[int, pa.Table]]:
        exchange = self.operator.exchange
        if isinstance(exchange, HashBy):
            return split_by_hash(table, exchange.columns, self.partitions)
        return [(0, table)]

    @property
    def metrics(self) -> StateMetrics:
        """State numbers of the last epoch, summed over the partitions."""
        total = StateMetrics(self.operator.state_name)
        for report in self.reports:
            assert report is not None
            assert report.state is not None
            total.rows_total += report.state.rows_total
            total.rows_updated += report.state.rows_updated
            total.rows_removed += report.state.rows_removed
            total.rows_dropped_by_watermark += report.state.rows_dropped_by_watermark
            for key, value in report.state.custom.items():
                total.custom[key] = total.custom.get(key, 0) + value
        return total


def rows(table: pa.Table) -> list[tuple[Any, ...]]:
    """Rows in an order that does not matter."""
    return sorted((tuple(row.values()) for row in table.to_pylist()), key=repr)


def slices(table: pa.Table, sizes: Sequence[int]) -> list[pa.Table]:
    """The table cut into pieces of the given sizes, and the rest."""
    pieces, start = [], 0
    for size in sizes:
        pieces.append(table.slice(start, size))
        start += size
    return [*pieces, table.slice(start)]
