use leptos::prelude::*;
#[component]
pub fn AccountSection() -> impl IntoView {}
