"""Images are files of the project or data URLs, read whole or refused by name; none is fetched."""

import base64

import pytest
from sample_images import GIF, JPEG, PNG, WEBP

from workbench.prompts.images import MOST_BYTES, ImageFault, picture
from workbench.turns import Image


@pytest.fixture
def project(tmp_path, monkeypatch):
    home = tmp_path / "project"
    home.mkdir()
    (home / "models.yaml").write_text("models: {}\n")
    monkeypatch.chdir(home)
    return home


@pytest.mark.parametrize(
    ("kind", "data"), [("png", PNG), ("jpeg", JPEG), ("gif", GIF), ("webp", WEBP)]
)
def test_an_image_is_known_by_its_content_whatever_it_is_called(project, kind, data):
    (project / "photo.txt").write_bytes(data)
    url = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    assert picture(Image("photo.txt")).url == url
    assert picture(Image(url)).data == data
    assert picture(Image(url.replace(kind, "bmp"))).url == url
    assert picture(Image(str(project / "photo.txt"))).kind == f"image/{kind}"


@pytest.mark.parametrize(
    "source",
    ["https://example.com/a.png", "HTTP://example.com/a", "//host/a.png", "ftp://h/a", "file:///a"],
)
def test_an_address_is_refused_by_name_and_never_fetched(project, source):
    with pytest.raises(ImageFault, match=r"is an address, and images are never fetched") as refused:
        picture(Image(source))
    assert repr(source) in str(refused.value)


def test_no_path_and_no_link_leads_out_of_the_project(project, tmp_path):
    (tmp_path / "secret.png").write_bytes(PNG)
    (project / "link.png").symlink_to(tmp_path / "secret.png")
    (project / "folder").symlink_to(tmp_path)
    (project / "inner.png").write_bytes(PNG)
    (project / "within.png").symlink_to(project / "inner.png")
    outside = ("link.png", "folder/secret.png", "../secret.png", str(tmp_path / "secret.png"))
    for source in outside:
        with pytest.raises(ImageFault, match="leads out of the project: put a copy"):
            picture(Image(source))
    assert picture(Image("within.png")).data == PNG


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("nowhere.png", "image 'nowhere.png' is not there"),
        (".", "is not there"),
        ("", "names no image"),
        ("a\0.png", "names no image"),
        ("page.svg", "image 'page.svg' is no image: give a PNG, JPEG, GIF or WebP file"),
        ("data:image/svg+xml;base64,PHN2Zz4=", "a data URL is no image"),
        ("data:image/png;base64,????", "no base64"),
        ("data:image/png,abc", "is written data:image/png;base64"),
        ("large.png", "image 'large.png' is larger than 5,000,000 bytes: make it smaller"),
    ],
)
def test_what_is_no_image_is_refused_with_the_next_step(project, source, why):
    (project / "page.svg").write_text("<svg onload='alert(1)'/>")
    (project / "large.png").write_bytes(PNG + bytes(MOST_BYTES))
    with pytest.raises(ImageFault, match=why):
        picture(Image(source))
