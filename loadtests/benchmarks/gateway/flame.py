"""A small flame graph of what `py-spy record --format raw` saw.

`python -m loadtests.benchmarks.gateway.flame TITLE < raw > svg`.
What took less than a hundredth of the time is left out, and so are threads that wait.
"""

from __future__ import annotations

import re
import sys
from xml.sax.saxutils import escape

WIDTH, ROW, SMALLEST = 1000, 16, 0.01
#: Frames in which a thread does nothing.
IDLE = (
    "_worker (concurrent/futures/thread.py:81)",
    "Hub.do_poll (eventlet/hubs/epolls.py",
    "select (selectors.py",
)


class Node:
    """A function where it was called, and how often it was seen there."""

    def __init__(self) -> None:
        self.seen = 0
        self.calls: dict[str, Node] = {}


def tree(lines: list[str]) -> Node:
    """The samples, joined from the outside in, without line numbers."""
    root = Node()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if frames[-1].startswith(IDLE):
            continue
        node = root
        node.seen += int(count)
        for frame in frames:
            name = re.sub(r":\d+\)$", ")", frame)
            node = node.calls.setdefault(name, Node())
            node.seen += int(count)
    return root


def draw(node: Node, whole: int, left: float, depth: int, out: list[str]) -> int:
    """Add the boxes of what `node` calls; answers the depth of the deepest."""
    deepest = depth
    for name, call in sorted(node.calls.items(), key=lambda item: -item[1].seen):
        width = call.seen / whole * WIDTH
        if call.seen / whole >= SMALLEST:
            hue = 15 + sum(name.partition("(")[2].encode()) % 40
            label = escape(name.split(" (")[0])[: int(width / 6.2)]
            out.append(
                f"<g><title>{escape(name)}: {100 * call.seen / whole:.1f} %</title>"
                f'<rect x="{left:.1f}" y="{depth * ROW}" '
                f'width="{width:.1f}" height="{ROW - 1}" fill="hsl({hue} 80% 70%)"/>'
                f'<text x="{left + 2:.1f}" y="{depth * ROW + 11}">{label}</text></g>'
            )
            deepest = max(deepest, draw(call, whole, left, depth + 1, out))
        left += width
    return deepest


def svg(title: str, lines: list[str]) -> str:
    """The whole picture."""
    root, boxes = tree(lines), list[str]()
    deepest = draw(root, max(1, root.seen), 0.0, 1, boxes)
    start = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {(deepest + 1) * ROW}"'
    head = f'{start} font-family="monospace" font-size="10"><rect width="100%" height="100%" fill="white"/>'
    return "\n".join([head, f'<text x="2" y="11">{escape(title)}</text>', *boxes, "</svg>", ""])


if __name__ == "__main__":
    sys.stdout.write(svg(sys.argv[1], sys.stdin.read().splitlines()))
