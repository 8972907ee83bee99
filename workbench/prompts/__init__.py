"""Prompts: Prompty files read, checked, rendered and written."""

from workbench.prompts.prompt import Prompt, load_prompt, load_prompts, read_prompt
from workbench.prompts.prompty import Message
from workbench.prompts.properties import Property

__all__ = ["Message", "Prompt", "Property", "load_prompt", "load_prompts", "read_prompt"]
