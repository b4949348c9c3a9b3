"""`df.writeTo`: a static frame into a table of the warehouse. Source: `pyspark.sql.readwriter.DataFrameWriterV2`.

PySpark's session catalog refuses all of it but `create`; here every operation that the tables can do works.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from actorstream.errors import AnalysisException, PySparkNotImplementedError, UnsupportedOperationException
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import UnresolvedAttribute
from actorstream.sql.column import Column, column_named, named_expression
from actorstream.sql.relations import find_table, not_found
from actorstream.sql.tables import table_name

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame
    from actorstream.sql.tables import TableDescription

ColumnOrName = Column | str

__all__ = ["DataFrameWriterV2"]


class DataFrameWriterV2:
    """What is to be written, then one of the verbs at the end."""

    def __init__(self, df: DataFrame, table: str) -> None:
        self._frame = df
        self._table = table
        self._name = table_name(table, df.sparkSession._warehouse.current)
        self._writer = df.write
        self._partition_by: list[str] = []
        self._cluster_by: list[str] = []
        self._properties: dict[str, str] = {}

    def using(self, provider: str) -> DataFrameWriterV2:
        """The format of a new table."""
        self._writer.format(provider)
        return self

    def option(self, key: str, value: Any) -> DataFrameWriterV2:
        """An option of the format."""
        self._writer.option(key, value)
        return self

    def options(self, **options: Any) -> DataFrameWriterV2:
        """Options of the format."""
        self._writer.options(**options)
        return self

    def tableProperty(self, property: str, value: str) -> DataFrameWriterV2:
        """A property of a new table."""
        self._properties[property] = value
        return self

    def partitionedBy(self, col: ColumnOrName, *cols: ColumnOrName) -> DataFrameWriterV2:
        """The columns whose values are directories of a new table.

        Raises: UnsupportedOperationException UNSUPPORTED_PARTITION_TRANSFORM for more than columns.
        """
        for item in (col, *cols):
            expression = named_expression(item)
            name = (
                expression.parts[0] if isinstance(expression, UnresolvedAttribute) else getattr(expression, "name", "")
            )
            if not isinstance(item, str) and expression.children:
                raise UnsupportedOperationException(
                    errorClass="UNSUPPORTED_PARTITION_TRANSFORM",
                    messageParameters={"transform": f"`{sql_text(expression)}`"},
                )
            self._partition_by.append(name)
        return self

    def clusterBy(self, col: str, *cols: str) -> DataFrameWriterV2:
        """The columns that a new table would be clustered by: told by the catalog, without effect on its files."""
        self._cluster_by = [col, *cols]
        return self

    def create(self) -> None:
        """Make the table. Raises: AnalysisException TABLE_OR_VIEW_ALREADY_EXISTS, COLUMN_NOT_DEFINED_IN_TABLE."""
        self._save("error")

    def replace(self) -> None:
        """Make the table anew; it must be there. Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND."""
        self._existing()
        self._save("overwrite")

    def createOrReplace(self) -> None:
        """Make the table, anew if it is there."""
        self._save("overwrite")

    def append(self) -> None:
        """Add rows to the table, columns by name. Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND."""
        self._writer.format(self._existing().provider).mode("append").saveAsTable(self._table)

    def overwrite(self, condition: ColumnOrName) -> None:
        """Not here. Raises: PySparkNotImplementedError NOT_IMPLEMENTED."""
        _refuse("overwrite with a condition", "Write the rows that stay and the new ones with createOrReplace.")

    def overwritePartitions(self) -> None:
        """Put these rows in the place of those partitions that they fall into; of all rows of a table without partitions.

        Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND.
        """
        table = self._existing()
        by_name = self._frame.select(*(column_named(name) for name in table.schema.names))
        by_name.write._insert(table, overwrite=True, only_written=True)

    def _existing(self) -> TableDescription:
        table = find_table(self._frame.sparkSession, self._table)
        if table is None:
            raise not_found(self._frame.sparkSession, self._table)
        return table

    def _save(self, mode: str) -> None:
        known = {name.lower() for name in self._frame.columns}
        for name in self._partition_by:
            if name.lower() not in known:
                raise AnalysisException(
                    errorClass="COLUMN_NOT_DEFINED_IN_TABLE",
                    messageParameters={
                        "colType": "partition",
                        "colName": f"`{name}`",
                        "tableName": self._name.quoted,
                        "tableCols": ", ".join(f"`{column}`" for column in self._frame.columns),
                    },
                )
        writer = self._writer.mode(mode).partitionBy(*self._partition_by)
        writer._described(self._name, properties=self._properties, cluster_by=self._cluster_by)


def _refuse(feature: str, remedy: str) -> NoReturn:
    raise PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED", messageParameters={"feature": f"writeTo: {feature}", "remedy": remedy}
    )
