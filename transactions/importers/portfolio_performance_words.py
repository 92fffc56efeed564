"""The columns and types of Portfolio Performance's CSV, in English and German."""

from transactions.kinds import Kind

# Columns in the order in which the cells of a row are picked, each with all of its names.
COLUMNS = (
    ("Date", "Datum"),
    ("Type", "Typ"),
    ("Shares", "Stück"),
    ("Net Transaction Value", "Gesamtpreis", "Value", "Wert"),
    ("Amount", "Betrag"),
    ("Fees", "Gebühren"),
    ("Taxes", "Steuern"),
    ("Quote", "Kurs"),
    ("Transaction Currency", "Buchungswährung"),
    ("ISIN",),
    ("Ticker Symbol", "Ticker-Symbol", "Symbol"),
    ("WKN",),
    ("Security Name", "Wertpapiername", "Security", "Wertpapier"),
    ("Cash Account", "Account", "Konto", "Portfolio", "Depot"),
    ("Offset Account", "Gegenkonto"),
    ("Note", "Notiz"),
)
REQUIRED = ("Date", "Type")
NUMBERS = range(2, 8)
LAYOUTS = (
    ("Date", "Type", "Security", "Shares", "Net Transaction Value"),
    ("Datum", "Typ", "Wertpapier", "Stück", "Gesamtpreis"),
    ("Date", "Type", "Value", "Transaction Currency"),
    ("Datum", "Typ", "Wert", "Buchungswährung"),
)

# The kind and the direction: -1 reverses what the kind says.
TYPES = {
    "buy": (Kind.BUY, 1),
    "kauf": (Kind.BUY, 1),
    "sell": (Kind.SELL, 1),
    "verkauf": (Kind.SELL, 1),
    "dividend": (Kind.DIVIDEND, 1),
    "dividends": (Kind.DIVIDEND, 1),
    "dividende": (Kind.DIVIDEND, 1),
    "interest": (Kind.INTEREST, 1),
    "zinsen": (Kind.INTEREST, 1),
    "interest charge": (Kind.INTEREST, -1),
    "zinsbelastung": (Kind.INTEREST, -1),
    "deposit": (Kind.DEPOSIT, 1),
    "einlage": (Kind.DEPOSIT, 1),
    "removal": (Kind.WITHDRAWAL, 1),
    "entnahme": (Kind.WITHDRAWAL, 1),
    "fees": (Kind.FEE, 1),
    "gebühren": (Kind.FEE, 1),
    "fees refund": (Kind.FEE, -1),
    "fee refund": (Kind.FEE, -1),
    "gebührenerstattung": (Kind.FEE, -1),
    "taxes": (Kind.TAX, 1),
    "steuern": (Kind.TAX, 1),
    "tax refund": (Kind.TAX, -1),
    "steuererstattung": (Kind.TAX, -1),
    "steuerrückerstattung": (Kind.TAX, -1),
    "delivery (inbound)": (Kind.TRANSFER_IN, 1),
    "einlieferung": (Kind.TRANSFER_IN, 1),
    "delivery (outbound)": (Kind.TRANSFER_OUT, 1),
    "auslieferung": (Kind.TRANSFER_OUT, 1),
}
# Between accounts or depots of the owner; deliveries are with the world.
TRANSFERS = {
    "transfer (inbound)": Kind.TRANSFER_IN,
    "umbuchung (eingang)": Kind.TRANSFER_IN,
    "transfer (outbound)": Kind.TRANSFER_OUT,
    "umbuchung (ausgang)": Kind.TRANSFER_OUT,
    "transfer": Kind.TRANSFER_OUT,
    "umbuchung": Kind.TRANSFER_OUT,
}
