"""Every error soutui raises on purpose, with its exit code, HTTP status and hint.

    SoutuiError                    1   500
    ├── UsageError                 2   400   the call itself is wrong
    │   ├── SettingError           2   400   soutui.toml: unknown key, wrong value
    │   └── FilterError            2   400   unknown field, wrong operator or value
    ├── DataError                  3   422   the files cannot be read or mapped
    ├── NotFoundError              4   404   workspace, bundle, item or user that is not there
    │   └── NotBuiltError          4   409   the workspace has no bundle yet
    ├── DamagedError               5   500   a bundle or database that fails its own checks
    ├── BusyError                  6   409   another process holds the lock
    ├── ResourceError              7   507   disk full, memory too small
    ├── MissingExtraError          8   501   an optional part is not installed
    └── WorseError                 9   409   the candidate is worse: refused

The text says what came and what is allowed; ``hint`` says what to try next.
"""

from __future__ import annotations


class SoutuiError(Exception):
    """Base of every deliberate error. ``code`` is stable and documented in docs/guide/errors.md."""

    code = "error"
    exit_code = 1
    http_status = 500

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def as_dict(self) -> dict[str, str]:
        """The error as the JSON object that the command line and the service print."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class UsageError(SoutuiError):
    """The call itself is wrong: an argument out of range, two that exclude each other."""

    code = "usage"
    exit_code = 2
    http_status = 400


class SettingError(UsageError):
    """``soutui.toml`` has an unknown key or a value that is not allowed."""

    code = "setting"


class FilterError(UsageError):
    """A filter names an unknown field, or an operator or value that the field cannot take."""

    code = "filter"


class DataError(SoutuiError):
    """A file cannot be read, or its columns cannot be mapped."""

    code = "data"
    exit_code = 3
    http_status = 422


class NotFoundError(SoutuiError):
    """A workspace, bundle, item or user that does not exist."""

    code = "not_found"
    exit_code = 4
    http_status = 404


class NotBuiltError(NotFoundError):
    """The workspace holds data but no bundle has been built from it."""

    code = "not_built"
    http_status = 409


class DamagedError(SoutuiError):
    """A bundle or database whose contents fail their own checks; the text names the file."""

    code = "damaged"
    exit_code = 5


class BusyError(SoutuiError):
    """Another process holds the lock that this call needs."""

    code = "busy"
    exit_code = 6
    http_status = 409


class ResourceError(SoutuiError):
    """The machine has too little of something: disk or memory."""

    code = "resource"
    exit_code = 7
    http_status = 507


class MissingExtraError(SoutuiError):
    """An optional part of soutui is needed and not installed."""

    code = "missing_extra"
    exit_code = 8
    http_status = 501


class WorseError(SoutuiError):
    """A candidate that measured worse than what serves now; it was refused."""

    code = "worse"
    exit_code = 9
    http_status = 409
