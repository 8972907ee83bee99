"""The kinds of local servers, and how their scripts are run."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from local_servers import EMBEDDED, get, started, vllm

from workbench.models.catalogue import load_models
from workbench.models.servers import SERVERS, embedded, supervision
from workbench.models.servers.kind import script


def test_a_script_does_not_take_the_modules_beside_it_for_real_ones(tmp_path):
    beside = shutil.copytree(Path(embedded.__file__).parent, tmp_path / "servers")
    (beside / "probe.py").write_text("import embedded, vllm")
    *python, _ = script("probe.py")
    ran = subprocess.run([*python, beside / "probe.py"], capture_output=True, text=True)
    assert "No module named 'embedded'" in ran.stderr


async def test_the_supervisor_is_run_as_such_a_script(server_project):
    await supervision.base_url(vllm("some"))
    [server] = supervision._running.values()
    assert server.child.process.args[:3] == script("supervision_child.py")


@pytest.mark.embedded
def test_the_embedded_server_is_run_as_such_a_script():
    assert SERVERS["embedded"].command(EMBEDDED, 1)[:3] == script("embedded_child.py")


async def test_a_new_kind_of_server_is_one_line_in_the_table(server_project, monkeypatch):
    """It is then started, waited for and ended like the others, and models.yaml may name it."""
    kind = replace(SERVERS["vllm"], defaults={"id": "org/default"}, takes_args=False)
    monkeypatch.setitem(SERVERS, "another", kind)
    (server_project / "models.yaml").write_text("models: {big: {server: another}}")
    model = load_models()["big"]
    listed = get(await supervision.base_url(model) + "/models")
    assert (model.endpoint, listed) == ("another:org/default", {"data": [{"id": "org/default"}]})
    assert len(started()) == 1
