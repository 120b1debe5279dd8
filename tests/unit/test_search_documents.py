"""What search makes of each event."""

from __future__ import annotations

import pytest

from messaging.contracts import jobs, registration, streaming
from messaging.contracts.search import FACETS
from messaging.envelope import UnknownEvent, wrap
from services.search.documents import document_of
from services.search.engines.schema import record_of
from tests.contract.search_facts import PROJECT, SESSION, VACANCY


@pytest.mark.parametrize("event", [registration.ProjectSubmitted, registration.ProjectUpdated])
def test_a_project(event: type[registration.ProjectSubmitted]) -> None:
    """Both languages, its organisation as words to find, its facets, and the version of the envelope."""
    document = document_of(wrap(event(project=PROJECT), aggregate="p1", seq=7))
    assert (document.id, document.type, document.version) == ("p1", "project", 7)
    assert document.titles == {"zh": "电池", "en": "Battery"}
    assert document.also == {"zh": "研究院", "en": "Institute"}
    assert document.time == "2026-11-24T12:00:00.000Z"
    assert document.facets["seeking"] == ("funding", "partners")
    assert document.fields["organisation_name"] == {"zh": "研究院", "en": "Institute"}


@pytest.mark.parametrize("event", [jobs.VacancyPosted, jobs.VacancyUpdated])
def test_a_vacancy(event: type[jobs.VacancyPosted]) -> None:
    """Employer and city are words to find; no limit on openings stays no limit."""
    document = document_of(wrap(event(vacancy=VACANCY), aggregate="v1", seq=1))
    assert document.type == "vacancy"
    assert document.also == {"zh": "研究院 广州", "en": "Institute Guangzhou"}
    assert document.facets["language"] == ("en", "zh")
    assert document.facets["status"] == ("open",)
    assert document.fields["openings"] == "unlimited"


@pytest.mark.parametrize("event", [streaming.SessionScheduled, streaming.SessionChanged])
def test_a_session(event: type[streaming.SessionScheduled]) -> None:
    """Its time is its start, in UTC."""
    document = document_of(wrap(event(session=SESSION), aggregate="s1", seq=1))
    assert document.type == "session"
    assert document.time == "2026-12-18T01:00:00.000Z"
    assert document.facets == {"kind": ("pitch",), "sub_venue_id": ("tokyo",), "status": ("scheduled",)}
    assert document.fields["live"] is False


def test_facets_are_those_of_the_contract() -> None:
    """No document has a facet that an engine would not know."""
    events = [
        registration.ProjectSubmitted(project=PROJECT),
        jobs.VacancyPosted(vacancy=VACANCY),
        streaming.SessionScheduled(session=SESSION),
    ]
    for event in events:
        document = document_of(wrap(event, aggregate="x", seq=1))
        assert set(record_of(document).facets) <= set(FACETS)


def test_what_is_not_ours_is_refused() -> None:
    """An event of another kind, and a time that is none, say so instead of indexing rubbish."""
    with pytest.raises(UnknownEvent):
        document_of(
            wrap(registration.AttendeeUpdated(attendee_id="a", country="AU", mode="online"), aggregate="a", seq=1)
        )
    envelope = wrap(registration.ProjectSubmitted(project=PROJECT), aggregate="p1", seq=1)
    envelope.data["project"]["submitted_at"] = "yesterday"
    with pytest.raises(UnknownEvent):
        document_of(envelope)
