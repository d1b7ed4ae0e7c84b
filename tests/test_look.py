"""The promises of docs/look.md that a machine can keep: size, contrast, icons, no inline style."""

import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = settings.BASE_DIR / "static" / "css"
TEMPLATES = settings.BASE_DIR / "templates"
TEXT = [
    "ink/paper", "ink/card", "ink/sunk", "soft/paper", "soft/card", "sea/paper", "sea/card",
    "on-sea/sea", "ink/sea-wash", "sea/sea-wash", "ink/water", "ink/lamp-wash", "lamp/card",
    "lamp/lamp-wash", "on-lamp/lamp-fill", "ink/buoy-wash", "buoy/buoy-wash", "buoy/card",
    "buoy/paper", "on-buoy/alarm", "on-deep/deep", "soft-deep/deep", "paper/ink",
]  # fmt: skip
EDGES = ["edge/paper", "edge/card", "edge/sunk", "focus/paper", "focus/card", "sea/card"]


def tokens(theme: str) -> dict[str, str]:
    """The colors of a theme; the night says only what differs from the day."""
    css = (CSS / "look.css").read_text()
    blocks = [b for b in re.findall(r"\{([^{}]*)\}", css) if "--paper:" in b]
    day, *nights = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", b)) for b in blocks]
    assert len(nights) == 2
    assert nights[0] == nights[1], "the night by choice and the night by device differ"
    return day if theme == "light" else day | nights[0]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two colors like #0a605a."""

    def luminance(color: str) -> float:
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("pair", "least"), [*((pair, 4.5) for pair in TEXT), *((pair, 3.0) for pair in EDGES)]
)
def test_colors_are_far_enough_apart(theme: str, pair: str, least: float) -> None:
    front, back = pair.split("/")
    colors = tokens(theme)
    assert contrast(colors[front], colors[back]) >= least


def test_all_the_stylesheets_together_stay_small() -> None:
    assert sum(f.stat().st_size for f in CSS.glob("*.css")) < 25 * 1024


def every_template() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))


def test_every_icon_named_in_a_template_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (CSS.parent / "img/icons.svg").read_text()))
    named = {
        name
        for page in every_template()
        for name in re.findall(r'_icon\.html" with name="([\w-]+)"', page.read_text())
    }
    assert named
    assert named <= drawn


def test_no_template_holds_style_or_script_of_its_own() -> None:
    forbidden = re.compile(
        r"\sstyle=|<style|\son[a-z]+=\"|<script(?![^>]*\bsrc=)(?![^>]*application/json)", re.I
    )
    assert [str(p) for p in every_template() if forbidden.search(p.read_text())] == []
