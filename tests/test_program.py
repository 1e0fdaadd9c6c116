"""The program that needs no Python, short of making it (tests/services/test_linux_program.py)."""

from __future__ import annotations

import configparser
import importlib
import os
import plistlib
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

import pathgui
from pathgui.core.system import endings

ROOT = Path(__file__).resolve().parents[1]
INSTALLER = ROOT / "installer"
PROGRAM = INSTALLER / "program"
WORKFLOW = ROOT / ".github" / "workflows" / "program.yml"
linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux, whose shell it is")


@pytest.fixture
def tools(monkeypatch):
    """The modules of the installer, by name."""
    monkeypatch.syspath_prepend(str(INSTALLER))
    monkeypatch.syspath_prepend(str(PROGRAM))
    return importlib.import_module


# What goes in


def test_every_module_of_the_package_goes_in_also_those_that_are_named_in_strings(tools):
    root = Path(pathgui.__file__).parent
    files = {path.relative_to(root.parent) for path in root.rglob("*.py")}
    names = {".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in files}
    listed = set(tools("parts").modules(["pathgui"]))
    assert names == listed
    assert set(pathgui._HOMES.values()) <= listed


def test_every_file_that_is_read_goes_in_where_it_was(tools, tmp_path):
    package = tmp_path / "pathgui"
    for name in ("a.py", "py.typed", "_resources/icons/b.svg", "_resources/docs/c.md",
                 "__pycache__/a.pyc"):  # fmt: skip
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("")
    entries = tools("parts").data(package)
    found = {Path(place, Path(file).name).as_posix() for file, place in entries}
    assert found == {
        "pathgui/py.typed", "pathgui/_resources/icons/b.svg", "pathgui/_resources/docs/c.md"
    }  # fmt: skip


def test_weights_and_fonts_go_in_with_the_list_by_which_they_are_found(tools):
    parts = tools("parts")
    for name in parts.READ:
        files = [Path(file) for file, _ in parts.whole(name)]
        if files:  # SHELL is for Python 3.11 and 3.12 alone
            assert any(file.suffix in (".pth", ".onnx", ".ttc", ".otf", ".otc") for file in files)
    folders = {Path(folder).name for folder, _ in parts.metadata()}
    assert any(name.startswith("efficientnet_lite0") for name in folders)
    assert not any(name.startswith(("pip-", "pyinstaller-")) for name in folders)


def test_a_compiled_module_that_only_compiled_modules_import_goes_in(tools):
    names = tools("parts").compiled("openTSNE")
    assert {"openTSNE", "openTSNE.kl_divergence", "openTSNE._matrix_mul.matrix_mul"} <= set(names)


def test_libraries_that_are_loaded_by_their_path_go_in(tools):
    parts = tools("parts")
    files = [Path(file).name for file, _ in parts.libraries("openslide-bin")]
    assert any("openslide" in name for name in files)
    assert not any(name.endswith(".py") for name in files)


def test_what_the_program_is_told_of_is_in_the_locks_and_nothing_in_them_is_changed(tools):
    bundle, parts = tools("bundle"), tools("parts")
    text = (INSTALLER / "locks" / "program-tools.txt").read_text("utf-8")
    used = dict(re.findall(r"(?m)^([\w.-]+)==([^\s;]+)", text))
    assert "pyinstaller" in used
    for system in bundle.SYSTEMS:
        lock = bundle.read_lock(system)
        assert set(parts.READ) <= lock.keys()
        for name, number in used.items():  # installed over the bundle's parts
            assert name not in lock or f"=={number} " in lock[name], f"{system}: {name}"
    for name in parts.BY_NAME:
        assert find_spec(name.partition(".")[0]), f"{name} is no package"


def test_archives_are_read_by_what_nothing_can_be_added_to(tools):
    lock = tools("bundle").read_lock("linux")
    assert {"wsidicom", "dicomweb-client", "keyring"} <= lock.keys()


# What the desktop is told


def test_each_file_type_of_pathgui_is_declared(tools):
    declared = {f".{each.ending}" for each in tools("file_types").TYPES}
    known = {value for name, value in vars(endings).items() if name.endswith("_ENDING")}
    assert declared <= known
    assert {".pgrun", ".pgref", ".pgcohort", ".pgslide"} == declared


def test_the_entry_of_the_menu_opens_what_the_mime_types_name(tools, tmp_path):
    types = tools("file_types")
    text = types.desktop_entry("/opt/pathgui/pathgui")
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str
    entry.read_string(text)
    values = entry["Desktop Entry"]
    assert values["Exec"] == '"/opt/pathgui/pathgui" %F'
    assert (ROOT / "resources" / "icons" / f"{values['Icon']}.svg").is_file()
    space = "{http://www.freedesktop.org/standards/shared-mime-info}"
    tree = ElementTree.fromstring(types.mime_types().encode())
    globs = {
        each.get("type"): each.find(f"{space}glob").get("pattern")
        for each in tree.iter(f"{space}mime-type")
    }
    assert set(values["MimeType"].strip(";").split(";")) == {*globs, types.FOLDERS}
    assert set(globs.values()) == {f"*.{each.ending}" for each in types.TYPES}
    if shutil.which("desktop-file-validate"):
        (tmp_path / "pathgui.desktop").write_text(text)
        command = ["desktop-file-validate", str(tmp_path / "pathgui.desktop")]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.stdout + done.stderr == ""


def test_macos_takes_a_run_for_one_thing_and_leaves_a_cohort_a_folder(tools):
    plist = plistlib.loads(plistlib.dumps(tools("file_types").info_plist()))
    types = {
        each["CFBundleTypeExtensions"][0]: each["LSTypeIsPackage"]
        for each in plist["CFBundleDocumentTypes"]
        if "CFBundleTypeExtensions" in each
    }
    assert types == {"pgrun": True, "pgref": True, "pgcohort": False, "pgslide": False}


def test_makensis_is_handed_every_word_that_the_set_up_of_windows_asks_for(tools, tmp_path):
    windows = tools("windows_program")
    text = windows.DESCRIPTION.read_text("utf-8")
    asked = set(re.findall(r"\$\{([A-Z0-9_]+)\}", text))
    own = set(re.findall(r"!define (\w+)", text)) | {"TEXT"}
    handed = set(re.findall(r'"([A-Z0-9_]+)":', Path(windows.__file__).read_text("utf-8")))
    assert asked - own == handed
    assert "RequestExecutionLevel user" in text
    assert "HKLM" not in text  # nothing of all users is written


def test_the_set_up_of_windows_compiles(qapp, tools, tmp_path):
    if not shutil.which("makensis"):
        pytest.skip("needs makensis: sudo apt install nsis")
    windows = tools("windows_program")
    made = tmp_path / "made"
    (made / "_internal").mkdir(parents=True)
    (made / "pathgui.exe").write_text("")
    tools("icons").draw(made / "_internal", ROOT / "resources" / "icons" / "pathgui.svg")
    archive, set_up = windows.make(made, tmp_path)
    assert archive.suffix == ".zip"
    assert set_up.read_bytes().startswith(b"MZ")


def test_an_icon_for_windows_and_macos_is_drawn_of_the_one_picture(qapp, tools, tmp_path):
    from PIL import Image

    ico, icns = tools("icons").draw(tmp_path, ROOT / "resources" / "icons" / "pathgui.svg")
    for path in (ico, icns):
        with Image.open(path) as picture:
            assert picture.width == picture.height >= 256
            assert picture.convert("RGBA").getextrema()[3] == (0, 255)


# The scripts of Linux


@pytest.fixture
def unpacked(tools, tmp_path):
    """What a .run file unpacks, with a program that does nothing, beside an empty home."""
    folder = tmp_path / "unpacked"
    (folder / "program" / "_internal").mkdir(parents=True)
    program = folder / "program" / "pathgui"
    program.write_text("#!/bin/sh\necho started\n")
    program.chmod(0o755)
    for name in ("install.sh", "uninstall.sh"):
        shutil.copy(PROGRAM / "linux" / name, folder / name)
    types = tools("file_types")
    (folder / "share").mkdir()
    (folder / "share" / "pathgui.desktop").write_text(types.desktop_entry("@PROGRAM@"))
    (folder / "share" / "pathgui.xml").write_text(types.mime_types())
    (folder / "share" / "pathgui.svg").write_text("<svg/>")
    (folder / "needs-glibc").write_text("2.17\n")
    (tmp_path / "home").mkdir()
    return folder


def sh(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """Run a script with the home beside ``folder``."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder.parent / "home")}
    command = ["sh", *map(str, words)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def files(folder: Path) -> set[str]:
    """What lies in a home, but for what the desktop's own tools made of it."""
    there = (path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())
    names = {path.relative_to(folder).as_posix() for path in there}
    return {name for name in names if "pathgui" in name.rsplit("/", 1)[-1] or "lib/" in name}


@linux
def test_the_run_file_asks_nothing_and_writes_into_the_users_own_folders(unpacked):
    home = unpacked.parent / "home"
    done = sh(unpacked, "install.sh")
    assert done.returncode == 0, done.stderr
    assert files(home) == {
        ".local/bin/pathgui", ".local/lib/pathgui/pathgui", ".local/lib/pathgui/uninstall",
        ".local/share/applications/pathgui.desktop", ".local/share/mime/packages/pathgui.xml",
        ".local/share/icons/hicolor/scalable/apps/pathgui.svg",
        *({f".local/share/mime/application/x-pathgui-{kind}.xml"
           for kind in ("run", "reference", "cohort", "slide")}
          if shutil.which("update-mime-database") else ()),
    }  # fmt: skip
    entry = (home / ".local/share/applications/pathgui.desktop").read_text()
    assert f'Exec="{home}/.local/lib/pathgui/pathgui" %F' in entry
    assert sh(unpacked, "-c", f"{home}/.local/bin/pathgui").stdout == "started\n"


@linux
def test_uninstall_takes_all_of_it_and_nothing_else(unpacked):
    home = unpacked.parent / "home"
    (home / ".config" / "pathgui").mkdir(parents=True)
    (home / ".config" / "pathgui" / "settings.json").write_text("{}")
    assert sh(unpacked, "install.sh").returncode == 0
    done = sh(unpacked, home / ".local/lib/pathgui/uninstall")
    assert done.returncode == 0, done.stderr
    assert files(home) == set()
    assert (home / ".config/pathgui/settings.json").is_file()
    assert sh(unpacked, "uninstall.sh").returncode == 2  # not the folder of the program


@linux
def test_a_newer_version_takes_the_place_of_an_earlier_one(unpacked):
    home = unpacked.parent / "home"
    shutil.copytree(unpacked / "program", unpacked / "kept")
    assert sh(unpacked, "install.sh").returncode == 0
    (home / ".local/lib/pathgui/_internal/gone").write_text("")
    (unpacked / "kept").rename(unpacked / "program")
    assert sh(unpacked, "install.sh").returncode == 0
    assert not (home / ".local/lib/pathgui/_internal/gone").exists()
    assert not (home / ".local/lib/pathgui.new").exists()


@linux
def test_what_is_not_pathgui_is_not_overwritten(unpacked):
    home = unpacked.parent / "home"
    (home / "mine" / "pathgui").mkdir(parents=True)
    done = sh(unpacked, "install.sh", "--into", home / "mine")
    assert done.returncode == 2
    assert "is there already and is not pathgui" in done.stderr
    (home / ".local" / "bin").mkdir(parents=True)
    (home / ".local" / "bin" / "pathgui").write_text("another")
    done = sh(unpacked, "install.sh", "--into", home / "elsewhere")
    assert done.returncode == 0
    assert "is another program and stays" in done.stdout
    assert (home / ".local" / "bin" / "pathgui").read_text() == "another"


@linux
def test_a_computer_that_cannot_run_it_is_told_so_before_anything_is_written(unpacked):
    (unpacked / "needs-glibc").write_text("9.1\n")
    done = sh(unpacked, "install.sh")
    assert (done.returncode, files(unpacked.parent / "home")) == (2, set())
    assert "needs glibc 9.1 or newer, and this computer has 2." in done.stderr


@linux
@pytest.mark.parametrize("words", [["--help"], ["--into"], ["--into", "a", "b"]])
def test_words_that_the_set_up_does_not_know_are_refused(unpacked, words):
    done = sh(unpacked, "install.sh", *words)
    assert done.returncode == 2
    assert "It knows --into DIR" in done.stderr


def test_the_c_library_that_the_program_needs_is_read_from_its_files(tools, tmp_path):
    if not (shutil.which("cc") and shutil.which("readelf") and sys.platform == "linux"):
        pytest.skip("needs a C compiler and readelf: sudo apt install gcc binutils")
    source = tmp_path / "a.c"
    source.write_text("unsigned long strlen(const char *); long ask(void){ return strlen(0); }")
    command = ["cc", "-shared", "-fPIC", "-fno-builtin", "-o", tmp_path / "a.so", source]
    subprocess.run(command, check=True)
    (tmp_path / "text").write_text("no library")
    needed = tools("linux_program").needed_glibc
    assert needed(tmp_path) == "2.17"  # that of the loader of PyInstaller
    source.write_text("int getentropy(void *, long); int ask(void){ return getentropy(0, 0); }")
    subprocess.run(command, check=True)
    assert needed(tmp_path) == "2.25"  # which had it first


# Making and releasing


def test_what_is_no_program_is_not_packed(tools, tmp_path, capsys):
    make = tools("build_program")
    assert make.main(["--folder", str(tmp_path), "--out", str(tmp_path)]) == 2
    assert "holds no program" in capsys.readouterr().err
    assert make.main(["--bundle", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "is no bundle of pathgui" in capsys.readouterr().err


@linux
def test_a_program_whose_self_test_fails_is_not_packed(tools, unpacked, tmp_path, capsys):
    program = unpacked / "program" / "pathgui"
    program.write_text("#!/bin/sh\necho the encoder is BAD; exit 2\n")
    words = ["--folder", str(unpacked / "program"), "--out", str(tmp_path / "out")]
    assert tools("build_program").main(words) == 2
    assert "the encoder is BAD" in capsys.readouterr().err
    assert list((tmp_path / "out").iterdir()) == []


def test_the_workflow_runs_scripts_that_are_there_with_words_that_they_know(tools):
    jobs = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]
    runs = [step.get("run", "") for job in jobs.values() for step in job["steps"]]
    called = [line for run in runs for line in run.splitlines() if "installer/" in line]
    assert len(called) == 3
    for line in called:
        script = ROOT / re.findall(r"installer/\w+\.py", line)[0]
        text = script.read_text("utf-8")
        assert all(f'"{word}"' in text for word in re.findall(r"--\w+", line.split("}}")[-1])), line
    systems = {each["system"] for each in jobs["make"]["strategy"]["matrix"]["include"]}
    assert systems == set(tools("bundle").SYSTEMS)


@pytest.fixture
def release(tools, tmp_path):
    """Files of a version, a key, and a file that says whose key it is."""
    if not shutil.which("ssh-keygen"):
        pytest.skip("needs ssh-keygen: sudo apt install openssh-client")
    folder = tmp_path / "version"
    folder.mkdir()
    (folder / "a.run").write_text("a")
    (folder / "b.deb").write_text("b")
    for name in ("key", "other"):
        words = ["-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)]
        subprocess.run(["ssh-keygen", *words], check=True)
        public = (tmp_path / f"{name}.pub").read_text().split()[:2]
        (tmp_path / f"{name}.signers").write_text(" ".join(["pathgui", *public]) + "\n")
    return tools("release")


def test_a_signed_list_vouches_for_its_files_and_for_no_others(release, tmp_path, capsys):
    folder, key = str(tmp_path / "version"), str(tmp_path / "key")
    signers = f"{key}.signers"
    assert release.main(["list", folder]) == 0
    assert release.main(["sign", folder, "--key", key]) == 0
    assert release.main(["verify", folder, "--signers", signers]) == 0
    assert "each of the 2 files" in capsys.readouterr().out
    page = (ROOT / "docs" / "releasing.md").read_text("utf-8")  # which needs no checkout
    command = re.findall(r"(?m)^ssh-keygen -Y verify .*", page)[0]
    told = sh(tmp_path / "version", "-c", command.replace("release-signers", signers)).stdout
    assert told.startswith('Good "pathgui-release" signature for pathgui')
    assert release.main(["verify", folder, "--signers", f"{tmp_path}/other.signers"]) == 2
    assert "was not signed by pathgui" in capsys.readouterr().err
    (tmp_path / "version" / "b.deb").unlink()  # who takes one file has no other
    assert release.main(["verify", folder, "--signers", signers]) == 0
    (tmp_path / "version" / "a.run").write_text("altered")
    assert release.main(["verify", folder, "--signers", signers]) == 2
    assert "a.run is not what was listed" in capsys.readouterr().err
    (tmp_path / "version" / "c.exe").write_text("c")
    assert release.main(["verify", folder, "--signers", signers]) == 2
    assert "nobody vouches" in capsys.readouterr().err


def test_an_altered_list_is_refused(release, tmp_path, capsys):
    folder, key = tmp_path / "version", str(tmp_path / "key")
    release.main(["list", str(folder)])
    release.main(["sign", str(folder), "--key", key])
    (folder / "a.run").write_text("altered")
    signature = (folder / "SHA256SUMS.sig").read_bytes()
    release.main(["list", str(folder)])
    (folder / "SHA256SUMS.sig").write_bytes(signature)
    assert release.main(["verify", str(folder), "--signers", f"{key}.signers"]) == 2
    assert "do not use these files" in capsys.readouterr().err
