use crate::{api::preferences::BootPreferences, domain::preferences::Overrides};
use serde::{Deserialize, Serialize};
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Boot {
    pub preferences: BootPreferences,
    pub device: Overrides,
}
