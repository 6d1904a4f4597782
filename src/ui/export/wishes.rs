//! What the dialog asks for: what the person changed in it, over what their preferences say.

use super::{
    Asked, Exporting, LOG, Subject,
    request::{self, as_before, offer, request},
};
use crate::{
    api::{
        error::ApiError,
        exports::{CreateExport, DownloadExport, ExportRequest, PreviewExport},
        operation::{self, Nothing},
    },
    domain::{
        exports::{
            ExportOptions, ExportPreview, ExportView, ExportWishes, JsonlKind, LeftOutCount,
            TokenFit, TokenRule,
        },
        preferences::values::ExportFormat,
    },
    ui::{
        client::{
            begun::Begun,
            files,
            preferences::{PreferenceStore, use_preferences},
            request_key::RequestKey,
            rest::Call,
            settled::settled,
            toasts::{Toasts, use_toasts},
        },
        components::Tone,
        form::{FormState, errors_of, focus},
    },
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// So long the choices rest before the conversations are counted again.
const REST_MS: u32 = 250;
/// Where neither the person nor the organization named one.
const USUAL_TARGET: u32 = 4096;

/// What was counted, and what came of it.
type Counted = RwSignal<Option<(ExportRequest, Result<ExportPreview, ApiError>)>>;

/// How long a conversation may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Any,
    Usual(u32),
    /// A number that the person types.
    Own,
}

/// What is chosen, and what came of it.
#[derive(Clone, Copy)]
pub struct Wishes {
    pub exporting: Exporting,
    pub form: FormState,
    key: RequestKey<ExportRequest>,
    preferences: PreferenceStore,
    toasts: Toasts,
    /// What the person changed in the dialog.
    chosen: RwSignal<ExportWishes>,
    /// What holds: the same with the preferences beneath. `gzip` may be absent.
    pub shown: Memo<ExportWishes>,
    pub target: RwSignal<Target>,
    own_target: RwSignal<Option<u32>>,
    pub rule: RwSignal<TokenRule>,
    /// What a file would have, as it was counted last, and of what that was.
    counted: Counted,
    wanted: Memo<Option<ExportRequest>>,
    /// What of it decides how many there are.
    question: Memo<Option<ExportRequest>>,
    /// What can be included although it is left out otherwise.
    pub offered: RwSignal<Vec<LeftOutCount>>,
    /// The export that was begun.
    pub made: RwSignal<Option<ExportView>>,
}

impl Wishes {
    pub fn new(exporting: Exporting) -> Self {
        let preferences = use_preferences();
        let chosen = RwSignal::new(ExportWishes::default());
        let shown = Memo::new(move |_| {
            let own = chosen.get();
            preferences.applied.with(|applied| {
                let usual = &applied.export_preferences;
                ExportWishes {
                    format: own.format.or(Some(usual.default_format)),
                    kind: own.kind.or(Some(JsonlKind::default())),
                    metadata: own.metadata.or(Some(true)),
                    descriptions: own.descriptions.or(Some(usual.include_metadata)),
                    quality_scores: own.quality_scores.or(Some(usual.include_quality_scores)),
                    timestamps: own.timestamps.or(Some(usual.include_timestamps)),
                    approval_history: own.approval_history.or(Some(usual.include_approval_history)),
                    bundle: own.bundle.or(Some(false)),
                    ..own
                }
            })
        });
        let (target, own_target) = (RwSignal::new(Target::Any), RwSignal::new(None));
        let rule = RwSignal::new(TokenRule::LeaveOut);
        let counted = Counted::new(None);
        let fit = Memo::new(move |_| {
            let target = match target.get() {
                Target::Any => return None,
                Target::Usual(tokens) => tokens,
                Target::Own => own_target.get().unwrap_or_else(|| usual_target(counted)),
            };
            Some(TokenFit { target, rule: rule.get() })
        });
        let wanted = Memo::new(move |_| {
            let wishes = ExportWishes { token_fit: fit.get(), ..shown.get() };
            exporting.asked.with(|asked| asked.as_ref().map(|asked| request(asked, wishes)))
        });
        let question = Memo::new(move |_| wanted.get().map(request::question));
        let wishes = Self {
            exporting,
            form: FormState::new("export-form", &["tokenFit.target"]),
            key: RequestKey::default(),
            preferences,
            toasts: use_toasts(),
            chosen,
            shown,
            target,
            own_target,
            rule,
            counted,
            wanted,
            question,
            offered: RwSignal::new(Vec::new()),
            made: RwSignal::new(None),
        };
        wishes.follow();
        wishes
    }

    /// Begins anew whenever something else is to be exported, and counts what is wanted.
    fn follow(self) {
        let asked = self.exporting.asked;
        Effect::new(move |turn: Option<u32>| {
            let now = asked.with(|asked| asked.as_ref().map_or(0, |asked| asked.turn));
            if turn != Some(now) {
                self.begin(asked.with_untracked(|asked| asked.as_ref()?.before.clone()));
            }
            now
        });
        let rested = settled(self.question, REST_MS);
        // What is below it is left out.
        let minimum = Memo::new(move |_| {
            self.preferences.applied.with(|applied| applied.quality_thresholds.minimum_acceptable)
        });
        Effect::new(move |_| {
            let _ = minimum.get();
            let Some(question) = rested.get() else { return };
            // Something else may be wanted by now: it rests first.
            let is_wanted = self.question.get_untracked().as_ref() == Some(&question);
            if !self.exporting.open.get() || !is_wanted {
                return;
            }
            spawn_local(async move {
                let answer = Call::<PreviewExport>::new((), &question).send().await;
                // An answer to an older question comes too late, also when the page is gone.
                if rested.try_get_untracked().flatten().as_ref() == Some(&question) {
                    self.take(question, answer.map(|answer| answer.preview));
                }
            });
        });
    }

    fn begin(self, before: Option<ExportOptions>) {
        self.form.clear();
        self.made.set(None);
        self.offered.set(Vec::new());
        self.counted.set(None);
        let fit = before.as_ref().and_then(|before| before.token_fit);
        self.target.set(fit.map_or(Target::Any, |_| Target::Own));
        self.own_target.set(fit.map(|fit| fit.target));
        self.rule.set(fit.map_or(TokenRule::LeaveOut, |fit| fit.rule));
        self.chosen.set(before.map(as_before).unwrap_or_default());
    }

    fn take(self, question: ExportRequest, answer: Result<ExportPreview, ApiError>) {
        if let Ok(preview) = &answer {
            let (left_out, included) = (&preview.left_out, &question.options.include);
            self.offered.update(|offered| offer(offered, left_out, included));
        }
        self.counted.set(Some((question, answer)));
    }

    /// What was counted last; something else may be wanted by now.
    pub fn preview(self) -> Option<Result<ExportPreview, ApiError>> {
        self.counted.with(|counted| counted.as_ref().map(|(_, answer)| answer.clone()))
    }

    /// Whether what was counted is what is wanted.
    pub fn is_counted(self) -> bool {
        let question = self.question.get();
        self.counted.with(|counted| counted.as_ref().map(|(of, _)| of) == question.as_ref())
    }

    /// Changes something by the person's hand.
    pub fn change(self, change: impl FnOnce(&mut ExportWishes)) {
        self.chosen.update(change);
    }

    pub fn format(self) -> ExportFormat {
        self.shown.with(|shown| shown.format).unwrap_or(ExportFormat::Json)
    }

    /// Whether the file is packed: as the person says, otherwise from so many conversations on.
    pub fn packs(self) -> bool {
        let (own, is_bundle) = self.shown.with(|own| (own.gzip, own.bundle == Some(true)));
        let taken = self.counted.with(|counted| {
            counted.as_ref().and_then(|(_, answer)| answer.as_ref().ok()).map_or(0, |it| it.taken)
        });
        let usual = self.preferences.applied.with(|applied| {
            let usual = &applied.export_preferences;
            usual.auto_compression && taken >= i64::from(usual.auto_compression_threshold)
        });
        !is_bundle && own.unwrap_or(usual)
    }

    /// The number of tokens that the person typed, or where they begin.
    pub fn own_target(self) -> u32 {
        self.own_target.get().unwrap_or_else(|| usual_target(self.counted))
    }

    pub fn set_own_target(self, tokens: u32) {
        self.own_target.set(Some(tokens));
    }

    /// A version has rules of its own.
    pub fn has_rules(self) -> bool {
        let subject = |asked: &Asked| !matches!(asked.subject, Subject::Version(..));
        self.exporting.asked.with(|asked| asked.as_ref().is_none_or(subject))
    }

    /// Begins the export, and the download with it.
    pub fn send(self) {
        let Some(wanted) = self.wanted.get_untracked() else { return };
        if self.form.busy.get_untracked() {
            return;
        }
        self.form.clear();
        self.form.busy.set(true);
        let (turn, key) = (self.turn(), self.key.of(&wanted));
        spawn_local(async move {
            let call = Call::<CreateExport>::new((), &wanted).idempotency_key(key);
            let answer = call.send().await;
            // The page may be gone.
            self.form.busy.try_set(false);
            match answer {
                Ok(answer) => self.begun(answer.export, turn),
                Err(error) if self.is_at(turn) => self.refuse(error),
                Err(ApiError { error, .. }) => self.toasts.show(Tone::Danger, error),
            }
        });
    }

    fn begun(self, export: ExportView, turn: Option<u32>) {
        self.key.answered();
        download(export.id);
        self.exporting.begun.try_update(|count| *count = count.wrapping_add(1));
        Begun::Exports.tell();
        if self.is_at(turn) {
            self.made.set(Some(export));
            // The button that was pressed is gone.
            focus("#export-file");
        } else {
            self.tell(&export);
        }
    }

    fn refuse(self, error: ApiError) {
        let told = match error.request_id.is_empty() || !error.fields.is_empty() {
            true => error,
            false => {
                let ApiError { error: sentence, request_id, .. } = &error;
                ApiError { error: format!("{sentence} (Request {request_id})"), ..error }
            }
        };
        let mut errors = errors_of(told);
        for error in &mut errors {
            if let Some(path) = error.path.strip_prefix("options.") {
                error.path = path.to_owned();
            }
        }
        self.form.refuse(errors);
    }

    /// Which question is open.
    fn turn(self) -> Option<u32> {
        let open = self.exporting.open.try_get_untracked() == Some(true);
        let asked = self.exporting.asked.try_get_untracked().flatten().filter(|_| open);
        asked.map(|asked| asked.turn)
    }

    fn is_at(self, turn: Option<u32>) -> bool {
        turn.is_some() && self.turn() == turn
    }

    /// Closes the dialog. What is being written goes on.
    pub fn close(self) {
        self.exporting.open.set(false);
        self.form.clear();
        let made = self.made.get_untracked();
        self.made.set(None);
        if let Some(export) = made.filter(|export| export.state.is_open()) {
            self.tell(&export);
        }
    }

    fn tell(self, export: &ExportView) {
        let text = format!("{} is being written.", export.file_name);
        self.toasts.lead(Tone::Info, text, Some(LOG.to_owned()), || ());
    }
}

/// The target of the organization, once it is known.
fn usual_target(counted: Counted) -> u32 {
    let target = counted.with(|counted| {
        counted.as_ref().and_then(|(_, answer)| answer.as_ref().ok()?.token_target)
    });
    target.unwrap_or(USUAL_TARGET)
}

/// The address of an export's file.
pub fn file_address(id: Uuid) -> String {
    operation::address::<DownloadExport>(&id, &Nothing {})
}

/// Has the browser fetch the file.
pub fn download(id: Uuid) {
    // Where that fails the link beside it does the same.
    let _ = files::fetch(&file_address(id));
}
