"""The pages by task: their commands run, and their tables say what the program knows."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pathgui.cli.main import COMMANDS, EXIT_CANCELLED, EXIT_CRITERIA, EXIT_DONE, run
from pathgui.core.measurement.results import RobustnessIndex
from pathgui.core.phantom import qualifying, self_test
from pathgui.core.reference.roles import USUAL
from pathgui.core.results.findings import verdict
from pathgui.core.results.published import _table as all_published
from pathgui.core.runs.run_files import save_evaluation
from tests.core.classifier.heads import safetensors as write_head
from tests.core.runs.test_qualification import FOUND as QUALIFIED
from tests.material import make_reference
from tests.published import (
    write_metadata,
    write_pathorob,
    write_pictures,
    write_slide_vectors,
)
from tests.run_factory import make_evaluation

DOCS = Path(__file__).resolve().parents[1] / "docs"
TASKS = (
    "trust", "limits", "report-pages", "cohort", "reference-set", "public-sets", "many-slides",
    "slide-formats", "troubleshooting", "install", "first-minutes", "privacy", "time", "weights",
    "own-encoder", "intended-use", "repeat", "baseline", "not-measured", "compare", "exploring",
    "corrections", "what-if", "classifier", "many-machines", "for-it",
)  # fmt: skip
# The same parts, but their commands are run with what else stands on the page.
OTHER_TASKS = ("embeddings", "archives")
# Reference, and answers: their commands run, and nothing comes before or after.
ANSWERS = ("encoders", "settings", "help")
READERS = ("measures", "citing")
HALVED = ("corrections",)  # their commands halve slides, and need four of each center
QUOTING = (
    "troubleshooting", "slide-formats", "cohort", "reference-set", "public-sets", "limits",
    "many-slides", "many-machines", "install", "time", "weights", "embeddings", "archives",
    "for-it",
)  # fmt: skip
PUBLISHED = (
    ("PathoROB", "TCGA 2x2"), ("PathoROB", "Camelyon"), ("PathoROB", "Tolkach ESCA"),
    ("PathoROB", "mean of three"), ("croma", "TCGA 4x4"), ("croma", "Camelyon"),
    ("croma", "Tolkach ESCA"),
)  # fmt: skip


def page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def blocks(name: str, kind: str) -> list[str]:
    """Blocks of code of one kind on a page."""
    return re.findall(rf"^```{kind}\n(.*?)^```", page(name), re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(monkeypatch, tmp_path, slide_path):
    """A folder with all that the pages' file names stand for."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATHGUI_HOME", str(tmp_path / "home"))
    made = make_reference(tmp_path / "made")
    shutil.copytree(made.folder, "hospitals.pgref")
    rows = [f"{tile},{each}" for tile, each in zip(made.tiles, made.labels.tissue, strict=True)]
    Path("answers.csv").write_text("\n".join(["tile,predicted", *rows]), encoding="utf-8")
    write_head(Path("head.safetensors"), {"classes": "stroma,tumor"}, weight=np.eye(2, 6))
    shutil.copy(slide_path, "slide.svs")
    Path("limits.toml").write_text(blocks("limits", "toml")[0], encoding="utf-8")
    Path("slides").mkdir()
    shutil.copy(slide_path, "slides/a.svs")
    Path("slides.csv").write_text(blocks("cohort", "csv")[0], encoding="utf-8")
    Path("more.csv").write_text("slide,site\nnorth-1,North\n", encoding="utf-8")
    Path("scans").mkdir()
    for row in blocks("cohort", "csv")[0].splitlines()[1:]:
        shutil.copy(slide_path, Path("scans", row.partition(",")[0]))
    area = {"type": "Polygon", "coordinates": [[[300, 200], [1100, 200], [1100, 700], [300, 700]]]}
    kind = {"classification": {"name": "Tumor"}}
    feature = {"type": "Feature", "geometry": area, "properties": kind}
    Path("tumor.geojson").write_text(json.dumps(feature), encoding="utf-8")
    Path("manifest.csv").write_text(blocks("reference-set", "csv")[0], encoding="utf-8")
    slides = [row.split(",")[1] for row in blocks("reference-set", "csv")[0].splitlines()[1:]]
    kept = next(slide for slide in slides if slide != "N1")  # those of N1 are thrown out before
    Path("mended.csv").write_text(f"slide_id,patient_id\n{kept},another\n", encoding="utf-8")
    published = [
        {"subset": ("ID", "OOD")[n % 4 == 0], "slide_id": f"patient_{n // 10:03d}_node_0",
         "patch_id": str(n), "biological_class": ("tumor", "normal")[n // 5 % 2],
         "medical_center": ("RUMC", "UMCU")[n // 20 % 2]}
        for n in range(80)
    ]  # fmt: skip
    write_pathorob(Path("PathoROB-camelyon"), published)
    write_metadata(Path("camelyon.csv"), published)
    in_folders = [f"{tissue}/{center}/{center}{slide}_{tile}.png" for tissue in "tn"
                  for center in "AB" for slide in range(2) for tile in range(2)]  # fmt: skip
    write_pictures(Path("tiles-by-class"), in_folders)
    write_slide_vectors(Path("features"), Path("labels.csv"), 24)
    rng = np.random.default_rng(0)
    for name in re.findall(r"^tiles/\S+?\.png", blocks("reference-set", "csv")[0], re.MULTILINE):
        Path(name).parent.mkdir(exist_ok=True)
        Image.fromarray(rng.integers(90, 230, (64, 64, 3), np.uint8)).save(name)
    save_evaluation(make_evaluation(1), tmp_path / "slide.pgrun")
    Path("use.toml").write_text(blocks("intended-use", "toml")[0], encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", [*TASKS, *ANSWERS])
def test_the_commands_of_a_page_run(name, folder, monkeypatch):
    # A qualification takes half a minute; tests of its own show what it does.
    monkeypatch.setattr(qualifying, "qualified", lambda run, *_: replace(QUALIFIED, run_id=run.id))
    if name != "install":  # nor is the same self-test done for each page that names it
        monkeypatch.setattr(self_test, "self_test", lambda: iter([("Self-test", "passed", None)]))
    commands = [line for block in blocks(name, "sh") for line in block.splitlines()]
    assert commands
    if name in HALVED:
        shutil.rmtree("hospitals.pgref")
        shutil.copytree(make_reference(folder / "more", slides=4).folder, "hospitals.pgref")
    for line in commands:
        line, _, kept = line.partition(" > ")  # what is printed goes into that file
        words = shlex.split(line)
        assert words[0] == "pathgui"
        if words[1] == "evaluate":  # as fast as may be; what is shown is the same
            words += ["--sweep", "none", "--no-maps", "--device", "cpu"]
        if words[1] == "correct":
            words += ["--halvings", "1", "--k", "5", "--device", "cpu"]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed) if kept else contextlib.nullcontext():
            assert run(words[1:]) in (EXIT_DONE, EXIT_CRITERIA), line
        if kept:
            Path(kept).write_text(printed.getvalue(), encoding="utf-8")


def test_the_commands_of_the_readme_run(folder):
    shutil.rmtree("hospitals.pgref")
    shutil.rmtree("slide.pgrun")
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    fenced = re.findall("^```\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    lines = [line for block in fenced for line in block.splitlines()]
    commands = [line for line in lines if line.startswith("pathgui ")]
    assert len(commands) >= 3
    for line in commands:
        assert run(shlex.split(line)[1:]) == EXIT_DONE, line
    assert Path("slide.pgrun/report.pdf").is_file()


def test_the_page_on_commands_has_every_command():
    named = set(re.findall(r"`pathgui (\w+)", page("commands")))
    assert {name for name in COMMANDS if name not in named} == set()


def test_the_loop_over_slides_goes_on_resumes_and_ends_in_one_table(folder):
    if shutil.which("bash") is None:
        pytest.skip("the loop is one of bash, which is missing here")
    slide = Path("slides/a.svs")
    shutil.copy(slide, "slides/b.svs")
    Path("slides/broken.svs").write_bytes(b"II*\0")
    loop, tables = blocks("many-slides", "bash")
    word = f'pathgui() {{ {shlex.quote(sys.executable)} -m pathgui "$@"; }}\n'
    environment = {**os.environ, "PYTHONPATH": str(DOCS.parent)}

    def bash(text):
        subprocess.run(
            ["bash", "-euc", word + text], env=environment, check=True, capture_output=True
        )

    bash(loop)
    assert {path.name for path in Path("runs").glob("*.pgrun")} == {"a.pgrun", "b.pgrun"}
    assert Path("runs/failed.txt").read_text() == "slides/broken.svs\n"
    before = Path("runs/a.pgrun/run.json").stat().st_mtime_ns
    bash(loop + tables)
    assert Path("runs/a.pgrun/run.json").stat().st_mtime_ns == before
    (code,), (printed,) = blocks("many-slides", "python"), blocks("many-slides", "text")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "many-slides.md", "exec"), {})
    assert out.getvalue() == printed
    assert Path("all.csv").read_text(encoding="utf-8").count("\n") > 100


def test_ctrl_c_ends_the_loop_over_slides_and_calls_no_slide_failed(folder):
    if shutil.which("bash") is None:
        pytest.skip("the loop is one of bash, which is missing here")
    shutil.copy("slides/a.svs", "slides/b.svs")
    loop, _ = blocks("many-slides", "bash")
    word = f'pathgui() {{ echo "$2" >> tried.txt; return {EXIT_CANCELLED}; }}\n'
    subprocess.run(["bash", "-euc", word + loop], check=True)
    assert Path("tried.txt").read_text() == "slides/a.svs\n"
    assert Path("runs/failed.txt").read_text() == ""


def texts_of_the_program() -> list[str]:
    """All texts in the code; what is filled in is …, and columns have their usual words."""
    found = []
    installer = [DOCS.parent / "installer" / f"{name}.py" for name in ("bootstrap", "offline")]
    for path in [*(DOCS.parent / "pathgui").rglob("*.py"), *installer]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(usual_words(re.sub(r"%\.?\d*[sdf]", "…", node.value)))
            if isinstance(node, ast.JoinedStr):
                parts = [each.value if isinstance(each, ast.Constant) else "…"
                         for each in node.values]  # fmt: skip
                found.append("".join(map(str, parts)))
    bounds = [(0.6, 0.9), (0.1, 0.4), (0.4, 0.6)]  # above, below and around chance
    indices = [RobustnessIndex(0.5, low, high, 0.5, 1, 11, 100, "") for low, high in bounds]
    return found + [verdict(index) for index in indices]


def usual_words(text: str) -> str:
    """What ``RoleColumns.say`` makes of a text; any other text as it is."""
    return (
        USUAL.say(text)
        if re.fullmatch(r"([^{}]*\{(a_)?([Cc]enter|[Tt]issue)s?\})+[^{}]*", text)
        else text
    )


def explained(text: str) -> list[str]:
    """Messages in the first column of tables that say what to do about them."""
    return re.findall(r"^\| \*(.+?)\* \|", text, re.MULTILINE)


def unknown(messages: list[str], texts: list[str]) -> list[str]:
    """Those of the messages that no text of the program holds."""
    found = []
    for message in messages:
        pieces = [re.escape(piece) for piece in message.strip("… ").split("…")]
        wanted = re.compile(".*?".join(pieces), re.DOTALL)
        if not any(wanted.search(text) for text in texts):
            found.append(message)
    return found


def test_each_message_that_a_page_explains_is_one_of_the_program():
    texts = texts_of_the_program()
    for name in QUOTING:
        part = page(name).split("## What can go wrong")[1].split("## Every key")[0]
        messages = explained(part)
        assert messages
        assert unknown(messages, texts) == [], f"{name}.md"
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    assert len(explained(readme)) >= 5
    assert unknown(explained(readme), texts) == [], "README.md"
    assert unknown(["No program says this of … tiles."], texts)


@pytest.mark.parametrize("name", [*TASKS, *OTHER_TASKS])
def test_a_page_tells_who_it_is_for_and_what_comes_before_and_after(name):
    text = page(name)
    assert "\n**For** " in text
    titles = ["Before you start", "Steps", "What you see", "What can go wrong", "Next"]
    places = [text.find(f"\n## {title}\n") for title in titles]
    assert -1 not in places, titles[places.index(-1)]
    assert places == sorted(places)


PROSE = [
    DOCS.parent / "README.md",
    *(DOCS / f"{name}.md" for name in [*TASKS, *OTHER_TASKS, *ANSWERS, *READERS]),
]


@pytest.mark.parametrize("path", PROSE, ids=lambda path: path.stem)
def test_no_sentence_of_a_page_for_readers_has_more_than_25_words(path):
    text = path.read_text(encoding="utf-8").split("## Every key")[0]
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    lines = text.splitlines()
    prose = "\n".join("" if line.startswith(("|", "#", "!")) else line for line in lines)
    cells = [cell for line in lines if line.startswith("|") for cell in line.split("|")]
    for part in [*re.split(r"\n\s*\n", prose), *cells]:
        for sentence in re.split(r"(?<=[.!?:;])\s+", part):
            assert len(sentence.split()) <= 25, sentence


def test_the_page_on_limits_has_the_published_values():
    expected = []
    for name, entries in all_published().items():
        found = {(e.source.title, e.data): e.values["ri"] for e in entries if "ri" in e.values}
        assert set(found) <= set(PUBLISHED), "a set of tiles that the page has no column for"
        values = [f"{found[each]:.3f}" if each in found else "–" for each in PUBLISHED]
        expected += [f"| `{name}` | {' | '.join(values)} |"] if found else []
    rows = page("limits").split("## Published values")[1].splitlines()
    assert [row for row in rows if row.startswith("| `")] == expected


@pytest.mark.parametrize(("low", "high"), [(0.6, 0.8), (0.2, 0.4), (0.4, 0.6), (None, None)])
def test_the_page_on_trust_quotes_each_verdict(low, high):
    index = RobustnessIndex(
        value=0.5, low=low, high=high, null=0.5, support=1.0, k=5, n_anchors=9, definition=""
    )
    assert f"| *{verdict(index)}* |" in page("trust")
