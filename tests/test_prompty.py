"""The file format, against the prompty package itself: files go both ways and give the same
messages.
"""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_prompts import GREET

from workbench.errors import PromptError, WorkbenchError
from workbench.prompts import Message, Prompt, Property, load_prompt

prompty = pytest.importorskip(
    "prompty", reason="the development dependency prompty is not installed"
)


@pytest.fixture
def written(tmp_path):
    def write(text):
        (tmp_path / "v1.prompty").write_text(text, "utf-8")
        return tmp_path / "v1.prompty"

    return write


def prepared(path, inputs):
    return [
        {"role": each.role, "content": each.text}
        for each in prompty.prepare(prompty.load(path), inputs)
    ]


@pytest.mark.parametrize(
    "inputs", [{"who": "Bo"}, {"who": "Bo\nand Di", "tone": ""}, {"who": "é\u00a0{{ x }}"}]
)
def test_prompty_prepares_the_same_messages_from_our_file(written, inputs, tmp_path):
    path = load_prompt(written(GREET)).save(tmp_path, "ours")
    assert prepared(path, inputs) == load_prompt(path).render(inputs)
    agent = prompty.load(path)
    options = agent.model.options
    assert (agent.name, agent.metadata["owner"], agent.model.id) == ("ours", "Ada", "some-model")
    assert (options.temperature, options.top_p, options.seed, options.max_output_tokens) == (
        0.5,
        0.9,
        7,
        20,
    )
    assert (options.stop_sequences, options.reasoning_effort) == (["END"], "low")
    assert (options.frequency_penalty, options.presence_penalty) == (0.1, 0.2)
    assert options.additional_properties == {"min_p": 0.05}


@pytest.mark.parametrize(
    ("body", "inputs"),
    [
        ("Text first.\nuser:\n{{ x }}", {"x": "a"}),
        (
            "system:\n\n\nA\n\nuser:\n\n{% for i in xs %}\n- {{ i }}\n{% endfor %}\nassistant:\nok",
            {"xs": [1, 2]},
        ),
        (
            "system:\nuser:\n{{ x|tojson }} {{ xs|join(', ') }}",
            {"x": {"k": "é<"}, "xs": ["a", "b"]},
        ),
        ("system:\n\nuser:\nHi\nassistant:\n", {}),
        ("# user:\n{% if x %}\nyes\n{% endif %}\n\nASSISTANT :\n{{ x|upper }}", {"x": "straße"}),
        (
            "developer:\n{{ x }}\nuser:\n{{ xs[0] }} {{ xs }} {{ yes }}",
            {"x": 0.5, "xs": ["a"], "yes": True},
        ),
    ],
)
def test_a_file_written_for_prompty_gives_the_same_messages_here(written, body, inputs):
    path = written(f"---\nname: v1\n---\n{body}\n")
    assert load_prompt(path).render(inputs) == prepared(path, inputs)


def test_a_file_that_prompty_wrote_loads_here(written, tmp_path):
    ours = load_prompt(written(GREET))
    agent = prompty.load(tmp_path / "v1.prompty")
    saved = prompty.core.loader.default_save_context().process_dict(agent.save())
    body = saved.pop("instructions")
    theirs = load_prompt(written(f"---\n{json.dumps(saved, indent=1)}\n---\n{body}"))
    assert (theirs.messages, theirs.parameters, theirs.metadata) == (
        ours.messages,
        ours.parameters,
        ours.metadata,
    )
    assert theirs.fingerprint == ours.fingerprint


def test_outputs_we_save_are_outputs_to_prompty(tmp_path):
    outputs = (
        Property("label", enum_values=("yes", "no"), required=True),
        Property("points", "array"),
    )
    prompt = Prompt("p", (Message("user", "x"),), outputs=outputs)
    agent = prompty.load(prompt.save(tmp_path, "ours"))
    assert [(each.name, each.kind, each.enum_values) for each in agent.outputs] == [
        ("label", "string", ["yes", "no"]),
        ("points", "array", None),
    ]


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (
            "maxOutputTokens: -5",
            "model.options.maxOutputTokens is -5: it must be a whole number from 1 to "
            "1,000,000,000",
        ),
        ("maxOutputTokens: 0", "maxOutputTokens is 0: it must be a whole number from 1"),
        (
            "additionalProperties: {max_completion_tokens: abc}",
            "max_completion_tokens is 'abc': it must be a whole",
        ),
        (
            "additionalProperties: {max_completion_tokens: 1.5}",
            "max_completion_tokens is 1.5: it must be a whole",
        ),
        (
            "additionalProperties: {service_tier: priority}",
            "service_tier changes what a call costs: set it in models.yaml, beside its price",
        ),
        ("additionalProperties: {1: 2}", "model.options.1 is 2: its name must be text"),
        (
            "additionalProperties: {stream_options: {}}",
            "stream_options is not a parameter of a prompt: remove it",
        ),
        ("additionalProperties: {x: !!set {a}}", "could not determine a constructor for the tag"),
        (
            "additionalProperties: {x: !!bool perhaps}",
            "line 3: not valid YAML: 'perhaps': write it in quotes",
        ),
    ],
)
def test_a_parameter_that_no_endpoint_would_take_is_refused(written, options, fault):
    with pytest.raises(PromptError) as refused:
        load_prompt(written(f"---\nname: v1\nmodel: {{options: {{{options}}}}}\n---\nuser:\nx\n"))
    assert fault in str(refused.value)


def test_a_name_with_a_nul_cannot_name_a_file(written, tmp_path):
    with pytest.raises(
        WorkbenchError,
        match=r"'a\\x00/b.prompty' holds a character that no file name can: use a plain name",
    ):
        load_prompt(written(GREET)).save(tmp_path, "a\0/b")


_ROLES = st.sampled_from(["system", "user", "assistant", "developer"])
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
_ODD_LINES = ["---", "+++", "# a", "User :", "", "system", " x ", "{# c #}", "ä\u2028b", "user:x"]
_LINES = st.lists(st.sampled_from(_ODD_LINES), max_size=6)
_TEMPLATES = _TEXT.filter(lambda text: "{" not in text) | _LINES.map("\n".join)
_PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)
_PARAMETERS = st.fixed_dictionaries(
    {}, optional={"temperature": st.floats(0, 2), "stop": st.lists(_TEXT)}
)
_NAMES = st.from_regex("[a-z]{4,9}x", fullmatch=True)


@st.composite
def prompts(draw):
    try:
        return Prompt(
            "any",
            tuple(Message(draw(_ROLES), draw(_TEMPLATES)) for _ in range(draw(st.integers(1, 3)))),
            parameters=draw(_PARAMETERS),
            inputs=tuple(
                Property(name, default=draw(_PLAIN)) for name in draw(st.sets(_NAMES, max_size=3))
            ),
            metadata=draw(st.dictionaries(_NAMES, _PLAIN, max_size=3)),
            description=draw(_TEXT | st.just("a --- b\n---\n+++++")),
        )
    except (
        PromptError
    ) as error:  # a line that reads as a role cannot be kept in a file: refused when it is made
        assert "would open a message" in str(error) or "line 1: " in str(error)
        return Prompt("any", (Message("user", "x"),))


@given(prompts())
@settings(max_examples=50, deadline=None)
def test_a_saved_prompt_loads_as_it_was_here_and_in_prompty(tmp_path_factory, prompt):
    folder = tmp_path_factory.mktemp("saved")
    path = prompt.save(folder, "any")
    loaded = load_prompt(path)
    assert loaded.messages == prompt.messages
    assert loaded.fingerprint == prompt.fingerprint
    assert (loaded.metadata, loaded.description, loaded.inputs) == (
        prompt.metadata,
        prompt.description,
        prompt.inputs,
    )
    agent = prompty.load(path)
    assert (agent.name, agent.description or "") == ("any", prompt.description)
    theirs = [
        message.text for message in prompty.prepare(agent)
    ]  # it breaks lines at rarer characters too
    assert theirs == [
        "\n".join(each["content"].splitlines()).strip("\n") for each in loaded.render({})
    ]
