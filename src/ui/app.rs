//! The application: what every page shares, and which address shows which page.

use super::{
    client::{
        boot::use_user_update, clock::Clock, news::Notified, preferences::PreferenceStore,
        routing::show_routing, shortcuts::Shortcuts, toasts::Toasts,
    },
    components::{Tab, ToastRegion},
    frame::Frame,
    pages::{
        NotFound,
        accounts::{
            SignInPage, SignUpPage, confirm_email::ConfirmEmailPage,
            forgot_password::ForgotPasswordPage, reset_password::ResetPasswordPage,
        },
        admin::{AdminPage, AdminTab},
        ai::{AiPage, AiTab},
        conversations::{self, ConversationsPage},
        coverage::CoveragePage,
        data_sets::{self, DataSetsTab, DatasetsPage},
        database::{DatabasePage, DatabaseTab},
        generation::GeneratePage,
        history::HistoryPage,
        home::HomePage,
        notifications::NotificationsPage,
        organizations::{OrganizationPage, invitations::InvitationsPage},
        preferences::{ACCOUNT_CODE, NewSecret, SCORES_CODE, SECTION_CODE, SettingsPage},
        reviews::ReviewPage,
    },
};
use crate::api::{boot::Boot, page_code};
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    Lazy, LazyRoute, SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};
use uuid::Uuid;

/// Every page is rendered whole by the server (it must read without JavaScript) and its code is
/// loaded when it is visited.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let boot = use_context::<Boot>().unwrap_or_default();
    let user = boot.user.as_ref().map_or(Uuid::nil(), |user| user.id);
    let preferences = PreferenceStore::new(user, &boot);
    let toasts = Toasts::new(preferences);
    let shortcuts = Shortcuts::new(preferences);
    let notified = Notified::new(boot.unread);
    let clock = Clock::default();
    let signed_in = boot.user.is_some();
    provide_context(RwSignal::new(boot));
    provide_context(preferences);
    provide_context(toasts);
    provide_context(shortcuts);
    provide_context(notified);
    provide_context(clock);
    super::setting::Drafts::provide();
    NewSecret::provide();
    let update = use_user_update();
    Effect::new(move |_| {
        clock.start();
        preferences.start();
        shortcuts.start();
        if signed_in {
            notified.start(toasts, update);
        }
    });
    view! {
        <Router set_is_routing=show_routing()>
            <Frame>
                <FlatRoutes fallback=NotFound>
                    <Route
                        path=path!("/")
                        view={Lazy::<HomePage>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/sign-in")
                        view={Lazy::<SignInPage>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/sign-in/code")
                        view={Lazy::<SignInPage>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/sign-up")
                        view={Lazy::<SignUpPage>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/forgot-password")
                        view={Lazy::<ForgotPasswordPage>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/reset-password")
                        view={Lazy::<ResetPasswordPage>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/confirm-email")
                        view={Lazy::<ConfirmEmailPage>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/generate")
                        view={Lazy::<GeneratePage>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/conversations/:id?")
                        view={Lazy::<ConversationsPage>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/review")
                        view={Lazy::<ReviewPage>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/coverage")
                        view={Lazy::<CoveragePage>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/datasets/:tab?")
                        view={Lazy::<DatasetsPage>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/ai/:tab?")
                        view={Lazy::<AiPage>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/database/:tab?")
                        view={Lazy::<DatabasePage>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/settings/:section?")
                        view={Lazy::<SettingsPage>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/history")
                        view={Lazy::<HistoryPage>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/notifications")
                        view={Lazy::<NotificationsPage>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/invitations")
                        view={Lazy::<InvitationsPage>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/admin/:tab?")
                        view={Lazy::<AdminPage>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route
                        path=path!("/organization/:tab?")
                        view={Lazy::<OrganizationPage>::new()}
                        ssr=SsrMode::Async
                    />
                </FlatRoutes>
            </Frame>
        </Router>
        <ToastRegion
            toasts=toasts.list
            on_dismiss=move |id| toasts.dismiss(id)
            on_action=move |id| toasts.act(id)
        />
    }
}

/// Loads the code of the page at a path with a query. Hydration finds it loaded, or fails.
pub async fn load_page(path: &str, query: &str) {
    let (page, tab) = page_code::names(path);
    match page {
        "home" => HomePage::preload().await,
        "sign-in" => SignInPage::preload().await,
        "sign-up" => SignUpPage::preload().await,
        "forgot-password" => ForgotPasswordPage::preload().await,
        "reset-password" => ResetPasswordPage::preload().await,
        "confirm-email" => ConfirmEmailPage::preload().await,
        "generate" => GeneratePage::preload().await,
        "conversations" => {
            ConversationsPage::preload().await;
            let is_one = tab == page_code::ONE;
            let code = if is_one { conversations::ONE_CODE } else { conversations::LIST_CODE };
            code.load().await;
        }
        "review" => ReviewPage::preload().await,
        "coverage" => CoveragePage::preload().await,
        "datasets" => {
            DatasetsPage::preload().await;
            let code = match tab {
                page_code::ONE => data_sets::ONE_CODE,
                page_code::SETS => DataSetsTab::Sets.code(),
                tab => DataSetsTab::from_slug(tab).code(),
            };
            code.load().await;
        }
        "ai" => {
            AiPage::preload().await;
            AiTab::from_slug(tab).code().load().await;
        }
        "database" => {
            DatabasePage::preload().await;
            DatabaseTab::from_slug(tab).code().load().await;
        }
        "settings" => {
            SettingsPage::preload().await;
            let is_account = tab == page_code::ACCOUNT;
            if is_account {
                ACCOUNT_CODE.load().await;
            }
            // What is looked for is shown in the place of the account.
            if !is_account || !query.is_empty() {
                SECTION_CODE.load().await;
            }
            if page_code::within(path).is_some() {
                SCORES_CODE.load().await;
            }
        }
        "history" => HistoryPage::preload().await,
        "notifications" => NotificationsPage::preload().await,
        "invitations" => InvitationsPage::preload().await,
        "admin" => {
            AdminPage::preload().await;
            AdminTab::from_slug(tab).code().load().await;
        }
        "organization" => OrganizationPage::preload().await,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_code_of_every_lazy_page_is_loaded_before_hydration() {
        let source = include_str!("app.rs");
        let pages = source.split("view={Lazy::<").skip(1).filter_map(|it| it.split('>').next());
        let pages: Vec<_> = pages.filter(|page| page.ends_with("Page")).collect();
        assert!(pages.len() > 8, "{pages:?}");
        for page in pages {
            assert!(source.contains(&format!("{page}::preload().await")), "{page}");
            // The build names the file of a page by its type, and the server looks for it by the
            // address.
            let words = page.trim_end_matches("Page").char_indices().flat_map(|(at, letter)| {
                let dash = (at > 0 && letter.is_uppercase()).then_some('-');
                dash.into_iter().chain(letter.to_lowercase())
            });
            let words: String = words.collect();
            // The page at `/` has a name of its own.
            let address = if words == "home" { String::new() } else { words };
            let view = format!("view={{Lazy::<{page}>");
            let route = source.split("<Route ").find(|route| route.contains(&view));
            let route = route.unwrap_or_default();
            let ends = ["\"", "/"].map(|end| format!("path!(\"/{address}{end}"));
            assert!(ends.iter().any(|start| route.contains(start)), "{page}: {route}");
        }
    }
}
