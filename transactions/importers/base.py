"""The contract of an importer: bytes of a file in, one outcome per row out.

An importer is pure: no Django, no models, no clock. It says what the file says and nothing more;
resolving instruments, finding duplicates and writing are ``transactions.ingest``.

Every record of the file must end in an outcome: one or more ParsedTransaction (a swap gives two), an
Ignored with a named rule, or a Rejected with a reason that a person can act on. A record that was
folded into another one's transaction (the fee row of a trade) is listed in ``merged_lines``. What the
file states of balances is yielded as Stated, for transactions.running_balances and the reconcile page.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, NamedTuple

from pricing.assets import AssetType
from pricing.money import ZERO
from pricing.readers import ImporterError, Source
from transactions.kinds import Kind


class Security(NamedTuple):
    """What the file calls an instrument; at least one of ticker and ISIN is set.

    Build one object per distinct instrument of a file and share it between its rows.
    """

    ticker: str = ""
    isin: str = ""
    name: str = ""
    asset_type: AssetType = AssetType.OTHER
    currency: str = ""
    # Those that the file has for the same contract beside ``isin``, before or after a change.
    other_isins: tuple[str, ...] = ()


class AccountFacts(NamedTuple):
    """What a file says about an account as a whole; what it does not say is empty or None."""

    currency: str = ""
    time_zone: str = ""
    tracks_cash: bool | None = None


class ParsedTransaction(NamedTuple):
    """One event as the file states it.

    ``amount`` is gross: before ``fee`` and ``tax``, in ``currency``, positive in the direction of the
    kind and negative when it reverses it (see ``transactions.kinds``). It is the cash figure of the
    file where there is one, not quantity times a rounded price. ``None`` means that the file does not
    say: an acquisition then has an unknown cost, never zero. For TRANSFER_IN with an instrument the
    amount is the stated acquisition cost, never the market value of the day.

    ``quantity`` is positive, whatever the sign in the file; only a SPLIT has the signed number of
    added units. For kinds that move money only (DEPOSIT, INTEREST, FEE …) leave it None. A FEE with
    security and quantity is a fee paid in units of that instrument. ``price`` is per unit in
    ``currency``. ``fee`` and ``tax`` are positive when paid, the fee in ``fee_currency`` (empty: in
    ``currency``), the tax in ``currency``. A transaction tax (stamp duty) of a purchase is ``tax``;
    of a sale add it to ``fee``, because it reduces the proceeds, which a tax on the gain does not.

    ``when`` is an aware datetime for an instant, or a naive one for local time of the account;
    ``has_time`` is False when the file gives only the day (then the time part is 00:00). ``fx_rate``
    converts ``currency`` to the account's currency by multiplication. Rows with one non-empty
    ``group`` are legs of one event: a swap (SELL and BUY), a currency conversion (TRANSFER_OUT and
    TRANSFER_IN without a security). ``external_id`` is the broker's own id; of a trade that takes back
    another one it says so, see ``transactions.cancellations``. ``portfolio`` tells
    several depots of one file apart; empty is the main one. ``order`` is the place of the row among
    those of its depot, where the file states one; 0: the place of its line says it.
    """

    line: int
    when: datetime
    kind: Kind
    currency: str
    amount: Decimal | None
    security: Security | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    fee: Decimal = ZERO
    fee_currency: str = ""
    tax: Decimal = ZERO
    fx_rate: Decimal | None = None
    has_time: bool = True
    external_id: str = ""
    group: str = ""
    description: str = ""
    merged_lines: tuple[int, ...] = ()
    portfolio: str = ""
    order: int = 0


class Ignored(NamedTuple):
    """A record that is no event of the ledger, with the rule that says why."""

    line: int
    rule: str


class Rejected(NamedTuple):
    """A record that could not be understood; ``reason`` names the value and what was expected."""

    line: int
    reason: str
    raw: str = ""


class Stated(NamedTuple):
    """What the file says that the account holds: money in ``currency``, or units of ``security``.

    Yielded beside the outcomes of a record, for which it does not account. It holds after the record
    ``line`` and everything before it. With ``is_list`` it is from a list of all that was held at
    ``when``; what such a list of money or of units does not name, was not held. ``pocket`` tells apart
    parts of an account that are one to the ledger and have a balance each, such as coins that are staked.
    ``change`` is by how much the record changed the balance, signed, where the record itself says so.

    ``when`` is as in ParsedTransaction; of a list that gives a day it is the end of that day. ``None``: the
    file does not say when its list was made, and the moment of the import counts.
    """

    line: int
    when: datetime | None
    amount: Decimal
    currency: str = ""
    security: Security | None = None
    portfolio: str = ""
    pocket: str = ""
    change: Decimal | None = None
    is_list: bool = False


Outcome = ParsedTransaction | Ignored | Rejected | Stated


class UnknownFormatError(ImporterError):
    """A file that might be an export, of a format that nobody wrote yet."""


class RowError(ValueError):
    """Raised while one record is read; the importer turns it into a Rejected and goes on."""


class Importer(ABC):
    """One export format of one broker."""

    # Stable key, used by --format and stored with the import: "trading212", "degiro-account".
    format: ClassVar[str]
    # Shown to people, and the default name of the account.
    broker: ClassVar[str]
    # Whether the file carries deposits, withdrawals and fees, so that cash adds up.
    tracks_cash: ClassVar[bool]

    @abstractmethod
    def recognises(self, source: Source) -> bool:
        """Whether the content (header line, XML root, JSON keys) is this format; never raises."""

    @abstractmethod
    def parse(self, source: Source) -> Iterator[Outcome]:
        """Yield the outcomes of all records; raises ImporterError if the file as a whole is broken."""

    def account_currency(self, source: Source) -> str:
        """The base currency that the file states for the account, or ``""``."""
        return ""

    def depots(self, source: Source) -> Mapping[str, AccountFacts]:
        """What the file states about the accounts of its depots, by ``portfolio``."""
        return {}
