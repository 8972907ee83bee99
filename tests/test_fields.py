"""What a field of a model may not hold, and that no message repeats it: it may be a key."""

import pytest
from test_catalogue import entry_refusal

KEY = "sk-abcdefghijklmnopqrstuvwx"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            "{server: embedded, temprature: 0}",
            "unknown field 'temprature': fields are id, base_url,",
        ),
        ("{id: x}", "give either `base_url:` of an OpenAI-compatible endpoint or `server:`"),
        ("{server: vllm, id: x, base_url: 'http://h/v1'}", "give either"),
        ("{base_url: 'http://h/v1'}", "add `id:`"),
        ("{server: vllm}", "add `id:`"),
        ("{server: tgi, id: x}", "server must be embedded or triton or vllm"),
        ("{server: [x], id: x}", "server must be embedded or triton or vllm"),
        ("{id: 4.1, base_url: 'http://h/v1'}", "id must be a text"),
        ("{id: x, base_url: '${SECRET_URL}'}", "${...} is not filled in"),
        ("{id: x, base_url: 'https://user:pass@h/v1'}", "without user, password or query"),
        ("{id: x, base_url: h/v1}", "must read like https://host/v1"),
        (
            "{server: embedded, price: {input: 1}}",
            "price must be {input: dollars, output: dollars} per million tokens",
        ),
        ("{server: embedded, price: {input: -1, output: 1}}", "price must be"),
        (
            "{server: embedded, max_concurrency: 0}",
            "max_concurrency must be a whole number above 0",
        ),
        (
            "{server: embedded, max_concurrency: true}",
            "max_concurrency must be a whole number above 0",
        ),
        (
            "{server: embedded, deadline_seconds: -1}",
            "deadline_seconds must be a number of seconds above 0",
        ),
        (
            "{server: embedded, constrain: gbnf}",
            "constrain must be one of schema, grammar, choice, none",
        ),
        ("{server: embedded, args: ['--x']}", "`args:` belong to `server: vllm`"),
        ("{server: vllm, id: x, args: [1]}", "args must be a list of texts"),
        ("[1]", "expected `name: value` lines, found list"),
        (
            "{server: embedded, price: {input: .inf, output: 1}}",
            "price must be {input: dollars, output: dollars}",
        ),
        (
            "{server: embedded, price: {input: .nan, output: 1}}",
            "price must be {input: dollars, output: dollars}",
        ),
        (
            "{server: embedded, deadline_seconds: .inf}",
            "deadline_seconds must be a number of seconds above 0",
        ),
        (
            "{server: embedded, deadline_seconds: .nan}",
            "deadline_seconds must be a number of seconds above 0",
        ),
        (
            "{server: embedded, deadline_seconds: 0}",
            "deadline_seconds must be a number of seconds above 0",
        ),
        (
            "{server: embedded, max_concurrency: .inf}",
            "max_concurrency must be a whole number above 0",
        ),
        (
            "{server: embedded, tokens_per_minute: 9999999999999}",
            "tokens_per_minute must be a whole number",
        ),
        (
            "{server: embedded, requests_per_minute: -1}",
            "requests_per_minute must be a whole number",
        ),
        (
            "{server: embedded, parameters: {1: 2}}",
            "parameters must be `name: value` lines, every name a text",
        ),
        (
            "{server: embedded, parameters: {x: [.inf]}}",
            "'x': cannot be written as JSON: Out of range float",
        ),
        (
            "{server: embedded, parameters: {temperature: .nan}}",
            "'temperature': cannot be written as JSON",
        ),
        (
            "{server: embedded, parameters: {temperature: hot}}",
            "'temperature': it must be a number",
        ),
        (
            "{server: embedded, parameters: {max_tokens: -5}}",
            "'max_tokens': it must be a whole number from 1 to 1,000,000",
        ),
        (
            "{server: embedded, parameters: {max_tokens: abc}}",
            "'max_tokens': it must be a whole number from 1",
        ),
        (
            "{server: embedded, parameters: {max_completion_tokens: true}}",
            "'max_completion_tokens': it must be a whole",
        ),
        (
            "{server: embedded, parameters: {model: other}}",
            "'model': it is no parameter of a model: remove it",
        ),
        (
            "{server: embedded, parameters: {messages: []}}",
            "'messages': it is no parameter of a model: remove it",
        ),
        ("{server: embedded, parameters: {stream: 1}}", "'stream': it must be true or false"),
        (
            "{server: embedded, parameters: {stream_options: {}}}",
            "'stream_options': it is no parameter of a model",
        ),
    ],
)
def test_a_bad_entry_is_named_with_its_model(models_file, entry, said):
    message = entry_refusal(models_file, entry)
    assert message.startswith("models.yaml: model 'm': ")
    assert said in message


@pytest.mark.parametrize(
    "entry",
    [
        f"{{id: x, base_url: 'http://h/v1', api_key: {KEY}}}",
        f"{{id: x, base_url: 'http://h/v1', key: {KEY}}}",
        f"{{id: x, base_url: 'http://h/v1', api_key_env: {KEY}}}",
        f"{{id: x, base_url: 'http://h/v1', parameters: {{api_key: {KEY}}}}}",
        f"{{id: x, base_url: 'http://h/v1', token: {KEY}}}",
        f"{{server: vllm, id: x, args: ['--api-key={KEY}']}}",
        f"{{server: vllm, id: x, args: ['--hf-token', '{KEY}']}}",
    ],
)
def test_a_key_in_the_file_is_refused_and_not_repeated(models_file, entry):
    said = entry_refusal(models_file, entry)
    assert "environment variable" in said
    assert KEY not in said
