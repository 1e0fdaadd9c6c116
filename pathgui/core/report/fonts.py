"""Which fonts the report is set in, and what happens to letters that none of them has.

PDF/A demands that every letter is in an embedded font. Libertinus Serif and DejaVu Sans Mono
come inside typst, DejaVu Sans inside matplotlib; together they have Latin with all its accents,
Greek and Cyrillic, and the report looks the same on every machine. Other scripts (Chinese,
Japanese, Korean, Thai ...) would need fonts of tens of megabytes, so for those, and only when a
text has them, one font of the machine is added. Where the machine has none either, a letter is
printed as its code point, and the report says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

TEXT = "Libertinus Serif"
SYMBOLS = "DejaVu Sans"
MONO = "DejaVu Sans Mono"

# Preferred fonts of the machine: those of Linux, macOS and Windows that cover much. One list for
# all, in a fixed order, so that one machine always gives the same bytes.
_SYSTEM = (
    "Noto Serif CJK SC",
    "Noto Sans CJK SC",
    "Source Han Serif SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimSun",
    "Yu Gothic",
    "MS Gothic",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
    "Noto Sans",
    "Arial Unicode MS",
    "FreeSerif",
)


@dataclass(frozen=True)
class Typefaces:
    """Families in the order they are asked for a letter, and the files they come from."""

    families: tuple[str, ...]
    files: tuple[str, ...]
    missing: frozenset[str]  # letters that none has


def choose(texts: Iterable[str]) -> Typefaces:
    """The fonts that ``texts`` need."""
    letters = {letter for text in texts for letter in text if ord(letter) > 0x7E}
    bundled = matplotlib_font("DejaVuSans.ttf")
    families, files = [TEXT, SYMBOLS], [bundled, matplotlib_font("DejaVuSans-Bold.ttf")]
    # Libertinus has no file of its own to look into, but what it has of the letters that names
    # are written in DejaVu Sans has too.
    missing = {letter for letter in letters if not _has(bundled, 0, letter)}
    if missing:
        for family, path, number in _system_fonts():
            found = {letter for letter in missing if _has(path, number, letter)}
            if found:
                families.append(family)
                files.append(path)
                missing -= found
            if not missing:
                break
    return Typefaces(tuple(families), tuple(files), frozenset(missing))


def spelled_out(text: str, missing: frozenset[str]) -> str:
    """``text`` with letters in ``missing`` as their code points.

    >>> spelled_out("ab中文c", frozenset("中文"))
    'ab‹U+4E2D 6587›c'
    """
    if not missing:
        return text
    run = f"[{re.escape(''.join(sorted(missing)))}]+"
    return re.sub(
        run, lambda found: f"‹U+{' '.join(f'{ord(c):04X}' for c in found.group())}›", text
    )


def matplotlib_font(name: str) -> str:
    """Path of a font that matplotlib brings."""
    import matplotlib

    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name)


@lru_cache(maxsize=1)
def _system_fonts() -> tuple[tuple[str, str, int], ...]:
    """(family, file, number within the file) of the preferred fonts this machine has."""
    import typst

    found: dict[str, tuple[str, str, int]] = {}
    for font in typst.Fonts(include_system_fonts=True, include_embedded_fonts=False).fonts():
        regular = font.style == "normal" and font.weight in (300, 350, 400)
        if font.path and regular and font.family in _SYSTEM:
            found.setdefault(font.family, (font.family, font.path, font.index))
    return tuple(found[family] for family in _SYSTEM if family in found)


@lru_cache(maxsize=16)
def _letters(path: str, number: int) -> frozenset[int]:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with TTFont(path, fontNumber=number, lazy=True) as font:
        return frozenset(font.getBestCmap() or ())


def _has(path: str, number: int, letter: str) -> bool:
    return ord(letter) in _letters(path, number)
