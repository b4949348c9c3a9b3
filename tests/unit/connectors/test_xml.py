"""XML files as rows: every expected value is what PySpark 4.3 reads from, or writes to, the same text."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
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
from actorstream.expr.types import StructType, parse_schema
from actorstream.sql import SparkSession

Rows = list[tuple[Any, ...]]
P = {"rowTag": "p"}
BAD = "a INT, _corrupt_record STRING"


@pytest.fixture
def spark() -> Iterator[SparkSession]:
    session = SparkSession.builder.master("local[1]").config("spark.sql.shuffle.partitions", "1").create()
    yield session
    session.stop()


def form_of(options: dict[str, Any], **settings: str) -> FileFormat:
    given = Options()
    for key, value in options.items():
        given = given.with_option(key, value)
    return file_format("xml", given, Conf({"spark.sql.session.timeZone": "UTC", **settings}))


def read(folder: Path, text: str | bytes, schema: StructType, options: dict[str, Any]) -> Rows:
    path = folder / "x.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    form = form_of(options)
    form.check_readable(schema)
    return [tuple(row) for table in form.read(str(path), schema) for row in table_to_rows(table)]


@pytest.mark.parametrize(
    ("text", "columns", "rows"),
    [
        # a value that does not fit: its record is kept as all of the file
        ("<r><p><a>x</a></p><p><a>2</a></p></r>", BAD, [(None, "<r><p><a>x</a></p><p><a>2</a></p></r>"), (2, None)]),
        ("<r><p><a>1</a></p><p><a>2</p><p/></r>", BAD, [(1, None), (None, "<r><p><a>1</a></p><p><a>2</p><p/></r>")]),
        ("<r><p><a>1</a></p><p><a>2</a>", BAD, [(1, None), (None, "<r><p><a>1</a></p><p><a>2</a>")]),
        ("<r><p><a>1</a></p>", BAD, [(1, None)]),
        ("<r><p><a>1</a></p></r><q>", BAD, [(1, None), (None, "<r><p><a>1</a></p></r><q>")]),
        ("<r>&junk;<p><a>1</a></p></r>", BAD, [(None, "<r>&junk;<p><a>1</a></p></r>")]),
        ("text", BAD, [(None, "text")]),
        ("", BAD, []),
        ("  ", BAD, []),
        ("<r/>", BAD, []),
        # where the reader goes on after a value that does not fit
        ("<r><p><a>x</a><p><a>5</a></p></p></r>", "a INT", [(None,), (5,)]),
        ("<r><p><s><a>x</a></s></p><p><a>2</a></p></r>", "s STRUCT<a: INT>, a INT", [(None, None), (None, 2)]),
        # what is a row, and what only looks like one
        ("<r><!-- <p><a>9</a></p> --><p><a>1</a><!-- </p> --></p></r>", "a INT", [(1,)]),
        ("<r><p><a><![CDATA[</p>]]></a></p></r>", "a STRING", [("</p>",)]),
        ("<r><pp><a>1</a></pp><p><a>2</a></p></r>", "a INT", [(2,)]),
        ("<r xmlns:n='u'><n:p><a>1</a></n:p><p\n b='>' ><a>2</a></p ></r>", "a INT, _b STRING", [(2, ">")]),
        ("<r><P><a>1</a></P></r>", "a INT", []),
        ("<p><a>1</a></p>", "_corrupt_record STRING, a INT", [(None, 1)]),
    ],
)  # fmt: skip
def test_elements_are_rows(tmp_path: Path, text: str, columns: str, rows: Rows) -> None:
    assert read(tmp_path, text, parse_schema(columns), P) == rows


@pytest.mark.parametrize(
    ("text", "options", "rows"),
    [
        ("<r><p><a>1</a></p><p><a>x</a></p></r>", {"mode": "DROPMALFORMED"}, [(1,)]),
        ("<r xmlns:n='u'><n:p><n:a>1</n:a></n:p></r>", {"ignoreNamespace": "true"}, [(1,)]),
        ("<r><q><a>1</a></q></r>", {"rowTag": "q"}, [(1,)]),
        ("<p><a>1</a></p>\n\n<q><a>2</a></q>\n", {"multiLine": "false"}, [(1,), (2,)]),
    ],
)
def test_options_say_what_is_a_row(tmp_path: Path, text: str, options: dict[str, Any], rows: Rows) -> None:
    assert read(tmp_path, text, parse_schema("a INT"), {**P, **options}) == rows


def test_a_compressed_file_is_told_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "x.xml.gz").write_bytes(gzip.compress(b"<p><a>1</a></p>"))
    table = next(form_of(P).read(str(tmp_path / "x.xml.gz"), parse_schema("a INT")))
    assert table.column(0).to_pylist() == [1]


@pytest.mark.parametrize(
    ("data", "options"),
    [
        ("<p><a>é</a></p>".encode(), {}),
        ("\ufeff<p><a>é</a></p>".encode(), {}),
        ("<p><a>é</a></p>".encode("utf-16"), {}),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><p><a>é</a></p>".encode("latin-1"), {}),
        ("<p><a>é</a></p>".encode("latin-1"), {"charset": "ISO-8859-1"}),
        ("<?xml version='1.0' encoding='UTF-8'?><p><a>é</a></p>".encode("utf-16"), {"encoding": "UTF-16"}),
    ],
)
def test_a_file_is_read_in_its_character_set(tmp_path: Path, data: bytes, options: dict[str, Any]) -> None:
    assert read(tmp_path, data, parse_schema("a STRING"), {**P, **options}) == [("é",)]


@pytest.mark.parametrize(
    ("texts", "options", "columns"),
    [
        (["<r><p><a>1</a></p><p><a>2</a><b>x</b></p></r>"], {}, "struct<a:bigint,b:string>"),
        (["<r><p a='1'/><p a='2'>t</p></r>"], {}, "struct<_VALUE:string,_a:bigint>"),
        (["<r><p><a>1</a></p><p><a>2</p></r>"], {}, "struct<_corrupt_record:string,a:bigint>"),
        (["<r><p><a>1</a></p><p><a>2</p></r>"], {"mode": "DROPMALFORMED"}, "struct<a:bigint>"),
        (["<r><p><p><a>1</a></p></p></r>"], {}, "struct<p:struct<a:bigint>>"),
        (["<p><a>1</a></p>", "<p><b>x</b></p>"], {}, "struct<a:bigint,b:string>"),
        (["<r><p><a>1</a></p><p><a>2</a><a>3</a></p></r>"], {}, "struct<a:array<bigint>>"),
        (["<r><p><a>1</a></p><p><a><b>2</b></a></p></r>"], {}, "struct<a:string>"),
        (["<r><p><a>1</a></p><p><a x='1'>2</a></p></r>"], {}, "struct<a:struct<_VALUE:bigint,_x:bigint>>"),
        (["<r><p a='1'><b>2</b></p></r>"], {"inferSchema": "false"}, "struct<_a:string,b:string>"),
        (["<r><p><A>1</A></p><p><a>2</a></p></r>"], {}, "struct<A:bigint>"),
        (["<r><p/></r>", ""], {}, "struct<>"),
        (["<r><p><a>1</a></p></r>"], {"multiLine": "false"}, "struct<p:struct<a:bigint>>"),
    ],
)
def test_columns_are_told_by_the_elements(
    tmp_path: Path, texts: list[str], options: dict[str, Any], columns: str
) -> None:
    files = []
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.xml").write_text(text)
        files.append(DataFile(str(tmp_path / f"{number}.xml"), 0, 0))
    assert form_of({**P, **options}).infer(files).simpleString() == columns


def test_names_of_another_case_are_other_names_if_the_session_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_text("<r><p><A>1</A></p><p><a>2</a></p></r>")
    form = form_of(P, **{"spark.sql.caseSensitive": "true"})
    assert form.infer([DataFile(str(tmp_path / "x.xml"), 0, 0)]).simpleString() == "struct<A:bigint,a:bigint>"
    table = next(form.read(str(tmp_path / "x.xml"), parse_schema("a INT")))
    assert table.column(0).to_pylist() == [None, 2]


DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, f"{DECLARED}<ROWS>\n    <p q=\"é\">\n        <a>1</a>\n    </p>\n    <p/>\n</ROWS>"),
        ({"indent": ""}, f'{DECLARED}<ROWS>\n<p q="é"><a>1</a></p>\n<p/>\n</ROWS>'),
        ({"indent": "", "nullValue": "N"}, f'{DECLARED}<ROWS>\n<p q="é"><a>1</a></p>\n<p q="N"><a>N</a></p>\n</ROWS>'),
        ({"indent": "", "rootTag": "r x='1' y=\"2\"", "declaration": ""}, '<r x="1" y="2">\n<p q="é"><a>1</a></p>\n<p/>\n</r>'),
        ({"indent": "", "declaration": "version='1.1'"}, "<?xml version='1.1'?>\n<ROWS>\n<p q=\"é\"><a>1</a></p>\n<p/>\n</ROWS>"),
        ({"indent": "", "encoding": "US-ASCII"}, f'{DECLARED}<ROWS>\n<p q="&#233;"><a>1</a></p>\n<p/>\n</ROWS>'),
    ],
)  # fmt: skip
def test_rows_are_elements_below_one_root(tmp_path: Path, options: dict[str, Any], text: str) -> None:
    form = form_of({**P, **options})
    form.write(str(tmp_path / "x.xml"), pa.table({"a": pa.array([1, None], pa.int32()), "_q": ["é", None]}))
    assert (tmp_path / "x.xml").read_text() == text


def test_no_rows_are_an_empty_file(tmp_path: Path) -> None:
    form_of(P).write(str(tmp_path / "x.xml"), pa.table({"a": pa.array([], pa.int32())}))
    assert (tmp_path / "x.xml").read_bytes() == b""
    assert form_of({**P, "compression": "gzip"}).suffix == ".xml.gz"


@pytest.mark.parametrize(
    ("options", "columns", "condition"),
    [
        ({}, "a INT", "XML_ROW_TAG_MISSING"),
        ({"rowTag": ""}, "a INT", None),
        ({**P, "encoding": "nosuch"}, "a INT", None),
        (P, "_corrupt_record STRING", "UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN"),
        (P, "a INT, _corrupt_record INT", "INVALID_CORRUPT_RECORD_TYPE"),
    ],
)
def test_an_impossible_option_or_column_is_refused_before_reading(
    options: dict[str, Any], columns: str, condition: str | None
) -> None:
    with pytest.raises(PySparkException) as caught:
        form_of(options).check_readable(parse_schema(columns))
    assert caught.value.getCondition() == condition


@pytest.mark.parametrize("text", ["<r><p><a>x</a></p></r>", "<r><p><a>1</p></r>"])
def test_failfast_names_the_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(PySparkException) as caught:
        read(tmp_path, text, parse_schema("a INT"), {**P, "mode": "FAILFAST"})
    assert caught.value.getCondition() == "FAILED_READ_FILE.NO_HINT"


def test_failfast_tells_no_columns_from_a_file_that_is_no_xml(tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_text("<r><p><a>1</p></r>")
    with pytest.raises(PySparkException) as caught:
        form_of({**P, "mode": "FAILFAST"}).infer([DataFile(str(tmp_path / "x.xml"), 0, 0)])
    assert caught.value.getCondition() == "FAILED_READ_FILE.NO_HINT"


def test_columns_that_xml_has_no_form_for_are_not_written(spark: SparkSession, tmp_path: Path) -> None:
    for text, condition in (
        ("make_interval(1)", "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE"),
        ("interval '1' day", "_LEGACY_ERROR_TEMP_3238"),
    ):
        with pytest.raises(PySparkException) as caught:
            spark.range(1).selectExpr(f"{text} as i").write.xml(str(tmp_path / "o"), rowTag="p")
        assert caught.value.getCondition() == condition
    with pytest.raises(PySparkException) as caught:
        spark.range(1).select().write.xml(str(tmp_path / "o"), rowTag="p")
    assert caught.value.getCondition() == "EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE"


def test_frames_are_written_and_read_back(spark: SparkSession, tmp_path: Path) -> None:
    frame = spark.createDataFrame([(1, "x", [1, 2]), (2, None, [])], "_id bigint, b string, l array<bigint>")
    frame.write.xml(str(tmp_path / "o"), "p", "overwrite", rootTag="r")
    found = spark.read.xml(str(tmp_path / "o"), "p")
    assert found.schema.simpleString() == "struct<_id:bigint,b:string,l:array<bigint>>"
    assert sorted(map(tuple, found.collect())) == [(1, "x", [1, 2]), (2, None, None)]
    only = spark.read.format("xml").schema("b string").option("rowTag", "p").load(str(tmp_path / "o"))
    assert sorted(map(tuple, only.where("b is not null").collect())) == [("x",)]


def test_a_stream_reads_new_files_and_writes_its_own(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    frame = spark.readStream.xml(str(tmp_path / "in"), rowTag="p", schema="a int")
    for number in (1, 2):
        (tmp_path / "in" / f"{number}.xml").write_text(f"<r><p><a>{number}</a></p><p/></r>")
        writer = frame.writeStream.format("xml").option("rowTag", "q").trigger(availableNow=True)
        started = writer.option("checkpointLocation", str(tmp_path / "cp")).start(str(tmp_path / "out"))
        assert started.awaitTermination(60)
    rows = spark.read.xml(str(tmp_path / "out"), "q", "a int").collect()
    assert sorted((row.a for row in rows), key=repr) == [1, 2, None, None]
