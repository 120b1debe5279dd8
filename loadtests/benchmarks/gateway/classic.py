"""What one writes with nameko today: its HTTP entrypoint, its RPC proxy, mongoengine, its event dispatcher.

Run as `python -m loadtests.benchmarks.gateway.classic gateway|service`; settings come from the environment. The
service does for a request what ours does: a strict enough body, a unique address, one document, one event, one
token.
"""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
import uuid  # noqa: E402

import jwt  # noqa: E402
import mongoengine  # noqa: E402
from nameko.events import EventDispatcher  # noqa: E402
from nameko.rpc import RpcProxy, rpc  # noqa: E402
from nameko.runners import ServiceRunner  # noqa: E402
from nameko.web.handlers import http  # noqa: E402
from werkzeug import Response  # noqa: E402

JSON = "application/json"
#: What MongoDB does by itself since version 5, and the embedded document server only when it is asked.
DURABLE = {"w": "majority", "j": True}
NEEDED = ("email", "name", "country", "languages", "time_zone", "mode")


class Vacancy(mongoengine.Document):
    """As the jobs service keeps it, more or less."""

    id = mongoengine.StringField(primary_key=True)
    data = mongoengine.DictField()
    meta = {"collection": "classic_vacancies"}  # noqa: RUF012


class Attendee(mongoengine.Document):
    """As the registration service keeps it, more or less."""

    id = mongoengine.StringField(primary_key=True)
    email = mongoengine.EmailField(unique=True)
    data = mongoengine.DictField()
    meta = {"collection": "classic_attendees"}  # noqa: RUF012


class Conference:
    """The service."""

    name = "classic"
    dispatch = EventDispatcher()

    @rpc
    def keep(self, vacancies):
        """Store what the benchmark reads."""
        for vacancy in vacancies:
            Vacancy(id=vacancy["id"], data=vacancy).save()

    @rpc
    def get_vacancy(self, id):
        """One vacancy."""
        return Vacancy.objects.get(id=id).to_mongo().to_dict()["data"]

    @rpc
    def list_sub_venues(self):
        """The listing that everybody asks for."""
        return json.loads(os.environ["CLASSIC_LISTING"])

    @rpc
    def register(self, body, flushed=True):
        """Register an attendee; without `flushed`, the embedded server answers before it is on the disk."""
        if any(name not in body for name in NEEDED):
            raise ValueError("incomplete")
        attendee = Attendee(id=uuid.uuid4().hex, email=body["email"], data=body).save(
            write_concern=DURABLE if flushed else None
        )
        self.dispatch("attendee_registered", {"id": attendee.id, "country": body["country"]})
        now = int(time.time())
        claims = {"sub": attendee.id, "roles": ["attendee"], "iat": now, "exp": now + 3600}
        return {"id": attendee.id, "token": jwt.encode(claims, SIGNING_KEY, algorithm="EdDSA"), "projects": []}


class Gateway:
    """The gateway."""

    name = "classicgateway"
    service = RpcProxy("classic")

    @http("GET", "/sub-venues")
    def list_sub_venues(self, request):
        """The listing."""
        return Response(json.dumps(self.service.list_sub_venues()), mimetype=JSON)

    @http("GET", "/vacancies/<string:id>")
    def get_vacancy(self, request, id):
        """One vacancy."""
        return Response(json.dumps(self.service.get_vacancy(id)), mimetype=JSON)

    @http("POST", "/attendees")
    def register(self, request):
        """Register."""
        body = json.loads(request.get_data(as_text=True))
        return Response(json.dumps(self.service.register(body)), mimetype=JSON, status=201)

    @http("POST", "/unflushed/attendees")
    def register_unflushed(self, request):
        """Register, and do not wait for the disk."""
        body = json.loads(request.get_data(as_text=True))
        return Response(json.dumps(self.service.register(body, flushed=False)), mimetype=JSON, status=201)


if __name__ == "__main__":
    config = {"AMQP_URI": os.environ["SUBVENUE_AMQP_URL"], "max_workers": 32}
    if sys.argv[1] == "service":
        with open(os.environ["SUBVENUE_TOKEN_PRIVATE_KEY_FILE"], encoding="ascii") as file:
            SIGNING_KEY = file.read()
        mongoengine.connect(host=os.environ["SUBVENUE_MONGODB_URL"], db="classic", uuidRepresentation="standard")
        Attendee.ensure_indexes()
    else:
        config["WEB_SERVER_ADDRESS"] = "127.0.0.1:" + os.environ["PORT"]
    runner = ServiceRunner(config=config)
    runner.add_service(Conference if sys.argv[1] == "service" else Gateway)
    runner.start()
    print("up", flush=True)
    runner.wait()
