"""An entry is a plain value, and its endpoint stands for it in the keys of stored calls."""

import pytest

import workbench as wb


@pytest.mark.parametrize(
    ("model", "endpoint"),
    [
        (wb.Model("m", "x", "https://one.example/v1/"), "https://one.example/v1"),
        (wb.Model("m", "x", "http://127.0.0.1:99/v1", server="vllm"), "vllm:x"),
        (wb.Model("m", "x", server="vllm", args=("--seed", "1")), "vllm:x --seed 1"),
    ],
)
def test_an_endpoint_is_its_url_or_what_a_local_server_serves(model, endpoint):
    assert model.endpoint == endpoint
