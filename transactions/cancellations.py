"""Trades that a broker took back: how a row says which one it cancels. Pure.

The cancelled trade and its cancellation, which is the opposite trade, are rows of the ledger both, so that
a file with one of them is recognised beside a file with the other, whichever came first. They find each
other by what the id of the cancellation says; see ``transactions.cancelling`` and ``portfolio.entries``.
"""

import re

# Stands in the id of a cancellation, between its own and that of the trade where the file has them.
CANCELS = "cancels"
# As a word: an id such as “bob-cancels-7” is an id. PostgreSQL reads it alike.
PATTERN = f"(^| ){CANCELS}( |$)"
_WORD = re.compile(f"(?:^| ){CANCELS}(?: |$)")


def cancelling_id(own: str, cancelled: str) -> str:
    """``"12 cancels 11"``; without ids only the word, and the figures tell which trade is meant."""
    return f"{own} {CANCELS} {cancelled}".strip()


def are_different(one: str, other: str) -> bool:
    """Whether two ids are of two events; of one without an id nobody knows.

    Exports of one cancellation agree on its own id, but not on whether they name the trade that it cancels.
    """
    mine, others = _WORD.split(one, 1), _WORD.split(other, 1)
    if len(mine) != len(others):
        return True
    return bool(mine[0] and others[0] and mine[0] != others[0])
