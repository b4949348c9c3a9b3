"""The temporary views of a session: names for plans.

Used by the session, the catalog and the writer of memory queries; guarded by a lock, since `foreachBatch` code may use it.
"""

from __future__ import annotations

import re
import threading

from actorstream.errors import AnalysisException, TempTableAlreadyExistsException
from actorstream.plan.nodes import LogicalPlan, SubqueryAlias
from actorstream.plan.relational import fresh

_LEGAL = re.compile(r"\w+\Z", re.ASCII)


def check_view_name(name: str) -> str:
    """The name, without backquotes. Raises: AnalysisException TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS, _LEGACY_ERROR_TEMP_1321 (MEM-77)."""
    bare = name[1:-1] if len(name) > 2 and name[0] == name[-1] == "`" else name
    if bare == name and "." in name and all(_LEGAL.match(part) for part in name.split(".")):
        raise AnalysisException(errorClass="TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS", messageParameters={"actualName": name})
    if bare == name and not _LEGAL.match(name):
        raise AnalysisException(errorClass="_LEGACY_ERROR_TEMP_1321", messageParameters={"viewName": name})
    return bare


class Views:
    """Names are case-insensitive; each stands for one plan."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plans: dict[str, tuple[str, LogicalPlan]] = {}

    def put(self, name: str, plan: LogicalPlan, *, replace: bool = True) -> None:
        """Name a plan. Raises: TempTableAlreadyExistsException TEMP_TABLE_OR_VIEW_ALREADY_EXISTS."""
        name = check_view_name(name)
        with self._lock:
            if not replace and name.lower() in self._plans:
                raise TempTableAlreadyExistsException(
                    errorClass="TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", messageParameters={"relationName": f"`{name}`"}
                )
            self._plans[name.lower()] = (name, plan)

    def find(self, name: str) -> LogicalPlan | None:
        """The plan of a name, under new column ids; None if there is no such view."""
        bare = name[1:-1] if len(name) > 2 and name[0] == name[-1] == "`" else name
        with self._lock:
            entry = self._plans.get(bare.lower())
        return None if entry is None else SubqueryAlias(fresh(entry[1]), entry[0])

    def drop(self, name: str) -> bool:
        """Forget a view. Returns: whether there was one."""
        with self._lock:
            return self._plans.pop(name.strip("`").lower(), None) is not None

    def copy(self) -> Views:
        """The same names in a collection of its own."""
        copied = Views()
        with self._lock:
            copied._plans = dict(self._plans)
        return copied

    def names(self) -> list[str]:
        """All names, sorted."""
        with self._lock:
            return sorted(name for name, _ in self._plans.values())
