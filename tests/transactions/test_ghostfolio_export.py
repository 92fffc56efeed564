"""Ghostfolio's JSON: what it tells, what it leaves out and says so, and that we read it back."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from pricing.readers import ImporterError
from tests.factories import AccountFactory, ledger
from tests.portfolio import stored
from tests.transactions.importers import golden
from tests.transactions.test_round_trip import FOLDER, GOLDEN, SAMPLES, import_bytes
from transactions.exports import Scope
from transactions.ghostfolio import ghostfolio_text
from transactions.models import Account, Transaction


def text_of(owner: User) -> str:
    accounts = Account.objects.owned_by(owner.pk).exclude(transactions=None).distinct()
    return "".join(ghostfolio_text(Scope(owner, list(accounts))))


@pytest.fixture
def account(alice: User) -> Account:
    return AccountFactory(owner=alice, name="Broker")


def test_rows_become_activities_with_all_digits(alice: User, account: Account) -> None:
    ledger(
        account,
        "2024-01-05T09:30 BUY 3 AAA = 100",
        "2024-01-06 SELL 1 AAA @ 40",
        fee=Decimal("1.5"),
        tax=Decimal("0.25"),
        raw_description="Savings plan",
    )
    (bought, sold, tax) = json.loads(text_of(alice), parse_float=str)["activities"]
    pk = Transaction.objects.earliest("pk").pk
    assert bought == {
        "id": str(pk),
        "accountId": str(account.pk),
        "type": "BUY",
        "date": "2024-01-05T09:30:00Z",
        "symbol": "AAA",
        "dataSource": "MANUAL",
        "currency": "EUR",
        "quantity": 3,
        "unitPrice": "33.33333333333333333333333333333333333333",
        "fee": "1.75",
        "comment": "Savings plan",
        "tagIds": [],
    }
    assert (sold["type"], sold["date"], sold["unitPrice"], sold["fee"]) == (
        "SELL",
        "2024-01-06T00:00:00.000Z",
        40,
        "1.5",
    )
    assert (tax["type"], tax["symbol"], tax["fee"], tax["quantity"]) == ("FEE", "AAA", "0.25", 0)


def test_income_in_kind_is_income_and_a_purchase(alice: User, account: Account) -> None:
    ledger(account, "2024-01-05 STAKING 2 ETH = 50")
    bought, income = json.loads(text_of(alice))["activities"]
    assert (bought["type"], bought["quantity"], bought["unitPrice"]) == ("BUY", 2, 25)
    assert (income["type"], income["quantity"], income["unitPrice"]) == ("DIVIDEND", 1, 50)
    assert income["id"] == f"{bought['id']}-income"


def test_what_cannot_be_told_is_listed_with_its_reason(alice: User, account: Account) -> None:
    ledger(
        account,
        "2024-01-01 DEPOSIT 100",
        "2024-01-02 WITHDRAWAL 1",
        "2024-01-03 SPLIT 1 AAA",
        "2024-01-04 TRANSFER_OUT 1 AAA",
        "2024-01-05 TRANSFER_IN 1 AAA",
        "2024-01-06 BUY 1 AAA",
        "2024-01-07 FEE 1 AAA = 2",
        "2024-01-08 INTEREST -1",
        "2024-01-10 DIVIDEND 5",
        "2024-01-11 TRANSFER_IN 1 AAA = 5",
    )
    ledger(account, "2024-01-09 BUY 1 AAA @ 5", fee=Decimal(1), fee_currency="USD")
    ledger(account, "2024-01-12 FEE 5", currency="Points")
    written = json.loads(text_of(alice))
    assert [(one["date"][-2:], one["type"], one["reason"]) for one in written["leftOut"]] == [
        ("01", "DEPOSIT", "Ghostfolio keeps balances instead of deposits"),
        ("02", "WITHDRAWAL", "Ghostfolio keeps balances instead of withdrawals"),
        ("03", "SPLIT", "Ghostfolio knows no splits"),
        ("04", "TRANSFER_OUT", "Ghostfolio knows no transfers"),
        ("05", "TRANSFER_IN", "Ghostfolio knows no transfers"),
        ("06", "BUY", "the amount is unknown, and Ghostfolio would take it for nothing"),
        ("07", "FEE", "Ghostfolio knows no fees paid in units"),
        ("08", "INTEREST", "Ghostfolio takes no negative amounts"),
        ("09", "BUY", "its fee is in USD, and Ghostfolio knows one currency a row"),
        ("10", "DIVIDEND", "Ghostfolio needs an asset"),
        ("12", "FEE", "“Points” is not a currency of Ghostfolio"),
    ]
    assert [(one["type"], one["date"][:10]) for one in written["activities"]] == [
        ("BUY", "2024-01-11")
    ]


def test_an_empty_ledger_is_a_whole_file(alice: User) -> None:
    assert json.loads(text_of(alice))["activities"] == []


def positions(owner: User, prefix: str) -> dict[tuple[str, str], tuple]:
    return {(row[0].removeprefix(prefix), row[1]): row[2:] for row in stored.contents()[0]}


def expressible(owner: User, left_out: list[dict]) -> set[tuple[str, str]]:
    """Positions all of whose rows are in the file, in one currency: a rate of the row's own is not."""
    rows = Transaction.objects.filter(account__owner=owner, instrument__isnull=False)
    left = {one["row"] for one in left_out}
    currencies: dict[tuple[str, str], set[str]] = {}
    hopeless = set()
    for row in rows.select_related("account"):
        key = (row.account.name, row.instrument_id)
        currencies.setdefault(key, set()).add(row.currency)
        if row.pk in left:
            hopeless.add(key)
    return {key for key, used in currencies.items() if len(used) == 1} - hopeless


def comes_back(owner: User, path: Path) -> None:
    try:
        import_bytes(owner, path.name, path.read_bytes())
    except ImporterError as error:
        pytest.skip(f"Not a file of a supported format: {error}")
    text = text_of(owner)
    keys = expressible(owner, json.loads(text)["leftOut"])
    used = {name for name, _ in positions(owner, "")}
    if not keys & set(positions(owner, "")):
        pytest.skip("Ghostfolio can tell no position of this file.")
    before = {key: row for key, row in positions(owner, "").items() if key in keys}
    accounts = Account.objects.owned_by(owner.pk).exclude(transactions=None).distinct()
    several = len({one["accountId"] for one in json.loads(text)["activities"]}) > 1
    name = "Moved" if several else min(name for name, _ in before)
    assert accounts.count() >= len(used)
    accounts.delete()
    import_bytes(owner, "ghostfolio.json", text.encode(), name)
    after = positions(owner, "Moved ")
    assert {key: after.get(key) for key in before} == before


@pytest.mark.parametrize("path", GOLDEN, ids=golden.fixture_id)
def test_golden_input_comes_back(alice: User, path: Path) -> None:
    comes_back(alice, path)


@pytest.mark.skipif(not FOLDER, reason="PORTFOLIO_SAMPLES names no folder of samples")
@pytest.mark.parametrize("path", SAMPLES, ids=golden.fixture_id)
def test_sample_comes_back(alice: User, path: Path) -> None:
    comes_back(alice, path)
