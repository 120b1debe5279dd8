"""The bus as a nameko service sees it: commands and queries in, events in and out. Runs under eventlet.

class Jobs:
    name = "jobs"
    stores = Stores(vacancies=storage.Vacancies)

    @command(PostVacancy)
    def post_vacancy(self, command): ...

    @event_handler(OpeningTaken)
    def file_application(self, envelope, event): ...
"""

from .batches import event_batch_handler
from .events import event_handler
from .remote import Remote
from .rpc import command, query
from .stores import SideStores, Stores

__all__ = ["Remote", "SideStores", "Stores", "command", "event_batch_handler", "event_handler", "query"]
