"""Everything that is asked of a store about Azure alone."""

from typing import Protocol

from timebound.application.access_ports import AccessStore
from timebound.application.azure_assignment_ports import AssignmentStore
from timebound.application.denial_ports import DenialStore
from timebound.application.tree_ports import AzureStore as TreeStore
from timebound.application.tree_ports import NodeLists


class AzureGround(TreeStore, AssignmentStore, DenialStore, Protocol):
    """Tells what decisions about places in Azure rest on."""


class AzureStore(AssignmentStore, NodeLists, DenialStore, AccessStore, Protocol):
    """Answers about the tree, about what is denied in it, and about what somebody may do there."""
