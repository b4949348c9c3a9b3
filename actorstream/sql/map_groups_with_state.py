"""``groupBy(...).applyInPandasWithState``: a user's function over the groups of a stream, each with a state that it keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, cast

import pyarrow as pa

from actorstream.dataflow.batch import concat
from actorstream.dataflow.operators.map_groups_with_state import HeldState, Outcome, Timeout
from actorstream.errors import IllegalArgumentException, PySparkTypeError
from actorstream.expr.python_function import guarded, require_pandas
from actorstream.expr.python_values import wrong_result
from actorstream.expr.types import StructField, StructType, to_arrow_schema
from actorstream.expr.zones import session_zone
from actorstream.plan.nodes import MapGroupsWithState, Named
from actorstream.plan.resolution import resolve_on, to_named
from actorstream.sql.map_batches import attributes_of, from_pandas, result_schema
from actorstream.sql.map_groups import pandas_key
from actorstream.sql.pandas import to_pandas
from actorstream.sql.streaming.state import GroupState, GroupStateTimeout

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame
    from actorstream.sql.group import GroupedData

_TIMEOUTS: Mapping[str, Timeout] = {
    GroupStateTimeout.NoTimeout: "none",
    GroupStateTimeout.ProcessingTimeTimeout: "processing_time",
    GroupStateTimeout.EventTimeTimeout: "event_time",
}


def map_groups_with_state(
    group: GroupedData,
    function: Callable[..., Any],
    output: StructType | str,
    state: StructType | str,
    mode: str,
    timeout: str,
) -> DataFrame:
    """The frame of what `function` gives for every key. Raises: see `GroupedData.applyInPandasWithState`."""
    if not callable(function):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={"expected_type": "callable", "arg_name": "func", "arg_type": type(function).__name__},
        )
    assert timeout in _TIMEOUTS, f"timeoutConf must be one of {', '.join(_TIMEOUTS)}, not {timeout!r}"
    result, states = result_schema(output), result_schema(state)
    require_pandas()
    frame = group._frame
    plan = frame._plan
    keys = tuple(to_named(resolve_on(plan, key, frame._conf)) for key in group._keys)
    run = _runner(function, plan.schema, keys, result, states, timeout, session_zone(frame._conf))
    return frame._with(
        MapGroupsWithState(plan, keys, run, attributes_of(result), states, _mode_of(mode), _TIMEOUTS[timeout])
    )


def _mode_of(text: str) -> Literal["append", "update"]:
    mode = text.lower()
    if mode not in ("append", "update", "complete"):
        raise IllegalArgumentException(
            errorClass="STREAMING_OUTPUT_MODE.INVALID", messageParameters={"outputMode": text}
        )
    if mode == "complete":
        raise IllegalArgumentException("The output mode of function should be append or update")
    return cast("Literal['append', 'update']", mode)


def _runner(
    function: Callable[..., Any],
    schema: StructType,
    keys: tuple[Named, ...],
    result: StructType,
    states: StructType,
    timeout: str,
    zone: str,
) -> Callable[[pa.Table, pa.Table, HeldState], Outcome]:
    """The user's function as the operator calls it."""
    label = getattr(function, "__name__", type(function).__name__)
    target = to_arrow_schema(result)
    key_types = StructType([StructField(key.name, key.data_type, True) for key in keys])  # type: ignore[arg-type]

    def run(key: pa.Table, rows: pa.Table, held: HeldState) -> Outcome:
        pandas = require_pandas()
        state = GroupState(
            held.value, states, timeout, held.batch_time_ms, held.watermark_ms, has_timed_out=held.has_timed_out
        )
        with guarded(label):
            given = function(pandas_key(key, key_types, zone), iter([to_pandas(rows, schema, zone, unit="ns")]), state)
            if not hasattr(given, "__iter__") or isinstance(given, pandas.DataFrame):
                raise wrong_result("iterator of pandas.DataFrame", given)
            pieces = []
            for piece in given:
                if not isinstance(piece, pandas.DataFrame):
                    raise wrong_result("iterator of pandas.DataFrame", piece)
                pieces.append(from_pandas(piece, result, zone))
        return Outcome(concat(pieces, target), state._value, state._has_changed, state._timeout_ms)

    run.__name__ = label
    return run
