"""The passwords for relays that the node gives out, tried on coturn with the arguments of the compose file."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import yaml
from aioice import stun, turn

from services.streaming.media.settings import Settings
from services.streaming.media.turn import ice_links
from tests.integration.media.node_process import free_port
from tests.integration.media.rtp_peers import in_event_loop

pytestmark = pytest.mark.long  # with a program that the set-up does not install

COMPOSE = Path(__file__).resolve().parents[3] / "docker-compose.yml"
SECRET = "a secret of relay and node"
SETTINGS = Settings(capability_secret=bytes(32), ice_servers=("turn:relay",), turn_secret=SECRET.encode())


@pytest.fixture
def relay(tmp_path):
    """A relay as the compose file starts it, but for its port, its secret and its addresses."""
    program = shutil.which("turnserver")
    if program is None:
        pytest.skip("coturn is not installed: apt-get install coturn")
    port = free_port()
    ours = {
        "listening-port": str(port),
        "static-auth-secret": SECRET,
        "external-ip": "127.0.0.1",
        "pidfile": str(tmp_path / "pid"),
        "log-file": "stdout",
    }
    arguments = [
        f"{name}={ours[name[2:]]}" if (name := argument.partition("=")[0])[2:] in ours else argument
        for argument in yaml.safe_load(COMPOSE.read_text())["services"]["coturn"]["command"]
    ]
    command = [
        program,
        "-n",
        "--listening-ip=127.0.0.1",
        "--relay-ip=127.0.0.1",
        "--allow-loopback-peers",
        *arguments,
    ]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield "127.0.0.1", port
    process.kill()
    process.wait()


def credentials(now):
    """User name and password as a client reads them from the Link header."""
    (link,) = ice_links(SETTINGS, now, trusted=True)
    return re.search(r'username="([^"]+)"; credential="([^"]+)"', link).groups()


async def allocate(address, name, password):
    """The relayed address. Raises what aioice raises when the relay refuses."""
    for _ in range(100):
        try:
            transport, _ = await turn.create_turn_endpoint(
                asyncio.DatagramProtocol, server_addr=address, username=name, password=password, transport="tcp"
            )
            return transport
        except ConnectionError:
            await asyncio.sleep(0.1)  # it is starting
    raise TimeoutError("the relay did not start")


@in_event_loop
async def test_the_relay_takes_what_the_node_gives(relay):
    """A password of now is good; an old one, and one for a longer time, are not."""
    name, password = credentials(time.time())
    transport = await allocate(relay, name, password)
    assert transport.get_extra_info("sockname")[0] == "127.0.0.1"
    transport.close()
    with pytest.raises(stun.TransactionFailed):
        await allocate(relay, *credentials(time.time() - 2 * SETTINGS.turn_ttl))
    until, _, nonce = name.partition(":")
    with pytest.raises(stun.TransactionFailed):
        await allocate(relay, f"{int(until) + 3600}:{nonce}", password)


@pytest.mark.parametrize("address", ["169.254.169.254", "10.0.0.1", "192.168.1.1", "127.0.0.1"])
@in_event_loop
async def test_the_relay_leads_nowhere_private(relay, address):
    """Not to a machine's metadata, not to its neighbours, not to itself."""
    transport = await allocate(relay, *credentials(time.time()))
    client = transport._TurnTransport__inner_protocol
    with pytest.raises(stun.TransactionFailed, match="403"):
        await client.channel_bind(0x4000, (address, 80))
    transport.close()
