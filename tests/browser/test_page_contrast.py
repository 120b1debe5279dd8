"""The colours of the page reach WCAG 2.2 AA in both schemes: 4.5 to 1 for text (1.4.3)."""

from __future__ import annotations

import re

import pytest

from tests.browser.fake_api import WEB

TOKENS = (WEB / "styles" / "tokens.css").read_text()
DARK_AT = TOKENS.index("@media (prefers-color-scheme: dark)")

#: Text and what it stands on, as the style sheets combine them.
PAIRS = [
    *[(ink, ground) for ink in ("ink", "soft", "celadon", "cinnabar") for ground in ("paper", "surface")],
    *[(colour, f"{colour}-wash") for colour in ("celadon", "cinnabar", "gold", "plum", "lake")],
    ("soft", "sunken"),
    ("ink", "mark"),
    ("ink", "cinnabar-wash"),
    ("ink", "celadon-wash"),
    ("on-strong", "celadon"),
    ("on-strong", "celadon-deep"),
    ("on-strong", "cinnabar"),
    ("paper", "ink"),
    *[
        (f"night-{ink}", f"night{ground}")
        for ink in ("ink", "soft", "live")
        for ground in ("", "-raised", "-line")
    ],
    ("night-glow", "night"),
]


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb" (WCAG 2.2, definitions)."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_stands_out(scheme: str, ink: str, ground: str):
    """Text has at least 4.5 times the luminance of its ground, or the reverse."""
    css = TOKENS if scheme == "dark" else TOKENS[:DARK_AT]  # the dark scheme overrides the light one
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css))
    lighter, darker = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
