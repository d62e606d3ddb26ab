"""Azure Resource Manager: roles of Azure resources, and what they are held over."""
