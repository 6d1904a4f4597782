//! What an administrator can do to somebody's account, and what is asked before.

use super::one_time_password::{MadePassword, MadePasswordDialog};
use crate::{
    api::{
        admin::{ChangePerson, MakeOneTimePassword},
        operation::Nothing,
    },
    domain::{
        accounts::Role,
        admin::{ONE_TIME_HOURS, OneTimePasswordAnswer, PersonAnswer, PersonPatch, PersonView},
    },
    ui::{
        call_dialog::{Question, QuestionDialog},
        client::{rest::Call, toasts::use_toasts},
        components::{MenuAction, RowMenu, Tone},
        form::focus,
    },
};
use leptos::prelude::*;

/// What is to be done to an account by one change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Disable,
    Enable,
    Promote,
    Demote,
}

impl What {
    fn patch(self) -> PersonPatch {
        let usual = PersonPatch::default();
        match self {
            Self::Disable => PersonPatch { disabled: Some(true), ..usual },
            Self::Enable => PersonPatch { disabled: Some(false), ..usual },
            Self::Promote => PersonPatch { role: Some(Role::Admin), ..usual },
            Self::Demote => PersonPatch { role: Some(Role::Member), ..usual },
        }
    }

    fn title(self, name: &str) -> String {
        match self {
            Self::Disable => format!("Disable {name}?"),
            Self::Enable => format!("Enable {name}?"),
            Self::Promote => format!("Make {name} an administrator?"),
            Self::Demote => format!("Take the role away from {name}?"),
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Disable => "Disable",
            Self::Enable => "Enable",
            Self::Promote => "Make administrator",
            Self::Demote => "Take away",
        }
    }

    fn follows(self) -> &'static str {
        match self {
            Self::Disable => {
                "They cannot sign in, their sessions end and their API tokens stop working at \
                 once. What is being generated for them goes on to its end. Everything they made \
                 is kept. They are told."
            }
            Self::Enable => "They can sign in, and their API tokens work again. They are told.",
            Self::Promote => {
                "They see and change everything on the pages Database and Administration, and \
                 the history of everyone. They are told."
            }
            Self::Demote => {
                "They no longer see the pages Database and Administration. Their account and \
                 their organization stay as they are. They are told."
            }
        }
    }

    fn done(self, name: &str) -> String {
        match self {
            Self::Disable => format!("{name} is disabled."),
            Self::Enable => format!("{name} is enabled."),
            Self::Promote => format!("{name} is an administrator now."),
            Self::Demote => format!("{name} is no longer an administrator."),
        }
    }
}

/// Somebody in a list.
#[derive(Clone, Debug)]
struct Listed {
    person: PersonView,
    list: RwSignal<Vec<PersonView>>,
}

impl Listed {
    /// Shows what the account is from now on; its row has another button then.
    fn becomes(self, person: PersonView) {
        focus(format!("#{}-button", menu_id(&person)));
        self.list.update(|list| {
            list.iter_mut().filter(|it| it.id == person.id).for_each(|it| *it = person.clone());
        });
    }
}

fn menu_id(person: &PersonView) -> String {
    format!("person-{}", person.id)
}

/// The questions of the page.
#[derive(Clone, Copy)]
pub struct Actions {
    /// What takes something away.
    taking: Question<(Listed, What)>,
    giving: Question<(Listed, What)>,
    resetting: Question<Listed>,
    made: RwSignal<Option<MadePassword>>,
}

impl Actions {
    pub fn new() -> Self {
        Self {
            taking: Question::default(),
            giving: Question::default(),
            resetting: Question::default(),
            made: RwSignal::new(None),
        }
    }
}

/// The menu of somebody's row.
#[component]
pub fn PersonMenu(
    actions: Actions,
    person: PersonView,
    list: RwSignal<Vec<PersonView>>,
) -> impl IntoView {
    let (id, name) = (menu_id(&person), person.display_name.clone());
    let (is_disabled, role) = (person.is_disabled(), person.role);
    let listed = Listed { person, list };
    let one = listed.clone();
    let ask = move |question: Question<(Listed, What)>, what: What| {
        let listed = one.clone();
        Callback::new(move |()| question.ask((listed.clone(), what)))
    };
    let (label, press) = match is_disabled {
        true => ("Enable…", ask(actions.giving, What::Enable)),
        false => ("Disable…", ask(actions.taking, What::Disable)),
    };
    let (role_label, role_press) = match role {
        Role::Member => ("Make administrator…", ask(actions.giving, What::Promote)),
        Role::Admin => ("Take administrator away…", ask(actions.taking, What::Demote)),
    };
    let reset = Callback::new(move |()| actions.resetting.ask(listed.clone()));
    view! {
        <RowMenu id=id name=name>
            <MenuAction label=label on_press=press />
            <MenuAction label="Reset password…" on_press=reset />
            <MenuAction label=role_label on_press=role_press />
        </RowMenu>
    }
    .into_any()
}

/// The questions, and the password that was made.
#[component]
pub fn PersonActions(actions: Actions) -> impl IntoView {
    view! {
        <ChangeDialog id="take-from-person" question=actions.taking danger=true />
        <ChangeDialog id="give-to-person" question=actions.giving danger=false />
        <ResetDialog question=actions.resetting made=actions.made />
        <MadePasswordDialog made=actions.made />
    }
    .into_any()
}

#[component]
fn ChangeDialog(
    id: &'static str,
    question: Question<(Listed, What)>,
    danger: bool,
) -> impl IntoView {
    let toasts = use_toasts();
    let call =
        |(listed, what): (Listed, What)| Call::<ChangePerson>::new(listed.person.id, &what.patch());
    let done = move |((listed, what), answer): ((Listed, What), PersonAnswer)| {
        toasts.show(Tone::Success, what.done(&answer.person.display_name));
        listed.becomes(answer.person);
    };
    let follows = move || question.with(|(_, what)| what.follows());
    view! {
        <QuestionDialog
            id=id
            question=question
            title=|(listed, what)| what.title(&listed.person.display_name)
            confirm=|(_, what)| what.verb().to_owned()
            name=|(listed, _)| listed.person.display_name.clone()
            call=call
            on_done=done
            danger=danger
        >
            <p>{follows}</p>
        </QuestionDialog>
    }
}

#[component]
fn ResetDialog(question: Question<Listed>, made: RwSignal<Option<MadePassword>>) -> impl IntoView {
    let call = |listed: Listed| Call::<MakeOneTimePassword>::new(listed.person.id, &Nothing {});
    let done = move |(listed, answer): (Listed, OneTimePasswordAnswer)| {
        let OneTimePasswordAnswer { password, until } = answer;
        let name = listed.person.display_name.clone();
        made.set(Some(MadePassword { name, password, until }));
        listed.clone().becomes(PersonView { one_time_until: Some(until), ..listed.person });
    };
    view! {
        <QuestionDialog
            id="reset-password"
            question=question
            title=|listed| format!("Reset the password of {}?", listed.person.display_name)
            confirm=|_| "Reset password".to_owned()
            name=|listed| format!("of {}", listed.person.display_name)
            call=call
            on_done=done
            danger=true
        >
            <p>
                {format!(
                    "You get a one-time password to pass on. With it they choose their own within \
                     {ONE_TIME_HOURS} hours; their sessions end now. API tokens go on working. \
                     They are told.",
                )}
            </p>
        </QuestionDialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_changes_one_thing() {
        for what in [What::Disable, What::Enable, What::Promote, What::Demote] {
            let PersonPatch { disabled, role } = what.patch();
            assert!(disabled.is_some() != role.is_some(), "{what:?}");
            assert!(what.title("Ann").contains("Ann") && what.done("Ann").contains("Ann"));
        }
    }
}
