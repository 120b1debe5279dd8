"""What services could not handle, for people: look at it, replay it, or discard it.

`python -m messaging.parked` is the command line, the gateway's `/api/v1/parked` the same for operators. Everything
here works on the queues `<service>.parked`, which keep each message byte for byte.
"""

from .message import SERVICES, Parked, ParkedInFull
from .queue import NoOrigin, NotParked, ParkedMessages

__all__ = ["SERVICES", "NoOrigin", "NotParked", "Parked", "ParkedInFull", "ParkedMessages"]
