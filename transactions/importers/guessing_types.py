"""What the rows of a table are: the column that says it, and what its words mean."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from transactions.importers.guessing_columns import Columns, roles_named
from transactions.importers.layouts import IGNORE, TRADE, Role, word_of
from transactions.importers.mapping_words import ABBREVIATIONS, MEANINGS, SIDES, takes_back
from transactions.kinds import Kind

# In hundredths of the rows: a column whose words mean less is given up for one that has more.
ENOUGH = 50
# More different words than this are no types but texts.
MOST_TYPES = 25
_NAMING = (Role.TICKER, Role.ISIN, Role.NAME)
_TEXTS = (Role.DESCRIPTION, Role.ID, Role.NAME)


def meanings(words: Sequence[str]) -> dict[str, str]:
    """What the words of a type column probably mean; those that say nothing are left out."""
    sides = _sides(words)
    if sides:
        return sides
    return {word: meaning for word in words if (meaning := _meaning(word))}


def _sides(words: Sequence[str]) -> dict[str, str]:
    """Where all words say whether money came or went: “h” and “s” of Haben and Soll."""
    told = {word for word in words if word}
    for came, went in SIDES:
        if told == {came, went}:
            return {came: "DEPOSIT", went: "WITHDRAWAL"}
    return {}


def _meaning(word: str) -> str:
    if word in ABBREVIATIONS:
        return ABBREVIATIONS[word]
    text = " " + word.replace("/", " ")
    for meaning, parts in MEANINGS:
        if any(part.replace("^", " ") in text for part in parts):
            return meaning
    first, _, _ = word.partition(" ")
    return ABBREVIATIONS.get(first, "")


def told_by_sign(
    kinds: dict[str, str], words: Sequence[str], units: Sequence[Decimal | None]
) -> dict[str, str]:
    """A trade that is taken back is booked with units of less than none: the opposite trade.

    One that was cancelled before it was made has the units that were ordered, and is left out.
    """
    found = dict(kinds)
    for word in {word for word, meaning in kinds.items() if meaning == IGNORE}:
        mine = [one for each, one in zip(words, units, strict=True) if each == word]
        if takes_back(word) and mine and all(one is not None and one < 0 for one in mine):
            found[word] = TRADE
    return found


def has_meaning(word: str) -> bool:
    return bool(meanings([word.casefold()]))


def choose(
    columns: Columns, names: Sequence[str], rows: Sequence[Sequence[str]], *, is_signed: bool
) -> bool:
    """Put the columns of types into ``columns``; whether they hold texts, of which the beginning counts."""
    finder = _Finder(names, rows)
    if Role.TYPE not in columns and Role.SUBTYPE in columns:
        columns[Role.TYPE] = columns.pop(Role.SUBTYPE)
    sides = finder.sides()
    if sides is not None and not is_signed and Role.PAID_OUT not in columns:
        # Without these no row of the table says where the money went.
        columns[Role.TYPE] = sides
        return False
    share = finder.share(columns)
    if share < ENOUGH:
        _choose_another(columns, finder, share)
    is_text = finder.is_text(columns)
    _name_by_text(columns)
    return is_text


def _choose_another(columns: Columns, finder: _Finder, share: int) -> None:
    """The column with the most rows that mean something, as words or else as texts."""
    best, most = None, max(share, ENOUGH - 1)
    for place in finder.candidates(columns):
        for is_text in (False, True):
            mine = finder.share_of(place, is_text=is_text)
            if mine > most:
                best, most = place, mine
    if best is not None:
        columns[Role.TYPE] = best
    elif Role.TYPE in columns and not share and not finder.is_named(columns[Role.TYPE]):
        del columns[Role.TYPE]


def _name_by_text(columns: Columns) -> None:
    """A table without a column of instruments names them in its texts."""
    if not any(role in columns for role in _NAMING) and Role.DESCRIPTION in columns:
        columns[Role.NAME] = columns[Role.DESCRIPTION]


class _Finder:
    """Looks at the columns of the first rows for words that mean something."""

    def __init__(self, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.names = names
        self.rows = rows

    def is_named(self, place: int) -> bool:
        return bool(roles_named([self.names[place]]) & {Role.TYPE, Role.SUBTYPE})

    def candidates(self, columns: Columns) -> list[int]:
        """Columns of nothing yet, and those of texts."""
        taken = {place for role, place in columns.items() if role not in (*_TEXTS, Role.TYPE)}
        return [place for place in range(len(self.names)) if place not in taken]

    def cells(self, place: int) -> list[str]:
        return [row[place].strip() if place < len(row) else "" for row in self.rows]

    def sides(self) -> int | None:
        """The column that says nothing but whether money came or went."""
        for place in range(len(self.names)):
            if _sides([text.casefold() for text in self.cells(place)]):
                return place
        return None

    def share(self, columns: Columns) -> int:
        """In how many rows of a hundred the word means something."""
        if Role.TYPE not in columns:
            return 0
        words = self._words(columns, is_text=False)
        return _share(words)

    def share_of(self, place: int, *, is_text: bool) -> int:
        words = [word_of(text, "", is_text=is_text) for text in self.cells(place)]
        if not is_text and len(set(words)) > MOST_TYPES:
            return 0
        return _share(words)

    def _words(self, columns: Columns, *, is_text: bool) -> list[str]:
        first = self.cells(columns[Role.TYPE])
        second = self.cells(columns[Role.SUBTYPE]) if Role.SUBTYPE in columns else [""] * len(first)
        return [word_of(*pair, is_text=is_text) for pair in zip(first, second, strict=True)]

    def is_text(self, columns: Columns) -> bool:
        """Whether the words are those of a text, another one in nearly every row."""
        if Role.TYPE not in columns or self.is_named(columns[Role.TYPE]):
            return False
        if any(columns.get(role) == columns[Role.TYPE] for role in _TEXTS):
            return True
        words = {word for word in self._words(columns, is_text=False) if word}
        wordy = sum(1 for word in words if any(map(str.isdigit, word)) or word.count(" ") > 1)
        return wordy * 2 > len(words) or len(words) > MOST_TYPES


def _share(words: Sequence[str]) -> int:
    told = [word for word in words if word]
    if not told:
        return 0
    known = meanings(sorted(set(told)))
    letters = {known[word] for word in known if len(word) == 1}
    if letters != {Kind.BUY, Kind.SELL}:
        # One of them alone is a letter in front of a number, or any other.
        told = [word if len(word) > 1 else "" for word in told]
    return sum(100 for word in told if word in known) // len(told)
