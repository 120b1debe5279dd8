"""How much of everything the demo convention has: the one page with all figures.

The source is ``product.md``: the published figures of a real edition (Guangzhou, December 2020), rounded.
Where they differ they count different things, so each keeps its own scope and they are never added up:
3,300 is people and 3,500 is what they bring; 3,800 is every project presented, whoever presents it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, time
from typing import Self

#: The conference days and the hour of the opening, in the main venue's time zone: 01:00 UTC.
DAYS = (date(2026, 12, 18), date(2026, 12, 19))
OPENING = time(9, 0)
MAIN_TIME_ZONE = "Asia/Shanghai"

#: Sessions of a venue on each day beside the opening, which all venues share on the first day.
SLOTS_AT_HOME = 10
SLOTS_OVERSEAS = 6

#: Shares of the texts in one language only; the others are in both. Product: bilingual, plausible.
CHINESE_ONLY = 0.10
ENGLISH_ONLY = 0.10
#: Share of the vacancies with no limit on openings (product: "some").
UNLIMITED = 0.03
#: Share of the attendees who come by the network (product: "online and offline").
ONLINE = 0.70


@dataclass(frozen=True)
class Figures:
    """The figures of product.md; `SCOPES` says what each one counts."""

    attendees: int = 5_000
    countries: int = 31
    talents: int = 3_300
    talent_projects: int = 3_500
    projects: int = 3_800
    delegations: int = 88
    institutions: int = 550
    partners: int = 29
    hosts: int = 3
    enterprises: int = 436
    vacancies: int = 29_475
    sub_venues: int = 11
    overseas_sub_venues: int = 9
    activities: int = 50
    sessions: int = 11 + 2 * 2 * SLOTS_AT_HOME + 9 * 2 * SLOTS_OVERSEAS

    @property
    def organisations(self) -> int:
        """Everything that is registered as an organisation: a count of ours, not a published figure."""
        return self.delegations + self.institutions + self.partners + self.hosts + self.enterprises

    @property
    def organisation_projects(self) -> int:
        """Projects presented by organisations: all that no talent brings."""
        return self.projects - self.talent_projects

    @property
    def documents(self) -> dict[str, int]:
        """What searches find when everything is indexed."""
        return {"projects": self.projects, "vacancies": self.vacancies, "sessions": self.sessions}

    def scaled(self, scale: float) -> Self:
        """The same convention, smaller or larger.

        The venues and their programme stay as they are. Above 1 the crowd grows (attendees, projects,
        enterprises, vacancies), not the organisers: cities and kinds of institutions are limited.
        """
        crowd = ("attendees", "talents", "talent_projects", "projects", "enterprises", "vacancies")
        organisers = ("delegations", "institutions", "partners", "hosts")
        factors = dict.fromkeys(crowd, scale) | dict.fromkeys(organisers, min(scale, 1.0))
        counts = {name: max(1, round(getattr(self, name) * factor)) for name, factor in factors.items()}
        return replace(self, countries=min(self.countries, counts["talents"]), **counts)


PUBLISHED = Figures()

#: What each figure counts.
SCOPES = {
    "attendees": "people registered",
    "countries": "countries and regions the attendees come from; each brings at least one project",
    "talents": "attendees who bring a project, online or onsite",
    "talent_projects": "projects that the talents bring",
    "projects": "projects presented by talents or by organisations",
    "delegations": "city delegations",
    "institutions": "institutions, at home and overseas",
    "partners": "coordinating partners, overseas",
    "hosts": "hosts",
    "enterprises": "enterprises; only they offer vacancies",
    "vacancies": "vacancies; about 3 % with unlimited openings",
    "sub_venues": "main venue, online broadcast and overseas sub-venues",
    "overseas_sub_venues": "overseas sub-venues: two real places, seven marked as synthetic",
    "activities": "signings, unveilings and launches",
    "sessions": "openings, talks, pitches and activities of all venues (our own figure)",
}
