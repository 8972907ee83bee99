"""Models and critics as plain data, and the way back: so a run of the past can go on judging."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from workbench.critics import (
    Canary,
    Contains,
    Critic,
    Exact,
    JSONSchema,
    Length,
    Panel,
    Preference,
    Regex,
    Rubric,
)
from workbench.models.model import Model, Price
from workbench.prompts import Prompt, read_prompt
from workbench.runs.plan import Plan

Source = dict[str, Any]  # plain JSON data
CHECKS = {each.__name__: each for each in (Exact, Contains, Regex, JSONSchema, Length)}


def sources(plan: Plan) -> Source:
    """What has a plan's models and critics back; critics that nothing has back are left out."""
    critics = {critic.name: critic_source(critic) for critic in plan.critics}
    return {
        "models": {model.name: model_source(model) for model in plan.models},
        "critics": {name: source for name, source in critics.items() if source},
    }


def model_source(model: Model) -> Source:
    return asdict(model)


def model_from(source: Mapping[str, Any]) -> Model:
    """A model as it was; a field that this version does not know is left out."""
    known = {field.name for field in fields(Model)}
    values = {name: value for name, value in source.items() if name in known}
    price = source.get("price")
    values |= {"price": Price(**price) if price else None, "args": tuple(source.get("args", ()))}
    return Model(**values)


def critic_source(critic: Critic) -> Source | None:
    """What has a critic back; None for a function or a class of the user's own."""
    kind = type(critic)
    if isinstance(critic, Rubric) and kind is Rubric:
        answers = {"answers": dict(critic.values), "samples": critic.samples}
        return {"type": "Rubric", **_asked(critic), **answers}
    if isinstance(critic, Preference) and kind is Preference:
        return {"type": "Preference", **_asked(critic), "against": critic.against}
    if isinstance(critic, Panel) and kind is Panel:
        members = [critic_source(member) for member in critic.members]
        whole = all(member is not None for member in members)
        return {"type": "Panel", "name": critic.name, "members": members} if whole else None
    if isinstance(critic, Canary) and kind is Canary:
        judge = critic_source(critic.critic)
        known_bad = {"answer": critic.answer, "every": critic.every}
        return {"type": "Canary", "critic": judge, **known_bad} if judge else None
    return _check_source(critic)


def _check_source(critic: Any) -> Source | None:
    name = type(critic).__name__
    return {"type": name, **asdict(critic)} if type(critic) is CHECKS.get(name) else None


def _asked(critic: Rubric | Preference) -> Source:
    prompt: Prompt = critic.prompt
    return {
        "name": critic.name,
        "prompt": {"name": prompt.name, "text": prompt.text},
        "model": model_source(critic.model),
    }


def critic_from(source: Mapping[str, Any]) -> Any:
    """A critic as it was."""
    given = {name: value for name, value in source.items() if name != "type"}
    kind = source["type"]
    if kind in ("Rubric", "Preference"):
        prompt = read_prompt(given["prompt"]["name"], given["prompt"]["text"])
        given |= {"prompt": prompt, "model": model_from(given["model"])}
        return Rubric(**given) if kind == "Rubric" else Preference(**given)
    if kind == "Panel":
        return Panel(tuple(map(critic_from, given["members"])), given["name"])
    if kind == "Canary":
        return Canary(**{**given, "critic": critic_from(given["critic"])})
    if kind == "Contains":
        given["texts"] = tuple(given["texts"])
    return CHECKS[kind](**given)
