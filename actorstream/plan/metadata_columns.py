"""The hidden column ``_metadata`` of files: it joins a plan when an expression names it and nothing else has that name (IO-48).

A provider that has such a column offers `with_metadata`; the column then passes through projections, filters and aliases above it.
``input_file_name()`` and its kin are read from it too; where no row comes from a file they stay what they are: empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from actorstream.expr.nodes import Attribute, Call, Constant, Expression, Replaced, UnresolvedAttribute
from actorstream.expr.types import IntegerType, StringType
from actorstream.expr.typing import attributes_of
from actorstream.plan.nodes import Filter, LogicalPlan, Project, Relation, SubqueryAlias

NAME = "_metadata"


#: functions that tell of the file of a row -> the field of ``_metadata`` that knows it
_FILE_FUNCTIONS = {
    "input_file_name": "file_path",
    "input_file_block_start": "file_block_start",
    "input_file_block_length": "file_block_length",
}


def with_metadata(plan: LogicalPlan, expressions: Sequence[Expression]) -> tuple[LogicalPlan, list[Expression]]:
    """The plan, with ``_metadata`` as its last column if an expression asks for it and the plan can have it, and the expressions."""
    wanted = list(expressions)
    has_it = any(_is_it(column) for column in plan.output)
    if not any(_asks(expression) for expression in wanted):
        return plan, wanted
    exposed = plan if has_it else _exposed(plan)
    if exposed is None:
        return plan, wanted
    return exposed, [expression.transform_up(_from_metadata) for expression in wanted]


def _from_metadata(node: Expression) -> Expression:
    """A function of a row's file, as a field of the hidden column; it keeps its name."""
    if not isinstance(node, Call) or node.args or node.name not in _FILE_FUNCTIONS:
        return node
    value: Expression = UnresolvedAttribute(parts=(NAME, _FILE_FUNCTIONS[node.name]))
    if node.name == "input_file_name":
        # the column says file:/a, the function file:///a
        path = Call(name="substr", args=(value, _constant(len("file:") + 1)))
        value = Call(name="concat", args=(_constant("file://"), path))
    return Replaced(call=node, by=value)


def _constant(value: object) -> Constant:
    return Constant(value=value, data_type=IntegerType() if isinstance(value, int) else StringType(), nullable=False)


def _asks(expression: Expression) -> bool:
    return any(
        (isinstance(node, UnresolvedAttribute) and NAME in map(str.lower, node.parts[:2]))
        or (isinstance(node, Call) and node.name in _FILE_FUNCTIONS)
        for node in expression.walk()
    )


def _is_it(column: Attribute) -> bool:
    return column.name.lower() == NAME


def _exposed(plan: LogicalPlan) -> LogicalPlan | None:
    if isinstance(plan, Relation):
        make = getattr(plan.provider, "with_metadata", None)
        if make is None:
            return None
        provider = make()
        added = attributes_of(provider.schema)[-1:]
        return replace(plan, provider=provider, columns=(*plan.columns, *added))
    if not isinstance(plan, (Project, Filter, SubqueryAlias)):
        return None
    child = _exposed(plan.child)
    if child is None:
        return None
    wider = plan.with_children((child,))
    return replace(wider, columns=(*wider.columns, child.output[-1])) if isinstance(wider, Project) else wider
