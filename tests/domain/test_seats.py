"""Seats: an active member with a paid role uses one, and the last one is taken once."""

from __future__ import annotations

import pytest

from portal.domain import members, roles, seats, workspaces
from portal.domain.errors import NoSeatLeft
from portal.models import Workspace
from tests import factories
from tests.support.at_once import at_once


def used(app, slug="acme"):
    with factories.inside(app, slug) as ctx:
        return ctx.workspace.seats_used


def test_only_active_members_with_a_paid_role_use_seats(app, cast):
    assert used(app) == 3  # Ada, Grace, Alan; Mary contributes for free
    with factories.inside(app, "acme") as ctx:
        members.update_member(ctx, members.get(ctx, cast.alan.id), {"active": False})
    assert used(app) == 2
    with factories.inside(app, "acme") as ctx:
        members.update_member(ctx, members.get(ctx, cast.mary.id), {"role": "maker"})
    assert used(app) == 3
    with factories.inside(app, "acme") as ctx:
        members.remove(ctx, members.get(ctx, cast.mary.id))
    assert used(app) == 2


@pytest.mark.parametrize("change", [{"role": "maker"}, {"role": "maker", "given_name": "Maria"}])
def test_a_promotion_without_a_free_seat_changes_nothing(app, cast, change):
    with factories.inside(app, "acme") as ctx:
        workspaces.set_seats(ctx, 3)
    with pytest.raises(NoSeatLeft, match="3 of 3 seats are in use"), factories.inside(app, "acme") as ctx:
        members.update_member(ctx, members.get(ctx, cast.mary.id), change)
    with factories.inside(app, "acme") as ctx:
        mary = members.get(ctx, cast.mary.id)
        assert (mary.role, mary.given_name, ctx.workspace.seats_used) == ("contributor", "Mary", 3)


def test_a_reactivation_needs_a_seat(app, cast):
    with factories.inside(app, "acme") as ctx:
        members.update_member(ctx, members.get(ctx, cast.alan.id), {"active": False})
        workspaces.set_seats(ctx, 2)
    with pytest.raises(NoSeatLeft), factories.inside(app, "acme") as ctx:
        members.update_member(ctx, members.get(ctx, cast.alan.id), {"active": True})


def test_fewer_seats_than_are_in_use_take_nobodys_away_and_refuse_the_next(app, cast):
    with factories.inside(app, "acme") as ctx:
        workspaces.set_seats(ctx, 2)
        members.update_member(ctx, members.get(ctx, cast.alan.id), {"role": "admin", "given_name": "Al"})
        assert (ctx.workspace.seats_used, seats.free(ctx)) == (3, 0)
    with pytest.raises(NoSeatLeft, match="3 of 2 seats are in use"), factories.inside(app, "acme") as ctx:
        members.update_member(ctx, members.get(ctx, cast.mary.id), {"role": "maker"})
    with factories.inside(app, "acme") as ctx:
        members.update_member(ctx, members.get(ctx, cast.alan.id), {"active": False})
    with pytest.raises(NoSeatLeft, match="2 of 2"), factories.inside(app, "acme") as ctx:
        members.update_member(ctx, members.get(ctx, cast.alan.id), {"active": True})


def test_a_custom_role_uses_a_seat_as_its_base_role_does(app, cast):
    with factories.inside(app, "acme") as ctx:
        reader = roles.create_custom(ctx, name="Reader", base_role="viewer", restricted_apps=[])
        members.update_member(ctx, members.get(ctx, cast.alan.id), {"role": reader.id})
        assert ctx.workspace.seats_used == 2
        roles.update_custom(ctx, reader, name="Reader", base_role="maker", restricted_apps=[])
        assert ctx.workspace.seats_used == 3
    with factories.inside(app, "acme") as ctx:
        assert members.get(ctx, cast.alan.id).role == "maker"
        assert seats.free(ctx) == 7


def test_twenty_at_once_take_the_last_seat_once(app, cast):
    with factories.inside(app, "acme") as ctx:
        workspaces.set_seats(ctx, 4)

    def create(number):
        try:
            with factories.inside(app, "acme") as ctx:
                members.create(ctx, {"user_name": f"racer{number}", "role": "maker"}, source="scim")
        except NoSeatLeft:
            return 0
        return 1

    assert sum(at_once(20, create)) == 1
    with factories.inside(app, "acme") as ctx:
        assert ctx.session.get_one(Workspace, ctx.workspace.id).seats_used == 4
