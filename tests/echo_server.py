"""An endpoint that tells all it knows: its key in answers, errors and headers, its environment and
requests in its log.

Run as a script it is a `vllm` command: `echo_server.py serve ID --host HOST --port PORT ...`.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Echo(BaseHTTPRequestHandler):
    """The words of the last message say how the key comes back: plain, escaped, error, broken, page
    or refused.
    """

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.reply(200, json.dumps({"data": [{"id": "echo"}]}).encode())

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = "\n".join(message["content"] for message in asked["messages"])
        self.log_message("%s", self.headers)
        key = self.headers.get("Authorization", "nothing").removeprefix("Bearer ")
        if "broken" in said:
            self.wfile.write(f"HTTP/1.1 200 OK\r\nX Bad {key}: {key}\r\n\r\n".encode())
            self.close_connection = True
        elif "page" in said:
            self.reply(200, f"<h1>{'no model here, ' * 4}{key}</h1>".encode())
        elif "refused" in said or "error" in said:
            error = {
                "message": f"{'Incorrect API key provided. ' * 16}You sent {key}",
                "code": key,
                "type": key,
            }
            self.reply(401 if "refused" in said else 400, json.dumps({"error": error}).encode())
        else:
            body = json.dumps(
                completion(f"{'RIGHT' if 'v2' in said else 'WRONG'}: you sent {key}", key)
            ).encode()
            self.reply(200, escaped(body, key) if "escaped" in said else body)

    def reply(self, status, body):
        self.send_response(status)
        for name in ("X-Echo", "x-ratelimit-limit-requests", "Retry-After", "x-request-id"):
            self.send_header(name, self.headers.get("Authorization", ""))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        if __name__ == "__main__":
            print(format % arguments, flush=True)


def completion(text, key):
    """A reply whose tokens are pieces of its text."""
    pieces = [text[start : start + 4] for start in range(0, len(text), 4)]
    tokens = [
        {"token": piece, "logprob": -0.1, "top_logprobs": [{"token": key, "logprob": -9}]}
        for piece in pieces
    ]
    choice = {
        "message": {"content": text},
        "finish_reason": "stop",
        "logprobs": {"content": tokens},
    }
    return {
        "model": f"echo {key}",
        "choices": [choice],
        "usage": {"prompt_tokens": 9, "completion_tokens": 9},
    }


def escaped(body, key):
    """The body with the key as servers in PHP and .NET write it."""
    written = json.dumps(key).encode()[1:-1]
    return body.replace(
        written, written.replace(b"/", rb"\/").replace(b"+", rb"\u002B").replace(b'\\"', rb"\u0022")
    )


if __name__ == "__main__":
    print("started with", sys.argv, dict(os.environ), flush=True)
    port = int(sys.argv[sys.argv.index("--port") + 1])
    ThreadingHTTPServer(("127.0.0.1", port), Echo).serve_forever()
