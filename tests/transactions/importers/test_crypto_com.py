"""What the golden files of crypto-com do not show."""

import pytest

from pricing.readers import ImporterError, Source
from transactions.importers.base import Ignored, Outcome, Rejected
from transactions.importers.crypto_com import CryptoCom
from transactions.kinds import Kind

HEADER = (
    "Timestamp (UTC),Transaction Description,Currency,Amount,To Currency,To Amount,Native Currency,"
    "Native Amount,Native Amount (in USD),Transaction Kind,Transaction Hash"
)


def parse(*rows: str, header: str = HEADER) -> list[Outcome]:
    source = Source("crypto.csv", "\n".join([header, *rows]).encode())
    return list(CryptoCom().parse(source))


def row(kind: str, coin: str = "CRO", amount: str = "1", to: str = ",") -> str:
    return f"2024-01-02 10:00:00,Text,{coin},{amount},{to},EUR,5,6,{kind},"


@pytest.mark.parametrize(
    ("kind", "amount", "expected"),
    [
        ("crypto_to_exchange_transfer", "-1", Kind.TRANSFER_OUT),
        ("exchange_to_crypto_transfer", "1", Kind.TRANSFER_IN),
        ("crypto_transfer", "-1", Kind.TRANSFER_OUT),
        ("admin_wallet_credited", "1", Kind.TRANSFER_IN),
        ("rewards_platform_deposit_credited", "1", Kind.AIRDROP),
        ("reimbursement", "1", Kind.AIRDROP),
        ("reimbursement_reverted", "-1", Kind.TRANSFER_OUT),
        ("reward.loyalty_program.trading_rebate.crypto_wallet", "1", Kind.AIRDROP),
        ("finance.dpos.non_compound_interest.crypto_wallet", "1", Kind.STAKING),
        ("trading.limit_order.cash_account.purchase_commit", "1", Kind.BUY),
    ],
)
def test_kind_says_what_a_row_is(kind: str, amount: str, expected: Kind) -> None:
    (found,) = parse(row(kind, amount=amount))
    assert found.kind is expected


@pytest.mark.parametrize(
    "kind",
    [
        "lockup_upgrade",
        "finance.lockup.dpos_unlock.crypto_wallet",
        "trading.limit_order.crypto_wallet.fund_lock",
    ],
)
def test_what_is_locked_up_is_still_held(kind: str) -> None:
    assert parse(row(kind)) == [
        Ignored(2, "coins that are locked up, staked or lent are still held")
    ]


def test_swap_is_worth_what_the_file_says() -> None:
    sold, bought = parse(row("crypto_exchange", "BTC", "-1", "ETH,20"))
    assert (sold.kind, sold.amount, bought.kind, bought.amount) == (Kind.SELL, 5, Kind.BUY, 5)


def test_debit_without_its_credit_is_rejected() -> None:
    (outcome,) = parse(row("dust_conversion_debited", amount="-1"))
    assert isinstance(outcome, Rejected)
    assert outcome.reason == "the other side of the trade of 1 CRO is not in the file"


def test_file_of_another_format_is_refused_as_a_whole() -> None:
    with pytest.raises(ImporterError, match=r"header line of a Crypto\.com export"):
        parse("1,2", header="a,b")
