"""Opens the state stores of one operator actor at the version that the commit log names, and purges them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from actorstream.checkpoint.files import CheckpointFiles
from actorstream.checkpoint.layout import state_folder
from actorstream.common.config import MIN_DELTAS_FOR_SNAPSHOT, STATE_SCHEMA_CHECK, Conf
from actorstream.common.fault_points import FaultInjector
from actorstream.common.ids import Epoch, NodeId, PartitionId, RunId
from actorstream.dataflow.graph import state_id
from actorstream.dataflow.protocols import StateFactory
from actorstream.state.store import StateStore


class StateOpener:
    """The stores of one actor: made on demand by its operators' contexts, purged together.

    Args:
        background: whether snapshots may be made on threads of their own.
    """

    def __init__(
        self, files: CheckpointFiles, run_id: RunId, conf: Conf, faults: FaultInjector, *, background: bool
    ) -> None:
        self._files = files
        self._run_id = run_id
        self._check_types = conf.value(STATE_SCHEMA_CHECK)
        self._min_deltas = conf.value(MIN_DELTAS_FOR_SNAPSHOT)
        self._faults = faults
        self._background = background
        self._stores: list[StateStore] = []

    def factory(
        self, node: NodeId, partition: PartitionId, partitions: int, heads: Mapping[str, Sequence[str | None]]
    ) -> StateFactory:
        """The `state` of an `OperatorContext`.

        Args:
            heads: by store, the newest state file of every partition that the *stored* state has; their number may differ
                from `partitions`, then rows are re-split by key.
        """

        def open_store(
            key_schema: pa.Schema,
            value_schema: pa.Schema,
            *,
            event_time: str | None = None,
            name: str | None = None,
            partition_keys: int | None = None,
        ) -> StateStore:
            own = state_id(node, name)
            store = StateStore.open(
                self._files,
                state_folder(own),
                key_schema,
                value_schema,
                node=own,
                partition=partition,
                partitions=partitions,
                run_id=self._run_id,
                heads=heads.get(own, ()),
                event_time=event_time,
                partition_keys=partition_keys,
                faults=self._faults,
                min_deltas=self._min_deltas,
                background=self._background,
                check_types=self._check_types,
            )
            self._stores.append(store)
            return store

        return open_store

    def purge(self, keep_from: Epoch) -> None:
        """Delete the files that no epoch from `keep_from` on needs."""
        for store in self._stores:
            store.purge(keep_from)
