"""``unpivot``: columns become rows of a name and a value."""

from __future__ import annotations

from collections.abc import Sequence

from actorstream.common.config import Conf
from actorstream.errors import AnalysisException
from actorstream.expr.coercion import cast_to, common_type, quoted_type
from actorstream.expr.nodes import Alias, Attribute, Constant, Expression, next_attribute_id
from actorstream.expr.types import DataType, StringType
from actorstream.expr.typing import rules_of
from actorstream.plan.nodes import Expand, LogicalPlan, Project
from actorstream.plan.resolution import resolve_on, to_named
from actorstream.plan.stars import expand_stars


def unpivot(
    plan: LogicalPlan,
    ids: Sequence[Expression],
    values: Sequence[Expression] | None,
    variable: str,
    value: str,
    conf: Conf,
) -> LogicalPlan:
    """``df.unpivot(ids, values, variable, value)``; all other columns are values if none are given.

    Raises: AnalysisException UNPIVOT_REQUIRES_VALUE_COLUMNS, UNPIVOT_VALUE_DATA_TYPE_MISMATCH and those of names.
    """
    kept = [to_named(resolve_on(plan, item, conf)) for item in expand_stars(ids, plan, conf)]
    if values is None:
        taken = {column.id for column in kept}
        turned: list[Expression] = [column for column in plan.output if column.id not in taken]
    else:
        turned = [resolve_on(plan, item, conf) for item in expand_stars(values, plan, conf)]
    if not turned:
        raise AnalysisException(errorClass="UNPIVOT_REQUIRES_VALUE_COLUMNS", messageParameters={})
    named = [to_named(item) for item in turned]
    return unpivot_groups(plan, kept, [(item.name, [item]) for item in named], variable, [value], conf)


def unpivot_groups(
    plan: LogicalPlan,
    kept: Sequence[Expression],
    groups: Sequence[tuple[str, Sequence[Expression]]],
    variable: str,
    values: Sequence[str],
    conf: Conf,
) -> LogicalPlan:
    """A row for each group of columns: its label as `variable`, and its columns, all resolved, as `values`.

    Raises: AnalysisException UNPIVOT_VALUE_DATA_TYPE_MISMATCH.
    """
    ids = [to_named(item) for item in kept]
    labels = Attribute(name=variable, id=next_attribute_id(), data_type=StringType(), nullable=False)
    commons: list[DataType] = []
    cells: list[Attribute] = []
    for place, value in enumerate(values):
        named = [to_named(columns[place]) for _, columns in groups]
        common = _common(named, conf)
        commons.append(common)
        nullable = any(item.nullable for item in named)
        cells.append(Attribute(name=value, id=next_attribute_id(), data_type=common, nullable=nullable))
    variants = tuple(
        (
            Constant(value=label, data_type=StringType(), nullable=False),
            *(
                cast_to(item.child if isinstance(item, Alias) else item, common)
                for item, common in zip(columns, commons, strict=True)
            ),
        )
        for label, columns in groups
    )
    return Project(Expand(plan, variants, (labels, *cells)), (*ids, labels, *cells))


def _common(named: Sequence[Alias | Attribute], conf: Conf) -> DataType:
    common: DataType | None = named[0].data_type
    for column in named[1:]:
        assert column.data_type is not None
        common = None if common is None else common_type(common, column.data_type, rules_of(conf))
    texts_among = [isinstance(item.data_type, StringType) for item in named]
    if common is None or any(texts_among) != all(texts_among):  # a text and a number do not meet here
        raise _mismatch(named)
    return common


def _mismatch(columns: Sequence[Alias | Attribute]) -> AnalysisException:
    """Types with the names of their columns, sorted by type text as the reference does; at most three names each."""
    by_type: dict[str, list[str]] = {}
    for column in columns:
        assert column.data_type is not None
        by_type.setdefault(quoted_type(column.data_type), []).append(f"`{column.name}`")
    texts = [
        f"{kind} ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})" for kind, names in sorted(by_type.items())
    ]
    return AnalysisException(
        errorClass="UNPIVOT_VALUE_DATA_TYPE_MISMATCH", messageParameters={"types": ", ".join(texts)}
    )
