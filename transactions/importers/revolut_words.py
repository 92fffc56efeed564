"""The words of Revolut's account statements, whose language is that of the app.

Columns, types and states are translated, dates and numbers are not; some languages leave ``State`` as it is.
The words are those that statements have shown.
"""

# English, Spanish, Italian, French, German, Polish, Dutch.
TYPE = ("Type", "Tipo", "Art", "Rodzaj")
STARTED = (
    *("Started Date", "Fecha de inicio", "Data di inizio", "Date de début", "Datum des Beginns"),
    *("Data rozpoczęcia", "Startdatum"),
)
COMPLETED = (
    *("Completed Date", "Fecha de finalización", "Data di completamento", "Date de fin"),
    *("Datum des Abschlusses", "Data zrealizowania", "Datum voltooid"),
)
DESCRIPTION = (
    *("Description", "Descripción", "Descrizione", "Beschreibung", "Opis", "Beschrijving"),
)
AMOUNT = ("Amount", "Importe", "Importo", "Montant", "Betrag", "Kwota", "Bedrag")
FEE = ("Fee", "Comisión", "Costo", "Frais", "Gebühr", "Opłata", "Kosten")
CURRENCY = ("Currency", "Divisa", "Valuta", "Devise", "Währung", "Waluta")
STATE = ("State", "Stato", "État", "Status")
PRODUCT = ("Product", "Producto", "Prodotto", "Produit", "Produkt")
BALANCE = ("Balance", "Saldo", "Solde", "Kontostand")

NEEDED = (TYPE, STARTED, COMPLETED, DESCRIPTION, AMOUNT, FEE, CURRENCY, STATE)

DONE = frozenset(
    {
        *("COMPLETED", "COMPLETADO", "COMPLETATO", "TERMINÉ", "ABGESCHLOSSEN", "ZAKOŃCZONO"),
        "VOLTOOID",
    }
)
NOT_DONE = frozenset(
    {
        *("PENDING", "REVERTED", "DECLINED", "FAILED", "CREATED", "CANCELLED", "CANCELED"),
        *("PENDIENTE", "REVERTIDO", "ANNULLATO", "OPERAZIONE ANNULLATA", "IN SOSPESO"),
        *("EN ATTENTE", "ANNULÉ", "STORNIERT", "AUSSTEHEND", "COFNIĘTO", "OCZEKUJE"),
        *("OCZEKUJĄCE", "ODRZUCONO", "TERUGGEDRAAID", "IN BEHANDELING"),
    }
)

# The type in English, by what other languages call it.
TYPES = {
    **dict.fromkeys(
        (
            *("PAGO_CON_TARJETA", "PAGAMENTO_CON_CARTA", "PAIEMENT_PAR_CARTE", "KARTENBEZAHLUNG"),
            *("KARTENZAHLUNG", "PŁATNOŚĆ_KARTĄ", "KAARTBETALING"),
        ),
        "CARD_PAYMENT",
    ),
    **dict.fromkeys(
        (
            *("REEMBOLSO_EN_TARJETA", "REEMBOLSO_A_TARJETA", "RIMBORSO_SU_CARTA"),
            *("REMBOURSEMENT_SUR_CARTE", "KARTENRÜCKERSTATTUNG", "ZWROT_NA_KARTĘ"),
            "KAARTTERUGBETALING",
        ),
        "CARD_REFUND",
    ),
    **dict.fromkeys(
        (
            *("RECARGA", "RECARGAS", "RICARICA", "AJOUT_DE_FONDS", "EINZAHLUNG", "ZASILENIE"),
            *("GELD_TOEVOEGEN", "DEPOSIT"),
        ),
        "TOPUP",
    ),
    **dict.fromkeys(
        (
            *("TRANSFERIR", "TRANSFERENCIA", "TRASFERIMENTO", "PAGAMENTO", "VIREMENT"),
            *("PAIEMENT", "ÜBERWEISUNG", "PRZELEW", "OVERSCHRIJVING", "PAGO"),
        ),
        "TRANSFER",
    ),
    **dict.fromkeys(
        ("CAMBIO", "CAMBIA_VALUTA", "CHANGES", "CHANGE", "UMTAUSCH", "WYMIANA", "WISSELEN"),
        "EXCHANGE",
    ),
    **dict.fromkeys(
        ("CAJERO", "PRELIEVO", "RETRAIT", "GELDAUTOMAT", "BANKOMAT", "GELDAUTOMAAT"), "ATM"
    ),
    **dict.fromkeys(
        ("INTERESES", "INTERESSI", "INTÉRÊTS", "ZINSEN", "ODSETKI", "RENTE"), "INTEREST"
    ),
    **dict.fromkeys(
        (
            *("COMISIÓN", "COMMISSIONE", "COSTO", "FRAIS", "GEBÜHR", "OPŁATA", "KOSTEN"),
            # “Confirm the payment”: a subscription.
            "VALIDER_LE_PAIEMENT",
        ),
        "FEE",
    ),
    **dict.fromkeys(("RECOMPENSA", "PREMIO", "RÉCOMPENSE", "PRÄMIE", "NAGRODA"), "REWARD"),
}
