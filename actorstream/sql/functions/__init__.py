"""`pyspark.sql.functions`: every function of it that is supported, under PySpark's names.

Plain functions are in `_generated`, those with a form of their own in the other modules of this room.
"""

from __future__ import annotations

from typing import Any

from actorstream.errors import PySparkAttributeError
from actorstream.sql.functions import (
    _generated,
    aggregates,
    encryption,
    formats,
    higher_order,
    sketches,
    special,
    user_defined,
    variants,
    window_functions,
)
from actorstream.sql.functions._generated import *  # noqa: F403
from actorstream.sql.functions.aggregates import *  # noqa: F403
from actorstream.sql.functions.encryption import *  # noqa: F403
from actorstream.sql.functions.formats import *  # noqa: F403
from actorstream.sql.functions.higher_order import *  # noqa: F403
from actorstream.sql.functions.sketches import *  # noqa: F403
from actorstream.sql.functions.special import *  # noqa: F403
from actorstream.sql.functions.user_defined import *  # noqa: F403
from actorstream.sql.functions.variants import *  # noqa: F403
from actorstream.sql.functions.window_functions import *  # noqa: F403

__all__ = [
    *_generated.__all__,
    *aggregates.__all__,
    *encryption.__all__,
    *formats.__all__,
    *higher_order.__all__,
    *sketches.__all__,
    *special.__all__,
    *user_defined.__all__,
    *variants.__all__,
    *window_functions.__all__,
]


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    raise PySparkAttributeError(errorClass="FUNCTION_NOT_SUPPORTED", messageParameters={"name": name})
