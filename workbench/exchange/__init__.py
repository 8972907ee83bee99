"""What comes in from other tools and goes out to them: released prompts and their cards."""

from workbench.exchange.winners import export

__all__ = ["export"]
