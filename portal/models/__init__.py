"""Tables; importing this package registers them all on `Base.metadata`."""

from portal.models.base import Base
from portal.models.groups import Group, GroupBucket, GroupMember
from portal.models.logs import AuditEntry, ProvisioningEvent, SetupMilestone
from portal.models.mail import OutgoingMail
from portal.models.mass_deactivations import Deactivation, DeactivationMinute, MassDeactivation
from portal.models.members import Company, Member, MemberBucket, MemberCount, Subsidiary
from portal.models.roles import CustomRole
from portal.models.search import SearchTerm
from portal.models.sessions import OneTimeLink, RecoveryCode, Session
from portal.models.sso import (
    Connection,
    RefusedSignIn,
    SamlKey,
    SamlRequest,
    SeenAssertion,
    SignInTicket,
)
from portal.models.tokens import (
    AuthorizationCode,
    AuthorizationRequest,
    Consent,
    OAuthClient,
    Token,
)
from portal.models.workspaces import Workspace

__all__ = [
    "AuditEntry",
    "AuthorizationCode",
    "AuthorizationRequest",
    "Base",
    "Company",
    "Connection",
    "Consent",
    "CustomRole",
    "Deactivation",
    "DeactivationMinute",
    "Group",
    "GroupBucket",
    "GroupMember",
    "MassDeactivation",
    "Member",
    "MemberBucket",
    "MemberCount",
    "OAuthClient",
    "OneTimeLink",
    "OutgoingMail",
    "ProvisioningEvent",
    "RecoveryCode",
    "RefusedSignIn",
    "SamlKey",
    "SamlRequest",
    "SearchTerm",
    "SeenAssertion",
    "Session",
    "SetupMilestone",
    "SignInTicket",
    "Subsidiary",
    "Token",
    "Workspace",
]
