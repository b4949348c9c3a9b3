"""actorstream: checkpointed, actor-based dataflow with PySpark's streaming API.

    >>> from actorstream import MemoryStream
    >>> from actorstream.sql import SparkSession

What is exported here is loaded when it is first asked for, so that `import actorstream` costs nothing.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from actorstream.accumulators import Accumulator as Accumulator
    from actorstream.accumulators import AccumulatorParam as AccumulatorParam
    from actorstream.activation import activate as activate
    from actorstream.activation import deactivate as deactivate
    from actorstream.broadcast import Broadcast as Broadcast
    from actorstream.conf import SparkConf as SparkConf
    from actorstream.connectors.memory import ContinuousMemoryStream as ContinuousMemoryStream
    from actorstream.connectors.memory import MemorySink as MemorySink
    from actorstream.connectors.memory import MemoryStream as MemoryStream
    from actorstream.expr.row import Row as Row
    from actorstream.files import SparkFiles as SparkFiles
    from actorstream.pipeline import Pipeline as Pipeline
    from actorstream.sql.context import SQLContext as SQLContext
    from actorstream.sql.rdd import RDD as RDD
    from actorstream.sql.session import SparkSession as SparkSession
    from actorstream.sql.spark_context import SparkContext as SparkContext
    from actorstream.storagelevel import StorageLevel as StorageLevel
    from actorstream.taskcontext import BarrierTaskContext as BarrierTaskContext
    from actorstream.taskcontext import TaskContext as TaskContext

__version__ = "0.1.0"

_EXPORTS: Mapping[str, str] = {
    "Accumulator": "actorstream.accumulators",
    "AccumulatorParam": "actorstream.accumulators",
    "BarrierTaskContext": "actorstream.taskcontext",
    "Broadcast": "actorstream.broadcast",
    "RDD": "actorstream.sql.rdd",
    "SQLContext": "actorstream.sql.context",
    "SparkFiles": "actorstream.files",
    "TaskContext": "actorstream.taskcontext",
    "SparkConf": "actorstream.conf",
    "SparkContext": "actorstream.sql.spark_context",
    "ContinuousMemoryStream": "actorstream.connectors.memory",
    "MemorySink": "actorstream.connectors.memory",
    "MemoryStream": "actorstream.connectors.memory",
    "Pipeline": "actorstream.pipeline",
    "Row": "actorstream.expr.row",
    "SparkSession": "actorstream.sql.session",
    "StorageLevel": "actorstream.storagelevel",
    "activate": "actorstream.activation",
    "deactivate": "actorstream.activation",
}

__all__ = [
    "RDD",
    "Accumulator",
    "AccumulatorParam",
    "BarrierTaskContext",
    "Broadcast",
    "ContinuousMemoryStream",
    "MemorySink",
    "MemoryStream",
    "Pipeline",
    "Row",
    "SQLContext",
    "SparkConf",
    "SparkContext",
    "SparkFiles",
    "SparkSession",
    "StorageLevel",
    "TaskContext",
    "activate",
    "deactivate",
]


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_EXPORTS[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_EXPORTS])
