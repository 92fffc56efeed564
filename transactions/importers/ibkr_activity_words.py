"""The words of Interactive Brokers' Activity Statement: sections, columns and asset categories.

The language of a statement is that of its user. Only the second cell of a line (``Header``, ``Data``) and
the codes are the same in all of them. What the words mean is said in the terms of the Flex queries, whose
records the lines become. English and German are complete; of Spanish, French, Chinese and Russian there are
the words that statements have shown.
"""

import re

from transactions.importers.ibkr_flex_statement import BALANCE, POSITION

# The title of the first column of “Statement”, by which a language is known.
LANGUAGES = {
    "field name": "English",
    "feldname": "German",
    "nombre del campo": "Spanish",
    "nom champ": "French",
    "域名称": "Chinese",
    "название поля": "Russian",
}

ACCOUNT = "account"
INSTRUMENTS = "instruments"
TRADES = "Trade"
ACTIONS = "CorporateAction"
TRANSFERS = "Transfer"
STATEMENT = "statement"

# Sections of events, by what their lines become.
SECTIONS = {
    "account information": ACCOUNT,
    "kontoinformation": ACCOUNT,
    "kontoinformationen": ACCOUNT,
    "información sobre la cuenta": ACCOUNT,
    "informations du compte": ACCOUNT,
    "账户信息": ACCOUNT,
    "информация о счете": ACCOUNT,
    "financial instrument information": INSTRUMENTS,
    "informationen zum finanzinstrument": INSTRUMENTS,
    "información de instrumento financiero": INSTRUMENTS,
    "informations sur l'instrument financier": INSTRUMENTS,
    "金融产品信息": INSTRUMENTS,
    "информация о финансовом инструменте": INSTRUMENTS,
    "trades": TRADES,
    "transaktionen": TRADES,
    "operaciones": TRADES,
    "transactions": TRADES,
    "交易": TRADES,
    "сделки": TRADES,
    "corporate actions": ACTIONS,
    "kapitalmaßnahmen": ACTIONS,
    "acciones corporativas": ACTIONS,
    "opérations sur titres": ACTIONS,
    "公司行动": ACTIONS,
    "корпоративные действия": ACTIONS,
    "transfers": TRANSFERS,
    "transfer": TRANSFERS,
    "transfere": TRANSFERS,
    "überträge": TRANSFERS,
    "transferencias": TRANSFERS,
    "transferts": TRANSFERS,
    "转账": TRANSFERS,
    "переводы": TRANSFERS,
}
# Sections that say what is held at the end, by the record of the Flex query, and the one with the period.
REPORTS = {
    "statement": STATEMENT,
    **dict.fromkeys(
        (
            *("open positions", "offene positionen", "posiciones abiertas", "positions ouvertes"),
            *("未平仓持仓", "открытые позиции"),
        ),
        POSITION,
    ),
    **dict.fromkeys(("cash report", "cash-bericht", "现金报告"), BALANCE),
}
PERIOD = frozenset({"period", "zeitraum", "periodo", "período", "période"})
ENDING_CASH = frozenset({"ending cash", "endbarsaldo", "期末现金"})
# Sections of cash, by the type that the Flex query gives the same booking.
CASH_SECTIONS = {
    "dividends": "Dividends",
    "dividenden": "Dividends",
    "dividendos": "Dividends",
    "dividendes": "Dividends",
    "股息": "Dividends",
    "дивиденды": "Dividends",
    "payment in lieu of dividends": "Payment In Lieu Of Dividends",
    "withholding tax": "Withholding Tax",
    "quellensteuer": "Withholding Tax",
    "retención de impuestos": "Withholding Tax",
    "retenue à la source": "Withholding Tax",
    "代扣税": "Withholding Tax",
    "代扣税款": "Withholding Tax",
    "удерживаемый налог": "Withholding Tax",
    "871(m) withholding": "871(m) Withholding",
    "interest": "Broker Interest Received",
    "zinsen": "Broker Interest Received",
    "interés": "Broker Interest Received",
    "intereses": "Broker Interest Received",
    "intérêts": "Broker Interest Received",
    "利息": "Broker Interest Received",
    "процент": "Broker Interest Received",
    "broker interest paid": "Broker Interest Paid",
    "broker interest received": "Broker Interest Received",
    "bond interest paid": "Bond Interest Paid",
    "bond interest received": "Bond Interest Received",
    "fees": "Other Fees",
    "gebühren": "Other Fees",
    "tarifas": "Other Fees",
    "frais": "Other Fees",
    "费用": "Other Fees",
    "сборы/комиссии": "Other Fees",
    "other fees": "Other Fees",
    "sonstige gebühren": "Other Fees",
    "advisor fees": "Advisor Fees",
    "commission adjustments": "Commission Adjustments",
    "deposits & withdrawals": "Deposits & Withdrawals",
    "deposits and withdrawals": "Deposits & Withdrawals",
    "einzahlungen & auszahlungen": "Deposits & Withdrawals",
    "ein- und auszahlungen": "Deposits & Withdrawals",
    "depósitos y retiradas": "Deposits & Withdrawals",
    "dépôts et retraits": "Deposits & Withdrawals",
    "存款和取款": "Deposits & Withdrawals",
    "внесение и вывод средств": "Deposits & Withdrawals",
}
# What the commission of a trade is made of: it is in the trade already.
CHARGES = frozenset(
    {"transaction fees", "transaktionsgebühren", "commission details", "tarifas por transacciones"}
)
# Events that no statement of ours has shown yet: better refused by name than guessed or lost.
UNREAD = {
    "cfd charges": "charges on CFDs",
    "client fees": "client fees",
    "debit card activity": "debit card payments",
    "grant activity": "grants of shares",
    "stock grant activity": "grants of shares",
    "incoming trade transfers": "trades transferred between brokers",
    "outgoing trade transfers": "trades transferred between brokers",
    "sales tax details": "sales taxes",
}

# Columns by the attribute of the Flex query that has the same figure.
COLUMNS = {
    "datadiscriminator": "levelOfDetail",
    **dict.fromkeys(
        (
            *("asset category", "asset class", "anlagekategorie", "vermögenswertkategorie"),
            *("vermögenswert-kategorie", "categoría de activo", "catégorie d'actifs"),
            *("资产分类", "класс актива"),
        ),
        "assetCategory",
    ),
    **dict.fromkeys(("currency", "währung", "divisa", "devise", "货币", "валюта"), "currency"),
    **dict.fromkeys(("account", "konto", "cuenta", "compte", "账户", "счет"), "accountId"),
    # In Chinese the codes of a line have this name as well, behind it.
    **dict.fromkeys(("symbol", "símbolo", "symbole", "代码", "символ"), "symbol"),
    **dict.fromkeys(
        (
            *("date/time", "datum/zeit", "datum/uhrzeit", "fecha/hora", "date/heure"),
            *("日期/时间", "дата/время"),
        ),
        "dateTime",
    ),
    **dict.fromkeys(
        ("quantity", "qty", "menge", "anzahl", "cantidad", "quantité", "数量", "количество"),
        "quantity",
    ),
    **dict.fromkeys(
        (
            *("t. price", "t.-kurs", "t. kurs", "transaktions-kurs", "transaktionskurs"),
            *("precio trans.", "t. precio", "prix trans.", "交易价格", "цена транзакции"),
        ),
        "tradePrice",
    ),
    **dict.fromkeys(
        (
            *("proceeds", "notional value", "erlös", "erlöse", "nominalwert"),
            *("productos", "produit", "收益", "面值", "выручка"),
        ),
        "proceeds",
    ),
    **dict.fromkeys(
        (
            *("comm/fee", "prov./gebühr", "provision/gebühr", "prov/gebühr"),
            *("tarifa/com.", "comm/tarif", "佣金/税", "комиссия/плата"),
        ),
        "ibCommission",
    ),
    **dict.fromkeys(("code", "código", "код"), "code"),
    **dict.fromkeys(("date", "datum", "fecha", "日期", "дата"), "date"),
    **dict.fromkeys(
        (
            *("settle date", "abrechnungsdatum", "abwicklungsdatum"),
            *("fecha de liquidación", "date de règlement", "结算日期", "дата расчета"),
        ),
        "settleDate",
    ),
    **dict.fromkeys(
        (
            "report date",
            "berichtsdatum",
            "fecha del informe",
            "date du rapport",
            "报告日期",
            "дата отчета",
        ),
        "reportDate",
    ),
    **dict.fromkeys(
        ("description", "beschreibung", "descripción", "描述", "описание"), "description"
    ),
    **dict.fromkeys(("amount", "betrag", "importe", "montant", "金额", "сумма"), "amount"),
    **dict.fromkeys(("direction", "richtung", "dirección", "方向"), "direction"),
    **dict.fromkeys(
        ("cash amount", "barbetrag", "cash-betrag", "importe en efectivo", "现金金额"),
        "cashTransfer",
    ),
    **dict.fromkeys(("conid", "合约编号"), "conid"),
    **dict.fromkeys(
        ("security id", "wertpapier-id", "id. de seguridad", "id. du titre", "证券号码"),
        "securityID",
    ),
    **dict.fromkeys(
        (
            *("multiplier", "multiplikator", "multiplicador", "multiplicateur", "mult", "mult."),
            *("乘数", "合约乘数", "множитель"),
        ),
        "multiplier",
    ),
    **dict.fromkeys(("type", "typ", "tipo", "类型"), "subCategory"),
    # Of the cash report: what a line is, and its amount.
    **dict.fromkeys(("currency summary", "währungsübersicht", "货币总结"), "line"),
    **dict.fromkeys(("total", "gesamt", "总数"), "total"),
    "tradeid": "tradeID",
    "transactionid": "transactionID",
    "transaction id": "transactionID",
}
# “Comm in EUR”: the commission of an exchange is in the base currency, which the title names.
COMMISSION_IN = re.compile(
    r"(?:(?:comm|prov|com|tarifa)\S* (?:in|en)|佣金|комиссия в) ([A-Z]{3})", re.IGNORECASE
)
BASE_CURRENCY = frozenset(
    {
        *("base currency", "basiswährung", "divisa base", "devise de base", "基础货币"),
        "базовая валюта",
    }
)
ACCOUNT_NUMBER = frozenset({"account", "konto", "cuenta", "compte", "账户", "счет"})
TOTALS = ("total", "gesamt", "summe", "总数", "总计", "всего", "итого")
# Which way a transfer goes, where the word is not that of the Flex query.
DIRECTIONS = {"出": "OUT", "入": "IN"}

CATEGORIES = {
    **dict.fromkeys(("stocks", "aktien", "acciones", "actions", "股票", "акции"), "STK"),
    **dict.fromkeys(
        (
            *("equity and index options", "aktien- und indexoptionen"),
            "opciones sobre acciones e índices",
            "options sur actions et indices",
            *("股票和指数期权", "опционы на акции и индексы"),
        ),
        "OPT",
    ),
    **dict.fromkeys(
        (
            *("options on futures", "futures options", "futures-optionen", "optionen auf futures"),
            "期货期权",
        ),
        "FOP",
    ),
    **dict.fromkeys(("futures", "futuros", "contrats à terme", "期货", "фьючерсы"), "FUT"),
    **dict.fromkeys(("forex", "devisen", "divisas", "fórex", "外汇", "форекс"), "CASH"),
    **dict.fromkeys(("cash", "efectivo", "espèces", "现金"), "CASH"),
    **dict.fromkeys(("bonds", "anleihen", "bonos", "obligations", "债券", "облигации"), "BOND"),
    **dict.fromkeys(("treasury bills", "schatzwechsel"), "BILL"),
    **dict.fromkeys(("warrants", "optionsscheine", "варранты"), "WAR"),
    **dict.fromkeys(("structured products", "strukturierte produkte"), "IOPT"),
    **dict.fromkeys(
        ("mutual funds", "funds", "fonds", "investmentfonds", "fondos", "基金"), "FUND"
    ),
    **dict.fromkeys(("cfds", "cfd"), "CFD"),
    **dict.fromkeys(("cryptocurrencies", "crypto", "kryptowährungen"), "CRYPTO"),
    **dict.fromkeys(("metals", "edelmetalle"), "CMDTY"),
}

# What the text of a corporate action says it is, by the code of the Flex query; the first match counts.
ACTION_WORDS = tuple(
    (re.compile(pattern, re.IGNORECASE), code)
    for pattern, code in (
        (r"\b(?:spin-?\s?off|abspaltung|спин-офф)\b", "SO"),
        (r"\b(?:split|сплит)\b", "FS"),
        (r"\b(?:stock dividend|aktiendividende)\b", "SD"),
        (r"\b(?:cusip/isin change|isin change|symbol change|name change)\b", "IC"),
        (r"\b(?:merged|merger|acquisition|fusion)\b", "TC"),
        (r"\btender(?:ed)?\b", "TO"),
        (r"\bvoluntary offer\b", "GV"),
        (r"\b(?:delisted|worthless)\b", "DW"),
        (r"\bexpire(?:d)? (?:dividend )?rights?\b", "ED"),
        (r"\bdividend rights? issue\b", "DI"),
        (r"\b(?:rights? issue|subscribable rights?|bonus issue)\b", "RI"),
        (r"\bsubscribe[sd]?\b|\bsubscription\b", "SR"),
        (r"\b(?:maturity|early redemption|full call|redemption)\b", "BM"),
        (r"\bconver(?:sion|ted)\b", "BC"),
        (r"\bpurchase\b", "PI"),
        (r"\bchoice dividend\b", "CH"),
        (r"\bcash dividend\b", "CD"),
        (r"\bcoupon\b", "CP"),
        (r"\bproxy\b", "PV"),
        (r"\bfee allocation\b", "FA"),
    )
)
