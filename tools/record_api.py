"""Records the public classes of PySpark that scripts meet: members and parameters. Run it with a Python that has PySpark; no JVM starts.

Output: ``pyspark_api.json`` beside this file: ``{module: {class: {member: [parameters] or null for a property}}}``, without what is
inherited from outside PySpark, and without private names.
"""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent / "pyspark_api.json"

#: module -> classes; what is about RDDs, ML, Connect or the JVM is left out
CLASSES = {
    "sql": [
        "SparkSession",
        "DataFrame",
        "Column",
        "GroupedData",
        "DataFrameNaFunctions",
        "DataFrameStatFunctions",
        "DataFrameReader",
        "DataFrameWriter",
        "DataFrameWriterV2",
        "Row",
        "Window",
        "WindowSpec",
        "Catalog",
        "Observation",
        "UDFRegistration",
        "UDTFRegistration",
    ],
    "sql.conf": ["RuntimeConfig"],
    "sql.types": ["StructType", "StructField", "ArrayType", "MapType", "DecimalType", "DataType"],
    "sql.streaming": [
        "DataStreamReader",
        "DataStreamWriter",
        "StreamingQuery",
        "StreamingQueryListener",
        "StreamingQueryManager",
        "StatefulProcessor",
        "StatefulProcessorHandle",
    ],
    "sql.streaming.state": ["GroupState", "GroupStateTimeout"],
    "sql.datasource": [
        "DataSource",
        "DataSourceReader",
        "DataSourceStreamReader",
        "SimpleDataSourceStreamReader",
        "DataSourceWriter",
        "DataSourceArrowWriter",
        "DataSourceStreamWriter",
        "DataSourceStreamArrowWriter",
        "DataSourceRegistration",
        "InputPartition",
        "WriterCommitMessage",
    ],
}


def members(kind: type[Any]) -> dict[str, list[str] | None]:
    """Public methods with their parameters, and properties, of a class and its bases in PySpark."""
    found: dict[str, list[str] | None] = {}
    for name in sorted(dir(kind)):
        if name.startswith("_"):
            continue
        owner = next((base for base in kind.__mro__ if name in vars(base)), None)
        if owner is None or not owner.__module__.startswith("pyspark"):
            continue
        item = inspect.getattr_static(kind, name)
        function = item.__func__ if isinstance(item, (classmethod, staticmethod)) else item
        if not inspect.isfunction(function):
            found[name] = None
            continue
        parameters = list(inspect.signature(function).parameters)
        found[name] = parameters if isinstance(item, staticmethod) else parameters[1:]
    return found


def main() -> None:
    """Write the file."""
    recorded = {
        module: {name: members(getattr(importlib.import_module(f"pyspark.{module}"), name)) for name in names}
        for module, names in CLASSES.items()
    }
    TARGET.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
