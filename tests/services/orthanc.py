"""A real archive, Orthanc with its DICOMweb plugin, on the loopback."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

PROGRAM = shutil.which("Orthanc")
PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
USER, PASSWORD = "reader", "s3cret"
_START_S = 60


@dataclass
class Orthanc:
    """One that runs."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def base(self) -> str:
        """The address of its DICOMweb service."""
        return f"http://127.0.0.1:{self.port}/dicom-web"

    def store(self, file: Path) -> None:
        """Take a DICOM file in."""
        address = f"http://127.0.0.1:{self.port}/instances"
        answer = requests.post(address, data=file.read_bytes(), auth=(USER, PASSWORD), timeout=60)
        answer.raise_for_status()

    def stop(self) -> None:
        """End it, as a power cut would."""
        self.process.kill()
        self.process.wait()


@contextmanager
def orthanc(folder: Path) -> Iterator[Orthanc]:
    """Starts one whose files lie in ``folder``, and ends it."""
    assert PROGRAM is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "Name": "tests", "StorageDirectory": str(folder / "files"),
        "IndexDirectory": str(folder / "index"), "HttpPort": port, "DicomServerEnabled": False,
        "RemoteAccessAllowed": False, "AuthenticationEnabled": True,
        "RegisteredUsers": {USER: PASSWORD}, "Plugins": [str(PLUGIN)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }  # fmt: skip
    file = folder / "orthanc.json"
    file.write_text(json.dumps(settings), encoding="utf-8")
    with (folder / "orthanc.log").open("wb") as log:
        process = subprocess.Popen([PROGRAM, str(file)], stdout=log, stderr=log)
    found = Orthanc(port, process)
    try:
        until = time.monotonic() + _START_S
        while True:
            try:
                requests.get(f"{found.base}/studies", auth=(USER, PASSWORD), timeout=5)
                break
            except requests.ConnectionError:
                if time.monotonic() > until or process.poll() is not None:
                    raise
                time.sleep(0.2)
        yield found
    finally:
        found.stop()
