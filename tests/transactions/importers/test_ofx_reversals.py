"""Events of OFX that take back or correct others, and what a transfer cost."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from portfolio.ledger_sums import cash, groups
from portfolio.models import Disposal, Position
from pricing.readers import Source
from transactions import ingest
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, Rejected
from transactions.importers.ofx import Ofx
from transactions.kinds import CASH_SIGN, Kind
from transactions.models import Account, Transaction


def statement(*events: str) -> bytes:
    lines = "\n".join(events)
    return (
        "<OFX><INVSTMTRS><CURDEF>USD<INVACCTFROM><ACCTID>A</INVACCTFROM><INVTRANLIST>\n"
        f"{lines}\n</INVTRANLIST></INVSTMTRS></OFX>"
    ).encode()


def parse(*events: str) -> list[Outcome]:
    return list(Ofx().parse(Source("x.ofx", statement(*events))))


def reason(*events: str) -> str:
    found = parse(*events)[-1]
    assert isinstance(found, Rejected)
    return found.reason


def about(id: str, reverses: str = "", day: str = "20240102") -> str:
    reversal = f"<REVERSALFITID>{reverses}" if reverses else ""
    return (
        f"<INVTRAN><FITID>{id}<DTTRADE>{day}{reversal}</INVTRAN><SECID><UNIQUEID>111111111</SECID>"
    )


def buy(id: str, units: str, total: str, more: str = "", reverses: str = "", day: str = "20240102"):
    told = about(id, reverses, day)
    return f"<BUYSTOCK><INVBUY>{told}<UNITS>{units}<TOTAL>{total}{more}</INVBUY></BUYSTOCK>"


def sell(
    id: str, units: str, total: str, more: str = "", reverses: str = "", day: str = "20240102"
):
    told = about(id, reverses, day)
    return f"<SELLSTOCK><INVSELL>{told}<UNITS>{units}<TOTAL>{total}{more}</INVSELL></SELLSTOCK>"


def money(one: Outcome) -> Decimal:
    assert isinstance(one, ParsedTransaction)
    assert one.amount is not None
    return CASH_SIGN[one.kind] * one.amount - one.fee - one.tax


def figures(*found: Outcome) -> list[tuple[object, ...]]:
    return [
        (one.kind, one.quantity, one.amount, one.fee, one.tax, one.external_id)
        for one in found
        if isinstance(one, ParsedTransaction)
    ]


def test_a_purchase_taken_back_is_a_sale_that_says_so() -> None:
    charges = "<COMMISSION>5<TAXES>1"
    bought, back, unnamed, minus = parse(
        buy("b", "10", "-506", charges),
        buy("r", "-10", "506", charges, reverses="b"),
        buy("r", "-10", "506", charges),
        buy("r", "-10", "506", "<COMMISSION>-5<TAXES>-1"),
    )
    assert figures(bought, back, unnamed) == [
        (Kind.BUY, 10, 500, 5, 1, "b"),
        (Kind.SELL, 10, 500, -6, 0, "r cancels b"),
        (Kind.SELL, 10, 500, -6, 0, "r cancels"),
    ]
    assert [money(one) for one in (bought, back)] == [-506, 506]
    assert figures(minus) == figures(unnamed)


def test_a_sale_taken_back_is_a_purchase_that_says_so() -> None:
    charges = "<COMMISSION>5<TAXES>1<WITHHOLDING>10"
    sold, back = parse(
        sell("s", "-4", "224", charges), sell("r", "4", "-224", charges, reverses="s")
    )
    assert figures(sold, back) == [
        (Kind.SELL, 4, 240, 6, 10, "s"),
        (Kind.BUY, 4, 240, -6, -10, "r cancels s"),
    ]
    assert [money(one) for one in (sold, back)] == [224, -224]


def test_accrued_interest_comes_back_with_a_bond() -> None:
    told = "<UNITS>{units}<TOTAL>{total}</INVBUY><ACCRDINT>12.5</BUYDEBT>"
    found = parse(
        f"<BUYDEBT><INVBUY>{about('d')}{told.format(units=1000, total=-1002.5)}",
        f"<BUYDEBT><INVBUY>{about('r', 'd')}{told.format(units=-1000, total=1002.5)}",
    )
    assert [money(one) for one in found] == [-990, Decimal("-12.5"), 990, Decimal("12.5")]


def test_a_reinvestment_taken_back_is_no_second_one() -> None:
    told = "<INCOMETYPE>DIV<TOTAL>25<UNITS>{}</REINVEST>"
    found = parse(
        f"<REINVEST>{about('i')}{told.format('2.5')}",
        f"<REINVEST>{about('r', 'i')}{told.format('-2.5')}",
    )
    assert figures(*found) == [
        (Kind.DIVIDEND, None, 25, 0, 0, "i-income"),
        (Kind.BUY, Decimal("2.5"), 25, 0, 0, "i"),
        (Kind.DIVIDEND, None, -25, 0, 0, "r-income"),
        (Kind.SELL, Decimal("2.5"), 25, 0, 0, "r cancels i"),
    ]


def test_an_option_that_did_not_expire_after_all() -> None:
    found = parse(
        f"<CLOSUREOPT>{about('o')}<OPTACTION>EXPIRE<UNITS>-2<SHPERCTRCT>100</CLOSUREOPT>",
        f"<CLOSUREOPT>{about('r', 'o')}<OPTACTION>EXPIRE<UNITS>2<SHPERCTRCT>100</CLOSUREOPT>",
    )
    assert [(one[0], one[1], one[5]) for one in figures(*found)] == [
        (Kind.SELL, 200, "o"),
        (Kind.BUY, 200, "r cancels o"),
    ]


def test_income_comes_back_with_its_tax() -> None:
    (back,) = parse(f"<INCOME>{about('r', 'i')}<INCOMETYPE>DIV<TOTAL>-8.5<WITHHOLDING>1.5</INCOME>")
    assert figures(back) == [(Kind.DIVIDEND, None, -10, 0, Decimal("-1.5"), "r")]
    assert money(back) == Decimal("-8.5")


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (buy("r", "10", "-500", reverses="b"), "<BUYSTOCK> r: it takes back the event b, but its signs"),
        (sell("r", "-4", "224", reverses="s"), "<SELLSTOCK> r: it takes back the event s, but its signs"),
        (buy("r", "10", "500"), "<BUYSTOCK> r: TOTAL has the sign of a trade that is taken back, but"),
        (sell("r", "-4", "-224"), "<SELLSTOCK> r: TOTAL has the sign of a trade that is taken back, but"),
        (
            f"<INCOME>{about('r', 'i')}<INCOMETYPE>DIV<TOTAL>8.5</INCOME>",
            "<INCOME> r: it takes back the event i, but its signs are those of a new one: if that event",
        ),
        (f"<INVEXPENSE>{about('r', 'e')}<TOTAL>-2</INVEXPENSE>", "<INVEXPENSE> r: it takes back the event e"),
        (
            f"<TRANSFER>{about('r', 't')}<UNITS>-5<TFERACTION>IN</TRANSFER>",
            "<TRANSFER> r: it takes back the event t: if that is in the ledger, delete it by hand",
        ),
        (
            f"<SPLIT>{about('r', 'p')}<OLDUNITS>12<NEWUNITS>6</SPLIT>",
            "<SPLIT> r: it takes back the event p: if that is in the ledger, delete it by hand",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_back_is_rejected_with_what_to_do(event: str, told: str) -> None:
    assert reason(event).startswith(told)


def test_reversals_of_other_events_are_told_by_their_sign() -> None:
    interest, expense = parse(
        f"<MARGININTEREST>{about('r', 'm')}<TOTAL>4</MARGININTEREST>",
        f"<INVEXPENSE>{about('r', 'e')}<TOTAL>2</INVEXPENSE>",
    )
    assert [money(one) for one in (interest, expense)] == [4, 2]


@pytest.mark.django_db
@pytest.mark.parametrize("files", [["ab", "abr"], ["abr", "b"], ["ar", "b"], ["ab", "r"], ["abr"]])
@pytest.mark.parametrize("reverses", ["b", ""])
def test_a_reversal_leaves_no_trace_in_lots(alice: User, files: list[str], reverses: str) -> None:
    events = {
        "a": buy("a", "10", "-400"),
        "b": buy("b", "10", "-505", "<COMMISSION>5", day="20240103"),
        "r": buy("r", "-10", "505", "<COMMISSION>5", reverses, day="20240104"),
    }
    for names in files:
        data = statement(*(events[name] for name in names))
        ingest.run(ingest.stage(alice, "x.ofx", data, account_name="A", currency="USD"))
    position = Position.objects.get()
    assert (position.quantity, position.total_cost, position.realized_pl) == (10, 400, 0)
    assert not Disposal.objects.exists()
    account = Account.objects.get()
    assert cash(groups(Transaction.objects.all())) == {(account.pk, "USD"): -400}


@pytest.mark.parametrize(
    ("more", "cost"),
    [
        ("<TFERACTION>IN<AVGCOSTBASIS>12.5", Decimal("62.5")),
        ("<AVGCOSTBASIS>12,5", Decimal("62.5")),
        # Zero is what brokers write who do not know.
        ("<TFERACTION>IN<AVGCOSTBASIS>0", None),
        ("<TFERACTION>IN", None),
        ("<TFERACTION>OUT<AVGCOSTBASIS>12.5", None),
    ],
)
def test_average_cost_of_what_arrives_is_its_cost(more: str, cost: Decimal | None) -> None:
    (found,) = parse(f"<TRANSFER>{about('t')}<UNITS>5{more}</TRANSFER>")
    assert isinstance(found, ParsedTransaction)
    assert (found.amount, found.currency) == (cost, "USD")


def test_average_cost_of_an_option_may_be_of_a_share_or_of_a_contract() -> None:
    listed = "<OPTINFO><SECID><UNIQUEID>111111111</SECID><SHPERCTRCT>100</OPTINFO>"
    event = f"<TRANSFER>{about('t')}<UNITS>5<TFERACTION>IN<AVGCOSTBASIS>12.5</TRANSFER>{listed}"
    (found, *_) = parse(event)
    assert isinstance(found, ParsedTransaction)
    assert (found.quantity, found.amount) == (500, None)


def booking(id: str, amount: str, corrects: str = "", action: str = "") -> str:
    correction = f"<CORRECTFITID>{corrects}<CORRECTACTION>{action}" if corrects else ""
    day = f"202401{len(corrects) + 10}"
    return (
        f"<INVBANKTRAN><STMTTRN><TRNTYPE>CREDIT<DTPOSTED>{day}<TRNAMT>{amount}<FITID>{id}"
        f"{correction}</STMTTRN></INVBANKTRAN>"
    )


def test_a_booking_that_is_replaced_comes_back_on_its_day() -> None:
    first, back, anew = parse(booking("k", "100"), booking("n", "90", "k", "REPLACE"))
    assert figures(first, back, anew) == [
        (Kind.DEPOSIT, None, 100, 0, 0, "k"),
        (Kind.DEPOSIT, None, -100, 0, 0, "n cancels k"),
        (Kind.DEPOSIT, None, 90, 0, 0, "n"),
    ]
    assert [one.when.day for one in (first, back, anew)] == [10, 10, 11]
    assert [one.line for one in (first, back, anew)] == [2, 3, 3]


def test_a_booking_may_be_replaced_again_and_be_deleted_before_its_line() -> None:
    found = parse(
        booking("x", "80", "n", "delete"), booking("n", "90", "k", "REPLACE"), booking("k", "100")
    )
    assert sum(map(money, found)) == 0
    assert [one.external_id for one in found if isinstance(one, ParsedTransaction)] == [
        "x cancels n", "n cancels k", "n", "k",
    ]  # fmt: skip


def test_a_booking_of_nothing_is_corrected_to_nothing() -> None:
    found = parse(booking("k", "0"), booking("n", "0", "k", "DELETE"))
    assert found == [
        Ignored(2, "a booking of 0.00"),
        Ignored(3, "correction of a booking of 0.00"),
    ]


def test_corrections_that_cannot_be_followed_say_what_to_do() -> None:
    assert reason(booking("n", "90", "k", "REPLACE")) == (
        "<INVBANKTRAN> n: it corrects the booking k, which is not in the file: export a period that"
        " has both, or correct that booking by hand"
    )
    assert reason(booking("k", "9"), booking("n", "90", "k", "MOVE")) == (
        "<INVBANKTRAN> n: the correction “MOVE” of the booking k is not known; known are REPLACE, DELETE"
    )


def test_a_transfer_of_no_units_is_no_event() -> None:
    (found,) = parse(f"<TRANSFER>{about('t')}<UNITS>0<TFERACTION>IN</TRANSFER>")
    assert found == Ignored(found.line, "a transfer of no units")


def test_a_day_that_does_not_exist_is_named() -> None:
    (found,) = parse(f"<TRANSFER>{about('t', day='20241399')}<UNITS>5<TFERACTION>IN</TRANSFER>")
    assert isinstance(found, Rejected)
    assert "“20241399” is not a date of OFX" in found.reason
