"""Jobs as BigQuery keeps them: uploads run under the id that they were sent with, and say all their errors."""

from __future__ import annotations

from typing import Any

from bqemulator.api.dependencies import AppContext
from bqemulator.api.routes import jobs, upload
from bqemulator.catalog.models import JobMeta
from bqemulator.domain.errors import AlreadyExistsError, UnsupportedFeatureError
from bqemulator.jobs.upload_session_manager import UploadSession, UploadSessionManager

from bandcamp_assets_tests.emulators.mending import Part, replace, wrap

ERRORS = "_errors"
"""Where a job's statistics hold the errors beyond its first, until they are told."""

_JOB = "_jobReference"


def apply() -> None:
    """Puts the mends in place, for this process."""
    wrap(jobs, "_build_job_response", with_all_errors)
    wrap(upload, "_build_job_response", with_all_errors)
    wrap(upload, "_load_configuration_from_envelope", with_its_job)
    replace(upload, "_run_load", run_upload)
    # The real client sends files as `*/*` unless told otherwise, which the emulator's list does not hold.
    replace(upload, "_is_permitted_media_type", lambda media_type: True)
    wrap(UploadSessionManager, "append", without_overlap)
    wrap(jobs, "_check_create_disposition", without_destination)


def with_all_errors(original: Part) -> Part:
    """`status.errors` lists every error of a job; the emulator repeats the one it ended with."""

    def build(project_id: str, job_id: str, job: JobMeta, configuration: dict[str, Any]) -> dict[str, Any]:
        response: dict[str, Any] = original(project_id, job_id, job, configuration)
        further = response["statistics"].get(ERRORS, [])
        response["statistics"] = {name: value for name, value in response["statistics"].items() if name != ERRORS}
        if "errorResult" in response["status"]:
            response["status"]["errors"] = [response["status"]["errorResult"], *further]
        return response

    return build


def with_its_job(original: Part) -> Part:
    """An upload's configuration carries the id of its job along; the emulator forgets it, and makes one up."""

    def configuration(envelope: dict[str, Any]) -> dict[str, Any]:
        load: dict[str, Any] = original(envelope)
        return load | {_JOB: envelope.get("jobReference", {})}

    return configuration


async def run_upload(
    *, project_id: str, configuration: dict[str, Any], media_path: str, ctx: AppContext
) -> tuple[str, JobMeta]:
    """Runs the load job of a file that has been sent, under its id."""
    given = dict(configuration)
    job_id = given.pop(_JOB, {}).get("jobId") or upload._new_job_id()
    if ctx.catalog.get_job(project_id, job_id) is not None:
        raise AlreadyExistsError(f"Already Exists: Job {project_id}:{job_id}")
    given["load"] = given["load"] | {"sourceUris": [f"file://{media_path}"]}
    job = await jobs._handle_load_job_with_async_envelope(project_id, job_id, given, ctx)
    # As it was sent: where the file lay meanwhile is the emulator's affair.
    sent = {name: value for name, value in configuration.items() if name != _JOB}
    job = job.model_copy(update={"configuration": sent})
    ctx.catalog.upsert_job(job)
    return job_id, job


def without_overlap(original: Part) -> Part:
    """Bytes that are sent again, because an answer was lost, are passed over."""

    def append(
        manager: UploadSessionManager, session_id: str, chunk: bytes, *, content_range: str | None = None
    ) -> tuple[UploadSession, bool]:
        start, end, total = manager._extract_range_fields(content_range)
        received = manager.get(session_id).received_bytes
        if start is not None and end is not None and start < received <= end:
            chunk = chunk[received - start :]
            content_range = f"bytes {received}-{end}/{'*' if total is None else total}"
        appended: tuple[UploadSession, bool] = original(manager, session_id, chunk, content_range=content_range)
        return appended

    return append


def without_destination(original: Part) -> Part:
    """A query into a destination table is refused: the emulator would answer, and write nothing."""

    def check(query_config: dict[str, Any], *, ctx: AppContext, request_project_id: str) -> None:
        if query_config.get("destinationTable"):
            raise UnsupportedFeatureError("A query into a destination table is not emulated: use a statement")
        original(query_config, ctx=ctx, request_project_id=request_project_id)

    return check
