"""What MkDocs is told beyond ``mkdocs.yml``: files outside ``docs/`` are pages of the site, too.

README.md is the first page. A link that leads out of ``docs/`` on disk leads to the page that
stands for the file on the site. The theme's search would fetch a script from elsewhere; the site
brings it.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[1]
# A file of the checkout: where it lies on the site.
PLACES = {
    "README.md": "index.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "LICENSE": "LICENSE.txt",
    "tests/benchmarks/README.md": "benchmarks.md",
    **{
        f"resources/schemas/{each.name}": f"schemas/{each.name}"
        for each in sorted((ROOT / "resources" / "schemas").glob("*.schema.json"))
    },
}
FETCHED = "https://unpkg.com/iframe-worker/shim"  # by the plugin "offline"
BROUGHT = "assets/javascripts/iframe-worker.js"
_PICTURE = re.compile(r'(<a [^>]*>\s*)?(<img [^>]*src="([^"]+)"[^>]*>)')
_LINK = re.compile(r"(\]\()([^)#\s:]+)((?:#[^)]*)?\))")


def on_files(files, config):
    """Add the files outside ``docs/``."""
    for source, place in {**PLACES, "installer/iframe-worker.js": BROUGHT}.items():
        files.append(File.generated(config, place, content=(ROOT / source).read_text("utf-8")))
    return files


def on_page_markdown(markdown, page, config, files):
    """Let links between files lead to the pages that stand for them."""
    here = page.file.src_uri
    source = next((name for name, place in PLACES.items() if place == here), f"docs/{here}")

    def moved(found):
        start, target, end = found.groups()
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        place = PLACES.get(path)
        if place is None:
            if not path.startswith("docs/"):
                return found[0]
            place = path.removeprefix("docs/")
        return start + posixpath.relpath(place, posixpath.dirname(here) or ".") + end

    return _LINK.sub(moved, markdown)


def on_page_content(html, page, config, files):
    """Let a picture lead to itself: in its own size, what it shows can be read on a phone."""

    def linked(found):
        link, picture, address = found.groups()
        return found[0] if link else f'<a href="{address}">{picture}</a>'

    return _PICTURE.sub(linked, html)


def on_post_page(output, page, config):
    """Take the script of the search from the site itself."""
    return output.replace(FETCHED, posixpath.relpath(BROUGHT, posixpath.dirname(page.url) or "."))


def on_post_template(output, template_name, config):
    """Do so in the page that is shown where there is none; its addresses are absolute."""
    return output.replace(FETCHED, "/" + BROUGHT)
