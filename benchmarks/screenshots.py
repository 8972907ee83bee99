"""The pictures of docs/ and of the README: `make screenshots`; `python -m benchmarks.screenshots
launch` makes those that are named. No network and no model: what they show is in `pictures`.
"""

import asyncio
import base64
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Browser, Page, async_playwright

from benchmarks import played
from benchmarks.pictures import PICTURES, Drawn, Picture

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "browser")]

from conftest import FLAGS, chromium  # noqa: E402  the browser tests know where a browser is

FOLDER = ROOT / "docs" / "pictures"
PAGE = (
    '<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light">'
    "<style>body {{ margin: 0; padding: 12px; background: white }}</style><body>{}</body>"
)
PLACE = """(part, most) => {
    const box = part.getBoundingClientRect(), room = Math.min(12, box.x);
    const whole = [...part.querySelectorAll('tr, p, li, svg, h2, h3, summary, pre')];
    let end = Math.min(box.height, most), cut;
    do {  // what would be cut through is left out
        cut = whole.map(each => each.getBoundingClientRect())
            .filter(each => each.top - box.y < end && each.bottom - box.y > end);
        end = Math.min(end, ...cut.map(each => each.top - box.y));
    } while (cut.length);
    return {x: box.x - room, y: box.y + scrollY, width: box.width + 2 * room, height: end};
}"""
SHARP, QUALITY = 1.5, 70  # pixels of the file to one of the page; of WebP, to 100


async def main(asked: list[str]) -> None:
    async with async_playwright() as driver:
        path = chromium(driver.chromium.executable_path)
        browser = await driver.chromium.launch(executable_path=path, args=FLAGS)
        for name in asked or PICTURES:
            await take(browser, name, PICTURES[name])
        await browser.close()


async def take(browser: Browser, name: str, picture: Picture) -> None:
    """Draw one picture, in a project of its own, and keep it."""
    with played.project() as server, TemporaryDirectory() as folder:
        file = as_file(await picture.draw(server), Path(folder))
        page = await browser.new_page(
            viewport={"width": picture.width, "height": 900},
            device_scale_factor=SHARP,
            color_scheme="light",
        )
        await page.goto(file.as_uri())
        if picture.click:
            await page.locator(picture.click).click()
        image = await pictured(page, picture)
        await page.close()
    file = FOLDER / f"{name}.webp"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(image)
    print(f"{name:32s} {len(image) // 1000:4d} KB")


def as_file(drawn: Drawn, folder: Path) -> Path:
    if isinstance(drawn, Path):
        return drawn
    file = folder / "drawn.html"
    file.write_text(PAGE.format(drawn))
    return file


async def pictured(page: Page, picture: Picture) -> bytes:
    """The part of a page, as WebP, from its top, with nothing cut through."""
    box = await page.locator(picture.part).first.evaluate(PLACE, picture.most)
    session = await page.context.new_cdp_session(page)
    asked = {
        "format": "webp",
        "quality": QUALITY,
        "captureBeyondViewport": True,
        "clip": {**box, "scale": 1},
    }
    taken = await session.send("Page.captureScreenshot", asked)
    return base64.b64decode(taken["data"])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
