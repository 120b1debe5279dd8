"""The generated convention: its figures, its shapes, its words, and that a seed decides all of it."""

from __future__ import annotations

import re
import zoneinfo
from collections import Counter
from dataclasses import asdict
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from deploy.seed.convention import Convention
from deploy.seed.figures import CHINESE_ONLY, ENGLISH_ONLY, PUBLISHED, UNLIMITED
from deploy.seed.timetable import ACTIVITIES
from messaging.contracts import jobs, registration, streaming
from messaging.contracts.types import is_chinese

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "seed-data.md"


class Generated:
    """Everything of a convention; command ids stand for the ids that services would give."""

    def __init__(self, convention: Convention) -> None:
        self.organisations = list(convention.organisations())
        self.attendees = list(convention.attendees())
        self.brought = [project for one in self.attendees for project in one.get("projects", ())]
        self.presented = list(convention.projects(ids(self.organisations)))
        self.vacancies = list(convention.vacancies(ids(self.organisations)))
        self.sub_venues = list(convention.sub_venues())
        self.sessions = list(convention.sessions(ids(self.sub_venues), ids(self.attendees)))

    def encoded(self) -> bytes:
        return msgspec.json.encode(vars(self))


def ids(items):
    return [item["command_id"] for item in items]


def texts(item, field):
    """A bilingual field as a tuple of the texts given."""
    text = item[field]
    return tuple(text.values()) if isinstance(text, dict) else (text,)


@pytest.fixture(scope="module")
def convention():
    return Generated(Convention(seed=7))


def test_attendees_are_as_many_as_published(convention):
    """5,000 attendees from 31 countries and regions; 3,300 of them bring 3,500 projects, by both modes."""
    talents = [one for one in convention.attendees if one.get("projects")]
    assert len(convention.attendees) == 5_000
    assert len({one["country"] for one in convention.attendees}) == 31
    assert len(talents) == 3_300
    assert len(convention.brought) == 3_500
    assert {one["mode"] for one in talents} == {"online", "onsite"}


def test_projects_are_as_many_as_published(convention):
    """3,800 projects in all, 300 of them of organisations, and all from the attendees' 31 countries."""
    country = {one["command_id"]: one["country"] for one in convention.organisations}
    countries = {one["country"] for one in convention.attendees if one.get("projects")}
    countries |= {country[project["organisation_id"]] for project in convention.presented}
    assert len(convention.presented) == 300
    assert len(convention.brought + convention.presented) == 3_800
    assert len(countries) == 31


def test_organisations_are_as_many_as_published(convention):
    """88 delegations, 550 institutions, 29 partners, 3 hosts, 436 enterprises, each with a name of its own."""
    kinds = Counter(one["kind"] for one in convention.organisations)
    expected = {"delegation": 88, "institution": 550, "partner": 29, "host": 3, "enterprise": 436}
    assert kinds == expected
    for language in ("zh", "en"):
        assert len({one["name"][language] for one in convention.organisations}) == sum(expected.values())


def test_vacancies_are_as_many_as_published(convention):
    """29,475 vacancies; every enterprise has some and nobody else; a few have no limit, which is not zero."""
    kind = {one["command_id"]: one["kind"] for one in convention.organisations}
    employers = {one["organisation_id"] for one in convention.vacancies}
    unlimited = sum(one["openings"] == "unlimited" for one in convention.vacancies)
    assert len(convention.vacancies) == 29_475
    assert len(employers) == 436
    assert {kind[employer] for employer in employers} == {"enterprise"}
    assert unlimited / 29_475 == pytest.approx(UNLIMITED, abs=0.005)


def test_a_vacancy_is_in_the_sector_and_the_city_of_its_employer(convention):
    """Whoever follows a vacancy to its enterprise finds the same name, sector and city."""
    employer = {one["command_id"]: one for one in convention.organisations}
    for vacancy in convention.vacancies[::100]:
        enterprise = employer[vacancy["organisation_id"]]
        assert vacancy["organisation_name"] == enterprise["name"]
        assert [vacancy["sector"]] == enterprise["sectors"]
        assert vacancy["city"] == enterprise["city"]


def test_venues_are_as_many_as_published(convention):
    """A main venue, a broadcast and nine sub-venues, of which San Francisco and Tokyo Bay are not synthetic."""
    roles = Counter(one["role"] for one in convention.sub_venues)
    real = [
        one["name"]["en"] for one in convention.sub_venues if not one["synthetic"] and one["role"] == "overseas"
    ]
    assert roles == {"main": 1, "online": 1, "overseas": 9}
    assert real == ["San Francisco Bay Area sub-venue", "Tokyo Bay Area sub-venue"]


def test_the_programme_has_fifty_activities_and_opens_everywhere_at_once(convention):
    """50 signings, unveilings and launches; at 09:00 in Guangzhou, which is noon in Sydney, all venues open."""
    kinds = Counter(one["kind"] for one in convention.sessions)
    opening = min(one["starts_at"] for one in convention.sessions)
    at_once = {one["sub_venue_id"] for one in convention.sessions if one["starts_at"] == opening}
    begins = datetime.fromisoformat(opening)
    assert len(convention.sessions) == PUBLISHED.sessions
    assert sum(kinds[kind] for kind in ACTIVITIES) == 50
    assert kinds["talk"] > 0
    assert kinds["pitch"] > 0
    assert len(at_once) == 11
    assert begins.astimezone(zoneinfo.ZoneInfo("Asia/Shanghai")).hour == 9
    assert begins.astimezone(zoneinfo.ZoneInfo("Australia/Sydney")).hour == 12


def test_a_venue_has_one_session_at_a_time(convention):
    """In each venue a session ends before the next one begins."""
    for venue in ids(convention.sub_venues):
        slots = sorted((s["starts_at"], s["ends_at"]) for s in convention.sessions if s["sub_venue_id"] == venue)
        assert all(end <= start for (_, end), (start, _) in pairwise(slots))


def test_a_pitch_is_presented_by_the_owner_of_its_project(convention):
    """The title of a pitch is a project of the attendee who may publish in it."""
    owner = {one["command_id"]: one for one in convention.attendees}
    pitches = [one for one in convention.sessions if one["kind"] == "pitch"]
    for pitch in pitches:
        (presenter,) = pitch["presenters"]
        titles = [project["title"]["en"] for project in owner[presenter]["projects"]]
        assert pitch["title"]["en"].removeprefix("Project pitch: ") in titles


@pytest.mark.parametrize(
    ("field", "shape", "every"),
    [
        ("attendees", registration.RegisterAttendee, 1),
        ("organisations", registration.CreateOrganisation, 1),
        ("presented", registration.SubmitProject, 1),
        ("vacancies", jobs.ImportedVacancy, 10),
        ("sub_venues", streaming.CreateSubVenue, 1),
        ("sessions", streaming.ScheduleSession, 1),
    ],
)
def test_items_have_the_shape_of_their_contract(convention, field, shape, every):
    """Every item decodes strictly as the services decode it, and has a command id of its own."""
    items = getattr(convention, field)
    assert msgspec.convert(items[::every], list[shape], strict=True)
    assert len(set(ids(items))) == len(items)


def test_titles_hardly_repeat(convention):
    """More than 95 % of the titles of projects, vacancies and sessions are unique."""
    for items in (convention.brought + convention.presented, convention.vacancies, convention.sessions):
        assert len({texts(item, "title") for item in items}) / len(items) > 0.95


def test_most_texts_are_in_both_languages(convention):
    """A tenth is Chinese only and a tenth English only; each text is in the language it claims."""
    projects = convention.brought + convention.presented
    single = [text for project in projects for text in [project["title"]] if isinstance(text, str)]
    chinese = sum(map(is_chinese, single))
    assert chinese / len(projects) == pytest.approx(CHINESE_ONLY, abs=0.02)
    assert (len(single) - chinese) / len(projects) == pytest.approx(ENGLISH_ONLY, abs=0.02)
    for project in projects:
        if isinstance(project["abstract"], dict):
            assert is_chinese(project["abstract"]["zh"])
            assert not is_chinese(project["abstract"]["en"])


def test_abstracts_have_two_to_four_sentences(convention):
    """Long enough to say something, short enough to read."""
    for project in convention.brought:
        for text in texts(project, "abstract"):
            assert 2 <= len(re.findall(r"。|\.(?: |$)", text)) <= 4


def test_no_place_in_a_sentence_stays_empty(convention):
    """Every template is filled, in both languages."""
    assert not re.search(r"\{[a-z0-9]+\}", msgspec.json.encode(convention.sessions).decode())
    written = [text for project in convention.brought for text in texts(project, "abstract")]
    written += [text for vacancy in convention.vacancies for text in texts(vacancy, "description")]
    assert not [text for text in written if "{" in text or "  " in text]


def test_a_concept_is_in_both_languages_of_the_same_text(convention):
    """What says 生物医药 in Chinese says biomedical or biomedicine in English, and the other way round."""
    written = [p["abstract"] for p in convention.brought if isinstance(p["abstract"], dict)]
    says = [("生物医药" in text["zh"], "biomedic" in text["en"].lower()) for text in written]
    assert sum(chinese for chinese, _ in says) > 50
    assert all(chinese == english for chinese, english in says)


def test_addresses_are_reserved_and_names_are_roles(convention):
    """Nobody real is meant: addresses are under example.org and names are numbers with a profession."""
    for one in convention.attendees:
        assert one["email"].endswith("@example.org")
        assert re.match(r"(Attendee|参会者) \d{5} · ", one["name"])
        assert zoneinfo.ZoneInfo(one["time_zone"])


def test_a_seed_decides_every_byte():
    """The same seed makes the same convention, another seed another one."""
    small = PUBLISHED.scaled(0.02)
    first, again, other = (Generated(Convention(seed, small)).encoded() for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("scale", [0.0001, 0.003, 0.1])
def test_a_scaled_convention_has_its_scaled_figures(scale):
    """A smaller convention is generated with exactly the figures it announces."""
    figures = PUBLISHED.scaled(scale)
    made = Generated(Convention(figures=figures))
    assert len(made.attendees) == figures.attendees
    assert len(made.brought) == figures.talent_projects
    assert len(made.brought + made.presented) == figures.projects
    assert len(made.vacancies) == figures.vacancies
    assert len(made.organisations) == figures.organisations
    assert len({one["country"] for one in made.attendees}) == figures.countries


def test_a_larger_convention_has_more_people_and_the_same_organisers():
    """Above full scale the crowd grows; cities, institutions and venues stay."""
    larger = PUBLISHED.scaled(1.5)
    assert (larger.attendees, larger.projects, larger.enterprises) == (7_500, 5_700, 654)
    assert (larger.delegations, larger.institutions, larger.partners) == (88, 550, 29)
    assert (larger.countries, larger.sub_venues, larger.sessions) == (31, 11, 159)


def test_the_documentation_has_every_figure():
    """The table in docs/seed-data.md gives each figure as it is."""
    rows = re.findall(r"^\| ([a-z ]+) \| ([\d,]+) \|", DOCUMENTATION.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name.replace(" ", "_"): int(count.replace(",", "")) for name, count in rows} == asdict(PUBLISHED)
