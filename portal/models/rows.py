"""Rows of the tables that SCIM writes, read and written by prepared statements instead of the session's own.

What comes of it is the same: the object belongs to the session, its changes are known, and its mapper's listeners hear of a write. Other
tables, and whatever else is pending, are left to the session itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any, Generic, TypeVar

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import InstanceState, Mapper, Session
from sqlalchemy.orm.attributes import instance_state

from portal.models.base import Base
from portal.models.groups import Group
from portal.models.mass_deactivations import MassDeactivation
from portal.models.members import Member
from portal.models.prepared import Prepared, connection_of
from portal.models.workspaces import Workspace

Row = TypeVar("Row", bound=Base)


class Rows(Generic[Row]):
    """A table whose attributes are called as its columns, with `id` as its key."""

    def __init__(self, model: type[Row]) -> None:
        self._model = model
        self._table: Any = model.__table__
        self.names = tuple(column.key for column in self._table.columns)
        self.columns = tuple(self._table.columns)
        """What a query must select, in this order, for `attached`."""
        self._updates: dict[frozenset[str], Prepared] = {}

    def attached(self, session: Session, row: Sequence[Any]) -> Row:
        """The session's object for a row; one that the session knows already keeps what it has."""
        values = dict(zip(self.names, row, strict=True))
        known = session.identity_map.get(self._mapper.identity_key_from_primary_key((values["id"],)))
        if known is not None:
            return known
        made: Row = self._mapper.class_manager.new_instance()
        made.__dict__.update(values)
        self._attach(session, instance_state(made), values)
        return made

    def new(self, **values: Any) -> Row:
        """An object of no session yet, with these values and the columns' defaults for all others."""
        made: Row = self._mapper.class_manager.new_instance()
        made.__dict__.update({name: make() for name, make in self._made.items() if name not in values}, **{**self._plain, **values})
        return made

    def insert(self, session: Session, made: Row) -> None:
        """Writes an object that `new` made; within a savepoint the session does, which can take it back."""
        if session.in_nested_transaction():
            session.add(made)
            return
        state, values = instance_state(made), made.__dict__
        self._mapper.dispatch.before_insert(self._mapper, connection_of(session), state)
        self._insert.later(session, **{name: values[name] for name in self.names})
        self._attach(session, state, values)

    def update(self, session: Session, changed: Row) -> None:
        """Writes what was changed of an object of the session."""
        state, values = instance_state(changed), changed.__dict__
        self._mapper.dispatch.before_update(self._mapper, connection_of(session), state)
        names = frozenset(name for name, old in state.committed_state.items() if values[name] != old)
        if names:
            self._update(names).later(session, at=values["id"], **{name: values[name] for name in names})
        state._commit_all(values, session.identity_map)

    def _attach(self, session: Session, state: InstanceState[Row], values: dict[str, Any]) -> None:
        """Makes the session know an object as one of its rows, as its own loading does."""
        state.key = key = self._mapper.identity_key_from_primary_key((values["id"],))
        state.session_id = session.hash_key
        session.identity_map._add_unpresent(state, key)
        state._commit_all(values, session.identity_map)

    @cached_property
    def _mapper(self) -> Mapper[Row]:
        return self._model.__mapper__

    @cached_property
    def _insert(self) -> Prepared:
        return Prepared(insert(self._table), self.names)

    def _update(self, names: frozenset[str]) -> Prepared:
        if names not in self._updates:
            here = self._table.c.id == bindparam("at")
            values = {name: bindparam(name, type_=self._table.c[name].type) for name in sorted(names)}
            self._updates[names] = Prepared(update(self._table).where(here).values(values))
        return self._updates[names]

    @cached_property
    def _plain(self) -> dict[str, Any]:
        """What columns hold unless told otherwise."""
        defaults = {column.key: column.default for column in self._table.columns}
        return {name: default.arg if default is not None else None for name, default in defaults.items() if name not in self._made}

    @cached_property
    def _made(self) -> dict[str, Callable[[], Any]]:
        """What makes the default of columns that hold another one each time."""
        defaults = {column.key: column.default for column in self._table.columns}
        return {name: partial(default.arg, None) for name, default in defaults.items() if default is not None and default.is_callable}


WORKSPACES, MEMBERS, GROUPS, MASS_DEACTIVATIONS = Rows(Workspace), Rows(Member), Rows(Group), Rows(MassDeactivation)
_OF: dict[type[Any], Rows[Any]] = {Workspace: WORKSPACES, Member: MEMBERS, Group: GROUPS, MassDeactivation: MASS_DEACTIVATIONS}


def flush(session: Session) -> None:
    """Writes what is pending, as the session's own flush does; the rows of these tables may wait for what is written next.

    Within a savepoint the session does it, which knows what to take back.
    """
    changed = session.dirty
    if session.in_nested_transaction() or session.new or session.deleted or any(type(each) not in _OF for each in changed):
        session.flush()
        return
    for each in changed:
        _OF[type(each)].update(session, each)
