"""Privileged Identity Management for Azure resources: requests, schedules and instances."""
