"""A private RabbitMQ beside whatever brokers the machine has: own node, own ports, own user, own files.

Everything RabbitMQ would read from /etc or share with another node is pointed into `.run/broker`.
Works with 3.10 (Debian 12) and 4.x (Debian 13), as root and as a normal user.
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local import debian
from deploy.local.paths import ROOT

SHARED_CONFIGURATION = ROOT / "deploy" / "rabbitmq" / "rabbitmq.conf"

LOCAL_CONFIGURATION = """
# This run only. Nothing listens beyond this machine.
listeners.tcp.default = 127.0.0.1:{port}
default_user = {user}
default_pass = {password}
default_user_tags.administrator = true
disk_free_limit.absolute = 200MB
"""
# RabbitMQ's own page. It makes stopping slower (7 s), so the tests go without: port 0.
PAGE_CONFIGURATION = """
management.tcp.ip = 127.0.0.1
management.tcp.port = {page_port}
"""

ENVIRONMENT: Mapping[str, str] = {
    "HOME": "{run}/broker",  # where Erlang keeps the cookie
    "RABBITMQ_CONF_ENV_FILE": "{run}/broker/none",
    "RABBITMQ_CONFIG_FILE": "{run}/broker/rabbitmq",
    "RABBITMQ_ADVANCED_CONFIG_FILE": "{run}/broker/advanced.config",
    "RABBITMQ_ENABLED_PLUGINS_FILE": "{run}/broker/enabled_plugins",
    "RABBITMQ_MNESIA_BASE": "{run}/broker/data",
    "RABBITMQ_LOG_BASE": "{run}/broker/log",
    "RABBITMQ_LOGS": "-",  # to standard output: the supervisor keeps and rotates logs
    "RABBITMQ_PID_FILE": "{run}/broker/erlang.pid",
    "RABBITMQ_NODENAME": "{SUBVENUE_BROKER_NODE}",
    "RABBITMQ_USE_LONGNAME": "true",  # a node at an address, so that no name needs to be resolved
    "RABBITMQ_DIST_PORT": "{SUBVENUE_BROKER_NODE_PORT}",
    "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {{127,0,0,1}}",
    "ERL_EPMD_PORT": "{SUBVENUE_BROKER_NAMES_PORT}",
    "ERL_EPMD_ADDRESS": "127.0.0.1",
    "ERL_CRASH_DUMP": "{run}/logs/broker-crash.dump",
    # The script then becomes Erlang instead of waiting for it: the pid we know is the broker's own.
    "RUNNING_UNDER_SYSTEMD": "true",
    "NOTIFY_SOCKET": "",
}


def command() -> str:
    """The script that starts a broker; a name that says what is missing where there is none."""
    return debian.rabbitmq_server() or "rabbitmq-server"


def configure(run_dir: Path, settings: Mapping[str, str]) -> None:
    """Write the broker's files into `run_dir`; nothing where a broker elsewhere is used."""
    if "SUBVENUE_AMQP_URL" not in settings["SUBVENUE_EMBEDDED"]:
        return
    folder = run_dir / "broker"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    url, page_port = urlsplit(settings["SUBVENUE_AMQP_URL"]), settings["SUBVENUE_BROKER_PAGE_PORT"]
    words = {"port": url.port, "user": url.username, "password": url.password, "page_port": page_port}
    template = LOCAL_CONFIGURATION + (PAGE_CONFIGURATION if has_page(settings) else "")
    (folder / "rabbitmq.conf").write_text(SHARED_CONFIGURATION.read_text() + template.format(**words))
    (folder / "advanced.config").write_text("[].\n")
    (folder / "enabled_plugins").write_text("[rabbitmq_management].\n" if has_page(settings) else "[].\n")


def has_page(settings: Mapping[str, str]) -> bool:
    """True when the broker is ours and serves its page."""
    return "SUBVENUE_AMQP_URL" in settings["SUBVENUE_EMBEDDED"] and settings["SUBVENUE_BROKER_PAGE_PORT"] != "0"
