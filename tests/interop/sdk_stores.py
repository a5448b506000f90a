"""Shares a PostgreSQL database with the SQLAlchemy stores of the Slack SDK for Python itself.

SLACK_SDK_DIR is a folder that holds slack_sdk. Usage: with_server.sh sdk_stores.py <installation_tool>, since it makes
tables and sets the role's time zone.
"""

import copy
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.environ["SLACK_SDK_DIR"])

import sqlalchemy
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.sqlalchemy import SQLAlchemyOAuthStateStore

TOOL = sys.argv[1]
URL = os.environ["DATABASE_URL"]
NOON = 1767268800
FULL = {
    "app_id": "A0SMELTER",
    "enterprise_id": None,
    "enterprise_name": "Kiln Group 🔥",
    "enterprise_url": "https://kiln.enterprise.slack.com/",
    "team_id": "T1",
    "team_name": 'Furnace "Works" Über',
    "bot_token": "xoxe.xoxb-1-not-a-real-bot-1",
    "bot_id": "B0BOT",
    "bot_user_id": "U0BOTUSER",
    "bot_scopes": ["chat:write", "commands"],
    "bot_refresh_token": "xoxe-1-not-a-real-bot-refresh-1",
    "bot_token_expires_at": NOON,
    "user_id": "U1",
    "user_token": "xoxe.xoxp-1-not-a-real-user-1",
    "user_scopes": ["search:read"],
    "user_refresh_token": "xoxe-1-not-a-real-user-refresh-1",
    "user_token_expires_at": NOON + 1,
    "incoming_webhook_url": "https://hooks.slack.com/services/T1/B0HOOK/not-a-real-hook",
    "incoming_webhook_channel": "#castings",
    "incoming_webhook_channel_id": "C0CASTINGS",
    "incoming_webhook_configuration_url": "https://furnace.slack.com/services/B0HOOK",
    "is_enterprise_install": False,
    "token_type": "bot",
    "installed_at": NOON - 43200 + 0.123456,
}
OF_ITS_USER_OR_HOOK = ("user_", "incoming_webhook_")
NO_BOT = {
    "bot_token": None,
    "bot_id": None,
    "bot_user_id": None,
    "bot_scopes": [],
    "bot_refresh_token": None,
    "bot_token_expires_at": None,
}


def installation(**changes):
    return {**FULL, **changes}


def bot_of(values):
    others = ("enterprise_url", "token_type")
    return {
        name: value
        for name, value in values.items()
        if name not in others and not name.startswith(OF_ITS_USER_OR_HOOK)
    }


def fields(values):
    """What both keep. Python's tables have no custom values, times in microseconds, and null for no scopes."""
    if values is None:
        return None
    kept = {name: value for name, value in values.items() if name != "custom_values"}
    kept["installed_at"] = round(kept["installed_at"], 6)
    for name in ("bot_scopes", "user_scopes"):
        if name in kept:
            kept[name] = kept[name] or []
    return kept


class Ours:
    name = "this library"

    @staticmethod
    def run(*arguments, text=None):
        done = subprocess.run([TOOL, *arguments], input=text, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            sys.exit(f"installation_tool {' '.join(arguments)} failed: {done.stderr}")
        return done.stdout.rstrip("\n")

    def save(self, values):
        self.run("save", text=json.dumps(values) + "\n")

    def find(self, enterprise, team, *user):
        return fields(json.loads(self.run("find", enterprise or "", team or "", *user)))

    def find_bot(self, enterprise, team):
        return fields(json.loads(self.run("find_bot", enterprise or "", team or "")))

    def delete(self, enterprise, team, *user):
        self.run("delete", enterprise or "", team or "", *user)

    def delete_bot(self, enterprise, team):
        self.run("delete_bot", enterprise or "", team or "")


class Python:
    name = "Python"

    def __init__(self, engine):
        self.store = SQLAlchemyInstallationStore(client_id="111.222", engine=engine)

    def save(self, values):
        self.store.save(Installation(**copy.deepcopy(values)))

    def find(self, enterprise, team, user=None):
        found = self.store.find_installation(
            enterprise_id=enterprise, team_id=team, user_id=user, is_enterprise_install=team is None
        )
        # Old versions leave the columns' own types in what they take from the newest bot.
        return found and fields(vars(Installation(**vars(found))))

    def find_bot(self, enterprise, team):
        found = self.store.find_bot(enterprise_id=enterprise, team_id=team, is_enterprise_install=team is None)
        return found and fields(vars(found))

    def delete(self, enterprise, team, user=None):
        self.store.delete_installation(enterprise_id=enterprise, team_id=team, user_id=user)

    def delete_bot(self, enterprise, team):
        self.store.delete_bot(enterprise_id=enterprise, team_id=team)


def check(what, found, expected):
    print(f"{'ok' if found == expected else 'NOT OK'}: {what}", flush=True)
    if found != expected:
        sys.exit(f"{what}: expected {expected!r}, but got {found!r}")


def check_found(what, values):
    """That both find these values, the last that were saved, in every way."""
    enterprise, team, user = values["enterprise_id"], values["team_id"], values["user_id"]
    for finder in (ours, python):
        check(f"{what}: {finder.name} finds it", finder.find(enterprise, team), fields(values))
        check(f"{what}: {finder.name} finds it for its user", finder.find(enterprise, team, user), fields(values))
        if values["bot_token"] is not None:
            bot = fields(bot_of(values))
            check(f"{what}: {finder.name} finds its bot", finder.find_bot(enterprise, team), bot)


def check_gone(what, enterprise, team, *user):
    for finder in (ours, python):
        check(f"{what}: {finder.name} finds nothing", finder.find(enterprise, team, *user), None)


def check_same_places():
    """Workspaces and organisations, each saved by one and found by both."""
    places = {
        "a workspace": {},
        "a workspace of an organisation": {"enterprise_id": "E0KILN"},
        "an organisation": {"enterprise_id": "E0KILN", "team_id": None, "is_enterprise_install": True},
        "a workspace without rotation": {
            name: None
            for name in (
                "bot_refresh_token",
                "bot_token_expires_at",
                "user_refresh_token",
                "user_token_expires_at",
            )
        },
        "an installation with the bot alone": {
            name: [] if name == "user_scopes" else None
            for name in FULL
            if name.startswith(OF_ITS_USER_OR_HOOK) and name != "user_id"
        },
        "an installation without a bot": {**NO_BOT, "token_type": None},
    }
    for saver, other in ((python, ours), (ours, python)):
        for place, changes in places.items():
            what = f"{place} that {saver.name} saved"
            values = installation(**changes)
            where = (values["enterprise_id"], values["team_id"])
            saver.save(values)
            check_found(what, values)
            later = {**values, "user_id": "U2", "installed_at": values["installed_at"] + 1}
            other.save(later)
            check_found(f"{what}, and then {other.name} for another user", later)
            for finder in (ours, python):
                first = finder.find(*where, "U1")
                check(f"{what}: {finder.name} still finds the first user", first, fields(values))

            saver.delete(*where, "U2")
            check_gone(f"{what}, when {saver.name} deleted a user", *where, "U2")
            other.delete_bot(*where)
            for finder in (ours, python):
                check(f"{what}, when {other.name} deleted the bot: {finder.name}", finder.find_bot(*where), None)
            other.delete(*where)
            check_gone(f"{what}, when {other.name} deleted it", *where)


def check_deleted_bot():
    values = installation()
    python.save(values)
    ours.delete_bot(None, "T1")
    for finder in (ours, python):
        shown = finder.find(None, "T1")
        check(f"{finder.name} shows no bot that this library deleted", shown, fields({**values, **NO_BOT}))
    python.save(values)
    python.delete_bot(None, "T1")
    check("this library shows no bot that Python deleted", ours.find(None, "T1"), fields({**values, **NO_BOT}))
    ours.delete(None, "T1")


def check_bot_behind_user():
    """An installation without a bot leaves the bot. Before 3.26.1 Python finds the row that it added without a token."""
    for saver in (python, ours):
        values = installation()
        saver.save(values)
        saver.save(installation(**NO_BOT, user_id="U2", installed_at=values["installed_at"] + 1))
        what = f"a bot behind a user that {saver.name} saved"
        for finder in (ours, python):
            check(f"{what}: {finder.name} finds the user", finder.find(None, "T1")["user_id"], "U2")
            found = finder.find_bot(None, "T1")
            if finder is python and saver is python and found["bot_token"] is None:
                print("this version of the SDK does not find a bot behind a user that it saved itself")
                continue
            check(f"{what}: {finder.name} finds the bot", found, fields(bot_of(values)))
            shown = finder.find(None, "T1")["bot_token"]
            check(f"{what}: {finder.name} finds the bot with the user", shown, values["bot_token"])
        ours.delete_bot(None, "T1")
        ours.delete(None, "T1")


def count(engine, table):
    with engine.connect() as connection:
        return connection.execute(sqlalchemy.text(f"select count(*) from {table}")).scalar()


def check_rotation(engine):
    """A rotated installation keeps its time, and so Python updates its rows."""
    for first, rotator in ((ours, python), (python, ours), (python, python)):
        first.save(installation())
        rotated = installation(
            bot_token="xoxe.xoxb-1-not-a-real-bot-2",
            bot_refresh_token="xoxe-1-not-a-real-bot-refresh-2",
            bot_token_expires_at=NOON + 43200,
            user_token="xoxe.xoxp-1-not-a-real-user-2",
            user_token_expires_at=NOON + 43201,
        )
        rotator.save(rotated)
        check_found(f"what {first.name} saved and {rotator.name} rotated", rotated)
        for table in ("slack_bots", "slack_installations"):
            check(f"rows of {table} then", count(engine, table), 1)
        ours.delete_bot(None, "T1")
        ours.delete(None, "T1")


def check_long_tokens():
    values = installation(
        bot_token="xoxe.xoxb-1-not-a-real-bot-" + 500 * "x",
        bot_refresh_token="xoxe-1-not-a-real-bot-refresh-" + 500 * "x",
        user_token="xoxe.xoxp-1-not-a-real-user-" + 500 * "x",
        user_refresh_token="xoxe-1-not-a-real-user-refresh-" + 500 * "x",
    )
    try:
        python.save(values)
        sys.exit("Python's own tables took a token of 500 characters")
    except sqlalchemy.exc.DataError:
        check("Python's own tables refuse long tokens", True, True)
    check("this library finds nothing in Python's tables, and widens them", ours.find(None, "T1"), None)
    for saver in (python, ours):
        saver.save(values)
        check_found(f"long tokens that {saver.name} saved", values)
        python.delete_bot(None, "T1")
        python.delete(None, "T1")


def check_times_without_utc():
    """Where Python's session has another zone, some versions of the SDK keep wrong times, and read them so."""
    careless = Python(sqlalchemy.create_engine(URL))
    careless.save(installation())
    there = careless.find(None, "T1")
    print(f"times of a session that is not UTC are off by {there['installed_at'] - FULL['installed_at']} s in Python")
    check("they are the same here", ours.find(None, "T1"), there)
    ours.delete_bot(None, "T1")
    ours.delete(None, "T1")


def check_states(engine):
    states = SQLAlchemyOAuthStateStore(expiration_seconds=300, engine=engine)
    state = states.issue()
    check("a state of Python is consumed here", ours.run("consume", state), "null")
    check("and then is gone here", ours.run("consume", state), "absent")
    check("and in Python", states.consume(state), False)
    state = SQLAlchemyOAuthStateStore(expiration_seconds=-1, engine=engine).issue()
    check("a state of Python that has expired", ours.run("consume", state), "absent")

    state = ours.run("issue")
    check("a state of this library is consumed in Python", states.consume(state), True)
    check("and then is gone in Python", states.consume(state), False)
    check("and here", ours.run("consume", state), "absent")
    state = ours.run("issue")
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("update slack_oauth_states set expire_at = expire_at - interval '1 day'"))
    check("a state of this library that has expired", states.consume(state), False)


def numbered(saver, team, number):
    of = f"{saver.name.split()[0]}-{number}"
    return installation(
        team_id=team,
        user_id="U1" if team == "T1" else f"U0{saver.name.split()[0].upper()}",
        bot_token=f"xoxb-not-a-real-token-{of}",
        bot_id=f"B-{of}",
        bot_refresh_token=f"xoxe-not-a-real-token-{of}",
        installed_at=FULL["installed_at"] + number,
    )


def check_both_at_once():
    """In each round both save the same workspaces at once, and then one of them once more."""
    teams = ("T1", "T2", "T3")
    saves = 100
    for round_number in range(6):
        first = round_number * 1000
        lines = [json.dumps(numbered(ours, teams[i % 3], first + i)) + "\n" for i in range(saves)]
        with subprocess.Popen([TOOL, "save"], stdin=subprocess.PIPE, text=True) as tool:
            tool.stdin.write("".join(lines))
            tool.stdin.close()
            saved = 0
            while tool.poll() is None or saved < 3:
                python.save(numbered(python, teams[saved % 3], first + saved))
                saved += 1
        check(f"round {round_number}: this library saved {saves} times and Python {saved}", tool.returncode, 0)
        for team in teams:
            for finder in (ours, python):
                bot = finder.find_bot(None, team)
                of = bot["bot_id"].removeprefix("B-")
                whole = (f"xoxb-not-a-real-token-{of}", f"xoxe-not-a-real-token-{of}")
                what = f"round {round_number}: the bot of {team} is whole in {finder.name}"
                check(what, (bot["bot_token"], bot["bot_refresh_token"]), whole)
            last = (ours, python)[round_number % 2]
            values = numbered(last, team, first + 999)
            last.save(values)
            check_found(f"round {round_number}: {last.name} saved {team} last", values)


def main():
    engine = sqlalchemy.create_engine(URL, connect_args={"options": "-c timezone=utc"})
    global python
    python = Python(engine)
    # What both have to bear: the sessions' zone is not UTC where nobody asks for it.
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("alter role current_user set timezone = 'America/New_York'"))
    python.store.create_tables()
    SQLAlchemyOAuthStateStore(expiration_seconds=300, engine=engine).metadata.create_all(engine)

    check_long_tokens()
    check_same_places()
    check_deleted_bot()
    check_bot_behind_user()
    check_rotation(engine)
    check_times_without_utc()
    check_states(engine)
    check_both_at_once()


ours = Ours()
main()
