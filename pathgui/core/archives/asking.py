"""A client of one DICOMweb archive, and what its refusals mean to the user."""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pathgui.core.archives.logins import Login, logins
from pathgui.core.errors import ArchiveError, one_line
from pathgui.core.language.texts import say
from pathgui.core.system.program import how_to_add

if TYPE_CHECKING:
    from dicomweb_client.api import DICOMwebClient

TIMEOUT_S = (10.0, 60.0)  # to connect, and between two bytes
CONNECTIONS = 16
_TRIES = 2  # again, where the archive is busy or a connection broke
_BUSY = (429, 502, 503, 504)
_FORGIVING = r"pydicom\.(jsonrep|valuerep|dataelem|dataset)|wsidicom|dicomweb_client"
_PACKAGES = "dicomweb-client keyring requests wsidicom"

_imported = threading.Lock()


def require_libraries() -> None:
    """Load what speaks DICOMweb.

    Raises
    ------
    ArchiveError
        If it is not installed; says how to install it.
    """
    try:
        with _imported:  # of two threads that import at once, one sees half a module
            import dicomweb_client.api  # noqa: F401
            import wsidicom  # noqa: F401
    except ImportError as error:
        raise ArchiveError(
            how_to_add(
                _PACKAGES,
                say(
                    "Slides in archives need packages that are not installed ({why}). Install "
                    "them with: {python} -m pip install {packages}",
                    why=one_line(error),
                    python=sys.executable,
                    packages=_PACKAGES,
                ),
            )
        ) from error
    # Archives break the standard in many ways that the libraries forgive. For good: filters that
    # are set for a while are those of all threads.
    warnings.filterwarnings("ignore", module=_FORGIVING)
    # They log each request, with the patient's name in it where one is searched for.
    logging.getLogger("dicomweb_client").setLevel(logging.WARNING)


def client_of(base: str, login: Login | None = None) -> DICOMwebClient:
    """What asks the archive at ``base``, with ``login`` or the one that is known for it.

    Nothing is asked yet.
    """
    require_libraries()
    import requests
    from dicomweb_client.api import DICOMwebClient
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    session = requests.Session()
    retry = Retry(
        _TRIES, backoff_factor=0.3, status_forcelist=_BUSY, raise_on_status=False, connect=0
    )
    for scheme in ("https://", "http://"):
        adapter = HTTPAdapter(pool_maxsize=CONNECTIONS, max_retries=retry)
        session.mount(scheme, adapter)
    login = login or logins.of(base)
    if login is not None:
        session.auth = _auth(base, login)
    client = DICOMwebClient(base, session=session, timeout=TIMEOUT_S)
    client.set_http_retry_params(retry=False)  # the session does it
    return client


def _auth(base: str, login: Login) -> Any:
    """Signs requests to the archive, and none to another host that it may name."""
    from requests.auth import AuthBase, HTTPBasicAuth

    place = urlsplit(base)[:2]

    class OfArchive(AuthBase):  # type: ignore[misc, unused-ignore]
        def __call__(self, request: Any) -> Any:
            if urlsplit(str(request.url))[:2] != place:
                return request
            if login.token:
                request.headers["Authorization"] = f"Bearer {login.token}"
                return request
            return HTTPBasicAuth(login.user.encode(), login.password.encode())(request)

    return OfArchive()


@contextmanager
def asking(base: str, missing: str) -> Iterator[None]:
    """What goes wrong within the block, as an ArchiveError that says what to do.

    What the libraries say is left out where tracebacks are logged: it holds what was searched for,
    and so a patient's name. ``missing`` is the sentence for what the archive does not have, or does
    not know to answer.
    """
    import requests

    try:
        yield
    except requests.exceptions.SSLError as error:
        if "CERTIFICATE" not in str(error).upper():
            raise _unreachable(base, error) from None
        raise ArchiveError(
            say(
                "The certificate of {base} is not trusted by this computer ({why}). If your "
                "hospital signs its certificates itself, ask IT for the file of its authority, "
                "set the environment variable REQUESTS_CA_BUNDLE to it, and try again.",
                base=base,
                why=_core_of(error),
            )
        ) from None
    except requests.exceptions.Timeout:
        raise ArchiveError(
            say(
                "The archive {base} does not answer. Check the address and that this computer "
                "is in the hospital's network (VPN), and try again.",
                base=base,
            )
        ) from None
    except requests.exceptions.HTTPError as error:
        raise _refusal(base, error.response, missing) from None
    except (requests.exceptions.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise no_dicomweb(base) from None
    except requests.exceptions.RequestException as error:
        raise _unreachable(base, error) from None


def _unreachable(base: str, error: Exception) -> ArchiveError:
    return ArchiveError(
        say(
            "The archive {base} cannot be reached ({why}). Check the address and that this "
            "computer is in the hospital's network (VPN). What was done is kept; try again "
            "when the archive is there.",
            base=base,
            why=_core_of(error),
        )
    )


def no_dicomweb(base: str) -> ArchiveError:
    """That something else than DICOMweb is at the address."""
    return ArchiveError(
        say(
            "{base} answers, but not as DICOMweb does. Ask whoever runs the archive for the "
            "address of its DICOMweb service; it often ends in /dicom-web, /dicomweb or /rs.",
            base=base,
        )
    )


def _refusal(base: str, response: Any, missing: str) -> ArchiveError:
    status = None if response is None else response.status_code
    if status == 401:
        return ArchiveError(
            say(
                "The archive {base} does not accept this user and password. Check both; "
                "passwords expire, too.",
                base=base,
            )
            if "Authorization" in response.request.headers
            else say(
                "The archive {base} asks for a login. Give a user and a password: in the window "
                "under Open from archive…, in a terminal with pathgui archive login {base}.",
                base=base,
            )
        )
    if status == 403:
        return ArchiveError(
            say(
                "The archive {base} does not let this user see that. Ask whoever runs it for the "
                "right to search studies and to retrieve frames (QIDO and WADO).",
                base=base,
            )
        )
    if status in (400, 404, 405, 410):
        return ArchiveError(missing)
    return ArchiveError(
        say(
            "The archive {base} failed to answer (HTTP status {status}). What was done is kept; "
            "try again later, and tell whoever runs the archive if it goes on.",
            base=base,
            status=status,
        )
    )


def _core_of(error: Exception) -> str:
    """What the innermost library said, without the address, which may hold a patient's name."""
    inner: BaseException = error
    while True:
        parts = [each for each in inner.args if isinstance(each, BaseException)]
        reason = getattr(inner, "reason", None)
        following = reason if isinstance(reason, BaseException) else next(iter(parts), None)
        if following is None:
            break
        inner = following
    words = getattr(inner, "verify_message", "") or getattr(inner, "strerror", "")
    if words:
        return one_line(words, 120)
    text = one_line(inner, 400)
    return one_line(text.rpartition(": ")[2], 120)
