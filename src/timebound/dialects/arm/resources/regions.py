"""The regions that a subscription is told to have: a few of the published ones."""

from typing import Final

_REGIONS: Final = (
    ("westeurope", "West Europe", "Europe", "Europe", "52.3667", "4.9", "Netherlands"),
    ("northeurope", "North Europe", "Europe", "Europe", "53.3478", "-6.2597", "Ireland"),
    (
        "germanywestcentral",
        "Germany West Central",
        "Europe",
        "Germany",
        "50.1109",
        "8.6821",
        "Frankfurt",
    ),
    ("uksouth", "UK South", "Europe", "United Kingdom", "50.941", "-0.799", "London"),
    ("eastus", "East US", "US", "United States", "37.3719", "-79.8164", "Virginia"),
    ("eastus2", "East US 2", "US", "United States", "36.6681", "-78.3889", "Virginia"),
    ("westus2", "West US 2", "US", "United States", "47.233", "-119.852", "Washington"),
    (
        "southeastasia",
        "Southeast Asia",
        "Asia Pacific",
        "Asia Pacific",
        "1.283",
        "103.833",
        "Singapore",
    ),
)


def show_regions(subscription: str) -> list[dict[str, object]]:
    """The regions as lists of locations tell them."""
    return [
        {
            "id": f"{subscription}/locations/{name}",
            "name": name,
            "type": "Region",
            "displayName": shown,
            "regionalDisplayName": f"({part}) {shown}",
            "metadata": {
                "regionType": "Physical",
                "regionCategory": "Recommended",
                "geography": geography,
                "geographyGroup": part,
                "latitude": latitude,
                "longitude": longitude,
                "physicalLocation": where,
            },
        }
        for name, shown, part, geography, latitude, longitude, where in _REGIONS
    ]
