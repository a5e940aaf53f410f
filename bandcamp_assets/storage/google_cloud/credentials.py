"""Credentials: the application default credentials of the environment, or none for an emulator.

No setting holds a secret. `GOOGLE_APPLICATION_CREDENTIALS` names the path of a key file, as for all of Google's
tools.
"""

from __future__ import annotations

import google.auth
from google.auth import impersonated_credentials
from google.auth.credentials import AnonymousCredentials, Credentials
from google.auth.exceptions import DefaultCredentialsError
from google.auth.transport.requests import Request

from bandcamp_assets.storage.google_cloud.errors import google_errors
from bandcamp_assets.system.errors import PlatformError

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)

IMPERSONATION_ROLE = "roles/iam.serviceAccountTokenCreator"
"""The role that is needed on a service account to act as it."""

IMPERSONATION_SECONDS = 3600
"""The lifetime of an impersonated token. The client fetches a new one by itself."""


def obtain_credentials(impersonate: str, endpoint: str) -> Credentials:
    """Find the credentials to use.

    Args:
        impersonate: Service account to act as; empty for none.
        endpoint: Address of an emulator. It gets no credentials.

    Raises:
        PlatformError: If the environment has none, or they cannot be read.
    """
    if endpoint:
        return AnonymousCredentials()  # type: ignore[no-untyped-call]
    try:
        own, _project = google.auth.default(scopes=SCOPES)
    except DefaultCredentialsError as error:
        raise PlatformError(
            f"No usable Google credentials: {str(error).splitlines()[0].rstrip('.')}",
            where="application default credentials",
            remedy="run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to the path"
            " of a key file",
        ) from error
    if not impersonate:
        return own
    return impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]
        source_credentials=own,
        target_principal=impersonate,
        target_scopes=SCOPES,
        lifetime=IMPERSONATION_SECONDS,
    )


def verify_credentials(impersonate: str, endpoint: str) -> str:
    """Check that there are credentials and that they are still accepted, by fetching a token.

    Returns:
        The account, in a few words; never a token.

    Raises:
        PlatformError: If there are none, or they are not accepted.
    """
    credentials = obtain_credentials(impersonate, endpoint)
    if endpoint:
        return "none are needed with emulators"
    with google_errors("application default credentials", role=f"{IMPERSONATION_ROLE} on {impersonate}"):
        credentials.refresh(Request())  # type: ignore[no-untyped-call]
    if impersonate:
        return f"acting as {impersonate}"
    account = str(getattr(credentials, "service_account_email", "") or "")
    return f"accepted, {account or 'a person'}"
