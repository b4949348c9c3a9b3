"""`spark.udf`: the user's functions by name, for SQL text. Source: `pyspark.sql.udf.UDFRegistration`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actorstream.common.config import Conf
from actorstream.errors import PySparkNotImplementedError, PySparkTypeError
from actorstream.expr.types import DataType, StringType
from actorstream.sql.functions.user_defined import UserDefinedFunction

__all__ = ["UDFRegistration", "UserDefinedFunction"]


class UDFRegistration:
    """Names functions of a session; a name hides the built-in function of that name."""

    def __init__(self, conf: Conf) -> None:
        self._conf = conf

    def register(
        self, name: str, f: Callable[..., Any] | UserDefinedFunction, returnType: DataType | str | None = None
    ) -> UserDefinedFunction:
        """Make a function known to SQL text as `name`.

        Args:
            f: a plain function, or what `udf`, `pandas_udf` or `arrow_udf` gave.
            returnType: of a plain function; text if absent.
        Raises: PySparkTypeError CANNOT_SPECIFY_RETURN_TYPE_FOR_UDF, NOT_EXPECTED_TYPE.
        """
        if isinstance(f, UserDefinedFunction):
            if returnType is not None:
                raise PySparkTypeError(
                    errorClass="CANNOT_SPECIFY_RETURN_TYPE_FOR_UDF",
                    messageParameters={"arg_name": "f", "return_type": str(returnType)},
                )
            found = f.named(name)
        else:
            found = UserDefinedFunction(f, StringType() if returnType is None else returnType, name).wrapped()
        self._conf.routines[name.lower()] = found
        return found

    def registerJavaFunction(self, name: str, javaClassName: str, returnType: DataType | str | None = None) -> None:
        """Not here: there is no JVM. Raises: PySparkNotImplementedError NOT_IMPLEMENTED."""
        raise _no_jvm("spark.udf.registerJavaFunction")

    def registerJavaUDAF(self, name: str, javaClassName: str) -> None:
        """Not here: there is no JVM. Raises: PySparkNotImplementedError NOT_IMPLEMENTED."""
        raise _no_jvm("spark.udf.registerJavaUDAF")


def _no_jvm(feature: str) -> PySparkNotImplementedError:
    return PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED",
        messageParameters={"feature": feature, "remedy": "There is no JVM: register a Python function."},
    )
