"""Model servers: a module for each kind, and the table that models.yaml chooses from."""

from workbench.models.servers.embedded import EMBEDDED
from workbench.models.servers.kind import Kind
from workbench.models.servers.triton import TRITON
from workbench.models.servers.vllm import VLLM

# by the word after `server:`
SERVERS: dict[str, Kind] = {"embedded": EMBEDDED, "triton": TRITON, "vllm": VLLM}
