//! `/generate`: asks Claude for one conversation, shows it while it is written, and then as it is
//! stored.

mod estimate;
mod form;
mod kept;
mod made;
mod refusal;
mod result;
mod run;

use crate::{
    domain::conversations::NewConversation,
    ui::{
        client::boot::use_boot,
        components::{Button, Card, IconName, NeedsScript, PageHeader, PageTitle},
        form::{FetchForm, FormButtons, FormState, warn_before_leaving},
    },
};
use estimate::Estimate;
use form::{Fields, remembered};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};
use made::MADE_CODE;
use result::Outcome;
use run::{Phase, Run};

/// The page, loaded when it is visited.
pub struct GeneratePage;

#[lazy_route]
impl LazyRoute for GeneratePage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        view! {
            <div class="page-narrow">
                <Generate />
            </div>
        }
        .into_any()
    }
}

#[component]
fn Generate() -> impl IntoView {
    let user = use_boot().user.map(|user| user.id).unwrap_or_default();
    let request = remembered(user);
    let form = FormState::new("generate-form", form::PATHS);
    let run = Run::new();
    let running = Memo::new(move |_| run.phase.with(|phase| *phase == Phase::Running));
    warn_before_leaving(move || running.get_untracked());
    // Nobody would see the rest.
    on_cleanup(run::stop);
    let submit = move |()| {
        let request = request.get_untracked();
        match NewConversation::parse(&request) {
            Ok(_) if running.get_untracked() => {}
            Ok(_) => {
                form.clear();
                run.start(&request, MADE_CODE.load(), move |errors| form.refuse(errors));
            }
            Err(errors) => form.refuse(errors),
        }
    };
    let stop = move || {
        move || {
            running.get().then(|| {
                view! {
                    <Button icon=IconName::Close on_press=move |()| run::stop()>
                        "Stop"
                    </Button>
                }
            })
        }
    };
    view! {
        <PageTitle text="Generate" />
        <PageHeader
            title="Generate"
            hint="Generate one training conversation with Claude."
        />
        <NeedsScript text="Generating needs JavaScript." />
        <div class="generate">
            <Card
                id="conversation"
                title="Conversation"
                hint="Your input is saved in this browser."
            >
                <FetchForm form=form on_send=submit>
                    <Fields form=form request=request />
                    <FormButtons form=form icon=IconName::Spark busy=running others=stop goes=true>
                        "Generate"
                    </FormButtons>
                </FetchForm>
            </Card>
            <Estimate request=request run=run />
        </div>
        <Outcome run=run user=user />
    }
    .into_any()
}
