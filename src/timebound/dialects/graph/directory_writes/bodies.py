"""What clients send to make or change directory objects, under the published type names.

What is not sent stays as it is; null empties it where the published type lets it be empty.
"""

from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

_Short: TypeAlias = Annotated[str, msgspec.Meta(max_length=256)]
_Long: TypeAlias = Annotated[str, msgspec.Meta(max_length=4_000)]
_Text: TypeAlias = _Short | UnsetType | None
_Note: TypeAlias = _Long | UnsetType | None
_Flag: TypeAlias = bool | UnsetType
_Guid: TypeAlias = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")
]
_Texts: TypeAlias = Annotated[list[_Short], msgspec.Meta(max_length=256)] | UnsetType

MOST_BOUND: Final = 20
"""How many references one call may bind. Source: Graph, group: add members."""
_Bound: TypeAlias = Annotated[list[_Short], msgspec.Meta(max_length=MOST_BOUND)] | UnsetType


class PasswordProfile(msgspec.Struct, rename="camel"):
    """The password somebody is given."""

    password: _Text = UNSET
    force_change_password_next_sign_in: bool | UnsetType | None = UNSET
    force_change_password_next_sign_in_with_mfa: bool | UnsetType | None = UNSET


class User(msgspec.Struct, rename="camel"):
    """A person."""

    account_enabled: _Flag = UNSET
    display_name: _Short | UnsetType = UNSET
    user_principal_name: _Short | UnsetType = UNSET
    mail_nickname: _Short | UnsetType = UNSET
    password_profile: PasswordProfile | UnsetType | None = UNSET
    given_name: _Text = UNSET
    surname: _Text = UNSET
    job_title: _Text = UNSET
    mail: _Text = UNSET
    mobile_phone: _Text = UNSET
    business_phones: _Texts = UNSET
    other_mails: _Texts = UNSET
    office_location: _Text = UNSET
    preferred_language: _Text = UNSET
    age_group: _Text = UNSET
    city: _Text = UNSET
    company_name: _Text = UNSET
    country: _Text = UNSET
    department: _Text = UNSET
    employee_id: _Text = UNSET
    employee_type: _Text = UNSET
    fax_number: _Text = UNSET
    on_premises_immutable_id: _Text = UNSET
    password_policies: _Text = UNSET
    postal_code: _Text = UNSET
    state: _Text = UNSET
    street_address: _Text = UNSET
    usage_location: _Text = UNSET
    user_type: _Text = UNSET


class Group(msgspec.Struct, rename="camel"):
    """A group, with whom it has from the start or gets."""

    display_name: _Short | UnsetType = UNSET
    mail_nickname: _Short | UnsetType = UNSET
    mail_enabled: _Flag = UNSET
    security_enabled: _Flag = UNSET
    is_assignable_to_role: bool | UnsetType | None = UNSET
    description: _Note = UNSET
    classification: _Text = UNSET
    group_types: _Texts = UNSET
    membership_rule: _Note = UNSET
    membership_rule_processing_state: _Text = UNSET
    preferred_language: _Text = UNSET
    theme: _Text = UNSET
    unique_name: _Text = UNSET
    visibility: _Text = UNSET
    members: _Bound = msgspec.field(default=UNSET, name="members@odata.bind")
    owners: _Bound = msgspec.field(default=UNSET, name="owners@odata.bind")


class AdministrativeUnit(msgspec.Struct, rename="camel"):
    """A part of the directory that is administered by itself."""

    display_name: _Short | UnsetType = UNSET
    description: _Note = UNSET
    is_member_management_restricted: bool | UnsetType | None = UNSET
    membership_rule: _Note = UNSET
    membership_rule_processing_state: _Text = UNSET
    membership_type: _Text = UNSET
    visibility: _Text = UNSET


class RedirectUris(msgspec.Struct, rename="camel"):
    """Where an application of one kind has its users sent back."""

    redirect_uris: _Texts = UNSET
    home_page_url: _Text = UNSET
    logout_url: _Text = UNSET


class AppRole(msgspec.Struct, rename="camel"):
    """A role that an application knows."""

    id: _Guid | UnsetType = UNSET
    allowed_member_types: _Texts = UNSET
    description: _Note = UNSET
    display_name: _Text = UNSET
    is_enabled: _Flag = UNSET
    value: _Text = UNSET


class ResourceAccess(msgspec.Struct, rename="camel"):
    """A permission that an application says it needs."""

    id: _Guid | UnsetType = UNSET
    type: _Text = UNSET


class RequiredResourceAccess(msgspec.Struct, rename="camel"):
    """What an application says it needs of another."""

    resource_app_id: _Guid | UnsetType = UNSET
    resource_access: list[ResourceAccess] | UnsetType = UNSET


class PermissionScope(msgspec.Struct, rename="camel"):
    """A permission that an application exposes to those that act for people."""

    id: _Guid | UnsetType = UNSET
    admin_consent_description: _Note = UNSET
    admin_consent_display_name: _Text = UNSET
    is_enabled: _Flag = UNSET
    type: Literal["User", "Admin"] | UnsetType = UNSET
    user_consent_description: _Note = UNSET
    user_consent_display_name: _Text = UNSET
    value: _Text = UNSET


class PreAuthorizedApplication(msgspec.Struct, rename="camel"):
    """A client that needs no consent for some of the permissions that are exposed."""

    app_id: _Guid | UnsetType = UNSET
    delegated_permission_ids: _Texts = UNSET


class ApiApplication(msgspec.Struct, rename="camel"):
    """An application as an API that others call."""

    accept_mapped_claims: bool | UnsetType | None = UNSET
    known_client_applications: Annotated[list[_Guid], msgspec.Meta(max_length=256)] | UnsetType = (
        UNSET
    )
    oauth2_permission_scopes: list[PermissionScope] | UnsetType = UNSET
    pre_authorized_applications: list[PreAuthorizedApplication] | UnsetType = UNSET
    requested_access_token_version: Literal[1, 2] | UnsetType | None = UNSET


class KeyCredential(msgspec.Struct, rename="camel"):
    """A certificate; without its content one that is kept already."""

    custom_key_identifier: _Text = UNSET
    display_name: _Text = UNSET
    end_date_time: _Text = UNSET
    key: Annotated[str, msgspec.Meta(max_length=24_000)] | UnsetType | None = UNSET
    key_id: _Text = UNSET
    start_date_time: _Text = UNSET
    type: _Text = UNSET
    usage: _Text = UNSET


_Keys: TypeAlias = Annotated[list[KeyCredential], msgspec.Meta(max_length=256)] | UnsetType


class Application(msgspec.Struct, rename="camel"):
    """An application as it is registered."""

    display_name: _Short | UnsetType = UNSET
    api: ApiApplication | UnsetType = UNSET
    app_roles: list[AppRole] | UnsetType = UNSET
    description: _Note = UNSET
    group_membership_claims: _Text = UNSET
    identifier_uris: _Texts = UNSET
    is_fallback_public_client: bool | UnsetType | None = UNSET
    key_credentials: _Keys = UNSET
    notes: _Note = UNSET
    public_client: RedirectUris | UnsetType = UNSET
    required_resource_access: list[RequiredResourceAccess] | UnsetType = UNSET
    sign_in_audience: _Text = UNSET
    spa: RedirectUris | UnsetType = UNSET
    tags: _Texts = UNSET
    web: RedirectUris | UnsetType = UNSET


class ServicePrincipal(msgspec.Struct, rename="camel"):
    """An application as an account of the organization."""

    app_id: _Short | UnsetType = UNSET
    account_enabled: _Flag = UNSET
    display_name: _Short | UnsetType = UNSET
    alternative_names: _Texts = UNSET
    app_role_assignment_required: _Flag = UNSET
    description: _Note = UNSET
    homepage: _Text = UNSET
    key_credentials: _Keys = UNSET
    login_url: _Text = UNSET
    logout_url: _Text = UNSET
    notes: _Note = UNSET
    notification_email_addresses: _Texts = UNSET
    preferred_single_sign_on_mode: _Text = UNSET
    reply_urls: _Texts = UNSET
    tags: _Texts = UNSET


class Reference(msgspec.Struct):
    """The address of an object that is to be put somewhere."""

    odata_id: _Short | UnsetType = msgspec.field(default=UNSET, name="@odata.id")


class PasswordCredential(msgspec.Struct, rename="camel"):
    """What is asked of a new client secret."""

    display_name: _Text = UNSET
    start_date_time: _Text = UNSET
    end_date_time: _Text = UNSET


class AddPassword(msgspec.Struct, rename="camel"):
    """A client secret that is to be made."""

    password_credential: PasswordCredential | UnsetType | None = UNSET


class RemovePassword(msgspec.Struct, rename="camel"):
    """A client secret that is to go."""

    key_id: _Short | UnsetType = UNSET


_Proof: TypeAlias = Annotated[str, msgspec.Meta(max_length=24_000)] | UnsetType


class AddKey(msgspec.Struct, rename="camel"):
    """A certificate that is to be added, with the proof that the key of another is at hand."""

    key_credential: KeyCredential | UnsetType = UNSET
    password_credential: PasswordCredential | UnsetType | None = UNSET
    proof: _Proof = UNSET


class RemoveKey(msgspec.Struct, rename="camel"):
    """A certificate that is to go, with such a proof."""

    key_id: _Short | UnsetType = UNSET
    proof: _Proof = UNSET


class ChangePassword(msgspec.Struct, rename="camel"):
    """The password in use and the one to take its place."""

    current_password: _Short | UnsetType = UNSET
    new_password: _Short | UnsetType = UNSET


_Wide: TypeAlias = Annotated[str, msgspec.Meta(max_length=600)]


class FederatedIdentityCredential(msgspec.Struct, rename="camel"):
    """A workload of another issuer that an application is to trust."""

    name: Annotated[str, msgspec.Meta(max_length=120)] | UnsetType = UNSET
    issuer: _Wide | UnsetType = UNSET
    subject: _Wide | UnsetType | None = UNSET
    description: _Wide | UnsetType | None = UNSET
    audiences: Annotated[list[_Wide], msgspec.Meta(max_length=20)] | UnsetType = UNSET


class FederatedIdentityExpression(msgspec.Struct, rename="camel"):
    """What the tokens of several workloads have in common."""

    value: _Wide
    language_version: Literal[1]


class FlexibleFederatedIdentityCredential(FederatedIdentityCredential, rename="camel"):
    """The same in beta, where an expression may stand in the place of the subject."""

    claims_matching_expression: FederatedIdentityExpression | UnsetType | None = UNSET


class AppRoleAssignment(msgspec.Struct, rename="camel"):
    """A permission of an application that acts on its own."""

    principal_id: _Short | UnsetType = UNSET
    resource_id: _Short | UnsetType = UNSET
    app_role_id: _Short | UnsetType = UNSET


class OAuth2PermissionGrant(msgspec.Struct, rename="camel"):
    """The permissions of an application on behalf of people."""

    client_id: _Short | UnsetType = UNSET
    consent_type: _Short | UnsetType = UNSET
    principal_id: _Text = UNSET
    resource_id: _Short | UnsetType = UNSET
    scope: _Note = UNSET
