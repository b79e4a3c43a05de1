"""What identity tells."""

from __future__ import annotations

from chalicelib.kernel.facts import REMINDER, Audit, Fact, Left


class UserRegistered(Fact, context="identity", audit=Left("the account itself is kept")):
    """A customer is new. `way` is phone, email or wechat; `known_by` are keyed digests of what was shown to be theirs
    and of their device, the same for who registers anew."""

    user_id: str
    way: str
    known_by: str = ""


class UserRegistrationTried(
    Fact, context="identity", audit=Left("nothing of the account was touched; its owner is told")
):
    """Somebody registered with the e-mail address of this account, without having shown that it is theirs."""

    user_id: str


class UserLoggedIn(Fact, context="identity", audit=Audit("security", "user_id")):
    """Somebody came; told at most once an hour a customer, and at each sign-in of staff."""

    user_id: str
    way: str


class UserAwaited(Fact, context="identity", audit=Left("follows from user.logged_in")):
    """A customer came for whom nobody looked yet when they come no more; told once a customer who registered before that."""

    user_id: str


class UserSessionsEnded(Fact, context="identity", audit=Audit("security", "user_id")):
    """Sessions were ended otherwise than by signing out: `reuse` of a refresh token, `everywhere`, `password`, `contact`, or
    `claimed`: the owner came of the e-mail address that somebody had registered with."""

    user_id: str
    why: str


class UserDeviceNew(Fact, context="identity", audit=Audit("security", "user_id")):
    """Somebody signed in on a device on which this account was not seen before; `terminal` is of its kind."""

    user_id: str
    terminal: str


class UserBesideStaff(Fact, context="identity", audit=Audit("security", "user_id")):
    """A customer signed in on the `device`, or from the `network`, where a member of staff did lately."""

    user_id: str
    staff_id: str
    by: str


class UserProfileChanged(Fact, context="identity", audit=Audit("security", "user_id")):
    """A person changed what we hold of them; `what` names the fields, never their values."""

    user_id: str
    what: str


class UserConsentChanged(
    Fact, context="identity", audit=Left("consents are kept themselves, each with its version and time")
):
    """A person gave or withdrew a consent to a version of the policy."""

    user_id: str
    purpose: str
    granted: bool
    policy: str


class UserLeaving(Fact, context="identity", audit=Audit("security", "user_id")):
    """A person asked to be forgotten; epoch ms when it is done."""

    user_id: str
    due_at: int


class UserStayed(Fact, context="identity", audit=Audit("security", "user_id")):
    """A person who asked to be forgotten thought better of it."""

    user_id: str


class UserErasureDue(Fact, context="identity", audit=REMINDER):
    """The cool-off of a person who asked to be forgotten is over, or the quiet time after their account was closed."""

    user_id: str


class UserErased(Fact, context="identity", audit=Audit("security", "user_id")):
    """A person's data key is gone, and with it all that was sealed under it."""

    user_id: str


class UserDataExported(Fact, context="identity", audit=Audit("security", "user_id")):
    """A person asked for all that we hold of them, to take it along."""

    user_id: str


class UserExportDue(
    Fact, context="identity", audit=Left("a reminder for a worker; that it was asked for is told by user.data_exported")
):
    """The next stretch of an export waits to be written."""

    user_id: str
    export_id: str


class UserExportReady(Fact, context="identity", audit=Left("follows from user.data_exported")):
    """What a person asked to take along can be fetched."""

    user_id: str


class UserDataDisclosed(Fact, context="identity", audit=Audit("security", "user_id")):
    """A member of staff looked at a person's data, for a reason and in a matter of theirs: an order, payment, refund or
    exception."""

    user_id: str
    reason: str
    matter: str


class StaffLookedTooOften(Fact, context="identity", audit=Audit("security", "user_id")):
    """A member of staff wanted to look at more people's data in a day than they may; told once a day."""

    user_id: str


class StaffInvited(Fact, context="identity", audit=Audit("security", "user_id")):
    """A member of staff was made, or invited anew."""

    user_id: str


class StaffActivated(Fact, context="identity", audit=Audit("security", "user_id")):
    """A member of staff took up an invitation: password and second factor are set."""

    user_id: str


class StaffRescued(Fact, context="identity", audit=Audit("security", "user_id")):
    """The last administrator was given a way in, on the shop's terminal, by somebody with the rights of its stage."""

    user_id: str


class LoginFailed(
    Fact,
    context="identity",
    audit=Left("a customer mistyped; a gate that closes is told apart, and of staff each failure is"),
):
    """A wrong password or second factor was given for a customer's account or for none; `what` was wrong."""

    what: str


class StaffLoginFailed(Fact, context="identity", audit=Audit("security", "user_id")):
    """Somebody failed to sign in as this member of staff, or to show their second factor: wrong `password` or `totp`."""

    user_id: str
    what: str


class StaffFactorShown(Fact, context="identity", audit=Audit("security", "user_id")):
    """A member of staff showed a second factor; for ten minutes their session may do what needs a fresh one."""

    user_id: str


class StaffSignedOut(Fact, context="identity", audit=Audit("security", "user_id")):
    """A member of staff signed out of a session."""

    user_id: str


class StaffRolesProposed(Fact, context="identity", audit=Audit("security", "user_id")):
    """An administrator proposed roles, space-separated; a second one must agree."""

    user_id: str
    roles: str


class StaffRolesChanged(Fact, context="identity", audit=Audit("security", "user_id")):
    """Somebody's roles are these now, space-separated."""

    user_id: str
    roles: str


class UserKeyRenewed(Fact, context="identity", audit=Audit("security", "user_id")):
    """A person has a new data key; what is still sealed under the former one is sealed anew from now on."""

    user_id: str


class UserResealDue(
    Fact,
    context="identity",
    audit=Left("a reminder for a worker; its beginning and its end are told by user.key_renewed and user.key_retired"),
):
    """The rows of a person from this one on are to be sealed anew under the data key of this number."""

    user_id: str
    number: int
    after: str


class UserSiftDue(Fact, context="identity", audit=REMINDER):
    """Versions of a person's addresses that are no longer in use have piled up: those that no order names are to go."""

    user_id: str


class UserKeyRetired(Fact, context="identity", audit=Audit("security", "user_id")):
    """Nothing is sealed under a person's former data key any more, and it is gone."""

    user_id: str


class UserBlocked(Fact, context="identity", audit=Audit("security", "user_id")):
    """Nobody signs in to this account any more."""

    user_id: str


class UserUnblocked(Fact, context="identity", audit=Audit("security", "user_id")):
    """A blocked account is open again."""

    user_id: str


class LoginClosed(Fact, context="identity", audit=Audit("security", "who")):
    """Too many failed sign-ins closed a door for so many seconds: an `account`'s, or a network `address`'s.

    `who` is a part of its blind index: the same account or address has the same one, and nobody can read it.
    """

    what: str
    who: str
    seconds: int
