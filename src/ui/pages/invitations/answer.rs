//! Yes or no: two forms that the browser can send by itself.

use crate::{
    api::{
        error::ApiError,
        invitations::{AcceptByForm, DeclineByForm},
    },
    domain::account::Membership,
    ui::{
        components::{Banner, Button, ButtonVariant, CheckboxGroup, Choice, IconName, Tone},
        form::{FormAlert, FormState},
    },
};
use leptos::prelude::*;
use uuid::Uuid;

/// Accepting and declining. Afterwards the server's redirect leads on, see `client::visit`.
#[component]
pub fn Answer(
    id: Uuid,
    organization: String,
    current: Option<Membership>,
    token: Option<String>,
) -> impl IntoView {
    let (accept, decline) =
        (ServerAction::<AcceptByForm>::new(), ServerAction::<DeclineByForm>::new());
    let form = FormState::new("invitation-answer", &[]);
    let (accepted, declined) = (accept.value(), decline.value());
    follow(form, Signal::derive(move || accepted.get()));
    follow(form, Signal::derive(move || declined.get()));
    let busy = Signal::derive(move || {
        accept.pending().get()
            || decline.pending().get()
            || matches!(accepted.get(), Some(Ok(())))
            || matches!(declined.get(), Some(Ok(())))
    });
    let fields = move || {
        let token = token.clone();
        view! {
            <input type="hidden" name="id" value=id.to_string() />
            {token.map(|token| view! { <input type="hidden" name="token" value=token /> })}
        }
    };
    let more_fields = fields.clone();
    let named = organization.clone();
    view! {
        <FormAlert form=form />
        <div class="button-row">
            <ActionForm action=accept attr:class="form">
                {fields()}
                {current.map(|current| view! { <Leaving id=id current=current /> })}
                <div class="button-row">
                    <Button
                        kind="submit"
                        variant=ButtonVariant::Primary
                        icon=IconName::Check
                        busy=busy
                    >
                        "Accept"
                        <span class="visually-hidden">" the invitation to " {organization}</span>
                    </Button>
                </div>
            </ActionForm>
            <ActionForm action=decline>
                {more_fields()}
                <Button kind="submit" busy=busy>
                    "Decline" <span class="visually-hidden">" the invitation to " {named}</span>
                </Button>
            </ActionForm>
        </div>
    }
}

fn follow(form: FormState, answer: Signal<Option<Result<(), ApiError>>>) {
    Effect::new(move |_| {
        if let Some(Err(error)) = answer.get() {
            form.fail(error);
        }
    });
}

/// Who belongs to an organization leaves it by accepting, and says so.
#[component]
fn Leaving(id: Uuid, current: Membership) -> impl IntoView {
    let leaving = RwSignal::new(Vec::<String>::new());
    let Membership { name, role, .. } = current;
    let label = format!("Leave “{name}” when I accept");
    view! {
        <Banner tone=Tone::Warning>
            {format!(
                "You belong to “{name}” as {}, and a person belongs to one organization. \
                 Accepting ends that: what it sets no longer applies to you, \
                 and only an invitation brings you back.",
                role.with_article(),
            )}
        </Banner>
        <CheckboxGroup
            id=format!("leave-{id}")
            name="leave_current"
            label="Your present organization"
            choices=vec![Choice::new("true", label)]
            value=leaving
            on_change=move |values| leaving.set(values)
        />
    }
}
