"""The times of a streamed reply travel from the wire to the page, and through the store."""

import pytest
from notes import examples, talk

import workbench as wb
from workbench import testing
from workbench.models.streams import Stream
from workbench.runs import load_run, run
from workbench.sections.grid import Grid
from workbench.sections.overview import overview
from workbench.sections.streamed import times_of, token_table

STREAMED = {"stream": True}


def test_gaps_are_those_between_texts_not_between_bytes():
    stream = Stream(begun=10.0)
    for now, text in ((10.4, "a"), (10.5, ""), (10.6, "b"), (11.6, "c")):
        event = b'data: {"choices": [{"delta": {"content": "%s"}}]}\n\n' % text.encode()
        stream.feed(event, now)
    done = stream.times(wb.Completion(completion_tokens=3))
    assert done.first_token_seconds == pytest.approx(0.4)
    assert done.gap_seconds == (pytest.approx(0.2), pytest.approx(1.0))


async def test_streamed_times_are_kept_and_shown_where_latency_is(prompt, critic, store_url):
    with testing.serve(talk) as server:
        model = server.model(parameters=STREAMED)
        asked = ([prompt("v1"), prompt("v2")], examples(6), model, [critic(server.model())])
        done = await run(*asked, store=store_url)
    back = load_run("last", store_url)
    assert back.gaps == done.gaps
    assert [len(gaps) for gaps in done.gaps] == [3] * 12  # of four words each
    times = times_of(back, back.rows("v1"))
    assert (times.ttft.n, times.tpot.n, times.itl.n) == (6, 6, 18)
    assert 0 < times.itl.median < times.itl.p99 < 1
    choice = wb.compare(back, "good", baseline="v1")
    for shown in (overview(back, Grid.of(back)), wb.show(choice).twin()):
        assert "Streamed replies" in shown
        assert 'data-l="ITL, p99"' in shown


async def test_runs_that_are_not_streamed_show_nothing_of_it(prompt, tmp_path):
    with testing.serve(talk) as server:
        done = await run(prompt("v1"), examples(3), server.model(), store=tmp_path / "s.db")
    assert (token_table(done), done.gaps) == ("", [()] * 3)
    given = wb.Run.of(done.frame, critics={})
    assert token_table(given) == ""
