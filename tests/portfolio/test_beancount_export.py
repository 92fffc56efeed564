"""Another engine agrees: beancount books our export without complaint, to our lots and our gains."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from portfolio.double_entry import beancount_text
from portfolio.models import Disposal, Lot, Position
from pricing.money import EXACT, ZERO, to_amount
from pricing.readers import ImporterError
from tests.transactions.importers import golden
from tests.transactions.test_round_trip import FOLDER, GOLDEN, SAMPLES, import_bytes
from transactions.exports import Scope
from transactions.models import Account

PROGRAM = Path(__file__).with_name("beancount_books.py")


def books_of(text: str, folder: Path) -> dict:
    path = folder / "ledger.beancount"
    path.write_text(text)
    told = subprocess.run([sys.executable, PROGRAM, path], capture_output=True, check=True)
    return json.loads(told.stdout)


def assert_agrees(owner: User, folder: Path) -> str:
    """Export everything of the owner and compare lots and gains; returns the text."""
    accounts = list(Account.objects.owned_by(owner.pk))
    text = "".join(beancount_text(Scope(owner, accounts)))
    books = books_of(text, folder)
    assert books["errors"] == []
    assert lots_there(books) == lots_here(owner)
    here, there = gains_here(owner), gains_there(books)
    # Capital that came back with nothing held is in no sale, and in no sum once one is unknown.
    for position in Position.objects.filter(
        account__owner=owner,
        realized_pl=None,
        instrument__transaction__transaction_type="RETURN_OF_CAPITAL",
    ).select_related("account"):
        for gains in (here, there):
            gains.pop((position.account.name, position.instrument_id), None)
    assert there == here
    return text


def lots_there(books: dict) -> list[tuple]:
    found = []
    for lot in books["lots"]:
        if lot["label"] is None:
            continue
        meta = books["meta"][lot["account"]]
        cost = EXACT.multiply(Decimal(lot["units"]), Decimal(lot["cost"]))
        is_unknown = lot["currency"] == "UNKNOWN"
        found.append(
            (
                meta["account"],
                meta["ticker"],
                int(lot["label"]),
                lot["date"],
                Decimal(lot["units"]),
                None if is_unknown else to_amount(cost),
                None if is_unknown else books["meta"][lot["currency"]]["currency"],
            )
        )
    return sorted(found, key=lambda one: one[:3])


def lots_here(owner: User) -> list[tuple]:
    lots = Lot.objects.filter(position__account__owner=owner).exclude(remaining_quantity=0)
    found = []
    for lot in lots.select_related("position__account"):
        position = lot.position
        is_unknown = lot.remaining_cost is None
        found.append(
            (
                position.account.name,
                position.instrument_id,
                lot.sequence,
                str(position.account.day_of(lot.purchase_date)),
                lot.remaining_quantity,
                lot.remaining_cost,
                None if is_unknown else position.currency,
            )
        )
    return sorted(found, key=lambda one: one[:3])


def gains_there(books: dict) -> dict[tuple[str, str], Decimal]:
    """Income is negative in beancount."""
    found = {}
    for lot in books["lots"]:
        meta = books["meta"][lot["account"]]
        if ":Gains:" in lot["account"]:
            found[meta["account"], meta["ticker"]] = -Decimal(lot["units"])
    return {key: gain for key, gain in found.items() if gain}


def gains_here(owner: User) -> dict[tuple[str, str], Decimal]:
    """The realised gain; where a part of it is unknown, the sum of what its sales are known to gain."""
    found = {}
    for position in Position.objects.filter(account__owner=owner).select_related("account"):
        gain = position.realized_pl
        if gain is None:
            gain = ZERO
            for piece in Disposal.objects.filter(lot__position=position, gain__isnull=False):
                gain = EXACT.add(gain, piece.gain)
        if gain:
            found[position.account.name, position.instrument_id] = gain
    return found


def agrees(owner: User, path: Path, folder: Path) -> None:
    try:
        import_bytes(owner, path.name, path.read_bytes())
    except ImporterError as error:
        pytest.skip(f"Not a file of a supported format: {error}")
    assert_agrees(owner, folder)


@pytest.mark.parametrize("path", GOLDEN, ids=golden.fixture_id)
def test_golden_input_agrees(alice: User, path: Path, tmp_path: Path) -> None:
    agrees(alice, path, tmp_path)


@pytest.mark.skipif(not FOLDER, reason="PORTFOLIO_SAMPLES names no folder of samples")
@pytest.mark.parametrize("path", SAMPLES, ids=golden.fixture_id)
def test_sample_agrees(alice: User, path: Path, tmp_path: Path) -> None:
    agrees(alice, path, tmp_path)
