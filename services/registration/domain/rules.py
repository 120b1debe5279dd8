"""What a country, a time zone and a list of sectors may be."""

from __future__ import annotations

import zoneinfo
from functools import cache

from messaging.contracts.errors import InvalidInput

#: ISO 3166-1 alpha-2, as the standard assigns them (249 codes, 2024).
COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY
    BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK
    FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR
    IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK
    ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF
    TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()  # noqa: SIM905 - a table reads better than 249 quoted lines
)


@cache
def time_zones() -> frozenset[str]:
    """The names of the IANA time zones known here."""
    return frozenset(zoneinfo.available_timezones())


def check_country(code: str) -> str:
    """`code` if ISO 3166-1 assigns it. Raises `InvalidInput`."""
    if code not in COUNTRIES:
        raise InvalidInput(f"{code} is not an ISO 3166-1 alpha-2 country code", "country")
    return code


def check_time_zone(name: str) -> str:
    """`name` if it is an IANA time zone. Raises `InvalidInput`."""
    if name not in time_zones():
        raise InvalidInput(f"{name} is not an IANA time zone", "time_zone")
    return name


def unique(values: tuple[str, ...]) -> tuple[str, ...]:
    """`values` without repetitions, in the order given."""
    return tuple(dict.fromkeys(values))
