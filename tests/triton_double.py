"""A loopback server that speaks Triton's protocol (KServe v2 over HTTP, with the extensions for
configurations and for text), read and written here without its client.

Its models: `shouter` answers one tensor with another, `streamer` is decoupled as vLLM's backend is.
"""

import asyncio
import contextlib
import json
import struct
import threading

from aiohttp import web

HEADER = "Inference-Header-Content-Length"
SIZES = {"BOOL": "<?", "FP32": "<f", "INT32": "<i", "UINT64": "<Q"}


def declared(name, kind, *, optional=False, dims=(1,)):
    return {"name": name, "data_type": f"TYPE_{kind}", "dims": list(dims), "optional": optional}


CONFIGS = {
    "shouter": {
        "max_batch_size": 8,
        "input": [
            declared("PROMPT", "STRING"),
            declared("max_tokens", "INT32", optional=True),
            declared("temperature", "FP32", optional=True),
            declared("stop_words", "STRING", optional=True, dims=(-1,)),
            declared("return_finish_reason", "BOOL", optional=True),
        ],
        "output": [declared("SHOUTED", "STRING")],
    },
    "streamer": {
        "max_batch_size": 0,
        "model_transaction_policy": {"decoupled": True},
        "input": [
            declared("text_input", "STRING"),
            declared("stream", "BOOL", optional=True),
            declared("sampling_parameters", "STRING", optional=True),
            declared("exclude_input_in_output", "BOOL", optional=True),
            declared("return_num_output_tokens", "BOOL", optional=True),
        ],
        "output": [declared("text_output", "STRING"), declared("num_output_tokens", "UINT32")],
    },
    "adder": {
        "input": [declared("left", "FP32"), declared("right", "FP32")],
        "output": [declared("sum", "FP32")],
    },
}


class Triton:
    """What it got, and what it is to answer: `script(text, given)` gives a text, or a status and an
    error.
    """

    def __init__(self, script):
        self.script = script
        self.given, self.headers, self.shapes = [], [], []  # of calls
        self.configs = 0  # requests for a configuration
        self.url = ""
        self.seconds = 0.0  # before it answers a call

    async def config(self, request):
        self.configs += 1
        found = CONFIGS.get(request.match_info["model"])
        if found is None:
            return _error(404, "Request for unknown model: 'x' is not found")
        return web.json_response({"name": request.match_info["model"], **found})

    async def infer(self, request):
        body = await request.read()
        length = int(request.headers.get(HEADER, len(body)))
        asked = json.loads(body[:length])
        given, rest = {}, body[length:]
        for each in asked["inputs"]:
            size = each["parameters"]["binary_data_size"]
            given[each["name"]] = _read(each["datatype"], rest[:size])
            rest = rest[size:]
        self.shapes.append({each["name"]: each["shape"] for each in asked["inputs"]})
        text = await self.answer(request, given, "PROMPT")
        if not isinstance(text, str):
            return text
        raw = [_bytes(text), _bytes("length" if text.endswith("...") else "stop")]
        names = ["SHOUTED", "finish_reason"]
        outputs = [
            {"name": name, "datatype": "BYTES", "shape": [1, 1],
             "parameters": {"binary_data_size": len(each)}}
            for name, each in zip(names, raw, strict=True)
        ]  # fmt: skip
        head = json.dumps({"model_name": "shouter", "model_version": "3", "outputs": outputs})
        headers = {HEADER: str(len(head)), "Content-Type": "application/octet-stream"}
        return web.Response(body=head.encode() + b"".join(raw), headers=headers)

    async def generate(self, request):
        given = json.loads(await request.read())
        text = await self.answer(request, given, "text_input")
        if not isinstance(text, str):
            return text
        told = {"model_name": "streamer", "model_version": "1", "text_output": text}
        return web.json_response({**told, "num_input_tokens": 7, "num_output_tokens": 2})

    async def answer(self, request, given, text):
        await asyncio.sleep(self.seconds)
        self.given.append(given)
        self.headers.append(dict(request.headers))
        said = self.script(given[text], given)
        return said if isinstance(said, str) else _error(*said)


def _error(status, error):
    return web.json_response({"error": error}, status=status)


def _read(kind, raw):
    if kind != "BYTES":
        return struct.unpack(SIZES[kind], raw)[0]
    texts = []
    while raw:
        [size] = struct.unpack("<I", raw[:4])
        texts.append(raw[4 : 4 + size].decode())
        raw = raw[4 + size :]
    return texts[0] if len(texts) == 1 else texts


def _bytes(text):
    return struct.pack("<I", len(text.encode())) + text.encode()


@contextlib.contextmanager
def serve(script):
    """A Triton on its own thread, for as long as the block lasts."""
    triton, loop = Triton(script), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(_start(triton), loop).result(10)
    try:
        yield triton
    finally:
        asyncio.run_coroutine_threadsafe(_stop(runner), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _stop(runner):
    await runner.cleanup()
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)


async def _start(triton):
    application = web.Application()
    for name in ("infer", "generate"):
        application.router.add_post("/v2/models/{model}/" + name, getattr(triton, name))
    application.router.add_get("/v2/models/{model}/config", triton.config)
    runner = web.AppRunner(application, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    triton.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    return runner
