"""The contracts of the house, as functions of a source tree.

A :class:`House` is a tree of sources, read once. A contract is a function of it that yields one
sentence for each place that breaks it, and the sentence says what to do. ``test_architecture.py``
asks for the tree of this checkout, ``test_contracts.py`` for small made-up trees in which each
contract is broken.

An import counts wherever it stands: under ``TYPE_CHECKING``, inside functions, and as a call of
``import_module`` too. Only where the question is what a program loads (:func:`reaches`), an import
inside a function does not count, since it loads when that work is asked for.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

# Rooms from the ground up. A file imports from its own room and from rooms before it.
CORE_FLOORS = (
    "language", "errors", "progress", "system", "archives", "slides", "tables", "reference",
    "cohort", "corrections",
    "cluster",
    "encoders", "metrics", "pictures", "embedding", "measurement", "appraisal",
    "crossfit", "what_if", "classifier",
    "explore", "imported", "public_sets", "cost",
    "runs", "results", "baselines", "evaluation", "report", "phantom",
)  # fmt: skip
GUI_FLOORS = (
    "kit", "viewer", "jobs", "slides", "encoders", "results", "reference", "cohort", "runs",
    "evaluation", "explore", "criteria", "report", "shell", "app",
)  # fmt: skip
FLOORS: Mapping[str, tuple[str, ...]] = {"core": CORE_FLOORS, "gui": GUI_FLOORS}
TO_COME: frozenset[str] = frozenset()

LONGEST = 500  # lines of a module

# What a part of the package must work without. Each entry: the part, and prefixes it may not name.
BARRED = (
    ("core", ("PySide6", "pyqtgraph", "pathgui.gui", "pathgui.cli", "pathgui.settings")),
    ("core", ("pathgui.folders", "pathgui.api", "typer", "rich")),
    ("gui", ("pathgui.cli", "pathgui.api", "typer", "rich")),
    ("cli", ("pathgui.api",)),
    ("api", ("PySide6", "pyqtgraph", "pathgui.gui", "pathgui.cli", "pathgui.settings", "typer")),
    ("gui.viewer.model", ("PySide6", "pyqtgraph")),
    ("core.results", ("pathgui.core.embedding", "torch", "timm")),
    ("core.report", ("pathgui.core.embedding", "torch", "timm")),
)

# What importing a part must not load, not even through others.
NOT_LOADED_BY = (
    ("core.results", ("pathgui.core.embedding", "torch", "timm")),
    ("core.report", ("pathgui.core.embedding", "torch", "timm")),
    ("api", ("torch", "timm", "matplotlib", "zarr", "typst")),
    (
        "gui.shell.main_window",
        ("pathgui.core.report.report", "torch", "timm", "matplotlib", "typst"),
    ),
    ("cli.main", ("torch", "timm", "sklearn", "matplotlib", "scipy", "zarr", "typst")),
)

# Parts that know only some rooms of the library; the reason ends the message.
KNOWS_ONLY = (
    (
        "core.metrics",
        frozenset({"language", "errors", "progress", "system", "metrics"}),
        "A measure is a function of arrays: let the caller take them out of slides and records.",
    ),
    (
        "gui.viewer",
        frozenset({"slides", "pictures", "system", "errors", "progress", "language"}),
        "The viewer shows slides and layers and knows nothing of runs: hand in the layer, or a "
        "function that makes it.",
    ),
)

# Who may import what is slow, large, or dangerous. A name covers all modules below it.
MAY_IMPORT: Mapping[str, tuple[str, ...]] = {
    "timm": ("core.encoders", "gui.jobs.services"),
    "torch": (
        "core.encoders", "core.embedding", "core.metrics.neighbors", "core.metrics.permutation",
        "core.system.devices", "gui.jobs.services",
    ),
    "zarr": ("core.embedding", "core.slides.reading.zarr_pyramid"),
    "openslide": ("core.slides.reading.openslide_reader",),
    "h5py": ("core.imported", "core.evaluation.trident_export"),
    "tifffile": ("core.slides", "core.pictures", "core.phantom"),
    "typst": ("core.report.render",),
    "matplotlib": ("core.report.render",),
    "pyqtgraph": (
        "gui.results.charts", "gui.results.accuracy_charts", "gui.results.correction_charts",
        "gui.results.what_if_chart",
    ),
    "huggingface_hub": ("core.encoders.weights.hub_worker",),
    "pydicom": ("core.slides", "core.archives"),
    "wsidicom": ("core.archives",),
    "dicomweb_client": ("core.archives",),
    "requests": ("core.archives",),
    "truststore": ("core.encoders.weights.hub_worker",),
    "keyring": ("core.archives",),
    "openpyxl": ("core.tables",),
    "python_calamine": ("core.tables",),
    "transformers": (),
    "submitit": ("core.cluster.slurm",),
    "ray": ("core.cluster.ray_engine",),
}  # fmt: skip

WINDOW = "gui.shell.main_window"
MAKES_THE_WINDOW = ("gui.app",)

THREADS = ("PySide6.QtCore.QThread", "PySide6.QtCore.QThreadPool", "PySide6.QtCore.QRunnable",
           "PySide6.QtConcurrent", "threading.Thread", "threading.Timer", "concurrent.futures",
           "multiprocessing", "asyncio", "_thread")  # fmt: skip
MAY_MAKE_THREADS: Mapping[str, tuple[str, ...]] = {
    "gui": ("gui.jobs.jobs", "gui.viewer.canvas.loader"),
    "core": (
        "core.system.background", "core.slides.reading.slide_pool",
        "core.slides.reading.slide_child",
        "core.embedding.tile_feed", "core.encoders.weights", "core.metrics.neighbors.search",
        "core.phantom.reference",
    ),
}  # fmt: skip
NOT_MADE_BY = ("PySide6.QtCore.QThread.currentThread",)  # asks which thread this is

# Collects garbage on this very thread, which may take the window apart.
COLLECTS = "gc.collect"
MAY_COLLECT = ("core.system.garbage", "gui.jobs.garbage")

# Words that programs agree on: endings of folders, where each stands.
ENDINGS: Mapping[str, str] = {
    ".pgrun": "core.system.endings",
    ".pgref": "core.system.endings",
    ".pgcohort": "core.system.endings",
    ".pgslide": "core.system.endings",
}
KINDS = frozenset({"SS", "SO", "OS", "OO"})  # of neighbors
KINDS_STAND_IN = "core.metrics.neighbors.kinds"
MESSAGE_KEYS = "gui.jobs.message_keys"
SAYS_DURATIONS = "core.system.times"
LOOKS_FOR_WORDS = frozenset({
    "startswith", "endswith", "find", "index", "count", "partition", "split", "removeprefix",
    "search", "match", "fullmatch",
})  # fmt: skip

# Limits that a sentence is made by; a limit of the same name elsewhere would be a second opinion.
LIMITS: Mapping[str, str] = {
    "LOW_SUPPORT": "core.results.findings",
    "MANY_FAR": "core.results.findings",
    "SCALE_OFF": "core.results.findings",
    "ENOUGH_SLIDES": "core.measurement.slide_deletion",
    "ALPHA": "core.metrics.permutation",
    "FALSE_ALARMS": "core.metrics.outside",
    "FEWEST_ALIKE": "core.metrics.jackknife",
    "FEWEST_DF": "core.metrics.jackknife",
}
# Rooms that show what was judged below them, so compare no measured value with a number.
JUDGE_NOTHING = ("core.report.sections", "gui.results", "cli")
NOT_OF_A_RUN = (
    "gui.results.charts",  # its numbers are of lengths and lightness
    "cli.doctor",  # of disk and memory
    "cli.terminal",  # of seconds between two lines
)

# What other programs import: their ``__init__`` says what is offered. "" is pathgui itself.
FACADES = ("", "api")


@dataclass(frozen=True)
class Import:
    """One name that a module imports, in full; ``loads``: when the module itself is imported.

    ``source`` is the module that the name is taken from: of "from a import b" it is a.
    """

    name: str
    source: str
    loads: bool


@dataclass(frozen=True)
class Module:
    """One file; ``name`` is its dotted name below the package."""

    name: str
    path: Path
    text: str
    tree: ast.Module
    imports: tuple[Import, ...]

    @property
    def lines(self) -> int:
        """Lines of the file."""
        return len(self.text.splitlines())

    @cached_property
    def names(self) -> frozenset[str]:
        """Full names of all that it imports, wherever."""
        found = {each.name for each in self.imports}
        return frozenset(found | {each.source for each in self.imports})

    @cached_property
    def uses(self) -> frozenset[str]:
        """Full names of what it imports, and of what it takes from imported modules by a dot."""
        aliases: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.partition(".")[0]
                    aliases[alias.asname or top] = alias.name if alias.asname else top
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        found = set(self.names)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute):
                dotted = ast.unparse(node) if _is_dotted(node) else ""
                first, _, rest = dotted.partition(".")
                if first in aliases:
                    found.add(f"{aliases[first]}.{rest}")
        return frozenset(found)

    def below(self, part: str) -> bool:
        """Whether it is that part or lies in it."""
        return self.name == part or self.name.startswith(f"{part}.")

    def strings(self) -> Iterator[ast.Constant]:
        """Its text constants, docstrings aside."""
        documents = {
            id(node.value)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(self.tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in documents
            ):
                yield node


def _is_dotted(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _called_import(node: ast.Call) -> str | None:
    """What ``import_module("name")`` and ``__import__("name")`` import; "" where it is computed."""
    called = ast.unparse(node.func).rpartition(".")[2]
    if called not in ("import_module", "__import__"):
        return None
    named = [*node.args, *(word.value for word in node.keywords if word.arg == "name")][:1]
    words = [each.value for each in named if isinstance(each, ast.Constant)]
    return str(words[0]) if words else ""


def _imports(tree: ast.Module) -> Iterator[Import]:
    def walk(nodes: list[ast.AST], loads: bool) -> Iterator[Import]:
        for node in nodes:
            if isinstance(node, ast.Import):
                yield from (Import(alias.name, alias.name, loads) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    yield Import(f"{node.module}.{alias.name}", node.module, loads)
            elif isinstance(node, ast.Call) and (name := _called_import(node)) is not None:
                yield Import(name, name, loads)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                yield from walk(list(ast.iter_child_nodes(node)), False)
            elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                yield from walk(list(node.body), False)
                yield from walk(list(node.orelse), loads)
            else:
                yield from walk(list(ast.iter_child_nodes(node)), loads)

    yield from walk(list(tree.body), True)


class House:
    """All modules of a package folder called ``pathgui``, and of the tests beside it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.modules: dict[str, Module] = {}
        package = root / "pathgui"
        for path in sorted(package.rglob("*.py")):
            parts = path.relative_to(package).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            text = path.read_text(encoding="utf-8")
            tree = ast.parse(text)
            self.modules[name] = Module(name, path, text, tree, tuple(_imports(tree)))

    def inside(self, module: Module, loading: bool = False) -> frozenset[str]:
        """Modules of the package that a module imports; ``loading``: only what it loads.

        What loads a module loads the packages around it, too.
        """
        known = set()
        for each in module.imports:
            if each.loads or not loading:
                for full in (each.name, each.source):
                    name = full.removeprefix("pathgui.")
                    if full.startswith("pathgui.") and name in self.modules:
                        known.add(name)
                        break
        if loading:
            for name in tuple(known):
                parts = name.split(".")
                known |= {".".join(parts[:end]) for end in range(1, len(parts))}
        return frozenset((known & self.modules.keys()) - {module.name})


def room(name: str) -> tuple[str, str] | None:
    """House and room of a module; None for what stands outside of both houses.

    >>> room("core.slides.slide"), room("settings")
    (('core', 'slides'), None)
    """
    house, _, rest = name.partition(".")
    if house not in FLOORS or not rest:
        return None
    return house, rest.partition(".")[0]


def every_module_lies_in_a_room(house: House) -> Iterator[str]:
    """Each module of core and gui lies in a room of the list."""
    for name, module in house.modules.items():
        found = room(name)
        if found and found[1] not in FLOORS[found[0]] and module.path.name != "__init__.py":
            yield (
                f"{name} lies in no room. Move it into one of {', '.join(FLOORS[found[0]])}, or "
                "add its room to the floors in tests/contracts.py and docs/architecture.md."
            )


def imports_go_down_only(house: House) -> Iterator[str]:
    """No file imports from a higher floor of its house."""
    for module in house.modules.values():
        here = room(module.name)
        for other in sorted(house.inside(module)):
            there = room(other)
            if here and there and here[0] == there[0]:
                floors = FLOORS[here[0]]
                known = here[1] in floors and there[1] in floors
                if known and floors.index(there[1]) > floors.index(here[1]):
                    yield (
                        f"{module.name} imports {other}, which lies on a higher floor. Move what "
                        f"both need into {here[1]} or below, or let the caller hand it in."
                    )


def no_circle_of_files(house: House) -> Iterator[str]:
    """No files import each other in a circle."""
    for circle in circles(house):
        yield (
            f"A circle: {' -> '.join([*circle, circle[0]])}. Move what both ends need into a "
            "module of its own below them, or hand it in as an argument."
        )


def circles(house: House) -> list[list[str]]:
    """The shortest circle through the first module of each knot of modules."""
    reach: dict[str, frozenset[str]] = {
        name: house.inside(module) for name, module in house.modules.items()
    }
    found: list[list[str]] = []
    seen: set[str] = set()
    for name in sorted(reach):
        if name not in seen:
            way = _way_back(name, reach)
            if way:
                found.append(way)
                seen |= _knot(name, reach)
    return found


def _way_back(start: str, reach: Mapping[str, frozenset[str]]) -> list[str] | None:
    came: dict[str, str] = {}
    queue = [start]
    for here in queue:
        for there in sorted(reach[here]):
            if there == start:
                way = [here]
                while way[-1] != start:
                    way.append(came[way[-1]])
                return way[::-1]
            if there not in came:
                came[there] = here
                queue.append(there)
    return None


def _knot(start: str, reach: Mapping[str, frozenset[str]]) -> set[str]:
    def all_from(edges: Mapping[str, frozenset[str]] | Mapping[str, set[str]]) -> set[str]:
        seen = {start}
        queue = [start]
        for here in queue:
            for there in edges.get(here, ()):
                if there not in seen:
                    seen.add(there)
                    queue.append(there)
        return seen

    back: dict[str, set[str]] = {}
    for here, others in reach.items():
        for there in others:
            back.setdefault(there, set()).add(here)
    return all_from(reach) & all_from(back)


def imports_can_be_read(house: House) -> Iterator[str]:
    """No module computes what it imports."""
    for module in house.modules.values():
        if module.name not in FACADES and any(not each.name for each in module.imports):
            yield (
                f"{module.name} computes the name of a module that it imports, so no contract can "
                "see it. Write an import statement, inside the function that needs it."
            )


def packages_hold_no_code(house: House) -> Iterator[str]:
    """The ``__init__`` of a package is a docstring, so that importing a module loads no other."""
    for module in house.modules.values():
        if module.path.name != "__init__.py" or module.name in FACADES:
            continue
        code = [
            node
            for node in module.tree.body
            if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        ]
        if code:
            yield (
                f"{module.name}/__init__.py, line {code[0].lineno}, is more than a docstring. Move "
                "it into a module of its own, and import names from the module that has them."
            )


def modules_mean_one_thing(house: House) -> Iterator[str]:
    """No module is longer than a noun explains."""
    for module in house.modules.values():
        if module.lines > LONGEST:
            yield (
                f"{module.name} has {module.lines} lines, and {LONGEST} is the most. Take out the "
                "part that means something of its own."
            )


def what_a_part_works_without(house: House) -> Iterator[str]:
    """No module names what its part must work without."""
    for part, barred in BARRED:
        for module in house.modules.values():
            wrong = sorted(name for name in module.names if _under(name, barred))
            if module.below(part) and wrong:
                yield (
                    f"{module.name} imports {wrong[0]}. {part} must work without it: let the "
                    "caller hand in what is needed, as arrays or as a function."
                )


def what_importing_loads(house: House) -> Iterator[str]:
    """Importing a part does not load what it must work without, however far away."""
    for part, barred in NOT_LOADED_BY:
        way = reaches(house, part, barred)
        if way:
            yield (
                f"Importing {part} loads {way[-1]}: {' -> '.join(way)}. Move what is needed there "
                "into a module below, or import it inside the function that does the work."
            )


def reaches(house: House, part: str, barred: tuple[str, ...]) -> list[str] | None:
    """The shortest way by which importing a part loads a barred module; None if it does not."""
    queue = sorted(name for name, module in house.modules.items() if module.below(part))
    came: dict[str, str | None] = dict.fromkeys(queue)
    for here in queue:
        module = house.modules[here]
        for each in module.imports:
            if each.loads and _under(each.name, barred):
                way = [each.name]
                at: str | None = here
                while at is not None:
                    way.append(at)
                    at = came[at]
                return way[::-1]
        for there in sorted(house.inside(module, loading=True)):
            if there not in came:
                came[there] = here
                queue.append(there)
    return None


def a_part_knows_only_some_rooms(house: House) -> Iterator[str]:
    """Metrics know arrays only, and the viewer slides and layers only."""
    for part, rooms, why in KNOWS_ONLY:
        for module in house.modules.values():
            for other in sorted(house.inside(module)):
                found = room(other)
                if module.below(part) and found and found[0] == "core" and found[1] not in rooms:
                    yield f"{module.name} imports {other}. {why}"


def libraries_stay_where_they_belong(house: House) -> Iterator[str]:
    """A library that is slow, large or dangerous is imported by few."""
    for library, allowed in MAY_IMPORT.items():
        for module in house.modules.values():
            imported = any(_under(name, (library,)) for name in module.names)
            if imported and not any(module.below(part) for part in allowed):
                yield (
                    f"{module.name} imports {library}, which only {', '.join(allowed) or 'tests'} "
                    "may. Call what is there, or add the module to MAY_IMPORT in "
                    "tests/contracts.py and say why in the commit."
                )


def only_the_program_imports_the_window(house: House) -> Iterator[str]:
    """Nothing takes the window whole."""
    for module in house.modules.values():
        if WINDOW in house.inside(module) and module.name not in MAKES_THE_WINDOW:
            yield (
                f"{module.name} imports the window. Take the parts that it needs as arguments: "
                "gui/shell hands them out."
            )


def few_make_threads(house: House) -> Iterator[str]:
    """Threads and processes are made in few places, which end them."""
    instead = {"gui": "Start a Job (gui/jobs/jobs.py)", "core": "Use system/background"}
    for side, allowed in MAY_MAKE_THREADS.items():
        for module in house.modules.values():
            wrong = sorted(
                name
                for name in module.uses
                if _under(name, THREADS) and not _under(name, NOT_MADE_BY)
            )
            if module.below(side) and wrong and not any(module.below(part) for part in allowed):
                yield (
                    f"{module.name} makes threads ({wrong[0]}). {instead[side]}: it reports, can "
                    "be cancelled, and ends with the program."
                )


def garbage_is_collected_in_one_place(house: House) -> Iterator[str]:
    """Nobody collects garbage on whatever thread it happens to be on."""
    for module in house.modules.values():
        if COLLECTS in module.uses and module.name not in MAY_COLLECT:
            yield (
                f"{module.name} calls {COLLECTS}. Call collect_garbage (core/system/garbage.py): "
                "it asks the window's own thread where there is a window."
            )


def nobody_asks_a_widget_for_its_screen(house: House) -> Iterator[str]:
    """Garbage that holds a widget and the screen it was asked for deletes the screen."""
    for module in house.modules.values():
        for node in ast.walk(module.tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "screen"
                and not node.args
            ):
                yield (
                    f"{module.name}, line {node.lineno}, calls screen(). Call screen_of "
                    "(gui/kit/screens.py): a widget deletes the screen with itself."
                )


# What makes objects of Python for the places of a layout, and the one module that may call it.
PLACE_MAKERS = frozenset({"addLayout", "insertLayout", "itemAt", "takeAt", "itemAtPosition"})
MAY_MAKE_PLACES = "gui.kit.layouts"  # whose layouts no widget has yet


def nobody_asks_a_layout_for_its_places(house: House) -> Iterator[str]:
    """Python's object for a place in a layout outlives it, and is taken for what comes after."""
    for module in house.modules.values():
        if module.name == MAY_MAKE_PLACES:
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and node.attr in PLACE_MAKERS:
                yield (
                    f"{module.name}, line {node.lineno}, calls {node.attr}. Build with in_row and "
                    "in_column (gui/kit/layouts.py, which says why) and keep the parts yourself: "
                    "PySide6 keeps an object for each place that is asked for."
                )


def endings_stand_once(house: House) -> Iterator[str]:
    """The ending of a folder's name is written in one module; prose may name it."""
    for ending, home in ENDINGS.items():
        for module in house.modules.values():
            if module.name == home:
                continue
            for node in module.strings():
                text = str(node.value).strip()
                bare = ending.removeprefix(".")  # "pgrun" is as good an ending as ".pgrun"
                one_word = text.endswith(bare) and not any(sign.isspace() for sign in text)
                if (one_word and "NAME" not in text) or f"*{ending}" in text:
                    yield (
                        f"{module.name}, line {node.lineno}, writes {text!r}. Take the ending from "
                        f"{home}, where it stands once."
                    )


def kinds_of_neighbors_stand_once(house: House) -> Iterator[str]:
    """The four kinds of neighbors are listed in one module."""
    for module in house.modules.values():
        if module.name == KINDS_STAND_IN:
            continue
        for text in module.strings():
            if set(re.findall(r"\b[SO]{2}\b", str(text.value))) >= KINDS:
                yield _lists_kinds(module, text.lineno)
        for node in ast.walk(module.tree):
            parts: list[ast.expr | None] = []
            if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
                parts = list(node.elts)
            elif isinstance(node, ast.Dict):
                parts = list(node.keys)
            words = {part.value for part in parts if isinstance(part, ast.Constant)}
            if isinstance(node, ast.Call):  # dict(SS=…, SO=…, OS=…, OO=…)
                words = {word.arg for word in node.keywords}
            if words >= KINDS:
                yield _lists_kinds(module, node.lineno)  # type: ignore[attr-defined]


def _lists_kinds(module: Module, line: int) -> str:
    return (
        f"{module.name}, line {line}, lists the kinds of neighbors. Take KINDS from "
        f"{KINDS_STAND_IN}, where they stand once and in order."
    )


def parts_of_the_work_are_no_sentences(house: House) -> Iterator[str]:
    """No one looks for words in the sentence that shows progress to the user."""
    for module in house.modules.values():
        for node in ast.walk(module.tree):
            inside: list[ast.AST] = []
            if isinstance(node, ast.Compare):
                inside = [*node.comparators, node.left]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr in LOOKS_FOR_WORDS:
                    inside = [node.func.value, *node.args]
            elif isinstance(node, ast.Match):
                inside = [node.subject, *(word for case in node.cases for word in ast.walk(case))]
            asked = any(isinstance(each, ast.Attribute) and each.attr == "stage" for each in inside)
            texts = [each for each in inside if isinstance(each, ast.Constant)]
            if asked and any(isinstance(each.value, str) for each in texts):
                yield (
                    f"{module.name}, line {node.lineno}, looks for words in a stage, which is "  # type: ignore[attr-defined]
                    "a sentence for the user. Ask Progress.part."
                )


def durations_are_said_in_one_place(house: House) -> Iterator[str]:
    """Minutes and hours are put into words in one module."""
    for module in house.modules.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.JoinedStr) and module.name != SAYS_DURATIONS:
                for value, after in pairwise(node.values):
                    words = str(after.value) if isinstance(after, ast.Constant) else ""
                    if isinstance(value, ast.FormattedValue) and re.match(r" (min|h)\b", words):
                        yield (
                            f"{module.name}, line {node.lineno}, says a duration in its own way. "
                            f"Take duration, in_words or in_table from {SAYS_DURATIONS}."
                        )


def message_keys_stand_once(house: House) -> Iterator[str]:
    """What a message is about is named in one module."""
    for module in house.modules.values():
        if not module.below("gui"):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                name = node.func.attr
                keys = [word.value for word in node.keywords if word.arg == "key"]
                if name in ("clear", "bar") and "messages" in ast.unparse(node.func):
                    keys += node.args[:1]
                if name in ("show_message", "place", "clear", "bar", "show_error"):
                    for key in keys:
                        if isinstance(key, (ast.Constant, ast.JoinedStr)):
                            yield (
                                f"{module.name}, line {node.lineno}, makes up the key of a "
                                f"message. Name it in {MESSAGE_KEYS}, so that others can clear it."
                            )


def limits_stand_once(house: House) -> Iterator[str]:
    """A limit that a finding rests on is named in one module."""
    for module in house.modules.values():
        for node in module.tree.body:
            targets: list[ast.expr] = []
            if isinstance(node, ast.Assign):
                targets = node.targets
            elif isinstance(node, ast.AnnAssign):
                targets = [node.target]
            for target in targets:
                home = LIMITS.get(ast.unparse(target).lstrip("_"))
                if home and home != module.name:
                    yield (
                        f"{module.name} has a limit {ast.unparse(target)} of its own. Import it "
                        f"from {home}, or call it what else it means."
                    )


def who_shows_judges_nothing(house: House) -> Iterator[str]:
    """Window, terminal and report compare no measured value with a number of their own."""
    for module in house.modules.values():
        judged = module.name not in NOT_OF_A_RUN
        if not judged or not any(module.below(part) for part in JUDGE_NOTHING):
            continue
        constants = {
            ast.unparse(target): node.value
            for node in module.tree.body
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        }
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Compare):
                sides = [constants.get(ast.unparse(x), x) for x in (node.left, *node.comparators)]
                if any(_is_fraction(each) for each in sides):
                    yield (
                        f"{module.name}, line {node.lineno}, judges by a number of its own "
                        f"({ast.unparse(node)}). Judge it in core/results, so that window, "
                        "terminal and report say the same."
                    )


def _is_fraction(node: ast.expr) -> bool:
    """Whether it is a number with decimals that is written out: 0.2, -0.2, 1 / 5; not 0 and 1."""
    if isinstance(node, ast.UnaryOp):
        return _is_fraction(node.operand)
    if isinstance(node, ast.BinOp):
        sides = (node.left, node.right)
        numbers = all(isinstance(x, ast.Constant) or _is_fraction(x) for x in sides)
        return numbers and (isinstance(node.op, ast.Div) or any(map(_is_fraction, sides)))
    is_float = isinstance(node, ast.Constant) and isinstance(node.value, float)
    return is_float and node.value not in (0.0, 1.0)


def guard_of(name: str) -> str:
    """The test module of a core module, below ``tests``.

    >>> guard_of("core.slides.tiling")
    'core/slides/test_tiling.py'
    """
    *rooms, last = name.split(".")
    return "/".join([*rooms, f"test_{last}.py"])


def guards(house: House, elsewhere: Mapping[str, str]) -> dict[str, str | None]:
    """The test module that guards each core module that does something; None if there is none."""
    found: dict[str, str | None] = {}
    for name, module in house.modules.items():
        does = any(isinstance(node, (ast.FunctionDef, ast.ClassDef)) for node in module.tree.body)
        if does and module.below("core") and module.path.name != "__init__.py":
            usual = guard_of(name)
            if (house.root / "tests" / usual).is_file():
                found[name] = usual
            else:
                found[name] = elsewhere.get(name)
    return found


def each_core_module_has_a_test_of_its_name(
    house: House, elsewhere: Mapping[str, str]
) -> Iterator[str]:
    """``elsewhere``: modules that another test module guards; a list that may only shrink."""
    for name, guard in guards(house, elsewhere).items():
        if guard is None:
            yield (
                f"{name} has no test module. Write tests/{guard_of(name)}: sentences about what it "
                "does, without Qt."
            )
    for name, guard in elsewhere.items():
        if name not in house.modules:
            yield f"{name} is no module any more. Strike it from ELSEWHERE in tests/guards.py."
        elif (house.root / "tests" / guard_of(name)).is_file():
            yield f"{name} has a test module of its name. Strike it from ELSEWHERE."
        elif not (house.root / "tests" / guard).is_file():
            yield f"{guard} is gone, and it was to guard {name}: write tests/{guard_of(name)}."


def _under(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in prefixes)


Contract = Callable[[House], Iterator[str]]
CONTRACTS: tuple[Contract, ...] = (
    every_module_lies_in_a_room,
    imports_go_down_only,
    no_circle_of_files,
    imports_can_be_read,
    packages_hold_no_code,
    modules_mean_one_thing,
    what_a_part_works_without,
    what_importing_loads,
    a_part_knows_only_some_rooms,
    libraries_stay_where_they_belong,
    only_the_program_imports_the_window,
    few_make_threads,
    garbage_is_collected_in_one_place,
    nobody_asks_a_widget_for_its_screen,
    nobody_asks_a_layout_for_its_places,
    endings_stand_once,
    kinds_of_neighbors_stand_once,
    parts_of_the_work_are_no_sentences,
    durations_are_said_in_one_place,
    message_keys_stand_once,
    limits_stand_once,
    who_shows_judges_nothing,
)
