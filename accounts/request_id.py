"""The id of the request being answered, so that a log line and an audit row can be matched."""

from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """Empty outside a request."""
    return _current.get()


def set_request_id(value: str) -> None:
    _current.set(value)
