"""`Row`: what `collect` returns and users build test data from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actorstream.errors import PySparkAttributeError, PySparkKeyError, PySparkRuntimeError, PySparkTypeError
from actorstream.errors import PySparkValueError as _ValueError


class Row(tuple[Any, ...]):
    """A tuple whose values have names: ``Row(a=1)``, or ``Row("a")`` as a class of rows with those names."""

    __fields__: list[str]

    def __new__(cls, *args: Any, **kwargs: Any) -> Row:
        if args and kwargs:
            raise _ValueError(errorClass="CANNOT_SET_TOGETHER", messageParameters={"arg_list": "args and kwargs"})
        if kwargs:
            row = tuple.__new__(cls, list(kwargs.values()))
            row.__fields__ = list(kwargs)
            return row
        return tuple.__new__(cls, args)

    def asDict(self, recursive: bool = False) -> dict[str, Any]:
        """Names to values; with `recursive`, nested rows too."""
        if not hasattr(self, "__fields__"):
            raise PySparkTypeError(
                errorClass="CANNOT_CONVERT_TYPE", messageParameters={"from_type": "Row", "to_type": "dict"}
            )
        if not recursive:
            return dict(zip(self.__fields__, self, strict=False))
        return {name: _plain(value) for name, value in zip(self.__fields__, self, strict=False)}

    def __contains__(self, item: Any) -> bool:
        if hasattr(self, "__fields__"):
            return item in self.__fields__
        return super().__contains__(item)

    def __call__(self, *args: Any) -> Row:
        if len(args) > len(self):
            raise _ValueError(
                errorClass="TOO_MANY_VALUES",
                messageParameters={"expected": str(len(self)), "item": "fields", "actual": str(len(args))},
            )
        return create_row(list(self), args)

    def __getitem__(self, item: Any) -> Any:
        if isinstance(item, (int, slice)):
            return super().__getitem__(item)
        fields = self.__dict__.get("__fields__")
        if fields is None:
            raise PySparkKeyError(errorClass="KEY_NOT_EXISTS", messageParameters={"key": str(item)})
        try:
            return super().__getitem__(fields.index(item))
        except (ValueError, IndexError):
            raise _ValueError(item) from None

    def __getattr__(self, item: str) -> Any:
        if item.startswith("__"):
            raise PySparkAttributeError(errorClass="ATTRIBUTE_NOT_SUPPORTED", messageParameters={"attr_name": item})
        fields = self.__dict__.get("__fields__")
        if fields is not None and item in fields:
            return super().__getitem__(fields.index(item))
        raise PySparkAttributeError(errorClass="ATTRIBUTE_NOT_SUPPORTED", messageParameters={"attr_name": item})

    def __setattr__(self, key: str, value: Any) -> None:
        if key != "__fields__":
            raise PySparkRuntimeError(errorClass="READ_ONLY", messageParameters={"object": "Row"})
        self.__dict__[key] = value

    def __reduce__(self) -> Any:
        if hasattr(self, "__fields__"):
            return (create_row, (self.__fields__, tuple(self)))
        return tuple.__reduce__(self)

    def __repr__(self) -> str:
        if hasattr(self, "__fields__"):
            pairs = zip(self.__fields__, tuple(self), strict=False)
            return f"Row({', '.join(f'{name}={value!r}' for name, value in pairs)})"
        return f"<Row({', '.join(repr(value) for value in self)})>"


def _plain(value: Any) -> Any:
    if isinstance(value, Row):
        return value.asDict(True)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def create_row(names: Sequence[str], values: Sequence[Any]) -> Row:
    """A row of `values` with `names`; names may repeat."""
    row: Row = tuple.__new__(Row, values)
    row.__dict__["__fields__"] = list(names)
    return row
