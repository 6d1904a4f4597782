use leptos::prelude::*;
#[component]
pub fn SignIn() -> impl IntoView {}
#[component]
pub fn SignUp() -> impl IntoView {}
