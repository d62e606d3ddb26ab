"""The OData query options and envelopes that the dialects share."""
