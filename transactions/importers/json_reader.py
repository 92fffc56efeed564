"""Reading JSON exports: one object with a list of records, and the line of each. Knows no broker.

Numbers come out as their text, so that no float ever stands between the file and an exact Decimal.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from pricing.readers import ImporterError

_BLANK = " \t\r\n"


class Item(NamedTuple):
    """One entry of the list of records and the line on which it begins."""

    line: int
    value: Any


class Document(NamedTuple):
    """The members of the outermost object, without the list of records, and that list."""

    members: dict[str, Any]
    items: list[Item]


class _Cursor:
    """A place in the text, from which values are read one after another."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self._line, self._counted = 1, 0
        # The decoder's own scanner finds the ends of values; numbers stay text.
        self._decode = json.JSONDecoder(
            parse_float=str, parse_int=str, parse_constant=_refuse_constant
        ).raw_decode

    def peek(self) -> str:
        """The next character that is not blank, or "" at the end."""
        while self.position < len(self.text) and self.text[self.position] in _BLANK:
            self.position += 1
        return self.text[self.position : self.position + 1]

    def take(self, wanted: str) -> bool:
        if self.peek() != wanted:
            return False
        self.position += 1
        return True

    def expect(self, wanted: str) -> None:
        if not self.take(wanted):
            raise json.JSONDecodeError(f"Expecting '{wanted}'", self.text, self.position)

    def value(self) -> object:
        self.peek()
        value, self.position = self._decode(self.text, self.position)
        return value

    def line(self) -> int:
        """The line of the next value, counted on from the last time it was asked."""
        self.peek()
        self._line += self.text.count("\n", self._counted, self.position)
        self._counted = self.position
        return self._line

    def entries(self, closing: str) -> Iterator[None]:
        """One step for every entry up to the closing bracket; the loop's body reads the entry."""
        if self.take(closing):
            return
        while True:
            yield
            if self.take(closing):
                return
            self.expect(",")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


def read_document(text: str, *lists: str) -> Document:
    """The document whose outermost object has its records in one of the members ``lists``.

    Raises ImporterError for damaged or truncated JSON, and when no such list is there.
    """
    cursor = _Cursor(text.removeprefix("\ufeff"))
    try:
        document = _read(cursor, lists)
    except json.JSONDecodeError as error:
        raise ImporterError(
            f"Line {error.lineno}: the JSON is damaged or breaks off ({error.msg})."
            " Export the file again unchanged."
        ) from error
    except (ValueError, RecursionError) as error:
        raise ImporterError(f"The JSON cannot be read: {error}.") from error
    if document is None:
        raise ImporterError(f"The JSON has no list “{lists[0]}”.")
    return document


def _read(cursor: _Cursor, lists: tuple[str, ...]) -> Document | None:
    members: dict[str, Any] = {}
    items: list[Item] | None = None
    cursor.expect("{")
    for _ in cursor.entries("}"):
        name = cursor.value()
        cursor.expect(":")
        if name in lists and cursor.take("["):
            items = items or []
            for _ in cursor.entries("]"):
                items.append(Item(cursor.line(), cursor.value()))
        else:
            members[str(name)] = cursor.value()
    if cursor.peek():
        raise json.JSONDecodeError("Extra data", cursor.text, cursor.position)
    return None if items is None else Document(members, items)


def text_of(members: dict[str, Any], name: str) -> str:
    """A member that is text or a number, which the reader leaves as text; else ""."""
    value = members.get(name)
    if not isinstance(value, str):
        return ""
    # Escapes can spell what no text may hold: NUL and half of a surrogate pair.
    return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8").strip()
