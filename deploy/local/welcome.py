"""What `make demo` ends with: where everything is, and what to try first."""

from rich.console import Group
from rich.table import Table
from rich.text import Text

from deploy.local import broker
from deploy.local.stack import Stack


def page(stack: Stack) -> Group:
    """Addresses, and commands that can be pasted."""
    return Group(Text("\nThe conference is running.\n", style="bold green"), _addresses(stack), _to_try(stack))


def _addresses(stack: Stack) -> Table:
    url, settings = stack.gateway_url, stack.env
    table = Table("where", "what", title="Addresses", title_justify="left")
    table.add_row(url, "the page: programme, live sessions, search, vacancies")
    table.add_row(f"{url}/docs", "the HTTP API, to read and try")
    table.add_row(f"{url}/api/v1/events", "live events (SSE)")
    if broker.has_page(settings):
        port = settings["SUBVENUE_BROKER_PAGE_PORT"]
        table.add_row(f"http://127.0.0.1:{port}", "RabbitMQ: user subvenue, password in .run/secrets/broker")
    for name in ("SUBVENUE_AMQP_URL", "SUBVENUE_MONGODB_URL", "SUBVENUE_ELASTICSEARCH_URL"):
        if settings.get(name) and name not in settings["SUBVENUE_EMBEDDED"]:
            table.add_row("elsewhere", f"{name}, as you gave it")
    return table


def _to_try(stack: Stack) -> Table:
    url = stack.gateway_url
    table = Table("to", "type", title="What to try", title_justify="left")
    table.add_row("search in English", f"curl '{url}/api/v1/search?q=biomedical&limit=3'")
    table.add_row("search in Chinese", f"curl '{url}/api/v1/search?q=生物医药&limit=3'")
    table.add_row("see what is on", f"curl {url}/api/v1/sessions")
    table.add_row("watch events", f"curl -N {url}/api/v1/events")
    table.add_row("speak or present", "make token ROLE=presenter, then paste it into the page")
    table.add_row("run the programme", "make token ROLE=operator")
    table.add_row("look behind", "make status; make logs P=registration")
    table.add_row("see it heal", "kill -9 $(cat .run/search.pid); make status")
    table.add_row("stop", "make down")
    return table
