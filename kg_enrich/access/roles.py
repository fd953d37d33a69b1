"""What somebody may do. Each role may do what the ones before it may."""

from enum import StrEnum


class Role(StrEnum):
    """viewer looks, reviewer also says what is right, operator also starts and undoes runs."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    OPERATOR = "operator"

    def may(self, needed: "Role") -> bool:
        """Whether this role is enough where `needed` is asked for."""
        order = list(Role)
        return order.index(self) >= order.index(needed)
