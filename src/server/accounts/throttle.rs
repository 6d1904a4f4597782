//! Limits on guessing: counted in the database, so that they hold across all server processes.

use super::AccountService;
use crate::{domain::accounts::EmailAddress, server::foundation::error::ServiceError};
use sha2::{Digest, Sha256};
use sqlx::postgres::types::PgInterval;
use std::net::IpAddr;
use uuid::Uuid;

/// `burst` requests at once, then one every `every_seconds`.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    pub burst: i32,
    pub every_seconds: u32,
}

/// How often one may try. The defaults stop guessing and are not felt by people; tests set their
/// own.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Failed sign-ins from one address, whatever the account. A whole office may share an address.
    pub sign_in_per_address: Limit,
    /// Failed sign-ins to one account, wherever from: about 2900 guesses a day. Counted apart, the
    /// same for who is signed in and asked again.
    pub sign_in_per_account: Limit,
    /// Wrong codes of the second step for one account: 288 guesses a day, of a million codes of
    /// which three are right.
    pub second_steps_per_account: Limit,
    /// Accounts made from one address.
    pub sign_up_per_address: Limit,
    /// Invitations that one organization sends, renewals included.
    pub invitations_per_organization: Limit,
    /// Invitations of one organization to one e-mail address.
    pub invitations_per_recipient: Limit,
    /// Invitations that reach one e-mail address, whoever sends them: nobody's mailbox is flooded.
    pub invitations_per_address: Limit,
    /// Renamings and changes of roles by one person: others are told of each.
    pub notified_changes: Limit,
    /// Links for forgotten passwords asked for from one address, and for new e-mail addresses by
    /// one person.
    pub links_per_asker: Limit,
    /// Both kinds of links to one e-mail address, whoever asks and whether or not it has an
    /// account.
    pub links_per_recipient: Limit,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sign_in_per_address: Limit { burst: 30, every_seconds: 6 },
            sign_in_per_account: Limit { burst: 10, every_seconds: 30 },
            second_steps_per_account: Limit { burst: 10, every_seconds: 300 },
            sign_up_per_address: Limit { burst: 60, every_seconds: 10 },
            invitations_per_organization: Limit { burst: 30, every_seconds: 120 },
            invitations_per_recipient: Limit { burst: 5, every_seconds: 3600 },
            invitations_per_address: Limit { burst: 20, every_seconds: 1800 },
            notified_changes: Limit { burst: 60, every_seconds: 60 },
            links_per_asker: Limit { burst: 10, every_seconds: 360 },
            links_per_recipient: Limit { burst: 5, every_seconds: 720 },
        }
    }
}

const TOO_MANY_SIGN_INS: &str = "Too many attempts to sign in. Wait a moment, then try again.";

/// What a try took, to be given back when it was an honest one.
pub(super) struct Taken {
    scopes: Vec<(String, Limit)>,
}

impl AccountService {
    /// Takes one try to sign in, before the password is looked at: counting afterwards would let
    /// parallel guesses through.
    pub(super) async fn take_sign_in(
        &self,
        ip: Option<IpAddr>,
        email: &EmailAddress,
    ) -> Result<Taken, ServiceError> {
        let account = format!("sign-in:account:{}", fingerprint(email));
        self.take_try(ip, account, self.limits().sign_in_per_account).await
    }

    /// Takes one try of a signed-in person who is asked again for the password: it may be somebody
    /// at an unlocked desk. Strangers who guess at the account use up none of these, so that they
    /// keep nobody from changing a password.
    pub(super) async fn take_confirmation(
        &self,
        ip: Option<IpAddr>,
        user_id: Uuid,
    ) -> Result<Taken, ServiceError> {
        let account = format!("confirmation:account:{user_id}");
        self.take_try(ip, account, self.limits().sign_in_per_account).await
    }

    /// Takes one try at the second step of an account, whose password was right.
    pub(super) async fn take_second_step(
        &self,
        ip: Option<IpAddr>,
        user_id: Uuid,
    ) -> Result<Taken, ServiceError> {
        let account = format!("second-step:account:{user_id}");
        self.take_try(ip, account, self.limits().second_steps_per_account).await
    }

    /// Takes one answer of a passkey that is to sign in.
    pub(super) async fn take_passkey(&self, ip: Option<IpAddr>) -> Result<Taken, ServiceError> {
        let limit = self.limits().sign_in_per_address;
        let address = ip.map(|ip| (format!("sign-in:address:{}", network(ip)), limit));
        self.take_all(address).await
    }

    /// Takes one sign-in with a passkey that begins, from an address: each is a row for some
    /// minutes.
    pub(super) async fn take_ceremony_of(&self, ip: Option<IpAddr>) -> Result<(), ServiceError> {
        let Some(ip) = ip else { return Ok(()) };
        let scope = format!("passkey:address:{}", network(ip));
        self.take(&scope, self.limits().sign_in_per_address, TOO_MANY_SIGN_INS).await
    }

    async fn take_try(
        &self,
        ip: Option<IpAddr>,
        account: String,
        limit: Limit,
    ) -> Result<Taken, ServiceError> {
        let of_address = self.limits().sign_in_per_address;
        let address = ip.map(|ip| (format!("sign-in:address:{}", network(ip)), of_address));
        self.take_all(address.into_iter().chain([(account, limit)])).await
    }

    async fn take_all(
        &self,
        scopes: impl IntoIterator<Item = (String, Limit)>,
    ) -> Result<Taken, ServiceError> {
        let mut taken = Taken { scopes: Vec::new() };
        for (scope, limit) in scopes {
            self.take(&scope, limit, TOO_MANY_SIGN_INS).await?;
            taken.scopes.push((scope, limit));
        }
        Ok(taken)
    }

    /// A right password is no guess.
    pub(super) async fn give_back(&self, taken: Taken) -> Result<(), ServiceError> {
        for (scope, limit) in taken.scopes {
            sqlx::query!(
                "UPDATE public.rate_limits
                 SET theoretical_arrival = least(theoretical_arrival,
                   clock_timestamp() + $3::integer * $2::interval) - $2::interval
                 WHERE scope = $1",
                scope,
                interval(limit.every_seconds),
                limit.burst,
            )
            .execute(self.database().pool())
            .await?;
        }
        Ok(())
    }

    /// Takes one account that is made from an address.
    pub(super) async fn take_sign_up(&self, ip: Option<IpAddr>) -> Result<(), ServiceError> {
        let Some(ip) = ip else { return Ok(()) };
        let scope = format!("sign-up:address:{}", network(ip));
        let message =
            "Too many accounts were made from your address. Wait a moment, then try again.";
        self.take(&scope, self.limits().sign_up_per_address, message).await
    }

    /// Takes one invitation, before anything is written: it reaches people who did not ask for it.
    /// False: it may be made, but others wrote to the address so often that nothing is sent there
    /// now. Whoever invites is not told: it would tell them of others' invitations.
    pub(in crate::server) async fn take_invitation(
        &self,
        organization_id: Uuid,
        email: &EmailAddress,
    ) -> Result<bool, ServiceError> {
        let (limits, address) = (self.limits(), fingerprint(email));
        self.take(
            &format!("invitation:organization:{organization_id}"),
            limits.invitations_per_organization,
            "Your organization sent many invitations. Wait a while, then try again.",
        )
        .await?;
        self.take(
            &format!("invitation:organization:{organization_id}:{address}"),
            limits.invitations_per_recipient,
            "Your organization invited this address several times already. Wait a while, then try \
             again.",
        )
        .await?;
        let wait = self
            .wait(&format!("invitation:address:{address}"), limits.invitations_per_address)
            .await?;
        Ok(wait == 0)
    }

    /// Takes one link for a forgotten password, which goes to an address that anybody can name.
    pub(super) async fn take_link(
        &self,
        ip: Option<IpAddr>,
        email: &EmailAddress,
    ) -> Result<(), ServiceError> {
        if let Some(ip) = ip {
            self.take_link_of(&format!("address:{}", network(ip))).await?;
        }
        self.take_link_to(email).await
    }

    /// Takes one link that confirms an address which its person names.
    pub(super) async fn take_email_link(
        &self,
        person: Uuid,
        email: &EmailAddress,
    ) -> Result<(), ServiceError> {
        self.take_link_of(&person.to_string()).await?;
        self.take_link_to(email).await
    }

    async fn take_link_of(&self, asker: &str) -> Result<(), ServiceError> {
        let message = "You asked for many links by mail. Wait a while, then try again.";
        self.take(&format!("link:asker:{asker}"), self.limits().links_per_asker, message).await
    }

    async fn take_link_to(&self, email: &EmailAddress) -> Result<(), ServiceError> {
        let scope = format!("link:recipient:{}", fingerprint(email));
        let message = "Links were asked for this address several times already. Look into its \
            mailbox, or wait a while and try again.";
        self.take(&scope, self.limits().links_per_recipient, message).await
    }

    /// Takes one change that others are told of, from whoever makes it.
    pub(in crate::server) async fn take_notified_change(
        &self,
        actor: Uuid,
    ) -> Result<(), ServiceError> {
        self.take(
            &format!("notified-change:{actor}"),
            self.limits().notified_changes,
            "You changed much that others are told of. Wait a while, then try again.",
        )
        .await
    }

    async fn take(
        &self,
        scope: &str,
        limit: Limit,
        message: &'static str,
    ) -> Result<(), ServiceError> {
        match self.wait(scope, limit).await? {
            0 => Ok(()),
            retry_after => Err(ServiceError::TooMany { message, retry_after }),
        }
    }

    /// Takes one, or says after how many seconds there is one again.
    async fn wait(&self, scope: &str, limit: Limit) -> Result<u32, ServiceError> {
        let wait = sqlx::query_scalar!(
            r#"SELECT public.take_rate_limit($1, $2, $3) AS "wait!""#,
            scope,
            interval(limit.every_seconds),
            limit.burst
        )
        .fetch_one(self.database().pool())
        .await?;
        u32::try_from(wait).map_err(|error| ServiceError::Internal(format!("a limit: {error}")))
    }
}

fn interval(seconds: u32) -> PgInterval {
    PgInterval { months: 0, days: 0, microseconds: i64::from(seconds) * 1_000_000 }
}

/// Not the address itself: people type their password into the wrong field, and it would be stored.
fn fingerprint(email: &EmailAddress) -> String {
    hex::encode(&Sha256::digest(email.key())[..16])
}

/// Whoever has one IPv6 address has a whole /64 of them.
fn network(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_customer_is_one_address() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::9"));
        assert_ne!(of("2001:db8:1:2::9"), of("2001:db8:1:3::9"));
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
    }

    #[test]
    fn one_account_whatever_the_spelling() {
        let of = |text: &str| fingerprint(&EmailAddress::parse(text).unwrap());
        assert_eq!(of("Anna@Example.com"), of("anna@example.com "));
        assert!(!of("anna@example.com").contains("anna"));
    }
}
