"""Addresses: ``parse_url try_parse_url url_encode url_decode try_url_decode``.

Source: java.net.URI, that is RFC 2396 with the reference's leniency for characters outside ASCII.
"""

from __future__ import annotations

import functools
import ipaddress
import re
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass

from actorstream.errors import IllegalArgumentException
from actorstream.expr.coercion import Rules, is_string, quoted_type, takes, type_of, unexpected_input, wrong_arity
from actorstream.expr.functions.string import per_row
from actorstream.expr.nodes import Call, Expression
from actorstream.expr.registry import Function
from actorstream.expr.types import NullType, StringType

_PARTS = re.compile(r"(?:([^:/?#]+):)?(.*)", re.DOTALL)
_HIERARCHY = re.compile(r"(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?\Z", re.DOTALL)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*\Z")
_OTHER = r"\x80-\U0010ffff"  # what is no blank or control character among them is taken
_MARKS = r"A-Za-z0-9_\-!.~'()*;:@&=+$,"
_ESCAPED = "%[0-9A-Fa-f]{2}"
_PATH = re.compile(rf"(?:[{_MARKS}/{_OTHER}]|{_ESCAPED})*\Z")
_QUERY = re.compile(rf"(?:[{_MARKS}/?\[\]{_OTHER}]|{_ESCAPED})*\Z")
_AUTHORITY = re.compile(rf"(?:[{_MARKS}\[\]{_OTHER}]|{_ESCAPED})*\Z")
_BLANK = re.compile(r"[\x80-\x9f\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
_SERVER = re.compile(
    rf"(?:((?:[A-Za-z0-9_\-!.~'()*;:&=+$,{_OTHER}]|{_ESCAPED})*)@)?(\[[^\]]*\]|[^:@\[\]]*)(?::(\d*))?\Z"
)
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9\-]*[A-Za-z0-9])?\.?\Z")


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of an address as they are written; None for what is not there."""

    scheme: str | None = None
    authority: str | None = None
    user: str | None = None
    host: str | None = None
    path: str | None = None
    query: str | None = None
    fragment: str | None = None


@functools.lru_cache(maxsize=1024)
def parse_address(text: str) -> Address | None:
    """The parts of a text; None if it is no address."""
    if _BLANK.search(text):
        return None
    scheme, rest = _PARTS.match(text).groups()  # type: ignore[union-attr]
    if scheme is None and text.startswith(":"):
        return None
    if scheme is not None and not _SCHEME.match(scheme):
        return None
    if scheme is not None and not rest.startswith("/"):
        return _opaque(scheme, rest)
    authority, path, query, fragment = _HIERARCHY.match(rest).groups()  # type: ignore[union-attr]
    if not _PATH.match(path) or not _QUERY.match(query or "") or not _QUERY.match(fragment or ""):
        return None
    if authority == "":
        if not path and query is None and fragment is None:
            return None  # two slashes want something behind them
        authority = None
    if authority is not None and not _AUTHORITY.match(authority):
        return None
    user, host = _server(authority)
    return Address(scheme, authority, user, host, path, query, fragment)


def _opaque(scheme: str, rest: str) -> Address | None:
    """``mailto:a@b.c``: nothing but a scheme, and perhaps a fragment."""
    specific, mark, fragment = rest.partition("#")
    if not specific or not _QUERY.match(specific) or not _QUERY.match(fragment):
        return None
    return Address(scheme, fragment=fragment if mark else None)


def _server(authority: str | None) -> tuple[str | None, str | None]:
    """User and host of an authority; none if it is a name of another kind."""
    match = _SERVER.match(authority) if authority else None
    if match is None:
        return None, None
    user, host, _ = match.groups()
    if host.startswith("["):
        try:
            ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            return None, None
        return user, host
    return (user, host) if _is_ipv4(host) or _HOST.match(host) else (None, None)


def _is_ipv4(host: str) -> bool:
    numbers = host.split(".")
    return len(numbers) == 4 and all(n.isascii() and n.isdigit() and len(n) <= 3 and int(n) <= 255 for n in numbers)


def _file(address: Address) -> str | None:
    if address.path is None:
        return None
    return address.path if address.query is None else f"{address.path}?{address.query}"


_PICK: dict[str, Callable[[Address], str | None]] = {
    "PROTOCOL": lambda address: address.scheme,
    "AUTHORITY": lambda address: address.authority,
    "USERINFO": lambda address: address.user,
    "HOST": lambda address: address.host,
    "PATH": lambda address: address.path,
    "QUERY": lambda address: address.query,
    "REF": lambda address: address.fragment,
    "FILE": _file,
}


def part_of_url(text: str, part: str, key: str | None = None) -> str | None:
    """A part of an address, or the value of one key of its query. Raises: ValueError if the text is no address."""
    address = parse_address(text)
    if address is None:
        raise ValueError(text)
    pick = _PICK.get(part)
    if pick is None or (key is not None and part != "QUERY"):
        return None
    found = pick(address)
    if key is None or found is None:
        return found
    match = re.search(f"(?:&|^){key}=([^&]*)", found)  # the reference reads the key as a pattern, too
    return None if match is None else match[1]


def _parse_url(text: str, part: str, key: str | None = None) -> str | None:
    try:
        return part_of_url(text, part, key)
    except ValueError:
        raise IllegalArgumentException(errorClass="INVALID_URL", messageParameters={"url": text}) from None


def _try_parse_url(text: str, part: str, key: str | None = None) -> str | None:
    try:
        return part_of_url(text, part, key)
    except ValueError:
        return None


def _rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) not in (2, 3):
        wrong_arity(name, "[2, 3]", len(args))
    call = Call(name=name, args=args)
    for index, argument in enumerate(args):
        if not is_string(type_of(argument)) and not isinstance(type_of(argument), NullType):
            raise unexpected_input(call, index, quoted_type(StringType()))
    return takes("string", "string", "string", optional=1, returns="string", nullable=True)(name, args, rules)


_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def _url_decode(text: str) -> str:
    if _BAD_ESCAPE.search(text):
        raise IllegalArgumentException(errorClass="CANNOT_DECODE_URL", messageParameters={"url": text})
    return urllib.parse.unquote_plus(text)


def _try_url_decode(text: str) -> str | None:
    return None if _BAD_ESCAPE.search(text) else urllib.parse.unquote_plus(text)


def _url_encode(text: str) -> str:
    return urllib.parse.quote_plus(text, safe="*-._").replace("~", "%7E")


FUNCTIONS = [
    Function("parse_url", _rule, per_row(_parse_url), "a part of an address", may_raise=True),
    Function("try_parse_url", _rule, per_row(_try_parse_url), "a part of an address, null if it is none"),
    Function("url_encode", takes("string"), per_row(_url_encode), "text as part of an address"),
    Function("url_decode", takes("string"), per_row(_url_decode), "text of a part of an address", may_raise=True),
    Function("try_url_decode", takes("string", nullable=True), per_row(_try_url_decode), "text of a part of an address, null if it is none"),
]  # fmt: skip
