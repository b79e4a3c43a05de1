"""Who may do what: the one table of roles and permits, where the separation of duties is reviewed.

A route asks for a permit, never for a role; each line is asked for by a route and each route's permit stands here (a house
test). Whoever has several roles has their union. docs/permits.md shows the table with its doors.
"""

from __future__ import annotations

from collections.abc import Iterable

SHOPPING = {"carts:edit", "quotes:make", "sessions:end"}
STAFF = {"sessions:end", "sessions:confirm", "shop:watch"}

GUEST, CUSTOMER = "guest", "customer"

ROLES: dict[str, frozenset[str]] = {
    GUEST: frozenset(SHOPPING),
    CUSTOMER: frozenset(
        SHOPPING
        | {
            "carts:merge", "coupons:claim", "orders:place", "orders:read", "orders:cancel", "orders:readdress", "orders:receive",
            "payments:start", "payments:read", "me:read", "me:edit", "sessions:step_up",
            "tickets:ask",
        }
    ),
    "operator": frozenset(
        STAFF
        | {
            "catalog:edit", "catalog:read", "inventory:read", "inventory:edit", "orders:read_any",
            "orders:cancel_any", "orders:adjust", "shipments:read", "shipments:edit",
            "shop:pause", "switches:read", "switches:edit", "users:read",
            "proposals:make", "proposals:read", "proposals:decide", "promotions:view", "promotions:edit",
            "coupons:grant", "tariffs:read", "tariffs:edit", "messages:read", "messages:edit", "groups:read", "groups:edit",
            "tickets:read", "tickets:answer", "tickets:desk", "care:read", "care:edit",
            "journeys:read", "journeys:edit",
        }
    ),
    "support": frozenset(
        STAFF
        | {
            "catalog:read", "inventory:read", "orders:read_any", "orders:cancel_any", "shipments:read",
            "refunds:ask", "refunds:read", "tariffs:read",
            "users:read", "pii:read", "messages:read",
            "tickets:read", "tickets:answer", "care:read",
        }
    ),
    "finance": frozenset(
        STAFF
        | {
            "orders:read_any", "refunds:approve", "refunds:read", "payments:exceptions", "payments:resolve", "pii:read",
            "audit:read",
        }
    ),
    "admin": frozenset(
        STAFF
        | {
            "users:read", "users:edit", "shop:pause", "switches:read", "switches:edit", "audit:read",
            "queues:read", "queues:redrive", "facts:resend", "proposals:read", "proposals:decide", "promotions:view",
            "subscriptions:read", "subscriptions:edit",
        }
    ),
}  # fmt: skip
STAFF_ROLES = frozenset({"operator", "support", "finance", "admin"})
APART = (frozenset({"admin", "finance"}), frozenset({"support", "finance"}), frozenset({"operator", "finance"}))


def permits(roles: Iterable[str]) -> frozenset[str]:
    """What these roles may do together; an unknown role may nothing."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))


def for_accounts(permit: str) -> bool:
    """Whether a guest may do this once they have an account."""
    return permit in ROLES[CUSTOMER] - ROLES[GUEST]


def together(roles: frozenset[str]) -> bool:
    """Whether one person may have these roles: who moves money neither asks for it nor gives out rights."""
    return roles <= STAFF_ROLES and not any(pair <= roles for pair in APART)
