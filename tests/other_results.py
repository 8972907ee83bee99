"""Small files as other tools write them, made here: of promptfoo, Inspect, DeepEval and OpenAI's
evals.
"""

import io
import json
import math
import struct
import zipfile
import zlib

import zstandard

import workbench as wb

ZSTANDARD = 93
SCORED = {
    "includes": {"value": "C", "explanation": "found"}, "grade": {"value": 0.25},
    "parts": {"value": {"form": "P", "fact": "I"}},
}  # fmt: skip


def promptfoo_row(number, output="yes", reason=0, **more):
    """A row of results: of prompt A or B, by turns, on one of three tests."""
    test = number // 2
    return {
        "promptIdx": number % 2,
        "testIdx": test,
        "prompt": {"label": "AB"[number % 2], "raw": f"{'AB'[number % 2]} {{{{ text }}}}"},
        "provider": {"id": "openai:chat:m-1", "label": ""},
        "vars": {"text": f"text {test}"},
        "testCase": {
            "vars": {"text": f"text {test}"},
            "assert": [{"type": "equals", "value": "yes"}],
        },
        "failureReason": reason,
        "success": reason == 0,
        "response": {"output": output, "tokenUsage": {"prompt": 9, "completion": 2}, "cost": 0.001},
        "latencyMs": 250,
        "gradingResult": {
            "pass": reason == 0, "score": float(reason == 0), "reason": "said",
            "componentResults": [
                {"pass": reason == 0, "score": float(reason == 0), "reason": "equal",
                 "assertion": {"type": "equals", "value": "yes"}},
            ],
        },
        **more,
    }  # fmt: skip


def promptfoo(rows):
    return {
        "evalId": "eval-x",
        "results": {"version": 3, "results": rows, "stats": {}},
        "config": {},
    }


def sample(id, epoch=1, output="yes", scores=None, **more):
    choices = [{"message": {"content": output}, "stop_reason": "stop"}]
    return {
        "id": id, "epoch": epoch, "input": f"ask {id}", "target": "yes", "attachments": {},
        "output": {"choices": choices, "completion": output}, "scores": scores,
        "metadata": {"lang": "en"}, "working_time": 0.5, "total_time": 2.0,
        "model_usage": {"m": {"input_tokens": 7, "output_tokens": 2}}, **more,
    }  # fmt: skip


HEADER = {"version": 2, "status": "success", "eval": {"task": "sorting", "model": "mock/m"}}


def inspect_log(samples, header="header.json", frames=1, members=()):
    """The bytes of an .eval file whose members are packed with Zstandard, each in some frames."""
    named = {f"samples/{each['id']}_epoch_{each['epoch']}.json": each for each in samples}
    everything = {"_journal/start.json": {**HEADER, "status": None}, **named, **dict(members)}
    if header:
        everything[header] = HEADER
    return archive({name: json.dumps(value).encode() for name, value in everything.items()}, frames)


def archive(members, frames=1):
    """A zip archive of members that Zstandard packed: written here, as Python 3.11 cannot."""
    made, central = io.BytesIO(), io.BytesIO()
    for name, data in members.items():
        offset, packed, encoded = made.tell(), packed_in(data, frames), name.encode()
        about = (
            20,
            0x800,
            ZSTANDARD,
            0,
            0x21,
            zlib.crc32(data),
            len(packed),
            len(data),
            len(encoded),
        )
        made.write(struct.pack("<4s5H3I2H", b"PK\3\4", *about, 0) + encoded + packed)
        central.write(
            struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, *about, 0, 0, 0, 0, 0, offset) + encoded
        )
    start, size = made.tell(), central.tell()
    made.write(central.getvalue())
    made.write(struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(members), len(members), size, start, 0))
    return made.getvalue()


def packed_in(data, frames):
    step = max(len(data) // frames, 1)
    parts = [data[at : at + step] for at in range(0, len(data), step)]
    return b"".join(zstandard.ZstdCompressor().compress(part) for part in parts)


def deflated(members):
    """A zip archive as older versions of Inspect wrote it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as written:
        for name, value in members.items():
            written.writestr(name, value if isinstance(value, bytes) else json.dumps(value))
    return made.getvalue()


def metric(name, score, **more):
    return {"name": name, "threshold": 0.5, "success": score is not None and score >= 0.5,
            "score": score, "reason": f"{name} said", **more}  # fmt: skip


def deepeval(cases, **more):
    return {"testCases": cases, "conversationalTestCases": [], "identifier": "v1",
            "hyperparameters": {"model": "m-1"}, **more}  # fmt: skip


def case(name, output, metrics):
    return {"name": name, "input": f"ask {name}", "actualOutput": output, "expectedOutput": "yes",
            "metricsData": metrics, "success": True}  # fmt: skip


def events(*made, spec=True, report=True):
    """Lines of recorded events."""
    about = {"spec": {"completion_fns": ["m-1"], "eval_name": "sorting.dev.v0"}}
    lines = [about] * spec + list(made) + [{"final_report": {"accuracy": 0.5}}] * report
    return "".join(json.dumps(each) + "\n" for each in lines)


def event(sample_id, kind, **data):
    return {"run_id": "r", "event_id": 0, "sample_id": sample_id, "type": kind, "data": data}


def reading(folder):
    """Reads what a file of this name would hold: bytes, text or a document."""

    def made(held, name="results.json", **more):
        path = folder / name
        text = held if isinstance(held, str | bytes) else json.dumps(held)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return wb.read_run(path, **more)

    return made


def said(run):
    return [f"{each.place}: {each.what}" for each in run.unread]


def column(run, name):
    return ["" if isinstance(v, float) and math.isnan(v) else v for v in run.columns[name]]
