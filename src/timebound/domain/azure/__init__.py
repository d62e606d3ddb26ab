"""Azure resources: what their roles allow, where, and on what condition."""
