#!/usr/bin/env python3
"""A small client of parley.v1: Python 3.10 or newer, nothing but the standard library.

    export PARLEY_TOKEN=...            (or --token-file FILE; a token on the command line would show in `ps`)
    python3 parley_client.py --url ws://127.0.0.1:8787/v1 list
    python3 parley_client.py --url ws://127.0.0.1:8787/v1 start "Shall we call them?" --to grace
    python3 parley_client.py --url ws://127.0.0.1:8787/v1 --state-file ada.json listen

Prints one JSON document a line. Exit codes: 0 done, 1 the server refused (the error is printed), 2 wrong usage,
3 the server ended the session for good, 4 no connection.
"""
import argparse
import base64
import hashlib
import json
import os
import random
import secrets
import socket
import ssl
import struct
import sys
import time
import urllib.parse

from msgpack_min import Malformed, pack, unpack

SUBPROTOCOL = "parley.v1"
FRAME_MAX_BYTES = 4_194_304
TRIES_MAX = 8


class Closed(Exception):
    """The connection is gone. `code` as in close-codes.json, 1006 where none came."""

    def __init__(self, code, reason=""):
        super().__init__(f"closed: {code} {reason}".rstrip())
        self.code, self.reason = code, reason


class Refused(Exception):
    """The server's `error` frame, in `error`."""

    def __init__(self, error):
        super().__init__(f"{error['name']}: {error['message']}")
        self.error = error


# ---- WebSocket (RFC 6455), as much as a client needs ------------------------------------------------------------------


def websocket_address(url):
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        raise ValueError(f"not a WebSocket address: {url}")
    return parts


class WebSocket:
    """parts: a websocket_address."""

    def __init__(self, parts, timeout):
        secure = parts.scheme == "wss"
        port = parts.port or (443 if secure else 80)
        self.socket = socket.create_connection((parts.hostname, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if secure:
            self.socket = ssl.create_default_context().wrap_socket(self.socket, server_hostname=parts.hostname)
        self.buffer = bytearray()
        self.message = bytearray()
        self._handshake(parts)

    def _handshake(self, parts):
        key = base64.b64encode(os.urandom(16)).decode()
        host = parts.netloc.rpartition("@")[2]
        self.socket.sendall(
            f"GET {parts.path or '/'} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n".encode("ascii")
        )
        while b"\r\n\r\n" not in self.buffer:
            if len(self.buffer) > 65_536:
                raise Closed(1006, "no end of the HTTP answer")
            self._receive()
        head, _, rest = bytes(self.buffer).partition(b"\r\n\r\n")
        self.buffer = bytearray(rest)
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        if " 101 " not in f"{status} ":
            raise Closed(1006, f"no WebSocket there: {status}")
        if headers.get("sec-websocket-accept") != base64.b64encode(digest).decode():
            raise Closed(1006, "the handshake's answer is for another key")
        if headers.get("sec-websocket-protocol") != SUBPROTOCOL:
            raise Closed(1006, f"the server does not speak {SUBPROTOCOL}")

    def _receive(self):
        """More bytes into the buffer. Raises TimeoutError where none come in time; the buffer stays as it is."""
        try:
            data = self.socket.recv(65_536)
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed(1006, str(error)) from error
        if not data:
            raise Closed(1006, "end of stream")
        self.buffer += data

    def _next(self):
        """First and second byte and payload of the next frame. Nothing is taken before all of it is there."""
        while True:
            head, size = 2, self.buffer[1] & 0x7F if len(self.buffer) >= 2 else None
            if size is not None and size >= 126:
                head += 2 if size == 126 else 8
                size = int.from_bytes(self.buffer[2:head], "big") if len(self.buffer) >= head else None
            if size is not None:
                if size > FRAME_MAX_BYTES or self.buffer[0] & 0x70 or self.buffer[1] & 0x80:
                    raise Closed(1006, "not a frame a server may send")
                if len(self.buffer) >= head + size:
                    first, payload = self.buffer[0], bytes(self.buffer[head : head + size])
                    del self.buffer[: head + size]
                    return first, payload
            self._receive()

    def receive(self, timeout):
        """The next binary message; answers pings meanwhile. Raises TimeoutError after `timeout` seconds without one."""
        deadline = time.monotonic() + timeout
        while True:
            self.socket.settimeout(max(0.001, deadline - time.monotonic()))
            first, payload = self._next()
            opcode = first & 0x0F
            if opcode == 9:
                self._send(10, payload)
            elif opcode == 8:
                code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005
                self.close(code if len(payload) >= 2 else 1000)
                raise Closed(code, payload[2:].decode("utf-8", "replace"))
            elif opcode in (0, 2):
                self.message += payload
                if len(self.message) > FRAME_MAX_BYTES:
                    raise Closed(1006, "a message above the limit")
                if first & 0x80:
                    message, self.message = bytes(self.message), bytearray()
                    return message
            elif opcode != 10:
                raise Closed(1006, "the protocol has binary messages only")

    def send(self, data):
        self._send(2, data)

    def _send(self, opcode, data):
        size = len(data)
        head = bytes([0x80 | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65_536:
            head += bytes([0x80 | 126]) + struct.pack(">H", size)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", size)
        mask = os.urandom(4)
        pad = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(data, "big") ^ int.from_bytes(pad, "big")).to_bytes(size, "big")
        try:
            self.socket.settimeout(30)
            self.socket.sendall(head + mask + masked)
        except OSError as error:
            raise Closed(1006, str(error)) from error

    def close(self, code=1000):
        try:
            self._send(8, struct.pack(">H", code))
        except Closed:
            pass
        self.socket.close()


# ---- what a client holds ----------------------------------------------------------------------------------------------


class Sidebar:
    """The conversations held, merged as PROTOCOL.md says ("What a client holds")."""

    def __init__(self):
        self.cards, self.people, self.badge = {}, {}, 0

    def learn(self, people):
        for person in people:
            self.people[person["id"]] = person

    def head(self, card):
        return card["visible"][-1][1] if card["visible"] else 0

    def take_card(self, card):
        held = self.cards.get(card["conversation"])
        if held is not None and (self.head(card) < self.head(held) or card["readUpTo"] < held["readUpTo"]):
            return
        if held is not None and card["from"] <= self.head(held) + 1 and held["from"] < card["from"]:
            older = [entry for entry in held["entries"] if entry["seq"] < card["from"]]
            card = {**card, "entries": older + card["entries"], "from": held["from"]}
        shown = [e for e in card["entries"] if any(low <= e["seq"] <= high for low, high in card["visible"])]
        more = bool(card["visible"]) and card["visible"][0][0] < card["from"]
        self.cards[card["conversation"]] = {**card, "entries": shown, "more": more}

    def take_entries(self, conversation, entries, me):
        """False: they do not follow what is held, so the card has to be asked for."""
        card = self.cards.get(conversation)
        if card is None:
            return False
        for entry in entries:
            head = self.head(card)
            if entry["seq"] <= head:
                continue
            if entry["seq"] != head + 1:
                return False
            card["visible"][-1][1] = entry["seq"]
            card["entries"].append(entry)
            if entry["kind"] == "message":
                own = entry["by"] == me
                card["order"] = entry["at"]
                card["readUpTo"] = entry["seq"] if own else card["readUpTo"]
                card["unread"] = 0 if own else card["unread"] + 1
            elif entry["kind"] == "joined":
                if entry["who"] not in card["participants"]:
                    card["participants"].append(entry["who"])
            elif entry["by"] == me:
                card["standing"] = "left"
            elif entry["by"] in card["participants"]:
                card["participants"].remove(entry["by"])
        return True

    def list(self):
        return sorted(self.cards.values(), key=lambda card: (card["order"], card["conversation"]), reverse=True)


# ---- the session ------------------------------------------------------------------------------------------------------


class Client:
    """One person's session. `token` is called for each connection, so that a fresh one can be had."""

    def __init__(self, address, token):
        self.address, self.token = address, token
        self.socket, self.welcome, self.place = None, None, None
        self.sidebar, self.news, self.heard = Sidebar(), [], 0.0

    # -- connecting

    def connect(self):
        """Signs in and resumes where there is a place to resume from; loads the first page otherwise."""
        self.socket = WebSocket(self.address, 10)
        hello = {"t": "hello", "v": 1, "token": self.token(), "agent": "parley_client.py/1"}
        if self.place is not None:
            hello["resume"] = self.place
        self.send(hello)
        frame = self.read()
        if frame["t"] == "error":
            self.await_close(frame)
        self.welcome = frame
        self.sidebar.badge = frame["badge"]
        if not frame["resumed"]:
            self.sidebar = Sidebar()
            self.place = {key: frame[key] for key in ("epoch", "at", "directory")}
            self.load()
        return frame

    def await_close(self, error):
        """A `hello` was refused: the close code behind it says what to do."""
        while True:
            try:
                self.read()
            except Closed as closed:
                closed.reason = error["message"]
                raise

    def load(self, limit=50):
        result = self.request({"t": "list", "limit": limit})
        self.sidebar.learn(result["people"])
        self.sidebar.badge = result["badge"]
        for card in result["cards"]:
            self.sidebar.take_card(card)

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    # -- frames

    def send(self, frame):
        self.socket.send(pack(frame))

    def read(self, timeout=None):
        """The next frame, or None after `timeout` seconds. Says `ping` when the line is still, and gives up if it stays so."""
        until = None if timeout is None else time.monotonic() + timeout
        beat = (self.welcome or {}).get("heartbeatMs", 10_000) / 1000
        silent = 0
        while True:
            left = beat if until is None else min(beat, until - time.monotonic())
            if left <= 0:
                return None
            try:
                frame = unpack(self.socket.receive(left))
            except TimeoutError:
                if left < beat:
                    return None
                silent += 1
                if self.welcome is None or silent > 2:
                    raise Closed(1006, "the server is silent") from None
                self.send({"t": "ping"})
                continue
            except Malformed as error:
                raise Closed(1006, f"unreadable frame: {error}") from error
            if not isinstance(frame, dict) or not isinstance(frame.get("t"), str):
                raise Closed(1006, "a message that is no frame")
            if frame["t"] != "pong":
                return frame
            silent = 0

    def next_news(self, timeout=None):
        """The next frame that the server sent by itself, taken over already; None after `timeout` seconds."""
        if self.news:
            return self.news.pop(0)
        frame = self.read(timeout)
        if frame is not None:
            self.take(frame)
        return frame

    def take(self, frame):
        """Takes news over: contents first, then the position."""
        name = frame["t"]
        self.sidebar.learn(frame.get("people", []))
        if name == "entries":
            if not self.sidebar.take_entries(frame["conversation"], frame["entries"], self.welcome["person"]["id"]):
                self.ask_card(frame["conversation"])
        elif name == "card":
            self.sidebar.take_card(frame["card"])
        elif name == "gone":
            self.sidebar.cards.pop(frame["conversation"], None)
        elif name == "mark":
            card = self.sidebar.cards.get(frame["conversation"])
            if card is not None and frame["readUpTo"] >= card["readUpTo"]:
                card["readUpTo"], card["unread"] = frame["readUpTo"], frame["unread"]
        elif name == "about":
            card = self.sidebar.cards.get(frame["conversation"])
            if card is not None:
                card["about"] = frame["about"]
        elif name == "person":
            self.sidebar.learn([frame["person"]])
        if "badge" in frame:
            self.sidebar.badge = frame["badge"]
        if "directory" in frame:
            self.place["directory"] = max(self.place["directory"], frame["directory"])
        if name == "live":
            self.place["at"] = [max(old, new) for old, new in zip(self.place["at"], frame["at"])]
        elif "at" in frame:
            partition, position = frame["at"]
            self.place["at"][partition] = max(self.place["at"][partition], position)

    def ask_card(self, conversation):
        try:
            result = self.request({"t": "get", "conversation": conversation})
        except Refused as refused:
            if refused.error["name"] != "not-found":
                raise
            self.sidebar.cards.pop(conversation, None)
            return
        self.sidebar.learn(result["people"])
        self.sidebar.take_card(result["card"])

    # -- requests

    def request(self, frame):
        """Sends one request and waits for its answer; news meanwhile are taken over and kept for `next_news`."""
        request_id = frame.setdefault("id", secrets.token_urlsafe(16))
        self.send(frame)
        while True:
            answer = self.read()
            if answer.get("id") == request_id and answer["t"] == "ok":
                return answer["result"]
            if answer.get("id") == request_id and answer["t"] == "error":
                raise Refused(answer)
            self.take(answer)
            self.news.append(answer)

    def command(self, frame):
        """Until it is answered: over lost connections and `retryable` errors, always with the same id (CMD-1)."""
        frame.setdefault("id", secrets.token_urlsafe(16))
        for attempt in range(TRIES_MAX):
            try:
                if self.socket is None:
                    self.connect()
                return self.request(frame)
            except Refused as refused:
                if not refused.error["retryable"] or attempt == TRIES_MAX - 1:
                    raise
                time.sleep(max(refused.error.get("retryAfterMs", 0) / 1000, backoff(attempt)))
            except (Closed, OSError) as error:
                self.lost(error, attempt)
        raise AssertionError("not reached")

    def lost(self, error, attempt):
        """After a lost connection: waits where connecting again is of use, raises where it is not."""
        self.close()
        code = error.code if isinstance(error, Closed) else 1006
        if 4500 <= code < 4600 or attempt >= TRIES_MAX - 1:
            raise error
        time.sleep(backoff(attempt))


def backoff(attempt):
    return random.random() * min(30.0, 0.5 * 2**attempt)


# ---- the command line -------------------------------------------------------------------------------------------------


def say(document):
    print(json.dumps(document, ensure_ascii=False), flush=True)


def save(client, path):
    state = {"place": client.place, "cards": client.sidebar.list(), "people": client.sidebar.people}
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        json.dump(state, file)
    os.replace(f"{path}.new", path)


def restore(client, path):
    if not os.path.exists(path):
        return
    with open(path, encoding="utf-8") as file:
        state = json.load(file)
    client.place = state["place"]
    client.sidebar.people = state["people"]
    for card in state["cards"]:
        client.sidebar.take_card(card)


def listen(client, args):
    """News as they come, over lost connections, until --seconds or --frames are over."""
    end = None if args.seconds is None else time.monotonic() + args.seconds
    said = attempt = 0
    say(client.welcome)
    while args.frames is None or said < args.frames:
        try:
            if client.socket is None:
                say(client.connect())
            frame = client.next_news(None if end is None else max(0.0, end - time.monotonic()))
        except (Closed, OSError) as error:
            client.lost(error, attempt)
            attempt += 1
            continue
        if frame is None:
            return
        attempt = 0
        say(frame)
        said += 1
        if args.state_file:
            save(client, args.state_file)


def resume(client, _args):
    """Everything missed, up to `live`; then what is held now."""
    frame = client.welcome
    say(frame)
    while frame["resumed"]:
        news = client.next_news()
        say(news)
        if news["t"] == "live":
            break
    say({"badge": client.sidebar.badge, "cards": client.sidebar.list()})


def listing(client, args):
    frame = {"t": "list", "limit": args.limit}
    if args.with_person:
        frame["with"] = args.with_person
    say(client.request(frame))


def start(client, args):
    frame = {"t": "start", "text": args.text, "people": args.to, "private": args.private}
    if args.about:
        kind, _, record = args.about.partition(":")
        frame["about"] = {"kind": kind, "id": record}
    say(client.command(with_id(frame, args)))


def reply(client, args):
    say(client.command(with_id({"t": "reply", "conversation": args.conversation, "text": args.text}, args)))


def read(client, args):
    say(client.command(with_id({"t": "read", "conversation": args.conversation, "upTo": args.up_to}, args)))


def history(client, args):
    frame = {"t": "history", "conversation": args.conversation, "before": args.before, "limit": args.limit}
    say(client.request(frame))


def with_id(frame, args):
    return {**frame, "id": args.id} if args.id else frame


def arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    url = os.environ.get("PARLEY_URL", "ws://127.0.0.1:8787/v1")
    parser.add_argument("--url", type=websocket_address, default=url, help="ws:// or wss://")
    parser.add_argument("--token-file", help="file with the token; default: environment PARLEY_TOKEN")
    parser.add_argument("--state-file", help="where the place and the cards are kept, for resuming")
    commands = parser.add_subparsers(dest="command", required=True)

    def add(name, run, text):
        command = commands.add_parser(name, help=text)
        command.set_defaults(run=run)
        return command

    command = add("list", listing, "a page of the sidebar")
    command.add_argument("--limit", type=int, default=20)
    command.add_argument("--with", dest="with_person", metavar="PERSON")
    command = add("start", start, "start a conversation")
    command.add_argument("text")
    command.add_argument("--to", action="append", default=[], metavar="PERSON", help="may be given several times")
    command.add_argument("--about", metavar="KIND:ID", help="company:c-17")
    command.add_argument("--private", action="store_true")
    command.add_argument("--id", help="the command's id, to send it again")
    command = add("reply", reply, "reply to a conversation")
    command.add_argument("conversation")
    command.add_argument("text")
    command.add_argument("--id")
    command = add("read", read, "mark as read")
    command.add_argument("conversation")
    command.add_argument("up_to", type=int)
    command.add_argument("--id")
    command = add("history", history, "older entries")
    command.add_argument("conversation")
    command.add_argument("--before", type=int, default=2**53 - 1)
    command.add_argument("--limit", type=int, default=50)
    command = add("listen", listen, "print what the server sends")
    command.add_argument("--seconds", type=float)
    command.add_argument("--frames", type=int)
    add("resume", resume, "print what was missed since --state-file was written, and what is held now")
    return parser.parse_args(argv)


def token_source(args):
    def token():
        if args.token_file:
            with open(args.token_file, encoding="utf-8") as file:
                return file.read().strip()
        return os.environ["PARLEY_TOKEN"].strip()

    return token


def main(argv=None):
    args = arguments(argv)
    if not args.token_file and "PARLEY_TOKEN" not in os.environ:
        print("a token is needed: --token-file FILE, or PARLEY_TOKEN in the environment", file=sys.stderr)
        return 2
    client = Client(args.url, token_source(args))
    if args.state_file:
        restore(client, args.state_file)
    try:
        client.connect()
        args.run(client, args)
        if args.state_file:
            save(client, args.state_file)
        return 0
    except Refused as refused:
        say(refused.error)
        return 1
    except Closed as closed:
        print(closed, closed.reason, file=sys.stderr)
        return 3 if 4500 <= closed.code < 4600 else 4
    except OSError as error:
        print(error, file=sys.stderr)
        return 4
    finally:
        client.close()


if __name__ == "__main__":
    sys.exit(main())
