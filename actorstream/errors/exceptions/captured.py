"""`pyspark.errors.exceptions.captured`: the classes of `actorstream.errors` under the path that some scripts import them from."""

from actorstream.errors import *  # noqa: F403
from actorstream.errors import __all__ as __all__
