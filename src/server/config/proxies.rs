//! Whose word about the client's address counts.

use ipnet::IpNet;
use std::net::IpAddr;

/// Networks of the proxies before us. Anyone else's `X-Forwarded-*` headers are ignored: otherwise
/// every client could choose its address, and with it escape the limits on sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Addresses and networks in CIDR form, separated by commas.
    pub fn parse(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(network)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub fn trusts(&self, address: IpAddr) -> bool {
        // A dual-stack socket reports IPv4 clients as ::ffff:192.0.2.7.
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The address of whoever sent the request, given the other end of the connection and the
    /// header `X-Forwarded-For`.
    ///
    /// Proxies append, so the list is read from its end: the first address that is not a trusted
    /// proxy is the client.
    pub fn client(&self, peer: IpAddr, forwarded_for: Option<&str>) -> IpAddr {
        let mut client = peer.to_canonical();
        for item in forwarded_for.unwrap_or_default().rsplit(',') {
            if !self.trusts(client) {
                break;
            }
            let Ok(address) = item.trim().parse::<IpAddr>() else { break };
            client = address.to_canonical();
        }
        client
    }
}

fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| format!("“{text}” is not an address or a network such as 10.0.0.0/8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn networks_contain_what_they_should() {
        let trusted =
            TrustedProxies::parse("10.0.0.0/8, 192.0.2.7,2001:db8::/32, 0.0.0.0/32").unwrap();
        for inside in ["10.255.0.1", "192.0.2.7", "::ffff:10.1.2.3", "2001:db8:1::1", "0.0.0.0"] {
            assert!(trusted.trusts(ip(inside)), "{inside}");
        }
        for outside in ["11.0.0.1", "192.0.2.8", "2001:db9::1", "::1", "0.0.0.1"] {
            assert!(!trusted.trusts(ip(outside)), "{outside}");
        }
        assert!(TrustedProxies::parse("0.0.0.0/0").unwrap().trusts(ip("8.8.8.8")));
        for bad in ["10.0.0.0/33", "::/129", "proxy.local", "10.0.0/8", "10.0.0.0/-1"] {
            assert!(TrustedProxies::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_client_cannot_choose_its_own_address() {
        let trusted = TrustedProxies::parse("10.0.0.0/8").unwrap();
        let forged = Some("1.1.1.1, 203.0.113.9, 10.0.0.2");
        assert_eq!(trusted.client(ip("10.0.0.1"), forged), ip("203.0.113.9"));
        assert_eq!(
            trusted.client(ip("198.51.100.4"), forged),
            ip("198.51.100.4"),
            "not a proxy of ours"
        );
        assert_eq!(trusted.client(ip("10.0.0.1"), Some("nonsense")), ip("10.0.0.1"));
        assert_eq!(trusted.client(ip("10.0.0.1"), None), ip("10.0.0.1"));
    }
}
