"""What is stored of positions: the figures of one, and everything derived, to compare bit for bit."""

from django.db import connection

from portfolio.models import Position
from portfolio.verify import verify
from transactions.models import Account

_QUERIES = (
    """SELECT a.name, p.ticker, p.currency, quantity, avg_cost_basis, total_cost, realized_pl,
              built_through,
              (SELECT jsonb_agg(i - 'transaction' ORDER BY place)
               FROM jsonb_array_elements(issues) WITH ORDINALITY AS one (i, place))::text
       FROM positions p JOIN accounts a ON a.id = p.account_id ORDER BY 1, 2""",
    """SELECT a.name, p.ticker, l.sequence, purchase_date, l.quantity, remaining_quantity,
              purchase_price, cost, remaining_cost, account_rate, transaction_date, transaction_type
       FROM lots l JOIN positions p ON p.id = position_id JOIN accounts a ON a.id = p.account_id
       JOIN transactions t ON t.id = opening_transaction_id ORDER BY 1, 2, 3""",
    """SELECT a.name, p.ticker, l.sequence, transaction_date, transaction_type, d.quantity,
              proceeds, d.cost, gain, d.account_rate
       FROM disposals d JOIN lots l ON l.id = lot_id JOIN positions p ON p.id = position_id
       JOIN accounts a ON a.id = p.account_id
       JOIN transactions t ON t.id = closing_transaction_id
       ORDER BY 1, 2, 3, 4, 5, 6, 7, 8""",
)


def contents():
    """Positions, lots and disposals, named by what survives a rebuild, so that 1.0 and 1.00 differ."""
    rows = []
    with connection.cursor() as cursor:
        for query in _QUERIES:
            cursor.execute(query)
            rows.append([tuple(map(str, row)) for row in cursor.fetchall()])
    return rows


def position(ticker="AAA", account=None):
    found = Position.objects.filter(instrument=ticker)
    return found.get(account__name=account) if account else found.get()


def figures(ticker="AAA", account=None):
    found = position(ticker, account)
    return (found.quantity, found.total_cost, found.realized_pl, found.currency)


def messages(ticker="AAA", account=None):
    return [issue["message"] for issue in position(ticker, account).issues]


def lots(ticker="AAA", account=None):
    found = position(ticker, account).lots.exclude(remaining_quantity=0)
    return [
        (str(lot.purchase_date.date()), lot.remaining_quantity, lot.remaining_cost)
        for lot in found.order_by("purchase_date", "sequence")
    ]


def checked(*accounts):
    assert verify(Account.objects.order_by("pk")) == []
