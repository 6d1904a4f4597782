use crate::{
    api::preferences::BootPreferences,
    domain::{account::PublicUser, preferences::Overrides},
};
use serde::{Deserialize, Serialize};
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Boot {
    pub user: Option<PublicUser>,
    /// Whether anybody may make an account.
    pub sign_up_open: bool,
    /// There is no account yet: the first one becomes the administrator.
    pub first_account: bool,
    pub preferences: BootPreferences,
    pub device: Overrides,
}
