"""Names in a select list that mean an alias further left: ``select a + 1 as x, x * 2 as y``.

A name of the input wins over an alias. In a projection the alias is computed in a projection below, once; in an aggregation it
is put in place, where equal aggregate calls are computed once anyway.

Source: Spark ``ResolveLateralColumnAliasReference``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from actorstream.common.config import Conf
from actorstream.errors import AnalysisException
from actorstream.expr.naming import output_name
from actorstream.expr.nodes import AggregateCall, Alias, Attribute, Expression, GetField, UnresolvedAttribute
from actorstream.plan.nodes import LogicalPlan, Project, to_attribute
from actorstream.plan.resolution import resolve_on, same_name, to_named

Resolve = Callable[[Expression], Expression]


def resolve_items(plan: LogicalPlan, items: Sequence[Expression], conf: Conf) -> tuple[LogicalPlan, list[Expression]]:
    """The items of a select list, resolved; aliases that later items use become columns of a projection below.

    Raises: AnalysisException AMBIGUOUS_LATERAL_COLUMN_ALIAS, and those of names and types.
    """
    done: list[Expression] = []
    aliases: list[tuple[int, Alias]] = []  # place in `done`, and the alias as resolved
    for item in items:
        try:
            resolved = resolve_on(plan, item, conf)
        except AnalysisException as error:
            used = _used(item, [alias for _, alias in aliases], error, conf)
            for place, alias in aliases:
                if alias in used and done[place] is alias:
                    plan = Project(plan, (*plan.output, alias))
                    done[place] = to_attribute(alias)
            resolved = _named(resolve_on(plan, _replaced(item, used, _reference, conf), conf), item)
        named = to_named(resolved) if isinstance(resolved, Alias) else resolved
        if isinstance(named, Alias) and isinstance(item, Alias):
            aliases.append((len(done), named))
        done.append(named)
    return plan, done


def in_place(items: Sequence[Expression], resolve: Resolve, conf: Conf) -> list[Expression]:
    """The items of an aggregation's results, with aliases further left put in place where a name needs them."""
    written: list[Expression] = []
    aliases: list[Alias] = []
    for item in items:
        changed = item
        try:
            resolve(item)
        except AnalysisException as error:
            used = _used(item, aliases, error, conf)
            changed = _named(_replaced(item, used, lambda alias: alias.child, conf), item)
        if isinstance(changed, Alias):
            aliases.append(changed)
        written.append(changed)
    return written


def _used(item: Expression, aliases: Sequence[Alias], error: AnalysisException, conf: Conf) -> list[Alias]:
    """The aliases that the names of an item mean; `error` again if there are none."""
    if not (error.getCondition() or "").startswith("UNRESOLVED_COLUMN"):
        raise error
    found: dict[int, Alias] = {}
    for node in item.walk():
        if not isinstance(node, UnresolvedAttribute):
            continue
        meant = [alias for alias in aliases if same_name(alias.name, node.parts[0], conf)]
        if len(meant) > 1:
            raise AnalysisException(
                errorClass="AMBIGUOUS_LATERAL_COLUMN_ALIAS",
                messageParameters={"name": f"`{node.parts[0]}`", "n": str(len(meant))},
            )
        for alias in meant:
            found[id(alias)] = alias
    if not found:
        raise error
    return list(found.values())


def _replaced(
    item: Expression, aliases: Sequence[Alias], value_of: Callable[[Alias], Expression], conf: Conf
) -> Expression:
    """The item with names of aliases replaced; inside of an aggregate call, names are columns of the input."""
    if isinstance(item, AggregateCall):
        return item
    if isinstance(item, UnresolvedAttribute):
        for alias in aliases:
            if same_name(alias.name, item.parts[0], conf):
                found = value_of(alias)
                for part in item.parts[1:]:
                    found = GetField(child=found, field_name=part)
                return found
        return item
    return item.map_children(lambda child: _replaced(child, aliases, value_of, conf))


def _reference(alias: Alias) -> Attribute:
    column = to_attribute(alias)
    # so the reference prints it in names
    return Attribute(
        name=f"lateralAliasReference({column.name})",
        id=column.id,
        data_type=column.data_type,
        nullable=column.nullable,
        metadata=column.metadata,
    )


def _named(changed: Expression, item: Expression) -> Expression:
    """The changed item under the name that it has as written."""
    if isinstance(changed, Alias):
        return changed
    name = item.parts[-1] if isinstance(item, UnresolvedAttribute) else output_name(changed)
    return Alias(child=changed, name=name, data_type=changed.data_type, nullable=changed.nullable)
