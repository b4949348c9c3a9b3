"""Spark's data types as Python objects, with the names, texts and JSON that PySpark gives them.

They describe columns everywhere: schemas the user writes, types the analyzer infers, schemas in a checkpoint. Texts are read
by `expr.ddl`, Arrow types by `expr.arrow_types`; users import all of it from `actorstream.sql.types`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, cast, overload

from actorstream.errors import (
    PySparkIndexError,
    PySparkKeyError,
    PySparkRuntimeError,
    PySparkTypeError,
    PySparkValueError,
)

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_MAX_DEPTH = 2**31 - 1


class DataType:
    """Base of all types. Two types are equal when class and parameters are."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(repr(self))

    @classmethod
    def typeName(cls) -> str:
        """The short name: ``LongType`` is ``long``."""
        return cls.__name__[:-4].lower()

    def simpleString(self) -> str:
        """The text Spark shows: ``bigint``, ``array<int>``."""
        return self.typeName()

    def jsonValue(self) -> Any:
        """The JSON form as plain Python values."""
        return self.typeName()

    def json(self) -> str:
        """The JSON form as compact text with sorted keys."""
        return json.dumps(self.jsonValue(), separators=(",", ":"), sort_keys=True)

    @classmethod
    def fromDDL(cls, ddl: str) -> DataType:
        """The type (or the struct of a column list) that a DDL text names. Raises: ParseException."""
        from actorstream.expr.ddl import parse_data_type

        return parse_data_type(ddl)

    def needConversion(self) -> bool:
        """Whether internal values differ from Python objects."""
        from actorstream.expr.internal_values import needs_conversion

        return needs_conversion(self)

    def toInternal(self, obj: Any) -> Any:
        """PySpark's internal value of a Python object: a date as days, a timestamp as microseconds, a struct as a tuple."""
        from actorstream.expr.internal_values import to_internal

        return to_internal(self, obj)

    def fromInternal(self, obj: Any) -> Any:
        """The Python object of an internal value."""
        from actorstream.expr.internal_values import from_internal

        return from_internal(self, obj)


class _Singleton(type):
    """Types without parameters have one instance, so ``LongType() is LongType()`` as in PySpark."""

    _instances: ClassVar[dict[type, object]] = {}

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls not in cls._instances:
            cls._instances[cls] = super().__call__(*args, **kwargs)
        return cls._instances[cls]


class NullType(DataType, metaclass=_Singleton):
    """The type of a bare NULL (``void``)."""

    @classmethod
    def typeName(cls) -> str:
        return "void"


class AtomicType(DataType):
    """Types that are not made of other types."""


class NumericType(AtomicType):
    """Numbers."""


class IntegralType(NumericType, metaclass=_Singleton):
    """Whole numbers."""


class FractionalType(NumericType):
    """Numbers with a fraction."""


class StringType(AtomicType):
    """Text; only the binary collation is implemented, others are carried as a name."""

    def __init__(self, collation: str = "UTF8_BINARY") -> None:
        self.collation = collation

    def simpleString(self) -> str:
        return "string" if self.collation == "UTF8_BINARY" else f"string collate {self.collation}"

    def jsonValue(self) -> str:
        return self.simpleString()

    def __repr__(self) -> str:
        return "StringType()" if self.collation == "UTF8_BINARY" else f"StringType('{self.collation}')"


class CharType(AtomicType):
    """Text of exactly `length` characters, padded with blanks."""

    def __init__(self, length: int) -> None:
        self.length = length

    def simpleString(self) -> str:
        return f"char({self.length})"

    def jsonValue(self) -> str:
        return f"char({self.length})"

    def __repr__(self) -> str:
        return f"CharType({self.length})"


class VarcharType(AtomicType):
    """Text of at most `length` characters."""

    def __init__(self, length: int) -> None:
        self.length = length

    def simpleString(self) -> str:
        return f"varchar({self.length})"

    def jsonValue(self) -> str:
        return f"varchar({self.length})"

    def __repr__(self) -> str:
        return f"VarcharType({self.length})"


class BinaryType(AtomicType, metaclass=_Singleton):
    """Bytes."""


class BooleanType(AtomicType, metaclass=_Singleton):
    """True or false."""


class DatetimeType(AtomicType):
    """Dates and times."""


class DateType(DatetimeType, metaclass=_Singleton):
    """A day of the proleptic Gregorian calendar."""


class TimeType(DatetimeType):
    """A time of day with `precision` digits of a second."""

    def __init__(self, precision: int = 6) -> None:
        self.precision = precision

    def simpleString(self) -> str:
        return f"time({self.precision})"

    def jsonValue(self) -> str:
        return f"time({self.precision})"

    def __repr__(self) -> str:
        return f"TimeType({self.precision})"


class TimestampType(DatetimeType, metaclass=_Singleton):
    """A point in time, microseconds since 1970 in UTC."""


class TimestampNTZType(DatetimeType, metaclass=_Singleton):
    """A date and time of day without a time zone."""

    @classmethod
    def typeName(cls) -> str:
        return "timestamp_ntz"


class DecimalType(FractionalType):
    """An exact number of `precision` (at most 38) digits, `scale` of them after the point."""

    def __init__(self, precision: int = 10, scale: int = 0) -> None:
        self.precision = precision
        self.scale = scale
        self.hasPrecisionInfo = True

    def simpleString(self) -> str:
        return f"decimal({self.precision},{self.scale})"

    def jsonValue(self) -> str:
        return f"decimal({self.precision},{self.scale})"

    def __repr__(self) -> str:
        return f"DecimalType({self.precision},{self.scale})"


class DoubleType(FractionalType, metaclass=_Singleton):
    """64-bit floating point."""


class FloatType(FractionalType, metaclass=_Singleton):
    """32-bit floating point."""


class ByteType(IntegralType):
    """8-bit whole number."""

    def simpleString(self) -> str:
        return "tinyint"


class ShortType(IntegralType):
    """16-bit whole number."""

    def simpleString(self) -> str:
        return "smallint"


class IntegerType(IntegralType):
    """32-bit whole number."""

    def simpleString(self) -> str:
        return "int"


class LongType(IntegralType):
    """64-bit whole number."""

    def simpleString(self) -> str:
        return "bigint"


class AnsiIntervalType(AtomicType):
    """Intervals of the SQL standard, from a larger to a smaller unit."""

    _fields: ClassVar[Mapping[int, str]] = {}

    def __init__(self, startField: int | None = None, endField: int | None = None) -> None:
        last = max(self._fields)
        start = 0 if startField is None and endField is None else startField
        end = endField if endField is not None else (last if startField is None else start)
        if start is None or end is None or start not in self._fields or end not in self._fields:
            raise PySparkRuntimeError(
                errorClass="INVALID_INTERVAL_CASTING",
                messageParameters={"start_field": str(start), "end_field": str(end)},
            )
        self.startField: int = start
        self.endField: int = end

    def simpleString(self) -> str:
        first, last = self._fields[self.startField], self._fields[self.endField]
        return f"interval {first}" if first == last else f"interval {first} to {last}"

    def jsonValue(self) -> str:
        return self.simpleString()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.startField}, {self.endField})"


class DayTimeIntervalType(AnsiIntervalType):
    """Days to seconds, held as microseconds."""

    DAY, HOUR, MINUTE, SECOND = 0, 1, 2, 3
    _fields = {0: "day", 1: "hour", 2: "minute", 3: "second"}


class YearMonthIntervalType(AnsiIntervalType):
    """Years and months, held as months."""

    YEAR, MONTH = 0, 1
    _fields = {0: "year", 1: "month"}


class CalendarIntervalType(DataType, metaclass=_Singleton):
    """Months, days and microseconds together (``interval``)."""

    @classmethod
    def typeName(cls) -> str:
        return "interval"


class VariantType(AtomicType, metaclass=_Singleton):
    """Semi-structured data: a JSON value, or one of the types that JSON lacks."""


class ArrayType(DataType):
    """A list of elements of one type."""

    def __init__(self, elementType: DataType, containsNull: bool = True) -> None:
        _require_type(elementType, "elementType")
        self.elementType = elementType
        self.containsNull = containsNull

    def simpleString(self) -> str:
        return f"array<{self.elementType.simpleString()}>"

    def __repr__(self) -> str:
        return f"ArrayType({self.elementType}, {self.containsNull})"

    def jsonValue(self) -> dict[str, Any]:
        return {
            "type": self.typeName(),
            "elementType": self.elementType.jsonValue(),
            "containsNull": self.containsNull,
        }

    @classmethod
    def fromJson(cls, json: dict[str, Any]) -> ArrayType:
        """The type that `jsonValue` described."""
        return ArrayType(type_from_json(json["elementType"]), json["containsNull"])

    def toNullable(self) -> ArrayType:
        """The same type with nulls allowed everywhere."""
        return cast(ArrayType, as_nullable(self))


class MapType(DataType):
    """Pairs of a key and a value; keys are unique and never null."""

    def __init__(self, keyType: DataType, valueType: DataType, valueContainsNull: bool = True) -> None:
        _require_type(keyType, "keyType")
        _require_type(valueType, "valueType")
        self.keyType = keyType
        self.valueType = valueType
        self.valueContainsNull = valueContainsNull

    def simpleString(self) -> str:
        return f"map<{self.keyType.simpleString()},{self.valueType.simpleString()}>"

    def __repr__(self) -> str:
        return f"MapType({self.keyType}, {self.valueType}, {self.valueContainsNull})"

    def jsonValue(self) -> dict[str, Any]:
        return {
            "type": self.typeName(),
            "keyType": self.keyType.jsonValue(),
            "valueType": self.valueType.jsonValue(),
            "valueContainsNull": self.valueContainsNull,
        }

    @classmethod
    def fromJson(cls, json: dict[str, Any]) -> MapType:
        """The type that `jsonValue` described."""
        return MapType(type_from_json(json["keyType"]), type_from_json(json["valueType"]), json["valueContainsNull"])

    def toNullable(self) -> MapType:
        """The same type with nulls allowed everywhere."""
        return cast(MapType, as_nullable(self))


class StructField(DataType):
    """A named field of a struct."""

    def __init__(
        self, name: str, dataType: DataType, nullable: bool = True, metadata: dict[str, Any] | None = None
    ) -> None:
        _require_type(dataType, "dataType")
        if not isinstance(name, str):
            raise AssertionError(f"field name {name} should be a string")
        self.name = name
        self.dataType = dataType
        self.nullable = nullable
        self.metadata: dict[str, Any] = metadata or {}

    def simpleString(self) -> str:
        return f"{self.name}:{self.dataType.simpleString()}"

    def __repr__(self) -> str:
        return f"StructField('{self.name}', {self.dataType}, {self.nullable})"

    def jsonValue(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "type": self.dataType.jsonValue(),
            "nullable": self.nullable,
            "metadata": self.metadata,
        }

    @classmethod
    def fromJson(cls, json: dict[str, Any]) -> StructField:
        """The field that `jsonValue` described."""
        return StructField(
            json["name"], type_from_json(json["type"]), json.get("nullable", True), json.get("metadata") or {}
        )

    def getCollationMetadata(self) -> dict[str, str]:
        """The collations of texts in the field that do not compare byte by byte, by their path from the field's name."""
        found: dict[str, str] = {}

        def visit(data_type: DataType, path: str) -> None:
            if isinstance(data_type, StringType) and data_type.collation != "UTF8_BINARY":
                found[path] = self.schemaCollationValue(data_type)
            elif isinstance(data_type, ArrayType):
                visit(data_type.elementType, f"{path}.element")
            elif isinstance(data_type, MapType):
                visit(data_type.keyType, f"{path}.key")
                visit(data_type.valueType, f"{path}.value")

        visit(self.dataType, self.name)
        return found

    def getCollationsMap(self, metadata: dict[str, Any]) -> dict[str, str]:
        """The names of the collations that a field's metadata tells, by path."""
        return {path: value.split(".")[1] for path, value in (metadata or {}).get("__COLLATIONS", {}).items()}

    def schemaCollationValue(self, dt: DataType) -> str:
        """Provider and name of a text type's collation, as metadata has it."""
        assert isinstance(dt, StringType)
        provider = "spark" if dt.collation.startswith("UTF8_") else "icu"
        return f"{provider}.{dt.collation}"

    def typeName(self) -> str:  # type: ignore[override]
        raise PySparkTypeError(errorClass="INVALID_TYPENAME_CALL", messageParameters={})


class StructType(DataType):
    """Named fields in order: a nested column, or the schema of a DataFrame."""

    def __init__(self, fields: list[StructField] | None = None) -> None:
        self.fields: list[StructField] = fields or []
        self.names: list[str] = [field.name for field in self.fields]

    @overload
    def add(
        self,
        field: str,
        data_type: str | DataType,
        nullable: bool = True,
        metadata: dict[str, Any] | None = None,
    ) -> StructType: ...

    @overload
    def add(self, field: StructField) -> StructType: ...

    def add(
        self,
        field: str | StructField,
        data_type: str | DataType | None = None,
        nullable: bool = True,
        metadata: dict[str, Any] | None = None,
    ) -> StructType:
        """Append a field, given whole or as name and type, and return this struct."""
        if not isinstance(field, StructField):
            if data_type is None:
                raise PySparkValueError(
                    errorClass="ARGUMENT_REQUIRED",
                    messageParameters={"arg_name": "data_type", "condition": "passing name of struct_field to create"},
                )
            field = StructField(
                field, type_from_json(data_type) if isinstance(data_type, str) else data_type, nullable, metadata
            )
        self.fields.append(field)
        self.names.append(field.name)
        return self

    def __iter__(self) -> Iterator[StructField]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    @overload
    def __getitem__(self, key: str | int) -> StructField: ...

    @overload
    def __getitem__(self, key: slice) -> StructType: ...

    def __getitem__(self, key: str | int | slice) -> StructField | StructType:
        if isinstance(key, str):
            for field in self.fields:
                if field.name == key:
                    return field
            raise PySparkKeyError(errorClass="KEY_NOT_EXISTS", messageParameters={"key": key})
        if isinstance(key, int):
            if not -len(self.fields) <= key < len(self.fields):
                raise PySparkIndexError(
                    errorClass="INDEX_OUT_OF_RANGE", messageParameters={"arg_name": "StructType", "index": str(key)}
                )
            return self.fields[key]
        if isinstance(key, slice):
            return StructType(self.fields[key])
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={
                "expected_type": "int, slice or str",
                "arg_name": "key",
                "arg_type": type(key).__name__,
            },
        )

    def simpleString(self) -> str:
        return f"struct<{','.join(field.simpleString() for field in self.fields)}>"

    def __repr__(self) -> str:
        return f"StructType([{', '.join(str(field) for field in self.fields)}])"

    def jsonValue(self) -> dict[str, Any]:
        return {"type": self.typeName(), "fields": [field.jsonValue() for field in self.fields]}

    @classmethod
    def fromJson(cls, json: dict[str, Any]) -> StructType:
        """The struct that `jsonValue` described."""
        return StructType([StructField.fromJson(field) for field in json["fields"]])

    def fieldNames(self) -> list[str]:
        """The names in order."""
        return list(self.names)

    def toNullable(self) -> StructType:
        """The same type with nulls allowed everywhere."""
        return cast(StructType, as_nullable(self))

    def treeString(self, maxDepth: int = _MAX_DEPTH) -> str:
        """The tree that ``printSchema`` prints."""
        if not isinstance(maxDepth, int):
            raise PySparkTypeError(
                errorClass="NOT_EXPECTED_TYPE",
                messageParameters={
                    "expected_type": "int",
                    "arg_name": "maxDepth",
                    "arg_type": type(maxDepth).__name__,
                },
            )
        lines = ["root"]
        _tree_lines(self, " |", maxDepth if maxDepth > 0 else _MAX_DEPTH, lines)
        return "\n".join(lines) + "\n"

    def toDDL(self) -> str:
        """A column list that `fromDDL` reads back: ``a INT,b STRING NOT NULL``."""
        return ",".join(_field_sql(field, " ") for field in self.fields)


def _require_type(value: object, argument: str) -> None:
    # an AssertionError with these words, as in PySpark
    if not isinstance(value, DataType):
        raise AssertionError(f"{argument} {value} should be an instance of {DataType}")


def as_nullable(data_type: DataType) -> DataType:
    """The same type with nulls allowed at every depth (what a file or stream schema becomes)."""
    if isinstance(data_type, ArrayType):
        return ArrayType(as_nullable(data_type.elementType), True)
    if isinstance(data_type, MapType):
        return MapType(as_nullable(data_type.keyType), as_nullable(data_type.valueType), True)
    if isinstance(data_type, StructType):
        return StructType([StructField(f.name, as_nullable(f.dataType), True, f.metadata) for f in data_type.fields])
    return data_type


def holds(data_type: DataType, kind: type[DataType], *, in_maps: bool = False) -> bool:
    """Whether a type is of a kind, or has one inside of its arrays and structs; with `in_maps`, inside of its maps, too."""
    if isinstance(data_type, kind):
        return True
    if isinstance(data_type, ArrayType):
        return holds(data_type.elementType, kind, in_maps=in_maps)
    if isinstance(data_type, StructType):
        return any(holds(field.dataType, kind, in_maps=in_maps) for field in data_type.fields)
    if isinstance(data_type, MapType) and in_maps:
        return any(holds(part, kind, in_maps=True) for part in (data_type.keyType, data_type.valueType))
    return False


def _tree_name(data_type: DataType) -> str:
    if isinstance(data_type, (DecimalType, AnsiIntervalType, CharType, VarcharType, TimeType, StringType)):
        return data_type.simpleString()
    return data_type.typeName()


def _tree_lines(data_type: DataType, prefix: str, depth: int, lines: list[str]) -> None:
    if depth <= 0:
        return
    children: list[tuple[str, DataType, str]] = []
    if isinstance(data_type, StructType):
        children = [(f.name, f.dataType, f" (nullable = {str(f.nullable).lower()})") for f in data_type.fields]
    elif isinstance(data_type, ArrayType):
        children = [
            ("element", data_type.elementType, f" (containsNull = {str(data_type.containsNull).lower()})"),
        ]
    elif isinstance(data_type, MapType):
        children = [
            ("key", data_type.keyType, ""),
            ("value", data_type.valueType, f" (valueContainsNull = {str(data_type.valueContainsNull).lower()})"),
        ]
    for name, child, suffix in children:
        lines.append(f"{prefix}-- {name}: {_tree_name(child)}{suffix}")
        _tree_lines(child, prefix + "    |", depth - 1, lines)


def quote_identifier(name: str) -> str:
    """A name as SQL reads it back: in backquotes unless it is a plain identifier."""
    return name if _PLAIN_NAME.match(name) else "`" + name.replace("`", "``") + "`"


def _field_sql(field: StructField, separator: str) -> str:
    text = f"{quote_identifier(field.name)}{separator}{sql_name(field.dataType)}"
    if not field.nullable:
        text += " NOT NULL"
    comment = field.metadata.get("comment")
    return text + (f" COMMENT '{comment}'" if comment else "")


def sql_name(data_type: DataType) -> str:
    """The type as SQL and Spark's error messages write it: ``BIGINT``, ``STRUCT<x: INT>``."""
    if isinstance(data_type, ArrayType):
        return f"ARRAY<{sql_name(data_type.elementType)}>"
    if isinstance(data_type, MapType):
        return f"MAP<{sql_name(data_type.keyType)}, {sql_name(data_type.valueType)}>"
    if isinstance(data_type, StructType):
        return f"STRUCT<{', '.join(_field_sql(field, ': ') for field in data_type.fields)}>"
    return data_type.simpleString().upper()


_JSON_NAMES: Mapping[str, type[DataType]] = {
    "string": StringType,
    "binary": BinaryType,
    "boolean": BooleanType,
    "decimal": DecimalType,
    "float": FloatType,
    "double": DoubleType,
    "byte": ByteType,
    "short": ShortType,
    "integer": IntegerType,
    "long": LongType,
    "date": DateType,
    "timestamp": TimestampType,
    "timestamp_ntz": TimestampNTZType,
    "void": NullType,
    "variant": VariantType,
    "interval": CalendarIntervalType,
    # PySpark's `add("a", "int")` accepts the SQL spellings of these too
    "tinyint": ByteType,
    "smallint": ShortType,
    "int": IntegerType,
    "bigint": LongType,
}
_JSON_PATTERNS: Sequence[tuple[re.Pattern[str], type[DataType]]] = (
    (re.compile(r"string collate (\w+)"), StringType),
    (re.compile(r"decimal\(\s*(\d+)\s*,\s*(-?\d+)\s*\)"), DecimalType),
    (re.compile(r"time\(\s*(\d+)\s*\)"), TimeType),
    (re.compile(r"char\(\s*(\d+)\s*\)"), CharType),
    (re.compile(r"varchar\(\s*(\d+)\s*\)"), VarcharType),
)
_JSON_INTERVAL = re.compile(r"interval (\w+)(?: to (\w+))?\Z")


def type_from_json(value: str | dict[str, Any]) -> DataType:
    """The type that a JSON value (name or object) describes. Raises: PySparkValueError CANNOT_PARSE_DATATYPE."""
    if isinstance(value, dict):
        kind = value["type"]
        if kind == "array":
            return ArrayType.fromJson(value)
        if kind == "map":
            return MapType.fromJson(value)
        if kind == "struct":
            return StructType.fromJson(value)
        raise PySparkValueError(errorClass="UNSUPPORTED_DATA_TYPE", messageParameters={"data_type": str(kind)})
    if value in _JSON_NAMES:
        return _JSON_NAMES[value]()
    for pattern, factory in _JSON_PATTERNS:
        if match := pattern.fullmatch(value):
            return factory(*(int(group) if group.lstrip("-").isdigit() else group for group in match.groups()))
    if match := _JSON_INTERVAL.match(value):
        for family in (DayTimeIntervalType, YearMonthIntervalType):
            units = {name: number for number, name in family._fields.items()}
            if match[1] in units and (match[2] is None or match[2] in units):
                return family(units[match[1]], units[match[2] or match[1]])
    raise PySparkValueError(errorClass="CANNOT_PARSE_DATATYPE", messageParameters={"msg": str(value)})
