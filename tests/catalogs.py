"""The catalogs of texts: what the program says, and what German and French readers get for it.

    python -m tests.catalogs                        takes up new texts, keeps translations, compiles
    python -m tests.catalogs status                 how much of each part is translated
    python -m tests.catalogs export de core.report  what is not translated yet, as JSON, to stdout
    python -m tests.catalogs export de core.report 0 200    the first 200 of these
    python -m tests.catalogs import de FILE.json    takes translations in, if they fit, and compiles

A part is a room (``core.report``, ``gui.shell``), or ``cli``, ``api`` or ``pathgui``. A text that
several rooms say belongs to the first of them. In an exported entry fill ``translation`` with a
text, or with one text for each plural form. A translation keeps the ``{placeholders}`` of its
source, formats included, and the blanks and line ends around it.
"""

from __future__ import annotations

import ast
import json
import string
import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "resources" / "language"
TRANSLATED = ("de", "fr")
REVIEW = "not reviewed by a native pathologist"
PLURALS = ("one", "many")  # both languages have two
_PLURAL_RULES = {"de": "(n != 1)", "fr": "(n > 1)"}  # which numbers take the second
_DATE = datetime(2026, 1, 1, tzinfo=UTC)  # the same texts make the same files


@dataclass
class Message:
    """A text of the program, or a pair of texts of which the number chooses one."""

    id: str
    plural: str = ""
    places: list[str] = field(default_factory=list)  # files, from the root
    part: str = ""


def part_of(path: str) -> str:
    """The part that a file belongs to.

    >>> part_of("pathgui/core/report/sections/cohort.py"), part_of("pathgui/cli/main.py")
    ('core.report', 'cli')
    """
    _, *rooms, file = path.split("/")
    if rooms[:1] in (["core"], ["gui"]):
        return ".".join([*rooms[:2], *([file.removesuffix(".py")] if len(rooms) == 1 else [])])
    return rooms[0] if rooms else "pathgui"


def messages(root: Path = ROOT) -> dict[tuple[str, str], Message]:
    """All texts of the sources, in the order of the files."""
    found: dict[tuple[str, str], Message] = {}
    trees = {
        path.relative_to(root).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted((root / "pathgui").rglob("*.py"))
    }
    of_terminal = {name: tree for name, tree in trees.items() if name.startswith("pathgui/cli/")}
    commands = commands_in(of_terminal.values())
    for name, tree in trees.items():
        helps = helps_in(tree, commands) if name in of_terminal else ()
        for one, many in (*said_in(tree), *helps):
            each = found.setdefault((one, many), Message(one, many, part=part_of(name)))
            if name not in each.places:
                each.places.append(name)
    return found


def said_in(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What a module says: a text and "", or two of which the number chooses one."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for node in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        called = ast.unparse(node.func).rpartition(".")[2]
        texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
        words = [each for each in texts if isinstance(each, str)]
        if called in ("say", "noted") and isinstance(node.func, ast.Name) and words and words[0]:
            yield words[0], ""
        elif called == "counted" and len(words) == 2:
            yield words[0], words[1]
        elif called == "plural" and words:
            one, many = words[0], words[1] if len(words) > 1 else f"{words[0]}s"
            yield f"{{n:,}} {one}", f"{{n:,}} {many}"


def helps_in(tree: ast.Module, commands: Collection[str]) -> Iterator[tuple[str, str]]:
    """What commands are for: the docstrings of functions of these names, or so decorated."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and (text := ast.get_docstring(node)):
            decorators = [ast.unparse(each) for each in node.decorator_list]
            if node.name in commands or any(".command(" in each for each in decorators):
                yield text, ""


def commands_in(trees: Iterable[ast.Module]) -> set[str]:
    """Functions that become commands where they are not defined: ``app.command("show")(show)``."""
    calls = [each for tree in trees for each in ast.walk(tree) if isinstance(each, ast.Call)]
    return {
        ast.unparse(each.args[0])
        for each in calls
        if isinstance(each.func, ast.Call) and ast.unparse(each.func.func).endswith(".command")
    }


def placeholders(text: str) -> list[str]:
    """Names, conversions and formats in a text, sorted. ValueError where a brace is alone.

    >>> placeholders("{n:,} of {name!r}")
    ['{n:,}', '{name!r}']
    """
    found = []
    for _, name, spec, conversion in string.Formatter().parse(text):
        if name is not None:
            found.append(
                "{" + name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
                + "}"
            )  # fmt: skip
    return sorted(found)


def faults(message: Message, translation: list[str]) -> list[str]:
    """Why a translation does not fit; none if it does."""
    sources = [message.id, message.plural] if message.plural else [message.id]
    if len(translation) != len(sources):
        return [f"{len(sources)} texts are needed, there are {len(translation)}"]
    said = []
    for source, text in zip(sources, translation, strict=True):
        if not text.strip():
            said.append("it is empty")
            continue
        try:
            there = placeholders(text)
        except ValueError as error:
            said.append(str(error))
            continue
        if there != placeholders_or_none(source) and not _is_one(source, there, message):
            said.append(f"it has {there}, and the source {placeholders_or_none(source)}")
        for mine, its in zip(_blanks(text), _blanks(source), strict=True):
            if mine != its:
                said.append(f"it has {mine!r} where the source has {its!r}")
    return said


def _blanks(text: str) -> tuple[str, str]:
    """Blanks and line ends before a text and after it."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def placeholders_or_none(text: str) -> list[str]:
    """Those of a source; none where it has braces that mean something else."""
    try:
        return placeholders(text)
    except ValueError:
        return []


def _is_one(source: str, there: list[str], message: Message) -> bool:
    """Whether it is a text for a number of one that says the number otherwise than its source."""
    own = [each for each in placeholders_or_none(source) if not each.startswith("{n")]
    rest = [each for each in there if not each.startswith("{n")]
    return bool(message.plural) and source == message.id and own == rest


def read(language: str) -> dict[tuple[str, str], list[str]]:
    """All translations of a language that there are."""
    found: dict[tuple[str, str], list[str]] = {}
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            for each in read_po(file, locale=language):
                if not each.id:
                    continue
                key = (each.id, "") if isinstance(each.id, str) else tuple(each.id)
                texts = [each.string] if isinstance(each.string, str) else list(each.string)
                texts = texts[: len(PLURALS)]
                if any(texts):
                    found[key] = texts
    return found


def write(
    language: str,
    translations: dict[tuple[str, str], list[str]],
    only: frozenset[str] = frozenset(),
) -> None:
    """Write the catalogs of a language anew, and what is compiled of them; or only some parts."""
    parts: dict[str, list[Message]] = {}
    for each in messages().values():
        parts.setdefault(each.part, []).append(each)
    folder = FOLDER / language
    folder.mkdir(parents=True, exist_ok=True)
    for path in (*folder.glob("*.po"), *folder.glob("*.mo")):
        if path.stem not in parts and not only:
            path.unlink()
    for part, listed in parts.items():
        if only and part not in only:
            continue
        whole, done = _catalog(language), _catalog(language)
        for each in listed:
            key = (each.id, each.plural)
            id = key if each.plural else each.id
            texts = translations.get(key)
            string = None if texts is None else tuple(texts) if each.plural else texts[0]
            places = [(place, None) for place in each.places]
            whole.add(id, string, locations=places)
            if texts is not None:
                done.add(id, string)
        with (folder / f"{part}.po").open("wb") as file:
            write_po(file, whole, width=100, include_lineno=False, omit_header=False)
        _without_dates(folder / f"{part}.po")
        with (folder / f"{part}.mo").open("wb") as file:
            write_mo(file, done)


def _catalog(language: str) -> Catalog:
    made = Catalog(
        locale=language, project="pathgui", version="1", copyright_holder="pathgui",
        creation_date=_DATE, revision_date=_DATE, charset="utf-8", fuzzy=False,
        header_comment=f"# pathgui: {REVIEW}. Made by python -m tests.catalogs.",
    )  # fmt: skip
    # Babel counts three forms of French (one of them for millions); translations come in two.
    made._num_plurals, made._plural_expr = len(PLURALS), _PLURAL_RULES[language]
    made.last_translator = made.language_team = REVIEW
    return made


def _without_dates(path: Path) -> None:
    """Lines that change with the day or the version of a library are left out."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    changing = ('"POT-Creation-Date', '"PO-Revision-Date', '"Generated-By')
    text = "".join(each for each in lines if not each.startswith(changing))
    path.write_text(text, encoding="utf-8")


def export(language: str, part: str) -> list[dict[str, object]]:
    """What is not translated yet of a part, in order."""
    done = read(language)
    return [
        {
            "id": each.id,
            "plural": each.plural,
            "files": each.places,
            "translation": ["", ""] if each.plural else "",
        }
        for each in messages().values()
        if each.part == part and (each.id, each.plural) not in done
    ]


def take(language: str, entries: Iterable[dict[str, object]]) -> list[str]:
    """Take translations in. Returns what was refused, and why; the others are taken."""
    known, translations, refused = messages(), read(language), []
    parts: set[str] = set()
    for entry in entries:
        key = (str(entry["id"]), str(entry.get("plural") or ""))
        given = entry["translation"]
        texts = [str(each) for each in given] if isinstance(given, list) else [str(given)]
        if key not in known:
            refused.append(f"{key[0]!r}: the program says this no more")
        elif any(text.strip() for text in texts):
            why = faults(known[key], texts)
            if why:
                refused.append(f"{key[0]!r}: {'; '.join(why)}")
            else:
                translations[key] = texts
                parts.add(known[key].part)
    if parts:
        write(language, translations, frozenset(parts))
    return refused


def status() -> Iterator[str]:
    """One line for each part: its texts, its words, and how many are translated."""
    done = {language: read(language) for language in TRANSLATED}
    parts: dict[str, list[Message]] = {}
    for each in messages().values():
        parts.setdefault(each.part, []).append(each)
    for part, listed in [*parts.items(), ("all", list(messages().values()))]:
        words = sum(len(each.id.split()) for each in listed)
        counts = [
            f"{language} {sum((each.id, each.plural) in done[language] for each in listed)}"
            for language in TRANSLATED
        ]
        yield f"{part:20} {len(listed):5} texts {words:6} words   {'   '.join(counts)}"


def main(arguments: list[str]) -> int:
    """Do what the head of this module says."""
    match arguments:
        case []:
            for language in TRANSLATED:
                write(language, read(language))
        case ["status"]:
            print("\n".join(status()))
        case ["export", language, part, *some]:
            wanted = export(language, part)[slice(*map(int, some)) if some else slice(None)]
            print(json.dumps(wanted, ensure_ascii=False, indent=1))
        case ["import", language, path]:
            entries = json.loads(Path(path).read_text(encoding="utf-8"))
            refused = take(language, entries)
            print("\n".join(refused) or "all taken")
            return 1 if refused else 0
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
