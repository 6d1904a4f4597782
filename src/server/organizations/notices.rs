//! What people are told of organizations: that they are invited, and what somebody did to what they
//! belong to.

use crate::{
    domain::{
        local_path::LocalPath,
        notifications::{Category, Notification, Severity},
        organizations::OrganizationRole,
    },
    server::{
        accounts::rows::NO_ORGANIZATION,
        foundation::error::ServiceError,
        notifications::{NotificationService, Recipients},
        postgres::Transaction,
    },
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

const MEMBERS: &str = "/organization/members";
const INVITATIONS: &str = "/invitations";

/// A person or an organization by name.
#[derive(Clone, Debug)]
pub(in crate::server) struct Party {
    pub id: Uuid,
    pub name: String,
    /// A person's.
    pub email: Option<String>,
}

impl Party {
    /// As people recognize somebody whom they may not know: name and address.
    pub(in crate::server) fn who(&self) -> String {
        match &self.email {
            Some(email) => who(&self.name, email),
            None => self.name.clone(),
        }
    }
}

/// A person by name and address.
pub(in crate::server) fn who(name: &str, email: &str) -> String {
    format!("{name} ({email})")
}

/// What an invitation tells.
pub(in crate::server) struct Invitation {
    pub id: Uuid,
    pub role: OrganizationRole,
    pub invited_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// A person by name. In a transaction of the system.
pub(in crate::server) async fn party(
    transaction: &mut Transaction,
    user_id: Uuid,
) -> Result<Party, ServiceError> {
    let row = sqlx::query!("SELECT display_name, email FROM auth.users WHERE id = $1", user_id)
        .fetch_optional(&mut **transaction)
        .await?
        .ok_or(ServiceError::Unauthenticated)?;
    Ok(Party { id: user_id, name: row.display_name, email: Some(row.email) })
}

/// An organization by name. In a transaction of the system.
pub(in crate::server) async fn organization(
    transaction: &mut Transaction,
    organization_id: Uuid,
) -> Result<Party, ServiceError> {
    let row = sqlx::query!("SELECT name FROM public.organizations WHERE id = $1", organization_id)
        .fetch_optional(&mut **transaction)
        .await?
        .ok_or(NO_ORGANIZATION)?;
    Ok(Party { id: organization_id, name: row.name, email: None })
}

fn notice(title: String, text: String, link: &str, dedupe_key: String) -> Notification {
    Notification {
        category: Category::SystemAlerts,
        severity: Severity::Info,
        title,
        text,
        link: LocalPath::parse(link),
        dedupe_key,
    }
}

/// What may happen again and is told each time.
fn once() -> Uuid {
    Uuid::new_v4()
}

/// `inviter`: by name and address.
pub(in crate::server) fn invited(
    inviter: &str,
    organization: &str,
    it: &Invitation,
) -> Notification {
    notice(
        format!("You are invited to “{organization}”"),
        format!(
            "{inviter} invites you as {}. Nothing is shared and nothing changes before you accept. \
             The invitation ends on {} (UTC).",
            it.role.with_article(),
            it.expires_at.format("%-d %B %Y, %H:%M")
        ),
        INVITATIONS,
        invited_key(it.id, it.invited_at),
    )
}

/// By what it is remembered that somebody was told of an invitation, as it was made or renewed
/// last.
pub(in crate::server) fn invited_key(invitation: Uuid, invited_at: DateTime<Utc>) -> String {
    format!("{}{}", invited_prefix(invitation), invited_at.timestamp_micros())
}

/// What the keys of all notices of an invitation begin with.
pub(in crate::server) fn invited_prefix(invitation: Uuid) -> String {
    format!("invitation:{invitation}:")
}

pub(in crate::server) fn withdrawn(organization: &str, invitation: Uuid) -> Notification {
    notice(
        format!("The invitation to “{organization}” was withdrawn"),
        "It can no longer be accepted. Nothing was shared, and nothing changes for you.".into(),
        INVITATIONS,
        format!("invitation:{invitation}:withdrawn"),
    )
}

pub(in crate::server) fn joined(
    person: &Party,
    organization: &Party,
    role: OrganizationRole,
    invitation: Uuid,
) -> Notification {
    notice(
        format!("{} joined “{}”", person.name, organization.name),
        format!("{} accepted the invitation and is {} now.", person.who(), role.with_article()),
        MEMBERS,
        format!("invitation:{invitation}:accepted"),
    )
}

pub(in crate::server) fn declined(person: &Party, invitation: Uuid) -> Notification {
    notice(
        format!("{} declined the invitation", person.email.as_deref().unwrap_or(&person.name)),
        String::new(),
        MEMBERS,
        format!("invitation:{invitation}:declined"),
    )
}

pub(in crate::server) fn left(person: &Party, organization: &Party) -> Notification {
    notice(
        format!("{} left “{}”", person.name, organization.name),
        format!("{} left the organization.", person.who()),
        MEMBERS,
        format!("organization:{}:left:{}", organization.id, once()),
    )
}

pub(in crate::server) fn removed(actor: &Party, organization: &Party) -> Notification {
    notice(
        format!("You were removed from “{}”", organization.name),
        format!(
            "{} removed you. What the organization sets no longer applies to you. \
             What you made as a member stays with it; you can still read that yourself.",
            actor.who()
        ),
        MEMBERS,
        format!("organization:{}:removed:{}", organization.id, once()),
    )
}

pub(in crate::server) fn role_changed(
    actor: &Party,
    organization: &Party,
    before: OrganizationRole,
    now: OrganizationRole,
) -> Notification {
    notice(
        format!("You are {} of “{}” now", now.with_article(), organization.name),
        format!("{} changed your role; you were {} before.", actor.who(), before.with_article()),
        MEMBERS,
        format!("organization:{}:role:{}", organization.id, once()),
    )
}

pub(in crate::server) fn renamed(actor: &Party, before: &Party, name: &str) -> Notification {
    notice(
        format!("“{}” is called “{name}” now", before.name),
        format!("{} renamed your organization.", actor.who()),
        MEMBERS,
        format!("organization:{}:renamed:{}", before.id, once()),
    )
}

pub(in crate::server) async fn notify_person(
    notifications: &NotificationService,
    transaction: &mut Transaction,
    person: Uuid,
    notice: &Notification,
) -> Result<(), ServiceError> {
    notifications.of_membership().send_in(transaction, &Recipients::Person(person), notice).await?;
    Ok(())
}

/// Tells all members but the one who did it.
pub(in crate::server) async fn notify_members(
    notifications: &NotificationService,
    transaction: &mut Transaction,
    organization_id: Uuid,
    actor: Uuid,
    notice: &Notification,
) -> Result<(), ServiceError> {
    let members = sqlx::query_scalar!(
        "SELECT user_id FROM public.organization_members
         WHERE organization_id = $1 AND user_id <> $2",
        organization_id,
        actor
    )
    .fetch_all(&mut **transaction)
    .await?;
    notifications
        .of_membership()
        .send_in(transaction, &Recipients::People(members), notice)
        .await?;
    Ok(())
}

/// Tells everybody who manages the organization, but not the person whom it is about.
pub(in crate::server) async fn notify_managers(
    notifications: &NotificationService,
    transaction: &mut Transaction,
    organization_id: Uuid,
    about: Uuid,
    notice: &Notification,
) -> Result<(), ServiceError> {
    let managers = sqlx::query_scalar!(
        "SELECT user_id FROM public.organization_members
         WHERE organization_id = $1 AND role IN ('owner', 'admin') AND user_id <> $2",
        organization_id,
        about
    )
    .fetch_all(&mut **transaction)
    .await?;
    notifications
        .of_membership()
        .send_in(transaction, &Recipients::People(managers), notice)
        .await?;
    Ok(())
}
