"""vLLM gets its model, its port, what is sensible here and the user's arguments, no key that is not
its own, and says why it did not start.
"""

import pytest
from local_servers import get, vllm

from workbench.errors import ModelError
from workbench.models.servers import devices, vllm_arguments
from workbench.models.servers.devices import GPU
from workbench.models.servers.supervision import base_url

pytestmark = pytest.mark.usefixtures("server_project")

ON_A_CPU = [
    *("--max-model-len", "auto", "--max-num-seqs", "64", "--enable-prefix-caching", "--seed", "0"),
    *("--dtype", "bfloat16", "--enforce-eager"),
]


@pytest.fixture
def machine(server_project, monkeypatch):
    """A machine with what `nvidia-smi` is made to say of it."""
    monkeypatch.setattr(devices, "_OTHERS", ())
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(server_project / "bin"), prepend=":")

    def with_gpus(*lines):
        tool = server_project / "bin" / "nvidia-smi"
        tool.write_text("#!/bin/sh\n" + "".join(f"echo '{line}'\n" for line in lines))
        tool.chmod(0o755)

    with_gpus()
    return with_gpus


async def test_vllm_is_told_its_port_its_name_and_the_arguments_of_models_yaml(
    machine, monkeypatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-vllm")
    monkeypatch.setenv("HF_TOKEN", "hf_for_gated_weights")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    url = await base_url(vllm("org/name", "--max-model-len", "2048"))
    seen = get(url)
    port = url.removeprefix("http://127.0.0.1:").removesuffix("/v1")
    assert seen["args"] == [
        *("serve", "org/name", "--host", "127.0.0.1", "--port", port),
        *("--uvicorn-log-level", "warning"),
        *("--served-model-name", "org/name", *ON_A_CPU[2:], "--max-model-len", "2048"),
    ]
    assert (seen["env"]["VLLM_NO_USAGE_STATS"], seen["env"]["DO_NOT_TRACK"]) == ("1", "1")
    assert 1 <= int(seen["env"]["VLLM_CPU_KVCACHE_SPACE"]) <= 8
    assert seen["env"]["HF_TOKEN"] == "hf_for_gated_weights"
    assert "OPENAI_API_KEY" not in seen["env"]
    assert "HF_HUB_OFFLINE" not in seen["env"]


def test_a_machine_without_a_gpu_computes_in_bfloat16_and_compiles_nothing(machine):
    assert vllm_arguments.chosen(64, []) == ON_A_CPU


def test_as_much_of_a_gpu_is_taken_as_is_free_but_for_a_spare(machine):
    machine("0, GPU-a, 24564, 24100, 8.9")
    assert vllm_arguments.chosen(32, [])[-4:] == (
        ["--gpu-memory-utilization", "0.92", "--dtype", "auto"]
    )
    machine("0, GPU-a, 24564, 12800, 8.9")
    assert vllm_arguments.chosen(32, [])[-3:] == ["0.50", "--dtype", "auto"]
    assert vllm_arguments.environment() == {}


def test_an_older_gpu_computes_in_halves(machine):
    machine("0, GPU-a, 16384, 16000, 7.5")
    assert vllm_arguments.chosen(32, [])[-2:] == ["--dtype", "half"]


def test_the_fullest_of_the_gpus_that_are_used_decides(machine):
    machine("0, GPU-a, 1000, 1000, 9.0", "1, GPU-b, 10000, 5512, 9.0")
    assert "0.48" in vllm_arguments.chosen(32, [])
    assert "0.48" in vllm_arguments.chosen(32, ["--tensor-parallel-size", "2"])
    machine("0, GPU-a, 10000, 9512, 9.0", "1, GPU-b, 10000, 5512, 9.0")
    assert "0.50" in vllm_arguments.chosen(32, ["-tp=2"])
    assert "0.90" in vllm_arguments.chosen(32, [])


def test_only_gpus_that_a_process_may_see_count(machine, monkeypatch):
    machine("0, GPU-a1, 10000, 9000, 9.0", "1, GPU-b2, 20000, 9000, 7.0")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert devices.gpus() == (GPU(20000, 9000, 7.0),)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-a1,1")
    assert devices.gpus() == (GPU(10000, 9000, 9.0), GPU(20000, 9000, 7.0))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert devices.gpus() == ()


def test_what_nvidias_tool_cannot_tell_is_no_gpu_of_ours(machine):
    machine("0, GPU-a, [N/A], [N/A], 9.0", "No devices were found")
    assert devices.gpus() == ()


@pytest.mark.parametrize(
    ("given", "left_out"),
    [
        (["--dtype", "float32"], "--dtype"),
        (["--no-enable-prefix-caching"], "--enable-prefix-caching"),
        (["--max_model_len=10"], "--max-model-len"),
        (["--seed=7"], "--seed"),
    ],
)
def test_what_the_user_says_is_not_said_again(machine, given, left_out):
    chosen = vllm_arguments.chosen(64, given)
    assert left_out not in chosen
    assert len([each for each in chosen if each.startswith("--")]) == 5


def test_a_file_of_arguments_says_all_of_it(machine):
    assert vllm_arguments.chosen(64, ["--config", "mine.yaml"]) == []


async def test_a_missing_vllm_command_names_the_package(monkeypatch, server_project):
    (server_project / "bin" / "vllm").unlink()
    monkeypatch.setenv("PATH", str(server_project))
    with pytest.raises(
        ModelError, match=r"model 'big' needs the command vllm: run `pip install 'vllm>=0\.30'`"
    ):
        await base_url(vllm("some"))


@pytest.mark.parametrize("given", ["--port=80", "--served_model_name=x", "--host"])
async def test_arguments_that_the_workbench_gives_itself_are_refused(given):
    name = given.partition("=")[0].replace("_", "-")
    with pytest.raises(ModelError, match=f"take {name} out of its args"):
        await base_url(vllm("some", given))


@pytest.mark.parametrize(
    ("model", "cause", "line"),
    [
        ("large", "there is too little memory for it", "Free memory on device cuda:0 (3.2/23.6"),
        ("unknown", "no such model is known", "unknown is not a local folder and is not a valid"),
        ("nowhere", "it finds no GPU that it can use", "Failed to infer device type"),
        ("taken", "another process took its port", "[Errno 98] Address already in use"),
        ("gated", "its weights are not for everybody", "Cannot access gated repo"),
        ("flagged", "it does not understand its args", "unrecognized arguments: --no-such-flag"),
    ],
)
async def test_the_likely_cause_of_a_failed_start_is_said(model, cause, line):
    """With the line that shows it, wherever in the log that stands."""
    with pytest.raises(ModelError) as error:
        await base_url(vllm(model))
    said = str(error.value)
    assert said.startswith(f"model 'big': its vllm server ended while it started; {cause}")
    assert line in said.rpartition(".log says: ")[2]


async def test_a_server_that_dies_again_and_again_is_given_up(server_project):
    from workbench.models.servers import supervision

    model = vllm("mortal")
    for _ in range(supervision.MOST_ENDS):
        await base_url(model)
        [server] = supervision._running.values()
        server.child.process.kill()
        server.child.process.wait()
    with pytest.raises(ModelError, match="its vllm server ended 3 times while it served; "):
        await base_url(model)
    assert (await base_url(model)).startswith("http://127.0.0.1:")  # asked for anew, it is tried
