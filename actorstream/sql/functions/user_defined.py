"""`udf` and `pandas_udf`: the user's Python functions as columns.

A call gives a `PythonFunction` node; `expr.python_function` evaluates it.
"""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeAlias

from actorstream.errors import PySparkNotImplementedError, PySparkTypeError, PySparkValueError
from actorstream.expr.nodes import Expression, PythonFunction
from actorstream.expr.types import DataType, StringType, parse_data_type
from actorstream.sql.column import Column
from actorstream.sql.functions._build import Argument, required

__all__ = ["PandasUDFType", "UserDefinedFunction", "pandas_udf", "udf"]

Kind: TypeAlias = Literal["row", "arrow", "pandas", "pandas_iter"]

_EVAL_TYPES: dict[Kind, int] = {"row": 100, "arrow": 101, "pandas": 200, "pandas_iter": 204}
_GROUPED_AGG, _GROUPED_MAP = 202, 201


class PandasUDFType:
    """The kinds of `pandas_udf`, for code that does not use type hints."""

    SCALAR = 200
    SCALAR_ITER = 204
    GROUPED_MAP = _GROUPED_MAP
    GROUPED_AGG = _GROUPED_AGG


class UserDefinedFunction:
    """A Python function that makes columns of columns. Made by `udf` and `pandas_udf`.

    Raises: PySparkTypeError NOT_EXPECTED_TYPE when `func` is not callable or `returnType` not a type.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        returnType: DataType | str = StringType(),  # noqa: B008 - a value without state, as in PySpark
        name: str | None = None,
        kind: Kind = "row",
        deterministic: bool = True,
    ) -> None:
        _expect(callable(func), "func", "callable", func)
        _expect(isinstance(returnType, (DataType, str)), "returnType", "DataType or str", returnType)
        self.func = func
        self.kind: Kind = kind
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
    def evalType(self) -> int:
        """PySpark's number of this kind of function."""
        return _EVAL_TYPES[self.kind]

    def __call__(self, *args: Argument, **kwargs: Argument) -> Column:
        """The function of columns; keyword arguments reach it under their names."""
        items = [required(item) for item in args]
        function = self.func
        if kwargs:
            items += [required(item) for item in kwargs.values()]
            function = _with_keywords(self.func, tuple(kwargs))
        return Column(self.node(items, function))

    def node(self, args: list[Expression], function: Callable[..., Any] | None = None) -> PythonFunction:
        """The expression of a call; SQL text uses it for registered functions."""
        return PythonFunction(
            function=_snapshot(function or self.func),
            name=self._name,
            args=tuple(args),
            kind=self.kind,
            deterministic=self.deterministic,
            data_type=self.returnType,
            nullable=True,
        )

    def asNondeterministic(self) -> UserDefinedFunction:
        """This function, marked as giving different results for the same arguments."""
        self.deterministic = False
        return self

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


def udf(
    f: Callable[..., Any] | DataType | str | None = None,
    returnType: DataType | str = StringType(),  # noqa: B008 - a value without state, as in PySpark
    *,
    useArrow: bool | None = None,
) -> Any:
    """A function of one row's values as a column function, or a decorator for one.

    Args:
        f: the function, or the return type when used as ``@udf("int")``.
        returnType: type of the result; a value that does not fit it becomes null.
        useArrow: convert arguments and results by Arrow, whose conversions are a little wider.
    """
    kind: Kind = "arrow" if useArrow else "row"
    if f is None or isinstance(f, (str, DataType)):
        declared = returnType if f is None else f
        return lambda function: _row_function(function, declared, kind, hinted=useArrow is None)
    return _row_function(f, returnType, kind, hinted=useArrow is None)


def _row_function(
    function: Callable[..., Any], returns: DataType | str, kind: Kind, *, hinted: bool
) -> UserDefinedFunction:
    _expect(callable(function), "func", "callable", function)
    if hinted:
        kind = _kind_of_hints(function) or kind
    return UserDefinedFunction(function, returns, kind=kind).wrapped()


def pandas_udf(f: Any = None, returnType: Any = None, functionType: int | None = None) -> Any:
    """A function of pandas Series (or an iterator of them) as a column function, or a decorator for one.

    Type hints say the kind: ``Series -> Series`` or ``Iterator[Series] -> Iterator[Series]``.

    Raises: PySparkTypeError CANNOT_BE_NONE, PySparkValueError TYPE_HINT_SHOULD_BE_SPECIFIED,
        PySparkNotImplementedError for functions of whole groups.
    """
    if f is None or isinstance(f, (str, DataType)):
        declared = returnType if f is None else f
        kind_number = functionType if f is None or not isinstance(returnType, int) else returnType
        _return_type_given(declared)
        return lambda function: _pandas_function(function, declared, kind_number)
    _return_type_given(returnType)
    return _pandas_function(f, returnType, functionType)


def _return_type_given(value: Any) -> None:
    if value is None:
        raise PySparkTypeError(errorClass="CANNOT_BE_NONE", messageParameters={"arg_name": "returnType"})
    _expect(isinstance(value, (DataType, str)), "returnType", "DataType or str", value)


def _pandas_function(function: Callable[..., Any], returns: DataType | str, number: int | None) -> UserDefinedFunction:
    _expect(callable(function), "func", "callable", function)
    if number is None:
        kind = _kind_of_hints(function)
        if kind is None:
            if not inspect.signature(function).parameters or not typing.get_type_hints(function):
                raise PySparkValueError(
                    errorClass="TYPE_HINT_SHOULD_BE_SPECIFIED",
                    messageParameters={"target": "all parameters", "sig": str(inspect.signature(function))},
                )
            number = _GROUPED_AGG
        else:
            return UserDefinedFunction(function, returns, kind=kind).wrapped()
    kinds: dict[int, Kind] = {200: "pandas", 204: "pandas_iter"}
    if number not in kinds:
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": "a pandas_udf over whole groups",
                "remedy": "Use groupBy(...).applyInPandas or an aggregate function.",
            },
        )
    return UserDefinedFunction(function, returns, kind=kinds[number]).wrapped()


def _kind_of_hints(function: Callable[..., Any]) -> Kind | None:
    """The kind of pandas function that the type hints say; None when they say none."""
    try:
        target = function if inspect.isroutine(function) else function.__call__  # type: ignore[operator]
        hints = typing.get_type_hints(target)
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError, NameError):
        return None
    returned = hints.get("return")
    given = [hints.get(name) for name in names]
    if not given or any(hint is None for hint in given):
        return None
    if all(_is_frame(hint) for hint in given) and _is_frame(returned):
        return "pandas"
    if len(given) == 1 and _is_iterator(given[0]) and _is_iterator(returned):
        return "pandas_iter"
    return None


def _is_frame(hint: Any) -> bool:
    if typing.get_origin(hint) is not None:
        return all(_is_frame(part) for part in typing.get_args(hint) if part is not Ellipsis)
    return getattr(hint, "__name__", "") in ("Series", "DataFrame") and hint.__module__.startswith("pandas")


def _is_iterator(hint: Any) -> bool:
    return typing.get_origin(hint) is Iterator and all(_is_frame(part) for part in typing.get_args(hint))
