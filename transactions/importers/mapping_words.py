"""Names of columns and words for types, as brokers write them in some languages. Small letters."""

from transactions.importers.layouts import EXCHANGE, IGNORE, MONEY, TRADE, Role
from transactions.kinds import Kind


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split(", "))


ROLE_WORDS: dict[Role, tuple[str, ...]] = {
    Role.DATE: _listed(
        "date, trade date, datetime, filled time, order time, fecha de la orden, buchung, buchtag, "
        "operazione, date op, operation date, execution date and time, transaction date, date/time, date "
        "time, timestamp, run date, execution date, booking date, executed at, day, when, datum, "
        "buchungstag, buchungsdatum, handelstag, ausführungsdatum, valuta, transactiedatum, date de "
        "l'opération, date d'opération, date opération, fecha, fecha operación, data, data operazione, "
        "affärsdag, bokföringsdag, time (utc), date (utc), transaction time, created at, data/ora, "
        "handelsdatum, abschluss, abschlussdatum, settlement date, date de "
        "règlement, activity date, process date, trade time, time"
    ),
    Role.TIME: _listed("time, zeit, uhrzeit, tijd, heure, hora, ora, tid"),
    Role.SUBTYPE: _listed(
        "sub type, subtype, sub-type, activity sub type, transaction sub type, status, order status, "
        "state, trade status, transaction status, estado, statut, stato, statuts, auftragsstatus"
    ),
    Role.TYPE: _listed(
        "type, transaction type, af bij, debit/credit, credit/debit, soll/haben, s/h, dr/cr, cr/dr, d/c, "
        "segno, umsatztyp, transaktionsart, tipo de orden, trade type, activity, movimiento, "
        "transactiontype, transaction, action, activity type, side, buy/sell, buy / sell, operation, "
        "direction, event, kind, trans code, typ, transaktionstyp, umsatzart, vorgang, art, buchungstext, "
        "transaktion, transactietype, soort, sens, type d'opération, opération, tipo, tipo de operación, "
        "tipo operazione, operazione, operación, typ av transaktion, order type, category, kategorie, "
        "koop/verkoop, way"
    ),
    Role.TICKER: _listed(
        "ticker, symbol, output currency, received currency, currency ticker, coin type, instrument code, "
        "spot pairs, trading pair, instrument, asset, coin, code, stock, ticker symbol, wkn, kürzel, base "
        "currency, base currency (name), base asset, cryptocurrency, coin name, "
        "wertpapierkennung, symbole, símbolo, simbolo, security id, market, pair, product code, stock "
        "symbol"
    ),
    Role.ISIN: _listed("isin, isin code, isin-code, codice isin, code isin, código isin"),
    Role.NAME: _listed(
        "name, security, security name, product, company, instrument name, asset name, wertpapier, "
        "bezeichnung, wertpapierbezeichnung, titel, produkt, naam, libellé, valeur, nom, titre, valor, "
        "producto, nombre, titolo, strumento, prodotto, värdepapper, fund, fund name, scheme, scheme "
        "name, description of security, holding"
    ),
    Role.QUANTITY: _listed(
        "quantity, shares, output amount, received amount, filled, filled amount, total qty, total "
        "quantity, coin amount, amount asset, asset amount, operation amount, crypto amount, qté, nº de "
        "participaciones, participaciones, número de títulos, nº títulos, anteile, units, qty, no. of "
        "shares, number of shares, volume, number of units, filled qty, amount of shares, size, filled "
        "quantity, stück, anzahl, stücke, nominale, stk., menge, aantal, quantité, nombre, cantidad, "
        "títulos, quantità, antal, nominal, executed quantity, base amount"
    ),
    Role.PRICE: _listed(
        "price, unit price, avg filled price, average filled price, asset price, asset market price, "
        "price/share, prix d'exé, prix d'éxé, share price, price per share, price / share, trade price, "
        "execution price, avg price, average price, price/unit, filled price, kurs, preis, "
        "ausführungskurs, koers, prijs, cours, prix, prix unitaire, precio, precio unitario, prezzo, "
        "pris, rate, unit cost"
    ),
    Role.AMOUNT: _listed(
        "amount, total, usd equivalent, net amt., filled volume, filled value, importe estimado, net cash "
        "amount, usd value, amount fiat, countervalue at operation date, umsatz in eur, "
        "abrechnungsbetrag, total amount, net amount, value, gross amount, proceeds, total value, cash, "
        "cost, consideration, net proceeds, transaction amount, betrag, gesamtbetrag, kurswert, wert, "
        "umsatz, summe, endbetrag, bedrag, totaal, montant, montant net, importe, importe neto, total "
        "neto, importo, controvalore, totale, belopp, debit/credit, market value, net, total cost, "
        "quote amount"
    ),
    Role.CURRENCY: _listed(
        "currency, ccy, transaction currency, trade currency, price currency, curr., währung, whg., "
        "valuta, valuta code, munt, devise, monnaie, divisa, moneda, moneta, currency code, account "
        "currency, currency (total), quote currency, quote asset"
    ),
    Role.FEE: _listed(
        "fee, fees, commission, commissions, brokerage, charges, transaction fee, commission/fees, fees & "
        "comm, commission & fees, total fees, trading fee, gebühr, gebühren, provision, spesen, entgelt, "
        "kosten, transactiekosten, frais, courtage, comisión, comisiones, gastos, commissione, "
        "commissioni, costi, avgift, kurtage, comm."
    ),
    Role.FEE_CURRENCY: _listed(
        "fee currency, fee asset, fee coin, commission asset, commission currency, currency (fee), fee "
        "ccy"
    ),
    Role.TAX: _listed(
        "tax, taxes, withholding tax, tax withheld, stamp duty, withheld tax, steuer, steuern, "
        "quellensteuer, kapitalertragsteuer, belasting, taxe, impôt, impuesto, retención, imposta, tasse, "
        "ritenuta, skatt, dividendbelasting"
    ),
    Role.PAID_IN: _listed(
        "credit, credits, credit amount, money in, paid in, cash in, deposits, deposit, receipts, "
        "receipt, in, inflow, amount in, haben, gutschrift, gutschriften, zugang, eingang, einnahmen, "
        "crédit, crédits, entrée, entrées, bij, bijschrijving, inkomsten, ontvangsten, ontvangen, abono, "
        "abonos, haber, ingresos, ingreso, entradas, entrada, avere, accredito, accrediti, entrate, "
        "entrata, insättningar, insättning"
    ),
    Role.PAID_OUT: _listed(
        "debit, debits, debit amount, money out, paid out, cash out, withdrawals, withdrawal, payments, "
        "payment, out, outflow, amount out, soll, lastschrift, lastschriften, belastung, belastungen, "
        "abgang, ausgang, ausgaben, débit, débits, sortie, sorties, af, afschrijving, uitgaven, debet, "
        "cargo, cargos, debe, salidas, salida, dare, addebito, addebiti, uscite, uscita, uttag"
    ),
    Role.UNITS_IN: _listed(
        "units bought, shares bought, quantity bought, bought, units in, quantity in, units credited, buy "
        "quantity, buy qty, shares in, qty in, credit quantity, units purchased, zugang stück, "
        "incoming amount"
    ),
    Role.UNITS_OUT: _listed(
        "units sold, shares sold, quantity sold, sold, units out, quantity out, units debited, sell "
        "quantity, sell qty, shares out, qty out, debit quantity, abgang stück, outgoing amount"
    ),
    Role.BALANCE: _listed(
        "balance, running balance, cash balance, account balance, closing balance, ending balance, "
        "balance after, available balance, new balance, saldo, kontostand, neuer saldo, solde, solde en "
        "compte, saldo contable, saldo disponible, saldo contabile, saldo na mutatie, saldo na trn, "
        "resultaat saldo"
    ),
    Role.FX_RATE: _listed(
        "fx rate, exchange rate, fx, wechselkurs, devisenkurs, wisselkoers, taux de change, tipo de "
        "cambio, cambio, tasso di cambio, växlingskurs"
    ),
    Role.ID: _listed(
        "id, transaction id, order id, reference, trade id, order number, ref, txid, transaktionsnummer, "
        "referenz, ordernummer, référence, referencia, riferimento, order no., trade number, transaction "
        "reference, order ref"
    ),
    Role.DESCRIPTION: _listed(
        "description, notes, avisierungstext, libelle, buchungsinformationen, label, note, comment, "
        "details, memo, remarks, text, beschreibung, verwendungszweck, notiz, omschrijving, opmerking, "
        "commentaire, descripción, concepto, descrizione, causale, beskrivning, kommentar"
    ),
}

# Whole words, of orders in the columns of some brokers: buy and sell, Kauf and Verkauf, achat and vente.
ABBREVIATIONS: dict[str, str] = {
    **dict.fromkeys(("b", "k", "a", "c"), Kind.BUY.value),
    **dict.fromkeys(("s", "v"), Kind.SELL.value),
    **dict.fromkeys(("div", "cdiv", "qdiv", "mdiv", "sdiv"), Kind.DIVIDEND.value),
    **dict.fromkeys(("int", "cint"), Kind.INTEREST.value),
    **dict.fromkeys(("dtax", "wht", "nra", "dfee"), Kind.TAX.value),
    **dict.fromkeys(("fch", "gold"), Kind.FEE.value),
    **dict.fromkeys(("spl",), Kind.SPLIT.value),
    **dict.fromkeys(("ach", "eft", "wire", "fpd", "fpc"), MONEY),
    **dict.fromkeys(("con", "cont", "dep", "in", "bij"), Kind.DEPOSIT.value),
    **dict.fromkeys(("wd", "wdl", "out", "af"), Kind.WITHDRAWAL.value),
    **dict.fromkeys(("fxt", "fx"), EXCHANGE),
}

# The words for money in and out, of columns that have nothing else: alone a letter means other things.
SIDES: tuple[tuple[str, str], ...] = (
    *(("bij", "af"), ("credit", "debit"), ("c", "d"), ("cr", "dr"), ("h", "s"), ("haben", "soll")),
    *(("+", "-"), ("in", "out"), ("eingang", "ausgang"), ("crédit", "débit"), ("abono", "cargo")),
    *(("haber", "debe"), ("avere", "dare"), ("gutschrift", "lastschrift"), ("paid in", "paid out")),
)

# Parts of words, asked in this order: “Verkauf” holds “Kauf”, and a reinvested dividend is no purchase. A ^
# is the beginning of a word: no “fee” is in “coffee”, and no “Ertrag” in “Übertrag”.
MEANINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        IGNORE,
        _listed(
            "cancel, pending, rejected, storno, annul, failed, declined, sweep, vorgemerkt, rechazad, refus"
        ),
    ),
    (MONEY, _listed("funds received, electronic funding, debit card, bank transfer")),
    (Kind.SPLIT.value, _listed("split")),
    (
        Kind.RETURN_OF_CAPITAL.value,
        _listed("return of capital, kapitalrückzahlung, capital return"),
    ),
    (
        Kind.TAX.value,
        _listed("tax, steuer, belasting, impôt, impuest, retenci, skatt, ritenuta, ^rit., ^bollo"),
    ),
    (
        Kind.FEE.value,
        _listed(
            "^fee, subscription fee, commission, gebühr, kosten, frais, comisi, commissi, avgift, charge, "
            "entgelt, tarieven"
        ),
    ),
    (
        Kind.DIVIDEND.value,
        _listed(
            "divid, ausschüttung, distribution, utdelning, coupon div, encaissement, ^ertrag, fondsertrag, "
            "provento, ^of div"
        ),
    ),
    (
        Kind.INTEREST.value,
        _listed(
            "interest, kontoabschluss, zins, ^rente, intérêt, interes, ränta, coupon, kupon, cedol, "
            "intadjust"
        ),
    ),
    (Kind.STAKING.value, _listed("staking, reward, ^earn")),
    (Kind.AIRDROP.value, _listed("airdrop")),
    (Kind.MINING.value, _listed("mining")),
    (
        Kind.SELL.value,
        _listed(
            "sell, sold, sale, verkauf, verkoop, vente, venta, vendita, sälj, sålt, rachat, reembolso, "
            "redemption, aliena, rimborso"
        ),
    ),
    (
        Kind.BUY.value,
        _listed(
            "buy, bought, purchase, kauf, koop, aankoop, achat, compra, acquist, köp, zeichnung, sparplan, "
            "souscription, suscripci, sottoscri, köpt, savings plan, reinvest"
        ),
    ),
    (
        Kind.DEPOSIT.value,
        _listed(
            "deposit, dépôt, top up, top-up, cash in, einzahlung, storting, versement, depósito, ingreso, "
            "bonifico in, insättning, contribution, gutschrift, eingang, funding receipt, credit, "
            "cotisation, subvention, conferimento"
        ),
    ),
    (
        Kind.WITHDRAWAL.value,
        _listed(
            "withdraw, cash out, auszahlung, opname, retrait, retirada, prelievo, uttag, entnahme, ausgang, "
            "lastschrift, debit, removal, résiliation"
        ),
    ),
    (Kind.TRANSFER_IN.value, _listed("transfer in, einlieferung, incoming, receive")),
    (Kind.TRANSFER_OUT.value, _listed("transfer out, auslieferung, outgoing, send")),
    (
        EXCHANGE,
        _listed("conversion, currency exchange, forex, devisen, währungstausch, valutaväxling"),
    ),
    (TRADE, _listed("trade, wertpapier, ^order, handel, compravendita, securitytransaction")),
    (
        MONEY,
        _listed(
            "transfer, cash, payment, überweisung, übertrag, umbuchung, movement, bonifico, virement, card"
        ),
    ),
)

# In a word of a trade that is booked once more, the other way round.
_TAKES_BACK = ("storno", "cancel", "annul", "reversal")


def takes_back(word: str) -> bool:
    """Whether a type, in small letters, says that something is taken back."""
    return any(part in word for part in _TAKES_BACK)
