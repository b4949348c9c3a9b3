"""XML text as a tree of nodes that keeps what Spark still needs: order, prefixes, comments, where CDATA begins.

The parser is expat, without namespaces: the reference's parsers do not look at them, a prefix is only a part of a name. It reads
nothing but the text: external entities and DTDs are passed over, and entities that grow a text out of proportion are an error.
"""

from __future__ import annotations

from typing import Literal, TypeAlias
from xml.parsers import expat

Kind: TypeAlias = Literal["document", "element", "attribute", "namespace", "text", "comment", "instruction"]

BUFFER = 1 << 16
"""Bytes of text that expat gathers before it hands them over: pieces are joined, which must stay cheap for long texts."""
_XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"


class XmlNode:
    """A node of a document.

    Args:
        kind: what it is.
        name: the name as written, with its prefix; the target of an instruction; the prefix that a namespace node declares.
        value: the text of an attribute, a text, a comment, an instruction; the name of a namespace.
        parent: the element or document that it stands in.
        order: its number in document order.
    """

    __slots__ = ("attributes", "children", "kind", "local", "name", "namespaces", "order", "parent", "pieces", "value")

    def __init__(self, kind: Kind, name: str, value: str, parent: XmlNode | None, order: int) -> None:
        self.kind = kind
        self.name = name
        self.local = name.rpartition(":")[2] if ":" in name else name
        self.value = value
        self.parent = parent
        self.order = order
        self.children: list[XmlNode] = [] if kind == "element" or kind == "document" else _NONE
        self.attributes = _NONE
        #: namespaces that an element declares
        self.namespaces = _NONE
        #: the parts of a text that CDATA sections cut it into
        self.pieces: list[str] = [value] if kind == "text" else []

    def text(self) -> str:
        """The string value: all text below an element or document, the own one of any other node."""
        if self.kind not in ("element", "document"):
            return self.value
        found: list[str] = []
        todo = self.children[::-1]
        while todo:
            node = todo.pop()
            if node.kind == "text":
                found.append(node.value)
            elif node.kind == "element":
                todo.extend(node.children[::-1])
        return "".join(found)


#: what nodes have that can have none; never changed
_NONE: list[XmlNode] = []


def parse_xml(text: str) -> XmlNode:
    """The document of a text. Raises: ValueError saying what is wrong where, for a text that is not well-formed."""
    return _Builder(text).document


class _Builder:
    """Expat's handlers, growing the tree."""

    def __init__(self, text: str) -> None:
        self.document = XmlNode("document", "", "", None, 0)
        self._here = self.document
        self._count = 0
        self._new_piece = False
        parser = expat.ParserCreate()
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.buffer_size = BUFFER
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartCdataSectionHandler = parser.EndCdataSectionHandler = self._cut
        parser.CommentHandler = self._comment
        parser.ProcessingInstructionHandler = self._instruction
        try:
            parser.Parse(text, True)
        except expat.ExpatError as error:
            raise ValueError(str(error)) from None

    def _node(self, kind: Kind, name: str, value: str, parent: XmlNode) -> XmlNode:
        self._count += 1
        return XmlNode(kind, name, value, parent, self._count)

    def _start(self, name: str, attributes: list[str]) -> None:
        element = self._node("element", name, "", self._here)
        self._here.children.append(element)
        if attributes or self._here is self.document:
            self._attributes(element, attributes)
        self._here = element
        self._new_piece = False

    def _attributes(self, element: XmlNode, given: list[str]) -> None:
        element.attributes, element.namespaces = [], []
        for name, value in zip(given[::2], given[1::2], strict=True):
            if name == "xmlns" or name.startswith("xmlns:"):
                element.namespaces.append(self._node("namespace", name[6:], value, element))
            else:
                element.attributes.append(self._node("attribute", name, value, element))
        if element.parent is self.document:
            element.namespaces.append(self._node("namespace", "xml", _XML_NAMESPACE, element))

    def _end(self, name: str) -> None:
        assert self._here.parent is not None
        self._here = self._here.parent
        self._new_piece = False

    def _cut(self) -> None:
        self._new_piece = True

    def _characters(self, data: str) -> None:
        siblings = self._here.children
        if siblings and siblings[-1].kind == "text":
            node = siblings[-1]
            node.value += data
            if self._new_piece:
                node.pieces.append(data)
            else:
                node.pieces[-1] += data
        else:
            siblings.append(self._node("text", "", data, self._here))
        self._new_piece = False

    def _comment(self, data: str) -> None:
        self._here.children.append(self._node("comment", "", data, self._here))

    def _instruction(self, target: str, data: str) -> None:
        self._here.children.append(self._node("instruction", target, data, self._here))
