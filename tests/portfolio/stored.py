"""Everything derived, named by what survives a rebuild, to compare two states bit for bit."""

from django.db import connection

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
    """Positions, lots and disposals as text, so that 1.0 and 1.00 would differ."""
    rows = []
    with connection.cursor() as cursor:
        for query in _QUERIES:
            cursor.execute(query)
            rows.append([tuple(map(str, row)) for row in cursor.fetchall()])
    return rows
