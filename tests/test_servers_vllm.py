"""vLLM gets its model, its port and the user's arguments, and no key that is not its own."""

import pytest
from local_servers import get, vllm

from workbench.errors import ModelError
from workbench.models.servers.supervision import base_url

pytestmark = pytest.mark.usefixtures("server_project")


async def test_vllm_is_told_its_port_its_name_and_the_arguments_of_models_yaml(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-vllm")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    url = await base_url(vllm("org/name", "--max-model-len", "2048"))
    seen = get(url)
    port = url.removeprefix("http://127.0.0.1:").removesuffix("/v1")
    assert seen["args"] == [
        "serve",
        "org/name",
        "--host",
        "127.0.0.1",
        "--port",
        port,
        "--served-model-name",
        "org/name",
        "--max-model-len",
        "2048",
    ]
    assert (seen["env"]["VLLM_NO_USAGE_STATS"], seen["env"]["DO_NOT_TRACK"]) == ("1", "1")
    assert "OPENAI_API_KEY" not in seen["env"]
    assert "HF_HUB_OFFLINE" not in seen["env"]


async def test_a_missing_vllm_command_names_the_package(monkeypatch, server_project):
    (server_project / "bin" / "vllm").unlink()
    monkeypatch.setenv("PATH", str(server_project))
    with pytest.raises(
        ModelError, match=r"model 'big' needs the command vllm: run `pip install 'vllm>=0\.30'`"
    ):
        await base_url(vllm("some"))


async def test_arguments_that_the_workbench_gives_itself_are_refused():
    with pytest.raises(ModelError, match="take --port out of its args"):
        await base_url(vllm("some", "--port=80"))
