"""Window functions over static frames."""

from __future__ import annotations

from tests.oracle.suite import frames
from tests.oracle.tables import SALES

_OVER = "over (partition by g order by l, i)"


def _texts(*texts: str) -> list[str]:
    return list(texts)


GROUPS = [
    frames(
        "SQL",
        SALES,
        *_texts(
            f"row_number() {_OVER}",
            f"rank() {_OVER}",
            f"dense_rank() {_OVER}",
            f"percent_rank() {_OVER}",
            f"cume_dist() {_OVER}",
            f"ntile(2) {_OVER}",
            f"lag(i) {_OVER}",
            f"lag(i, 2, -1) {_OVER}",
            f"lead(i) {_OVER}",
            f"lead(s, 1, 'none') {_OVER}",
            f"sum(i) {_OVER}",
            f"avg(d) {_OVER}",
            f"count(*) {_OVER}",
            f"min(i) {_OVER}",
            f"max(s) {_OVER}",
            f"first_value(i) {_OVER}",
            f"last_value(i) {_OVER}",
            f"nth_value(i, 2) {_OVER}",
            f"first(i, true) {_OVER}",
            f"collect_list(i) {_OVER}",
            "sum(i) over (partition by g)",
            "count(*) over ()",
            "sum(i) over (order by l rows between 1 preceding and current row)",
            "sum(i) over (partition by g order by l rows between unbounded preceding and unbounded following)",
            "avg(i) over (partition by g order by l rows between 1 preceding and 1 following)",
            "sum(l) over (order by i range between 1 preceding and 1 following)",
            "max(i) over (partition by b)",
            "rank() over (order by d desc)",
            "rank() over (order by i desc nulls last)",
            "row_number() over (partition by g order by t desc)",
            "i - lag(i) over (partition by g order by l)",
            "sum(i) over (partition by g) / count(*) over (partition by g)",
            "sum(i) over (order by s nulls first) as running",
            "rank() over (partition by g)",
            "row_number()",
            "lag(i)",
            "sum(i) over (order by nope)",
            "upper(s) over ()",
            "lag(i, 1.5) over (order by l)",
            "ntile(0) over (order by l)",
            "sum(i) over (order by s range between 1 preceding and current row)",
            "row_number() over (order by l rows between 1 preceding and current row)",
        ),
        modes=("static",),
    ),
    frames(
        "errors of streams",
        SALES,
        ("window function in where", lambda df, F: df.where("row_number() over (order by i) = 1")),
        ("over a lambda", lambda df, F: df.select(F.row_number())),
        modes=("static",),
    ),
]
