"""What models.yaml may say, and what is said back where it may not."""

import pytest

from workbench.errors import ModelError
from workbench.models.catalogue import load_models, model
from workbench.models.entry import Price
from workbench.models.model import Model

GOOD = """
models:
  gpt-4:    {id: gpt-4.1, base_url: "https://api.openai.com/v1", api_key_env: OPENAI_API_KEY}
  qwen:     {server: vllm, id: Qwen/Qwen3-8B, args: ["--max-model-len", "4096"]}
  embedded: {server: embedded}
  tuned:
    id: tuned-1
    base_url: http://127.0.0.1:8000/v1
    parameters: {temperature: 0, prompt_cache_key: a}
    price: {input: 1, output: 2.5}
    constrain: none
    logprobs: false
    max_concurrency: 3
    requests_per_minute: 60
    tokens_per_minute: 1000
    deadline_seconds: 2.5
roles: {actor: embedded, critic: gpt-4}
"""


def refusal(models_file, text, name="m"):
    models_file(text)
    with pytest.raises(ModelError) as error:
        model(name)
    assert "\n" not in str(error.value)
    return str(error.value)


def entry_refusal(models_file, entry):
    return refusal(models_file, f"models:\n  m: {entry}\n")


def test_a_role_and_a_name_give_the_same_model(models_file):
    models_file(GOOD)
    assert model("critic") == model("gpt-4")
    assert model("gpt-4").id == "gpt-4.1"
    assert model("gpt-4").endpoint == "https://api.openai.com/v1"


def test_every_field_of_the_file_arrives(models_file):
    models_file(GOOD)
    assert model("tuned") == Model(
        name="tuned",
        id="tuned-1",
        base_url="http://127.0.0.1:8000/v1",
        parameters={"temperature": 0, "prompt_cache_key": "a"},
        price=Price(1.0, 2.5),
        constrain="none",
        logprobs=False,
        max_concurrency=3,
        requests_per_minute=60,
        tokens_per_minute=1000,
        deadline_seconds=2.5,
    )


def test_the_embedded_model_needs_no_more_than_its_server(models_file):
    models_file(GOOD)
    embedded = model("embedded")
    assert (embedded.constrain, embedded.max_concurrency, embedded.price) == (
        "grammar",
        8,
        Price(0, 0),
    )
    assert embedded.endpoint == "embedded:smollm2-135m-instruct-q4_1@0.1.2"


def test_arguments_of_a_server_are_part_of_its_identity_because_they_may_change_replies(
    models_file,
):
    models_file(GOOD)
    assert model("qwen").endpoint == "vllm:Qwen/Qwen3-8B --max-model-len 4096"
    assert (model("qwen").constrain, model("qwen").price) == ("choice", Price(0, 0))


def test_load_models_lists_names_and_roles(models_file):
    models_file(GOOD)
    assert list(load_models()) == ["gpt-4", "qwen", "embedded", "tuned", "actor", "critic"]


def test_the_file_is_found_from_a_folder_below(models_file, monkeypatch):
    below = models_file(GOOD) / "notebooks"
    below.mkdir()
    monkeypatch.chdir(below)
    assert model("actor").name == "embedded"


def test_workbench_models_names_a_file_that_replaces_models_yaml(models_file, monkeypatch):
    (models_file(GOOD) / "mine.yaml").write_text("models: {only: {server: embedded}}")
    monkeypatch.setenv("WORKBENCH_MODELS", "mine.yaml")
    assert list(load_models()) == ["only"]


def test_an_unknown_name_lists_what_there_is(models_file):
    assert refusal(models_file, GOOD, "gtp-4") == (
        "models.yaml has no model or role 'gtp-4': is 'gpt-4' meant? It has gpt-4, qwen, embedded, "
        "tuned, actor, critic"
    )


def test_a_role_of_an_unknown_model_is_named(models_file):
    text = "models: {a: {server: embedded}}\nroles: {actor: b}"
    assert refusal(models_file, text) == "models.yaml has no model 'b' for role 'actor': it has a"


def test_broken_yaml_is_named_with_its_line(models_file):
    said = refusal(models_file, "models:\n  a: {server: embedded}\n  b: {id: [}\n")
    assert said.startswith("models.yaml line 3: not valid YAML:")


def test_a_missing_file_says_where_it_was_sought(models_file, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_MODELS", "gone.yaml")
    with pytest.raises(ModelError, match=r"gone\.yaml is not in .* WORKBENCH_MODELS"):
        load_models()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "models:\n  a: {server: embedded}\n  a: {server: vllm, id: x}",
            "line 3: not valid YAML: 'a' is there twice: keep",
        ),
        (
            "models:\n  a: {id: x, base_url: 'http://h/v1', id: y}",
            "line 2: not valid YAML: 'id' is there twice: keep one",
        ),
        ("models: " + "[" * 5000, "line 1: not valid YAML: nested too deeply"),
        (
            f"models:\n  a: {{id: {'9' * 5000}}}",
            "line 2: not valid YAML: Exceeds the limit (4300 digits)",
        ),
        (
            "models: {a: {id: x, id\a: y}}",
            "line 1: not valid YAML: special characters are not allowed",
        ),
        (
            "x: &x {id: x}\nmodels: {a: *x}",
            "line 2: not valid YAML: aliases are not used in a prompt file or models.yaml",
        ),
    ],
    ids=["two models", "two ids", "deep", "digits", "a bell", "alias"],
)
def test_what_yaml_alone_would_let_pass_or_break_at_is_named_with_its_line(models_file, text, said):
    assert refusal(models_file, text).startswith(f"models.yaml {said}")


def test_a_date_is_text_and_a_model_may_stream(models_file):
    models_file("models: {m: {server: embedded, parameters: {x: 2024-01-01, stream: true}}}")
    assert model("m").parameters == {"x": "2024-01-01", "stream": True}


def test_more_replies_to_one_call_are_refused_since_one_is_read_and_reserved_for(models_file):
    text = "models: {a: {id: x, base_url: 'http://h/v1', parameters: {n: 4}}}"
    assert "'n': only the first reply of a call is read" in refusal(models_file, text)
    models_file(text.replace("n: 4", "n: 1"))
    assert model("a").parameters == {"n": 1}


def test_an_entry_beside_models_and_roles_is_refused(models_file):
    assert (
        refusal(models_file, "model: {}")
        == "models.yaml: unknown entry 'model': it holds models and roles only"
    )
