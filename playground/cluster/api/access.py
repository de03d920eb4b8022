"""Who is asking (by bearer token) and what they may do (by the Roles and bindings in the store)."""

from collections.abc import Iterator
from typing import NamedTuple

from playground.cluster.api.errors import forbidden, path_forbidden, unauthorized
from playground.cluster.api.kinds import (
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    ROLE,
    ROLE_BINDING,
    Kind,
    Object,
    name_of,
)
from playground.cluster.api.requests import Ask
from playground.cluster.api.store import Store

_OPEN_TO_ALL = ("/version", "/healthz", "/livez", "/readyz")
_OPEN_TO_USERS = ("/api", "/apis", "/openapi", "/")


class User(NamedTuple):
    """Somebody with a token; `groups` as Kubernetes names them."""

    name: str
    groups: tuple[str, ...]


ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))
TOKENS = {
    "admin": User("admin", ("system:masters", "system:authenticated")),
    "quarterdeck": User("quarterdeck", ("system:authenticated",)),
    "nobody": User("nobody", ("system:authenticated",)),
}


def user_of(authorization: str, prefix: str = "", impersonated: str = "") -> User:
    """The user of an Authorization header; nobody's name without one, 401 for a token that is not known.

    `prefix` is the token in the path (/as/<token>/api/…), for clients that keep tokens off plain HTTP, as kubectl does.
    `impersonated` is whom an administrator wants to be taken for (`kubectl --as`); 403 for everybody else.
    """
    if not authorization and not prefix:
        return ANONYMOUS
    scheme, _, token = (authorization or f"Bearer {prefix}").partition(" ")
    if scheme.lower() != "bearer" or token not in TOKENS:
        raise unauthorized()
    user = TOKENS[token]
    if not impersonated:
        return user
    if "system:masters" not in user.groups:
        why = f'User "{user.name}" cannot impersonate resource "users" in API group "" at the cluster scope'
        raise forbidden(Kind("User", "users"), impersonated, why)
    return TOKENS.get(impersonated, User(impersonated, ("system:authenticated",)))


class Verdict(NamedTuple):
    """Whether it is allowed, and by which binding."""

    allowed: bool
    reason: str = ""


def _rule_allows(rule: Object, ask: Ask) -> bool:
    resource = f"{ask.plural}/{ask.subresource}" if ask.subresource else ask.plural
    resources = rule.get("resources") or ()
    return (
        any(verb in ("*", ask.verb) for verb in rule.get("verbs") or ())
        and any(group in ("*", ask.group) for group in rule.get("apiGroups") or ())
        and any(one in ("*", resource, f"*/{ask.subresource}") for one in resources)
        and (not rule.get("resourceNames") or ask.name in rule["resourceNames"])
    )


class Access:
    """Answers from the RBAC objects as they are now; members of system:masters may do everything.

    `revoked` holds pairs of verb and resource that nobody else may use meanwhile, whatever the roles say.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.revoked: set[tuple[str, str]] = set()

    def decide(self, user: User, ask: Ask) -> Verdict:
        """Whether `user` may do it. Paths without a resource are for everyone who has a name."""
        if "system:masters" in user.groups:
            return Verdict(True)
        if not ask.plural:
            root = f"/{ask.path.split('/')[1]}"
            known = "system:authenticated" in user.groups
            return Verdict(ask.verb == "get" and (root in _OPEN_TO_ALL or (known and root in _OPEN_TO_USERS)))
        if ask.plural == "selfsubjectaccessreviews" and "system:authenticated" in user.groups:
            reason = 'RBAC: allowed by ClusterRoleBinding "system:basic-user"'
            return Verdict(True, f'{reason} of ClusterRole "system:basic-user" to Group "system:authenticated"')
        if (ask.verb, ask.plural) in self.revoked:
            return Verdict(False)
        for kind, binding, subject in self._bindings(user, ask.namespace):
            reference = binding["roleRef"]
            if any(_rule_allows(rule, ask) for rule in self._rules(binding, reference)):
                scope = f"/{ask.namespace}" if kind is ROLE_BINDING else ""
                reason = f'RBAC: allowed by {kind.name} "{name_of(binding)}{scope}"'
                role = f'{reference["kind"]} "{reference["name"]}"'
                return Verdict(True, f'{reason} of {role} to {subject["kind"]} "{subject["name"]}"')
        return Verdict(False)

    def require(self, user: User, ask: Ask) -> None:
        """Refuse with 403, in the words of the real API, what is not allowed."""
        if self.decide(user, ask).allowed:
            return
        if not ask.plural:
            raise path_forbidden(user.name, ask.verb, ask.path)
        resource = f"{ask.plural}/{ask.subresource}" if ask.subresource else ask.plural
        scope = f'in the namespace "{ask.namespace}"' if ask.namespace else "at the cluster scope"
        why = f'User "{user.name}" cannot {ask.verb} resource "{resource}" in API group "{ask.group}" {scope}'
        raise forbidden(Kind("", ask.plural, ask.group), ask.name, why)

    def _bindings(self, user: User, namespace: str) -> Iterator[tuple[Kind, Object, Object]]:
        scopes = [(CLUSTER_ROLE_BINDING, binding) for binding in self._store.all(CLUSTER_ROLE_BINDING)]
        if namespace:
            scopes += [(ROLE_BINDING, binding) for binding in self._store.all(ROLE_BINDING, namespace)]
        for kind, binding in scopes:
            for subject in binding.get("subjects") or ():
                names = {"User": (user.name,), "Group": user.groups}.get(subject["kind"], ())
                if subject["name"] in names:
                    yield kind, binding, subject

    def _rules(self, binding: Object, reference: Object) -> list[Object]:
        if reference["kind"] == "ClusterRole":
            role = self._store.get(CLUSTER_ROLE, "", reference["name"])
        else:
            role = self._store.get(ROLE, binding["metadata"]["namespace"], reference["name"])
        return list((role or {}).get("rules") or ())
