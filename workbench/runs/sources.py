"""Models and critics as plain data, and the way back: so a run of the past can go on judging."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from workbench import critics
from workbench.models.entry import ModelEntry, read_price
from workbench.models.model import Model
from workbench.prompts import read_prompt
from workbench.runs.plan import Plan

if TYPE_CHECKING:
    from workbench.critics import Canary, Panel, Preference, Rubric

Source = dict[str, Any]  # plain JSON data
CHECKS = ("Exact", "Contains", "Regex", "JSONSchema", "Length", "ToolCall")


def sources(plan: Plan) -> Source:
    """What has a plan's models and critics back; critics that nothing has back are left out."""
    kept = {critic.name: critic_source(critic) for critic in plan.critics}
    return {
        "models": {model.name: model_source(model) for model in plan.models},
        "critics": {name: source for name, source in kept.items() if source},
    }


def model_source(model: ModelEntry) -> Source:
    return asdict(model) | {"price": model.price and model.price.plain}


def model_from(source: Mapping[str, Any]) -> Model:
    """A model as it was; a field that this version does not know is left out."""
    known = {field.name for field in fields(Model)}
    values = {name: value for name, value in source.items() if name in known}
    values |= {"price": read_price(source.get("price")), "args": tuple(source.get("args", ()))}
    return Model(**values)


def critic_source(critic: Any) -> Source | None:
    """What has a critic back; None for a function or a class of the user's own."""
    kind = type(critic).__name__
    if kind not in _FIELDS_OF or type(critic) is not getattr(critics, kind):
        return None
    source = _FIELDS_OF[kind](critic)
    return {"type": kind, **source} if source else None


def _rubric(critic: "Rubric") -> Source:
    return {**_asked(critic), "answers": dict(critic.values), "samples": critic.samples}


def _preference(critic: "Preference") -> Source:
    return {**_asked(critic), "against": critic.against}


def _asked(critic: "Rubric | Preference") -> Source:
    prompt = critic.prompt
    return {
        "name": critic.name,
        "prompt": {"name": prompt.name, "text": prompt.text},
        "model": model_source(critic.model),
    }


def _panel(critic: "Panel") -> Source | None:
    members = [critic_source(member) for member in critic.members]
    return {"name": critic.name, "members": members} if all(members) else None


def _canary(critic: "Canary") -> Source | None:
    judge = critic_source(critic.critic)
    return {"critic": judge, "answer": critic.answer, "every": critic.every} if judge else None


_FIELDS_OF: dict[str, Callable[[Any], Source | None]] = {
    "Rubric": _rubric,
    "Preference": _preference,
    "Panel": _panel,
    "Canary": _canary,
    **dict.fromkeys(CHECKS, asdict),
}


def critic_from(source: Mapping[str, Any]) -> Any:
    """A critic as it was."""
    given = {name: value for name, value in source.items() if name != "type"}
    kind = source["type"]
    if kind not in _FIELDS_OF:
        raise KeyError(kind)
    if kind in ("Rubric", "Preference"):
        prompt = read_prompt(given["prompt"]["name"], given["prompt"]["text"])
        given |= {"prompt": prompt, "model": model_from(given["model"])}
    elif kind == "Panel":
        given["members"] = tuple(map(critic_from, given["members"]))
    elif kind == "Canary":
        given["critic"] = critic_from(given["critic"])
    elif kind == "Contains":
        given["texts"] = tuple(given["texts"])
    return getattr(critics, kind)(**given)
