//! The address that people type to reach the server.

use http::Uri;

/// Scheme and host of the server as browsers see it, without a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    https: bool,
    authority: String,
}

impl PublicUrl {
    pub fn parse(text: &str) -> Result<Self, String> {
        let problem = || {
            format!("“{text}” is not an address such as https://train.example.com, without a path")
        };
        let uri: Uri = text.parse().map_err(|_| problem())?;
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(problem()),
        };
        let bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        match uri.authority() {
            Some(authority) if bare && !authority.as_str().contains('@') => {
                Ok(Self { https, authority: authority.as_str().to_ascii_lowercase() })
            }
            _ => Err(problem()),
        }
    }

    pub fn is_https(&self) -> bool {
        self.https
    }

    /// As a browser writes it into the header `Origin`.
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.https { "https" } else { "http" }, self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_scheme_and_host_only() {
        assert_eq!(
            PublicUrl::parse("https://Train.example.com/").unwrap().origin(),
            "https://train.example.com"
        );
        assert_eq!(
            PublicUrl::parse("http://localhost:8080").unwrap().origin(),
            "http://localhost:8080"
        );
        for text in [
            "train.example.com",
            "ftp://a.de",
            "https://a.de/train",
            "https://a.de?x",
            "https://u@a.de",
            "https://",
        ] {
            assert!(PublicUrl::parse(text).is_err(), "{text}");
        }
    }
}
