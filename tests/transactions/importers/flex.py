"""Files of Interactive Brokers Flex queries, put together from their sections for the tests."""

from pricing.readers import Source
from tests.transactions.importers import golden
from transactions.importers.ibkr_flex_xml import IbkrFlexXml

IMPORTER = IbkrFlexXml()
INTEL_ATTRIBUTES = (
    'assetCategory="STK" symbol="INTC" description="INTEL CORP" conid="41" isin="US4581401001"'
)


def flex(*sections, account="U1", information='<AccountInformation currency="USD" />'):
    body = "\n".join(sections)
    text = (
        '<FlexQueryResponse type="AF"><FlexStatements>'
        f'<FlexStatement accountId="{account}">{information}\n{body}</FlexStatement>'
        "</FlexStatements></FlexQueryResponse>"
    )
    return Source("flex.xml", text.encode())


def outcomes(*sections, **facts):
    return list(IMPORTER.parse(flex(*sections, **facts)))


def trade(**changes):
    attributes = {
        "currency": "USD",
        "dateTime": "20240102;100000",
        "quantity": "2",
        "tradePrice": "30",
        "proceeds": "-60",
        "buySell": "BUY",
    } | changes
    stated = " ".join(
        f'{name}="{value}"' for name, value in attributes.items() if value is not None
    )
    return f"<Trades><Trade {INTEL_ATTRIBUTES} {stated} /></Trades>"


def traded(**changes):
    (outcome,) = outcomes(trade(**changes))
    return outcome


def by_line(name):
    source = golden.source_of(golden.DATA / "ibkr-flex-xml" / name)
    return {outcome.line: outcome for outcome in IMPORTER.parse(source)}
