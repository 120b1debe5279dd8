"""What the contracts define, and what they do not say: who listens, and what is answered.

Tests compare the two tables here with the queues and the sources of the services.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType

import msgspec

from messaging.contracts import jobs, registration, search, streaming
from messaging.contracts.types import Command, Event, Page, Query

OWNERS: dict[str, ModuleType] = {
    "registration": registration,
    "jobs": jobs,
    "search": search,
    "streaming": streaming,
}

#: Who listens: the handler of a durable queue, or a process with a queue of its own.
RECEIVERS: dict[str, tuple[type[Event], ...]] = {
    "registration.submit_brought_projects": (registration.AttendeeRegistered,),
    "jobs.file_application": (jobs.OpeningTaken,),
    "jobs.release_opening": (jobs.ApplicationWithdrawn,),
    "search.index": (
        registration.ProjectSubmitted,
        registration.ProjectUpdated,
        jobs.VacancyPosted,
        jobs.VacancyUpdated,
        streaming.SessionScheduled,
        streaming.SessionChanged,
    ),
    "search.find_for_owners": (search.DocumentsIndexed,),
    "streaming.open_stage": (streaming.StageOpened,),
    "streaming.close_stage": (streaming.StageClosed,),
    "streaming.take_heartbeat": (streaming.NodeHeartbeat,),
    "gateway.news": (
        registration.ProjectSubmitted,
        registration.ProjectUpdated,
        jobs.VacancyPosted,
        jobs.VacancyUpdated,
        streaming.SessionScheduled,
        streaming.SessionChanged,
        search.DocumentsIndexed,
        search.NoticesDue,
    ),
}

#: What answers a command or query, where the words of its name do not say it.
ANSWERS: dict[type[msgspec.Struct], type] = {
    registration.RegisterAttendee: registration.Registered,
    registration.GetMe: registration.Attendee,
    jobs.Apply: jobs.Application,
    search.Search: search.Results,
    search.RebuildIndex: search.Rebuild,
    search.SaveSearch: search.SavedSearch,
    search.DeleteSavedSearch: search.SavedSearch,
    search.GetRebuild: search.Rebuild,
    search.Suggest: search.Suggestions,
    search.CountDocuments: dict[search.DocumentType, int],
    streaming.JoinStage: streaming.StageTicket,
    streaming.LeaveStage: streaming.StageTicket,
    streaming.BarFromStage: streaming.Session,
    streaming.CordonMediaNode: streaming.MediaNode,
    streaming.OperateMediaNode: streaming.NodeTicket,
}


def events() -> list[type[Event]]:
    """Every event, in the order of the contract modules."""
    return [kind for _, kind in _structs() if issubclass(kind, Event)]


def asked() -> list[tuple[str, type[msgspec.Struct]]]:
    """Every command and query with its owner."""
    return [(owner, kind) for owner, kind in _structs() if _is_asked(kind)]


def answer_of(owner: str, kind: type[msgspec.Struct]) -> type:
    """What answers a command or query: as `ANSWERS` says, a page of a list, or what the end of its name names."""
    if kind in ANSWERS:
        return ANSWERS[kind]
    if kind.__name__.startswith("List"):
        return Page
    if kind.__name__.startswith("Import"):
        return registration.Imported
    named = [name for name in dir(OWNERS[owner]) if kind.__name__.endswith(name) and name != kind.__name__]
    return getattr(OWNERS[owner], max(named, key=len))


def _structs() -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """The structs that each contract module itself defines, with their owner."""
    for owner, module in OWNERS.items():
        for kind in vars(module).values():
            if inspect.isclass(kind) and issubclass(kind, msgspec.Struct) and kind.__module__ == module.__name__:
                yield owner, kind


def _is_asked(kind: type[msgspec.Struct]) -> bool:
    return issubclass(kind, Command | Query) or {"command_id", "actor"} <= set(kind.__struct_fields__)
