"""Improvements that GEPA searches: what it found is confirmed by our rule, and paid for once."""

import asyncio
import contextlib
import sys

import pytest
from test_improving import Script, bench, file, improved, until

from workbench import testing
from workbench.errors import WorkbenchError
from workbench.testing import Reply

__all__ = ["bench"]  # the fixture


async def test_gepa_searches_and_what_it_found_is_confirmed_by_our_rule(bench):
    pytest.importorskip("gepa", reason="the extra [gepa] is not installed")
    with testing.serve(Script(file(1), file(2), file(3))) as server:
        made = await improved(bench, server, method="gepa")
        calls = len(server.log)
        again = await improved(bench, server, method="gepa")
    assert (made.winner, made.tried, made.method) == ("v1-c2", 3, "gepa")
    assert made.is_confirmed
    assert len(server.log) == calls
    assert again.sentence == made.sentence


async def test_gepa_that_is_cancelled_asks_for_nothing_more_and_goes_on(bench):
    pytest.importorskip("gepa", reason="the extra [gepa] is not installed")
    script = Script(file(1), Reply(fault="hang"), file(2), file(3))
    with testing.serve(script) as server:
        task = asyncio.ensure_future(improved(bench, server, method="gepa"))
        await until(lambda: len(script.proposals) == 2)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        asked = len(server.log)
        made = await improved(bench, server, method="gepa")
    assert made.winner == "v1-c2"
    assert len(server.log) == made.actor.answers + made.proposals.answers + 1 > asked


async def test_gepa_that_is_missing_is_said(bench, monkeypatch):
    monkeypatch.setitem(sys.modules, "gepa", None)
    said = "needs the package gepa: pip install"
    with testing.serve(Script(file(1))) as server, pytest.raises(WorkbenchError, match=said):
        await improved(bench, server, method="gepa")
