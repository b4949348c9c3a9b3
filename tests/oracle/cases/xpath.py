"""XPath: every function over many paths, texts of every kind, numbers and their texts, paths that are none."""

from __future__ import annotations

from tests.oracle.suite import Entry, Table, select
from tests.oracle.tables import ONE

FUNCTIONS = ("xpath", "boolean", "double", "number", "float", "int", "long", "short", "string")

PLAIN = "<a><b>b1</b><b id='x'>b2</b><c>3</c><c> 4.5 </c><d/><e><f>7</f>t</e><!--k--><?pi data?></a>"
TREE = "<a k='v' m='w'><b i='1'>1</b><c/>t<b i='2'>2<d>x</d>y</b><!--q--><?z zz?></a>"
#: elements with the texts that might be numbers
NUMBERLIKE = (
    "12", " 12 ", "+1", "-.5", "5.", "--5", "1 2", "true", "9999999999", "1.5e300", "99999999999999999999999999", "0.1",
    "123456789.123456789", "-0", "1,5", "NaN", "Infinity", ".", "-", "1.2.3", "\u0661", "\u00a05", "\n5\t", "007", "1d", "0x1F",
)  # fmt: skip
DOCUMENTS = Table(
    "x string",
    [
        (PLAIN,), (TREE,), ("",), (None,), ("<a/>",), ("<b>x</b>",), (" <a>q</a> ",), ("<?xml version='1.0'?><a>q</a>",),
        ("<p:a xmlns:p='u'><p:b p:i='7'>1</p:b></p:a>",), ("<p:a><p:b>1</p:b></p:a>",), ("<a xmlns='u' c='2'><b>1</b></a>",),
        ("<!DOCTYPE a [<!ENTITY e 'v'>]><a><b>p&e;q</b></a>",), ("<!DOCTYPE a [<!ATTLIST a d CDATA 'def'>]><a>x</a>",),
        ("<a><b>&lt;&amp;&#65;&#x1F600;</b></a>",), ("<a><b>x<![CDATA[<y>]]>z</b></a>",),
        ("<a> <b/> </a>",), ("<?xml version='1.0' encoding='ISO-8859-1'?><a><b>é😀</b></a>",), ("<a><b>\r\nx\ry</b></a>",),
        ("<a c='x\n\ty'><b c=' 1  2 '/></a>",), ("<a><b><b><b>deep</b></b></b></a>",), ("<a xml:lang='en'><b/></a>",),
        ("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///nowhere'>]><a><b>x&e;y</b></a>",),
    ],
)  # fmt: skip


def _table(*texts: str) -> Table:
    return Table("x string", [(text,) for text in texts])


def _each(path: str) -> list[Entry]:
    """Every function with one path."""
    names = ["xpath" if name == "xpath" else f"xpath_{name}" for name in FUNCTIONS]
    return [f'{name}(x, "{path}")' for name in names]


def _paths(function: str, *paths: str) -> list[Entry]:
    """One function with every path."""
    return [f"{function}(x, {_quoted(path)})" for path in paths]


def _quoted(path: str) -> str:
    return "'" + path.replace("\\", "\\\\").replace("'", "\\'") + "'"


GROUPS = [
    *(
        select(f"every function, {path}", _table(PLAIN, "<a/>", ""), *_each(path))
        for path in (
            "a/b", "a/b/text()", "a/c", "a/c[2]", "a/d", "a/zz", "a/b/@id", "a/e", "a/comment()", "a/node()", "/", "a/@*",
            "sum(a/c)", "count(a/b)", "'lit'", "1.5", "1 div 0", "-1 div 0", "0 div 0", "a/b = 'b1'", "true()", "false()",
            "string(a/e)", "3000000000", "-2147483649", "70000", "-40000", "99999999999999999999", "-1.9", "-0.0", "1e3", "a[", "$v",
        )
    ),
    select("documents", DOCUMENTS, *_paths("xpath", "a/b", "a/b/text()", "//@*", "//text()", "a/node()", "//*/@c", "p:a/p:b", "a/@d", "//namespace::*"), *_paths("xpath_string", "a", "a/b", "//b", "name(/*)", "local-name(//*[2])", "//*[local-name()=\"b\"]", "//*[name()=\"p:b\"]", "namespace-uri(/*)", "count(//namespace::*)", "a/@p:c", "//@i", "string-length(.)", "count(//text())", "a/@xml:lang", "count(a//b)", "//@c", "normalize-space()")),
    select("prefixes", _table("<p:a xmlns:p='u'><p:b p:i='7'>1<p:c>2</p:c></p:b><p:b>3</p:b></p:a>"), *_paths("xpath_string", "a/b", "//b", "descendant::b", "descendant-or-self::b", "//a/b", "a//c", "a/b/c/ancestor::b/@i", "a/b/following-sibling::b", "a/b[2]/preceding-sibling::b", "a/b/c/following::b", "a/b/self::b", "a/b/parent::a", "//b/@i", "a/b[@i]", "//*[self::b]", "//b[1]", "count(//b)", "count(a/b)", "/descendant::b[1]", "(//b)[1]", ".//b", "//p:b", "//self::b", "//child::b", "//b|//a", "a[//b]", "a[.//b]", "*//b", "//./b", "//c/..")),
    select("nodes in order", _table(TREE), *_paths("xpath", "//b[2]/ancestor::*/@k", "//d/ancestor::*/@i", "//d/ancestor-or-self::*[1]/text()", "//d/preceding::text()", "//d/preceding-sibling::node()", "a/c/following-sibling::node()", "a/c/following::text()", "(//@*)[2]", "//@*", "a/b/@i|a/@*", "a/b/text()[1]", "(a/b/text())[1]", "a/text()", "a/b[@i='2']/d/text()", "a/b[@i>1]/@i", "a/*/@i", "a/node()[3]", "a/b[last()]/text()", "a/b[position()<2]/text()", "//*[@*]/@i", "//text()[contains(.,'x')]", "a/b[d]/@i", "a/b[not(d)]/@i", "descendant-or-self::b/@i", "self::node()/a/@k", "./a/./@k", "..//b", "/a/@k/..", "a/processing-instruction('z')", "a/processing-instruction('y')", "//b[1][@i=1]/text()", "//b[@i=2][1]/text()", "//d/preceding::*[1]/@i", "//d/preceding::*/@i", "//d/ancestor::*[1]/@i", "(//d/ancestor::*)[1]/@k", "a / b / @i", "a/b[ @i = '1' ]/text()", "child::a/child::b/attribute::i", "//*[count(*)=1]/text()", "a[text()='t']/@k", "a[.='1t2xy']/@k", "id('1')", "a/b/text", "a/b/text() ", "a/b/@i/text()", "*/*/@i", "@k", "a//@i", "a/div", "(a)/b/@i", "(a/b)[2]/@i", "(a|a/b)/@*", "current()/a/@k", "self::a", "//@i/following::node()", "//@i/preceding::node()", "//@i/..", "//comment()/following-sibling::node()", "//comment()/preceding-sibling::*/@i", "//b//text()", "//*[self::b or self::c]/@i", "//d/../../@k", "//node()[self::text()]", "a/b[position()=last()-1]/@i", "a/b[1]|a/c", "descendant::text()[2]", "//text()[2]", "//b/descendant-or-self::*/@i")),
    select("words that are names and operators", _table("<and><or>1</or><div>4</div><mod>3</mod><text>5</text><x-y.z>6</x-y.z><_u>7</_u><é>8</é></and>"), *_paths("xpath_string", "and", "and/or", "and/or or and/div", "and/div div and/mod", "and/mod mod 2", "and/x-y.z", "and/_u", "and/é", "and/text", "and/text/text()", "and/or -1", "and/or - 1", "and/or-1", "and/div*and/mod", "and/*", "* and *", "and and and")),
    select("numbers as texts", ONE, *[f"xpath_string('<a/>', {_quoted(p)})" for p in ("0.1", "1 div 3", "2 div 3", "1000000", "123456789012345678", "0.00001", "1 div 1000000", "-0", "1.10", "100 div 3", "1234567.891", "0.1+0.2", "1 div 1000000000000", "12345678901234567890123 * 10", "round(2.5)", "round(-2.5)", "round(0.5)", "floor(-1.5)", "ceiling(1.2)", "ceiling(-0.5)", "5 mod 2", "-5 mod 2", "7 mod -3", "5.5 mod 2", "1 mod 0", "1..2", "1.5.", "01", ".5", "5.", "-.5", "--1", "1--1", "2*3", "concat(1 div 3, 'x')", "1 div -0", "round(1 div 0)", "round(0 div 0)", "1 - 2 - 3", "8 div 4 div 2", "2 + 3 * 4", "(2 + 3) * 4", "last()", "position()", "-(1)", "1 = 1 = 1", "3 > 2 > 1", "1 < 2 < 3")]),
    select("texts as numbers", Table("x string", [(f"<a>{text}</a>",) for text in NUMBERLIKE]), *_paths("xpath_double", "a", "number(a)", "a + 0", "-a", "sum(//a)"), *_paths("xpath_string", "number(a)", "a = 5", "a > 0", "a = '5.'", "a[. > 0]"), *_paths("xpath_int", "a"), *_paths("xpath_long", "a"), *_paths("xpath_short", "a"), *_paths("xpath_float", "a")),
    select("texts", _table("<a><s> x  y </s><h>hello</h><e>h😀llo</e></a>"), *_paths("xpath_string", "string(a/s)", "normalize-space(a/s)", "string-length(a/s)", "string-length(a/e)", "substring(a/h,2,3)", "substring(a/h,2)", "substring(a/h,2.5)", "substring(a/h,-1,3)", "substring(a/h,1,0)", "substring(a/h,2,100)", "substring(a/h,1.5,2.6)", "substring(a/h,0,3)", "substring(a/h,0 div 0,3)", "substring(a/h,1,0 div 0)", "substring(a/h,-42,1 div 0)", "substring(a/h,-1 div 0,1 div 0)", "substring(a/h,9)", "substring(a/e,2,2)", "substring(a/e,4)", "translate(a/h,'el','x')", "translate(a/h,'ll','xy')", "translate(a/h,'h','HH')", "contains(a/h,'ell')", "contains(a/h,'')", "substring-before(a/h,'l')", "substring-after(a/h,'l')", "substring-before(a/h,'zz')", "substring-after(a/h,'zz')", "substring-after(a/h,'')", "substring-before(a/h,'')", "starts-with(a/h,'he')", "starts-with('','')", "concat('a','b','c')", "concat(a/h,1,true(),0.5)", "concat(a/zz,'q')", "'it\"s'", '"it\'s"', "string()", "string-length()", "normalize-space()", "name()", "string(true())", "lang('en')")),
    select("comparisons", _table("<a><b>1</b><b>2</b><c>x</c></a>"), *_paths("xpath_boolean", "a/b>=2", "a/b<2", "a/b!=1", "not(a/b!=1)", "a/b=a/c", "a/b=a/b", "a/zz=a/zz", "a/zz!=1", "a/zz=''", "a/b=true()", "a/zz=false()", "a/zz<1", "a/b<a/b", "1<a/b", "true()>false()", "'1'<2", "'a'<'b'", "'a'='a'", "'a'!='b'", "2='2'", "true()='x'", "1=true()", "1 or 0", "0 and 1", "1 and 'x'", "'' or 0 div 0", "boolean('false')", "boolean(' ')", "boolean(-0)", "number(true())", "0 div 0 = 0 div 0", "0 div 0 != 1", "a[b=1]/b[2]", "a[b[2]=2]/c", "a[b=1 and c]", "a[b=3 or zz]", "a/b[1.5]=1", "a/b['x']", "a/b['']", "a/b[true()]", "a/b[0]", "a/b[-1]", "a/c=1", "true()=a/zz", "false()!=a/b", "count(a/b)=2", "a/b|a/c='x'")),
    select("no paths", _table("<a/>"), *_paths("xpath_string", " ", "a/", "//", "/a/", "a[]", "a/b/@", "1 +", "'unclosed", "a b", "a/()", "(a", "a)", "[1]", "a]", "!", "a!b", "=", "a///b", "foo::b", "child::", "*:a", "#", "a,b", "{a}", "a\\b", "a and", "and a", "+1", "1++1", "unknown()", "p:f()", "lower-case('A')", "count()", "string(1,2)", "concat('a')", "element()", "for $x in a return $x", "if (1) then 2 else 3", "max(//b)", "exists(a)", "1 | 2", "count(1)", "sum('x')", "string(a)/b", "'x'/b", "true()()", "a/b/foo()", "a/processing-instruction(z)")),
    *(
        select(f"no document, {place}", _table(text), "xpath(x, 'a')", "xpath_int(x, 'a')", "xpath_string(x, 'a')", "xpath(x, '')", "xpath(x, null)")
        for place, text in enumerate(("<a><b/>", "  ", "text", "<a/><b/>", "<a/>trail", "<a b='1' b='2'/>", "<a><b></c></a>", "<a>&unk;</a>", " <?xml version='1.0'?><a/>", "<a b=1/>", "<a>\u0001</a>"))
    ),
    select("paths from Python", _table(PLAIN), *[(name, lambda F, name=name: getattr(F, name)("x", F.lit("a/c/text()"))) for name in ("xpath", "xpath_boolean", "xpath_double", "xpath_number", "xpath_float", "xpath_int", "xpath_long", "xpath_short", "xpath_string")]),
    select("errors of types", Table("x string, p string, i int, n binary, t boolean, d date, r array<int>", [("<a>1</a>", "a", 1, b"<a/>", True, None, [1])]), "xpath(x)", "xpath(x, 'a', 'b')", "xpath()", "xpath_int(x)", "xpath(i, 'a')", "xpath(1, 'a')", "xpath(x, 1)", "xpath(n, 'a')", "xpath(x, p)", "xpath(x, lower('A'))", "xpath(x, concat('a', '/text()'))", "xpath(null, 'a')", "xpath(x, null)", "xpath(null, null)", "xpath_int(null, 'a')", "xpath(x, cast(null as string))", "xpath(t, 'a')", "xpath(d, 'a')", "xpath(r, 'a')", "xpath_string(x, d)", "XPATH_INT(x, 'a')", "xpath(null, p)", "xpath(x, concat(p, '/text()'))", "xpath_boolean(x, n)", "xpath_string(i, p)", ("a number", lambda F: F.xpath("x", F.lit(1)))),
    select("errors of types, ANSI off", Table("x string, p string, i int, n binary", [("<a>1</a>", "a", 1, b"<a/>")]), "xpath(i, 'a')", "xpath(x, 1)", "xpath(n, 'a')", "xpath_string(x, 'a')", ansi="false"),
]  # fmt: skip
