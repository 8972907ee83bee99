"""JupyterLab in a browser: one server for the session, with nothing of the user's in it."""

import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat

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
        places = {name: folder / ".jupyter" / name.lower() for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")}
        settings = folder / ".jupyter" / "settings"
        settings.mkdir(parents=True)
        (settings / "overrides.json").write_text(json.dumps(OVERRIDES))
        self.log = (folder / ".jupyter" / "server.log").open("w+")
        command = [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0",
            f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={folder}", "--expose-app-in-browser",
            f"--LabApp.app_settings_dir={settings}", "--ServerApp.allow_remote_access=False",
        ]  # fmt: skip
        environment = os.environ | {f"JUPYTER_{name}": str(path) for name, path in places.items()}
        self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=self.log, stderr=self.log)
        self.url = self._started(places["RUNTIME_DIR"])

    def _started(self, runtime: Path) -> str:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            for file in runtime.glob("jpserver-*.json"):
                url = json.loads(file.read_text())["url"]
                if re.match("http", url):
                    urllib.request.urlopen(f"{url}api?token={self.token}", timeout=START_SECONDS).read()
                    return url
            time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"JupyterLab did not start: {Path(self.log.name).read_text()[-2000:]}")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.log.close()

    def write(self, name: str, *cells: str) -> str:
        """A notebook of code cells; returns its address."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.folder / name)
        return f"{self.url}doc/tree/{name}?token={self.token}"
