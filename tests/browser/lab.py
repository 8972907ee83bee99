"""JupyterLab in a browser: one server for the session, with nothing of the user's in it."""

import contextlib
import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
from playwright.sync_api import Locator, Page

ARTIFACTS = Path(__file__).resolve().parents[2] / "test-artifacts"
OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}
START_SECONDS = 60


class Lab:
    """A JupyterLab server on a folder of its own, which is the project's root too."""

    def __init__(self, folder: Path):
        self.folder, self.token = folder, secrets.token_hex(16)
        private = folder / ".jupyter"
        places = {
            name: private / name.lower() for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
        }
        settings = private / "settings"
        settings.mkdir(parents=True)
        (settings / "overrides.json").write_text(json.dumps(OVERRIDES))
        self.log = (private / "server.log").open("w+")
        command = [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            "--port=0",
            f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={folder}",
            "--expose-app-in-browser",
            f"--LabApp.app_settings_dir={settings}",
            "--ServerApp.allow_remote_access=False",
            "--ContentsManager.allow_hidden=True",  # as `workbench lab` has it: reports lie there
        ]
        environment = os.environ | {f"JUPYTER_{name}": str(path) for name, path in places.items()}
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=self.log, stderr=self.log
        )
        self.url = self._started(places["RUNTIME_DIR"])

    def _started(self, runtime: Path) -> str:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            for file in runtime.glob("jpserver-*.json"):
                # the file is there before it is written, and before the server listens
                with contextlib.suppress(json.JSONDecodeError, urllib.error.URLError):
                    url = json.loads(file.read_text())["url"]
                    urllib.request.urlopen(
                        f"{url}api?token={self.token}", timeout=START_SECONDS
                    ).read()
                    return url
            time.sleep(0.2)
        self.stop()
        raise RuntimeError(f"JupyterLab did not start: {Path(self.log.name).read_text()[-2000:]}")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.log.close()

    def open(self, page: Page, name: str, *cells: str) -> "Notebook":
        """A new notebook of code cells, in a page, with its kernel idle."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells]
        )
        notebook.metadata.kernelspec = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        nbformat.write(notebook, self.folder / f"{name}.ipynb")
        return Notebook(page, f"{self.url}doc/tree/{name}.ipynb?token={self.token}")


IDLE = "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
RAN = """(prompts => prompts[0]?.match(/\\d/) && prompts.every(prompt => !prompt.includes('*')))(
    [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(each => each.textContent))"""
SLOW = 90_000  # ms: a machine may be busy with other things


class Notebook:
    """A notebook open in a page."""

    def __init__(self, page: Page, url: str):
        self.page, self.url = page, url
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.set_default_timeout(SLOW)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "dialog",
            lambda dialog: (self.errors.append(f"dialog {dialog.message}"), dialog.dismiss()),
        )
        page.on("request", lambda request: self.requests.append(request.url))
        self.reload()

    def reload(self) -> None:
        self.page.goto(self.url)
        self.page.wait_for_function(IDLE)

    def command(self, name: str) -> None:
        self.page.evaluate(f"void window.jupyterapp.commands.execute('{name}')")

    def run_all(self) -> "Notebook":
        """Run every cell to its end; a cell that fails fails the test."""
        self.command("notebook:run-all-cells")
        self.page.wait_for_function(RAN)
        failed = self.page.locator(
            "[data-mime-type='application/vnd.jupyter.stderr']"
        ).all_inner_texts()
        assert not failed, failed
        return self

    def view(self, cell: int) -> Locator:
        """The view that a cell shows, once its widget has taken over."""
        return self.page.locator(".jp-CodeCell").nth(cell).locator(".wb-live")

    def keep(self, cell: int, name: str) -> None:
        """A screenshot of a cell among the test artefacts."""
        ARTIFACTS.mkdir(exist_ok=True)
        self.page.locator(".jp-CodeCell").nth(cell).screenshot(path=ARTIFACTS / f"{name}.png")
