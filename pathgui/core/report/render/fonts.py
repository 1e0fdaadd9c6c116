"""Which fonts the report is set in, and what happens to letters that none of them has.

PDF/A demands that every letter is in an embedded font. Libertinus Serif and DejaVu Sans Mono
come inside typst, DejaVu Sans inside matplotlib; together they have Latin with all its accents,
Greek, Cyrillic, Arabic and Hebrew. Noto Sans CJK, from a package of its own, has Chinese, Japanese
and Korean; it is used only when a text has them. So the report looks the same on every machine.
For other scripts (Thai, Devanagari ...), and only when a text has them, one font of the machine is
added. Where the machine has none either, a letter is printed as its code point, and the report
says so.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

TEXT = "Libertinus Serif"
SYMBOLS = "DejaVu Sans"
MONO = "DejaVu Sans Mono"

# The same ideograph is drawn differently in these countries. Faces of the collection, in the order
# that settles a tie; a name in ideographs alone may be of any, and is taken for Chinese.
_EAST_ASIAN = {"SC": 2, "JP": 0, "KR": 1}
_KANA = re.compile("[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9d]")
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]")
_IDEOGRAPH = re.compile(
    "[\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)

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
    files: tuple[tuple[str, int], ...]  # path, and number of the face within the file
    missing: frozenset[str]  # letters that none has


def choose(texts: Iterable[str]) -> Typefaces:
    """The fonts that ``texts`` need."""
    texts = list(texts)
    letters = {letter for letter in set().union(*texts) if ord(letter) > 0x7E}
    bundled = matplotlib_font("DejaVuSans.ttf")
    families = [TEXT, SYMBOLS]
    files = [(bundled, 0), (matplotlib_font("DejaVuSans-Bold.ttf"), 0)]
    # Libertinus has no file of its own to look into, but what it has of the letters that names
    # are written in DejaVu Sans has too.
    missing = {letter for letter in letters if not _has(bundled, 0, letter)}
    for family, path, number in _others(texts) if missing else ():
        found = {letter for letter in missing if _has(path, number, letter)}
        if found:
            families.append(family)
            files.append((path, number))
            missing -= found
        if not missing:
            break
    return Typefaces(tuple(families), tuple(files), frozenset(missing))


def copy_face(path: str, number: int, folder: Path) -> None:
    """Put one face into a folder.

    Alone: of a collection, a figure would else be set in any of its faces.
    """
    if Path(path).suffix.lower() not in (".ttc", ".otc"):
        shutil.copyfile(path, folder / Path(path).name)
        return
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with TTFont(path, fontNumber=number, lazy=True, recalcTimestamp=False) as font:
        font.save(folder / f"{Path(path).stem}-{number}.otf", reorderTables=None)


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


def _others(texts: Iterable[str]) -> Iterator[tuple[str, str, int]]:
    yield from _east_asian_fonts(texts)
    yield from _system_fonts()  # looked for only where that one is not enough


def east_asian_file() -> str | None:
    """Path of Noto Sans CJK; None where its package is not installed."""
    try:
        path = resources.files("noto_cjk_sans_otc") / "NotoSansCJK-Regular.ttc"
    except ModuleNotFoundError:
        return None
    return str(path) if path.is_file() else None


def _east_asian_fonts(texts: Iterable[str]) -> tuple[tuple[str, str, int], ...]:
    """The face with the forms of the country that most texts are from."""
    path = east_asian_file()
    votes = Counter(map(_country, texts))
    if path is None:
        return ()
    country = max(_EAST_ASIAN, key=lambda each: votes[each])
    return ((f"Noto Sans CJK {country}", path, _EAST_ASIAN[country]),)


def _country(text: str) -> str:
    """Whose forms a text asks for.

    >>> _country("東京大学病院"), _country("がん研究会"), _country("서울대학교"), _country("Paris")
    ('SC', 'JP', 'KR', '')
    """
    if _KANA.search(text):
        return "JP"
    if _HANGUL.search(text):
        return "KR"
    return "SC" if _IDEOGRAPH.search(text) else ""


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
    from fontTools.ttLib import TTFont

    with TTFont(path, fontNumber=number, lazy=True) as font:
        return frozenset(font.getBestCmap() or ())


def _has(path: str, number: int, letter: str) -> bool:
    return ord(letter) in _letters(path, number)
