use super::Reply;

/// What a server offers in its reply to EHLO (RFC 5321, section 4.1.1.1). Said before STARTTLS and
/// again after it; the former is forgotten (RFC 3207, section 4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is an extension of its own, in any combination")]
pub(in crate::mail) struct Capabilities {
    pub(in crate::mail) starttls: bool,
    pub(in crate::mail) pipelining: bool,
    pub(in crate::mail) eight_bit: bool,
    pub(in crate::mail) smtputf8: bool,
    /// SIZE (RFC 1870): whether it is offered.
    pub(in crate::mail) size: bool,
    /// The largest message in bytes; none, or zero, is "no fixed limit".
    pub(in crate::mail) size_limit: Option<u64>,
    /// AUTH (RFC 4954): the mechanisms, in capitals.
    pub(in crate::mail) auth: Vec<String>,
}

impl Capabilities {
    pub(super) fn parse(reply: &Reply) -> Self {
        let mut offers = Self::default();
        for line in reply.lines.iter().skip(1) {
            let mut words = line.split_ascii_whitespace().map(str::to_ascii_uppercase);
            let Some(keyword) = words.next() else { continue };
            match keyword.as_str() {
                "STARTTLS" => offers.starttls = true,
                "PIPELINING" => offers.pipelining = true,
                "8BITMIME" => offers.eight_bit = true,
                "SMTPUTF8" => offers.smtputf8 = true,
                "SIZE" => {
                    offers.size = true;
                    offers.size_limit = words.next().and_then(|n| n.parse().ok()).filter(|limit| *limit > 0);
                }
                "AUTH" => offers.add_mechanisms(words),
                // before RFC 2554 it was "AUTH=LOGIN", and some servers still say so
                other => {
                    if let Some(first) = other.strip_prefix("AUTH=") {
                        offers.add_mechanisms(std::iter::once(first.to_owned()).chain(words));
                    }
                }
            }
        }
        offers
    }

    pub(super) fn has_mechanism(&self, name: &str) -> bool {
        self.auth.iter().any(|mechanism| mechanism == name)
    }

    fn add_mechanisms(&mut self, names: impl Iterator<Item = String>) {
        for name in names.filter(|name| !name.is_empty() && name.len() <= 20).take(20) {
            if !self.auth.contains(&name) && self.auth.len() < 20 {
                self.auth.push(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offers(lines: &[&str]) -> Capabilities {
        Capabilities::parse(&Reply::new(250, lines.iter().map(ToString::to_string).collect()))
    }

    #[test]
    fn capabilities_are_read_in_any_case_and_order() {
        let all = offers(&[
            "x greets",
            "size 10485760",
            "auth plain Login",
            "AUTH=LOGIN CRAM-MD5",
            "StartTLS",
            "8bitMIME",
            "PIPELINING",
            "SMTPUTF8",
        ]);
        assert!(all.starttls && all.pipelining && all.eight_bit && all.smtputf8 && all.size);
        assert_eq!(all.size_limit, Some(10_485_760));
        assert_eq!(all.auth, ["PLAIN", "LOGIN", "CRAM-MD5"]);
    }

    #[test]
    fn nonsense_offers_nothing() {
        assert_eq!(offers(&["STARTTLS", "", "  ", "STARTTLSX", "XPIPELINING"]), Capabilities::default());
        for size in ["SIZE", "SIZE 0", "SIZE -1", "SIZE many", "SIZE 99999999999999999999999"] {
            assert_eq!(offers(&["x", size]).size_limit, None, "{size}");
        }
        let names: Vec<String> = (0..999).map(|n| format!("X{n}")).collect();
        let many = format!("AUTH {}", names.join(" "));
        assert_eq!(offers(&["x", &many, &many]).auth.len(), 20);
    }
}
