"""The architecture in a page: every process of a conference on one machine, and what each stands on.

Words in braces are settings (see settings.py) or are explained in `fill` below.
A process starts when what it needs is ready; it is up when its own `ready` address answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from deploy.local import broker
from deploy.local.paths import DOCUMENTS, PROJECT, python_of


@dataclass(frozen=True)
class Process:
    """One process: what runs, after what, and how one sees that it is up."""

    name: str
    does: str
    command: str
    ready: str  # epmd://, amqp://, mongodb:// or http:// (a GET that answers 200); see ready.py
    needs: tuple[str, ...] = ()
    replaced_by: str = ""  # the setting that, when given, stands for a part run elsewhere
    environment: Mapping[str, str] = field(default_factory=dict)


def _service(name: str, does: str, module: str) -> Process:
    """A nameko service: it answers on the bus, and tells its health over HTTP.

    Warnings are off: eventlet warns of its own age at every start, between the JSON lines of the log.
    """
    port = f"{{SUBVENUE_{name.upper()}_HEALTH_PORT}}"
    return Process(
        name,
        does,
        command="{python} -W ignore -m " + module,
        ready=f"http://127.0.0.1:{port}/readyz",
        needs=("broker", "documents"),
        environment={"SUBVENUE_HEALTH_PORT": port},
    )


PROCESSES = (
    Process(
        "names",
        "Erlang's name server, for our broker only",
        command="epmd -port {SUBVENUE_BROKER_NAMES_PORT} -address 127.0.0.1",
        ready="epmd://127.0.0.1:{SUBVENUE_BROKER_NAMES_PORT}",
        replaced_by="SUBVENUE_AMQP_URL",
    ),
    Process(
        "broker",
        "RabbitMQ: every command and event",
        command="{rabbitmq_server}",
        ready="amqp://127.0.0.1:{SUBVENUE_BROKER_PORT}",
        needs=("names",),
        replaced_by="SUBVENUE_AMQP_URL",
        environment=broker.ENVIRONMENT,
    ),
    Process(
        "documents",
        "MongoDB's protocol on SQLite, one database per service",
        command="{documents_python} -W ignore -m nx_27017.nx_27017 --host 127.0.0.1 -p {SUBVENUE_DOCUMENTS_PORT}"
        " --data-dir {run}/documents --pid-file {run}/documents/server.pid --log-file /dev/null",
        ready="mongodb://127.0.0.1:{SUBVENUE_DOCUMENTS_PORT}",
        replaced_by="SUBVENUE_MONGODB_URL",
    ),
    _service("registration", "attendees, organisations, projects, tokens", "services.registration"),
    _service("jobs", "vacancies and applications", "services.jobs"),
    _service("search", "finds projects, vacancies, sessions", "services.search"),
    _service("streaming", "sub-venues, sessions, placement", "services.streaming.control"),
    Process(
        "media",
        "forwards live audio and video",
        command="{python} -m services.streaming.media",
        ready="http://{media_host}:{SUBVENUE_MEDIA_PORT}/readyz",
        needs=("broker",),
    ),
    Process(
        "media-2",
        "a second media node: what the first one's viewers fall back on",
        command="{python} -m services.streaming.media",
        ready="http://{media_host}:{SUBVENUE_MEDIA_2_PORT}/readyz",
        needs=("broker",),
        environment={
            "SUBVENUE_MEDIA_NODE": "media-2",
            "SUBVENUE_MEDIA_PORT": "{SUBVENUE_MEDIA_2_PORT}",
            "SUBVENUE_MEDIA_URL": "http://{media_host}:{SUBVENUE_MEDIA_2_PORT}",
            "SUBVENUE_RECORDINGS_DIR": "{run}/recordings-2",
        },
    ),
    Process(
        "gateway",
        "the public HTTP API, live events, the web page",
        command="{python} -m gateway",
        ready="http://{gateway_host}:{SUBVENUE_PORT}/readyz",
        needs=("broker",),
    ),
)
NAMES = tuple(process.name for process in PROCESSES)


def by_name(name: str) -> Process:
    """The process called so. Raises KeyError, with the names there are."""
    for process in PROCESSES:
        if process.name == name:
            return process
    raise KeyError(f"no process {name!r}; there are: {', '.join(NAMES)}")


def wanted(settings: Mapping[str, str]) -> list[Process]:
    """The processes to run here: those in SUBVENUE_PARTS (default all), less those a URL replaces."""
    chosen = settings.get("SUBVENUE_PARTS", "").replace(",", " ").split() or NAMES
    embedded = settings["SUBVENUE_EMBEDDED"].split(",")
    return [
        process for process in map(by_name, chosen) if not process.replaced_by or process.replaced_by in embedded
    ]


def fill(template: str, run_dir: str, settings: Mapping[str, str]) -> str:
    """`template` with its braces filled in."""
    return template.format(
        run=run_dir,
        python=python_of(PROJECT),
        documents_python=python_of(DOCUMENTS),
        rabbitmq_server=broker.command(),
        gateway_host=_reachable(settings["SUBVENUE_HOST"]),
        media_host=_reachable(settings["SUBVENUE_MEDIA_HOST"]),
        **settings,
    )


def _reachable(bound: str) -> str:
    """An address at which this machine reaches a server bound to `bound` (the first of a comma list)."""
    first = bound.split(",")[0]
    return "127.0.0.1" if first in ("0.0.0.0", "::") else first
