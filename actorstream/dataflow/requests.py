"""What a reader or writer asks of a connector: format, options, schema, as plain data.

Made by `sql.readwriter` and `sql.streaming.readwriter`; taken by the connector that `connectors.REGISTRY` names for the format.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from actorstream.common.config import Conf
from actorstream.dataflow.protocols import OutputMode
from actorstream.expr.types import StructType


class Options(Mapping[str, str]):
    """Options by name; case does not matter, the last spelling set is kept (IO-1, IO-3)."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values: dict[str, tuple[str, str]] = {}
        for key, value in (values or {}).items():
            self._values[key.lower()] = (key, value)

    def __getitem__(self, key: str) -> str:
        return self._values[key.lower()][1]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        return (key for key, _ in self._values.values())

    def __len__(self) -> int:
        return len(self._values)

    def with_option(self, key: str, value: Any) -> Options:
        """A copy with an option set; None changes nothing, booleans become ``true`` and ``false`` (IO-3)."""
        if value is None:
            return self
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return Options({**dict(self.items()), key: text})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRequest:
    """``spark.read`` or ``spark.readStream`` ... ``load()``.

    Args:
        format: short name in lower case.
        schema: as given by the user; None if none was given.
        paths: of `load`, or the option ``path``.
        streaming: False for ``spark.read``.
        partitions: default parallelism, local[N].
    """

    format: str
    options: Options
    conf: Conf
    schema: StructType | None = None
    paths: tuple[str, ...] = ()
    streaming: bool = True
    partitions: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRequest:
    """``df.writeStream`` ... ``start()``, or ``df.write`` ... ``save()``.

    Args:
        schema: columns of the rows to come.
        path: where to write; None if none was given.
        replaces: the folder below `path`, named by the first partition columns, beside which an overwrite leaves everything.
    """

    format: str
    options: Options
    conf: Conf
    schema: pa.Schema
    output_mode: OutputMode = "append"
    path: str | None = None
    partition_by: tuple[str, ...] = field(default=())
    query_name: str | None = None
    replaces: str = ""
