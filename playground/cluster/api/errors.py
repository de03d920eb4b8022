"""Errors as the API tells them: a Status object with the words that clients look for."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from playground.cluster.api.kinds import Kind, Object


class ApiError(Exception):
    """An answer other than success. `details` and `headers` go out as they are."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        details: Object | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message
        self.details, self.headers = details, headers or {}

    def status(self) -> Object:
        """The Status object that is the body of the answer."""
        body: Object = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
        body["message"] = self.message
        if self.reason:
            body["reason"] = self.reason
        if self.details is not None:
            body["details"] = self.details
        return body | {"code": self.code}


class Cause(NamedTuple):
    """One thing that is wrong with an object. `field` is a path: "spec.template.spec.containers[0].image"."""

    reason: str
    field: str
    message: str


def required(field: str) -> Cause:
    return Cause("FieldValueRequired", field, "Required value")


def invalid(field: str, value: str, why: str) -> Cause:
    """`value` as Go prints it: a quoted string, a bare number."""
    return Cause("FieldValueInvalid", field, f"Invalid value: {value}: {why}")


def unsupported(field: str, value: str, supported: Sequence[str]) -> Cause:
    values = ", ".join(f'"{one}"' for one in supported)
    return Cause("FieldValueNotSupported", field, f"Unsupported value: {value}: supported values: {values}")


def duplicate(field: str, value: str) -> Cause:
    return Cause("FieldValueDuplicate", field, f"Duplicate value: {value}")


def unprocessable(title: str, name: str, causes: Sequence[Cause]) -> ApiError:
    """422: the object is well-formed and wrong. `title` as in "Deployment.apps"."""
    texts = [f"{cause.field}: {cause.message}" for cause in causes]
    message = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    kind, _, group = title.partition(".")
    details: Object = {key: value for key, value in (("name", name), ("group", group), ("kind", kind)) if value}
    details["causes"] = [{"reason": one.reason, "message": one.message, "field": one.field} for one in causes]
    return ApiError(422, "Invalid", f'{title} "{name}" is invalid: {message}', details)


def _about(kind: Kind, name: str = "") -> Object:
    parts = (("name", name), ("group", kind.group), ("kind", kind.plural))
    return {key: value for key, value in parts if value}


def not_found(kind: Kind, name: str) -> ApiError:
    return ApiError(404, "NotFound", f'{kind.resource} "{name}" not found', _about(kind, name))


def already_exists(kind: Kind, name: str) -> ApiError:
    return ApiError(409, "AlreadyExists", f'{kind.resource} "{name}" already exists', _about(kind, name))


def conflict(kind: Kind, name: str, why: str = "") -> ApiError:
    """409: the caller's copy is out of date."""
    why = why or "the object has been modified; please apply your changes to the latest version and try again"
    message = f'Operation cannot be fulfilled on {kind.resource} "{name}": {why}'
    return ApiError(409, "Conflict", message, _about(kind, name))


def precondition_failed(kind: Kind, name: str, why: str) -> ApiError:
    """409: the object to delete is not the one that was meant."""
    parts = (("name", name), ("group", kind.group), ("kind", kind.name))
    details = {key: value for key, value in parts if value}
    return ApiError(409, "Conflict", f'Operation cannot be fulfilled on {kind.title} "{name}": {why}', details)


def future_revision(asked: int, current: int) -> ApiError:
    """504: a resource version that is yet to come; the real API waits for it a little."""
    causes = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
    message = f"Timeout: Too large resource version: {asked}, current: {current}"
    return ApiError(504, "Timeout", message, {"causes": causes, "retryAfterSeconds": 1})


def forbidden(kind: Kind, name: str, why: str) -> ApiError:
    subject = f'{kind.resource} "{name}"' if name else kind.resource
    return ApiError(403, "Forbidden", f"{subject} is forbidden: {why}", _about(kind, name))


def path_forbidden(user: str, verb: str, path: str) -> ApiError:
    return ApiError(403, "Forbidden", f'forbidden: User "{user}" cannot {verb} path "{path}"', {})


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def unauthorized() -> ApiError:
    return ApiError(401, "Unauthorized", "Unauthorized")


def no_such_resource() -> ApiError:
    return ApiError(404, "NotFound", "the server could not find the requested resource", {})


def no_such_method() -> ApiError:
    message = "the server does not allow this method on the requested resource"
    return ApiError(405, "MethodNotAllowed", message, {})


def expired(message: str) -> ApiError:
    return ApiError(410, "Expired", message)


def patch_failed() -> ApiError:
    """422: a JSON patch whose test did not hold or whose path does not exist."""
    return ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {})
