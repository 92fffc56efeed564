"""Trades that a broker took back: how a row says which one it cancels. Pure.

The cancelled trade and its cancellation, which is the opposite trade, are rows of the ledger both, so that
a file with one of them is recognised beside a file with the other, whichever came first. They find each
other by what the id of the cancellation says; see ``transactions.linking`` and ``portfolio.entries``.
"""

# Stands in the id of a cancellation, between its own and that of the trade where the file has them.
CANCELS = "cancels"


def cancelling_id(own: str, cancelled: str) -> str:
    """``"12 cancels 11"``; without ids only the word, and the figures tell which trade is meant."""
    return f"{own} {CANCELS} {cancelled}".strip()


def are_different(one: str, other: str) -> bool:
    """Whether two ids, one of which is of a cancellation, are of two events.

    Exports of one trade agree on its own id, but not on whether they name the trade that it cancels.
    """
    mine, other_mine = one.partition(CANCELS), other.partition(CANCELS)
    if mine[1] != other_mine[1]:
        return True
    return bool(mine[0] and other_mine[0] and mine[0] != other_mine[0])
