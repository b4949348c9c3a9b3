"""Turns a logical plan into a graph of operators. Pure: nothing is started, nothing is read.

Between `plan.unsupported` (the plan is one a stream can run) and `dataflow.validate`. Node ids are made from the kind of node
and its number, so that the same program gives the same ids after a restart: state and logs are kept under them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from actorstream.common.config import Conf
from actorstream.common.ids import NodeId
from actorstream.dataflow.graph import Edge, Graph, Node, OperatorNode, SinkNode, SourceNode
from actorstream.dataflow.operators import (
    Aggregate as AggregateOperator,
)
from actorstream.dataflow.operators import (
    BatchLimit,
    DeduplicateWithinWatermark,
    HashJoin,
    JoinSide,
    MapBatches,
    MapGroups,
    MapGroupsWithState,
    SessionAggregate,
    StreamJoin,
    WindowAssign,
)
from actorstream.dataflow.operators import (
    Deduplicate as DeduplicateOperator,
)
from actorstream.dataflow.operators import (
    Expand as ExpandOperator,
)
from actorstream.dataflow.operators import (
    Filter as FilterOperator,
)
from actorstream.dataflow.operators import (
    Generate as GenerateOperator,
)
from actorstream.dataflow.operators import (
    Limit as LimitOperator,
)
from actorstream.dataflow.operators import (
    Observe as ObserveOperator,
)
from actorstream.dataflow.operators import (
    Project as ProjectOperator,
)
from actorstream.dataflow.operators import (
    Sample as SampleOperator,
)
from actorstream.dataflow.operators import (
    SingleRow as SingleRowOperator,
)
from actorstream.dataflow.operators import (
    Sort as SortOperator,
)
from actorstream.dataflow.operators import (
    Union as UnionOperator,
)
from actorstream.dataflow.operators import (
    Watermark as WatermarkOperator,
)
from actorstream.dataflow.operators import (
    WindowFunctions as WindowFunctionsOperator,
)
from actorstream.dataflow.operators.aggregation import unique_names
from actorstream.dataflow.operators.join import JoinType
from actorstream.dataflow.protocols import Operator, OutputMode, Sink, SourceProvider
from actorstream.engine.batch import run_batch
from actorstream.errors import PySparkNotImplementedError
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import (
    SESSION_KEY,
    AggregateCall,
    Alias,
    Attribute,
    Call,
    Expression,
    WindowFunction,
    next_attribute_id,
)
from actorstream.expr.types import BooleanType, StructField, StructType, to_arrow_schema
from actorstream.expr.typing import bind, resolve
from actorstream.plan import nodes
from actorstream.plan.arrival import arrival_order
from actorstream.plan.join_bounds import all_of, take_apart
from actorstream.plan.multisets import counted_rows
from actorstream.plan.nodes import LogicalPlan, Named, plan_text
from actorstream.plan.pruning import prune_above_joins
from actorstream.plan.pushdown import push_filters_down
from actorstream.plan.stream_joins import prepare
from actorstream.plan.user_tables import LateralCall, LateralGenerate


def lower(plan: LogicalPlan, mode: OutputMode, sink: Sink, conf: Conf) -> Graph:
    """The graph of a streaming query that ends in `sink`. Raises: PySparkNotImplementedError NOT_IMPLEMENTED.

    Args:
        conf: settings under which the static tables of the plan are computed.
    """
    lowering = _Lowering(mode, bounded=False, conf=conf)
    last = lowering.lower(prune_above_joins(push_filters_down(plan)))
    end = SinkNode(NodeId("sink"), sink, (Edge(last.node),))
    return Graph((*lowering.made, end), mode, plan_text=plan_text(plan))


def lower_static(plan: LogicalPlan) -> Graph:
    """The graph of a static frame, to be run once by `engine.batch`."""
    lowering = _Lowering("append", bounded=True)
    lowering.lower(plan)
    return Graph(tuple(lowering.made), "append", plan_text=plan_text(plan))


def lower_unfinished(plan: LogicalPlan) -> Graph:
    """The graph of a streaming frame that has no sink yet, for `explain`."""
    aggregated = any(isinstance(node, nodes.Aggregate) for node in plan.walk())
    lowering = _Lowering("complete" if aggregated else "append", bounded=False)
    lowering.lower(prune_above_joins(push_filters_down(plan)))
    return Graph(tuple(lowering.made), lowering.mode, plan_text=plan_text(plan))


@dataclass(frozen=True, slots=True)
class _Lowered:
    """A node of the graph and, in the order of its columns, the attributes of the plan they are."""

    node: NodeId
    columns: tuple[Attribute, ...]


@dataclass(slots=True)
class _Lowering:
    mode: OutputMode
    bounded: bool
    conf: Conf = field(default_factory=Conf)
    made: list[Node] = field(default_factory=list)
    numbers: Counter[str] = field(default_factory=Counter)
    #: sources by identity of their provider, with their place in `made` (MEM-32)
    sources: dict[int, int] = field(default_factory=dict)
    #: kept so that the identities stay taken
    providers: list[SourceProvider] = field(default_factory=list)

    def lower(self, plan: LogicalPlan) -> _Lowered:
        """Add the nodes of a plan, inputs first."""
        return _STEPS[type(plan)](self, plan)

    # -- building

    def add(self, kind: str, operator: Operator, inputs: Sequence[_Lowered], columns: Sequence[Attribute]) -> _Lowered:
        """Add an operator; input i arrives at port i."""
        node = NodeId(f"{kind}-{self.numbers[kind]}")
        self.numbers[kind] += 1
        edges = tuple(Edge(item.node, port) for port, item in enumerate(inputs))
        self.made.append(OperatorNode(node, operator, edges))
        return _Lowered(node, tuple(columns))

    def project(self, child: _Lowered, columns: Sequence[Named]) -> _Lowered:
        """A projection to named, bound columns."""
        pairs = [(_name(column), bind(column, child.columns)) for column in columns]
        return self.add("project", ProjectOperator(pairs), [child], [nodes.to_attribute(column) for column in columns])

    # -- one step per kind of node

    def relation(self, plan: nodes.Relation) -> _Lowered:
        place = self.sources.get(id(plan.provider))
        if place is None:
            node = NodeId(f"source-{len(self.sources)}")
            self.sources[id(plan.provider)] = len(self.made)
            self.providers.append(plan.provider)
            self.made.append(SourceNode(node, plan.provider.create(), name=plan.provider.name))
            return _Lowered(node, plan.columns)
        known = self.made[place]
        assert isinstance(known, SourceNode)
        self.made[place] = replace(known, scans=known.scans + 1)
        return _Lowered(known.id, plan.columns)

    def select(self, plan: nodes.Project | nodes.Prune) -> _Lowered:
        return self.project(self.lower(plan.child), plan.columns)

    def filter(self, plan: nodes.Filter) -> _Lowered:
        child = self.lower(plan.child)
        return self.add("filter", FilterOperator(bind(plan.condition, child.columns)), [child], child.columns)

    def aggregate(self, plan: nodes.Aggregate) -> _Lowered:
        child = self.lower(plan.child)
        keys = [nodes.to_attribute(key) for key in plan.keys]
        calls = _calls_of(plan.results)
        named_keys = [(name, bind(key, child.columns)) for name, key in _with_names(plan.keys)]
        labels = unique_names([*(name for name, _ in named_keys), *_labels(calls, plan.results)])[len(named_keys) :]
        aggregates = [(label, bind(call, child.columns)) for label, call in zip(labels, calls, strict=True)]
        results = [
            Attribute(name=label, id=next_attribute_id(), data_type=call.data_type, nullable=call.nullable)
            for label, call in zip(labels, calls, strict=True)
        ]
        mode: OutputMode = "append" if self.bounded else self.mode
        session = next((place for place, key in enumerate(keys) if SESSION_KEY in key.metadata), None)
        operator = (
            AggregateOperator(named_keys, aggregates, mode, bounded=self.bounded)
            if session is None
            else SessionAggregate(named_keys, aggregates, session, mode, bounded=self.bounded)
        )
        if self.bounded:
            operator.output_modes = Operator.output_modes
        aggregated = self.add("aggregate", operator, [child], [*keys, *results])
        places = dict(zip(calls, results, strict=True))
        columns = [_over_results(column, places) for column in plan.results]
        wanted = tuple(nodes.to_attribute(column) for column in plan.results)
        if [_plain_reference(column) for column in columns] == [item.id for item in (*keys, *results)] and [
            column.name for column in wanted
        ] == [item.name for item in (*keys, *results)]:
            return _Lowered(aggregated.node, wanted)  # keys and aggregates as they come: nothing to compute
        return self.project(aggregated, columns)

    def watermark(self, plan: nodes.EventTimeWatermark) -> _Lowered:
        child = self.lower(plan.child)
        place = [column.id for column in child.columns].index(plan.column.id)
        return self.add("watermark", WatermarkOperator(place, plan.delay_ms), [child], plan.columns)

    def window(self, plan: nodes.AssignWindow) -> _Lowered:
        child = self.lower(plan.child)
        window = plan.window
        operator = WindowAssign(
            bind(window.time, child.columns),
            window.duration_us,
            window.slide_us,
            window.start_us,
            name=_free_name(plan.column.name, child.columns),
        )
        return self.add("window", operator, [child], (*child.columns, plan.column))

    def window_functions(self, plan: nodes.WindowFunctions) -> _Lowered:
        child = self.lower(plan.child)
        names = unique_names([*(column.name for column in child.columns), *(item.name for item in plan.functions)])
        functions = []
        for name, item in zip(names[len(child.columns) :], plan.functions, strict=True):
            bound = bind(item.child, child.columns)
            assert isinstance(bound, WindowFunction)
            functions.append((name, bound))
        columns = (*child.columns, *(nodes.to_attribute(item) for item in plan.functions))
        return self.add("window-functions", WindowFunctionsOperator(functions), [child], columns)

    def single_row(self, plan: nodes.SingleRow) -> _Lowered:
        child = self.lower(plan.child)
        places = [[column.id for column in child.columns].index(key.id) for key in plan.keys]
        return self.add("single-row", SingleRowOperator(places), [child], child.columns)

    def deduplicate(self, plan: nodes.Deduplicate) -> _Lowered:
        if plan.is_distinct and self.mode == "update" and not self.bounded:
            # a group by all columns: a row that comes again is a group that was touched again
            return self.aggregate(nodes.Aggregate(plan.child, plan.output, plan.output))
        child = self.uniquely_named(self.lower(plan.child))
        names = {column.id: column.name for column in child.columns}
        keys = [names[key.id] for key in plan.keys]
        if plan.within_watermark:
            return self.add("deduplicate", DeduplicateWithinWatermark(keys), [child], plan.output)
        return self.add("deduplicate", DeduplicateOperator(keys, bounded=self.bounded), [child], plan.output)

    def uniquely_named(self, child: _Lowered) -> _Lowered:
        """The same columns under names that differ: hashing finds columns by name."""
        names = [column.name for column in child.columns]
        if len(set(names)) == len(names):
            return child
        renamed = [
            Alias(
                child=column,
                name=name,
                id=column.id,
                data_type=column.data_type,
                nullable=column.nullable,
                metadata=column.metadata,
            )
            for name, column in zip(unique_names(names), child.columns, strict=True)
        ]
        return self.project(child, renamed)

    def sort(self, plan: nodes.Sort) -> _Lowered:
        child = self.lower(plan.child)
        orders = plan.orders
        if not self.bounded:
            orders = (*orders, *arrival_order(plan.child, child.columns, self.conf))
        keys = [replace(order, child=bind(order.child, child.columns)) for order in orders]
        return self.add("sort", SortOperator(keys, local=not plan.everywhere), [child], child.columns)

    def limit(self, plan: nodes.Limit) -> _Lowered:
        child = self.lower(plan.child)
        if self.bounded or self.mode == "complete":
            return self.add("limit", BatchLimit(plan.count, plan.skip), [child], child.columns)
        assert plan.count is not None
        return self.add("limit", LimitOperator(plan.count), [child], child.columns)

    def generate(self, plan: nodes.Generate) -> _Lowered:
        child = self.lower(plan.child)
        operator = GenerateOperator(
            plan.kind,
            bind(plan.argument, child.columns),
            [column.name for column in plan.columns],
            outer=plan.outer,
        )
        return self.add("generate", operator, [child], plan.output)

    def expand(self, plan: nodes.Expand) -> _Lowered:
        child = self.lower(plan.child)
        names = unique_names([column.name for column in (*child.columns, *plan.columns)])[len(child.columns) :]
        fields = [
            field.with_name(name) for field, name in zip(to_arrow_schema(_struct(plan.columns)), names, strict=True)
        ]
        variants = [[bind(value, child.columns) for value in variant] for variant in plan.variants]
        return self.add("expand", ExpandOperator(variants, fields), [child], plan.output)

    def sample(self, plan: nodes.Sample) -> _Lowered:
        child = self.lower(plan.child)
        operator = SampleOperator(plan.lower, plan.upper, plan.seed, replacement=plan.replacement)
        return self.add("sample", operator, [child], child.columns)

    def observe(self, plan: nodes.Observe) -> _Lowered:
        child = self.lower(plan.child)
        calls = _calls_of(plan.results)
        labels = unique_names(_labels(calls, plan.results))
        results = [
            Attribute(name=label, id=next_attribute_id(), data_type=call.data_type, nullable=call.nullable)
            for label, call in zip(labels, calls, strict=True)
        ]
        places = dict(zip(calls, results, strict=True))
        operator = ObserveOperator(
            plan.name,
            [(label, bind(call, child.columns)) for label, call in zip(labels, calls, strict=True)],
            [(_name(column), bind(_over_results(column, places), results)) for column in plan.results],
        )
        return self.add("observe", operator, [child], child.columns)

    def map_tables(self, plan: nodes.MapTables) -> _Lowered:
        child = self.lower(plan.child)
        schema = to_arrow_schema(_struct(plan.columns))
        return self.add("map", MapBatches(plan.function, schema), [child], plan.columns)

    def map_groups(self, plan: nodes.MapGroups) -> _Lowered:
        inputs = []
        names = unique_names([key.name for key in plan.keys[0]])
        for child, keys in zip(plan.inputs, plan.keys, strict=True):
            lowered = self.lower(child)
            # under names that no column of the rows has: they are hashed by name
            hidden = [f"key {name}" for name in names]
            columns = [
                replace(_named_as(key, name), id=next_attribute_id()) for key, name in zip(keys, hidden, strict=True)
            ]
            inputs.append(self.project(lowered, [*lowered.columns, *columns]))
        schema = to_arrow_schema(_struct(plan.columns))
        operator = MapGroups(hidden, plan.function, schema, inputs=len(inputs), name=plan.name)
        return self.add("groups", operator, inputs, plan.columns)

    def map_groups_with_state(self, plan: nodes.MapGroupsWithState) -> _Lowered:
        child = self.lower(plan.child)
        # under names that no column of the rows has: they are hashed by name
        hidden = [f"key {name}" for name in unique_names([key.name for key in plan.keys])]
        columns = [
            replace(_named_as(key, name), id=next_attribute_id()) for key, name in zip(plan.keys, hidden, strict=True)
        ]
        keyed = self.project(child, [*child.columns, *columns])
        schema = to_arrow_schema(_struct(plan.columns))
        operator = MapGroupsWithState(hidden, plan.function, schema, plan.state, plan.mode, plan.timeout)
        operator.output_modes = (
            Operator.output_modes
        )  # with aggregations its mode may be another than the query's (STF-49)
        return self.add("groups-with-state", operator, [keyed], plan.columns)

    def union(self, plan: nodes.Union) -> _Lowered:
        inputs = [self.lower(child) for child in plan.inputs]
        return self.add("union", UnionOperator(), inputs, plan.columns)

    def join(self, plan: nodes.Join) -> _Lowered:
        """A stream with a table, or two tables. The table of a stream is computed once, when its first row comes."""
        if plan.left.is_streaming and plan.right.is_streaming:
            return self.stream_join(plan)
        kind: JoinType = "inner" if plan.kind == "cross" else plan.kind
        apart = take_apart(plan)
        keys, null_safe = apart.pairs, apart.null_safe
        residual = all_of((*apart.left, *apart.right, *apart.rest))
        if self.bounded:
            left, right = self.lower(plan.left), self.lower(plan.right)
            columns = (*left.columns, *right.columns)
            pairs = [(bind(ours, left.columns), bind(theirs, right.columns)) for ours, theirs in keys]
            rest = None if residual is None else bind(residual, columns)
            return self.add("join", HashJoin(kind, pairs, null_safe, rest), [left, right], plan.output)
        static = plan.left if plan.right.is_streaming else plan.right
        stream = self.lower(plan.right if plan.right.is_streaming else plan.left)
        graph = lower_static(static)
        left_columns = static.output if static is plan.left else stream.columns
        right_columns = static.output if static is plan.right else stream.columns
        operator = HashJoin(
            kind,
            [(bind(ours, left_columns), bind(theirs, right_columns)) for ours, theirs in keys],
            null_safe,
            None if residual is None else bind(residual, (*left_columns, *right_columns)),
            table=lambda: run_batch(graph, self.conf),
            table_schema=to_arrow_schema(_struct(static.output)),
            table_is_left=static is plan.left,
        )
        return self.add("join", operator, [stream], plan.output)

    def stream_join(self, plan: nodes.Join) -> _Lowered:
        """Two streams, exchanged by hidden columns with the keys, under names that no column has: they are hashed by name."""
        ready = prepare(plan, self.conf)
        hidden = unique_names([f"key {sql_text(ours)}" for ours, _ in ready.pairs])
        inputs, columns, sides = [], [], []
        for place, (child, condition, bound) in enumerate(
            zip(ready.inputs, ready.conditions, ready.bounds, strict=True)
        ):
            lowered = self.lower(child)
            keys = [
                Alias(
                    child=pair[place],
                    name=name,
                    id=next_attribute_id(),
                    data_type=pair[place].data_type,
                    nullable=pair[place].nullable,
                )
                for name, pair in zip(hidden, ready.pairs, strict=True)
            ]
            inputs.append(self.project(lowered, [*lowered.columns, *keys]))
            columns.append(lowered.columns)
            expires_by = None
            if bound is not None and bound.key is not None:
                expires_by = len(lowered.columns) + bound.key
            elif bound is not None and bound.column is not None:
                expires_by = [column.id for column in lowered.columns].index(bound.column.id)
            sides.append(
                JoinSide(
                    None if condition is None else bind(condition, lowered.columns),
                    expires_by,
                    0 if bound is None else bound.lag_us,
                )
            )
        both = (*columns[0], *columns[1])
        operator = StreamJoin(
            ready.kind,
            hidden,
            ready.null_safe,
            None if ready.rest is None else bind(ready.rest, both),
            left=sides[0],
            right=sides[1],
            drop_keys=True,
        )
        return self.add("join", operator, inputs, plan.output)

    def set_operation(self, plan: nodes.SetOperation) -> _Lowered:
        """Rows compared whole and null-safe, as a join; with `distinct` every row comes once."""
        keys = list(zip(plan.left.output, plan.right.output, strict=True))
        if not plan.distinct:
            return self.lower(counted_rows(plan, self.conf))
        condition: Expression | None = None
        for ours, theirs in keys:
            equal: Expression = Call(name="<=>", args=(ours, theirs), data_type=BooleanType(), nullable=False)
            condition = (
                equal
                if condition is None
                else Call(name="and", args=(condition, equal), data_type=BooleanType(), nullable=False)
            )
        kind: nodes.JoinKind = "left_semi" if plan.kind == "intersect" else "left_anti"
        joined = nodes.Join(plan.left, plan.right, kind, condition)
        return self.deduplicate(nodes.Deduplicate(joined, joined.output, is_distinct=True))

    def same(self, plan: LogicalPlan) -> _Lowered:
        """A node that changes nothing about the rows."""
        (child,) = plan.children
        return replace(self.lower(child), columns=plan.output)

    def correlated(self, plan: nodes.Correlated) -> _Lowered:
        """Only an outer frame gives the condition a meaning. Raises: AnalysisException UNRESOLVED_COLUMN.*."""
        resolve(plan.condition, plan.child.output, self.conf)
        raise AssertionError("a condition on outer columns was lowered by itself")

    def lateral_call(self, plan: LateralCall | LateralGenerate) -> _Lowered:
        raise _missing("A table function on columns of another frame", "Give it to DataFrame.lateralJoin.")

    def refuse(self, plan: LogicalPlan) -> _Lowered:
        raise _missing(f"`{plan.describe().split()[0]}`", "Compute it before the query, or in foreachBatch.")


_STEPS: dict[type[LogicalPlan], Callable[[_Lowering, Any], _Lowered]] = {
    nodes.Relation: _Lowering.relation,
    nodes.Project: _Lowering.select,
    nodes.Prune: _Lowering.select,
    nodes.Filter: _Lowering.filter,
    nodes.Aggregate: _Lowering.aggregate,
    nodes.EventTimeWatermark: _Lowering.watermark,
    nodes.AssignWindow: _Lowering.window,
    nodes.WindowFunctions: _Lowering.window_functions,
    nodes.SingleRow: _Lowering.single_row,
    nodes.Deduplicate: _Lowering.deduplicate,
    nodes.Sort: _Lowering.sort,
    nodes.Limit: _Lowering.limit,
    nodes.Correlated: _Lowering.correlated,
    nodes.Generate: _Lowering.generate,
    nodes.Observe: _Lowering.observe,
    nodes.MapTables: _Lowering.map_tables,
    nodes.MapGroups: _Lowering.map_groups,
    nodes.MapGroupsWithState: _Lowering.map_groups_with_state,
    nodes.Repartition: _Lowering.same,
    nodes.SubqueryAlias: _Lowering.same,
    nodes.Union: _Lowering.union,
    nodes.Sample: _Lowering.sample,
    nodes.Expand: _Lowering.expand,
    LateralCall: _Lowering.lateral_call,
    LateralGenerate: _Lowering.lateral_call,
    nodes.Join: _Lowering.join,
    nodes.SetOperation: _Lowering.set_operation,
}


def _missing(feature: str, remedy: str) -> PySparkNotImplementedError:
    return PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED", messageParameters={"feature": feature, "remedy": remedy}
    )


def _name(column: Named) -> str:
    return column.name


def _named_as(column: Named, name: str) -> Alias:
    """A result column under another name."""
    child = column.child if isinstance(column, Alias) else column
    return Alias(child=child, name=name, data_type=column.data_type, nullable=column.nullable)


def _with_names(columns: Sequence[Named]) -> list[tuple[str, Named]]:
    return list(zip(unique_names([column.name for column in columns]), columns, strict=True))


def _calls_of(results: Sequence[Named]) -> list[AggregateCall]:
    """The aggregate calls of a result list, each once, in order."""
    found: dict[AggregateCall, None] = {}
    for column in results:
        for node in column.walk():
            if isinstance(node, AggregateCall):
                found.setdefault(node)
    return list(found)


def _labels(calls: Sequence[AggregateCall], results: Sequence[Named]) -> list[str]:
    """Column names for the calls: that of the result which is this call and no more, else the SQL text."""
    names = {column.child: column.name for column in reversed(results) if isinstance(column, Alias)}
    return [names.get(call, sql_text(call)) for call in calls]


def _over_results(column: Named, places: dict[AggregateCall, Attribute]) -> Named:
    def change(node: Expression) -> Expression:
        if isinstance(node, AggregateCall):
            return places[node]
        return node.map_children(change)

    changed = change(column)
    assert isinstance(changed, (Alias, Attribute))
    return changed


def _plain_reference(column: Named) -> int:
    """Id of the column that a result passes on unchanged; -1 if it computes something."""
    core: Expression = column.child if isinstance(column, Alias) else column
    return core.id if isinstance(core, Attribute) else -1


def _free_name(name: str, columns: Sequence[Attribute]) -> str:
    return unique_names([*(column.name for column in columns), name])[-1]


def _struct(columns: Sequence[Attribute]) -> StructType:
    fields = []
    for column in columns:
        assert column.data_type is not None
        fields.append(StructField(column.name, column.data_type, column.nullable))
    return StructType(fields)
