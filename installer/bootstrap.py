"""Sets pathgui up beside itself and starts it. Needs nothing but Python.

    python3 installer/bootstrap.py demo [OPTIONS]    install, then ``pathgui demo OPTIONS``
    python3 installer/bootstrap.py run [ARGUMENTS]   install, then ``pathgui ARGUMENTS``
    python3 installer/bootstrap.py test [ARGUMENTS]  install, then ruff, mypy, pytest ARGUMENTS
    python3 installer/bootstrap.py test --fast       under a minute: without the window, without
                                                     the tests in tests/slow.txt
    python3 installer/bootstrap.py test --services   the tests that need a system package or service
    python3 installer/bootstrap.py test --coverage   all, and how much of each room they run
    python3 installer/bootstrap.py docs [FOLDER]     the documentation as a site in FOLDER (site)
    python3 installer/bootstrap.py install           install only

    python3 installer/bootstrap.py --offline BUNDLE demo | run | install
                                                     without any network, from the folder BUNDLE
                                                     that installer/bundle.py made
    ... --into DIR                                   into DIR instead of this folder
    ... --python DIR                                 with the Python in the folder DIR

Everything goes into ``.venv`` in this folder; remove that folder to undo it.
"""

# Must run, far enough to say what is wrong, on any Python 3 that a machine may call python3:
# so no syntax here that Python 3.6 does not know.

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # where offline.py lies

import offline

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
CONSTRAINTS = os.path.join(ROOT, "installer", "constraints.txt")
WITHOUT_DEPENDENCIES = os.path.join(ROOT, "installer", "without-dependencies.txt")
PYPROJECT = os.path.join(ROOT, "pyproject.toml")
OLDEST = (3, 11)
NEEDED_GB = {"run": 8, "test": 9, "docs": 8, "services": 10}
# What is installed beyond the program, by command. The tests look at the documentation, too, and
# those of services at clusters.
EXTRAS = {"test": "[test,docs]", "docs": "[docs]", "services": "[test,docs,cluster]"}
# How many words the commands take that hand none on to another program. Those of "demo" and "run"
# go to pathgui, those of "test" to pytest, "--help" included.
OWN_WORDS = {"docs": 1, "install": 0}

# Parts of the tests that can be asked for, and what pytest is told.
PARTS = {
    "--fast": [
        "-q",
        "--fast",
        "tests/core",
        "tests/test_architecture.py",
        "tests/test_contracts.py",
    ],
    "--services": ["--services", "-rs", "tests"],
    "--coverage": ["--cov", "--cov-report="],
}

# What Qt links against, and the Debian package of each.
QT_LIBRARIES = [
    ("libEGL.so.1", "libegl1"),
    ("libGL.so.1", "libgl1"),
    ("libxkbcommon.so.0", "libxkbcommon0"),
    ("libfontconfig.so.1", "libfontconfig1"),
    ("libdbus-1.so.3", "libdbus-1-3"),
]
QT_WINDOW_LIBRARIES = [
    ("libxcb-cursor.so.0", "libxcb-cursor0"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    ("libxcb-icccm.so.4", "libxcb-icccm4"),
    ("libxcb-keysyms.so.1", "libxcb-keysyms1"),
]

# What the tests of "--services" start, and the Debian package of each.
SERVICE_PROGRAMS = [
    ("xvfb-run", "xvfb"),
    ("chromium", "chromium"),
    ("Orthanc", "orthanc"),
    ("/usr/share/orthanc/plugins/libOrthancDicomWeb.so", "orthanc-dicomweb"),
    ("slurmctld", "slurm-wlm"),
    ("munged", "munge"),
    ("xdotool", "xdotool"),
    ("import", "imagemagick"),
    ("debootstrap", "debootstrap"),
    ("makeself", "makeself"),
    ("makensis", "nsis"),
    ("cc", "gcc"),
    ("readelf", "binutils"),
]


Stop = offline.Stop


def main(words):
    """Do what ``words`` say; the exit code."""
    try:
        given, arguments = offline.own_options(words)
        if given["--python"]:
            return go_on_with([offline.find_python(given.pop("--python"))], given, arguments)
        bundle = given["--offline"] or offline.around(ROOT)
        if given["--into"] and not bundle:
            raise Stop("--into goes with --offline BUNDLE.")
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 2
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if arguments else 2
    command, rest = arguments[0], arguments[1:]
    if command not in ("demo", "run", "test", "docs", "install"):
        print(
            "'%s' is none of demo, run, test, docs, install.\n%s" % (command, __doc__),
            file=sys.stderr,
        )
        return 2
    if command in OWN_WORDS:
        if any(word in ("-h", "--help") for word in rest):
            print(__doc__)
            return 0
        wrong = wrong_words(command, rest)
        if wrong:
            print("%s\n%s" % (wrong, __doc__), file=sys.stderr)
            return 2
    try:
        if bundle:
            set_up_offline(command, bundle, given, arguments)
        else:
            change_python(arguments)
            kind = "services" if [command] + rest[:1] == ["test", "--services"] else command
            install(kind if kind in EXTRAS else "run")
        if command == "demo":
            warn_of_missing_libraries(rest)
            return call_pathgui(["demo"] + rest)
        if command == "run":
            return call_pathgui(rest)
        if command == "test":
            return test(rest)
        if command == "docs":
            return docs(rest)
    except Stop as stop:
        print("\n%s" % stop, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again to go on.", file=sys.stderr)
        return 130
    return 0


def wrong_words(command, words):
    """What is wrong with the words behind a command that takes no options; "" if nothing is."""
    options = [word for word in words if word.startswith("-")]
    if options:
        return "%s does not know the option %s." % (command, options[0])
    if len(words) > OWN_WORDS[command]:
        return "%s does not know what to do with '%s'." % (command, words[OWN_WORDS[command]])
    return ""


def change_python(arguments):
    """Go on under a Python that is new enough, if this one is not."""
    if sys.version_info[:2] >= OLDEST:
        return
    names = ["python3.%d" % minor for minor in (12, 11, 13, 14)]
    for name in names:
        path = shutil.which(name)
        if path:
            print("This is Python %d.%d; going on with %s." % (sys.version_info[:2] + (path,)))
            sys.exit(subprocess.call([path, os.path.abspath(__file__)] + arguments))
    raise Stop(
        "pathgui needs Python 3.11 or newer, and this is Python %d.%d.\n"
        "Get it with one of:\n"
        "    Debian, Ubuntu:  sudo apt install python3.11 python3.11-venv\n"
        "    Fedora:          sudo dnf install python3.11\n"
        "    macOS, Windows:  the installer from python.org\n"
        "and start this command again." % sys.version_info[:2]
    )


def go_on_with(python, given, arguments):
    """The same command under another Python."""
    options = [word for pair in given.items() if pair[1] for word in pair]
    return subprocess.call(python + [os.path.abspath(__file__)] + options + arguments)


def set_up_offline(command, bundle, given, arguments):
    """Fill ``.venv`` from a bundle, unless it is in place."""
    global VENV
    if command not in offline.COMMANDS:
        raise Stop("A bundle holds what demo, run and install need; '%s' needs more." % command)
    facts = offline.read_facts(bundle)
    offline.check_system(facts)
    python = offline.other_python(facts)
    if python:
        sys.exit(go_on_with(python, given, arguments))
    if given["--into"]:
        VENV = os.path.join(given["--into"], ".venv")
    offline.install(bundle, facts, VENV, sys.modules[__name__])


def install(kind):
    """Make ``.venv`` and fill it, unless it is in place."""
    stamp = os.path.join(VENV, "pathgui-%s.stamp" % kind)
    wanted = fingerprint(kind)
    fuller = [] if kind == "services" else ["services"] if kind == "test" else ["test", "services"]
    stamps = [os.path.join(VENV, "pathgui-%s.stamp" % each) for each in [kind] + fuller]
    if wanted in [read(each) for each in stamps]:
        return
    started = time.time()
    check_disk(kind)
    if not os.path.exists(venv_file("python")):
        say("1/3  Making .venv")
        make_venv()
    extra = EXTRAS.get(kind, "")
    say("2/3  Installing pathgui and what it needs (several GB with torch; minutes)")
    # The constraints hold for what builds the package too, so that a set-up repeats exactly.
    environment = dict(os.environ, PIP_CONSTRAINT=CONSTRAINTS, PIP_DISABLE_PIP_VERSION_CHECK="1")
    offline.forget_stamps(VENV)
    words = ["install", "--constraint", CONSTRAINTS]
    if kind in ("test", "services"):  # which use a part of what they install: it compiles itself
        words += ["--no-compile"]
    pip(words + ["--editable", ROOT + extra], environment)
    say("3/3  Installing the encoders that come without their dependencies")
    pip(["install", "--no-deps", "--requirement", WITHOUT_DEPENDENCIES], environment)
    with open(stamp, "w") as file:
        file.write(wanted)
    say("Ready after %d s." % (time.time() - started))


def fingerprint(kind):
    """Changes whenever what must be installed changes."""
    digest = hashlib.sha256(sys.version.encode())
    for path in (CONSTRAINTS, WITHOUT_DEPENDENCIES, PYPROJECT):
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def check_disk(kind):
    needed = NEEDED_GB[kind]
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < needed and not os.path.exists(VENV):
        raise Stop(
            "There are %.1f GB free where this checkout lies, and the set-up takes about %d GB "
            "(torch is the most of it).\nMake room, or move the checkout to a larger disk."
            % (free, needed)
        )


def make_venv():
    try:
        import ensurepip  # noqa: F401  (Debian leaves it out of python3)
    except ImportError:
        version = "%d.%d" % sys.version_info[:2]
        raise Stop(
            "This Python cannot make virtual environments: its module ensurepip is missing.\n"
            "    Debian, Ubuntu:  sudo apt install python%s-venv" % version
        ) from None
    if subprocess.call([sys.executable, "-m", "venv", VENV]) != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        raise Stop("The virtual environment %s could not be made; see above." % VENV)


def pip(arguments, environment):
    command = [venv_file("python"), "-m", "pip"] + arguments + offline.trust(venv_file("python"))
    if not sys.stdout.isatty():
        command += ["--quiet"]
    if subprocess.call(command, env=environment) != 0:
        raise Stop(
            "pip could not install everything; its own words are above.\n"
            "No connection? Start the same command again later: what was done is kept.\n"
            "Behind a proxy? Set HTTPS_PROXY first. Does the company open the traffic? Set\n"
            "PIP_CERT to the file with its certificate. Without any network: docs/for-it.md."
        )


def missing_libraries(libraries):
    """Debian packages of the shared libraries that cannot be loaded."""
    missing = []
    for library, package in libraries:
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return missing


def warn_of_missing_libraries(arguments):
    """Say before the window fails which system library it lacks."""
    has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not sys.platform.startswith("linux") or "--headless" in arguments or not has_display:
        return
    missing = missing_libraries(QT_LIBRARIES + QT_WINDOW_LIBRARIES)
    if missing:
        raise Stop(
            "The window needs system libraries that are missing here. Install them with\n"
            "    sudo apt install %s\n"
            "or run the demo without a window:  python3 installer/bootstrap.py demo --headless"
            % " ".join(missing)
        )


def qt_for_tests(may_install):
    """Whether the window can be tested. ``may_install``: as root on Debian, make it so."""
    if not sys.platform.startswith("linux"):
        return True
    return provide(
        "the window tests",
        lambda: missing_libraries(QT_LIBRARIES),
        "system libraries",
        may_install,
    )


def provide_service_programs():
    """As root on Debian, install what the tests of "--services" start; else say what to install."""
    if sys.platform.startswith("linux"):
        provide("the tests of services", lambda: missing_programs(SERVICE_PROGRAMS), "programs")


def missing_programs(programs):
    """Debian packages of the programs, and files of programs, that are not there."""
    return [
        package
        for program, package in programs
        if not (shutil.which(program) or os.path.exists(program))
    ]


def provide(who, missing, what, may_install=True):
    """Whether nothing is missing; as root on Debian, install it. ``missing`` names packages."""
    packages = missing()
    if packages and may_install and os.geteuid() == 0 and shutil.which("apt-get"):
        say("%s need %s; installing" % (who.capitalize(), " ".join(packages)))
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.call(["apt-get", "update"], **quiet)
        subprocess.call(["apt-get", "install", "-y", "--no-install-recommends"] + packages, **quiet)
        packages = missing()
    if packages:
        say(
            "SKIPPED: %s, since these %s are missing: %s\n"
            "         sudo apt install %s" % (who, what, " ".join(packages), " ".join(packages))
        )
    return not packages


def test(arguments):
    """ruff, mypy --strict and pytest, each even if the one before failed."""
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen", PYTHONUNBUFFERED="1")
    # Test processes share the cores; threads inside each would only get in the way.
    environment.setdefault("OMP_NUM_THREADS", "1")
    part = arguments[0] if arguments and arguments[0] in PARTS else None
    steps = [
        ("ruff check", ["ruff", "check", "."]),
        ("ruff format", ["ruff", "format", "--check", "."]),
        ("mypy --strict", ["mypy", "--strict"]),
    ]
    pytest = ["pytest"]
    # Only who asks for services lets the tests install something into the system.
    if part != "--fast" and not qt_for_tests(may_install=part == "--services"):
        pytest += ["-p", "no:pytest-qt", "-o", "addopts=--doctest-modules", "--ignore=tests/gui"]
    if part:
        pytest += PARTS[part] + arguments[1:]
    if arguments and not part:
        pytest += arguments
    else:
        # What the tests of a file share is made once, not in every process. One process more than
        # there are cores, up to four: a fourth of the time they wait for windows and children.
        pytest += ["-n", str(max(1, min(4, (os.cpu_count() or 1) + 1))), "--dist", "loadfile"]
        pytest += ["--durations=10"]
    steps.append(("pytest", pytest))
    if part == "--services":
        provide_service_programs()
        steps = steps[-1:]
    if part == "--coverage":
        steps.append(("coverage of each room", ["tests.coverage_of_rooms"]))
    failed = [title for title, passed in run_steps(steps, environment) if not passed]
    if failed:
        say("FAILED: " + ", ".join(failed))
    return 1 if failed else 0


def docs(arguments):
    """Build the documentation as a site of files that asks nothing of any network."""
    folder = os.path.abspath(arguments[0]) if arguments else os.path.join(ROOT, "site")
    command = [venv_file("python"), "-m", "mkdocs", "build", "--strict", "--quiet"]
    environment = dict(os.environ, NO_MKDOCS_2_WARNING="1")
    code = subprocess.call(command + ["--site-dir", folder], cwd=ROOT, env=environment)
    if code == 0:
        say("The documentation begins with %s" % os.path.join(folder, "index.html"))
    return code


def run_steps(steps, environment):
    """Title of each step and whether it passed. mypy has one core, and runs beside the tests."""
    waiting = []
    results = []
    for title, words in steps:
        say(title)
        started = time.time()
        command = [venv_file("python"), "-m"] + words
        if words[0] == "mypy":
            output = subprocess.PIPE
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
            )
            waiting.append((title, process, started))
            continue
        code = subprocess.call(command, cwd=ROOT, env=environment)
        results.append((title, report_step(title, code, started)))
    for title, process, started in waiting:
        output, _ = process.communicate()
        print(output.decode(errors="replace"), end="", flush=True)
        results.append((title, report_step(title, process.returncode, started)))
    return results


def report_step(title, code, started):
    say("%s: %s after %d s" % (title, "FAILED" if code else "passed", time.time() - started))
    return code == 0


def call_pathgui(arguments):
    return subprocess.call([venv_file("python"), "-m", "pathgui"] + arguments)


def venv_file(name):
    if os.name == "nt":
        return os.path.join(VENV, "Scripts", name + ".exe")
    return os.path.join(VENV, "bin", name)


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return None


def say(text):
    print("==> " + text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
