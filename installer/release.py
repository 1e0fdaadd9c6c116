"""The signed list of checksums that stands beside the files of a version.

    python3 installer/release.py list DIR             write DIR/SHA256SUMS of the files in DIR
    python3 installer/release.py sign DIR --key FILE  sign it: DIR/SHA256SUMS.sig
    python3 installer/release.py verify DIR --signers FILE
                                                      the signature, then each file in DIR

Signed by ssh-keygen, which Windows, macOS and Linux bring, so that no program is needed to verify.
What is around it is in docs/releasing.md.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import bundle
import offline

SIGNATURE = f"{offline.SUMS}.sig"
PURPOSE = "pathgui-release"  # a signature made for something else does not verify
SIGNER = "pathgui"  # the name of the key in the file of signers


def main(words: list[str]) -> int:
    """Do what ``words`` say; the exit code."""
    parser = argparse.ArgumentParser(description="The signed checksums of a version.")
    parser.add_argument("do", choices=("list", "sign", "verify"))
    parser.add_argument("folder", type=Path, help="with the files of the version, and no others")
    parser.add_argument("--key", type=Path, help="to sign: the private key of ssh-keygen")
    parser.add_argument("--signers", type=Path, help="to verify: whose key is to be trusted")
    given = parser.parse_args(words)
    try:
        if not given.folder.is_dir():
            raise bundle.Stop(f"There is no folder {given.folder}.")
        if given.do == "list":
            print(write_list(given.folder))
        elif given.do == "sign":
            print(sign(given.folder, _needed(given.key, "--key FILE")))
        else:
            count = verify(given.folder, _needed(given.signers, "--signers FILE"))
            print(f"The signature is good, and so is each of the {count} files.")
    except bundle.Stop as stop:
        print(stop, file=sys.stderr)
        return 2
    return 0


def _needed(path: Path | None, what: str) -> Path:
    if path is None:
        raise bundle.Stop(f"Name it: {what}")
    if not path.is_file():
        raise bundle.Stop(f"There is no file {path}.")
    return path


def write_list(folder: Path) -> Path:
    """Write the list of all files in ``folder`` itself; an earlier list and signature go."""
    (folder / SIGNATURE).unlink(missing_ok=True)
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name not in _OWN)
    if not files:
        raise bundle.Stop(f"{folder} holds no file to list.")
    lines = [f"{offline.sha256_of(path)}  {path.name}\n" for path in files]
    (folder / offline.SUMS).write_text("".join(lines), encoding="utf-8", newline="\n")
    return folder / offline.SUMS


_OWN = (offline.SUMS, SIGNATURE)


def sign(folder: Path, key: Path) -> Path:
    """Sign the list of ``folder``, after a look at whether it is that of the files there."""
    if _compare(folder) < len((folder / offline.SUMS).read_text("utf-8").splitlines()):
        raise bundle.Stop(f"{offline.SUMS} lists a file that is not in {folder}: list them anew.")
    (folder / SIGNATURE).unlink(missing_ok=True)
    words = ["-Y", "sign", "-f", str(key), "-n", PURPOSE, str(folder / offline.SUMS)]
    done = _ssh_keygen(words, None)
    if done.returncode:
        raise bundle.Stop(f"The list was not signed: {done.stderr.decode().strip()}")
    return folder / SIGNATURE


def verify(folder: Path, signers: Path) -> int:
    """How many files are what was signed; raises where one is not, or the signature is not."""
    if not (folder / SIGNATURE).is_file():
        raise bundle.Stop(f"There is no {SIGNATURE} in {folder}: get it from the same page.")
    words = ["-Y", "verify", "-f", str(signers), "-I", SIGNER, "-n", PURPOSE,
             "-s", str(folder / SIGNATURE)]  # fmt: skip
    done = _ssh_keygen(words, (folder / offline.SUMS).read_bytes())
    if done.returncode:
        raise bundle.Stop(
            f"{offline.SUMS} was not signed by {SIGNER}: do not use these files.\n"
            f"{(done.stdout + done.stderr).decode().strip()}"
        )
    return _compare(folder)


def _compare(folder: Path) -> int:
    """How many files of the list are there as listed; one that is not, or is not listed, raises."""
    path = folder / offline.SUMS
    if not path.is_file():
        raise bundle.Stop(f"There is no {offline.SUMS} in {folder}.")
    lines = path.read_text("utf-8").splitlines()
    listed = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    there = {each.name for each in folder.iterdir() if each.is_file()} - {*_OWN}
    if more := sorted(there - listed.keys()):
        raise bundle.Stop(f"{more[0]} is not in {offline.SUMS}: nobody vouches for it.")
    present = sorted(there & listed.keys())
    for name in present:
        if offline.sha256_of(folder / name) != listed[name]:
            raise bundle.Stop(f"{name} is not what was listed: get it again, and do not use it.")
    if not present:
        raise bundle.Stop(f"None of the files of {offline.SUMS} is in {folder}.")
    return len(present)


def _ssh_keygen(words: list[str], given: bytes | None) -> subprocess.CompletedProcess[bytes]:
    if not shutil.which("ssh-keygen"):
        raise bundle.Stop("ssh-keygen is missing. It comes with OpenSSH (8.1 or newer).")
    source = {} if given is None else {"input": given}
    return subprocess.run(["ssh-keygen", *words], capture_output=True, **source)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
