"""What endpoints offer, and which of our models are about to go."""

from datetime import date

import pytest

import workbench as wb
from workbench import testing
from workbench.models.offers import Listing, Offer, listings, offers

TODAY = date(2026, 3, 1)


async def test_offers_come_by_name_with_the_day_they_end():
    with testing.serve(lambda ask: "") as server:
        server.offers = [
            {"id": "b", "shutdown_date": "2026-04-01"},
            {"id": "a", "shutdown_date": None},
            {"id": "c", "shutdown_date": "2026-04-01T10:00:00Z"},
            {"id": "d", "shutdown_date": 1775000000},
            {"id": "e", "shutdown_date": "one day"},
        ]
        found = await offers(server.model())
    day = date(2026, 4, 1)
    assert found == [
        Offer("a"), Offer("b", day), Offer("c", day), Offer("d", date(2026, 3, 31)), Offer("e"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (None, ""),
        (date(2026, 5, 31), ""),
        (date(2026, 5, 30), "is shut down on 2026-05-30, in 90 days"),
        (date(2026, 3, 2), "is shut down on 2026-03-02, tomorrow"),
        (TODAY, "is shut down on 2026-03-01, today"),
        (date(2026, 2, 1), "was to be shut down on 2026-02-01"),
    ],
)
def test_an_end_that_is_near_is_said(day, said):
    assert Offer("m", day).warning(TODAY) == said


async def test_an_endpoint_is_asked_once_and_one_that_cannot_be_asked_is_said():
    with testing.serve(lambda ask: "") as server:
        server.offers = [{"id": "a", "shutdown_date": "2026-03-11"}, {"id": "b"}]
        models = {
            "big": server.model("big", id="a"),
            "gone": server.model("gone", id="z"),
            "small": wb.Model("small", server="embedded", id="s"),
            "shut": wb.Model("shut", "x", "http://127.0.0.1:9/v1", api_key_env="NOT_THERE_KEY"),
        }
        here, local, shut = await listings(models)
    assert list(here.sentences(TODAY)) == [
        "a (model 'big'): is shut down on 2026-03-11, in 10 days",
        "b",
    ]
    assert list(here.warnings(TODAY)) == [
        "model 'big': a is shut down on 2026-03-11, in 10 days: choose its successor and compare "
        "them",
        f"model 'gone': z is not among what {server.url} offers",
    ]
    assert list(local.sentences(TODAY)) == ["s (model 'small')"]
    assert (local.where, list(local.warnings(TODAY))) == ("server: embedded", [])
    assert "export NOT_THERE_KEY=" in shut.error
    assert (list(shut.sentences(TODAY)), list(shut.warnings(TODAY))) == ([shut.error], [])


async def test_a_server_that_is_not_there_is_said_at_once_and_not_waited_for():
    """Somebody who lists models can ask again: patience is for runs."""
    gone = wb.Model("gone", "x", "http://127.0.0.1:9/v1", patience_seconds=0.1)
    [listing] = await listings({"gone": gone})
    assert "cannot list its models: no connection: " in listing.error
    assert listing.error.endswith("; start it, or correct its base_url")


def test_an_empty_list_says_that_a_model_is_not_there():
    listing = Listing({"m": wb.Model("m", "a", "http://127.0.0.1:9/v1")})
    assert list(listing.warnings(TODAY)) == [
        "model 'm': a is not among what http://127.0.0.1:9/v1 offers"
    ]
