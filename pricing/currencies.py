"""Which codes are money: ISO 4217, with the withdrawn codes that old files still carry.

Importers need it to tell fiat money from coins and metals in a column that holds all of them.
"""

# The codes in force. Fund, bond-market and testing codes (XDR, CHE, COU, XTS …) are left out: nobody
# holds cash in them, and tokens use some of the letters.
_CURRENT = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD
HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL
LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP
PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
# CNH is no ISO code, but brokers use it for yuan traded outside mainland China.
_WITHDRAWN = """
ANG ATS AZM BEF BGN BYR CNH CSK CUC CYP DEM EEK ESP FIM FRF GHC GRD HRK IEP ITL LTL LUF LVL MRO MTL MZM
NLG PTE ROL RUR SDD SIT SKK SLL SRG STD TRL VEB VEF XEU YUM ZMK ZWL
"""

CURRENCIES = frozenset(_CURRENT.split()) | frozenset(_WITHDRAWN.split())
# ISO gives precious metals currency codes (one troy ounce); here they are things one holds.
METALS = frozenset({"XAU", "XAG", "XPT", "XPD"})


def is_money(code: str) -> bool:
    """Whether the upper-case code names a currency, present or past, and not a coin or a metal."""
    return code in CURRENCIES


# ISO 4217 minor units other than two, of currencies in force and of some that old files carry.
_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF BEF ESP ITL LUF PTE",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
_DECIMALS_OF = {code: places for places, codes in _DECIMALS.items() for code in codes.split()}


def decimals_of(code: str) -> int:
    """How many decimals amounts of a currency are written with, at least."""
    return _DECIMALS_OF.get(code, 2)
