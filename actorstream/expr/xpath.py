"""XPath 1.0 on the trees of `xml_tree`: a path becomes a function of a node.

libxml2's XPath is not used, since it gives other results than the reference's in what users meet every day: it looks at
namespaces, which the reference does not (``a/b`` finds ``<p:b>`` there), prints 15 digits of a number, and takes ``1e3`` for one.

Source: XPath 1.0, sections 2 and 3; Xalan ``XPathParser``, whose own ways are noted where they differ.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from actorstream.expr.xml_tree import XmlNode
from actorstream.expr.xpath_values import (
    CORE,
    Focus,
    Nodes,
    Value,
    XPathError,
    as_boolean,
    as_nodes,
    as_number,
    as_text,
    compared,
    divided,
    remainder,
)

Evaluator: TypeAlias = Callable[[Focus], Value]
_Test: TypeAlias = Callable[[XmlNode], bool]


@functools.lru_cache(maxsize=256)
def compile_xpath(path: str) -> Callable[[XmlNode], Value]:
    """The function of a document that a path is. Raises: XPathError for a path that is none, saying what is wrong."""
    try:
        evaluate = _Parser(path).whole()
    except RecursionError:
        raise XPathError("it is nested too deeply") from None
    return lambda document: evaluate(Focus(document))


# ---------------------------------------------------------------- axes


def _descendants(node: XmlNode) -> Iterator[XmlNode]:
    todo = node.children[::-1]
    while todo:
        found = todo.pop()
        yield found
        if found.children:
            todo.extend(found.children[::-1])


def _with_descendants(node: XmlNode) -> Iterator[XmlNode]:
    yield node
    yield from _descendants(node)


def _ancestors(node: XmlNode) -> Iterator[XmlNode]:
    while node.parent is not None:
        node = node.parent
        yield node


def _with_ancestors(node: XmlNode) -> Iterator[XmlNode]:
    yield node
    yield from _ancestors(node)


def _siblings(node: XmlNode) -> tuple[Nodes, int]:
    """The children of the parent and the place of the node among them; nothing for a node that is no child."""
    if node.parent is None or node.kind in ("attribute", "namespace"):
        return [], 0
    siblings = node.parent.children
    return siblings, next(place for place, sibling in enumerate(siblings) if sibling is node)


def _following_siblings(node: XmlNode) -> Nodes:
    siblings, place = _siblings(node)
    return siblings[place + 1 :]


def _preceding_siblings(node: XmlNode) -> Nodes:
    siblings, place = _siblings(node)
    return siblings[:place][::-1]


def _following(node: XmlNode) -> Iterator[XmlNode]:
    if node.kind in ("attribute", "namespace") and node.parent is not None:
        yield from _descendants(node.parent)
        node = node.parent
    for start in _with_ancestors(node):
        for sibling in _following_siblings(start):
            yield from _with_descendants(sibling)


def _preceding(node: XmlNode) -> Iterator[XmlNode]:
    if node.kind in ("attribute", "namespace") and node.parent is not None:
        node = node.parent
    for start in _with_ancestors(node):
        for sibling in _preceding_siblings(start):
            yield from reversed(list(_with_descendants(sibling)))


def _namespaces(node: XmlNode) -> Nodes:
    """The declarations in force, as nodes of the elements that make them."""
    if node.kind != "element":
        return []
    found: dict[str, XmlNode] = {}
    for element in _with_ancestors(node):
        for declared in element.namespaces:
            found.setdefault(declared.name, declared)
    return list(found.values())


_AXES: dict[str, Callable[[XmlNode], Any]] = {
    "child": lambda node: node.children,
    "descendant": _descendants,
    "descendant-or-self": _with_descendants,
    "parent": lambda node: () if node.parent is None else (node.parent,),
    "ancestor": _ancestors,
    "ancestor-or-self": _with_ancestors,
    "self": lambda node: (node,),
    "attribute": lambda node: node.attributes,
    "namespace": _namespaces,
    "following": _following,
    "following-sibling": _following_siblings,
    "preceding": _preceding,
    "preceding-sibling": _preceding_siblings,
}
#: the kind of node that a name means
_PRINCIPAL = {"attribute": "attribute", "namespace": "namespace"}


def _in_order(nodes: Nodes) -> Nodes:
    """Document order, every node once."""
    if all(one.order < other.order for one, other in itertools.pairwise(nodes)):
        return nodes
    return [node for _, node in sorted({node.order: node for node in nodes}.items())]


@dataclass(frozen=True, slots=True)
class _Step:
    """``axis::test[predicate]...``"""

    axis: str
    test: _Test
    predicates: tuple[Evaluator, ...] = ()
    #: the name that is looked for after ``//``
    anywhere: str | None = None

    def taken(self, nodes: Nodes) -> Nodes:
        """The nodes that the step leads to from any of `nodes`, in document order."""
        walk, test = _AXES[self.axis], self.test
        found: Nodes = []
        for node in nodes:
            here = [other for other in walk(node) if test(other)]
            for predicate in self.predicates:
                here = _chosen(here, predicate)
            found.extend(here)
        return _in_order(found)


def _chosen(nodes: Nodes, predicate: Evaluator) -> Nodes:
    """Nodes for which a predicate holds: a number is a place among them, of which Xalan drops the fraction."""
    size = len(nodes)
    found = []
    for place, node in enumerate(nodes, 1):
        value = predicate(Focus(node, place, size))
        if (place <= value < place + 1) if isinstance(value, float) else as_boolean(value):
            found.append(node)
    return found


# ---------------------------------------------------------------- words

_NAME = r"[^\W\d][\w.\-\u00b7]*"
_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?P<rest>[\w.]*))
    | (?P<text>"[^"]*"|'[^']*')
    | (?P<name>{_NAME}(?::(?!:)(?:{_NAME}|\*))*)
    | (?P<mark>::|//|\.\.|!=|<=|>=|[()\[\].@,/|+\-=<>*$])
    | (?P<end>\Z)
    | (?P<other>.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_OPERATORS = frozenset({"and", "or", "mod", "div"})
#: marks after which a name is a name and a star a star (XPath 1.0, 3.7)
_BEFORE_OPERAND = frozenset(
    {"@", "::", "(", "[", ",", "/", "//", "|", "+", "-", "=", "!=", "<", "<=", ">", ">=", "operator"}
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def _tokens(path: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    while True:
        match = _TOKEN.match(path, place)
        assert match is not None
        place = match.end()
        kind = str(match.lastgroup) if match["number"] is None else "number"
        text = match[kind]
        if kind == "end":
            return [*found, _Token("end", "")]
        if kind == "other":
            raise XPathError(f"the character '{text}' means nothing here")
        if kind == "number" and match["rest"]:
            raise XPathError(f"'{text}' is no number")
        operand_ended = bool(found) and found[-1].kind not in _BEFORE_OPERAND
        if operand_ended and (text == "*" or (kind == "name" and text in _OPERATORS)):
            found.append(_Token("operator", text))
        else:
            found.append(_Token(text if kind == "mark" else kind, text))


# ---------------------------------------------------------------- grammar

_NODE_TYPES: dict[str, _Test] = {
    "node": lambda node: True,
    "text": lambda node: node.kind == "text",
    "comment": lambda node: node.kind == "comment",
    "processing-instruction": lambda node: node.kind == "instruction",
}
_ANYWHERE = _Step("descendant-or-self", _NODE_TYPES["node"])
_HERE = _Step("self", _NODE_TYPES["node"])


def _joined(sign: str, left: Evaluator, right: Evaluator) -> Evaluator:
    """An expression of two."""
    if sign == "or":
        return lambda focus: as_boolean(left(focus)) or as_boolean(right(focus))
    if sign == "and":
        return lambda focus: as_boolean(left(focus)) and as_boolean(right(focus))
    if sign in _ARITHMETIC:
        run = _ARITHMETIC[sign]
        return lambda focus: run(as_number(left(focus)), as_number(right(focus)))
    return lambda focus: compared(sign, left(focus), right(focus))


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "div": divided,
    "mod": remainder,
}
#: operators from the loosest to the tightest
_LEVELS: Sequence[frozenset[str]] = (
    frozenset({"or"}),
    frozenset({"and"}),
    frozenset({"=", "!="}),
    frozenset({"<", "<=", ">", ">="}),
    frozenset({"+", "-"}),
    frozenset({"*", "div", "mod"}),
)


class _Parser:
    """A parser by recursive descent that gives evaluators."""

    def __init__(self, path: str) -> None:
        self._tokens = _tokens(path)
        self._place = 0

    def whole(self) -> Evaluator:
        """All of the path."""
        found = self._expression(0)
        if self._kind() != "end":
            raise XPathError(f"'{self._token().text}' is one word too many")
        return found

    def _token(self, ahead: int = 0) -> _Token:
        return self._tokens[min(self._place + ahead, len(self._tokens) - 1)]

    def _kind(self, ahead: int = 0) -> str:
        return self._token(ahead).kind

    def _next(self) -> _Token:
        token = self._token()
        self._place += 1
        return token

    def _accept(self, kind: str) -> bool:
        if self._kind() != kind:
            return False
        self._place += 1
        return True

    def _expect(self, kind: str) -> None:
        if not self._accept(kind):
            raise XPathError(f"a '{kind}' is missing {self._where()}")

    def _where(self) -> str:
        return "at the end" if self._kind() == "end" else f"before '{self._token().text}'"

    def _expression(self, level: int) -> Evaluator:
        if level == len(_LEVELS):
            return self._signed()
        found = self._expression(level + 1)
        while self._kind() in ("operator", *_LEVELS[level]) and self._token().text in _LEVELS[level]:
            sign = self._next().text
            found = _joined(sign, found, self._expression(level + 1))
        return found

    def _signed(self) -> Evaluator:
        # one sign at most, unlike the standard
        if self._accept("-"):
            value = self._union()
            return lambda focus: -as_number(value(focus))
        return self._union()

    def _union(self) -> Evaluator:
        found = self._path()
        while self._accept("|"):
            found = self._united(found, self._path())
        return found

    @staticmethod
    def _united(left: Evaluator, right: Evaluator) -> Evaluator:
        return lambda focus: _in_order([*as_nodes(left(focus)), *as_nodes(right(focus))])

    # ------------------------------------------------------------ paths

    def _path(self) -> Evaluator:
        if self._is_primary():
            return self._filtered()
        if self._kind() in ("/", "//"):
            only_root = self._kind() == "/" and not self._starts_step(1)
            self._place += only_root
            steps = () if only_root else _as_xalan(self._steps())
            return lambda focus: _walked([_root(focus.node)], steps)
        if not self._starts_step():
            raise XPathError(f"a path is missing {self._where()}")
        steps = _as_xalan(self._steps(first=True))
        return lambda focus: _walked([focus.node], steps)

    def _is_primary(self) -> bool:
        if self._kind() == "name":
            return self._kind(1) == "(" and self._token().text not in _NODE_TYPES
        return self._kind() in ("(", "text", "number", "$")

    def _filtered(self) -> Evaluator:
        """A value, predicates on it, and steps on from it."""
        value = self._primary()
        predicates = self._predicates()
        steps = self._steps() if self._kind() in ("/", "//") else ()
        if not predicates and not steps:
            return value

        def evaluate(focus: Focus) -> Value:
            nodes = as_nodes(value(focus))
            for predicate in predicates:
                nodes = _chosen(nodes, predicate)
            return _walked(nodes, steps)

        return evaluate

    def _primary(self) -> Evaluator:
        token = self._next()
        if token.kind == "text":
            text = token.text[1:-1]
            return lambda focus: text
        if token.kind == "number":
            number = float(token.text)
            return lambda focus: number
        if token.kind == "(":
            found = self._expression(0)
            self._expect(")")
            return found
        if token.kind == "$":
            raise XPathError(f"there is no variable '${self._token().text}'")
        return self._call(token.text)

    def _call(self, name: str) -> Evaluator:
        self._expect("(")
        arguments: list[Evaluator] = []
        if not self._accept(")"):
            arguments.append(self._expression(0))
            while self._accept(","):
                arguments.append(self._expression(0))
            self._expect(")")
        if name not in CORE:
            raise XPathError(f"there is no function '{name}'")
        least, most, function = CORE[name]
        if len(arguments) < least or (most is not None and len(arguments) > most):
            raise XPathError(f"the function '{name}' does not take {len(arguments)} arguments")
        return lambda focus: function(focus, [argument(focus) for argument in arguments])

    def _starts_step(self, ahead: int = 0) -> bool:
        return self._kind(ahead) in ("name", "*", "@", ".", "..")

    def _steps(self, *, first: bool = False) -> tuple[_Step, ...]:
        """Steps, each after a slash or two, the `first` one without."""
        found = [self._step()] if first else []
        while self._kind() in ("/", "//"):
            anywhere = self._next().kind == "//"
            if not self._starts_step():
                raise XPathError(f"a step is missing {self._where()}")
            name = self._name_ahead()
            step = self._step()
            if anywhere and step.axis == "child" and not step.predicates:
                step = _Step("descendant", step.test, anywhere=name)  # the same nodes, at once
            elif anywhere:
                found.append(_ANYWHERE)
            found.append(step)
        return tuple(found)

    def _name_ahead(self) -> str | None:
        """The name that the next step tests for, if it does."""
        ahead = 2 if self._kind(1) == "::" else 0
        return self._token(ahead).text if self._kind(ahead) == "name" and self._kind(ahead + 1) != "(" else None

    def _step(self) -> _Step:
        if self._accept("."):
            return _Step("self", _NODE_TYPES["node"], self._predicates())
        if self._accept(".."):
            return _Step("parent", _NODE_TYPES["node"], self._predicates())
        axis = "child"
        if self._accept("@"):
            axis = "attribute"
        elif self._kind() == "name" and self._kind(1) == "::":
            axis = self._next().text
            self._place += 1
            if axis not in _AXES:
                raise XPathError(f"there is no axis '{axis}'")
        return _Step(axis, self._test(axis), self._predicates())

    def _test(self, axis: str) -> _Test:
        kind = _PRINCIPAL.get(axis, "element")
        if self._accept("*"):
            return lambda node: node.kind == kind
        if self._kind() != "name":
            raise XPathError(f"a name is missing {self._where()}")
        name = self._next().text
        if self._kind() == "(":
            return self._type_test(name)
        if ":" in name:
            # no prefix stands for a namespace here
            return lambda node: False
        if kind == "namespace":
            return lambda node: node.kind == kind and node.name == name
        return lambda node: node.kind == kind and node.local == name

    def _type_test(self, name: str) -> _Test:
        if name not in _NODE_TYPES:
            raise XPathError(f"there is no node type '{name}'")
        self._expect("(")
        test = _NODE_TYPES[name]
        if name == "processing-instruction" and self._kind() == "text":
            target = self._next().text[1:-1]
            test = lambda node: node.kind == "instruction" and node.name == target  # noqa: E731 - a test like its siblings
        self._expect(")")
        return test

    def _predicates(self) -> tuple[Evaluator, ...]:
        found = []
        while self._accept("["):
            found.append(self._expression(0))
            self._expect("]")
        return tuple(found)


def _as_xalan(steps: tuple[_Step, ...]) -> tuple[_Step, ...]:
    """A path that is ``//name`` or ``.//name`` as a whole looks into Xalan's index of names, where prefixes are part of them."""
    last = steps[-1]
    if last.anywhere is None or ":" in last.anywhere or steps[:-1] not in ((), (_HERE,)):
        return steps
    name = last.anywhere
    return (_Step("descendant", lambda node: node.kind == "element" and node.name == name),)


def _root(node: XmlNode) -> XmlNode:
    while node.parent is not None:
        node = node.parent
    return node


def _walked(nodes: Nodes, steps: Sequence[_Step]) -> Nodes:
    for step in steps:
        nodes = step.taken(nodes)
    return nodes


__all__ = ["XPathError", "as_boolean", "as_number", "as_text", "compile_xpath"]
