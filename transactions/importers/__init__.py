"""The export formats we read: an explicit list, asked in order; the first that recognises wins."""

from pricing.readers import ImporterError, Source
from transactions.importers.avanza import Avanza
from transactions.importers.base import Importer, UnknownFormatError
from transactions.importers.binance import Binance
from transactions.importers.bitvavo import Bitvavo
from transactions.importers.bux import Bux
from transactions.importers.coinbase import Coinbase
from transactions.importers.coinbase_pro import CoinbasePro, CoinbaseProFills
from transactions.importers.cointracking import CoinTracking
from transactions.importers.crypto_com import CryptoCom
from transactions.importers.degiro_account import DegiroAccount
from transactions.importers.degiro_portfolio import DegiroPortfolio
from transactions.importers.degiro_transactions import DegiroTransactions
from transactions.importers.etoro import Etoro
from transactions.importers.fidelity import Fidelity
from transactions.importers.finpension import Finpension
from transactions.importers.freetrade import Freetrade
from transactions.importers.generic_csv import GenericCsv
from transactions.importers.ghostfolio import GhostfolioCsv, GhostfolioJson
from transactions.importers.guessing import refuse_lookalike
from transactions.importers.ibkr_activity_statement import IbkrActivityStatement
from transactions.importers.ibkr_flex_csv import IbkrFlexCsv
from transactions.importers.ibkr_flex_xml import IbkrFlexXml
from transactions.importers.ibkr_transaction_history import IbkrTransactionHistory
from transactions.importers.koinly import Koinly
from transactions.importers.kraken import Kraken
from transactions.importers.ofx import Ofx
from transactions.importers.parqet import Parqet
from transactions.importers.portfolio_performance import PortfolioPerformance
from transactions.importers.revolut_account import (
    RevolutAccount,
    RevolutCryptoStatement,
    RevolutMetals,
)
from transactions.importers.revolut_crypto import RevolutCrypto
from transactions.importers.revolut_invest import RevolutInvest
from transactions.importers.saxo import Saxo
from transactions.importers.schwab import Schwab
from transactions.importers.schwab_equity_awards import SchwabEquityAwards, SchwabEquityAwardsJson
from transactions.importers.swissquote import Swissquote
from transactions.importers.trade_republic import TradeRepublic
from transactions.importers.trade_republic_pytr import TradeRepublicPytr
from transactions.importers.trading212 import Trading212
from transactions.importers.wealthfolio import Wealthfolio
from transactions.importers.xtb import Xtb

IMPORTERS: tuple[Importer, ...] = (
    RevolutInvest(),
    RevolutCrypto(),
    # One layout for three kinds of accounts; what the rows are of tells them apart.
    RevolutCryptoStatement(),
    RevolutMetals(),
    RevolutAccount(),
    Koinly(),
    Kraken(),
    Coinbase(),
    CoinbasePro(),
    CoinbaseProFills(),
    Binance(),
    Bitvavo(),
    CryptoCom(),
    CoinTracking(),
    IbkrFlexXml(),
    IbkrFlexCsv(),
    IbkrActivityStatement(),
    IbkrTransactionHistory(),
    Ofx(),
    GhostfolioJson(),
    GhostfolioCsv(),
    Parqet(),
    PortfolioPerformance(),
    Wealthfolio(),
    Trading212(),
    DegiroTransactions(),
    DegiroAccount(),
    DegiroPortfolio(),
    TradeRepublic(),
    TradeRepublicPytr(),
    Schwab(),
    SchwabEquityAwards(),
    SchwabEquityAwardsJson(),
    Fidelity(),
    Swissquote(),
    Xtb(),
    Saxo(),
    Etoro(),
    Avanza(),
    Freetrade(),
    Finpension(),
    Bux(),
    # Ours last: a file that has a broker's columns is the broker's.
    GenericCsv(),
)


def recognise(source: Source) -> Importer:
    """The importer of a file, found by its content.

    Raises ImporterError with one sentence for garbage, and UnknownFormatError for what is none.
    """
    source.refuse_garbage()
    for importer in IMPORTERS:
        if importer.recognises(source):
            if isinstance(importer, GenericCsv):
                refuse_lookalike(source)
            return importer
    raise UnknownFormatError(
        "The format is not known: no header line, XML root or JSON key of a supported export was found."
    )


def by_format(name: str) -> Importer:
    """The importer with this key; raises ImporterError listing the known ones."""
    for importer in IMPORTERS:
        if importer.format == name:
            return importer
    known = ", ".join(importer.format for importer in IMPORTERS)
    raise ImporterError(f"There is no format “{name}”. Known formats: {known}.")
