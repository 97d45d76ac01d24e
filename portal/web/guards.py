"""Guards: each route has exactly one, and the guard says on which host it lives and who may pass."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import abort, current_app, g, redirect, request, url_for

from portal.domain.context import lock
from portal.domain.permissions import Permission, permissions_of
from portal.web.errors import Forbidden
from portal.web.session import load_member, still_signed_in
from portal.web.tenancy import API, BARE, WORKSPACE
from portal.web.transactions import SAFE

View = TypeVar("View", bound=Callable[..., Any])


def public(*sites: str) -> Callable[[View], View]:
    """Anyone may pass, on these hosts (bare, api, workspace; all three when none is named)."""
    allowed = sites or (BARE, API, WORKSPACE)

    def check() -> Any:
        _only_on(allowed)
        if g.workspace is not None:
            load_member()

    return guard(f"public({', '.join(allowed)})", check)


def signed_in(view: View) -> View:
    """Any signed-in member of this workspace may pass; others sign in and come back."""
    return guard("signed_in", _sign_in)(view)


def needs(permission: Permission) -> Callable[[View], View]:
    """A signed-in member who has `permission` may pass; write requests hold the workspace's lock before anything is loaded."""

    def check() -> Any:
        answer = _sign_in()
        if answer is not None:
            return answer
        if permission not in permissions_of(g.member, g.ctx.profile):
            raise Forbidden(permission)
        return None

    return guard(f"needs({permission.name})", check)


def guard(name: str, check: Callable[[], Any]) -> Callable[[View], View]:
    """Makes a guard of `check`, which returns None to let the request pass or an answer to give instead."""

    def decorate(view: View) -> View:
        if hasattr(view, "guard"):
            raise TypeError(f"{view.__name__} has the guard {view.guard} already")

        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            answer = check()
            return view(*args, **kwargs) if answer is None else answer

        guarded.guard = name  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def _only_on(sites: tuple[str, ...]) -> None:
    if g.site not in sites:
        abort(404)


def _sign_in() -> Any:
    _only_on((WORKSPACE,))
    if load_member() is None:
        back = request.full_path.rstrip("?") if _can_be_opened() else "/"
        return redirect(
            url_for("sign_in.sign_in", next=back) if back != "/" else url_for("sign_in.sign_in"),
            303,
        )
    if request.method not in SAFE:
        lock(g.ctx)
        if not still_signed_in():
            return redirect(url_for("sign_in.sign_in"), 303)
    return None


def _can_be_opened() -> bool:
    """Whether a browser can come back here after signing in: the request reads, or its address has a page, too."""
    return request.method in SAFE or "GET" in current_app.create_url_adapter(request).allowed_methods()  # type: ignore[union-attr]


def local_path(value: str | None) -> str:
    """`value` if it is a path of this host, `/` otherwise: where to go after sign-in."""
    if not value or not value.startswith("/") or value.startswith(("//", "/\\")) or len(value) > 2000:
        return "/"
    if any(ord(char) < 33 or char == "\\" or ord(char) == 127 for char in value):
        return "/"
    return value
