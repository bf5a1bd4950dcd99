#!/usr/bin/env python3
"""A complete exec driver: no mesh at all. Pods run as they are, and nothing can be expressed."""
import json
import sys

DESCRIPTION = {
    "protocol": 1,
    "name": "no-mesh-py",
    "description": "no mesh: an example of a driver in Python",
    "versions": {"mesh": "none"},
    "environments": ["local", "containers", "kind", "k3s", "existing"],
    "capabilities": {
        "access": [], "specs": [], "split": [], "headers": [], "kinds": [],
        "protocols": ["http", "tcp", "udp"], "mtls": ["off"], "features": [], "identity": "none",
    },
    "methods": ["preflight", "enrol", "decorate", "express", "proxies"],
}


class Refusal(Exception):
    """What a person must know: a code, what happened, and what to do."""

    def __init__(self, code, message, hint):
        super().__init__(message)
        self.error = {"code": code, "message": message, "hint": hint}


def install(params):
    # With kubectl or helm, here is the place. params["environment"]["cluster"] has kubeconfigPath, context, runId and labels.
    print("installing into", params["environment"]["name"], file=sys.stderr)
    return {}


def express(params):
    """One item of faithfulness for each wanted object, in the same order."""
    reason = "there is no mesh that could act on it"
    return {"objects": [], "faithfulness": [{"fidelity": "unsupported", "reasons": [reason]} for _ in params["wanted"]]}


METHODS = {
    "describe": lambda params: DESCRIPTION,
    "preflight": lambda params: {"problems": []},
    "install": install,
    "enrol": lambda params: {},
    # What is left out stays as it is: no sidecars, no labels, and the app listens where it would have.
    "decorate": lambda params: {},
    "express": express,
    "proxies": lambda params: {"proxies": []},
    "uninstall": lambda params: {},
}


def answer(request):
    method = METHODS.get(request["method"])
    if method is None:
        raise Refusal("E_NO_METHOD", f"there is no method {request['method']}", "take it out of `methods`")
    return method(request["params"])


# Ends when stdin is closed. Answers go to stdout, one a line; everything for people goes to stderr.
for line in sys.stdin:
    request = json.loads(line)
    try:
        reply = {"id": request["id"], "result": answer(request)}
    except Refusal as refusal:
        reply = {"id": request["id"], "error": refusal.error}
    print(json.dumps(reply), flush=True)
