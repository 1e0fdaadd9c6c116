"""Whether the pictures of the documentation still show the widgets that there are.

    python docs/pictures/take.py                        takes them anew
    python -m tests.picture_age                         names those that are older
    python -m tests.picture_age --still-true SCENE ...  after a look: what changed is not seen

Beside each scene stand the modules whose widgets were visible in it, each with a digest of what can
be seen of a module: the words it shows and the widgets it makes. A change of anything else makes no
picture older.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
SHOWN = PICTURES / "shown.json"
EVERYWHERE = ("pathgui.gui.kit.theme",)  # colors and sizes, seen in every picture of a window
REPORT = "pathgui.core.report.sections"  # what pages of the report are made by


@dataclass(frozen=True)
class Scene:
    """What one scene shows: its pictures, below docs/pictures, and module -> digest."""

    pictures: tuple[str, ...]
    modules: dict[str, str]


def load(file: Path = SHOWN) -> dict[str, Scene]:
    """Every scene that was taken, by name."""
    found = json.loads(file.read_text(encoding="utf-8"))
    return {
        name: Scene(tuple(each["pictures"]), dict(each["modules"])) for name, each in found.items()
    }


def save(scenes: dict[str, Scene], file: Path = SHOWN) -> None:
    """Write what :func:`load` reads."""
    said = {
        name: {"pictures": sorted(scene.pictures), "modules": dict(sorted(scene.modules.items()))}
        for name, scene in sorted(scenes.items())
    }
    file.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


def scene(pictures: Iterable[str], modules: Iterable[str], root: Path = ROOT) -> Scene:
    """A scene as it is now."""
    return Scene(
        tuple(sorted(pictures)),
        {name: digest(source(name, root)) for name in sorted(modules)},
    )


def source(module: str, root: Path = ROOT) -> str:
    """The text of a module; "" where there is none of that name any more."""
    file = root.joinpath(*module.split(".")).with_suffix(".py")
    return file.read_text(encoding="utf-8") if file.exists() else ""


def older(scenes: dict[str, Scene], root: Path = ROOT) -> Iterator[str]:
    """A sentence for each scene that shows what is no longer so."""
    for name, taken in sorted(scenes.items()):
        changed = [
            each for each, then in taken.modules.items() if digest(source(each, root)) != then
        ]
        if changed:
            yield (
                f"The pictures of {name} are older than {', '.join(changed)}, whose words or "
                "widgets have changed. Take them again: python docs/pictures/take.py. Or look at "
                "them, and where nothing that changed is to be seen: "
                f"python -m tests.picture_age --still-true {name}"
            )


def digest(text: str) -> str:
    """Of the words a module shows and of the widgets it makes, in their order; 12 hex digits.

    >>> digest("# why\\nbox = QLabel('Tiles a slide')") == digest("label = QLabel('Tiles a slide')")
    True
    >>> digest("QLabel('Tiles a slide')") == digest("QLabel('Tiles per slide')")
    False
    """
    seen = "\n".join(visible(ast.parse(text)))
    return hashlib.sha256(seen.encode()).hexdigest()[:12]


def visible(tree: ast.Module) -> Iterator[str]:
    """Words and widgets of a module, in the order of its lines."""
    unseen = {id(each) for node in ast.walk(tree) for each in _unseen(node)}
    found: list[tuple[int, int, str]] = []
    for node in ast.walk(tree):
        if id(node) in unseen:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.strip():
            found.append((node.lineno, node.col_offset, f"'{node.value}'"))
        elif isinstance(node, ast.Call) and (made := _made(node)):
            found.append((node.lineno, node.col_offset, made))
    return (each for _, _, each in sorted(found))


def _made(call: ast.Call) -> str:
    """The class that a call makes one of; "" where it calls a function."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    return name if name[:1].isupper() and not name.endswith(("Error", "Job")) else ""


def _unseen(node: ast.AST) -> Iterator[ast.AST]:
    """Texts that nobody sees: docstrings and other lone texts, what is logged, what is raised."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value
    elif isinstance(node, ast.Assert | ast.Raise) or (
        isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("log.", "logging."))
    ):
        yield from ast.walk(node)


def main() -> None:
    """Name the pictures that are older, or take scenes for still true."""
    parser = argparse.ArgumentParser(description="Which pictures are older than their widgets.")
    parser.add_argument("--still-true", nargs="+", metavar="SCENE", default=())
    given = parser.parse_args()
    scenes = load()
    for name in given.still_true:
        if name not in scenes:
            parser.error(f"there is no scene {name!r}: {', '.join(scenes)}")
        scenes[name] = scene(scenes[name].pictures, scenes[name].modules)
    if given.still_true:
        save(scenes)
    for said in older(scenes):
        print(said)  # noqa: T201


if __name__ == "__main__":
    main()
