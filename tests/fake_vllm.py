"""A `vllm` command that is a loopback server; the model's id says how it behaves. What it prints
where it fails is what vLLM 0.32 prints.
"""

import http.server
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

FAILS = {
    "dies": "\033[31mERROR\033[0m no such folder\nOSError: weights not found",
    "large": "(EngineCore pid=7) ValueError: Free memory on device cuda:0 (3.2/23.6 GiB) on "
    "startup is less than desired GPU memory utilization (0.92, 21.8 GiB).\n"
    "RuntimeError: Engine core initialization failed. See root cause above.",
    "unknown": "OSError: unknown is not a local folder and is not a valid model identifier listed "
    "on 'https://huggingface.co/models'",
    "nowhere": "RuntimeError: Failed to infer device type, please set the environment variable",
    "taken": "OSError: [Errno 98] Address already in use",
    "gated": "Cannot access gated repo for url https://huggingface.co/gated",
    "flagged": "vllm: error: unrecognized arguments: --no-such-flag",
}
given = sys.argv[1:]


def value(name):
    return given[given.index(name) + 1]


def reply(body):
    """A completion: the first of the choices, or what was asked, in capitals."""
    choices = body.get("structured_outputs", {}).get("choice")
    text = choices[0] if choices else body["messages"][-1]["content"].upper()
    choice = {"index": 0, "finish_reason": "stop", "message": {"content": text}}
    if body.get("logprobs"):
        spelled = enumerate(choices or [text], 1)
        top = [{"token": each, "logprob": -0.7 * n} for n, each in spelled]
        choice["logprobs"] = {"content": [{**top[0], "top_logprobs": top}]}
    usage = {"prompt_tokens": len(text.split()), "completion_tokens": 1}
    return {"model": body["model"], "choices": [choice], "usage": usage}


METRICS = """\
# HELP vllm:num_requests_running Number of requests in model execution batches.
vllm:num_requests_running{engine="0",model_name="m"} 3.0
vllm:num_requests_waiting{engine="0",model_name="m"} 5.0
vllm:prefix_cache_queries_total{engine="0",model_name="m"} 200.0
vllm:prefix_cache_hits_total{engine="0",model_name="m"} 150.0
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25
vllm:generation_tokens_total{engine="0",model_name="m"} %d
vllm:prompt_tokens_total{engine="0",model_name="m"} 900.0
"""


class Reply(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def send(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        ready = behaves != "waits" or os.path.exists("go")
        listed = {"args": given, "env": dict(os.environ)}
        if self.path == "/v1/models":
            listed = {"data": [{"id": model}]}
        body = json.dumps(listed).encode()
        if self.path == "/metrics":
            body = (METRICS % int(1000 * (time.monotonic() - began))).encode()
        self.send(200 if ready else 503, body)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if behaves == "mortal" and Path("die").exists():
            Path("die").unlink()
            os._exit(9)
        if body["model"] != model:
            error = {"message": f"The model `{body['model']}` does not exist.", "code": 404}
            return self.send(404, json.dumps({"error": error}).encode())
        with open("asked.jsonl", "a") as log:
            log.write(json.dumps(body) + "\n")
        return self.send(200, json.dumps(reply(body)).encode())

    def log_message(self, format, *arguments):
        """Nothing, as with vLLM's --uvicorn-log-level."""


def run_batch():
    """As `vllm run-batch`: a line that is none ends it, and what it wrote is written at its end."""
    written = []
    lines = Path(value("-i")).read_text().splitlines()
    for number, line in enumerate(lines):
        body = json.loads(line)["body"]
        if not isinstance(body.get("truncate_prompt_tokens", 0), int):
            sys.exit(
                "pydantic_core._pydantic_core.ValidationError: 1 validation error for "
                "BatchRequestInput\nbody.truncate_prompt_tokens\n  Input should be a valid integer"
            )
        if "overflow" in line:
            error = {"message": "too long", "type": "BadRequestError", "code": 400}
            answer = {"response": {"status_code": 400, "body": None}, "error": {"error": error}}
        else:
            answer = {"response": {"status_code": 200, "body": reply(body)}, "error": None}
        written.append(json.dumps({"custom_id": json.loads(line)["custom_id"], **answer}))
        print(f"Running batch: {number + 1}/{len(lines)} [00:01<00:00, 1.0req/s]", end="\r")
    while behaves == "slow" and not Path("go").exists():
        time.sleep(0.02)
    Path(value("-o")).write_text("".join(f"{line}\n" for line in written))


began = time.monotonic()
model = value("--model") if given[0] == "run-batch" else given[1]
behaves = model.rpartition("/")[2]
if behaves in FAILS:
    print(*FAILS[behaves].splitlines()[:-1], sep="\n")
    sys.exit(FAILS[behaves].splitlines()[-1])
if behaves == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if behaves in ("stubborn", "workers"):
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path("worker.pid").write_text(str(worker.pid))
if behaves == "silent":
    print("loading weights, 12 of 40", flush=True)
    time.sleep(600)
if behaves == "waits":
    print("loading weights, 12 of 40", flush=True)
if given[0] == "run-batch":
    with open("batches.jsonl", "a") as log:
        log.write(json.dumps({"args": given, "lines": Path(value("-i")).read_text()}) + "\n")
    run_batch()
else:
    http.server.ThreadingHTTPServer(("127.0.0.1", int(value("--port"))), Reply).serve_forever()
