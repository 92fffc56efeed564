"""Real exports that may not be committed: run with PORTFOLIO_SAMPLES=folder, one subfolder a broker.

Every file is recognised or refused with a sentence, and every record of it has an outcome.
"""

import json
import os
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from pricing.readers import ImporterError
from tests.transactions.importers import golden
from transactions.importers import recognise
from transactions.importers.base import ParsedTransaction, Rejected
from transactions.importers.ibkr_flex_xml import IbkrFlexXml
from transactions.kinds import Kind

FOLDER = os.environ.get("PORTFOLIO_SAMPLES", "")
pytestmark = pytest.mark.skipif(not FOLDER, reason="PORTFOLIO_SAMPLES names no folder of samples")

FILES = sorted(path for path in Path(FOLDER).rglob("*") if path.is_file()) if FOLDER else []


@pytest.mark.parametrize("path", FILES, ids=golden.fixture_id)
def test_every_record_has_an_outcome_or_the_file_is_refused(path):
    source = golden.source_of(path)
    try:
        outcomes = list(recognise(source).parse(source))
    except ImporterError:
        return
    assert golden.lines_without_outcome(source, outcomes) == []


IBKR = sorted(Path(FOLDER).glob("ibkr-flex-xml/*.xml")) if FOLDER else []
# Kinds as the expected files name them, with ours.
BOUGHT_OR_SOLD = {"BUY": Kind.BUY, "SELL": Kind.SELL}
MONEY = {
    "DIVIDENDS": (Kind.DIVIDEND, 1),
    "FEES": (Kind.FEE, 1),
    "TAXES": (Kind.TAX, 1),
    "TAX_REFUND": (Kind.TAX, -1),
    "DEPOSIT": (Kind.DEPOSIT, 1),
}


def _ibkr(path):
    source = golden.source_of(path)
    outcomes = list(IbkrFlexXml().parse(source))
    assert [outcome for outcome in outcomes if isinstance(outcome, Rejected)] == []
    return [outcome for outcome in outcomes if isinstance(outcome, ParsedTransaction)]


def _expected(path):
    files = json.loads((path.parent / "expected.json").read_text(encoding="utf-8"))["files"]
    (facts,) = files[path.name].values()
    return facts["transactions"]


def _cents(amount):
    return f"{amount:.2f}"


@pytest.mark.parametrize("path", IBKR, ids=golden.fixture_id)
def test_interactive_brokers_trades_agree_with_the_expected_ones(path):
    found = Counter(
        (
            one.kind,
            one.when.date().isoformat(),
            one.currency,
            one.quantity,
            _cents(one.amount),
            _cents(one.fee),
        )
        for one in _ibkr(path)
        if one.kind in BOUGHT_OR_SOLD.values()
    )
    expected = Counter(
        (
            BOUGHT_OR_SOLD[one["kind"]],
            one["date"][:10],
            one["gross"]["currency"],
            # Written as floats of JSON, in tests only.
            Decimal(str(one["shares"])),
            _cents(one["gross"]["amount"]),
            _cents(one["fee"]["amount"]),
        )
        for one in _expected(path)
        if one["kind"] in BOUGHT_OR_SOLD
    )
    # One trade occurs twice among the expected ones, as the tests that they come from read it.
    assert set(found) == set(expected)


@pytest.mark.parametrize("path", IBKR, ids=golden.fixture_id)
def test_interactive_brokers_money_agrees_with_the_expected_one(path):
    found = Counter()
    for one in _ibkr(path):
        if one.kind not in BOUGHT_OR_SOLD.values():
            found[one.kind, one.when.date().isoformat(), one.currency] += one.amount
    expected = Counter()
    for one in _expected(path):
        if one["kind"] in MONEY:
            kind, sign = MONEY[one["kind"]]
            money = one.get("gross") or one["net"]
            key = (one["date"][:10], money["currency"])
            expected[kind, *key] += sign * Decimal(str(money["amount"]))
            expected[Kind.TAX, *key] += Decimal(str(one.get("tax", {}).get("amount", 0)))
    assert {key: value for key, value in found.items() if value} == {
        key: value for key, value in expected.items() if value
    }
