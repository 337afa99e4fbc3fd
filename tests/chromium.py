"""A real Chromium without a window, spoken to by its own protocol (https://chromedevtools.github.io/devtools-protocol/)."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import websocket

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATH = next((found for name in NAMES if (found := shutil.which(name))), "")
needed = pytest.mark.skipif(not PATH, reason="no Chromium here (Debian: apt install chromium)")
START = 40.0  # seconds


class Page:
    """A tab; what went wrong in it is kept in `said`."""

    def __init__(self, url: str) -> None:
        self._socket = websocket.create_connection(url, timeout=60, suppress_origin=True)
        self._asked = 0
        self.said: list[str] = []  # errors, warnings and refusals, as the console shows them
        self.dialogs = 0
        self.requests: list[str] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> Any:
        """Ask for something, and note what happens until it is answered."""
        self._asked += 1
        self._socket.send(json.dumps({"id": self._asked, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._asked:
                assert "error" not in message, message["error"]
                return message["result"]
            self._note(message.get("method", ""), message.get("params", {}))

    def _note(self, event: str, about: dict[str, Any]) -> None:
        if event == "Runtime.exceptionThrown":
            self.said.append(str(about["exceptionDetails"].get("exception", about)))
        elif event == "Log.entryAdded" and about["entry"]["level"] in {"error", "warning"}:
            self.said.append(f"{about['entry']['text']} {about['entry'].get('url', '')}")
        elif event == "Runtime.consoleAPICalled":
            self.said.append(str(about["args"]))
        elif event == "Page.javascriptDialogOpening":
            self.dialogs += 1
            self._socket.send(
                json.dumps({"id": 0, "method": "Page.handleJavaScriptDialog", "params": {"accept": False}})
            )
        elif event == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])

    def open(self, url: str) -> None:
        """Go to an address; what stood there before is gone when this returns."""
        self.ask("Page.navigate", url="about:blank")
        self.wait("document.URL === 'about:blank'")
        self.said.clear()
        self.requests.clear()
        self.ask("Page.navigate", url=url)
        self.wait(f"document.URL.startsWith({json.dumps(url)}) && document.readyState === 'complete'")

    def eval(self, expression: str) -> Any:
        """Return what an expression of JavaScript is, promises awaited."""
        done = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def wait(self, expression: str, *, seconds: float = 30.0) -> Any:
        """Return what an expression is as soon as it holds."""
        end = time.monotonic() + seconds
        while not (value := self.eval(expression)):
            assert time.monotonic() < end, f"never true: {expression}"
            time.sleep(0.05)
        return value

    def size(self, width: int, height: int, *, dark: bool = False) -> None:
        """Make the tab this large, for eyes that like it light or dark."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])

    def screenshot(self, path: Path) -> None:
        """Write what is seen."""
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))

    def close(self) -> None:
        """Let go of the tab."""
        self._socket.close()


@contextmanager
def chromium(*options: str) -> Iterator[Page]:
    """Run a browser with a profile of its own, and give its tab."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        process = subprocess.Popen(
            _command(home, options), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            page = Page(_tab(Path(home), process))
            try:
                yield page
            finally:
                page.close()
        finally:
            process.terminate()
            process.wait(20)


def _command(home: str, options: Sequence[str]) -> list[str]:
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses its own sandbox to root
    quiet = [
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    headless = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
    debug = ["--remote-debugging-port=0", f"--user-data-dir={home}"]
    return [PATH, *headless, *alone, *quiet, *debug, *options, "about:blank"]


def _tab(home: Path, process: "subprocess.Popen[bytes]") -> str:
    """Return where the tab is spoken to, as soon as the browser has said it."""
    end, port = time.monotonic() + START, home / "DevToolsActivePort"
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port.read_text().split()[0]}/json/list", timeout=5) as answer:
                for tab in json.load(answer):
                    if tab["type"] == "page":
                        return str(tab["webSocketDebuggerUrl"])
        except (OSError, IndexError, ValueError):
            pass
        time.sleep(0.05)
    raise AssertionError("Chromium did not start")
