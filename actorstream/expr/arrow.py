"""pyarrow as the kernels of this room see it: untyped on purpose.

A kernel takes arrays and scalars of many types and gives back what the compute function gives. The stubs of
`pyarrow.compute` list every combination and reject most generic code, so here the modules are `Any`; the functions around
the kernels are typed.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import pyarrow
import pyarrow.compute

pa: Any = pyarrow
pc: Any = pyarrow.compute

Array: TypeAlias = Any
"""A `pyarrow.Array`: one column of a batch."""
Values: TypeAlias = Any
"""A `pyarrow.Array`, or a `pyarrow.Scalar` that stands for the same value in every row."""
ArrowType: TypeAlias = Any
"""A `pyarrow.DataType`."""

__all__ = ["Array", "ArrowType", "Values", "pa", "pc"]
