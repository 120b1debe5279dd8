"""A picture of a run: acknowledged commands per second above, who was struck when below."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .history import History

LEFT, ROW, CURVE, SECOND = 110, 22, 120, 12  # pixels
_COLOURS = {
    "SIGKILL": "#b3261e",
    "SIGTERM": "#c98a00",
    "SIGSTOP": "#1d5fa8",
    "cut": "#b3261e",
    "half-open": "#1d5fa8",
    "slow": "#777",
}
_WORDS = "processes: red SIGKILL, yellow SIGTERM, blue SIGSTOP; links: red cut, blue half-open, grey slow"


def svg(history: History, components: Sequence[str]) -> str:
    """The picture as an SVG document."""
    rate = Counter(int(one["at"]) for one in history.of("acknowledged") if one["command"])
    seconds = int(history.now()) + 1
    highest = max(rate.values(), default=1)
    width, height = LEFT + seconds * SECOND + 20, CURVE + ROW * (len(components) + 2)
    shapes = [
        f'<rect x="{LEFT + second * SECOND}" y="{CURVE - bar}" width="{SECOND - 1}" height="{bar}" fill="#595"/>'
        for second in range(seconds)
        if (bar := round(rate[second] / highest * (CURVE - 20)))
    ]
    shapes.append(text(4, 20, f"{highest} per s"))
    for number, name in enumerate(components, 1):
        shapes.append(text(4, CURVE + number * ROW, name))
        for one in history.of("struck", component=name):
            x, y = LEFT + one["at"] * SECOND, CURVE + number * ROW - 4
            shapes.append(f'<circle cx="{x:.0f}" cy="{y}" r="5" fill="{_COLOURS[one["fault"]]}"/>')
    shapes.append(text(LEFT, height - 6, f"{_WORDS}; one column a second"))
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', *shapes, "</svg>\n"])


def text(x: float, y: float, words: str) -> str:
    """One line of text."""
    return f'<text x="{x}" y="{y}" font-family="sans-serif" font-size="13">{words}</text>'
