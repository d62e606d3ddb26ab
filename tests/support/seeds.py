"""A small seed in which everything is right, to be spoilt by tests."""

from typing import Any

ANN = "ann@small.example"


def small_seed() -> dict[str, Any]:
    """A small tenant in which everything is right."""
    return {
        "tenant": {
            "id": "aaaaaaaa-0000-4000-8000-000000000001",
            "displayName": "Small",
            "domains": ["small.example"],
        },
        "users": [{"userPrincipalName": ANN, "displayName": "Ann", "password": "pass-word-1"}],
        "groups": [
            {"displayName": "Plain", "members": [ANN]},
            {"displayName": "Powerful", "isAssignableToRole": True, "owners": [ANN]},
        ],
        "administrativeUnits": [{"displayName": "North", "members": [ANN, "Plain"]}],
        "applications": [
            {"displayName": "Robot", "kind": "confidential", "clientSecret": "very-secret"},
            {"displayName": "Tool", "kind": "public"},
        ],
        "roleDefinitions": [{"displayName": "Own Role", "actions": ["microsoft.directory/x/read"]}],
        "eligibilities": [{"principal": "Powerful", "role": "Security Reader"}],
        "assignments": [{"principal": "Robot", "role": "Directory Readers"}],
        "policies": [{"role": "Security Reader", "activation": {"approvers": ["Plain", ANN]}}],
        "settings": {"minimum_active_duration": "PT0S"},
    }
