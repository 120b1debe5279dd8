"""Prometheus watches every process of the stack, and each alert tells a person what to do."""

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
STACK = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SCRAPES = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
ALERTS = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"][0]["rules"]


def watched() -> set[tuple[str, int]]:
    """Host and port of everything that is scraped."""
    targets = set()
    for scrape in SCRAPES:
        for discovery in scrape.get("dns_sd_configs", []):
            targets |= {(name, discovery["port"]) for name in discovery["names"]}
        for static in scrape.get("static_configs", []):
            targets |= {(host, int(port)) for host, port in (t.split(":") for t in static["targets"])}
    return targets


def test_every_process_is_watched():
    """Our six processes and the broker, each on the port that it is given."""
    services = STACK["services"]
    health = {
        (name, int(services[name]["environment"]["SUBVENUE_HEALTH_PORT"]))
        for name in ("registration", "jobs", "search", "streaming")
    }
    expected = health | {
        ("gateway", int(services["gateway"]["environment"]["SUBVENUE_PORT"])),
        ("media", int(services["media"]["environment"]["SUBVENUE_MEDIA_PORT"])),
        ("rabbitmq", 15692),
    }
    assert watched() == expected


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_says_what_is_wrong(alert):
    """An expression, a delay against flapping, how urgent it is, and a sentence."""
    assert alert["expr"]
    assert alert["for"]
    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert "{{" in alert["annotations"]["summary"]
