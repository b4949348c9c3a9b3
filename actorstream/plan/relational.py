"""Builds the plans that are neither a select nor an aggregation: watermarks, deduplication, unions, joins, set operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from actorstream.common.config import Conf
from actorstream.errors import AnalysisException
from actorstream.expr.coercion import cast_to, common_type, is_orderable, quoted_type
from actorstream.expr.intervals import watermark_delay_ms
from actorstream.expr.names import split_name
from actorstream.expr.nodes import (
    WATERMARK_DELAY_KEY,
    Alias,
    Attribute,
    Call,
    Constant,
    Expression,
    UnresolvedAttribute,
    next_attribute_id,
)
from actorstream.expr.types import (
    ArrayType,
    BooleanType,
    DataType,
    DateType,
    MapType,
    NumericType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    holds,
    sql_name,
)
from actorstream.expr.typing import resolve, rules_of, suggestions
from actorstream.plan.nodes import (
    Deduplicate,
    EventTimeWatermark,
    Join,
    JoinKind,
    LogicalPlan,
    Named,
    Project,
    Prune,
    SetOperation,
    Union,
)
from actorstream.plan.resolution import resolve_on, same_name, to_named

# ---------------------------------------------------------------- event time


def with_watermark(plan: LogicalPlan, column: str, delay: str, conf: Conf) -> LogicalPlan:
    """``df.withWatermark(column, delay)``; nothing on a static plan (STF-5).

    Raises: AnalysisException CANNOT_PARSE_INTERVAL, EVENT_TIME_MUST_BE_TOP_LEVEL_COLUMN, EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE,
        UNRESOLVED_COLUMN.*; IllegalArgumentException for a negative delay (STF-2, STF-3).
    """
    delay_ms = watermark_delay_ms(delay)
    if not plan.is_streaming:
        return plan
    found = resolve_on(plan, UnresolvedAttribute(parts=split_name(column)), conf)
    if not isinstance(found, Attribute):
        raise AnalysisException(
            errorClass="EVENT_TIME_MUST_BE_TOP_LEVEL_COLUMN", messageParameters={"eventExpr": quoted_name(found)}
        )
    if not isinstance(found.data_type, TimestampType):
        assert found.data_type is not None
        raise AnalysisException(
            errorClass="EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE",
            messageParameters={"eventName": f"`{found.name}`", "eventType": f'"{sql_name(found.data_type)}"'},
        )

    def marked(item: Attribute) -> Attribute:
        metadata = {key: value for key, value in item.metadata.items() if key != WATERMARK_DELAY_KEY}
        if item.id == found.id:
            metadata[WATERMARK_DELAY_KEY] = delay_ms
        return replace(item, metadata=metadata)

    columns = tuple(marked(item) for item in plan.output)
    event_time = next(item for item in columns if item.id == found.id)
    return EventTimeWatermark(plan, event_time, delay_ms, columns)


def quoted_name(expression: Expression) -> str:
    """An expression between backquotes or quotes, as messages name it."""
    from actorstream.expr.naming import sql_text

    core = expression.child if isinstance(expression, Alias) else expression
    return f'"{sql_text(core)}"'


# ---------------------------------------------------------------- duplicates


def deduplicate(
    plan: LogicalPlan,
    names: Sequence[str] | None,
    conf: Conf,
    *,
    within_watermark: bool = False,
    distinct: bool = False,
) -> LogicalPlan:
    """``dropDuplicates``; all columns count if no names are given. Raises: AnalysisException UNRESOLVED_COLUMN_AMONG_FIELD_NAMES."""
    if names is None:
        check_comparable(plan.output)
        return Deduplicate(plan, plan.output, within_watermark, distinct)
    keys: list[Attribute] = []
    for name in names:
        matching = [column for column in plan.output if same_name(column.name, name, conf)]
        if not matching:
            raise AnalysisException(
                errorClass="UNRESOLVED_COLUMN_AMONG_FIELD_NAMES",
                messageParameters={
                    "colName": name,
                    "fieldNames": ", ".join(column.name for column in plan.output),
                },
            )
        keys.extend(column for column in matching if column not in keys)
    check_comparable(keys)
    return Deduplicate(plan, tuple(keys), within_watermark)


def check_comparable(columns: Sequence[Attribute]) -> None:
    """Rows with maps or variants cannot be compared whole.

    Raises: AnalysisException UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE, UNSUPPORTED_FEATURE.SET_OPERATION_ON_VARIANT_TYPE.
    """
    for column in columns:
        assert column.data_type is not None
        if not is_orderable(column.data_type):
            kind = "MAP" if holds(column.data_type, MapType) else "VARIANT"
            raise AnalysisException(
                errorClass=f"UNSUPPORTED_FEATURE.SET_OPERATION_ON_{kind}_TYPE",
                messageParameters={"colName": f"`{column.name}`", "dataType": quoted_type(column.data_type)},
            )


# ---------------------------------------------------------------- several inputs


def union(left: LogicalPlan, right: LogicalPlan, conf: Conf, operator: str = "UNION") -> LogicalPlan:
    """``df.union(other)``: columns by position, of their common types.

    Raises: AnalysisException NUM_COLUMNS_MISMATCH, INCOMPATIBLE_COLUMN_TYPE.
    """
    left, right = aligned(left, right, conf, operator)
    right = fresh(right)
    columns = tuple(
        replace(ours, nullable=ours.nullable or theirs.nullable)
        for ours, theirs in zip(left.output, right.output, strict=True)
    )
    return Union((left, right), columns)


def aligned(left: LogicalPlan, right: LogicalPlan, conf: Conf, operator: str) -> tuple[LogicalPlan, LogicalPlan]:
    """Both inputs cast to common column types."""
    ours, theirs = left.output, right.output
    if len(ours) != len(theirs):
        raise AnalysisException(
            errorClass="NUM_COLUMNS_MISMATCH",
            messageParameters={
                "operator": operator,
                "firstNumColumns": str(len(ours)),
                "invalidOrdinalNum": "second",
                "invalidNumColumns": str(len(theirs)),
            },
        )
    types = []
    for place, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        assert one.data_type is not None
        assert other.data_type is not None
        common = common_type(one.data_type, other.data_type, rules_of(conf))
        if common is None:
            raise AnalysisException(
                errorClass="INCOMPATIBLE_COLUMN_TYPE",
                messageParameters={
                    "operator": operator,
                    "columnOrdinalNumber": _ordinal(place),
                    "tableOrdinalNumber": "second",
                    "dataType1": quoted_type(other.data_type),
                    "dataType2": quoted_type(one.data_type),
                    "hint": "",
                },
            )
        types.append(common)
    return _cast_columns(left, types), _cast_columns(right, types)


def _ordinal(place: int) -> str:
    names = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
    return names[place] if place < len(names) else f"{place + 1}th"


def _cast_columns(plan: LogicalPlan, types: Sequence[object]) -> LogicalPlan:
    if all(column.data_type == data_type for column, data_type in zip(plan.output, types, strict=True)):
        return plan
    columns: list[Named] = []
    for column, data_type in zip(plan.output, types, strict=True):
        if column.data_type == data_type:
            columns.append(column)
            continue
        cast = cast_to(column, data_type)  # type: ignore[arg-type]
        columns.append(to_named(Alias(child=cast, name=column.name, data_type=cast.data_type, nullable=cast.nullable)))
    return Project(plan, tuple(columns))


def union_by_name(left: LogicalPlan, right: LogicalPlan, conf: Conf, *, allow_missing: bool = False) -> LogicalPlan:
    """``df.unionByName(other)``. Raises: AnalysisException UNRESOLVED_COLUMN_AMONG_FIELD_NAMES, NUM_COLUMNS_MISMATCH."""
    theirs = list(right.output)
    picked: list[Named] = []
    for column in left.output:
        match = next((other for other in theirs if same_name(other.name, column.name, conf)), None)
        if match is not None:
            picked.append(match)
        elif allow_missing:
            picked.append(_missing(column))
        else:
            raise AnalysisException(
                errorClass="UNRESOLVED_COLUMN_AMONG_FIELD_NAMES",
                messageParameters={
                    "colName": column.name,
                    "fieldNames": ", ".join(other.name for other in theirs),
                },
            )
    own = [column.name for column in left.output]
    extra = [other for other in theirs if not any(same_name(other.name, name, conf) for name in own)]
    if extra and allow_missing:
        left = Project(left, (*left.output, *(_missing(other) for other in extra)))
        picked.extend(extra)
    elif extra:
        picked.extend(extra)  # the number of columns tells what is wrong
    return union(left, Project(right, tuple(picked)), conf)


def _missing(column: Attribute) -> Named:
    assert column.data_type is not None
    null = Constant(value=None, data_type=column.data_type, nullable=True)
    return to_named(Alias(child=null, name=column.name, data_type=column.data_type, nullable=True))


def fresh(plan: LogicalPlan) -> LogicalPlan:
    """The same plan with new column ids, so that both sides of a self-join or self-union can be told apart."""
    return _renumbered(plan, {})


def _renumbered(plan: LogicalPlan, ids: dict[int, int]) -> LogicalPlan:
    children = tuple(_renumbered(child, ids) for child in plan.children)
    return _renumber_node(plan.with_children(children) if children else plan, ids)


def _renumber_node(plan: LogicalPlan, ids: dict[int, int]) -> LogicalPlan:
    """The node with its expressions and columns under new ids."""
    updates: dict[str, object] = {}
    for name in getattr(plan, "__dataclass_fields__", {}):
        value = getattr(plan, name)
        changed = _renumber_value(value, ids)
        if changed is not value:
            updates[name] = changed
    return replace(plan, **updates) if updates else plan  # type: ignore[type-var]


def _renumber_value(value: object, ids: dict[int, int]) -> object:
    if isinstance(value, tuple):
        mapped = tuple(_renumber_value(item, ids) for item in value)
        return mapped if any(a is not b for a, b in zip(mapped, value, strict=True)) else value
    if not isinstance(value, Expression):
        return value

    def change(node: Expression) -> Expression:
        if isinstance(node, Attribute):
            return replace(node, id=ids.setdefault(node.id, next_attribute_id()))
        if isinstance(node, Alias) and node.id is not None:
            return replace(node, id=ids.setdefault(node.id, next_attribute_id()))
        return node

    return value.transform_up(change)


_KINDS: Mapping[str, JoinKind] = {
    "inner": "inner",
    "outer": "full",
    "full": "full",
    "fullouter": "full",
    "full_outer": "full",
    "leftouter": "left",
    "left": "left",
    "left_outer": "left",
    "rightouter": "right",
    "right": "right",
    "right_outer": "right",
    "leftsemi": "left_semi",
    "left_semi": "left_semi",
    "semi": "left_semi",
    "leftanti": "left_anti",
    "left_anti": "left_anti",
    "anti": "left_anti",
    "cross": "cross",
}


def join_kind(text: str) -> JoinKind:
    """The kind that a user's word means. Raises: AnalysisException UNSUPPORTED_JOIN_TYPE."""
    kind = _KINDS.get(text.lower())
    if kind is None:
        raise AnalysisException(
            errorClass="UNSUPPORTED_JOIN_TYPE",
            messageParameters={"typ": text, "supported": ", ".join(f"'{name}'" for name in _KINDS)},
        )
    return kind


def join(
    left: LogicalPlan,
    right: LogicalPlan,
    kind: JoinKind,
    condition: Expression | None,
    using: Sequence[str],
    conf: Conf,
) -> LogicalPlan:
    """``df.join(other, on, how)``; columns named in `using` come once, first.

    Raises: AnalysisException UNRESOLVED_USING_COLUMN_FOR_JOIN, AMBIGUOUS_REFERENCE, DATATYPE_MISMATCH.*.
    """
    taken = {column.id for column in left.output}
    shared = {column.id for column in right.output if column.id in taken}
    original = right if shared else None
    if shared:
        ids: dict[int, int] = {}
        right = _renumbered(right, ids)
        if condition is not None:
            condition = _told_apart(condition, shared, ids)
    if using:
        return _join_using(Join(left, right, kind, original=original), using, conf)
    if condition is None:
        return Join(left, right, kind, original=original)
    resolved = resolve(condition, (*left.output, *right.output), conf)
    if not isinstance(resolved.data_type, BooleanType):
        assert resolved.data_type is not None
        raise AnalysisException(
            errorClass="JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE",
            messageParameters={
                "joinCondition": quoted_name(resolved),
                "conditionType": quoted_type(resolved.data_type),
            },
        )
    return Join(left, right, kind, resolved, original)


def _told_apart(condition: Expression, shared: set[int], ids: Mapping[int, int]) -> Expression:
    """The condition of a join of frames that share columns: ``df.k == df.k`` compares left with right.

    Args:
        ids: new ids of the right side's columns.
    Raises: AnalysisException _LEGACY_ERROR_TEMP_1182 where a shared column can mean either side.
    Source: Spark ``Dataset.resolveSelfJoinCondition``, ``DetectAmbiguousSelfJoin``.
    """
    ambiguous: list[Attribute] = []

    def change(node: Expression) -> Expression:
        if isinstance(node, Call) and node.name in ("=", "<=>"):
            one, other = node.args
            if isinstance(one, Attribute) and isinstance(other, Attribute) and one.id == other.id and one.id in shared:
                return replace(node, args=(one, replace(other, id=ids[one.id])))
        if isinstance(node, Attribute) and node.id in shared:
            ambiguous.append(node)
            return node
        return node.map_children(change)

    changed = change(condition)
    if ambiguous:
        names = ", ".join(f"{column.name}#{column.id}" for column in dict.fromkeys(ambiguous))
        raise AnalysisException(
            errorClass="_LEGACY_ERROR_TEMP_1182",
            messageParameters={"ambiguousAttrs": names, "config": "spark.sql.analyzer.failAmbiguousSelfJoin"},
        )
    return changed


def _join_using(draft: Join, using: Sequence[str], conf: Conf) -> LogicalPlan:
    left, right, kind = draft.left, draft.right, draft.kind
    pairs = [(_using_column(left, name, "left", conf), _using_column(right, name, "right", conf)) for name in using]
    condition: Expression | None = None
    for ours, theirs in pairs:
        equal = resolve(Call(name="=", args=(ours, theirs)), (*left.output, *right.output), conf)
        condition = (
            equal
            if condition is None
            else resolve(Call(name="and", args=(condition, equal)), (*left.output, *right.output), conf)
        )
    joined = replace(draft, condition=condition)
    if kind in ("left_semi", "left_anti"):
        return joined
    own, their = {ours.id for ours, _ in pairs}, {theirs.id for _, theirs in pairs}
    outputs = {column.id: column for column in joined.output}
    keys: list[Named] = []
    for ours, theirs in pairs:
        if kind == "right":
            keys.append(outputs[theirs.id])
        elif kind == "full":
            merged = resolve(Call(name="coalesce", args=(ours, theirs)), joined.output, conf)
            keys.append(
                to_named(Alias(child=merged, name=ours.name, data_type=merged.data_type, nullable=merged.nullable))
            )
        else:
            keys.append(outputs[ours.id])
    rest = [column for column in joined.output if column.id not in own | their]
    plain = [key for key in keys if isinstance(key, Attribute)]
    shown = {column.id for column in plain}
    hidden = tuple(column for column in joined.output if column.id in (own | their) - shown)
    if len(plain) == len(keys):
        return Prune(joined, (*plain, *rest), hidden)
    every = Project(joined, (*keys, *joined.output))
    return Prune(every, (*every.output[: len(keys)], *rest), hidden)


def _using_column(plan: LogicalPlan, name: str, side: str, conf: Conf) -> Attribute:
    found = [column for column in plan.output if same_name(column.name, name, conf)]
    if not found:
        raise AnalysisException(
            errorClass="UNRESOLVED_USING_COLUMN_FOR_JOIN",
            messageParameters={
                "colName": f"`{name}`",
                "side": side,
                "suggestion": ", ".join(suggestions(name, plan.output)),
            },
        )
    if len(found) > 1:
        raise AnalysisException(
            errorClass="AMBIGUOUS_REFERENCE",
            messageParameters={
                "name": f"`{name}`",
                "referenceNames": "[" + ", ".join(f"`{column.name}`" for column in found) + "]",
            },
        )
    return found[0]


def set_operation(left: LogicalPlan, right: LogicalPlan, kind: str, conf: Conf, *, distinct: bool) -> LogicalPlan:
    """``intersect``, ``exceptAll`` and their like: by position, of common types."""
    operator = f"{kind.upper()}{'' if distinct else ' ALL'}"
    left, right = aligned(left, right, conf, operator)
    check_comparable(left.output)
    return SetOperation(left, fresh(right), kind, distinct)  # type: ignore[arg-type]


def to_schema(plan: LogicalPlan, schema: StructType, conf: Conf) -> LogicalPlan:
    """``df.to(schema)``: columns by name, in the order and of the types of `schema`.

    Raises: AnalysisException UNRESOLVED_COLUMN.*, NULLABLE_COLUMN_OR_FIELD, INVALID_COLUMN_OR_FIELD_DATA_TYPE.
    """
    columns: list[Named] = []
    for field in schema.fields:
        matching = [column for column in plan.output if same_name(column.name, field.name, conf)]
        if len(matching) > 1:
            raise AnalysisException(
                errorClass="AMBIGUOUS_COLUMN_OR_FIELD",
                messageParameters={"name": f"`{field.name}`", "n": str(len(matching))},
            )
        child = _reconciled(matching[0] if matching else None, field, plan, conf)
        columns.append(
            to_named(
                Alias(
                    child=child,
                    name=field.name,
                    data_type=field.dataType,
                    nullable=field.nullable,
                    metadata=field.metadata or (matching[0].metadata if matching else {}),
                )
            )
        )
    return Project(plan, tuple(columns))


def _reconciled(column: Attribute | None, field: StructField, plan: LogicalPlan, conf: Conf) -> Expression:
    """A column as a field asks for it; null if there is none and the field may be so."""
    if column is None:
        if field.nullable:
            return Constant(value=None, data_type=field.dataType, nullable=True)
        raise AnalysisException(
            errorClass="UNRESOLVED_COLUMN.WITH_SUGGESTION",
            messageParameters={
                "objectName": f"`{field.name}`",
                "proposal": ", ".join(suggestions(f"`{field.name}`", plan.output)),
            },
        )
    if column.nullable and not field.nullable:
        raise AnalysisException(errorClass="NULLABLE_COLUMN_OR_FIELD", messageParameters={"name": f"`{field.name}`"})
    if column.data_type == field.dataType:
        return column
    assert column.data_type is not None
    if not _assignable(column.data_type, field.dataType, conf):
        raise AnalysisException(
            errorClass="INVALID_COLUMN_OR_FIELD_DATA_TYPE",
            messageParameters={
                "name": f"`{field.name}`",
                "type": quoted_type(column.data_type),
                "expectedType": quoted_type(field.dataType),
            },
        )
    return cast_to(column, field.dataType)


def _assignable(source: DataType, target: DataType, conf: Conf) -> bool:
    """Whether a store may put a type into another one: numbers into numbers, anything into text, dates into timestamps."""
    if isinstance(target, StringType):
        return not isinstance(source, (StructType, ArrayType, MapType))
    if isinstance(source, NumericType) or isinstance(target, NumericType):
        return isinstance(source, NumericType) and isinstance(target, NumericType)
    moments = (DateType, TimestampType, TimestampNTZType)
    if isinstance(source, moments) and isinstance(target, moments):
        return True
    return common_type(source, target, rules_of(conf)) == target


def check_same_name_count(plan: LogicalPlan, names: Sequence[str]) -> None:
    """Raise unless there is a name for every column. Raises: AnalysisException ASSIGNMENT_ARITY_MISMATCH."""
    if len(names) != len(plan.output):
        raise AnalysisException(
            errorClass="ASSIGNMENT_ARITY_MISMATCH",
            messageParameters={"numExpr": str(len(names)), "numTarget": str(len(plan.output))},
        )
