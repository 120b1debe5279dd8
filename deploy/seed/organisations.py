"""Organisations as roles: delegations, institutions, partners, hosts, enterprises, in this order."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

from .figures import Figures
from .words import (
    City,
    Pair,
    Sector,
    countries,
    mainland_cities,
    number,
    on_the_wire,
    pair,
    pairs,
    phrases,
    sectors,
)

#: Enterprises sit in the first cities of the list: the host city, its neighbours and the large ones.
ENTERPRISE_CITIES = 20
#: Share of the institutions that are overseas.
OVERSEAS_INSTITUTIONS = 0.45


class Organisation(NamedTuple):
    """An organisation as the generator knows it; `sectors` may be empty."""

    kind: str
    name: Pair
    country: str
    city: Pair
    sectors: tuple[Sector, ...] = ()
    website: str | None = None

    def on_the_wire(self, command_id: str) -> dict[str, Any]:
        """`registration.CreateOrganisation` as builtins."""
        command: dict[str, Any] = {
            "command_id": command_id,
            "name": on_the_wire(self.name),
            "kind": self.kind,
            "country": self.country,
            "city": on_the_wire(self.city),
            "sectors": [sector.slug for sector in self.sectors],
        }
        if self.website:
            command["website"] = self.website
        return command


def organisations(rng: Random, size: Figures) -> list[Organisation]:
    """All of them; their place in the list is their place in the import.

    Those overseas are in the countries and regions that the attendees come from.
    """
    abroad = [city for country in countries()[: size.countries] for city in country.cities]
    return [
        *_delegations(rng, size.delegations),
        *_institutions(rng, size.institutions, abroad),
        *_partners(rng, size.partners, abroad),
        *_hosts(size.hosts),
        *_enterprises(rng, size.enterprises),
    ]


def _delegations(rng: Random, count: int) -> list[Organisation]:
    name = pair(phrases("organisations")["delegation"])
    return [
        Organisation("delegation", name.fill({"city": city}), "CN", city, _some_sectors(rng, 4))
        for city in mainland_cities()[:count]
    ]


def _institutions(rng: Random, count: int, abroad: list[City]) -> list[Organisation]:
    """Each is one of its kind in its city, so that names do not repeat."""
    overseas = round(count * OVERSEAS_INSTITUTIONS)
    home = [City(city, "CN", "Asia/Shanghai") for city in mainland_cities()]
    kinds = pairs(phrases("organisations")["institutions"])
    places = [
        *rng.sample([(city, kind) for city in abroad for kind in kinds], overseas),
        *rng.sample([(city, kind) for city in home for kind in kinds], count - overseas),
    ]
    name = pair(phrases("organisations")["institution"])
    return [
        Organisation(
            "institution",
            name.fill({"city": city.name, "kind": kind}),
            city.country,
            city.name,
            _some_sectors(rng, 3),
        )
        for city, kind in places
    ]


def _partners(rng: Random, count: int, abroad: list[City]) -> list[Organisation]:
    name = pair(phrases("organisations")["partner"])
    return [
        Organisation("partner", name.fill({"city": city.name}), city.country, city.name)
        for city in rng.sample(abroad, count)
    ]


def _hosts(count: int) -> list[Organisation]:
    host_city = mainland_cities()[0]
    names = pairs(phrases("organisations")["hosts"])[:count]
    return [Organisation("host", name.fill({}), "CN", host_city) for name in names]


def _enterprises(rng: Random, count: int) -> list[Organisation]:
    name = pair(phrases("organisations")["enterprise"])
    chosen = rng.choices(sectors(), [sector.weight for sector in sectors()], k=count)
    cities = rng.choices(mainland_cities()[:ENTERPRISE_CITIES], k=count)
    return [
        Organisation(
            "enterprise",
            name.fill({"city": city, "sector": sector.name, "number": number(f"{index:03d}")}),
            "CN",
            city,
            (sector,),
            f"https://enterprise-{index:03d}.example.com",
        )
        for index, (sector, city) in enumerate(zip(chosen, cities, strict=True), start=1)
    ]


def _some_sectors(rng: Random, most: int) -> tuple[Sector, ...]:
    return tuple(rng.sample(sectors(), rng.randint(1, most)))
