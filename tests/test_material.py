"""Conversations are shown turn by turn and images as thumbnails, in editor, labeller, matrix and
report alike; no text of an example becomes markup.
"""

import base64
import gzip
import json
import re

import pytest
from front_end import HOSTILE, assert_safe
from sample_images import PNG

import workbench as wb
from workbench import testing
from workbench.page import words
from workbench.prompts.prompt import read_prompt
from workbench.sections.material import EMBEDDED, Album
from workbench.turns import Image
from workbench.views.matrix import Matrix

URL = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
PROMPT = """---
inputs: [{name: history, kind: thread}, {name: photo, kind: image}]
---
system:
You sell pans.
{{ history }}
user:
What is this?
{{ photo }}
"""
TURNS = [
    {"role": "user", "content": ["Is it iron?", {"kind": "image", "source": "pan.png"}]},
    {"role": "assistant", "content": HOSTILE},
]


@pytest.fixture
async def done(photographed):
    examples = [
        wb.Example("list", {"history": TURNS, "photo": "pan.png"}),
        wb.Example("cell", {"history": json.dumps(TURNS[:1]), "photo": URL}),
    ]
    with testing.serve(lambda ask: "a pan") as server:
        return await wb.run(read_prompt("v1", PROMPT), examples, server.model("actor"))


def without_thumbs(text):
    return re.sub(rf'<img class="thumb" src="{re.escape(URL)}" alt="[^"<>]*">', "", str(text))


def test_the_editor_previews_turns_and_thumbnails(photographed, front_end):
    example = wb.Example("a", {"history": TURNS, "photo": "pan.png"})
    got = front_end(wb.show(read_prompt("v1", PROMPT), [example])).do("show")["html"]
    preview = got[got.index('data-part="preview"') :]
    assert [*re.findall(r'class="speaker">(\w+):', preview)] == [
        "system", "user", "assistant", "user",
    ]  # fmt: skip
    assert preview.count(f'<img class="thumb" src="{URL}"') == 2
    assert "<mark data-in-sight>Is it iron?</mark>" in preview
    assert "bytes each), and 2 images, not counted" in got
    assert "<script>" not in preview and "\x1b" not in got


async def test_a_line_of_the_matrix_opens_to_its_turns_and_images(done):
    for line, turns in ((0, 2), (1, 1)):
        opened = Matrix(done).opened(line)
        assert opened["pictures"] == [URL]
        told = opened["told"]["history"][0]
        assert [speaker for speaker, _ in told] == ["user", "assistant"][:turns]
        assert told[0][1] == ["Is it iron?", {"alt": "[image pan.png]", "at": 0}]
        assert opened["told"]["photo"][0][0][1][0]["at"] == 0
        assert "sent, user: What is this?\n[image]" in opened["raw"][0][0]
    assert Matrix(done).table([0, 1])["data"]["texts"][1].startswith("user: Is it iron? [image pan")
    twin = wb.show(done).twin()
    assert_safe(twin)
    assert "role" not in re.sub(r'role="\w+"', "", twin)


async def test_a_report_carries_the_turns_and_each_image_once(done, photographed):
    text = wb.report(done, "report.html", rows="all").read_text()
    packed = re.search(r'id="data">([^<]+)<', text)
    data = json.loads(gzip.decompress(base64.b64decode(packed[1])))
    assert data["pictures"] == [URL]
    assert [speaker for speaker, _ in data["told"]["history"][0]] == ["user", "assistant"]
    assert "img-src data:;" in text and "\x1b" not in json.dumps(data["told"])


async def test_the_labeller_shows_what_was_said_and_seen(done):
    draw = wb.labels.draw(done, "is_right", rater="me")
    [first] = [each for each in range(2) if done.columns["example"][draw.rows[each]] == "list"]
    view = wb.show(draw)
    view.index = first
    shown = str(view.live())
    assert shown.count(f'<img class="thumb" src="{URL}"') == 2
    assert '<p class="speaker">assistant:</p>' in shown
    assert_safe(without_thumbs(shown))


async def test_what_is_not_shown_is_said(done, photographed):
    album = Album({"pan.png": "another"})
    assert album.thumb(Image("pan.png")).alt == "[image pan.png] (the file has changed since)"
    (photographed / "large.png").write_bytes(PNG + bytes(EMBEDDED))
    assert "bytes, not shown: above 300,000 bytes" in Album().thumb(Image("large.png")).alt
    (photographed / "pan.png").unlink()
    thumb = Album(done.meta.dataset.images).thumb(Image("pan.png"))
    assert (thumb.src, "pan.png' is not there" in thumb.alt) == ("", True)
    (photographed / "pan.png").write_bytes(PNG + b"changed")
    opened = Matrix(done).opened(0)
    assert opened["told"]["history"][0][0][1][1] == {
        "alt": "[image pan.png] (the file has changed since)"
    }


def test_values_as_text():
    assert words.value(TURNS[:1]) == "user: Is it iron? [image pan.png]"
    assert words.value(URL) == "[image]"
    assert words.value([{"role": "system", "content": "x"}]) == (
        '[{"role": "system", "content": "x"}]'
    )
