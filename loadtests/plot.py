"""Lines over time as a small SVG: no library, nothing to load, looks at itself in a browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 220, 60, 28, 30
COLOURS = ("#1f6feb", "#d29922", "#2da44e", "#cf222e", "#8250df", "#6e7781", "#bf3989", "#0a7ea4", "#7d4e00")
Points = Sequence[tuple[float, float]]


def lines(title: str, unit: str, series: Mapping[str, Points], limit: float | None = None) -> str:
    """An SVG with a line for each of `series` (x in seconds, y in `unit`), and a dashed one at `limit`."""
    every = [point for points in series.values() for point in points]
    right = max((x for x, _ in every), default=1) or 1
    top = 1.1 * max([y for _, y in every] + ([limit] if limit else []) + [1e-9])

    def at(x: float, y: float) -> str:
        across = LEFT + x / right * (WIDTH - LEFT - 150)
        return f"{across:.1f},{HEIGHT - BOTTOM - y / top * (HEIGHT - BOTTOM - TOP):.1f}"

    drawn = [_text(LEFT, 16, f"{title} ({unit})", "bold")]
    for share in (0.0, 0.5, 1.0):
        value = share * top / 1.1
        x, y = at(0, value).split(",")
        drawn.append(_text(float(x) - 6, float(y) + 4, f"{value:,.4g}", anchor="end"))
        drawn.append(_line(at(0, value), at(right, value), "#d0d7de"))
        x, _ = at(share * right, 0).split(",")
        drawn.append(_text(float(x), HEIGHT - 8, f"{share * right:,.0f} s", anchor="middle"))
    if limit:
        drawn.append(_line(at(0, limit), at(right, limit), "#cf222e", dashed=True))
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(at(x, y) for x, y in points)
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        drawn.append(_text(WIDTH - 140, TOP + 16 * number + 8, name, fill=colour))
    body = "".join(drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}" font-family="sans-serif" font-size="11">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>{body}</svg>'
    )


def _text(
    x: float, y: float, text: str, weight: str = "normal", anchor: str = "start", fill: str = "#24292f"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" fill="{fill}">'
        f"{escape(text)}</text>"
    )


def _line(start: str, end: str, colour: str, dashed: bool = False) -> str:
    pattern = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<polyline points="{start} {end}" fill="none" stroke="{colour}"{pattern}/>'
