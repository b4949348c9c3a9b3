"""The formats of files by their names; one is imported when it is asked for."""

from __future__ import annotations

from actorstream.common.config import Conf
from actorstream.connectors.files.formats import FileFormat
from actorstream.dataflow.requests import Options


def file_format(name: str, options: Options, conf: Conf) -> FileFormat:
    """The format of a short name."""
    if name == "binaryfile":
        from actorstream.connectors.files.binary import BinaryFormat

        return BinaryFormat(options, conf)
    if name == "parquet":
        from actorstream.connectors.files.columnar import ParquetFormat

        return ParquetFormat(options, conf)
    if name == "orc":
        from actorstream.connectors.files.columnar import OrcFormat

        return OrcFormat(options, conf)
    if name == "csv":
        from actorstream.connectors.files.csv import CsvFormat

        return CsvFormat(options, conf)
    if name == "json":
        from actorstream.connectors.files.json import JsonFormat

        return JsonFormat(options, conf)
    if name == "xml":
        from actorstream.connectors.files.xml import XmlFormat

        return XmlFormat(options, conf)
    from actorstream.connectors.files.text import TextFormat

    return TextFormat(options, conf)
