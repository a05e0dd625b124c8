"""A thin client of Entrain's HTTP API; needs Python 3.10 and nothing else.

    from pathlib import Path
    from entrain_client import Client

    lab = Client()                                    # ENTRAIN_URL, ENTRAIN_TOKEN, or this machine without a token
    plan = lab.plan(Path("onset.yaml"))
    run = lab.submit(Path("onset.yaml"), key="tonight-1")
    print(lab.wait(run)["verdict"]["outcome"])
    lab.download(run, "run.h5")                       # for h5py and xarray

Answers are the documents that `/v1/openapi.json` describes, as dicts. What the server refuses is raised as `Problem`; a
server that cannot be reached as `OSError` (`urllib.error.URLError`).
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

Document = dict[str, Any]
#: A document, the text of a YAML or JSON file, or the path of one.
Experiment = Mapping[str, Any] | str | Path

#: Times that a stream whose server is away is asked for again, after 2, 4, 8, 15, 15 … s.
patience = 6


class Problem(Exception):
    """What the server answered instead: RFC 9457 problem details with the members of the command line's errors."""

    def __init__(self, status: int, details: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(details.get("code", f"http.{status}"))
        self.message = str(details.get("message", details.get("detail", "")))
        #: Place of the first problem in the request.
        self.path = str(details.get("path", ""))
        self.found: Any = details.get("found")
        self.expected: str | None = details.get("expected")
        self.problems: list[Document] = list(details.get("problems", []))
        #: True where the same request may pass later.
        self.retryable = bool(details.get("retryable", status in (429, 503)))
        place = f" at {self.path}" if self.path else ""
        wanted = f" (expected {self.expected})" if self.expected else ""
        super().__init__(f"{self.code}{place}: {self.message}{wanted}")


class NotFinished(Exception):
    """A run or sweep that has failed or was cancelled; `document` is how it stands."""

    def __init__(self, message: str, document: Document) -> None:
        self.document = document
        super().__init__(message)


class Event(NamedTuple):
    """A server-sent event."""

    id: str
    name: str
    data: Document


class _NoRedirects(HTTPRedirectHandler):
    """The server sends nobody elsewhere; the token must not follow whoever does."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Client:
    """One server and one token.

    url: default ENTRAIN_URL, else the address at which `entrain serve` listens by default
    token: of `entrain token add`; default ENTRAIN_TOKEN, else none, which serves on the server's own machine
    timeout_s: longest wait for an answer; the server's own limit for one is 600 s
    """

    def __init__(self, url: str | None = None, token: str | None = None, timeout_s: float = 660) -> None:
        self.url = (url or os.environ.get("ENTRAIN_URL") or "http://127.0.0.1:8265").rstrip("/")
        self.timeout_s = timeout_s
        self._token = token or os.environ.get("ENTRAIN_TOKEN") or None
        # A proxy that the environment names cannot reach this machine's own address.
        local = urlsplit(self.url).hostname in ("localhost", "127.0.0.1", "::1")
        handlers = [ProxyHandler({})] if local else []
        self._opener: OpenerDirector = build_opener(_NoRedirects, *handlers)

    def __repr__(self) -> str:
        return f"Client({self.url!r})"

    # What there is

    def devices(self, name: str | None = None) -> Any:
        """Device profiles, or one of them."""
        return self._list("devices", name)

    def protocols(self, name: str | None = None) -> Any:
        return self._list("protocols", name)

    def targets(self, name: str | None = None) -> Any:
        return self._list("targets", name)

    def drivers(self, name: str | None = None) -> Any:
        return self._list("drivers", name)

    # Before a run

    def simulate(self, kind: str, document: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Any:
        """A bare, dimensionless simulation, or a list of them with the answers in the same order."""
        body = dict(document) if isinstance(document, Mapping) else [dict(one) for one in document]
        return self._json("POST", f"/v1/simulate/{quote(kind, safe='')}", body)

    def plan(
        self, experiment: Experiment, profile: Mapping[str, Any] | None = None, force: bool = False
    ) -> Document:
        """Operating point, findings, predicted signals, cost. An infeasible plan is an answer: see `feasible`."""
        return self._json("POST", "/v1/plans", _request(experiment, profile=profile, force=force or None))

    def compile(
        self,
        experiment: Experiment,
        target: str | None = None,
        out: str | Path | None = None,
        profile: Mapping[str, Any] | None = None,
        force: bool = False,
    ) -> Document:
        """Program files for a hardware stack, `files: [{name, text}]`; also written into the folder `out` if given."""
        body = _request(experiment, profile=profile, target=target, force=force or None)
        compiled = self._json("POST", "/v1/compiles", body)
        if out is not None:
            for file in compiled["files"]:
                name = PurePosixPath(file["name"])
                if name.is_absolute() or ".." in name.parts:
                    raise ValueError(f"the server names a file outside of the folder: {name}")
                path = Path(out) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(file["text"], encoding="utf-8")
        return compiled

    # Runs

    def submit(
        self,
        experiment: Experiment,
        *,
        key: str | None = None,
        driver: str | None = None,
        profile: Mapping[str, Any] | None = None,
        program: str | None = None,
        force: bool = False,
        tries: int = 5,
    ) -> str:
        """Has a run carried out; its id.

        The same key with the same experiment is accepted once, however often it is sent. Without one the call makes one
        up, so that it may try again by itself when the server is busy or the connection breaks.
        """
        body = _request(experiment, profile=profile, driver=driver, program=program, force=force or None)
        return self._submit("/v1/runs", body, key, tries)["id"]

    def run(self, run: str) -> Document:
        """Manifest, plan, estimates, verdict and history of a run (its id, number, UUID, or "latest")."""
        return self._json("GET", f"/v1/runs/{quote(run, safe='')}")

    def runs(self, **filters: str) -> Iterator[Document]:
        """Kept runs, newest first, page by page; filters: title, state, outcome, since."""
        return self._pages("/v1/runs", "runs", filters)

    def pause(self, run: str) -> Document:
        return self._json("POST", f"/v1/runs/{quote(run, safe='')}/pause")

    def resume(self, run: str) -> Document:
        return self._json("POST", f"/v1/runs/{quote(run, safe='')}/resume")

    def cancel(self, run: str) -> Document:
        return self._json("POST", f"/v1/runs/{quote(run, safe='')}/cancel")

    def events(self, run: str) -> Iterator[Event]:
        """`state`, `progress` and `judged` events from the first on, until nothing more can happen."""
        return self._events(f"/v1/runs/{quote(run, safe='')}/events")

    def wait(
        self,
        run: str,
        on_event: Callable[[Event], None] | None = None,
        timeout_s: float | None = None,
    ) -> Document:
        """Waits until a run is judged and returns it; a paused run is waited for.

        Raises NotFinished when it fails or is cancelled, TimeoutError after `timeout_s`.
        """
        for event in self._events(f"/v1/runs/{quote(run, safe='')}/events", timeout_s):
            if on_event is not None and event.name:
                on_event(event)
            if event.name != "state" or event.data["state"] not in ("failed", "cancelled"):
                continue
            # It may be an old failure, of a run that was resumed.
            document = self.run(run)
            manifest = document["manifest"]
            if manifest["state"] in ("failed", "cancelled"):
                because = f": {manifest['failure']}" if manifest["failure"] else ""
                raise NotFinished(f"{manifest['id']} is {manifest['state']}{because}", document)
        return self.run(run)

    def download(self, run: str, path: str | Path) -> Path:
        """Writes a run as HDF5: records so far, prediction, estimates and documents; whole or not at all."""
        target = Path(path)
        draft = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
        try:
            with self._open("GET", f"/v1/runs/{quote(run, safe='')}/data.h5") as answer, draft.open("wb") as file:
                expected, written = int(answer.headers["content-length"]), 0
                while block := answer.read(1 << 20):
                    written += file.write(block)
                if written != expected:
                    raise OSError(f"the connection broke after {written} of {expected} bytes")
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        return target

    def derived(self, run: str) -> Document:
        """States, pair correlations and rotation frequencies of a run, as `entrain derive`."""
        return self._json("GET", f"/v1/runs/{quote(run, safe='')}/derived")

    # Sweeps

    def submit_sweep(self, document: Mapping[str, Any], *, key: str | None = None, tries: int = 5) -> str:
        """Has a map computed (the document of `entrain map`); its id. `key` as for runs."""
        return self._submit("/v1/sweeps", dict(document), key, tries)["id"]

    def sweep(self, sweep: str) -> Document:
        return self._json("GET", f"/v1/sweeps/{quote(sweep, safe='')}")

    def sweeps(self) -> Iterator[Document]:
        """Sweeps, newest first, page by page."""
        return self._pages("/v1/sweeps", "sweeps", {})

    def cancel_sweep(self, sweep: str) -> Document:
        return self._json("POST", f"/v1/sweeps/{quote(sweep, safe='')}/cancel")

    def wait_sweep(
        self,
        sweep: str,
        on_event: Callable[[Event], None] | None = None,
        timeout_s: float | None = None,
    ) -> Document:
        """Waits until a map is complete. Raises NotFinished, TimeoutError as `wait` does."""
        for event in self._events(f"/v1/sweeps/{quote(sweep, safe='')}/events", timeout_s):
            if on_event is not None and event.name:
                on_event(event)
        document = self.sweep(sweep)
        if document["state"] != "done":
            raise NotFinished(f"{document['id']} is {document['state']}", document)
        return document

    def tiles(self, sweep: str, planes: Sequence[str]) -> Iterator[Document]:
        """The tiles so far, in the order they came, with the quantities asked for."""
        start: int | None = 0
        while start is not None:
            query = urlencode({"planes": ",".join(planes), "from": start})
            page = self._json("GET", f"/v1/sweeps/{quote(sweep, safe='')}/planes?{query}")
            yield from page["tiles"]
            start = page["next"]

    def map_csv(self, sweep: str) -> str:
        """The finished map, as `entrain map` writes it."""
        with self._open("GET", f"/v1/sweeps/{quote(sweep, safe='')}/map.csv") as answer:
            return answer.read().decode()

    # How it is asked

    def _open(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> Any:
        request = Request(self.url + path, method=method, headers=dict(headers or {}))
        if self._token is not None:
            request.add_header("authorization", f"Bearer {self._token}")
        if body is not None:
            request.add_header("content-type", "application/json")
            request.data = json.dumps(body, allow_nan=False).encode()
        try:
            return self._opener.open(request, timeout=timeout_s or self.timeout_s)
        except HTTPError as error:
            with error:
                raise Problem(error.code, _details(error)) from None

    def _json(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        with self._open(method, path, body, headers) as answer:
            return json.load(answer)

    def _list(self, what: str, name: str | None) -> Any:
        return self._json("GET", f"/v1/{what}" + ("" if name is None else f"/{quote(name, safe='')}"))

    def _pages(self, path: str, member: str, query: Mapping[str, str]) -> Iterator[Document]:
        before: Mapping[str, str] = {}
        while True:
            page = self._json("GET", f"{path}?{urlencode({**query, **before})}")
            yield from page[member]
            if page["next"] is None:
                return
            before = {"before": page["next"]}

    def _submit(self, path: str, body: Any, key: str | None, tries: int) -> Document:
        headers = {"idempotency-key": key or uuid.uuid4().hex}
        for k in range(tries):
            try:
                return self._json("POST", path, body, headers)
            except Problem as problem:
                if not problem.retryable or k == tries - 1:
                    raise
            except (OSError, HTTPException):
                # Under the key, it may have been accepted before the connection broke.
                if k == tries - 1:
                    raise
            time.sleep(min(2**k, 15))
        raise ValueError("tries must be at least 1")

    def _events(self, path: str, timeout_s: float | None = None) -> Iterator[Event]:
        """Events, with a new connection from the last one on when one breaks.

        A server that is away is asked again for about a minute, so that it may be started anew meanwhile. Where a
        deadline is given it is looked at between lines, which the server sends every 15 s at the latest.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        last: dict[str, str] = {}
        broken = 0
        while True:
            left = 60 if deadline is None else deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"not at its end after {timeout_s} s")
            try:
                headers = {"accept": "text/event-stream", **last}
                with self._open("GET", path, headers=headers, timeout_s=min(60, left)) as stream:
                    if stream.status == 204:
                        return
                    for event in _parse_events(stream):
                        broken = 0
                        if event.name:
                            last = {"last-event-id": event.id}
                            yield event
                        if deadline is not None and time.monotonic() > deadline:
                            break
            except Problem as problem:
                if not problem.retryable or (broken := broken + 1) > patience:
                    raise
            except (OSError, HTTPException):
                expired = deadline is not None and time.monotonic() >= deadline
                if not expired and (broken := broken + 1) > patience:
                    raise
            # The stream has ended: there is more, or 204 says that there is not.
            time.sleep(0.2 if broken == 0 else min(2**broken, 15))


def _request(experiment: Experiment, **members: Any) -> Document:
    if isinstance(experiment, Path):
        experiment = experiment.read_text(encoding="utf-8")
    given = experiment if isinstance(experiment, str) else dict(experiment)
    return {"experiment": given, **{name: value for name, value in members.items() if value is not None}}


def _details(error: HTTPError) -> Document:
    """The problem, or what can be said where something between here and the server answered."""
    text = error.read().decode(errors="replace")
    try:
        details = json.loads(text)
    except ValueError:
        details = None
    return details if isinstance(details, dict) else {"message": text[:200] or str(error.reason)}


def _parse_events(lines: Any) -> Iterator[Event]:
    """Events as they come; heartbeats as events without a name."""
    fields: dict[str, str] = {}
    for line in lines:
        text = line.decode().rstrip("\r\n")
        if text.startswith(":"):
            yield Event("", "", {})
        elif text:
            name, _, value = text.partition(":")
            fields[name] = value.removeprefix(" ")
        else:
            if "data" in fields and "event" in fields:
                yield Event(fields.get("id", ""), fields["event"], json.loads(fields["data"]))
            fields = {}
