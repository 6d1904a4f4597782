use crate::{api::preferences::BootPreferences, domain::preferences::Overrides};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Boot {
    pub user: Option<PublicUser>,
    pub preferences: BootPreferences,
    pub device: Overrides,
}
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicUser {
    pub id: Uuid,
    pub email: String,
    pub display_name: String,
    pub organization: Option<String>,
}
