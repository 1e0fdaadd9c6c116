"""A headless Chromium of the tests' own, told what to do over its DevTools protocol.

It gets a profile of its own, and no name resolves in it, so that a page which asks for something
elsewhere neither reaches it nor stays unnoticed: :attr:`Page.asked_for` has the address.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
OPTIONS = [
    "--headless=new", "--remote-debugging-port=0", "--no-first-run", "--disable-gpu",
    "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb",
    # Nothing leaves the machine: no update, no proxy, no name that resolves.
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]  # fmt: skip
LISTEN = ("Network.enable", "Runtime.enable", "Log.enable")
PATIENCE = 60  # seconds for one answer, on a busy machine


class ChromiumError(Exception):
    """Chromium did not start, or refused a command; the text has its own words."""


@dataclass
class Page:
    """One tab. Widths are CSS pixels; ``faults`` and ``asked_for`` are of the page it is on."""

    _socket: ClientConnection
    _session: str = ""
    _count: int = 0
    faults: list[str] = field(default_factory=list)  # what the console was told, what did not load
    asked_for: list[str] = field(default_factory=list)  # addresses, each as often as it was asked

    def attach(self) -> None:
        """Open the tab, and listen to it and to each frame and worker that it starts."""
        target = self.do("Target.createTarget", url="about:blank")["targetId"]
        found = self.do("Target.attachToTarget", targetId=target, flatten=True)
        self._session = found["sessionId"]
        for method in ("Page.enable", *LISTEN):
            self.do(method)
        self.do("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=True, flatten=True)

    def open(self, address: str) -> None:
        """Go to an address and wait until the page and all that it fetches is there."""
        self.faults.clear()
        self.asked_for.clear()
        self.do("Page.navigate", url="about:blank")
        self.faults.clear()
        self.asked_for.clear()
        found = self.do("Page.navigate", url=address)
        if "errorText" in found:
            raise ChromiumError(f"{address}: {found['errorText']}")
        self.script("""new Promise(done => {
            const ready = () => document.fonts.ready.then(() => setTimeout(done, 50));
            document.readyState === "complete" ? ready() : addEventListener("load", ready);
        })""")

    def resize(self, width: int, height: int = 800) -> None:
        """Show pages as on a screen of that size."""
        self.do("Emulation.setDeviceMetricsOverride", width=width, height=height,
                deviceScaleFactor=1, mobile=False)  # fmt: skip

    def media(self, kind: str = "screen", *, dark: bool = False) -> None:
        """Show pages as on "screen" or in "print", to a reader who likes it light or dark."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.do("Emulation.setEmulatedMedia", media=kind, features=[scheme])

    def script(self, code: str) -> Any:
        """What an expression in JavaScript comes to, as JSON can say it."""
        found = self.do("Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in found:
            raise ChromiumError(json.dumps(found["exceptionDetails"]))
        return found["result"].get("value")

    def picture(self, path: Path, *, whole: bool = True) -> None:
        """Take a PNG of what is shown, or of the whole page."""
        found = self.do("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(found["data"]))

    def pdf(self) -> bytes:
        """Print the page on A4."""
        found = self.do("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)
        return base64.b64decode(found["data"])

    def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Carry out a command of the protocol."""
        asked = self._send(self._session, method, parameters)
        while True:
            heard = json.loads(self._socket.recv(timeout=PATIENCE))
            if heard.get("id") == asked:
                if "error" in heard:
                    raise ChromiumError(f"{method}: {heard['error']['message']}")
                return dict(heard["result"])
            self._hear(heard.get("method", ""), heard.get("params", {}))

    def _send(self, session: str, method: str, parameters: dict[str, Any]) -> int:
        self._count += 1
        words = {"id": self._count, "method": method, "params": parameters}
        self._socket.send(json.dumps(words | ({"sessionId": session} if session else {})))
        return self._count

    def _hear(self, event: str, told: dict[str, Any]) -> None:
        if event == "Target.attachedToTarget":
            for method in (*LISTEN, "Runtime.runIfWaitingForDebugger"):
                self._send(told["sessionId"], method, {})
        elif event == "Network.requestWillBeSent":
            self.asked_for.append(told["request"]["url"])
        elif event == "Network.loadingFailed":
            self.faults.append(f"not loaded: {told['errorText']}")
        elif event == "Runtime.exceptionThrown":
            self.faults.append(json.dumps(told["exceptionDetails"]))
        elif event == "Runtime.consoleAPICalled" and told["type"] in ("error", "assert", "warning"):
            self.faults.append(json.dumps(told["args"]))
        elif event == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.faults.append(f"{told['entry']['text']} ({told['entry'].get('url', '')})")


@contextlib.contextmanager
def chromium(profile: Path) -> Iterator[Page]:
    """Start Chromium with a profile in the folder ``profile``; it ends with the block."""
    assert PROGRAM is not None, "ask for chromium.PROGRAM first"
    may_not = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with (profile.parent / f"{profile.name}.log").open("wb") as log:
        command = [PROGRAM, *OPTIONS, *may_not, f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(command, stdout=log, stderr=log, env=_of_its_own(profile))
        try:
            with connect(
                _address(profile, process), max_size=None, proxy=None, open_timeout=PATIENCE
            ) as socket:
                page = Page(socket)
                page.attach()
                yield page
                socket.send(json.dumps({"id": 0, "method": "Browser.close"}))
                process.wait(PATIENCE)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def _of_its_own(profile: Path) -> dict[str, str]:
    """The environment of a user whose home is the profile."""
    folders = {f"XDG_{name}_HOME": str(profile / name.lower()) for name in ("CACHE", "CONFIG")}
    return {**os.environ, **folders, "HOME": str(profile)}


def _address(profile: Path, process: subprocess.Popen[bytes]) -> str:
    """Where Chromium listens; it writes that into its profile."""
    port = profile / "DevToolsActivePort"
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError, ValueError):
            number, path = port.read_text().splitlines()
            return f"ws://127.0.0.1:{number}{path}"
        time.sleep(0.05)
    log = (profile.parent / f"{profile.name}.log").read_text("utf-8", "replace")
    raise ChromiumError(f"Chromium did not start:\n{log}")
