"""What DEGIRO's descriptions mean, in the languages it writes: nl, en, de, fr, es, pt, it, pl, cs.

The language of the descriptions need not be that of the header, and one file may mix several. Texts are
compared without accents and case. The order of the rules matters: “dividend tax” holds “dividend”,
“currency withdrawal” holds “withdrawal”, “deposit costs” holds “deposit”.
"""

import re
import unicodedata
from enum import Enum, auto

from transactions.importers.base import RowError


class Booking(Enum):
    """What a row of the account statement books."""

    CASH_FUND = auto()
    SWEEP = auto()
    OWN_TRANSFER = auto()
    RESERVATION = auto()
    ACCRUED_INTEREST = auto()
    DIVIDEND_TAX = auto()
    TRANSACTION_TAX = auto()
    TRADE_FEE = auto()
    FX = auto()
    RETURN_OF_CAPITAL = auto()
    DIVIDEND = auto()
    INTEREST = auto()
    REBATE = auto()
    FEE = auto()
    WITHDRAWAL = auto()
    DEPOSIT = auto()


# Codes of currencies that its files cut short.
CUT_SHORT = {"NO": "NOK", "SG": "SGD"}

IGNORED = {
    Booking.SWEEP: "cash sweep between the broker's own accounts",
    Booking.OWN_TRANSFER: "transfer between the broker's own accounts",
    Booking.RESERVATION: "reservation of a payment that is booked on its own row",
}

KNOWN = (
    "trades, corporate actions, fees, taxes, dividends, interest, currency conversions, deposits,"
    " withdrawals, rebates and internal transfers"
)


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words))


# Money that DEGIRO parked in a money market fund before it had bank accounts.
CASH_FUND = _any(
    r"geldmarktfonds",
    r"fonds monetaire",
    r"money market",
    r"mercado monet",
    r"mercato monet",
    r"fundo do mercado",
    r"fondo del mercado",
    r"fondo monet",
    r"fundo monet",
    r"funduszu gotowk",
    r"penezni\w* fond",
)

_RULES: tuple[tuple[Booking, re.Pattern[str]], ...] = (
    (Booking.SWEEP, _any(r"cash sweep")),
    (Booking.OWN_TRANSFER, _any(r"flatex(?:degiro)? bank")),
    (Booking.RESERVATION, _any(r"^reserv", r"^prenotazione")),
    (Booking.CASH_FUND, CASH_FUND),
    (
        Booking.ACCRUED_INTEREST,
        _any(
            r"meegekochte rente",
            r"meeverkochte rente",
            r"accrued interest",
            r"stuckzins",
            r"interets? courus?",
            r"interes(?:es)? devengad",
            r"interes(?:es)? corrid",
            r"juros corridos",
            r"rateo",
        ),
    ),
    (
        Booking.DIVIDEND_TAX,
        _any(
            r"dividend ?tax",
            r"dividendbelasting",
            r"dividendensteuer",
            r"quellensteuer",
            r"bronbelasting",
            r"withholding",
            r"impots? sur (?:les? )?dividende",
            r"retenue a la source",
            r"retencion (?:del|de|sobre) ?(?:el )?dividendo",
            r"ritenuta",
            r"impost[ao] su[il] dividend",
            r"imposto sobre (?:o |os )?dividendo",
            r"podatek (?:od )?dywidend",
            r"dan z dividend",
        ),
    ),
    (
        Booking.TRANSACTION_TAX,
        _any(
            r"transactiebelasting",
            r"beurstaks",
            r"stamp duty",
            r"transaction tax",
            r"\bftt\b",
            r"transaktionssteuer",
            r"stempel(?:steuer|abgabe)",
            r"taxe sur les transactions",
            r"taxe (?:de bourse|boursiere)",
            r"droits? de timbre",
            r"impuestos? (?:de|sobre|a las) (?:las )?transac",
            r"impost[oa] (?:de |sobre )?(?:as )?transac",
            r"imposto (?:de|do) selo",
            r"imposta (?:sulle transazioni|di bollo)",
            r"tobin",
            r"podatek od transakcji",
            r"dan z (?:financnich )?transakc",
        ),
    ),
    (
        Booking.TRADE_FEE,
        _any(
            r"transactiekosten",
            r"transaction and/or third",
            r"transaction fee",
            r"transaktionsgebuhr",
            r"transaktionskosten",
            r"frais degiro de courtage",
            r"frais de (?:courtage|transaction)",
            r"cost[eo]s de transacci?[oa]",
            r"comision(?:es)? de transaccion",
            r"comiss(?:oes|ao) de transacao",
            r"custos? de transacao",
            r"costi di transazione",
            r"commissioni di transazione",
            r"opłata transakcyjna",
            r"transakcni poplat",
            r"auto ?fx",
        ),
    ),
    (
        Booking.FX,
        _any(
            r"valuta (?:creditering|debitering)",
            r"fx[ -](?:credit|debit|withdrawal|deposit|gutschrift|belastung)",
            r"(?:credito?|debito?|prelievo) fx",
            r"wahrungswechsel",
            r"operation de change",
            r"(?:credit|debit) de change",
            r"reglement transaction devise",
            r"cambio de divisa",
            r"(?:credito|debito|levantamento|deposito) de (?:divisa|cambio)",
            r"cambio valuta",
            r"wymiana walut",
            r"fx vyuctovani",
        ),
    ),
    (
        Booking.RETURN_OF_CAPITAL,
        _any(
            r"capital return",
            r"return of capital",
            r"kapitaalsuitkering",
            r"kapitalruckzahlung",
            r"remboursement de capital",
            r"re[ei]mbolso de capital",
            r"rimborso di capitale",
            r"zwrot kapitału",
            r"vratka kapitalu",
            r"cash settlement",
            r"contante verrekening",
            r"barausgleich",
            r"hotovostni vyporadani",
        ),
    ),
    (Booking.FEE, _any(r"adr/gdr", r"pass-through fee")),
    (
        Booking.DIVIDEND,
        _any(
            r"dividend",
            r"distribution",
            r"ausschuttung",
            r"distribuzione",
            r"distribucion",
            r"distribuicao",
            r"rendimiento de capital",
            r"dywidend",
        ),
    ),
    (
        Booking.INTEREST,
        _any(
            r"interest",
            r"\brente\b",
            r"zins",
            r"\binterets?\b",
            r"\binteres(?:es)?\b",
            r"\binteress[ei]\b",
            r"\bjuros\b",
            r"\bcoupon",
            r"\bcedola\b",
            r"\bcupon\b",
            r"securities lending",
            r"odsetk",
            r"\burok",
        ),
    ),
    (
        Booking.REBATE,
        _any(
            r"courtesy",
            r"rebate",
            r"promo(?:tie|tion|cion|cao|zione)",
            r"rabat",
            r"korting",
            r"welkom",
            r"welcome",
            r"bonus",
            r"compensat",
            r"vergoeding",
        ),
    ),
    (
        Booking.FEE,
        _any(
            r"kosten",
            r"\bfees?\b",
            r"service-fee",
            r"gebuhr",
            r"handelsmodalitaten",
            r"realtime",
            r"real[ -]time",
            r"\bfrais\b",
            r"\bcost[eis]?s?\b",
            r"comisi",
            r"comiss",
            r"commission",
            r"\bcustos?\b",
            r"\bb\.?t\.?w\b",
            r"\bvat\b",
            r"quotes",
            r"opłat",
            r"prowizj",
            r"poplat",
        ),
    ),
    (
        Booking.WITHDRAWAL,
        _any(
            r"withdrawal",
            r"terugstorting",
            r"opname",
            r"auszahlung",
            r"retrait",
            r"retirada",
            r"prelievo",
            r"levantamento",
            r"wypłat",
            r"\bvyber\b",
        ),
    ),
    (
        Booking.DEPOSIT,
        _any(
            r"deposit",
            r"storting",
            r"einzahlung",
            r"versement",
            r"\bdepot\b",
            r"ingreso",
            r"versamento",
            r"\bideal\b",
            r"depozyt",
            r"wpłat",
            r"\bvklad\b",
        ),
    ),
)


def fold(text: str) -> str:
    """The text without accents, in small letters, with UTF-8 that was read as cp1252 put right."""
    if "Ã" in text or "Â" in text:
        text = repaired(text)
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def repaired(text: str) -> str:
    """Undo mojibake (“CrÃ©dito”) where the text was UTF-8 once; leave other text alone."""
    for encoding in ("cp1252", "latin-1"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text


def booking_of(description: str) -> Booking | None:
    """What a description books that is no trade, or None when no rule knows it."""
    folded = fold(description)
    for booking, pattern in _RULES:
        if pattern.search(folded):
            return booking
    return None


def require_isin(isin: str) -> str:
    """The ISIN cell of a row that needs a security."""
    if not isin:
        raise RowError("the ISIN is missing")
    return isin
