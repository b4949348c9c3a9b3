"""XML text as the events of a pull parser: the reference's reader is one, and what it makes of broken values depends on it.

The parser is expat, as in `xml_tree`. Entities of a document's own are refused, its DTD is not looked at. An error is an event, too:
it counts only if the reader gets so far.

Source: Java ``XMLEventReader`` as Spark ``StaxXmlParserUtils`` sets it up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias
from xml.parsers import expat

from actorstream.expr.xml_tree import BUFFER

#: expat's error for a text that ends too early
_NO_ELEMENTS = expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS]

Kind: TypeAlias = Literal["start", "end", "text", "error"]


class XmlEvent:
    """A start tag, an end tag, a stretch of text without comments in it, or what is wrong with the document from here on.

    Args:
        kind: which of them.
        text: the tag's name, the text, or the error.
        attributes: names and values in turn.
    """

    __slots__ = ("attributes", "kind", "text")

    def __init__(self, kind: Kind, text: str, attributes: Sequence[str] = ()) -> None:
        self.kind = kind
        self.text = text
        self.attributes = attributes

    def is_blank(self) -> bool:
        """Whether it is text without a letter."""
        return self.kind == "text" and not self.text.strip(" \t\r\n")


class MalformedXml(ValueError):
    """The document is not well-formed where the reader is."""


class XmlEvents:
    """The events of a document, one after the other."""

    def __init__(self, text: str) -> None:
        self._events: list[XmlEvent] = []
        self._place = 0
        self._depth = 0
        self._may_join = False
        parser = expat.ParserCreate()
        parser.ordered_attributes = True
        parser.specified_attributes = True
        parser.buffer_text = True
        parser.buffer_size = BUFFER
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.CommentHandler = self._comment
        parser.ProcessingInstructionHandler = self._instruction
        parser.DefaultHandler = self._other
        try:
            parser.Parse(text, True)
        except expat.ExpatError as error:
            if error.code != _NO_ELEMENTS:
                self._events.append(XmlEvent("error", str(error)))

    def peek(self) -> XmlEvent:
        """The next event. Raises: MalformedXml."""
        if self._place == len(self._events):
            raise MalformedXml("the document ends here")
        event = self._events[self._place]
        if event.kind == "error":
            raise MalformedXml(event.text)
        return event

    def find(self, wanted: Callable[[str], bool]) -> XmlEvent | None:
        """The next start tag of a wanted name, left behind; None at the end of the text, whatever is still open there.

        Raises: MalformedXml.
        """
        while self._place < len(self._events):
            event = self.next()
            if event.kind == "start" and wanted(event.text):
                return event
        return None

    def next(self) -> XmlEvent:
        """The next event, left behind. Raises: MalformedXml."""
        event = self.peek()
        self._place += 1
        return event

    def _start(self, name: str, attributes: list[str]) -> None:
        self._depth += 1
        self._may_join = False
        self._events.append(XmlEvent("start", name, attributes))

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._may_join = False
        self._events.append(XmlEvent("end", name))

    def _characters(self, data: str) -> None:
        if self._may_join:
            self._events[-1].text += data
        else:
            self._events.append(XmlEvent("text", data))
            self._may_join = True

    def _comment(self, data: str) -> None:
        self._may_join = False

    def _instruction(self, target: str, data: str) -> None:
        self._may_join = False

    def _other(self, data: str) -> None:
        if self._depth and data.startswith("&"):
            self._may_join = False
            self._events.append(XmlEvent("error", f"the entity '{data}' is not taken"))
