//! Tabs whose code is a file of its own, loaded when the tab is shown: whoever opens one tab of a
//! large page does not wait for the code of the others.

use super::{client::resource::Pending, loaded::Awaited};
use leptos::prelude::*;
use leptos_router::LazyRoute;
use send_wrapper::SendWrapper;
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

type Local<T> = Pin<Box<dyn Future<Output = T>>>;

/// The code of a tab.
#[derive(Clone, Copy)]
pub struct TabCode {
    load: fn() -> Local<()>,
    view: fn() -> Local<AnyView>,
}

impl TabCode {
    /// That of a type that [`lazy_tab!`](crate::ui::tab_code::lazy_tab) declared.
    pub const fn of<T: LazyRoute>() -> Self {
        Self { load: || Box::pin(T::preload()), view: || Box::pin(T::view(T::data())) }
    }

    /// Loads it, unless it is there.
    pub async fn load(self) {
        (self.load)().await;
    }

    /// What the tab shows: at once where its code is there, as on the server and while a page is
    /// hydrated. Otherwise the shape of what is loading, until it has come.
    pub fn show(self) -> AnyView {
        self.show_or_wait(9)
    }

    /// The same for what stands over the page, as dialogs do: where it has no place, no shape does.
    /// Until it has come, the line at the top of the window says that something is on its way.
    pub fn show_over(self) -> AnyView {
        self.show_or_wait(0)
    }

    /// Meanwhile there are so many grey lines.
    fn show_or_wait(self, lines: usize) -> AnyView {
        let mut nobody = Context::from_waker(Waker::noop());
        if let Poll::Ready(view) = (self.view)().as_mut().poll(&mut nobody) {
            return view;
        }
        let content =
            Arc::new(move || -> Pending<AnyView> { Box::pin(SendWrapper::new((self.view)())) });
        view! { <Awaited label="Loading" lines=lines content=content /> }.into_any()
    }
}

/// Declares the type of a tab whose code is a file of its own, by what it shows. It is called like
/// its address, `DatabaseTablesTab` for `/database/tables`: the build names the file by that, and
/// the server finds it so. One that is no tab of its page, as `SettingsDialogsTab`, has a name that
/// is none of an address.
macro_rules! lazy_tab {
    ($name:ident, $view:expr) => {
        pub struct $name;

        #[leptos_router::lazy_route]
        impl leptos_router::LazyRoute for $name {
            fn data() -> Self {
                Self
            }

            fn view(_tab: Self) -> AnyView {
                $view.into_any()
            }
        }
    };
}
pub(crate) use lazy_tab;

#[cfg(test)]
mod tests {
    use super::*;

    lazy_tab!(TestOneTab, "one");

    #[test]
    fn code_that_is_there_is_shown_at_once() {
        Owner::new().with(|| {
            assert_eq!(TabCode::of::<TestOneTab>().show().to_html(), "one");
            assert_eq!(TabCode::of::<TestOneTab>().show_over().to_html(), "one");
        });
    }
}
