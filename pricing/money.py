"""The one number policy: how foreign text becomes an exact Decimal, and how amounts are split.

Money is held at 8 decimals, quantities and prices at 18 (a wei is 1e-18 ether). Rounding is
half-even. Nothing here knows Django, and nothing elsewhere calls ``Decimal`` on foreign text.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    InvalidOperation,
    Overflow,
)
from functools import lru_cache, reduce
from typing import Literal

DecimalMark = Literal[".", ","]

ZERO = Decimal(0)
ONE = Decimal(1)
AMOUNT_STEP = Decimal("1e-8")
QUANTITY_STEP = Decimal("1e-18")
# The widest stored numbers are numeric(28, 8) and numeric(38, 18): twenty digits before the point.
LARGEST = Decimal("1e20")
_LOWEST = -LARGEST

# Wide enough for the product of two stored numbers, so that no step before the final quantise
# ever rounds; a float that slips in raises instead of turning into 0.1000000000000000055.
EXACT = Context(
    prec=80,
    rounding=ROUND_HALF_EVEN,
    traps=[InvalidOperation, DivisionByZero, Overflow, FloatOperation],
)

# Quoted in hundredths by exchanges and brokers; the ISO currency is the unit we keep.
MINOR_UNITS = {
    "GBX": ("GBP", Decimal("0.01")),
    "GBp": ("GBP", Decimal("0.01")),
    "ILA": ("ILS", Decimal("0.01")),
    "ZAc": ("ZAR", Decimal("0.01")),
    "ZAC": ("ZAR", Decimal("0.01")),
}

CURRENCY_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR", "zł": "PLN"}

# How much of a cell a message repeats.
SHOWN_LENGTH = 60

_SPACES = str.maketrans("", "", " \t\u00a0\u2007\u2009\u202f'’")
_AFFIX = re.compile(r"^(?:[A-Za-zÀ-ž$€£¥₹₿%]{1,5}\.?)|(?:[A-Za-zÀ-ž$€£¥₹₿%]{1,5}\.?)$")
_DIGITS = re.compile(r"^[+-]?(?:\d[\d.,]*|[.,]\d+)$")
_SCIENTIFIC = re.compile(r"^[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d{1,3}$")
# What most styled cells look like; _parse_rare says the same of them in twice the time.
_COMMON = re.compile(r"(-?)[$€£¥₹A-Z]{0,5} ?(-?)(\d[\d.,']*) ?[$€£¥₹A-Z]{0,5}")
_NO_LETTERS = re.compile(r"[\d.,\s\u00a0\u202f'()+−-]")
_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}\d")
_EMPTY = frozenset({"", "-", "--", "–", "—", "n/a", "N/A"})


class NumberError(ValueError):
    """A cell that should hold a number does not; the message names the text."""


def parse_number(text: str, mark: DecimalMark | None = None) -> Decimal | None:
    """Read one cell of a broker's file as an exact number; ``None`` when the cell is empty.

    Thousands separators, currency signs or codes on either side, a leading or trailing minus,
    and accounting parentheses are understood. With both separators present the last one is the
    decimal mark. A lone separator followed by other than three digits is decimal. What is then
    still open (``1.234``) is decided by ``mark``, the column's decimal mark; without it a point
    is decimal and a comma separates thousands.

    Raises NumberError when the text is no number or has more than twenty integer digits.
    """
    if text in _EMPTY:
        return None
    value: Decimal | None
    if mark == "," or "," in text or "'" in text:
        value = _parse_styled(text, mark)
    else:
        try:
            # The common case by far, in a third of the time of the general one.
            value = Decimal(text)
        except InvalidOperation:
            value = _parse_styled(text, mark)
        else:
            if "_" in text:
                raise NumberError(f"“{_shown(text)}” is not a number")
    if value is None:
        return None
    if not value.is_finite() or not _LOWEST < value < LARGEST:
        raise NumberError(f"“{_shown(text)}” is not a number that can be stored")
    return value


def _shown(text: str) -> str:
    """The text for a message; a megabyte of junk in one cell helps nobody."""
    return text.strip()[:SHOWN_LENGTH]


def _parse_styled(text: str, mark: DecimalMark | None) -> Decimal | None:
    common = _COMMON.fullmatch(text) or _COMMON.fullmatch(_without_spaces(text))
    if common is None:
        return _parse_rare(text, mark)
    minus, other_minus, digits = common.groups()
    value = Decimal(_normalise_separators(digits.replace("'", ""), text, mark))
    # Not -value, which rounds to the 28 digits of the default context.
    return value if minus == other_minus else value.copy_negate()


def _without_spaces(text: str) -> str:
    return text.translate(_SPACES).replace("−", "-").strip('"')


def _parse_rare(text: str, mark: DecimalMark | None) -> Decimal | None:
    body = _without_spaces(text)
    if body in _EMPTY:
        return None
    body, negative = _unsigned(body)
    if _SCIENTIFIC.match(body):
        value = Decimal(body.replace(",", "."))
    elif _DIGITS.match(body):
        value = Decimal(_normalise_separators(body, text, mark))
    else:
        raise NumberError(f"“{_shown(text)}” is not a number")
    return value.copy_negate() if negative else value


def _unsigned(body: str) -> tuple[str, bool]:
    """The digits without currency and sign, and whether they are negative: (5), 5-, -€5, €-5."""
    negative = False
    if body.startswith("(") and body.endswith(")"):
        negative, body = True, body[1:-1]
    if body.endswith("-"):
        negative, body = True, body[:-1]
    if body.startswith("-"):
        negative, body = not negative, body[1:]
    if not _SCIENTIFIC.match(body):
        body = _AFFIX.sub("", _AFFIX.sub("", body))
    if body.startswith("-"):
        negative, body = not negative, body[1:]
    return body, negative


def _normalise_separators(body: str, text: str, mark: DecimalMark | None) -> str:
    if "." not in body and "," not in body:
        return body
    decimal = _decimal_mark_of(body, mark)
    thousands = "," if decimal == "." else "."
    if thousands not in body:
        return body.replace(",", ".")
    head, _, tail = body.partition(decimal)
    groups = head.split(thousands)
    if thousands in tail or decimal in tail:
        raise NumberError(f"“{_shown(text)}” mixes decimal and thousands separators")
    # 12,34,567 is how lakhs are grouped; only the last group has to be three digits.
    if len(groups) > 1 and (len(groups[-1]) != 3 or not all(groups)):
        raise NumberError(f"“{_shown(text)}” is not grouped like a number")
    return f"{''.join(groups)}.{tail}" if tail else "".join(groups)


def _decimal_mark_of(body: str, mark: DecimalMark | None) -> DecimalMark:
    """The decimal mark of digits with at least one separator."""
    point, comma = body.rfind("."), body.rfind(",")
    if point >= 0 and comma >= 0:
        return "." if point > comma else ","
    found: DecimalMark = "." if point >= 0 else ","
    other: DecimalMark = "," if found == "." else "."
    if body.count(found) > 1:
        return other
    head, _, tail = body.partition(found)
    digits = head.lstrip("+-")
    if len(tail) != 3 or len(digits) > 3 or digits in {"", "0"}:
        return found
    return mark or "."


def decimal_mark(cells: Iterable[str]) -> DecimalMark | None:
    """The decimal mark that the unambiguous cells of one column use, or None when none tells.

    A cell tells when it has both separators, or one that is not followed by three digits.
    """
    votes = {".": 0, ",": 0}
    for cell in cells:
        body = _AFFIX.sub("", cell.translate(_SPACES).strip('"-()'))
        point, comma = body.rfind("."), body.rfind(",")
        if point >= 0 and comma >= 0:
            votes["." if point > comma else ","] += 1
            continue
        if point < 0 and comma < 0:
            continue
        found = "." if point >= 0 else ","
        if body.count(found) > 1:
            votes["," if found == "." else "."] += 1
        elif len(body) - body.rfind(found) != 4 or body.startswith(f"0{found}"):
            votes[found] += 1
    if votes["."] == votes[","]:
        return None
    return "." if votes["."] > votes[","] else ","


def currency_in(text: str) -> str:
    """The currency that a money cell carries as a sign or code (``€5``, ``5.00 SEK``), or ``""``."""
    letters = text.strip("0123456789.,- ")
    if not letters:
        # Most cells; an expression sees it ten times later.
        return ""
    letters = _NO_LETTERS.sub("", letters)
    if letters in CURRENCY_SIGNS:
        return CURRENCY_SIGNS[letters]
    if len(letters) == 3 and letters.isascii() and letters.isalpha():
        return letters.upper()
    return ""


def major_unit(currency: str) -> tuple[str, Decimal]:
    """The ISO currency of a possibly minor unit, and the factor that amounts in it take.

    ``GBX`` gives ``("GBP", 0.01)``; an ordinary currency gives itself and 1.
    """
    return MINOR_UNITS.get(currency, (currency, ONE))


def to_amount(value: Decimal) -> Decimal:
    """Round to the 8 decimals in which money is held, half-even."""
    return value.quantize(AMOUNT_STEP, context=EXACT)


def to_quantity(value: Decimal) -> Decimal:
    """Round to the 18 decimals in which quantities and prices are held, half-even."""
    return value.quantize(QUANTITY_STEP, context=EXACT)


def split_pro_rata(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Split an amount over weights at 8 decimals; the last part takes the remainder.

    The parts always add up to ``total`` exactly. Weights must be positive.
    """
    # Not sum(), which rounds to the 28 digits of the default context.
    whole = reduce(EXACT.add, weights, ZERO)
    parts = [
        EXACT.divide(EXACT.multiply(total, weight), whole).quantize(AMOUNT_STEP, context=EXACT)
        for weight in weights[:-1]
    ]
    return [*parts, EXACT.subtract(total, reduce(EXACT.add, parts, ZERO))]


def is_isin(text: str) -> bool:
    """Whether the text is a well-formed ISIN with the right check digit (ISO 6166)."""
    return bool(_ISIN.fullmatch(text)) and _has_right_check_digit(text)


@lru_cache(maxsize=4096)
def _has_right_check_digit(isin: str) -> bool:
    digits = "".join(str(int(char, 36)) for char in isin)
    total = 0
    for position, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if position % 2 else 1)
        total += doubled // 10 + doubled % 10
    return total % 10 == 0
