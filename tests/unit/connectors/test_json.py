"""JSON and text files as rows: every expected value is what PySpark 4.3 reads from, or writes to, the same text."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from actorstream.common.config import Conf
from actorstream.connectors.files.format_registry import file_format
from actorstream.connectors.files.formats import FileFormat
from actorstream.connectors.files.layout import DataFile
from actorstream.dataflow.requests import Options
from actorstream.errors import PySparkException
from actorstream.expr.rows import table_to_rows
from actorstream.expr.types import Row, StructType, parse_schema

NAN, INF = math.nan, math.inf
Rows = list[tuple[Any, ...]]

# name, text, columns, format, options, rows
READ: list[tuple[str, str | bytes, str, str, dict[str, Any], Rows]] = [
    (
        "bad perm",
        '{"a":1,"b":"x"}\n{"a":"q","b":"y"}\n{bad\n[1]\n{"a":2}\n\n5\n"s"\nnull\n',
        "a INT, b STRING",
        "json",
        {},
        [(1, "x"), (None, "y"), (None, None), (None, None), (2, None), (None, None), (None, None), (None, None)],
    ),
    (
        "bad corrupt",
        '{"a":1,"b":"x"}\n{"a":"q","b":"y"}\n{bad\n[1]\n{"a":2}\n',
        "a INT, b STRING, _corrupt_record STRING",
        "json",
        {},
        [(1, "x", None), (None, "y", '{"a":"q","b":"y"}'), (None, None, "{bad"), (None, None, "[1]"), (2, None, None)],
    ),
    (
        "drop",
        '{"a":1,"b":"x"}\n{"a":"q","b":"y"}\n{bad\n',
        "a INT, b STRING",
        "json",
        {"mode": "DROPMALFORMED"},
        [(1, "x")],
    ),
    (
        "arr line",
        '[{"a":1},{"a":2,"b":"z"}]\n{"a":3}\n',
        "a INT, b STRING",
        "json",
        {},
        [(1, None), (2, "z"), (3, None)],
    ),
    ("multi", '[{"a":1},\n{"a":2,"b":"z"}]\n', "a INT, b STRING", "json", {"multiLine": True}, [(1, None), (2, "z")]),
    ("multi obj", '{"a":1,\n"b":"z"}\n', "a INT, b STRING", "json", {"multiLine": True}, [(1, "z")]),
    ("multi two", '{"a":1}\n{"a":2}\n', "a INT, b STRING", "json", {"multiLine": True}, [(1, None)]),
    (
        "multi bad",
        '{"a":1,\n',
        "a INT, b STRING, _corrupt_record STRING",
        "json",
        {"multiLine": True},
        [(None, None, '{"a":1,\n')],
    ),
    (
        "nums",
        '{"a":1.0,"b":1,"c":"1","d":1}\n{"a":1.5,"b":99999999999,"c":1,"d":1.5}\n{"a":1e2,"b":1,"c":true,"d":"NaN"}\n',
        "a INT, b INT, c INT, d DOUBLE",
        "json",
        {},
        [(None, 1, None, 1.0), (None, None, 1, 1.5), (None, 1, None, NAN)],
    ),
    (
        "dbl",
        '{"a":NaN,"b":"NaN","c":"Infinity"}\n{"a":-INF,"b":Infinity,"c":"-Infinity"}\n',
        "a DOUBLE, b DOUBLE, c FLOAT",
        "json",
        {},
        [(NAN, NAN, INF), (-INF, INF, -INF)],
    ),
    (
        "nonnum off",
        '{"a":NaN,"b":"NaN"}\n',
        "a DOUBLE, b DOUBLE",
        "json",
        {"allowNonNumericNumbers": False},
        [(None, None)],
    ),
    ("bool", '{"a":true}\n{"a":"true"}\n{"a":1}\n', "a BOOLEAN", "json", {}, [(True,), (None,), (None,)]),
    (
        "dec",
        '{"a":1.005,"b":"2.5"}\n{"a":12345.678,"b":3}\n',
        "a DECIMAL(5,2), b DECIMAL(5,1)",
        "json",
        {},
        [(Decimal("1.01"), Decimal("2.5")), (None, Decimal("3.0"))],
    ),
    (
        "date",
        '{"d":"2024-01-02","t":"2024-01-02T03:04:05Z","n":"2024-01-02T03:04:05"}\n{"d":"2024-1-2","t":"2024-01-02 03:04:05.5","n":"2024-01-02 03:04:05"}\n{"d":5,"t":5,"n":5}\n{"d":"x","t":"2024-01-02T03:04:05+02:00","n":"2024-01-02T03:04:05Z"}\n',
        "d DATE, t TIMESTAMP, n TIMESTAMP_NTZ",
        "json",
        {},
        [
            (date(2024, 1, 2), datetime(2024, 1, 2, 3, 4, 5), datetime(2024, 1, 2, 3, 4, 5)),
            (date(2024, 1, 2), datetime(2024, 1, 2, 3, 4, 5, 500000), datetime(2024, 1, 2, 3, 4, 5)),
            (None, datetime(1970, 1, 1, 0, 0, 5), None),
            (None, datetime(2024, 1, 2, 1, 4, 5), None),
        ],
    ),
    (
        "date fmt",
        '{"d":"01/02/2024","t":"01/02/2024 03:04"}\n',
        "d DATE, t TIMESTAMP",
        "json",
        {"dateFormat": "MM/dd/yyyy", "timestampFormat": "MM/dd/yyyy HH:mm"},
        [(date(2024, 1, 2), datetime(2024, 1, 2, 3, 4))],
    ),
    ("bin", '{"a":"YWJj"}\n{"a":"@@"}\n', "a BINARY", "json", {}, [(b"abc",), (None,)]),
    (
        "nested",
        '{"s":{"x":1,"y":"q"},"l":[1,2],"m":{"k":1}}\n{"s":{"x":"bad","y":"q"},"l":[1,"z"],"m":{"k":"bad"}}\n{"s":5,"l":5,"m":5}\n{"s":null,"l":null,"m":null}\n',
        "s STRUCT<x: INT, y: STRING>, l ARRAY<INT>, m MAP<STRING,INT>",
        "json",
        {},
        [(Row(x=1, y="q"), [1, 2], {"k": 1}), (Row(x=None, y="q"), None, None), (None, None, None), (None, None, None)],
    ),
    (
        "nested2",
        '{"s":{"x":{"z":1}},"l":[{"q":1},{"q":"b"}]}\n',
        "s STRUCT<x: STRUCT<z: INT>>, l ARRAY<STRUCT<q: INT>>",
        "json",
        {},
        [(Row(x=Row(z=1)), [Row(q=1), Row(q=None)])],
    ),
    ("case", '{"A":1,"B":"x"}\n', "a INT, b STRING", "json", {}, [(None, None)]),
    ("dup", '{"a":1,"a":2}\n', "a INT, b STRING", "json", {}, [(2, None)]),
    ("comments", '{"a":1/*x*/,"b":"q"}\n', "a INT, b STRING", "json", {"allowComments": True}, [(1, "q")]),
    ("single q", "{'a':1,'b':'q'}\n", "a INT, b STRING", "json", {}, [(1, "q")]),
    ("single q off", "{'a':1,'b':'q'}\n", "a INT, b STRING", "json", {"allowSingleQuotes": False}, [(None, None)]),
    ("unquoted", "{a:1}\n", "a INT, b STRING", "json", {"allowUnquotedFieldNames": True}, [(1, None)]),
    ("leading0", '{"a":01}\n', "a INT, b STRING", "json", {"allowNumericLeadingZeros": True}, [(1, None)]),
    ("leading0 off", '{"a":01}\n', "a INT, b STRING", "json", {}, [(None, None)]),
    ("bom", b'\xef\xbb\xbf{"a":1}\n', "a INT, b STRING", "json", {}, [(1, None)]),
    (
        "utf16",
        b'\xff\xfe{\x00"\x00a\x00"\x00:\x001\x00,\x00"\x00b\x00"\x00:\x00"\x00\xe9\x00"\x00}\x00\n\x00',
        "a INT, b STRING",
        "json",
        {"encoding": "UTF-16", "multiLine": True},
        [(1, "é")],
    ),
    ("lineSep", '{"a":1}|{"a":2}', "a INT, b STRING", "json", {"lineSep": "|"}, [(1, None), (2, None)]),
    ("crlf", '{"a":1}\r\n{"a":2}\r\n', "a INT, b STRING", "json", {}, [(1, None), (2, None)]),
    ("trail", '{"a":1} x\n{"a":2},\n', "a INT, b STRING", "json", {}, [(1, None), (2, None)]),
    ("esc", '{"b":"a\\u00e9\\n\\t\\"q\\/"}\n', "a INT, b STRING", "json", {}, [(None, 'aé\n\t"q/')]),
    ("text", "a\nb\r\nc\rd\n\ne", "value STRING", "text", {}, [("a",), ("b",), ("c",), ("d",), ("",), ("e",)]),
    ("text ls", "a|b|", "value STRING", "text", {"lineSep": "|"}, [("a",), ("b",)]),
    ("text whole", "a\nb\n", "value STRING", "text", {"wholetext": True}, [("a\nb\n",)]),
    ("text name", "a\nb\n", "x STRING", "text", {}, [("a",), ("b",)]),
    ("text bad", b"a\xff\n", "value STRING", "text", {}, [("a�",)]),
    ("text empty", "", "value STRING", "text", {}, []),
    ("json multi empty", "", "a INT, b STRING", "json", {"multiLine": True}, []),
]

# name, text, options, columns, rows
INFERRED: list[tuple[str, str, dict[str, Any], str, Rows]] = [
    (
        "inf",
        '{"a":1,"b":"x","c":1.5,"d":true,"e":null,"f":"2024-01-02","g":[1,2.5],"h":{"x":1},"i":99999999999999999999,"j":[]}\n',
        {},
        "struct<a:bigint,b:string,c:double,d:boolean,e:string,f:string,g:array<double>,h:struct<x:bigint>,i:decimal(20,0),j:array<string>>",
        [(1, "x", 1.5, True, None, "2024-01-02", [1.0, 2.5], Row(x=1), Decimal("99999999999999999999"), [])],
    ),
    (
        "inf merge",
        '{"a":1}\n{"a":2.5,"b":1}\n{"a":"x"}\n',
        {},
        "struct<a:string,b:bigint>",
        [("1", None), ("2.5", 1), ("x", None)],
    ),
    (
        "inf merge2",
        '{"a":1,"b":{"x":1}}\n{"a":2.5,"b":{"y":"q"}}\n{"c":[1]}\n{"c":["x"]}\n{"a":null}\n',
        {},
        "struct<a:double,b:struct<x:bigint,y:string>,c:array<string>>",
        [
            (1.0, Row(x=1, y=None), None),
            (2.5, Row(x=None, y="q"), None),
            (None, None, ["1"]),
            (None, None, ["x"]),
            (None, None, None),
        ],
    ),
    ("inf bad", '{"a":1}\n{bad\n', {}, "struct<_corrupt_record:string,a:bigint>", [(None, 1), ("{bad", None)]),
    ("inf bad drop", '{"a":1}\n{bad\n', {"mode": "DROPMALFORMED"}, "struct<a:bigint>", [(1,)]),
    ("inf ts", '{"a":"2024-01-02T03:04:05Z"}\n', {}, "struct<a:string>", [("2024-01-02T03:04:05Z",)]),
    (
        "inf multi",
        '[{"a":1},\n{"b":"z"}]\n',
        {"multiLine": True},
        "struct<a:bigint,b:string>",
        [(1, None), (None, "z")],
    ),
    ("inf bool/int", '{"a":true}\n{"a":1}\n', {}, "struct<a:string>", [("true",), ("1",)]),
    ("inf obj/int", '{"a":{"x":1}}\n{"a":1}\n', {}, "struct<a:string>", [('{"x":1}',), ("1",)]),
    ("inf empty", "", {}, "struct<>", []),
    ("inf dec", '{"a":1.5}\n', {"prefersDecimal": True}, "struct<a:decimal(2,1)>", [(Decimal("1.5"),)]),
    ("inf dropnull", '{"a":null,"b":1}\n', {"dropFieldIfAllNull": True}, "struct<b:bigint>", [(1,)]),
]


def form_of(name: str, options: dict[str, Any]) -> FileFormat:
    given = Options()
    for key, value in options.items():
        given = given.with_option(key, value)
    return file_format(name, given, Conf({"spark.sql.session.timeZone": "UTC"}))


def read(folder: Path, text: str | bytes, schema: StructType, name: str, options: dict[str, Any]) -> Rows:
    path = folder / "x"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    form = form_of(name, options)
    form.check_readable(schema)
    return [tuple(row) for table in form.read(str(path), schema) for row in table_to_rows(table)]


@pytest.mark.rule("IO-47")
@pytest.mark.parametrize(
    ("text", "columns", "name", "options", "rows"), [case[1:] for case in READ], ids=[case[0] for case in READ]
)
def test_text_is_read_as_the_reference_reads_it(
    tmp_path: Path, text: str | bytes, columns: str, name: str, options: dict[str, Any], rows: Rows
) -> None:
    # by its text, so that NaN equals NaN
    assert repr(read(tmp_path, text, parse_schema(columns), name, options)) == repr(rows)


@pytest.mark.parametrize(
    ("text", "options", "columns", "rows"), [case[1:] for case in INFERRED], ids=[case[0] for case in INFERRED]
)
def test_columns_are_told_by_the_text(
    tmp_path: Path, text: str, options: dict[str, Any], columns: str, rows: Rows
) -> None:
    (tmp_path / "x").write_text(text)
    schema = form_of("json", options).infer([DataFile(str(tmp_path / "x"), 0, 0)])
    assert schema.simpleString() == columns
    assert repr(read(tmp_path, text, schema, "json", options)) == repr(rows)


@pytest.mark.parametrize(
    ("name", "options", "columns", "condition"),
    [
        ("json", {"lineSep": ""}, "a INT", "INVALID_LINE_SEPARATOR.EMPTY"),
        ("json", {"encoding": "nosuch"}, "a INT", None),
        ("json", {"compression": "zz"}, "a INT", "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION"),
        ("json", {}, "_corrupt_record STRING", "UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN"),
        ("json", {}, "a INT, _corrupt_record INT", "INVALID_CORRUPT_RECORD_TYPE"),
        ("text", {}, "a STRING, b STRING", "_LEGACY_ERROR_TEMP_1290"),
        ("text", {}, "a INT", "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE"),
        ("text", {"lineSep": ""}, "a STRING", "INVALID_LINE_SEPARATOR.EMPTY"),
        ("parquet", {"compression": "bzip2"}, "a INT", "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION"),
        ("orc", {"compression": "gzip"}, "a INT", "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION"),
    ],
)
def test_an_impossible_option_or_column_is_refused_before_reading(
    name: str, options: dict[str, Any], columns: str, condition: str | None
) -> None:
    with pytest.raises(PySparkException) as caught:
        form_of(name, options).check_readable(parse_schema(columns))
    assert caught.value.getCondition() == condition


@pytest.mark.parametrize("text", ['{"a":1}\n{"a":"q"}\n', "{bad\n"])
def test_failfast_names_the_file_and_the_record(tmp_path: Path, text: str) -> None:
    with pytest.raises(PySparkException) as caught:
        read(tmp_path, text, parse_schema("a INT"), "json", {"mode": "FAILFAST"})
    assert caught.value.getCondition() == "FAILED_READ_FILE.NO_HINT"
    assert caught.value.getMessageParameters() == {"path": f"file://{tmp_path}/x"}
    assert "MALFORMED_RECORD_IN_PARSING" in caught.value.__notes__[0]


TABLE = pa.table(
    {
        "i": pa.array([1, None], pa.int32()),
        "dt": pa.array([date(2024, 1, 2), None]),
        "ts": pa.array([datetime(2024, 1, 2, 3, 4, 5, 123456), None], pa.timestamp("us", "UTC")),
    }
)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, '{"i":1,"dt":"2024-01-02","ts":"2024-01-02T03:04:05.123Z"}\n{}\n'),
        (
            {
                "dateFormat": "dd.MM.yyyy",
                "timestampFormat": "yyyy/MM/dd HH:mm",
                "ignoreNullFields": False,
                "lineSep": "|",
            },
            '{"i":1,"dt":"02.01.2024","ts":"2024/01/02 03:04"}|{"i":null,"dt":null,"ts":null}|',
        ),
    ],
    ids=["plain", "options"],
)
def test_values_are_written_as_the_reference_writes_them(
    tmp_path: Path, options: dict[str, Any], expected: str
) -> None:
    form_of("json", options).write(str(tmp_path / "x"), TABLE)
    assert (tmp_path / "x").read_text() == expected


@pytest.mark.parametrize("name", ["json", "text"])
@pytest.mark.parametrize("codec", ["gzip", "bzip2", "deflate", "none"])
def test_compressed_files_are_read_back_by_the_end_of_their_name(tmp_path: Path, name: str, codec: str) -> None:
    form = form_of(name, {"compression": codec})
    path = str(tmp_path / f"x{form.suffix}")
    form.write(path, pa.table({"value": ["one", "two"]}))
    (table,) = form.read(path, parse_schema("value STRING"))
    assert table.column("value").to_pylist() == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "codec", "suffix"),
    [
        ("parquet", None, ".snappy.parquet"),
        ("parquet", "gzip", ".gz.parquet"),
        ("parquet", "zstd", ".zstd.parquet"),
        ("parquet", "none", ".parquet"),
        ("orc", None, ".zstd.orc"),
        ("orc", "snappy", ".snappy.orc"),
        ("orc", "zlib", ".zlib.orc"),
        ("orc", "none", ".orc"),
    ],
)
def test_columnar_files_say_their_codec_in_their_name(
    tmp_path: Path, name: str, codec: str | None, suffix: str
) -> None:
    form = form_of(name, {} if codec is None else {"compression": codec})
    assert form.suffix == suffix
    form.write(str(tmp_path / "x"), pa.table({"a": [1, 2]}))
    (table,) = form.read(str(tmp_path / "x"), parse_schema("a BIGINT, missing STRING"))
    assert table.to_pylist() == [{"a": 1, "missing": None}, {"a": 2, "missing": None}]


@pytest.mark.parametrize("name", ["parquet", "orc"])
def test_a_file_of_something_else_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "x").write_text("no table")
    with pytest.raises(PySparkException, match=f"{tmp_path}/x"):
        list(form_of(name, {}).read(str(tmp_path / "x"), parse_schema("a INT")))
    with pytest.raises(PySparkException, match=f"{tmp_path}/x"):
        form_of(name, {}).infer([DataFile(str(tmp_path / "x"), 0, 0)])
