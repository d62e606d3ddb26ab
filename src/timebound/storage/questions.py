"""Every question that a store answers, whichever database is behind it."""

from timebound.storage.access_checks import AccessChecking
from timebound.storage.auditing import Auditing
from timebound.storage.azure_assignments import AssignmentFinding
from timebound.storage.deciding import Deciding
from timebound.storage.denials import DenialFinding
from timebound.storage.due_work import DueWorking
from timebound.storage.evaluations import EvaluationHolding
from timebound.storage.extensions import ExtensionFinding
from timebound.storage.factoring import Factoring
from timebound.storage.federating import Federating
from timebound.storage.finding import Finding
from timebound.storage.identifying import Identifying
from timebound.storage.listing import Listing
from timebound.storage.log_checking import LogChecking
from timebound.storage.log_forgetting import LogForgetting
from timebound.storage.marks import MarkFinding
from timebound.storage.nodes import NodeFinding
from timebound.storage.outbox import Feeding
from timebound.storage.own_sign_ins import OwnSignIns
from timebound.storage.policies import PolicyFinding
from timebound.storage.policy_run_finding import PolicyRunFinding
from timebound.storage.proving import Proving
from timebound.storage.relating import Relating
from timebound.storage.rights import RightsFinding
from timebound.storage.role_ends import RoleEnding
from timebound.storage.sign_in_logging import SignInLogging
from timebound.storage.signing_in import SigningIn
from timebound.storage.tracking import Tracking
from timebound.storage.trees import TreeFinding


class Questions(
    AccessChecking,
    Deciding,
    DenialFinding,
    Listing,
    Relating,
    Tracking,
    Finding,
    MarkFinding,
    NodeFinding,
    TreeFinding,
    AssignmentFinding,
    PolicyFinding,
    PolicyRunFinding,
    ExtensionFinding,
    RightsFinding,
    Identifying,
    SigningIn,
    OwnSignIns,
    Proving,
    RoleEnding,
    Federating,
    Factoring,
    DueWorking,
    EvaluationHolding,
    Auditing,
    SignInLogging,
    LogForgetting,
    LogChecking,
    Feeding,
):
    """All families of questions together."""
