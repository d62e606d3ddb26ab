"""Tenants, subscriptions, management groups, resource groups and resources: the tree of Azure."""
