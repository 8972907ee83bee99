"""When no further call to an endpoint can succeed, and what to tell the user then."""

import aiohttp
from yarl import URL

from workbench.errors import ModelError, PausedTooLong
from workbench.models.bodies import whole
from workbench.models.documents import loads
from workbench.models.limits import FIRST_FEW
from workbench.models.replies import Outcome
from workbench.models.session import Session

LONGEST_PAUSE = 300.0  # seconds an endpoint may ask for; beyond it the run ends, to be resumed
_GONE = {
    "model": ("does not have that model any more", "when it has"),
    "quota": ("has no quota left", "with more credit, or another key"),
}
LOOK_SECONDS = 10.0  # that a look for another base URL may take
# what people paste along with a base URL
_PASTED = ("/chat/completions", "/completions", "/responses", "/embeddings", "/models")


def stop_if_asked(outcome: Outcome, session: Session) -> None:
    """Raise where the endpoint's answer says that every other call will get the same."""
    error = outcome.completion.error
    if outcome.fatal:
        why = _fatal(outcome.fatal, error, session.model.api_key_env)
        raise ModelError(f"{session.where} {why}")
    if outcome.after > LONGEST_PAUSE:
        raise PausedTooLong(
            f"{session.where} asks to wait {outcome.after:.0f} s; what was answered is kept: run "
            "again then"
        )
    if outcome.loading and (waited := session.loading_seconds()) > session.model.patience_seconds:
        what = "could not be reached for" if outcome.unreachable else "was still loading after"
        raise PausedTooLong(
            f"{session.where} {what} {waited:.0f} s: {error}; what was answered is kept: run again "
            "later, or raise patience_seconds"
        )


def stop_if_down(outcome: Outcome, session: Session, began: float) -> None:
    """Raise where a call that `began` then got no connection, and nothing came since."""
    if outcome.unreachable and session.reached < began:
        raise ModelError(
            f"{session.where} cannot be reached: {outcome.completion.error}; start it, or correct "
            "its base_url"
        )


def stop_if_gone(outcome: Outcome, session: Session) -> None:
    """Raise where an endpoint that answered turns every call away now: another model was started
    in its place, or the balance is spent.
    """
    if outcome.lasting not in _GONE or not session.gate.let_in:
        return
    session.turned_away += 1
    if session.turned_away >= FIRST_FEW:
        what, then = _GONE[outcome.lasting]
        raise ModelError(
            f"{session.where} {what}: {outcome.completion.error}; what was answered is kept: run "
            f"again {then}"
        )


def turned_away(outcome: Outcome, session: Session, better: str) -> str:
    """What to say of an endpoint that turned every first call away; `better`: a base URL under
    which it answers.
    """
    where, error = session.where, outcome.completion.error
    if better:
        return (
            f"{where} has no chat completions at {session.url}: write `base_url: {better}`, where "
            "it lists its models"
        )
    if outcome.lasting == "proxy":
        return (
            f"{where} is asked through a proxy that wants a user and a password: {error}; write "
            "them into its address, http://user:password@host:port"
        )
    if outcome.lasting == "model":
        return f"{where} does not have that model: {error}; correct its id"
    if outcome.lasting == "address":
        return f"{where} answers no call: {error}; correct its base_url or id"
    return f"{where} {_fatal(outcome.lasting, error, session.model.api_key_env)}"


def _fatal(fatal: str, error: str, variable: str) -> str:
    """What is wrong with the key in a variable, or its account, and the next step."""
    if fatal == "quota":
        other = f"another key than that in {variable}" if variable else "a key"
        return f"has no quota left: {error}; add credit, or use {other}"
    if fatal == "certificate":
        return error
    step = "name the variable that holds its key in api_key_env"
    if variable:
        step = f"check the key in {variable}"
    return f"refused the key: {error}; {step}"


async def better_base_url(pool: aiohttp.ClientSession, session: Session) -> str:
    """A base URL of the same host that lists models, where the session's has no chat completions;
    empty for none.
    """
    for url in _candidates(session.url):
        if await _lists_models(pool, session, url):
            return str(url)
    return ""


def _candidates(url: URL) -> list[URL]:
    """Base URLs that may have been meant by one whose chat completions are not at this URL."""
    base = str(url.with_query(None)).removesuffix("/chat/completions")
    trimmed = base
    for pasted in _PASTED:
        trimmed = trimmed.removesuffix(pasted)
    meant = (trimmed, f"{trimmed}/v1", f"{url.origin()}/v1")
    return [URL(each) for each in dict.fromkeys(meant) if each != base]


async def _lists_models(pool: aiohttp.ClientSession, session: Session, url: URL) -> bool:
    try:
        limits = aiohttp.ClientTimeout(total=LOOK_SECONDS)
        async with session.ask(pool, "GET", url / "models", limits) as response:
            listed = loads(await whole(response)) if response.status == 200 else None
    except (TimeoutError, aiohttp.ClientError, ConnectionError):
        return False
    return isinstance(listed, dict) and isinstance(listed.get("data"), list)
