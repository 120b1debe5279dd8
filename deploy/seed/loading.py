"""The order in which a convention is loaded.

Organisations first, because vacancies and their projects name them. Then everything at once: attendees and
projects go to one service, vacancies to another, venues to a third. The programme comes last, because pitches
name attendees; so an index that holds the whole programme has seen a whole load.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from .convention import Convention
from .delivery import BulkCommand, Bus, Imported, deliver
from .progress import Progress
from .tally import Tally

# A hundred at a time: the document server writes them well within a service's time limit, even on a busy machine.
# A batch that misses the limit is written all the same, and then costs a second time.
ORGANISATIONS = BulkCommand("registration", "import_organisations", "organisations", batch=100)
ATTENDEES = BulkCommand("registration", "import_attendees", "attendees", batch=100, in_flight=2)
PROJECTS = BulkCommand("registration", "import_projects", "projects", batch=100)
VACANCIES = BulkCommand("jobs", "import_vacancies", "vacancies", batch=100, in_flight=3)
SUB_VENUES = BulkCommand("streaming", "import_sub_venues", "sub_venues", batch=100)
SESSIONS = BulkCommand("streaming", "import_sessions", "sessions", batch=100)


#: What is shown while it is loaded.
ROWS = ("organisations", "attendees", "projects", "vacancies", "sub_venues", "sessions")


class Load:
    """One load of a convention: sends it, counts what is answered for, shows how far it is."""

    def __init__(self, bus: Bus, convention: Convention, progress: Progress) -> None:
        self.tally = Tally()
        self.fresh = Tally()  # of the batches with something new: nothing, when all is there already
        self.imported: dict[str, Imported] = {}
        self.bus = bus
        self.convention = convention
        self._progress = progress

    async def run(self) -> None:
        """Load everything. Raises what `deliver` raises, perhaps in groups of groups."""
        convention = self.convention
        organisations = await self._send(ORGANISATIONS, convention.organisations())
        async with asyncio.TaskGroup() as together:
            venues = together.create_task(self._send(SUB_VENUES, convention.sub_venues()))
            attendees = together.create_task(self._send(ATTENDEES, convention.attendees()))
            together.create_task(self._send(PROJECTS, convention.projects(organisations)))
            together.create_task(self._send(VACANCIES, convention.vacancies(organisations)))
        await self._send(SESSIONS, convention.sessions(venues.result(), attendees.result()))

    async def _send(self, command: BulkCommand, items: Iterable[dict[str, Any]]) -> list[str]:
        """The ids of what was sent, in its order."""

        def answered(batch: Sequence[dict[str, Any]], created: int) -> None:
            self.tally.add(command.items, batch)
            if created:
                self.fresh.add(command.items, batch)
            for row in ROWS:
                self._progress.reach(row, self.tally[row])

        imported = await deliver(self.bus, command, items, answered)
        self.imported[command.items] = imported
        return imported.ids
