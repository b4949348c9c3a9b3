"""CSV text as rows: every expected value is what PySpark 4.3 reads from, or writes to, the same text with the same options."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from actorstream.common.config import Conf
from actorstream.connectors.files.csv import CsvFormat
from actorstream.connectors.files.csv_records import Grammar, split_records
from actorstream.connectors.files.layout import DataFile
from actorstream.dataflow.requests import Options
from actorstream.errors import PySparkException
from actorstream.expr.rows import table_to_rows
from actorstream.expr.types import StructType, from_arrow_schema, parse_schema

NAN, INF = math.nan, math.inf
Rows = list[tuple[Any, ...]]

# name, text, columns, options, rows
READ: list[tuple[str, str | bytes, str, dict[str, Any], Rows]] = [
    (
        "empty",
        "1,,\n,x,2.5\n\"\",'', 3\n",
        "a INT, b STRING, c DOUBLE",
        {},
        [(1, None, None), (None, "x", 2.5), (None, "''", 3.0)],
    ),
    (
        "nullval",
        '1,NA,NA\nNA,"NA",2\n',
        "a INT, b STRING, c DOUBLE",
        {"nullValue": "NA"},
        [(1, None, None), (None, None, 2.0)],
    ),
    ("emptyval", '1,"",2\n1,,2\n', "a INT, b STRING, c DOUBLE", {"emptyValue": "EE"}, [(1, "EE", 2.0), (1, None, 2.0)]),
    (
        "bad perm",
        "x,b,1\n2,c,zz\n3,d\n4,e,5,6\n",
        "a INT, b STRING, c DOUBLE",
        {},
        [(None, "b", 1.0), (2, "c", None), (3, "d", None), (4, "e", 5.0)],
    ),
    (
        "bad corrupt",
        "x,b,1\n2,c,zz\n3,d\n4,e,5,6\n5,f,7\n",
        "a INT, b STRING, c DOUBLE, _corrupt_record STRING",
        {},
        [
            (None, "b", 1.0, "x,b,1"),
            (2, "c", None, "2,c,zz"),
            (3, "d", None, "3,d"),
            (4, "e", 5.0, "4,e,5,6"),
            (5, "f", 7.0, None),
        ],
    ),
    (
        "bad corrupt named",
        "x,b,1\n2,c,3\n",
        "a INT, b STRING, c DOUBLE, bad STRING",
        {"columnNameOfCorruptRecord": "bad"},
        [(None, "b", 1.0, "x,b,1"), (2, "c", 3.0, None)],
    ),
    (
        "bad corrupt middle",
        "x,b,1\n2,c,3\n3,d\n",
        "a INT, _corrupt_record STRING, b STRING, c DOUBLE",
        {},
        [(None, "x,b,1", "b", 1.0), (2, None, "c", 3.0), (3, "3,d", "d", None)],
    ),
    (
        "drop",
        "x,b,1\n2,c,zz\n3,d\n4,e,5,6\n5,f,7\n",
        "a INT, b STRING, c DOUBLE",
        {"mode": "DROPMALFORMED"},
        [(5, "f", 7.0)],
    ),
    ("mode?", "1,b\n", "a INT, b STRING, c DOUBLE", {"mode": "zzz"}, [(1, "b", None)]),
    (
        "date",
        "2024-01-02,2024-01-02 03:04:05,2024-01-02T03:04:05.123Z\n2024-1-2,2024-01-02,2024-01-02T03:04:05+02:00\n01/02/2024,x,y\n",
        "d DATE, t TIMESTAMP, u TIMESTAMP",
        {},
        [
            (date(2024, 1, 2), datetime(2024, 1, 2, 3, 4, 5), datetime(2024, 1, 2, 3, 4, 5, 123000)),
            (date(2024, 1, 2), datetime(2024, 1, 2, 0, 0), datetime(2024, 1, 2, 1, 4, 5)),
            (None, None, None),
        ],
    ),
    (
        "dateFormat",
        "01/02/2024,02.01.2024 03:04\n2024-01-02,2024-01-02 03:04:05\n",
        "d DATE, t TIMESTAMP",
        {"dateFormat": "MM/dd/yyyy", "timestampFormat": "dd.MM.yyyy HH:mm"},
        [(date(2024, 1, 2), datetime(2024, 1, 2, 3, 4)), (None, None)],
    ),
    (
        "ts fmt",
        "2024-01-02T03:04:05.123,2024-01-02 03:04 AM\n",
        "t TIMESTAMP, u TIMESTAMP",
        {"timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSS"},
        [(datetime(2024, 1, 2, 3, 4, 5, 123000), None)],
    ),
    (
        "ts fmt2",
        "2024-01-02T03:04:05.123+01:00\n",
        "t TIMESTAMP",
        {"timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSXXX"},
        [(datetime(2024, 1, 2, 2, 4, 5, 123000),)],
    ),
    (
        "ts fmt3",
        "Jan 2 2024 3:04 PM\n",
        "t TIMESTAMP",
        {"timestampFormat": "MMM d yyyy h:mm a"},
        [(datetime(2024, 1, 2, 15, 4),)],
    ),
    (
        "ntz",
        "2024-01-02 03:04:05,2024-01-02T03:04:05.5\n2024-01-02,2024-01-02T03:04:05Z\n",
        "t TIMESTAMP_NTZ, u TIMESTAMP_NTZ",
        {},
        [(datetime(2024, 1, 2, 3, 4, 5), datetime(2024, 1, 2, 3, 4, 5, 500000)), (datetime(2024, 1, 2, 0, 0), None)],
    ),
    (
        "bools",
        "true,TRUE,1\nFalse,no,yes\n",
        "a BOOLEAN, b BOOLEAN, c BOOLEAN",
        {},
        [(True, True, None), (False, None, None)],
    ),
    (
        "nums",
        "1,+2,1.5\n 1,2 ,1e3\n0x1,1_0,NaN\n128,99999999999,Inf\n",
        "a BYTE, b INT, c FLOAT",
        {},
        [(1, 2, 1.5), (None, None, 1000.0), (None, None, NAN), (None, None, INF)],
    ),
    (
        "dbl",
        "NaN,Inf,-Inf,1d,1f\n1.,.5,Infinity,-Infinity,1e400\n",
        "a DOUBLE, b DOUBLE, c DOUBLE, d DOUBLE, e DOUBLE",
        {},
        [(NAN, INF, -INF, 1.0, 1.0), (1.0, 0.5, INF, -INF, INF)],
    ),
    (
        "nanval",
        "xx,PI,MI\n",
        "a DOUBLE, b DOUBLE, c DOUBLE",
        {"nanValue": "xx", "positiveInf": "PI", "negativeInf": "MI"},
        [(NAN, INF, -INF)],
    ),
    (
        "dec",
        '1.234,"1,234.5"\n12345678,x\n1e2,-0\n',
        "a DECIMAL(5,2), b DECIMAL(10,1)",
        {},
        [(Decimal("1.23"), Decimal("1234.5")), (None, None), (Decimal("100.00"), Decimal("0.0"))],
    ),
    ("bin", "abc\n", "a BINARY", {}, [(b"abc",)]),
    ("ws", " 1 , b , 2 \n", "a STRING, b STRING, c STRING", {}, [(" 1 ", " b ", " 2 ")]),
    ("ws int", " 1 , b , 2 \n", "a INT, b STRING, c DOUBLE", {}, [(None, " b ", 2.0)]),
    (
        "ws lead",
        " 1 , b , 2 \n",
        "a STRING, b STRING, c STRING",
        {"ignoreLeadingWhiteSpace": True},
        [("1 ", "b ", "2 ")],
    ),
    (
        "ws trail",
        " 1 , b , 2 \n",
        "a STRING, b STRING, c STRING",
        {"ignoreTrailingWhiteSpace": True},
        [(" 1", " b", " 2")],
    ),
    (
        "ws both",
        ' 1 , " b " , 2 \n',
        "a STRING, b STRING, c STRING",
        {"ignoreTrailingWhiteSpace": True, "ignoreLeadingWhiteSpace": True},
        [("1", " b ", "2")],
    ),
    ("quote", '"a,b","c""d","e\\"f"\n', "a STRING, b STRING, c STRING", {}, [("a,b", '"c""d"', 'e"f')]),
    (
        'quote esc"',
        '"a,b","c""d","e\\"f"\n',
        "a STRING, b STRING, c STRING",
        {"escape": '"'},
        [("a,b", 'c"d', '"e\\"f"')],
    ),
    (
        "stray",
        'a"b,"c"d,"e" \nx, "y",z\n"abc,d\n',
        "a STRING, b STRING, c STRING",
        {},
        [('a"b', '"c"d', "e"), ("x", ' "y"', "z"), ("abc,d", None, None)],
    ),
    ("unclosed", '"abc,d,e\nf,g,h\n', "a STRING, b STRING, c STRING", {}, [("abc,d,e", None, None), ("f", "g", "h")]),
    ("quote 2", "'a,b',c,\"d\"\n", "a STRING, b STRING, c STRING", {"quote": "'"}, [("a,b", "c", '"d"')]),
    ("quote none", '"a",b,c\n', "a STRING, b STRING, c STRING", {"quote": ""}, [('"a"', "b", "c")]),
    ("sep tab", "1\tb\t2\n", "a INT, b STRING, c DOUBLE", {"sep": "\t"}, [(1, "b", 2.0)]),
    ("sep \\t", "1\tb\t2\n", "a INT, b STRING, c DOUBLE", {"sep": "\\t"}, [(1, "b", 2.0)]),
    ("sep multi", "1||b||2\n", "a INT, b STRING, c DOUBLE", {"sep": "||"}, [(1, "b", 2.0)]),
    ("delimiter", "1;b;2\n", "a INT, b STRING, c DOUBLE", {"delimiter": ";"}, [(1, "b", 2.0)]),
    (
        "newline in quotes",
        '1,"b\nc",2\n3,d,4\n',
        "a INT, b STRING, c DOUBLE",
        {},
        [(1, "b", None), (None, "2", None), (3, "d", 4.0)],
    ),
    (
        "newline multiLine",
        '1,"b\nc",2\n3,d,4\n',
        "a INT, b STRING, c DOUBLE",
        {"multiLine": True},
        [(1, "b\nc", 2.0), (3, "d", 4.0)],
    ),
    ("crlf", "1,b,2\r\n3,d,4\r\n", "a INT, b STRING, c DOUBLE", {}, [(1, "b", 2.0), (3, "d", 4.0)]),
    ("cr", "1,b,2\r3,d,4\r", "a INT, b STRING, c DOUBLE", {}, [(1, "b", 2.0), (3, "d", 4.0)]),
    ("lineSep", "1,b,2|3,d,4|", "a INT, b STRING, c DOUBLE", {"lineSep": "|"}, [(1, "b", 2.0), (3, "d", 4.0)]),
    ("blank lines", "1,b,2\n\n   \n3,d,4\n\n", "a INT, b STRING, c DOUBLE", {}, [(1, "b", 2.0), (3, "d", 4.0)]),
    ("blank lines 1col", "a\n\n   \nb\n", "a STRING", {}, [("a",), ("b",)]),
    (
        "comment",
        "#x,y\n1,b,2\n #c,d\n",
        "a INT, b STRING, c DOUBLE",
        {"comment": "#"},
        [(1, "b", 2.0), (None, "d", None)],
    ),
    ("header", "a,b,c\n1,b,2\n", "a INT, b STRING, c DOUBLE", {"header": True}, [(1, "b", 2.0)]),
    ("header mism", "c,b,a\n1,b,2\n", "a INT, b STRING, c DOUBLE", {"header": True}, [(1, "b", 2.0)]),
    ("bom", b"\xef\xbb\xbf1,b,2\n", "a INT, b STRING, c DOUBLE", {}, [(1, "b", 2.0)]),
    ("latin", b"1,\xe9,2\n", "a INT, b STRING, c DOUBLE", {"encoding": "ISO-8859-1"}, [(1, "é", 2.0)]),
    ("badutf", b"1,\xff\xfe,2\n", "a INT, b STRING, c DOUBLE", {}, [(1, "��", 2.0)]),
    ("fewer in schema", "1,b,2\n", "a INT", {}, [(1,)]),
    ("empty schema", "", "a INT, b STRING, c DOUBLE", {}, []),
    ("qempty", '"",,x\n" ",\'\',""\n', "a STRING, b STRING, c STRING", {}, [(None, None, "x"), (" ", "''", None)]),
    (
        "qempty null NA",
        '"",,x\nNA,"NA", NA\n',
        "a STRING, b STRING, c STRING",
        {"nullValue": "NA"},
        [("", None, "x"), (None, None, " NA")],
    ),
    (
        "esc",
        '"a\\\\b","a\\\\","c"\n"x\\y","z\\"",\\"q\n',
        "a STRING, b STRING, c STRING",
        {},
        [("a\\b", "a\\", "c"), ("x\\y", 'z"', '\\"q')],
    ),
    ("esc2", '"a\\\\"b",c,d\n', "a STRING, b STRING, c STRING", {}, [('"a\\"b"', "c", "d")]),
    (
        "stray2",
        '"a"b,c",d\n"a"b"c",d,e\n"a" b ,c,d\n',
        "a STRING, b STRING, c STRING",
        {},
        [('"a"b', 'c"', "d"), ('"a"b"c"', "d", "e"), ('"a" b ', "c", "d")],
    ),
    (
        "stray3",
        '"a""b,c",d,e\n"a",b"c,"d"\n',
        "a STRING, b STRING, c STRING",
        {},
        [('"a""b', 'c"', "d"), ("a", 'b"c', "d")],
    ),
    (
        "stray unclosed mid",
        'x,"a,b\ny,z,w\n',
        "a STRING, b STRING, c STRING",
        {},
        [("x", "a,b", None), ("y", "z", "w")],
    ),
    (
        'stray esc"',
        '"a"b,c,d\n"a""b",c,"d"\n"",x,""""\n',
        "a STRING, b STRING, c STRING",
        {"escape": '"'},
        [('"a"b', "c", "d"), ('a"b', "c", "d"), (None, "x", '"')],
    ),
    (
        "stray ml",
        '"a\nb"c,d,e\n"f",g,h\n',
        "a STRING, b STRING, c STRING",
        {"multiLine": True},
        [('"a\nb"c', "d", "e"), ("f", "g", "h")],
    ),
    (
        "unclosed ml",
        '"a\nb,d,e\nf,g,h\n',
        "a STRING, b STRING, c STRING",
        {"multiLine": True},
        [("a\nb,d,e\nf,g,h\n", None, None)],
    ),
    (
        "blank ml",
        "a,b,c\n\n   \nd,e,f\n",
        "a STRING, b STRING, c STRING",
        {"multiLine": True},
        [("a", "b", "c"), ("   ", None, None), ("d", "e", "f")],
    ),
    (
        "comma end",
        "a,b,\n,,\n,b,\n",
        "a STRING, b STRING, c STRING",
        {},
        [("a", "b", None), (None, None, None), (None, "b", None)],
    ),
    ("single", 'a\n"b"\n', "a STRING, b STRING, c STRING", {}, [("a", None, None), ("b", None, None)]),
    ("quote then ws", '"a"  ,"b"\t,c\n', "a STRING, b STRING, c STRING", {}, [("a", "b", "c")]),
    (
        "ws quote lead",
        ' "a" , b ,c\n',
        "a STRING, b STRING, c STRING",
        {"ignoreLeadingWhiteSpace": True},
        [("a", "b ", "c")],
    ),
    (
        "ws trail again",
        '"a " ,b ,c \n',
        "a STRING, b STRING, c STRING",
        {"ignoreTrailingWhiteSpace": True},
        [("a ", "b", "c")],
    ),
    (
        "ws unq both",
        " , b , \n",
        "a STRING, b STRING, c STRING",
        {"ignoreTrailingWhiteSpace": True, "ignoreLeadingWhiteSpace": True},
        [(None, "b", None)],
    ),
    (
        "tab ws",
        "\ta\t, b , c\n",
        "a STRING, b STRING, c STRING",
        {"ignoreLeadingWhiteSpace": True, "ignoreTrailingWhiteSpace": True},
        [("a", "b", "c")],
    ),
    ("cr in line", "a,b\rc,d,e\n", "a STRING, b STRING, c STRING", {}, [("a", "b", None), ("c", "d", "e")]),
    ("quote in ml crlf", '"a\r\nb",c,d\r\n', "a STRING, b STRING, c STRING", {"multiLine": True}, [("a\nb", "c", "d")]),
    (
        "date trail",
        "2024-01-02 03:04:05,2024-01-02T,2024-01\n",
        "a DATE, b DATE, c DATE",
        {},
        [(date(2024, 1, 2), date(2024, 1, 2), date(2024, 1, 1))],
    ),
    (
        "date fmt lenient",
        "1/2/2024,01/02/2024 ,x\n",
        "a DATE, b DATE, c DATE",
        {"dateFormat": "M/d/yyyy"},
        [(date(2024, 1, 2), None, None)],
    ),
    ("byte", "1.0,1e2, 5\n", "a INT, b INT, c BIGINT", {}, [(None, None, None)]),
    ("float junk", "1f,1d,0x1p3\n", "a DOUBLE, b FLOAT, c DOUBLE", {}, [(1.0, 1.0, 8.0)]),
    (
        "linesep2",
        "1,2,3ab4,5,6ab",
        "a STRING, b STRING, c STRING",
        {"lineSep": "ab"},
        [("1", "2", "3"), ("4", "5", "6")],
    ),
]

# name, text, options, columns, rows
INFERRED: list[tuple[str, str | bytes, dict[str, Any], str, Rows]] = [
    (
        "inf",
        "1,x,2.5,true,2024-01-02,2024-01-02 03:04:05,99999999999\n",
        {"inferSchema": True},
        "struct<_c0:int,_c1:string,_c2:double,_c3:boolean,_c4:date,_c5:timestamp,_c6:bigint>",
        [(1, "x", 2.5, True, date(2024, 1, 2), datetime(2024, 1, 2, 3, 4, 5), 99999999999)],
    ),
    ("inf none", "1,x\n", {}, "struct<_c0:string,_c1:string>", [("1", "x")]),
    (
        "inf hdr",
        "a,b, c,a,,\n1,x,y,z,w,v\n",
        {"header": True},
        "struct<a0:string,b:string, c:string,a3:string,_c4:string,_c5:string>",
        [("1", "x", "y", "z", "w", "v")],
    ),
    (
        "inf hdr infer",
        "a,b\n1,\n,2.5\n3,\n",
        {"header": True, "inferSchema": True},
        "struct<a:int,b:double>",
        [(1, None), (None, 2.5), (3, None)],
    ),
    (
        "inf mix",
        "1,1,true,2024-01-02,1\n2.5,x,1,2024-01-02 03:04:05,99999999999\n",
        {"inferSchema": True},
        "struct<_c0:double,_c1:string,_c2:string,_c3:timestamp,_c4:bigint>",
        [
            (1.0, "1", "true", datetime(2024, 1, 2, 0, 0), 1),
            (2.5, "x", "1", datetime(2024, 1, 2, 3, 4, 5), 99999999999),
        ],
    ),
    ("inf all null", "1,\n2,\n", {"inferSchema": True}, "struct<_c0:int,_c1:string>", [(1, None), (2, None)]),
    (
        "inf big",
        "99999999999999999999,1e10,NaN,0x10,+5\n",
        {"inferSchema": True},
        "struct<_c0:decimal(20,0),_c1:double,_c2:double,_c3:string,_c4:int>",
        [(Decimal("99999999999999999999"), 10000000000.0, NAN, "0x10", 5)],
    ),
    (
        "inf ts T",
        "2024-01-02T03:04:05,2024-01-02T03:04:05.123Z,2024-01-02T03:04:05+01:00,2024-01-02 03:04\n",
        {"inferSchema": True},
        "struct<_c0:timestamp,_c1:timestamp,_c2:timestamp,_c3:timestamp>",
        [
            (
                datetime(2024, 1, 2, 3, 4, 5),
                datetime(2024, 1, 2, 3, 4, 5, 123000),
                datetime(2024, 1, 2, 2, 4, 5),
                datetime(2024, 1, 2, 3, 4),
            )
        ],
    ),
    (
        "inf datefmt",
        "01/02/2024,01/02/2024 01:02\n",
        {"inferSchema": True, "dateFormat": "MM/dd/yyyy", "timestampFormat": "MM/dd/yyyy HH:mm"},
        "struct<_c0:date,_c1:timestamp>",
        [(date(2024, 1, 2), datetime(2024, 1, 2, 1, 2))],
    ),
    (
        "inf prefer off",
        "2024-01-02\n",
        {"inferSchema": True, "preferDate": False},
        "struct<_c0:timestamp>",
        [(datetime(2024, 1, 2, 0, 0),)],
    ),
    ("inf ws", " 1, 2\n3 ,4 \n", {"inferSchema": True}, "struct<_c0:double,_c1:double>", [(1.0, 2.0), (3.0, 4.0)]),
    ("inf ragged", "1,2\n3,4,5\n6\n", {"inferSchema": True}, "struct<_c0:int,_c1:int>", [(1, 2), (3, 4), (6, None)]),
    ("inf header only", "a,b\n", {"header": True, "inferSchema": True}, "struct<a:string,b:string>", []),
    ("inf empty", "", {"header": True}, "struct<>", []),
    ("inf sampling", "1\n2\n", {"inferSchema": True, "samplingRatio": 1.0}, "struct<_c0:int>", [(1,), (2,)]),
    ("inf bool", "true\nFALSE\n", {"inferSchema": True}, "struct<_c0:boolean>", [(True,), (False,)]),
    ("inf 0lead", "007\n", {"inferSchema": True}, "struct<_c0:int>", [(7,)]),
    ("inf date/int mix", "2024-01-02\n5\n", {"inferSchema": True}, "struct<_c0:string>", [("2024-01-02",), ("5",)]),
    ("inf quoted", '"1","2"\n', {"inferSchema": True}, "struct<_c0:int,_c1:int>", [(1, 2)]),
    (
        "inf quoted newline hdr",
        "a;b\n1;2\n",
        {"inferSchema": True, "header": True, "sep": ";"},
        "struct<a:int,b:int>",
        [(1, 2)],
    ),
    (
        "inf dec mix",
        "99999999999999999999,1\n1.5,99999999999999999999\n",
        {"inferSchema": True},
        "struct<_c0:double,_c1:decimal(20,0)>",
        [(1e20, Decimal("1")), (1.5, Decimal("99999999999999999999"))],
    ),
    (
        "inf ntz conf",
        "2024-01-02 03:04:05\n",
        {"inferSchema": True, "inferTimestampNTZFormat": True},
        "struct<_c0:timestamp>",
        [(datetime(2024, 1, 2, 3, 4, 5),)],
    ),
    ("inf dup hdr", "A,a,b\n1,2,3\n", {"header": True}, "struct<A0:string,a1:string,b:string>", [("1", "2", "3")]),
]


def csv_format(options: dict[str, Any]) -> CsvFormat:
    given = Options()
    for key, value in options.items():
        given = given.with_option(key, value)
    return CsvFormat(given, Conf({"spark.sql.session.timeZone": "UTC"}))


def read(folder: Path, text: str | bytes, schema: StructType, options: dict[str, Any]) -> Rows:
    path = folder / "x.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    form = csv_format(options)
    form.check_readable(schema)
    return [tuple(row) for table in form.read(str(path), schema) for row in table_to_rows(table)]


def same(got: Rows, wanted: Rows) -> bool:
    """Equal, with NaN equal to NaN."""
    return repr(got) == repr(wanted)


@pytest.mark.rule("IO-47")
@pytest.mark.parametrize(
    ("text", "columns", "options", "rows"), [case[1:] for case in READ], ids=[case[0] for case in READ]
)
def test_text_is_read_as_the_reference_reads_it(
    tmp_path: Path, text: str | bytes, columns: str, options: dict[str, Any], rows: Rows
) -> None:
    assert same(read(tmp_path, text, parse_schema(columns), options), rows)


@pytest.mark.parametrize(
    ("text", "options", "columns", "rows"), [case[1:] for case in INFERRED], ids=[case[0] for case in INFERRED]
)
def test_columns_are_told_by_the_text(
    tmp_path: Path, text: str | bytes, options: dict[str, Any], columns: str, rows: Rows
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    schema = csv_format(options).infer([DataFile(str(path), 0, 0)])
    assert schema.simpleString() == columns
    assert same(read(tmp_path, text, schema, options), rows)


@pytest.mark.parametrize(
    ("options", "columns", "condition"),
    [
        ({"sep": ""}, "a INT", "INVALID_DELIMITER_VALUE.EMPTY_STRING"),
        ({"quote": "ab"}, "a INT", "OPTION_VALUE_EXCEEDS_ONE_CHARACTER"),
        ({"escape": "ab"}, "a INT", "OPTION_VALUE_EXCEEDS_ONE_CHARACTER"),
        ({"comment": "ab"}, "a INT", "OPTION_VALUE_EXCEEDS_ONE_CHARACTER"),
        ({"lineSep": ""}, "a INT", "INVALID_LINE_SEPARATOR.EMPTY"),
        ({"encoding": "nosuch"}, "a INT", "INVALID_PARAMETER_VALUE.CHARSET"),
        ({"compression": "zz"}, "a INT", "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION"),
        ({"compression": "lz4"}, "a INT", "NOT_IMPLEMENTED"),
        ({"header": "maybe"}, "a INT", None),
        ({}, "a ARRAY<INT>", "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE"),
        ({}, "a STRUCT<x: INT>", "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE"),
        ({}, "a INT, _corrupt_record INT", "INVALID_CORRUPT_RECORD_TYPE"),
        ({}, "_corrupt_record STRING", "UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN"),
    ],
)
def test_an_impossible_option_or_column_is_refused_before_reading(
    options: dict[str, Any], columns: str, condition: str | None
) -> None:
    with pytest.raises(PySparkException) as caught:
        csv_format(options).check_readable(parse_schema(columns))
    assert caught.value.getCondition() == condition


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        ("1,b\nx,c\n", {"mode": "FAILFAST"}, r"\[x,c\]"),
        ("1\n", {"mode": "failfast"}, r"\[1\]"),
        ("b,a\n1,x\n", {"header": True, "enforceSchema": False}, "header does not conform"),
        ("a\n1,x\n", {"header": True, "enforceSchema": False}, "header does not conform"),
        ("1,2\n", {"maxColumns": 1}, "more than 1 columns"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(
    tmp_path: Path, text: str, options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(PySparkException, match=r"x\.csv") as caught:
        read(tmp_path, text, parse_schema("a INT, b STRING"), options)
    assert caught.value.getCondition() == "FAILED_READ_FILE.NO_HINT"
    assert any(re.search(reason, note) for note in caught.value.__notes__)


# ---------------------------------------------------------------- writing

WORDS = [("a\\b", "x"), ('a"b', "y"), (" lead", "trail "), ("#c", "\t"), ("a\rb", "c\nd"), ("it's", "a,b"), ('"', '""')]
VALUES = pa.table(
    {
        "i": pa.array([1, None, 2], pa.int32()),
        "d": pa.array([1.5, None, NAN]),
        "b": pa.array([True, None, False]),
        "dt": pa.array([date(2024, 1, 2), None, date(1, 1, 1)]),
        "ts": pa.array([datetime(2024, 1, 2, 3, 4, 5, 123456), None, datetime(1900, 1, 1)], pa.timestamp("us", "UTC")),
        "de": pa.array([Decimal("1.50"), None, Decimal(0)], pa.decimal128(5, 2)),
        "bi": pa.array([b"ab", None, b""]),
    }
)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 'a\\b,x\n"a\\"b",y\nlead,trail\n"#c",""\n"a\rb","c\nd"\nit\'s,"a,b"\n"\\"","\\"\\""\n'),
        ({"escape": '"'}, 'a\\b,x\n"a""b",y\nlead,trail\n"#c",""\n"a\rb","c\nd"\nit\'s,"a,b"\n"""",""""""\n'),
        ({"escapeQuotes": False}, 'a\\b,x\na"b,y\nlead,trail\n"#c",""\n"a\rb","c\nd"\nit\'s,"a,b"\n"\\"","\\"\\""\n'),
        (
            {"quoteAll": True},
            '"a\\\\b","x"\n"a\\"b","y"\n"lead","trail"\n"#c",""\n"a\rb","c\nd"\n"it\'s","a,b"\n"\\"","\\"\\""\n',
        ),
    ],
)
def test_quotes_are_written_where_the_reference_writes_them(
    tmp_path: Path, options: dict[str, Any], expected: str
) -> None:
    table = pa.table({"s": [row[0] for row in WORDS], "t": [row[1] for row in WORDS]})
    csv_format(options).write(str(tmp_path / "x"), table)
    assert (tmp_path / "x").read_bytes().decode() == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {},
            "1,1.5,true,2024-01-02,2024-01-02T03:04:05.123Z,1.50,[61 62]\n,,,,,,\n2,NaN,false,0001-01-01,1900-01-01T00:00:00.000Z,0.00,[]\n",
        ),
        (
            {
                "header": True,
                "sep": "|",
                "nullValue": "NULL",
                "dateFormat": "dd.MM.yyyy",
                "timestampFormat": "yyyy/MM/dd HH:mm",
            },
            "i|d|b|dt|ts|de|bi\n1|1.5|true|02.01.2024|2024/01/02 03:04|1.50|[61 62]\nNULL|NULL|NULL|NULL|NULL|NULL|NULL\n"
            "2|NaN|false|01.01.0001|1900/01/01 00:00|0.00|[]\n",
        ),
    ],
    ids=["plain", "formats"],
)
def test_values_are_written_as_the_reference_writes_them(
    tmp_path: Path, options: dict[str, Any], expected: str
) -> None:
    csv_format(options).write(str(tmp_path / "x"), VALUES)
    assert (tmp_path / "x").read_bytes().decode() == expected


def test_a_line_without_text_is_not_written(tmp_path: Path) -> None:
    csv_format({"lineSep": "|"}).write(str(tmp_path / "x"), pa.table({"i": [1, None, 2]}))
    assert (tmp_path / "x").read_bytes() == b"1|2|"


@pytest.mark.parametrize("codec", ["gzip", "bzip2", "deflate", "none"])
def test_compressed_files_are_read_back_by_the_end_of_their_name(tmp_path: Path, codec: str) -> None:
    form = csv_format({"compression": codec})
    path = str(tmp_path / f"x{form.suffix}")
    form.write(path, pa.table({"a": [1, 2]}))
    (table,) = form.read(path, from_arrow_schema(pa.schema([("a", pa.int64())])))
    assert table.column("a").to_pylist() == [1, 2]


def test_a_broken_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv.gz").write_bytes(b"no archive")
    with pytest.raises(PySparkException, match=r"x\.csv\.gz"):
        list(csv_format({}).read(str(tmp_path / "x.csv.gz"), parse_schema("a INT")))


# ---------------------------------------------------------------- cutting


@pytest.mark.parametrize("multi_line", [False, True])
@pytest.mark.parametrize("escape", ["\\", '"'])
def test_arrays_cut_text_as_the_reader_of_characters_does(
    monkeypatch: pytest.MonkeyPatch, multi_line: bool, escape: str
) -> None:
    """Random text of the letters that matter, read both ways."""
    seed = 20240607
    random = np.random.default_rng(seed)
    grammar = Grammar(escape=escape, multi_line=multi_line)
    texts = ["".join(random.choice(list('",\n\\ax'), size=12)) for _ in range(400)]
    # well-formed fields too, which random letters rarely are
    texts += ['"a,b","c"\n', '"a\nb",c\nd,"e"\n' if multi_line else '"a",b\nc,"d"\n', '"x""y",z\n', '"","a"\n']

    def cells(text: str) -> list[list[Any]]:
        records = split_records(text.encode(), grammar)
        columns = [records.column(place)[0].to_pylist() for place in range(max(records.widths(), default=0))]
        return [[column[row] for column in columns[:width]] for row, width in enumerate(records.widths().tolist())]

    fast = [cells(text) for text in texts]
    monkeypatch.setattr(
        "actorstream.connectors.files.csv_records._lines_with_odd_quotes",
        lambda data, record_end, delimiter, grammar: np.ones(int(record_end.sum()), np.bool_),
    )
    for text, found in zip(texts, fast, strict=True):
        assert cells(text) == found, f"{text!r} (seed {seed})"
