"""Sets pathgui up from an offline bundle: what ``bootstrap.py --offline BUNDLE`` does.

A bundle is a folder that ``installer/bundle.py`` made. Nothing here opens a connection: the parts
are the wheels of the bundle, checked against its SHA-256 list before the first is unpacked.
"""

# As bootstrap.py: no syntax that Python 3.6 does not know, and nothing but Python.

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time

FACTS = "bundle.json"
SUMS = "SHA256SUMS"
LOCK = "lock.txt"
WHEELS = "wheels"
STAMP = "pathgui-offline.stamp"
COMMANDS = ("demo", "run", "install")  # the others need what no bundle holds
SYSTEMS = {"Linux": "linux", "Windows": "windows", "Darwin": "macos"}
TITLES = {"linux": "Linux", "windows": "Windows", "macos": "macOS"}
MACHINES = {"AMD64": "x86_64", "aarch64": "arm64"}  # one name for what systems name differently
SPARE = 1.15  # Python compiles what it unpacks
BLOCK = 1 << 20


class Stop(Exception):
    """Ends the program; the text says what is missing and how to get it."""


def own_options(arguments):
    """What ``--offline BUNDLE``, ``--into DIR`` and ``--python DIR`` say, and the words behind."""
    known = {"--offline": None, "--into": None, "--python": None}
    rest = list(arguments)
    while rest and rest[0].split("=")[0] in known:
        name, equals, value = rest.pop(0).partition("=")
        if not equals:
            if not rest:
                raise Stop("%s needs the name of a folder behind it." % name)
            value = rest.pop(0)
        known[name] = os.path.abspath(os.path.expanduser(value))
    return known, rest


def around(folder):
    """``folder`` if it is a bundle, which bootstrap.py then came with."""
    return folder if os.path.isfile(os.path.join(folder, FACTS)) else None


def find_python(place):
    """The program in the folder that ``--python`` names, or that program itself."""
    if os.path.isfile(place):
        return place
    names = ["python.exe"] if os.name == "nt" else ["bin/python3", "bin/python", "python3"]
    for name in names:
        path = os.path.join(place, *name.split("/"))
        if os.path.isfile(path):
            return path
    raise Stop("--python: there is no Python in %s (looked for %s)." % (place, ", ".join(names)))


def read_facts(folder):
    """What the bundle says of itself."""
    if os.path.isfile(folder) and folder.endswith((".zip", ".tar")):
        raise Stop("%s is packed: unpack it first, then name the folder." % folder)
    path = os.path.join(folder, FACTS)
    try:
        with open(path, encoding="utf-8") as file:
            facts = json.load(file)
    except OSError:
        raise Stop("%s is no bundle of pathgui: it has no file %s." % (folder, FACTS)) from None
    except ValueError:
        raise Stop("%s cannot be read: copy the bundle again." % path) from None
    return facts


def check_system(facts):
    """Refuse a bundle that was made for another kind of computer."""
    here = SYSTEMS.get(platform.system(), platform.system())
    machine = MACHINES.get(platform.machine(), platform.machine())
    if (facts["system"], facts["machine"]) != (here, machine):
        raise Stop(
            "This bundle is for %s (%s), and this computer is %s (%s): get the bundle for it."
            % (TITLES[facts["system"]], facts["machine"], TITLES.get(here, here), machine)
        )


def other_python(facts):
    """The command of a Python that the bundle has the parts for; [] if this is one."""
    if "%d.%d" % sys.version_info[:2] in facts["pythons"]:
        return []
    wanted = " or ".join(facts["pythons"])
    for version in facts["pythons"]:
        command = shutil.which("python" + version)
        found = [command] if command else ["py", "-" + version] if shutil.which("py") else []
        if found and subprocess.call(found + ["-c", ""], stderr=subprocess.DEVNULL) == 0:
            print("This is Python %d.%d; going on with " % sys.version_info[:2] + " ".join(found))
            return found
    raise Stop(
        "This bundle needs Python %s, and this is Python %d.%d.\n"
        "Ask IT for that Python: a folder with it is enough, and needs no administrator. Then\n"
        "start this command again with --python and that folder behind bootstrap.py."
        % ((wanted,) + sys.version_info[:2])
    )


def check_files(folder):
    """Compare every file with the SHA-256 list. Several GB take some seconds."""
    listed = {}
    try:
        with open(os.path.join(folder, SUMS), encoding="utf-8") as file:
            for line in file:
                digest, _, name = line.rstrip("\n").partition("  ")
                listed[name] = digest
    except OSError:
        raise Stop("The bundle has no list %s: copy it again, whole." % SUMS) from None
    paths = {name: os.path.join(folder, *name.split("/")) for name in listed}
    absent = [name for name in listed if not os.path.isfile(paths[name])]
    if absent:
        raise Stop(
            "The bundle is not whole: %s of %d files %s missing, the first is %s. Copy it again."
            % (len(absent), len(listed), "is" if len(absent) == 1 else "are", sorted(absent)[0])
        )
    altered = [name for name in listed if sha256_of(paths[name]) != listed[name]]
    if altered:
        raise Stop(
            "The bundle was altered: %s is not what was packed%s. Copy it again; if this comes "
            "twice, do not use it."
            % (
                sorted(altered)[0],
                ", and %d more" % (len(altered) - 1) if len(altered) > 1 else "",
            )
        )


def check_space(facts, venv):
    """Refuse to begin what would fill the disk."""
    place = os.path.dirname(venv)
    while not os.path.isdir(place):
        place = os.path.dirname(place)
    needed = facts["unpacked_bytes"] * SPARE / 1e9
    free = shutil.disk_usage(place).free / 1e9
    if free < needed and not os.path.exists(venv):
        raise Stop(
            "There are %.1f GB free in %s, and the set-up takes %.1f GB: make room, or name a "
            "folder on a larger disk with --into." % (free, place, needed)
        )


def check_venv(venv):
    """Refuse to fill an environment that another Python made."""
    try:
        with open(os.path.join(venv, "pyvenv.cfg"), encoding="utf-8") as file:
            words = dict(line.split(" = ", 1) for line in file.read().splitlines() if " = " in line)
    except OSError:
        return
    if not words.get("version", "").startswith("%d.%d." % sys.version_info[:2]):
        raise Stop(
            "%s was made by Python %s: delete that folder, and start this command again."
            % (venv, words.get("version", "of another version"))
        )


def install(folder, facts, venv, tools):
    """Make ``venv`` and fill it from the bundle, unless it is in place.

    ``tools`` is ``bootstrap.py``: it makes the environment and knows what lies in it.
    """
    stamp = os.path.join(venv, STAMP)
    sums = os.path.join(folder, SUMS)
    wanted = sha256_of(sums) if os.path.isfile(sums) else ""
    if wanted and tools.read(stamp) == wanted:
        return
    started = time.time()
    check_space(facts, venv)
    check_venv(venv)
    tools.say("1/3  Checking the bundle against its SHA-256 list")
    check_files(folder)
    tools.say("2/3  Making %s" % venv)
    make_folder(os.path.dirname(venv))
    if not os.path.exists(tools.venv_file("python")):
        tools.make_venv()
    tools.say("3/3  Unpacking the parts%s" % (" (without CUDA)" if facts["cpu"] else ""))
    pip = [tools.venv_file("python"), "-m", "pip", "install", "--quiet", "--no-index"]
    # The lock names every part, so none is looked for that another part asks for.
    pip += ["--no-deps", "--require-hashes", "--no-cache-dir", "--disable-pip-version-check"]
    pip += ["--find-links", os.path.join(folder, WHEELS)]
    pip += ["--requirement", os.path.join(folder, LOCK)]
    forget_stamps(venv)
    if subprocess.call(pip, env=quiet_environment()) != 0:
        free = shutil.disk_usage(venv).free
        raise Stop(
            "The disk is full: make room, delete %s, and start this command again." % venv
            if free < 100e6
            else "pip could not unpack the parts; its own words are above. The bundle itself is "
            "whole. Delete %s, and start this command again." % venv
        )
    with open(stamp, "w") as file:
        file.write(wanted)
    tools.say("Ready after %d s. To uninstall, delete %s" % (time.time() - started, venv))


def forget_stamps(venv):
    """What is installed next is not what any stamp says."""
    for name in os.listdir(venv):
        if name.startswith("pathgui-") and name.endswith(".stamp"):
            os.remove(os.path.join(venv, name))


def trust(python):
    """What lets pip trust the certificates of the system, a company's own among them.

    From 24.2 on pip does so by itself, before 23.3 it cannot.
    """
    code = "import pip; print(pip.__version__)"
    told = subprocess.run([python, "-c", code], stdout=subprocess.PIPE)
    numbers = [int(part) for part in told.stdout.decode().strip().split(".")[:2] if part.isdigit()]
    return ["--use-feature=truststore"] if [23, 3] <= numbers < [24, 2] else []


def quiet_environment():
    """The environment without what is set for pip on this computer: indexes, proxies of pip."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return dict(kept, PIP_CONFIG_FILE=os.devnull)


def make_folder(folder):
    """Make ``folder``, or say in a sentence that it cannot be made."""
    try:
        os.makedirs(folder, exist_ok=True)
        probe = os.path.join(folder, ".pathgui-can-write")
        with open(probe, "w"):
            pass
        os.remove(probe)
    except OSError as error:
        raise Stop(
            "Nothing can be written into %s (%s): name another folder with --into."
            % (folder, error.strerror)
        ) from None


def sha256_of(path):
    """The SHA-256 of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()
