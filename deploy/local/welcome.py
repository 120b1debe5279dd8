"""What `make demo` ends with: where everything is, and what to try first."""

from rich.console import Group
from rich.table import Table
from rich.text import Text

from deploy.local import broker
from deploy.local.stack import Stack

GIVEN = ("SUBVENUE_AMQP_URL", "SUBVENUE_MONGODB_URL", "SUBVENUE_ELASTICSEARCH_URL")


def page(stack: Stack) -> Group:
    """Addresses, and commands that can be pasted."""
    return Group(
        Text("\nThe conference is running.\n", style="bold green"),
        _table("Addresses", _addresses(stack)),
        Text(),
        _table("What to try", _to_try(stack.gateway_url)),
        Text(),
    )


def _table(title: str, rows: list[tuple[str, str]]) -> Table:
    """Two columns without frame or wrapping, so that a line can be copied whole."""
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, show_header=False, pad_edge=False
    )
    table.add_column(no_wrap=True, style="dim", min_width=19)
    table.add_column(no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table


def _addresses(stack: Stack) -> list[tuple[str, str]]:
    url, settings = stack.gateway_url, stack.env
    rows = [("the page", url), ("the API, to try", f"{url}/docs"), ("live events (SSE)", f"{url}/api/v1/events")]
    if broker.has_page(settings):
        port = settings["SUBVENUE_BROKER_PAGE_PORT"]
        rows += [
            ("RabbitMQ", f"http://127.0.0.1:{port}"),
            ("", "user subvenue, password in .run/secrets/broker"),
        ]
    elsewhere = [name for name in GIVEN if settings.get(name) and name not in settings["SUBVENUE_EMBEDDED"]]
    return [*rows, *(("elsewhere", f"{name}, as you gave it") for name in elsewhere)]


def _to_try(url: str) -> list[tuple[str, str]]:
    return [
        ("search", f"curl '{url}/api/v1/search?q=biomedical'"),
        ("in Chinese", f"curl -G {url}/api/v1/search --data-urlencode q=生物医药"),
        ("what is on", f"curl {url}/api/v1/sessions"),
        ("watch events", f"curl -N {url}/api/v1/events"),
        ("go live", "make token ROLE=presenter, then a session's page"),
        ("run the programme", "make token ROLE=operator"),
        ("look behind", "make status; make logs P=registration"),
        ("see it heal", "kill -9 $(cat .run/search.pid); make status"),
        ("stop", "make down"),
    ]
