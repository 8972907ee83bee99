"""A project on a real vLLM, which WORKBENCH_VLLM names the folder of (`make test-vllm`)."""

import asyncio
import os
from pathlib import Path

import pytest
from shipped_files import ROOT, copy_shipped

from workbench.models.model import Model
from workbench.models.served import servable
from workbench.models.servers import supervision

VLLM = os.environ.get("WORKBENCH_VLLM", "")
MODELS = """
models:
  smol:
    server: vllm
    id: {id}
    max_concurrency: 16
    deadline_seconds: 300
    patience_seconds: 900
roles: {{actor: smol, critic: smol}}
"""


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    skip = pytest.mark.skip(reason="needs a real vLLM: make test-vllm")
    for item in items:
        if here in item.path.parents and not VLLM:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def real(tmp_path_factory):
    """A project with what is shipped, worked in, whose models vLLM serves."""
    folder, before = tmp_path_factory.mktemp("project"), Path.cwd()
    changed = pytest.MonkeyPatch()
    installed = Path(VLLM).resolve()
    copy_shipped(folder)
    (folder / "models.yaml").write_text(MODELS.format(id=installed / "smollm2"))
    (folder / "run").mkdir()
    changed.setenv("XDG_RUNTIME_DIR", str(folder / "run"))
    changed.setenv("PATH", f"{installed / 'venv' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    changed.setenv("HF_HUB_OFFLINE", "1")
    changed.setenv("VLLM_CPU_KVCACHE_SPACE", "1")
    changed.setenv("PYTHONPATH", str(ROOT))
    changed.setenv("OPENAI_API_KEY", "sk-" + "not-for-vllm-4711")
    changed.delenv("WORKBENCH_MODELS", raising=False)
    changed.chdir(folder)
    yield folder
    supervision.stop_servers()
    changed.undo()
    os.chdir(before)


@pytest.fixture(scope="session")
def smol(real) -> Model:
    """The embedded model's weights on a vLLM that is started once for all tests."""
    model = servable("smol")
    asyncio.run(supervision.base_url(model))
    return model
