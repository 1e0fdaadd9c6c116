"""The set-up from an offline bundle, short of the unpacking of a whole one."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
INSTALLER = ROOT / "installer"
SYSTEMS = ("linux", "windows", "macos")


@pytest.fixture
def offline(monkeypatch):
    """What ``bootstrap.py --offline`` does, on a Linux computer."""
    monkeypatch.syspath_prepend(str(INSTALLER))
    import offline

    monkeypatch.setattr(offline.platform, "system", lambda: "Linux")
    monkeypatch.setattr(offline.platform, "machine", lambda: "x86_64")
    return offline


@pytest.fixture
def bootstrap(offline, tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("bootstrap", INSTALLER / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)  # a benchmark has the same name
    monkeypatch.setitem(sys.modules, "bootstrap", module)  # where it looks for itself
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", str(tmp_path / "set-up" / ".venv"))
    return module


@pytest.fixture
def bundling(offline):
    import bundle

    return bundle


@pytest.fixture
def bundle(bundling, tmp_path):
    """A whole bundle, but of one wheel that holds nothing."""
    folder = tmp_path / "bundle"
    (folder / "wheels").mkdir(parents=True)
    with zipfile.ZipFile(folder / "wheels" / "pathgui-0.1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("pathgui/__init__.py", "")
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    facts = {"pathgui": "0.1.0", "system": "linux", "machine": "x86_64", "pythons": [here],
             "cpu": True, "unpacked_bytes": 1000}  # fmt: skip
    (folder / "bundle.json").write_text(json.dumps(facts))
    (folder / "lock.txt").write_text("pathgui==0.1.0 --hash=sha256:0\n")
    bundling.write_sums(folder)
    return folder


def changed(bundle: Path, **facts: object) -> None:
    """Let the bundle say something else of itself."""
    path = bundle / "bundle.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **facts}))


def said(bootstrap, capsys, *words: object) -> str:
    """The one text that the command ends with, where it cannot do what is asked."""
    assert bootstrap.main([*map(str, words)]) == 2
    return " ".join(capsys.readouterr().err.split())


@pytest.fixture
def installed(bootstrap, monkeypatch):
    """Commands that would have run, and with which environment; the venv is an empty folder."""
    commands = []

    def call(command, env=None, **_):
        commands.append((command, env))
        return 0

    def make_venv():
        Path(bootstrap.venv_file("python")).parent.mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(bootstrap, "make_venv", make_venv)
    monkeypatch.setattr(bootstrap.subprocess, "call", call)
    return commands


def test_it_parses_on_pythons_long_out_of_date_and_imports_only_what_python_brings():
    tree = ast.parse((INSTALLER / "offline.py").read_text("utf-8"), feature_version=(3, 6))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    assert all(each.name in sys.stdlib_module_names for node in imports for each in node.names)


def test_parts_come_from_the_bundle_alone_each_by_its_hash(
    bootstrap, bundle, installed, monkeypatch
):
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "somewhere")
    assert bootstrap.main(["--offline", str(bundle), "demo", "--headless"]) == 0
    (pip, environment), (program, _) = installed
    assert {"--no-index", "--require-hashes", "--no-deps"} <= set(pip)
    assert pip[pip.index("--find-links") + 1] == str(bundle / "wheels")
    assert not any(name.startswith("PIP_") and name != "PIP_CONFIG_FILE" for name in environment)
    assert environment["PIP_CONFIG_FILE"] == os.devnull  # no settings of this computer either
    assert program[1:] == ["-m", "pathgui", "demo", "--headless"]


def test_a_set_up_in_place_is_left_alone_and_another_bundle_means_a_new_one(
    bootstrap, bundle, bundling, installed
):
    words = ["--offline", str(bundle), "install"]
    assert bootstrap.main(words) == bootstrap.main(words) == 0
    assert len(installed) == 1
    (bundle / "README.md").write_text("newer")
    bundling.write_sums(bundle)
    assert bootstrap.main(words) == 0
    assert len(installed) == 2


def test_a_bundle_sets_itself_up_and_another_folder_can_be_named(
    bootstrap, bundle, installed, tmp_path, monkeypatch
):
    monkeypatch.setattr(bootstrap, "ROOT", str(bundle))
    assert bootstrap.main(["--into", str(tmp_path / "mine"), "install"]) == 0
    assert (tmp_path / "mine" / ".venv" / "pathgui-offline.stamp").is_file()
    assert not (bundle / ".venv").exists()


def test_a_set_up_of_another_kind_is_forgotten(bootstrap, bundle, installed):
    venv = Path(bootstrap.VENV)
    venv.mkdir(parents=True)
    (venv / "pathgui-run.stamp").write_text("with internet")
    assert bootstrap.main(["--offline", str(bundle), "install"]) == 0
    assert [path.name for path in venv.glob("*.stamp")] == ["pathgui-offline.stamp"]


def test_a_missing_wheel_is_named_before_anything_is_made(bootstrap, bundle, capsys):
    next((bundle / "wheels").iterdir()).unlink()
    told = said(bootstrap, capsys, "--offline", bundle, "install")
    assert "not whole: 1 of 3 files is missing, the first is wheels/pathgui-0.1.0" in told
    assert not Path(bootstrap.VENV).exists()


def test_an_altered_file_is_named_before_anything_is_made(bootstrap, bundle, capsys):
    (bundle / "lock.txt").write_text("evil==1\n")
    told = said(bootstrap, capsys, "--offline", bundle, "install")
    assert "was altered: lock.txt is not what was packed. Copy it again" in told
    assert not Path(bootstrap.VENV).exists()


def test_the_wrong_system_is_said(bootstrap, bundle, capsys):
    changed(bundle, system="windows")
    told = said(bootstrap, capsys, "--offline", bundle, "install")
    assert told.startswith("This bundle is for Windows (x86_64), and this computer is Linux")


def test_the_wrong_python_is_said_with_what_it_may_supply(bootstrap, bundle, capsys, monkeypatch):
    changed(bundle, pythons=["3.9"])
    monkeypatch.setattr("shutil.which", lambda name: None)
    told = said(bootstrap, capsys, "--offline", bundle, "install")
    assert told.startswith("This bundle needs Python 3.9, and this is Python 3.")
    assert "--python and that folder" in told


def test_another_python_of_the_computer_goes_on(bootstrap, bundle, installed, monkeypatch):
    changed(bundle, pythons=["3.9"])
    monkeypatch.setattr("shutil.which", lambda name: name == "python3.9" and "/usr/bin/python3.9")
    with pytest.raises(SystemExit) as ended:
        bootstrap.main(["--offline", str(bundle), "demo"])
    assert ended.value.code == 0
    assert installed[-1][0] == ["/usr/bin/python3.9", bootstrap.__file__, "--offline", str(bundle),
                                "demo"]  # fmt: skip


def test_a_python_in_a_folder_goes_on_with_the_same_words(bootstrap, bundle, installed, tmp_path):
    program = tmp_path / "py" / ("python.exe" if os.name == "nt" else "bin/python3")
    program.parent.mkdir(parents=True)
    program.write_text("")
    words = ["--python", str(tmp_path / "py"), "--offline", str(bundle), "run", "--python"]
    assert bootstrap.main(words) == 0
    assert [*map(str, installed[-1][0])] == [
        str(program), bootstrap.__file__, "--offline", str(bundle), "run", "--python"
    ]  # fmt: skip


def test_a_folder_without_python_is_said(bootstrap, tmp_path, capsys):
    told = said(bootstrap, capsys, "--python", tmp_path, "install")
    assert f"there is no Python in {tmp_path}" in told


def test_too_little_space_is_said_before_anything_is_made(bootstrap, bundle, capsys):
    changed(bundle, unpacked_bytes=10**18)
    told = said(bootstrap, capsys, "--offline", bundle, "install")
    assert re.search(r"There are \S+ GB free in .+, and the set-up takes \d+", told)
    assert not Path(bootstrap.VENV).exists()


def test_a_folder_that_is_no_bundle_is_said(bootstrap, tmp_path, capsys):
    assert "has no file bundle.json" in said(bootstrap, capsys, "--offline", tmp_path, "demo")
    packed = tmp_path / "bundle.zip"
    packed.write_bytes(b"PK")
    assert "unpack it first" in said(bootstrap, capsys, "--offline", packed, "demo")
    assert "name of a folder" in said(bootstrap, capsys, "--offline")
    assert "--into goes with --offline" in said(bootstrap, capsys, "--into", tmp_path, "demo")


def test_what_a_bundle_does_not_hold_is_said(bootstrap, bundle, capsys):
    told = said(bootstrap, capsys, "--offline", bundle, "test")
    assert "holds what demo, run and install need" in told


def test_an_environment_of_another_python_is_not_filled(bootstrap, bundle, capsys):
    Path(bootstrap.VENV).mkdir(parents=True)
    Path(bootstrap.VENV, "pyvenv.cfg").write_text("home = /usr\nversion = 3.2.1\n")
    told = said(bootstrap, capsys, "--offline", bundle, "install")
    assert "was made by Python 3.2.1: delete that folder" in told


def test_a_failing_pip_and_a_full_disk_are_told_apart(
    bootstrap, offline, bundle, installed, capsys, monkeypatch
):
    monkeypatch.setattr(bootstrap.subprocess, "call", lambda *_, **__: 1)
    assert "pip could not unpack" in said(bootstrap, capsys, "--offline", bundle, "install")
    usage = shutil.disk_usage(bundle)._replace(free=0)
    monkeypatch.setattr(offline.shutil, "disk_usage", lambda _: usage)
    assert "The disk is full" in said(bootstrap, capsys, "--offline", bundle, "install")


def test_each_lock_holds_the_tested_versions_with_hashes_and_no_address(bundling):
    lines = (INSTALLER / "constraints.txt").read_text("utf-8").splitlines()
    tested = dict(line.lower().split("==") for line in lines if "==" in line)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {_plain(re.split(r"[<>=!;]", each)[0]) for each in project["dependencies"]}
    for system in SYSTEMS:
        parts = bundling.read_lock(system)
        assert wanted <= parts.keys(), f"{system}: python3 installer/bundle.py --locks"
        assert "lavlab-shell" in parts
        for name, entry in parts.items():
            version = re.findall(r"==([^\s;]+)", entry)[0]
            known = {_plain(each): number for each, number in tested.items()}
            assert known.get(name, version) == version, f"{system}: {name}"
            assert "--hash=sha256:" in entry
        text = (INSTALLER / "locks" / f"{system}.txt").read_text("utf-8")
        assert not re.search(r"https?:|file:|@ |^-|^#|/", text, re.MULTILINE), system


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def test_only_linux_has_cuda_to_leave_out(bundling):
    for system in SYSTEMS:
        cuda = [name for name in bundling.read_lock(system) if bundling.CUDA.match(name)]
        assert bool(cuda) == (system == "linux"), cuda


def test_the_list_of_sums_is_one_that_sha256sum_checks(bundle):
    lines = (bundle / "SHA256SUMS").read_text().splitlines()
    digest = hashlib.sha256((bundle / "lock.txt").read_bytes()).hexdigest()
    assert f"{digest}  lock.txt" in lines
    assert [line.split("  ")[1] for line in lines] == sorted(line.split("  ")[1] for line in lines)


def test_libraries_in_place_of_cuda_answer_that_there_is_no_device(bundling, tmp_path):
    if not (shutil.which("cc") and shutil.which("readelf") and sys.platform == "linux"):
        pytest.skip("needs a C compiler and readelf: sudo apt install gcc binutils")
    import without_cuda

    real = without_cuda.compiled("libcudart.so.13", {"libcudart.so.13": {"cudaCount"}}, tmp_path)
    (tmp_path / "libcudart.so.13").write_bytes(real)
    program = tmp_path / "libtorch.so"
    (tmp_path / "torch.c").write_text("long cudaCount(void); long ask(void){return cudaCount();}")
    command = ["cc", "-shared", "-fPIC", "-o", program, tmp_path / "torch.c",
               tmp_path / "libcudart.so.13", "-Wl,-rpath,$ORIGIN/torch/lib"]  # fmt: skip
    subprocess.run(command, check=True)
    asked = without_cuda.asked_for([program])
    assert asked == {"libcudart.so.13": {"libcudart.so.13": {"cudaCount"}}}
    made = without_cuda.compiled("libcudart.so.13", asked["libcudart.so.13"], tmp_path)
    wheel = without_cuda.pack({"torch/lib/libcudart.so.13": made}, tmp_path)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = f"import ctypes; print(ctypes.CDLL({str(program)!r}).ask())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "100", done.stderr
