# pyright: strict
"""What is known of a model, as models.yaml has it, and its price: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input: float
    output: float


@dataclass(frozen=True, slots=True)
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
    server: str = ""  # "embedded", "vllm", or empty for an endpoint that already runs
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    price: Price | None = None
    constrain: str = "schema"
    logprobs: bool = True  # the endpoint gives log probabilities of tokens
    max_concurrency: int = 64
    requests_per_minute: int = 0  # 0 = as the endpoint's headers say
    tokens_per_minute: int = 0
    deadline_seconds: float = 120.0  # total, per attempt
    args: tuple[str, ...] = ()  # further arguments of a vllm server's command line

    def __repr__(self) -> str:
        id = f"{self.id} " if self.id and self.id != self.name else ""
        return f"Model {self.name}: {id}at {self.endpoint}"

    @property
    def endpoint(self) -> str:
        """The endpoint's identity in keys: its URL, or for a local server (whose port changes) what
        it serves.
        """
        if not self.server:
            return self.base_url.rstrip("/")
        return " ".join((f"{self.server}:{self.id}", *self.args))
