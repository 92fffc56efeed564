"""Reading XML exports: a flat stream of elements with their lines. Knows no broker.

Expat rather than a tree: it is in the standard library, tells the line of every element, and lets a
document type be refused before an entity can be declared, let alone expanded.
"""

from collections.abc import Iterator
from typing import NamedTuple
from xml.parsers import expat

from pricing.readers import ImporterError

CHUNK = 65_536


class Element(NamedTuple):
    """One start tag: its name and line, the name of the element around it, and its attributes."""

    tag: str
    line: int
    parent: str
    values: dict[str, str]


class _Collector:
    """Expat's callbacks, which gather the elements of one chunk."""

    def __init__(self, parser: expat.XMLParserType, root: str) -> None:
        self.parser = parser
        self.root = root
        self.elements: list[Element] = []
        self._open: list[str] = []

    def start(self, tag: str, values: dict[str, str]) -> None:
        if not self._open and tag != self.root:
            raise ImporterError(
                f"The XML begins with <{tag}>; an export begins with <{self.root}>."
            )
        parent = self._open[-1] if self._open else ""
        self._open.append(tag)
        self.elements.append(Element(tag, self.parser.CurrentLineNumber, parent, values))

    def end(self, tag: str) -> None:
        self._open.pop()


def _refuse_document_type(*details: object) -> None:
    raise ImporterError(
        "The XML declares a document type or entities, which no export has; it was not read."
    )


def read_elements(text: str, root: str) -> Iterator[Element]:
    """Yield every element of a document whose root is ``root``, in the order of the file.

    Raises ImporterError for a document type, another root, and damaged or truncated XML.
    """
    # The text is decoded already; this overrides whatever encoding the XML declaration names.
    parser = expat.ParserCreate("utf-8")
    collector = _Collector(parser, root)
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.StartDoctypeDeclHandler = _refuse_document_type
    data = text.encode("utf-8", errors="replace")
    try:
        for position in range(0, len(data), CHUNK):
            parser.Parse(data[position : position + CHUNK], False)
            yield from collector.elements
            collector.elements.clear()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ImporterError(
            f"Line {error.lineno}: the XML is damaged or breaks off"
            f" ({expat.errors.messages[error.code]}). Export the file again unchanged."
        ) from error
