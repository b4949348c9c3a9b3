"""Functions on maps: building them, their keys and values, looking up a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from actorstream.common.config import MAP_KEY_DEDUP_POLICY
from actorstream.errors import SparkRuntimeException
from actorstream.expr.arrow import Array, Values, pa, pc
from actorstream.expr.coercion import (
    Rules,
    cast_to,
    common_of,
    common_type,
    common_type_of_kind,
    map_key_mismatch,
    mismatch,
    quoted,
    quoted_type,
    takes,
    type_of,
    unexpected_input,
    wrong_arity,
)
from actorstream.expr.distinct import by_distinct_rows
from actorstream.expr.evaluation import Frame
from actorstream.expr.functions.comparison import compare
from actorstream.expr.grouping import group_rows
from actorstream.expr.nested import (
    Lists,
    interleave,
    lengths_of,
    make_list,
    make_map,
    make_struct,
    map_parts,
    nulls_of,
    parents_of,
)
from actorstream.expr.nodes import Call, Expression
from actorstream.expr.ordering import sort_rows
from actorstream.expr.registry import Function
from actorstream.expr.text import to_text
from actorstream.expr.types import (
    ArrayType,
    DataType,
    MapType,
    NullType,
    StringType,
    StructField,
    StructType,
    VariantType,
    holds,
)


@dataclass(frozen=True, slots=True)
class Maps:
    """A map column taken apart; pairs are flat and belong to rows by `lengths`."""

    keys: Array
    items: Array
    lengths: np.ndarray[Any, Any]
    null: np.ndarray[Any, Any] | None

    @staticmethod
    def of(values: Array) -> Maps:
        """The parts of a map array."""
        keys, items, lengths = map_parts(values)
        return Maps(keys, items, lengths, nulls_of(values))

    def as_lists(self) -> Lists:
        """The keys as a list column."""
        return Lists(self.keys, self.lengths, self.null)

    def has_key(self, wanted: Array, data_type: DataType) -> np.ndarray[Any, Any]:
        """Which pairs have their row's wanted key."""
        assert isinstance(data_type, MapType)
        spread = wanted.take(pa.array(parents_of(self.lengths)))
        if spread.type != self.keys.type:
            spread = spread.cast(self.keys.type)
        found = compare("=", self.keys, spread, data_type.keyType, len(self.keys))
        return np.asarray(pc.fill_null(found, False))


def build_maps(
    frame: Frame, keys: Array, items: Array, lengths: np.ndarray[Any, Any], null: np.ndarray[Any, Any] | None
) -> Array:
    """Maps of flat pairs, checked as Spark checks them.

    Raises: SparkRuntimeException NULL_MAP_KEY, DUPLICATED_MAP_KEY.
    """
    if keys.null_count:
        raise SparkRuntimeException(errorClass="NULL_MAP_KEY", messageParameters={})
    parents = parents_of(lengths)
    if len(keys):
        groups, first = group_rows([pa.array(parents), keys])
        if groups.count < len(keys):
            if frame.site.dedup_maps != "LAST_WIN":
                doubled = np.ones(len(keys), bool)
                doubled[first] = False
                data_type = frame.site.result_type
                assert isinstance(data_type, MapType)
                raise SparkRuntimeException(
                    errorClass="DUPLICATED_MAP_KEY",
                    messageParameters={
                        "key": to_text(keys.filter(pa.array(doubled)).slice(0, 1), data_type.keyType)[0].as_py(),
                        "mapKeyDedupPolicy": quoted(MAP_KEY_DEDUP_POLICY.key),
                    },
                )
            # the key stays where it came first, with the value that came last
            last = np.zeros(groups.count, np.int64)
            last[groups.ids] = np.arange(len(keys))
            order = np.sort(first)
            keys, items = keys.take(pa.array(order)), items.take(pa.array(last[groups.ids[order]]))
            lengths = np.bincount(parents[order], minlength=len(lengths))
    return make_map(keys, items, lengths, null, frame.site.arrow_type)


# ---------------------------------------------------------------- building


def _map_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) % 2:
        wrong_arity(name, "2n (n > 0)", len(args))
    keys, items = args[::2], args[1::2]
    call = Call(name=name, args=args)
    common = []
    for kind, part in (("KEY", keys), ("VALUE", items)):
        found = common_of(part, rules)
        if found is None:
            raise mismatch(
                f"CREATE_MAP_{kind}_DIFF_TYPES",
                call,
                functionName="`map`",
                dataType="[" + ", ".join(quoted_type(type_of(item)) for item in part) + "]",
            )
        common.append(found)
    key_type = NullType() if not args else common[0]
    value_type = NullType() if not args else common[1]
    if holds(key_type, MapType) or holds(key_type, VariantType):
        raise mismatch("INVALID_MAP_KEY_TYPE", call, keyType=quoted_type(key_type))
    cast_args = tuple(cast_to(item, value_type if index % 2 else key_type) for index, item in enumerate(args))
    result = MapType(key_type, value_type, any(item.nullable for item in items))
    return Call(name=name, args=cast_args, data_type=result, nullable=False)


def _map(frame: Frame, *values: Values) -> Values:
    pairs = len(values) // 2
    lengths = np.full(frame.rows, pairs, np.int64)
    if not pairs:
        nothing = pa.nulls(0)
        return make_map(nothing, nothing, lengths, None, frame.site.arrow_type)
    columns = [frame.array(value) for value in values]
    return build_maps(frame, interleave(columns[::2]), interleave(columns[1::2]), lengths, None)


def _from_arrays_type(types: Any) -> DataType:
    keys, items = types
    return MapType(keys.elementType, items.elementType, items.containsNull)


def _from_arrays(frame: Frame, keys: Values, items: Values) -> Values:
    left, right = Lists.of(frame.array(keys)), Lists.of(frame.array(items))
    null = _either(left.null, right.null)
    usable = np.ones(frame.rows, bool) if null is None else ~null
    if (left.lengths != right.lengths)[usable].any():
        raise SparkRuntimeException(
            errorClass="_LEGACY_ERROR_TEMP_2128",
            messageParameters={},
        )
    keep_left, keep_right = usable[left.parents], usable[right.parents]
    return build_maps(
        frame,
        left.flat.filter(pa.array(keep_left)),
        right.flat.filter(pa.array(keep_right)),
        np.where(usable, left.lengths, 0),
        null,
    )


def _either(a: np.ndarray[Any, Any] | None, b: np.ndarray[Any, Any] | None) -> np.ndarray[Any, Any] | None:
    if a is None or b is None:
        return b if a is None else a
    found: np.ndarray[Any, Any] = a | b
    return found


def _from_entries_type(types: Any) -> DataType:
    struct = types[0].elementType
    return MapType(struct.fields[0].dataType, struct.fields[1].dataType, struct.fields[1].nullable)


_FROM_ENTRIES = takes("array", returns=_from_entries_type)


def _from_entries(frame: Frame, entries: Values) -> Values:
    lists = Lists.of(frame.array(entries))
    missing = np.asarray(pc.is_null(lists.flat))
    null = _either(lists.null, lists.any(missing) if missing.any() else None)
    usable = np.ones(frame.rows, bool) if null is None else ~null
    flat = lists.flat.filter(pa.array(usable[lists.parents]))
    keys, items = pc.struct_field(flat, [0]), pc.struct_field(flat, [1])
    return build_maps(frame, keys, items, np.where(usable, lists.lengths, 0), null)


def _concat_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if not args:
        return Call(name=name, args=(), data_type=MapType(StringType(), StringType(), False), nullable=False)
    common: DataType | None = NullType()
    for item in args:
        common = None if common is None else common_type(common, type_of(item), rules)
    if not isinstance(common, MapType):
        raise mismatch(
            "MAP_CONCAT_DIFF_TYPES",
            Call(name=name, args=args),
            functionName="`map_concat`",
            dataType="[" + ", ".join(quoted_type(type_of(item)) for item in args) + "]",
        )
    cast_args = tuple(cast_to(item, common) for item in args)
    return Call(name=name, args=cast_args, data_type=common, nullable=any(item.nullable for item in args))


def _concat(frame: Frame, *values: Values) -> Values:
    if not values:
        return build_maps(frame, pa.nulls(0), pa.nulls(0), np.zeros(frame.rows, np.int64), None)
    parts = [Maps.of(frame.array(value)) for value in values]
    null: np.ndarray[Any, Any] | None = None
    for part in parts:
        null = _either(null, part.null)
    usable = np.ones(frame.rows, bool) if null is None else ~null
    parents = np.concatenate([parents_of(part.lengths) for part in parts])
    order = np.argsort(parents, kind="stable")
    order = order[usable[parents[order]]]
    arrow_type = frame.site.arrow_type
    keys = pa.concat_arrays([part.keys.cast(arrow_type.key_type) for part in parts]).take(pa.array(order))
    items = pa.concat_arrays([part.items.cast(arrow_type.item_type) for part in parts]).take(pa.array(order))
    return build_maps(frame, keys, items, np.bincount(parents[order], minlength=frame.rows), null)


def _split_map(text: str, pairs: str, pair: str) -> list[tuple[str, str | None]]:
    import re

    found = []
    for part in re.split(pairs, text) if pairs else list(text):
        key, *rest = re.split(pair, part, maxsplit=1)
        found.append((key, rest[0] if rest else None))
    return found


def _str_to_map(frame: Frame, text: Values, pairs: Values, pair: Values) -> Values:
    entry = pa.list_(pa.struct([pa.field("key", pa.string()), pa.field("value", pa.string())]))
    found = by_distinct_rows(
        lambda *row: [{"key": key, "value": value} for key, value in _split_map(*row)],
        [text, pairs, pair],
        entry,
        length=frame.rows,
    )
    return _from_entries(frame, found)


# ---------------------------------------------------------------- taking apart


def _keys(frame: Frame, maps: Values) -> Values:
    parts = Maps.of(frame.array(maps))
    flat = parts.keys if frame.site.name == "map_keys" else parts.items
    return make_list(flat, parts.lengths, parts.null, frame.site.arrow_type)


def _entries_type(types: Any) -> DataType:
    (maps,) = types
    pair = [StructField("key", maps.keyType, False), StructField("value", maps.valueType, maps.valueContainsNull)]
    return ArrayType(StructType(pair), False)


def _entries(frame: Frame, maps: Values) -> Values:
    parts = Maps.of(frame.array(maps))
    arrow_type = frame.site.arrow_type
    flat = make_struct([parts.keys, parts.items], None, arrow_type.value_type, len(parts.keys))
    return make_list(flat, parts.lengths, parts.null, arrow_type)


def _contains_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    typed = takes("map", "any", returns="boolean")(name, args, rules)
    assert isinstance(typed, Call)
    maps, key = typed.args
    data_type = type_of(maps)
    if any(isinstance(type_of(item), NullType) for item in args):
        raise mismatch("NULL_TYPE", Call(name=name, args=args), functionName=f"`{name}`")
    assert isinstance(data_type, MapType)
    common = common_type_of_kind(data_type.keyType, type_of(key), rules)
    if common is None:
        raise map_key_mismatch(Call(name=name, args=args))
    widened = MapType(common, data_type.valueType, data_type.valueContainsNull)
    cast_args = (cast_to(maps, widened), cast_to(key, common))
    return Call(name=name, args=cast_args, data_type=typed.data_type, nullable=typed.nullable)


def _from_entries_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    data_type = type_of(args[0]) if args else None
    element = data_type.elementType if isinstance(data_type, ArrayType) else None
    if len(args) == 1 and not (isinstance(element, StructType) and len(element) == 2):
        raise unexpected_input(Call(name=name, args=args), 0, '"ARRAY" of pair "STRUCT"')
    return _FROM_ENTRIES(name, args, rules)


def _contains_key(frame: Frame, maps: Values, key: Values) -> Values:
    keys = frame.array(key)
    parts = Maps.of(frame.array(maps))
    found = parts.as_lists().any(parts.has_key(keys, frame.site.arg_types[0]))
    return pa.array(found, pa.bool_(), mask=_either(parts.null, nulls_of(keys)))


def _size(frame: Frame, values: Values) -> Values:
    array = frame.array(values)
    lengths = lengths_of(array).astype(np.int32)
    null = nulls_of(array)
    if null is not None and not frame.site.ansi and frame.site.name != "array_size":
        return pa.array(np.where(null, -1, lengths), pa.int32())
    return pa.array(lengths, pa.int32(), mask=null)


def _list_of(item: str) -> Any:
    if item == "key":
        return lambda types: ArrayType(types[0].keyType, False)
    return lambda types: ArrayType(types[0].valueType, types[0].valueContainsNull)


def _map_sort(frame: Frame, values: Values) -> Values:
    """Entries in the order of their keys. Source: Spark ``MapSort``, which it puts around maps that are grouped by."""
    maps = Maps.of(frame.array(values))
    order = pa.array(sort_rows([pa.array(parents_of(maps.lengths)), maps.keys], [True, True], [True, True]))
    return make_map(maps.keys.take(order), maps.items.take(order), maps.lengths, maps.null, frame.site.arrow_type)


FUNCTIONS = [
    Function("map_sort", takes("map"), _map_sort, "the map with its entries in the order of their keys; for grouping by maps"),
    Function("map", _map_rule, _map, "a map of alternating keys and values", may_raise=True),
    Function("map_from_arrays", takes("array", "array", returns=_from_arrays_type), _from_arrays, "a map of an array of keys and one of values", may_raise=True),
    Function("map_from_entries", _from_entries_rule, _from_entries, "a map of an array of key-value structs", may_raise=True),
    Function("map_concat", _concat_rule, _concat, "the union of maps", may_raise=True),
    Function("str_to_map", takes("text", "text", "text", returns=MapType(StringType(), StringType()), defaults=(",", ":")), _str_to_map, "a map of text, split into pairs and keys", may_raise=True),
    Function("map_keys", takes("map", returns=_list_of("key")), _keys, "the keys of a map"),
    Function("map_values", takes("map", returns=_list_of("value")), _keys, "the values of a map"),
    Function("map_entries", takes("map", returns=_entries_type), _entries, "the pairs of a map as structs"),
    Function("map_contains_key", _contains_rule, _contains_key, "whether a map has a key"),
    Function("size", takes("array|map", returns="int"), _size, "the number of elements"),
    Function("cardinality", takes("array|map", returns="int"), _size, "the number of elements"),
    Function("array_size", takes("array", returns="int"), _size, "the number of elements of an array"),
]  # fmt: skip
