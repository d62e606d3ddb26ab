"""The Microsoft Graph door: role management as its clients speak it."""
