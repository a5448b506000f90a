"""Passes states to this library and takes its states, with Python's own standard library.

An independent implementation of what the Slack SDK for Python does (slack_sdk/oauth/state_store/{sqlite3,file,stateless}
of https://github.com/slackapi/python-slack-sdk); it is not that SDK. Usage: state_stores.py <state_tool>
"""

import base64
import hashlib
import hmac
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid

TOOL = sys.argv[1]
EXPIRATION = 300


def tool(*arguments):
    done = subprocess.run([TOOL, *arguments], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        sys.exit(f"state_tool {arguments[0]} {arguments[1]} failed: {done.stderr}")
    return done.stdout.rstrip("\n")


class SQLite3:
    kind = "sqlite3"
    is_one_time = True

    def __init__(self, folder):
        self.where = os.path.join(folder, "states.db")
        with sqlite3.connect(self.where) as database:
            database.execute(
                "create table oauth_states ("
                "id integer primary key autoincrement, state text not null, expire_at datetime not null)"
            )

    def issue(self, age=0):
        state = str(uuid.uuid4())
        with sqlite3.connect(self.where) as database:
            database.execute(
                "insert into oauth_states (state, expire_at) values (?, ?)",
                [state, time.time() - age + EXPIRATION],
            )
        return state

    def consume(self, state):
        with sqlite3.connect(self.where) as database:
            row = database.execute(
                "select id, state from oauth_states where state = ? and expire_at > ?", [state, time.time()]
            ).fetchone()
            if row is None:
                return False
            database.execute("delete from oauth_states where id = ?", [row[0]])
            return True


class File:
    kind = "file"
    is_one_time = True

    def __init__(self, folder):
        self.where = os.path.join(folder, "states")
        self.folder = os.path.join(self.where, "111.222")

    def issue(self, age=0):
        state = str(uuid.uuid4())
        os.makedirs(self.folder, exist_ok=True)
        with open(os.path.join(self.folder, state), "w") as file:
            file.write(str(time.time() - age))
        return state

    def consume(self, state):
        path = os.path.join(self.folder, state)
        try:
            with open(path) as file:
                created = float(file.read())
        except FileNotFoundError:
            return False
        os.remove(path)
        return time.time() < created + EXPIRATION


class Signed:
    kind = "signed"
    is_one_time = False

    def __init__(self, folder):
        self.where = "not-a-real-secret-of-32-bytes-or-more"

    @staticmethod
    def encode(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    def sign(self, text):
        return self.encode(hmac.new(self.where.encode(), text.encode(), hashlib.sha256).digest())

    def issue(self, age=0):
        parts = [{"alg": "HS256", "typ": "JWT"}, {"exp": int(time.time()) - age + EXPIRATION}]
        text = ".".join(self.encode(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
        return f"{text}.{self.sign(text)}"

    def consume(self, state):
        header, claims, signature = state.split(".")
        if not hmac.compare_digest(signature, self.sign(f"{header}.{claims}")):
            return False
        expires = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"]
        return time.time() <= expires


def check(what, found, expected):
    print(f"{'ok' if found == expected else 'NOT OK'}: {what}")
    if found != expected:
        sys.exit(f"{what}: expected {expected!r}, but got {found!r}")


for store_of_python in (SQLite3, File, Signed):
    with tempfile.TemporaryDirectory() as folder:
        python = store_of_python(folder)
        here = (python.kind, python.where)
        again = "absent" if python.is_one_time else "null"

        state = python.issue()
        check(f"{python.kind}: a state of Python is consumed here", tool("consume", *here, state), "null")
        check(f"{python.kind}: and then again", tool("consume", *here, state), again)
        if python.is_one_time:
            check(f"{python.kind}: and then in Python", python.consume(state), False)
        state = python.issue(age=EXPIRATION + 1)
        check(f"{python.kind}: a state of Python that has expired", tool("consume", *here, state), "absent")

        for payload in ([], ['{"tenant":"acme"}'], ["1e300"], ['"nan"']):
            state = tool("issue", *here, *payload)
            check(f"{python.kind}: a state of ours with {payload} is consumed in Python", python.consume(state), True)
            is_absent = tool("consume", *here, state) == "absent"
            check(f"{python.kind}: and then is absent here, where states are one-time", is_absent, python.is_one_time)
            state = tool("issue", *here, *payload)
            expected = json.loads(payload[0]) if payload else None
            check(f"{python.kind}: our payload comes back", json.loads(tool("consume", *here, state)), expected)
