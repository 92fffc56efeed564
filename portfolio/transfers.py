"""Positions whose lots move between each other, computed together.

The legs of a linked transfer: what leaves one position arrives in another with its dates and costs,
be it another account, or another ticker after a change of name.
"""

from collections import deque
from collections.abc import Collection, Iterator

from portfolio.derived import Build, delete_derived, fresh_build, write
from portfolio.entries import Exchange, LedgerLine, Money, ledger_lines
from portfolio.lots import Carried, Issue, IssueCode
from portfolio.models import Position
from pricing.money import EXACT, ONE, to_amount
from transactions.kinds import Kind
from transactions.models import Account, Transaction

Key = tuple[int, str]  # account and ticker
TRANSFERS = (Kind.TRANSFER_IN.value, Kind.TRANSFER_OUT.value)


def linked_positions(account: Account, tickers: Collection[str]) -> set[Key]:
    """The positions that exchange lots with the given ones, directly or through others."""
    frontier = {(account.pk, ticker) for ticker in tickers}
    seen = set(frontier)
    linked: set[Key] = set()
    while frontier:
        pairs = list(_neighbours(frontier))
        linked |= {key for pair in pairs for key in pair}
        frontier = {other for _, other in pairs} - seen
        seen |= frontier
    return linked


def _neighbours(keys: Collection[Key]) -> Iterator[tuple[Key, Key]]:
    links = (
        Transaction.objects.filter(
            account__in={account for account, _ in keys},
            instrument__ticker__in={ticker for _, ticker in keys},
            transaction_type__in=TRANSFERS,
            # Said outright, because it lets PostgreSQL use the index of the few linked rows.
            linked_transaction__isnull=False,
            linked_transaction__transaction_type__in=TRANSFERS,
            linked_transaction__instrument__isnull=False,
        )
        .order_by()
        .values_list(
            "account",
            "instrument__ticker",
            "linked_transaction__account",
            "linked_transaction__instrument__ticker",
        )
        .distinct()
    )
    for account, ticker, other_account, other_ticker in links:
        if (account, ticker) in keys:
            yield (account, ticker), (other_account, other_ticker)


def rebuild_together(account: Account, keys: Collection[Key]) -> None:
    """Compute linked positions from their first rows, each arrival after its departure.

    All accounts belong to the account's owner and are locked with it.
    """
    accounts = Account.objects.filter(owner=account.owner_id).in_bulk()
    by_account: dict[int, list[str]] = {}
    for pk, ticker in sorted(keys):
        by_account.setdefault(pk, []).append(ticker)
    builds: dict[Key, Build] = {}
    lines: dict[Key, deque[LedgerLine]] = {}
    for pk, tickers in by_account.items():
        delete_derived(accounts[pk], tickers)
        for ticker, found in ledger_lines(pk, tickers):
            builds[pk, ticker] = fresh_build(accounts[pk], ticker, found)
            lines[pk, ticker] = deque(found)
    Journey(builds, lines).run()
    write(list(builds.values()))


class Journey:
    """Applies the rows of several positions so that lots leave before they arrive."""

    def __init__(self, builds: dict[Key, Build], lines: dict[Key, deque[LedgerLine]]) -> None:
        self.builds = builds
        self.lines = lines
        self.departures = {
            line.pk
            for queue in lines.values()
            for line in queue
            if line.type == Kind.TRANSFER_OUT.value
        }
        # What each departure took along, and the account and currency that its costs were in.
        self.luggage: dict[int, tuple[Account, str, tuple[Carried, ...]]] = {}
        self.exchange = Exchange()

    def run(self) -> None:
        while any(self.lines.values()):
            moved = [self._advance(key) for key in sorted(self.lines)]
            if not any(moved):
                # Each waits for another, as when lots go to and fro at one instant: the first
                # one arrives with unknown cost, and its position says so.
                stuck = next(key for key in sorted(self.lines) if self.lines[key])
                self._apply(stuck, self.lines[stuck].popleft(), force=True)

    def _advance(self, key: Key) -> bool:
        queue = self.lines[key]
        moved = False
        while queue and not self._waits(queue[0]):
            self._apply(key, queue.popleft())
            moved = True
        return moved

    def _waits(self, line: LedgerLine) -> bool:
        return (
            line.type == Kind.TRANSFER_IN.value
            and line.linked in self.departures
            and line.linked not in self.luggage
        )

    def _apply(self, key: Key, line: LedgerLine, *, force: bool = False) -> None:
        build = self.builds[key]
        position, book = build.position, build.book
        (entry,) = self._money(position).entries([line])
        if line.linked in self.luggage and line.type == Kind.TRANSFER_IN.value:
            entry = entry._replace(carried=self._unpack(build, line.linked or 0))
        elif force:
            book.issues.append(Issue(IssueCode.UNMATCHED_TRANSFER, line.pk, entry.quantity))
            entry = entry._replace(value=None)
        book.apply([entry])
        if line.pk in self.departures:
            carried = book.carried_by(line.pk)
            self.luggage[line.pk] = (position.account, position.currency, carried)

    def _money(self, position: Position) -> Money:
        return Money(position.currency, position.account.currency, self.exchange)

    def _unpack(self, build: Build, departure: int) -> tuple[Carried, ...]:
        sender, currency, carried = self.luggage[departure]
        position = build.position
        if not build.has_amounts:
            # Nothing here was bought for money: the costs that arrive set the currency.
            position.currency = currency
            build.has_amounts = True
        if (currency, sender.currency) == (position.currency, position.account.currency):
            return carried
        money = self._money(position)
        return tuple(_told(piece, sender, currency, money) for piece in carried)


def _told(piece: Carried, sender: Account, currency: str, money: Money) -> Carried:
    """What was carried as the receiving book tells it, at the rates of the day of purchase."""
    day = sender.day_of(piece.purchased_at)
    cost = piece.cost
    if cost is not None and currency != money.currency:
        # What the purchase's own rate made of it comes first, as it does in its own account.
        fixed = piece.rate if money.currency == sender.currency else None
        rate = fixed or money.exchange.find(currency, money.currency, day)
        cost = None if rate is None else to_amount(EXACT.multiply(cost, rate))
    if money.currency == money.of_account:
        rate = ONE
    elif currency == money.currency and sender.currency == money.of_account:
        rate = piece.rate
    else:
        rate = money.rate_on(day)
    return piece._replace(cost=cost, rate=rate)
