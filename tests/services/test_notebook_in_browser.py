"""Results as a notebook shows them, in the light and in the dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pathgui.api.measurement import Measurements
from pathgui.api.runs import Run
from tests.run_factory import make_evaluation
from tests.services.chromium import Page
from tests.services.seen_page import SMALLEST, from_elsewhere, look

pytestmark = pytest.mark.service("Chromium (Debian: sudo apt install chromium)")

# As JupyterLab shows HTML that a cell gives back, in its two themes.
NOTEBOOK = """<!DOCTYPE html><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><style>
body {{ margin: 0; background: {ground}; color: {ink}; font: 14px/1.6 system-ui, sans-serif; }}
main {{ overflow-x: auto; padding: 8px; }}
table {{ border-collapse: collapse; border: none; font-size: 12px; }}
td, th {{ padding: .5em; text-align: right; vertical-align: middle; max-width: none; }}
tbody tr:nth-child(odd) {{ background: {stripe}; }}
</style><main>{result}</main>"""
THEMES = {
    "light": {"ground": "#ffffff", "ink": "rgba(0, 0, 0, .87)", "stripe": "#f5f5f5"},
    "dark": {"ground": "#111111", "ink": "#ffffff", "stripe": "#212121"},
}


def results() -> dict[str, str]:
    """What each kind of result gives a notebook."""
    made = make_evaluation(3, given_center=True)
    run = Run(made)
    several = Measurements(
        {each.encoder.name: each for each in made.run.encoders}, dict(run.letters)
    )
    one = next(iter(run.values()))
    return {
        "Measurement": one._repr_html_(),
        "Measurements": several._repr_html_(),
        "Run": run._repr_html_(),
    }


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", ["Measurement", "Measurements", "Run"])
def test_a_result_can_be_read(page: Page, tmp_path: Path, kind: str, theme: str):
    file = tmp_path / f"{kind}-{theme}.html"
    file.write_text(NOTEBOOK.format(result=results()[kind], **THEMES[theme]), "utf-8")
    for width in (1000, 500):
        seen = look(page, file.as_uri(), "main", width)
        assert (seen.width, seen.cut_off, seen.faults) == (width, [], [])
        assert seen.smallest >= SMALLEST
        assert from_elsewhere(seen, home=file.as_uri()) == []
    rows = page.script("document.querySelectorAll('tbody tr').length")
    assert rows >= (20 if kind == "Measurement" else 3)
    heads, cells = (
        page.script(f"""[...document.querySelectorAll({tag!r})]
            .map(each => getComputedStyle(each).textAlign)""")
        for tag in ("th", "td")
    )
    assert set(heads) == set(cells) == {"left"}
    broken = page.script("""[...document.querySelectorAll("td")].filter(cell => {
        const text = document.createRange();
        text.selectNodeContents(cell);
        return text.getClientRects().length > 1;
    }).map(cell => cell.innerText)""")
    assert [text for text in broken if re.search(r"\d\.\d+ \[", text)] == []
    inks = page.script("""[...document.querySelectorAll("main *")]
        .filter(each => each.innerText).map(each => getComputedStyle(each).color)""")
    wanted = re.findall(r"\d+", page.script("getComputedStyle(document.body).color"))
    assert {tuple(re.findall(r"\d+", ink)) for ink in inks} == {tuple(wanted)}  # the theme's own
