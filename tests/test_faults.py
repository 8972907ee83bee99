"""The table of what statuses mean: the page and the code say the same, and runs do so."""

import asyncio
import re
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
from loopback import ask, complete
from notes import examples, talk

import workbench as wb
from workbench import testing
from workbench.errors import ModelError, PausedTooLong
from workbench.models.entry import Price
from workbench.models.faults import FAULTS, STATUSES, fault_name
from workbench.models.limits import Gate, Limit
from workbench.models.transport import Transport
from workbench.runs import run
from workbench.testing import Ask, Reply

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "wire.md").read_text("utf-8")
TABLE = {
    name: (answers, again, ends)
    for answers, name, again, ends in re.findall(r"\| (.+) \| `(.+)` \| (.+) \| (.+) \|", PAGE)
}


def test_the_page_names_every_fault_with_its_statuses():
    assert set(TABLE) == set(FAULTS)
    for status, name in STATUSES.items():
        assert str(status) in TABLE[name][0]


@pytest.mark.parametrize("name", FAULTS)
def test_the_page_says_what_the_code_does(name):
    fault, (_, again, ends) = FAULTS[name], TABLE[name]
    assert fault.retry == (again != "no")
    assert (fault.limiting or fault.loading) == ("not counted" in again)
    assert bool(fault.fatal) == (ends == "at once")
    assert bool(fault.lasting) == ("every first call" in ends or "at the first" in ends)
    assert fault.at_first == ("at the first" in ends)


@pytest.mark.parametrize(
    ("status", "code", "text", "name"),
    [
        (429, "", "Request too large: Limit 30000, Requested 45000", "large"),
        (429, "", "Rate limit: Limit 10000, Used 9500, Requested 1000", "limited"),
        (429, "", "Your request has 12,000 tokens, over the limit of 8,000 per minute", "large"),
        (429, "", "Your request of 900 tokens would pass the limit of 8,000 per minute", "limited"),
        (429, "", "Payload too large", "large"),
        (429, "", "The input exceeds the maximum length", "large"),
        (429, "", "You exceed the maximum tokens per minute", "limited"),
        (429, "insufficient_quota", "You exceeded your current quota", "quota"),
        (503, "", "Loading model", "loading"),
        (500, "", "Model x is currently loading", "loading"),
        (503, "", "overloaded", "busy"),
        (400, "", "Model Not Exist", "model"),
        (404, "model_not_found", "no", "model"),
        (404, "", "page not found", "address"),
        (403, "", "Your input was flagged", "forbidden"),
        (403, "", "Invalid API key", "forbidden key"),
        (400, "", "Your credit balance is too low", "unpaid"),
        (307, "", "", "address"),
        (522, "", "", "passing"),
        (418, "", "", "row"),
    ],
)  # fmt: skip
def test_words_and_codes_tell_faults_of_one_status_apart(status, code, text, name):
    assert fault_name(status, code, text) == name


async def test_one_rows_403_is_that_rows_and_no_others(prompt, tmp_path):
    def script(asked: Ask) -> str | Reply:
        return Reply("not allowed", status=403) if asked.text.endswith("7") else talk(asked)

    with testing.serve(script) as server:
        done = await run(prompt(), examples(40), server.model(), store=tmp_path / "s.db")
    assert (done.counts["ok"], done.counts["error"]) == (36, 4)


@pytest.mark.parametrize("status", [402, 403, 404])
async def test_what_every_first_call_gets_ends_the_run_after_the_first_few(
    status, prompt, tmp_path
):
    with (
        testing.serve(lambda asked: Reply("no", status=status)) as server,
        pytest.raises(ModelError, match="model 'model'"),
    ):
        await run(prompt(), examples(300), server.model(), store=tmp_path / "s.db")
    assert len(server.log) <= 12


async def test_a_request_that_is_too_large_is_one_attempt_and_the_others_go_on(prompt, tmp_path):
    def script(asked: Ask) -> str | Reply:
        large = asked.text.endswith("5")
        return Reply("Request too large", status=429) if large else talk(asked)

    with testing.serve(script) as server:
        done = await run(prompt(), examples(60), server.model(), store=tmp_path / "s.db")
    assert (done.counts["ok"], done.counts["error"], len(server.log)) == (54, 6, 60)


async def test_what_failed_waits_behind_what_was_not_tried():
    gate, order = Gate(Limit(max_concurrency=1)), []
    sent = await gate.enter(1)

    async def call(name: str, again: bool) -> None:
        leave = await gate.enter(1, again=again)
        order.append(name)
        gate.leave(leave)

    waiting = [asyncio.create_task(call("failed", True)), asyncio.create_task(call("new", False))]
    await asyncio.sleep(0)
    gate.leave(sent)
    await asyncio.gather(*waiting)
    assert order == ["new", "failed"]


async def test_an_endpoint_that_loads_is_waited_for_and_that_is_no_attempt():
    loading = Reply("Loading model", status=503)
    [done] = await complete(lambda asked: loading if asked.attempt < 4 else "up", "hi", attempts=1)
    assert (done.text, done.attempts) == ("up", 4)
    with pytest.raises(PausedTooLong, match="still loading"):
        await complete(lambda asked: loading, "hi", patience_seconds=0.4, deadline_seconds=0.4)


async def test_attempts_and_patience_of_a_model_bound_a_call_that_hangs():
    hangs = Reply(fault="hang")
    [done] = await complete(lambda asked: hangs, "hi", deadline_seconds=0.8, attempts=2)
    assert (done.status, done.attempts) == ("timeout", 2)
    [done] = await complete(
        lambda asked: hangs, "hi", deadline_seconds=0.3, patience_seconds=0.4, attempts=5
    )
    assert (done.status, done.attempts <= 2) == ("timeout", True)


async def test_a_page_or_an_unexpected_endpoint_with_200_is_one_attempt():
    bodies = {"a": b"<!doctype html><p>hi", "b": b'{"error":"Unexpected endpoint or method."}'}
    done = await complete(lambda asked: Reply(body=bodies[asked.text]), *bodies)
    assert [(each.status, each.attempts) for each in done] == [("error", 1)] * 2


@pytest.mark.parametrize("wrong", ["", "/v1/chat/completions"])
async def test_an_address_that_was_meant_otherwise_is_named(wrong):
    from aiohttp import web

    looks = []

    async def models(request):
        looks.append(request.path)
        return web.json_response({"object": "list", "data": []})

    application = web.Application()
    application.router.add_get("/v1/models", models)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    root = f"http://127.0.0.1:{runner.addresses[0][1]}"
    model = testing.Server(str).model(base_url=root + wrong)
    async with Transport() as transport:
        asked = [transport.complete(ask(model, text)) for text in ("a", "b", "c")]
        said = await asyncio.gather(*asked, return_exceptions=True)
    await runner.cleanup()
    assert [f"write `base_url: {root}/v1`" in str(each) for each in said] == [True] * 3
    assert looks == ["/v1/models"]


async def test_under_a_budget_the_bound_that_is_reserved_is_sent(tmp_path):
    (tmp_path / "p.prompty").write_text("user:\n{{ text }}\n")
    prompt = wb.load_prompt(tmp_path / "p.prompty")
    with testing.serve(lambda asked: "fine") as server:
        await run(prompt, examples(1), server.model(), store=tmp_path / "s.db", budget=1.0)
        again = await run(prompt, examples(1), server.model(), store=tmp_path / "s.db")
    assert [each.ask.body["max_tokens"] for each in server.log] == [4096]
    assert again.counts["calls"] == 0


async def test_calls_dearer_than_was_reserved_stop_what_is_queued(prompt, tmp_path):
    usage = {"prompt_tokens": 20, "completion_tokens": 2000}  # forty times the bound
    with testing.serve(lambda asked: Reply("x", usage=usage, seconds=0.02)) as server:
        model = server.model(price=Price(1, 100), max_concurrency=2)
        done = await run(prompt(), examples(60), model, store=tmp_path / "s.db", budget=0.5)
    assert done.cost <= 0.5 + 3 * 0.2001
    assert done.counts["stopped"].startswith("the budget")


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254", "2852039166", "0xa9fea9fe", "169.254.43518", "[::ffff:169.254.169.254]",
        "[fe80::1]", "[64:ff9b::a9fe:a9fe]", "metadata.google.internal", "100.100.100.200",
        "[2002:a9fe:a9fe::1]", "[2002:6464:64c8::]",  # 6to4
        "[2001:0:4136:e378:8000:63bf:5601:5601]", "[2001:0:a9fe:a9fe::]",  # Teredo
        "[64:ff9b:1::a9fe:a9fe]", "[::ffff:0:a9fe:a9fe]", "[::a9fe:a9fe]", "[fd00:ec2::254]",
    ],
)  # fmt: skip
def test_addresses_that_hand_out_credentials_are_refused(host):
    with pytest.raises(ModelError, match="link-local or metadata"):
        testing.Server(str).model(base_url=f"http://{host}/v1")


@pytest.mark.parametrize(
    "host",
    ["[2002:808:808::1]", "[2001:0:4136:e378:8000:63bf:f7f7:f7f7]", "[64:ff9b::808:808]", "[::1]"],
)
def test_addresses_that_lead_elsewhere_are_not(host):
    assert testing.Server(str).model(base_url=f"http://{host}/v1").base_url


@pytest.fixture
def certified(tmp_path):
    """A certificate for localhost that no system believes, and a context that shows it."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "ca.pem"
    made = f"req -x509 -newkey rsa:2048 -nodes -days 2 -keyout {key} -out {certificate}"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(["openssl", *made.split(), *names], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return certificate, context


async def test_a_certificate_of_a_ca_of_ones_own_is_believed_once_named(certified, monkeypatch):
    from aiohttp import web

    certificate, context = certified
    server = testing.Server(lambda asked: "fine")
    application = web.Application()
    application.router.add_post("/v1/chat/completions", server.complete)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    model = server.model(base_url=f"https://localhost:{runner.addresses[0][1]}/v1")
    async with Transport() as transport:
        with pytest.raises(ModelError, match=r"certificate is not trusted.*SSL_CERT_FILE"):
            await transport.complete(ask(model, "hi"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    async with Transport() as transport:
        done = await transport.complete(ask(model, "hi"))
    await runner.cleanup()
    assert done.text == "fine"
