"""Runs the cases of a group on an engine: PySpark and actorstream have the same calls, so there is one runner."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

from tests.oracle.suite import Case, Group, error_result, frame_result, values_result

Collect = Callable[[Any], Sequence[Any]]
"""Gives the rows of a frame."""


class Runner:
    """Evaluates groups on frames that `source` makes.

    Args:
        spark: the session.
        functions: the module ``pyspark.sql.functions`` of the engine.
        errors: its module ``pyspark.errors``.
        source: a frame of a schema (DDL) and rows; called again for each run.
        collect: the rows of a frame.
    """

    def __init__(
        self, spark: Any, functions: ModuleType, errors: ModuleType, source: Callable[..., Any], collect: Collect
    ) -> None:
        self._spark = spark
        self._functions = functions
        self._errors = errors
        self._source = source
        self._collect = collect

    def results(self, group: Group, cases: Sequence[Case], lone: Callable[[Case], bool]) -> dict[str, dict[str, Any]]:
        """The results of some cases of the group by name.

        Those that are not `lone` run together as columns of one frame; when that fails, one by one.
        """
        with self._settings(group.settings):
            together = [] if group.shape == "frame" else [case for case in cases if not lone(case)]
            found = self._together(group, together) if together else {}
            for case in cases:
                if case.name not in found:
                    found[case.name] = self._alone(group, case)
        return found

    @contextlib.contextmanager
    def _settings(self, settings: Mapping[str, str]) -> Iterator[None]:
        before = {key: self._spark.conf.get(key, None) for key in settings}
        for key, value in settings.items():
            self._spark.conf.set(key, value)
        try:
            yield
        finally:
            for key, old in before.items():
                if old is None:
                    self._spark.conf.unset(key)
                else:
                    self._spark.conf.set(key, old)

    def _together(self, group: Group, cases: Sequence[Case]) -> dict[str, dict[str, Any]]:
        columns: list[Any] = []
        fields: list[Any] = []
        frame = self._frame(group)
        try:
            for case in cases:
                column = case.build(self._functions)
                fields.append(self._applied(group, frame, [column]).schema[-1])
                columns.append(column.alias(f"c{len(columns)}"))
            rows = self._collect(self._applied(group, frame, columns))
        except Exception:  # noqa: BLE001 - the cases run one by one then, and the culprit shows its error
            return {}
        rows = self._ordered(group, rows)
        keys = len(group.keys)
        return {
            case.name: values_result(field.name, field.dataType.simpleString(), [row[keys + index] for row in rows])
            for index, (case, field) in enumerate(zip(cases, fields, strict=True))
        }

    def _alone(self, group: Group, case: Case) -> dict[str, Any]:
        try:
            if group.shape == "frame":
                made = case.build(self._frame(group), self._functions)
                described = [f"{field.name}: {field.dataType.simpleString()}" for field in made.schema]
                return frame_result(described, self._collect(made))
            made = self._applied(group, self._frame(group), [case.build(self._functions)])
            field = made.schema[-1]
            rows = self._ordered(group, self._collect(made))
            return values_result(field.name, field.dataType.simpleString(), [row[-1] for row in rows])
        except Exception as error:  # noqa: BLE001 - the error is the result
            return error_result(error, self._errors)

    def _frame(self, group: Group) -> Any:
        return self._source(group.table.schema, group.table.rows)

    @staticmethod
    def _applied(group: Group, frame: Any, columns: Sequence[Any]) -> Any:
        if group.shape == "select":
            return frame.select(*columns)
        return frame.groupBy(*group.keys).agg(*columns)

    @staticmethod
    def _ordered(group: Group, rows: Sequence[Any]) -> Sequence[Any]:
        keys = len(group.keys)
        return sorted(rows, key=lambda row: repr(tuple(row)[:keys])) if keys else rows
