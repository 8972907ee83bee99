"""One Chromium for all browser tests; without one they are skipped, and say so."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sample_runs import critic_file, examples, prompt_file

from workbench import testing

playwright = pytest.importorskip(
    "playwright.sync_api", reason="SKIPPED BROWSER TESTS: playwright is not installed"
)

ARTIFACTS = Path(__file__).resolve().parents[2] / "test-artifacts"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SIZES = {"light": (1280, 900), "dark": (1280, 900), "phone": (390, 844)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: from the first one on Playwright's loop runs in this thread, and no
    test's own can. Of them the largest files come first, so that all workers end together.
    """
    marked = {item.path for item in items if item.get_closest_marker("browser")}
    size = {path: path.stat().st_size for path in marked}
    items.sort(key=lambda item: (item.path in size, -size.get(item.path, 0)))


def chromium(own: str) -> str | None:
    """The browser to use: WORKBENCH_CHROMIUM, Playwright's own, or the system's."""
    places = [
        os.environ.get("WORKBENCH_CHROMIUM"),
        own,
        "/usr/bin/chromium",
        shutil.which("chromium"),
        shutil.which("chromium-browser"),
        shutil.which("google-chrome"),
    ]
    return next((place for place in places if place and Path(place).exists()), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as driver:
        path = chromium(driver.chromium.executable_path)
        if path is None:
            pytest.skip("SKIPPED BROWSER TESTS: no Chromium here; `make browser` installs one")
        launched = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()


class Opened:
    """A file opened offline, with everything that went wrong on the way."""

    def __init__(self, page: playwright.Page) -> None:
        self.page = page
        self.console: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.console.append(message.text))
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on(
            "dialog",
            lambda dialog: (self.console.append(f"dialog {dialog.message}"), dialog.dismiss()),
        )

    def go(self, path: Path, anchor: str = "") -> "Opened":
        self.page.goto(path.as_uri() + anchor)
        return self

    def keep(self, name: str, *, whole: bool = True) -> Path:
        """A screenshot among the test artefacts."""
        ARTIFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=whole)
        return ARTIFACTS / f"{name}.png"


@pytest.fixture
def opened(browser: playwright.Browser) -> Iterator:
    """Opens a file in one of SIZES with the network off: `opened(path, "phone")`."""
    contexts = []

    def start(path: Path, kind: str = "light", anchor: str = "") -> Opened:
        width, height = SIZES[kind]
        scheme = "dark" if kind == "dark" else "light"
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, offline=True
        )
        contexts.append(context)
        return Opened(context.new_page()).go(path, anchor)

    yield start
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def model():
    """A model that routes by the sum of the letters, and judges, after `model.seconds`."""
    with testing.serve(lambda ask: testing.Reply(reply_to(ask), seconds=served.seconds)) as served:
        served.seconds = 0.0
        yield served


def reply_to(ask):
    number = sum(ask.text.encode())
    if "right queue?" in ask.text:
        return "yes" if number % 4 else "no"
    return json.dumps(
        {"queue": ("billing", "returns", "account")[number % 3], "note": f"Message {number}."}
    )


@pytest.fixture(scope="session")
def lab(browser, model, tmp_path_factory):
    """A project with a task in it, and JupyterLab on it."""
    from lab import Lab

    folder = tmp_path_factory.mktemp("project")
    small = {
        "id": "small-1",
        "base_url": model.url,
        "price": {"input": 0.4, "output": 1.6},
        "max_concurrency": 4,
    }
    roles = {"actor": "small", "critic": "small"}
    (folder / "models.yaml").write_text(json.dumps({"models": {"small": small}, "roles": roles}))
    task = folder / "prompts" / "triage"
    task.mkdir(parents=True)
    (folder / "prompts" / "critics").mkdir()
    for name, about in (
        ("v1", "queue descriptions"),
        ("v2", "one sentence"),
        ("v3", "rules and examples"),
    ):
        prompt_file(
            task, name, f"Route the message to one queue.\n{about.capitalize()} follow.", about
        )
    critic_file(folder / "prompts" / "critics")
    examples(100).save(folder / "datasets" / "triage.jsonl")
    started = Lab(folder)
    yield started
    started.stop()
