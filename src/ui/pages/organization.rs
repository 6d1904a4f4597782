use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};
pub struct OrganizationPage;
#[lazy_route]
impl LazyRoute for OrganizationPage {
    fn data() -> Self {
        Self
    }
    fn view(_page: Self) -> AnyView {
        ().into_any()
    }
}
