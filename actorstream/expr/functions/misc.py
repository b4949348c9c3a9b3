"""Functions of the row's place, ``monotonically_increasing_id`` and ``spark_partition_id``, and of the session."""

from __future__ import annotations

import getpass

import numpy as np

from actorstream.expr.arrow import Values, pa
from actorstream.expr.coercion import takes
from actorstream.expr.evaluation import Frame
from actorstream.expr.registry import Function

SPARK_VERSION = "4.3.0"


def _increasing(frame: Frame) -> Values:
    """The partition in the upper 31 bits, the row's number in the epoch and partition in the lower 33."""
    _, first = frame.context.draw(frame.site, frame.rows)
    return pa.array(np.arange(first, first + frame.rows, dtype=np.int64) + (frame.context.partition << 33))


def _user(frame: Frame) -> Values:
    return pa.scalar(getpass.getuser())


_SEARCH_PATH = "system.builtin,system.session,spark_catalog.default"
FUNCTIONS = [
    Function("monotonically_increasing_id", takes(returns="bigint", nullable=False), _increasing, "a number that grows within each epoch and partition", deterministic=False),
    Function("spark_partition_id", takes(returns="int", nullable=False), lambda frame: pa.scalar(frame.context.partition, pa.int32()), "the number of the partition", deterministic=False),
    Function("version", takes(returns="string", nullable=False), lambda frame: pa.scalar(SPARK_VERSION), "the version of PySpark that is followed"),
    *(
        Function(name, takes(returns="string", nullable=False), _user, "the name of the user who runs the query")
        for name in ("current_user", "user", "session_user")
    ),
    *(
        Function(name, takes(returns="string", nullable=False), lambda frame: pa.scalar("default"), "the name of the current database")
        for name in ("current_database", "current_schema")
    ),
    Function("current_path", takes(returns="string", nullable=False), lambda frame: pa.scalar(_SEARCH_PATH), "where the names of functions are looked for"),
    # the facts of a file are known only while it is read; as in the reference, a row of no file has these
    Function("input_file_name", takes(returns="string", nullable=False), lambda frame: pa.scalar(""), "the address of the file that a row was read from; empty where there is none"),
    *(
        Function(name, takes(returns="bigint", nullable=False), lambda frame: pa.scalar(-1, pa.int64()), doc)
        for name, doc in (
            ("input_file_block_start", "where the part of the file begins that a row was read from; -1 where there is none"),
            ("input_file_block_length", "how long the part of the file is that a row was read from; -1 where there is none"),
        )
    ),
    Function("current_catalog", takes(returns="string", nullable=False), lambda frame: pa.scalar("spark_catalog"), "the name of the current catalog"),
]  # fmt: skip
