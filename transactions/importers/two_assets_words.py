"""Words of tables with two assets in a row: in names of columns, and of types. Small letters."""

from transactions.importers.layouts import IGNORE, MONEY, TOLD, TRADE
from transactions.kinds import Kind


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# In the names of columns, without accents. What is put in is what went out: “Input Currency”.
WENT = _words(
    """
    sent send out outgoing outbound sell sold spent debit debited origin input from source given disposed
    envoye envoyee vendu vente gesendet verkauft verkauf ausgehend ausgang abgang enviado enviada vendido
    inviato venduto verzonden verkocht
    """
)
CAME = _words(
    """
    received receive in incoming inbound buy bought credit credited destination target output to got
    acquired recu recue achete achat erhalten gekauft kauf eingehend eingang zugang recibido recibida
    comprado ricevuto comprato ontvangen gekocht
    """
)
FEE = _words("fee fees commission frais gebuhr gebuhren comision commissione kosten")
# With these a fee in a name says of what the amount is: “Source amount (after fees)”.
BESIDE_FEE = _words("after before without excl excluding incl including inclusive")
AMOUNT = _words(
    """
    amount quantity qty volume units size montant quantite betrag menge anzahl cantidad importe quantita
    importo aantal bedrag
    """
)
ASSET = _words(
    """
    currency asset coin token symbol ticker cur curr ccy crypto devise monnaie jeton wahrung moneda divisa
    valuta munt
    """
)
# The worth of a side, in money.
WORTH = _words("value worth equivalent wert valeur valor valore waarde")
# Columns that are of a side and say something else of it.
OTHER = _words(
    """
    price prix preis precio prezzo prijs kurs rate cost balance wallet account address adresse id hash txid
    tx url exchange platform portfolio type fixed date time network chain name
    """
)
# Columns that say what a row is, where none is called its type, or that say more.
LABELS = ("label", "tag", "category", "classification", "etiquette")

# In a status: only what happened is guessed to be a trade by its two sides alone.
DONE = ("success", "complet", "filled", "confirm", "done", "executed", "finish", "settled")

# Parts of words, asked in this order and before those of other tables. A ^ is the beginning or end of a word.
MEANINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (IGNORE, ("cancel", "pending", "rejected", "failed", "declined", "expired", "ignored")),
    (IGNORE, ("lockup", "staking return", "unstak", "^stake^")),
    (Kind.AIRDROP, ("rebate", "airdrop", "fork", "bonus", "cashback", "cash back", "referral")),
    (MONEY, ("non taxable", "gift", "donation", "charity", "cadeau", "geschenk", "regalo")),
    (MONEY, ("^lost", "stolen", "hack", "theft", "casualty", "loan", "internal", "bridge")),
    (Kind.FEE, ("^fee", "^gas^", "^cost", "margin fee", "frais", "profit loss", "futures loss")),
    (Kind.FEE, ("derivative loss", "margin loss")),
    (MONEY, ("funding",)),
    (Kind.MINING, ("mining", "mined", "minage")),
    (Kind.STAKING, ("staking", "staked", "reward", "master node", "masternode", "minting")),
    (Kind.STAKING, ("récompense", "belohnung")),
    (Kind.INTEREST, ("interest", "lending", "^earn", "^yield", "zins", "intérêt")),
    (Kind.AIRDROP, ("bounty", "income", "promo", "profit", "gain", "shakingsats", "salary")),
    (Kind.AIRDROP, ("revenu", "einkommen")),
    (Kind.SELL, ("spend", "spent", "expense", "payment", "paiement", "^zahlung", "bezahl")),
    (Kind.DEPOSIT, ("^deposit",)),
    (Kind.WITHDRAWAL, ("^withdraw",)),
    (TRADE, ("trade", "^order", "swap", "exchange", "convert", "conversion", "échange", "tausch")),
    (TRADE, ("purchase/sale", "buy/sell")),
    (TOLD, ("neutral",)),
)
