//! An application with a mail server: what it sends can be read.

use super::{
    app::{App, generous},
    post_office::PostOffice,
};
use train::server::{
    accounts::Limits,
    config::{Config, PublicUrl},
};

pub struct World {
    pub app: App,
    pub office: PostOffice,
}

impl World {
    pub async fn new() -> Self {
        Self::with(generous()).await
    }

    pub async fn with(limits: Limits) -> Self {
        let office = PostOffice::open();
        let config = Config {
            mail: Some(office.settings()),
            public_url: Some(PublicUrl::parse("http://train.test").unwrap()),
            ..Config::default()
        };
        Self { app: App::with(config, limits).await, office }
    }

    /// Sends what is due; how many letters were taken.
    pub async fn deliver(&self) -> u64 {
        self.app.state.mail.deliver_due().await.unwrap()
    }

    pub async fn run(&self, sql: &'static str) {
        sqlx::query(sql).execute(self.app.database.database.pool()).await.unwrap();
    }
}
