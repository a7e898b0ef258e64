# Receives Relink's events: WEBHOOK_SECRET=whsec_… python3 receiver.py
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

from standardwebhooks import Webhook, WebhookVerificationError

MAX_BYTES = 256 * 1024

webhook = Webhook(os.environ["WEBHOOK_SECRET"])

# In earnest: a table that has the id as its key. Keep ids for four days: so long may an event come again.
seen = set()
lock = Lock()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        if self.path != "/relink":
            return self.answer(404)
        length = int(self.headers.get("content-length", 0))
        if length > MAX_BYTES:
            return self.answer(413)
        # The body as it came: the signature is over its bytes, and a JSON parser does not give them back.
        body = self.rfile.read(length)
        try:
            event = webhook.verify(body, dict(self.headers))
        except (WebhookVerificationError, ValueError):
            return self.answer(401)
        if event["type"] == "webhook.verification":
            return self.answer(200, {"challenge": event["data"]["challenge"]})
        with lock:
            is_repeat = event["id"] in seen
            seen.add(event["id"])
        # Now that it is kept: the work comes after the answer.
        self.answer(204)
        if not is_repeat:
            handle(event)

    def answer(self, status, body=None):
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if body is not None:
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_args):
        pass


def handle(event):
    data = event["data"]
    print(event["type"], data.get("item_id", "-"), data.get("sequence", "-"), data.get("state", "-"), flush=True)


port = int(os.environ.get("PORT", "3000"))
server = ThreadingHTTPServer(("", port), Receiver)
print(f"listening on port {port}", flush=True)
server.serve_forever()
