"""The bell tower as a process of its own: `python -m tests.integration.nameko.probe_process`."""

# ruff: noqa: E402
import eventlet

eventlet.monkey_patch()  # before anything that imports pymongo

from messaging.envelope import Envelope
from messaging.on_nameko import Stores, command, event_handler
from messaging.on_nameko.runner import run
from tests.integration.nameko.probe_store import Bells, cast
from tests.integration.nameko.probe_words import Rang, Ring, Rung


class BellTower:
    """Keeps bells, and is slow to hear of them."""

    name = "belltower"
    stores = Stores(bells=Bells)

    @command(Ring)
    def ring(self, command: Ring) -> Rung:
        """Keep one."""
        return cast(command, self.stores.bells, tells=[Rang])

    @event_handler(Rang)
    def on_rang(self, envelope: Envelope, event: Rang) -> None:
        """Take a while."""
        eventlet.sleep(0.02)


if __name__ == "__main__":
    run(BellTower)
