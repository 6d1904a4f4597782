//! What the page knows of the data set, and what is done with it.

use crate::{
    api::{
        data_sets::{DataSetVersionsAnswer, load_data_set, load_data_set_version},
        error::ApiError,
    },
    domain::data_sets::{DataSetVersionSummary, DataSetVersionView, DataSetView},
    ui::{call_dialog::Question, export::Exporting, form::focus},
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use uuid::Uuid;

/// A data set, and the version that is shown; `None` without any.
pub type Whole = (DataSetVersionsAnswer, Option<DataSetVersionView>);

pub async fn read(id: Uuid, asked: Option<Uuid>) -> Result<Whole, ApiError> {
    let answer = load_data_set(id).await?;
    let version = match wanted(&answer.versions, asked) {
        Some(id) => Some(load_data_set_version(id).await?.version),
        None => None,
    };
    Ok((answer, version))
}

/// Which version is shown. One that is not among them, or was removed, is as if none was asked for:
/// the newest.
fn wanted(versions: &[DataSetVersionSummary], asked: Option<Uuid>) -> Option<Uuid> {
    let shown = versions.iter().find(|own| Some(own.id) == asked).or(versions.first());
    shown.map(|own| own.id)
}

/// The data set as it was last heard of.
#[derive(Clone, Copy)]
pub struct Page {
    pub id: Uuid,
    pub set: RwSignal<DataSetView>,
    /// The newest first.
    pub versions: RwSignal<Vec<DataSetVersionSummary>>,
    pub shown: RwSignal<Option<DataSetVersionView>>,
    /// Why a version could not be read.
    pub failed: RwSignal<Option<ApiError>>,
    /// Which one is being read.
    pub reading: RwSignal<Option<Uuid>>,
    /// Which one is to be shown.
    pub wanted: Memo<Option<Uuid>>,
    /// One that was made here, so that it need not be read.
    made: StoredValue<Option<DataSetVersionView>>,
    pub exporting: Exporting,
    pub adding: RwSignal<bool>,
    pub renaming: RwSignal<bool>,
    pub removing: RwSignal<bool>,
    pub removing_version: Question<DataSetVersionView>,
    /// Goes to another address.
    go: Callback<(String, bool)>,
}

impl Page {
    /// Shows, for as long as the component lives that calls this, the version that is asked for.
    pub fn new((answer, shown): Whole, asked: Memo<Option<Uuid>>, exporting: Exporting) -> Self {
        let DataSetVersionsAnswer { data_set, versions } = answer;
        let versions = RwSignal::new(versions);
        let wanted = Memo::new(move |_| versions.with(|all| wanted(all, asked.get())));
        let navigate = use_navigate();
        let go = Callback::new(move |(address, replace): (String, bool)| {
            let options = NavigateOptions { replace, scroll: false, ..NavigateOptions::default() };
            navigate(&address, options);
        });
        let page = Self {
            id: data_set.id,
            set: RwSignal::new(data_set),
            versions,
            shown: RwSignal::new(shown),
            failed: RwSignal::new(None),
            reading: RwSignal::new(None),
            wanted,
            made: StoredValue::new(None),
            exporting,
            adding: RwSignal::new(false),
            renaming: RwSignal::new(false),
            removing: RwSignal::new(false),
            removing_version: Question::default(),
            go,
        };
        Effect::new(move |_| page.show(wanted.get()));
        page
    }

    pub fn address(self, version: Uuid) -> String {
        format!("/datasets/{}?version={version}", self.id)
    }

    fn show(self, wanted: Option<Uuid>) {
        self.failed.set(None);
        self.reading.set(None);
        let shown = self.shown.with_untracked(|shown| shown.as_ref().map(|own| own.summary.id));
        if shown == wanted {
            return;
        }
        let made = self.made.try_update_value(Option::take).flatten();
        let made = made.filter(|own| Some(own.summary.id) == wanted);
        match wanted.filter(|_| made.is_none()) {
            // What is shown stays meanwhile.
            Some(id) => self.read(id),
            None => self.shown.set(made),
        }
    }

    /// Reads the version that could not be read.
    pub fn read_again(self) {
        if let Some(id) = self.wanted.get_untracked() {
            self.failed.set(None);
            self.read(id);
        }
    }

    fn read(self, id: Uuid) {
        self.reading.set(Some(id));
        spawn_local(async move {
            let answer = load_data_set_version(id).await;
            // Another one may be wanted by now, or the page is gone.
            if self.reading.try_get_untracked().flatten() != Some(id) {
                return;
            }
            self.reading.set(None);
            match answer {
                Ok(answer) => self.shown.set(Some(answer.version)),
                Err(error) => {
                    self.shown.set(None);
                    self.failed.set(Some(error));
                }
            }
        });
    }

    /// Shows a version that was just made.
    pub fn add(self, version: DataSetVersionView) {
        // The page may be gone.
        if self.adding.try_set(false).is_some() {
            return;
        }
        let (summary, address) = (version.summary.clone(), self.address(version.summary.id));
        let is_first = self.versions.with_untracked(Vec::is_empty);
        self.made.set_value(Some(version));
        self.versions.update(|all| all.insert(0, summary));
        self.go.run((address, false));
        if is_first {
            // The button that was pressed is gone.
            focus("#data-set-versions [aria-current]");
        }
    }

    /// Shows the newest of those that are left.
    pub fn forget(self, version: Uuid) {
        self.versions.update(|all| all.retain(|own| own.id != version));
        self.go.run((format!("/datasets/{}", self.id), true));
        // The button that was pressed is gone.
        focus("#data-set-versions [aria-current], #data-set-versions button");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    #[test]
    fn what_is_not_among_the_versions_is_as_if_the_newest_was_asked_for() {
        let [first, second, other] = [1, 2, 3].map(Uuid::from_u128);
        let version = |id, number| DataSetVersionSummary {
            id,
            number,
            note: String::new(),
            sizes: Default::default(),
            author_name: None,
            created_at: DateTime::UNIX_EPOCH,
        };
        let all = [version(second, 2), version(first, 1)];
        assert_eq!(wanted(&all, None), Some(second));
        assert_eq!(wanted(&all, Some(first)), Some(first));
        assert_eq!(wanted(&all, Some(other)), Some(second));
        assert_eq!(wanted(&[], Some(first)), None);
    }
}
