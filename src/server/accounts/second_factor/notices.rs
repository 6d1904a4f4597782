//! What a person is told of their second factor: whoever else did it does not go unseen.

use crate::{
    domain::notifications::{Notification, Severity},
    server::accounts::notices::{ACCOUNT, notice},
};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    TurnedOn,
    TurnedOff,
    /// By an operator's command.
    TurnedOffByOperator,
    CodesRenewed,
    /// So many recovery codes are left.
    RecoveryCodeUsed(i64),
}

impl Notice {
    /// As it is told.
    pub(super) fn told(self) -> Notification {
        let (title, text) = self.words();
        notice(Severity::Warning, title, text, ACCOUNT)
    }

    fn words(self) -> (&'static str, String) {
        match self {
            Self::TurnedOn => (
                "Two-step verification is on",
                format!("Signing in asks for a code of your authenticator app now. {NOT_YOU}"),
            ),
            Self::TurnedOff => (
                "Two-step verification is off",
                format!("Your password alone signs you in now. {NOT_YOU}"),
            ),
            Self::TurnedOffByOperator => (
                "Two-step verification was turned off for you",
                "An operator of this installation did it. Your password alone signs you in now; \
                 you can set two-step verification up again."
                    .into(),
            ),
            Self::CodesRenewed => (
                "You have new recovery codes",
                format!("Those from before no longer work. {NOT_YOU}"),
            ),
            Self::RecoveryCodeUsed(left) => {
                let left = match left {
                    0 => "None is left: make new ones.".to_owned(),
                    1 => "One is left.".to_owned(),
                    left => format!("{left} are left."),
                };
                ("A recovery code was used", format!("{left} {NOT_YOU}"))
            }
        }
    }
}

const NOT_YOU: &str = "If it was not you, change your password and sign out all other browsers.";
