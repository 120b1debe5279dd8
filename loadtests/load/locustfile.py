"""What Locust loads: the journeys, the arrival, and the summary that the run is judged by."""

from __future__ import annotations

import json
from typing import Any

from locust import events
from locust.runners import WorkerRunner

from loadtests.load.journeys.candidate import Candidate
from loadtests.load.journeys.exhibitor import Exhibitor
from loadtests.load.journeys.organiser import Organiser
from loadtests.load.journeys.recruiter import Recruiter
from loadtests.load.journeys.searcher import Searcher
from loadtests.load.journeys.viewer import Viewer
from loadtests.load.settings import Settings
from loadtests.load.shape import OpeningMinute
from loadtests.load.summary import summary

__all__ = ["Candidate", "Exhibitor", "OpeningMinute", "Organiser", "Recruiter", "Searcher", "Viewer"]


@events.test_stop.add_listener
def write_summary(environment: Any, **_: Any) -> None:
    """The master keeps what the run came to."""
    if not isinstance(environment.runner, WorkerRunner):
        file = Settings.read().results / "summary.json"
        file.write_text(json.dumps(summary(environment.stats)))
