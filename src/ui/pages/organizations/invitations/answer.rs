//! Yes or no: two forms that the browser can send by itself.

use crate::{
    api::{
        error::ApiError,
        organizations::invitations::{AcceptByForm, DeclineByForm},
    },
    domain::{
        error_code::ErrorCode,
        organizations::{Leaving, Membership},
    },
    ui::{
        client::news::use_notified,
        components::{Banner, Button, ButtonVariant, CheckboxGroup, Choice, IconName, Tone},
        form::{FormAlert, FormState, focus},
    },
};
use leptos::prelude::*;
use uuid::Uuid;

/// Accepting and declining. Afterwards the server's redirect leads on, see `client::visit`. That it
/// is too late for both is told by `late`: the invitation goes.
#[component]
pub fn Answer(
    id: Uuid,
    organization: String,
    current: Option<(Membership, Leaving)>,
    token: Option<String>,
    late: FormState,
) -> impl IntoView {
    let (accept, decline) =
        (ServerAction::<AcceptByForm>::new(), ServerAction::<DeclineByForm>::new());
    let form = FormState::new("invitation-answer", &[]);
    let (accepted, declined) = (accept.value(), decline.value());
    follow(form, late, Signal::derive(move || accepted.get()));
    follow(form, late, Signal::derive(move || declined.get()));
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
    let accept_form = format!("accept-{id}");
    let (stays, leaves) = match current {
        Some((current, Leaving::NeedsOwner)) => (Some(current), None),
        current => (None, current),
    };
    let may_accept = stays.is_none();
    let accepting = may_accept.then(|| {
        // Its button stands below, beside the other one.
        let has_text = leaves.is_some();
        view! {
            <ActionForm
                action=accept
                attr:id=accept_form.clone()
                attr:class=has_text.then_some("form")
                attr:hidden=!has_text
            >
                {fields()}
                {leaves
                    .map(|(current, leaving)| {
                        view! { <Leaves id=id current=current closes=leaving == Leaving::Closes /> }
                    })}
            </ActionForm>
        }
    });
    let yes = may_accept.then(|| {
        view! {
            <Button
                kind="submit"
                form=accept_form
                variant=ButtonVariant::Primary
                icon=IconName::Check
                busy=busy
            >
                "Accept"
                <span class="visually-hidden">" the invitation to " {organization}</span>
            </Button>
        }
    });
    view! {
        <FormAlert form=form />
        {stays.map(|current| view! { <Stays current=current /> })}
        {accepting}
        <div class="button-row">
            {yes}
            <ActionForm action=decline>
                {more_fields()} <Button kind="submit" busy=busy>
                    "Decline"
                    <span class="visually-hidden">" the invitation to " {named}</span>
                </Button>
            </ActionForm>
        </div>
    }
}

/// Shows why an answer was refused, and what waits by now.
fn follow(form: FormState, late: FormState, answer: Signal<Option<Result<(), ApiError>>>) {
    let notified = use_notified();
    Effect::new(move |_| {
        let Some(Err(error)) = answer.get() else { return };
        if matches!(error.status, 404 | 409) {
            notified.look_again();
        }
        if error.code == ErrorCode::InvitationEnded || error.status == 404 {
            late.fail(error);
            focus("#main");
        } else {
            form.fail(error);
        }
    });
}

/// The only owner among others cannot leave, so they cannot accept either.
#[component]
fn Stays(current: Membership) -> impl IntoView {
    view! {
        <Banner tone=Tone::Warning>
            {format!(
                "A person belongs to one organization, and you are the only owner of “{}”. \
                 Make another member owner there first; then you can accept. ",
                current.name,
            )} <a href="/organization/members">"Its members"</a>
        </Banner>
    }
}

/// Who belongs to an organization leaves it by accepting, and says so. The last member closes it.
#[component]
fn Leaves(id: Uuid, current: Membership, closes: bool) -> impl IntoView {
    let leaving = RwSignal::new(Vec::<String>::new());
    let Membership { name, role, .. } = current;
    let (label, ends) = if closes {
        (
            format!("Leave and close “{name}” when I accept"),
            "You are its last member, so accepting closes it: its defaults, AI configurations, \
             ceilings, keys and invitations are deleted. This cannot be undone. \
             What you generated there stays yours; billing records and history are kept.",
        )
    } else {
        (
            format!("Leave “{name}” when I accept"),
            "By accepting you leave it: its settings no longer apply to you, \
             and you need an invitation to rejoin.",
        )
    };
    view! {
        <Banner tone=Tone::Warning>
            {format!(
                "You belong to “{name}” as {}, and a person belongs to one organization. {ends}",
                role.with_article(),
            )}
        </Banner>
        {closes.then(|| view! { <input type="hidden" name="closes" value="true" /> })}
        <CheckboxGroup
            id=format!("leave-{id}")
            name="leave_current"
            label="Your current organization"
            choices=vec![Choice::new("true", label)]
            value=leaving
            on_change=move |values| leaving.set(values)
        />
    }
}
