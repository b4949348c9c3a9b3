"""`udf`, `pandas_udf` and `arrow_udf`: the user's Python functions as columns.

A call gives a `PythonFunction` node or, for a function of whole groups, an `AggregateCall`; `expr.python_function` and
`expr.python_aggregate` evaluate them.
"""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeAlias, get_args

from actorstream.common.config import PYTHON_UDF_ARROW
from actorstream.errors import PySparkAttributeError, PySparkNotImplementedError, PySparkTypeError, PySparkValueError
from actorstream.expr.nodes import AggregateCall, AggregateKind, Expression, PythonFunction, ScalarKind, UserAggregate
from actorstream.expr.types import DataType, StringType, StructType, parse_data_type
from actorstream.sql.column import Column
from actorstream.sql.functions._build import Argument, required

__all__ = [
    "ArrowUDFType",
    "PandasUDFType",
    "UserDefinedFunction",
    "arrow_udf",
    "arrow_udtf",
    "call_udf",
    "pandas_udf",
    "udf",
    "udtf",
]

Kind: TypeAlias = ScalarKind | AggregateKind

EVAL_TYPES: Mapping[Kind, int] = {
    "row": 100,
    "arrow_row": 101,
    "pandas": 200,
    "pandas_agg": 202,
    "pandas_iter": 204,
    "pandas_agg_iter": 217,
    "arrow": 250,
    "arrow_iter": 251,
    "arrow_agg": 252,
    "arrow_agg_iter": 254,
}
"""PySpark's number of every kind of function."""
_KINDS: Mapping[int, Kind] = {number: kind for kind, number in EVAL_TYPES.items()}
_AGGREGATES = frozenset(get_args(AggregateKind))


class PandasUDFType:
    """The kinds of `pandas_udf`, for code that does not use type hints."""

    SCALAR = 200
    SCALAR_ITER = 204
    GROUPED_MAP = 201
    GROUPED_AGG = 202
    GROUPED_AGG_ITER = 217


class ArrowUDFType:
    """The kinds of `arrow_udf`, for code that does not use type hints."""

    SCALAR = 250
    SCALAR_ITER = 251
    GROUPED_AGG = 252
    GROUPED_AGG_ITER = 254


class UserDefinedFunction:
    """A Python function that makes columns of columns. Made by `udf`, `pandas_udf` and `arrow_udf`.

    Raises: PySparkTypeError NOT_EXPECTED_TYPE when `func` is not callable or `returnType` not a type.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        returnType: DataType | str = StringType(),  # noqa: B008 - a value without state, as in PySpark
        name: str | None = None,
        evalType: int = EVAL_TYPES["row"],
        deterministic: bool = True,
    ) -> None:
        _expect(callable(func), "func", "callable", func)
        _expect(isinstance(returnType, (DataType, str)), "returnType", "DataType or str", returnType)
        _expect(isinstance(evalType, int), "evalType", "int", evalType)
        self.func = func
        self.evalType = evalType
        self.deterministic = deterministic
        self._return_type = returnType
        self._name: str = name or getattr(func, "__name__", None) or type(func).__name__

    @property
    def returnType(self) -> DataType:
        """The type of the result."""
        if isinstance(self._return_type, str):
            self._return_type = parse_data_type(self._return_type)
        return self._return_type

    @property
    def kind(self) -> Kind:
        """How the function wants its arguments."""
        return _KINDS[self.evalType]

    def __call__(self, *args: Argument, **kwargs: Argument) -> Column:
        """The function of columns; keyword arguments reach it under their names."""
        items = [required(item) for item in (*args, *kwargs.values())]
        return Column(self.node(items, tuple(kwargs)))

    def node(self, args: list[Expression], keywords: tuple[str, ...] = ()) -> Expression:
        """The expression of a call; SQL text uses it for registered functions."""
        function = _snapshot(_with_keywords(self.func, keywords) if keywords else self.func)
        kind = self.kind
        if kind in _AGGREGATES:
            user = UserAggregate(function, kind, self.returnType, keywords)  # type: ignore[arg-type]
            return AggregateCall(name=self._name, args=tuple(args), user=user)
        return PythonFunction(
            function=function,
            name=self._name,
            args=tuple(args),
            kind=kind,  # type: ignore[arg-type]
            deterministic=self.deterministic,
            keywords=keywords,
            data_type=self.returnType,
            nullable=True,
        )

    def asNondeterministic(self) -> UserDefinedFunction:
        """This function, marked as giving different results for the same arguments."""
        self.deterministic = False
        return self

    def named(self, name: str) -> UserDefinedFunction:
        """The same function under another name, as `spark.udf.register` keeps it."""
        found = UserDefinedFunction(self.func, self._return_type, name, self.evalType, self.deterministic)
        return found.wrapped()

    def wrapped(self) -> UserDefinedFunction:
        """This object with the name and documentation of the user's function."""
        functools.update_wrapper(self, self.func, assigned=("__name__", "__module__", "__doc__"), updated=())
        return self


def _snapshot(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with the values that its closure has now: what the user assigns later does not reach it, as in PySpark."""
    closure = getattr(function, "__closure__", None)
    if not closure or not isinstance(function, types.FunctionType):
        return function
    try:
        cells = tuple(types.CellType(cell.cell_contents) for cell in closure)
    except ValueError:
        return function  # a cell without value: the function refers to something that is not there yet
    copy = types.FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__, cells)
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__dict__.update(function.__dict__)
    return copy


def _with_keywords(function: Callable[..., Any], names: tuple[str, ...]) -> Callable[..., Any]:
    count = len(names)

    def call(*values: Any) -> Any:
        return function(*values[:-count], **dict(zip(names, values[-count:], strict=True)))

    return call


def _expect(fits: bool, name: str, expected: str, value: Any) -> None:
    if not fits:
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={"arg_name": name, "expected_type": expected, "arg_type": type(value).__name__},
        )


Decorator: TypeAlias = Callable[[Callable[..., Any]], UserDefinedFunction]


@typing.overload
def udf(
    f: Callable[..., Any], returnType: DataType | str = ..., *, useArrow: bool | None = ...
) -> UserDefinedFunction: ...


@typing.overload
def udf(
    f: DataType | str | None = ..., returnType: DataType | str = ..., *, useArrow: bool | None = ...
) -> Decorator: ...


def udf(
    f: Callable[..., Any] | DataType | str | None = None,
    returnType: DataType | str = StringType(),  # noqa: B008 - a value without state, as in PySpark
    *,
    useArrow: bool | None = None,
) -> Any:
    """A function of one row's values as a column function, or a decorator for one.

    Args:
        f: the function, or the return type when used as ``@udf("int")``.
        returnType: type of the result.
        useArrow: whether results are converted by Arrow, which casts what it can and refuses the rest; without it a value of
            another type becomes null. By default as ``spark.sql.execution.pythonUDF.arrow.enabled`` says, which is true.
    """
    if f is None or isinstance(f, (str, DataType)):
        declared = returnType if f is None else f
        return lambda function: row_function(function, declared, useArrow)
    return row_function(f, returnType, useArrow)


def row_function(
    function: Callable[..., Any], returns: DataType | str, use_arrow: bool | None = None
) -> UserDefinedFunction:
    """The column function of a plain Python function; type hints of Series or arrays make it one of those."""
    _expect(callable(function), "func", "callable", function)
    kind: Kind | None = _hinted(function) if use_arrow is None else None
    if kind is None:
        kind = "arrow_row" if (_arrow_by_default() if use_arrow is None else use_arrow) else "row"
    return UserDefinedFunction(function, returns, evalType=EVAL_TYPES[kind]).wrapped()


def _arrow_by_default() -> bool:
    from actorstream.sql.session import SparkSession

    session = SparkSession.getActiveSession()
    return True if session is None else session._conf.value(PYTHON_UDF_ARROW)


def _hinted(function: Callable[..., Any]) -> Kind | None:
    """The kind that the hints of a `udf` say, if it has hints and they say one."""
    try:
        if not inspect.signature(function).parameters:
            return None
        return kind_of_hints(function, "pandas") or kind_of_hints(function, "arrow")
    except (PySparkValueError, TypeError, ValueError):
        return None


@typing.overload
def pandas_udf(
    f: Callable[..., Any], returnType: DataType | str | None = ..., functionType: int | None = ...
) -> UserDefinedFunction: ...


@typing.overload
def pandas_udf(
    f: DataType | str | None = ..., returnType: DataType | str | int | None = ..., functionType: int | None = ...
) -> Decorator: ...


def pandas_udf(f: Any = None, returnType: Any = None, functionType: int | None = None) -> Any:
    """A function of pandas Series (or an iterator of them) as a column function, or a decorator for one.

    Type hints say the kind: ``Series -> Series``, ``Iterator[Series] -> Iterator[Series]`` or, for a function of whole groups,
    ``Series -> Any``.

    Raises: PySparkTypeError CANNOT_BE_NONE, PySparkValueError TYPE_HINT_SHOULD_BE_SPECIFIED,
        PySparkNotImplementedError UNSUPPORTED_SIGNATURE.
    """
    return _vector_udf("pandas", f, returnType, functionType)


@typing.overload
def arrow_udf(
    f: Callable[..., Any], returnType: DataType | str | None = ..., functionType: int | None = ...
) -> UserDefinedFunction: ...


@typing.overload
def arrow_udf(
    f: DataType | str | None = ..., returnType: DataType | str | int | None = ..., functionType: int | None = ...
) -> Decorator: ...


def arrow_udf(f: Any = None, returnType: Any = None, functionType: int | None = None) -> Any:
    """A function of `pyarrow.Array` as a column function, or a decorator for one; as `pandas_udf` without pandas.

    Raises: as `pandas_udf`.
    """
    return _vector_udf("arrow", f, returnType, functionType)


def udtf(cls: type | None = None, *, returnType: StructType | str | None = None, useArrow: bool | None = None) -> Any:
    """A class with an `eval` method as a table function, or a decorator for one.

    Args:
        returnType: the result columns; None where the class has an `analyze` method.
        useArrow: whether results are converted by Arrow, which they are.
    Raises: see `actorstream.sql.udtf.UserDefinedTableFunction`.
    """
    from actorstream.sql.udtf import UserDefinedTableFunction

    if useArrow is False:
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={"feature": "udtf(useArrow=False)", "remedy": "Leave it out: results go by Arrow."},
        )
    if cls is None:
        return lambda handler: UserDefinedTableFunction(handler, returnType)
    return UserDefinedTableFunction(cls, returnType)


def arrow_udtf(cls: type | None = None, *, returnType: StructType | str | None = None) -> Any:
    """A class whose `eval` takes Arrow arrays, or a record batch for a table, and gives Arrow tables; or a decorator for one.

    Args:
        returnType: the result columns.
    Raises: PySparkAttributeError INVALID_ARROW_UDTF_WITH_ANALYZE; see `actorstream.sql.udtf.UserDefinedTableFunction`.
    """
    from actorstream.sql.udtf import UserDefinedTableFunction

    def made(handler: type) -> UserDefinedTableFunction:
        if hasattr(handler, "analyze"):
            raise PySparkAttributeError(
                errorClass="INVALID_ARROW_UDTF_WITH_ANALYZE", messageParameters={"name": handler.__name__}
            )
        return UserDefinedTableFunction(handler, returnType, over_arrow=True)

    return made if cls is None else made(cls)


def call_udf(udfName: str, *cols: Argument) -> Column:
    """A function by the name under which `spark.udf.register` keeps it. Raises: AnalysisException UNRESOLVED_ROUTINE, when used."""
    from actorstream.sql.functions.special import call_function

    return call_function(udfName, *cols)


Family: TypeAlias = Literal["pandas", "arrow"]


def _vector_udf(family: Family, f: Any, returns: Any, number: int | None) -> Any:
    if f is None or isinstance(f, (str, DataType)):
        declared, kind_number = returns if f is None else f, number
        if f is not None and isinstance(returns, int):
            kind_number = returns
        _return_type_given(declared)
        return lambda function: _vector_function(family, function, declared, kind_number)
    _return_type_given(returns)
    return _vector_function(family, f, returns, number)


def _return_type_given(value: Any) -> None:
    if value is None:
        raise PySparkTypeError(errorClass="CANNOT_BE_NONE", messageParameters={"arg_name": "returnType"})
    _expect(isinstance(value, (DataType, str)), "returnType", "DataType or str", value)


def _vector_function(
    family: Family, function: Callable[..., Any], returns: DataType | str, number: int | None
) -> UserDefinedFunction:
    _expect(callable(function), "func", "callable", function)
    if number is None:
        kind = kind_of_hints(function, family)
        if kind is None:
            raise PySparkNotImplementedError(
                errorClass="UNSUPPORTED_SIGNATURE", messageParameters={"signature": str(inspect.signature(function))}
            )
        number = EVAL_TYPES[kind]
    if number not in _KINDS and number != PandasUDFType.GROUPED_MAP:
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": f"A {family}_udf of the kind {number}",
                "remedy": "Use groupBy(...).applyInPandas.",
            },
        )
    return UserDefinedFunction(function, returns, evalType=number).wrapped()


# ---------------------------------------------------------------- type hints


def kind_of_hints(function: Callable[..., Any], family: Family) -> Kind | None:
    """The kind of function that type hints of one family say; None when they fit no kind.

    Raises: PySparkValueError TYPE_HINT_SHOULD_BE_SPECIFIED for an argument or a result without a hint.
    """
    signature = inspect.signature(function)
    target = function if inspect.isroutine(function) else function.__call__  # type: ignore[operator]
    try:
        hints = typing.get_type_hints(target)
    except NameError:
        hints = {}
    annotations = {
        name: hints.get(name, item.annotation)
        for name, item in signature.parameters.items()
        if item.annotation is not item.empty
    }
    if len(annotations) != len(signature.parameters):
        raise _unhinted("all parameters", signature)
    returned = hints.get("return", signature.return_annotation)
    if returned is signature.empty:
        raise _unhinted("the return type", signature)
    given = list(annotations.values())
    is_vector = _is_frame if family == "pandas" else _is_array
    one: Kind = family
    if all(map(is_vector, given)):
        if is_vector(returned):
            return one
        return f"{family}_agg" if _is_value(returned, is_vector) else None  # type: ignore[return-value]
    if len(given) == 1 and _is_iterator(given[0], is_vector):
        if _is_iterator(returned, is_vector):
            return f"{family}_iter"  # type: ignore[return-value]
        return f"{family}_agg_iter" if _is_value(returned, is_vector) else None  # type: ignore[return-value]
    return None


def _unhinted(target: str, signature: inspect.Signature) -> PySparkValueError:
    return PySparkValueError(
        errorClass="TYPE_HINT_SHOULD_BE_SPECIFIED", messageParameters={"target": target, "sig": str(signature)}
    )


def _is_frame(hint: Any) -> bool:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return all(_is_frame(part) for part in get_args(hint))
    return getattr(hint, "__name__", "") in ("Series", "DataFrame") and hint.__module__.startswith("pandas")


def _is_array(hint: Any) -> bool:
    return getattr(hint, "__name__", "") == "Array" and hint.__module__.startswith("pyarrow")


def _is_iterator(hint: Any, is_vector: Callable[[Any], bool]) -> bool:
    if typing.get_origin(hint) is not Iterator:
        return False
    (item,) = get_args(hint)
    if typing.get_origin(item) is tuple:
        return all(is_vector(part) for part in get_args(item) if part is not Ellipsis)
    return is_vector(item)


def _is_value(hint: Any, is_vector: Callable[[Any], bool]) -> bool:
    """Whether a result is one value and not a vector, several of them or a tuple."""
    return not is_vector(hint) and typing.get_origin(hint) not in (Iterator, tuple)
