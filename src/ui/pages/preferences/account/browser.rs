//! The name of a browser by what it says of itself.

/// “Firefox on Linux”. What browsers send is a pile of history in which each pretends to be others,
/// so the order matters: the rarer name decides.
pub fn name(user_agent: Option<&str>) -> String {
    let Some(text) = user_agent.filter(|text| !text.trim().is_empty()) else {
        return "Unknown browser".into();
    };
    let find = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| text.contains(mark)).map(|(_, name)| *name)
    };
    let browser = find(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
        ("curl", "curl"),
    ]);
    let system = find(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.into(),
        // A script: its own word, up to the version.
        (None, _) => text.split(['/', ' ']).next().unwrap_or(text).chars().take(40).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn sees_through_the_pretence() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
            Chrome/141.0.0.0 Safari/537.36";
        assert_eq!(name(Some(chrome)), "Chrome on Linux");
        assert_eq!(
            name(Some(
                &format!("{chrome} Edg/141.0.0.0").replace("X11; Linux x86_64", "Windows NT 10.0")
            )),
            "Edge on Windows"
        );
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 \
            Version/18.0 Mobile/15E148 Safari/604.1";
        assert_eq!(name(Some(safari)), "Safari on iPhone");
        assert_eq!(name(Some("python-requests/2.32")), "python-requests");
        assert_eq!(name(Some("curl/8.9.1")), "curl");
        assert_eq!(name(Some(" ")), "Unknown browser");
        assert_eq!(name(None), "Unknown browser");
    }
}
