# ruff: noqa: T201 - its output is how the tests hear of it
"""A plain nameko service in a process of its own: what the asyncio bus must be able to talk to.

Run as ``python bus_nameko_service.py <amqp url> <name>``; prints `ready` when it serves, and each event it hears.
"""

import eventlet

eventlet.monkey_patch()

import json  # noqa: E402
import sys  # noqa: E402

from nameko.containers import ServiceContainer  # noqa: E402
from nameko.dependency_providers import Config  # noqa: E402
from nameko.events import EventDispatcher, event_handler  # noqa: E402
from nameko.extensions import DependencyProvider  # noqa: E402
from nameko.rpc import rpc  # noqa: E402


class EmailTaken(Exception):
    """An error as the contracts have them: a message and a field."""


class Context(DependencyProvider):
    """nameko's context data of the call."""

    def get_dependency(self, worker_ctx):
        return dict(worker_ctx.data)


def service(service_name: str) -> type:
    """A service class of that name."""

    class Service:
        name = service_name
        config = Config()
        context = Context()
        dispatch = EventDispatcher()

        @rpc
        def echo(self, **kwargs):
            return kwargs

        @rpc
        def told(self):
            return {name: self.context.get(name) for name in ("correlation_id", "traceparent")}

        @rpc
        def refuse(self):
            raise EmailTaken("this address is taken", "email")

        @rpc
        def sleep(self, seconds):
            eventlet.sleep(seconds)

        @rpc
        def emit(self, event_type, payload):
            self.dispatch(event_type, payload)

        @event_handler("media", "stage_opened")
        def heard(self, payload):
            print(json.dumps(payload), flush=True)

    return Service


if __name__ == "__main__":
    container = ServiceContainer(service(sys.argv[2]), {"AMQP_URI": sys.argv[1], "max_workers": 5})
    container.start()
    print("ready", flush=True)
    container.wait()
