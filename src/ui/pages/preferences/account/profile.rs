//! How a person is called, and where their clock stands.

use crate::{
    api::{
        accounts::{ChangeProfile, ProfileRequest},
        time_zones::{find_time_zone, list_time_zones},
    },
    domain::{accounts::PublicUser, field_error::FieldErrors, names::DisplayName},
    ui::{
        client::{boot::use_user_update, rest::Call, time_zone},
        components::{Button, Card, Choice, Select, TextField},
        form::{FetchForm, FormButtons, FormState},
    },
};
use leptos::{prelude::*, task::spawn_local};

/// Name and time zone.
#[component]
pub fn ProfileCard(user: PublicUser) -> impl IntoView {
    let update = use_user_update();
    let form = FormState::new("profile", &["displayName", "timeZone"]);
    let zone = RwSignal::new(user.time_zone.clone());
    let submit = move |()| {
        let (name, zone) = (form.typed("display_name"), zone.get_untracked());
        let mut errors = FieldErrors::default();
        errors.keep("displayName", DisplayName::parse(&name));
        let errors = errors.into_vec();
        if !errors.is_empty() {
            return form.refuse(errors);
        }
        let change = ProfileRequest { display_name: Some(name), time_zone: Some(zone) };
        form.send(Call::<ChangeProfile>::new((), &change), move |answer| {
            update(answer.user);
            form.done("Saved.");
        });
    };
    view! {
        <Card id="profile-card" title="Profile">
            <FetchForm form=form on_send=submit>
                <TextField
                    id="display-name"
                    name="display_name"
                    label="Name"
                    hint="How others see you."
                    autocomplete="name"
                    value=user.display_name
                    error=form.error("displayName")
                />
                <ZoneField zone=zone error=form.error("timeZone") />
                <FormButtons form=form>"Save profile"</FormButtons>
            </FetchForm>
        </Card>
    }
}

/// The zones that the server knows; until it has told them, only the one that is set.
#[component]
fn ZoneField(zone: RwSignal<String>, error: Signal<Option<String>>) -> impl IntoView {
    let known = RwSignal::new(Vec::new());
    // What this device calls its zone, and what that is here.
    let device = RwSignal::new(None::<(String, Option<String>)>);
    Effect::new(move |_| {
        spawn_local(async move {
            // Without an answer the choice is what is set.
            if let Ok(zones) = list_time_zones().await {
                known.set(zones);
            }
            let Some(reported) = time_zone::of_this_device() else { return };
            if let Ok(here) = find_time_zone(reported.clone()).await {
                device.set(Some((reported, here)));
            }
        });
    });
    let choices = Memo::new(move |_| {
        let mut zones = known.get();
        let current = zone.get_untracked();
        if !zones.contains(&current) {
            zones.insert(0, current);
        }
        zones
    });
    let select = move || {
        let choices = choices
            .get()
            .into_iter()
            .map(|zone| Choice::new(zone.clone(), zone.replace('_', " ")))
            .collect();
        view! {
            <Select
                id="time-zone"
                label="Time zone"
                hint="Used for e-mail digests and daily limits."
                choices=choices
                value=zone
                error=error
                on_change=move |chosen| zone.set(chosen)
            />
        }
    };
    let elsewhere = move || {
        device.get().map(|(reported, here)| match here {
            Some(here) if zone.with(|zone| *zone == here) => ().into_any(),
            Some(here) => {
                let words = format!("Use this device’s: {}", here.replace('_', " "));
                let take = move |()| zone.set(here.clone());
                view! {
                    <div>
                        <Button small=true on_press=take>
                            {words}
                        </Button>
                    </div>
                }
                .into_any()
            }
            None => {
                let words = format!(
                    "This device reports the unknown time zone “{reported}”. Choose the closest \
                     one."
                );
                view! { <p class="muted small">{words}</p> }.into_any()
            }
        })
    };
    view! {
        <div class="stack" data-gap="s">
            {select}
            {elsewhere}
        </div>
    }
}
