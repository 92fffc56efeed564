"""Reading OFX: version 1, an SGML in which values have no end tags, and version 2, which is XML.

Brokers mix the two freely, so both are read as one: a tag with text behind it is a value, one without is
an aggregate if the file closes it anywhere. Nothing is ever looked up: a document type or an entity
declaration is text in front of the first tag.
"""

import re
from collections.abc import Iterator
from html import unescape

from pricing.readers import ImporterError

_TAG = re.compile(r"<(/?)([A-Za-z][\w.]*)\s*(/?)>([^<]*)")
_ROOT = re.compile(r"<OFX\s*>", re.IGNORECASE)
# No statement nests deeper than ten.
DEEPEST = 60


class Node:
    """A tag, its text and what is in it; tags are told in capitals."""

    __slots__ = ("children", "line", "tag", "text")

    def __init__(self, tag: str, line: int, text: str = "") -> None:
        self.tag = tag
        self.line = line
        self.text = text
        self.children: list[Node] = []

    def find(self, *path: str) -> "Node | None":
        """The first node along a path of tags."""
        found: Node | None = self
        for tag in path:
            if found is None:
                return None
            found = next((child for child in found.children if child.tag == tag), None)
        return found

    def value(self, *path: str) -> str:
        """The trimmed text at the end of a path, or ``""``."""
        found = self.find(*path)
        return found.text if found is not None else ""

    def figure(self, *path: str) -> str:
        """The text of a number. OFX has decimal points or commas, and does not group digits: a lone
        comma is decimal whatever stands behind it."""
        text = self.value(*path)
        return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text

    def with_text(self, tag: str, text: str) -> "Node":
        """A copy in which the value of this tag is another one."""
        copy = Node(self.tag, self.line)
        copy.children = [child for child in self.children if child.tag != tag]
        copy.children.append(Node(tag, self.line, text))
        return copy

    def all(self, *tags: str) -> "Iterator[Node]":
        """Every node below with one of the tags, in the order of the file."""
        for child in self.children:
            if child.tag in tags:
                yield child
            else:
                yield from child.all(*tags)


def is_ofx(head: str) -> bool:
    return _ROOT.search(head) is not None


def read_tree(text: str) -> Node:
    """The statement as a tree. Raises ImporterError where there is none, or tags nest without end."""
    start = _ROOT.search(text)
    if start is None:
        raise ImporterError("The tag <OFX>, with which a statement begins, is missing.")
    tags = list(_TAG.finditer(text, start.start()))
    closed = {tag[2].upper() for tag in tags if tag[1]}
    root = Node("", 1)
    stack = [root]
    line, read = text.count("\n", 0, start.start()) + 1, start.start()
    for found in tags:
        line, read = line + text.count("\n", read, found.start()), found.start()
        is_end, tag, is_empty, content = found.groups()
        if is_end:
            _close(stack, tag.upper())
            continue
        node = Node(tag.upper(), line, unescape(content).strip())
        stack[-1].children.append(node)
        if not node.text and not is_empty and node.tag in closed:
            stack.append(node)
            if len(stack) > DEEPEST:
                raise ImporterError(f"Line {line}: the tags nest deeper than in any statement.")
    return root


def _close(stack: list[Node], tag: str) -> None:
    """End an aggregate and all within it that the file forgot to end; values end by themselves."""
    open_tags = [node.tag for node in stack]
    if tag in open_tags:
        del stack[len(open_tags) - 1 - open_tags[::-1].index(tag) :]
