"""The fake's registration desk and vacancies: attendees by token, applications, and what was sent."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from .fake_answers import Refusal, found, page, signed_in
from .fake_data import EMPLOYER

NOW = "2026-11-24T00:00:00Z"


class FakeDesk:
    """`sent` keeps every command that came: its path, its idempotency key and its body."""

    def __init__(self, documents: list[dict[str, Any]]) -> None:
        self._documents = {document["id"]: document for document in documents}
        self.attendees: dict[str, dict[str, Any]] = {}
        self.applications: list[dict[str, Any]] = []
        self.sent: list[tuple[str, str | None, Any]] = []

    def routes(self, api: str) -> list[web.RouteDef]:
        """Its routes under `api`."""
        return [
            web.post(f"{api}/attendees", self._register),
            web.get(f"{api}/me", self._me),
            web.patch(f"{api}/me", self._me),
            web.get(f"{api}/projects/{{id}}", self._project),
            web.get(f"{api}/vacancies/{{id}}", self._vacancy),
            web.post(f"{api}/vacancies/{{id}}/applications", self._apply),
            web.get(f"{api}/me/applications", self._applications),
            web.delete(f"{api}/applications/{{id}}", self._withdraw),
        ]

    async def _received(self, request: web.Request) -> Any:
        body = await request.json()
        self.sent.append((request.path, request.headers.get("Idempotency-Key"), body))
        return body

    async def _register(self, request: web.Request) -> web.Response:
        body = await self._received(request)
        if "@" not in body["email"]:
            raise Refusal(422, "invalid-input", "This is not an email address.", field="email")
        if any(known["email"] == body["email"] for known in self.attendees.values()):
            raise Refusal(409, "email-taken", "This address is registered already.", field="email")
        number = len(self.attendees) + 1
        person = {key: value for key, value in body.items() if key != "projects"}
        attendee = {"id": f"attendee-{number}", "registered_at": NOW, "version": 1, **person}
        self.attendees[f"token-{number}"] = attendee
        return web.json_response({"id": attendee["id"], "token": f"token-{number}", "projects": []}, status=201)

    async def _me(self, request: web.Request) -> web.Response:
        me = self.attendees.get(signed_in(request))
        if me is None:
            raise Refusal(401, "invalid-token", "The token is not ours.")
        if request.method == "PATCH":
            me |= await request.json() | {"version": me["version"] + 1}
        return web.json_response(me)

    async def _project(self, request: web.Request) -> web.Response:
        document = found(self._documents.get(request.match_info["id"]))
        project = {key: document[key] for key in ("id", "sector", "country", "stage", "mode")}
        project |= {"title": document["titles"], "abstract": document["text"], "seeking": ["funding"]}
        return web.json_response(project | {"owner_id": "attendee-1", "submitted_at": NOW, "version": 1})

    async def _vacancy(self, request: web.Request) -> web.Response:
        document = found(self._documents.get(request.match_info["id"]))
        vacancy = {key: document[key] for key in ("id", "sector", "openings", "employment")}
        vacancy |= {"title": document["titles"], "description": document["text"], "status": "open", "version": 1}
        return web.json_response(vacancy | _EMPLOYER)

    async def _apply(self, request: web.Request) -> web.Response:
        signed_in(request)
        await self._received(request)
        document = found(self._documents.get(request.match_info["id"]))
        application = {
            "id": f"application-{len(self.applications) + 1}",
            "vacancy_id": document["id"],
            "vacancy_title": document["titles"],
            "organisation_id": "enterprise-1",
            "applicant_id": "attendee-1",
            "status": "submitted",
            "submitted_at": NOW,
            "version": 1,
        }
        self.applications.insert(0, application)
        return web.json_response(application, status=201)

    async def _applications(self, request: web.Request) -> web.Response:
        signed_in(request)
        return page(self.applications)

    async def _withdraw(self, request: web.Request) -> web.Response:
        signed_in(request)
        application = found(next((a for a in self.applications if a["id"] == request.match_info["id"]), None))
        application["status"] = "withdrawn"
        return web.json_response(application)


_EMPLOYER = {
    "organisation_id": "enterprise-1",
    "organisation_name": EMPLOYER,
    "country": "CN",
    "city": {"zh": "广州", "en": "Guangzhou"},
    "languages": ["zh", "en"],
    "salary": "CNY 280,000–420,000",
    "posted_at": "2026-11-01T00:00:00Z",
    "closes_at": "2026-12-31T00:00:00Z",
}
