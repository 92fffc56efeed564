"""OFX: what statements say of positions and cash, beside their events."""

from datetime import UTC, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest

from pricing.readers import Source
from tests.transactions.importers import golden
from transactions.importers.base import ParsedTransaction, Stated
from transactions.importers.ofx import Ofx

FIRST = datetime.combine(datetime(2024, 6, 1), time.max)  # noqa: DTZ001
SECID = "<SECID><UNIQUEID>111111111<UNIQUEIDTYPE>CUSIP</SECID>"


def fixture(name: str) -> list:
    return list(Ofx().parse(golden.source_of(golden.DATA / "ofx" / name)))


def stated(found) -> list[Stated]:
    return [one for one in found if isinstance(one, Stated)]


def broker(*parts: str, currency: str = "USD", as_of: str = "20240601", listed: str = "") -> list:
    text = (
        f"<OFX><INVSTMTRS><DTASOF>{as_of}<CURDEF>{currency}<INVACCTFROM><ACCTID>1</INVACCTFROM>"
        f"{''.join(parts)}</INVSTMTRS>{listed}</OFX>"
    )
    return list(Ofx().parse(Source("x.ofx", text.encode())))


def held(units: str, tag: str = "POSSTOCK", kind: str = "LONG", security: str = SECID) -> str:
    inner = f"<INVPOS>{security}<POSTYPE>{kind}<UNITS>{units}</INVPOS>"
    return f"<INVPOSLIST><{tag}>{inner}</{tag}></INVPOSLIST>"


def test_positions_of_a_broker_are_of_the_end_of_the_day_and_added_up() -> None:
    found = fixture("version_1_all_events.qfx")
    units = [one for one in stated(found) if one.security]

    assert [(one.security.ticker or one.security.isin, one.amount) for one in units] == [
        ("EXA", Decimal("12.5")),
        ("DE0007164600", Decimal(-3)),
        ("444444444", Decimal("1.25")),
        ("EXA240119C00050000", Decimal(-200)),
    ]
    assert {(one.when, one.portfolio, one.is_list) for one in units} == {(FIRST, "", True)}
    bought = next(one for one in found if isinstance(one, ParsedTransaction))
    assert units[0].security is bought.security


def test_cash_of_a_broker_is_in_the_currency_of_its_statement() -> None:
    money = [one for one in stated(fixture("version_1_all_events.qfx")) if one.currency]
    assert [(one.portfolio, one.currency, one.amount, one.when) for one in money] == [
        # The other account of the file has events in euros, which the balance may hold too.
        ("B2", "USD", Decimal("0.10"), FIRST),
    ]


@pytest.mark.parametrize(
    ("tag", "code", "count"),
    [("CURRENCY", "EUR", 0), ("CURRENCY", "USD", 1), ("ORIGCURRENCY", "EUR", 1)],
)
def test_a_balance_beside_money_of_other_currencies_says_nothing_about_them(
    tag, code, count
) -> None:
    booking = (
        "<INVTRANLIST><INVBANKTRAN><STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20240501<TRNAMT>7<FITID>1"
        f"<{tag}><CURRATE>1.1<CURSYM>{code}</{tag}></STMTTRN><SUBACCTFUND>CASH</INVBANKTRAN></INVTRANLIST>"
    )
    assert len(stated(broker(booking, "<INVBAL><AVAILCASH>5</INVBAL>"))) == count


def test_balance_of_a_bank_is_of_its_own_instant() -> None:
    (found,) = stated(fixture("version_2_bank.ofx"))
    when = datetime(2024, 1, 31, 20, tzinfo=timezone(timedelta(hours=1)))
    assert found == Stated(27, when, Decimal("99.23"), "EUR", is_list=True)


@pytest.mark.parametrize(
    ("as_of", "when"),
    [
        ("20240601120000", FIRST),
        ("20240601210500", datetime(2024, 6, 1, 21, 5, tzinfo=UTC)),
    ],
    ids=["made up", "instant"],
)
def test_made_up_times_are_the_day(as_of: str, when: datetime) -> None:
    (found,) = broker(held("2"), as_of=as_of)
    assert found.when == when


def test_units_that_are_short_have_a_minus_in_either_case() -> None:
    for units in ("2", "-2"):
        (found,) = broker(held(units, kind="SHORT"))
        assert found.amount == Decimal(-2)


@pytest.mark.parametrize(
    "positions",
    [
        held("many"),
        held(""),
        held("2", security=""),
        held("2", "POSOPT"),
        "<INVPOSLIST><POSSTOCK>nothing</POSSTOCK></INVPOSLIST>",
    ],
    ids=["no number", "empty", "no security", "shares of a contract", "no position"],
)
def test_a_list_with_a_position_that_cannot_be_read_is_not_stated(positions: str) -> None:
    (cash,) = broker(held("1"), positions, "<INVBAL><AVAILCASH>5</INVBAL>")
    assert (cash.currency, cash.amount) == ("USD", Decimal(5))


@pytest.mark.parametrize(
    ("balance", "currency", "as_of"),
    [
        ("<INVBAL><AVAILCASH>much</INVBAL>", "USD", "20240601"),
        ("<INVBAL><MARGINBALANCE>1</INVBAL>", "USD", "20240601"),
        ("<INVBAL><AVAILCASH>1</INVBAL>", "", "20240601"),
        ("<INVBAL><AVAILCASH>1</INVBAL>", "USD", "20241301"),
        ("<INVBAL><AVAILCASH>1</INVBAL>", "USD", "today"),
    ],
    ids=["no number", "no cash", "no currency", "no such day", "no date"],
)
def test_a_balance_that_cannot_be_read_is_not_stated(balance, currency, as_of) -> None:
    assert broker(balance, currency=currency, as_of=as_of) == []


def test_an_unreadable_size_of_a_contract_is_one_that_is_not_stated() -> None:
    listed = f"<SECLIST><OPTINFO><SECINFO>{SECID}</SECINFO><SHPERCTRCT>ten</OPTINFO></SECLIST>"
    assert broker(held("2", "POSOPT"), listed=listed) == []
    assert len(broker(held("2", "POSOPT"), listed=listed.replace("ten", "10"))) == 1
