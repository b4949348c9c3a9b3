"""Names for the integers and strings that identify things, so that the type checker keeps them apart."""

from __future__ import annotations

import uuid
from typing import NewType

QueryId = NewType("QueryId", str)
"""Id of a query: written to `metadata` at its first start and kept over restarts (CKP-10)."""

RunId = NewType("RunId", str)
"""Id of one run of a query: fresh at each start (CKP-10)."""

NodeId = NewType("NodeId", str)
"""Name of a node of the graph; state and logs are keyed by it, so it must not change between runs."""

Epoch = NewType("Epoch", int)
"""Number of an epoch, from 0: PySpark's batch id."""

PartitionId = NewType("PartitionId", int)
"""Number of a partition of a node, from 0."""


def new_query_id() -> QueryId:
    """A fresh random query id."""
    return QueryId(str(uuid.uuid4()))


def new_run_id() -> RunId:
    """A fresh random run id."""
    return RunId(str(uuid.uuid4()))
