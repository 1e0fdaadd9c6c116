"""However the program ends, its exit code says how the work went, and words say what was wrong."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys

import pytest

from pathgui.cli.main import COMMANDS, EXIT_CRITERIA, EXIT_DONE, EXIT_INPUT, run
from tests.drills.exits import missing_slide
from tests.material import make_reference

posix = pytest.mark.skipif(os.name == "nt", reason="displays, pipes and signals of POSIX")


def pathgui(*words: str, **environment: str | None) -> subprocess.CompletedProcess[bytes]:
    """The program in a process of its own; a variable that is None is not set."""
    env = {**os.environ, **environment}
    return subprocess.run(
        [sys.executable, "-m", "pathgui", *words],
        capture_output=True,
        check=False,
        env={name: value for name, value in env.items() if value is not None},
        timeout=120,
    )


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("evalute", "pathgui evaluate x.svs"),
        ("Demo", "pathgui demo x.svs"),
        ("compar", "pathgui compare x.svs"),
        ("refrence", "pathgui reference x.svs"),
        ("nowhere/slide.svs", ", ".join(COMMANDS)),
        ("é" * 300, "neither a command nor a file"),  # longer than a name may be
    ],
)
def test_a_first_word_that_is_nothing_is_answered_with_what_may_be_meant(word, answer, capsys):
    assert run([word, "x.svs"]) == EXIT_INPUT
    assert answer in capsys.readouterr().err.replace("\n", " ")


@posix
@pytest.mark.parametrize("words", [(), ("demo",)])
def test_a_display_that_does_not_answer_is_named_and_the_terminal_offered(words):
    ended = pathgui(*words, DISPLAY=":4711", WAYLAND_DISPLAY=None, QT_QPA_PLATFORM=None)
    assert ended.returncode == EXIT_INPUT
    assert b":4711 (DISPLAY) does not answer" in ended.stderr
    assert b"--headless" in ended.stderr


@posix
def test_a_wayland_socket_that_nobody_serves_is_named(tmp_path):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "wayland-7"))
    environment = {"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": str(tmp_path)}
    ended = pathgui(DISPLAY=None, QT_QPA_PLATFORM=None, **environment)
    assert ended.returncode == EXIT_INPUT
    assert b"wayland-7 (WAYLAND_DISPLAY) does not answer" in ended.stderr
    assert b"--headless" in ended.stderr


@posix
def test_where_qt_itself_finds_no_window_system_it_says_why_before_it_ends():
    ended = pathgui(QT_QPA_PLATFORM="nosuchsystem")
    assert ended.returncode == EXIT_INPUT
    assert b"Qt cannot open a window" in ended.stderr
    assert b"--headless" in ended.stderr


@pytest.fixture
def odd_reference(tmp_path):
    """A reference set whose name no ASCII stream can take."""
    return make_reference(tmp_path / "Präparate ≤ 3 μm").folder


@pytest.mark.parametrize("encoding", ["ascii:strict", "cp1252:strict", "latin-1:strict"])
def test_a_stream_that_cannot_encode_a_character_changes_no_exit_code(odd_reference, encoding):
    shown = pathgui("reference", "show", str(odd_reference), PYTHONIOENCODING=encoding)
    assert shown.returncode == EXIT_DONE, shown.stderr
    missing = pathgui("runs", "Ünterlagen ≤", PYTHONIOENCODING=encoding)
    assert missing.returncode == EXIT_INPUT, missing.stderr


def test_json_for_a_stream_without_unicode_is_still_json(odd_reference, tmp_path):
    out = tmp_path / "ä≤.pgrun"
    words = ["evaluate", "--reference", str(odd_reference), "--encoder", "color-statistics"]
    words += ["--out", str(out), "--sweep", "none", "--no-maps", "--device", "cpu", "--json"]
    ended = pathgui(*words, PYTHONIOENCODING="ascii:strict")
    assert ended.returncode == EXIT_DONE, ended.stderr
    assert json.loads(ended.stdout) == json.loads((out / "run.json").read_text(encoding="utf-8"))


@posix
@pytest.mark.parametrize("streams", ["1", "2", "both"])
def test_a_reader_that_goes_away_changes_no_exit_code(tmp_path, streams):
    reference = make_reference(tmp_path / "set").folder
    (tmp_path / "hard.toml").write_text(
        "[[criterion]]\nmetric = 'tissue_knn'\nabove = 1.0\nreason = 'cannot be met'\n"
    )
    read, write = os.pipe()
    os.close(read)
    words = ["evaluate", "--reference", str(reference), "--encoder", "color-statistics"]
    words += ["--out", str(tmp_path / "a.pgrun"), "--sweep", "none", "--no-maps"]
    words += ["--device", "cpu", "--criteria", str(tmp_path / "hard.toml")]
    quiet = subprocess.DEVNULL
    ended = subprocess.run(
        [sys.executable, "-m", "pathgui", *words],
        stdout=write if streams in ("1", "both") else quiet,
        stderr=write if streams in ("2", "both") else quiet,
        check=False,
    )
    os.close(write)
    assert ended.returncode == EXIT_CRITERIA
    assert (tmp_path / "a.pgrun" / "run.json").exists()


@posix
def test_closed_streams_change_no_exit_code():
    for closed, code in ((">&-", EXIT_DONE), ("2>&-", EXIT_DONE), (">&- 2>&-", EXIT_DONE)):
        command = f"'{sys.executable}' -m pathgui cache show {closed}"
        assert subprocess.run(command, shell=True, check=False).returncode == code


def test_a_wrong_file_name_is_exit_2_every_time(tmp_path):
    reference = make_reference(tmp_path / "set").folder
    assert missing_slide(reference, tmp_path, rounds=3) == {EXIT_INPUT: 3}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the device that is always full")
@pytest.mark.parametrize("words", [("doctor", "--help"), ("encoders", "--json")])
def test_a_full_disk_under_the_output_is_said_and_no_bug(words):
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "pathgui", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=120,
        )
    assert ended.returncode == EXIT_INPUT
    assert b"Something went wrong" not in ended.stderr
