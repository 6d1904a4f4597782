//! Going to a page by the browser itself rather than by the router: what the page knows when it
//! arrives (who is signed in, their organization) is rendered by the server, so after a change of
//! it the page must be fetched anew.

/// Goes to an address of this site.
pub fn go(address: &str) {
    if let Some(window) = web_sys::window() {
        // Fails for an address that is none; ours are constants and checked paths.
        let _ = window.location().assign(address);
    }
}

/// Makes server functions that answer with a redirect (signing in and out) load the page whole. To
/// be called before the router starts: it would install its own way, and the first one stays.
pub fn follow_redirects_whole() {
    // Already set only if the page was started twice.
    let _ = leptos::server_fn::redirect::set_redirect_hook(go);
}
