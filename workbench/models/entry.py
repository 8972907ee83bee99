# pyright: strict
"""What is known of a model, as models.yaml has it, and its price: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from workbench.printing import printed

Header = str | Mapping[str, str]  # a text, or {"env": the variable that holds it}

ELSEWHERE = frozenset({"triton"})  # servers that run at `base_url`, with a protocol of their own
ATTEMPTS = 5  # HTTP requests a call may take, unless its model says otherwise


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens, of calls whose input no tier of `above` is for.

    `cached` is that of input from the endpoint's cache (None: as other input). `above` holds what
    all tokens of a call cost whose input is longer than so many tokens, in rising order.
    """

    input: float
    output: float
    cached: float | None = None
    above: tuple[tuple[int, "Price"], ...] = ()

    def of(self, prompt_tokens: float) -> "Price":
        """The tier of a call with so many tokens of input."""
        tiers = (price for start, price in reversed(self.above) if prompt_tokens > start)
        return next(tiers, self)

    @property
    def dearest(self) -> "Price":
        """The most that any call may cost by it, nothing cached."""
        tiers = (self, *(price for _, price in self.above))
        return Price(max(each.input for each in tiers), max(each.output for each in tiers))

    @property
    def plain(self) -> dict[str, Any]:
        """As it is stored; fields that say something."""
        plain: dict[str, Any] = {"input": self.input, "output": self.output}
        if self.cached is not None:
            plain["cached"] = self.cached
        if self.above:
            plain["above"] = [[start, price.plain] for start, price in self.above]
        return plain


def read_price(stored: Mapping[str, Any] | None) -> Price | None:
    """The way back from `Price.plain`; None for none."""
    if not stored:
        return None
    above = [(start, read_price(price)) for start, price in stored.get("above", ())]
    tiers = tuple((start, price) for start, price in above if price)
    return Price(stored["input"], stored["output"], stored.get("cached"), tiers)


@printed
@dataclass(frozen=True)
class ModelEntry:
    """How a model is reached, asked and paid for: an id at an OpenAI-compatible endpoint, or a
    local server's model.

    `parameters` carry wire names and are the defaults under a prompt's own. `constrain` says how
    the endpoint can be held to given choices: "schema", "grammar" (llama.cpp), "choice" (vLLM) or
    "none". `price` is None when unknown.
    """

    name: str
    id: str = ""
    base_url: str = ""
    api_key_env: str = ""
    server: str = ""  # "embedded", "triton", "vllm", or empty for chat completions
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    price: Price | None = None
    constrain: str = "schema"
    logprobs: bool = True  # the endpoint gives log probabilities of tokens
    max_concurrency: int = 64
    requests_per_minute: int = 0  # 0 = as the endpoint's headers say
    tokens_per_minute: int = 0
    deadline_seconds: float = 120.0  # total, per attempt
    attempts: int = ATTEMPTS
    # total, of a call's attempts and the pauses between them, and that a loading endpoint may take
    patience_seconds: float = 300.0
    args: tuple[str, ...] = ()  # further arguments of a vllm server's command line
    key_header: str = ""  # the header that carries the key; empty: Authorization, after `Bearer`
    query: Mapping[str, str | int] = field(default_factory=dict[str, str | int])
    headers: Mapping[str, Header] = field(default_factory=dict[str, Header])

    def __repr__(self) -> str:
        id = f"{self.id} " if self.id and self.id != self.name else ""
        return f"Model {self.name}: {id}at {self.endpoint}"

    @property
    def is_local(self) -> bool:
        """Whether its server is started here, and not asked at a `base_url`."""
        return bool(self.server) and self.server not in ELSEWHERE

    @cached_property
    def endpoint(self) -> str:
        """The endpoint's identity in keys: its URL with query and headers, or for a local server
        (whose port changes) what it serves.

        A header with its value from the environment stands there by the variable's name.
        """
        if self.is_local:
            return " ".join((f"{self.server}:{self.id}", *self.args))
        url = f"{self.server}:" * bool(self.server) + self.base_url.rstrip("/")
        if self.query:
            url += f"?{urlencode(sorted(self.query.items()))}"
        return (
            " ".join((url, *map(_spelled, sorted(self.headers.items())))) if self.headers else url
        )


def _spelled(header: tuple[str, Header]) -> str:
    name, value = header
    return f"{name.lower()}: {value if isinstance(value, str) else '$' + value['env']}"
