//! Who may ask for something: said once beside each route, and decided before anything of the
//! request is read.

use crate::{
    domain::accounts::Scope,
    server::{
        ai::{membership, no_organization},
        foundation::{
            context::{RequestContext, Role},
            error::ServiceError,
        },
        postgres::Database,
    },
};
use uuid::Uuid;

/// Who may use a route. An API token needs the scope as well; whoever is signed in by session has
/// all scopes.
///
/// This is not all that is decided: what depends on the thing that is asked for (whose it is, which
/// organization a body means) is for the service to say, which can only do so once it knows what
/// was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Also somebody who is not signed in.
    Anyone,
    /// Everybody who is signed in, by session or by whatever token.
    SignedIn,
    /// Everybody who is signed in with their password, for the account itself.
    InPerson,
    /// Everybody who is signed in.
    Person(Scope),
    /// As [`Access::Person`]; one of the scopes is enough to begin with.
    PersonWithOneOf(&'static [Scope]),
    /// Administrators of the installation.
    Administrator(Scope),
    /// Administrators of the installation, signed in with their password.
    AdministratorInPerson,
    /// Owners and admins of an organization, for their own one.
    Manager(Scope),
    /// Owners and admins of the organization that the path names as `{id}`.
    ManagerOfPath(Scope),
}

const NOT_A_MANAGER: ServiceError =
    ServiceError::Forbidden("Only owners and admins of the organization may do this.");

impl Access {
    /// Decides by what is known of the person without asking the database.
    ///
    /// # Errors
    /// 401 when nobody is signed in, 403 when the person or the token may not do this.
    pub fn admit(self, request: &RequestContext) -> Result<(), ServiceError> {
        match self {
            Self::Anyone => Ok(()),
            Self::SignedIn => match request.actor {
                Some(_) => Ok(()),
                None => Err(ServiceError::Unauthenticated),
            },
            Self::InPerson => request.in_person().map(|_| ()),
            Self::Person(scope) | Self::Manager(scope) | Self::ManagerOfPath(scope) => {
                request.allow(scope).map(|_| ())
            }
            Self::PersonWithOneOf(scopes) => {
                let mut refusal = ServiceError::Unauthenticated;
                for scope in scopes {
                    match request.allow(*scope) {
                        Ok(_) => return Ok(()),
                        Err(error) => refusal = error,
                    }
                }
                Err(refusal)
            }
            Self::Administrator(scope) => request.administer(scope).map(|_| ()),
            Self::AdministratorInPerson => match request.in_person()?.role {
                Role::Admin => Ok(()),
                Role::Member => Err(ServiceError::Forbidden(
                    "Only administrators of the installation may do this.",
                )),
            },
        }
    }

    /// Whether [`Access::admit_to_organization`] has something to ask.
    pub fn concerns_organization(self) -> bool {
        matches!(self, Self::Manager(_) | Self::ManagerOfPath(_))
    }

    /// Decides the rest, for those whom [`Access::admit`] lets through. `named` is the organization
    /// in the path; what is no identifier names none.
    ///
    /// # Errors
    /// 404 for an organization that the person does not belong to, 403 when they do not manage it.
    pub async fn admit_to_organization(
        self,
        db: &Database,
        request: &RequestContext,
        named: Option<Uuid>,
    ) -> Result<(), ServiceError> {
        if !self.concerns_organization() {
            return Ok(());
        }
        let user_id = request.actor.as_ref().ok_or(ServiceError::Unauthenticated)?.user_id;
        let membership = membership(db, user_id).await?;
        match (self, membership) {
            (Self::ManagerOfPath(_), Some((own, _))) if named != Some(own) => {
                Err(ServiceError::NotFound("This organization"))
            }
            (Self::ManagerOfPath(_), None) => Err(ServiceError::NotFound("This organization")),
            (_, None) => Err(no_organization()),
            (_, Some((_, role))) if !role.manages() => Err(NOT_A_MANAGER),
            (_, Some(_)) => Ok(()),
        }
    }
}
