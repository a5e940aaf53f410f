"""What stands in front of the emulator: every request passes here first, every answer last.

Records requests for jobs, refuses what BigQuery refuses (another project, a job id that was used, a job of
somebody else, a location that is not the dataset's, a permission that is missing), and puts right what answers say
of jobs and tables.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bqemulator import server
from bqemulator.api.dependencies import AppContext
from bqemulator.domain.errors import AlreadyExistsError, DomainError, NotFoundError, PermissionDeniedError

from bandcamp_assets_tests.emulators import bigquery_asgi as asgi
from bandcamp_assets_tests.emulators.bigquery_locations import Locations
from bandcamp_assets_tests.emulators.bigquery_permissions import Need, needs_of_job, needs_of_request
from bandcamp_assets_tests.emulators.bigquery_table_requests import (
    answer_table_request,
    with_current_rows,
)
from bandcamp_assets_tests.emulators.mending import wrap
from bandcamp_assets_tests.emulators.permissions import OWNER, PROJECT_ITSELF, caller, granted, principal_of

_PATH = re.compile(
    r"^(?P<upload>/upload)?/bigquery/v2/projects/(?P<project>[^/]+)"
    r"(?:/(?P<kind>datasets|jobs|queries)(?:/(?P<id>[^/]+))?(?:/tables(?P<table>/[^/]+)?)?)?"
)


def apply(data: Path, project: str) -> None:
    """Puts the front before the emulator's application, for this process.

    Args:
        data: The emulator's folder, for the record and the permissions.
        project: The one project that exists.
    """
    wrap(server, "create_app", lambda create: lambda context: Front(create(context), context, data, project))


class Front:
    """An ASGI application before the emulator's."""

    def __init__(self, application: asgi.Application, context: AppContext, data: Path, project: str) -> None:
        self._application = application
        self._context = context
        self._data = data
        self._project = project
        self._locations = Locations(context, project)
        self._running: set[str] = set()
        self._starters: dict[str, str] = {}
        self._finished_uploads: dict[str, asgi.Response] = {}

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        request = await asgi.receive_request(scope, receive)
        caller.set(principal_of(request.headers.get("authorization")))
        try:
            response = await self._answer(scope, request)
        except DomainError as error:
            response = asgi.Response.of_json(error.http_status, error.to_bigquery_error())
        await response.send(send)

    async def _answer(self, scope: asgi.Scope, request: asgi.Request) -> asgi.Response:
        parts = _PATH.match(request.path)
        if parts is None:
            return await asgi.answer_of(self._application, scope, request.body)
        if parts["kind"] in {"jobs", "queries"} and request.method == "POST" and not parts["id"]:
            return await self._start_job(scope, request, parts["project"])
        self._check_project(parts["project"])
        if parts["kind"] in {"jobs", "queries"}:
            self._check_starter(parts["id"])
            self._locations.check_known_job(parts["id"], request)
        if parts["upload"]:
            return await self._continue_upload(scope, request)
        self._check_permissions(needs_of_request(request.method, request.path))
        if own := answer_table_request(request, self._context, self._data):
            return own
        response = await asgi.answer_of(self._application, scope, request.body)
        if parts["table"] and request.method == "GET" and response.status == 200:
            response.replace_json(with_current_rows(json.loads(response.body), self._context))
        return self._of_job(request, response) if parts["kind"] == "jobs" else response

    async def _start_job(self, scope: asgi.Scope, request: asgi.Request, project: str) -> asgi.Response:
        body = request.json()
        self._record(request, body)
        if project != self._project:
            raise _denied(project, PROJECT_ITSELF, "bigquery.jobs.create")
        self._check_permissions(needs_of_job(body.get("configuration") or {"query": body}, project))
        self._locations.check_new_job(body)
        job_id = body.get("jobReference", {}).get("jobId")
        if job_id and (job_id in self._running or self._context.catalog.get_job(project, job_id)):
            location = body["jobReference"].get("location") or self._locations.of_configuration(
                body["configuration"]
            )
            raise AlreadyExistsError(f"Already Exists: Job {project}:{location}.{job_id}")
        self._running.add(job_id)
        try:
            response = await asgi.answer_of(self._application, scope, request.body)
        finally:
            self._running.discard(job_id)
        self._locations.remember(job_id, body)
        self._remember_starter(job_id, response)
        return self._of_job(request, response)

    async def _continue_upload(self, scope: asgi.Scope, request: asgi.Request) -> asgi.Response:
        """A finished upload answers with its job however often it is asked: a client may have lost the answer."""
        upload = request.query.get("upload_id", [""])[0]
        if upload in self._finished_uploads:
            return self._finished_uploads[upload]
        response = self._of_job(request, await asgi.answer_of(self._application, scope, request.body))
        if response.status == 200:
            self._finished_uploads[upload] = response
        return response

    def _of_job(self, request: asgi.Request, response: asgi.Response) -> asgi.Response:
        """A job says its location; a load that was just sent has not ended yet: its client has to ask again."""
        if response.status != 200 or not response.body:
            return response
        answer = json.loads(response.body)
        for job in answer.get("jobs", [answer]):
            if "jobReference" in job:
                job["jobReference"]["location"] = self._locations.of_job(job)
        if request.method in {"POST", "PUT"} and "load" in answer.get("configuration", {}):
            answer["status"] = {"state": "RUNNING"}
            answer["statistics"] = {"creationTime": answer["statistics"].get("creationTime", "0")}
        response.replace_json(answer)
        return response

    def _record(self, request: asgi.Request, body: dict[str, Any]) -> None:
        line = {"path": request.path, "query": request.query, "body": body}
        with (self._data / "requests.jsonl").open("a") as record:
            record.write(json.dumps(line) + "\n")

    def _check_project(self, project: str) -> None:
        if project != self._project:
            raise NotFoundError(f"Not found: Project {project}")

    def _remember_starter(self, job_id: str | None, response: asgi.Response) -> None:
        answered = json.loads(response.body) if response.status == 200 and response.body else {}
        named = job_id or answered.get("jobReference", {}).get("jobId", "")
        if named:
            self._starters[named] = caller.get()

    def _check_starter(self, job_id: str | None) -> None:
        """Who did not start a job may not look at it, but for the owner; known while the process lives."""
        starter = self._starters.get(job_id or "", caller.get())
        if caller.get() not in {OWNER, starter}:
            job = f"Job {self._project}:{job_id}"
            denied = f"User does not have bigquery.jobs.get permission for job {self._project}:{job_id}."
            raise PermissionDeniedError(f"Access Denied: {job}: {denied}")

    def _check_permissions(self, needs: Iterable[Need]) -> None:
        for resource, permission in needs:
            if not granted(self._data, resource, [permission], caller.get()):
                raise _denied(self._project, resource, permission)


def _denied(project: str, resource: str, permission: str) -> PermissionDeniedError:
    if resource == PROJECT_ITSELF:
        denied = f"User does not have {permission} permission in project {project}."
        return PermissionDeniedError(f"Access Denied: Project {project}: {denied}")
    denied = f"Permission {permission} denied on dataset {project}:{resource} (or it may not exist)."
    return PermissionDeniedError(f"Access Denied: Dataset {project}:{resource}: {denied}")
