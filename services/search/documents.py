"""What search knows of a thing: a document, made from the event that tells the whole of it.

The document's id is the aggregate's id and its version the aggregate's version, so an engine can refuse what is
older than what it has, and events may come twice and in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from messaging.contracts import jobs, registration, streaming
from messaging.contracts.search import DocumentType
from messaging.contracts.types import Bilingual, Event, type_name
from messaging.envelope import Envelope, UnknownEvent, unwrap

#: Openings without a limit, as a number: more than any that has one.
UNLIMITED = 1_000_000_000


class Document(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A searchable thing.

    `titles`, `texts` and `also` map a language ("zh", "en") to its text; `also` is found but not shown (the
    employer, the city). `owner` is who is behind it, by name in each language and by id. `facets` are what filters
    select and counts count, `numbers` what ranges narrow; `fields` is what a list of results shows; `time`
    (RFC 3339, UTC, milliseconds) orders newest and oldest.
    """

    id: str
    type: DocumentType
    version: int
    titles: dict[str, str]
    time: str
    texts: dict[str, str] = {}
    also: dict[str, str] = {}
    owner: dict[str, str] = {}
    facets: dict[str, tuple[str, ...]] = {}
    numbers: dict[str, int] = {}
    fields: dict[str, Any] = {}

    def title(self, language: str) -> str:
        """The title in `language`, or in the other where it is missing."""
        return self.titles.get(language) or next(iter(self.titles.values()), "")


def document_of(envelope: Envelope) -> Document:
    """The document that an event describes. Raises `UnknownEvent` on a type that is not ours to index."""
    try:
        read = _READERS[envelope.type]
    except KeyError:
        raise UnknownEvent(f"search does not index {envelope.type}") from None
    return read(envelope)


def of_project(project: registration.Project, version: int) -> Document:
    """The document of a project at a version of it."""
    return Document(
        id=project.id,
        type="project",
        version=version,
        titles=_languages(project.title),
        texts=_languages(project.abstract),
        also=_languages(project.organisation_name),
        owner=_owner(project.organisation_name, project.owner_id, project.organisation_id),
        time=_utc(project.submitted_at),
        numbers=_numbers(time=_milliseconds(project.submitted_at)),
        facets=_facets(
            sector=project.sector,
            country=project.country,
            mode=project.mode,
            stage=project.stage,
            seeking=project.seeking,
            organisation_id=project.organisation_id,
            owner_id=project.owner_id,
        ),
        fields=_shown(
            project,
            "sector country mode stage seeking owner_id organisation_id organisation_name submitted_at version",
        ),
    )


def of_vacancy(vacancy: jobs.Vacancy, version: int) -> Document:
    """The document of a vacancy at a version of it."""
    return Document(
        id=vacancy.id,
        type="vacancy",
        version=version,
        titles=_languages(vacancy.title),
        texts=_languages(vacancy.description),
        also=_joined(_languages(vacancy.organisation_name), _languages(vacancy.city)),
        owner=_owner(vacancy.organisation_name, vacancy.organisation_id),
        time=_utc(vacancy.posted_at),
        numbers=_numbers(
            time=_milliseconds(vacancy.posted_at),
            closes_at=_milliseconds(vacancy.closes_at) if vacancy.closes_at else None,
            openings=UNLIMITED if vacancy.openings == "unlimited" else vacancy.openings,
        ),
        facets=_facets(
            sector=vacancy.sector,
            country=vacancy.country,
            employment=vacancy.employment,
            organisation_id=vacancy.organisation_id,
            status=vacancy.status,
            language=vacancy.languages,
        ),
        fields=_shown(
            vacancy,
            "sector country city openings employment languages salary status organisation_id organisation_name "
            "posted_at closes_at version",
        ),
    )


def of_session(session: streaming.Session, version: int) -> Document:
    """The document of a session at a version of it."""
    return Document(
        id=session.id,
        type="session",
        version=version,
        titles=_languages(session.title),
        texts=_languages(session.abstract),
        time=_utc(session.starts_at),
        numbers=_numbers(time=_milliseconds(session.starts_at)),
        facets=_facets(kind=session.kind, sub_venue_id=session.sub_venue_id, status=session.status),
        fields=_shown(session, "kind sub_venue_id starts_at ends_at time_zone status live version"),
    )


def _reader(
    event: type[Event], told: str, of: Callable[[Any, int], Document]
) -> tuple[str, Callable[[Envelope], Document]]:
    """Reads an event that tells the whole of a thing in its field `told`."""
    return type_name(event), lambda envelope: of(getattr(unwrap(envelope, event), told), envelope.seq)


_READERS: Mapping[str, Callable[[Envelope], Document]] = dict(
    [
        _reader(registration.ProjectSubmitted, "project", of_project),
        _reader(registration.ProjectUpdated, "project", of_project),
        _reader(jobs.VacancyPosted, "vacancy", of_vacancy),
        _reader(jobs.VacancyUpdated, "vacancy", of_vacancy),
        _reader(streaming.SessionScheduled, "session", of_session),
        _reader(streaming.SessionChanged, "session", of_session),
    ]
)


def _languages(text: Bilingual | None) -> dict[str, str]:
    if text is None:
        return {}
    return {language: value for language, value in (("zh", text.zh), ("en", text.en)) if value}


def _joined(*texts: Mapping[str, str]) -> dict[str, str]:
    languages = dict.fromkeys(language for text in texts for language in text)
    return {language: " ".join(text[language] for text in texts if language in text) for language in languages}


def _owner(name: Bilingual | None, *ids: str | None) -> dict[str, str]:
    """The names of who is behind a thing, and the ids, which are words of no language."""
    return {**_languages(name), "id": " ".join(filter(None, ids))}


def _numbers(**values: int | None) -> dict[str, int]:
    return {name: value for name, value in values.items() if value is not None}


def _facets(**values: str | tuple[str, ...] | None) -> dict[str, tuple[str, ...]]:
    """Every facet as a tuple of values; facets without a value are left out."""
    return {name: (value,) if isinstance(value, str) else value for name, value in values.items() if value}


def _shown(struct: msgspec.Struct, names: str) -> dict[str, Any]:
    """The named fields of `struct` as builtins; those without a value are left out."""
    values = ((name, getattr(struct, name)) for name in names.split())
    return {name: msgspec.to_builtins(value) for name, value in values if value not in (None, ())}


def _utc(moment: str) -> str:
    """`moment` (RFC 3339) in UTC at a fixed width, so that the order of strings is the order of time."""
    parsed = _parsed(moment)
    return parsed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{parsed.microsecond // 1000:03d}Z"


def _milliseconds(moment: str) -> int:
    return int(_parsed(moment).timestamp() * 1000)


def _parsed(moment: str) -> datetime:
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError as error:
        raise UnknownEvent(f"not a time: {moment!r}") from error
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
