"""A user's function over whole groups (`pandas_udf` and `arrow_udf` that give one value) as an aggregate.

Its buffers are the lists of all values of a group, for the function wants to see them together. That is why a stream refuses
it, as the reference does: such a state would grow with every row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from actorstream.expr.functions import aggregate_kernels as kernels
from actorstream.expr.functions.aggregate_function import AggregateFunction
from actorstream.expr.grouping import Groups
from actorstream.expr.nodes import UserAggregate
from actorstream.expr.python_function import guarded, to_series
from actorstream.expr.python_values import arrow_values
from actorstream.expr.types import DataType, to_arrow


class PythonAggregate(AggregateFunction):
    """Calls the function once per group, with its columns as Series or Arrow arrays.

    Args:
        name: of the function, for messages.
        types: of the arguments.
        zone: of the local times that the function gets.
    """

    whole_groups = True

    def __init__(self, name: str, user: UserAggregate, types: Sequence[DataType], zone: str) -> None:
        self._zone = zone
        self.result = to_arrow(user.result)
        # a function of no column still has to know how many rows there are
        self._types = list(types)
        self.buffers = (
            pa.field("rows", pa.list_(pa.bool_()), nullable=False),
            *(
                pa.field(f"values_{place}", pa.list_(to_arrow(data_type)), nullable=False)
                for place, data_type in enumerate(types)
            ),
        )
        self._user = user
        self._name = name

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        rows = pa.array(np.ones(len(groups.ids), np.bool_))
        columns = [rows, *inputs]
        return [
            kernels.collect_all(values, groups).cast(field.type)
            for values, field in zip(columns, self.buffers, strict=True)
        ]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        _, inside = kernels.flatten(buffers[0], groups)
        return self.update([buffer.flatten() for buffer in buffers[1:]], inside)

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        with guarded(self._name):
            values = [self._of_group([buffer[place] for buffer in buffers[1:]]) for place in range(len(buffers[0]))]
            return arrow_values([_plain(value) for value in values], self._user.result)

    def _of_group(self, columns: Sequence[Any]) -> Any:
        """Shape: `columns` are list scalars, one per argument."""
        arrays = [column.values for column in columns]
        if self._user.kind.startswith("pandas"):
            arrays = [
                to_series(values, data_type, self._zone) for values, data_type in zip(arrays, self._types, strict=True)
            ]
        if self._user.kind.endswith("iter"):
            return self._user.function(iter([arrays[0] if len(arrays) == 1 else tuple(arrays)]))
        return self._user.function(*arrays)


def _plain(value: Any) -> Any:
    """A numpy, pandas or Arrow scalar as a Python value; NaN stays NaN, missing values are None."""
    if isinstance(value, pa.Scalar):
        return value.as_py()
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    if hasattr(value, "tolist"):
        return value.tolist()
    return value
