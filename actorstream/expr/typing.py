"""Resolves names, gives every node its Spark type, and inserts the implicit casts; then binds columns to ordinals.

This is the analyzer's part for one expression; what concerns whole plans (stars, aliases, aggregates in the right place)
belongs to the plan. After `resolve`, nothing is looked up by name again.

Source: Spark ``Analyzer.ResolveReferences``, ``AnsiTypeCoercion``; errors carry its conditions.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow

from actorstream.common.config import ANSI_ENABLED, CASE_SENSITIVE, TIMESTAMP_TYPE, Conf
from actorstream.errors import AnalysisException, PySparkNotImplementedError
from actorstream.expr.aggregate_typing import with_fitting_arguments
from actorstream.expr.cast_rules import check_cast, force_nullable, never_fails
from actorstream.expr.casts import parse_timestamp_us, tzinfo_of
from actorstream.expr.coercion import (
    Rules,
    cast_to,
    common_of,
    implicit_target,
    is_string,
    literal,
    mismatch,
    quoted,
    quoted_type,
    type_of,
    unknown_routine,
)
from actorstream.expr.functions.unsupported import reason
from actorstream.expr.names import split_name
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import (
    SESSION_KEY,
    AggregateCall,
    Alias,
    Attribute,
    BoundReference,
    Call,
    CaseWhen,
    Cast,
    Constant,
    Expression,
    GetField,
    Lambda,
    LambdaVariable,
    NamedArgument,
    OuterReference,
    PythonFunction,
    Replaced,
    SessionWindow,
    SortOrder,
    Star,
    TimeWindow,
    UnresolvedAttribute,
    WindowFunction,
    next_attribute_id,
)
from actorstream.expr.origin import name_place
from actorstream.expr.registry import Function, functions, lookup
from actorstream.expr.types import (
    ArrayType,
    BooleanType,
    CalendarIntervalType,
    DataType,
    DateType,
    MapType,
    NullType,
    StringType,
    StructType,
    TimestampNTZType,
    TimestampType,
    TimeType,
    from_arrow,
    metadata_of,
)
from actorstream.expr.windows import check_gap, check_window, session_text, window_text, window_type
from actorstream.expr.zones import session_zone

#: names that are functions where no column has them
_WITHOUT_PARENTHESES = {
    "current_date": "current_date",
    "current_time": "current_time",
    "current_timestamp": "current_timestamp",
    "current_user": "current_user",
    "localtime": "current_time",
    "session_user": "current_user",
    "user": "current_user",
}


def rules_of(conf: Conf) -> Rules:
    """The settings of `conf` that type rules look at."""
    return Rules(
        ansi=conf.value(ANSI_ENABLED),
        zone=session_zone(conf),
        case_sensitive=conf.value(CASE_SENSITIVE),
        local_time=conf.value(TIMESTAMP_TYPE) == "TIMESTAMP_NTZ",
    )


def attributes_of(schema: pyarrow.Schema) -> list[Attribute]:
    """New attributes for the columns of an Arrow schema, for pipelines, which have no logical plan."""
    return [
        Attribute(
            name=field.name,
            id=next_attribute_id(),
            data_type=from_arrow(field),
            nullable=bool(field.nullable),
            metadata=metadata_of(field),
        )
        for field in schema
    ]


def resolve(expression: Expression, columns: Sequence[Attribute], conf: Conf) -> Expression:
    """`expression` with every name resolved to one of `columns`, typed, with implicit casts.

    A nested name (``s.x``) on its own becomes an `Alias` to its last part, as in Spark.

    Raises: AnalysisException UNRESOLVED_COLUMN.*, AMBIGUOUS_REFERENCE, FIELD_NOT_FOUND, UNRESOLVED_ROUTINE,
        WRONG_NUM_ARGS.*, DATATYPE_MISMATCH.*.
    """
    resolver = _Resolver(columns, rules_of(conf))
    found = resolver.visit(with_routines(expression, conf))
    if isinstance(expression, UnresolvedAttribute) and not isinstance(found, Attribute):
        return Alias(child=found, name=expression.parts[-1], data_type=found.data_type, nullable=found.nullable)
    return found


def with_routines(expression: Expression, conf: Conf) -> Expression:
    """The expression with the calls of functions that the user has registered replaced by those functions."""
    if not conf.routines and not conf.table_routines and conf.database == "default":
        return expression

    def change(node: Expression) -> Expression:
        if isinstance(node, Replaced):  # its call is only what it prints as
            return replace(node, by=change(node.by))
        node = node.map_children(change)
        if isinstance(node, Call) and node.name.lower() in ("current_database", "current_schema"):
            return Replaced(call=node, by=Constant(value=conf.database, data_type=StringType(), nullable=False))
        found = conf.routines.get(node.name.lower()) if isinstance(node, (Call, AggregateCall)) else None
        if found is not None and isinstance(node, Call) and lookup(node.name.lower()) is not None:
            return node  # the built-in one comes first
        if found is None and isinstance(node, Call) and lookup(node.name.lower()) is None:
            found = conf.table_routines.get(node.name.lower())
            if found is not None:
                raise AnalysisException(
                    errorClass="NOT_A_SCALAR_FUNCTION", messageParameters={"functionName": f"`{node.name.lower()}`"}
                )
        if found is None or getattr(node, "user", None) is not None:
            return node
        made: Expression = found.node(list(node.children))
        return change(made) if isinstance(made, Replaced) else made

    return change(expression)


def bind(expression: Expression, columns: Sequence[Attribute]) -> Expression:
    """`expression` with every `Attribute` replaced by its position in `columns` (by id)."""
    ordinals = {column.id: index for index, column in enumerate(columns)}

    def change(node: Expression) -> Expression:
        if not isinstance(node, Attribute):
            return node
        if node.id not in ordinals:
            raise AssertionError(f"column {node.name}#{node.id} is not among {[c.name for c in columns]}")
        return BoundReference(
            ordinal=ordinals[node.id], name=node.name, data_type=node.data_type, nullable=node.nullable
        )

    return expression.transform_up(change)


def metadata_for(expression: Expression) -> Mapping[str, Any]:
    """The column metadata (event-time mark included) that a projected expression keeps (STF-4)."""
    if isinstance(expression, Alias):
        return expression.metadata or metadata_for(expression.child)
    if isinstance(expression, Attribute):
        return expression.metadata
    if isinstance(expression, TimeWindow):
        return metadata_for(expression.time)
    if isinstance(expression, SessionWindow):
        return {**metadata_for(expression.time), SESSION_KEY: True}
    if isinstance(expression, Call) and expression.name == "window_time":
        return {key: value for key, value in metadata_for(expression.args[0]).items() if key != SESSION_KEY}
    if isinstance(expression, GetField):
        inherited = metadata_for(expression.child)
        mark = {key: value for key, value in inherited.items() if key == "spark.watermarkDelayMs"}
        return mark if isinstance(expression.child, (Attribute, TimeWindow)) and expression.field_name == "end" else {}
    return {}


def suggestions(name: str, columns: Sequence[Attribute]) -> list[str]:
    """The quoted names of `columns`, the most similar to `name` first (at most five).

    Qualifiers are left out where all columns have the same one and `name` has none. The distance is that of the text as it was
    written from the quoted name; among equally near names the order is that of name and column id.
    Source: Spark ``StringUtils.orderSuggestedIdentifiersBySimilarity``.
    """
    ordered = sorted(columns, key=lambda column: (column.name, column.id))
    parts = split_name(name)
    same_qualifier = len({column.qualifier for column in ordered}) == 1
    stripped = len(parts) == 1 and same_qualifier
    texts = [
        ".".join(f"`{part.replace('`', '``')}`" for part in (*(() if stripped else column.qualifier), column.name))
        for column in ordered
    ]
    written = ".".join(part if re.fullmatch(r"[A-Za-z0-9_]+", part) else f"`{part}`" for part in parts)
    return sorted(texts, key=lambda text: edit_distance(text, written))[:5]


def edit_distance(a: str, b: str) -> int:
    """The number of letters to insert, delete or replace to make one text the other."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


_MOMENTS = (
    '"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)" or "STRUCT<start: TIMESTAMP, end: TIMESTAMP>" '
    'or "STRUCT<start: TIMESTAMP_NTZ, end: TIMESTAMP_NTZ>"'
)


class _Resolver:
    """One walk over one expression."""

    def __init__(self, columns: Sequence[Attribute], rules: Rules) -> None:
        self.columns = columns
        self.rules = rules
        self.variables: list[LambdaVariable] = []
        self.handlers: dict[type, Callable[[Any], Expression]] = {
            UnresolvedAttribute: self._name,
            Attribute: self._attribute,
            Constant: self._constant,
            Call: self._call,
            GetField: lambda node: self.field_of(self.visit(node.child), node.field_name),
            Cast: self._cast,
            CaseWhen: self._case,
            Alias: self._alias,
            LambdaVariable: self._variable,
            AggregateCall: self._aggregate,
            TimeWindow: self._window,
            SessionWindow: self._session,
            SortOrder: self._sort,
            WindowFunction: self._over,
            PythonFunction: self._python,
            OuterReference: lambda node: self.visit(node.child),
            Replaced: self._replaced,
        }

    def visit(self, node: Expression) -> Expression:
        """The resolved form of a node and all below it."""
        handler = self.handlers.get(type(node))
        if handler is None:
            if isinstance(node, (BoundReference, Star)):
                return node
            raise AssertionError(f"cannot resolve {type(node).__name__}")
        if node.origin is None:
            return handler(node)
        try:
            found = handler(node)
        except AnalysisException as error:
            name_place(error, node.origin)
            raise
        return found if found.origin is not None else replace(found, origin=node.origin)

    # -- names

    def _same(self, a: str, b: str) -> bool:
        return a == b or (not self.rules.case_sensitive and a.lower() == b.lower())

    def _attribute(self, node: Attribute) -> Expression:
        for column in self.columns:
            if column.id == node.id:
                # what flows in now decides nullability; the name stays as the user wrote it
                return replace(node, data_type=column.data_type, nullable=column.nullable, metadata=column.metadata)
        if node.data_type is not None and not self.columns:
            return node
        same = [column.name for column in self.columns if self._same(column.name, node.name)]
        parameters = {
            "missingAttributes": quoted(node.name),
            "input": ", ".join(quoted(column.name) for column in self.columns),
            "operator": f"!Project [{node.name}#{node.id}]",
        }
        if same:
            raise AnalysisException(
                errorClass="MISSING_ATTRIBUTES.RESOLVED_ATTRIBUTE_APPEAR_IN_OPERATION",
                messageParameters={**parameters, "operation": quoted(node.name)},
            )
        raise AnalysisException(
            errorClass="MISSING_ATTRIBUTES.RESOLVED_ATTRIBUTE_MISSING_FROM_INPUT", messageParameters=parameters
        )

    def _name(self, node: UnresolvedAttribute) -> Expression:
        parts = node.parts
        for variable in reversed(self.variables):
            if self._same(variable.name, parts[0]):
                return self._fields(variable, parts[1:])
        for used in range(len(parts), 0, -1):
            found = self._matching(parts[:used])
            if not found:
                continue
            if len({column.id for column in found}) > 1:
                raise AnalysisException(
                    errorClass="AMBIGUOUS_REFERENCE",
                    messageParameters={
                        "name": "`" + "`.`".join(parts) + "`",
                        "referenceNames": "["
                        + ", ".join("`" + "`.`".join((*c.qualifier, parts[used - 1])) + "`" for c in found)
                        + "]",
                    },
                )
            column = replace(found[0], name=parts[used - 1])
            return self._fields(column, parts[used:])
        return self._unresolved(node)

    def _matching(self, parts: tuple[str, ...]) -> list[Attribute]:
        *qualifier, name = parts
        return [
            column
            for column in self.columns
            if self._same(column.name, name)
            and len(qualifier) <= len(column.qualifier)
            and all(
                self._same(a, b)
                for a, b in zip(qualifier, column.qualifier[len(column.qualifier) - len(qualifier) :], strict=True)
            )
        ]

    def _unresolved(self, node: UnresolvedAttribute) -> Expression:
        quoted_name = "`" + "`.`".join(node.parts) + "`"
        # bare words that are functions without parentheses
        function = _WITHOUT_PARENTHESES.get(node.parts[0].lower()) if len(node.parts) == 1 else None
        if function is not None:
            return self.visit(Call(name=function, args=()))
        if not any(column.name for column in self.columns):
            raise AnalysisException(
                errorClass="UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", messageParameters={"objectName": quoted_name}
            )
        raise AnalysisException(
            errorClass="UNRESOLVED_COLUMN.WITH_SUGGESTION",
            messageParameters={
                "objectName": quoted_name,
                "proposal": ", ".join(suggestions("`" + "`.`".join(node.parts) + "`", self.columns)),
            },
        )

    def _fields(self, base: Expression, names: Sequence[str]) -> Expression:
        for name in names:
            base = self.field_of(base, name)
        return base

    def field_of(self, base: Expression, name: str) -> Expression:
        """A struct's field, the field of every struct in an array, or the value of a map's key."""
        data_type = type_of(base)
        inner = data_type.elementType if isinstance(data_type, ArrayType) else data_type
        if isinstance(inner, StructType):
            matches = [field for field in inner.fields if self._same(field.name, name)]
            if not matches:
                raise AnalysisException(
                    errorClass="FIELD_NOT_FOUND",
                    messageParameters={
                        "fieldName": f"`{name}`",
                        "fields": ", ".join(f"`{field.name}`" for field in inner.fields),
                    },
                )
            if len(matches) > 1:
                raise AnalysisException(
                    errorClass="AMBIGUOUS_REFERENCE_TO_FIELDS",
                    messageParameters={"field": f"`{name}`", "count": str(len(matches))},
                )
            field = matches[0]
            result = field.dataType
            if inner is not data_type:
                result = ArrayType(result, field.nullable)
            # the name as written: `s.A` on a field `a` is called A
            return GetField(child=base, field_name=name, data_type=result, nullable=base.nullable or field.nullable)
        if isinstance(data_type, MapType):
            return self.visit_call("getitem", (base, literal(name)))
        raise AnalysisException(
            errorClass="INVALID_EXTRACT_BASE_FIELD_TYPE",
            messageParameters={"base": quoted(sql_text(base)), "other": quoted_type(data_type)},
        )

    def _variable(self, node: LambdaVariable) -> Expression:
        if node.data_type is not None:
            return node
        for variable in reversed(self.variables):
            if variable.id == node.id:
                return variable
        raise AssertionError(f"lambda variable {node.name} is used outside its lambda")

    # -- values

    def _constant(self, node: Constant) -> Expression:
        if isinstance(node.data_type, TimestampType) and isinstance(node.value, datetime.datetime):
            # as the session's clock shows it: that is how names print it
            return replace(node, value=node.value.astimezone(tzinfo_of(self.rules.zone)))
        if node.data_type is not None:
            return node
        if isinstance(node.value, (list, tuple)):
            return self.visit_call("array", tuple(literal(value) for value in node.value))
        return literal(node.value)

    def _cast(self, node: Cast) -> Expression:
        if node.mode == "literal":
            return self._timestamp_literal(node)
        child = self.visit(node.child)
        source = type_of(child)
        resolved = replace(node, child=child)
        check_cast(resolved, source, ansi=self.rules.ansi or node.mode == "try")
        if isinstance(source, TimeType) and isinstance(node.to, (TimestampType, TimestampNTZType)):
            # the day of a time of day is the micro-batch's
            child = self.visit_call("moment_of", (self.visit_call("current_date", ()), child))
            resolved = replace(node, child=child)
        lenient = node.mode == "try"
        nullable = child.nullable or (not never_fails(source, node.to) if lenient else force_nullable(source, node.to))
        return replace(resolved, data_type=node.to, nullable=nullable)

    def _timestamp_literal(self, node: Cast) -> Expression:
        assert isinstance(node.child, Constant)
        micros = parse_timestamp_us(str(node.child.value), self.rules.zone)
        if micros is None:
            return self._cast(replace(node, mode="default"))
        moment = datetime.datetime.fromtimestamp(0, datetime.UTC) + datetime.timedelta(microseconds=micros)
        local = moment.astimezone(tzinfo_of(self.rules.zone))
        return Constant(value=local, data_type=node.to, nullable=False)

    def _case(self, node: CaseWhen) -> Expression:
        branches = [(self.visit(when), self.visit(then)) for when, then in node.branches]
        otherwise = None if node.otherwise is None else self.visit(node.otherwise)
        values = [then for _, then in branches] + ([] if otherwise is None else [otherwise])
        common = common_of(values, self.rules)
        draft = CaseWhen(branches=tuple(branches), otherwise=otherwise)
        if common is None:
            raise mismatch(
                "DATA_DIFF_TYPES",
                draft,
                functionName="`casewhen`",
                dataType="[" + ", ".join(quoted_type(type_of(value)) for value in values) + "]",
            )
        for when, _ in branches:
            if not isinstance(type_of(when), (BooleanType, NullType)):
                raise mismatch(
                    "UNEXPECTED_INPUT_TYPE",
                    draft,
                    paramIndex="first",
                    requiredType='"BOOLEAN"',
                    inputSql=quoted(sql_text(when)),
                    inputType=quoted_type(type_of(when)),
                )
        return CaseWhen(
            branches=tuple((cast_to(when, BooleanType()), cast_to(then, common)) for when, then in branches),
            otherwise=None if otherwise is None else cast_to(otherwise, common),
            data_type=common,
            nullable=otherwise is None or any(value.nullable for value in values),
        )

    def _alias(self, node: Alias) -> Expression:
        child = self.visit(node.child)
        return replace(
            node,
            child=child,
            data_type=child.data_type,
            nullable=child.nullable,
            metadata=node.metadata or metadata_for(child),
        )

    def _sort(self, node: SortOrder) -> SortOrder:
        child = self.visit(node.child)
        return replace(node, child=child, data_type=child.data_type, nullable=child.nullable)

    def _over(self, node: WindowFunction) -> Expression:
        from actorstream.expr.window_functions import resolve_window

        return resolve_window(node, self.visit, self.rules)

    def _python(self, node: PythonFunction) -> Expression:
        return replace(node, args=tuple(self.visit(argument) for argument in node.args))

    # -- calls

    def _call(self, node: Call) -> Expression:
        entry = lookup(node.name)
        if entry is None:
            missing = reason(node.name)
            if missing is not None:
                raise PySparkNotImplementedError(
                    errorClass="NOT_IMPLEMENTED",
                    messageParameters={
                        "feature": f"The function `{node.name}`",
                        "remedy": f"{missing[:1].upper()}{missing[1:]}.",
                    },
                )
            from actorstream.expr.window_functions import is_window_function, without_over

            if is_window_function(node.name):
                raise without_over(replace(node, args=tuple(map(self.visit, node.args))))
            raise unknown_routine(node.name)
        if any(isinstance(argument, NamedArgument) for argument in node.args):
            raise AnalysisException(
                errorClass="NAMED_PARAMETERS_NOT_SUPPORTED",
                messageParameters={"functionName": f"`{node.name.lower()}`"},
            )
        if entry.lambda_types is None and any(isinstance(argument, Lambda) for argument in node.args):
            kind = f"org.apache.spark.sql.catalyst.expressions.{entry.name.title().replace('_', '')}"
            raise AnalysisException(
                errorClass="INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION", messageParameters={"class": kind}
            )
        if entry.lambda_types is not None:
            args = self._lambda_args(entry, node)
        else:
            args = tuple(self._argument(argument) for argument in node.args)
        if node.name == "getitem":
            base, key = args
            inner = base.data_type.elementType if isinstance(base.data_type, ArrayType) else base.data_type
            if isinstance(inner, StructType) and isinstance(key, Constant) and isinstance(key.value, str):
                return self.field_of(base, key.value)
        return entry.rule(node.name.lower(), args, self.rules)

    def _argument(self, node: Expression) -> Expression:
        return self.visit(node)

    def visit_call(self, name: str, args: tuple[Expression, ...]) -> Expression:
        """The typed call of a function on resolved arguments."""
        return functions()[name].rule(name, args, self.rules)

    def _lambda_args(self, entry: Function, node: Call) -> tuple[Expression, ...]:
        assert entry.lambda_types is not None
        plain = [
            None if isinstance(argument, Lambda) or index >= entry.lambdas_from else self._argument(argument)
            for index, argument in enumerate(node.args)
        ]
        # errors show the call with its resolved arguments and the lambdas as they were written
        shown = tuple(done or argument for done, argument in zip(plain, node.args, strict=True))
        node = replace(node, args=shown)
        resolved: list[Expression] = []
        for index, argument in enumerate(node.args):
            done = plain[index]
            if done is not None:
                resolved.append(done)
                continue
            if index < entry.lambdas_from:
                raise AssertionError(f"{node.name} takes no lambda as argument {index}")
            types = entry.lambda_types(node, [item for item in plain if item is not None], index, resolved)
            if not isinstance(argument, Lambda):
                # a value that does not depend on the elements
                hidden = tuple(LambdaVariable(name=f"col{i}", id=next_attribute_id()) for i in range(len(types)))
                argument = Lambda(parameters=hidden, body=argument)
            resolved.append(self._lambda(argument, types))
        return tuple(resolved)

    def _lambda(self, node: Lambda, types: Sequence[tuple[DataType, bool]]) -> Lambda:
        if len(node.parameters) != len(types):
            raise AnalysisException(
                errorClass="INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH",
                messageParameters={
                    "expectedNumArgs": str(len(node.parameters)),
                    "actualNumArgs": str(len(types)),
                },
            )
        typed = tuple(
            replace(parameter, data_type=data_type, nullable=nullable)
            for parameter, (data_type, nullable) in zip(node.parameters, types, strict=False)
        )
        self.variables.extend(typed)
        body = self.visit(node.body)
        del self.variables[len(self.variables) - len(typed) :]
        return Lambda(parameters=typed, body=body, data_type=body.data_type, nullable=body.nullable)

    def _aggregate(self, node: AggregateCall) -> Expression:
        from actorstream.expr.functions.aggregate import aggregate_result_type, is_nullable_aggregate

        args = tuple(self.visit(argument) for argument in node.args if not isinstance(argument, Star))
        if node.user is not None:
            return replace(node, args=args, data_type=node.user.result, nullable=True)
        condition = None if node.filter is None else self.visit(node.filter)
        aggregate_result_type(node.name, [type_of(argument) for argument in args], node.distinct)  # checks their number
        within = tuple(self.visit(key) for key in node.within)
        resolved = with_fitting_arguments(replace(node, args=args, filter=condition, within=within), self.rules)
        result = aggregate_result_type(node.name, [type_of(argument) for argument in resolved.args], node.distinct)
        return replace(resolved, data_type=result, nullable=is_nullable_aggregate(node.name))

    def _replaced(self, node: Replaced) -> Expression:
        by = self.visit(node.by)
        call = replace(node.call, args=tuple(map(self.visit, node.call.args)))
        return replace(node, call=call, by=by, data_type=by.data_type, nullable=by.nullable)

    # -- windows

    def _window(self, node: TimeWindow) -> Expression:
        time = self.visit(node.time)
        time = self._moment(node, time, window_text(replace(node, time=time)))
        check_window(replace(node, time=time))
        return replace(node, time=time, data_type=window_type(type_of(time)), nullable=False)

    def _session(self, node: SessionWindow) -> Expression:
        time, gap = self.visit(node.time), self.visit(node.gap)
        time = self._moment(node, time, session_text(replace(node, time=time, gap=gap)))
        if is_string(type_of(gap)) or isinstance(type_of(gap), NullType):
            # a text that is no interval is a gap of null, under ANSI rules too
            interval = CalendarIntervalType()
            gap = Cast(child=gap, to=interval, mode="try", implicit=True, data_type=interval)
        check_gap(type_of(gap))
        return replace(node, time=time, gap=gap, data_type=window_type(type_of(time)), nullable=False)

    def _moment(self, node: Expression, time: Expression, text: str) -> Expression:
        """What a window is of, as a timestamp; of a window it is its event time (STF-26)."""
        data_type = type_of(time)
        if isinstance(data_type, StructType):
            return self.visit_call("window_time", (time,))
        if isinstance(data_type, (TimestampType, TimestampNTZType)):
            return time
        target = implicit_target(data_type, TimestampType(), self.rules)
        if target is None or not (is_string(data_type) or isinstance(data_type, (DateType, NullType))):
            raise mismatch(
                "UNEXPECTED_INPUT_TYPE",
                node,
                sqlExpr=text,
                paramIndex="first",
                requiredType=f"({_MOMENTS})",
                inputSql=quoted(sql_text(time)),
                inputType=quoted_type(data_type),
            )
        return cast_to(time, target)
