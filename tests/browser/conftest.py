"""One Chromium for all browser tests; without one they are skipped, and say so."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

playwright = pytest.importorskip(
    "playwright.sync_api", reason="SKIPPED BROWSER TESTS: playwright is not installed"
)

ARTIFACTS = Path(__file__).resolve().parents[2] / "test-artifacts"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SIZES = {"light": (1280, 900), "dark": (1280, 900), "phone": (390, 844)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: from the first one on Playwright's loop runs in this thread, and no
    test's own can.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


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
