"""What a reader sees of a page in a browser: what is cut off, where links lead, what is fetched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote
from urllib.request import url2pathname

from tests.services.chromium import Page

SCREEN, PHONE = 1280, 400
PAPER = 718  # CSS pixels between the margins that Chromium leaves on A4
SMALLEST = 10  # CSS pixels of a letter

# Texts that lie, in part, where nobody can get at them. On a screen a box may scroll if all of the
# box is on the screen; on paper nothing scrolls.
_CUT_OFF = """((root, paper) => {
  const cut = [], page = document.documentElement.clientWidth;
  const seen = {opacityProperty: true, visibilityProperty: true};
  const texts = document.createTreeWalker(document.querySelector(root), NodeFilter.SHOW_TEXT);
  for (let text; (text = texts.nextNode()); ) {
    if (!text.data.trim() || !text.parentElement.checkVisibility(seen)) continue;
    let left = 0, right = page;
    for (let box = text.parentElement; box !== document.body; box = box.parentElement) {
      const how = getComputedStyle(box).overflowX, place = box.getBoundingClientRect();
      const scrolls = !paper && (how === "auto" || how === "scroll");
      if (scrolls && place.left >= -1 && place.right <= page + 1) {
        [left, right] = [-Infinity, Infinity];
        break;
      }
      if (how !== "visible" && !scrolls) {
        [left, right] = [Math.max(left, place.left), Math.min(right, place.right)];
      }
    }
    const range = document.createRange();
    range.selectNodeContents(text);
    if ([...range.getClientRects()].some(line => line.left < left - 1 || line.right > right + 1))
      cut.push(text.data.trim().slice(0, 80));
  }
  return cut;
})"""

_LOOK = """(root => {
  const inside = document.querySelector(root);
  const shown = [...inside.querySelectorAll("*")].filter(each => each.checkVisibility());
  const own = each => [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim());
  const letters = shown.filter(each => own(each) && !each.closest("svg"));
  return {
    width: document.documentElement.scrollWidth,
    links: [...document.querySelectorAll("a[href]")].map(each => each.href),
    names: [...document.querySelectorAll("[id], a[name]")].map(each => each.id || each.name),
    smallest: Math.min(...letters.map(each => parseFloat(getComputedStyle(each).fontSize))),
    broken: [...document.images].filter(each => each.complete && !each.naturalWidth && each.src
                                        && each.loading !== "lazy").map(each => each.src),
    words: inside.innerText,
  };
})"""


@dataclass(frozen=True)
class Seen:
    """One page as it was shown in one width."""

    faults: list[str]  # what the console was told
    asked_for: list[str]
    width: int  # of all of the page; more than the screen's, and it has to be pushed to and fro
    links: list[str]
    names: list[str]  # that a link may lead to
    smallest: float  # CSS pixels of the smallest letters
    broken: list[str]  # pictures that are none
    words: str
    cut_off: list[str]


def look(page: Page, address: str, root: str, width: int) -> Seen:
    """Open a page on a screen of that width; what counts is inside the element ``root``."""
    page.media("screen")
    page.resize(width)
    page.open(address)
    found = page.script(f"{_LOOK}({root!r})")
    cut_off = page.script(f"{_CUT_OFF}({root!r}, false)")
    return Seen(list(page.faults), list(page.asked_for), cut_off=cut_off, **found)


def cut_off_on_paper(page: Page, root: str) -> list[str]:
    """What of the page that is open is cut off where it is printed on A4."""
    page.media("print")
    page.resize(PAPER)
    cut: list[str] = page.script(f"{_CUT_OFF}({root!r}, true)")
    return cut


def from_elsewhere(seen: Seen, *, home: str) -> list[str]:
    """What was fetched from anywhere but ``home``; what is in the page itself is from there."""
    inside = (home, "data:", "blob:")
    return [address for address in seen.asked_for if not address.startswith(inside)]


def dead_links(pages: dict[str, Seen]) -> list[str]:
    """Links between these pages, given by address, that lead to no page or to no place in one."""
    dead = []
    for address, seen in pages.items():
        for link in seen.links:
            target, _, place = link.partition("#")
            if target in pages and place and unquote(place) not in pages[target].names:
                dead.append(f"{address}: no place {link}")
            elif target.startswith("file:") and not _is_file(target):
                dead.append(f"{address}: no file {link}")
    return dead


def _is_file(address: str) -> bool:
    return Path(url2pathname(address.removeprefix("file://").partition("?")[0])).is_file()


def printed(text: str) -> str:
    """Letters and digits of a text alone: a PDF writes the rest otherwise, where lines break."""
    return re.sub(r"[\W_]+", "", text)
