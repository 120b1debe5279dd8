"""Lines on a grid, as SVG."""

from __future__ import annotations

from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 360, 70, 50, 20
COLOURS = ("#0b6e4f", "#c1440e", "#33658a", "#7b2d8b")
Points = list[tuple[float, float]]


def lines(series: dict[str, Points], *, x: str, y: str) -> str:
    """A plot of each series of points, from zero, with the names of the axes `x` and `y`."""
    most_x = _round_up(max(point[0] for points in series.values() for point in points))
    most_y = _round_up(max(point[1] for points in series.values() for point in points))

    def at(point: tuple[float, float]) -> tuple[float, float]:
        across = LEFT + point[0] / most_x * (WIDTH - LEFT - 20)
        return across, HEIGHT - BOTTOM - point[1] / most_y * (HEIGHT - BOTTOM - TOP)

    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
        ' font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for step in range(6):
        (across, _), (_, down) = at((most_x * step / 5, 0)), at((0, most_y * step / 5))
        drawn.append(f'<path d="M{LEFT} {down:.0f}H{WIDTH - 20}" stroke="#ddd"/>')
        drawn.append(f'<text x="{LEFT - 6}" y="{down + 4:.0f}" text-anchor="end">{most_y * step / 5:g}</text>')
        drawn.append(f'<text x="{across:.0f}" y="{HEIGHT - 30}" text-anchor="middle">{most_x * step / 5:g}</text>')
    drawn.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x)}</text>')
    drawn.append(
        f'<text transform="translate(16 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">{escape(y)}</text>'
    )
    for number, (title, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(
            f"{'L' if n else 'M'}{across:.1f} {down:.1f}" for n, (across, down) in enumerate(map(at, points))
        )
        drawn.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn += [f'<circle cx="{a:.1f}" cy="{d:.1f}" r="3" fill="{colour}"/>' for a, d in map(at, points)]
        drawn.append(f'<text x="{LEFT + 12}" y="{TOP + 14 + 16 * number}" fill="{colour}">{escape(title)}</text>')
    return "\n".join([*drawn, "</svg>", ""])


def _round_up(number: float) -> float:
    """The next number that reads well on an axis."""
    step = 10.0 ** (len(str(int(number))) - 1) / 2
    return step * (int(number / step) + 1)
