"""What the free text in Fidelity's column “Action” means: its first words, longest first.

Seen in real exports and in what other readers of them expect. Capitals, single blanks.
"""

import re
from enum import Enum, auto

from transactions.kinds import Kind


class Act(Enum):
    TRADE = auto()  # the sign of the quantity or of the amount says which way
    CASH = auto()  # money in or out, or units where there are some
    ADDED = auto()  # units added to a holding
    EXCHANGE = auto()  # units out in one row, others in in another, perhaps money
    ENDED = auto()  # an option that is gone
    CORE = auto()  # the fund in which cash is kept


_ACTS = {
    Act.TRADE: (
        *("YOU BOUGHT", "YOU SOLD", "REINVESTMENT", "REDEMPTION PAYOUT", "CALLED", "MATURED"),
        *("YOU PURCHASED", "TENDERED", "FULL CALL PAYOUT"),
    ),
    Act.CASH: (
        *("DIRECT DEBIT", "DIRECT DEPOSIT", "ELECTRONIC FUNDS TRANSFER", "TRANSFERRED", "TRANSFER"),
        *("WIRE TRANSFER", "WIRE TRANS", "CHECK RECEIVED", "CHECK PAID", "CASH CONTRIBUTION"),
        *("CONTRIBUTION", "PARTIC CONTR", "PARTICIPANT CONTR", "CO CONTR", "ROLLOVER"),
        *("NORMAL DISTR", "PARTIAL DISTR", "DIST PARTIAL", "ROTH CONVERSION", "JOURNALED"),
        *("BILL PAYMENT", "DEBIT CARD", "ATM", "DEPOSIT", "WITHDRAWAL", "PAYMENT", "CREDIT"),
        *("CASH ADVANCE", "DIRECT ROLLOVER", "CUR YR CONTR", "PRIOR YR CONTR", "RECEIVED FROM"),
        *("DELIVERED TO", "TRANSFER OF ASSETS", "REWARDS", "MISC. CREDIT", "MISC. DEBIT"),
        *("CONV TO ROTH", "CONTR CUR YR", "EXCESS CONTR", "QUALIFIED DISTR", "EFT"),
    ),
    Act.ADDED: ("STOCK SPLIT", "DISTRIBUTION", "STOCK DIVIDEND"),
    Act.EXCHANGE: (
        *("REVERSE SPLIT", "MERGER", "NAME CHANGED", "EXCHANGED", "SPINOFF", "CONVERTED", "REORG"),
        *("DISTRIBUTION SPINOFF", "CUSIP CHANGE", "EXCHANGE"),
    ),
    Act.ENDED: ("EXPIRED", "ASSIGNED", "EXERCISED"),
    Act.CORE: ("PURCHASE INTO CORE ACCOUNT", "REDEMPTION FROM CORE ACCOUNT"),
}
_KINDS = {
    Kind.DIVIDEND: (
        *("DIVIDEND RECEIVED", "DIVIDEND ADJUSTMENT", "LONG-TERM CAP GAIN", "SHORT-TERM CAP GAIN"),
        *(
            "DIVIDEND",
            "QUALIFIED DIVIDEND",
            "PAYMENT IN LIEU",
            "SUBSTITUTE PAYMENT",
            "ROYALTY TR PYMT",
        ),
        *("PARTNERSHIP DISTRIBUTION", "SPECIAL DIVIDEND", "ADJUST DIVIDEND"),
    ),
    Kind.INTEREST: (
        "INTEREST EARNED",
        "INTEREST",
        "MARGIN INTEREST",
        "MUNI EXEMPT INT",
        "INT EARNED",
    ),
    Kind.RETURN_OF_CAPITAL: (
        *("RETURN OF CAPITAL", "IN LIEU OF FRX SHARE", "CASH IN LIEU", "LIQUIDATING"),
    ),
    Kind.TAX: (
        *("FOREIGN TAX PAID", "ADJ FOREIGN TAX PAID", "NON-RESIDENT TAX", "FED TAX W/H"),
        *("STATE TAX W/H", "TAX WITHHELD", "BACKUP WITHHOLDING", "FOREIGN TAX"),
    ),
    Kind.FEE: (
        *("FEE CHARGED", "ADJUST FEE CHARGED"),
        *("ADVISORY FEE", "FOREIGN CUSTODY FEE", "ACCOUNT FEE", "ADR MGMT FEE"),
        *("SERVICE FEE", "MANAGEMENT FEE", "FEE", "ADVISOR FEE", "LATE SETTLEMENT FEE"),
        *("EARLY REDEMPTION FEE", "SHORT TERM REDEMPTION FEE", "TRANSACTION FEE"),
    ),
}
MEANINGS: dict[str, Act | Kind] = {
    **{words: act for act, known in _ACTS.items() for words in known},
    **{words: kind for kind, known in _KINDS.items() for words in known},
}
_FIRST_WORDS = re.compile("|".join(map(re.escape, sorted(MEANINGS, key=len, reverse=True))))


def meaning_of(action: str) -> Act | Kind | None:
    """What an action is, by its first words; None when nobody has seen it yet."""
    found = _FIRST_WORDS.match(" ".join(action.upper().split()))
    return MEANINGS[found[0]] if found else None
