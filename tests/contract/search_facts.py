"""One project, one vacancy and one session, as their owners tell of them."""

from __future__ import annotations

from messaging.contracts import jobs, registration, streaming
from messaging.contracts.types import Bilingual

PROJECT = registration.Project(
    id="p1",
    title=Bilingual(zh="电池", en="Battery"),
    abstract=Bilingual(en="A better battery."),
    sector="energy",
    country="AU",
    mode="online",
    owner_id="a1",
    submitted_at="2026-11-24T20:00:00+08:00",
    version=1,
    stage="pilot",
    seeking=("funding", "partners"),
    organisation_id="o1",
    organisation_name=Bilingual(zh="研究院", en="Institute"),
)
VACANCY = jobs.Vacancy(
    id="v1",
    organisation_id="o1",
    organisation_name=Bilingual(zh="研究院", en="Institute"),
    title=Bilingual(en="Engineer"),
    description=Bilingual(en="Builds batteries."),
    sector="energy",
    country="CN",
    city=Bilingual(zh="广州", en="Guangzhou"),
    openings="unlimited",
    employment="full_time",
    status="open",
    posted_at="2026-11-24T12:00:00Z",
    version=1,
    languages=("en", "zh"),
)
SESSION = streaming.Session(
    id="s1",
    sub_venue_id="tokyo",
    kind="pitch",
    title=Bilingual(en="Pitches"),
    starts_at="2026-12-18T09:00:00+08:00",
    ends_at="2026-12-18T10:00:00+08:00",
    time_zone="Asia/Tokyo",
    status="scheduled",
    live=False,
    version=1,
)
